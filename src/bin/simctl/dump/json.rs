//! A `.log` as JSON, for programs that compare it with what they read themselves.

use highwater_engine::kafka::record::StoredRecord;
use serde_json::{Value, json};

use super::batches::{FileBatch, FileBatches};

/// All batches of a file with their records; bytes are hex.
pub fn log(path: &str, bytes: &[u8]) -> Result<Value, String> {
    let file = FileBatches::of(path, bytes);
    if let Some(fault) = file.fault {
        return Err(fault);
    }
    let batches: Result<Vec<Value>, String> = file.batches.iter().map(batch_json).collect();
    Ok(json!({
        "file": path,
        "batches": batches?,
        "trailing_bytes": file.trailing_bytes,
    }))
}

fn batch_json(batch: &FileBatch) -> Result<Value, String> {
    let records = batch.records()?;
    Ok(json!({
        "position": batch.position,
        "size": batch.size(),
        "base_offset": batch.base_offset(),
        "last_offset": batch.last_offset(),
        "count": batch.count(),
        "leader_epoch": batch.leader_epoch(),
        "crc": batch.crc(),
        "is_valid": batch.is_valid(),
        "compression": batch.codec()?,
        "timestamp_type": batch.timestamp_type(),
        "is_transactional": batch.is_transactional(),
        "is_control": batch.is_control(),
        "delete_horizon_ms": batch.delete_horizon_ms(),
        "max_timestamp": batch.max_timestamp_ms(),
        "producer_id": batch.producer_id(),
        "producer_epoch": batch.producer_epoch(),
        "base_sequence": batch.base_sequence(),
        "records": records.iter().map(record_json).collect::<Vec<_>>(),
    }))
}

fn record_json(stored: &StoredRecord) -> Value {
    let record = &stored.record;
    let headers = record
        .headers
        .iter()
        .map(|header| json!([header.key, hex(header.value.as_deref())]));
    json!({
        "offset": stored.offset.0,
        "timestamp": record.timestamp_ms,
        "sequence": stored.sequence.unwrap_or(-1),
        "key": hex(record.key.as_deref()),
        "value": hex(record.value.as_deref()),
        "headers": headers.collect::<Vec<_>>(),
    })
}

fn hex(bytes: Option<&[u8]>) -> Value {
    let digits =
        |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    bytes.map_or(Value::Null, |bytes| json!(digits(bytes)))
}
