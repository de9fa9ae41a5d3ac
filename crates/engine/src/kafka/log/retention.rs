//! What retention takes: whole segments, oldest first, and nothing that is not committed.
//!
//! Kafka 4.3.1: `UnifiedLog#deleteOldSegments`. Simplified: a segment without a timestamp is as old
//! as it exists, where Kafka asks for its file's last change.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::Offset;
use crate::kafka::log::{Clock, Log, LogConfig, Segment};

/// Why segments were deleted.
///
/// Kafka 4.3.1: `SegmentDeletionReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletionReason {
    /// The log starts above them.
    LogStartOffset,
    /// `retention.bytes`: without them the log is still as large as it may be.
    RetentionBytes,
    /// `retention.ms`: their youngest record is older than that.
    RetentionMs,
}

/// Segments that were deleted for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deleted {
    /// Why.
    pub reason: DeletionReason,
    /// How many segments.
    pub segments: u32,
    /// How many bytes they took.
    pub bytes: u64,
    /// Where the log began.
    pub from: Offset,
    /// Where it begins now.
    pub to: Offset,
    /// Whether the active segment was among them, so that an empty one took its place.
    pub has_rolled: bool,
}

impl Log {
    /// Deletes the segments that are below the log's start, too many, or too old, in this order.
    ///
    /// Kafka 4.3.1: `UnifiedLog#deleteOldSegments`.
    pub fn delete_old_segments(
        &mut self,
        clock: Clock,
        high_watermark: Offset,
        config: &LogConfig,
    ) -> Vec<Deleted> {
        let mut deleted = vec![self.delete_below_start(clock, high_watermark)];
        if config.has_delete_policy {
            deleted.push(self.delete_beyond_size(clock, high_watermark, config));
            deleted.push(self.delete_beyond_age(clock, high_watermark, config));
        }
        deleted.into_iter().flatten().collect()
    }

    /// Kafka 4.3.1: `UnifiedLog#deleteLogStartOffsetBreachedSegments`.
    fn delete_below_start(&mut self, clock: Clock, high_watermark: Offset) -> Option<Deleted> {
        let start = self.log_start_offset;
        let is_below = |_: &Segment, next: Option<&Segment>| {
            next.is_some_and(|next| next.base_offset() <= start)
        };
        let count = self.count_deletable(high_watermark, is_below);
        self.delete_segments(count, DeletionReason::LogStartOffset, clock)
    }

    /// Kafka 4.3.1: `UnifiedLog#deleteRetentionSizeBreachedSegments`.
    fn delete_beyond_size(
        &mut self,
        clock: Clock,
        high_watermark: Offset,
        config: &LogConfig,
    ) -> Option<Deleted> {
        let limit = u64::try_from(config.retention_bytes).ok()?;
        let mut excess = self.size_in_bytes().checked_sub(limit)?;
        let is_excess = |segment: &Segment, _: Option<&Segment>| {
            let left = excess.checked_sub(segment.size_in_bytes());
            excess = left.unwrap_or(excess);
            left.is_some()
        };
        let count = self.count_deletable(high_watermark, is_excess);
        self.delete_segments(count, DeletionReason::RetentionBytes, clock)
    }

    /// Kafka 4.3.1: `UnifiedLog#deleteRetentionMsBreachedSegments`.
    fn delete_beyond_age(
        &mut self,
        clock: Clock,
        high_watermark: Offset,
        config: &LogConfig,
    ) -> Option<Deleted> {
        let retention_ms = config.retention_ms;
        if retention_ms < 0 {
            return None;
        }
        let is_expired = |segment: &Segment, _: Option<&Segment>| {
            segment.ms_to_expiry(clock.now_ms, retention_ms) < 0
        };
        let count = self.count_deletable(high_watermark, is_expired);
        self.delete_segments(count, DeletionReason::RetentionMs, clock)
    }

    /// How many segments from the oldest on may go; a last one that is empty stays.
    ///
    /// Kafka 4.3.1: `UnifiedLog#deletableSegments`.
    fn count_deletable(
        &self,
        high_watermark: Offset,
        mut may_go: impl FnMut(&Segment, Option<&Segment>) -> bool,
    ) -> usize {
        let mut segments = self.segments().peekable();
        let mut count = 0;
        while let Some(segment) = segments.next() {
            let next = segments.peek().copied();
            let end = next.map_or(self.log_end_offset, Segment::base_offset);
            let is_last_and_empty = next.is_none() && segment.is_empty();
            if high_watermark < end || !may_go(segment, next) || is_last_and_empty {
                break;
            }
            count += 1;
        }
        count
    }

    /// Kafka 4.3.1: `UnifiedLog#deleteSegments`.
    fn delete_segments(
        &mut self,
        count: usize,
        reason: DeletionReason,
        clock: Clock,
    ) -> Option<Deleted> {
        if count == 0 {
            return None;
        }
        let has_rolled = count > self.sealed.len();
        if has_rolled {
            self.roll(self.log_end_offset, clock);
        }
        let from = self.log_start_offset;
        let bytes = self.sealed.drain(..count).map(|gone| gone.size_in_bytes());
        let bytes = bytes.sum();
        self.increment_log_start_offset(self.first_segment().base_offset());
        Some(Deleted {
            reason,
            segments: u32::try_from(count).unwrap_or(u32::MAX),
            bytes,
            from,
            to: self.log_start_offset,
            has_rolled,
        })
    }
}
