//! What the admin client asks of the controller, and of leaders: to delete records.
//!
//! Simplified: one topic a request, sent to the controller itself (as with
//! `--bootstrap-controller`, KIP-919) instead of through a broker that forwards it.

use serde::{Deserialize, Serialize};

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{BrokerId, Offset, TopicName, TopicPartition};
use crate::kafka::metadata::ConfigResource;
use crate::kafka::time::SimDuration;
use crate::sorted::SortedMap;

/// An error with its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// Which error.
    pub code: ErrorCode,
    /// What exactly was wrong; `None` for the error's own text.
    pub message: Option<String>,
}

/// Creates a topic, or adds partitions to it where `assignment` names the new ones only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateTopicsRequest {
    /// The topic.
    pub topic: TopicName,
    /// How many partitions; `None` is `num.partitions`.
    pub partitions: Option<i32>,
    /// How many replicas each; `None` is `default.replication.factor`.
    pub replication_factor: Option<i16>,
    /// Each partition's replicas, in place of the two numbers.
    pub assignment: Option<Vec<Vec<BrokerId>>>,
    /// The topic's own settings.
    pub config: SortedMap<String, String>,
}

/// Whether the topic was created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateTopicsResponse {
    /// Why not.
    pub error: Option<ApiError>,
}

/// Deletes a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeleteTopicsRequest {
    /// The topic.
    pub topic: TopicName,
}

/// Whether it was deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeleteTopicsResponse {
    /// Why not.
    pub error: Option<ApiError>,
}

/// Adds partitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreatePartitionsRequest {
    /// The topic.
    pub topic: TopicName,
    /// How many there shall be in all.
    pub total: i32,
    /// The replicas of the new ones.
    pub assignment: Option<Vec<Vec<BrokerId>>>,
}

/// Whether they were added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreatePartitionsResponse {
    /// Why not.
    pub error: Option<ApiError>,
}

/// Gives up the records below an offset. Simplified: one partition a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeleteRecordsRequest {
    /// The partition.
    pub partition: TopicPartition,
    /// The first offset to stay; -1 for the high watermark.
    pub before: i64,
    /// How long the leader may wait for its followers.
    pub timeout: SimDuration,
}

/// Where the last live replica's log starts now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeleteRecordsResponse {
    /// That, or why not.
    pub low_watermark: Result<Offset, ErrorCode>,
}

/// Sets and deletes settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncrementalAlterConfigsRequest {
    /// Of what.
    pub resource: ConfigResource,
    /// New values.
    pub set: SortedMap<String, String>,
    /// Names that go back to their defaults.
    pub delete: Vec<String>,
}

/// Whether the settings were changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IncrementalAlterConfigsResponse {
    /// Why not.
    pub error: Option<ApiError>,
}

/// Which election is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ElectionType {
    /// Make the first replica of the assignment the leader.
    Preferred,
    /// Take any live replica, in sync or not.
    Unclean,
}

/// Elects leaders by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElectLeadersRequest {
    /// How.
    pub election_type: ElectionType,
    /// For which partitions; `None` for all.
    pub partitions: Option<Vec<TopicPartition>>,
}

/// What came of each election.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElectLeadersResponse {
    /// Per partition why there was none.
    pub partitions: Vec<(TopicPartition, Option<ApiError>)>,
}
