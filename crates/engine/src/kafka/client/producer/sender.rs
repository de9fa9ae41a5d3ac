//! The sender: gets metadata and an id, and sends what is ready.
//!
//! Kafka 4.3.1: `Sender`, `NetworkClient`.

use serde::{Deserialize, Serialize};

use super::Producer;
use super::batch::{BatchId, ProducerIdentity};
use super::drain::{Drain, Urgency};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, CorrelationId, EventId, NodeId};
use crate::kafka::message::{
    Acks, InitProducerIdRequest, InitProducerIdResponse, PartitionBatch, ProduceRequest, Request,
    Response,
};
use crate::kafka::node::Context;
use crate::kafka::record::CompressionType;
use crate::kafka::time::SimTime;
use crate::kafka::timer::{ProducerTimer, Timer};

/// What is remembered of a request under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum RequestMemo {
    /// Batches on their way to their leader.
    Produce(Vec<BatchId>),
    /// The metadata refresh.
    Metadata,
    /// A broken connection is tried.
    Reconnect,
    /// The producer's id.
    InitProducerId,
}

/// Whether the producer's id is being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) enum IdentityRequest {
    /// Not now.
    #[default]
    Idle,
    /// Asked. Then: an id, or no answer ⇒ `Idle`; refused ⇒ `BacksOff`.
    UnderWay,
    /// Refused; it will be asked again.
    BacksOff { until: SimTime },
}

impl Producer {
    /// Does everything that can be done now, and sets the timer for what comes next.
    ///
    /// Kafka 4.3.1: `Sender#runOnce`.
    pub(super) fn run_sender(&mut self, cx: &mut Context<'_>) {
        loop {
            let has_unblocked = self.retry_waiting_sends(cx);
            let has_sent = self.has_identity(cx) && self.send_batches(cx);
            if !has_unblocked && !has_sent {
                break;
            }
        }
        self.request_metadata(cx);
        self.settle_calls(cx);
        self.set_sender_timer(cx);
    }

    /// An answer came; one to a request given up before is ignored.
    pub(super) fn on_response(
        &mut self,
        broker: BrokerId,
        correlation_id: CorrelationId,
        response: &Response,
        cx: &mut Context<'_>,
    ) {
        let Some(memo) = self
            .requests
            .complete(NodeId::Broker(broker), correlation_id)
        else {
            return;
        };
        cx.cancel_timer(request_timer(correlation_id));
        self.connections.on_response(broker);
        match (memo, response) {
            (RequestMemo::Produce(batches), Response::Produce(response)) => {
                self.on_produce_response(&batches, response, cx);
            }
            (RequestMemo::Metadata | RequestMemo::Reconnect, Response::Metadata(response)) => {
                self.metadata.update(response, cx);
            }
            (RequestMemo::InitProducerId, Response::InitProducerId(response)) => {
                self.on_identity(response, cx);
            }
            (memo, _) => self.on_no_answer(memo, broker, ErrorCode::NetworkException, cx),
        }
    }

    /// A request was not answered in time: the connection is closed, and with it all requests.
    ///
    /// Kafka 4.3.1: `NetworkClient#handleTimedOutRequests`.
    pub(super) fn on_request_timeout(
        &mut self,
        correlation_id: CorrelationId,
        cx: &mut Context<'_>,
    ) {
        let peer = self
            .requests
            .iter()
            .find(|(id, _, _)| *id == correlation_id);
        if let Some((_, NodeId::Broker(broker), _)) = peer {
            cx.close_connection(NodeId::Broker(broker));
            self.on_connection_lost(broker, ErrorCode::RequestTimedOut, cx);
        }
    }

    /// Nothing that was asked of `broker` will be answered.
    ///
    /// Kafka 4.3.1: `NetworkClient#processDisconnection`.
    pub(super) fn on_connection_lost(
        &mut self,
        broker: BrokerId,
        error: ErrorCode,
        cx: &mut Context<'_>,
    ) {
        self.connections.on_broken(broker, cx.now(), cx.chance());
        self.metadata.request_update();
        for (correlation_id, memo) in self.requests.give_up_peer(NodeId::Broker(broker)) {
            cx.cancel_timer(request_timer(correlation_id));
            self.on_no_answer(memo, broker, error, cx);
        }
    }

    fn on_no_answer(
        &mut self,
        memo: RequestMemo,
        broker: BrokerId,
        error: ErrorCode,
        cx: &mut Context<'_>,
    ) {
        match memo {
            RequestMemo::Produce(batches) => self.on_produce_lost(&batches, broker, error, cx),
            RequestMemo::Metadata => self.metadata.on_request_failed(cx),
            RequestMemo::Reconnect => {}
            RequestMemo::InitProducerId => self.back_off_identity(cx.now()),
        }
    }

    /// Kafka 4.3.1: `TransactionManager.InitProducerIdHandler#handleResponse`.
    /// Simplified: an error that is not retriable is tried again too.
    fn on_identity(&mut self, response: &InitProducerIdResponse, cx: &mut Context<'_>) {
        let Ok((id, epoch)) = response.result else {
            self.back_off_identity(cx.now());
            return;
        };
        self.identity_request = IdentityRequest::Idle;
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.on_identity(ProducerIdentity { id, epoch });
            cx.emit(KafkaEvent::ProducerIdAssigned {
                producer_id: id,
                producer_epoch: epoch,
            });
        }
    }

    fn back_off_identity(&mut self, now: SimTime) {
        let until = now + self.config.retry_backoff.initial;
        self.identity_request = IdentityRequest::BacksOff { until };
    }

    /// Brings sequences and epoch in order; whether the producer may send.
    ///
    /// Kafka 4.3.1: `TransactionManager#bumpIdempotentEpochAndResetIdIfNeeded`,
    /// `Sender#maybeSendAndPollTransactionalRequest`.
    fn has_identity(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(idempotence) = &mut self.idempotence else {
            return true;
        };
        idempotence.resolve_sequences();
        if let Some(renumbered) = idempotence.bump_epoch_if_required() {
            for change in renumbered {
                if let Some(batch) = self.accumulator.batches.get_mut(&change.batch) {
                    batch.stamp = Some(change.stamp);
                    batch.is_renumbered = true;
                }
            }
            if let Some(identity) = idempotence.identity() {
                cx.emit(KafkaEvent::ProducerIdAssigned {
                    producer_id: identity.id,
                    producer_epoch: identity.epoch,
                });
            }
        }
        if idempotence.identity().is_some() {
            return true;
        }
        let may_ask = match self.identity_request {
            IdentityRequest::Idle => true,
            IdentityRequest::UnderWay => false,
            IdentityRequest::BacksOff { until } => until <= cx.now(),
        };
        if may_ask && let Some(broker) = self.least_loaded_broker(cx) {
            self.identity_request = IdentityRequest::UnderWay;
            let request = Request::InitProducerId(InitProducerIdRequest { current: None });
            self.request(broker, (request, RequestMemo::InitProducerId), &[], cx);
        }
        false
    }

    /// Sends what is ready and gives up what is too old; whether there was anything.
    ///
    /// Kafka 4.3.1: `Sender#sendProducerData`.
    fn send_batches(&mut self, cx: &mut Context<'_>) -> bool {
        let now = cx.now();
        let is_pressing =
            !self.flushes.is_empty() || self.closing.is_some() || self.is_memory_exhausted();
        let check = self
            .accumulator
            .ready(&self.metadata, Urgency { now, is_pressing });
        self.next_ready_at = check.next_at;
        if check.has_leaderless {
            self.metadata.request_update();
        }
        let mut drained = Vec::new();
        for broker in check.brokers {
            if self.is_ready_to_send(broker, cx) {
                let batches = self.accumulator.drain(Drain {
                    broker,
                    metadata: &self.metadata,
                    idempotence: self.idempotence.as_mut(),
                    max_request_size_bytes: self.config.max_request_size_bytes,
                    now,
                });
                drained.push((broker, batches));
            }
        }
        drained.retain(|(_, batches)| !batches.is_empty());
        let expired = self.accumulator.expired(now);
        let has_done_something = !drained.is_empty() || !expired.is_empty();
        for batch in expired {
            self.expire(batch, cx);
        }
        for (broker, batches) in drained {
            self.send_produce_request(broker, batches, cx);
        }
        has_done_something
    }

    /// Whether a request may go to `broker` now; if its connection is broken, tries that.
    ///
    /// Kafka 4.3.1: `NetworkClient#ready`.
    fn is_ready_to_send(&mut self, broker: BrokerId, cx: &mut Context<'_>) -> bool {
        if self.connections.may_try(broker, cx.now()) {
            let request = Request::Metadata(self.metadata.request());
            self.request(broker, (request, RequestMemo::Reconnect), &[], cx);
        }
        self.connections.is_ready(broker) && !self.is_busy(broker)
    }

    fn is_busy(&self, broker: BrokerId) -> bool {
        self.requests.count_to(NodeId::Broker(broker)) >= self.config.max_in_flight as usize
    }

    /// Kafka 4.3.1: `Sender#sendProduceRequest`.
    fn send_produce_request(&mut self, broker: BrokerId, ids: Vec<BatchId>, cx: &mut Context<'_>) {
        let mut batches = Vec::new();
        let mut sent = Vec::new();
        for id in &ids {
            let Some(batch) = self.accumulator.batches.get_mut(id) else {
                continue;
            };
            if self.config.max_in_flight == 1 {
                self.accumulator.muted.insert(batch.partition.clone());
            }
            let origin = cx.emit_because(
                KafkaEvent::BatchSent {
                    partition: batch.partition.clone(),
                    record_count: batch.record_count(),
                    base_sequence: batch.base_sequence(),
                    attempt: batch.attempts + 1,
                },
                &batch.causes(),
            );
            batch.last_event = Some(origin);
            sent.push(origin);
            let built = batch.builder.build(batch.stamp, origin);
            if self.config.compression != CompressionType::None && batch.attempts == 0 {
                let plain_bytes = batch.builder.plain_bytes();
                let ratios = &mut self.accumulator.ratios;
                ratios.observe(&batch.partition.topic, &built, plain_bytes);
            }
            batches.push(PartitionBatch {
                partition: batch.partition.clone(),
                batch: built,
            });
        }
        let request = Request::Produce(ProduceRequest {
            acks: self.config.acks,
            timeout: self.config.request_timeout,
            batches,
        });
        let memo = RequestMemo::Produce(ids.clone());
        let correlation_id = self.request(broker, (request, memo), &sent, cx);
        if self.config.acks == Acks::None {
            // Nobody will answer: written is done.
            self.requests.give_up(correlation_id);
            cx.cancel_timer(request_timer(correlation_id));
            self.on_written(&ids, cx);
        }
    }

    /// Kafka 4.3.1: `NetworkClient.DefaultMetadataUpdater#maybeUpdate`.
    fn request_metadata(&mut self, cx: &mut Context<'_>) {
        if self
            .metadata
            .next_request_at()
            .is_none_or(|at| at > cx.now())
        {
            return;
        }
        if let Some(broker) = self.least_loaded_broker(cx) {
            let topics = self.metadata.topics().clone();
            let request = Request::Metadata(self.metadata.start_request(topics));
            self.request(broker, (request, RequestMemo::Metadata), &[], cx);
        }
    }

    /// Whom to ask for something that any broker can answer: one with few requests under way,
    /// rather one whose connection isn't broken, otherwise by chance.
    ///
    /// Kafka 4.3.1: `NetworkClient#leastLoadedNode`.
    fn least_loaded_broker(&self, cx: &mut Context<'_>) -> Option<BrokerId> {
        let mut brokers = self.metadata.brokers();
        if brokers.is_empty() {
            return None;
        }
        let first = cx.chance().below(brokers.len() as u64) as usize;
        brokers.rotate_left(first);
        let now = cx.now();
        brokers
            .into_iter()
            .filter(|broker| !self.is_busy(*broker))
            .filter(|broker| {
                self.connections.is_ready(*broker) || self.connections.may_try(*broker, now)
            })
            .min_by_key(|broker| {
                let in_flight = self.requests.count_to(NodeId::Broker(*broker));
                (!self.connections.is_ready(*broker), in_flight)
            })
    }

    fn request(
        &mut self,
        broker: BrokerId,
        request: (Request, RequestMemo),
        causes: &[EventId],
        cx: &mut Context<'_>,
    ) -> CorrelationId {
        self.connections.on_try(broker);
        let to = NodeId::Broker(broker);
        let correlation_id = self.requests.send_because(to, request, causes, cx);
        cx.set_timer(request_timer(correlation_id), self.config.request_timeout);
        correlation_id
    }

    /// Sets the timer to the next moment at which waiting alone changes something.
    fn set_sender_timer(&self, cx: &mut Context<'_>) {
        let identity_at = match self.identity_request {
            IdentityRequest::BacksOff { until } => Some(until),
            IdentityRequest::Idle | IdentityRequest::UnderWay => None,
        };
        let times = [
            self.next_ready_at,
            self.accumulator.next_expiry(),
            self.metadata.next_request_at(),
            identity_at,
            self.closing.map(|closing| closing.deadline),
        ];
        // What is due already waits for something else than time.
        let next = times
            .into_iter()
            .flatten()
            .chain(self.connections.retry_times())
            .filter(|at| *at > cx.now())
            .min();
        let timer = Timer::Producer(ProducerTimer::Sender);
        match next {
            Some(at) => cx.set_timer(timer, at.since(cx.now())),
            None => cx.cancel_timer(timer),
        }
    }
}

fn request_timer(correlation_id: CorrelationId) -> Timer {
    Timer::Producer(ProducerTimer::RequestTimeout(correlation_id))
}
