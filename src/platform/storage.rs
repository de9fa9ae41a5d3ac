//! What the browser keeps of this page from one visit to the next: a few texts by their names.
//!
//! Where storage is forbidden or full, nothing is kept, and the page works as at a first visit.

use leptos::prelude::window;

/// Before each name: other pages of the same origin have names of their own.
const PREFIX: &str = "highwater.";

/// The text that is kept under a name.
pub fn read(name: &str) -> Option<String> {
    let kept = window().local_storage().ok()??;
    kept.get_item(&[PREFIX, name].concat()).ok()?
}

/// Keeps a text under a name; an empty one is forgotten. Says whether it is kept.
pub fn write(name: &str, text: &str) -> bool {
    let Ok(Some(kept)) = window().local_storage() else {
        return false;
    };
    let name = [PREFIX, name].concat();
    let written = if text.is_empty() {
        kept.remove_item(&name)
    } else {
        kept.set_item(&name, text)
    };
    written.is_ok()
}
