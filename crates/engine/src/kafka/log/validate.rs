//! What a leader checks of a batch before it gives it a place.
//!
//! Kafka 4.3.1: `UnifiedLog#analyzeAndValidateRecords`, `LogValidator`.

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{Offset, TopicPartition};
use crate::kafka::log::{AppendError, AppendOrigin, LeaderAppend};
use crate::kafka::record::{CorruptBatch, NO_TIMESTAMP, RecordBatch, StoredRecord, TimestampType};

/// Checks the batch as a whole, then its records, in Kafka's order.
pub(super) fn validate(batch: &RecordBatch, append: &LeaderAppend<'_>) -> Result<(), AppendError> {
    check_envelope(batch, append)?;
    check_header(batch, append)?;
    let records = batch.records().map_err(unreadable)?;
    if batch.is_control() {
        Ok(())
    } else {
        check_records(batch, &records, append)
    }
}

/// Records that can't be read refuse their batch.
pub(super) fn unreadable(corrupt: CorruptBatch) -> AppendError {
    AppendError::new(ErrorCode::InvalidRecord, corrupt.to_string())
}

/// The checksum, as a follower checks it too.
pub(super) fn check_crc(
    batch: &RecordBatch,
    partition: &TopicPartition,
) -> Result<(), AppendError> {
    if batch.validate_crc() {
        return Ok(());
    }
    let crc = batch.header().crc;
    let message = format!("Record is corrupt (stored crc = {crc}) in topic partition {partition}.");
    Err(AppendError::new(ErrorCode::CorruptMessage, message))
}

/// Kafka 4.3.1: `UnifiedLog#analyzeAndValidateRecords`.
fn check_envelope(batch: &RecordBatch, append: &LeaderAppend<'_>) -> Result<(), AppendError> {
    let partition = append.partition;
    let base_offset = batch.base_offset();
    if append.origin == AppendOrigin::Client && base_offset != Offset::ZERO {
        let message = format!(
            "The baseOffset of the record batch in the append to {partition} should be 0, but it \
             is {base_offset}"
        );
        return Err(AppendError::new(ErrorCode::InvalidRecord, message));
    }
    let (size, size_max) = (batch.size_in_bytes(), append.config.max_message_bytes);
    if size > size_max {
        let message = format!(
            "The record batch size in the append to {partition} is {size} bytes which exceeds the \
             maximum configured value of {size_max})."
        );
        return Err(AppendError::new(ErrorCode::MessageTooLarge, message));
    }
    check_crc(batch, partition)
}

/// Kafka 4.3.1: `LogValidator#validateBatch`.
fn check_header(batch: &RecordBatch, append: &LeaderAppend<'_>) -> Result<(), AppendError> {
    if append.origin != AppendOrigin::Client {
        return Ok(());
    }
    let (header, partition) = (batch.header(), append.partition);
    let count = i64::from(header.record_count);
    let refuse = |message: String| Err(AppendError::new(ErrorCode::InvalidRecord, message));
    if count <= 0 {
        return refuse(format!(
            "Invalid reported count for record batch: {count} in topic partition {partition}"
        ));
    }
    if count != i64::from(header.last_offset_delta) + 1 {
        let (first, last) = (batch.base_offset(), batch.last_offset());
        return refuse(format!(
            "Inconsistent batch offset range [{first}, {last}] and count of records {count} in \
             topic partition {partition}"
        ));
    }
    if batch.is_control() {
        return refuse(format!(
            "Clients are not allowed to write control records in topic partition {partition}"
        ));
    }
    match header.producer {
        Some(producer) if producer.base_sequence.is_none() => refuse(format!(
            "Invalid sequence number -1 in record batch with producerId {} in topic partition \
             {partition}",
            producer.id
        )),
        _ => Ok(()),
    }
}

/// One bad record refuses the whole batch; every bad record is named.
///
/// Kafka 4.3.1: `LogValidator#processRecordErrors`.
fn check_records(
    batch: &RecordBatch,
    records: &[StoredRecord],
    append: &LeaderAppend<'_>,
) -> Result<(), AppendError> {
    let refusals: Vec<RecordRefusal> = (0_u32..)
        .zip(records)
        .filter_map(|(index, record)| check_record(batch, index, record, append))
        .collect();
    if refusals.is_empty() {
        return Ok(());
    }
    let has_invalid_timestamp = refusals
        .iter()
        .any(|refusal| refusal.code == ErrorCode::InvalidTimestamp);
    let (code, message) = if has_invalid_timestamp {
        let message = "One or more records have been rejected due to invalid timestamp";
        (ErrorCode::InvalidTimestamp, message.to_owned())
    } else {
        (ErrorCode::InvalidRecord, summary(&refusals))
    };
    let record_errors = refusals
        .into_iter()
        .map(|refusal| (refusal.index, refusal.message))
        .collect();
    Err(AppendError {
        code,
        message,
        record_errors,
    })
}

struct RecordRefusal {
    code: ErrorCode,
    index: u32,
    message: String,
}

/// Kafka 4.3.1: `LogValidator#validateKey`, `#validateTimestamp`.
fn check_record(
    batch: &RecordBatch,
    index: u32,
    stored: &StoredRecord,
    append: &LeaderAppend<'_>,
) -> Option<RecordRefusal> {
    let (config, now_ms) = (append.config, append.clock.now_ms);
    let timestamp_ms = stored.record.timestamp_ms;
    let (code, message) = if config.is_compacted && stored.record.key.is_none() {
        let message = format!(
            "Compacted topic cannot accept message without key in topic partition {}",
            append.partition
        );
        (ErrorCode::InvalidRecord, message)
    } else if config.timestamp_type == TimestampType::CreateTime && timestamp_ms != NO_TIMESTAMP {
        let age_ms = now_ms.saturating_sub(timestamp_ms);
        let is_too_old = age_ms > config.timestamp_before_max_ms;
        let is_too_new = age_ms.saturating_neg() > config.timestamp_after_max_ms;
        if !is_too_old && !is_too_new {
            return None;
        }
        // Java's arithmetic wraps: with the default bounds the earliest time is a large number.
        let earliest_ms = now_ms.wrapping_sub(config.timestamp_before_max_ms);
        let latest_ms = now_ms.wrapping_add(config.timestamp_after_max_ms);
        let message = format!(
            "Timestamp {timestamp_ms} of message with offset {} is out of range. The timestamp \
             should be within [{earliest_ms}, {latest_ms}]",
            stored.offset
        );
        (ErrorCode::InvalidTimestamp, message)
    } else if batch.header().attributes.timestamp_type() == TimestampType::LogAppendTime {
        let message = format!(
            "Invalid timestamp type in message {index}. Producer should not set timestamp type to \
             LogAppendTime."
        );
        (ErrorCode::InvalidTimestamp, message)
    } else {
        return None;
    };
    Some(RecordRefusal {
        code,
        index,
        message,
    })
}

fn summary(refusals: &[RecordRefusal]) -> String {
    let first_three: Vec<String> = refusals
        .iter()
        .take(3)
        .map(|refusal| {
            format!(
                "RecordError(batchIndex={}, message='{}')",
                refusal.index, refusal.message
            )
        })
        .collect();
    format!(
        "One or more records have been rejected due to {} record errors in total, and only showing \
         the first three errors at most: [{}]",
        refusals.len(),
        first_three.join(", ")
    )
}
