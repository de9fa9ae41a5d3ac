//! Compaction: of all records of a key only the last one stays.
//!
//! - `plan`: which part of a log may be cleaned, and whether it is dirty enough;
//! - `offset_map`: where each key stands last in the dirty part;
//! - `transactions`: which transactions the cleaner is inside of;
//! - `filter`: what is left of one batch.
//!
//! Offsets never change, order stays, gaps appear. The active segment is never touched.
//!
//! Kafka 4.3.1: `Cleaner`, `LogCleanerManager`, `CleanedTransactionMetadata`.

mod filter;
mod offset_map;
mod plan;
#[cfg(test)]
mod tests;
mod transactions;

use std::sync::Arc;

use crate::kafka::ids::{EventId, Offset};
use crate::kafka::log::{Log, LogConfig, Segment};
use filter::{Filter, Left};
use offset_map::OffsetMap;
use transactions::OpenTransactions;

pub(super) use filter::LastRecord;
pub use plan::Cleaning;

/// How many batches that made others superfluous are remembered as causes.
const CAUSES_MAX: usize = 8;

/// What a cleaning did.
///
/// Kafka 4.3.1: `CleanerStats`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cleaned {
    /// Where the dirty part began.
    pub from: Offset,
    /// Where the next one begins.
    pub to: Offset,
    /// How many records lay below that.
    pub records_before: u64,
    /// How many of them are left.
    pub records_after: u64,
    /// How many bytes they took.
    pub bytes_before: u64,
    /// How many bytes they take now.
    pub bytes_after: u64,
    /// How many segments there were.
    pub segments_before: u32,
    /// How many there are now.
    pub segments_after: u32,
    /// The events that made batches whose records took the place of older ones: some of them.
    pub superseded_by: Vec<EventId>,
}

impl Log {
    /// Cleans the part of the log that `cleaning` names. `keys_max` is the room for different
    /// keys; where it is full the cleaning ends.
    ///
    /// Kafka 4.3.1: `Cleaner#doClean`.
    pub fn clean(
        &mut self,
        cleaning: &Cleaning,
        now_ms: i64,
        keys_max: usize,
        config: &LogConfig,
    ) -> Cleaned {
        let map = self.map_of_dirty_part(cleaning, keys_max);
        let end = map.end_offset();
        let mut cleaned = Cleaned {
            from: cleaning.first_dirty_offset,
            to: end,
            ..Cleaned::default()
        };
        let mut filter = Filter {
            map: &map,
            open: OpenTransactions::default(),
            last_of_producers: self.producers.last_records(),
            upper_bound: cleaning.first_uncleanable_offset,
            now_ms,
            delete_retention_ms: config.delete_retention_ms,
        };
        let count = self.sealed.partition_point(|it| it.base_offset() < end);
        let groups = group_by_size(&self.sealed[..count], cleaning, config);
        let mut replaced = Vec::new();
        for group in groups {
            replaced.push(Arc::new(self.clean_group(
                group,
                &mut filter,
                config,
                &mut cleaned,
            )));
        }
        cleaned.segments_before = u32::try_from(count).unwrap_or(u32::MAX);
        cleaned.segments_after = u32::try_from(replaced.len()).unwrap_or(u32::MAX);
        self.sealed.splice(..count, replaced);
        cleaned
    }

    /// Kafka 4.3.1: `Cleaner#buildOffsetMap`.
    fn map_of_dirty_part(&self, cleaning: &Cleaning, keys_max: usize) -> OffsetMap {
        let (start, end) = (
            cleaning.first_dirty_offset,
            cleaning.first_uncleanable_offset,
        );
        let mut map = OffsetMap::new(keys_max);
        let mut open = OpenTransactions::default();
        open.expect(self.aborted_transactions(start, end));
        let dirty: Vec<&Segment> = self.sealed_between(start, end).collect();
        for (place, segment) in dirty.iter().enumerate() {
            let next = dirty.get(place + 1).map_or(end, |next| next.base_offset());
            if !map.take_segment(segment, start, next, &mut open) {
                break;
            }
        }
        map
    }

    /// The segments before the active one from the one that holds `start` on, up to `end`.
    ///
    /// Kafka 4.3.1: `LogSegments#values`.
    fn sealed_between(
        &self,
        start: Offset,
        end: Offset,
    ) -> impl DoubleEndedIterator<Item = &Segment> {
        let until = self.sealed.partition_point(|it| it.base_offset() < end);
        let from = if start < end {
            let after = self.sealed.partition_point(|it| it.base_offset() <= start);
            after.saturating_sub(1).min(until)
        } else {
            until
        };
        self.sealed[from..until].iter().map(Arc::as_ref)
    }

    /// Makes one segment of several.
    ///
    /// Kafka 4.3.1: `Cleaner#cleanSegments`, `#cleanInto`.
    fn clean_group(
        &self,
        group: &[Arc<Segment>],
        filter: &mut Filter<'_>,
        config: &LogConfig,
        cleaned: &mut Cleaned,
    ) -> Segment {
        let first = group.first().expect("a group has a segment");
        let mut result = Segment::new(
            first.base_offset(),
            first.clock(),
            first.producers_before().clone(),
        );
        for (place, segment) in group.iter().enumerate() {
            let next = group.get(place + 1).map(|next| next.base_offset());
            let end = next.unwrap_or_else(|| segment.next_offset());
            filter
                .open
                .expect(self.aborted_transactions(segment.base_offset(), end));
            cleaned.bytes_before += segment.size_in_bytes();
            for batch in segment.batches() {
                cleaned.records_before += u64::from(batch.count());
                let Left {
                    batch,
                    superseded_by,
                } = filter.apply(batch);
                self.note_causes(superseded_by, cleaned);
                if let Some(batch) = batch {
                    cleaned.records_after += u64::from(batch.count());
                    result.append(batch, config);
                }
            }
        }
        filter
            .open
            .take_kept()
            .into_iter()
            .for_each(|aborted| result.note_aborted(aborted));
        cleaned.bytes_after += result.size_in_bytes();
        result
    }

    fn note_causes(&self, superseded_by: Vec<Offset>, cleaned: &mut Cleaned) {
        for offset in superseded_by {
            if cleaned.superseded_by.len() == CAUSES_MAX {
                return;
            }
            if let Some(batch) = self.batch_at(offset)
                && !cleaned.superseded_by.contains(&batch.origin)
            {
                cleaned.superseded_by.push(batch.origin);
            }
        }
    }
}

/// Neighbours that fit into one segment together, by their bytes, their indexes and their offsets.
///
/// Kafka 4.3.1: `Cleaner#groupSegmentsBySize`.
fn group_by_size<'a>(
    segments: &'a [Arc<Segment>],
    cleaning: &Cleaning,
    config: &LogConfig,
) -> Vec<&'a [Arc<Segment>]> {
    let index_max = u64::from(config.segment_index_bytes);
    let mut groups = Vec::new();
    let mut rest = segments;
    while let Some((first, after)) = rest.split_first() {
        let mut bytes = first.size_in_bytes();
        let [mut offsets, mut times] = first.index_bytes();
        let mut length = 1;
        for (place, next) in after.iter().enumerate() {
            let [its_offsets, its_times] = next.index_bytes();
            bytes += next.size_in_bytes();
            offsets += its_offsets;
            times += its_times;
            let end = after
                .get(place + 1)
                .map_or(cleaning.first_uncleanable_offset, |it| it.base_offset());
            let spans = end.distance_from(first.base_offset()).saturating_sub(1);
            let is_near = next.size_in_bytes() == 0 || spans <= u64::from(i32::MAX.cast_unsigned());
            if bytes > config.segment_bytes || offsets > index_max || times > index_max || !is_near
            {
                break;
            }
            length += 1;
        }
        let (group, after) = rest.split_at(length);
        groups.push(group);
        rest = after;
    }
    groups
}
