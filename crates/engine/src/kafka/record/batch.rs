//! A batch as logs keep it and messages carry it: shared bytes, and the leader's stamps.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kafka::ids::{EventId, LeaderEpoch, Offset};
use crate::kafka::record::checksum::crc32c;
use crate::kafka::record::decode::decode_records;
use crate::kafka::record::encode::write_crc;
use crate::kafka::record::header::{ATTRIBUTES_POSITION, MAX_TIMESTAMP_POSITION};
use crate::kafka::record::{
    Attributes, BatchHeader, CorruptBatch, EndTransactionMarker, ProducerStamp, StoredRecord,
    TimestampType, increment_sequence,
};

/// One immutable batch. A clone shares the bytes; so do all replicas and all fetches.
///
/// Kafka 4.3.1: `DefaultRecordBatch`. Base offset and leader epoch lie outside the checksum:
/// the leader stamps them in the header beside the bytes, which stay the producer's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordBatch {
    /// The event that made the batch, at its producer; it travels with the batch.
    pub origin: EventId,
    header: BatchHeader,
    bytes: Bytes,
}

impl RecordBatch {
    /// Takes one encoded batch. Its checksum is the leader's to check.
    pub fn from_bytes(bytes: Bytes, origin: EventId) -> Result<RecordBatch, CorruptBatch> {
        let header = BatchHeader::parse(&bytes)?;
        Ok(RecordBatch {
            origin,
            header,
            bytes,
        })
    }

    /// The same batch at its place in a log: what a leader does to each. Copies no record.
    ///
    /// Kafka 4.3.1: `DefaultRecordBatch#setLastOffset`, `#setPartitionLeaderEpoch`.
    pub fn stamped(&self, base_offset: Offset, leader_epoch: LeaderEpoch) -> RecordBatch {
        let mut stamped = self.clone();
        stamped.header.base_offset = base_offset;
        stamped.header.partition_leader_epoch = leader_epoch;
        stamped
    }

    /// The same batch with the leader's time on all its records; the checksum changes.
    ///
    /// Kafka 4.3.1: `DefaultRecordBatch#setMaxTimestamp`.
    pub(in crate::kafka) fn with_log_append_time(&self, now_ms: i64) -> RecordBatch {
        let attributes = self
            .header
            .attributes
            .with_timestamp_type(TimestampType::LogAppendTime);
        self.rewritten(attributes, now_ms)
    }

    /// The header with the leader's stamps.
    pub fn header(&self) -> &BatchHeader {
        &self.header
    }

    /// The offset of the first record, or of one that compaction took.
    pub fn base_offset(&self) -> Offset {
        self.header.base_offset
    }

    /// The offset of the last record, or of one that compaction took.
    pub fn last_offset(&self) -> Offset {
        let delta = self.header.last_offset_delta.cast_unsigned();
        self.header.base_offset.plus(u64::from(delta))
    }

    /// The offset after the last: where a reader goes on.
    pub fn next_offset(&self) -> Offset {
        self.last_offset().plus(1)
    }

    /// The epoch of the leader that appended the batch.
    pub fn partition_leader_epoch(&self) -> LeaderEpoch {
        self.header.partition_leader_epoch
    }

    /// How many records there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.header.record_count).unwrap_or(0)
    }

    /// The size on disk and in messages, in bytes, header included.
    pub fn size_in_bytes(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// The largest timestamp, or the time of the append, in milliseconds since 1970.
    pub fn max_timestamp_ms(&self) -> i64 {
        self.header.max_timestamp_ms
    }

    /// Which producer, if it is idempotent.
    pub fn producer(&self) -> Option<ProducerStamp> {
        self.header.producer
    }

    /// The sequence of the last record, if there are sequences.
    ///
    /// Kafka 4.3.1: `DefaultRecordBatch#lastSequence`.
    pub fn last_sequence(&self) -> Option<i32> {
        let base = self.header.producer?.base_sequence?;
        Some(increment_sequence(base, self.header.last_offset_delta))
    }

    /// Whether the batch holds a control record, which no application sees.
    pub fn is_control(&self) -> bool {
        self.header.attributes.is_control()
    }

    /// Whether the batch belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.header.attributes.is_transactional()
    }

    /// Whether the checksum is that of the bytes.
    ///
    /// Kafka 4.3.1: `DefaultRecordBatch#isValid`.
    pub fn validate_crc(&self) -> bool {
        self.computed_crc() == self.header.crc
    }

    /// The checksum that the bytes have.
    ///
    /// Kafka 4.3.1: `DefaultRecordBatch#computeChecksum`.
    pub fn computed_crc(&self) -> u32 {
        crc32c(self.bytes.get(ATTRIBUTES_POSITION..).unwrap_or_default())
    }

    /// The records with their offsets.
    pub fn records(&self) -> Result<Vec<StoredRecord>, CorruptBatch> {
        decode_records(&self.header, &self.bytes)
    }

    /// The transaction marker in the batch, if it holds one.
    pub fn end_transaction_marker(&self) -> Option<EndTransactionMarker> {
        if !self.is_control() {
            return None;
        }
        let records = self.records().ok()?;
        EndTransactionMarker::decode(&records.first()?.record)
    }

    /// The batch byte for byte as on disk, the leader's stamps in place.
    pub fn to_bytes(&self) -> Bytes {
        let mut bytes = self.bytes.to_vec();
        bytes[..8].copy_from_slice(&self.header.base_offset.0.to_be_bytes());
        bytes[12..16].copy_from_slice(&self.header.partition_leader_epoch.0.to_be_bytes());
        Bytes::from(bytes)
    }

    fn rewritten(&self, attributes: Attributes, max_timestamp_ms: i64) -> RecordBatch {
        let mut bytes = self.to_bytes().to_vec();
        bytes[ATTRIBUTES_POSITION..][..2].copy_from_slice(&attributes.0.to_be_bytes());
        bytes[MAX_TIMESTAMP_POSITION..][..8].copy_from_slice(&max_timestamp_ms.to_be_bytes());
        write_crc(&mut bytes);
        RecordBatch::from_bytes(Bytes::from(bytes), self.origin)
            .expect("no field that a batch is refused for has changed")
    }
}
