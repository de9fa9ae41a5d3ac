//! A batch written anew at the same offsets: by a cleaner with fewer records, by a leader under
//! another codec.
//!
//! Kafka 4.3.1: `MemoryRecords#buildRetainedRecordsInto`, `DefaultRecordBatch#writeEmptyHeader`.

use bytes::Bytes;

use crate::kafka::record::encode::{BatchEnds, encode_sparse};
use crate::kafka::record::{
    BatchSpec, CompressionType, CorruptBatch, Record, RecordBatch, StoredRecord, TimestampType,
};

impl RecordBatch {
    /// The batch with nothing but these records of it. First and last offset and the sequences
    /// stay, so that a producer is still recognised.
    pub(in crate::kafka) fn retaining(
        &self,
        retained: &[StoredRecord],
        delete_horizon_ms: Option<i64>,
    ) -> RecordBatch {
        let compression = self.header().attributes.compression().unwrap_or_default();
        let spec = self.spec(compression, delete_horizon_ms);
        let placed = self.placed(retained);
        let youngest_ms = placed.iter().map(|(_, record)| record.timestamp_ms).max();
        let max_timestamp_ms = match spec.timestamp_type {
            TimestampType::CreateTime => youngest_ms.unwrap_or(self.max_timestamp_ms()),
            TimestampType::LogAppendTime => self.max_timestamp_ms(),
        };
        self.rebuilt(encode_sparse(&spec, self.ends(max_timestamp_ms), &placed))
    }

    /// The same records under another codec.
    ///
    /// Kafka 4.3.1: `LogValidator#buildRecordsAndAssignOffsets`.
    ///
    /// Errors: the records can't be read.
    pub(in crate::kafka) fn with_compression(
        &self,
        compression: CompressionType,
    ) -> Result<RecordBatch, CorruptBatch> {
        let stored = self.records()?;
        let spec = self.spec(compression, self.delete_horizon_ms());
        let placed = self.placed(&stored);
        let ends = self.ends(self.max_timestamp_ms());
        Ok(self.rebuilt(encode_sparse(&spec, ends, &placed)))
    }

    /// The batch without any record: its header alone says what its producer has written.
    pub(in crate::kafka) fn emptied(&self) -> RecordBatch {
        let spec = self.spec(CompressionType::None, None);
        self.rebuilt(encode_sparse(
            &spec,
            self.ends(self.max_timestamp_ms()),
            &[],
        ))
    }

    /// From when on the tombstones in it may go, once a cleaner has met them (milliseconds since
    /// 1970).
    ///
    /// Kafka 4.3.1: `DefaultRecordBatch#deleteHorizonMs`, KIP-534.
    pub fn delete_horizon_ms(&self) -> Option<i64> {
        let header = self.header();
        let has_horizon = header.attributes.has_delete_horizon();
        has_horizon.then_some(header.base_timestamp_ms)
    }

    /// Records of this batch at their distances from its base offset.
    fn placed<'a>(&self, stored: &'a [StoredRecord]) -> Vec<(i32, &'a Record)> {
        let placed = stored.iter().map(|stored| {
            let delta = stored.offset.distance_from(self.base_offset());
            (delta as i32, &stored.record)
        });
        placed.collect()
    }

    fn spec(&self, compression: CompressionType, delete_horizon_ms: Option<i64>) -> BatchSpec {
        BatchSpec {
            base_offset: self.base_offset(),
            partition_leader_epoch: self.partition_leader_epoch(),
            compression,
            timestamp_type: self.header().attributes.timestamp_type(),
            producer: self.producer(),
            is_transactional: self.is_transactional(),
            is_control: self.is_control(),
            delete_horizon_ms,
        }
    }

    fn ends(&self, max_timestamp_ms: i64) -> BatchEnds {
        BatchEnds {
            last_offset_delta: self.header().last_offset_delta,
            max_timestamp_ms,
        }
    }

    fn rebuilt(&self, bytes: Bytes) -> RecordBatch {
        RecordBatch::from_bytes(bytes, self.origin).expect("what encode_sparse writes is a batch")
    }
}
