//! The records of the controller's log, `__cluster_metadata`.
//!
//! Kafka 4.3.1: `metadata/src/main/resources/common/metadata/*.json`.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{
    BrokerEpoch, BrokerId, EventId, LeaderEpoch, MetadataOffset, PartitionEpoch, TopicId,
    TopicName, TopicPartition,
};

/// One change of the cluster's metadata.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum MetadataRecord {
    /// A broker registered; it starts fenced. Kafka 4.3.1: `RegisterBrokerRecord`.
    RegisterBroker {
        /// Who.
        broker: BrokerId,
        /// Its new incarnation: this record's own offset.
        broker_epoch: BrokerEpoch,
        /// `broker.rack`.
        rack: Option<String>,
    },
    /// A registered broker was fenced, unfenced or began its controlled shutdown.
    /// Kafka 4.3.1: `BrokerRegistrationChangeRecord`.
    BrokerRegistrationChange {
        /// Who.
        broker: BrokerId,
        /// Whether it may lead and be in ISRs.
        fenced: Option<bool>,
        /// Whether it is on its way down.
        in_controlled_shutdown: Option<bool>,
    },
    /// A topic was created. Kafka 4.3.1: `TopicRecord`.
    Topic {
        /// Its name.
        name: TopicName,
        /// Its incarnation.
        id: TopicId,
    },
    /// A topic was deleted with all its partitions. Kafka 4.3.1: `RemoveTopicRecord`.
    RemoveTopic {
        /// Its name.
        name: TopicName,
    },
    /// A partition was created. Kafka 4.3.1: `PartitionRecord`.
    Partition {
        /// Which.
        partition: TopicPartition,
        /// Its first state.
        registration: PartitionRegistration,
    },
    /// A partition's registration changed: the whole new state stands here.
    /// Kafka 4.3.1: `PartitionChangeRecord`.
    /// Simplified: carries the whole registration instead of the changed fields.
    PartitionChange {
        /// Which.
        partition: TopicPartition,
        /// Its new state.
        registration: PartitionRegistration,
    },
    /// A setting was set (`Some`) or deleted. Kafka 4.3.1: `ConfigRecord`.
    Config {
        /// Of what.
        resource: ConfigResource,
        /// The property's name.
        name: String,
        /// Its new value.
        value: Option<String>,
    },
    /// A block of producer ids was handed to a broker. Kafka 4.3.1: `ProducerIdsRecord`.
    ProducerIds {
        /// The first id not handed out.
        next_producer_id: u64,
    },
}

/// What a setting belongs to.
///
/// Kafka 4.3.1: `ConfigResource`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ConfigResource {
    /// A topic.
    Topic(TopicName),
    /// One broker.
    Broker(BrokerId),
    /// All brokers: the cluster-wide default.
    Cluster,
    /// A consumer or share group.
    Group(String),
}

/// What the controller knows about a partition.
///
/// Kafka 4.3.1: `PartitionRegistration`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionRegistration {
    /// The assignment, in its order; the first is the preferred leader.
    pub replicas: Vec<BrokerId>,
    /// The in-sync replicas, in the order the controller keeps them.
    pub isr: Vec<BrokerId>,
    /// Eligible leader replicas, KIP-966.
    pub elr: Vec<BrokerId>,
    /// Replicas that were eligible before their broker went down uncleanly, and the last leader.
    pub last_known_elr: Vec<BrokerId>,
    /// The leader, if there is one.
    pub leader: Option<BrokerId>,
    /// How many leaders there have been before this one.
    pub leader_epoch: LeaderEpoch,
    /// How many changes there have been.
    pub partition_epoch: PartitionEpoch,
    /// Whether the leader was elected uncleanly and hasn't reported recovery yet.
    pub leader_recovery_state: LeaderRecoveryState,
    /// Replicas that a reassignment adds.
    pub adding_replicas: Vec<BrokerId>,
    /// Replicas that a reassignment removes.
    pub removing_replicas: Vec<BrokerId>,
}

/// Whether a leader came out of an unclean election.
///
/// Kafka 4.3.1: `LeaderRecoveryState`, KIP-704.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeaderRecoveryState {
    /// The leader is known to hold all committed records.
    #[default]
    Recovered,
    /// The leader was elected uncleanly and recovers.
    Recovering,
}

/// A record at its place in the controller's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataEntry {
    /// Its place.
    pub offset: MetadataOffset,
    /// What changed.
    pub record: MetadataRecord,
    /// The event by which the controller decided it: the cause of what brokers do about it.
    pub decided_by: EventId,
}
