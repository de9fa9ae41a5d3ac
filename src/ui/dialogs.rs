//! The three things that anybody can do at once: produce, stop a broker, add a consumer.

use leptos::ev::SubmitEvent;
use leptos::html::Dialog;
use leptos::prelude::*;

use crate::ui::rows::Row;
use crate::ui::session::SessionHandle;
use crate::view::scene::{BrokerRow, BrokerStatus};

type DialogRef = NodeRef<Dialog>;

fn open(dialog: DialogRef) {
    if let Some(dialog) = dialog.get_untracked() {
        // It refuses only while it is open already.
        let _ = dialog.show_modal();
    }
}

fn close(dialog: DialogRef) {
    if let Some(dialog) = dialog.get_untracked() {
        dialog.close();
    }
}

/// The three buttons and their dialogs.
#[component]
pub fn Actions(session: SessionHandle) -> impl IntoView {
    let (produce, stop, consume) = (DialogRef::new(), DialogRef::new(), DialogRef::new());
    view! {
        <div class="actions">
            <button class="button button--primary" on:click=move |_| open(produce)>
                "Produce a record"
            </button>
            <button class="button" on:click=move |_| open(stop)>"Stop a broker"</button>
            <button class="button" on:click=move |_| open(consume)>"Add a consumer"</button>
        </div>
        <ProduceDialog session dialog=produce />
        <BrokerDialog session dialog=stop />
        <ConsumerDialog session dialog=consume />
    }
}

/// Key, value, headers and acks of a record.
#[component]
fn ProduceDialog(session: SessionHandle, dialog: DialogRef) -> impl IntoView {
    let key = RwSignal::new("heidi".to_owned());
    let value = RwSignal::new("an order of mine".to_owned());
    let headers = RwSignal::new(String::new());
    let acks = RwSignal::new("all".to_owned());
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        close(dialog);
        let headers = parse_headers(&headers.get_untracked());
        session.produce(
            &key.get_untracked(),
            &value.get_untracked(),
            headers,
            &acks.get_untracked(),
        );
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="produce-title">
            <form on:submit=send>
                <h2 id="produce-title">"Produce a record"</h2>
                <label>"Key (empty for none)" <input type="text" bind:value=key /></label>
                <label>"Value" <input type="text" bind:value=value /></label>
                <label>
                    "Headers, as name=value, name=value" <input type="text" bind:value=headers />
                </label>
                <label>
                    "acks"
                    <select bind:value=acks>
                        <option value="all">"all: wait for every in-sync replica"</option>
                        <option value="1">"1: wait for the leader only"</option>
                        <option value="0">"0: don’t wait"</option>
                    </select>
                </label>
                <div class="dialog__foot">
                    <button type="button" class="button" on:click=move |_| close(dialog)>
                        "Cancel"
                    </button>
                    <button type="submit" class="button button--primary">"Send"</button>
                </div>
            </form>
        </dialog>
    }
}

/// `a=1, b=2` as pairs; a name without a value has an empty one.
fn parse_headers(text: &str) -> Vec<(String, String)> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_owned(), value.trim().to_owned())
        })
        .collect()
}

/// What can be done to each broker.
#[component]
fn BrokerDialog(session: SessionHandle, dialog: DialogRef) -> impl IntoView {
    let rows = session.shown().brokers;
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="broker-title">
            <h2 id="broker-title">"Stop a broker"</h2>
            <ul class="dialog__rows">
                <For each=move || rows.list() key=|row| row.key let:row>
                    <BrokerChoices session dialog row />
                </For>
            </ul>
            <div class="dialog__foot">
                <button type="button" class="button" on:click=move |_| close(dialog)>
                    "Cancel"
                </button>
            </div>
        </dialog>
    }
}

#[component]
fn BrokerChoices(session: SessionHandle, dialog: DialogRef, row: Row<BrokerRow>) -> impl IntoView {
    let id = row.key;
    let row = RwSignal::from(row.content);
    let is_down = move || row.read().status == BrokerStatus::Down;
    let done = move |act: fn(SessionHandle, u32)| {
        close(dialog);
        act(session, id);
    };
    view! {
        <li class="dialog__row">
            <strong>{format!("broker {id}")}</strong>
            <Show
                when=is_down
                fallback=move || {
                    view! {
                        <button class="button" on:click=move |_| done(SessionHandle::crash_broker)>
                            "Crash it: kill -9"
                        </button>
                        <button class="button" on:click=move |_| done(SessionHandle::stop_broker)>
                            "Stop it cleanly"
                        </button>
                    }
                }
            >
                <button class="button" on:click=move |_| done(SessionHandle::start_broker)>
                    "Start it"
                </button>
            </Show>
        </li>
    }
}

/// The group of a new consumer.
#[component]
fn ConsumerDialog(session: SessionHandle, dialog: DialogRef) -> impl IntoView {
    let group = RwSignal::new("audit".to_owned());
    let add = move |event: SubmitEvent| {
        event.prevent_default();
        close(dialog);
        session.add_consumer(group.get_untracked().trim());
    };
    view! {
        <dialog class="dialog" node_ref=dialog aria-labelledby="consumer-title">
            <form on:submit=add>
                <h2 id="consumer-title">"Add a consumer"</h2>
                <label>"group.id" <input type="text" required bind:value=group /></label>
                <p>
                    "A group that is there already shares its partitions with the newcomer. "
                    "Another group reads every record for itself."
                </p>
                <div class="dialog__foot">
                    <button type="button" class="button" on:click=move |_| close(dialog)>
                        "Cancel"
                    </button>
                    <button type="submit" class="button button--primary">"Add"</button>
                </div>
            </form>
        </dialog>
    }
}
