//! The coordinator of consumer groups, one on each broker that leads a partition of
//! `__consumer_offsets`.
//!
//! A group belongs to one partition of `__consumer_offsets`, by its name's hash; the leader of
//! that partition coordinates it. Members join, get their assignment by way of one of them, say
//! that they live, and commit offsets. All that must outlive the broker is written to the
//! partition and counts once every in-sync replica has it; the next leader reads it back.
//!
//! ```text
//!  client ── request ──▶ handle ──▶ CoordinatorWrite ──▶ the broker's log, acks=all
//!  client ◀─ response ── on_write_completed ◀───────────── high watermark passed it
//! ```
//!
//! Kafka 4.3.1: `GroupCoordinatorService`, `GroupMetadataManager`, `OffsetMetadataManager`.
//! Simplified: only the classic protocol; no expiry of offsets; a partition is loaded in an
//! instant, so nobody is told COORDINATOR_LOAD_IN_PROGRESS.

pub mod classic;
pub mod consumer_protocol;
pub mod formatter;
mod join;
mod membership;
pub mod offsets;
mod rebalance;
pub mod records;
mod reply;
mod static_members;
mod writes;

use serde::Serialize;

use crate::kafka::config::broker::BrokerConfig;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::group::classic::{ClassicGroup, GroupState, Member};
use crate::kafka::group::offsets::CheckedCommit;
use crate::kafka::group::records::{GroupMetadata, GroupRecord};
use crate::kafka::group::reply::ReplyTo;
use crate::kafka::group::writes::PendingWrite;
use crate::kafka::ids::{CorrelationId, NodeId, Offset, PartitionId, TopicName, TopicPartition};
use crate::kafka::message::Request;
use crate::kafka::murmur2::coordinator_partition;
use crate::kafka::node::Context;
use crate::kafka::record::{Record, RecordBatch};
use crate::kafka::time::SimDuration;
use crate::kafka::timer::{BrokerTimer, Timer};
use crate::sorted::{SortedMap, SortedSet};

/// The topic that holds groups and their committed offsets.
///
/// Kafka 4.3.1: `Topic.GROUP_METADATA_TOPIC_NAME`.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// Records that the broker has to append to a partition of `__consumer_offsets` with acks=all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CoordinatorWrite {
    /// Names the write in [`GroupCoordinator::on_write_completed`].
    pub id: u64,
    /// Where to append.
    pub partition: TopicPartition,
    /// What to append, as one batch.
    pub records: Vec<Record>,
}

/// The groups that one broker coordinates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GroupCoordinator {
    settings: Settings,
    /// The partitions of `__consumer_offsets` that this broker leads.
    partitions: SortedSet<PartitionId>,
    groups: SortedMap<String, ClassicGroup>,
    pending_writes: SortedMap<u64, PendingWrite>,
    next_write_id: u64,
}

/// What of a broker's settings concerns groups.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Settings {
    partition_count: u32,
    commit_timeout: SimDuration,
    initial_rebalance_delay: SimDuration,
    session_timeout_min: SimDuration,
    session_timeout_max: SimDuration,
}

impl GroupCoordinator {
    /// A coordinator of no groups yet.
    pub fn new(config: &BrokerConfig) -> GroupCoordinator {
        GroupCoordinator {
            settings: Settings {
                partition_count: config.offsets_topic_num_partitions,
                commit_timeout: config.offsets_commit_timeout,
                initial_rebalance_delay: config.group_initial_rebalance_delay,
                session_timeout_min: config.group_min_session_timeout,
                session_timeout_max: config.group_max_session_timeout,
            },
            partitions: SortedSet::new(),
            groups: SortedMap::new(),
            pending_writes: SortedMap::new(),
            next_write_id: 0,
        }
    }

    /// Takes over a partition of `__consumer_offsets` whose log holds `batches`. Sessions of
    /// members start afresh.
    ///
    /// Kafka 4.3.1: `GroupCoordinatorService#onElection`, `GroupMetadataManager#onLoaded`.
    pub fn load(
        &mut self,
        partition: &TopicPartition,
        batches: &[RecordBatch],
        cx: &mut Context<'_>,
    ) {
        self.partitions.insert(partition.partition);
        // A batch that can't be read is skipped, as a record of an unknown kind is.
        let stored = batches.iter().filter(|batch| !batch.is_control());
        for record in stored.filter_map(|batch| batch.records().ok()).flatten() {
            if let Ok(Some(record)) = records::decode(&record.record) {
                self.replay(record);
            }
        }
        let sessions: Vec<(String, String, SimDuration)> = self
            .groups_of(partition.partition)
            .flat_map(|(group_id, group)| {
                group.members().map(|(member_id, member)| {
                    (group_id.clone(), member_id.clone(), member.session_timeout)
                })
            })
            .collect();
        for (group_id, member_id, timeout) in sessions {
            cx.set_timer(session_timer(&group_id, &member_id), timeout);
        }
        cx.emit(KafkaEvent::CoordinatorLoaded {
            partition: partition.clone(),
        });
    }

    /// Gives a partition of `__consumer_offsets` up: whoever waits has to ask the next leader.
    ///
    /// Kafka 4.3.1: `GroupCoordinatorService#onResignation`, `GroupMetadataManager#onUnloaded`.
    pub fn unload(&mut self, partition: &TopicPartition, cx: &mut Context<'_>) {
        if !self.partitions.remove(&partition.partition) {
            return;
        }
        let group_ids: Vec<String> = self
            .groups_of(partition.partition)
            .map(|(group_id, _)| group_id.clone())
            .collect();
        for group_id in group_ids {
            if let Some(group) = self.groups.remove(&group_id) {
                membership::dismiss(&group_id, group, ErrorCode::NotCoordinator, cx);
            }
        }
        self.forget_writes_of(partition.partition, cx);
    }

    /// Answers a request about a group, now or later; returns what must be stored first.
    /// FindCoordinator is for the broker, which knows who leads `__consumer_offsets`.
    pub fn handle(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        request: &Request,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let reply = ReplyTo::new(from, correlation_id, cx);
        match request {
            Request::JoinGroup(request) => self.on_join_group(request, reply, cx),
            Request::SyncGroup(request) => self.on_sync_group(request, reply, cx),
            Request::LeaveGroup(request) => self.on_leave_group(request, reply, cx),
            Request::OffsetCommit(request) => {
                let refused = Vec::new();
                self.on_offset_commit(CheckedCommit { request, refused }, reply, cx)
            }
            Request::Heartbeat(request) => {
                self.on_heartbeat(request, reply, cx);
                Vec::new()
            }
            Request::OffsetFetch(request) => {
                self.on_offset_fetch(request, reply, cx);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// Takes a commit of which the broker has refused a part; the answer comes once the rest is
    /// stored.
    pub fn commit_offsets(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        commit: CheckedCommit<'_>,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let reply = ReplyTo::new(from, correlation_id, cx);
        self.on_offset_commit(commit, reply, cx)
    }

    /// A timer of this coordinator's went off. Others of the broker's are not touched.
    pub fn on_timer(&mut self, timer: &BrokerTimer, cx: &mut Context<'_>) -> Vec<CoordinatorWrite> {
        match timer {
            BrokerTimer::MemberSession(group_id, member_id) => {
                self.on_session_timeout(group_id, member_id, cx)
            }
            BrokerTimer::Rebalance(group_id) => self.on_rebalance_timeout(group_id, cx),
            BrokerTimer::OffsetCommitWait(id) => self.on_write_timeout(*id, cx),
            _ => Vec::new(),
        }
    }

    /// The group, if it is coordinated here.
    pub fn group(&self, group_id: &str) -> Option<&ClassicGroup> {
        self.groups.get(group_id)
    }

    /// The groups coordinated here, by name.
    pub fn groups(&self) -> impl Iterator<Item = (&String, &ClassicGroup)> {
        self.groups.iter()
    }

    /// A group's committed offsets, by partition.
    pub fn committed(&self, group_id: &str) -> Vec<(TopicPartition, Offset)> {
        let group = self.groups.get(group_id);
        let offsets = group.into_iter().flat_map(ClassicGroup::committed);
        offsets
            .map(|(partition, offset)| (partition.clone(), offset))
            .collect()
    }

    /// Whether this broker coordinates that group.
    pub fn is_coordinator_of(&self, group_id: &str) -> bool {
        self.partitions
            .contains(&self.partition_of(group_id).partition)
    }

    fn partition_of(&self, group_id: &str) -> TopicPartition {
        let partition = coordinator_partition(group_id, self.settings.partition_count);
        TopicPartition {
            topic: TopicName::new(OFFSETS_TOPIC),
            partition,
        }
    }

    fn groups_of(&self, partition: PartitionId) -> impl Iterator<Item = (&String, &ClassicGroup)> {
        self.groups
            .iter()
            .filter(move |(group_id, _)| self.partition_of(group_id).partition == partition)
    }

    fn replay(&mut self, record: GroupRecord) {
        match record {
            GroupRecord::Offset {
                group_id,
                partition,
                stored: Some(stored),
            } => {
                let group = self.groups.entry(group_id).or_default();
                group.offsets.insert(partition, stored);
            }
            GroupRecord::Offset {
                group_id,
                partition,
                stored: None,
            } => {
                if let Some(group) = self.groups.get_mut(&group_id) {
                    group.offsets.remove(&partition);
                }
            }
            GroupRecord::Metadata {
                group_id,
                metadata: Some(metadata),
            } => {
                replay_metadata(self.groups.entry(group_id).or_default(), metadata);
            }
            GroupRecord::Metadata {
                group_id,
                metadata: None,
            } => {
                self.groups.remove(&group_id);
            }
        }
    }
}

/// Kafka 4.3.1: `GroupMetadataManager#replay(GroupMetadataKey, GroupMetadataValue)`.
#[inline(never)]
fn replay_metadata(group: &mut ClassicGroup, metadata: GroupMetadata) {
    group.generation_id = metadata.generation_id;
    group.leader = metadata.leader;
    group.state = if metadata.members.is_empty() {
        GroupState::Empty
    } else {
        GroupState::Stable {
            pending_sync: SortedSet::new(),
        }
    };
    let protocol_name = metadata.protocol_name;
    let name = protocol_name.clone().unwrap_or_default();
    group.protocol_name = protocol_name;
    let members = metadata.members.into_iter();
    group.members = members
        .map(|stored| {
            let member = Member {
                group_instance_id: stored.group_instance_id,
                client_id: stored.client_id,
                client: None,
                session_timeout: stored.session_timeout,
                rebalance_timeout: stored.rebalance_timeout,
                protocols: vec![(name.clone(), stored.subscription)],
                assignment: stored.assignment,
                is_new: false,
                awaiting_join: None,
                awaiting_sync: None,
                last_heard: None,
            };
            (stored.member_id, member)
        })
        .collect();
}

/// The timer that ends a member's session.
fn session_timer(group_id: &str, member_id: &str) -> Timer {
    Timer::Broker(BrokerTimer::MemberSession(
        group_id.to_owned(),
        member_id.to_owned(),
    ))
}

/// The timer that ends a group's wait for its members.
fn rebalance_timer(group_id: &str) -> Timer {
    Timer::Broker(BrokerTimer::Rebalance(group_id.to_owned()))
}

#[cfg(test)]
mod tests;
