//! The bar on top stands in `index.html`, so that it is there before the program is. Its buttons and
//! its list name commands; here is what keeps them at what is shown.

use js_sys::Reflect;
use leptos::prelude::*;

use crate::platform::browser;
use crate::ui::session::SessionHandle;
use crate::view::commands::{THEMES, act_named};

/// Lets the bar act, and shows in it what was chosen.
pub fn bring_to_life(session: SessionHandle) {
    browser::on_named_act(move |words| {
        if let Some(act) = act_named(words) {
            session.page_act(act);
        }
    });
    let shown = session.shown();
    Effect::new(move |_| {
        let theme = THEMES.get(shown.theme.get()).map_or("", |(words, _)| words);
        if let Ok(Some(list)) = document().query_selector(".top select") {
            // A list of the page always takes a value.
            let _ = Reflect::set(&list, &"value".into(), &theme.into());
        }
        let is_open = shown.is_panel_open.get().to_string();
        if let Ok(Some(button)) = document().query_selector(".top [aria-expanded]") {
            // The name is ours and well-formed.
            let _ = button.set_attribute("aria-expanded", &is_open);
        }
    });
}
