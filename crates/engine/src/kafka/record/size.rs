//! How large records and batches are, before they are written.

use crate::kafka::record::Record;
use crate::kafka::record::header::BATCH_OVERHEAD_BYTES;
use crate::kafka::varint::{size_of_varint, size_of_varlong};

/// The exact size of a record in a batch, in bytes.
///
/// `timestamp_delta_ms` is against the batch's first record. Kafka 4.3.1:
/// `DefaultRecord#sizeInBytes`.
pub fn record_size_in_bytes(offset_delta: i32, timestamp_delta_ms: i64, record: &Record) -> u32 {
    let body = record_body_size_in_bytes(offset_delta, timestamp_delta_ms, record);
    body + size_of_varint(body.cast_signed())
}

/// At most how large a batch is that holds only `record`, in bytes; what a producer compares with
/// `max.request.size` and sizes new batches by.
///
/// Kafka 4.3.1: `AbstractRecords#estimateSizeInBytesUpperBound`.
pub fn estimate_batch_size_upper_bound(record: &Record) -> u32 {
    BATCH_OVERHEAD_BYTES + RECORD_OVERHEAD_BYTES_MAX + content_size_in_bytes(record)
}

/// A record's size without the length in front of it.
pub(super) fn record_body_size_in_bytes(
    offset_delta: i32,
    timestamp_delta_ms: i64,
    record: &Record,
) -> u32 {
    ATTRIBUTES_BYTES
        + size_of_varlong(timestamp_delta_ms)
        + size_of_varint(offset_delta)
        + content_size_in_bytes(record)
}

/// Kafka 4.3.1: `DefaultRecord#sizeOf`.
fn content_size_in_bytes(record: &Record) -> u32 {
    let headers: u32 = record
        .headers
        .iter()
        .map(|header| {
            nullable_size_in_bytes(Some(header.key.as_bytes()))
                + nullable_size_in_bytes(header.value.as_deref())
        })
        .sum();
    nullable_size_in_bytes(record.key.as_deref())
        + nullable_size_in_bytes(record.value.as_deref())
        + size_of_varint(record.headers.len() as i32)
        + headers
}

fn nullable_size_in_bytes(bytes: Option<&[u8]>) -> u32 {
    match bytes {
        None => size_of_varint(-1),
        Some(bytes) => size_of_varint(bytes.len() as i32) + bytes.len() as u32,
    }
}

const ATTRIBUTES_BYTES: u32 = 1;

/// Kafka 4.3.1: `DefaultRecord.MAX_RECORD_OVERHEAD`.
const RECORD_OVERHEAD_BYTES_MAX: u32 = 21;
