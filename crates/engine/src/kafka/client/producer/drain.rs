//! Which batches may leave, and when the next ones may.
//!
//! Kafka 4.3.1: `RecordAccumulator#ready`, `#drain`.

use super::accumulator::Accumulator;
use super::batch::{BatchId, ProducerBatch};
use super::idempotence::Idempotence;
use crate::kafka::client::metadata::ClientMetadata;
use crate::kafka::ids::{BrokerId, LeaderEpoch, PartitionId, TopicName, TopicPartition};
use crate::kafka::time::{SimDuration, SimTime};
use crate::sorted::SortedSet;

/// What is ready to be sent.
///
/// Kafka 4.3.1: `RecordAccumulator.ReadyCheckResult`.
#[derive(Debug, Default)]
pub(super) struct ReadyCheck {
    /// The brokers for which there is something.
    pub(super) brokers: SortedSet<BrokerId>,
    /// When something else gets ready by waiting.
    pub(super) next_at: Option<SimTime>,
    /// Whether records wait for a partition without a leader.
    pub(super) has_leaderless: bool,
}

/// What holds for all partitions at a check.
#[derive(Clone, Copy, Debug)]
pub(super) struct Urgency {
    pub(super) now: SimTime,
    /// Whether lingering is over for all: a flush, a close, or sends waiting for memory.
    pub(super) is_pressing: bool,
}

/// How a broker's batches are drained.
pub(super) struct Drain<'a> {
    pub(super) broker: BrokerId,
    pub(super) metadata: &'a ClientMetadata,
    pub(super) idempotence: Option<&'a mut Idempotence>,
    pub(super) max_request_size_bytes: u32,
    pub(super) now: SimTime,
}

impl Accumulator {
    /// Finds out for which brokers there is something to send.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#ready`.
    pub(super) fn ready(&mut self, metadata: &ClientMetadata, urgency: Urgency) -> ReadyCheck {
        let mut check = ReadyCheck::default();
        let topics: Vec<TopicName> = self.topics.keys().cloned().collect();
        for topic in topics {
            self.ready_of_topic(&topic, metadata, urgency, &mut check);
        }
        check
    }

    /// Takes what goes to one broker in one request: at most one batch a partition.
    ///
    /// The broker's partitions are visited in turn, starting where the last visit ended, so that
    /// none starves.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#drainBatchesForOneNode`.
    pub(super) fn drain(&mut self, mut drain: Drain<'_>) -> Vec<BatchId> {
        let partitions = drain.metadata.partitions_led_by(drain.broker);
        let mut drained = Vec::new();
        let mut bytes = 0u32;
        if partitions.is_empty() {
            return drained;
        }
        let start = self.drain_indexes.get(&drain.broker).copied().unwrap_or(0) as usize;
        for step in 0..partitions.len() {
            let index = (start + step) % partitions.len();
            self.drain_indexes.insert(drain.broker, index as u32);
            let partition = &partitions[index];
            let Some(id) = self.first_to_drain(partition, &drain) else {
                continue;
            };
            let Some(batch) = self.batches.get_mut(&id) else {
                continue;
            };
            let size = batch.size_in_bytes();
            let is_over = bytes.saturating_add(size) > drain.max_request_size_bytes;
            if is_over && !drained.is_empty() {
                break;
            }
            if let Some(idempotence) = drain.idempotence.as_deref_mut() {
                if idempotence.must_hold_back(batch) {
                    break;
                }
                if batch.stamp.is_none() {
                    idempotence.assign(id, batch);
                }
            }
            batch.builder.close_for_appends();
            batch.is_renumbered = false;
            batch.is_in_flight = true;
            bytes = bytes.saturating_add(size);
            self.queue_mut(partition).pop_front();
            drained.push(id);
        }
        drained
    }

    fn first_to_drain(&mut self, partition: &TopicPartition, drain: &Drain<'_>) -> Option<BatchId> {
        if self.muted.contains(partition) {
            return None;
        }
        let id = *self.queue(partition)?.front()?;
        let batch = self.batches.get_mut(&id)?;
        batch.note_leader_epoch(leader_epoch(drain.metadata, partition));
        (!batch.is_backing_off(drain.now)).then_some(id)
    }

    /// Kafka 4.3.1: `RecordAccumulator#partitionReady`.
    fn ready_of_topic(
        &mut self,
        topic: &TopicName,
        metadata: &ClientMetadata,
        urgency: Urgency,
        check: &mut ReadyCheck,
    ) {
        let Some(queues) = self.topics.get(topic).map(|topic| &topic.queues) else {
            return;
        };
        let queues: Vec<(PartitionId, Option<BatchId>, usize)> = queues
            .iter()
            .map(|(id, queue)| (*id, queue.front().copied(), queue.len()))
            .collect();
        let mut loads = Vec::new();
        for (partition, first, length) in &queues {
            let partition = TopicPartition {
                topic: topic.clone(),
                partition: *partition,
            };
            let leader = metadata.leader(&partition);
            if leader.is_some() {
                loads.push((partition.partition, *length as u32));
            }
            let Some(batch) = first.and_then(|id| self.batches.get_mut(&id)) else {
                continue;
            };
            batch.note_leader_epoch(leader_epoch(metadata, &partition));
            let Some(leader) = leader else {
                check.has_leaderless = true;
                continue;
            };
            let is_full = *length > 1 || batch.builder.is_full();
            if !self.muted.contains(&partition) {
                let ready_at = ready_at(batch, self.linger, is_full, urgency);
                check.note(leader, ready_at, urgency.now);
            }
        }
        self.weigh(topic, metadata, &loads, queues.len());
    }

    /// Tells the topic's partitioner how long the queues are.
    fn weigh(
        &mut self,
        topic: &TopicName,
        metadata: &ClientMetadata,
        loads: &[(PartitionId, u32)],
        queue_count: usize,
    ) {
        let partition_count = metadata.partition_count(topic).unwrap_or(0) as usize;
        let is_adaptive = self.is_adaptive && queue_count >= partition_count;
        if let Some(topic) = self.topics.get_mut(topic) {
            match is_adaptive {
                true => topic.partitioner.update_load(loads, queue_count),
                false => topic.partitioner.forget_load(),
            }
        }
    }
}

impl ReadyCheck {
    fn note(&mut self, leader: BrokerId, ready_at: SimTime, now: SimTime) {
        if ready_at <= now {
            self.brokers.insert(leader);
            return;
        }
        self.next_at = Some(self.next_at.map_or(ready_at, |at| at.min(ready_at)));
    }
}

/// When a batch may leave: now, after its backoff, or when it has lingered.
///
/// Kafka 4.3.1: `RecordAccumulator#batchReady`.
fn ready_at(
    batch: &ProducerBatch,
    linger: SimDuration,
    is_full: bool,
    urgency: Urgency,
) -> SimTime {
    if batch.is_backing_off(urgency.now) {
        return batch.last_attempt_at + batch.retry_backoff;
    }
    if is_full || urgency.is_pressing {
        return urgency.now;
    }
    batch.last_attempt_at + linger
}

fn leader_epoch(metadata: &ClientMetadata, partition: &TopicPartition) -> Option<LeaderEpoch> {
    metadata
        .leadership(partition)
        .map(|known| known.leader_epoch)
}
