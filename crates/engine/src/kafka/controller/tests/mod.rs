//! What the controller decides, fed by hand.

mod brokers;
mod elections;
mod topics;

use std::sync::Arc;

use super::*;
use crate::kafka::config::Properties;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::{Candidate, ElectionKind, KafkaEvent, LeaderElection};
use crate::kafka::ids::{EventId, LeaderEpoch, PartitionEpoch, StepId, TopicName, TopicPartition};
use crate::kafka::message::*;
use crate::kafka::metadata::{
    ConfigResource, LeaderRecoveryState, MetadataRecord, PartitionRegistration,
};
use crate::kafka::node::{Action, Chance};
use crate::kafka::time::SimTime;

/// Every draw is 0.
struct Zero;

impl Chance for Zero {
    fn below(&mut self, _bound: u64) -> u64 {
        0
    }
}

/// A controller with brokers that are only messages.
struct Cluster {
    controller: Controller,
    now_ms: u64,
    step: u64,
    events: Vec<(EventId, KafkaEvent, Vec<EventId>)>,
}

impl Cluster {
    fn new(settings: &[(&str, &str)]) -> Cluster {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let properties: Properties = settings.iter().map(owned).collect();
        let config = BrokerConfig::from_properties(&properties).expect("the settings are valid");
        let mut cluster = Cluster {
            controller: Controller::new(config),
            now_ms: 0,
            step: 0,
            events: Vec::new(),
        };
        cluster.handle(Input::Start);
        cluster
    }

    /// With brokers 1 to `count`, all unfenced.
    fn with_brokers(count: u32, settings: &[(&str, &str)]) -> Cluster {
        let mut cluster = Cluster::new(settings);
        for id in 1..=count {
            cluster.start_broker(id, 0, None);
        }
        cluster
    }

    fn handle(&mut self, input: Input) -> Vec<Action> {
        self.step += 1;
        let now = SimTime::ZERO + SimDuration::from_millis(self.now_ms);
        let mut chance = Zero;
        let mut cx = Context::new(now, self.now_ms as i64, StepId(self.step), &mut chance);
        self.controller.handle(input, &mut cx);
        let actions = cx.into_actions();
        let mut index = 0;
        for action in &actions {
            if matches!(action, Action::Send { .. } | Action::Emit { .. }) {
                index += 1;
            }
            if let Action::Emit { event, causes, .. } = action {
                let id = EventId {
                    step: StepId(self.step),
                    index,
                };
                self.events.push((id, event.clone(), causes.clone()));
            }
        }
        actions
    }

    fn ask(&mut self, from: NodeId, request: Request) -> Response {
        let message = Arc::new(Message::Request {
            correlation_id: CorrelationId(7),
            request,
        });
        let actions = self.handle(Input::Receive { from, message });
        actions
            .into_iter()
            .find_map(|action| match action {
                Action::Send { to, message, .. } if to == from => match message.as_ref() {
                    Message::Response { response, .. } => Some(response.clone()),
                    Message::Request { .. } => None,
                },
                _ => None,
            })
            .expect("the controller answers")
    }

    fn register(
        &mut self,
        id: u32,
        incarnation: u64,
        previous_broker_epoch: Option<BrokerEpoch>,
    ) -> Result<BrokerEpoch, ErrorCode> {
        let request = Request::BrokerRegistration(BrokerRegistrationRequest {
            broker: BrokerId(id),
            incarnation,
            rack: None,
            previous_broker_epoch,
        });
        match self.ask(NodeId::Broker(BrokerId(id)), request) {
            Response::BrokerRegistration(response) => response.result,
            other => panic!("not a registration: {other:?}"),
        }
    }

    fn heartbeat(&mut self, id: u32, want_shut_down: bool) -> BrokerHeartbeatResponse {
        let request = Request::BrokerHeartbeat(BrokerHeartbeatRequest {
            broker: BrokerId(id),
            broker_epoch: self.epoch(id),
            current_metadata_offset: self.controller.metadata_log_end_offset(),
            want_fence: false,
            want_shut_down,
        });
        match self.ask(NodeId::Broker(BrokerId(id)), request) {
            Response::BrokerHeartbeat(response) => response,
            other => panic!("not a heartbeat: {other:?}"),
        }
    }

    fn start_broker(&mut self, id: u32, incarnation: u64, previous: Option<BrokerEpoch>) {
        self.register(id, incarnation, previous)
            .expect("no session is left");
        assert!(!self.heartbeat(id, false).is_fenced);
    }

    /// Lets time pass in which only `alive` send heartbeats, once a second.
    fn run(&mut self, ms: u64, alive: &[u32]) {
        let end = self.now_ms + ms;
        while self.now_ms < end {
            self.now_ms += 1000;
            for id in alive {
                self.heartbeat(*id, false);
            }
            self.handle(Input::Timeout(Timer::Controller(
                ControllerTimer::FenceSweep,
            )));
        }
    }

    fn epoch(&self, id: u32) -> BrokerEpoch {
        self.controller.image().brokers[&BrokerId(id)].broker_epoch
    }

    fn create(&mut self, topic: &str, assignment: &[&[u32]], config: &[(&str, &str)]) {
        let error = self.try_create(CreateTopicsRequest {
            assignment: Some(assignment.iter().map(|ids| brokers(ids)).collect()),
            config: config
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..topic_request(topic)
        });
        assert_eq!(error, None);
    }

    fn try_create(&mut self, request: CreateTopicsRequest) -> Option<ApiError> {
        match self.ask(CLIENT, Request::CreateTopics(request)) {
            Response::CreateTopics(response) => response.error,
            other => panic!("not a creation: {other:?}"),
        }
    }

    fn elect(
        &mut self,
        election_type: ElectionType,
        partition: &TopicPartition,
    ) -> Option<ApiError> {
        let request = Request::ElectLeaders(ElectLeadersRequest {
            election_type,
            partitions: Some(vec![partition.clone()]),
        });
        match self.ask(CLIENT, request) {
            Response::ElectLeaders(response) => response.partitions[0].1.clone(),
            other => panic!("not an election: {other:?}"),
        }
    }

    fn alter_config(
        &mut self,
        resource: ConfigResource,
        set: &[(&str, &str)],
        delete: &[&str],
    ) -> Option<ApiError> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let request = Request::IncrementalAlterConfigs(IncrementalAlterConfigsRequest {
            resource,
            set: set.iter().map(owned).collect(),
            delete: delete.iter().map(|name| (*name).to_owned()).collect(),
        });
        match self.ask(CLIENT, request) {
            Response::IncrementalAlterConfigs(response) => response.error,
            other => panic!("not a change of settings: {other:?}"),
        }
    }

    fn wish_isr(
        &mut self,
        partition: &TopicPartition,
        isr: &[u32],
    ) -> Result<AlteredPartition, ErrorCode> {
        let registration = self.partition(partition).clone();
        let leader = registration.leader.expect("somebody leads");
        let request = Request::AlterPartition(AlterPartitionRequest {
            broker: leader,
            broker_epoch: self.epoch(leader.0),
            partition: partition.clone(),
            leader_epoch: registration.leader_epoch,
            partition_epoch: registration.partition_epoch,
            new_isr: isr
                .iter()
                .map(|id| (BrokerId(*id), self.epoch(*id)))
                .collect(),
            leader_recovery_state: LeaderRecoveryState::Recovered,
        });
        match self.ask(NodeId::Broker(leader), request) {
            Response::AlterPartition(response) => response.result,
            other => panic!("not an answer about the ISR: {other:?}"),
        }
    }

    fn partition(&self, partition: &TopicPartition) -> &PartitionRegistration {
        let found = self.controller.image().partition(partition);
        found.expect("the partition exists")
    }

    /// Leader (0 for none), leader epoch, ISR, ELR, last known leader.
    fn state(&self, partition: &TopicPartition) -> (u32, i32, Vec<u32>, Vec<u32>, Vec<u32>) {
        let found = self.partition(partition);
        let numbers = |ids: &[BrokerId]| ids.iter().map(|id| id.0).collect();
        (
            found.leader.map_or(0, |leader| leader.0),
            found.leader_epoch.0,
            numbers(&found.isr),
            numbers(&found.elr),
            numbers(&found.last_known_elr),
        )
    }

    fn last_election(&self) -> (EventId, &LeaderElection, &[EventId]) {
        let elections = self.events.iter().rev();
        elections
            .filter_map(|(id, event, causes)| match event {
                KafkaEvent::LeaderElected(election) => Some((*id, &**election, &causes[..])),
                _ => None,
            })
            .next()
            .expect("there was an election")
    }
}

const CLIENT: NodeId = NodeId::Client(crate::kafka::ids::ClientId(9));

fn brokers(ids: &[u32]) -> Vec<BrokerId> {
    ids.iter().map(|id| BrokerId(*id)).collect()
}

fn topic_request(topic: &str) -> CreateTopicsRequest {
    CreateTopicsRequest {
        topic: TopicName::new(topic),
        partitions: None,
        replication_factor: None,
        assignment: None,
        config: SortedMap::new(),
    }
}

fn tp(topic: &str) -> TopicPartition {
    TopicPartition::new(&TopicName::new(topic), 0)
}

fn refusal(code: ErrorCode, text: &str) -> Option<ApiError> {
    Some(ApiError {
        code,
        message: Some(text.to_owned()),
    })
}
