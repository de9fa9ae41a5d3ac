//! A broker alone on a bench: its controller, its peers and its clients are played by the tests.

mod fetch;
mod follower;
mod groups;
mod lifecycle;
mod produce;

use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{
    ClientId, CorrelationId, EventId, LeaderEpoch, MetadataOffset, NodeId, Offset, PartitionEpoch,
    StepId, TopicId, TopicName,
};
use crate::kafka::message::{
    Acks, BrokerHeartbeatResponse, BrokerRegistrationResponse, FetchFrom, FetchMetadataLogResponse,
    FetchPartition, FetchRequest, FetchResponse, Message, PartitionBatch, ProduceRequest,
    ProduceResponse, Request, Response,
};
use crate::kafka::metadata::{
    LeaderRecoveryState, MetadataEntry, MetadataRecord, PartitionRegistration,
};
use crate::kafka::node::{Action, Chance};
use crate::kafka::record::{BatchSpec, Record, RecordBatch, encode_batch};
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{BrokerTimer, Timer};

const CLIENT: NodeId = NodeId::Client(ClientId(1));
const PRODUCER_TIMEOUT: SimDuration = SimDuration::from_millis(30_000);

/// Always the lowest number.
struct NoChance;

impl Chance for NoChance {
    fn below(&mut self, _bound: u64) -> u64 {
        0
    }
}

/// The broker under test, and all that it did in the last step.
struct Bench {
    broker: Broker,
    now: SimTime,
    step: u64,
    metadata_length: u64,
    last_correlation_id: u64,
    actions: Vec<Action>,
}

impl Bench {
    /// Broker 1, started, registered and unfenced, beside live brokers 2 and 3.
    fn running(settings: &[(&str, &str)]) -> Bench {
        let mut bench = Bench::off(settings);
        bench.start();
        bench.register();
        bench
    }

    fn off(settings: &[(&str, &str)]) -> Bench {
        let properties = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let config = BrokerConfig::from_properties(&properties.collect());
        let config = config.expect("the settings of a test are valid");
        Bench {
            broker: Broker::new(BrokerId(1), config),
            now: SimTime::ZERO,
            step: 0,
            metadata_length: 0,
            last_correlation_id: 0,
            actions: Vec::new(),
        }
    }

    fn start(&mut self) {
        self.input(Input::Start);
    }

    /// The controller registers this broker and tells it of itself and of brokers 2 and 3.
    fn register(&mut self) {
        let broker_epoch = BrokerEpoch(self.metadata_length);
        let registration = self
            .asked("BrokerRegistration")
            .expect("it registers when it starts");
        let fetch = self
            .asked("FetchMetadataLog")
            .expect("it reads the metadata at its start");
        let result = Ok(broker_epoch);
        let response = Response::BrokerRegistration(BrokerRegistrationResponse { result });
        self.response(NodeId::Controller, registration, response);
        let heartbeat = self
            .asked("BrokerHeartbeat")
            .expect("it beats once registered");
        let mut records = vec![registered(1, broker_epoch)];
        if self.metadata_length == 0 {
            records.push(registered(2, BrokerEpoch(1)));
            records.push(registered(3, BrokerEpoch(2)));
            records.extend([unfenced(2), unfenced(3)]);
        }
        records.push(unfenced(1));
        self.metadata_to(fetch, records);
        self.heartbeat_answered(heartbeat, false);
    }

    fn heartbeat_answered(&mut self, heartbeat: CorrelationId, should_shut_down: bool) {
        let response = Response::BrokerHeartbeat(BrokerHeartbeatResponse {
            error: None,
            is_caught_up: true,
            is_fenced: false,
            should_shut_down,
        });
        self.response(NodeId::Controller, heartbeat, response);
    }

    /// The controller's log grows by `records`.
    fn metadata(&mut self, records: Vec<MetadataRecord>) {
        let requests = &self
            .broker
            .process
            .as_ref()
            .expect("the broker runs")
            .requests;
        let fetch = requests
            .iter()
            .find(|(_, _, asked)| **asked == process::Asked::Metadata)
            .map(|(id, ..)| id);
        self.metadata_to(fetch.expect("a running broker reads the metadata"), records);
    }

    fn metadata_to(&mut self, fetch: CorrelationId, records: Vec<MetadataRecord>) {
        let entries = records
            .into_iter()
            .enumerate()
            .map(|(index, record)| MetadataEntry {
                offset: MetadataOffset(self.metadata_length + index as u64),
                record,
                decided_by: DECISION,
            })
            .collect::<Vec<_>>();
        self.metadata_length += entries.len() as u64;
        let response = Response::FetchMetadataLog(FetchMetadataLogResponse { entries });
        self.response(NodeId::Controller, fetch, response);
    }

    /// The controller creates topic `t` with one partition.
    fn create_topic(&mut self, leader: u32, replicas: &[u32], settings: &[(&str, &str)]) {
        let topic = TopicName::new("t");
        let id = TopicId(self.metadata_length);
        let mut records = vec![MetadataRecord::Topic {
            name: topic.clone(),
            id,
        }];
        let config = settings.iter().map(|(name, value)| MetadataRecord::Config {
            resource: crate::kafka::metadata::ConfigResource::Topic(topic.clone()),
            name: (*name).to_owned(),
            value: Some((*value).to_owned()),
        });
        records.extend(config);
        let registration = registration(Some(leader), replicas, replicas, 0);
        records.push(MetadataRecord::Partition {
            partition: t0(),
            registration,
        });
        self.metadata(records);
    }

    /// The controller changes the partition: leader, ISR, epochs. Replicas stay 1, 2, 3.
    fn change_partition(&mut self, leader: Option<u32>, isr: &[u32], leader_epoch: i32) {
        let mut registration = registration(leader, &[1, 2, 3], isr, leader_epoch);
        registration.partition_epoch = PartitionEpoch(self.step as u32);
        self.metadata(vec![MetadataRecord::PartitionChange {
            partition: t0(),
            registration,
        }]);
    }

    fn advance_ms(&mut self, ms: u64) {
        self.now = self.now + SimDuration::from_millis(ms);
    }

    fn input(&mut self, input: Input) -> StepId {
        self.step += 1;
        let step = StepId(self.step);
        let mut chance = NoChance;
        let mut cx = Context::new(self.now, CLOCK_MS, step, &mut chance);
        self.broker.handle(input, &mut cx);
        self.actions = cx.into_actions();
        step
    }

    fn timeout(&mut self, timer: BrokerTimer) {
        self.input(Input::Timeout(Timer::Broker(timer)));
    }

    /// Somebody asks the broker something.
    fn request(&mut self, from: NodeId, request: Request) -> CorrelationId {
        self.last_correlation_id += 1;
        let correlation_id = CorrelationId(self.last_correlation_id);
        let message = Arc::new(Message::Request {
            correlation_id,
            request,
        });
        self.input(Input::Receive { from, message });
        correlation_id
    }

    fn response(&mut self, from: NodeId, correlation_id: CorrelationId, response: Response) {
        let message = Arc::new(Message::Response {
            correlation_id,
            response,
        });
        self.input(Input::Receive { from, message });
    }

    fn produce(&mut self, acks: Acks, values: &[&str]) -> CorrelationId {
        let batches = vec![PartitionBatch {
            partition: t0(),
            batch: batch(values),
        }];
        let request = ProduceRequest {
            acks,
            timeout: PRODUCER_TIMEOUT,
            batches,
        };
        self.request(CLIENT, Request::Produce(request))
    }

    /// Follower `broker` fetches from `fetch_offset`.
    fn follower_fetches(&mut self, broker: u32, fetch_offset: u64) -> CorrelationId {
        let epoch = self
            .broker
            .replica(&t0())
            .map(|replica| replica.leader_epoch);
        let from = FetchFrom::Follower {
            broker: BrokerId(broker),
            broker_epoch: BrokerEpoch(u64::from(broker) - 1),
        };
        let mut request = fetch_request(from, fetch_offset);
        request.partitions[0].current_leader_epoch = epoch;
        self.request(NodeId::Broker(BrokerId(broker)), Request::Fetch(request))
    }

    fn consumer_fetches(&mut self, fetch_offset: u64) -> CorrelationId {
        let request = fetch_request(FetchFrom::Consumer, fetch_offset);
        self.request(CLIENT, Request::Fetch(request))
    }

    /// What was sent in the last step to answer `correlation_id`, with its causes.
    fn answer(&self, correlation_id: CorrelationId) -> Option<(&Response, &[EventId])> {
        self.actions.iter().find_map(|action| match action {
            Action::Send {
                message, causes, ..
            } => match &**message {
                Message::Response {
                    correlation_id: id,
                    response,
                } if *id == correlation_id => Some((response, causes.as_slice())),
                _ => None,
            },
            _ => None,
        })
    }

    fn produce_answer(&self, correlation_id: CorrelationId) -> Option<&ProduceResponse> {
        match self.answer(correlation_id)? {
            (Response::Produce(response), _) => Some(response),
            _ => None,
        }
    }

    fn fetch_answer(&self, correlation_id: CorrelationId) -> Option<&FetchResponse> {
        match self.answer(correlation_id)? {
            (Response::Fetch(response), _) => Some(response),
            _ => None,
        }
    }

    /// The request of that API that was sent in the last step.
    fn sent(&self, api: &str) -> Option<(CorrelationId, &Request)> {
        self.actions.iter().find_map(|action| match action {
            Action::Send { message, .. } => match &**message {
                Message::Request {
                    correlation_id,
                    request,
                } if request.api_name() == api => Some((*correlation_id, request)),
                _ => None,
            },
            _ => None,
        })
    }

    fn asked(&self, api: &str) -> Option<CorrelationId> {
        self.sent(api).map(|(id, _)| id)
    }

    fn events(&self) -> Vec<&KafkaEvent> {
        let events = self.actions.iter().filter_map(|action| match action {
            Action::Emit { event, .. } => Some(event),
            _ => None,
        });
        events.collect()
    }

    fn timer_after(&self, wanted: &BrokerTimer) -> Option<SimDuration> {
        self.actions.iter().find_map(|action| match action {
            Action::SetTimer {
                timer: Timer::Broker(timer),
                after,
            } if timer == wanted => Some(*after),
            _ => None,
        })
    }

    fn replica(&self) -> ReplicaState {
        self.broker
            .replica(&t0())
            .expect("the broker has the replica")
    }
}

/// The event by which the controller decided what the metadata says.
const DECISION: EventId = EventId {
    step: StepId(900),
    index: 3,
};

/// What the clocks of the bench show.
const CLOCK_MS: i64 = 1_700_000_000_000;

fn t0() -> TopicPartition {
    TopicPartition::new(&TopicName::new("t"), 0)
}

fn batch(values: &[&str]) -> RecordBatch {
    let record = |value: &&str| Record {
        key: Some(Bytes::from_static(b"k")),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
        headers: Vec::new(),
        timestamp_ms: CLOCK_MS,
    };
    let records: Vec<Record> = values.iter().map(record).collect();
    let bytes = encode_batch(&BatchSpec::default(), &records);
    RecordBatch::from_bytes(bytes, EventId::default()).expect("an encoded batch decodes")
}

fn fetch_request(from: FetchFrom, fetch_offset: u64) -> FetchRequest {
    FetchRequest {
        from,
        max_wait: SimDuration::from_millis(500),
        min_bytes: 1,
        max_bytes: 50 << 20,
        rack_id: String::new(),
        partitions: vec![FetchPartition {
            partition: t0(),
            current_leader_epoch: None,
            fetch_offset: Offset(fetch_offset),
            last_fetched_epoch: None,
            log_start_offset: Some(Offset::ZERO),
            max_bytes: 1 << 20,
        }],
    }
}

fn registered(id: u32, broker_epoch: BrokerEpoch) -> MetadataRecord {
    let rack = Some(format!("rack-{id}"));
    MetadataRecord::RegisterBroker {
        broker: BrokerId(id),
        broker_epoch,
        rack,
    }
}

fn unfenced(id: u32) -> MetadataRecord {
    let broker = BrokerId(id);
    let (fenced, in_controlled_shutdown) = (Some(false), None);
    MetadataRecord::BrokerRegistrationChange {
        broker,
        fenced,
        in_controlled_shutdown,
    }
}

fn registration(
    leader: Option<u32>,
    replicas: &[u32],
    isr: &[u32],
    leader_epoch: i32,
) -> PartitionRegistration {
    let ids = |ids: &[u32]| ids.iter().copied().map(BrokerId).collect();
    PartitionRegistration {
        replicas: ids(replicas),
        isr: ids(isr),
        elr: Vec::new(),
        last_known_elr: Vec::new(),
        leader: leader.map(BrokerId),
        leader_epoch: LeaderEpoch(leader_epoch),
        partition_epoch: PartitionEpoch(0),
        leader_recovery_state: LeaderRecoveryState::Recovered,
        adding_replicas: Vec::new(),
        removing_replicas: Vec::new(),
    }
}
