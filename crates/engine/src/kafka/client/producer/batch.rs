//! Records that wait, or are under way, together.
//!
//! Kafka 4.3.1: `ProducerBatch`.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{CallId, EventId, LeaderEpoch, ProducerId, TopicPartition};
use crate::kafka::record::{
    BatchBuilder, CompressionRatio, CompressionType, ProducerStamp, Record, increment_sequence,
};
use crate::kafka::time::{SimDuration, SimTime};

/// A batch's name inside its producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BatchId(pub u64);

/// A batch of records of one partition, from the first record until its fate is known.
///
/// Kafka 4.3.1: `ProducerBatch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProducerBatch {
    pub(super) partition: TopicPartition,
    pub(super) builder: BatchBuilder,
    pub(super) sends: Vec<QueuedSend>,
    pub(super) created_at: SimTime,
    /// When it was created or last refused: what lingering and backing off count from.
    pub(super) last_attempt_at: SimTime,
    /// How often it was sent in vain.
    pub(super) attempts: u32,
    pub(super) retry_backoff: SimDuration,
    /// Its identity and first sequence, once drained by an idempotent producer.
    pub(super) stamp: Option<ProducerStamp>,
    /// Whether its sequence was given anew after an epoch bump.
    pub(super) is_renumbered: bool,
    pub(super) is_in_flight: bool,
    /// Whether its sends are decided; it may still be in flight.
    pub(super) is_done: bool,
    /// The event of sending or refusing it last.
    pub(super) last_event: Option<EventId>,
    /// The buffer it occupies; nothing for one that came of a split.
    pub(super) buffer_bytes: u32,
    /// Whether it is a piece of a batch that was too large.
    pub(super) is_split: bool,
    leader_epoch: Option<LeaderEpoch>,
    attempts_at_leader_change: u32,
}

/// A record's send, waiting for the batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueuedSend {
    /// The call.
    pub call: CallId,
    /// Its `RecordQueued`.
    pub queued: EventId,
    /// The record's timestamp, in milliseconds since 1970.
    pub timestamp_ms: i64,
}

/// How a batch begins.
pub(super) struct NewBatch {
    pub(super) write_limit_bytes: u32,
    pub(super) buffer_bytes: u32,
    pub(super) compression: CompressionType,
    pub(super) expected_ratio: CompressionRatio,
    pub(super) created_at: SimTime,
}

impl ProducerBatch {
    pub(super) fn new(partition: TopicPartition, new: &NewBatch) -> ProducerBatch {
        ProducerBatch {
            partition,
            builder: BatchBuilder::new(new.write_limit_bytes, new.compression, new.expected_ratio),
            sends: Vec::new(),
            created_at: new.created_at,
            last_attempt_at: new.created_at,
            attempts: 0,
            retry_backoff: SimDuration::ZERO,
            stamp: None,
            is_renumbered: false,
            is_in_flight: false,
            is_done: false,
            last_event: None,
            buffer_bytes: new.buffer_bytes,
            is_split: new.buffer_bytes == 0,
            leader_epoch: None,
            attempts_at_leader_change: 0,
        }
    }

    /// Takes a record that has room.
    pub(super) fn append(&mut self, record: Record, send: QueuedSend) {
        self.builder.append(record);
        self.sends.push(send);
    }

    /// Notes the partition's leader epoch, to see whether it changed since the last refusal.
    ///
    /// Kafka 4.3.1: `ProducerBatch#maybeUpdateLeaderEpoch`.
    pub(super) fn note_leader_epoch(&mut self, latest: Option<LeaderEpoch>) {
        if latest.is_some() && latest > self.leader_epoch {
            self.attempts_at_leader_change = self.attempts;
            self.leader_epoch = latest;
        }
    }

    /// Whether it must wait before it is sent again; a new leader is tried at once (KIP-951).
    ///
    /// Kafka 4.3.1: `RecordAccumulator#shouldBackoff`.
    pub(super) fn is_backing_off(&self, now: SimTime) -> bool {
        let has_leader_changed = self.attempts_at_leader_change == self.attempts;
        self.attempts > 0 && !has_leader_changed && self.waited(now) < self.retry_backoff
    }

    /// It was refused and will be sent again after `backoff`.
    ///
    /// Kafka 4.3.1: `ProducerBatch#reenqueued`.
    pub(super) fn on_requeue(&mut self, now: SimTime, backoff: SimDuration) {
        self.attempts = self.attempts.saturating_add(1);
        self.last_attempt_at = self.last_attempt_at.max(now);
        self.retry_backoff = backoff;
        self.is_in_flight = false;
    }

    /// How long it has waited since it was created or last refused.
    pub(super) fn waited(&self, now: SimTime) -> SimDuration {
        now.since(self.last_attempt_at)
    }

    /// Whether `delivery.timeout.ms` is over.
    pub(super) fn has_expired(&self, delivery_timeout: SimDuration, now: SimTime) -> bool {
        self.created_at + delivery_timeout <= now
    }

    /// Its first sequence, once it has one.
    pub(super) fn base_sequence(&self) -> Option<i32> {
        self.stamp.and_then(|stamp| stamp.base_sequence)
    }

    /// Its last sequence, once it has one.
    pub(super) fn last_sequence(&self) -> Option<i32> {
        let last_index = self.record_count().saturating_sub(1) as i32;
        self.base_sequence()
            .map(|base| increment_sequence(base, last_index))
    }

    /// The events that put its records here, and what was last done with it.
    pub(super) fn causes(&self) -> Vec<EventId> {
        self.sends
            .iter()
            .map(|send| send.queued)
            .chain(self.last_event)
            .collect()
    }

    /// The partition.
    pub fn partition(&self) -> &TopicPartition {
        &self.partition
    }

    /// Its records, in order.
    pub fn records(&self) -> &[Record] {
        self.builder.records()
    }

    /// When its first record came.
    pub fn created_at(&self) -> SimTime {
        self.created_at
    }

    /// Its records, each with its send.
    pub fn entries(&self) -> impl Iterator<Item = (&QueuedSend, &Record)> {
        self.sends.iter().zip(self.records())
    }

    /// How many records it holds.
    pub fn record_count(&self) -> u32 {
        self.builder.record_count()
    }

    /// Its size so far, in bytes.
    pub fn size_in_bytes(&self) -> u32 {
        self.builder.estimated_size_in_bytes()
    }

    /// Who sends it and from which sequence on, once that is decided.
    pub fn producer(&self) -> Option<ProducerStamp> {
        self.stamp
    }

    /// How often it was sent in vain.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Whether it was sent and not answered yet.
    pub fn is_in_flight(&self) -> bool {
        self.is_in_flight
    }
}

/// A producer's id with its epoch.
///
/// Kafka 4.3.1: `ProducerIdAndEpoch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ProducerIdentity {
    /// The id.
    pub id: ProducerId,
    /// The epoch, bumped by the producer itself when a sequence is lost for good.
    pub epoch: i16,
}
