//! Which part of a log may be cleaned, and whether it is worth it.
//!
//! Kafka 4.3.1: `LogToClean`, `LogCleanerManager#cleanableOffsets`, `#calculateCleanableBytes`,
//! `#maxCompactionDelay`.

use serde::Serialize;

use crate::kafka::ids::Offset;
use crate::kafka::log::{Log, LogConfig, Segment};

/// What a cleaner would do with a log now.
///
/// Kafka 4.3.1: `LogToClean`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cleaning {
    /// Below it everything was cleaned once.
    pub first_dirty_offset: Offset,
    /// From here on nothing may be cleaned: the base of a segment.
    pub first_uncleanable_offset: Offset,
    /// How many bytes were cleaned once.
    pub clean_bytes: u64,
    /// How many bytes could be cleaned now.
    pub cleanable_bytes: u64,
    /// Whether a record has waited for `max.compaction.lag.ms`.
    pub is_overdue: bool,
}

impl Cleaning {
    /// All bytes that count.
    pub fn total_bytes(&self) -> u64 {
        self.clean_bytes + self.cleanable_bytes
    }

    /// Whether a larger part of this log is dirty than of the other.
    ///
    /// Kafka 4.3.1: `LogToClean#cleanableRatio`, `#compareTo`.
    pub fn is_filthier_than(&self, other: &Cleaning) -> bool {
        let cross = |dirty: u64, total: u64| u128::from(dirty) * u128::from(total);
        cross(self.cleanable_bytes, other.total_bytes())
            > cross(other.cleanable_bytes, self.total_bytes())
    }

    /// Whether the log is to be cleaned: it is dirtier than `min.cleanable.dirty.ratio`, or a
    /// record has waited for long enough.
    ///
    /// Kafka 4.3.1: `LogCleanerManager#grabFilthiestCompactedLog`.
    pub fn is_due(&self, config: &LogConfig) -> bool {
        let limit = config.min_cleanable_dirty_ratio;
        let is_filthy = limit.is_exceeded_by(self.cleanable_bytes, self.total_bytes());
        is_filthy || (self.is_overdue && self.cleanable_bytes > 0)
    }
}

impl Log {
    /// What there is to clean. `checkpoint` is where the last cleaning ended.
    pub fn plan_cleaning(
        &self,
        checkpoint: Option<Offset>,
        high_watermark: Offset,
        now_ms: i64,
        config: &LogConfig,
    ) -> Cleaning {
        let start = self.log_start_offset;
        let within = |offset: &Offset| (start..=self.log_end_offset).contains(offset);
        let first_dirty_offset = checkpoint.filter(within).unwrap_or(start);
        let bound = self
            .last_stable_offset(high_watermark)
            .min(self.active.base_offset())
            .min(self.first_too_young(first_dirty_offset, now_ms, config))
            .max(first_dirty_offset);
        // A segment is cleaned as a whole or not at all.
        let holder = self
            .sealed_between(bound, self.active.base_offset())
            .next()
            .unwrap_or(&self.active);
        let first_uncleanable_offset = holder.base_offset();
        let bytes_of = |segments: &mut dyn Iterator<Item = &Segment>| -> u64 {
            segments.map(Segment::size_in_bytes).sum()
        };
        let from = first_dirty_offset.min(first_uncleanable_offset);
        Cleaning {
            first_dirty_offset,
            first_uncleanable_offset,
            clean_bytes: bytes_of(&mut self.sealed_between(Offset::ZERO, first_dirty_offset)),
            cleanable_bytes: bytes_of(&mut self.sealed_between(from, first_uncleanable_offset)),
            is_overdue: self.is_overdue(first_dirty_offset, now_ms, config),
        }
    }

    /// The base of the first dirty segment with a record younger than `min.compaction.lag.ms`.
    ///
    /// Kafka 4.3.1: `LogCleanerManager#findFirstUncleanableSegment`.
    fn first_too_young(&self, first_dirty: Offset, now_ms: i64, config: &LogConfig) -> Offset {
        let lag_ms = config.min_compaction_lag_ms;
        let is_too_young = |segment: &&Segment| {
            lag_ms > 0 && segment.age_stamp_ms() > now_ms.saturating_sub(lag_ms)
        };
        self.dirty_segments(first_dirty)
            .find(is_too_young)
            .map_or(self.log_end_offset, Segment::base_offset)
    }

    /// Whether a dirty segment began longer ago than `max.compaction.lag.ms`.
    ///
    /// Kafka 4.3.1: `LogCleanerManager#maxCompactionDelay`.
    fn is_overdue(&self, first_dirty: Offset, now_ms: i64, config: &LogConfig) -> bool {
        let clean_until_ms = now_ms.saturating_sub(config.max_compaction_lag_ms.max(0));
        self.dirty_segments(first_dirty)
            .filter_map(|segment| segment.batches().next())
            .map(|batch| batch.max_timestamp_ms())
            .any(|first_ms| first_ms > 0 && first_ms < clean_until_ms)
    }

    /// Kafka 4.3.1: `UnifiedLog#nonActiveLogSegmentsFrom`.
    fn dirty_segments(&self, first_dirty: Offset) -> impl Iterator<Item = &Segment> {
        self.sealed_between(first_dirty, self.active.base_offset())
    }
}
