//! A cleaning under way: it reads the log chunk by chunk, first for the offset map, then to copy
//! what stays, and puts each new segment in the place of the old ones.
//!
//! Kafka 4.3.1: `Cleaner#doClean`, `#buildOffsetMap`, `#cleanSegments`, `#cleanInto`.

use std::sync::Arc;

use serde::Serialize;

use super::filter::{Filter, LastRecord, RemovalReason, RemovedRecord};
use super::offset_map::OffsetMap;
use super::transactions::OpenTransactions;
use super::{Cleaned, Cleaning, group_by_size};
use crate::kafka::ids::{Offset, ProducerId};
use crate::kafka::log::{Log, LogConfig, Segment};
use crate::kafka::record::RecordBatch;
use crate::sorted::SortedMap;

/// How many batches that made others superfluous are remembered as causes.
const CAUSES_MAX: usize = 8;

/// A cleaning of one log that has begun.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CleaningPass {
    cleaning: Cleaning,
    /// When it began, in milliseconds since 1970: horizons are counted from there.
    started_ms: i64,
    map: OffsetMap,
    is_map_built: bool,
    open: OpenTransactions,
    /// The segment that is read, by its base offset, and where in it the next chunk begins.
    segment: Offset,
    next: Offset,
    /// What is left to be rewritten, the last first: from the base of a group to the next one's.
    groups: Vec<(Offset, Offset)>,
    /// What the present group becomes: a file `.cleaned`.
    copy: Option<Segment>,
    /// Whether all of the group was read.
    is_copy_whole: bool,
    /// What is left out of it.
    removed: Vec<RemovedRecord>,
    bytes_of_group: u64,
    last_of_producers: SortedMap<ProducerId, LastRecord>,
    /// What was done so far.
    pub(super) cleaned: Cleaned,
}

/// What one chunk came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chunk {
    /// How many bytes were read and written.
    pub bytes: u64,
    /// The new segment that took the place of old ones, if one did.
    pub swap: Option<Swap>,
    /// Whether that was all.
    pub is_done: bool,
}

/// A new segment that took the place of old ones: `.cleaned`, `.swap`, then `.log`.
///
/// Kafka 4.3.1: `LocalLog#replaceSegments`.
#[derive(Clone, Debug, PartialEq)]
pub struct Swap {
    /// The base offset of the new segment, and of the first old one.
    pub base_offset: Offset,
    /// How many old ones there were.
    pub segments: u32,
    /// How many bytes they took.
    pub bytes_before: u64,
    /// How many bytes it takes.
    pub bytes_after: u64,
    /// The records that are gone with them.
    pub removed: Vec<RemovedRecord>,
}

impl CleaningPass {
    /// A cleaning of `log` that begins now. `keys_max` is the room for different keys.
    pub fn new(log: &Log, cleaning: &Cleaning, now_ms: i64, keys_max: usize) -> CleaningPass {
        let (start, end) = (
            cleaning.first_dirty_offset,
            cleaning.first_uncleanable_offset,
        );
        let mut open = OpenTransactions::default();
        open.expect(log.aborted_transactions(start, end));
        let first = log.sealed_between(start, end).next();
        CleaningPass {
            cleaning: *cleaning,
            started_ms: now_ms,
            map: OffsetMap::new(keys_max),
            is_map_built: first.is_none(),
            open,
            segment: first.map_or(start, Segment::base_offset),
            next: start,
            groups: Vec::new(),
            copy: None,
            is_copy_whole: false,
            removed: Vec::new(),
            bytes_of_group: 0,
            last_of_producers: SortedMap::new(),
            cleaned: Cleaned {
                from: start,
                ..Cleaned::default()
            },
        }
    }

    /// What it set out to clean.
    pub fn cleaning(&self) -> &Cleaning {
        &self.cleaning
    }

    /// Where each key stands last in the dirty part, as far as it was read.
    pub fn map(&self) -> &OffsetMap {
        &self.map
    }

    /// Whether the map is complete, so that segments are copied.
    pub fn is_copying(&self) -> bool {
        self.is_map_built
    }

    /// Up to where it has read: for the map, then once more to copy.
    pub fn position(&self) -> Offset {
        self.next
    }

    /// The new segment as far as it was written, and where those end that it will replace.
    pub fn copy(&self) -> Option<(&Segment, Offset)> {
        let (_, end) = self.groups.last()?;
        Some((self.copy.as_ref()?, *end))
    }

    /// The records that the new segment leaves out, as far as it was written.
    pub fn removed(&self) -> &[RemovedRecord] {
        &self.removed
    }

    /// What it has done so far.
    pub fn cleaned(&self) -> &Cleaned {
        &self.cleaned
    }

    /// Goes on by one chunk: whole batches of one segment that have room in `chunk_bytes`, at
    /// least one. Or a new segment that is whole takes its place.
    pub fn advance(&mut self, log: &mut Log, chunk_bytes: u64, config: &LogConfig) -> Chunk {
        if !self.is_map_built {
            let bytes = self.read_for_map(log, chunk_bytes);
            if self.is_map_built {
                self.begin_copying(log, config);
            }
            return Chunk {
                bytes,
                swap: None,
                is_done: self.is_map_built && self.groups.is_empty(),
            };
        }
        let Some((base, end)) = self.groups.last().copied() else {
            return Chunk {
                is_done: true,
                ..Chunk::default()
            };
        };
        if self.is_copy_whole {
            return Chunk {
                bytes: 0,
                swap: Some(self.swap_in(log, base, end)),
                is_done: self.groups.is_empty(),
            };
        }
        Chunk {
            bytes: self.copy_chunk(log, end, chunk_bytes, config),
            ..Chunk::default()
        }
    }

    /// Kafka 4.3.1: `Cleaner#buildOffsetMapForSegment`.
    fn read_for_map(&mut self, log: &Log, chunk_bytes: u64) -> u64 {
        let (start, end) = (
            self.cleaning.first_dirty_offset,
            self.cleaning.first_uncleanable_offset,
        );
        let Some(segment) = log.sealed_at(self.segment) else {
            self.is_map_built = true;
            return 0;
        };
        let (batches, bytes, is_last) = chunk_of(segment, self.next, chunk_bytes);
        for batch in batches {
            if !self.map.take_batch(batch, start, &mut self.open) {
                self.is_map_built = true;
                return bytes;
            }
            self.next = batch.next_offset();
        }
        if is_last {
            let after = log.sealed_between(self.segment, end).nth(1);
            let next = after.map_or(end, Segment::base_offset);
            self.map.reach(next);
            (self.segment, self.next) = (next, next.max(start));
            self.is_map_built = after.is_none();
        }
        bytes
    }

    fn begin_copying(&mut self, log: &Log, config: &LogConfig) {
        let end = self.map.end_offset();
        let count = log.sealed.partition_point(|it| it.base_offset() < end);
        let after = log.sealed.get(count).map(|after| after.base_offset());
        let after = after.unwrap_or_else(|| log.active_base_offset());
        let mut groups: Vec<(Offset, Offset)> = Vec::new();
        for group in group_by_size(&log.sealed[..count], &self.cleaning, config) {
            let base = group.first().map_or(end, |first| first.base_offset());
            if let Some(before) = groups.last_mut() {
                before.1 = base;
            }
            groups.push((base, after));
        }
        groups.reverse();
        self.open = OpenTransactions::default();
        self.cleaned.to = end;
        self.cleaned.segments_before = u32::try_from(count).unwrap_or(u32::MAX);
        self.groups = groups;
        self.begin_group();
    }

    fn begin_group(&mut self) {
        if let Some((base, _)) = self.groups.last() {
            (self.segment, self.next) = (*base, *base);
        }
    }

    /// Copies what stays of a chunk. Returns how many bytes were read and written.
    fn copy_chunk(&mut self, log: &Log, end: Offset, chunk_bytes: u64, config: &LogConfig) -> u64 {
        let Some(segment) = log.sealed_at(self.segment) else {
            self.is_copy_whole = true;
            return 0;
        };
        let after = log.sealed_between(self.segment, end).nth(1);
        let next = after.map(Segment::base_offset);
        let mut copy = self.copy.take().unwrap_or_else(|| {
            self.last_of_producers = log.producers.last_records();
            let producers = segment.producers_before().clone();
            Segment::new(segment.base_offset(), segment.clock(), producers)
        });
        if self.next == self.segment {
            let until = next.unwrap_or_else(|| segment.next_offset());
            let aborted = log.aborted_transactions(self.segment, until);
            self.open.expect(aborted);
            self.bytes_of_group += segment.size_in_bytes();
        }
        let written = copy.size_in_bytes();
        let (batches, bytes, is_last) = chunk_of(segment, self.next, chunk_bytes);
        let mut filter = Filter {
            map: &self.map,
            open: std::mem::take(&mut self.open),
            last_of_producers: &self.last_of_producers,
            upper_bound: self.cleaning.first_uncleanable_offset,
            now_ms: self.started_ms,
            delete_retention_ms: config.delete_retention_ms,
        };
        for batch in batches {
            self.cleaned.records_before += u64::from(batch.count());
            self.next = batch.next_offset();
            let left = filter.apply(batch);
            note_causes(log, &left.removed, &mut self.cleaned);
            self.removed.extend(left.removed);
            if let Some(batch) = left.batch {
                self.cleaned.records_after += u64::from(batch.count());
                copy.append(batch, config);
            }
        }
        self.open = filter.open;
        let bytes = bytes + copy.size_in_bytes() - written;
        self.copy = Some(copy);
        match next {
            Some(next) if is_last => (self.segment, self.next) = (next, next),
            _ => self.is_copy_whole = is_last,
        }
        bytes
    }

    /// The new segment takes the place of the old ones.
    fn swap_in(&mut self, log: &mut Log, base: Offset, end: Offset) -> Swap {
        let from = log.sealed.partition_point(|it| it.base_offset() < base);
        let until = log.sealed.partition_point(|it| it.base_offset() < end);
        let kept = self.open.take_kept();
        let mut bytes_after = 0;
        if let Some(mut copy) = self.copy.take() {
            kept.into_iter().for_each(|it| copy.note_aborted(it));
            bytes_after = copy.size_in_bytes();
            log.sealed.splice(from..until, [Arc::new(copy)]);
        }
        let bytes_before = std::mem::take(&mut self.bytes_of_group);
        self.cleaned.bytes_before += bytes_before;
        self.cleaned.bytes_after += bytes_after;
        self.cleaned.segments_after += 1;
        self.groups.pop();
        self.is_copy_whole = false;
        self.begin_group();
        Swap {
            base_offset: base,
            segments: u32::try_from(until - from).unwrap_or(u32::MAX),
            bytes_before,
            bytes_after,
            removed: std::mem::take(&mut self.removed),
        }
    }
}

impl Log {
    /// The segment before the active one that begins there.
    fn sealed_at(&self, base: Offset) -> Option<&Segment> {
        let place = self.sealed.partition_point(|it| it.base_offset() < base);
        let found = self.sealed.get(place).map(Arc::as_ref);
        found.filter(|segment| segment.base_offset() == base)
    }
}

/// The next batches of a segment that have room in `bytes_max`, at least one, with the bytes they
/// take and whether they are the last.
fn chunk_of(segment: &Segment, next: Offset, bytes_max: u64) -> (Vec<&RecordBatch>, u64, bool) {
    let mut batches = Vec::new();
    let mut bytes = 0;
    for batch in segment.batches_from(next) {
        let its_bytes = u64::from(batch.size_in_bytes());
        if !batches.is_empty() && bytes + its_bytes > bytes_max {
            return (batches, bytes, false);
        }
        bytes += its_bytes;
        batches.push(batch);
    }
    (batches, bytes, true)
}

/// The batches that hold what took the place of others: some of them.
fn note_causes(log: &Log, removed: &[RemovedRecord], cleaned: &mut Cleaned) {
    for record in removed {
        let RemovalReason::Superseded(by) = record.why else {
            continue;
        };
        if cleaned.superseded_by.len() == CAUSES_MAX {
            return;
        }
        if let Some(batch) = log.batch_at(by)
            && !cleaned.superseded_by.contains(&batch.origin)
        {
            cleaned.superseded_by.push(batch.origin);
        }
    }
}
