//! The menu of a thing: a window of its own beside the thing, with a button for each verb.

use leptos::ev::{MouseEvent, PointerEvent};
use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlDialogElement, HtmlElement};

use crate::ui::painter::board;
use crate::ui::session::SessionHandle;

/// From the upper edge of a menu to the middle of its first entry.
const FIRST_ENTRY: i32 = 62;

/// The menu. It is open while it has entries; time waits meanwhile.
#[component]
pub fn MenuBox(session: SessionHandle) -> impl IntoView {
    let shown = session.shown();
    let dialog = NodeRef::<Dialog>::new();
    let list = board(session, shown.menu, "menu__list", "what can be done");
    Effect::new(move |_| show(session, dialog.get()));
    let title = move || {
        let parts = shown.menu.read();
        parts
            .first()
            .map_or_else(String::new, |part| part.words.clone())
    };
    // What was chosen has emptied the menu by now. Closed at once it gives the focus back to the
    // thing before a form takes it.
    let close = move |_: MouseEvent| {
        let is_done = shown.menu.read_untracked().is_empty();
        if let Some(dialog) = dialog.get_untracked().filter(|_| is_done) {
            dialog.close();
        }
    };
    // What lies outside the list is the page behind. A finger that opened the menu is still down:
    // only one that comes down again closes it.
    let leave = move |event: PointerEvent| {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let dialog = dialog.get_untracked();
        if let (Some(target), Some(dialog)) = (target, dialog)
            && target.is_same_node(Some(&dialog))
        {
            dialog.close();
        }
    };
    view! {
        <dialog
            class="menu"
            node_ref=dialog
            aria-label=title
            on:click=close
            on:pointerdown=leave
            on:close=move |_| session.close_menu()
        >
            {list}
        </dialog>
    }
}

/// Brings the window to what the menu holds.
fn show(session: SessionHandle, dialog: Option<HtmlDialogElement>) {
    let shown = session.shown();
    let rows = shown.menu.read().len();
    let Some(dialog) = dialog else { return };
    if rows == 0 {
        dialog.close();
        return;
    }
    let (x, y) = shown.menu_place.get_untracked();
    let style = HtmlElement::style(&dialog);
    for (name, value) in [("--x", px(x)), ("--y", px(y)), ("--rows", rows.to_string())] {
        // Custom properties take any value.
        let _ = style.set_property(name, &value);
    }
    if !dialog.open() {
        // It refuses only while it is open already.
        let _ = dialog.show_modal();
    }
    focus_first(&dialog);
}

fn px(number: i32) -> String {
    [&number.to_string(), "px"].concat()
}

fn focus_first(dialog: &Element) {
    let first = dialog.query_selector("button").ok().flatten();
    if let Some(first) = first.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        // An element of the page can always be asked to take the focus.
        let _ = first.focus();
    }
}

/// About the middle of a laptop's page, and where the palette stands.
const MIDDLE: (i32, i32) = (490, 96);

/// Where a menu opens for a click: its first entry comes to lie under the pointer, so that two
/// clicks choose it.
pub fn place_of(event: &MouseEvent) -> (i32, i32) {
    if event.detail() > 0 || event.button() > 0 {
        (event.client_x() - 24, event.client_y() - FIRST_ENTRY)
    } else {
        place_below(event.target())
    }
}

/// Where a menu opens for a key: below what has the focus.
pub fn place_below(target: Option<EventTarget>) -> (i32, i32) {
    let element = target.and_then(|it| it.dyn_into::<Element>().ok());
    let rect = element.map(|element| element.get_bounding_client_rect());
    // What was hidden meanwhile, such as an entry of the palette, has no place any more.
    match rect.filter(|rect| rect.width() > 0.0) {
        Some(rect) => (rect.left() as i32, rect.bottom() as i32 + 6),
        None => MIDDLE,
    }
}
