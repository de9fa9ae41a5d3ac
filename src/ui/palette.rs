//! The palette of all actions and the list of keys: one dialog with a list.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlDialogElement, HtmlElement};

use crate::ui::painter::board;
use crate::ui::session::SessionHandle;
use crate::view::commands::{PageAct, keys, palette};
use crate::view::part::Part;

/// The dialog. `Shown::opened` says which of the two it is, if any.
#[component]
pub fn Palette(session: SessionHandle) -> impl IntoView {
    let opened = session.shown().opened;
    let dialog = NodeRef::<Dialog>::new();
    let (query, parts) = (RwSignal::new(String::new()), RwSignal::new(Vec::new()));
    Effect::new(move |_| show(session, dialog.get(), parts, query));
    let close = move || {
        opened.set(None);
        query.set(String::new());
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
    };
    // Before the list hears of the click: what is chosen may open a window of its own.
    let choose = move |event: MouseEvent| {
        let target = event
            .target()
            .and_then(|it| it.dyn_into::<HtmlElement>().ok());
        if target.is_some_and(|it| it.tag_name() == "BUTTON") {
            close();
        }
    };
    let is_keys = move || opened.get() == Some(PageAct::Keys);
    let title = move || ["All actions", "All keys"][usize::from(is_keys())];
    let list = board(session, parts, "palette__list", "actions");
    view! {
        <dialog
            class="dialog palette"
            node_ref=dialog
            aria-label=title
            closedby="any"
            on:cancel=move |_: Event| close()
            on:click:capture=choose
        >
            <div class="panel__head">
                <h2>{title}</h2>
                <button class="button button--small">"Close"</button>
            </div>
            <input
                type="search"
                aria-label="find an action"
                placeholder="Find an action"
                autofocus
                hidden=is_keys
                prop:value=query
                on:input=move |event| query.set(event_target_value(&event))
                on:keydown=move |event| steer(&event, dialog)
            />
            {list}
        </dialog>
    }
}

/// From the field the arrow leads into the list, and Enter takes its first action.
fn steer(event: &KeyboardEvent, dialog: NodeRef<Dialog>) {
    let dialog = dialog.get_untracked();
    let first = dialog.and_then(|it| it.query_selector(".line").ok()?);
    let first = first.and_then(|it| it.dyn_into::<HtmlElement>().ok());
    match (event.key().as_str(), first) {
        // An element of the page can always be asked to take the focus.
        ("ArrowDown", Some(first)) => drop(first.focus()),
        ("Enter", Some(first)) => first.click(),
        _ => return,
    }
    event.prevent_default();
}

/// Brings the dialog to what is opened, and its list to the query.
fn show(
    session: SessionHandle,
    dialog: Option<HtmlDialogElement>,
    parts: RwSignal<Vec<Part>>,
    query: RwSignal<String>,
) {
    let Some(dialog) = dialog else { return };
    let Some(act) = session.shown().opened.get() else {
        dialog.close();
        return;
    };
    parts.set(match act {
        PageAct::Keys => keys(),
        _ => session.with_scene(|scene| palette(scene, &query.read())),
    });
    if !dialog.open() {
        // It refuses only what is open already.
        let _ = dialog.show_modal();
    }
}
