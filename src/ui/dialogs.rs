//! The three things that anybody can do at once: produce, stop a broker, add a consumer.

use leptos::ev::SubmitEvent;
use leptos::html::Dialog;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{FormData, HtmlFormElement};

use crate::ui::painter::board;
use crate::ui::session::SessionHandle;

/// The three buttons and their dialogs.
#[component]
pub fn Actions(session: SessionHandle) -> impl IntoView {
    let (produce, stop, consume) = (NodeRef::new(), NodeRef::new(), NodeRef::new());
    view! {
        <div class="actions">
            {opener("Produce a record", "button button--primary", produce)}
            {opener("Stop a broker", "button", stop)}
            {opener("Add a consumer", "button", consume)}
        </div>
        {dialog("Produce a record", "Send", produce, record_fields(), move |form| {
            session.produce(
                &field(form, "key"),
                &field(form, "value"),
                parse_headers(&field(form, "headers")),
                &field(form, "acks"),
            );
        })}
        {dialog("Stop a broker", "", stop, broker_fields(session), |_| {})}
        {dialog("Add a consumer", "Add", consume, consumer_fields(), move |form| {
            session.add_consumer(field(form, "group").trim());
        })}
    }
}

fn opener(words: &'static str, class: &'static str, dialog: NodeRef<Dialog>) -> AnyView {
    let open = move |_| {
        if let Some(dialog) = dialog.get_untracked() {
            // It refuses only while it is open already.
            let _ = dialog.show_modal();
        }
    };
    view! { <button class=class on:click=open>{words}</button> }.into_any()
}

/// A form in a window of its own: `fields`, and a button that sends it, if it has words. Every
/// button but that one closes it.
fn dialog(
    title: &'static str,
    send_words: &'static str,
    node_ref: NodeRef<Dialog>,
    fields: AnyView,
    on_send: impl Fn(&FormData) + 'static,
) -> AnyView {
    let close = move || {
        if let Some(dialog) = node_ref.get_untracked() {
            dialog.close();
        }
    };
    let send = move |event: SubmitEvent| {
        event.prevent_default();
        close();
        let target = event.target().and_then(|it| it.dyn_into().ok());
        let form = target.and_then(|form: HtmlFormElement| FormData::new_with_form(&form).ok());
        if let Some(form) = form {
            on_send(&form);
        }
    };
    view! {
        <dialog class="dialog" node_ref=node_ref aria-label=title>
            <form on:submit=send>
                <h2>{title}</h2>
                {fields}
                <div class="dialog__foot">
                    <button type="button" class="button" on:click=move |_| close()>
                        "Cancel"
                    </button>
                    <button class="button button--primary" hidden=send_words.is_empty()>
                        {send_words}
                    </button>
                </div>
            </form>
        </dialog>
    }
    .into_any()
}

/// What stands in a field of a form.
fn field(form: &FormData, name: &str) -> String {
    form.get(name).as_string().unwrap_or_default()
}

fn record_fields() -> AnyView {
    view! {
        <label>"Key (empty for none)" <input type="text" name="key" value="heidi" /></label>
        <label>"Value" <input type="text" name="value" value="an order of mine" /></label>
        <label>"Headers, as name=value, name=value" <input type="text" name="headers" /></label>
        <label>
            "acks"
            <select name="acks">
                <option value="all">"all: wait for every in-sync replica"</option>
                <option value="1">"1: wait for the leader only"</option>
                <option value="0">"0: don’t wait"</option>
            </select>
        </label>
    }
    .into_any()
}

/// What can be done to each broker. Its buttons send the form, which closes it.
fn broker_fields(session: SessionHandle) -> AnyView {
    board(session, session.shown().choices, "choices", "brokers")
}

fn consumer_fields() -> AnyView {
    view! {
        <label>"group.id" <input type="text" name="group" required value="audit" /></label>
        <p>
            "A group that is there already shares its partitions with the newcomer. "
            "Another group reads every record for itself."
        </p>
    }
    .into_any()
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
