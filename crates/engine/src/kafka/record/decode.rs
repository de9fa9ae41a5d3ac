//! Reading records out of a batch, whatever its bytes are.

use std::fmt;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kafka::ids::Offset;
use crate::kafka::record::codecs::decompress;
use crate::kafka::record::header::BATCH_OVERHEAD_BYTES;
use crate::kafka::record::{
    BatchHeader, CompressionType, Header, Record, TimestampType, increment_sequence,
};
use crate::kafka::varint::{InvalidVarint, read_varint, read_varlong};

/// Bytes that are no batch, or a batch whose records can't be read.
///
/// Kafka 4.3.1: `InvalidRecordException`, `CorruptRecordException`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CorruptBatch {
    problem: &'static str,
}

impl CorruptBatch {
    /// Says what is wrong.
    pub const fn new(problem: &'static str) -> CorruptBatch {
        CorruptBatch { problem }
    }
}

impl fmt::Display for CorruptBatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem)
    }
}

impl From<InvalidVarint> for CorruptBatch {
    fn from(_: InvalidVarint) -> CorruptBatch {
        STRUCTURE
    }
}

/// A record at its place in a log.
///
/// Kafka 4.3.1: `DefaultRecord`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredRecord {
    /// Its offset.
    pub offset: Offset,
    /// Its sequence number, if its producer is idempotent.
    pub sequence: Option<i32>,
    /// Its size in the batch, in bytes, before the batch was compressed.
    pub size_in_bytes: u32,
    /// Key, value, headers and time; the bytes are the batch's own where it isn't compressed.
    pub record: Record,
}

/// The records of a batch as they were before they were compressed.
///
/// Kafka 4.3.1: `DefaultRecordBatch#recordInputStream`.
fn plain_records(header: &BatchHeader, batch: &Bytes) -> Result<Bytes, CorruptBatch> {
    let codec = header.attributes.compression().ok_or(UNKNOWN_CODEC)?;
    if batch.len() < BATCH_OVERHEAD_BYTES as usize {
        return Err(STRUCTURE);
    }
    let records = batch.slice(BATCH_OVERHEAD_BYTES as usize..);
    match codec {
        CompressionType::None => Ok(records),
        codec => Ok(Bytes::from(decompress(codec, &records)?)),
    }
}

/// Reads all records of a batch, whose header is `header`.
///
/// Kafka 4.3.1: `DefaultRecordBatch#iterator`, `DefaultRecord#readFrom`.
pub(super) fn decode_records(
    header: &BatchHeader,
    batch: &Bytes,
) -> Result<Vec<StoredRecord>, CorruptBatch> {
    let plain = plain_records(header, batch)?;
    let mut rest = &plain[..];
    let mut records = Vec::new();
    for _ in 0..header.record_count {
        let before = rest.len();
        let length = usize::try_from(read_varint(&mut rest)?).map_err(|_| STRUCTURE)?;
        let (body, after) = rest.split_at_checked(length).ok_or(STRUCTURE)?;
        let reader = RecordReader {
            header,
            plain: &plain,
            body,
        };
        rest = after;
        let size_in_bytes = (before - rest.len()) as u32;
        records.push(reader.read(size_in_bytes)?);
    }
    if !rest.is_empty() {
        return Err(CorruptBatch::new(
            "Incorrect declared batch size, records still remaining.",
        ));
    }
    Ok(records)
}

struct RecordReader<'a> {
    header: &'a BatchHeader,
    plain: &'a Bytes,
    body: &'a [u8],
}

impl RecordReader<'_> {
    fn read(mut self, size_in_bytes: u32) -> Result<StoredRecord, CorruptBatch> {
        let (_attributes, rest) = self.body.split_first().ok_or(STRUCTURE)?;
        self.body = rest;
        let timestamp_delta_ms = read_varlong(&mut self.body)?;
        let offset_delta = read_varint(&mut self.body)?;
        if !(0..=self.header.last_offset_delta).contains(&offset_delta) {
            return Err(CorruptBatch::new(
                "A record lies outside the offsets of its batch.",
            ));
        }
        let record = Record {
            timestamp_ms: self.timestamp_ms(timestamp_delta_ms),
            key: self.read_nullable()?,
            value: self.read_nullable()?,
            headers: self.read_headers()?,
        };
        if !self.body.is_empty() {
            return Err(STRUCTURE);
        }
        let producer = self.header.producer;
        Ok(StoredRecord {
            offset: self
                .header
                .base_offset
                .plus(u64::from(offset_delta.cast_unsigned())),
            sequence: producer
                .and_then(|producer| producer.base_sequence)
                .map(|base| increment_sequence(base, offset_delta)),
            size_in_bytes,
            record,
        })
    }

    fn timestamp_ms(&self, delta_ms: i64) -> i64 {
        match self.header.attributes.timestamp_type() {
            TimestampType::CreateTime => self.header.base_timestamp_ms.wrapping_add(delta_ms),
            TimestampType::LogAppendTime => self.header.max_timestamp_ms,
        }
    }

    fn read_headers(&mut self) -> Result<Vec<Header>, CorruptBatch> {
        let count = usize::try_from(read_varint(&mut self.body)?).map_err(|_| STRUCTURE)?;
        // Each takes two bytes at least: what claims more must not make us reserve room for it.
        if count > self.body.len() / 2 {
            return Err(STRUCTURE);
        }
        let mut headers = Vec::with_capacity(count);
        for _ in 0..count {
            let key = self.read_nullable()?.ok_or(STRUCTURE)?;
            let key = String::from_utf8_lossy(&key).into_owned();
            headers.push(Header {
                key,
                value: self.read_nullable()?,
            });
        }
        Ok(headers)
    }

    fn read_nullable(&mut self) -> Result<Option<Bytes>, CorruptBatch> {
        let length = read_varint(&mut self.body)?;
        let Ok(length) = usize::try_from(length) else {
            return Ok(None);
        };
        let (bytes, rest) = self.body.split_at_checked(length).ok_or(STRUCTURE)?;
        self.body = rest;
        Ok(Some(self.plain.slice_ref(bytes)))
    }
}

const UNKNOWN_CODEC: CorruptBatch = CorruptBatch::new("The batch names a codec that isn't there.");
const STRUCTURE: CorruptBatch = CorruptBatch::new("Found invalid record structure");
