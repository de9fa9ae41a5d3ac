//! How full the indexes of a segment are: a full index closes the segment.
//!
//! Kafka 4.3.1: `LogSegment#append`, `OffsetIndex`, `TimeIndex`. The entries themselves matter to
//! files only and are worked out from the batches where those are written.

use serde::{Deserialize, Serialize};

use crate::kafka::log::LogConfig;
use crate::kafka::record::{NO_TIMESTAMP, RecordBatch};

/// The offset index and the time index of one segment, as far as their sizes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct IndexSizes {
    offset_entries: u32,
    time_entries: u32,
    last_time_entry_ms: i64,
    bytes_since_last_entry: u64,
    /// `index.interval.bytes` as it was at the last append.
    interval_bytes: u32,
}

impl Default for IndexSizes {
    fn default() -> IndexSizes {
        IndexSizes {
            offset_entries: 0,
            time_entries: 0,
            last_time_entry_ms: NO_TIMESTAMP,
            bytes_since_last_entry: 0,
            interval_bytes: 0,
        }
    }
}

impl IndexSizes {
    /// A batch was appended; the segment's youngest record, that batch included, is of
    /// `largest_timestamp_ms`.
    pub fn on_append(&mut self, batch_bytes: u32, largest_timestamp_ms: i64, config: &LogConfig) {
        self.interval_bytes = config.index_interval_bytes;
        self.add(batch_bytes, largest_timestamp_ms);
    }

    /// The indexes of what is left after a truncation, worked out anew.
    pub fn rebuilt<'a>(&self, batches: impl Iterator<Item = &'a RecordBatch>) -> IndexSizes {
        let mut rebuilt = IndexSizes {
            interval_bytes: self.interval_bytes,
            ..IndexSizes::default()
        };
        let mut largest_timestamp_ms = NO_TIMESTAMP;
        for batch in batches {
            largest_timestamp_ms = largest_timestamp_ms.max(batch.max_timestamp_ms());
            rebuilt.add(batch.size_in_bytes(), largest_timestamp_ms);
        }
        rebuilt
    }

    fn add(&mut self, batch_bytes: u32, largest_timestamp_ms: i64) {
        if self.bytes_since_last_entry > u64::from(self.interval_bytes) {
            self.offset_entries += 1;
            if largest_timestamp_ms > self.last_time_entry_ms {
                self.time_entries += 1;
                self.last_time_entry_ms = largest_timestamp_ms;
            }
            self.bytes_since_last_entry = 0;
        }
        self.bytes_since_last_entry += u64::from(batch_bytes);
    }

    /// Whether one of them has no more room; the time index keeps a place for its last entry.
    ///
    /// Kafka 4.3.1: `AbstractIndex#isFull`, `TimeIndex#isFull`.
    pub fn are_full(&self, config: &LogConfig) -> bool {
        let slots = |entry_bytes: u32| config.segment_index_bytes / entry_bytes;
        self.offset_entries >= slots(OFFSET_ENTRY_BYTES)
            || self.time_entries + 1 >= slots(TIME_ENTRY_BYTES)
    }

    /// The bytes of both: offset index, time index.
    pub fn bytes(&self) -> [u64; 2] {
        [
            u64::from(self.offset_entries) * u64::from(OFFSET_ENTRY_BYTES),
            u64::from(self.time_entries) * u64::from(TIME_ENTRY_BYTES),
        ]
    }
}

/// Kafka 4.3.1: `OffsetIndex.ENTRY_SIZE`.
const OFFSET_ENTRY_BYTES: u32 = 8;
/// Kafka 4.3.1: `TimeIndex.ENTRY_SIZE`.
const TIME_ENTRY_BYTES: u32 = 12;
