//! One broker that answers at once, and a consumer.

use crate::kafka::ids::TopicName;
use std::collections::VecDeque;

use bytes::Bytes;

use crate::kafka::client::call::{CallResult, ClientCall};
use crate::kafka::config::Properties;
use crate::kafka::config::broker::BrokerConfig;
use crate::kafka::event::KafkaEvent;
use crate::kafka::group::{CoordinatorWrite, GroupCoordinator, OFFSETS_TOPIC};
use crate::kafka::ids::{
    CallId, ClientId, CorrelationId, EventId, LeaderEpoch, NodeId, PartitionId, StepId,
};
use crate::kafka::message::*;
use crate::kafka::murmur2::coordinator_partition;
use crate::kafka::node::Action;
use crate::kafka::record::{BatchSpec, Record, RecordBatch, encode_batch};
use crate::kafka::time::SimDuration;
use crate::kafka::timer::BrokerTimer;

use crate::kafka::client::consumer::*;
use crate::kafka::client::testing::Middle;
use crate::sorted::SortedMap;

pub const BROKER: NodeId = NodeId::Broker(BrokerId(1));
const CLIENT: NodeId = NodeId::Client(ClientId(1));
pub const GROUP: &str = "g";

/// One broker that answers at once, one consumer, and the time that its calls take.
pub struct Harness {
    pub consumer: Consumer,
    pub coordinator: GroupCoordinator,
    record_count: u64,
    pub log_start: u64,
    now: SimTime,
    step: u64,
    timers: SortedMap<Timer, SimTime>,
    pub to_consumer: VecDeque<Message>,
    parked_fetch: Option<CorrelationId>,
    pub events: Vec<KafkaEvent>,
    pub calls: u64,
}

impl Harness {
    pub fn new(record_count: u64, settings: &[(&str, &str)]) -> Harness {
        let pairs = settings.iter();
        let properties: Properties = pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let config = ConsumerConfig::from_properties(&properties).expect("valid settings");
        let broker = BrokerConfig::from_properties(&Properties::new()).expect("valid settings");
        let mut harness = Harness {
            consumer: Consumer::new("c1", config, vec![BrokerId(1)]),
            coordinator: GroupCoordinator::new(&broker),
            record_count,
            log_start: 0,
            now: SimTime::ZERO,
            step: 0,
            timers: SortedMap::new(),
            to_consumer: VecDeque::new(),
            parked_fetch: None,
            events: Vec::new(),
            calls: 0,
        };
        harness.on_coordinator(&|coordinator, cx| {
            let partition = coordinator_partition(GROUP, 50);
            let partition = TopicPartition {
                topic: TopicName::new(OFFSETS_TOPIC),
                partition,
            };
            coordinator.load(&partition, &[], cx);
            Vec::new()
        });
        harness.tell(Input::Start);
        harness
    }

    /// Another process of the same group, after this one crashed.
    pub fn crash_and_restart(&mut self, settings: &[(&str, &str)]) {
        let fresh = Harness::new(self.record_count, settings);
        self.consumer = fresh.consumer;
        self.to_consumer.clear();
        self.parked_fetch = None;
        self.timers
            .retain(|timer, _| matches!(timer, Timer::Broker(_)));
        self.tell(Input::Start);
    }

    pub fn tell(&mut self, input: Input) {
        self.step += 1;
        let mut chance = Middle;
        let mut cx = Context::new(self.now, 1_000_000, StepId(self.step), &mut chance);
        self.consumer.handle(input, &mut cx);
        let actions = cx.into_actions();
        self.carry_out(actions);
    }

    fn on_coordinator(
        &mut self,
        act: &dyn Fn(&mut GroupCoordinator, &mut Context<'_>) -> Vec<CoordinatorWrite>,
    ) {
        self.step += 1;
        let mut chance = Middle;
        let mut cx = Context::new(self.now, 1_000_000, StepId(self.step), &mut chance);
        let writes = act(&mut self.coordinator, &mut cx);
        let actions = cx.into_actions();
        self.carry_out(actions);
        for write in writes {
            self.on_coordinator(&|coordinator, cx| {
                coordinator.on_write_completed(write.id, Ok(()), cx)
            });
        }
    }

    fn carry_out(&mut self, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Send { message, .. } => match message.as_ref() {
                    Message::Request {
                        correlation_id,
                        request,
                    } => {
                        self.answer(*correlation_id, request);
                    }
                    response @ Message::Response { .. } => {
                        self.to_consumer.push_back(response.clone());
                    }
                },
                Action::SetTimer { timer, after } => {
                    self.timers.insert(timer, self.now + after);
                }
                Action::CancelTimer(timer) => {
                    self.timers.remove(&timer);
                }
                Action::Emit { event, .. } => self.events.push(event),
                _ => {}
            }
        }
    }

    fn answer(&mut self, id: CorrelationId, request: &Request) {
        let response = match request {
            Request::Metadata(_) => Response::Metadata(metadata()),
            Request::FindCoordinator(_) => Response::FindCoordinator(FindCoordinatorResponse {
                result: Ok(BrokerId(1)),
            }),
            Request::ListOffsets(request) => self.list_offsets(request),
            Request::Fetch(request) => {
                let wanted = &request.partitions[0];
                if wanted.fetch_offset.0 == self.record_count {
                    self.parked_fetch = Some(id);
                    let wait = Timer::Broker(BrokerTimer::DelayedFetch(CLIENT, id));
                    self.timers.insert(wait, self.now + request.max_wait);
                    return;
                }
                Response::Fetch(self.fetch(wanted.fetch_offset))
            }
            other => {
                let other = other.clone();
                self.on_coordinator(&|coordinator, cx| coordinator.handle(CLIENT, id, &other, cx));
                return;
            }
        };
        self.to_consumer.push_back(Message::Response {
            correlation_id: id,
            response,
        });
    }

    fn list_offsets(&self, request: &ListOffsetsRequest) -> Response {
        let of = |spec: &OffsetSpec| match spec {
            OffsetSpec::Earliest => Some(self.log_start),
            OffsetSpec::Timestamp(_) => None,
            _ => Some(self.record_count),
        };
        let found = |offset| FoundOffset {
            offset: Offset(offset),
            timestamp_ms: None,
            leader_epoch: Some(LeaderEpoch(0)),
        };
        let partitions = request.partitions.iter();
        let partitions =
            partitions.map(|(partition, _, spec)| (partition.clone(), Ok(of(spec).map(found))));
        Response::ListOffsets(ListOffsetsResponse {
            partitions: partitions.collect(),
        })
    }

    fn fetch(&self, from: Offset) -> FetchResponse {
        let is_in_range = (self.log_start..=self.record_count).contains(&from.0);
        let record = Record {
            value: Some(Bytes::from_static(b"v")),
            ..Record::default()
        };
        let records = vec![record; self.record_count.saturating_sub(from.0) as usize];
        let spec = BatchSpec {
            base_offset: from,
            ..BatchSpec::default()
        };
        let batch = RecordBatch::from_bytes(encode_batch(&spec, &records), EventId::default())
            .expect("it was just encoded")
            .stamped(from, LeaderEpoch(0));
        let has_records = is_in_range && !records.is_empty();
        FetchResponse {
            partitions: vec![PartitionFetchResponse {
                partition: partition(),
                error: (!is_in_range)
                    .then_some(crate::kafka::error_code::ErrorCode::OffsetOutOfRange),
                high_watermark: Offset(self.record_count),
                last_stable_offset: Offset(self.record_count),
                log_start_offset: Offset(self.log_start),
                diverging_epoch: None,
                current_leader: None,
                preferred_read_replica: None,
                batches: if has_records { vec![batch] } else { Vec::new() },
            }],
        }
    }

    /// Makes a call and lets time run until it returns.
    pub fn call(&mut self, method: ClientCall) -> CallResult {
        self.calls += 1;
        let call = CallId(self.calls);
        self.tell(Input::Call { call, method });
        for _ in 0..10_000 {
            let returned = self.events.iter().find_map(|event| match event {
                KafkaEvent::CallReturned { call: of, result } if *of == call => {
                    Some(result.clone())
                }
                _ => None,
            });
            if let Some(result) = returned {
                return result;
            }
            self.advance();
        }
        panic!("the call does not return");
    }

    /// Delivers the next answer, or lets the next timer go off.
    fn advance(&mut self) {
        if let Some(message) = self.to_consumer.pop_front() {
            self.now = self.now + SimDuration::from_millis(1);
            self.tell(Input::Receive {
                from: BROKER,
                message: message.into(),
            });
            return;
        }
        let next = self.timers.iter().min_by_key(|(_, at)| **at);
        let (timer, at) = next
            .map(|(timer, at)| (timer.clone(), *at))
            .expect("something is due");
        self.timers.remove(&timer);
        self.now = self.now.max(at);
        match timer {
            Timer::Broker(BrokerTimer::DelayedFetch(_, id)) => {
                if self.parked_fetch.take() == Some(id) {
                    let response = Response::Fetch(self.fetch(Offset(self.record_count)));
                    let message = Message::Response {
                        correlation_id: id,
                        response,
                    };
                    self.to_consumer.push_back(message);
                }
            }
            Timer::Broker(timer) => {
                self.on_coordinator(&|coordinator, cx| coordinator.on_timer(&timer, cx));
            }
            timer => self.tell(Input::Timeout(timer)),
        }
    }

    pub fn wait(&mut self, duration: SimDuration) {
        let until = self.now + duration;
        while !self.to_consumer.is_empty() || self.timers.values().any(|at| *at <= until) {
            self.advance();
        }
        self.now = until;
    }

    pub fn poll(&mut self) -> usize {
        match self.call(ClientCall::Poll { timeout_ms: 1000 }) {
            CallResult::Polled(records) => records.len(),
            other => panic!("poll gave {other:?}"),
        }
    }

    pub fn assign(&mut self) {
        let partitions = vec![partition()];
        assert_eq!(
            self.call(ClientCall::Assign { partitions }),
            CallResult::Done
        );
    }

    pub fn position(&mut self) -> CallResult {
        self.call(ClientCall::Position {
            partition: partition(),
        })
    }

    pub fn committed(&self) -> Option<u64> {
        self.coordinator
            .committed(GROUP)
            .first()
            .map(|(_, offset)| offset.0)
    }
}

pub fn partition() -> TopicPartition {
    TopicPartition::new(&TopicName::new("t"), 0)
}

fn metadata() -> MetadataResponse {
    let known = PartitionMetadata {
        partition: PartitionId(0),
        error: None,
        leader: Some(BrokerId(1)),
        leader_epoch: LeaderEpoch(0),
        replicas: vec![BrokerId(1)],
        isr: vec![BrokerId(1)],
    };
    MetadataResponse {
        brokers: vec![BrokerId(1)],
        topics: vec![(TopicName::new("t"), Ok(vec![known]))],
    }
}

pub fn exception_text(result: &CallResult) -> String {
    match result {
        CallResult::Threw(exception) => format!("{}: {}", exception.class, exception.message),
        other => panic!("no exception: {other:?}"),
    }
}
