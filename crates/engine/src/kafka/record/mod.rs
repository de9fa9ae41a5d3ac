//! Records and the batches in which they travel and are stored, byte for byte.
//!
//! A producer encodes a batch once ([`BatchBuilder`]). The leader stamps what the checksum
//! leaves out, base offset and leader epoch, and from there on every log and every fetch shares
//! the same bytes ([`RecordBatch`]).
//!
//! Kafka 4.3.1: format of KIP-98 ("magic 2"), `DefaultRecordBatch`, `DefaultRecord`.

pub mod anatomy;
mod batch;
mod builder;
mod checksum;
mod codecs;
mod compression_ratio;
mod control;
mod decode;
mod encode;
mod header;
mod retain;
mod sequence;
mod size;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kafka::text_bytes;

pub use batch::RecordBatch;
pub use builder::BatchBuilder;
pub use checksum::crc32c;
pub use compression_ratio::{CompressionRatio, CompressionRatios};
pub use control::{
    EndTransactionMarker, MarkerSpec, TransactionOutcome, encode_end_transaction_marker,
};
pub use decode::{CorruptBatch, StoredRecord};
pub use encode::{BatchSpec, encode_batch};
pub use header::{Attributes, BatchHeader, CompressionType, ProducerStamp, TimestampType};
pub use sequence::{decrement_sequence, increment_sequence};
pub use size::{estimate_batch_size_upper_bound, record_size_in_bytes};

/// What an application writes and reads: a key, a value, headers, and a time.
///
/// Kafka 4.3.1: `SimpleRecord`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The key; an empty one is a key, none at all is not.
    pub key: Option<Bytes>,
    /// The value; none is a tombstone.
    pub value: Option<Bytes>,
    /// Headers in order; a key may repeat.
    pub headers: Vec<Header>,
    /// Milliseconds since 1970; -1 for none.
    pub timestamp_ms: i64,
}

/// A name and a value beside a record's own.
///
/// Kafka 4.3.1: `RecordHeader`, KIP-82.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The name.
    pub key: String,
    /// The value's bytes.
    #[serde(default, with = "text_bytes")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<text_bytes::Written>"))]
    pub value: Option<Bytes>,
}

/// The timestamp of a record that has none.
///
/// Kafka 4.3.1: `RecordBatch.NO_TIMESTAMP`.
pub const NO_TIMESTAMP: i64 = -1;
