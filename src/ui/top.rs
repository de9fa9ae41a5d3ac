//! The bar on top: the name, and what concerns the page as a whole. On the phone it is a menu.

use leptos::prelude::*;

use crate::ui::session::SessionHandle;
use crate::view::commands::{PageAct, THEMES};

/// The bar. What stands in `start` belongs to the name.
pub fn top(session: SessionHandle) -> AnyView {
    view! {
        <header class="top">
            <span class="top__name">
                <svg viewBox="0 0 26 22" aria-hidden="true" class="top__sign">
                    <rect x="1" y="1" width="24" height="20" rx="4" />
                    <path class="top__water" d="M4 4h10v14H4z" />
                    <path d="M15.500 2v18M18.500 9l3-3M18.500 16l3-3" />
                </svg>
                "Highwater"
            </span>
            <button class="top__more" aria-label="menu" popovertarget="top-menu"></button>
            <div class="top__menu" id="top-menu" popover="auto">
                {themes(session)}
                {item(session, "All actions", PageAct::Palette)}
                {item(session, "Why and events", PageAct::Panel)}
                {item(session, "", PageAct::Keys)}
            </div>
        </header>
    }
    .into_any()
}

/// A button that closes the menu it may stand in. One without words has a sign.
fn item(session: SessionHandle, words: &'static str, act: PageAct) -> AnyView {
    let is_open = move || {
        let is_panel = act == PageAct::Panel;
        is_panel.then(|| session.shown().is_panel_open.get().to_string())
    };
    let (class, label) = match words {
        "" => ("top__item top__item--keys", Some("All keys")),
        _ => ("top__item", None),
    };
    view! {
        <button
            class=class
            aria-label=label
            popovertarget="top-menu"
            popovertargetaction="hide"
            aria-expanded=is_open
            on:click=move |_| session.page_act(act)
        >
            {words}
        </button>
    }
    .into_any()
}

fn themes(session: SessionHandle) -> AnyView {
    let theme = session.shown().theme;
    let options: String = THEMES
        .iter()
        .flat_map(|(words, _)| ["<option>", words, "</option>"])
        .collect();
    let choose = move |event| {
        let words = event_target_value(&event);
        let found = THEMES.iter().position(|(name, _)| *name == words);
        session.page_act(PageAct::Theme(found.unwrap_or_default() as u8));
    };
    let chosen = move || THEMES[theme.get()].0;
    view! {
        <select
            class="top__item"
            aria-label="theme"
            inner_html=options
            prop:value=chosen
            on:change=choose
        ></select>
    }
    .into_any()
}
