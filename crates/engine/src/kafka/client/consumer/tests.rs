use std::collections::{BTreeMap, VecDeque};

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
use crate::kafka::node::{Action, Chance};
use crate::kafka::record::{BatchSpec, Record, RecordBatch, encode_batch};
use crate::kafka::time::SimDuration;
use crate::kafka::timer::BrokerTimer;

use super::*;

struct Middle;

impl Chance for Middle {
    fn below(&mut self, bound: u64) -> u64 {
        bound / 2
    }
}

const BROKER: NodeId = NodeId::Broker(BrokerId(1));
const CLIENT: NodeId = NodeId::Client(ClientId(1));
const GROUP: &str = "g";

/// One broker that answers at once, one consumer, and the time that its calls take.
struct Harness {
    consumer: Consumer,
    coordinator: GroupCoordinator,
    record_count: u64,
    log_start: u64,
    now: SimTime,
    step: u64,
    timers: BTreeMap<Timer, SimTime>,
    to_consumer: VecDeque<Message>,
    parked_fetch: Option<CorrelationId>,
    events: Vec<KafkaEvent>,
    calls: u64,
}

impl Harness {
    fn new(record_count: u64, settings: &[(&str, &str)]) -> Harness {
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
            timers: BTreeMap::new(),
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
    fn crash_and_restart(&mut self, settings: &[(&str, &str)]) {
        let fresh = Harness::new(self.record_count, settings);
        self.consumer = fresh.consumer;
        self.to_consumer.clear();
        self.parked_fetch = None;
        self.timers
            .retain(|timer, _| matches!(timer, Timer::Broker(_)));
        self.tell(Input::Start);
    }

    fn tell(&mut self, input: Input) {
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
                Action::Exit => {}
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
    fn call(&mut self, method: ClientCall) -> CallResult {
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

    fn wait(&mut self, duration: SimDuration) {
        let until = self.now + duration;
        while !self.to_consumer.is_empty() || self.timers.values().any(|at| *at <= until) {
            self.advance();
        }
        self.now = until;
    }

    fn poll(&mut self) -> usize {
        match self.call(ClientCall::Poll { timeout_ms: 1000 }) {
            CallResult::Polled(records) => records.len(),
            other => panic!("poll gave {other:?}"),
        }
    }

    fn assign(&mut self) {
        let partitions = vec![partition()];
        assert_eq!(
            self.call(ClientCall::Assign { partitions }),
            CallResult::Done
        );
    }

    fn position(&mut self) -> CallResult {
        self.call(ClientCall::Position {
            partition: partition(),
        })
    }

    fn committed(&self) -> Option<u64> {
        self.coordinator
            .committed(GROUP)
            .first()
            .map(|(_, offset)| offset.0)
    }
}

fn partition() -> TopicPartition {
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

fn exception_text(result: &CallResult) -> String {
    match result {
        CallResult::Threw(exception) => format!("{}: {}", exception.class, exception.message),
        other => panic!("no exception: {other:?}"),
    }
}

const MANUAL: [(&str, &str); 4] = [
    ("group.id", GROUP),
    ("auto.offset.reset", "earliest"),
    ("enable.auto.commit", "false"),
    ("max.poll.records", "2"),
];

// Trace position-and-committed-are-two-things.
#[test]
fn poll_moves_the_position_and_a_commit_the_committed_offset() {
    let mut harness = Harness::new(5, &MANUAL);
    harness.assign();
    assert_eq!(harness.position(), CallResult::Position(Offset(0)));
    assert_eq!(harness.poll(), 2);
    assert_eq!(harness.position(), CallResult::Position(Offset(2)));
    assert_eq!(harness.committed(), None);
    assert_eq!(
        harness.call(ClientCall::CommitSync { offsets: None }),
        CallResult::Done
    );
    assert_eq!(harness.poll(), 2);
    assert_eq!(harness.position(), CallResult::Position(Offset(4)));
    assert_eq!(harness.committed(), Some(2));
    harness.call(ClientCall::Seek {
        partition: partition(),
        offset: 0,
    });
    assert_eq!(harness.poll(), 2);
    harness.call(ClientCall::SeekToEnd {
        partitions: vec![partition()],
    });
    assert_eq!(harness.position(), CallResult::Position(Offset(5)));
    harness.call(ClientCall::SeekToBeginning {
        partitions: vec![partition()],
    });
    assert_eq!(harness.position(), CallResult::Position(Offset(0)));
    assert_eq!(harness.call(ClientCall::Close), CallResult::Done);
    assert_eq!(harness.committed(), Some(2));
}

// Trace commit-sync-then-crash.
#[test]
fn after_a_crash_the_group_goes_on_at_the_committed_offset() {
    let mut harness = Harness::new(6, &MANUAL);
    harness.assign();
    assert_eq!((harness.poll(), harness.poll()), (2, 2));
    harness.call(ClientCall::CommitSync { offsets: None });
    assert_eq!(harness.poll(), 2);
    harness.crash_and_restart(&MANUAL);
    harness.assign();
    assert_eq!(harness.position(), CallResult::Position(Offset(4)));
    assert_eq!(harness.poll(), 2);
}

// Trace commit-async-callbacks-in-order.
#[test]
fn callbacks_of_asynchronous_commits_run_in_order_inside_a_later_commit() {
    let mut harness = Harness::new(6, &MANUAL);
    harness.assign();
    harness.poll();
    let offsets = |offset| Some(vec![(partition(), offset)]);
    for offset in 1..=3 {
        let commit = ClientCall::CommitAsync {
            offsets: offsets(offset),
        };
        assert_eq!(harness.call(commit), CallResult::Done);
    }
    harness.call(ClientCall::CommitSync {
        offsets: offsets(5),
    });
    let committed: Vec<u64> = harness
        .events
        .iter()
        .filter_map(|event| match event {
            KafkaEvent::CommitCompleted {
                offsets,
                error: None,
                ..
            } => Some(offsets[0].1.0),
            _ => None,
        })
        .collect();
    assert_eq!(committed, [1, 2, 3, 5]);
}

// Fidelity 8.3: the positions of earlier polls, looked at inside poll only.
#[test]
fn an_automatic_commit_stores_what_earlier_polls_returned() {
    let settings = [
        ("group.id", GROUP),
        ("auto.offset.reset", "earliest"),
        ("max.poll.records", "2"),
    ];
    let mut harness = Harness::new(6, &settings);
    harness.assign();
    assert_eq!(harness.poll(), 2);
    harness.wait(SimDuration::from_secs(8));
    assert_eq!(harness.committed(), None);
    assert_eq!(harness.poll(), 2);
    harness.wait(SimDuration::from_millis(10));
    assert_eq!(harness.committed(), Some(2));
    harness.call(ClientCall::Close);
    assert_eq!(harness.committed(), Some(4));
}

// Trace groups-do-not-compete, for one group.
#[test]
fn a_subscriber_joins_its_group_reads_and_leaves_with_a_commit() {
    let settings = [("group.id", GROUP), ("auto.offset.reset", "earliest")];
    let mut harness = Harness::new(3, &settings);
    harness.call(ClientCall::Subscribe {
        topics: vec![TopicName::new("t")],
    });
    let polled: usize = (0..6).map(|_| harness.poll()).sum();
    assert_eq!(polled, 3);
    assert_eq!(harness.consumer.assignment(), [partition()]);
    assert_eq!(harness.consumer.generation_id(), Some(1));
    harness.call(ClientCall::Close);
    assert_eq!(harness.committed(), Some(3));
    let state = harness
        .coordinator
        .group(GROUP)
        .map(|group| group.state().name());
    assert_eq!(state, Some("Empty"));
    let callbacks: Vec<&KafkaEvent> = harness
        .events
        .iter()
        .filter(|event| {
            matches!(
                event,
                KafkaEvent::PartitionsAssigned { .. }
                    | KafkaEvent::PartitionsRevoked { .. }
                    | KafkaEvent::PartitionsLost { .. }
            )
        })
        .collect();
    assert!(matches!(
        callbacks.as_slice(),
        [
            KafkaEvent::PartitionsAssigned { .. },
            KafkaEvent::PartitionsRevoked { .. }
        ]
    ));
}

#[test]
fn a_member_that_keeps_polling_stays_in_its_generation() {
    let settings = [("group.id", GROUP)];
    let mut harness = Harness::new(0, &settings);
    harness.call(ClientCall::Subscribe {
        topics: vec![TopicName::new("t")],
    });
    for _ in 0..120 {
        harness.poll();
    }
    assert_eq!(harness.consumer.generation_id(), Some(1));
    let state = harness
        .coordinator
        .group(GROUP)
        .map(|group| group.state().name());
    assert_eq!(state, Some("Stable"));
}

// Trace auto-offset-reset.
#[test]
fn without_a_reset_policy_poll_throws() {
    let settings = [("group.id", GROUP), ("auto.offset.reset", "none")];
    let mut harness = Harness::new(3, &settings);
    harness.assign();
    let result = harness.call(ClientCall::Poll { timeout_ms: 2000 });
    assert_eq!(
        exception_text(&result),
        "NoOffsetForPartitionException: Undefined offset with no reset policy for partitions: \
         [t-0]"
    );
}

#[test]
fn a_position_below_the_log_start_is_reset() {
    let mut harness = Harness::new(5, &[("auto.offset.reset", "earliest")]);
    harness.log_start = 3;
    harness.assign();
    harness.call(ClientCall::Seek {
        partition: partition(),
        offset: 1,
    });
    assert_eq!(harness.poll(), 2);
    assert_eq!(harness.position(), CallResult::Position(Offset(5)));
}

// Trace paused-partitions-are-not-returned.
#[test]
fn a_paused_partition_keeps_its_position_and_its_buffered_records() {
    let mut harness = Harness::new(4, &MANUAL);
    harness.assign();
    assert_eq!(harness.poll(), 2);
    let partitions = vec![partition()];
    harness.call(ClientCall::PausePartitions {
        partitions: partitions.clone(),
    });
    assert_eq!(harness.poll(), 0);
    assert_eq!(harness.position(), CallResult::Position(Offset(2)));
    harness.call(ClientCall::ResumePartitions { partitions });
    assert_eq!(harness.poll(), 2);
}

// Trace consumer-config-and-misuse.
#[test]
fn wrong_calls_are_refused_in_kafkas_words() {
    let mut harness = Harness::new(0, &[]);
    let poll = ClientCall::Poll { timeout_ms: 1000 };
    assert_eq!(
        exception_text(&harness.call(poll.clone())),
        "IllegalStateException: Consumer is not subscribed to any topics or assigned any \
         partitions"
    );
    let subscribe = ClientCall::Subscribe {
        topics: vec![TopicName::new("t")],
    };
    assert!(exception_text(&harness.call(subscribe)).starts_with("InvalidGroupIdException: To"));
    let other = TopicPartition::new(&TopicName::new("t"), 1);
    harness.assign();
    assert_eq!(
        exception_text(&harness.call(ClientCall::Seek {
            partition: other,
            offset: 0
        })),
        "IllegalStateException: No current assignment for partition t-1"
    );
    assert_eq!(
        exception_text(&harness.call(ClientCall::Seek {
            partition: partition(),
            offset: -1
        })),
        "IllegalArgumentException: seek offset must not be a negative number"
    );
    harness.call(ClientCall::Close);
    assert_eq!(
        exception_text(&harness.call(poll)),
        "IllegalStateException: This consumer has already been closed."
    );
    assert_eq!(harness.call(ClientCall::Close), CallResult::Done);
}

#[test]
fn a_loop_of_polls_tells_its_records_until_it_is_stopped() {
    let mut harness = Harness::new(4, &MANUAL);
    harness.assign();
    harness.tell(Input::Call {
        call: CallId(100),
        method: ClientCall::StartPolling,
    });
    harness.wait(SimDuration::from_secs(2));
    assert_eq!(harness.call(ClientCall::StopPolling), CallResult::Done);
    let polls = harness.events.iter().filter(|event| {
        matches!(
            event,
            KafkaEvent::CallReturned { call: CallId(100), result: CallResult::Polled(records) }
                if records.len() == 2
        )
    });
    assert_eq!(polls.count(), 2);
}

#[test]
fn a_call_survives_a_broken_connection() {
    let mut harness = Harness::new(2, &MANUAL);
    harness.assign();
    harness.calls = 50;
    let call = CallId(51);
    harness.tell(Input::Call {
        call,
        method: ClientCall::Poll { timeout_ms: 5000 },
    });
    harness.to_consumer.clear();
    harness.tell(Input::Disconnected { peer: BROKER });
    harness.wait(SimDuration::from_secs(1));
    assert!(harness.events.iter().any(|event| matches!(
        event,
        KafkaEvent::CallReturned { call: of, result: CallResult::Polled(records) }
            if *of == call && records.len() == 2
    )));
}
