//! The page as a whole: bar, sentence, stage, lamps, time and panel; its keys and its frames.

use leptos::mount::mount_to;
use leptos::prelude::*;

use crate::platform::{browser, files};
use crate::ui::dialogs::FormBox;
use crate::ui::flights::Flights;
use crate::ui::js_api;
use crate::ui::keys;
use crate::ui::menu::MenuBox;
use crate::ui::painter::board;
use crate::ui::palette::Palette;
use crate::ui::panel::Panel;
use crate::ui::session::{Opening, SessionHandle};
use crate::ui::shown::{BACK_TO_RUN, SAVE_UNREAD, UNDO};
use crate::ui::stage::Stage;
use crate::ui::time_bar::TimeBar;
use crate::ui::top;
use crate::ui::transport::Transport;
use crate::view::project::SENTENCE_SHORT;

/// The page, which begins with the run of `opening`.
pub fn page(opening: Opening) -> impl IntoView {
    let session = SessionHandle::begin(opening);
    let shown = session.shown();
    let (flights, tracks) = (NodeRef::new(), NodeRef::new());
    let is_still = shown.is_still;
    js_api::install(session);
    keys::listen(session);
    top::bring_to_life(session);
    browser::watch_less_motion(move |is_wished| session.set_still(keys::stands_still(is_wished)));
    files::watch_leaving(move || session.keep());
    let (mut flights_brush, mut tracks_brush) = (Flights::new(flights), TimeBar::new(tracks));
    browser::every_frame(move |real_us| {
        session.frame(real_us);
        flights_brush.draw(session, is_still.get_untracked());
        tracks_brush.draw(session);
    });
    let list = board(session, shown.flights, "flights", "messages on their way");
    let lamps = board(session, shown.lamps, "lamps", "rules");
    go_on(session);
    view! {
        <Stage session canvas=flights />
        <section
            class="hidden"
            aria-label="the cluster as a table"
            inner_html=move || shown.table.get()
        ></section>
        <p class="hidden" aria-live="polite">{move || shown.spoken.get()}</p>
        <Panel session />
        <footer class="dock" data-lamps=move || shown.are_lamps_open.get().to_string()>
            {list}
            {lamps}
            <p class="hidden" role="alert">{move || shown.alarm.get()}</p>
            <Transport session canvas=tracks />
        </footer>
        <Palette session />
        <MenuBox session />
        <FormBox session />
    }
}

/// Goes on with what stands in `index.html` already: the sentence, which is seen before the program
/// is here and isn't painted anew for it.
fn go_on(session: SessionHandle) {
    let shown = session.shown();
    let (page, now) = (browser::standing(".page"), browser::standing(".now"));
    let sentence = browser::standing(".now__sentence");
    let actions = board(session, shown.actions, "actions", "what you can do");
    let moves = board(session, shown.moves, "moves", "what moves");
    mount_to(now, move || {
        view! {
            {moves}
            {actions}
            <p class="now__notice" role="alert">{move || shown.notice.get()}</p>
            {offer(session)}
        }
    })
    .forget();
    Effect::new(move |_| {
        let words = shown.sentence.read();
        sentence.set_text_content(Some(&words));
        let length = ["short", "long"][usize::from(words.len() > SENTENCE_SHORT)];
        // The name is ours and well-formed.
        let _ = sentence.set_attribute("data-length", length);
    });
    Effect::new(move |_| {
        let panel = ["closed", "open"][usize::from(shown.is_panel_open.get())];
        let flights = ["moving", "still"][usize::from(shown.is_still.get())];
        for (name, value) in [("data-panel", panel), ("data-flights", flights)] {
            // The names are ours and well-formed.
            let _ = page.set_attribute(name, value);
        }
    });
}

/// What was just done, and the way back from it.
fn offer(session: SessionHandle) -> AnyView {
    let shown = session.shown();
    view! {
        <div class="done" role="status" hidden=move || shown.done.read().is_empty()>
            <span>{move || shown.done.get()}</span>
            <button class="button button--small" on:click=move |_| go_back(session)>
                {shown.way_back}
            </button>
        </div>
    }
    .into_any()
}

#[inline(never)]
fn go_back(session: SessionHandle) {
    match session.shown().way_back.get_untracked() {
        UNDO => session.undo(),
        BACK_TO_RUN => session.bring_back(),
        SAVE_UNREAD => session.save_unread(),
        _ => session.start_over(),
    }
    // The button goes with the offer.
    browser::lead_focus(".now [data-state=primary]");
}
