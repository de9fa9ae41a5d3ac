//! Producers, groups, and where groups stand in a partition.

use highwater_engine::kafka::client::call::ProducerRecord;
use highwater_engine::kafka::client::consumer::Consumer;
use highwater_engine::kafka::client::producer::Producer;
use highwater_engine::kafka::ids::{Offset, TopicName, TopicPartition};
use highwater_engine::sim::machine::{Machine, Process};
use highwater_engine::sim::world::World;

use super::memory::YOUR_PRODUCER;
use crate::view::event_line::because::acks_words;
use crate::view::format::{seconds, told_age};
use crate::view::keys::Keys;
use crate::view::scene::{
    ConsumerRow, GroupMark, GroupRow, KeyMark, MarkShape, ProducerRow, UnansweredRow,
};
use highwater_engine::sorted::SortedSet;

/// A record waits long in its producer from so many microseconds on.
const WAITS_FROM_US: u64 = 1_000_000;
/// A request is long without an answer from so many microseconds on: several times as long as usual.
const UNANSWERED_FROM_US: u64 = 50_000;

/// The producers in the order of their start.
pub(super) fn producers(world: &World, topic: Option<&TopicName>, keys: &Keys) -> Vec<ProducerRow> {
    let rows = world
        .machines()
        .filter(|(_, machine)| machine.status.has_process())
        .filter_map(|(_, machine)| match &machine.process {
            Process::Producer(producer) => Some(producer),
            _ => None,
        })
        .map(|producer| ProducerRow {
            name: producer.name().to_owned(),
            acks: acks_words(producer.config().acks).to_owned(),
            asks: producer
                .awaits_metadata()
                .map_or_else(Vec::new, |record| asks(producer, record, topic, keys)),
            waits: waits(world, producer, topic),
            unanswered: unanswered(world, producer, topic),
            queues: producer
                .queued()
                .filter(|(partition, _)| Some(&partition.topic) == topic)
                .map(|(partition, batches)| {
                    let records = batches.iter().flat_map(|batch| batch.entries());
                    let marks: Vec<KeyMark> = records
                        .map(|(_, record)| keys.mark(record.key.as_deref()))
                        .collect();
                    (partition.partition.0, marks)
                })
                .filter(|(_, marks)| !marks.is_empty())
                .collect(),
        });
    let mut rows = Vec::from_iter(rows);
    // Where one waits long, all that wait are told of.
    let all = rows.iter().flat_map(|row: &ProducerRow| &row.unanswered);
    let old = all.filter(|it| it.age_us >= UNANSWERED_FROM_US);
    let old = Vec::from_iter(old.map(|it| it.partition));
    for row in &mut rows {
        row.unanswered.retain(|it| old.contains(&it.partition));
    }
    rows
}

/// The visitor's record whose producer asks first who leads the partitions of its topic.
#[inline(never)]
fn asks(
    producer: &Producer,
    record: &ProducerRecord,
    topic: Option<&TopicName>,
    keys: &Keys,
) -> Vec<KeyMark> {
    let is_told = producer.name().starts_with(YOUR_PRODUCER) && Some(&record.topic) == topic;
    let mark = is_told.then(|| keys.foretold(record.key.as_deref()));
    mark.into_iter().collect()
}

/// For how long the oldest record waits in a producer, by partition.
fn waits(world: &World, producer: &Producer, topic: Option<&TopicName>) -> Vec<(u32, String)> {
    let queued = producer.queued();
    let own = queued.filter(|(partition, _)| Some(&partition.topic) == topic);
    let waits = own.filter_map(|(partition, batches)| {
        let oldest = batches.iter().map(|batch| batch.created_at()).min()?;
        let waited = world.now().since(oldest).0;
        let words = || format!("waits {}", seconds(waited));
        (waited >= WAITS_FROM_US).then(|| (partition.partition.0, words()))
    });
    waits.collect()
}

/// What a producer sent and has no answer to, by partition.
fn unanswered(world: &World, producer: &Producer, topic: Option<&TopicName>) -> Vec<UnansweredRow> {
    let mut ages: Vec<(u32, u32, u64)> = Vec::new();
    for batch in producer.in_flight() {
        if Some(&batch.partition().topic) == topic {
            let age = world.now().since(batch.created_at()).0;
            let number = batch.partition().partition.0;
            let records = batch.record_count();
            match ages.iter_mut().find(|(partition, ..)| *partition == number) {
                Some((_, count, oldest)) => {
                    (*count, *oldest) = (*count + records, age.max(*oldest));
                }
                None => ages.push((number, records, age)),
            }
        }
    }
    let rows = ages
        .into_iter()
        .map(|(partition, count, age)| UnansweredRow {
            partition,
            count,
            age_us: told_age(age),
        });
    rows.collect()
}

/// The groups in the order of their start, each with its members.
pub(super) fn groups(world: &World, topic: Option<&TopicName>) -> Vec<GroupRow> {
    let rows = members_by_group(world).into_iter().map(|(name, members)| {
        let members = members.into_iter();
        GroupRow {
            name: name.to_owned(),
            state: group_state(world, name),
            members: members
                .map(|(machine, consumer)| member(machine, consumer, topic))
                .collect(),
        }
    });
    rows.collect()
}

/// Where each group stands in a partition.
pub(super) fn marks(
    world: &World,
    partition: &TopicPartition,
    high_watermark: Option<u64>,
) -> Vec<GroupMark> {
    let groups = members_by_group(world).into_iter().enumerate();
    let marks = groups.map(|(index, (group, members))| {
        let running = members
            .iter()
            .filter(|(machine, _)| machine.status.has_process());
        let position = running
            .filter_map(|(_, consumer)| consumer.position(partition))
            .max();
        let committed = committed(world, group, partition).or_else(|| {
            let known = members
                .iter()
                .filter_map(|(_, consumer)| consumer.last_known_committed(partition));
            known.max()
        });
        let lag = high_watermark
            .zip(committed)
            .map(|(high_watermark, committed)| high_watermark.saturating_sub(committed.0));
        GroupMark {
            group: group.to_owned(),
            shape: MarkShape::of(index),
            committed: committed.map(|offset| offset.0),
            position: position.map(|offset| offset.0),
            lag,
        }
    });
    marks.collect()
}

type Members<'a> = Vec<(&'a Machine, &'a Consumer)>;

/// Consumers by their `group.id`; those without one stand under an empty name. The groups come in
/// the order of their first members, so that each keeps its place and its shape.
fn members_by_group(world: &World) -> Vec<(&str, Members<'_>)> {
    let mut groups: Vec<(&str, Members<'_>)> = Vec::new();
    for (_, machine) in world.machines() {
        if let Process::Consumer(consumer) = &machine.process {
            let name = consumer.group_id().unwrap_or_default();
            match groups.iter_mut().find(|(other, _)| *other == name) {
                Some((_, members)) => members.push((machine, consumer)),
                None => groups.push((name, vec![(machine, consumer)])),
            }
        }
    }
    groups
}

fn member(machine: &Machine, consumer: &Consumer, topic: Option<&TopicName>) -> ConsumerRow {
    let is_gone = !machine.status.has_process();
    let assignment = consumer.assignment();
    let owned = assignment
        .iter()
        .filter(|partition| !is_gone && Some(&partition.topic) == topic);
    let owns: SortedSet<u32> = owned.map(|partition| partition.partition.0).collect();
    let note = if is_gone {
        "killed"
    } else if consumer.is_closed() {
        "closed"
    } else if consumer.group_id().is_some() && consumer.generation_id().is_none() {
        "joining"
    } else if assignment.is_empty() {
        "idle: no partition left"
    } else {
        ""
    };
    ConsumerRow {
        name: consumer.name().to_owned(),
        owns: owns.iter().copied().collect(),
        note: note.to_owned(),
    }
}

/// `generation 2, stable`, as the group's coordinator knows it.
fn group_state(world: &World, name: &str) -> String {
    let coordinators = world.brokers().filter_map(|(_, it)| it.group_coordinator());
    let mut groups = coordinators.filter_map(|coordinator| coordinator.group(name));
    groups.next().map_or_else(
        || "no coordinator".to_owned(),
        |group| {
            let state = match group.state().name() {
                "PreparingRebalance" => "preparing rebalance".to_owned(),
                "CompletingRebalance" => "completing rebalance".to_owned(),
                name => name.to_ascii_lowercase(),
            };
            format!("generation {}, {state}", group.generation_id())
        },
    )
}

fn committed(world: &World, group: &str, partition: &TopicPartition) -> Option<Offset> {
    let coordinators = world.brokers().filter_map(|(_, it)| it.group_coordinator());
    let mut groups = coordinators.filter_map(|coordinator| coordinator.group(group));
    let mut offsets = groups.next()?.committed();
    offsets
        .find(|(of, _)| *of == partition)
        .map(|(_, offset)| offset)
}
