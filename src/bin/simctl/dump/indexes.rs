//! The text of indexes and snapshots.
//!
//! Kafka 4.3.1: `DumpLogSegments#dumpIndex`, `#dumpTimeIndex`, `#dumpTxnIndex`,
//! `#dumpProducerIdSnapshot`. Left out: whether the entries are those of the `.log` beside.

use highwater_engine::kafka::record::{crc32c, decrement_sequence};
use highwater_engine::kafka::wire::{Malformed, Reader};

use super::text::optional_long;
use super::{Report, base_offset};

/// Offsets and where their batches begin.
pub fn offset_index(path: &str, bytes: &[u8], report: &mut Report) -> Result<(), String> {
    let base = base_offset(path)?;
    if bytes.len() < 8 {
        report.lines.push(format!("{path} is empty."));
    }
    for (index, entry) in bytes.chunks_exact(8).enumerate() {
        let [relative, position] = [&entry[..4], &entry[4..]].map(int32);
        // The file of a broker that was killed is full of zeros behind the last entry.
        if relative == 0 && index > 0 {
            break;
        }
        let offset = base + i64::from(relative);
        report
            .lines
            .push(format!("offset: {offset} position: {position}"));
    }
    Ok(())
}

/// The largest timestamps so far.
pub fn time_index(path: &str, bytes: &[u8], report: &mut Report) -> Result<(), String> {
    let base = base_offset(path)?;
    for (index, entry) in bytes.chunks_exact(12).enumerate() {
        let timestamp_ms =
            i64::from(int32(entry)) << 32 | i64::from(int32(&entry[4..]).cast_unsigned());
        let relative = int32(&entry[8..]);
        if relative == 0 && index > 0 {
            break;
        }
        let offset = base + i64::from(relative);
        report
            .lines
            .push(format!("timestamp: {timestamp_ms} offset: {offset}"));
    }
    Ok(())
}

/// Aborted transactions.
pub fn transaction_index(bytes: &[u8], report: &mut Report) -> Result<(), String> {
    let mut reader = Reader::new(bytes);
    for _ in bytes.chunks_exact(34) {
        let line = aborted_transaction(&mut reader).map_err(|Malformed| CUT_OFF.to_owned())?;
        report.lines.push(line);
    }
    if bytes.len().is_multiple_of(34) {
        Ok(())
    } else {
        Err(CUT_OFF.to_owned())
    }
}

fn aborted_transaction(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    Ok(format!(
        "version: {} producerId: {} firstOffset: {} lastOffset: {} lastStableOffset: {}",
        reader.int16()?,
        reader.int64()?,
        reader.int64()?,
        reader.int64()?,
        reader.int64()?
    ))
}

/// Producers.
pub fn producer_snapshot(bytes: &[u8], report: &mut Report) -> Result<(), String> {
    match producer_lines(bytes) {
        Ok(lines) => report.lines.extend(lines),
        // Kafka's tool goes on with the next file.
        Err(problem) => report.warnings.push(problem),
    }
    Ok(())
}

fn producer_lines(bytes: &[u8]) -> Result<Vec<String>, String> {
    let cut_off = |Malformed| format!("Snapshot failed schema validation: {CUT_OFF}");
    let mut reader = Reader::new(bytes);
    let version = reader.int16().map_err(cut_off)?;
    if version != 1 {
        return Err(format!(
            "Snapshot failed schema validation: Snapshot contained an unknown file version {version}"
        ));
    }
    let stored = reader.int32().map_err(cut_off)?.cast_unsigned();
    let count = reader.int32().map_err(cut_off)?;
    let mut lines = Vec::new();
    for _ in 0..count {
        lines.push(producer_line(&mut reader).map_err(cut_off)?);
    }
    let computed = crc32c(&bytes[6..]);
    if stored != computed {
        return Err(format!(
            "Snapshot is corrupt (CRC is no longer valid). Stored crc: {stored}. Computed crc: \
             {computed}"
        ));
    }
    Ok(lines)
}

fn producer_line(reader: &mut Reader<'_>) -> Result<String, Malformed> {
    let (id, epoch) = (reader.int64()?, reader.int16()?);
    let (last_sequence, last_offset) = (reader.int32()?, reader.int64()?);
    let (offset_delta, timestamp_ms) = (reader.int32()?, reader.int64()?);
    let (coordinator_epoch, open_since) = (reader.int32()?, reader.int64()?);
    let open_since = optional_long((open_since >= 0).then_some(open_since));
    let mut line = format!(
        "producerId: {id} producerEpoch: {epoch} coordinatorEpoch: {coordinator_epoch} \
         currentTxnFirstOffset: {open_since} lastTimestamp: {timestamp_ms}"
    );
    if last_offset >= 0 {
        let first_sequence = decrement_sequence(last_sequence, offset_delta);
        line += &format!(
            " firstSequence: {first_sequence} lastSequence: {last_sequence} lastOffset: \
             {last_offset} offsetDelta: {offset_delta} timestamp: {timestamp_ms}"
        );
    }
    Ok(line)
}

fn int32(bytes: &[u8]) -> i32 {
    let field = bytes.first_chunk().expect("an entry has all its fields");
    i32::from_be_bytes(*field)
}

const CUT_OFF: &str = "the file is cut off";
