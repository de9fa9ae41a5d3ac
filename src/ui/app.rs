//! The page as a whole: header, sentence, stage, lamps, time and panel; its keys and its frames.

use leptos::ev;
use leptos::prelude::*;

use crate::platform::browser;
use crate::ui::dialogs::Actions;
use crate::ui::flights::Flights;
use crate::ui::js_api;
use crate::ui::painter::board;
use crate::ui::panel::Panel;
use crate::ui::session::SessionHandle;
use crate::ui::stage::Stage;
use crate::ui::time_bar::TimeBar;
use crate::ui::transport::Transport;

/// The page.
#[component]
pub fn App() -> impl IntoView {
    let session = SessionHandle::first_sight();
    let shown = session.shown();
    let (flights, tracks) = (NodeRef::new(), NodeRef::new());
    let is_still = RwSignal::new(false);
    js_api::install(session);
    listen_to_keys(session);
    browser::watch_less_motion(move |is_wished| is_still.set(is_wished));
    let (mut flights_brush, mut tracks_brush) = (Flights::new(flights), TimeBar::new(tracks));
    browser::every_frame(move |real_us| {
        session.frame(real_us);
        flights_brush.draw(session, is_still.get_untracked());
        tracks_brush.draw(session);
    });
    let panel = move || {
        if shown.is_panel_open.get() {
            "open"
        } else {
            "closed"
        }
    };
    let motion = move || if is_still.get() { "still" } else { "moving" };
    let list = board(session, shown.flights, "flights", "messages on their way");
    let lamps = board(session, shown.lamps, "lamps", "rules");
    view! {
        <div class="page" data-panel=panel data-flights=motion>
            {header(session)}
            <section class="now" aria-label="now">
                <h1 class="now__sentence" aria-live="polite">{move || shown.sentence.get()}</h1>
                <Actions session />
                <p class="now__notice" role="alert">{move || shown.notice.get()}</p>
            </section>
            <Stage session canvas=flights />
            <Panel session />
            <footer class="dock">
                {list}
                {lamps}
                <Transport session canvas=tracks />
            </footer>
        </div>
    }
}

fn header(session: SessionHandle) -> AnyView {
    let is_open = move || session.shown().is_panel_open.get().to_string();
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
            <span class="top__about">"Apache Kafka 4.3.1, simulated in this page"</span>
            <button
                class="button button--small"
                aria-expanded=is_open
                on:click=move |_| session.toggle_panel()
            >
                "Why and events"
            </button>
        </header>
    }
    .into_any()
}

/// Space plays or stands still, the arrows go step by step, with Shift by turning points.
fn listen_to_keys(session: SessionHandle) {
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.default_prevented()
            || event.ctrl_key()
            || event.alt_key()
            || event.meta_key()
            || browser::is_for_a_field(&event)
        {
            return;
        }
        match event.key().as_str() {
            " " => session.toggle(),
            "ArrowRight" if event.shift_key() => session.skip_ahead(),
            "ArrowLeft" if event.shift_key() => session.skip_back(),
            "ArrowRight" => session.step(),
            "ArrowLeft" => session.step_back(),
            _ => return,
        }
        event.prevent_default();
    });
    on_cleanup(move || handle.remove());
}
