//! What happened in a node, in the past tense: the facts from which text, "why", lamps,
//! transcript and tests are all derived. No text is stored in an event.

use serde::{Deserialize, Serialize};

use crate::kafka::client::call::{CallResult, RecordMetadata};
use crate::kafka::client::exception::ClientException;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{
    BrokerEpoch, BrokerId, CallId, LeaderEpoch, Offset, PartitionEpoch, ProducerId, TopicId,
    TopicName, TopicPartition,
};
use crate::kafka::log::{DeletionReason, RemovedRecord};
use crate::kafka::metadata::ConfigResource;
use crate::kafka::time::SimTime;

/// What chose the partition of a record.
///
/// Kafka 4.3.1: `KafkaProducer#partition`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChosenBy {
    /// The application named it.
    Application,
    /// The hash of the record's key.
    Key,
    /// The partition whose turn it was.
    RoundRobin,
    /// The partition for whose batch the producer gathers what has no key.
    Sticky,
}

/// Something that happened in a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KafkaEvent {
    // The controller's view of brokers.
    /// The controller registered a broker process; it is still fenced.
    BrokerRegistered {
        broker: BrokerId,
        broker_epoch: BrokerEpoch,
    },
    /// The controller refused a registration: the former process's session is not over.
    BrokerRegistrationRefused { broker: BrokerId, error: ErrorCode },
    /// The controller heard a broker.
    BrokerHeartbeatReceived { broker: BrokerId },
    /// The controller lets a broker lead and be in ISRs.
    BrokerUnfenced { broker: BrokerId },
    /// The controller no longer lets a broker lead or be in ISRs.
    BrokerFenced {
        broker: BrokerId,
        last_heartbeat_at: SimTime,
        /// Whether it was fenced already, as after a clean stop.
        was_fenced: bool,
        session_timeout_ms: u64,
    },
    /// A broker began its controlled shutdown.
    ControlledShutdownStarted { broker: BrokerId },
    /// A broker may go down: it leads nothing any more and the others know.
    ControlledShutdownCompleted { broker: BrokerId },

    // The controller's view of topics.
    /// A topic was created.
    TopicCreated {
        topic: TopicName,
        topic_id: TopicId,
        replicas: Vec<Vec<BrokerId>>,
    },
    /// A topic was deleted.
    TopicDeleted { topic: TopicName },
    /// Partitions were added to a topic.
    PartitionsAdded {
        topic: TopicName,
        from: u32,
        to: u32,
    },
    /// A setting was changed.
    ConfigChanged {
        resource: ConfigResource,
        name: String,
        value: Option<String>,
    },
    /// A partition got another leader, or none.
    LeaderElected(Box<LeaderElection>),
    /// The controller changed a partition's ISR.
    IsrChanged {
        partition: TopicPartition,
        from: Vec<BrokerId>,
        to: Vec<BrokerId>,
        partition_epoch: PartitionEpoch,
    },
    /// The controller changed a partition's eligible leader replicas.
    ElrChanged {
        partition: TopicPartition,
        from: Vec<BrokerId>,
        to: Vec<BrokerId>,
    },
    /// The controller refused a leader's wish for another ISR.
    AlterPartitionRefused {
        partition: TopicPartition,
        error: ErrorCode,
    },

    // Replicas on brokers.
    /// A broker took over a partition.
    BecameLeader {
        partition: TopicPartition,
        leader_epoch: LeaderEpoch,
        /// Where its epoch starts in its log.
        start_offset: Offset,
        high_watermark: Offset,
    },
    /// A broker follows a partition's leader.
    BecameFollower {
        partition: TopicPartition,
        leader: Option<BrokerId>,
        leader_epoch: LeaderEpoch,
    },
    /// A leader wrote a batch.
    RecordsAppended {
        partition: TopicPartition,
        leader_epoch: LeaderEpoch,
        base_offset: Offset,
        last_offset: Offset,
    },
    /// A segment was closed and the next one begun.
    SegmentRolled {
        partition: TopicPartition,
        /// Where the next one begins.
        base_offset: Offset,
    },
    /// Retention took segments.
    SegmentsDeleted {
        partition: TopicPartition,
        reason: DeletionReason,
        segments: u32,
        bytes: u64,
    },
    /// A cleaner took on the dirtiest log.
    LogCleaningStarted {
        partition: TopicPartition,
        /// What is dirty and may be cleaned.
        from: Offset,
        to: Offset,
        /// How many bytes were cleaned once, and how many may be cleaned now.
        clean_bytes: u64,
        cleanable_bytes: u64,
        /// Whether a record has waited for `max.compaction.lag.ms`.
        is_overdue: bool,
    },
    /// A cleaner put one new segment in the place of old ones.
    SegmentsCleaned {
        partition: TopicPartition,
        /// Where the new one begins.
        base_offset: Offset,
        /// How many old ones there were.
        segments: u32,
        bytes_before: u64,
        bytes_after: u64,
        /// What is gone with them.
        removed: Vec<RemovedRecord>,
    },
    /// A cleaner gave a log up that was cut, deleted, or is no longer compacted.
    LogCleaningAborted { partition: TopicPartition },
    /// A cleaner compacted a log up to an offset.
    LogCleaned {
        partition: TopicPartition,
        /// What was dirty.
        from: Offset,
        to: Offset,
        /// How many records lay below, and how many of them are left.
        records_before: u64,
        records_after: u64,
    },
    /// A leader was sent a batch that it has already: nothing is written.
    DuplicateBatchIgnored {
        partition: TopicPartition,
        base_offset: Offset,
        last_offset: Offset,
    },
    /// A leader refused a batch.
    AppendRefused {
        partition: TopicPartition,
        error: ErrorCode,
        message: Option<String>,
    },
    /// A follower wrote what it fetched.
    RecordsReplicated {
        partition: TopicPartition,
        base_offset: Offset,
        last_offset: Offset,
    },
    /// A replica cut off the end of its log.
    LogTruncated {
        partition: TopicPartition,
        /// Its log end before.
        from: Offset,
        /// Its log end now.
        to: Offset,
        /// Why it cut.
        reason: TruncationReason,
    },
    /// A log starts later than before: its older records are given up.
    LogStartAdvanced {
        partition: TopicPartition,
        from: Offset,
        to: Offset,
    },
    /// A leader raised the high watermark.
    HighWatermarkAdvanced {
        partition: TopicPartition,
        from: Offset,
        to: Offset,
    },
    /// A follower learnt of a higher high watermark.
    FollowerHighWatermarkAdvanced {
        partition: TopicPartition,
        from: Offset,
        to: Offset,
    },
    /// A leader asks to take lagging followers out of the ISR.
    IsrShrinkRequested {
        partition: TopicPartition,
        out: Vec<BrokerId>,
    },
    /// A leader asks to take a caught-up follower into the ISR.
    IsrExpandRequested {
        partition: TopicPartition,
        joining: BrokerId,
    },
    /// An acks=all request waits for followers.
    ProduceWaits {
        partition: TopicPartition,
        /// The high watermark that it needs.
        required_offset: Offset,
        /// The in-sync replicas that don't have it yet.
        missing: Vec<BrokerId>,
    },

    // Clients.
    /// A producer took a record from its application and chose its partition.
    RecordQueued {
        call: CallId,
        partition: TopicPartition,
        chosen_by: ChosenBy,
        key: Option<bytes::Bytes>,
    },
    /// A producer got its id.
    ProducerIdAssigned {
        producer_id: ProducerId,
        producer_epoch: i16,
    },
    /// A producer closed a batch and sends it.
    BatchSent {
        partition: TopicPartition,
        record_count: u32,
        base_sequence: Option<i32>,
        attempt: u32,
    },
    /// A producer will send a batch again.
    BatchRetried {
        partition: TopicPartition,
        error: ErrorCode,
    },
    /// A send was decided: acknowledged, or failed for good.
    SendCompleted {
        call: CallId,
        outcome: Result<RecordMetadata, ClientException>,
    },
    /// A client learnt that a partition has another leader.
    LeaderLearnt {
        partition: TopicPartition,
        leader: Option<BrokerId>,
        leader_epoch: LeaderEpoch,
    },
    /// A consumer's application got records, and its position moved.
    RecordsPolled {
        partition: TopicPartition,
        from: Offset,
        to: Offset,
        count: u32,
    },
    /// A consumer took a position that no poll gave it: from a commit, a reset or a seek.
    PositionSet {
        partition: TopicPartition,
        offset: Offset,
        reason: PositionReason,
    },
    /// A consumer was told which partitions are its own.
    PartitionsAssigned {
        partitions: Vec<TopicPartition>,
        generation_id: i32,
    },
    /// A consumer lost partitions.
    PartitionsRevoked { partitions: Vec<TopicPartition> },
    /// A consumer learnt that its partitions may be others' already.
    PartitionsLost { partitions: Vec<TopicPartition> },
    /// A consumer's commit was answered.
    CommitCompleted {
        /// The application's call; `None` for an automatic commit.
        call: Option<CallId>,
        offsets: Vec<(TopicPartition, Offset)>,
        error: Option<ClientException>,
    },
    /// A client's method returned or threw.
    CallReturned { call: CallId, result: CallResult },

    // Group coordinators.
    /// A broker coordinates the groups of one partition of `__consumer_offsets`.
    CoordinatorLoaded { partition: TopicPartition },
    /// A member was admitted to a group.
    MemberJoined { group_id: String, member_id: String },
    /// A group's members must join again.
    RebalanceStarted { group_id: String },
    /// A group has a new generation with its assignment.
    GenerationStable {
        group_id: String,
        generation_id: i32,
        members: Vec<String>,
    },
    /// A member left by itself.
    MemberLeft { group_id: String, member_id: String },
    /// A member was not heard of for its session timeout.
    MemberSessionExpired { group_id: String, member_id: String },
    /// An offset was committed: stored by the coordinator on all in-sync replicas.
    OffsetCommitted {
        group_id: String,
        partition: TopicPartition,
        offset: Offset,
    },
}

/// A change of leadership, with what was considered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderElection {
    /// The partition.
    pub partition: TopicPartition,
    /// Who led before.
    pub from: Option<BrokerId>,
    /// Who leads now; none if nobody may.
    pub to: Option<BrokerId>,
    /// The new leader's epoch.
    pub leader_epoch: LeaderEpoch,
    /// The replicas in assignment order, each with what was found about it.
    pub candidates: Vec<(BrokerId, Candidate)>,
    /// What sort of election it was.
    pub kind: ElectionKind,
}

/// What an election found about a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Candidate {
    /// It became or stayed the leader.
    Chosen,
    /// Its broker is fenced.
    Fenced,
    /// Its broker is shutting down.
    ShuttingDown,
    /// It is neither in the ISR nor eligible.
    NotInSync,
    /// An earlier one was taken.
    NotReached,
}

/// By which rule a leader was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ElectionKind {
    /// The partition's first leader.
    Initial,
    /// The first valid replica in assignment order.
    Clean,
    /// The preferred replica, by request or by balancing.
    Preferred,
    /// A replica that may lack committed records.
    Unclean,
    /// The last known leader, after all others were lost (KIP-966).
    LastKnownLeader,
    /// Nobody may lead.
    NoLeader,
}

/// Why a log lost its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TruncationReason {
    /// The leader's log leaves this one's at the end of that epoch.
    DivergingEpoch { epoch: LeaderEpoch },
    /// The leader's log is shorter.
    LeaderLogShorter,
    /// The leader no longer has what follows here.
    LeaderLogStartsLater,
    /// The machine lost its power before it was flushed.
    PowerCut,
}

/// Where a consumer's position came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PositionReason {
    /// The group's committed offset.
    Committed,
    /// `auto.offset.reset`.
    AutoOffsetReset,
    /// The application's seek.
    Seek,
    /// The new leader's log ends before the position: the divergence point (KIP-320).
    LogTruncation,
}
