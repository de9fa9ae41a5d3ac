//! Compaction: of all records of a key only the last one stays.
//!
//! - `plan`: which part of a log may be cleaned, and whether it is dirty enough;
//! - `offset_map`: where each key stands last in the dirty part;
//! - `transactions`: which transactions the cleaner is inside of;
//! - `filter`: what is left of one batch;
//! - `pass`: a cleaning under way, chunk by chunk;
//! - `outlook`: what a cleaning would do, for who looks at a log.
//!
//! Offsets never change, order stays, gaps appear. The active segment is never touched.
//!
//! Kafka 4.3.1: `Cleaner`, `LogCleanerManager`, `CleanedTransactionMetadata`.

mod filter;
mod offset_map;
mod outlook;
mod pass;
mod plan;
#[cfg(test)]
mod tests;
mod transactions;

use std::sync::Arc;

use serde::Serialize;

use crate::kafka::ids::{EventId, Offset};
use crate::kafka::log::{Log, LogConfig, Segment};

pub(super) use filter::LastRecord;
pub use filter::{RemovalReason, RemovedRecord};
pub use offset_map::OffsetMap;
pub use outlook::{Outlook, SegmentState};
pub use pass::{Chunk, CleaningPass, Swap};
pub use plan::Cleaning;

/// What a cleaning did.
///
/// Kafka 4.3.1: `CleanerStats`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
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
    /// Cleans the part of the log that `cleaning` names, at once. `keys_max` is the room for
    /// different keys; where it is full the cleaning ends.
    ///
    /// Kafka 4.3.1: `Cleaner#doClean`.
    pub fn clean(
        &mut self,
        cleaning: &Cleaning,
        now_ms: i64,
        keys_max: usize,
        config: &LogConfig,
    ) -> Cleaned {
        let mut pass = CleaningPass::new(self, cleaning, now_ms, keys_max);
        while !pass.advance(self, u64::MAX, config).is_done {}
        pass.cleaned
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
