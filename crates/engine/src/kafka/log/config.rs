//! What a topic's settings mean to its logs.

use serde::{Deserialize, Serialize};

use crate::kafka::log::Ratio;
use crate::kafka::record::{CompressionType, TimestampType};

/// The settings of a topic that its logs obey. The default is Kafka's.
///
/// Kafka 4.3.1: `LogConfig`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogConfig {
    /// `segment.bytes`.
    pub segment_bytes: u64,
    /// `segment.ms`, by the records' own timestamps.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: by how much less a segment may wait, at most.
    pub segment_jitter_ms: i64,
    /// `segment.index.bytes`: a segment whose index is so large is full.
    pub segment_index_bytes: u32,
    /// `index.interval.bytes`: so many bytes lie between two entries of an index.
    pub index_interval_bytes: u32,
    /// `flush.messages`: so many records may lie in the page cache alone.
    pub flush_messages: u64,
    /// `flush.ms`: so long records may lie in the page cache alone, if anybody looks.
    pub flush_ms: i64,
    /// `retention.ms`; below 0 for ever.
    pub retention_ms: i64,
    /// `retention.bytes`; below 0 without limit.
    pub retention_bytes: i64,
    /// `delete.retention.ms`: how long a tombstone stays after a cleaner has met it.
    pub delete_retention_ms: i64,
    /// `min.compaction.lag.ms`: so long a record is not compacted.
    pub min_compaction_lag_ms: i64,
    /// `max.compaction.lag.ms`: so long a record may wait to be compacted.
    pub max_compaction_lag_ms: i64,
    /// `min.cleanable.dirty.ratio`: a log must be dirtier than that to be cleaned.
    pub min_cleanable_dirty_ratio: Ratio,
    /// `max.message.bytes`: of one batch.
    pub max_message_bytes: u32,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `message.timestamp.before.max.ms`.
    pub timestamp_before_max_ms: i64,
    /// `message.timestamp.after.max.ms`.
    pub timestamp_after_max_ms: i64,
    /// Whether `cleanup.policy` contains `compact`.
    pub is_compacted: bool,
    /// Whether `cleanup.policy` contains `delete`.
    pub has_delete_policy: bool,
    /// `compression.type`; none for `producer`, which keeps the batch's own.
    pub compression: Option<CompressionType>,
}

impl LogConfig {
    /// Whether nothing but a newer record of its key makes a record go: `compact` alone.
    pub fn keeps_the_last_of_each_key(&self) -> bool {
        self.is_compacted && !self.has_delete_policy
    }

    /// How long a segment takes records: a compacted one no longer than they may wait.
    ///
    /// Kafka 4.3.1: `LogConfig#maxSegmentMs`.
    pub fn max_segment_ms(&self) -> i64 {
        if self.is_compacted {
            self.segment_ms.min(self.max_compaction_lag_ms.max(0))
        } else {
            self.segment_ms
        }
    }

    /// The bound below which the jitter of a segment is drawn; none where there is no jitter.
    ///
    /// Kafka 4.3.1: `LogConfig#randomSegmentJitter`.
    pub fn jitter_bound_ms(&self) -> Option<u64> {
        let bound_ms = self.segment_jitter_ms.min(self.segment_ms);
        u64::try_from(bound_ms)
            .ok()
            .filter(|bound_ms| *bound_ms > 0)
    }
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 60 * 60 * 1000,
            segment_jitter_ms: 0,
            segment_index_bytes: 10 << 20,
            index_interval_bytes: 4096,
            flush_messages: i64::MAX.cast_unsigned(),
            flush_ms: i64::MAX,
            retention_ms: 7 * 24 * 60 * 60 * 1000,
            retention_bytes: -1,
            delete_retention_ms: 24 * 60 * 60 * 1000,
            min_compaction_lag_ms: 0,
            max_compaction_lag_ms: i64::MAX,
            min_cleanable_dirty_ratio: Ratio::HALF,
            max_message_bytes: (1 << 20) + 12,
            timestamp_type: TimestampType::CreateTime,
            timestamp_before_max_ms: i64::MAX,
            timestamp_after_max_ms: 60 * 60 * 1000,
            is_compacted: false,
            has_delete_policy: true,
            compression: None,
        }
    }
}
