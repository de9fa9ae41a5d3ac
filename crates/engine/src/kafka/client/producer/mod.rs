//! The producer: takes records from an application, and sends them to the leaders in batches.
//!
//! ```text
//! send() ─▶ metadata? ─▶ partition ─▶ accumulator ─▶ sender ─▶ ProduceRequest ─▶ leader
//!            max.block.ms   (key, sticky)  a queue of batches     ready, drain       │
//!                                              ▲                                     ▼
//!                                              └──────────── retry ◀──────── response, silence
//! ```
//!
//! A call of `send` returns when its record is in the accumulator; what became of it is told
//! later, when its batch is acknowledged, refused for good, or too old.
//!
//! Kafka 4.3.1: `KafkaProducer`, `Sender`, `RecordAccumulator`.
//! Simplified: there are no transactions. Kafka's two threads are one state machine: a send that
//! fills or opens a batch wakes the sender at the same instant, after what else happens in it.
//! A `send` that blocks does not keep other calls from being made, as if each had its own thread.

mod accumulator;
mod batch;
#[cfg(test)]
mod bench;
mod completion;
mod connections;
mod drain;
mod held_back;
mod idempotence;
mod send;
mod sender;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::accumulator::Accumulator;
pub use self::batch::{BatchId, ProducerBatch, ProducerIdentity, QueuedSend};
use self::connections::Connections;
pub use self::held_back::HeldBack;
use self::idempotence::Idempotence;
use self::send::WaitingSend;
pub use self::send::partition_of;
use self::sender::{IdentityRequest, RequestMemo};
use crate::kafka::client::call::{CallResult, ClientCall};
use crate::kafka::client::exception::ClientException;
use crate::kafka::client::metadata::ClientMetadata;
use crate::kafka::config::producer::ProducerConfig;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, CallId, NodeId, TopicName, TopicPartition};
use crate::kafka::message::Message;
use crate::kafka::node::{Context, Input, Node};
use crate::kafka::requests::InFlightRequests;
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{ProducerTimer, Timer};
use crate::sorted::{SortedMap, SortedSet};

/// A producer process.
///
/// Kafka 4.3.1: `KafkaProducer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Producer {
    name: String,
    config: ProducerConfig,
    metadata: ClientMetadata,
    accumulator: Accumulator,
    idempotence: Option<Idempotence>,
    identity_request: IdentityRequest,
    connections: Connections,
    requests: InFlightRequests<RequestMemo>,
    /// Sends that block, in the order of the calls.
    waiting: Vec<WaitingSend>,
    flushes: Vec<Flush>,
    closing: Option<Closing>,
    round_robin: SortedMap<TopicName, u64>,
    /// When the next batch gets ready by waiting.
    next_ready_at: Option<SimTime>,
}

/// A flush, until everything that was undecided at its call is decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Flush {
    call: CallId,
    batches: SortedSet<BatchId>,
}

/// A close, until everything is sent or its time is over.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Closing {
    call: Option<CallId>,
    deadline: SimTime,
}

impl Producer {
    /// A producer that asks `brokers` first for the cluster's metadata.
    ///
    /// `name` is its `client.id`.
    pub fn new(name: &str, config: ProducerConfig, brokers: Vec<BrokerId>) -> Producer {
        Producer {
            name: name.to_owned(),
            metadata: ClientMetadata::new(brokers, config.retry_backoff, config.metadata_max_age),
            accumulator: Accumulator::new(&config),
            idempotence: config.is_idempotent.then(Idempotence::default),
            identity_request: IdentityRequest::default(),
            connections: Connections::new(config.reconnect_backoff),
            requests: InFlightRequests::default(),
            waiting: Vec::new(),
            flushes: Vec::new(),
            closing: None,
            round_robin: SortedMap::new(),
            next_ready_at: None,
            config,
        }
    }

    /// Drops all that the process had in memory, as SIGKILL does: that is everything.
    pub fn power_off(&mut self) {
        let bootstrap = self.metadata.bootstrap().to_vec();
        *self = Producer::new(&self.name, self.config.clone(), bootstrap);
    }

    /// Its `client.id`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its settings.
    pub fn config(&self) -> &ProducerConfig {
        &self.config
    }

    /// What it knows of the cluster.
    pub fn metadata(&self) -> &ClientMetadata {
        &self.metadata
    }

    /// Its id and epoch; none before the cluster gave one, or without idempotence.
    pub fn identity(&self) -> Option<ProducerIdentity> {
        self.idempotence.as_ref().and_then(Idempotence::identity)
    }

    /// The batches that wait, by partition, in the order of each partition's queue.
    pub fn queued(&self) -> impl Iterator<Item = (TopicPartition, Vec<&ProducerBatch>)> {
        let queues = self.accumulator.topics.iter().flat_map(|(topic, queues)| {
            let queues = queues.queues.iter();
            queues.map(move |(partition, queue)| (topic, *partition, queue))
        });
        queues.map(|(topic, partition, queue)| {
            let batches = &self.accumulator.batches;
            let partition = TopicPartition {
                topic: topic.clone(),
                partition,
            };
            (
                partition,
                queue.iter().filter_map(|id| batches.get(id)).collect(),
            )
        })
    }

    /// The batches that were sent and not answered, oldest first.
    pub fn in_flight(&self) -> impl Iterator<Item = &ProducerBatch> {
        self.accumulator
            .batches
            .values()
            .filter(|batch| batch.is_in_flight)
    }

    fn on_call(&mut self, call: CallId, method: ClientCall, cx: &mut Context<'_>) {
        match method {
            ClientCall::Send(record) => self.send(call, record, cx),
            ClientCall::Flush => {
                let batches = self.accumulator.undecided().collect();
                self.flushes.push(Flush { call, batches });
                self.run_sender(cx);
            }
            ClientCall::Close => self.close(Some(call), cx),
            _ => {
                let message = "a producer has no such method";
                let exception = ClientException::new("UnsupportedOperationException", message);
                returned(call, CallResult::Threw(exception), cx);
            }
        }
    }

    /// Takes no more records, sends what there is, and ends.
    ///
    /// Kafka 4.3.1: `KafkaProducer#close`.
    fn close(&mut self, call: Option<CallId>, cx: &mut Context<'_>) {
        if self.closing.is_some() {
            if let Some(call) = call {
                returned(call, CallResult::Done, cx);
            }
            return;
        }
        let deadline = cx.now() + CLOSE_TIMEOUT;
        self.closing = Some(Closing { call, deadline });
        for send in std::mem::take(&mut self.waiting) {
            cx.cancel_timer(Timer::Producer(ProducerTimer::MaxBlock(send.call)));
            let message = "Producer closed while send in progress";
            let exception = ClientException::new("KafkaException", message);
            returned(send.call, CallResult::Threw(exception), cx);
        }
        self.run_sender(cx);
    }

    /// Ends flushes and the close whose batches are all decided.
    fn settle_calls(&mut self, cx: &mut Context<'_>) {
        let batches = &self.accumulator.batches;
        for flush in &mut self.flushes {
            let is_undecided = |id: &BatchId| batches.get(id).is_some_and(|batch| !batch.is_done);
            flush.batches.retain(is_undecided);
        }
        self.flushes.retain(|flush| {
            if flush.batches.is_empty() {
                returned(flush.call, CallResult::Done, cx);
            }
            !flush.batches.is_empty()
        });
        let Some(closing) = self.closing else {
            return;
        };
        let is_sent = !self.accumulator.has_undrained() && self.in_flight().next().is_none();
        if !is_sent && cx.now() < closing.deadline {
            return;
        }
        self.abort_undecided(cx);
        if let Some(call) = closing.call {
            returned(call, CallResult::Done, cx);
        }
        cx.exit();
    }

    fn on_timer(&mut self, timer: &ProducerTimer, cx: &mut Context<'_>) {
        match timer {
            ProducerTimer::Sender => {}
            ProducerTimer::RequestTimeout(correlation_id) => {
                self.on_request_timeout(*correlation_id, cx);
            }
            ProducerTimer::MaxBlock(call) => self.on_max_block(*call, cx),
        }
        self.run_sender(cx);
    }
}

impl Node for Producer {
    fn handle(&mut self, input: Input, cx: &mut Context<'_>) {
        match input {
            Input::Start => self.run_sender(cx),
            Input::Terminate => self.close(None, cx),
            Input::Receive { from, message } => {
                if let (
                    NodeId::Broker(broker),
                    Message::Response {
                        correlation_id,
                        response,
                    },
                ) = (from, &*message)
                {
                    self.on_response(broker, *correlation_id, response, cx);
                    self.run_sender(cx);
                }
            }
            Input::Disconnected { peer, .. } => {
                if let NodeId::Broker(broker) = peer {
                    self.on_connection_lost(broker, ErrorCode::NetworkException, cx);
                    self.run_sender(cx);
                }
            }
            Input::Timeout(Timer::Producer(timer)) => self.on_timer(&timer, cx),
            Input::Timeout(_) => {}
            Input::Call { call, method } => self.on_call(call, method, cx),
        }
    }
}

/// Says that a method returned.
fn returned(call: CallId, result: CallResult, cx: &mut Context<'_>) {
    cx.emit(KafkaEvent::CallReturned { call, result });
}

/// How long a close waits for what is under way.
const CLOSE_TIMEOUT: SimDuration = SimDuration::from_secs(30);
