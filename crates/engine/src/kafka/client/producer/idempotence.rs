//! Sequences: what lets a leader tell a retry from a new batch.
//!
//! Kafka 4.3.1: `TransactionManager` (its idempotent part), `TxnPartitionEntry`.
//! Simplified: the epoch is bumped as soon as a sequence is lost, where Kafka first waits for the
//! partition's other batches in flight; at the last epoch the producer asks for a new id.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::batch::ProducerBatch;
use super::{Asked, Producer};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{ProducerId, TopicPartition};
use crate::kafka::message::{InitProducerIdRequest, Request};
use crate::kafka::node::Context;
use crate::kafka::record::{ProducerStamp, increment_sequence};
use crate::kafka::time::SimTime;

/// A producer's identity and the sequences that it has given out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Idempotence {
    identity: Option<(ProducerId, i16)>,
    is_asked_for: bool,
    ask_not_before: SimTime,
    failures: u32,
    partitions: BTreeMap<TopicPartition, Sequences>,
}

/// The sequences of one partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Sequences {
    epoch: i16,
    next: i32,
    /// Base sequences of batches that were sent and are not settled.
    outstanding: BTreeSet<i32>,
}

impl Idempotence {
    /// Producer id and epoch.
    pub(super) fn identity(&self) -> Option<(ProducerId, i16)> {
        self.identity
    }

    /// When the id may be asked for; never while it is there or on its way.
    pub(super) fn ask_at(&self) -> Option<SimTime> {
        (self.identity.is_none() && !self.is_asked_for).then_some(self.ask_not_before)
    }

    /// Whether a batch must wait: for an id, or because it is a retry behind another.
    pub(super) fn holds_back(&self, partition: &TopicPartition, batch: &ProducerBatch) -> bool {
        let Some((_, epoch)) = self.identity else {
            return true;
        };
        let Some(sequences) = self.partitions.get(partition) else {
            return false;
        };
        let first = sequences.outstanding.first().copied();
        match batch.stamp {
            Some(stamp) => stamp.base_sequence != first,
            None => sequences.epoch != epoch && first.is_some(),
        }
    }

    /// Gives a batch its place, unless it has one.
    pub(super) fn stamp(&mut self, partition: &TopicPartition, batch: &mut ProducerBatch) {
        let Some((id, epoch)) = self.identity.filter(|_| batch.stamp.is_none()) else {
            return;
        };
        let sequences = self.partitions.entry(partition.clone()).or_default();
        if sequences.epoch != epoch {
            *sequences = Sequences {
                epoch,
                ..Sequences::default()
            };
        }
        let base_sequence = sequences.next;
        sequences.next = increment_sequence(base_sequence, batch.record_count() as i32);
        sequences.outstanding.insert(base_sequence);
        batch.stamp = Some(ProducerStamp {
            id,
            epoch,
            base_sequence: Some(base_sequence),
        });
    }

    /// A batch is settled: its sequence is behind us.
    pub(super) fn settled(&mut self, partition: &TopicPartition, batch: &ProducerBatch) {
        if let (Some(base), Some(sequences)) = (
            batch.stamp.and_then(|stamp| stamp.base_sequence),
            self.partitions.get_mut(partition),
        ) {
            sequences.outstanding.remove(&base);
        }
    }

    /// Whether an earlier batch of the partition is still to be settled.
    pub(super) fn has_earlier(&self, partition: &TopicPartition, batch: &ProducerBatch) -> bool {
        let base = batch.stamp.and_then(|stamp| stamp.base_sequence);
        let first = self
            .partitions
            .get(partition)
            .and_then(|s| s.outstanding.first().copied());
        base.is_some() && first.is_some_and(|first| Some(first) < base)
    }

    /// The pieces of a batch that was too large take its sequences over.
    pub(super) fn split(
        &mut self,
        partition: &TopicPartition,
        whole: &ProducerBatch,
        parts: &mut [ProducerBatch],
    ) {
        self.settled(partition, whole);
        let Some(stamp) = whole.stamp else { return };
        let Some(sequences) = self.partitions.get_mut(partition) else {
            return;
        };
        let mut base = stamp.base_sequence.unwrap_or_default();
        for part in parts {
            part.stamp = Some(ProducerStamp {
                base_sequence: Some(base),
                ..stamp
            });
            sequences.outstanding.insert(base);
            base = increment_sequence(base, part.record_count() as i32);
        }
    }

    /// A sequence is lost for good: the partition begins again at 0 in the next epoch.
    pub(super) fn bump_epoch(&mut self, partition: &TopicPartition) {
        let Some((id, epoch)) = self.identity else {
            return;
        };
        match epoch.checked_add(1) {
            Some(epoch) => {
                self.identity = Some((id, epoch));
                let fresh = Sequences {
                    epoch,
                    ..Sequences::default()
                };
                self.partitions.insert(partition.clone(), fresh);
            }
            None => {
                self.identity = None;
                self.partitions.clear();
            }
        }
    }
}

impl Producer {
    /// Asks any broker for an id.
    pub(super) fn ask_for_producer_id(&mut self, cx: &mut Context<'_>) {
        let at = self.idempotence.as_ref().and_then(Idempotence::ask_at);
        if at.is_none_or(|at| at > cx.now()) {
            return;
        }
        let request = Request::InitProducerId(InitProducerIdRequest { current: None });
        let asked = self.ask_any_broker(request, Asked::ProducerId, cx);
        if let Some(idempotence) = self.idempotence.as_mut().filter(|_| asked) {
            idempotence.is_asked_for = true;
        }
    }

    pub(super) fn on_producer_id(
        &mut self,
        result: Result<(ProducerId, i16), ErrorCode>,
        cx: &mut Context<'_>,
    ) {
        let Ok((producer_id, producer_epoch)) = result else {
            return self.on_producer_id_unanswered(cx);
        };
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.identity = Some((producer_id, producer_epoch));
            idempotence.is_asked_for = false;
            cx.emit(KafkaEvent::ProducerIdAssigned {
                producer_id,
                producer_epoch,
            });
        }
    }

    pub(super) fn on_producer_id_unanswered(&mut self, cx: &mut Context<'_>) {
        let backoff = self.retry_backoff();
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.is_asked_for = false;
            let wait = backoff.delay(idempotence.failures, cx.chance());
            idempotence.failures = idempotence.failures.saturating_add(1);
            idempotence.ask_not_before = cx.now() + wait;
        }
    }

    /// Batches that were sent in a former epoch are sent again as if they were new.
    pub(super) fn bump_epoch(&mut self, partition: &TopicPartition) {
        let Some(idempotence) = &mut self.idempotence else {
            return;
        };
        idempotence.bump_epoch(partition);
        for batch in self.accumulator.get_mut(partition).into_iter().flatten() {
            batch.stamp = None;
        }
    }
}
