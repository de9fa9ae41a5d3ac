//! Appending what producers send, and answering when enough replicas have it.
//!
//! | acks | answered |
//! |---|---|
//! | 0 | never; a refusal closes the connection |
//! | 1 | once the leader's log has it |
//! | all | once the high watermark has passed it, in every partition of the request |
//!
//! Kafka 4.3.1: `KafkaApis#handleProduceRequest`, `ReplicaManager#appendRecords`,
//! `Partition#appendRecordsToLeader`, `DelayedProduce`.

use serde::{Deserialize, Serialize};

use crate::kafka::broker::log_manager::{clock_for, emit_roll};
use crate::kafka::broker::process::Server;
use crate::kafka::broker::replica::{Replica, WaitingProduce};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{CorrelationId, EventId, NodeId, Offset, TopicPartition};
use crate::kafka::log::{AppendError, AppendInfo, AppendOrigin, LeaderAppend, TransactionVersion};
use crate::kafka::message::{
    Acks, CurrentLeader, Message, PartitionBatch, PartitionProduceResponse, ProduceRequest,
    ProduceResponse, Response,
};
use crate::kafka::node::Context;
use crate::kafka::record::RecordBatch;
use crate::kafka::timer::{BrokerTimer, Timer};

/// Who waits for replicas to have something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum ProduceWaiter {
    /// A client's acks=all request.
    Request(NodeId, CorrelationId),
    /// The group coordinator of this broker, for a write of that number.
    CoordinatorWrite(u64),
}

/// An append that waits for replicas.
///
/// Kafka 4.3.1: `DelayedProduce`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DelayedProduce {
    received: EventId,
    /// The high watermark moves that decided partitions of it.
    decided_by: Vec<EventId>,
    partitions: Vec<PartitionStatus>,
}

/// One partition of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct PartitionStatus {
    /// What will be answered if nothing goes wrong.
    pub response: PartitionProduceResponse,
    /// The high watermark it waits for; none once it is decided.
    required_offset: Option<Offset>,
}

impl DelayedProduce {
    /// What it waits for in `partition`; whom it waits for is the leader's to say.
    pub fn waiting_for(&self, partition: &TopicPartition) -> Option<WaitingProduce> {
        let of = |status: &&PartitionStatus| status.response.partition == *partition;
        let status = self.partitions.iter().find(of)?;
        Some(WaitingProduce {
            base_offset: status.response.base_offset,
            received: self.received,
            required_offset: status.required_offset?,
            missing: Vec::new(),
        })
    }

    fn is_decided(&self) -> bool {
        self.partitions
            .iter()
            .all(|status| status.required_offset.is_none())
    }
}

impl Server<'_> {
    /// Appends each batch, then answers now, later or never.
    pub fn on_produce(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        request: &ProduceRequest,
        cx: &mut Context<'_>,
    ) {
        let mut partitions = Vec::with_capacity(request.batches.len());
        let mut appended = Vec::new();
        for batch in &request.batches {
            let outcome = self.produce_to(batch, request.acks, cx);
            appended.extend(outcome.1.map(|event| (batch.partition.clone(), event)));
            partitions.push(outcome.0);
        }
        match request.acks {
            Acks::None => {
                if partitions
                    .iter()
                    .any(|status| status.response.error.is_some())
                {
                    cx.close_connection(from);
                }
            }
            Acks::Leader => {
                let written: Vec<EventId> = appended.iter().map(|(_, event)| *event).collect();
                self.respond_produce(from, correlation_id, partitions, &written, cx);
            }
            Acks::All => {
                let waiter = ProduceWaiter::Request(from, correlation_id);
                if self.wait_for_replicas(waiter, partitions, cx) {
                    let timer = BrokerTimer::DelayedProduce(from, correlation_id);
                    cx.set_timer(Timer::Broker(timer), request.timeout);
                }
            }
        }
        for (partition, event) in appended {
            self.check_fetches(&partition, event, cx);
        }
    }

    /// Appends one batch of a client's. Returns its status, and the append if there was one.
    fn produce_to(
        &mut self,
        batch: &PartitionBatch,
        acks: Acks,
        cx: &mut Context<'_>,
    ) -> (PartitionStatus, Option<EventId>) {
        let partition = &batch.partition;
        let is_known = self.process.metadata.partition(partition).is_some();
        let append = if !is_known {
            Err(refusal(ErrorCode::UnknownTopicOrPartition))
        } else if is_internal_topic(partition) {
            Err(refusal(ErrorCode::InvalidTopicException))
        } else {
            let append = Append {
                acks,
                origin: AppendOrigin::Client,
            };
            self.append_as_leader(partition, batch.batch.clone(), append, cx)
        };
        self.status_of(partition, append, cx)
    }

    /// Appends to a partition that this broker leads, and lets a lone leader's high watermark
    /// move with it.
    ///
    /// Kafka 4.3.1: `Partition#appendRecordsToLeader`.
    fn append_as_leader(
        &mut self,
        partition: &TopicPartition,
        batch: RecordBatch,
        append: Append,
        cx: &mut Context<'_>,
    ) -> Result<(AppendInfo, Option<EventId>), AppendError> {
        let replica = self.process.replicas.get_mut(partition);
        let Some(replica) = replica.filter(|replica| replica.leader().is_some()) else {
            return Err(refusal(ErrorCode::NotLeaderOrFollower));
        };
        let leader_epoch = replica.leader_epoch();
        let min_insync_replicas = replica.settings.min_insync_replicas;
        let is_under_min = replica
            .leader()
            .is_some_and(|leader| leader.is_under_min_isr(min_insync_replicas));
        if append.acks == Acks::All && is_under_min {
            return Err(refusal(ErrorCode::NotEnoughReplicas));
        }
        let Some(log) = self.disk.log_mut(partition) else {
            return Err(refusal(ErrorCode::KafkaStorageError));
        };
        let as_leader = LeaderAppend {
            partition,
            leader_epoch,
            clock: clock_for(&replica.settings.log, cx),
            origin: append.origin,
            config: &replica.settings.log,
        };
        let info = log.append_as_leader(batch, &as_leader)?;
        emit_roll(partition, info.rolled_to, cx);
        let (base_offset, last_offset) = (info.base_offset, info.last_offset);
        let partition = partition.clone();
        if info.is_duplicate {
            cx.emit(KafkaEvent::DuplicateBatchIgnored {
                partition,
                base_offset,
                last_offset,
            });
            return Ok((info, None));
        }
        let event = cx.emit(KafkaEvent::RecordsAppended {
            partition: partition.clone(),
            leader_epoch,
            base_offset,
            last_offset,
        });
        if let Some(leader) = replica.leader_mut() {
            leader.appended(last_offset.plus(1), event);
        }
        self.advance_high_watermark(&partition, None, cx);
        Ok((info, Some(event)))
    }

    /// Appends what the group coordinator wants to keep, as acks=all. Completion comes with the
    /// number `write`.
    ///
    /// Kafka 4.3.1: `CoordinatorPartitionWriter#append`.
    pub fn append_for_coordinator(
        &mut self,
        write: u64,
        partition: &TopicPartition,
        batch: RecordBatch,
        cx: &mut Context<'_>,
    ) {
        let origin = AppendOrigin::Coordinator {
            transaction_version: TransactionVersion::V2,
        };
        let append = Append {
            acks: Acks::All,
            origin,
        };
        let append = self.append_as_leader(partition, batch, append, cx);
        let (status, event) = self.status_of(partition, append, cx);
        let waiter = ProduceWaiter::CoordinatorWrite(write);
        if self.wait_for_replicas(waiter, vec![status], cx) {
            let timer = Timer::Broker(BrokerTimer::OffsetCommitWait(write));
            cx.set_timer(timer, self.config.offsets_commit_timeout);
        }
        if let Some(event) = event {
            self.check_fetches(partition, event, cx);
        }
    }

    fn status_of(
        &self,
        partition: &TopicPartition,
        append: Result<(AppendInfo, Option<EventId>), AppendError>,
        cx: &mut Context<'_>,
    ) -> (PartitionStatus, Option<EventId>) {
        let mut response = PartitionProduceResponse {
            partition: partition.clone(),
            error: None,
            error_message: None,
            base_offset: None,
            log_append_time_ms: None,
            log_start_offset: self.disk.log(partition).map(|log| log.log_start_offset()),
            record_errors: Vec::new(),
            current_leader: None,
        };
        match append {
            Ok((info, event)) => {
                response.base_offset = Some(info.base_offset);
                response.log_append_time_ms = info.log_append_time_ms;
                let required_offset = Some(info.last_offset.plus(1));
                (
                    PartitionStatus {
                        response,
                        required_offset,
                    },
                    event,
                )
            }
            Err(error) => {
                let message = error.response_message().map(str::to_owned);
                response.error = Some(error.code);
                response.error_message.clone_from(&message);
                response.record_errors = error.record_errors;
                let (partition, error) = (partition.clone(), error.code);
                cx.emit(KafkaEvent::AppendRefused {
                    partition,
                    error,
                    message,
                });
                (
                    PartitionStatus {
                        response,
                        required_offset: None,
                    },
                    None,
                )
            }
        }
    }

    /// Lets an acks=all append wait, or completes it if all is decided already. Returns whether
    /// it waits.
    fn wait_for_replicas(
        &mut self,
        waiter: ProduceWaiter,
        partitions: Vec<PartitionStatus>,
        cx: &mut Context<'_>,
    ) -> bool {
        let watched: Vec<TopicPartition> = partitions
            .iter()
            .filter(|status| status.required_offset.is_some())
            .map(|status| status.response.partition.clone())
            .collect();
        let received = cx.input_event();
        let delayed = DelayedProduce {
            received,
            decided_by: Vec::new(),
            partitions,
        };
        self.process.produces.watch(waiter, delayed, watched);
        if self.try_complete_produce(&waiter, cx) {
            return false;
        }
        self.tell_whom_it_waits_for(&waiter, cx);
        true
    }

    fn tell_whom_it_waits_for(&self, waiter: &ProduceWaiter, cx: &mut Context<'_>) {
        let Some(delayed) = self.process.produces.get(waiter) else {
            return;
        };
        for status in &delayed.partitions {
            let partition = status.response.partition.clone();
            let replica = self.process.replicas.get(&partition);
            let leader = replica.and_then(Replica::leader);
            if let (Some(required_offset), Some(leader)) = (status.required_offset, leader) {
                let missing = leader.missing_below(required_offset);
                cx.emit(KafkaEvent::ProduceWaits {
                    partition,
                    required_offset,
                    missing,
                });
            }
        }
    }

    /// Something happened in `partition`: completes the appends for which it was the last wait.
    pub fn check_produces(&mut self, partition: &TopicPartition, cx: &mut Context<'_>) {
        for waiter in self.process.produces.watching(partition) {
            self.try_complete_produce(&waiter, cx);
        }
    }

    /// Decides what can be decided, and answers if that is all. Returns whether it was.
    ///
    /// Kafka 4.3.1: `DelayedProduce#tryComplete`.
    fn try_complete_produce(&mut self, waiter: &ProduceWaiter, cx: &mut Context<'_>) -> bool {
        let replicas = &self.process.replicas;
        let Some(delayed) = self.process.produces.get_mut(waiter) else {
            return true;
        };
        for status in &mut delayed.partitions {
            let Some(required) = status.required_offset else {
                continue;
            };
            let replica = replicas.get(&status.response.partition);
            if let Some(outcome) = reach(replica, required) {
                status.required_offset = None;
                status.response.error = outcome.err();
                let event = replica.and_then(|replica| replica.high_watermark_event);
                delayed.decided_by.extend(event.filter(|_| outcome.is_ok()));
            }
        }
        if !delayed.is_decided() {
            return false;
        }
        self.complete_produce(waiter, cx);
        true
    }

    /// A request has waited its time: what is undecided is answered REQUEST_TIMED_OUT. Its
    /// records stay in the log.
    ///
    /// Kafka 4.3.1: `DelayedProduce#onExpiration`.
    pub fn on_produce_timeout(&mut self, waiter: &ProduceWaiter, cx: &mut Context<'_>) {
        let Some(delayed) = self.process.produces.get_mut(waiter) else {
            return;
        };
        for status in &mut delayed.partitions {
            if status.required_offset.take().is_some() {
                status.response.error = Some(ErrorCode::RequestTimedOut);
            }
        }
        self.complete_produce(waiter, cx);
    }

    fn complete_produce(&mut self, waiter: &ProduceWaiter, cx: &mut Context<'_>) {
        let Some(delayed) = self.process.produces.complete(waiter) else {
            return;
        };
        let mut causes = delayed.decided_by;
        causes.insert(0, delayed.received);
        causes.retain(|event| *event != cx.input_event());
        causes.dedup();
        match *waiter {
            ProduceWaiter::Request(from, id) => {
                cx.cancel_timer(Timer::Broker(BrokerTimer::DelayedProduce(from, id)));
                self.respond_produce(from, id, delayed.partitions, &causes, cx);
            }
            ProduceWaiter::CoordinatorWrite(write) => {
                cx.cancel_timer(Timer::Broker(BrokerTimer::OffsetCommitWait(write)));
                let error = delayed
                    .partitions
                    .first()
                    .and_then(|status| status.response.error);
                self.on_coordinator_write_completed(write, error.map_or(Ok(()), Err), cx);
            }
        }
    }

    fn respond_produce(
        &self,
        to: NodeId,
        correlation_id: CorrelationId,
        statuses: Vec<PartitionStatus>,
        causes: &[EventId],
        cx: &mut Context<'_>,
    ) {
        let mut partitions: Vec<_> = statuses.into_iter().map(|status| status.response).collect();
        for response in &mut partitions {
            if response.error == Some(ErrorCode::NotLeaderOrFollower) {
                response.current_leader = self.current_leader(&response.partition);
            }
        }
        let response = Response::Produce(ProduceResponse { partitions });
        cx.send_because(
            to,
            Message::Response {
                correlation_id,
                response,
            },
            causes,
        );
    }

    /// The leader as this broker knows it: from its replica, else from the metadata. KIP-951.
    ///
    /// Kafka 4.3.1: `KafkaApis#getCurrentLeader`.
    pub fn current_leader(&self, partition: &TopicPartition) -> Option<CurrentLeader> {
        let (leader, leader_epoch) = match self.process.replicas.get(partition) {
            Some(replica) => (replica.leader_id(), replica.leader_epoch()),
            None => {
                let registration = self.process.metadata.partition(partition)?;
                (registration.leader, registration.leader_epoch)
            }
        };
        leader.map(|leader| CurrentLeader {
            leader,
            leader_epoch,
        })
    }
}

/// How an append is made.
struct Append {
    acks: Acks,
    origin: AppendOrigin,
}

/// Whether enough replicas have everything below `required`, if that is decided.
///
/// Kafka 4.3.1: `Partition#checkEnoughReplicasReachOffset`.
fn reach(replica: Option<&Replica>, required: Offset) -> Option<Result<(), ErrorCode>> {
    let led = replica.and_then(|replica| replica.leader().map(|leader| (replica, leader)));
    let Some((replica, leader)) = led else {
        return Some(Err(ErrorCode::NotLeaderOrFollower));
    };
    if replica.high_watermark < required {
        return None;
    }
    let min_isr = leader.effective_min_isr(replica.settings.min_insync_replicas);
    let is_enough = leader.isr.maximal_size() as u64 >= u64::from(min_isr);
    Some(if is_enough {
        Ok(())
    } else {
        Err(ErrorCode::NotEnoughReplicasAfterAppend)
    })
}

fn refusal(code: ErrorCode) -> AppendError {
    AppendError {
        code,
        message: code.message().to_owned(),
        record_errors: Vec::new(),
    }
}

/// Whether only Kafka itself writes to the topic.
///
/// Kafka 4.3.1: `Topic#isInternal`.
pub(super) fn is_internal_topic(partition: &TopicPartition) -> bool {
    [
        "__consumer_offsets",
        "__transaction_state",
        "__share_group_state",
    ]
    .contains(&partition.topic.as_str())
}
