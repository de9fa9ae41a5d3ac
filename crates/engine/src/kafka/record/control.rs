//! Control records: what a transaction coordinator writes into a log when a transaction ends.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kafka::ids::ProducerId;
use crate::kafka::record::{BatchSpec, ProducerStamp, Record, encode_batch};

/// How a transaction ended.
///
/// Kafka 4.3.1: `ControlRecordType.ABORT`, `ControlRecordType.COMMIT`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionOutcome {
    /// Its records are to be passed over.
    Abort,
    /// Its records count.
    Commit,
}

/// The record that ends a producer's transaction in one partition.
///
/// Kafka 4.3.1: `EndTransactionMarker`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndTransactionMarker {
    /// How it ended.
    pub outcome: TransactionOutcome,
    /// Fences markers of coordinators that were replaced.
    pub coordinator_epoch: i32,
}

impl EndTransactionMarker {
    /// Reads a control record; none if it is of another kind.
    ///
    /// Kafka 4.3.1: `EndTransactionMarker#deserialize`, `ControlRecordType#parse`.
    pub(super) fn decode(record: &Record) -> Option<EndTransactionMarker> {
        let outcome = match record.key.as_deref()? {
            [_, _, 0, 0] => TransactionOutcome::Abort,
            [_, _, 0, 1] => TransactionOutcome::Commit,
            _ => return None,
        };
        let coordinator_epoch =
            i32::from_be_bytes(*record.value.as_deref()?.get(2..)?.first_chunk()?);
        Some(EndTransactionMarker {
            outcome,
            coordinator_epoch,
        })
    }

    fn to_record(self, timestamp_ms: i64) -> Record {
        let kind = match self.outcome {
            TransactionOutcome::Abort => 0,
            TransactionOutcome::Commit => 1,
        };
        let mut value = vec![0, 0];
        value.extend(self.coordinator_epoch.to_be_bytes());
        Record {
            key: Some(Bytes::copy_from_slice(&[0, 0, 0, kind])),
            value: Some(Bytes::from(value)),
            headers: Vec::new(),
            timestamp_ms,
        }
    }
}

/// Whose transaction ends, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkerSpec {
    /// The producer.
    pub producer_id: ProducerId,
    /// The epoch of the marker; with transactions v2 one more than the data's.
    pub producer_epoch: i16,
    /// The marker itself.
    pub marker: EndTransactionMarker,
    /// The coordinator's clock, in milliseconds since 1970.
    pub timestamp_ms: i64,
}

/// Writes the batch of one marker; offset and leader epoch are the leader's to stamp.
///
/// Kafka 4.3.1: `MemoryRecords#withEndTransactionMarker`.
pub fn encode_end_transaction_marker(spec: &MarkerSpec) -> Bytes {
    let producer = ProducerStamp {
        id: spec.producer_id,
        epoch: spec.producer_epoch,
        base_sequence: None,
    };
    let batch = BatchSpec {
        producer: Some(producer),
        is_transactional: true,
        is_control: true,
        ..BatchSpec::default()
    };
    encode_batch(&batch, &[spec.marker.to_record(spec.timestamp_ms)])
}
