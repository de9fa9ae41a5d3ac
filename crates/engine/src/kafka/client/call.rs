//! What an application can ask of its client, and what it gets back.
//!
//! Kafka 4.3.1: `Producer`, `Consumer`, `Admin`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kafka::client::exception::ClientException;
use crate::kafka::ids::{BrokerId, LeaderEpoch, Offset, TopicName, TopicPartition};
use crate::kafka::message::{CommittedOffset, ElectionType, FoundOffset};
use crate::kafka::metadata::ConfigResource;
use crate::kafka::record::Header;
use crate::kafka::text_bytes;
use crate::sorted::SortedMap;

/// A method of a client with its arguments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientCall {
    /// `Producer.send`. Returns `Done` once the record is in the accumulator (or throws);
    /// `KafkaEvent::SendCompleted` with the same call id tells what became of it.
    Send(ProducerRecord),
    /// `Producer.flush`.
    Flush,
    /// `close` with a limit of 30 s.
    Close,
    /// `Consumer.subscribe` to topics by name.
    Subscribe { topics: Vec<TopicName> },
    /// `Consumer.unsubscribe`.
    Unsubscribe,
    /// `Consumer.assign`.
    Assign { partitions: Vec<TopicPartition> },
    /// `Consumer.seek`. A negative offset is for Kafka to refuse.
    Seek {
        partition: TopicPartition,
        offset: i64,
    },
    /// `Consumer.seekToBeginning`.
    SeekToBeginning { partitions: Vec<TopicPartition> },
    /// `Consumer.seekToEnd`.
    SeekToEnd { partitions: Vec<TopicPartition> },
    /// `Consumer.pause`.
    PausePartitions { partitions: Vec<TopicPartition> },
    /// `Consumer.resume`.
    ResumePartitions { partitions: Vec<TopicPartition> },
    /// `Consumer.poll`.
    Poll { timeout_ms: u64 },
    /// The application calls `poll(100 ms)` again and again, on its own.
    StartPolling,
    /// The application stops that.
    StopPolling,
    /// `Consumer.commitSync`, of the positions or of given offsets.
    CommitSync {
        offsets: Option<Vec<(TopicPartition, i64)>>,
    },
    /// `Consumer.commitAsync`; its callback is a `CommitCompleted` with this call's id.
    CommitAsync {
        offsets: Option<Vec<(TopicPartition, i64)>>,
    },
    /// `Consumer.position`.
    Position { partition: TopicPartition },
    /// `Consumer.committed`.
    Committed { partitions: Vec<TopicPartition> },
    /// `Consumer.offsetsForTimes`.
    OffsetsForTimes { times: Vec<(TopicPartition, i64)> },
    /// `Admin.createTopics`.
    CreateTopic {
        /// The topic.
        topic: TopicName,
        /// How many partitions; `None` is `num.partitions`.
        partitions: Option<i32>,
        /// How many replicas; `None` is `default.replication.factor`.
        replication_factor: Option<i16>,
        /// Each partition's replicas in place of the two numbers.
        assignment: Option<Vec<Vec<BrokerId>>>,
        /// The topic's own settings.
        #[serde(default)]
        config: SortedMap<String, String>,
    },
    /// `Admin.deleteTopics`.
    DeleteTopic { topic: TopicName },
    /// `Admin.createPartitions`.
    CreatePartitions {
        topic: TopicName,
        total: i32,
        assignment: Option<Vec<Vec<BrokerId>>>,
    },
    /// `Admin.deleteRecords` of one partition; -1 is the high watermark.
    DeleteRecords {
        partition: TopicPartition,
        before: i64,
    },
    /// `Admin.incrementalAlterConfigs`.
    AlterConfig {
        resource: ConfigResource,
        set: SortedMap<String, String>,
        delete: Vec<String>,
    },
    /// `Admin.electLeaders`.
    ElectLeaders {
        election_type: ElectionType,
        partitions: Vec<TopicPartition>,
    },
}

impl ClientCall {
    /// The method's name in Kafka's Java clients.
    pub fn method(&self) -> &'static str {
        match self {
            ClientCall::Send(_) => "send",
            ClientCall::Flush => "flush",
            ClientCall::Close => "close",
            ClientCall::Subscribe { .. } => "subscribe",
            ClientCall::Unsubscribe => "unsubscribe",
            ClientCall::Assign { .. } => "assign",
            ClientCall::Seek { .. } => "seek",
            ClientCall::SeekToBeginning { .. } => "seekToBeginning",
            ClientCall::SeekToEnd { .. } => "seekToEnd",
            ClientCall::PausePartitions { .. } => "pause",
            ClientCall::ResumePartitions { .. } => "resume",
            ClientCall::Poll { .. } | ClientCall::StartPolling | ClientCall::StopPolling => "poll",
            ClientCall::CommitSync { .. } => "commitSync",
            ClientCall::CommitAsync { .. } => "commitAsync",
            ClientCall::Position { .. } => "position",
            ClientCall::Committed { .. } => "committed",
            ClientCall::OffsetsForTimes { .. } => "offsetsForTimes",
            ClientCall::CreateTopic { .. } => "createTopics",
            ClientCall::DeleteTopic { .. } => "deleteTopics",
            ClientCall::CreatePartitions { .. } => "createPartitions",
            ClientCall::DeleteRecords { .. } => "deleteRecords",
            ClientCall::AlterConfig { .. } => "incrementalAlterConfigs",
            ClientCall::ElectLeaders { .. } => "electLeaders",
        }
    }
}

/// A record as an application hands it to its producer.
///
/// Kafka 4.3.1: `ProducerRecord`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProducerRecord {
    /// The topic.
    pub topic: TopicName,
    /// The partition, if the application chooses it.
    pub partition: Option<i32>,
    /// The key's bytes.
    #[serde(default, with = "text_bytes")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<text_bytes::Written>"))]
    pub key: Option<Bytes>,
    /// The value's bytes.
    #[serde(default, with = "text_bytes")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<text_bytes::Written>"))]
    pub value: Option<Bytes>,
    /// Headers in order.
    #[serde(default)]
    pub headers: Vec<Header>,
    /// The application's own timestamp, in milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
}

impl ProducerRecord {
    /// What is wrong with it whatever the cluster is like.
    ///
    /// Kafka 4.3.1: `ProducerRecord#<init>`.
    pub fn misuse(&self) -> Option<ClientException> {
        let illegal = |message| Some(ClientException::new("IllegalArgumentException", message));
        if let Some(timestamp) = self.timestamp_ms.filter(|ms| *ms < 0) {
            return illegal(format!(
                "Invalid timestamp: {timestamp}. Timestamp should always be non-negative or null."
            ));
        }
        if let Some(partition) = self.partition.filter(|number| *number < 0) {
            return illegal(format!(
                "Invalid partition: {partition}. Partition number should always be non-negative \
                 or null."
            ));
        }
        None
    }
}

/// Where an acknowledged record is.
///
/// Kafka 4.3.1: `RecordMetadata`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordMetadata {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset; none with acks=0.
    pub offset: Option<Offset>,
    /// Its timestamp: the producer's, or the broker's with `LogAppendTime`.
    pub timestamp_ms: i64,
}

/// A record as an application gets it from its consumer.
///
/// Kafka 4.3.1: `ConsumerRecord`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsumerRecord {
    /// The partition.
    pub partition: TopicPartition,
    /// The offset.
    pub offset: Offset,
    /// The epoch of its leader when it was appended.
    pub leader_epoch: LeaderEpoch,
    /// Its timestamp in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// Whether that is the broker's: `LogAppendTime`.
    pub is_log_append_time: bool,
    /// The key's bytes.
    pub key: Option<Bytes>,
    /// The value's bytes.
    pub value: Option<Bytes>,
    /// Headers in order.
    pub headers: Vec<Header>,
}

/// What a call gave back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallResult {
    /// It returned, with nothing to tell.
    Done,
    /// It threw.
    Threw(ClientException),
    /// `poll`: records in the order handed out.
    Polled(Vec<ConsumerRecord>),
    /// `position`.
    Position(Offset),
    /// `committed`: nothing where nothing was committed.
    Committed(Vec<(TopicPartition, Option<CommittedOffset>)>),
    /// `offsetsForTimes`.
    OffsetsForTimes(Vec<(TopicPartition, Option<FoundOffset>)>),
    /// `deleteRecords`: where the log of the last live replica starts.
    LowWatermark(Offset),
    /// `electLeaders`: why there was no election, per partition.
    ElectLeaders(Vec<(TopicPartition, Option<ClientException>)>),
}
