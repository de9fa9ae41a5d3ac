//! Vectors about bytes on the wire and on disk.

use highwater_engine::kafka::ids::{EventId, LeaderEpoch, Offset, ProducerId};
use highwater_engine::kafka::record::{
    BatchSpec, EndTransactionMarker, MarkerSpec, Record, RecordBatch, TransactionOutcome,
    decrement_sequence, encode_batch, encode_end_transaction_marker, increment_sequence,
};
use highwater_engine::kafka::varint::{read_varint, size_of_varint, write_varint};
use serde_json::{Value, json};

/// A number to its bytes.
pub fn varint(input: &Value, _: &Value) -> Option<Value> {
    let value = int(input)?;
    let mut bytes = Vec::new();
    write_varint(value, &mut bytes);
    let reads_back = read_varint(&mut bytes.as_slice()) == Ok(value);
    reads_back.then(|| json!({"hex": hex(&bytes), "size": size_of_varint(value)}))
}

/// A sequence some steps further or back.
pub fn sequence(input: &Value, _: &Value) -> Option<Value> {
    let sequence = int(&input["sequence"])?;
    if let Some(increment) = int(&input["increment"]) {
        return Some(increment_sequence(sequence, increment).into());
    }
    Some(decrement_sequence(sequence, int(&input["decrement"])?).into())
}

/// Records or a transaction marker to a batch.
pub fn record_batch(input: &Value, _: &Value) -> Option<Value> {
    let batch = match input.get("records") {
        Some(records) => data_batch(input, records.as_array()?)?,
        None => marker_batch(input)?,
    };
    let producer = batch.producer();
    let base_sequence = producer.and_then(|producer| producer.base_sequence);
    let records: Vec<Value> = batch
        .records()
        .ok()?
        .iter()
        .map(|stored| {
            json!({
                "offset": stored.offset.0,
                "timestamp": stored.record.timestamp_ms,
                "sizeInBytes": stored.size_in_bytes,
                "key_null": stored.record.key.is_none(),
                "value_null": stored.record.value.is_none(),
                "headers": stored.record.headers.len(),
            })
        })
        .collect();
    batch.validate_crc().then(|| {
        json!({
            "batch_size_bytes": batch.size_in_bytes(),
            "base_offset": batch.base_offset().0,
            "last_offset": batch.last_offset().0,
            "base_sequence": base_sequence.unwrap_or(-1),
            "last_sequence": batch.last_sequence().unwrap_or(-1),
            "producer_id": producer.map_or(-1, |producer| producer.id.0.cast_signed()),
            "producer_epoch": producer.map_or(-1, |producer| producer.epoch),
            "leader_epoch": batch.partition_leader_epoch().0,
            "max_timestamp": batch.max_timestamp_ms(),
            "transactional": batch.is_transactional(),
            "control": batch.is_control(),
            "crc_uint32": batch.header().crc,
            "records": records,
            "hex": hex(&batch.to_bytes()),
        })
    })
}

fn data_batch(input: &Value, records: &[Value]) -> Option<RecordBatch> {
    let bytes_of = |value: &Value| value.as_str().map(|text| text.as_bytes().to_vec().into());
    let records: Option<Vec<Record>> = records
        .iter()
        .map(|record| {
            Some(Record {
                key: bytes_of(&record["key"]),
                value: bytes_of(&record["value"]),
                headers: Vec::new(),
                timestamp_ms: record["ts"].as_i64()?,
            })
        })
        .collect();
    let spec = BatchSpec {
        base_offset: Offset(input["base_offset"].as_u64()?),
        partition_leader_epoch: LeaderEpoch(int(&input["leader_epoch"])?),
        ..BatchSpec::default()
    };
    RecordBatch::from_bytes(encode_batch(&spec, &records?), EventId::default()).ok()
}

fn marker_batch(input: &Value) -> Option<RecordBatch> {
    let outcome = match input["type"].as_str()? {
        "COMMIT" => TransactionOutcome::Commit,
        "ABORT" => TransactionOutcome::Abort,
        _ => return None,
    };
    let bytes = encode_end_transaction_marker(&MarkerSpec {
        producer_id: ProducerId(input["producer_id"].as_u64()?),
        producer_epoch: i16::try_from(int(&input["producer_epoch"])?).ok()?,
        marker: EndTransactionMarker {
            outcome,
            coordinator_epoch: int(&input["coordinator_epoch"])?,
        },
        timestamp_ms: input["ts"].as_i64()?,
    });
    let batch = RecordBatch::from_bytes(bytes, EventId::default()).ok()?;
    let leader_epoch = LeaderEpoch(int(&input["leader_epoch"])?);
    Some(batch.stamped(Offset(input["offset"].as_u64()?), leader_epoch))
}

fn int(value: &Value) -> Option<i32> {
    i32::try_from(value.as_i64()?).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
