//! The files of one segment.
//!
//! Kafka 4.3.1: `LogSegment#append`, `#recover`, `#close`; `OffsetIndex`, `TimeIndex`,
//! `TransactionIndex`.

use crate::kafka::ids::Offset;
use crate::kafka::log::files::{FileFormat, NamedFile};
use crate::kafka::log::{AbortedTransaction, Segment};
use crate::kafka::record::{NO_TIMESTAMP, RecordBatch};

/// `.log`, `.index`, `.timeindex`, and `.txnindex` if there is something in it.
pub(super) fn files(segment: &Segment, format: &FileFormat) -> Vec<NamedFile> {
    let base_offset = segment.base_offset();
    let mut writer = SegmentWriter {
        base_offset,
        log: Vec::new(),
        offset_index: Vec::new(),
        time_index: Vec::new(),
        bytes_since_entry: 0,
        largest: (NO_TIMESTAMP, base_offset),
        last_indexed_timestamp_ms: NO_TIMESTAMP,
    };
    for batch in segment.batches() {
        writer.append(batch, format);
    }
    writer.index_largest_timestamp();
    let name = |suffix| file_name(base_offset, suffix);
    let mut files = vec![
        NamedFile::new(name("log"), writer.log),
        NamedFile::new(name("index"), writer.offset_index),
        NamedFile::new(name("timeindex"), writer.time_index),
    ];
    if !segment.aborted().is_empty() {
        files.push(NamedFile::new(
            name("txnindex"),
            transaction_index(segment.aborted()),
        ));
    }
    files
}

/// Twenty digits, so that names are in the order of offsets.
///
/// Kafka 4.3.1: `LogFileUtils#filenamePrefixFromOffset`.
pub(super) fn file_name(offset: Offset, suffix: &str) -> String {
    format!("{:020}.{suffix}", offset.0)
}

/// Kafka 4.3.1: `AbortedTxn`.
fn transaction_index(aborted: &[AbortedTransaction]) -> Vec<u8> {
    const VERSION: u16 = 0;
    let mut bytes = Vec::new();
    for transaction in aborted {
        bytes.extend(VERSION.to_be_bytes());
        for field in [
            transaction.producer_id.0,
            transaction.first_offset.0,
            transaction.last_offset.0,
            transaction.last_stable_offset.0,
        ] {
            bytes.extend(field.to_be_bytes());
        }
    }
    bytes
}

struct SegmentWriter {
    base_offset: Offset,
    log: Vec<u8>,
    offset_index: Vec<u8>,
    time_index: Vec<u8>,
    bytes_since_entry: u64,
    /// The largest timestamp so far, and the last offset of the batch that has it.
    largest: (i64, Offset),
    last_indexed_timestamp_ms: i64,
}

impl SegmentWriter {
    /// An entry points at the batch that is appended, once more than the interval lies before it.
    fn append(&mut self, batch: &RecordBatch, format: &FileFormat) {
        if batch.max_timestamp_ms() > self.largest.0 {
            self.largest = (batch.max_timestamp_ms(), batch.last_offset());
        }
        if self.bytes_since_entry > format.index_interval_bytes {
            let offset = self.relative(batch.last_offset());
            self.offset_index.extend(offset);
            let position = self.log.len() as u32;
            self.offset_index.extend(position.to_be_bytes());
            self.index_largest_timestamp();
            self.bytes_since_entry = 0;
        }
        let bytes = batch.to_bytes();
        self.log.extend_from_slice(&bytes);
        self.bytes_since_entry += bytes.len() as u64;
    }

    /// Kafka 4.3.1: `TimeIndex#maybeAppend`.
    fn index_largest_timestamp(&mut self) {
        let (timestamp_ms, offset) = self.largest;
        if timestamp_ms > self.last_indexed_timestamp_ms {
            self.time_index.extend(timestamp_ms.to_be_bytes());
            let offset = self.relative(offset);
            self.time_index.extend(offset);
            self.last_indexed_timestamp_ms = timestamp_ms;
        }
    }

    /// Indexes count from the segment's base offset, in four bytes.
    fn relative(&self, offset: Offset) -> [u8; 4] {
        (offset.distance_from(self.base_offset) as u32).to_be_bytes()
    }
}
