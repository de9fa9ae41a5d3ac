//! The panel at the right: how to read the stage, why something is as it is, and what happened.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::ui::painter::board;
use crate::ui::session::SessionHandle;

/// The drawings of the stage with words. Its classes are those of the stage.
const LEGEND: &str = include_str!("legend.html");

/// Two tabs: why, with how to read the stage while nothing is asked, and events.
#[component]
pub fn Panel(session: SessionHandle) -> impl IntoView {
    let shown = session.shown();
    let tabs = NodeRef::<Div>::new();
    let is_log = shown.is_log_shown;
    let answer = board(session, shown.answer, "chain", "the chain of causes");
    let branches = board(session, shown.branches, "branches", "branches");
    let log = board(session, shown.log, "log", "events, newest first");
    let steer = move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight") {
            event.prevent_default();
            is_log.update(|is_log| *is_log = !*is_log);
            let place = u32::from(is_log.get_untracked());
            let tab = tabs
                .get_untracked()
                .and_then(|tabs| tabs.children().item(place));
            if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
                // A tab of the page can always be asked to take the focus.
                let _ = tab.focus();
            }
        }
    };
    view! {
        <aside class="panel" aria-label="why and events">
            <div class="panel__head">
                <div class="tabs" role="tablist" node_ref=tabs on:keydown=steer>
                    {tab("Why", is_log, false)}
                    {tab("Events", is_log, true)}
                </div>
                <button
                    class="close"
                    aria-label="Close"
                    title="Close: Escape"
                    on:click=move |_| session.close_panel()
                ></button>
            </div>
            <div
                class="panel__page"
                role="tabpanel"
                aria-label="Why"
                tabindex="0"
                hidden=move || is_log.get()>
                {answer}
                <div class="legend" inner_html=LEGEND></div>
            </div>
            <div
                class="panel__page"
                role="tabpanel"
                aria-label="Events"
                hidden=move || !is_log.get()
            >
                {branches}
                {log}
            </div>
        </aside>
    }
}

fn tab(words: &'static str, is_log: RwSignal<bool>, is_for_log: bool) -> AnyView {
    let is_chosen = move || is_log.get() == is_for_log;
    view! {
        <button
            class="tab"
            role="tab"
            aria-selected=move || is_chosen().to_string()
            tabindex=move || if is_chosen() { "0" } else { "-1" }
            on:click=move |_| is_log.set(is_for_log)
        >
            {words}
        </button>
    }
    .into_any()
}
