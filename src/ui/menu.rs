//! The menu of a thing: a window of its own beside the thing, with a button for each verb.

use leptos::ev::{MouseEvent, PointerEvent};
use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlDialogElement, HtmlElement};

use crate::ui::painter::board;
use crate::ui::session::SessionHandle;
use crate::view::menu::{place_beside, place_over};
use crate::view::part::Rect;

/// What is larger than this has room for a menu beside the pointer.
const THING_MAX: (i32, i32) = (260, 90);
/// A click counts as the second of two for so long, in milliseconds.
const SECOND_CLICK_MS: f64 = 500.0;
/// Around the pointer.
const POINT: i32 = 10;

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
    let clicked_at = StoredValue::new(f64::MIN);
    // What was chosen has emptied the menu by now. Closed at once it gives the focus back to the
    // thing before a form takes it.
    let close = move |event: MouseEvent| {
        clicked_at.set_value(event.time_stamp());
        let is_done = shown.menu.read_untracked().is_empty();
        if let Some(dialog) = dialog.get_untracked().filter(|_| is_done) {
            dialog.close();
        }
    };
    // What lies outside the list is the page behind. A finger that opened the menu is still down:
    // only one that comes down again closes it, and not the second click of two on an entry.
    let leave = move |event: PointerEvent| {
        let target = event.target().and_then(|it| it.dyn_into::<Element>().ok());
        let dialog = dialog.get_untracked();
        let since_click = event.time_stamp() - clicked_at.get_value();
        if let (Some(target), Some(dialog)) = (target, dialog)
            && target.is_same_node(Some(&dialog))
            && since_click > SECOND_CLICK_MS
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
    let is_from_entry = dialog.open();
    if !is_from_entry {
        // It refuses only while it is open already.
        let _ = dialog.show_modal();
    }
    put(&dialog, shown.menu_place.get_untracked(), is_from_entry);
    focus_entry(&dialog, true);
}

/// Puts the open window below its thing, or above it or beside it, where there is room for it; one
/// that opens from an entry over that.
#[inline(never)]
fn put(dialog: &HtmlDialogElement, thing: Rect, is_from_entry: bool) {
    let root = document().document_element();
    let window = root.map_or((0, 0), |it| (it.client_width(), it.client_height()));
    let own = dialog.get_bounding_client_rect();
    let size = (own.width().ceil() as i32, own.height().ceil() as i32);
    let first = dialog.query_selector("button").ok().flatten();
    let (x, y) = match first.filter(|_| is_from_entry) {
        Some(first) => {
            let (x, y) = (own.left() as i32, own.top() as i32);
            let first = rect_of(&first).moved((-x, -y));
            place_over(thing, (first, x), size, window)
        }
        None => place_beside(thing, size, window),
    };
    let style = HtmlElement::style(dialog);
    for (name, value) in [("--x", x), ("--y", y)] {
        // Custom properties take any value.
        let _ = style.set_property(name, &px(value));
    }
}

fn rect_of(element: &Element) -> Rect {
    let rect = element.get_bounding_client_rect();
    Rect {
        x: rect.left() as i32,
        y: rect.top() as i32,
        width: rect.width() as i32,
        height: rect.height() as i32,
    }
}

fn px(number: i32) -> String {
    [&number.to_string(), "px"].concat()
}

/// From the last entry on to the first, from the first back to the last, and to both at once. Says
/// whether the key means that.
pub fn walk_around(key: &str) -> bool {
    // Where there was a neighbour, the list has gone there by now.
    let is_to_first = match key {
        "ArrowDown" | "Home" => true,
        "ArrowUp" | "End" => false,
        _ => return false,
    };
    let menu = document().query_selector(".menu[open]").ok().flatten();
    menu.map(|menu| focus_entry(&menu, is_to_first)).is_some()
}

fn focus_entry(dialog: &Element, is_first: bool) {
    let selector = if is_first {
        "button"
    } else {
        "button:last-child"
    };
    let entry = dialog.query_selector(selector).ok().flatten();
    if let Some(entry) = entry.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
        // An element of the page can always be asked to take the focus.
        let _ = entry.focus();
    }
}

/// About the middle of a laptop's page, and where the palette stands.
const MIDDLE: Rect = Rect {
    x: 490,
    y: 96,
    width: 0,
    height: 0,
};

/// What a menu opens beside for a click: the thing, or the pointer where that is on something large
/// or on what is drawn.
pub fn place_of(event: &MouseEvent) -> Rect {
    let thing = place_below(event.target());
    let is_pointed = event.detail() > 0 || event.button() > 0;
    let is_large = thing.width > THING_MAX.0 || thing.height > THING_MAX.1;
    if is_pointed && is_large {
        point(event.client_x(), event.client_y())
    } else {
        thing
    }
}

/// Around a point of the window.
pub fn point(x: i32, y: i32) -> Rect {
    Rect {
        x: x - POINT,
        y: y - POINT,
        width: 2 * POINT,
        height: 2 * POINT,
    }
}

/// What a menu opens beside for a key: what has the focus.
pub fn place_below(target: Option<EventTarget>) -> Rect {
    let element = target.and_then(|it| it.dyn_into::<Element>().ok());
    let rect = element.as_ref().map(rect_of);
    // What was hidden meanwhile, such as an entry of the palette, has no place any more.
    rect.filter(|rect| rect.width > 0).unwrap_or(MIDDLE)
}
