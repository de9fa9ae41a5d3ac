//! Changing the in-sync replicas: the leader wishes, the controller decides.
//!
//! Kafka 4.3.1: `Partition#maybeExpandIsr`, `#maybeShrinkIsr`, `#submitAlterPartition`,
//! `AlterPartitionManager`.
//! Simplified: one AlterPartition request a partition instead of one at a time for all.

use crate::kafka::broker::partition_leader::IsrState;
use crate::kafka::broker::process::{Asked, Server};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{
    BrokerEpoch, BrokerId, EventId, LeaderEpoch, NodeId, PartitionEpoch, TopicPartition,
};
use crate::kafka::message::{AlterPartitionRequest, AlteredPartition, Request};
use crate::kafka::metadata::LeaderRecoveryState;
use crate::kafka::node::Context;
use crate::kafka::time::SimDuration;
use crate::kafka::timer::{BrokerTimer, Timer};

impl Server<'_> {
    /// Asks a follower that has just fetched into the ISR, if it is ready.
    pub fn maybe_expand_isr(
        &mut self,
        partition: &TopicPartition,
        follower: BrokerId,
        cx: &mut Context<'_>,
    ) {
        let Some(around) = self.surroundings(partition, cx) else {
            return;
        };
        let leader = self.process.leader(partition);
        if !leader.is_some_and(|leader| leader.may_join_isr(follower, &around)) {
            return;
        }
        if let Some(leader) = self.process.leader_mut(partition) {
            leader.propose_expansion(follower);
        }
        let wish = cx.emit(KafkaEvent::IsrExpandRequested {
            partition: partition.clone(),
            joining: follower,
        });
        self.ask_for_isr(partition, &[wish], cx);
    }

    /// Looks for lagging followers and comes back in half of `replica.lag.time.max.ms`.
    ///
    /// Kafka 4.3.1: `ReplicaManager#maybeShrinkIsr`.
    #[inline(never)]
    pub fn on_isr_check(&mut self, cx: &mut Context<'_>) {
        let led: Vec<TopicPartition> = self
            .process
            .replicas
            .iter()
            .filter(|(_, replica)| replica.leader().is_some())
            .map(|(partition, _)| partition.clone())
            .collect();
        for partition in led {
            self.maybe_shrink_isr(&partition, cx);
        }
        self.schedule_isr_check(cx);
    }

    /// Sets the timer for the next look.
    pub fn schedule_isr_check(&self, cx: &mut Context<'_>) {
        let half = SimDuration::from_micros(self.config.replica_lag_time_max.0 / 2);
        // A lag of 0 ms is allowed, a check without pause is not.
        let period = half.max(SimDuration::from_millis(1));
        cx.set_timer(Timer::Broker(BrokerTimer::IsrCheck), period);
    }

    #[inline(never)]
    fn maybe_shrink_isr(&mut self, partition: &TopicPartition, cx: &mut Context<'_>) {
        let Some(around) = self.surroundings(partition, cx) else {
            return;
        };
        let Some(leader) = self.process.leader(partition) else {
            return;
        };
        let out = leader.lagging_followers(&around);
        let Some(silent) = out.first().copied() else {
            return;
        };
        let last_fetch = leader
            .followers
            .get(&silent)
            .and_then(|state| state.last_fetch_event);

        if let Some(leader) = self.process.leader_mut(partition) {
            leader.propose_shrink(out.clone());
        }
        let event = KafkaEvent::IsrShrinkRequested {
            partition: partition.clone(),
            out,
        };
        let causes: Vec<_> = last_fetch.into_iter().collect();
        let wish = cx.emit_because_silent(event, &causes, NodeId::Broker(silent));
        self.ask_for_isr(partition, &[wish], cx);
    }

    /// Sends the controller what the leader wishes, and has just said in the event `wish`.
    fn ask_for_isr(&mut self, partition: &TopicPartition, wish: &[EventId], cx: &mut Context<'_>) {
        let Some(broker_epoch) = self.process.lifecycle.broker_epoch else {
            return;
        };
        let Some(leader) = self.process.leader(partition) else {
            return;
        };
        let epoch_of = |id: BrokerId| -> BrokerEpoch {
            let fetched_as = leader
                .followers
                .get(&id)
                .and_then(|follower| follower.broker_epoch);
            let registered = || {
                self.process
                    .metadata
                    .brokers
                    .get(&id)
                    .map(|it| it.broker_epoch)
            };
            if id == self.id {
                broker_epoch
            } else {
                fetched_as.or_else(registered).unwrap_or_default()
            }
        };
        let (leader_epoch, partition_epoch) = (leader.leader_epoch, leader.partition_epoch);
        let request = Request::AlterPartition(AlterPartitionRequest {
            broker: self.id,
            broker_epoch,
            partition: partition.clone(),
            leader_epoch,
            partition_epoch,
            new_isr: leader
                .isr
                .wanted()
                .into_iter()
                .map(|id| (id, epoch_of(id)))
                .collect(),
            leader_recovery_state: LeaderRecoveryState::Recovered,
        });
        let asked = Asked::AlterPartition(partition.clone(), leader_epoch, partition_epoch);
        let timeout = CONTROLLER_REQUEST_TIMEOUT;
        self.ask_because(NodeId::Controller, (request, asked), wish, timeout, cx);
    }

    /// Takes the controller's answer. `base` is the leader and partition epoch that the wish was
    /// based on: an answer to one that is no longer pending says nothing new.
    ///
    /// Kafka 4.3.1: `Partition#handleAlterPartitionUpdate`, `#handleAlterPartitionError`.
    #[inline(never)]
    pub fn on_alter_partition_response(
        &mut self,
        partition: &TopicPartition,
        base: (LeaderEpoch, PartitionEpoch),
        result: &Result<AlteredPartition, ErrorCode>,
        cx: &mut Context<'_>,
    ) {
        if !self.is_wish_pending(partition, base) {
            return;
        }
        let Some(leader) = self.process.leader_mut(partition) else {
            return;
        };
        match result {
            Ok(altered) if altered.leader_epoch != leader.leader_epoch => {}
            Ok(altered) => {
                leader.isr = IsrState::Committed(altered.isr.clone());
                leader.leader_recovery_state = altered.leader_recovery_state;
                leader.partition_epoch = altered.partition_epoch;
                self.advance_high_watermark(partition, None, cx);
            }
            Err(ErrorCode::IneligibleReplica) => leader.give_up_proposal(),
            // The state here is old: new metadata is on its way.
            Err(
                ErrorCode::UnknownTopicOrPartition
                | ErrorCode::UnknownTopicId
                | ErrorCode::FencedLeaderEpoch
                | ErrorCode::InvalidUpdateVersion
                | ErrorCode::InvalidRequest
                | ErrorCode::NewLeaderElected,
            ) => {}
            Err(_) => self.retry_alter_partition(partition.clone(), cx),
        }
    }

    /// Sends a wish again in a moment: it got no answer, or one that may change.
    pub fn retry_alter_partition(&mut self, partition: TopicPartition, cx: &mut Context<'_>) {
        self.process.alter_partition_retries.insert(partition);
        cx.set_timer(
            Timer::Broker(BrokerTimer::AlterPartitionRetry),
            ALTER_PARTITION_RETRY,
        );
    }

    /// Sends the wishes that are still pending again.
    #[inline(never)]
    pub fn on_alter_partition_retry(&mut self, cx: &mut Context<'_>) {
        for partition in std::mem::take(&mut self.process.alter_partition_retries) {
            let leader = self.process.leader(&partition);
            if leader.is_some_and(|leader| leader.isr.is_in_flight()) {
                self.ask_for_isr(&partition, &[], cx);
            }
        }
    }

    fn is_wish_pending(
        &self,
        partition: &TopicPartition,
        base: (LeaderEpoch, PartitionEpoch),
    ) -> bool {
        self.process.leader(partition).is_some_and(|leader| {
            leader.isr.is_in_flight() && (leader.leader_epoch, leader.partition_epoch) == base
        })
    }
}

/// `controller.quorum.request.timeout.ms` is 2 s, but what is asked of the controller is waited
/// for as long as for any broker: `request.timeout.ms`.
///
/// Kafka 4.3.1: `NodeToControllerChannelManager`.
pub(super) const CONTROLLER_REQUEST_TIMEOUT: SimDuration = SimDuration::from_secs(30);

/// How long a wish waits before it is sent again.
///
/// Kafka 4.3.1: `DefaultAlterPartitionManager` schedules the retry after 50 ms.
const ALTER_PARTITION_RETRY: SimDuration = SimDuration::from_millis(50);
