//! Why something happened: the chain of causes, without the machinery in between.
//!
//! Sendings, deliveries and timers carry causes but explain nothing by themselves; the walk
//! passes through them to what a person would name.

use std::collections::VecDeque;

use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::EventId;
use crate::kafka::message::{FetchFrom, Message, Request};
use crate::sim::event::{Event, EventKind};
use crate::sim::timeline::Timeline;
use crate::sorted::SortedSet;

/// One stop of the chain: an event, and the event that it explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WhyLink {
    /// The cause.
    pub event: EventId,
    /// What it is a cause of.
    pub explains: EventId,
    /// How many stops lie between it and the question.
    pub depth: u32,
}

/// The causes of `question`, nearest first; at most `limit` of them.
pub fn why(timeline: &Timeline, question: EventId, limit: usize) -> Vec<WhyLink> {
    let mut links: Vec<WhyLink> = Vec::new();
    let mut seen = SortedSet::from([question]);
    let mut open = VecDeque::from([(question, 0)]);
    while let Some((explained, depth)) = open.pop_front() {
        for event in reasons(timeline, explained) {
            if links.len() == limit {
                return links;
            }
            if seen.insert(event) {
                links.push(WhyLink {
                    event,
                    explains: explained,
                    depth,
                });
                open.push_back((event, depth + 1));
            }
        }
    }
    links
}

/// The nearest events that a person would name as causes of `id`.
pub fn reasons(timeline: &Timeline, id: EventId) -> Vec<EventId> {
    let mut found = Vec::new();
    let mut seen = SortedSet::new();
    let mut open: VecDeque<EventId> = causes_to_follow(timeline, id).into();
    while let Some(next) = open.pop_front() {
        if !seen.insert(next) {
            continue;
        }
        let Some(event) = timeline.event(next) else {
            continue;
        };
        match role(event) {
            Role::Reason => found.push(next),
            Role::Machinery => open.extend(causes_to_follow(timeline, next)),
            Role::Rhythm => {}
        }
    }
    found
}

/// What an event is to one who asks why.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A cause worth naming.
    Reason,
    /// Carries causes from one place to another.
    Machinery,
    /// Happens anyway, again and again.
    Rhythm,
}

fn causes_to_follow(timeline: &Timeline, id: EventId) -> Vec<EventId> {
    match timeline.event(id) {
        Some(event) if !is_root(event) => event.causes.clone(),
        _ => Vec::new(),
    }
}

/// Whether asking on would only find the cluster's daily round.
fn is_root(event: &Event) -> bool {
    matches!(
        &event.kind,
        EventKind::CommandGiven(_) | EventKind::Kafka(KafkaEvent::BrokerHeartbeatReceived { .. })
    )
}

fn role(event: &Event) -> Role {
    match &event.kind {
        EventKind::TimerFired(_) => Role::Rhythm,
        EventKind::MessageSent { .. }
        | EventKind::CallMade { .. }
        | EventKind::ProcessStarted
        | EventKind::InputWaits(_)
        | EventKind::InputLost(_)
        | EventKind::MessageLost { .. } => Role::Machinery,
        EventKind::MessageReceived { message, .. } if is_follower_fetch(message) => Role::Reason,
        EventKind::MessageReceived { .. } => Role::Machinery,
        EventKind::Kafka(KafkaEvent::CallReturned { .. }) => Role::Machinery,
        _ => Role::Reason,
    }
}

/// A follower's fetch says how far its log reaches: that is a reason.
fn is_follower_fetch(message: &Message) -> bool {
    match message {
        Message::Request {
            request: Request::Fetch(fetch),
            ..
        } => {
            matches!(fetch.from, FetchFrom::Follower { .. })
        }
        _ => false,
    }
}
