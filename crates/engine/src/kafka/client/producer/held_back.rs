//! Why a batch that waits has not left, in the order in which the sender asks.
//!
//! Kafka 4.3.1: `RecordAccumulator#ready`, `Sender#sendProducerData`, `NetworkClient#ready`,
//! `RecordAccumulator#drainBatchesForOneNode`.

use super::Producer;
use crate::kafka::ids::{BrokerId, NodeId, TopicPartition};
use crate::kafka::time::SimTime;

/// What keeps the first batch of a partition's queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeldBack {
    /// An idempotent producer sends nothing before it has its id.
    NoIdentity,
    /// The producer knows no leader of the partition.
    Leaderless,
    /// It was refused, and is not sent again before `until`.
    BacksOff {
        /// The end of the backoff.
        until: SimTime,
    },
    /// More records may join it until then.
    Lingers {
        /// The end of `linger.ms`.
        until: SimTime,
    },
    /// The connection to the leader is broken.
    NotConnected {
        /// Whom the producer takes for the leader.
        leader: BrokerId,
    },
    /// As many requests to the leader as may be are not answered.
    TooManyInFlight {
        /// Whom the producer takes for the leader.
        leader: BrokerId,
        /// How many those are.
        count: usize,
    },
    /// An earlier batch of the partition is under way, and the order has to stay.
    KeepsOrder {
        /// Whom the producer takes for the leader.
        leader: BrokerId,
    },
}

impl Producer {
    /// What keeps the first batch of a partition's queue; none if there is none, or if nothing does.
    pub fn held_back(&self, partition: &TopicPartition, now: SimTime) -> Option<HeldBack> {
        let queue = self.accumulator.queue(partition)?;
        let batch = self.accumulator.batches.get(queue.front()?)?;
        if let Some(idempotence) = &self.idempotence
            && idempotence.identity().is_none()
        {
            return Some(HeldBack::NoIdentity);
        }
        let Some(leader) = self.metadata.leader(partition) else {
            return Some(HeldBack::Leaderless);
        };
        if batch.is_backing_off(now) {
            let until = batch.last_attempt_at + batch.retry_backoff;
            return Some(HeldBack::BacksOff { until });
        }
        let is_full = queue.len() > 1 || batch.builder.is_full();
        let until = batch.last_attempt_at + self.accumulator.linger;
        let is_pressing = !self.flushes.is_empty() || self.closing.is_some();
        if until > now && !(is_full || is_pressing) {
            return Some(HeldBack::Lingers { until });
        }
        if !self.connections.is_ready(leader) {
            return Some(HeldBack::NotConnected { leader });
        }
        let count = self.requests.count_to(NodeId::Broker(leader));
        if count >= self.config.max_in_flight as usize {
            return Some(HeldBack::TooManyInFlight { leader, count });
        }
        let idempotence = self.idempotence.as_ref();
        let keeps_order = self.accumulator.muted.contains(partition)
            || idempotence.is_some_and(|it| it.must_hold_back(batch));
        keeps_order.then_some(HeldBack::KeepsOrder { leader })
    }
}
