//! Writing a batch.

use bytes::Bytes;

use crate::kafka::ids::{LeaderEpoch, Offset};
use crate::kafka::record::checksum::crc32c;
use crate::kafka::record::codecs::compress;
use crate::kafka::record::header::{
    ATTRIBUTES_POSITION, BATCH_OVERHEAD_BYTES, CRC_POSITION, LENGTH_POSITION, LOG_OVERHEAD_BYTES,
    MAGIC,
};
use crate::kafka::record::size::{record_body_size_in_bytes, record_size_in_bytes};
use crate::kafka::record::{
    Attributes, CompressionType, NO_TIMESTAMP, ProducerStamp, Record, TimestampType,
};
use crate::kafka::varint::{write_varint, write_varlong};

/// What a batch says about itself besides its records. The default is a producer's plain batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchSpec {
    /// The offset of the first record; a producer writes 0.
    pub base_offset: Offset,
    /// The leader's epoch; a producer writes -1.
    pub partition_leader_epoch: LeaderEpoch,
    /// The codec.
    pub compression: CompressionType,
    /// Who stamped the timestamps.
    pub timestamp_type: TimestampType,
    /// Which producer, if it is idempotent.
    pub producer: Option<ProducerStamp>,
    /// Whether the batch belongs to a transaction.
    pub is_transactional: bool,
    /// Whether the batch holds a control record.
    pub is_control: bool,
    /// From when on tombstones in it may go, once a cleaner has met them (milliseconds).
    pub delete_horizon_ms: Option<i64>,
}

impl Default for BatchSpec {
    fn default() -> BatchSpec {
        BatchSpec {
            base_offset: Offset::ZERO,
            partition_leader_epoch: LeaderEpoch(-1),
            compression: CompressionType::None,
            timestamp_type: TimestampType::CreateTime,
            producer: None,
            is_transactional: false,
            is_control: false,
            delete_horizon_ms: None,
        }
    }
}

/// Writes a batch of `records` with dense offsets, checksum included.
///
/// Kafka 4.3.1: `MemoryRecordsBuilder#build`, `DefaultRecordBatch#writeHeader`.
pub fn encode_batch(spec: &BatchSpec, records: &[Record]) -> Bytes {
    let placed: Vec<(i32, &Record)> = (0..).zip(records).collect();
    let last_offset_delta = (records.len() as i32 - 1).max(0);
    let max_timestamp_ms = records.iter().map(|record| record.timestamp_ms).max();
    let ends = BatchEnds {
        last_offset_delta,
        max_timestamp_ms: max_timestamp_ms.unwrap_or(NO_TIMESTAMP),
    };
    encode_sparse(spec, ends, &placed)
}

/// What a batch says of its last record and of its youngest, whether they are in it or not.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchEnds {
    pub last_offset_delta: i32,
    pub max_timestamp_ms: i64,
}

/// Writes a batch of records at those distances from its base offset, checksum included.
pub(super) fn encode_sparse(
    spec: &BatchSpec,
    ends: BatchEnds,
    records: &[(i32, &Record)],
) -> Bytes {
    let first_timestamp_ms = records
        .first()
        .map_or(NO_TIMESTAMP, |(_, record)| record.timestamp_ms);
    let base_timestamp_ms = spec.delete_horizon_ms.unwrap_or(first_timestamp_ms);
    let since_base = |record: &Record| record.timestamp_ms.wrapping_sub(base_timestamp_ms);
    let mut size = BATCH_OVERHEAD_BYTES;
    for (offset_delta, record) in records {
        size += record_size_in_bytes(*offset_delta, since_base(record), record);
    }
    let mut bytes = Vec::with_capacity(size as usize);
    write_header(spec, ends, base_timestamp_ms, &mut bytes);
    bytes.extend((records.len() as i32).to_be_bytes());
    for (offset_delta, record) in records {
        write_record(*offset_delta, since_base(record), record, &mut bytes);
    }
    if spec.compression != CompressionType::None {
        let records = bytes.split_off(BATCH_OVERHEAD_BYTES as usize);
        bytes.extend(compress(spec.compression, &records));
    }
    write_length(&mut bytes);
    write_crc(&mut bytes);
    Bytes::from(bytes)
}

/// Says how long a whole batch is, in its header.
fn write_length(batch: &mut [u8]) {
    let length = batch.len() as u32 - LOG_OVERHEAD_BYTES;
    batch[LENGTH_POSITION..][..4].copy_from_slice(&length.to_be_bytes());
}

/// Computes the checksum of a whole batch and puts it in its place.
pub(super) fn write_crc(batch: &mut [u8]) {
    let crc = crc32c(&batch[ATTRIBUTES_POSITION..]);
    batch[CRC_POSITION..ATTRIBUTES_POSITION].copy_from_slice(&crc.to_be_bytes());
}

/// All of the header but the number of records; length and checksum are 0 for now.
fn write_header(spec: &BatchSpec, ends: BatchEnds, base_timestamp_ms: i64, out: &mut Vec<u8>) {
    let attributes = Attributes::new(spec.compression)
        .with_timestamp_type(spec.timestamp_type)
        .with_transactional(spec.is_transactional)
        .with_control(spec.is_control)
        .with_delete_horizon(spec.delete_horizon_ms.is_some());
    out.extend((spec.base_offset.0 as i64).to_be_bytes());
    out.extend([0; 4]);
    out.extend(spec.partition_leader_epoch.0.to_be_bytes());
    out.push(MAGIC);
    out.extend([0; 4]);
    out.extend(attributes.0.to_be_bytes());
    out.extend(ends.last_offset_delta.to_be_bytes());
    out.extend(base_timestamp_ms.to_be_bytes());
    out.extend(ends.max_timestamp_ms.to_be_bytes());
    let producer = spec.producer;
    out.extend(
        producer
            .map_or(-1, |producer| producer.id.0 as i64)
            .to_be_bytes(),
    );
    out.extend(producer.map_or(-1, |producer| producer.epoch).to_be_bytes());
    out.extend(
        producer
            .and_then(|producer| producer.base_sequence)
            .unwrap_or(-1)
            .to_be_bytes(),
    );
}

/// Kafka 4.3.1: `DefaultRecord#writeTo`.
fn write_record(offset_delta: i32, timestamp_delta_ms: i64, record: &Record, out: &mut Vec<u8>) {
    let body = record_body_size_in_bytes(offset_delta, timestamp_delta_ms, record);
    write_varint(body.cast_signed(), out);
    out.push(0);
    write_varlong(timestamp_delta_ms, out);
    write_varint(offset_delta, out);
    write_nullable(record.key.as_deref(), out);
    write_nullable(record.value.as_deref(), out);
    write_varint(record.headers.len() as i32, out);
    for header in &record.headers {
        write_nullable(Some(header.key.as_bytes()), out);
        write_nullable(header.value.as_deref(), out);
    }
}

fn write_nullable(bytes: Option<&[u8]>, out: &mut Vec<u8>) {
    match bytes {
        None => write_varint(-1, out),
        Some(bytes) => {
            write_varint(bytes.len() as i32, out);
            out.extend_from_slice(bytes);
        }
    }
}
