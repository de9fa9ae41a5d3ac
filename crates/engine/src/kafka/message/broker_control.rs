//! What brokers and the controller say to each other.

use serde::{Deserialize, Serialize};

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{
    BrokerEpoch, BrokerId, LeaderEpoch, MetadataOffset, PartitionEpoch, TopicPartition,
};
use crate::kafka::metadata::{LeaderRecoveryState, MetadataEntry};

/// A broker process registers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokerRegistrationRequest {
    /// Who.
    pub broker: BrokerId,
    /// Which process: counts this broker's starts. Kafka: a random `incarnationId`.
    pub incarnation: u64,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// The epoch noted at the last clean shutdown (KIP-966).
    pub previous_broker_epoch: Option<BrokerEpoch>,
}

/// Whether it was registered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokerRegistrationResponse {
    /// Its epoch, or DUPLICATE_BROKER_REGISTRATION.
    pub result: Result<BrokerEpoch, ErrorCode>,
}

/// A broker lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokerHeartbeatRequest {
    /// Who.
    pub broker: BrokerId,
    /// Its incarnation.
    pub broker_epoch: BrokerEpoch,
    /// The first metadata offset it has not applied.
    pub current_metadata_offset: MetadataOffset,
    /// Whether it would rather be fenced.
    pub want_fence: bool,
    /// Whether it wants to shut down.
    pub want_shut_down: bool,
}

/// What the controller makes of a broker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokerHeartbeatResponse {
    /// STALE_BROKER_EPOCH, BROKER_ID_NOT_REGISTERED or nothing.
    pub error: Option<ErrorCode>,
    /// Whether it has caught up with the metadata log.
    pub is_caught_up: bool,
    /// Whether it is fenced.
    pub is_fenced: bool,
    /// Whether it may go down now.
    pub should_shut_down: bool,
}

/// A leader asks for another ISR. KIP-497.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlterPartitionRequest {
    /// The leader.
    pub broker: BrokerId,
    /// Its incarnation.
    pub broker_epoch: BrokerEpoch,
    /// The partition.
    pub partition: TopicPartition,
    /// The leader's epoch.
    pub leader_epoch: LeaderEpoch,
    /// The partition epoch on which the change is based.
    pub partition_epoch: PartitionEpoch,
    /// The wanted ISR: each with its incarnation as the leader knows it (KIP-903).
    pub new_isr: Vec<(BrokerId, BrokerEpoch)>,
    /// Whether the leader has recovered from an unclean election.
    pub leader_recovery_state: LeaderRecoveryState,
}

/// What became of the wanted ISR.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlterPartitionResponse {
    /// The partition.
    pub partition: TopicPartition,
    /// The new state, or why not.
    pub result: Result<AlteredPartition, ErrorCode>,
}

/// A partition's state after an AlterPartition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlteredPartition {
    /// The leader.
    pub leader: Option<BrokerId>,
    /// Its epoch.
    pub leader_epoch: LeaderEpoch,
    /// The ISR.
    pub isr: Vec<BrokerId>,
    /// Recovery state.
    pub leader_recovery_state: LeaderRecoveryState,
    /// The new partition epoch.
    pub partition_epoch: PartitionEpoch,
}

/// A broker asks for producer ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllocateProducerIdsRequest {
    /// Who.
    pub broker: BrokerId,
    /// Its incarnation.
    pub broker_epoch: BrokerEpoch,
}

/// A block of producer ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AllocateProducerIdsResponse {
    /// The first id and how many.
    pub result: Result<(u64, u64), ErrorCode>,
}

/// A broker reads the controller's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchMetadataLogRequest {
    /// Who.
    pub broker: BrokerId,
    /// The first offset it has not applied.
    pub fetch_offset: MetadataOffset,
}

/// What there is of the controller's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchMetadataLogResponse {
    /// The records from the asked offset on; none if the wait was over.
    pub entries: Vec<MetadataEntry>,
}
