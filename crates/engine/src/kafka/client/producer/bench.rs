//! A producer on a bench: the test plays its brokers, its application and its clock.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Producer;
use super::completion::success;
use crate::kafka::client::call::{CallResult, ClientCall, ProducerRecord, RecordMetadata};
use crate::kafka::client::exception::ClientException;
use crate::kafka::client::testing::Middle;
use crate::kafka::config::Properties;
use crate::kafka::config::producer::ProducerConfig;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::{ChosenBy, KafkaEvent};
use crate::kafka::ids::{
    BrokerId, CallId, CorrelationId, LeaderEpoch, NodeId, Offset, PartitionId, ProducerId, StepId,
    TopicName, TopicPartition,
};
use crate::kafka::message::{
    InitProducerIdResponse, Message, MetadataResponse, PartitionMetadata, PartitionProduceResponse,
    ProduceRequest, ProduceResponse, Request, Response,
};
use crate::kafka::node::{Action, Context, Input, Node};
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::Timer;
use crate::sorted::SortedMap;

/// A produce request on its way.
pub(super) struct Sent {
    pub(super) to: BrokerId,
    pub(super) id: CorrelationId,
    pub(super) request: ProduceRequest,
}

impl Sent {
    /// How many records each of its batches holds.
    pub(super) fn counts(&self) -> Vec<u32> {
        self.request
            .batches
            .iter()
            .map(|batch| batch.batch.count())
            .collect()
    }

    /// Epoch and first sequence of its first batch.
    pub(super) fn sequence(&self) -> Option<(i16, i32)> {
        let stamp = self.request.batches.first()?.batch.producer()?;
        Some((stamp.epoch, stamp.base_sequence?))
    }
}

pub(super) type Outcome = Result<RecordMetadata, ClientException>;

pub(super) struct Bench {
    pub(super) producer: Producer,
    now: SimTime,
    step: u64,
    next_call: u64,
    timers: SortedMap<Timer, SimTime>,
    inbox: VecDeque<Input>,
    topics: SortedMap<TopicName, Result<Vec<BrokerId>, ErrorCode>>,
    pub(super) leader_epoch: i32,
    pub(super) sent: Vec<Sent>,
    pub(super) outcomes: SortedMap<CallId, Outcome>,
    pub(super) returned: SortedMap<CallId, CallResult>,
    /// What chose each record's partition, in order.
    pub(super) choices: Vec<ChosenBy>,
    pub(super) has_ended: bool,
}

impl Bench {
    /// A started producer; topic `t` has `leaders.len()` partitions led by these brokers.
    pub(super) fn new(settings: &[(&str, &str)], leaders: &[u32]) -> Bench {
        let properties: Properties = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let config = ProducerConfig::from_properties(&properties).expect("a valid configuration");
        let leaders = leaders.iter().copied().map(BrokerId).collect();
        let mut bench = Bench {
            producer: Producer::new("p", config, vec![BrokerId(1), BrokerId(2)]),
            now: SimTime::ZERO,
            step: 0,
            next_call: 0,
            timers: SortedMap::new(),
            inbox: VecDeque::new(),
            topics: SortedMap::from([(TopicName::new("t"), Ok(leaders))]),
            leader_epoch: 0,
            sent: Vec::new(),
            outcomes: SortedMap::new(),
            returned: SortedMap::new(),
            choices: Vec::new(),
            has_ended: false,
        };
        bench.feed(Input::Start);
        bench
    }

    /// The application sends `value` to a partition of `t`.
    pub(super) fn send(&mut self, partition: i32, value: &str) -> CallId {
        self.send_record(record(partition, value))
    }

    pub(super) fn send_record(&mut self, record: ProducerRecord) -> CallId {
        self.call(ClientCall::Send(record))
    }

    pub(super) fn call(&mut self, method: ClientCall) -> CallId {
        let call = CallId(self.next_call);
        self.next_call += 1;
        self.feed(Input::Call { call, method });
        self.pass_ms(0);
        call
    }

    /// Lets time pass, with the timers that end in it.
    pub(super) fn pass_ms(&mut self, ms: u64) {
        let until = self.now + SimDuration::from_millis(ms);
        while let Some((at, timer)) = self.next_timer(until) {
            self.timers.remove(&timer);
            self.now = self.now.max(at);
            self.feed(Input::Timeout(timer));
        }
        self.now = until;
    }

    /// The oldest produce request that was not taken yet.
    pub(super) fn take(&mut self) -> Sent {
        assert!(!self.sent.is_empty(), "nothing was sent");
        self.sent.remove(0)
    }

    /// The leader took everything, from `base_offset` on.
    pub(super) fn acknowledge(&mut self, sent: &Sent, base_offset: u64) {
        self.answer(sent, |answer| {
            answer.base_offset = Some(Offset(base_offset))
        });
    }

    pub(super) fn refuse(&mut self, sent: &Sent, error: ErrorCode) {
        self.answer(sent, |answer| answer.error = Some(error));
    }

    pub(super) fn answer(&mut self, sent: &Sent, change: impl Fn(&mut PartitionProduceResponse)) {
        let answers = sent.request.batches.iter().map(|batch| {
            let mut answer = success(batch.partition.clone());
            change(&mut answer);
            answer
        });
        let response = Response::Produce(ProduceResponse {
            partitions: answers.collect(),
        });
        let message = Message::Response {
            correlation_id: sent.id,
            response,
        };
        self.feed(Input::Receive {
            from: NodeId::Broker(sent.to),
            message: message.into(),
        });
    }

    pub(super) fn lose_connection(&mut self, broker: u32) {
        let peer = NodeId::Broker(BrokerId(broker));
        self.feed(Input::Disconnected {
            peer,
            is_refused: false,
        });
    }

    /// The brokers know `topic` from now on, or why they don't.
    pub(super) fn set_topic(&mut self, topic: &str, leaders: Result<Vec<BrokerId>, ErrorCode>) {
        self.topics.insert(TopicName::new(topic), leaders);
    }

    fn feed(&mut self, input: Input) {
        self.inbox.push_back(input);
        while let Some(input) = self.inbox.pop_front() {
            self.step += 1;
            let mut chance = Middle;
            let timestamp_ms = self.now.as_millis() as i64;
            let mut cx = Context::new(self.now, timestamp_ms, StepId(self.step), &mut chance);
            self.producer.handle(input, &mut cx);
            for action in cx.into_actions() {
                self.carry_out(action);
            }
        }
    }

    /// Hands a response over, after all that is under way.
    fn respond_later(&mut self, from: BrokerId, correlation_id: CorrelationId, response: Response) {
        let message = Message::Response {
            correlation_id,
            response,
        };
        self.inbox.push_back(Input::Receive {
            from: NodeId::Broker(from),
            message: message.into(),
        });
    }

    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Send { to, message, .. } => self.receive(to, (*message).clone()),
            Action::SetTimer { timer, after } => {
                self.timers.insert(timer, self.now + after);
            }
            Action::CancelTimer(timer) => {
                self.timers.remove(&timer);
            }
            Action::Emit { event, .. } => self.note(event),
            Action::CloseConnection { .. } | Action::Abandon { .. } => {}
            Action::Exit => self.has_ended = true,
        }
    }

    fn note(&mut self, event: KafkaEvent) {
        match event {
            KafkaEvent::SendCompleted { call, outcome } => {
                let earlier = self.outcomes.insert(call, outcome);
                assert!(earlier.is_none(), "a send is decided once");
            }
            KafkaEvent::CallReturned { call, result } => {
                self.returned.insert(call, result);
            }
            KafkaEvent::RecordQueued { chosen_by, .. } => self.choices.push(chosen_by),
            _ => {}
        }
    }

    /// Metadata and ids are answered at once; produce requests are for the test to answer.
    fn receive(&mut self, to: NodeId, message: Message) {
        let (
            NodeId::Broker(to),
            Message::Request {
                correlation_id: id,
                request,
            },
        ) = (to, message)
        else {
            return;
        };
        match request {
            Request::Produce(request) => self.sent.push(Sent { to, id, request }),
            Request::InitProducerId(_) => {
                let result = Ok((ProducerId(7), 0));
                self.respond_later(
                    to,
                    id,
                    Response::InitProducerId(InitProducerIdResponse { result }),
                );
            }
            Request::Metadata(request) => {
                let topics = request.topics.unwrap_or_default();
                let topics = topics.into_iter().map(|topic| self.describe(topic));
                let response = MetadataResponse {
                    brokers: vec![BrokerId(1), BrokerId(2)],
                    topics: topics.collect(),
                };
                self.respond_later(to, id, Response::Metadata(response));
            }
            _ => {}
        }
    }

    fn describe(&self, topic: TopicName) -> (TopicName, Result<Vec<PartitionMetadata>, ErrorCode>) {
        let known = self.topics.get(&topic).cloned();
        let leaders = known.unwrap_or(Err(ErrorCode::UnknownTopicOrPartition));
        let partitions = leaders.map(|leaders| {
            let describe = |(number, leader): (u32, BrokerId)| PartitionMetadata {
                partition: PartitionId(number),
                error: None,
                leader: Some(leader),
                leader_epoch: LeaderEpoch(self.leader_epoch),
                replicas: vec![leader],
                isr: vec![leader],
            };
            (0..).zip(leaders).map(describe).collect()
        });
        (topic, partitions)
    }

    fn next_timer(&self, until: SimTime) -> Option<(SimTime, Timer)> {
        let due = self.timers.iter().map(|(timer, at)| (*at, timer.clone()));
        due.filter(|(at, _)| *at <= until).min()
    }
}

/// A record for a partition of `t`, with a key of two letters and timestamp 1,000,000.
pub(super) fn record(partition: i32, value: &str) -> ProducerRecord {
    ProducerRecord {
        topic: TopicName::new("t"),
        partition: Some(partition),
        key: Some(Bytes::from_static(b"k0")),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        headers: Vec::new(),
        timestamp_ms: Some(1_000_000),
    }
}

/// Where a record of `t` was acknowledged.
pub(super) fn at(partition: u32, offset: Option<u64>) -> Outcome {
    Ok(RecordMetadata {
        partition: TopicPartition::new(&TopicName::new("t"), partition),
        offset: offset.map(Offset),
        timestamp_ms: 1_000_000,
    })
}
