//! The panel at the right: why something is as it is, what happened, and the other futures.

use leptos::prelude::*;

use crate::ui::painter::board;
use crate::ui::session::SessionHandle;

/// Why, events and branches.
#[component]
pub fn Panel(session: SessionHandle) -> impl IntoView {
    let shown = session.shown();
    let answer = board(session, shown.answer, "chain", "the chain of causes");
    let branches = board(session, shown.branches, "branches", "branches");
    let log = board(session, shown.log, "log", "events, newest first");
    view! {
        <aside class="panel" aria-label="why and events">
            <div class="panel__head">
                <h2>"Why"</h2>
                <button class="button button--small" on:click=move |_| session.toggle_panel()>
                    "Close"
                </button>
            </div>
            {answer}
            <p class="panel__hint">
                "Choose a record, a leader, a high watermark, an ISR count, a broker or an event to \
                see why it is so."
            </p>
            {branches}
            <h2>"Events"</h2>
            {log}
        </aside>
    }
}
