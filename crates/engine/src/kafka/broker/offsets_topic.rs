//! `__consumer_offsets`: creating it on first need, finding a group's coordinator by it, and
//! serving as the coordinator of the groups of those partitions that this broker leads.
//!
//! Kafka 4.3.1: `KafkaApis#getCoordinator`, `DefaultAutoTopicCreationManager`,
//! `CoordinatorPartitionWriter`, `GroupCoordinatorService#onElection`, `#onResignation`.

use crate::kafka::broker::process::Server;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::group::offsets::CheckedCommit;
use crate::kafka::group::{CoordinatorWrite, OFFSETS_TOPIC};
use crate::kafka::ids::{CorrelationId, NodeId, PartitionId, TopicName, TopicPartition};
use crate::kafka::log::{FirstBatch, Log, ReadLimits};
use crate::kafka::message::{
    CreateTopicsRequest, FindCoordinatorRequest, FindCoordinatorResponse, OffsetCommitRequest,
    OffsetCommitResponse, Request, Response,
};
use crate::kafka::murmur2::coordinator_partition;
use crate::kafka::node::Context;
use crate::kafka::record::{BatchSpec, RecordBatch, encode_batch};
use crate::kafka::timer::BrokerTimer;
use crate::sorted::SortedMap;

/// Whether it is that topic.
pub(super) fn is_offsets_topic(name: &TopicName) -> bool {
    name.as_str() == OFFSETS_TOPIC
}

impl Server<'_> {
    /// The broker that leads the group's partition of the offsets topic.
    pub fn find_coordinator(
        &mut self,
        request: &FindCoordinatorRequest,
        cx: &mut Context<'_>,
    ) -> FindCoordinatorResponse {
        let topic = self
            .process
            .metadata
            .topics
            .get(&TopicName::new(OFFSETS_TOPIC));
        let Some(topic) = topic else {
            self.create_offsets_topic(cx);
            return FindCoordinatorResponse {
                result: Err(ErrorCode::CoordinatorNotAvailable),
            };
        };
        let count = u32::try_from(topic.partitions.len()).unwrap_or(u32::MAX);
        let partition: PartitionId = coordinator_partition(&request.group_id, count);
        let leader = topic.partitions.get(&partition).and_then(|it| it.leader);
        let brokers = &self.process.metadata.brokers;
        let live = leader.filter(|id| brokers.get(id).is_some_and(|broker| !broker.fenced));
        FindCoordinatorResponse {
            result: live.ok_or(ErrorCode::CoordinatorNotAvailable),
        }
    }

    /// Asks the controller for the offsets topic.
    ///
    /// Kafka 4.3.1: `DefaultAutoTopicCreationManager#creatableTopic`,
    /// `GroupCoordinatorService#groupMetadataTopicConfigs`.
    /// Simplified: the replication factor is at most the number of live brokers, where Kafka
    /// would fail until there are as many as set.
    pub fn create_offsets_topic(&mut self, cx: &mut Context<'_>) {
        let brokers = self.process.metadata.brokers.values();
        let live_count = brokers.filter(|broker| !broker.fenced).count();
        let live_count = i16::try_from(live_count).unwrap_or(i16::MAX);
        let settings = [
            ("cleanup.policy", "compact"),
            ("compression.type", "producer"),
            ("segment.bytes", "104857600"),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let replication_factor = self.config.offsets_topic_replication_factor.min(live_count);
        let request = CreateTopicsRequest {
            topic: TopicName::new(OFFSETS_TOPIC),
            partitions: i32::try_from(self.config.offsets_topic_num_partitions).ok(),
            replication_factor: Some(replication_factor),
            assignment: None,
            config: SortedMap::from(settings),
        };
        self.create_topic(request, cx);
    }

    /// A member of a group asks something.
    pub fn on_group_request(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        request: &Request,
        cx: &mut Context<'_>,
    ) {
        let writes = self
            .process
            .groups
            .handle(from, correlation_id, request, cx);
        self.write_for_coordinator(writes, cx);
    }

    /// A client commits offsets: those of partitions that don't exist are refused before the
    /// group is asked, and a request in which nothing is left is answered without it.
    ///
    /// Kafka 4.3.1: `KafkaApis#handleOffsetCommitRequest`.
    /// Simplified: topics go by name, where a client that knows their ids sends those and gets
    /// UNKNOWN_TOPIC_ID.
    pub fn on_offset_commit(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        request: &OffsetCommitRequest,
        cx: &mut Context<'_>,
    ) {
        let metadata = &self.process.metadata;
        let (known, unknown): (Vec<_>, Vec<_>) = request
            .offsets
            .iter()
            .cloned()
            .partition(|(partition, _)| metadata.partition(partition).is_some());
        let refused = unknown
            .into_iter()
            .map(|(partition, _)| (partition, ErrorCode::UnknownTopicOrPartition));
        if known.is_empty() {
            let partitions = refused
                .map(|(partition, error)| (partition, Some(error)))
                .collect();
            let response = Response::OffsetCommit(OffsetCommitResponse { partitions });
            self.respond(from, correlation_id, response, cx);
            return;
        }
        let request = OffsetCommitRequest {
            offsets: known,
            ..request.clone()
        };
        let commit = CheckedCommit {
            request: &request,
            refused: refused.collect(),
        };
        let groups = &mut self.process.groups;
        let writes = groups.commit_offsets(from, correlation_id, commit, cx);
        self.write_for_coordinator(writes, cx);
    }

    /// Topics are gone: so are the offsets committed for them.
    pub fn on_topics_deleted(&mut self, topics: &[TopicName], cx: &mut Context<'_>) {
        let writes = self.process.groups.on_topics_deleted(topics, cx);
        self.write_for_coordinator(writes, cx);
    }

    /// A timer of the group coordinator went off.
    pub fn on_group_timer(&mut self, timer: &BrokerTimer, cx: &mut Context<'_>) {
        let writes = self.process.groups.on_timer(timer, cx);
        self.write_for_coordinator(writes, cx);
    }

    /// The replicas have what the coordinator wrote, or it is given up.
    pub fn on_coordinator_write_completed(
        &mut self,
        write: u64,
        outcome: Result<(), ErrorCode>,
        cx: &mut Context<'_>,
    ) {
        let writes = self.process.groups.on_write_completed(write, outcome, cx);
        self.write_for_coordinator(writes, cx);
    }

    /// This broker now leads `partition`: if that is one of the offsets topic's, it coordinates
    /// the groups in it.
    ///
    /// Simplified: loading takes no time.
    pub fn after_becoming_leader(&mut self, partition: &TopicPartition, cx: &mut Context<'_>) {
        if !is_offsets_topic(&partition.topic) {
            return;
        }
        let batches = self.disk.log(partition).map_or_else(Vec::new, all_batches);
        self.process.groups.load(partition, &batches, cx);
    }

    /// This broker will no longer lead `partition`.
    pub fn before_leaving_leadership(&mut self, partition: &TopicPartition, cx: &mut Context<'_>) {
        if is_offsets_topic(&partition.topic) {
            self.process.groups.unload(partition, cx);
        }
    }

    fn write_for_coordinator(&mut self, writes: Vec<CoordinatorWrite>, cx: &mut Context<'_>) {
        for write in writes {
            let bytes = encode_batch(&BatchSpec::default(), &write.records);
            match RecordBatch::from_bytes(bytes, cx.input_event()) {
                Ok(batch) => self.append_for_coordinator(write.id, &write.partition, batch, cx),
                Err(_) => {
                    let outcome = Err(ErrorCode::UnknownServerError);
                    self.on_coordinator_write_completed(write.id, outcome, cx);
                }
            }
        }
    }
}

/// Everything in a log: a read ends with its segment, so there may be many.
fn all_batches(log: &Log) -> Vec<RecordBatch> {
    let limits = ReadLimits {
        max_bytes: u32::MAX,
        upper_bound: log.log_end_offset(),
        first_batch: FirstBatch::AlwaysWhole,
    };
    let mut batches: Vec<RecordBatch> = Vec::new();
    let mut from = log.log_start_offset();
    while let Ok(more) = log.read(from, &limits)
        && let Some(last) = more.last()
    {
        from = last.next_offset();
        batches.extend(more);
    }
    batches
}
