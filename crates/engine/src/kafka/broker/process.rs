//! A broker's process: everything it has in memory, and the way of an input to its handler.
//!
//! Kafka 4.3.1: `KafkaApis#handle`, `BrokerServer`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kafka::broker::delete_records::DelayedDelete;
use crate::kafka::broker::disk::BrokerDisk;
use crate::kafka::broker::fetch::DelayedFetch;
use crate::kafka::broker::lifecycle::Lifecycle;
use crate::kafka::broker::log_cleaner::CleaningTask;
use crate::kafka::broker::partition_leader::PartitionLeader;
use crate::kafka::broker::produce::{DelayedProduce, ProduceWaiter};
use crate::kafka::broker::producer_ids::ProducerIdBlocks;
use crate::kafka::broker::purgatory::Purgatory;
use crate::kafka::broker::replica::Replica;
use crate::kafka::broker::replica_fetcher::{FetchedFrom, ReplicaFetcher};
use crate::kafka::config::broker::BrokerConfig;
use crate::kafka::group::GroupCoordinator;
use crate::kafka::ids::{
    BrokerId, CorrelationId, EventId, LeaderEpoch, NodeId, PartitionEpoch, TopicName,
    TopicPartition,
};
use crate::kafka::message::{Message, Request, Response};
use crate::kafka::metadata::MetadataImage;
use crate::kafka::node::{Context, Input};
use crate::kafka::requests::InFlightRequests;
use crate::kafka::time::SimDuration;
use crate::kafka::timer::{BrokerTimer, Timer};
use crate::sorted::{SortedMap, SortedSet};

/// What a broker remembers of a request that it sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Asked {
    /// To be registered.
    Registration,
    /// A heartbeat.
    Heartbeat,
    /// More of the metadata log.
    Metadata,
    /// Another ISR.
    AlterPartition(TopicPartition, LeaderEpoch, PartitionEpoch),
    /// A block of producer ids.
    ProducerIds,
    /// A topic that a client needs.
    CreateTopic(TopicName),
    /// What a leader has for this broker's followers.
    Fetch(BrokerId, Vec<FetchedFrom>),
    /// From where to where a leader's log reaches.
    LeaderOffsets(BrokerId, TopicPartition, LeaderEpoch),
}

/// Everything volatile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Process {
    pub lifecycle: Lifecycle,
    pub metadata: MetadataImage,
    pub requests: InFlightRequests<Asked>,
    pub replicas: SortedMap<TopicPartition, Replica>,
    pub fetchers: SortedMap<BrokerId, ReplicaFetcher>,
    pub produces: Purgatory<ProduceWaiter, DelayedProduce>,
    pub fetches: Purgatory<(NodeId, CorrelationId), DelayedFetch>,
    pub deletes: Vec<DelayedDelete>,
    /// What the cleaner's thread is busy with.
    pub cleaner: Option<CleaningTask>,
    pub producer_ids: ProducerIdBlocks,
    pub groups: GroupCoordinator,
    pub topics_being_created: SortedSet<TopicName>,
    /// ISR wishes whose request failed and that will be sent again.
    pub alter_partition_retries: SortedSet<TopicPartition>,
}

impl Process {
    /// A new process on what the disk has.
    pub fn start(disk: &mut BrokerDisk, config: &BrokerConfig) -> Process {
        let (incarnation, previous_broker_epoch) = disk.start();
        Process {
            lifecycle: Lifecycle::new(incarnation, previous_broker_epoch),
            metadata: MetadataImage::default(),
            requests: InFlightRequests::counting_from(incarnation << 32),
            replicas: SortedMap::new(),
            fetchers: SortedMap::new(),
            produces: Purgatory::default(),
            fetches: Purgatory::default(),
            deletes: Vec::new(),
            cleaner: None,
            producer_ids: ProducerIdBlocks::default(),
            groups: GroupCoordinator::new(config),
            topics_being_created: SortedSet::new(),
            alter_partition_retries: SortedSet::new(),
        }
    }

    /// What this broker keeps as the leader of a partition, if it leads it.
    pub fn leader(&self, partition: &TopicPartition) -> Option<&PartitionLeader> {
        self.replicas.get(partition)?.leader()
    }

    /// The same, to be changed.
    pub fn leader_mut(&mut self, partition: &TopicPartition) -> Option<&mut PartitionLeader> {
        self.replicas.get_mut(partition)?.leader_mut()
    }
}

/// A running broker while it handles one input: settings and disk outlive the process.
pub(super) struct Server<'a> {
    pub id: BrokerId,
    pub config: &'a BrokerConfig,
    pub disk: &'a mut BrokerDisk,
    pub process: &'a mut Process,
}

impl Server<'_> {
    /// Handles one input.
    pub fn handle(&mut self, input: Input, cx: &mut Context<'_>) {
        match input {
            Input::Start => self.on_start(cx),
            Input::Terminate => self.on_terminate(cx),
            Input::Receive { from, message } => self.on_message(from, &message, cx),
            Input::Disconnected { peer, .. } => self.on_disconnected(peer, cx),
            Input::Timeout(Timer::Broker(timer)) => self.on_timer(timer, cx),
            // Other nodes' timers and applications' calls never come to a broker.
            Input::Timeout(_) | Input::Call { .. } => {}
        }
    }

    /// Answers a request.
    pub fn respond(
        &self,
        to: NodeId,
        correlation_id: CorrelationId,
        response: Response,
        cx: &mut Context<'_>,
    ) {
        cx.send(
            to,
            Message::Response {
                correlation_id,
                response,
            },
        );
    }

    /// Asks something of `to`, to be given up after `timeout`.
    pub fn ask(
        &mut self,
        to: NodeId,
        request: Request,
        asked: Asked,
        timeout: SimDuration,
        cx: &mut Context<'_>,
    ) -> CorrelationId {
        self.ask_because(to, (request, asked), &[], timeout, cx)
    }

    /// The same, with causes besides the step's own input.
    pub fn ask_because(
        &mut self,
        to: NodeId,
        (request, asked): (Request, Asked),
        causes: &[EventId],
        timeout: SimDuration,
        cx: &mut Context<'_>,
    ) -> CorrelationId {
        let requests = &mut self.process.requests;
        let correlation_id = requests.send_because(to, (request, asked), causes, cx);
        cx.set_timer(
            Timer::Broker(BrokerTimer::RequestTimeout(correlation_id)),
            timeout,
        );
        correlation_id
    }

    fn on_message(&mut self, from: NodeId, message: &Arc<Message>, cx: &mut Context<'_>) {
        match &**message {
            Message::Request {
                correlation_id,
                request,
            } => {
                if self.process.lifecycle.is_listening() {
                    self.on_request(from, *correlation_id, request, cx);
                } else {
                    cx.close_connection(from);
                }
            }
            Message::Response {
                correlation_id,
                response,
            } => {
                let Some(asked) = self.process.requests.complete(from, *correlation_id) else {
                    return;
                };
                cx.cancel_timer(Timer::Broker(BrokerTimer::RequestTimeout(*correlation_id)));
                self.on_response(asked, response, cx);
            }
        }
    }

    fn on_request(
        &mut self,
        from: NodeId,
        id: CorrelationId,
        request: &Request,
        cx: &mut Context<'_>,
    ) {
        match request {
            Request::Produce(request) => self.on_produce(from, id, request, cx),
            Request::Fetch(request) => self.on_fetch(from, id, request, cx),
            Request::DeleteRecords(request) => self.on_delete_records(from, id, request, cx),
            Request::ListOffsets(request) => {
                let response = Response::ListOffsets(self.list_offsets(from, request));
                self.respond(from, id, response, cx);
            }
            Request::OffsetForLeaderEpoch(request) => {
                let response = Response::OffsetForLeaderEpoch(self.epoch_ends(request));
                self.respond(from, id, response, cx);
            }
            Request::Metadata(request) => {
                let response = Response::Metadata(self.client_metadata(request, cx));
                self.respond(from, id, response, cx);
            }
            Request::InitProducerId(_) => {
                let response = Response::InitProducerId(self.init_producer_id(cx));
                self.respond(from, id, response, cx);
            }
            Request::FindCoordinator(request) => {
                let response = Response::FindCoordinator(self.find_coordinator(request, cx));
                self.respond(from, id, response, cx);
            }
            Request::OffsetCommit(request) => self.on_offset_commit(from, id, request, cx),
            Request::JoinGroup(_)
            | Request::SyncGroup(_)
            | Request::Heartbeat(_)
            | Request::LeaveGroup(_)
            | Request::OffsetFetch(_) => self.on_group_request(from, id, request, cx),
            // These belong to the controller: this listener doesn't speak them.
            Request::CreateTopics(_)
            | Request::DeleteTopics(_)
            | Request::CreatePartitions(_)
            | Request::IncrementalAlterConfigs(_)
            | Request::ElectLeaders(_)
            | Request::BrokerRegistration(_)
            | Request::BrokerHeartbeat(_)
            | Request::AlterPartition(_)
            | Request::AllocateProducerIds(_)
            | Request::FetchMetadataLog(_) => cx.close_connection(from),
        }
    }

    fn on_response(&mut self, asked: Asked, response: &Response, cx: &mut Context<'_>) {
        match (asked, response) {
            (Asked::Registration, Response::BrokerRegistration(response)) => {
                self.on_registration_response(response.result, cx);
            }
            (Asked::Heartbeat, Response::BrokerHeartbeat(response)) => {
                self.on_heartbeat_response(response, cx);
            }
            (Asked::Metadata, Response::FetchMetadataLog(response)) => {
                self.on_metadata(&response.entries, cx);
            }
            (
                Asked::AlterPartition(partition, leader_epoch, partition_epoch),
                Response::AlterPartition(response),
            ) => {
                let base = (leader_epoch, partition_epoch);
                self.on_alter_partition_response(&partition, base, &response.result, cx);
            }
            (Asked::ProducerIds, Response::AllocateProducerIds(response)) => {
                self.process.producer_ids.on_allocated(response.result.ok());
            }
            (Asked::CreateTopic(topic), Response::CreateTopics(_)) => {
                self.process.topics_being_created.remove(&topic);
            }
            (Asked::Fetch(leader, fetched), Response::Fetch(response)) => {
                self.on_replica_fetch_response(leader, &fetched, response, cx);
            }
            (Asked::LeaderOffsets(leader, partition, epoch), Response::ListOffsets(response)) => {
                self.on_leader_offsets(leader, &partition, epoch, response, cx);
            }
            // An answer of another kind than the question is as good as none.
            (asked, _) => self.on_no_answer(asked, cx),
        }
    }

    #[inline(never)]
    fn on_disconnected(&mut self, peer: NodeId, cx: &mut Context<'_>) {
        for key in self.process.fetches.keys_where(|(from, _)| *from == peer) {
            self.process.fetches.complete(&key);
            cx.cancel_timer(Timer::Broker(BrokerTimer::DelayedFetch(key.0, key.1)));
        }
        for asked in self.give_up_requests(peer, cx) {
            self.on_no_answer(asked, cx);
        }
    }

    /// Waits no longer for what was asked of `peer`, and says what that was.
    #[inline(never)]
    pub fn give_up_requests(&mut self, peer: NodeId, cx: &mut Context<'_>) -> Vec<Asked> {
        let given_up = self.process.requests.give_up_peer(peer).into_iter();
        let asked = given_up.map(|(correlation_id, asked)| {
            cx.cancel_timer(Timer::Broker(BrokerTimer::RequestTimeout(correlation_id)));
            asked
        });
        asked.collect()
    }

    fn on_no_answer(&mut self, asked: Asked, cx: &mut Context<'_>) {
        match asked {
            Asked::Registration => self.retry_registration(cx),
            Asked::Heartbeat => self.heartbeat_after_failure(cx),
            Asked::Metadata => self.retry_metadata_fetch(cx),
            Asked::AlterPartition(partition, ..) => self.retry_alter_partition(partition, cx),
            Asked::ProducerIds => self.process.producer_ids.on_allocated(None),
            Asked::CreateTopic(topic) => {
                self.process.topics_being_created.remove(&topic);
            }
            Asked::Fetch(leader, fetched) => self.on_replica_fetch_failed(leader, &fetched, cx),
            Asked::LeaderOffsets(leader, partition, _) => {
                self.delay_fetching(leader, &[partition], cx);
            }
        }
    }

    fn on_timer(&mut self, timer: BrokerTimer, cx: &mut Context<'_>) {
        match timer {
            BrokerTimer::Registration => self.register(cx),
            BrokerTimer::Heartbeat => self.on_heartbeat_timer(cx),
            BrokerTimer::RequestTimeout(correlation_id) => {
                if let Some((peer, asked)) = self.process.requests.give_up(correlation_id) {
                    // Kafka 4.3.1: `NetworkClient#handleTimedOutRequests` closes the connection.
                    if matches!(asked, Asked::Fetch(..) | Asked::LeaderOffsets(..)) {
                        cx.abandon(peer);
                    }
                    self.on_no_answer(asked, cx);
                }
            }
            BrokerTimer::MetadataFetch => self.fetch_metadata(cx),
            BrokerTimer::AlterPartitionRetry => self.on_alter_partition_retry(cx),
            BrokerTimer::IsrCheck => self.on_isr_check(cx),
            BrokerTimer::HighWatermarkCheckpoint => self.on_checkpoint_timer(cx),
            BrokerTimer::Retention => self.on_retention_timer(cx),
            BrokerTimer::Cleaner => self.on_cleaner_timer(cx),
            BrokerTimer::LogFlush => self.on_flush_timer(cx),
            BrokerTimer::ProducerExpiration => self.on_producer_expiration_timer(cx),
            BrokerTimer::ReplicaFetchBackoff(leader) => self.fetch_from_leader(leader, &[], cx),
            BrokerTimer::DelayedFetch(from, id) => self.on_fetch_wait_over(from, id, cx),
            BrokerTimer::DelayedProduce(from, id) => {
                self.on_produce_timeout(&ProduceWaiter::Request(from, id), cx);
            }
            BrokerTimer::DelayedDelete(from, id) => self.on_delete_timeout(from, id, cx),
            BrokerTimer::OffsetCommitWait(write) => {
                self.on_produce_timeout(&ProduceWaiter::CoordinatorWrite(write), cx);
            }
            timer @ (BrokerTimer::MemberSession(..) | BrokerTimer::Rebalance(_)) => {
                self.on_group_timer(&timer, cx);
            }
        }
    }
}
