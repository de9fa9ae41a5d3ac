//! The text of a `.log`.
//!
//! Kafka 4.3.1: `DumpLogSegments#dumpLog` with `--print-data-log`.

use std::fmt::Write;
use std::path::absolute;

use highwater_engine::kafka::record::StoredRecord;

use super::batches::{FileBatch, FileBatches};
use super::{Detail, Report, base_offset};

/// Adds what the tool says of the bytes of a `.log`.
pub fn log_lines(
    path: &str,
    bytes: &[u8],
    detail: Detail,
    report: &mut Report,
) -> Result<(), String> {
    let start = base_offset(path)?;
    report.lines.push(format!("Log starting offset: {start}"));
    let file = FileBatches::of(path, bytes);
    let mut gaps = Gaps {
        last_offset: -1,
        found: Vec::new(),
    };
    for batch in &file.batches {
        report.lines.push(batch_line(batch)?);
        if detail == Detail::Records {
            for record in batch.records()? {
                gaps.note(record.offset.0.cast_signed());
                report.lines.push(record_line(batch, &record)?);
            }
        }
    }
    if let Some(fault) = file.fault {
        return Err(fault);
    }
    if file.trailing_bytes > 0 {
        let (count, name) = (file.trailing_bytes, path.rsplit('/').next());
        let name = name.unwrap_or(path);
        report
            .lines
            .push(format!("Found {count} invalid bytes at the end of {name}"));
    }
    gaps.report(path, report);
    Ok(())
}

/// Where a record doesn't follow the one before; a file's first record only follows -1.
struct Gaps {
    last_offset: i64,
    found: Vec<(i64, i64)>,
}

impl Gaps {
    fn note(&mut self, offset: i64) {
        if offset != self.last_offset + 1 {
            self.found.push((self.last_offset, offset));
        }
        self.last_offset = offset;
    }

    fn report(self, path: &str, report: &mut Report) {
        if self.found.is_empty() {
            return;
        }
        let path = absolute(path).map_or(path.to_owned(), |path| path.display().to_string());
        report
            .warnings
            .push(format!("Non-consecutive offsets in {path}"));
        for (before, after) in self.found {
            report
                .warnings
                .push(format!("  {before} is followed by {after}"));
        }
    }
}

/// Kafka 4.3.1: `DumpLogSegments#printBatchLevel`.
fn batch_line(batch: &FileBatch) -> Result<String, String> {
    let horizon = optional_long(batch.delete_horizon_ms());
    Ok(format!(
        "baseOffset: {} lastOffset: {} count: {} baseSequence: {} lastSequence: {} producerId: {} \
         producerEpoch: {} partitionLeaderEpoch: {} isTransactional: {} isControl: {} \
         deleteHorizonMs: {horizon} position: {} {}: {} size: {} magic: 2 compresscodec: {} crc: {} \
         isvalid: {}",
        batch.base_offset(),
        batch.last_offset(),
        batch.count(),
        batch.base_sequence(),
        batch.last_sequence(),
        batch.producer_id(),
        batch.producer_epoch(),
        batch.leader_epoch(),
        batch.is_transactional(),
        batch.is_control(),
        batch.position,
        batch.timestamp_type(),
        batch.max_timestamp_ms(),
        batch.size(),
        batch.codec()?,
        batch.crc(),
        batch.is_valid(),
    ))
}

/// Kafka 4.3.1: `DumpLogSegments#printRecordMetadata`, `#printRecordContents`.
fn record_line(batch: &FileBatch, stored: &StoredRecord) -> Result<String, String> {
    let record = &stored.record;
    let size = |bytes: Option<&[u8]>| bytes.map_or(-1, |bytes| bytes.len() as i64);
    let keys: Vec<&str> = record
        .headers
        .iter()
        .map(|header| header.key.as_str())
        .collect();
    let mut line = format!(
        "| offset: {} {}: {} keySize: {} valueSize: {} sequence: {} headerKeys: [{}]",
        stored.offset.0,
        batch.timestamp_type(),
        record.timestamp_ms,
        size(record.key.as_deref()),
        size(record.value.as_deref()),
        stored.sequence.unwrap_or(-1),
        keys.join(","),
    );
    if batch.is_control() {
        line += &control_text(stored)?;
        return Ok(line);
    }
    for (name, bytes) in [("key", &record.key), ("payload", &record.value)] {
        if let Some(bytes) = bytes {
            write!(line, " {name}: {}", String::from_utf8_lossy(bytes))
                .expect("a string takes every text");
        }
    }
    Ok(line)
}

/// Kafka 4.3.1: `DumpLogSegments#printControlRecord`, `ControlRecordType`. The kinds between are
/// the controllers' own.
fn control_text(stored: &StoredRecord) -> Result<String, String> {
    let key = stored.record.key.as_deref().unwrap_or_default();
    let &[_, _, high, low, ..] = key else {
        let length = key.len();
        return Err(format!(
            "Invalid value size found for end control record key. Must have at least 4 bytes, but \
             found only {length}"
        ));
    };
    let value = stored.record.value.as_deref().unwrap_or_default();
    let name = match i16::from_be_bytes([high, low]) {
        0 => "ABORT",
        1 => "COMMIT",
        kind @ 2..=6 => {
            return Err(format!(
                "a control record of type {kind} can't be read here"
            ));
        }
        kind => return Ok(format!(" controlType: UNKNOWN({kind})")),
    };
    let epoch = value
        .get(2..)
        .and_then(<[u8]>::first_chunk)
        .ok_or("Invalid value size found for end txn marker.")?;
    let epoch = i32::from_be_bytes(*epoch);
    Ok(format!(" endTxnMarker: {name} coordinatorEpoch: {epoch}"))
}

/// Java's way to write a number that may be missing.
pub fn optional_long(value: Option<i64>) -> String {
    match value {
        Some(value) => format!("OptionalLong[{value}]"),
        None => "OptionalLong.empty".to_owned(),
    }
}
