//! Where records wait for the sender: a queue of batches per partition.
//!
//! Only the last batch of a queue takes records. A record that does not fit closes it and opens
//! the next, which takes its buffer out of `buffer.memory`.
//!
//! Kafka 4.3.1: `RecordAccumulator`, `BufferPool`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::batch::{BatchId, NewBatch, ProducerBatch, QueuedSend};
use crate::kafka::client::metadata::ClientMetadata;
use crate::kafka::client::partitioner::{PartitionAvailability, StickyPartitioner, SwitchRule};
use crate::kafka::config::producer::ProducerConfig;
use crate::kafka::event::{ChosenBy, KafkaEvent};
use crate::kafka::ids::{BrokerId, CallId, EventId, PartitionId, TopicName, TopicPartition};
use crate::kafka::node::Context;
use crate::kafka::record::{
    CompressionRatio, CompressionRatios, CompressionType, Record, estimate_batch_size_upper_bound,
};
use crate::kafka::time::{SimDuration, SimTime};
use crate::sorted::{SortedMap, SortedSet};

/// All records of a producer whose fate is not known yet.
///
/// Kafka 4.3.1: `RecordAccumulator`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Accumulator {
    pub(super) batch_size_bytes: u32,
    pub(super) compression: CompressionType,
    pub(super) ratios: CompressionRatios,
    pub(super) linger: SimDuration,
    pub(super) delivery_timeout: SimDuration,
    pub(super) is_adaptive: bool,
    pub(super) topics: SortedMap<TopicName, TopicQueues>,
    /// Every batch: queued, in flight, or given up but still in flight.
    pub(super) batches: SortedMap<BatchId, ProducerBatch>,
    /// The undecided ones by age.
    by_age: SortedSet<(SimTime, BatchId)>,
    pub(super) muted: SortedSet<TopicPartition>,
    /// Where the last visit of a broker's partitions ended.
    pub(super) drain_indexes: SortedMap<BrokerId, u32>,
    next_batch: u64,
    buffer_memory_bytes: u64,
    available_bytes: u64,
}

/// The queues of one topic.
///
/// Kafka 4.3.1: `RecordAccumulator.TopicInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TopicQueues {
    pub(super) partitioner: StickyPartitioner,
    pub(super) queues: SortedMap<PartitionId, VecDeque<BatchId>>,
}

/// A record on its way into the accumulator.
pub(super) struct Append<'a> {
    pub(super) call: CallId,
    /// The event of the call.
    pub(super) made: EventId,
    pub(super) topic: &'a TopicName,
    /// The partition; none for the sticky one.
    pub(super) partition: Option<PartitionId>,
    pub(super) chosen_by: ChosenBy,
    pub(super) record: &'a Record,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Appended {
    /// It is in a batch. Whether the sender has something new to look at.
    Queued { wakes_sender: bool },
    /// There is no room for another batch now.
    MemoryExhausted { needed_bytes: u32 },
}

impl Accumulator {
    /// An empty accumulator.
    pub(super) fn new(config: &ProducerConfig) -> Accumulator {
        Accumulator {
            batch_size_bytes: config.batch_size_bytes,
            compression: config.compression,
            ratios: CompressionRatios::default(),
            linger: config.linger,
            delivery_timeout: config.delivery_timeout,
            is_adaptive: config.is_adaptive,
            topics: SortedMap::new(),
            batches: SortedMap::new(),
            by_age: SortedSet::new(),
            muted: SortedSet::new(),
            drain_indexes: SortedMap::new(),
            next_batch: 0,
            buffer_memory_bytes: config.buffer_memory_bytes,
            available_bytes: config.buffer_memory_bytes,
        }
    }

    /// Puts a record into its partition's open batch, or into a new one.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#append`.
    pub(super) fn append(
        &mut self,
        append: &Append<'_>,
        metadata: &ClientMetadata,
        cx: &mut Context<'_>,
    ) -> Appended {
        let with_leader = metadata.partitions_with_leader(append.topic);
        let available = PartitionAvailability {
            partition_count: metadata.partition_count(append.topic).unwrap_or(1).max(1),
            with_leader: &with_leader,
        };
        let partition = match append.partition {
            Some(partition) => partition,
            None => self.sticky_partition(append.topic, available, cx),
        };
        let tp = TopicPartition {
            topic: append.topic.clone(),
            partition,
        };
        let is_new = !self.has_room_for(&tp, append.record);
        if is_new {
            let estimate = estimate_batch_size_upper_bound(append.record);
            let needed_bytes = self.batch_size_bytes.max(estimate);
            self.close_last(&tp);
            if u64::from(needed_bytes) > self.available_bytes {
                return Appended::MemoryExhausted { needed_bytes };
            }
            self.open_batch(&tp, needed_bytes, cx.now());
        }
        let appended_bytes = self.append_to_last(&tp, append, is_new, cx);
        let is_full = self.are_all_full(&tp);
        if append.partition.is_none() {
            let rule = if is_full {
                SwitchRule::Allowed
            } else {
                SwitchRule::OnlyIfFarOver
            };
            self.queues_of(append.topic).partitioner.on_append(
                appended_bytes,
                rule,
                available,
                cx.chance(),
            );
        }
        let is_full = is_full || self.queue(&tp).is_some_and(|queue| queue.len() > 1);
        Appended::Queued {
            wakes_sender: is_full || is_new,
        }
    }

    /// Puts a refused batch back where it belongs: to the front, or by its sequence.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#reenqueue`, `#insertInSequenceOrder`.
    pub(super) fn requeue(&mut self, id: BatchId) {
        let Some(batch) = self.batches.get(&id) else {
            return;
        };
        let partition = batch.partition.clone();
        let sequence = batch.base_sequence();
        let queue = self.queue_mut(&partition).clone();
        let is_before = |other: &&BatchId| {
            let other = self
                .batches
                .get(other)
                .and_then(ProducerBatch::base_sequence);
            sequence.is_some() && other.is_some() && other < sequence
        };
        let place = queue.iter().take_while(is_before).count();
        self.queue_mut(&partition).insert(place, id);
    }

    /// Cuts a batch that was too large for the broker into smaller ones, and queues these.
    ///
    /// A piece that is refused again is halved. The pieces keep the age and the sequences of the
    /// whole. Returns them in order.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#splitAndReenqueue`, `ProducerBatch#split`.
    pub(super) fn split(&mut self, big: &ProducerBatch) -> Vec<BatchId> {
        self.ratios.reset(&big.partition.topic);
        let estimates = big.records().iter().map(estimate_batch_size_upper_bound);
        let limit_bytes = match big.is_split {
            true => estimates.max().unwrap_or(0).max(big.size_in_bytes() / 2),
            false => self.batch_size_bytes,
        };
        let mut pieces: Vec<ProducerBatch> = Vec::new();
        for (record, send) in big.records().iter().zip(&big.sends) {
            let fits = pieces
                .last()
                .is_some_and(|piece| piece.builder.has_room_for(record));
            if !fits {
                let new = NewBatch {
                    write_limit_bytes: limit_bytes.max(estimate_batch_size_upper_bound(record)),
                    buffer_bytes: 0,
                    compression: self.compression,
                    expected_ratio: CompressionRatio::ONE,
                    created_at: big.created_at,
                };
                pieces.push(ProducerBatch::new(big.partition.clone(), &new));
            }
            if let Some(piece) = pieces.last_mut() {
                piece.append(record.clone(), *send);
            }
        }
        let mut stamp = big.stamp;
        let mut ids = Vec::new();
        for mut piece in pieces {
            piece.builder.close_for_appends();
            piece.last_event = big.last_event;
            piece.stamp = stamp;
            if let Some(next) = &mut stamp {
                let count = piece.record_count() as i32;
                next.base_sequence = next.base_sequence.map(|base| base.wrapping_add(count));
            }
            ids.push(self.add(piece));
        }
        ids
    }

    /// The undecided batches that have waited for `delivery.timeout.ms`, queued ones first.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#expiredBatches`, `Sender#getExpiredInflightBatches`.
    pub(super) fn expired(&self, now: SimTime) -> Vec<BatchId> {
        let is_due =
            |(created_at, _): &&(SimTime, BatchId)| *created_at + self.delivery_timeout <= now;
        let due: Vec<BatchId> = self
            .by_age
            .iter()
            .take_while(is_due)
            .map(|(_, id)| *id)
            .collect();
        let is_in_flight =
            |id: &BatchId| self.batches.get(id).is_some_and(|batch| batch.is_in_flight);
        let (in_flight, mut expired): (Vec<BatchId>, Vec<BatchId>) =
            due.into_iter().partition(is_in_flight);
        expired.extend(in_flight);
        expired
    }

    /// When the oldest undecided batch is given up.
    pub(super) fn next_expiry(&self) -> Option<SimTime> {
        self.by_age
            .first()
            .map(|(created_at, _)| *created_at + self.delivery_timeout)
    }

    /// Marks a batch's sends as decided and takes it out of its queue.
    ///
    /// The batch stays as long as a broker may answer for it.
    pub(super) fn decide(&mut self, id: BatchId) {
        let Some(batch) = self.batches.get_mut(&id) else {
            return;
        };
        batch.is_done = true;
        let is_in_flight = batch.is_in_flight;
        let partition = batch.partition.clone();
        self.by_age.remove(&(batch.created_at, id));
        self.queue_mut(&partition).retain(|queued| *queued != id);
        if !is_in_flight {
            self.remove(id);
        }
    }

    /// Forgets a batch and gives its buffer back.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#completeAndDeallocateBatch`.
    pub(super) fn remove(&mut self, id: BatchId) -> Option<ProducerBatch> {
        let batch = self.batches.remove(&id)?;
        self.by_age.remove(&(batch.created_at, id));
        self.available_bytes += u64::from(batch.buffer_bytes);
        Some(batch)
    }

    /// The batches whose sends are undecided, oldest first.
    ///
    /// Kafka 4.3.1: `IncompleteBatches`.
    pub(super) fn undecided(&self) -> impl Iterator<Item = BatchId> {
        self.by_age.iter().map(|(_, id)| *id)
    }

    /// Whether any batch waits in a queue.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#hasUndrained`.
    pub(super) fn has_undrained(&self) -> bool {
        let mut topics = self.topics.values();
        topics.any(|topic| topic.queues.values().any(|queue| !queue.is_empty()))
    }

    /// How much of `buffer.memory` is free, in bytes.
    pub(super) fn available_bytes(&self) -> u64 {
        self.available_bytes
    }

    /// `buffer.memory`, in bytes.
    pub(super) fn buffer_memory_bytes(&self) -> u64 {
        self.buffer_memory_bytes
    }

    /// A partition's queue, if it ever had one.
    pub(super) fn queue(&self, partition: &TopicPartition) -> Option<&VecDeque<BatchId>> {
        self.topics
            .get(&partition.topic)?
            .queues
            .get(&partition.partition)
    }

    /// A partition's queue.
    pub(super) fn queue_mut(&mut self, partition: &TopicPartition) -> &mut VecDeque<BatchId> {
        let queues = &mut self.queues_of(&partition.topic).queues;
        queues.entry(partition.partition).or_default()
    }

    /// The sticky partition, after the switch that may have been put off.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#partitionChanged`.
    fn sticky_partition(
        &mut self,
        topic: &TopicName,
        available: PartitionAvailability<'_>,
        cx: &mut Context<'_>,
    ) -> PartitionId {
        let partition = self
            .queues_of(topic)
            .partitioner
            .current(available, cx.chance());
        let tp = TopicPartition {
            topic: topic.clone(),
            partition,
        };
        if !self.are_all_full(&tp) {
            return partition;
        }
        let partitioner = &mut self.queues_of(topic).partitioner;
        partitioner.on_append(0, SwitchRule::Allowed, available, cx.chance());
        partitioner.current(available, cx.chance())
    }

    fn queues_of(&mut self, topic: &TopicName) -> &mut TopicQueues {
        let batch_size_bytes = self.batch_size_bytes;
        self.topics
            .entry(topic.clone())
            .or_insert_with(|| TopicQueues {
                partitioner: StickyPartitioner::new(batch_size_bytes),
                queues: SortedMap::new(),
            })
    }

    fn last(&self, partition: &TopicPartition) -> Option<&ProducerBatch> {
        self.queue(partition)?
            .back()
            .and_then(|id| self.batches.get(id))
    }

    fn has_room_for(&self, partition: &TopicPartition, record: &Record) -> bool {
        self.last(partition)
            .is_some_and(|batch| batch.builder.has_room_for(record))
    }

    /// Kafka 4.3.1: `RecordAccumulator#allBatchesFull`.
    fn are_all_full(&self, partition: &TopicPartition) -> bool {
        self.last(partition)
            .is_none_or(|batch| batch.builder.is_full())
    }

    fn close_last(&mut self, partition: &TopicPartition) {
        let last = self
            .queue(partition)
            .and_then(|queue| queue.back())
            .copied();
        if let Some(batch) = last.and_then(|id| self.batches.get_mut(&id)) {
            batch.builder.close_for_appends();
        }
    }

    fn open_batch(&mut self, partition: &TopicPartition, buffer_bytes: u32, now: SimTime) {
        self.available_bytes -= u64::from(buffer_bytes);
        let new = NewBatch {
            write_limit_bytes: buffer_bytes,
            buffer_bytes,
            compression: self.compression,
            expected_ratio: self.ratios.of(&partition.topic),
            created_at: now,
        };
        let id = self.add(ProducerBatch::new(partition.clone(), &new));
        self.queue_mut(partition).push_back(id);
    }

    fn add(&mut self, batch: ProducerBatch) -> BatchId {
        let id = BatchId(self.next_batch);
        self.next_batch += 1;
        self.by_age.insert((batch.created_at, id));
        self.batches.insert(id, batch);
        id
    }

    /// Returns by how many bytes the batch grew.
    fn append_to_last(
        &mut self,
        partition: &TopicPartition,
        append: &Append<'_>,
        is_new: bool,
        cx: &mut Context<'_>,
    ) -> u32 {
        let event = KafkaEvent::RecordQueued {
            call: append.call,
            partition: partition.clone(),
            chosen_by: append.chosen_by,
            key: append.record.key.clone(),
        };
        let queued = cx.emit_because(event, &[append.made]);
        let last = self
            .queue(partition)
            .and_then(|queue| queue.back())
            .copied();
        let Some(batch) = last.and_then(|id| self.batches.get_mut(&id)) else {
            return 0;
        };
        let before_bytes = if is_new { 0 } else { batch.size_in_bytes() };
        let send = QueuedSend {
            call: append.call,
            queued,
            timestamp_ms: append.record.timestamp_ms,
        };
        batch.append(append.record.clone(), send);
        batch.size_in_bytes() - before_bytes
    }
}
