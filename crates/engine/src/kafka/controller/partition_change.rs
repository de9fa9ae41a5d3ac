//! Who may lead a partition, and what its registration becomes when replicas come and go.
//!
//! Kafka 4.3.1: `PartitionChangeBuilder`, KIP-966 (eligible leader replicas).
//! Simplified: no reassignment, one log directory a broker.

use crate::kafka::event::{Candidate, ElectionKind};
use crate::kafka::ids::{BrokerId, LeaderEpoch, PartitionEpoch};
use crate::kafka::metadata::{LeaderRecoveryState, PartitionRegistration};
use crate::sorted::SortedSet;

/// Whether a broker may lead, as an election sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liveness {
    /// Unfenced and not shutting down.
    Active,
    /// Fenced, or not registered.
    Fenced,
    /// In its controlled shutdown.
    ShuttingDown,
}

/// What sort of leader is looked for.
///
/// Kafka 4.3.1: `PartitionChangeBuilder.Election`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Election {
    /// The first replica of the assignment if it may lead; else as `Online`.
    Preferred,
    /// The present leader if it may stay; else the first replica in assignment order that may lead.
    Online,
    /// As `Online`; else any live replica.
    Unclean,
}

/// Who was elected.
///
/// Kafka 4.3.1: `PartitionChangeBuilder.ElectionResult`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ElectionResult {
    /// The leader; none if nobody may lead.
    pub leader: Option<BrokerId>,
    /// By which rule.
    pub kind: ElectionKind,
}

impl ElectionResult {
    /// Whether the leader may lack committed records.
    pub fn is_unclean(&self) -> bool {
        matches!(
            self.kind,
            ElectionKind::Unclean | ElectionKind::LastKnownLeader
        )
    }
}

/// A partition's new registration, and the election if the leader changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartitionChange {
    /// The whole new registration.
    pub registration: PartitionRegistration,
    /// How the new leader was found, with the verdict on each replica in assignment order.
    pub election: Option<(ElectionKind, Vec<(BrokerId, Candidate)>)>,
}

/// Works out the next registration of one partition.
///
/// Kafka 4.3.1: `PartitionChangeBuilder`.
pub struct PartitionChangeBuilder<'a> {
    partition: &'a PartitionRegistration,
    liveness: &'a dyn Fn(BrokerId) -> Liveness,
    min_isr: usize,
    is_elr_enabled: bool,
    election: Election,
    target_isr: Vec<BrokerId>,
    target_elr: Vec<BrokerId>,
    target_recovery_state: LeaderRecoveryState,
    unclean_shutdown: Option<BrokerId>,
}

impl<'a> PartitionChangeBuilder<'a> {
    /// Starts from `partition`, whose effective `min.insync.replicas` is `min_isr`.
    pub fn new(
        partition: &'a PartitionRegistration,
        liveness: &'a dyn Fn(BrokerId) -> Liveness,
        min_isr: usize,
        is_elr_enabled: bool,
    ) -> PartitionChangeBuilder<'a> {
        PartitionChangeBuilder {
            partition,
            liveness,
            min_isr,
            is_elr_enabled,
            election: Election::Online,
            target_isr: partition.isr.clone(),
            target_elr: partition.elr.clone(),
            target_recovery_state: partition.leader_recovery_state,
            unclean_shutdown: None,
        }
    }

    /// Looks for this sort of leader.
    pub fn election(mut self, election: Election) -> Self {
        self.election = election;
        self
    }

    /// Makes this the ISR.
    pub fn target_isr(mut self, isr: Vec<BrokerId>) -> Self {
        self.target_isr = isr;
        self
    }

    /// Makes this the leader's recovery state.
    pub fn target_recovery_state(mut self, state: LeaderRecoveryState) -> Self {
        self.target_recovery_state = state;
        self
    }

    /// Keeps `broker`, which went down uncleanly, out of the eligible leader replicas.
    pub fn unclean_shutdown(mut self, broker: BrokerId) -> Self {
        self.unclean_shutdown = Some(broker);
        self
    }

    /// Who would lead with the targets as they are.
    ///
    /// Kafka 4.3.1: `PartitionChangeBuilder#electLeader`.
    pub fn elect_leader(&self) -> ElectionResult {
        let elected = |leader, kind| ElectionResult {
            leader: Some(leader),
            kind,
        };
        let replicas = &self.partition.replicas;
        let preferred = replicas.first().copied();
        let first_choice = match self.election {
            Election::Preferred => [preferred, self.partition.leader],
            Election::Online | Election::Unclean => [self.partition.leader, None],
        };
        let valid = first_choice
            .into_iter()
            .flatten()
            .chain(replicas.iter().copied())
            .find(|replica| self.is_valid_new_leader(*replica));
        if let Some(leader) = valid {
            let is_preferred = self.election == Election::Preferred && valid == preferred;
            return elected(
                leader,
                if is_preferred {
                    ElectionKind::Preferred
                } else {
                    ElectionKind::Clean
                },
            );
        }
        if let Some(leader) = self.electable_last_known_leader() {
            return elected(leader, ElectionKind::LastKnownLeader);
        }
        if self.election == Election::Unclean {
            let live = replicas.iter().find(|replica| self.is_active(**replica));
            if let Some(leader) = live {
                return elected(*leader, ElectionKind::Unclean);
            }
        }
        ElectionResult {
            leader: None,
            kind: ElectionKind::NoLeader,
        }
    }

    /// The next registration; nothing if nothing changes.
    ///
    /// Kafka 4.3.1: `PartitionChangeBuilder#build`.
    pub fn build(mut self) -> Option<PartitionChange> {
        self.populate_target_elr();
        let result = self.elect_leader();
        let candidates = self.candidates(result.leader);
        let is_leader_changed = result.leader != self.partition.leader;
        let is_unclean = is_leader_changed && result.is_unclean();
        let mut next = self.partition.clone();
        if is_leader_changed {
            self.take_leader_out_of_elr(result.leader);
            next.leader = result.leader;
            next.leader_epoch = LeaderEpoch(self.partition.leader_epoch.0.saturating_add(1));
        }
        next.elr = if is_unclean || !self.is_elr_enabled {
            Vec::new()
        } else {
            self.target_elr.clone()
        };
        next.leader_recovery_state = self.target_recovery_state;
        if let (true, Some(leader)) = (is_unclean, result.leader) {
            next.isr = vec![leader];
            next.leader_recovery_state = LeaderRecoveryState::Recovering;
        } else if !self.target_isr.is_empty() || self.is_elr_enabled {
            next.isr = self.target_isr.clone();
        }
        if self.is_elr_enabled && is_leader_changed {
            self.update_last_known_leader(&mut next);
        }
        if next == *self.partition {
            return None;
        }
        next.partition_epoch = PartitionEpoch(self.partition.partition_epoch.0.saturating_add(1));
        Some(PartitionChange {
            registration: next,
            election: is_leader_changed.then_some((result.kind, candidates)),
        })
    }

    fn is_active(&self, broker: BrokerId) -> bool {
        (self.liveness)(broker) == Liveness::Active
    }

    /// Kafka 4.3.1: `PartitionChangeBuilder#isValidNewLeader`, without the liveness.
    fn is_in_sync(&self, broker: BrokerId) -> bool {
        self.target_isr.contains(&broker)
            || (self.target_isr.is_empty() && self.target_elr.contains(&broker))
    }

    fn is_valid_new_leader(&self, broker: BrokerId) -> bool {
        self.is_in_sync(broker) && self.is_active(broker)
    }

    /// Kafka 4.3.1: `PartitionChangeBuilder#canElectLastKnownLeader`.
    fn electable_last_known_leader(&self) -> Option<BrokerId> {
        if !self.is_elr_enabled || !self.target_elr.is_empty() || !self.target_isr.is_empty() {
            return None;
        }
        match self.partition.last_known_elr.as_slice() {
            [leader] if self.is_active(*leader) => Some(*leader),
            _ => None,
        }
    }

    /// Who leaves the ISR while it is below its minimum holds everything below the high
    /// watermark, which could not move: it stays eligible.
    ///
    /// Kafka 4.3.1: `PartitionChangeBuilder#maybePopulateTargetElr`.
    fn populate_target_elr(&mut self) {
        if !self.is_elr_enabled {
            return;
        }
        if self.target_isr.len() >= self.min_isr {
            self.target_elr.clear();
            return;
        }
        let candidates: SortedSet<BrokerId> = self
            .target_elr
            .iter()
            .chain(&self.partition.isr)
            .copied()
            .collect();
        self.target_elr = candidates
            .into_iter()
            .filter(|broker| !self.target_isr.contains(broker))
            .filter(|broker| self.unclean_shutdown != Some(*broker))
            .collect();
    }

    fn take_leader_out_of_elr(&mut self, leader: Option<BrokerId>) {
        let Some(leader) = leader.filter(|leader| self.target_elr.contains(leader)) else {
            return;
        };
        self.target_isr = vec![leader];
        self.target_elr.retain(|broker| *broker != leader);
    }

    /// Kafka 4.3.1: `PartitionChangeBuilder#maybeUpdateLastKnownLeader`.
    fn update_last_known_leader(&self, next: &mut PartitionRegistration) {
        if next.leader.is_some() {
            next.last_known_elr.clear();
        } else if next.last_known_elr.is_empty() {
            next.last_known_elr = self.partition.leader.into_iter().collect();
        }
    }

    fn candidates(&self, leader: Option<BrokerId>) -> Vec<(BrokerId, Candidate)> {
        let verdict = |broker: BrokerId| {
            if Some(broker) == leader {
                return Candidate::Chosen;
            }
            match (self.liveness)(broker) {
                Liveness::Fenced => Candidate::Fenced,
                Liveness::ShuttingDown => Candidate::ShuttingDown,
                Liveness::Active if self.is_in_sync(broker) => Candidate::NotReached,
                Liveness::Active => Candidate::NotInSync,
            }
        };
        let replicas = &self.partition.replicas;
        replicas.iter().map(|id| (*id, verdict(*id))).collect()
    }
}
