//! Why a producer has not sent yet what it has for a partition: what its sender waits for, then why.
//!
//! Kafka 4.3.1: as `highwater_engine::kafka::client::producer::HeldBack` has it.

use highwater_engine::kafka::client::producer::{HeldBack, Producer};
use highwater_engine::kafka::ids::{
    BrokerId, ClientId, EventId, NodeId, TopicName, TopicPartition,
};
use highwater_engine::sim::machine::{Process, Status};
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::chain::{chain, first_link};
use super::{Answer, SETTING, key};
use crate::view::format::{age_words, count};
use crate::view::part::{Kind, Parts};
use crate::view::subject::{Subject, event_of};

impl Answer {
    /// Why the oldest record of a producer for a partition has not been sent; none if none waits.
    pub(super) fn unsent(
        timeline: &Timeline,
        topic: &str,
        (client, number): (u32, u32),
    ) -> Option<Answer> {
        let world = timeline.world();
        let (node, producer) = producer_of(world, client)?;
        let partition = TopicPartition::new(&TopicName(topic.into()), number);
        let mut queues = producer.queued();
        let (_, batches) = queues.find(|(it, batches)| *it == partition && !batches.is_empty())?;
        let oldest = batches.iter().map(|batch| batch.created_at()).min()?;
        let records = batches.iter().map(|batch| u64::from(batch.record_count()));
        let mut parts = Parts::default();
        let head = parts.flow(key(0, 0, Kind::Question));
        head.words = format!(
            "{} has {} for p{number} not sent yet",
            producer.name(),
            count(records.sum(), "record")
        );
        let waited = age_words(world.now().since(oldest).0);
        head.note = format!("the oldest waits for {waited}");
        let mut answer = Answer {
            partition: Some(number),
            ..Answer::default()
        };
        let held_back = producer.held_back(&partition, world.now());
        let (words, setting) = reason(producer, number, held_back);
        let cause = cause(timeline, (node, &partition), held_back);
        let mut links = Vec::from_iter(cause.map(|id| first_link(timeline, id)));
        links.extend(cause.into_iter().flat_map(|id| chain(timeline, id)));
        // The reason stands in the first row, before its own causes.
        if let Some(first) = links.first_mut() {
            first.words = format!("{words}; {}", first.words);
            answer.causes(&mut parts, timeline, topic, &links);
            super::instead(&mut parts, timeline, &links);
        } else {
            let part = parts.flow(key(1, 0, Kind::Link));
            part.words = "because ".to_owned();
            part.note = words + ".";
        }
        if !setting.is_empty() {
            parts.flow(key(1, SETTING, Kind::Setting)).words = setting;
        }
        answer.parts = parts.sorted();
        Some(answer)
    }
}

/// The producer of that number among the clients.
pub(super) fn producer_of(world: &World, client: u32) -> Option<(NodeId, &Producer)> {
    let node = NodeId::Client(ClientId(client));
    match &world.machine(node)?.process {
        Process::Producer(producer) => Some((node, producer)),
        _ => None,
    }
}

/// What its sender waits for, and the setting that matters.
fn reason(producer: &Producer, number: u32, held_back: Option<HeldBack>) -> (String, String) {
    let (name, config) = (producer.name(), producer.config());
    let none = String::new();
    match held_back {
        Some(HeldBack::NoIdentity) => (
            format!("{name} is idempotent and has no producer id yet"),
            "enable.idempotence=true".to_owned(),
        ),
        Some(HeldBack::Leaderless) => (format!("{name} knows no leader of p{number}"), none),
        Some(HeldBack::BacksOff { .. }) => (
            "it was refused, and waits before it is sent again".to_owned(),
            format!("retry.backoff.ms={}", config.retry_backoff.initial.0 / 1000),
        ),
        Some(HeldBack::Lingers { .. }) => (
            "more records may still join it in one batch".to_owned(),
            format!("linger.ms={}", config.linger.0 / 1000),
        ),
        Some(HeldBack::NotConnected { leader }) => (
            format!(
                "{name} takes broker {leader} for the leader of p{number}, and has lost the connection to it"
            ),
            none,
        ),
        Some(HeldBack::TooManyInFlight { leader, count }) => (
            format!(
                "{name} has {count} requests at broker {leader} without an answer: more may not be"
            ),
            format!(
                "max.in.flight.requests.per.connection={}",
                config.max_in_flight
            ),
        ),
        Some(HeldBack::KeepsOrder { .. }) => (
            "a batch before it is under way, and the order has to stay".to_owned(),
            none,
        ),
        None => (format!("{name} is about to send it"), none),
    }
}

/// Why that is so, if it is because of somebody who is away.
fn cause(
    timeline: &Timeline,
    (node, partition): (NodeId, &TopicPartition),
    held_back: Option<HeldBack>,
) -> Option<EventId> {
    let topic = partition.topic.as_str();
    let number = partition.partition.0;
    match held_back? {
        HeldBack::Leaderless => event_of(timeline, topic, Subject::Leader { partition: number }),
        HeldBack::NotConnected { leader }
        | HeldBack::TooManyInFlight { leader, .. }
        | HeldBack::KeepsOrder { leader } => away(timeline, topic, (node, leader)),
        HeldBack::NoIdentity | HeldBack::BacksOff { .. } | HeldBack::Lingers { .. } => None,
    }
}

/// What took a broker from a client.
pub(super) fn away(
    timeline: &Timeline,
    topic: &str,
    (node, id): (NodeId, BrokerId),
) -> Option<EventId> {
    let world = timeline.world();
    let machine = world.machine(NodeId::Broker(id));
    let is_gone =
        machine.is_none_or(|it| matches!(it.status, Status::Paused { .. } | Status::Down { .. }));
    let gone = || event_of(timeline, topic, Subject::Broker { broker: id.0 });
    let cut = world.network().cut_by(node, NodeId::Broker(id));
    cut.or_else(|| is_gone.then(gone).flatten())
}
