//! A group of the classic protocol: its members, its state, and its committed offsets.
//!
//! Kafka 4.3.1: `ClassicGroup`, `ClassicGroupMember`, `ClassicGroupState`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kafka::error_code::ErrorCode;
use crate::kafka::group::reply::ReplyTo;
use crate::kafka::ids::{EventId, NodeId, Offset, TopicPartition};
use crate::kafka::message::{CommittedOffset, JoinGroupResponse, JoinedMember};
use crate::kafka::time::SimDuration;
use crate::sorted::{SortedMap, SortedSet};

/// Where a classic group stands. A group that is `Dead` to Kafka is simply not there any more.
///
/// Kafka 4.3.1: `ClassicGroupState`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupState {
    /// No members; only committed offsets remain.
    /// Then: a member joins ⇒ `PreparingRebalance`.
    Empty,
    /// Waiting for members to join.
    /// Then: all joined or time is up ⇒ `CompletingRebalance`; all left ⇒ `Empty`.
    PreparingRebalance(JoinPhase),
    /// Waiting for the leader's assignment.
    /// Then: it is stored ⇒ `Stable`; a member joins, leaves or fails ⇒ `PreparingRebalance`.
    CompletingRebalance {
        /// Members that have not asked for their assignment.
        pending_sync: SortedSet<String>,
        /// Whether the leader's assignment came and is being written.
        is_assignment_written: bool,
    },
    /// Everybody has an assignment.
    /// Then: a member joins, leaves or fails ⇒ `PreparingRebalance`.
    Stable {
        /// Members that have not asked for their assignment.
        pending_sync: SortedSet<String>,
    },
}

/// For what a group in `PreparingRebalance` waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JoinPhase {
    /// The group was empty: more members may be about to start.
    ///
    /// Kafka 4.3.1: `GroupMetadataManager#tryCompleteInitialRebalanceElseSchedule`.
    Initial {
        /// The length of this window.
        window: SimDuration,
        /// What was left of the rebalance timeout when the window began.
        remaining: SimDuration,
        /// Whether somebody joined since the window began.
        has_newcomers: bool,
    },
    /// The known members have to come back.
    Rejoining,
}

impl GroupState {
    /// Kafka's name of the state, as its tools print it.
    pub fn name(&self) -> &'static str {
        match self {
            GroupState::Empty => "Empty",
            GroupState::PreparingRebalance(_) => "PreparingRebalance",
            GroupState::CompletingRebalance { .. } => "CompletingRebalance",
            GroupState::Stable { .. } => "Stable",
        }
    }
}

/// A committed offset with the time of its commit.
///
/// Kafka 4.3.1: `OffsetAndMetadata` of the group coordinator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredOffset {
    /// What was committed.
    pub committed: CommittedOffset,
    /// When, in milliseconds since 1970.
    pub commit_timestamp_ms: i64,
}

/// A member of a group.
///
/// Kafka 4.3.1: `ClassicGroupMember`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<String>,
    /// Its `client.id`.
    pub client_id: String,
    /// Its client, known since it last asked something.
    pub client: Option<NodeId>,
    /// After what silence it counts as dead.
    pub session_timeout: SimDuration,
    /// How long the group waits for it to join again.
    pub rebalance_timeout: SimDuration,
    /// Assignors it knows, best first, each with its encoded subscription.
    pub protocols: Vec<(String, Bytes)>,
    /// Its encoded assignment, empty while there is none.
    pub assignment: Bytes,
    /// Whether it has not been through a whole join yet.
    pub is_new: bool,
    /// Its join that waits for the others.
    pub(in crate::kafka::group) awaiting_join: Option<ReplyTo>,
    /// Its sync that waits for the leader.
    pub(in crate::kafka::group) awaiting_sync: Option<ReplyTo>,
    /// Its last sign of life.
    pub(in crate::kafka::group) last_heard: Option<EventId>,
}

impl Member {
    /// Its encoded subscription for an assignor.
    pub fn metadata(&self, protocol_name: &str) -> Option<&Bytes> {
        self.protocols
            .iter()
            .find(|(name, _)| name == protocol_name)
            .map(|(_, bytes)| bytes)
    }
}

/// A group with its committed offsets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassicGroup {
    pub(in crate::kafka::group) state: GroupState,
    pub(in crate::kafka::group) generation_id: i32,
    pub(in crate::kafka::group) protocol_name: Option<String>,
    pub(in crate::kafka::group) leader: Option<String>,
    pub(in crate::kafka::group) members: SortedMap<String, Member>,
    /// Ids handed out with MEMBER_ID_REQUIRED and not used yet.
    pub(in crate::kafka::group) pending_members: SortedSet<String>,
    pub(in crate::kafka::group) offsets: SortedMap<TopicPartition, StoredOffset>,
    /// The event since which the members have to join again; what comes of that names it.
    pub(in crate::kafka::group) rebalanced_by: Option<EventId>,
}

impl ClassicGroup {
    /// A group that nobody has joined.
    pub fn new() -> ClassicGroup {
        ClassicGroup {
            state: GroupState::Empty,
            generation_id: 0,
            protocol_name: None,
            leader: None,
            members: SortedMap::new(),
            pending_members: SortedSet::new(),
            offsets: SortedMap::new(),
            rebalanced_by: None,
        }
    }

    /// Where it stands.
    pub fn state(&self) -> &GroupState {
        &self.state
    }

    /// The generation; 0 before the first.
    pub fn generation_id(&self) -> i32 {
        self.generation_id
    }

    /// The assignor that the members agreed on.
    pub fn protocol_name(&self) -> Option<&str> {
        self.protocol_name.as_deref()
    }

    /// The member id of the leader.
    pub fn leader(&self) -> Option<&str> {
        self.leader.as_deref()
    }

    /// The members by their ids.
    pub fn members(&self) -> impl Iterator<Item = (&String, &Member)> {
        self.members.iter()
    }

    /// The committed offsets by partition.
    pub fn committed(&self) -> impl Iterator<Item = (&TopicPartition, Offset)> {
        self.offsets
            .iter()
            .map(|(partition, stored)| (partition, stored.committed.offset))
    }

    /// The member that has that static identity now.
    ///
    /// Kafka 4.3.1: `ClassicGroup#staticMemberId`.
    pub(in crate::kafka::group) fn static_member_id(&self, instance_id: &str) -> Option<&String> {
        let mut members = self.members.iter();
        members
            .find(|(_, member)| member.group_instance_id.as_deref() == Some(instance_id))
            .map(|(member_id, _)| member_id)
    }

    /// Whether there is that member, and it is the one with its static identity.
    ///
    /// Kafka 4.3.1: `ClassicGroup#validateMember`.
    pub(in crate::kafka::group) fn validate_member(
        &self,
        member_id: &str,
        instance_id: Option<&str>,
    ) -> Result<(), ErrorCode> {
        let holder = instance_id.map(|instance_id| self.static_member_id(instance_id));
        match holder {
            Some(None) => Err(ErrorCode::UnknownMemberId),
            Some(Some(holder)) if holder != member_id => Err(ErrorCode::FencedInstanceId),
            _ if !self.members.contains_key(member_id) => Err(ErrorCode::UnknownMemberId),
            _ => Ok(()),
        }
    }

    /// Gives a static member another id; everything else of it stays, but for what it waited
    /// for. Returns the member as it was.
    ///
    /// Kafka 4.3.1: `ClassicGroup#replaceStaticMember`.
    pub(in crate::kafka::group) fn replace_static_member(
        &mut self,
        former_id: &str,
        member_id: &str,
    ) -> Option<Member> {
        let former = self.members.remove(former_id)?;
        let member = Member {
            awaiting_join: None,
            awaiting_sync: None,
            ..former.clone()
        };
        self.members.insert(member_id.to_owned(), member);
        if self.leader.as_deref() == Some(former_id) {
            self.leader = Some(member_id.to_owned());
        }
        Some(former)
    }

    /// Whether all that are known or announced have joined.
    ///
    /// Kafka 4.3.1: `ClassicGroup#hasAllMembersJoined`.
    pub(in crate::kafka::group) fn has_all_members_joined(&self) -> bool {
        self.pending_members.is_empty()
            && self
                .members
                .values()
                .all(|member| member.awaiting_join.is_some())
    }

    /// Whether a member with these assignors could work with the others.
    ///
    /// Kafka 4.3.1: `ClassicGroup#supportsProtocols`.
    pub(in crate::kafka::group) fn supports(&self, protocols: &[(String, Bytes)]) -> bool {
        let mut names = protocols.iter().map(|(name, _)| name);
        if self.members.is_empty() {
            return names.next().is_some();
        }
        names.any(|name| {
            self.members
                .values()
                .all(|member| member.metadata(name).is_some())
        })
    }

    /// The assignor with the most votes among those that all members know; each member votes
    /// for the first of its own that is among them. Of several the first by name.
    ///
    /// Kafka 4.3.1: `ClassicGroup#selectProtocol`.
    pub(in crate::kafka::group) fn select_protocol(&self) -> Option<String> {
        let is_common = |name: &String| {
            self.members
                .values()
                .all(|member| member.metadata(name).is_some())
        };
        let mut votes: SortedMap<&String, u32> = SortedMap::new();
        for member in self.members.values() {
            let choice = member
                .protocols
                .iter()
                .map(|(name, _)| name)
                .find(|name| is_common(name));
            if let Some(name) = choice {
                *votes.entry(name).or_default() += 1;
            }
        }
        let most = votes.values().copied().max()?;
        votes
            .into_iter()
            .find(|(_, count)| *count == most)
            .map(|(name, _)| name.clone())
    }

    /// How long the slowest member may take to join again.
    pub(in crate::kafka::group) fn rebalance_timeout(&self) -> SimDuration {
        let timeouts = self.members.values().map(|member| member.rebalance_timeout);
        timeouts.max().unwrap_or(SimDuration::ZERO)
    }

    /// The answer that tells a member its place in the current generation.
    pub(in crate::kafka::group) fn join_response(&self, member_id: &str) -> JoinGroupResponse {
        let is_leader = self.leader.as_deref() == Some(member_id);
        let members = if is_leader {
            self.joined_members()
        } else {
            Vec::new()
        };
        JoinGroupResponse {
            error: None,
            member_id: member_id.to_owned(),
            generation_id: self.generation_id,
            protocol_name: self.protocol_name.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            members,
            skip_assignment: false,
        }
    }

    fn joined_members(&self) -> Vec<JoinedMember> {
        let name = self.protocol_name.as_deref().unwrap_or_default();
        let members = self.members.iter();
        members
            .map(|(member_id, member)| JoinedMember {
                member_id: member_id.clone(),
                group_instance_id: member.group_instance_id.clone(),
                metadata: member.metadata(name).cloned().unwrap_or_default(),
            })
            .collect()
    }
}

impl Default for ClassicGroup {
    fn default() -> ClassicGroup {
        ClassicGroup::new()
    }
}
