//! The lamps: the rules that a healthy Kafka never breaks, and how they stand.

use leptos::prelude::*;

use crate::ui::rows::{Keyed, Rows};
use crate::view::scene::{LampRow, LampState};

impl Keyed for LampRow {
    type Key = String;

    fn key(&self) -> String {
        self.rule.clone()
    }
}

/// All lamps in a row. `on_ask` gets the event that broke a rule.
#[component]
pub fn Lamps(rows: Rows<LampRow>, #[prop(into)] on_ask: Callback<(u64, u32)>) -> impl IntoView {
    view! {
        <ul class="lamps" aria-label="invariants">
            <For each=move || rows.list() key=|row| row.key.clone() let:row>
                <Lamp row=RwSignal::from(row.content) on_ask />
            </For>
        </ul>
    }
}

/// One rule: a tick while it holds, a cross with the record's name once it is broken.
#[component]
fn Lamp(row: RwSignal<LampRow>, on_ask: Callback<(u64, u32)>) -> impl IntoView {
    let state = move || row.read().state.token();
    let body = move || {
        let lamp = row.read();
        match &lamp.state {
            LampState::Holds => view! { <span>{lamp.rule.clone()}</span> }.into_any(),
            LampState::Unchecked => {
                view! { <span>{format!("{}: unchecked", lamp.rule)}</span> }.into_any()
            }
            LampState::Broken { words, event } => {
                let event = *event;
                view! {
                    <button class="lamp__ask" on:click=move |_| on_ask.run(event)>
                        {words.clone()}
                    </button>
                }
                .into_any()
            }
        }
    };
    view! {
        <li class="lamp" data-state=state>
            <svg class="lamp__sign" viewBox="0 0 16 16" aria-hidden="true">
                <circle cx="8" cy="8" r="7" />
                <path class="lamp__tick" d="M4.8 8.2l2.2 2.2 4.2-4.6" />
                <path class="lamp__cross" d="M5 5l6 6M11 5l-6 6" />
            </svg>
            {body}
        </li>
    }
}
