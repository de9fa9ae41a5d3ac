//! What just changed how the cluster stands, in one or two short sentences: what happened, and
//! why it matters.

use highwater_engine::kafka::broker::ReplicaState;
use highwater_engine::kafka::event::{ChosenBy, ElectionKind, KafkaEvent, LeaderElection};
use highwater_engine::kafka::ids::{BrokerId, NodeId, Offset, TopicName, TopicPartition};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::invariant::{BrokenRule, Rule};
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::broker_status;
use super::inside::lost_offset;
use super::memory::YourRecord;
use super::present::{awaited, starts};
use crate::view::event_line::{OFFSETS_TOPIC, partition_name, sentence};
use crate::view::format::{broker_names, bytes_text, capitalized, enumeration, spoken_seconds};
use crate::view::scene::BrokerStatus;

/// The sentence about an event.
#[inline(never)]
pub(super) fn news(timeline: &Timeline, event: &Event, yours: Option<YourRecord<'_>>) -> String {
    let world = timeline.world();
    match &event.kind {
        EventKind::RuleBroken(broken) => breach(broken),
        EventKind::CommandGiven(Command::StartBroker { broker }) => {
            if world.controller().is_active(*broker) {
                awaited(world, None, *broker)
            } else {
                starts(*broker)
            }
        }
        EventKind::ProcessCrashed => match event.node {
            Some(node @ NodeId::Broker(_)) => {
                let limit = spoken_seconds(world.controller().config().session_timeout.0);
                format!(
                    "{} is killed. The controller notices after {limit} of silence.",
                    capitalized(&node.to_string())
                )
            }
            _ => sentence(event, world),
        },
        EventKind::Kafka(KafkaEvent::RecordQueued { chosen_by, key, .. })
            if let Some(yours) = yours.filter(|yours| yours.step >= event.id.step) =>
        {
            own_record_waits(world, yours)
                .unwrap_or_else(|| own_record_is_safe(yours, *chosen_by, key.as_deref()))
        }
        EventKind::Kafka(kafka) => {
            of_kafka(timeline, event, kafka).unwrap_or_else(|| sentence(event, world))
        }
        _ => sentence(event, world),
    }
}

fn of_kafka(timeline: &Timeline, event: &Event, kafka: &KafkaEvent) -> Option<String> {
    Some(match kafka {
        KafkaEvent::RecordQueued {
            partition,
            chosen_by,
            key,
            ..
        } => own_record(&partition_name(partition), *chosen_by, key.as_deref()),
        KafkaEvent::LeaderElected(election) => elected(timeline, event, election)?,
        KafkaEvent::BrokerFenced {
            broker,
            session_timeout_ms,
            was_fenced: false,
            ..
        } => format!(
            "Broker {broker} fell silent. After {} the controller fenced it.",
            spoken_seconds(session_timeout_ms * 1000)
        ),
        KafkaEvent::BrokerUnfenced { broker } => {
            format!("Broker {broker} is unfenced: it may lead and be in sync.")
        }
        KafkaEvent::LogTruncated {
            partition,
            from,
            to,
            ..
        } => truncated(timeline.world(), event, partition, (*to, *from))?,
        KafkaEvent::IsrChanged {
            partition,
            from,
            to,
            ..
        } => isr_changed(&partition_name(partition), from, to),
        KafkaEvent::RebalanceStarted { group_id } => {
            format!("Group {group_id} rebalances: all members stop, and join again.")
        }
        KafkaEvent::GenerationStable {
            group_id, members, ..
        } => match members.len() {
            1 => format!("Group {group_id} goes on: its one member owns every partition."),
            many => format!("Group {group_id} goes on: {many} members share the partitions."),
        },
        KafkaEvent::ControlledShutdownStarted { broker } => {
            format!("Broker {broker} shuts down. First it hands over what it leads.")
        }
        _ => return None,
    })
}

/// Who no longer counts as in sync, or does again, and what that means for writes.
fn isr_changed(name: &str, from: &[BrokerId], to: &[BrokerId]) -> String {
    let without = |all: &[BrokerId], some: &[BrokerId]| {
        let rest = all.iter().filter(|id| !some.contains(id));
        Vec::from_iter(rest.copied())
    };
    let (out, came) = (without(from, to), without(to, from));
    let them = |ids: &[BrokerId]| if ids.len() == 1 { "it" } else { "them" };
    if came.is_empty() {
        let names = broker_names(&out);
        let it = them(&out);
        format!("{name} goes on without {names}: acks=all no longer waits for {it}.")
    } else if from.is_empty() || !out.is_empty() {
        let names = broker_names(to);
        format!("{name} goes on with {names} alone: all others count as out of sync.")
    } else {
        let names = capitalized(&broker_names(&came));
        let it = them(&came);
        format!("{names} caught up in {name}: acks=all waits for {it} again.")
    }
}

/// A log that was cut, and whether that took a record whose producer counts on it.
fn truncated(
    world: &World,
    event: &Event,
    partition: &TopicPartition,
    (to, from): (Offset, Offset),
) -> Option<String> {
    let who = capitalized(&event.node?.to_string());
    // Nothing was cut, or all of it.
    if to >= from {
        return None;
    }
    Some(match lost_offset(world, partition) {
        Some(offset) if (to.0..from.0).contains(&offset) => format!(
            "{who} came back and threw away offset\u{a0}{offset}. It had been acknowledged."
        ),
        _ => format!(
            "{who} cut its log of {} back to {to}: the leader never had the rest.",
            partition_name(partition)
        ),
    })
}

/// A new leader, with what became of the one before.
#[inline(never)]
fn elected(timeline: &Timeline, event: &Event, election: &LeaderElection) -> Option<String> {
    let step = timeline.branch().step(event.id.step)?;
    let kafka = || step.events.iter().filter_map(Event::kafka);
    let mut names = Vec::new();
    for other in kafka() {
        if let KafkaEvent::LeaderElected(other) = other
            && other.partition.topic.as_str() != OFFSETS_TOPIC
            && other.from == election.from
            && other.to.is_some()
        {
            names.push(partition_name(&other.partition));
        }
    }
    let what = match (names.as_slice(), election.to) {
        (_, None) => {
            let name = partition_name(&election.partition);
            return Some(format!(
                "{name} has no leader: no replica that may lead is alive."
            ));
        }
        ([name], Some(to)) => format!("made broker {to} the leader of {name}"),
        (names, _) => format!("chose new leaders for {}", enumeration(names)),
    };
    let fenced = kafka().find_map(|kafka| match kafka {
        KafkaEvent::BrokerFenced { broker, .. } => Some(broker),
        _ => None,
    });
    Some(match (election.kind, election.from, fenced) {
        (ElectionKind::Unclean, ..) => {
            format!("The controller {what}, out of sync: records may be lost.")
        }
        (ElectionKind::Preferred, ..) => format!("The controller {what}, as preferred."),
        (_, Some(_), Some(broker)) => {
            format!("Broker {broker} fell silent. The controller {what}.")
        }
        (_, Some(from), None) if Some(from) != election.to => {
            format!("Broker {from} hands over. The controller {what}.")
        }
        _ => return None,
    })
}

fn breach(broken: &BrokenRule) -> String {
    let (name, offset) = (partition_name(&broken.partition), broken.offset);
    match broken.rule {
        Rule::NoAcknowledgedRecordLost => {
            format!(
                "Offset\u{a0}{offset} of {name} is gone. Its producer had been told it was stored."
            )
        }
        Rule::NoDuplicateProcessed => {
            format!("Offset {offset} of {name} was processed twice: nobody had committed it.")
        }
        Rule::KeyOrderKept => {
            format!("At offset {offset} of {name} an older record of its key comes after a newer.")
        }
        Rule::OneOwnerEach => format!("Two members of one group own {name} at the same time."),
        Rule::ReplicasAgreeBelowHighWatermark => {
            format!("The replicas of {name} differ at offset {offset}, below the high watermark.")
        }
        Rule::NothingReadAboveHighWatermark => {
            format!("Offset {offset} of {name} was read before it was committed.")
        }
        Rule::OffsetsNeverReused => {
            format!("Offset {offset} of {name} now names another record than it did.")
        }
    }
}

/// Where the visitor's own record goes, and what decided it.
fn own_record(partition: &str, chosen_by: ChosenBy, key: Option<&[u8]>) -> String {
    let reason = match chosen_by {
        ChosenBy::Application => "its sender named the partition".to_owned(),
        ChosenBy::Key => format!(
            "the hash of its key, {}, picks it",
            bytes_text(key.unwrap_or_default())
        ),
        ChosenBy::RoundRobin => "it is that partition’s turn".to_owned(),
        ChosenBy::Sticky => "no key, so the producer fills one batch first".to_owned(),
    };
    format!("Your record goes to {partition}: {reason}.")
}

/// That everybody may read the visitor's own record, and what brought it there.
fn own_record_is_safe(yours: YourRecord<'_>, chosen_by: ChosenBy, key: Option<&[u8]>) -> String {
    let by = if chosen_by == ChosenBy::Key {
        let key = bytes_text(key.unwrap_or_default());
        [", by the hash of its key, ", &key].concat()
    } else {
        String::new()
    };
    format!(
        "Consumers may read your record: {}@{}{by}.",
        partition_name(yours.partition),
        yours.offset
    )
}

/// What happens to the visitor's own record before its partition can be chosen.
#[inline(never)]
pub(super) fn own_send_waits(topic: &TopicName) -> String {
    format!("Your record waits: its producer asks for the leaders of {topic}.")
}

/// The leader of the visitor's own record as long as nobody may read that.
pub(super) fn unread(world: &World, yours: YourRecord<'_>) -> Option<ReplicaState> {
    let registration = world.controller().image().partition(yours.partition)?;
    let leader = world.broker(registration.leader?)?;
    let state = leader.replica(yours.partition)?;
    let is_unread = state.high_watermark <= yours.offset && yours.offset < state.log_end_offset;
    is_unread.then_some(state)
}

/// For whom the visitor's own record waits; nothing if it is readable, or if nobody leads.
#[inline(never)]
pub(super) fn own_record_waits(world: &World, yours: YourRecord<'_>) -> Option<String> {
    let state = unread(world, yours)?;
    let lacking = state.lacking(yours.offset).map(|it| it.broker);
    let mut lacking = Vec::from_iter(lacking);
    let is_away = |id: &&BrokerId| {
        matches!(
            broker_status(world, **id),
            BrokerStatus::Down | BrokerStatus::Paused
        )
    };
    let (offset, name) = (yours.offset, partition_name(yours.partition));
    let why = match lacking.iter().find(is_away) {
        Some(id) => {
            let words = broker_status(world, *id).words();
            format!("broker {id}, in sync, is {words}")
        }
        None if lacking.is_empty() => return None,
        None => {
            let has_it = |id: &BrokerId| {
                let own = world.broker(*id).and_then(|it| it.replica(yours.partition));
                own.is_some_and(|own| own.log_end_offset > yours.offset)
            };
            let all = lacking.clone();
            lacking.retain(|id| !has_it(id));
            if lacking.is_empty() {
                // What the leader knows of a follower it knows from its fetches.
                let names = capitalized(&broker_names(&all));
                let (have, their) = if all.len() == 1 {
                    ("has", "Its")
                } else {
                    ("have", "Their")
                };
                return Some(format!(
                    "{names} {have} your record. {their} next fetch tells the leader."
                ));
            }
            format!("{} must fetch it", broker_names(&lacking))
        }
    };
    Some(format!(
        "Nobody can read your record yet, {name}@{offset}: {why}."
    ))
}
