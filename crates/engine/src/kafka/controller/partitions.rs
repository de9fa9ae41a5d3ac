//! Leaders and ISRs: what a broker's coming or going does to them, and what leaders may ask for.
//!
//! Kafka 4.3.1: `ReplicationControlManager`; KIP-497, KIP-841, KIP-903.

use crate::kafka::config::topic::TopicSettings;
use crate::kafka::controller::Controller;
use crate::kafka::controller::decision::Decision;
use crate::kafka::controller::partition_change::{Election, Liveness, PartitionChangeBuilder};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerEpoch, BrokerId, TopicName, TopicPartition};
use crate::kafka::message::{AlterPartitionRequest, AlterPartitionResponse, AlteredPartition};
use crate::kafka::metadata::{LeaderRecoveryState, PartitionRegistration};
use crate::kafka::node::Context;
use crate::sorted::SortedSet;

/// What becomes of a broker, while its registration still says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BrokerChange {
    removed: Option<(BrokerId, Liveness)>,
    added: Option<BrokerId>,
    unclean_shutdown: Option<BrokerId>,
}

impl BrokerChange {
    const NONE: BrokerChange = BrokerChange {
        removed: None,
        added: None,
        unclean_shutdown: None,
    };

    /// The broker goes; `as_seen` says how elections find it.
    pub fn removed(broker: BrokerId, as_seen: Liveness) -> BrokerChange {
        BrokerChange {
            removed: Some((broker, as_seen)),
            ..BrokerChange::NONE
        }
    }

    /// The broker comes.
    pub fn added(broker: BrokerId) -> BrokerChange {
        BrokerChange {
            added: Some(broker),
            ..BrokerChange::NONE
        }
    }

    /// The broker went down without noting that its disk is complete.
    pub fn unclean_shutdown(broker: BrokerId) -> BrokerChange {
        BrokerChange {
            unclean_shutdown: Some(broker),
            ..BrokerChange::NONE
        }
    }
}

impl Controller {
    /// New leaders and ISRs for the partitions that `concerns` picks, after `change`.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#generateLeaderAndIsrUpdates`.
    /// Simplified: in the order of topic names, not of random topic ids.
    pub(super) fn decide_leaders_and_isrs(
        &self,
        change: &BrokerChange,
        concerns: impl Fn(&PartitionRegistration) -> bool,
    ) -> Vec<Decision> {
        let liveness = |broker| match change {
            BrokerChange {
                removed: Some((removed, as_seen)),
                ..
            } if *removed == broker => *as_seen,
            change if change.unclean_shutdown == Some(broker) => Liveness::Fenced,
            change if change.added == Some(broker) => Liveness::Active,
            _ => self.liveness(broker),
        };
        let leaves = |broker: BrokerId| {
            change.removed.map(|(removed, _)| removed) == Some(broker)
                || change.unclean_shutdown == Some(broker)
        };
        let mut decisions = Vec::new();
        for (partition, registration) in self.image.partitions() {
            if !concerns(registration) {
                continue;
            }
            let isr = registration.isr.iter().copied();
            let mut builder = self
                .change_builder(&partition.topic, registration, &liveness)
                .target_isr(isr.filter(|broker| !leaves(*broker)).collect());
            if self
                .settings(&partition.topic)
                .is_unclean_leader_election_enabled()
            {
                builder = builder.election(Election::Unclean);
            }
            if let Some(broker) = change.unclean_shutdown {
                builder = builder.unclean_shutdown(broker);
            }
            if let Some(change) = builder.build() {
                decisions.push(Decision::partition_change(partition, registration, change));
            }
        }
        decisions
    }

    /// Takes a leader's wish for another ISR, or says why not.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#alterPartition`.
    #[inline(never)]
    pub(super) fn alter_partition(
        &mut self,
        request: &AlterPartitionRequest,
        cx: &mut Context<'_>,
    ) -> AlterPartitionResponse {
        let partition = request.partition.clone();
        let result = self.decide_alter_partition(request).and_then(|decision| {
            self.commit(decision.into_iter().collect(), None, cx);
            let altered = self.altered_partition(&partition);
            altered.ok_or(ErrorCode::UnknownTopicOrPartition)
        });
        if let Err(error) = result {
            let partition = partition.clone();
            cx.emit(KafkaEvent::AlterPartitionRefused { partition, error });
        }
        AlterPartitionResponse { partition, result }
    }

    fn decide_alter_partition(
        &self,
        request: &AlterPartitionRequest,
    ) -> Result<Option<Decision>, ErrorCode> {
        if !self.is_current_broker_epoch(request.broker, request.broker_epoch) {
            return Err(ErrorCode::StaleBrokerEpoch);
        }
        if !self.image.topics.contains_key(&request.partition.topic) {
            return Err(ErrorCode::UnknownTopicId);
        }
        let registration = self
            .image
            .partition(&request.partition)
            .ok_or(ErrorCode::UnknownTopicOrPartition)?;
        self.validate_alter_partition(request, registration)?;
        let topic = &request.partition.topic;
        let liveness = |broker| self.liveness(broker);
        let mut builder = self
            .change_builder(topic, registration, &liveness)
            .target_isr(request.new_isr.iter().map(|(broker, _)| *broker).collect())
            .target_recovery_state(request.leader_recovery_state);
        if self.settings(topic).is_unclean_leader_election_enabled() {
            builder = builder.election(Election::Unclean);
        }
        let change = builder.build();
        Ok(change.map(|change| {
            Decision::partition_change(request.partition.clone(), registration, change)
        }))
    }

    /// Kafka 4.3.1: `ReplicationControlManager#validateAlterPartitionData`; the order matters.
    fn validate_alter_partition(
        &self,
        request: &AlterPartitionRequest,
        registration: &PartitionRegistration,
    ) -> Result<(), ErrorCode> {
        if request.leader_epoch > registration.leader_epoch
            || request.partition_epoch > registration.partition_epoch
        {
            return Err(ErrorCode::NotController);
        }
        if request.leader_epoch < registration.leader_epoch {
            return Err(ErrorCode::FencedLeaderEpoch);
        }
        if registration.leader != Some(request.broker) {
            return Err(ErrorCode::InvalidRequest);
        }
        if request.partition_epoch < registration.partition_epoch {
            return Err(ErrorCode::InvalidUpdateVersion);
        }
        let new_isr: SortedSet<BrokerId> = request.new_isr.iter().map(|(id, _)| *id).collect();
        let has_leader = new_isr.contains(&request.broker);
        let is_unique = new_isr.len() == request.new_isr.len();
        let are_replicas = new_isr.iter().all(|id| registration.replicas.contains(id));
        if !is_unique || !are_replicas || !has_leader {
            return Err(ErrorCode::InvalidRequest);
        }
        let is_recovering = request.leader_recovery_state == LeaderRecoveryState::Recovering;
        let has_recovered = registration.leader_recovery_state == LeaderRecoveryState::Recovered;
        if is_recovering && (new_isr.len() > 1 || has_recovered) {
            return Err(ErrorCode::InvalidRequest);
        }
        let are_eligible = request
            .new_isr
            .iter()
            .all(|(broker, epoch)| self.is_eligible_for_isr(*broker, *epoch));
        if are_eligible {
            Ok(())
        } else {
            Err(ErrorCode::IneligibleReplica)
        }
    }

    /// Kafka 4.3.1: `ReplicationControlManager#ineligibleReplicasForIsr`, KIP-841, KIP-903.
    fn is_eligible_for_isr(&self, broker: BrokerId, epoch: BrokerEpoch) -> bool {
        let registration = self.image.brokers.get(&broker);
        registration.is_some_and(|r| r.is_active() && r.broker_epoch == epoch)
    }

    fn altered_partition(&self, partition: &TopicPartition) -> Option<AlteredPartition> {
        let registration = self.image.partition(partition)?;
        Some(AlteredPartition {
            leader: registration.leader,
            leader_epoch: registration.leader_epoch,
            isr: registration.isr.clone(),
            leader_recovery_state: registration.leader_recovery_state,
            partition_epoch: registration.partition_epoch,
        })
    }

    /// A builder for the next registration of a partition of `topic`.
    pub(super) fn change_builder<'a>(
        &self,
        topic: &TopicName,
        registration: &'a PartitionRegistration,
        liveness: &'a dyn Fn(BrokerId) -> Liveness,
    ) -> PartitionChangeBuilder<'a> {
        PartitionChangeBuilder::new(
            registration,
            liveness,
            self.effective_min_isr(topic, registration),
            self.config.is_eligible_leader_replicas_enabled,
        )
    }

    /// How an election finds the broker, by its registration.
    pub(super) fn liveness(&self, broker: BrokerId) -> Liveness {
        match self.image.brokers.get(&broker) {
            Some(registration) if registration.fenced => Liveness::Fenced,
            Some(registration) if registration.in_controlled_shutdown => Liveness::ShuttingDown,
            Some(_) => Liveness::Active,
            None => Liveness::Fenced,
        }
    }

    /// Whether the broker leads anything.
    ///
    /// Kafka 4.3.1: `BrokersToIsrs#hasLeaderships`.
    pub(super) fn has_leaderships(&self, broker: BrokerId) -> bool {
        let mut partitions = self.image.partitions();
        partitions.any(|(_, registration)| registration.leader == Some(broker))
    }

    /// The settings of `topic` as the controller sees them.
    pub(super) fn settings(&self, topic: &TopicName) -> TopicSettings<'_> {
        TopicSettings::of(&self.image, topic, None, &self.config)
    }

    /// `min.insync.replicas`, but not more than there are replicas.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#getTopicEffectiveMinIsr`.
    fn effective_min_isr(&self, topic: &TopicName, registration: &PartitionRegistration) -> usize {
        let set = self.settings(topic).min_insync_replicas();
        (set as usize).min(registration.replicas.len())
    }
}
