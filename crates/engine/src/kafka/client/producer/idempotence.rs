//! Sequences of an idempotent producer: which batch has which, what to do when one is lost.
//!
//! A broker takes a batch only if it continues the producer's last one. So batches get their
//! sequences in the order in which they leave, keep them in every retry, and if one is given up
//! while the broker may or may not have it, the producer starts over at 0 with a higher epoch.
//!
//! Kafka 4.3.1: `TransactionManager`, `TxnPartitionMap`, `TxnPartitionEntry`; KIP-98, KIP-360.
//! Simplified: there are no transactions. `UNKNOWN_PRODUCER_ID` is an error like others, as no
//! broker of this version answers with it.

use serde::{Deserialize, Serialize};

use super::batch::{BatchId, ProducerBatch, ProducerIdentity};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::TopicPartition;
use crate::kafka::record::{ProducerStamp, increment_sequence};
use crate::sorted::{SortedMap, SortedSet};

/// The idempotent part of a producer.
///
/// Kafka 4.3.1: `TransactionManager`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Idempotence {
    identity: Option<ProducerIdentity>,
    partitions: SortedMap<TopicPartition, PartitionSequences>,
    /// Where a batch was given up that may be in the log: the sequence after it.
    unresolved: SortedMap<TopicPartition, i32>,
    /// The partitions that start over with the next epoch.
    to_renumber: SortedSet<TopicPartition>,
    is_epoch_bump_required: bool,
}

/// The sequences of one partition.
///
/// Kafka 4.3.1: `TxnPartitionEntry`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct PartitionSequences {
    identity: Option<ProducerIdentity>,
    next_sequence: i32,
    last_acked_sequence: Option<i32>,
    in_flight: SortedMap<(ProducerIdentity, i32), InFlightBatch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct InFlightBatch {
    batch: BatchId,
    record_count: u32,
}

/// A batch whose sequence was given anew.
pub(super) struct Renumbered {
    pub(super) batch: BatchId,
    pub(super) stamp: ProducerStamp,
}

impl Idempotence {
    /// The id and epoch that batches get now.
    pub(super) fn identity(&self) -> Option<ProducerIdentity> {
        self.identity
    }

    /// The cluster gave an id.
    pub(super) fn on_identity(&mut self, identity: ProducerIdentity) {
        self.identity = Some(identity);
    }

    /// Gives a batch that leaves for the first time its sequence.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#drainBatchesForOneNode`,
    /// `TransactionManager#maybeUpdateProducerIdAndEpoch`.
    pub(super) fn assign(&mut self, id: BatchId, batch: &mut ProducerBatch) {
        let Some(identity) = self.identity else {
            return;
        };
        let entry = self.partitions.entry(batch.partition.clone()).or_default();
        if entry.identity != Some(identity) && entry.in_flight.is_empty() {
            entry.start_at_beginning(Some(identity));
        }
        let base_sequence = entry.next_sequence;
        let count = batch.record_count();
        entry.next_sequence = increment_sequence(base_sequence, count as i32);
        batch.stamp = Some(stamp(identity, base_sequence));
        self.track(id, batch);
    }

    /// Counts a batch with a sequence among those in flight.
    ///
    /// Kafka 4.3.1: `TransactionManager#addInFlightBatch`.
    pub(super) fn track(&mut self, id: BatchId, batch: &ProducerBatch) {
        let Some(key) = key(batch) else {
            return;
        };
        let record_count = batch.record_count();
        let entry = self.partitions.entry(batch.partition.clone()).or_default();
        entry.in_flight.insert(
            key,
            InFlightBatch {
                batch: id,
                record_count,
            },
        );
    }

    /// Forgets a batch that was in flight.
    ///
    /// Kafka 4.3.1: `TransactionManager#removeInFlightBatch`.
    pub(super) fn untrack(&mut self, batch: &ProducerBatch) {
        if let (Some(key), Some(entry)) = (key(batch), self.partitions.get_mut(&batch.partition)) {
            entry.in_flight.remove(&key);
        }
    }

    /// Whether a batch must stay where it is for the sake of the sequences.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#shouldStopDrainBatchesForPartition`.
    pub(super) fn must_hold_back(&self, batch: &ProducerBatch) -> bool {
        if self.identity.is_none() {
            return true;
        }
        let entry = self.partitions.get(&batch.partition);
        let first_in_flight = entry
            .and_then(|entry| entry.in_flight.keys().next())
            .copied();
        let Some(sequence) = batch.base_sequence() else {
            let is_stale = entry.is_none_or(|entry| entry.identity != self.identity);
            let has_older_in_flight = first_in_flight.is_some() && is_stale;
            return has_older_in_flight || self.unresolved.contains_key(&batch.partition);
        };
        // A retry waits until it is the first one outstanding: one batch at a time.
        first_in_flight.is_some_and(|(_, first)| first != sequence)
    }

    /// A batch was acknowledged.
    ///
    /// Kafka 4.3.1: `TransactionManager#handleCompletedBatch`.
    pub(super) fn on_completed(&mut self, batch: &ProducerBatch) {
        self.untrack(batch);
        let entry = self.partitions.get_mut(&batch.partition);
        if let (Some(entry), Some(last)) = (entry, batch.last_sequence()) {
            entry.last_acked_sequence = entry.last_acked_sequence.max(Some(last));
        }
    }

    /// A batch was given up: start over, if the broker said so.
    ///
    /// Kafka 4.3.1: `TransactionManager#handleFailedBatch`.
    pub(super) fn on_failed(&mut self, batch: &ProducerBatch, gap: SequenceGap) {
        self.untrack(batch);
        match gap {
            SequenceGap::Close => self.require_bump(&batch.partition),
            SequenceGap::Leave => {}
        }
    }

    /// A batch was given up that the broker may have.
    ///
    /// Kafka 4.3.1: `TransactionManager#markSequenceUnresolved`.
    pub(super) fn mark_unresolved(&mut self, batch: &ProducerBatch) {
        if let Some(last) = batch.last_sequence() {
            let next = last.wrapping_add(1);
            let known = self
                .unresolved
                .entry(batch.partition.clone())
                .or_insert(next);
            *known = (*known).max(next);
        }
    }

    /// Decides the unresolved partitions that have nothing in flight any more.
    ///
    /// Kafka 4.3.1: `TransactionManager#maybeResolveSequences`.
    pub(super) fn resolve_sequences(&mut self) {
        let settled: Vec<TopicPartition> = self
            .unresolved
            .keys()
            .filter(|partition| !self.has_in_flight(partition))
            .cloned()
            .collect();
        for partition in settled {
            let next = self
                .partitions
                .get(&partition)
                .map_or(0, |entry| entry.next_sequence);
            if !self.is_next_sequence(&partition, next) {
                self.require_bump(&partition);
            }
            self.unresolved.remove(&partition);
        }
    }

    /// Raises the epoch if that is due; returns the batches in flight with their new sequences.
    ///
    /// At the last epoch the identity is dropped, and the producer asks for another.
    ///
    /// Kafka 4.3.1: `TransactionManager#bumpIdempotentProducerEpoch`.
    #[inline(never)]
    pub(super) fn bump_epoch_if_required(&mut self) -> Option<Vec<Renumbered>> {
        if !self.is_epoch_bump_required {
            return None;
        }
        self.is_epoch_bump_required = false;
        self.identity = self.identity.and_then(|identity| {
            let epoch = identity.epoch.checked_add(1)?;
            Some(ProducerIdentity { epoch, ..identity })
        });
        let mut renumbered = Vec::new();
        for partition in std::mem::take(&mut self.to_renumber) {
            self.unresolved.remove(&partition);
            if let Some(entry) = self.partitions.get_mut(&partition) {
                renumbered.extend(entry.start_at_beginning(self.identity));
            }
        }
        Some(renumbered)
    }

    /// Whether a refused batch may be sent again.
    ///
    /// Kafka 4.3.1: `TransactionManager#canRetry`.
    pub(super) fn can_retry(&mut self, error: ErrorCode, batch: &ProducerBatch) -> bool {
        if error != ErrorCode::OutOfOrderSequenceNumber {
            return error.is_retriable();
        }
        let sequence = batch.base_sequence().unwrap_or(0);
        match self.unresolved.get(&batch.partition) {
            None if batch.is_renumbered => {}
            None if !self.is_next_sequence(&batch.partition, sequence) => {}
            Some(after) if *after != sequence => {}
            None | Some(_) => self.require_bump(&batch.partition),
        }
        true
    }

    fn require_bump(&mut self, partition: &TopicPartition) {
        self.is_epoch_bump_required = true;
        self.to_renumber.insert(partition.clone());
    }

    fn has_in_flight(&self, partition: &TopicPartition) -> bool {
        self.partitions
            .get(partition)
            .is_some_and(|entry| !entry.in_flight.is_empty())
    }

    fn is_next_sequence(&self, partition: &TopicPartition, sequence: i32) -> bool {
        let entry = self.partitions.get(partition);
        let last_acked = entry
            .and_then(|entry| entry.last_acked_sequence)
            .unwrap_or(-1);
        sequence.wrapping_sub(last_acked) == 1
    }
}

/// What a batch given up means for the sequences behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SequenceGap {
    /// The broker refused it for good: its sequence must not stay open.
    Close,
    /// Nothing is known, or no retry was left.
    Leave,
}

impl PartitionSequences {
    /// Kafka 4.3.1: `TxnPartitionEntry#startSequencesAtBeginning`.
    fn start_at_beginning(&mut self, identity: Option<ProducerIdentity>) -> Vec<Renumbered> {
        self.identity = identity;
        self.next_sequence = 0;
        self.last_acked_sequence = None;
        let Some(identity) = identity else {
            return Vec::new();
        };
        let mut renumbered = Vec::new();
        for in_flight in std::mem::take(&mut self.in_flight).into_values() {
            let sequence = self.next_sequence;
            self.next_sequence = increment_sequence(sequence, in_flight.record_count as i32);
            self.in_flight.insert((identity, sequence), in_flight);
            renumbered.push(Renumbered {
                batch: in_flight.batch,
                stamp: stamp(identity, sequence),
            });
        }
        renumbered
    }
}

fn stamp(identity: ProducerIdentity, base_sequence: i32) -> ProducerStamp {
    ProducerStamp {
        id: identity.id,
        epoch: identity.epoch,
        base_sequence: Some(base_sequence),
    }
}

fn key(batch: &ProducerBatch) -> Option<(ProducerIdentity, i32)> {
    let stamp = batch.stamp?;
    let identity = ProducerIdentity {
        id: stamp.id,
        epoch: stamp.epoch,
    };
    Some((identity, stamp.base_sequence?))
}
