//! The palette of all actions, the lists of keys, topics and partitions: one dialog with a list.

use js_sys::Reflect;
use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlDialogElement, HtmlElement};

use crate::platform::browser::{self, listen};
use crate::ui::painter::board;
use crate::ui::session::SessionHandle;
use crate::view::commands::{PageAct, branches, keys, palette, partitions, topics};
use crate::view::part::Part;

/// What stands above the list.
const HEAD: &str = "<div class=palette__head><h2></h2>\
<button class='button button--small'>Close</button></div>\
<input type=search autofocus>";

/// The dialog. `Shown::opened` says which of them it is, if any.
#[component]
pub fn Palette(session: SessionHandle) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    let (query, parts) = (RwSignal::new(String::new()), RwSignal::new(Vec::new()));
    let opened = session.shown().opened;
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            bring_to_life(&dialog, opened, query);
            listen(&dialog, "close", move |_| parts.set(Vec::new()));
        }
    });
    Effect::new(move |_| {
        let opened = opened.get();
        // What closes keeps its list until it is gone: between the click that closes it and the
        // list that hears of the same click, the browser lets effects run.
        if let Some(act) = opened {
            parts.set(found(session, act, &query.read()));
        }
        match (dialog.get_untracked(), opened) {
            (Some(dialog), Some(act)) => show(&dialog, act),
            (Some(dialog), None) => dialog.close(),
            (None, _) => {}
        }
    });
    let list = board(session, parts, "palette__list", "actions");
    view! {
        <dialog class="dialog palette" node_ref=dialog>
            <div inner_html=HEAD></div>
            {list}
        </dialog>
    }
}

/// What a list has that is asked for in those words.
#[inline(never)]
fn found(session: SessionHandle, act: PageAct, query: &str) -> Vec<Part> {
    session.with_world(|world, scene| match act {
        PageAct::Keys => keys(),
        PageAct::Topics => topics(scene, query),
        PageAct::Branches => branches(scene, query),
        PageAct::Partitions => partitions(scene, query),
        _ => palette(world, scene, query),
    })
}

/// Opens the dialog, and says in it what it lists.
#[inline(never)]
fn show(dialog: &HtmlDialogElement, act: PageAct) {
    let is_keys = act == PageAct::Keys;
    let (title, wish) = match act {
        PageAct::Keys => ("All keys", ""),
        PageAct::Topics => ("All topics", "Find a topic"),
        PageAct::Partitions => ("All partitions", "Find a partition"),
        PageAct::Branches => ("All branches", "Find a branch"),
        _ => ("All actions", "Find an action"),
    };
    // The names are ours and well-formed, and only what is open already refuses to open.
    let _ = dialog.set_attribute("aria-label", title);
    if let Some(heading) = part(dialog, "h2") {
        heading.set_text_content(Some(title));
    }
    if let Some(field) = part(dialog, "input") {
        field.set_hidden(is_keys);
        for name in ["aria-label", "placeholder"] {
            let _ = field.set_attribute(name, wish);
        }
    }
    if !dialog.open() {
        let _ = dialog.show_modal();
    }
}

fn bring_to_life(
    dialog: &HtmlDialogElement,
    opened: RwSignal<Option<PageAct>>,
    query: RwSignal<String>,
) {
    // The name is ours and well-formed.
    let _ = dialog.set_attribute("closedby", "any");
    let watched = dialog.clone();
    let close = move || {
        opened.set(None);
        query.set(String::new());
        set_field(&watched, "");
        watched.close();
        // What is typed on belongs to the page; the browser would notice with the next picture.
        if let Some(field) = part(&watched, "input") {
            // It gives the focus away or never had it.
            let _ = field.blur();
        }
    };
    let cancel = close.clone();
    listen(dialog, "cancel", move |_| cancel());
    // Before the list hears of the click: what is chosen may open a window of its own.
    listen(dialog, "click", move |event| {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        if target.is_some_and(|it| it.closest("button").is_ok_and(|it| it.is_some())) {
            close();
        }
    });
    listen(dialog, "input", move |event| {
        query.set(event_target_value(&event))
    });
    let steered = dialog.clone();
    listen(dialog, "keydown", move |event| {
        // Nothing was asked for yet: Enter must not do what happens to stand first.
        let is_empty = query.read_untracked().trim().is_empty();
        if !(is_empty && is_field(&event, &steered) && browser::key_of(&event) == "Enter") {
            steer(&event, &steered);
        }
    });
}

fn is_field(event: &Event, dialog: &HtmlDialogElement) -> bool {
    event.target() == part(dialog, "input").map(Into::into)
}

/// From the field the arrow leads into the list, and Enter takes its first action.
fn steer(event: &Event, dialog: &HtmlDialogElement) {
    let is_field = is_field(event, dialog);
    match (browser::key_of(event).as_str(), part(dialog, ".line")) {
        // An element of the page can always be asked to take the focus.
        ("ArrowDown", Some(first)) if is_field => drop(first.focus()),
        ("Enter", Some(first)) if is_field => first.click(),
        _ => return,
    }
    event.prevent_default();
}

fn set_field(dialog: &HtmlDialogElement, words: &str) {
    if let Some(field) = part(dialog, "input") {
        // A field of the page always takes a value.
        let _ = Reflect::set(&field, &"value".into(), &words.into());
    }
}

fn part(dialog: &HtmlDialogElement, selector: &str) -> Option<HtmlElement> {
    dialog.query_selector(selector).ok()??.dyn_into().ok()
}
