//! What the leader of a partition knows about its followers, and what follows from it: the high
//! watermark, and who is in sync. Values in, values out.
//!
//! ```text
//!   leader's log     0 1 2 3 4 5 6     log end 7
//!   follower A       0 1 2 3 4         fetched from 5: has everything below
//!   follower B       0 1 2             fetched from 3
//!   high watermark   3 while B is in sync, 5 once B has left the ISR
//! ```
//!
//! Kafka 4.3.1: `Partition.scala`, `Replica`, `PartitionState` (KIP-497, KIP-903, KIP-966).

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{BrokerEpoch, BrokerId, EventId, LeaderEpoch, Offset, PartitionEpoch};
use crate::kafka::metadata::{LeaderRecoveryState, MetadataImage, PartitionRegistration};
use crate::kafka::time::{SimDuration, SimTime};
use crate::sorted::SortedMap;

/// The in-sync replicas, and what the leader has asked the controller to make of them.
///
/// Kafka 4.3.1: `PartitionState`: `CommittedPartitionState`, `PendingExpandIsr`,
/// `PendingShrinkIsr`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum IsrState {
    /// As the controller has it; nothing is asked for.
    Committed(Vec<BrokerId>),
    /// Asked to take `joining` in. Until the answer `joining` holds the high watermark back
    /// already, but does not yet count for the minimum.
    PendingExpansion {
        /// As the controller has it.
        committed: Vec<BrokerId>,
        /// Who shall come in.
        joining: BrokerId,
    },
    /// Asked to take `leaving` out. Until the answer they still hold the high watermark back.
    PendingShrink {
        /// As the controller has it.
        committed: Vec<BrokerId>,
        /// Who shall go.
        leaving: Vec<BrokerId>,
    },
}

impl IsrState {
    /// The ISR as the controller has it.
    pub fn committed(&self) -> &[BrokerId] {
        match self {
            IsrState::Committed(isr)
            | IsrState::PendingExpansion { committed: isr, .. }
            | IsrState::PendingShrink { committed: isr, .. } => isr,
        }
    }

    /// Whether `broker` is in the largest set that the ISR may be right now.
    ///
    /// Kafka 4.3.1: `PartitionState#maximalIsr`, KIP-497.
    pub fn is_in_maximal(&self, broker: BrokerId) -> bool {
        self.committed().contains(&broker)
            || matches!(self, IsrState::PendingExpansion { joining, .. } if *joining == broker)
    }

    /// The size of that set.
    pub fn maximal_size(&self) -> usize {
        let joining = usize::from(matches!(self, IsrState::PendingExpansion { .. }));
        self.committed().len() + joining
    }

    /// Whether a change waits for the controller.
    pub fn is_in_flight(&self) -> bool {
        !matches!(self, IsrState::Committed(_))
    }

    /// The ISR that the leader wants.
    pub fn wanted(&self) -> Vec<BrokerId> {
        match self {
            IsrState::Committed(isr) => isr.clone(),
            IsrState::PendingExpansion { committed, joining } => {
                committed.iter().copied().chain([*joining]).collect()
            }
            IsrState::PendingShrink { committed, leaving } => committed
                .iter()
                .copied()
                .filter(|id| !leaving.contains(id))
                .collect(),
        }
    }
}

/// A follower as its leader sees it, from its fetches.
///
/// Kafka 4.3.1: `ReplicaState`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FollowerState {
    /// The offset of its last fetch: it has everything below. `None` until its first fetch.
    pub log_end_offset: Option<Offset>,
    /// The first offset of its log, as told by its last fetch.
    pub log_start_offset: Option<Offset>,
    /// When it last had all that the leader had. `None` means never.
    pub last_caught_up: Option<SimTime>,
    /// Its incarnation, as told by its last fetch.
    pub broker_epoch: Option<BrokerEpoch>,
    /// The arrival of its last fetch.
    pub last_fetch_event: Option<EventId>,
    last_fetch: Option<(SimTime, Offset)>,
}

impl FollowerState {
    /// Whether it has all the leader has, or had so not longer than `lag_time_max` ago.
    ///
    /// Kafka 4.3.1: `ReplicaState#isCaughtUp`.
    fn is_caught_up(&self, around: &Surroundings<'_>) -> bool {
        self.log_end_offset == Some(around.log_end_offset)
            || self
                .last_caught_up
                .is_some_and(|at| around.now.since(at) <= around.replica_lag_time_max)
    }

    fn fetched(&mut self, fetch: &FollowerFetch, leader_log_end_offset: Offset) {
        if fetch.fetch_offset >= leader_log_end_offset {
            self.last_caught_up = self.last_caught_up.max(Some(fetch.at));
        } else if let Some((at, log_end_offset_then)) = self.last_fetch
            && fetch.fetch_offset >= log_end_offset_then
        {
            self.last_caught_up = self.last_caught_up.max(Some(at));
        }
        self.last_fetch = Some((fetch.at, leader_log_end_offset));
        self.log_end_offset = Some(fetch.fetch_offset);
        self.log_start_offset = fetch.log_start_offset;
        self.broker_epoch = Some(fetch.broker_epoch);
        self.last_fetch_event = Some(fetch.event);
    }
}

/// A follower's fetch, as far as it says something about the follower.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowerFetch {
    /// Who.
    pub broker: BrokerId,
    /// Its incarnation.
    pub broker_epoch: BrokerEpoch,
    /// The first offset it lacks.
    pub fetch_offset: Offset,
    /// Its log start.
    pub log_start_offset: Option<Offset>,
    /// When the fetch came.
    pub at: SimTime,
    /// Its arrival.
    pub event: EventId,
}

/// What the leader's decisions depend on besides its own state.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The end of the leader's log.
    pub log_end_offset: Offset,
    /// The high watermark.
    pub high_watermark: Offset,
    /// The present.
    pub now: SimTime,
    /// `replica.lag.time.max.ms`.
    pub replica_lag_time_max: SimDuration,
    /// `min.insync.replicas`.
    pub min_insync_replicas: u32,
    /// Who lives, as far as the leader's broker knows.
    pub metadata: &'a MetadataImage,
}

/// The leader of a partition.
///
/// Kafka 4.3.1: `Partition.scala` in the role of the leader.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartitionLeader {
    /// Its broker.
    pub id: BrokerId,
    /// Its epoch.
    pub leader_epoch: LeaderEpoch,
    /// The registration on which its wishes are based.
    pub partition_epoch: PartitionEpoch,
    /// Where its epoch starts in the log.
    pub epoch_start_offset: Offset,
    /// How many replicas the partition has, this one included.
    pub replica_count: u32,
    /// The in-sync replicas.
    pub isr: IsrState,
    /// Whether an unclean election still waits to be reported as recovered.
    pub leader_recovery_state: LeaderRecoveryState,
    /// The other replicas.
    pub followers: SortedMap<BrokerId, FollowerState>,
    /// Appends above the high watermark: the offset after each, and its event.
    unreplicated: VecDeque<(Offset, EventId)>,
}

impl PartitionLeader {
    /// A leader of the epoch in `registration`, with a log that ends at `log_end_offset`.
    ///
    /// Its in-sync followers count as caught up right now, so that they get their full
    /// `replica.lag.time.max.ms` to show themselves; how far they are it doesn't know.
    ///
    /// Kafka 4.3.1: `Partition#makeLeader`, `Replica#resetReplicaState`.
    pub fn new(
        id: BrokerId,
        registration: &PartitionRegistration,
        log_end_offset: Offset,
        now: SimTime,
    ) -> PartitionLeader {
        let mut leader = PartitionLeader {
            id,
            leader_epoch: registration.leader_epoch,
            partition_epoch: registration.partition_epoch,
            epoch_start_offset: log_end_offset,
            replica_count: 0,
            isr: IsrState::Committed(Vec::new()),
            leader_recovery_state: registration.leader_recovery_state,
            followers: SortedMap::new(),
            unreplicated: VecDeque::new(),
        };
        leader.take_registration(registration);
        for (follower, state) in &mut leader.followers {
            state.last_caught_up = registration.isr.contains(follower).then_some(now);
        }
        leader
    }

    /// Begins another epoch under the same leader: what it knows of its followers' logs stays.
    ///
    /// Kafka 4.3.1: `Partition#makeLeader` with `isNewLeader` false.
    pub fn begin_epoch(
        &mut self,
        registration: &PartitionRegistration,
        log_end_offset: Offset,
        now: SimTime,
    ) {
        self.take_registration(registration);
        self.leader_epoch = registration.leader_epoch;
        self.epoch_start_offset = log_end_offset;
        for (follower, state) in &mut self.followers {
            let is_in_sync = registration.isr.contains(follower);
            state.last_caught_up = is_in_sync.then_some(now);
            state.last_fetch = is_in_sync.then_some((now, log_end_offset));
        }
    }

    /// Takes over what the controller decided about replicas and ISR. A pending wish is over.
    ///
    /// Kafka 4.3.1: `Partition#updateAssignmentAndIsr`.
    pub fn take_registration(&mut self, registration: &PartitionRegistration) {
        self.partition_epoch = registration.partition_epoch;
        self.leader_recovery_state = registration.leader_recovery_state;
        self.isr = IsrState::Committed(registration.isr.clone());
        self.replica_count = u32::try_from(registration.replicas.len()).unwrap_or(u32::MAX);
        self.followers
            .retain(|id, _| registration.replicas.contains(id));
        for replica in &registration.replicas {
            if *replica != self.id {
                self.followers.entry(*replica).or_default();
            }
        }
    }

    /// Notes an append that ends before `next_offset`, to be named when it is replicated.
    pub fn appended(&mut self, next_offset: Offset, event: EventId) {
        self.unreplicated.push_back((next_offset, event));
    }

    /// The appends that a high watermark of `to` completes. They are forgotten.
    pub fn take_appends_below(&mut self, to: Offset) -> Vec<EventId> {
        let mut events = Vec::new();
        while let Some((next_offset, event)) = self.unreplicated.front()
            && *next_offset <= to
        {
            events.push(*event);
            self.unreplicated.pop_front();
        }
        events
    }

    /// The appends beyond the high watermark that wrote the records from `offset` on.
    pub fn appends_from(&self, offset: Offset) -> impl Iterator<Item = EventId> {
        let later = move |(next_offset, _): &&(Offset, EventId)| *next_offset > offset;
        self.unreplicated
            .iter()
            .filter(later)
            .map(|(_, event)| *event)
    }

    /// Learns from a follower's fetch. Returns whether the follower's log end moved.
    ///
    /// Kafka 4.3.1: `Replica#updateFetchStateOrThrow`.
    pub fn on_follower_fetch(&mut self, fetch: &FollowerFetch, log_end_offset: Offset) -> bool {
        let Some(follower) = self.followers.get_mut(&fetch.broker) else {
            return false;
        };
        let before = follower.log_end_offset;
        follower.fetched(fetch, log_end_offset);
        before != follower.log_end_offset
    }

    /// How many replicas have to be in sync for acks=all and for the high watermark to move.
    ///
    /// Kafka 4.3.1: `Partition#effectiveMinIsr`.
    pub fn effective_min_isr(&self, min_insync_replicas: u32) -> u32 {
        min_insync_replicas.min(self.replica_count)
    }

    /// Whether the committed ISR is too small.
    ///
    /// Kafka 4.3.1: `Partition#isUnderMinIsr`.
    pub fn is_under_min_isr(&self, min_insync_replicas: u32) -> bool {
        (self.isr.committed().len() as u64) < u64::from(self.effective_min_isr(min_insync_replicas))
    }

    /// The high watermark as it ought to be now, if that is higher than it is: the smallest log
    /// end among the replicas that count. These are the maximal ISR, and caught-up replicas that
    /// are about to join it. Nothing moves under the minimum ISR.
    ///
    /// Kafka 4.3.1: `Partition#maybeIncrementLeaderHW`; KIP-497, KIP-966.
    pub fn next_high_watermark(&self, around: &Surroundings<'_>) -> Option<Offset> {
        if self.is_under_min_isr(around.min_insync_replicas) {
            return None;
        }
        let mut high_watermark = around.log_end_offset;
        for (id, follower) in &self.followers {
            let counts = self.isr.is_in_maximal(*id)
                || (follower.is_caught_up(around) && self.is_eligible(*id, around));
            if counts {
                high_watermark = high_watermark.min(follower.log_end_offset?);
            }
        }
        (high_watermark > around.high_watermark).then_some(high_watermark)
    }

    /// Whether `broker` should be asked into the ISR: it has reached the high watermark and the
    /// start of this leader's epoch, may be in ISRs, and no other change is under way.
    ///
    /// Kafka 4.3.1: `Partition#maybeExpandIsr`, `#isFollowerInSync`.
    pub fn may_join_isr(&self, broker: BrokerId, around: &Surroundings<'_>) -> bool {
        let Some(follower) = self.followers.get(&broker) else {
            return false;
        };
        let is_in_sync = follower.log_end_offset.is_some_and(|log_end_offset| {
            log_end_offset >= around.high_watermark && log_end_offset >= self.epoch_start_offset
        });
        is_in_sync
            && !self.isr.is_in_flight()
            && !self.isr.committed().contains(&broker)
            && self.is_eligible(broker, around)
    }

    /// The in-sync followers that have not been caught up for too long. None while a change is
    /// under way.
    ///
    /// Kafka 4.3.1: `Partition#getOutOfSyncReplicas`.
    pub fn lagging_followers(&self, around: &Surroundings<'_>) -> Vec<BrokerId> {
        if self.isr.is_in_flight() {
            return Vec::new();
        }
        let lags = |id: &BrokerId| {
            self.followers
                .get(id)
                .is_none_or(|follower| !follower.is_caught_up(around))
        };
        self.isr
            .committed()
            .iter()
            .copied()
            .filter(|id| *id != self.id && lags(id))
            .collect()
    }

    /// Wants `joining` in the ISR.
    pub fn propose_expansion(&mut self, joining: BrokerId) {
        let committed = self.isr.committed().to_vec();
        self.isr = IsrState::PendingExpansion { committed, joining };
    }

    /// Wants `leaving` out of the ISR.
    pub fn propose_shrink(&mut self, leaving: Vec<BrokerId>) {
        let committed = self.isr.committed().to_vec();
        self.isr = IsrState::PendingShrink { committed, leaving };
    }

    /// Goes back to the committed ISR: the controller can't do what was asked.
    pub fn give_up_proposal(&mut self) {
        self.isr = IsrState::Committed(self.isr.committed().to_vec());
    }

    /// The in-sync followers that don't have everything below `offset` yet.
    pub fn missing_below(&self, offset: Offset) -> Vec<BrokerId> {
        let lacks = |id: &BrokerId| {
            self.followers
                .get(id)
                .is_some_and(|follower| follower.log_end_offset.is_none_or(|end| end < offset))
        };
        self.isr.committed().iter().copied().filter(lacks).collect()
    }

    /// Whether `broker` may be in an ISR: unfenced, not shutting down, and still the incarnation
    /// that fetched (KIP-841, KIP-903).
    ///
    /// Kafka 4.3.1: `Partition#isReplicaIsrEligible`.
    fn is_eligible(&self, broker: BrokerId, around: &Surroundings<'_>) -> bool {
        let Some(registration) = around.metadata.brokers.get(&broker) else {
            return false;
        };
        let fetched_as = self
            .followers
            .get(&broker)
            .and_then(|follower| follower.broker_epoch);
        registration.is_active()
            && fetched_as.is_none_or(|epoch| epoch == registration.broker_epoch)
    }
}

#[cfg(test)]
#[path = "partition_leader_tests.rs"]
mod tests;
