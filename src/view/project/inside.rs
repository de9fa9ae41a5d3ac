//! What the stage tells of the one partition that is opened: its purgatory, what its leader knows,
//! its epochs, and what its replicas have cut off.

use highwater_engine::kafka::broker::ReplicaState;
use highwater_engine::kafka::ids::{BrokerId, Offset, TopicPartition};
use highwater_engine::kafka::metadata::PartitionRegistration;
use highwater_engine::sim::invariant::Rule;
use highwater_engine::sim::machine::Process;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::gone::GONE_MAX;
use super::memory::{Cut, Loss, Memory};
use crate::view::event_line::because::acks_words;
use crate::view::format::{clock, list};
use crate::view::scene::{CutRow, InsideRow, KnownRow, ToldRow, WaitingRow};

/// For how long a cut is shown, in microseconds, and one that lost an acknowledged record.
const CUT_US: u64 = 4_000_000;
const LOSS_US: u64 = 20_000_000;
/// At most so many offsets are listed one by one.
const OFFSETS_MAX: u64 = 3;

/// The inside of a partition.
pub(super) fn inside(
    timeline: &Timeline,
    partition: &TopicPartition,
    registration: &PartitionRegistration,
    memory: &Memory,
) -> InsideRow {
    let world = timeline.world();
    let broker = |id: &BrokerId| world.broker(*id);
    let leader = registration.leader.as_ref().and_then(broker);
    let state = leader.and_then(|leader| leader.replica(partition));
    let mut replicas = registration.replicas.iter().filter_map(broker);
    let any = replicas.find_map(|broker| broker.replica(partition));
    let mut words = format!(
        "leader epoch {}, replication factor {}",
        registration.leader_epoch,
        registration.replicas.len()
    );
    if let Some(state) = state.as_ref().or(any.as_ref()) {
        words.push_str(&format!(
            ", min.insync.replicas {}",
            state.min_insync_replicas
        ));
    }
    let log = leader.and_then(|leader| leader.disk().log(partition));
    let epochs = log.into_iter().flat_map(|log| log.epochs().entries());
    let loss = memory.loss(partition, timeline.position());
    InsideRow {
        words,
        waiting: state
            .as_ref()
            .map_or_else(Vec::new, |state| waiting(timeline, state)),
        known: state.as_ref().map_or_else(Vec::new, known),
        epochs: epochs.map(|(epoch, start)| (epoch.0, start.0)).collect(),
        cuts: cuts(timeline, partition, memory),
        told: loss.and_then(|loss| told(timeline, loss, memory)),
    }
}

/// The requests that wait, the oldest first.
fn waiting(timeline: &Timeline, state: &ReplicaState) -> Vec<WaitingRow> {
    let now = timeline.world().now();
    let mut rows: Vec<WaitingRow> = Vec::new();
    for waiting in &state.waiting_produces {
        let required = waiting.required_offset.0;
        let ends: Vec<Option<Offset>> = waiting
            .missing
            .iter()
            .map(|id| {
                let mut followers = state.followers.iter();
                followers.find(|it| it.broker == *id)?.log_end_offset
            })
            .collect();
        let received = timeline.event(waiting.received);
        let at = rows.iter().take_while(|row| row.required <= required);
        rows.insert(
            at.count(),
            WaitingRow {
                required,
                offsets: offsets(
                    waiting.base_offset.unwrap_or_default().0,
                    required.saturating_sub(1),
                ),
                lacks: lacks(&waiting.missing, &ends, required),
                waits: received.map_or_else(String::new, |event| {
                    format!("{} ms", now.since(event.at).0 / 1000)
                }),
            },
        );
    }
    rows
}

/// `offset 12`, `offsets 13, 14`, `offsets 20…31`.
fn offsets(first: u64, last: u64) -> String {
    match last.saturating_sub(first) {
        0 => format!("offset {last}"),
        1..OFFSETS_MAX => format!("offsets {}", list(&(first..=last).collect::<Vec<u64>>())),
        _ => format!("offsets {first}…{last}"),
    }
}

/// `broker 3 at 12, needs 13`, or `brokers 2, 3 need 16`.
fn lacks(missing: &[BrokerId], ends: &[Option<Offset>], required: u64) -> String {
    match (missing, ends) {
        ([], _) => format!("needs high watermark {required}"),
        ([one], [Some(end)]) => format!("broker {one} at {end}, needs {required}"),
        ([one], _) => format!("broker {one} needs {required}"),
        (more, _) if more.len() <= 3 => format!("brokers {} need {required}", list(more)),
        (more, _) => format!("{} brokers need {required}", more.len()),
    }
}

fn known(state: &ReplicaState) -> Vec<KnownRow> {
    let followers = state.followers.iter().map(|follower| KnownRow {
        broker: follower.broker.0,
        fetched_at: follower.log_end_offset.map(|offset| offset.0),
        is_in_sync: state.isr.contains(&follower.broker),
    });
    followers.collect()
}

fn cuts(timeline: &Timeline, partition: &TopicPartition, memory: &Memory) -> Vec<CutRow> {
    let world = timeline.world();
    let lost = lost_offset(world, partition);
    let cuts = memory.cuts(partition, timeline.position());
    let rows = cuts.filter_map(|cut| {
        let (first, end) = cut.range;
        let acknowledged = lost.filter(|offset| (first.0..end.0).contains(offset));
        let shown_us = if acknowledged.is_some() {
            LOSS_US
        } else {
            CUT_US
        };
        (world.now().since(cut.at).0 < shown_us).then(|| CutRow {
            broker: cut.broker.0,
            first: first.0,
            end: end.0,
            gone: marks(cut, memory),
            acknowledged,
        })
    });
    rows.take(1).collect()
}

/// The offsets of the first records that are gone, with the letters of their keys, or with the
/// offsets where these are forgotten.
fn marks(cut: &Cut, memory: &Memory) -> Vec<(u64, String)> {
    let (first, end) = cut.range;
    let offsets = first.0..end.0.min(first.0 + GONE_MAX);
    let letter = |offset: u64| {
        let record = cut.gone.iter().find(|it| it.offset.0 == offset);
        record.map_or_else(
            || offset.to_string(),
            |it| memory.keys().mark(it.key.as_deref()).letter,
        )
    };
    offsets.map(|offset| (offset, letter(offset))).collect()
}

/// What the producer of the lost record had been told.
#[inline(never)]
fn told(timeline: &Timeline, loss: &Loss, memory: &Memory) -> Option<ToldRow> {
    let (world, answer) = (timeline.world(), timeline.event(loss.record.told?)?);
    if world.now().since(loss.at).0 >= LOSS_US {
        return None;
    }
    let Process::Producer(producer) = &world.machine(answer.node?)?.process else {
        return None;
    };
    let offset = loss.record.offset;
    Some(ToldRow {
        producer: producer.name().to_owned(),
        clock: clock(answer.at.0),
        key: memory.keys().mark(loss.record.key.as_deref()),
        words: format!("offset {offset}, {}", acks_words(producer.config().acks)),
    })
}

/// The offset of the acknowledged record that the partition lost.
pub(super) fn lost_offset(world: &World, partition: &TopicPartition) -> Option<u64> {
    let breach = world.invariants().breach(Rule::NoAcknowledgedRecordLost);
    let (broken, _) = breach?;
    (broken.partition == *partition).then_some(broken.offset.0)
}
