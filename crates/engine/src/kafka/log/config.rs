//! What a topic's settings mean to its logs.

use serde::{Deserialize, Serialize};

use crate::kafka::record::{CompressionType, TimestampType};

/// The settings of a topic that its logs obey. The default is Kafka's.
///
/// Kafka 4.3.1: `LogConfig`. Simplified: no jitter, indexes never fill up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogConfig {
    /// `segment.bytes`.
    pub segment_bytes: u64,
    /// `segment.ms`, by the records' own timestamps.
    pub segment_ms: i64,
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
}

impl Default for LogConfig {
    fn default() -> LogConfig {
        LogConfig {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 60 * 60 * 1000,
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
