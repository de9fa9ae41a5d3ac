//! Batches while they are filled, and while they wait to be acknowledged.
//!
//! Kafka 4.3.1: `ProducerBatch`.

use serde::{Deserialize, Serialize};

use crate::kafka::client::call::{ProducerRecord, RecordMetadata};
use crate::kafka::ids::{CallId, EventId, Offset, TopicPartition};
use crate::kafka::record::{BatchBuilder, CompressionType, ProducerStamp, Record, RecordBatch};
use crate::kafka::time::SimTime;

/// A record in a batch, with the call that sent it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuedRecord {
    /// The `send` that brought it.
    pub call: CallId,
    /// Its `RecordQueued`.
    pub queued: EventId,
}

/// A batch of one partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProducerBatch {
    builder: BatchBuilder,
    records: Vec<QueuedRecord>,
    /// When its first record came: linger and delivery timeout count from here.
    pub created_at: SimTime,
    /// How often it was sent.
    pub attempts: u32,
    /// A retry waits until then.
    pub retry_at: SimTime,
    /// Producer id, epoch and sequence: given at the first sending, never changed by a retry.
    pub stamp: Option<ProducerStamp>,
    /// Whether it came out of a batch that was too large: it is sent at once.
    pub is_split: bool,
}

impl ProducerBatch {
    /// An empty batch that takes at least one record, whatever its size.
    pub fn new(limit_bytes: u32, compression: CompressionType, now: SimTime) -> ProducerBatch {
        ProducerBatch {
            builder: BatchBuilder::new(limit_bytes, compression),
            records: Vec::new(),
            created_at: now,
            attempts: 0,
            retry_at: SimTime::ZERO,
            stamp: None,
            is_split: false,
        }
    }

    /// Takes a record if there is room for it.
    pub fn try_append(&mut self, record: &Record, queued: &QueuedRecord) -> bool {
        let has_room = self.builder.has_room_for(record);
        if has_room {
            self.builder.append(record.clone());
            self.records.push(queued.clone());
        }
        has_room
    }

    /// Takes no more records.
    pub fn close(&mut self) {
        self.builder.close_for_appends();
    }

    /// Whether it takes no more records.
    pub fn is_full(&self) -> bool {
        self.builder.is_full()
    }

    /// Its size as far as its builder knows, in bytes.
    pub fn size_in_bytes(&self) -> u32 {
        self.builder.estimated_size_in_bytes()
    }

    /// How many records it holds.
    pub fn record_count(&self) -> u32 {
        self.records.len() as u32
    }

    /// The events of its records' queueing.
    pub fn queued_events(&self) -> Vec<EventId> {
        self.records.iter().map(|record| record.queued).collect()
    }

    /// The records with the calls that sent them, in order.
    pub fn entries(&self) -> impl Iterator<Item = (&QueuedRecord, &Record)> {
        self.records.iter().zip(self.builder.records())
    }

    /// The bytes to be sent.
    pub fn build(&self, origin: EventId) -> RecordBatch {
        self.builder.build(self.stamp, origin)
    }

    /// Where its records are once it is acknowledged at `base_offset`.
    pub fn metadata(
        &self,
        partition: &TopicPartition,
        base_offset: Option<Offset>,
        log_append_time_ms: Option<i64>,
    ) -> Vec<(CallId, RecordMetadata)> {
        self.entries()
            .enumerate()
            .map(|(index, (entry, record))| {
                let metadata = RecordMetadata {
                    partition: partition.clone(),
                    offset: base_offset.map(|base| base.plus(index as u64)),
                    timestamp_ms: log_append_time_ms.unwrap_or(record.timestamp_ms),
                };
                (entry.call, metadata)
            })
            .collect()
    }

    /// Smaller batches with the same records, in order, each sent at once.
    ///
    /// Kafka 4.3.1: `ProducerBatch#split`.
    pub fn split(&self, limit_bytes: u32, compression: CompressionType) -> Vec<ProducerBatch> {
        let mut parts: Vec<ProducerBatch> = Vec::new();
        for (entry, record) in self.entries() {
            let fits = parts
                .last_mut()
                .is_some_and(|part| part.try_append(record, entry));
            if !fits {
                let mut part = ProducerBatch::new(limit_bytes, compression, self.created_at);
                part.is_split = true;
                part.try_append(record, entry);
                parts.push(part);
            }
        }
        parts.iter_mut().for_each(ProducerBatch::close);
        parts
    }
}

/// A record as the accumulator takes it.
pub fn record_of(record: &ProducerRecord, timestamp_ms: i64) -> Record {
    Record {
        key: record.key.clone(),
        value: record.value.clone(),
        headers: record.headers.clone(),
        timestamp_ms: record.timestamp_ms.unwrap_or(timestamp_ms),
    }
}
