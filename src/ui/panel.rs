//! The panel at the right: why something is as it is, what happened, and the other futures.

use leptos::prelude::*;

use crate::ui::rows::Row;
use crate::ui::session::SessionHandle;
use crate::ui::shown::{Answer, EventLine};

/// Why, events and branches.
#[component]
pub fn Panel(session: SessionHandle) -> impl IntoView {
    let shown = session.shown();
    let (answer, is_open, branches, log) =
        (shown.answer, shown.is_panel_open, shown.branches, shown.log);
    let why = move || {
        match answer.get() {
        Some(answer) => chain(session, answer).into_any(),
        None => view! {
            <p class="panel__hint">
                "Choose a record, a leader, a high watermark, an ISR count, a broker or an event to \
                see why it is so."
            </p>
        }
        .into_any(),
    }
    };
    let line = move |row: Row<EventLine>| {
        let row = RwSignal::from(row.content);
        let event = row.read_untracked().event;
        view! {
            <li>
                <button class="line" on:click=move |_| session.select(event)>
                    <span class="line__clock">{move || row.read().clock.clone()}</span>
                    <span>{move || row.read().sentence.clone()}</span>
                </button>
            </li>
        }
    };
    let futures = move || {
        let branches = branches.get();
        (branches.len() > 1).then(|| {
            let rows = branches.into_iter().enumerate().map(|(index, row)| {
                let current = row.is_current.then_some("true");
                view! {
                    <li>
                        <button
                            class="line"
                            aria-current=current
                            on:click=move |_| session.switch_branch(index)
                        >
                            {format!("{}, {} steps", row.name, row.known_steps)}
                        </button>
                    </li>
                }
            });
            view! { <h2>"Branches"</h2><ul class="panel__branches">{rows.collect_view()}</ul> }
        })
    };
    view! {
        <aside class="panel" aria-label="why and events">
            <div class="panel__head">
                <h2>"Why"</h2>
                <button class="button button--small" on:click=move |_| is_open.set(false)>"Close"</button>
            </div>
            <div class="panel__why">{why}</div>
            {futures}
            <h2>"Events"</h2>
            <ol class="panel__log">
                <For each=move || log.list() key=|row| row.key children=line />
            </ol>
        </aside>
    }
}

/// The question and its causes; each link goes to its moment.
fn chain(session: SessionHandle, answer: Answer) -> impl IntoView {
    let has_causes = !answer.causes.is_empty();
    let causes = answer.causes.into_iter().map(|cause| {
        let event = cause.event;
        view! {
            <li>
                <button class="line" title="Go there" on:click=move |_| session.jump(event)>
                    <span><b>"because "</b>{cause.sentence}</span>
                    <span class="line__clock">{cause.clock}</span>
                </button>
            </li>
        }
    });
    let event = answer.question.event;
    view! {
        <button class="line question" title="Go there" on:click=move |_| session.jump(event)>
            <strong>{answer.question.sentence}</strong>
            <span class="line__clock">{answer.question.clock}</span>
        </button>
        <ol class="chain">{causes.collect_view()}</ol>
        <Show when=move || !has_causes>
            <p class="panel__hint">"Nothing before it made it happen."</p>
        </Show>
    }
}
