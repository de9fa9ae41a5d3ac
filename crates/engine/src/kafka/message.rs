//! What nodes say to each other, by Kafka's API names, with the fields of its schemas.
//!
//! Kafka 4.3.1: `clients/src/main/resources/common/message/*.json`.
//! Simplified: partitions are named by topic name, not by topic id, and no request is versioned.

pub mod broker_control;
pub mod client_api;
pub mod group_api;
pub mod topic_admin;

use serde::{Deserialize, Serialize};

pub use broker_control::*;
pub use client_api::*;
pub use group_api::*;
pub use topic_admin::*;

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::CorrelationId;

/// What travels between two nodes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Message {
    /// Asks something.
    Request {
        /// The response will carry the same id.
        correlation_id: CorrelationId,
        /// What is asked.
        request: Request,
    },
    /// Answers a request.
    Response {
        /// The request's id.
        correlation_id: CorrelationId,
        /// The answer.
        response: Response,
    },
}

impl Message {
    /// Whether a member of a group learns from it that the group rebalances: it has to join again.
    ///
    /// Kafka 4.3.1: `AbstractCoordinator.HeartbeatResponseHandler`.
    pub fn calls_to_join(&self) -> bool {
        matches!(
            self,
            Message::Response {
                response: Response::Heartbeat(HeartbeatResponse {
                    error: Some(ErrorCode::RebalanceInProgress),
                }),
                ..
            }
        )
    }
}

macro_rules! apis {
    ($($(#[$doc:meta])* $api:ident($request:ty, $response:ty),)*) => {
        /// A request, by its API.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Request { $($(#[$doc])* $api($request),)* }

        /// A response, by its API.
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        pub enum Response { $($(#[$doc])* $api($response),)* }

        impl Request {
            /// The API's name as Kafka writes it.
            pub fn api_name(&self) -> &'static str {
                match self { $(Request::$api(_) => stringify!($api),)* }
            }
        }

        impl Response {
            /// The API's name as Kafka writes it.
            pub fn api_name(&self) -> &'static str {
                match self { $(Response::$api(_) => stringify!($api),)* }
            }
        }
    };
}

apis! {
    /// Appends batches to partitions. Api key 0.
    Produce(ProduceRequest, ProduceResponse),
    /// Reads batches: a follower's replication, or a consumer's. Api key 1.
    Fetch(FetchRequest, FetchResponse),
    /// Looks up offsets by time, or the ends of a log. Api key 2.
    ListOffsets(ListOffsetsRequest, ListOffsetsResponse),
    /// Gives up the oldest records. Api key 21.
    DeleteRecords(DeleteRecordsRequest, DeleteRecordsResponse),
    /// Who leads what. Api key 3.
    Metadata(MetadataRequest, MetadataResponse),
    /// Gives an idempotent producer its id. Api key 22.
    InitProducerId(InitProducerIdRequest, InitProducerIdResponse),
    /// Where an epoch ends in a log. Api key 23.
    OffsetForLeaderEpoch(OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse),
    /// Which broker coordinates a group. Api key 10.
    FindCoordinator(FindCoordinatorRequest, FindCoordinatorResponse),
    /// Joins a classic group. Api key 11.
    JoinGroup(JoinGroupRequest, JoinGroupResponse),
    /// Gets a member its assignment. Api key 14.
    SyncGroup(SyncGroupRequest, SyncGroupResponse),
    /// Says that a member lives. Api key 12.
    Heartbeat(HeartbeatRequest, HeartbeatResponse),
    /// Leaves a group. Api key 13.
    LeaveGroup(LeaveGroupRequest, LeaveGroupResponse),
    /// Commits offsets. Api key 8.
    OffsetCommit(OffsetCommitRequest, OffsetCommitResponse),
    /// Reads committed offsets. Api key 9.
    OffsetFetch(OffsetFetchRequest, OffsetFetchResponse),
    /// Creates a topic. Api key 19.
    CreateTopics(CreateTopicsRequest, CreateTopicsResponse),
    /// Deletes a topic. Api key 20.
    DeleteTopics(DeleteTopicsRequest, DeleteTopicsResponse),
    /// Adds partitions to a topic. Api key 37.
    CreatePartitions(CreatePartitionsRequest, CreatePartitionsResponse),
    /// Changes settings. Api key 44.
    IncrementalAlterConfigs(IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse),
    /// Elects leaders by hand. Api key 43.
    ElectLeaders(ElectLeadersRequest, ElectLeadersResponse),
    /// A broker registers at the controller. Api key 62.
    BrokerRegistration(BrokerRegistrationRequest, BrokerRegistrationResponse),
    /// A broker tells the controller that it lives. Api key 63.
    BrokerHeartbeat(BrokerHeartbeatRequest, BrokerHeartbeatResponse),
    /// A leader asks the controller for another ISR. Api key 56.
    AlterPartition(AlterPartitionRequest, AlterPartitionResponse),
    /// A broker asks the controller for a block of producer ids. Api key 67.
    AllocateProducerIds(AllocateProducerIdsRequest, AllocateProducerIdsResponse),
    /// A broker reads the controller's log, waiting for what isn't there yet.
    /// Kafka: a Fetch of `__cluster_metadata`.
    FetchMetadataLog(FetchMetadataLogRequest, FetchMetadataLogResponse),
}
