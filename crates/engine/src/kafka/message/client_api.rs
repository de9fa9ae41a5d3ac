//! What clients and followers ask of brokers about logs.

use serde::{Deserialize, Serialize};

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{
    BrokerEpoch, BrokerId, LeaderEpoch, Offset, PartitionId, ProducerId, TopicName, TopicPartition,
};
use crate::kafka::record::RecordBatch;
use crate::kafka::time::SimDuration;

/// How many replicas must have a record before its producer is answered.
///
/// Kafka 4.3.1: `acks` of `ProducerConfig`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acks {
    /// `acks=0`: the broker doesn't answer at all.
    None,
    /// `acks=1`: the leader's log.
    Leader,
    /// `acks=all`: every in-sync replica.
    All,
}

/// Appends one batch to each of some partitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProduceRequest {
    /// When to answer.
    pub acks: Acks,
    /// How long the broker may wait for the replicas: the producer's `request.timeout.ms`.
    pub timeout: SimDuration,
    /// The batches, one a partition.
    pub batches: Vec<PartitionBatch>,
}

/// A batch and where it goes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartitionBatch {
    /// The partition.
    pub partition: TopicPartition,
    /// The producer's batch: base offset 0, no leader epoch yet.
    pub batch: RecordBatch,
}

/// The outcome for each partition of a produce request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProduceResponse {
    /// One outcome a partition, in the order of the request.
    pub partitions: Vec<PartitionProduceResponse>,
}

/// What became of one batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartitionProduceResponse {
    /// The partition.
    pub partition: TopicPartition,
    /// Why it failed; `None` for success.
    pub error: Option<ErrorCode>,
    /// A text in place of the error's own one.
    pub error_message: Option<String>,
    /// The offset of the batch's first record, if it was appended (or had been before).
    pub base_offset: Option<Offset>,
    /// The leader's clock at the append where the topic has `LogAppendTime`.
    pub log_append_time_ms: Option<i64>,
    /// The log's first offset.
    pub log_start_offset: Option<Offset>,
    /// The records that were to blame: index in the batch, and what was wrong.
    pub record_errors: Vec<(u32, String)>,
    /// Who leads the partition now, with NOT_LEADER_OR_FOLLOWER (KIP-951).
    pub current_leader: Option<CurrentLeader>,
}

/// A partition's leader, as an answer to one who asked the wrong broker. KIP-951.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentLeader {
    /// The leader.
    pub leader: BrokerId,
    /// Its epoch.
    pub leader_epoch: LeaderEpoch,
}

/// Whose fetch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FetchFrom {
    /// A follower replicating, up to the log end.
    Follower {
        /// Which broker.
        broker: BrokerId,
        /// Which incarnation of it (KIP-903).
        broker_epoch: BrokerEpoch,
    },
    /// A consumer, up to the high watermark.
    Consumer,
}

/// Reads from several partitions, waiting a while if there is too little.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchRequest {
    /// Whose.
    pub from: FetchFrom,
    /// How long the broker may wait for `min_bytes`.
    pub max_wait: SimDuration,
    /// From how many bytes on it answers at once.
    pub min_bytes: u32,
    /// Soft limit of the whole answer.
    pub max_bytes: u32,
    /// `client.rack`, empty for none (KIP-392).
    pub rack_id: String,
    /// The partitions, in the order in which they are to be served.
    pub partitions: Vec<FetchPartition>,
}

/// From where on a partition is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchPartition {
    /// The partition.
    pub partition: TopicPartition,
    /// The epoch that the asker believes current; `None` isn't checked.
    pub current_leader_epoch: Option<LeaderEpoch>,
    /// The first offset wanted: everything below it the asker has.
    pub fetch_offset: Offset,
    /// The epoch of the asker's last record, for the divergence check (KIP-595).
    pub last_fetched_epoch: Option<LeaderEpoch>,
    /// A follower's own log start.
    pub log_start_offset: Option<Offset>,
    /// Soft limit for this partition.
    pub max_bytes: u32,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FetchResponse {
    /// One answer a partition, in the order of the request.
    pub partitions: Vec<PartitionFetchResponse>,
}

/// What was read of one partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartitionFetchResponse {
    /// The partition.
    pub partition: TopicPartition,
    /// Why nothing was read; `None` for success.
    pub error: Option<ErrorCode>,
    /// The server's high watermark.
    pub high_watermark: Offset,
    /// The server's last stable offset.
    pub last_stable_offset: Offset,
    /// The server's log start.
    pub log_start_offset: Offset,
    /// Where the asker's log leaves the leader's: the end of that epoch in the leader's log.
    pub diverging_epoch: Option<EpochEndOffset>,
    /// Who leads the partition now, with NOT_LEADER_OR_FOLLOWER or FENCED_LEADER_EPOCH.
    pub current_leader: Option<CurrentLeader>,
    /// The replica to read from in place of the leader (KIP-392).
    pub preferred_read_replica: Option<BrokerId>,
    /// Whole batches, sharing the log's bytes.
    pub batches: Vec<RecordBatch>,
}

/// Where an epoch ends in a log: the offset after its last record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochEndOffset {
    /// The epoch.
    pub epoch: LeaderEpoch,
    /// The first offset after it.
    pub end_offset: Offset,
}

/// Asks where epochs end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OffsetForLeaderEpochRequest {
    /// Partition, the epoch the asker believes current, and the epoch it asks about.
    pub partitions: Vec<(TopicPartition, Option<LeaderEpoch>, LeaderEpoch)>,
}

/// Where epochs end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OffsetForLeaderEpochResponse {
    /// Per partition the end, or nothing if the epoch is unknown.
    pub partitions: Vec<(TopicPartition, Result<Option<EpochEndOffset>, ErrorCode>)>,
}

/// Which offset is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OffsetSpec {
    /// The log start.
    Earliest,
    /// The log end, which only followers may ask for.
    LogEnd,
    /// The high watermark.
    Latest,
    /// The last stable offset (an isolation level of read_committed).
    LatestCommitted,
    /// The first record at or after that timestamp, in milliseconds since 1970.
    Timestamp(i64),
    /// The record with the largest timestamp (KIP-734).
    MaxTimestamp,
}

/// Looks up offsets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListOffsetsRequest {
    /// Partition, the epoch the asker believes current, and what it wants.
    pub partitions: Vec<(TopicPartition, Option<LeaderEpoch>, OffsetSpec)>,
}

/// Offsets found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListOffsetsResponse {
    /// Per partition the offset with its record's timestamp, or nothing if there is none.
    pub partitions: Vec<(TopicPartition, Result<Option<FoundOffset>, ErrorCode>)>,
}

/// An offset found by its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundOffset {
    /// The offset.
    pub offset: Offset,
    /// The record's timestamp, where a record was looked up.
    pub timestamp_ms: Option<i64>,
    /// The epoch of that offset.
    pub leader_epoch: Option<LeaderEpoch>,
}

/// Asks who leads what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataRequest {
    /// The topics; `None` for all.
    pub topics: Option<Vec<TopicName>>,
    /// Whether a missing topic may be created.
    pub allow_auto_topic_creation: bool,
}

/// Who leads what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetadataResponse {
    /// The live brokers.
    pub brokers: Vec<BrokerId>,
    /// The topics asked for.
    pub topics: Vec<(TopicName, Result<Vec<PartitionMetadata>, ErrorCode>)>,
}

/// A partition as a broker knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartitionMetadata {
    /// Its number.
    pub partition: PartitionId,
    /// LEADER_NOT_AVAILABLE if there is none.
    pub error: Option<ErrorCode>,
    /// Its leader.
    pub leader: Option<BrokerId>,
    /// The leader's epoch.
    pub leader_epoch: LeaderEpoch,
    /// Its assignment.
    pub replicas: Vec<BrokerId>,
    /// Its in-sync replicas.
    pub isr: Vec<BrokerId>,
}

/// An idempotent producer asks for its id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InitProducerIdRequest {
    /// The id and epoch it had, if it asks for a new epoch.
    pub current: Option<(ProducerId, i16)>,
}

/// A producer's identity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InitProducerIdResponse {
    /// The id and its epoch.
    pub result: Result<(ProducerId, i16), ErrorCode>,
}
