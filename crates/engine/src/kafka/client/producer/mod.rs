//! A producer: `send` fills batches, the sender takes them to the partitions' leaders.
//!
//! ```text
//!   send() -> accumulator (a queue of batches per partition) -> sender -> leader
//!                 ^ retry, in the order of the sequences          |
//!                 +-----------------------------------------------+
//! ```
//!
//! Kafka 4.3.1: `KafkaProducer`, `RecordAccumulator`, `Sender`, `TransactionManager`.
//! Simplified: no transactions and no compression yet. A record waits for memory by its own size,
//! not by its batch's buffer.

mod batch;
mod completion;
mod connections;
mod idempotence;
mod send;
mod sender;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::client::call::{CallResult, ClientCall, ProducerRecord};
use crate::kafka::client::exception::ClientException;
use crate::kafka::client::metadata::ClientMetadata;
use crate::kafka::client::partitioner::StickyPartitioner;
use crate::kafka::config::producer::ProducerConfig;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{
    BrokerId, CallId, CorrelationId, EventId, NodeId, TopicName, TopicPartition,
};
use crate::kafka::message::{Message, Response};
use crate::kafka::node::{Context, Input, Node};
use crate::kafka::requests::InFlightRequests;
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{ProducerTimer, Timer};

pub use batch::{ProducerBatch, QueuedRecord};
use connections::Connections;
use idempotence::Idempotence;

/// The limit of a close.
const CLOSE_LIMIT: SimDuration = SimDuration::from_secs(30);

/// A producer of Kafka's client library, with the application's calls to it.
///
/// Kafka 4.3.1: `KafkaProducer`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Producer {
    name: String,
    config: ProducerConfig,
    metadata: ClientMetadata,
    connections: Connections,
    requests: InFlightRequests<Asked>,
    /// Queues without a batch are removed.
    accumulator: BTreeMap<TopicPartition, VecDeque<ProducerBatch>>,
    /// Where the next drain begins, per broker.
    drain_index: BTreeMap<BrokerId, usize>,
    stickies: BTreeMap<TopicName, StickyPartitioner>,
    idempotence: Option<Idempotence>,
    /// Sends that wait for metadata or memory: since when, and the event of the call.
    blocked_sends: VecDeque<(CallId, ProducerRecord, SimTime, EventId)>,
    /// Calls of `flush` and the moment up to which batches were created.
    flushes: Vec<CallId>,
    closing: Option<CallId>,
}

/// What a producer remembers of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Asked {
    /// Who leads what.
    Metadata,
    /// Its id.
    ProducerId,
    /// To append batches.
    Produce(Vec<(TopicPartition, ProducerBatch)>),
}

impl Producer {
    /// A producer that its application has just constructed.
    pub fn new(name: &str, config: ProducerConfig, bootstrap: Vec<BrokerId>) -> Producer {
        let retry = ExponentialBackoff {
            initial: config.retry_backoff,
            max: config.retry_backoff_max,
        };
        let reconnect = ExponentialBackoff {
            initial: config.reconnect_backoff,
            max: config.reconnect_backoff_max,
        };
        Producer {
            name: name.to_owned(),
            metadata: ClientMetadata::new(bootstrap, retry, config.metadata_max_age),
            connections: Connections::new(reconnect),
            requests: InFlightRequests::default(),
            accumulator: BTreeMap::new(),
            drain_index: BTreeMap::new(),
            stickies: BTreeMap::new(),
            idempotence: config.is_idempotent.then(Idempotence::default),
            blocked_sends: VecDeque::new(),
            flushes: Vec::new(),
            closing: None,
            config,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its settings.
    pub fn config(&self) -> &ProducerConfig {
        &self.config
    }

    /// Its producer id and epoch, once it has them.
    pub fn producer_id(&self) -> Option<(crate::kafka::ids::ProducerId, i16)> {
        self.idempotence.as_ref().and_then(Idempotence::identity)
    }

    /// The batches that wait in the accumulator, by partition.
    pub fn queued(&self) -> impl Iterator<Item = (&TopicPartition, &VecDeque<ProducerBatch>)> {
        self.accumulator.iter()
    }

    /// The batches that were sent and not answered yet.
    pub fn in_flight(&self) -> impl Iterator<Item = &(TopicPartition, ProducerBatch)> {
        self.requests.iter().flat_map(|(_, _, asked)| match asked {
            Asked::Produce(batches) => batches.as_slice(),
            Asked::Metadata | Asked::ProducerId => &[],
        })
    }

    fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    /// Bytes of batches that are not settled yet.
    fn used_memory(&self) -> u64 {
        let queued = self.accumulator.values().flatten();
        let sizes = queued.chain(self.in_flight().map(|(_, batch)| batch));
        sizes.map(|batch| u64::from(batch.size_in_bytes())).sum()
    }

    fn returned(&self, call: CallId, result: CallResult, cx: &mut Context<'_>) {
        cx.emit(KafkaEvent::CallReturned { call, result });
    }

    fn on_call(&mut self, call: CallId, method: ClientCall, cx: &mut Context<'_>) {
        match method {
            ClientCall::Send(record) => self.on_send(call, record, cx),
            ClientCall::Flush => self.flushes.push(call),
            ClientCall::Close => {
                self.closing = Some(call);
                cx.set_timer(
                    Timer::Producer(ProducerTimer::CallTimeout(call)),
                    CLOSE_LIMIT,
                );
            }
            _ => {
                let message = "A producer has no such method";
                let exception = ClientException::new("UnsupportedOperationException", message);
                self.returned(call, CallResult::Threw(exception), cx);
            }
        }
    }

    fn on_response(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        response: &Response,
        cx: &mut Context<'_>,
    ) {
        if let NodeId::Broker(broker) = from {
            self.connections.on_response(broker);
        }
        cx.cancel_timer(Timer::Producer(ProducerTimer::RequestTimeout(
            correlation_id,
        )));
        let Some(asked) = self.requests.complete(from, correlation_id) else {
            return;
        };
        match (asked, response) {
            (Asked::Metadata, Response::Metadata(response)) => {
                let changed = self.metadata.update(response, cx.now(), cx.chance());
                self.on_leaders_changed(changed, cx);
            }
            (Asked::ProducerId, Response::InitProducerId(response)) => {
                self.on_producer_id(response.result, cx);
            }
            (Asked::Produce(batches), Response::Produce(response)) => {
                self.on_produced(batches, response, cx);
            }
            (asked, _) => self.on_unanswered(asked, Unanswered::Disconnected, cx),
        }
    }

    /// A broker is no longer connected, or too slow to answer.
    fn give_up(&mut self, broker: NodeId, why: Unanswered, cx: &mut Context<'_>) {
        if let NodeId::Broker(id) = broker {
            self.connections.on_broken(id, cx.now(), cx.chance());
        }
        self.metadata.request_update();
        for (correlation_id, asked) in self.requests.give_up_peer(broker) {
            cx.cancel_timer(Timer::Producer(ProducerTimer::RequestTimeout(
                correlation_id,
            )));
            self.on_unanswered(asked, why, cx);
        }
    }

    fn on_unanswered(&mut self, asked: Asked, why: Unanswered, cx: &mut Context<'_>) {
        match asked {
            Asked::Metadata => self.metadata.on_request_failed(cx.now(), cx.chance()),
            Asked::ProducerId => self.on_producer_id_unanswered(cx),
            Asked::Produce(batches) => {
                for (partition, batch) in batches {
                    self.settle_failed(partition, batch, why.error(), None, cx);
                }
            }
        }
    }

    /// Kafka's own time-out: the connection is closed, and with it all that was asked on it.
    fn on_request_timeout(&mut self, correlation_id: CorrelationId, cx: &mut Context<'_>) {
        let broker = self.requests.iter().find(|(id, ..)| *id == correlation_id);
        if let Some(broker) = broker.map(|(_, to, _)| to) {
            cx.close_connection(broker);
            self.give_up(broker, Unanswered::TimedOut, cx);
        }
    }

    fn on_timer(&mut self, timer: ProducerTimer, cx: &mut Context<'_>) {
        match timer {
            ProducerTimer::RequestTimeout(id) => self.on_request_timeout(id, cx),
            ProducerTimer::CallTimeout(_) => self.abandon_all(cx),
            ProducerTimer::Sender
            | ProducerTimer::MetadataRefresh
            | ProducerTimer::MaxBlock(_)
            | ProducerTimer::Reconnect(_) => {}
        }
    }
}

/// Why a request will not be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unanswered {
    /// The connection broke.
    Disconnected,
    /// `request.timeout.ms` is over.
    TimedOut,
}

impl Unanswered {
    fn error(self) -> crate::kafka::error_code::ErrorCode {
        match self {
            Unanswered::Disconnected => crate::kafka::error_code::ErrorCode::NetworkException,
            Unanswered::TimedOut => crate::kafka::error_code::ErrorCode::RequestTimedOut,
        }
    }
}

impl Node for Producer {
    fn handle(&mut self, input: Input, cx: &mut Context<'_>) {
        match input {
            Input::Start => {}
            Input::Terminate => return cx.exit(),
            Input::Call { call, method } => self.on_call(call, method, cx),
            Input::Receive { from, message } => {
                if let Message::Response {
                    correlation_id,
                    response,
                } = &*message
                {
                    self.on_response(from, *correlation_id, response, cx);
                }
            }
            Input::Disconnected { peer } => self.give_up(peer, Unanswered::Disconnected, cx),
            Input::Timeout(Timer::Producer(timer)) => self.on_timer(timer, cx),
            Input::Timeout(
                Timer::Broker(_) | Timer::Controller(_) | Timer::Consumer(_) | Timer::Admin(_),
            ) => {}
        }
        self.run_sender(cx);
    }
}
