//! A batch that still takes records: what a producer collects for one partition.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::EventId;
use crate::kafka::record::header::BATCH_OVERHEAD_BYTES;
use crate::kafka::record::{
    BatchSpec, CompressionRatio, CompressionType, ProducerStamp, Record, RecordBatch, encode_batch,
    record_size_in_bytes,
};

/// Collects records up to a limit, then becomes a [`RecordBatch`].
///
/// Kafka 4.3.1: `MemoryRecordsBuilder`, `ProducerBatch#tryAppend`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BatchBuilder {
    write_limit_bytes: u32,
    compression: CompressionType,
    /// How far the records are expected to shrink.
    expected_ratio: CompressionRatio,
    records: Vec<Record>,
    records_bytes: u32,
    is_closed: bool,
}

impl BatchBuilder {
    /// An empty batch. `write_limit_bytes` is the size of its buffer: the larger of `batch.size`
    /// and the first record's estimate.
    pub fn new(
        write_limit_bytes: u32,
        compression: CompressionType,
        expected_ratio: CompressionRatio,
    ) -> BatchBuilder {
        BatchBuilder {
            write_limit_bytes,
            compression,
            expected_ratio,
            records: Vec::new(),
            records_bytes: 0,
            is_closed: false,
        }
    }

    /// Takes `record`, whether there is room or not.
    pub fn append(&mut self, record: Record) {
        assert!(!self.is_closed, "a closed batch takes no records");
        self.records_bytes += self.size_of_next(&record);
        self.records.push(record);
    }

    /// Takes no more records from now on.
    ///
    /// Kafka 4.3.1: `MemoryRecordsBuilder#closeForRecordAppends`.
    pub fn close_for_appends(&mut self) {
        self.is_closed = true;
    }

    /// Whether `record` may be appended; the first one always may.
    ///
    /// Kafka 4.3.1: `MemoryRecordsBuilder#hasRoomFor`.
    pub fn has_room_for(&self, record: &Record) -> bool {
        if self.is_full() {
            return false;
        }
        self.records.is_empty()
            || self.estimated_size_in_bytes() + self.size_of_next(record) <= self.write_limit_bytes
    }

    /// Whether nothing more fits: the limit is reached, or the batch is closed.
    ///
    /// Kafka 4.3.1: `MemoryRecordsBuilder#isFull`.
    pub fn is_full(&self) -> bool {
        let has_reached_limit = self.write_limit_bytes <= self.estimated_size_in_bytes();
        self.is_closed || (!self.records.is_empty() && has_reached_limit)
    }

    /// The size so far, in bytes, header included: with a codec, what is expected of it.
    ///
    /// Kafka 4.3.1: `MemoryRecordsBuilder#estimatedSizeInBytes`.
    pub fn estimated_size_in_bytes(&self) -> u32 {
        let records_bytes = match self.compression {
            CompressionType::None => self.records_bytes,
            _ => self.expected_ratio.expected_bytes(self.records_bytes),
        };
        BATCH_OVERHEAD_BYTES + records_bytes
    }

    /// The size of the records so far before they are compressed, in bytes.
    pub fn plain_bytes(&self) -> u32 {
        self.records_bytes
    }

    /// How many records it holds.
    pub fn record_count(&self) -> u32 {
        self.records.len() as u32
    }

    /// The records so far.
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// The batch as it is sent. `origin` is the event of sending it.
    ///
    /// Kafka 4.3.1: `MemoryRecordsBuilder#build`.
    pub fn build(&self, producer: Option<ProducerStamp>, origin: EventId) -> RecordBatch {
        let spec = BatchSpec {
            compression: self.compression,
            producer,
            ..BatchSpec::default()
        };
        RecordBatch::from_bytes(encode_batch(&spec, &self.records), origin)
            .expect("what encode_batch writes is a batch")
    }

    fn size_of_next(&self, record: &Record) -> u32 {
        let base_timestamp_ms = self
            .records
            .first()
            .map_or(record.timestamp_ms, |first| first.timestamp_ms);
        let delta_ms = record.timestamp_ms.wrapping_sub(base_timestamp_ms);
        record_size_in_bytes(self.records.len() as i32, delta_ms, record)
    }
}
