//! The page as a whole: header, sentence, stage, lamps, time and panel; and its keys.

use leptos::ev;
use leptos::prelude::*;

use crate::platform::browser;
use crate::ui::dialogs::Actions;
use crate::ui::js_api;
use crate::ui::lamps::Lamps;
use crate::ui::panel::Panel;
use crate::ui::session::SessionHandle;
use crate::ui::stage::Stage;
use crate::ui::transport::Transport;

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let session = SessionHandle::first_sight();
    let shown = session.shown();
    js_api::install(session);
    listen_to_keys(session);
    let (sentence, notice, is_open) = (shown.sentence, shown.notice, shown.is_panel_open);
    let toggle_panel = move |_| {
        is_open.update(|is_open| *is_open = !*is_open);
        session.show();
    };
    view! {
        <div class="page" class=("page--panel", move || is_open.get())>
            <header class="top">
                <span class="top__name">
                    <svg viewBox="0 0 24 24" aria-hidden="true" class="top__sign">
                        <rect x="1" y="2" width="22" height="20" rx="3" />
                        <path class="top__water" d="M4 5h8v14H4z" />
                        <path d="M12.5 4v16" />
                    </svg>
                    "Highwater"
                </span>
                <span class="top__about">"Apache Kafka 4.3.1, simulated in this page"</span>
                <button
                    class="button button--small"
                    aria-expanded=move || is_open.get().to_string()
                    on:click=toggle_panel
                >
                    "Why and events"
                </button>
            </header>
            <section class="now" aria-label="now">
                <h1 class="now__sentence" aria-live="polite">{move || sentence.get()}</h1>
                <Actions session />
                <p class="now__notice" role="alert">{move || notice.get()}</p>
            </section>
            <Stage session />
            <Show when=move || is_open.get()>
                <Panel session />
            </Show>
            <footer class="dock">
                <Lamps
                    rows=shown.lamps.clone()
                    on_ask=move |event| session.select(event)
                />
                <Transport session />
            </footer>
        </div>
    }
}

/// Space plays or stands still, the arrows go step by step.
fn listen_to_keys(session: SessionHandle) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.ctrl_key()
            || event.alt_key()
            || event.meta_key()
            || browser::is_for_a_field(&event)
        {
            return;
        }
        match event.key().as_str() {
            " " => session.toggle(),
            "ArrowRight" => session.step(),
            "ArrowLeft" => session.step_back(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}
