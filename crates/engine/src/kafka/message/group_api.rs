//! What consumers ask of their group's coordinator.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{BrokerId, LeaderEpoch, Offset, TopicPartition};
use crate::kafka::time::SimDuration;

/// Asks which broker coordinates a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindCoordinatorRequest {
    /// The group.
    pub group_id: String,
}

/// Which broker coordinates a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FindCoordinatorResponse {
    /// The coordinator, or COORDINATOR_NOT_AVAILABLE.
    pub result: Result<BrokerId, ErrorCode>,
}

/// Joins a classic group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinGroupRequest {
    /// The group.
    pub group_id: String,
    /// The id got before, empty at first.
    pub member_id: String,
    /// `group.instance.id` of a static member.
    pub group_instance_id: Option<String>,
    /// The client's `client.id`: the start of the member id it will get.
    pub client_id: String,
    /// After what silence the member counts as dead.
    pub session_timeout: SimDuration,
    /// How long the group waits for it to join again.
    pub rebalance_timeout: SimDuration,
    /// Assignors it knows, best first, each with its encoded subscription.
    pub protocols: Vec<(String, Bytes)>,
}

/// A member's place in the new generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinGroupResponse {
    /// Why it was refused.
    pub error: Option<ErrorCode>,
    /// The member's id, also with MEMBER_ID_REQUIRED.
    pub member_id: String,
    /// The generation.
    pub generation_id: i32,
    /// The chosen assignor.
    pub protocol_name: Option<String>,
    /// Who assigns.
    pub leader: String,
    /// For the leader: all members with their subscriptions.
    pub members: Vec<JoinedMember>,
    /// For a static leader that came back: the members have their assignment already.
    pub skip_assignment: bool,
}

/// A member as the leader gets to know it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JoinedMember {
    /// Its id.
    pub member_id: String,
    /// Its static identity.
    pub group_instance_id: Option<String>,
    /// Its encoded subscription.
    pub metadata: Bytes,
}

/// Asks for the assignment; the leader's brings it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SyncGroupRequest {
    /// The group.
    pub group_id: String,
    /// The member.
    pub member_id: String,
    /// Its static identity.
    pub group_instance_id: Option<String>,
    /// Its generation.
    pub generation_id: i32,
    /// From the leader: each member's encoded assignment.
    pub assignments: Vec<(String, Bytes)>,
}

/// A member's assignment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SyncGroupResponse {
    /// The encoded assignment.
    pub result: Result<Bytes, ErrorCode>,
}

/// A member lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeartbeatRequest {
    /// The group.
    pub group_id: String,
    /// The member.
    pub member_id: String,
    /// Its static identity.
    pub group_instance_id: Option<String>,
    /// Its generation.
    pub generation_id: i32,
}

/// Whether the member is still in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HeartbeatResponse {
    /// REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID … or nothing.
    pub error: Option<ErrorCode>,
}

/// A member leaves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeaveGroupRequest {
    /// The group.
    pub group_id: String,
    /// The member.
    pub member_id: String,
}

/// Whether it could.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LeaveGroupResponse {
    /// Why not.
    pub error: Option<ErrorCode>,
}

/// Commits offsets: for each partition the next one to be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OffsetCommitRequest {
    /// The group.
    pub group_id: String,
    /// The member, empty for one outside the group's membership.
    pub member_id: String,
    /// Its static identity.
    pub group_instance_id: Option<String>,
    /// Its generation, -1 for one outside.
    pub generation_id: i32,
    /// What to commit.
    pub offsets: Vec<(TopicPartition, CommittedOffset)>,
}

/// A committed position.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommittedOffset {
    /// The next offset to read.
    pub offset: Offset,
    /// The epoch of the last record read.
    pub leader_epoch: Option<LeaderEpoch>,
    /// A text of the application's.
    pub metadata: String,
}

/// Whether each offset was stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OffsetCommitResponse {
    /// Per partition why not.
    pub partitions: Vec<(TopicPartition, Option<ErrorCode>)>,
}

/// Asks for committed offsets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OffsetFetchRequest {
    /// The group.
    pub group_id: String,
    /// The partitions; `None` for all that have one.
    pub partitions: Option<Vec<TopicPartition>>,
}

/// Committed offsets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OffsetFetchResponse {
    /// Per partition what was committed, or the whole request's error.
    pub result: Result<Vec<(TopicPartition, Option<CommittedOffset>)>, ErrorCode>,
}
