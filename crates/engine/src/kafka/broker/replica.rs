//! A replica in a broker's memory: its role and its high watermark; its log is on the disk. And
//! what of it can be looked at from outside.
//!
//! Kafka 4.3.1: `Partition.scala`.

use serde::{Deserialize, Serialize};

use crate::kafka::broker::disk::BrokerDisk;
use crate::kafka::broker::partition_follower::PartitionFollower;
use crate::kafka::broker::partition_leader::PartitionLeader;
use crate::kafka::broker::process::Process;
use crate::kafka::config::topic::TopicConfig;
use crate::kafka::ids::{BrokerId, EventId, LeaderEpoch, Offset, TopicPartition};
use crate::kafka::time::{SimDuration, SimTime};

/// A replica that this broker keeps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Replica {
    pub role: Role,
    /// Everything below is on all in-sync replicas, as far as this one knows.
    pub high_watermark: Offset,
    /// What last moved it.
    pub high_watermark_event: Option<EventId>,
    pub settings: TopicConfig,
}

/// What a replica does for its partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Role {
    Leader(PartitionLeader),
    Follower(PartitionFollower),
}

impl Replica {
    /// Its leader's part, if it leads.
    pub fn leader(&self) -> Option<&PartitionLeader> {
        match &self.role {
            Role::Leader(leader) => Some(leader),
            Role::Follower(_) => None,
        }
    }

    /// Its leader's part, to be changed.
    pub fn leader_mut(&mut self) -> Option<&mut PartitionLeader> {
        match &mut self.role {
            Role::Leader(leader) => Some(leader),
            Role::Follower(_) => None,
        }
    }

    /// Its follower's part, if it follows.
    pub fn follower(&self) -> Option<&PartitionFollower> {
        match &self.role {
            Role::Leader(_) => None,
            Role::Follower(follower) => Some(follower),
        }
    }

    /// The epoch it goes by.
    pub fn leader_epoch(&self) -> LeaderEpoch {
        match &self.role {
            Role::Leader(leader) => leader.leader_epoch,
            Role::Follower(follower) => follower.leader_epoch,
        }
    }

    /// Who leads, as far as it knows.
    pub fn leader_id(&self) -> Option<BrokerId> {
        match &self.role {
            Role::Leader(leader) => Some(leader.id),
            Role::Follower(follower) => follower.leader,
        }
    }
}

/// What a replica does for its partition, for looking at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplicaRole {
    /// It takes writes and serves fetches.
    Leader,
    /// It copies the leader's log.
    Follower,
}

/// A replica as it stands, for looking at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplicaState {
    /// Its role.
    pub role: ReplicaRole,
    /// Who leads, as far as it knows.
    pub leader: Option<BrokerId>,
    /// The epoch it goes by.
    pub leader_epoch: LeaderEpoch,
    /// Its high watermark.
    pub high_watermark: Offset,
    /// The first offset in its log.
    pub log_start_offset: Offset,
    /// The offset that its next record gets.
    pub log_end_offset: Offset,
    /// A leader's committed ISR; empty for a follower.
    pub isr: Vec<BrokerId>,
    /// The `min.insync.replicas` that holds for it.
    pub min_insync_replicas: u32,
    /// Whether a leader waits for the controller to change the ISR.
    pub is_isr_change_in_flight: bool,
    /// What a leader knows of its followers; empty for a follower.
    pub followers: Vec<FollowerProgress>,
    /// The acks=all requests that wait for this partition.
    pub waiting_produces: Vec<WaitingProduce>,
}

impl ReplicaState {
    /// For how long an in-sync follower has lacked something that this leader has; none for one
    /// that has all, or that is not in sync. Once it is longer than `replica.lag.time.max.ms`, the
    /// leader asks to take it out of the ISR.
    ///
    /// Kafka 4.3.1: `Partition#isFollowerOutOfSync`.
    pub fn lag_of(&self, broker: BrokerId, now: SimTime) -> Option<SimDuration> {
        let follower = self.in_sync_followers().find(|it| it.broker == broker)?;
        let lacks = follower.log_end_offset != Some(self.log_end_offset);
        let since = follower.last_caught_up.filter(|_| lacks)?;
        Some(now.since(since))
    }

    /// The in-sync followers that lack the record at `offset`, as far as this leader knows: its high
    /// watermark can't pass that before they have it or have left the ISR.
    ///
    /// Kafka 4.3.1: `Partition#maybeIncrementLeaderHW`.
    pub fn lacking(&self, offset: Offset) -> impl Iterator<Item = &FollowerProgress> {
        let lacks = move |it: &&FollowerProgress| it.log_end_offset.is_none_or(|end| end <= offset);
        self.in_sync_followers().filter(lacks)
    }

    /// Whether this leader answers a consumer's fetch at once, and with nothing: what it asks for is there, but
    /// beyond a new leader's high watermark as long as that is lower than the one before. Such a consumer
    /// asks again at once.
    ///
    /// Kafka 4.3.1: `DelayedFetch#tryComplete`, its case F.
    pub fn has_only_unreadable(&self, fetch_offset: Offset) -> bool {
        let is_there = self.high_watermark < fetch_offset && fetch_offset <= self.log_end_offset;
        self.role == ReplicaRole::Leader && is_there
    }

    /// What this leader knows of those of its followers that are in sync.
    pub fn in_sync_followers(&self) -> impl Iterator<Item = &FollowerProgress> {
        let followers = self.followers.iter();
        followers.filter(|it| self.isr.contains(&it.broker))
    }
}

/// A follower as its leader sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FollowerProgress {
    /// Who.
    pub broker: BrokerId,
    /// Everything below it has; none until its first fetch from this leader.
    pub log_end_offset: Option<Offset>,
    /// When it last had all that the leader had.
    pub last_caught_up: Option<SimTime>,
}

/// A produce request that waits for replicas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingProduce {
    /// The first offset that it wrote.
    pub base_offset: Option<Offset>,
    /// The arrival of the request, or of what made the coordinator write.
    pub received: EventId,
    /// The high watermark that it needs.
    pub required_offset: Offset,
    /// The in-sync replicas that it waits for.
    pub missing: Vec<BrokerId>,
}

/// Describes a replica of a running broker.
pub(super) fn describe(
    process: &Process,
    disk: &BrokerDisk,
    partition: &TopicPartition,
) -> Option<ReplicaState> {
    let replica = process.replicas.get(partition)?;
    let log = disk.log(partition)?;
    let leader = replica.leader();
    Some(ReplicaState {
        role: if leader.is_some() {
            ReplicaRole::Leader
        } else {
            ReplicaRole::Follower
        },
        leader: replica.leader_id(),
        leader_epoch: replica.leader_epoch(),
        high_watermark: replica.high_watermark,
        log_start_offset: log.log_start_offset(),
        log_end_offset: log.log_end_offset(),
        isr: leader.map_or_else(Vec::new, |leader| leader.isr.committed().to_vec()),
        min_insync_replicas: replica.settings.min_insync_replicas,
        is_isr_change_in_flight: leader.is_some_and(|leader| leader.isr.is_in_flight()),
        followers: leader.map_or_else(Vec::new, followers),
        waiting_produces: leader.map_or_else(Vec::new, |leader| {
            waiting_produces(process, leader, partition)
        }),
    })
}

fn followers(leader: &PartitionLeader) -> Vec<FollowerProgress> {
    let progress = leader
        .followers
        .iter()
        .map(|(id, follower)| FollowerProgress {
            broker: *id,
            log_end_offset: follower.log_end_offset,
            last_caught_up: follower.last_caught_up,
        });
    progress.collect()
}

fn waiting_produces(
    process: &Process,
    leader: &PartitionLeader,
    partition: &TopicPartition,
) -> Vec<WaitingProduce> {
    let waiters = process.produces.watching(partition);
    let waiting = waiters.iter().filter_map(|waiter| {
        let mut waiting = process.produces.get(waiter)?.waiting_for(partition)?;
        waiting.missing = leader.missing_below(waiting.required_offset);
        Some(waiting)
    });
    waiting.collect()
}
