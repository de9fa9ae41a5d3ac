//! One line an event, kinds and fields: for golden tests and the command line.
//!
//! Sentences for people are made elsewhere; this is for eyes that compare.

use std::fmt::Write;

use crate::kafka::message::Message;
use crate::sim::event::{Event, EventKind, Step};

/// The step's events, a line each, with id, time, node, kind and causes.
pub fn lines(step: &Step) -> String {
    let mut text = String::new();
    for event in &step.events {
        let node = event
            .node
            .map_or_else(|| "world".to_owned(), |node| node.to_string());
        let causes: Vec<String> = event.causes.iter().map(ToString::to_string).collect();
        let because = if causes.is_empty() {
            String::new()
        } else {
            format!("  <- {}", causes.join(" "))
        };
        let what = describe(event);
        writeln!(
            text,
            "{:>8} {} {node:<12} {what}{because}",
            event.id.to_string(),
            event.at
        )
        .expect("writing to a string never fails");
    }
    text
}

fn describe(event: &Event) -> String {
    match &event.kind {
        EventKind::MessageSent { to, message } => format!("sends {} to {to}", name(message)),
        EventKind::MessageReceived { from, message } => {
            format!("receives {} from {from}", name(message))
        }
        EventKind::Kafka(kafka) => format!("{kafka:?}"),
        other => format!("{other:?}"),
    }
}

fn name(message: &Message) -> String {
    match message {
        Message::Request {
            correlation_id,
            request,
        } => {
            format!("{}Request #{correlation_id}", request.api_name())
        }
        Message::Response {
            correlation_id,
            response,
        } => {
            format!("{}Response #{correlation_id}", response.api_name())
        }
    }
}
