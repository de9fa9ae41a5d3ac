//! The replicas of one partition with their newest records.

use highwater_engine::kafka::broker::{Broker, ReplicaRole as OwnRole, ReplicaState};
use highwater_engine::kafka::ids::{BrokerId, NodeId, Offset, TopicPartition};
use highwater_engine::kafka::log::{Log, LogEntry, RemovedRecord};
use highwater_engine::kafka::metadata::PartitionRegistration;
use highwater_engine::kafka::record::{Record, RecordBatch, TransactionOutcome};
use highwater_engine::kafka::time::SimDuration;
use highwater_engine::sim::machine::{Machine, Process};
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;
use highwater_engine::sorted::SortedSet;

use super::memory::Memory;
use crate::view::event_line::OFFSETS_TOPIC;
use crate::view::keys::{Keys, mark_of_group_record};
use crate::view::scene::{CellKind, CellRow, KeyMark, LagRow, ReplicaRole, ReplicaRow};

/// How many records are listed at most; the layout shows as many as fit.
const CELLS_MAX: u64 = 16;
/// How many offsets from the log's end are looked at for them at most.
const REACH_MAX: u64 = 1024;
/// So many empty offsets beside each other have a place each.
const SLOTS_MAX: u64 = 3;
/// A lag is shown once it is that long, in microseconds.
const LAG_FROM_US: u64 = 500_000;

/// The replicas, by broker id; their records only where they are shown.
pub(super) fn replicas(
    timeline: &Timeline,
    partition: &TopicPartition,
    registration: &PartitionRegistration,
    memory: &Memory,
    has_cells: bool,
) -> Vec<ReplicaRow> {
    let (world, position) = (timeline.world(), timeline.position());
    let lost_leader = memory.lost_leader(partition, position);
    let leader = registration.leader.and_then(|id| world.broker(id));
    let ids: SortedSet<BrokerId> = registration.replicas.iter().copied().collect();
    let leading = leader.and_then(|leader| leader.replica(partition));
    let led = leader.zip(leading.as_ref()).and_then(|(leader, state)| {
        let log = leader.disk().log(partition)?;
        Some((state.high_watermark, log))
    });
    let known = match led {
        Some(_) => Offset::default(),
        None => known(world, partition, &ids),
    };
    let rows = ids.iter().copied().filter_map(|id| {
        let broker = world.broker(id)?;
        let has_process = world
            .machine(NodeId::Broker(id))
            .is_some_and(|machine| machine.status.has_process());
        let has_lost_it = lost_leader.is_some_and(|loss| loss.from == id);
        let own = broker.replica(partition);
        let role = role_of(id, registration, has_process, has_lost_it, own.as_ref());
        let keys = has_cells.then(|| memory.keys());
        let own = own.map(|state| state.high_watermark);
        let committed = committed_end((broker, own), led, partition, known);
        let own = own.unwrap_or(committed);
        let fallen = memory.fallen(partition, id, position, world.now());
        let mut row = replica(
            (id, role),
            broker,
            (own, committed),
            partition,
            (keys, &fallen),
        );
        // Who is out of sync has left what the lag counts down to.
        let in_sync = leading.as_ref().filter(|_| registration.isr.contains(&id));
        let lag = in_sync.and_then(|leading| leading.lag_of(id, world.now()));
        let limit = world.controller().config().replica_lag_time_max;
        row.lag = lag.and_then(|lag| lag_row(lag, limit));
        let leader_log = led.map(|(_, log)| log).filter(|_| !has_process);
        if let (Some(log), Some(leader_log)) = (broker.disk().log(partition), leader_log) {
            lose(&mut row.cells, log, leader_log);
        }
        for cell in &mut row.cells {
            cell.is_yours = memory.is_yours(partition, cell.offset, position);
        }
        Some(row)
    });
    rows.collect()
}

/// The highest high watermark that a replica or a consumer knows: what holds while nobody leads.
fn known(world: &World, partition: &TopicPartition, ids: &SortedSet<BrokerId>) -> Offset {
    let states = ids
        .iter()
        .filter_map(|id| world.broker(*id)?.replica(partition));
    let known = states.map(|state| state.high_watermark);
    known
        .chain(told(world, partition))
        .max()
        .unwrap_or_default()
}

/// Whether a consumer was told already that the record at `offset` may be read.
#[inline(never)]
pub fn was_readable(world: &World, partition: &TopicPartition, offset: u64) -> bool {
    told(world, partition).is_some_and(|told| offset < told.0)
}

/// The highest high watermark that a consumer was told of the partition.
pub fn told(world: &World, partition: &TopicPartition) -> Option<Offset> {
    let told = |machine: &Machine| match &machine.process {
        Process::Consumer(consumer) => consumer.high_watermark(partition),
        _ => None,
    };
    world.machines().filter_map(|(_, it)| told(it)).max()
}

fn role_of(
    id: BrokerId,
    registration: &PartitionRegistration,
    has_process: bool,
    has_lost_it: bool,
    own: Option<&ReplicaState>,
) -> ReplicaRole {
    // What its process believes, until it hears otherwise.
    let leads_for_itself = own.filter(|own| own.role == OwnRole::Leader);
    match registration.leader == Some(id) {
        true if has_process => ReplicaRole::Leader,
        true => ReplicaRole::LeaderUntilFenced,
        false if registration.elr.contains(&id) => ReplicaRole::Eligible,
        false if !has_process && has_lost_it => ReplicaRole::WasLeader,
        false if leads_for_itself.is_some() => {
            ReplicaRole::ThinksItLeads(leads_for_itself.map_or(0, |own| own.leader_epoch.0))
        }
        false if registration.isr.contains(&id) => ReplicaRole::Follower,
        false => ReplicaRole::OutOfSync,
    }
}

fn replica(
    (id, role): (BrokerId, ReplicaRole),
    broker: &Broker,
    (own, committed): (Offset, Offset),
    partition: &TopicPartition,
    (keys, fallen): (Option<&Keys>, &[&RemovedRecord]),
) -> ReplicaRow {
    let mut row = ReplicaRow {
        broker: id.0,
        role,
        log_start_offset: 0,
        log_end_offset: 0,
        high_watermark: own.0,
        lag: None,
        folded_count: 0,
        cells: Vec::new(),
    };
    if let Some(log) = broker.disk().log(partition) {
        row.log_start_offset = log.log_start_offset().0;
        row.log_end_offset = log.log_end_offset().0;
        if let Some(keys) = keys {
            let marks = if partition.topic.as_str() == OFFSETS_TOPIC {
                Marks::Groups
            } else {
                Marks::Clients(keys)
            };
            (row.folded_count, row.cells) = newest_cells(log, committed, marks, fallen);
        }
    }
    row
}

/// How an in-sync follower lags; short lags are part of every write.
fn lag_row(lag: SimDuration, limit: SimDuration) -> Option<LagRow> {
    let percent = (lag.0 * 100 / limit.0.max(1)).min(100);
    (lag.0 >= LAG_FROM_US && percent > 0).then(|| {
        let (lag, limit) = (lag.0 / 1_000_000, limit.0 / 1_000_000);
        LagRow {
            percent: percent as u8,
            words: format!("lags {lag} s; after {limit} s it leaves the in-sync replicas"),
        }
    })
}

/// Up to where the replica's records are committed: as far as its log has the same batches as the
/// leader's below the high watermark. Where it has others, only what it knows itself counts: its
/// own high watermark, or what a dead one wrote down. While nobody leads, what any replica or any
/// consumer knows.
fn committed_end(
    (broker, own): (&Broker, Option<Offset>),
    led: Option<(Offset, &Log)>,
    partition: &TopicPartition,
    known: Offset,
) -> Offset {
    let Some(files) = broker.disk().replica(partition) else {
        return Offset::ZERO;
    };
    let own = own.unwrap_or(files.high_watermark_checkpoint);
    let Some((high_watermark, leader_log)) = led else {
        return own.max(known).min(files.log.log_end_offset());
    };
    let end = high_watermark.min(files.log.log_end_offset());
    let last = Offset(end.0.saturating_sub(1));
    let epoch_at = |log| batches_from(log, last).next().map(epoch);
    if epoch_at(&files.log) == epoch_at(leader_log) {
        end
    } else {
        own.min(end)
    }
}

/// Marks what the leader has not: no record there, or one of another epoch.
#[inline(never)]
fn lose(cells: &mut [CellRow], log: &Log, leader_log: &Log) {
    for cell in cells.iter_mut().filter(|cell| !cell.is_committed) {
        let offset = Offset(cell.offset);
        let epoch_at = |log| batches_from(log, offset).next().map(epoch);
        cell.is_lost =
            offset >= leader_log.log_end_offset() || epoch_at(log) != epoch_at(leader_log);
    }
}

fn epoch(batch: &RecordBatch) -> i32 {
    batch.partition_leader_epoch().0
}

fn batches_from(log: &Log, offset: Offset) -> impl Iterator<Item = &RecordBatch> {
    log.segments()
        .flat_map(move |segment| segment.batches_from(offset))
}

/// How keys look: those of clients, or those of the machinery's own records.
#[derive(Clone, Copy)]
enum Marks<'a> {
    Clients(&'a Keys),
    Groups,
}

impl Marks<'_> {
    fn of(self, record: &Record) -> KeyMark {
        match self {
            Marks::Clients(keys) => keys.mark(record.key.as_deref()),
            Marks::Groups => mark_of_group_record(record),
        }
    }
}

/// The newest records with the gaps between them, and how many older offsets there are.
fn newest_cells(
    log: &Log,
    high_watermark: Offset,
    marks: Marks<'_>,
    fallen: &[&RemovedRecord],
) -> (u64, Vec<CellRow>) {
    let (start, end) = (log.log_start_offset(), log.log_end_offset());
    let mut reach = CELLS_MAX;
    let mut cells = loop {
        let first = Offset(end.0.saturating_sub(reach)).max(start);
        let mut cells = Vec::new();
        for entry in log.entries(first, end) {
            cells_of(&entry, marks, fallen, &mut cells);
        }
        // Where many offsets are empty the newest records reach far back.
        if first == start || cells.len() as u64 >= CELLS_MAX || reach >= REACH_MAX {
            break cells;
        }
        reach *= 4;
    };
    cells.drain(..cells.len().saturating_sub(CELLS_MAX as usize));
    for cell in &mut cells {
        cell.is_committed = cell.end <= high_watermark.0;
    }
    let first = cells.first().map_or(end.0, |cell| cell.offset);
    (first.saturating_sub(start.0), cells)
}

fn cells_of(
    entry: &LogEntry,
    marks: Marks<'_>,
    fallen: &[&RemovedRecord],
    cells: &mut Vec<CellRow>,
) {
    let (first, end) = entry.range();
    let mut cell = CellRow {
        offset: first.0,
        end: end.0,
        ..CellRow::default()
    };
    match entry {
        LogEntry::Record(stored) => {
            cell.key = marks.of(&stored.record);
            cell.is_tombstone = stored.record.value.is_none();
        }
        LogEntry::Marker { outcome, .. } => {
            let (letter, name) = match outcome {
                Some(TransactionOutcome::Abort) => ("✕", "abort marker"),
                _ => ("✓", "commit marker"),
            };
            (cell.key.letter, cell.key.name) = (letter.to_owned(), name.to_owned());
            cell.kind = CellKind::Marker;
        }
        LogEntry::Removed { .. } => return gap_cells((first.0, end.0), marks, fallen, cells),
        LogEntry::Corrupt { .. } => {}
    }
    cells.push(cell);
}

/// One cell for each of a few empty offsets, one for all of many; but each by itself as long as it
/// is news, so that what stays keeps its place.
#[inline(never)]
fn gap_cells(
    (first, end): (u64, u64),
    marks: Marks<'_>,
    fallen: &[&RemovedRecord],
    cells: &mut Vec<CellRow>,
) {
    let mut gap = |offset: u64, end: u64| {
        let record = fallen.iter().find(|record| record.offset.0 == offset);
        let key = record.map(|removed| {
            marks.of(&Record {
                key: removed.key.clone(),
                ..Record::default()
            })
        });
        cells.push(CellRow {
            offset,
            end,
            kind: match key {
                Some(_) => CellKind::Falling,
                None => CellKind::Removed,
            },
            key: key.unwrap_or_default(),
            ..CellRow::default()
        });
    };
    let is_news = |offset: &u64| fallen.iter().any(|record| record.offset.0 == *offset);
    if end - first <= SLOTS_MAX || (first..end).any(|offset| is_news(&offset)) {
        (first..end).for_each(|offset| gap(offset, offset + 1));
    } else {
        gap(first, end);
    }
}
