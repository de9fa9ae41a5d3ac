//! Why something happened: the chain of causes, without the machinery in between.
//!
//! Sendings, deliveries and timers carry causes but explain nothing by themselves; the walk
//! passes through them to what a person would name. On its way it leaves out:
//!
//! - earlier rounds of a poll: a node that asks again and again does so because of the answer to
//!   the round before, which explains nothing;
//! - what concerns other partitions or other offsets, and only travelled in the same message;
//! - causes that another cause named beside them explains: these are named behind that one;
//! - of the appends that let a high watermark rise all but the last: it waited for each in turn.

mod matter;

use std::collections::VecDeque;

use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::EventId;
use crate::kafka::message::{FetchFrom, Message, Request, Response};
use crate::sim::event::{Event, EventKind};
use crate::sim::timeline::Timeline;
use crate::sorted::SortedSet;

pub use matter::Matter;

/// One stop of the chain: an event, and the event that it explains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyLink {
    /// The cause.
    pub event: EventId,
    /// What it is a cause of.
    pub explains: EventId,
    /// What that is about, if it is about one partition.
    pub matter: Option<Matter>,
    /// How many stops lie between it and the question.
    pub depth: u32,
}

/// The causes of `question` in the order of reading, each followed by its own; at most `limit`.
///
/// What was explained before is named again as a cause of the question only, and without its own
/// causes.
pub fn why(timeline: &Timeline, question: EventId, limit: usize) -> Vec<WhyLink> {
    let mut walk = Walk {
        timeline,
        links: Vec::new(),
        seen: SortedSet::from([question]),
    };
    walk.explain(question, None, 0, limit);
    walk.links
}

/// The nearest events that a person would name as causes of `id`.
pub fn reasons(timeline: &Timeline, id: EventId) -> Vec<EventId> {
    reasons_about(timeline, id, None)
}

struct Walk<'a> {
    timeline: &'a Timeline,
    links: Vec<WhyLink>,
    seen: SortedSet<EventId>,
}

impl Walk<'_> {
    /// Adds the causes of `id` until there are `end` links. Each leaves room for those beside it.
    fn explain(&mut self, id: EventId, inherited: Option<&Matter>, depth: u32, end: usize) {
        let matter = matter_of(self.timeline, id, inherited);
        let found = reasons_about(self.timeline, id, inherited);
        for (place, event) in found.iter().enumerate() {
            if self.links.len() >= end {
                return;
            }
            if depth > 0 && self.seen.contains(event) {
                continue;
            }
            self.links.push(WhyLink {
                event: *event,
                explains: id,
                matter: matter.clone(),
                depth,
            });
            if self.seen.insert(*event) {
                let beside = found.len() - place - 1;
                let end = end.saturating_sub(beside);
                self.explain(*event, matter.as_ref(), depth + 1, end);
            }
        }
    }
}

/// The causes to name, the commands among them last.
fn reasons_about(timeline: &Timeline, id: EventId, inherited: Option<&Matter>) -> Vec<EventId> {
    let matter = matter_of(timeline, id, inherited);
    let found = all_reasons(timeline, id, matter.as_ref());
    let mut explained_beside = SortedSet::new();
    for event in &found {
        let own = matter_of(timeline, *event, matter.as_ref());
        for reason in all_reasons(timeline, *event, own.as_ref()) {
            explained_beside.insert(reason);
        }
    }
    let last_append = found
        .iter()
        .copied()
        .filter(|event| is_append(timeline, *event))
        .max();
    let is_high_watermark = timeline.event(id).is_some_and(|event| {
        matches!(
            event.kafka(),
            Some(KafkaEvent::HighWatermarkAdvanced { .. })
        )
    });
    let is_former = |event: &EventId| {
        is_high_watermark && Some(*event) != last_append && is_append(timeline, *event)
    };
    let named = found
        .into_iter()
        .filter(|event| !explained_beside.contains(event) && !is_former(event));
    let (commands, mut others): (Vec<_>, Vec<_>) = named.partition(|event| {
        let kind = timeline.event(*event).map(|event| &event.kind);
        matches!(kind, Some(EventKind::CommandGiven(_)))
    });
    others.extend(commands);
    others
}

fn is_append(timeline: &Timeline, id: EventId) -> bool {
    let kafka = timeline.event(id).and_then(Event::kafka);
    matches!(kafka, Some(KafkaEvent::RecordsAppended { .. }))
}

/// What an event is about; a message is about what it is a cause of.
fn matter_of(timeline: &Timeline, id: EventId, inherited: Option<&Matter>) -> Option<Matter> {
    let event = timeline.event(id)?;
    match event.kind {
        EventKind::MessageReceived { .. } => inherited.cloned(),
        _ => Matter::of(event),
    }
}

/// The nearest events worth naming behind `id`, also those that explain each other.
fn all_reasons(timeline: &Timeline, id: EventId, matter: Option<&Matter>) -> Vec<EventId> {
    let mut found = Vec::new();
    let mut seen = SortedSet::from([id]);
    let mut open = VecDeque::from([id]);
    while let Some(behind) = open.pop_front() {
        let Some(explained) = timeline.event(behind).filter(|event| !is_root(event)) else {
            continue;
        };
        for next in &explained.causes {
            let Some(event) = timeline.event(*next).filter(|_| seen.insert(*next)) else {
                continue;
            };
            match role(event, explained, behind == id, matter) {
                Role::Reason => found.push(*next),
                Role::Machinery => open.push_back(*next),
                Role::Noise => {}
            }
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
    /// Happens anyway, again and again, or concerns something else.
    Noise,
}

/// Whether asking on would only find the cluster's daily round.
fn is_root(event: &Event) -> bool {
    matches!(
        &event.kind,
        EventKind::CommandGiven(_) | EventKind::Kafka(KafkaEvent::BrokerHeartbeatReceived { .. })
    )
}

/// The role of `event`, a cause of `explained`, for a question about `matter`; `is_direct` if
/// `explained` is the question itself.
fn role(event: &Event, explained: &Event, is_direct: bool, matter: Option<&Matter>) -> Role {
    match &event.kind {
        EventKind::TimerFired(_) => Role::Noise,
        EventKind::MessageSent { .. }
        | EventKind::CallMade { .. }
        | EventKind::ProcessStarted
        | EventKind::InputWaits(_)
        | EventKind::InputLost(_)
        | EventKind::MessageLost { .. }
        | EventKind::MessageRefused { .. }
        | EventKind::Kafka(KafkaEvent::CallReturned { .. }) => Role::Machinery,
        EventKind::MessageReceived { message, .. } => {
            let says_how_far = is_direct && depends_on_followers(&explained.kind);
            if says_how_far && matter.is_some_and(|matter| is_follower_fetch_of(message, matter))
                || message.calls_to_join()
            {
                Role::Reason
            } else if is_round_before(message, &explained.kind) || is_others_round(event, explained)
            {
                Role::Noise
            } else {
                Role::Machinery
            }
        }
        _ if Matter::explains(Matter::of(event).as_ref(), matter) => Role::Reason,
        _ => Role::Noise,
    }
}

/// Whether it happens because of how far followers are.
fn depends_on_followers(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Kafka(
            KafkaEvent::HighWatermarkAdvanced { .. }
                | KafkaEvent::IsrExpandRequested { .. }
                | KafkaEvent::IsrShrinkRequested { .. }
        )
    )
}

/// Whether `event` is a request about records that only set off an answer to somebody else, or
/// something about other things: what it did to the records is named beside it.
fn is_others_round(event: &Event, explained: &Event) -> bool {
    let EventKind::MessageReceived { from, message } = &event.kind else {
        return false;
    };
    let Message::Request { request, .. } = &**message else {
        return false;
    };
    match (request, &explained.kind) {
        (Request::Fetch(_) | Request::Produce(_), EventKind::MessageSent { to, .. }) => to != from,
        (Request::Fetch(_), EventKind::Kafka(_)) => true,
        _ => false,
    }
}

/// A follower's fetch says how far its log reaches: that is a reason.
fn is_follower_fetch_of(message: &Message, matter: &Matter) -> bool {
    match message {
        Message::Request {
            request: Request::Fetch(fetch),
            ..
        } => {
            let mut fetched = fetch.partitions.iter();
            matches!(fetch.from, FetchFrom::Follower { .. })
                && fetched.any(|wanted| wanted.partition == matter.partition)
        }
        _ => false,
    }
}

/// Whether `answer` only made its receiver ask the same again.
fn is_round_before(answer: &Message, explained: &EventKind) -> bool {
    let EventKind::MessageSent { message, .. } = explained else {
        return false;
    };
    let (Message::Request { request, .. }, Message::Response { response, .. }) =
        (&**message, answer)
    else {
        return false;
    };
    matches!(
        (request, response),
        (Request::Fetch(_), Response::Fetch(_))
            | (Request::FetchMetadataLog(_), Response::FetchMetadataLog(_))
            | (Request::BrokerHeartbeat(_), Response::BrokerHeartbeat(_))
            | (Request::Heartbeat(_), Response::Heartbeat(_))
    )
}
