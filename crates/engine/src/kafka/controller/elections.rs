//! Elections by request, back to preferred leaders, and the periodic look at leaderless partitions.
//!
//! Kafka 4.3.1: `ReplicationControlManager`.

use crate::kafka::controller::Controller;
use crate::kafka::controller::decision::Decision;
use crate::kafka::controller::partition_change::Election;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::TopicPartition;
use crate::kafka::message::{ApiError, ElectLeadersRequest, ElectLeadersResponse, ElectionType};
use crate::kafka::metadata::PartitionRegistration;
use crate::kafka::node::Context;

/// How many elections a periodic task holds at once.
///
/// Kafka 4.3.1: `ReplicationControlManager.MAX_ELECTIONS_PER_IMBALANCE`.
const MAX_ELECTIONS_PER_IMBALANCE: usize = 1000;

impl Controller {
    /// Holds the elections that were asked for.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#electLeaders`.
    #[inline(never)]
    pub(super) fn elect_leaders(
        &mut self,
        request: &ElectLeadersRequest,
        cx: &mut Context<'_>,
    ) -> ElectLeadersResponse {
        let is_for_all = request.partitions.is_none();
        let asked = match &request.partitions {
            Some(partitions) => partitions.clone(),
            None => self.image.partitions().map(|(id, _)| id).collect(),
        };
        let mut partitions = Vec::new();
        for partition in asked {
            let error = match self.decide_election(&partition, request.election_type) {
                Ok(decision) => {
                    self.commit(vec![decision], None, cx);
                    None
                }
                Err(error) => Some(error),
            };
            let is_needless = |error: &ApiError| error.code == ErrorCode::ElectionNotNeeded;
            if !is_for_all || !error.as_ref().is_some_and(is_needless) {
                partitions.push((partition, error));
            }
        }
        ElectLeadersResponse { partitions }
    }

    /// Makes preferred replicas leaders again where they can be. Returns whether there may be more.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#maybeBalancePartitionLeaders`.
    #[inline(never)]
    pub(super) fn balance_partition_leaders(&mut self, cx: &mut Context<'_>) -> bool {
        let imbalanced = |partition: &PartitionRegistration| !has_preferred_leader(partition);
        let decisions = self.decide_elections(ElectionType::Preferred, imbalanced);
        self.hold(decisions, cx)
    }

    /// Elects any live replica for leaderless partitions whose topic allows that. Returns whether
    /// there may be more.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#maybeElectUncleanLeaders`.
    #[inline(never)]
    pub(super) fn elect_unclean_leaders(&mut self, cx: &mut Context<'_>) -> bool {
        let leaderless = |partition: &PartitionRegistration| partition.leader.is_none();
        let mut decisions = self.decide_elections(ElectionType::Unclean, leaderless);
        decisions.retain(|(partition, _)| {
            self.settings(&partition.topic)
                .is_unclean_leader_election_enabled()
        });
        self.hold(decisions, cx)
    }

    fn decide_elections(
        &self,
        election_type: ElectionType,
        concerns: impl Fn(&PartitionRegistration) -> bool,
    ) -> Vec<(TopicPartition, Decision)> {
        let concerned = self.image.partitions().filter(|(_, r)| concerns(r));
        concerned
            .filter_map(|(partition, registration)| {
                let decision =
                    self.decide_change_of_leader(&partition, registration, election_type)?;
                Some((partition, decision))
            })
            .collect()
    }

    fn hold(&mut self, elections: Vec<(TopicPartition, Decision)>, cx: &mut Context<'_>) -> bool {
        let has_more = elections.len() >= MAX_ELECTIONS_PER_IMBALANCE;
        let decisions = elections.into_iter().map(|(_, decision)| decision);
        let decisions = decisions.take(MAX_ELECTIONS_PER_IMBALANCE).collect();
        self.commit(decisions, None, cx);
        has_more
    }

    /// Kafka 4.3.1: `ReplicationControlManager#electLeader`.
    fn decide_election(
        &self,
        partition: &TopicPartition,
        election_type: ElectionType,
    ) -> Result<Decision, ApiError> {
        let unknown = |what: String| ApiError {
            code: ErrorCode::UnknownTopicOrPartition,
            message: Some(format!("No such {what}")),
        };
        let plain = |code| ApiError {
            code,
            message: None,
        };
        if !self.image.topics.contains_key(&partition.topic) {
            return Err(unknown(format!("topic as {}", partition.topic)));
        }
        let registration = self
            .image
            .partition(partition)
            .ok_or_else(|| unknown(format!("partition as {partition}")))?;
        let (is_needless, unavailable) = match election_type {
            ElectionType::Preferred => (
                has_preferred_leader(registration),
                ErrorCode::PreferredLeaderNotAvailable,
            ),
            ElectionType::Unclean => (
                registration.leader.is_some(),
                ErrorCode::EligibleLeadersNotAvailable,
            ),
        };
        if is_needless {
            return Err(plain(ErrorCode::ElectionNotNeeded));
        }
        self.decide_change_of_leader(partition, registration, election_type)
            .ok_or_else(|| plain(unavailable))
    }

    fn decide_change_of_leader(
        &self,
        partition: &TopicPartition,
        registration: &PartitionRegistration,
        election_type: ElectionType,
    ) -> Option<Decision> {
        let liveness = |broker| self.liveness(broker);
        let election = match election_type {
            ElectionType::Preferred => Election::Preferred,
            ElectionType::Unclean => Election::Unclean,
        };
        let change = self
            .change_builder(&partition.topic, registration, &liveness)
            .election(election)
            .build()?;
        Some(Decision::partition_change(
            partition.clone(),
            registration,
            change,
        ))
    }
}

/// Kafka 4.3.1: `PartitionRegistration#hasPreferredLeader`.
fn has_preferred_leader(registration: &PartitionRegistration) -> bool {
    registration.leader.is_some() && registration.leader == registration.replicas.first().copied()
}
