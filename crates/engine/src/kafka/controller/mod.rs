//! The active controller: it decides about brokers, topics and leaders, and writes each decision
//! into the metadata log, which brokers read at their own pace.
//!
//! Kafka 4.3.1: `QuorumController`, `ClusterControlManager`, `ReplicationControlManager`,
//! `ConfigurationControlManager`. Deciding and applying are apart, as there: a decision is a list
//! of records made from `&self`; only replaying the records changes the metadata.
//! Simplified: one controller, so that a record is committed when it is written.

mod brokers;
mod decision;
mod elections;
mod heartbeats;
mod metadata_log;
mod partition_change;
mod partitions;
mod placement;
mod settings;
#[cfg(test)]
mod tests;
mod topic_name;
mod topics;

use std::sync::Arc;

use serde::Serialize;

use crate::kafka::config::broker::BrokerConfig;
use crate::kafka::controller::heartbeats::BrokerHeartbeats;
use crate::kafka::controller::metadata_log::{WaitingFetch, format_record};
use crate::kafka::ids::{BrokerEpoch, BrokerId, CorrelationId, EventId, MetadataOffset, NodeId};
use crate::kafka::message::{Message, Request, Response};
use crate::kafka::metadata::{MetadataEntry, MetadataImage};
use crate::kafka::node::{Context, Input, Node};
use crate::kafka::time::SimDuration;
use crate::kafka::timer::{ControllerTimer, Timer};
use crate::sorted::SortedMap;

pub use heartbeats::{BrokerControlState, Contact};
pub use partition_change::{
    Election, ElectionResult, Liveness, PartitionChange, PartitionChangeBuilder,
};
pub use placement::{UsableBroker, place_replicas};

/// How often leaderless partitions are looked at for an unclean election.
///
/// Kafka 4.3.1: `QuorumController.Builder.uncleanLeaderElectionCheckIntervalMs`.
const UNCLEAN_ELECTION_SCAN_INTERVAL: SimDuration = SimDuration::from_secs(5 * 60);

/// How soon a periodic task that found something to do runs again.
///
/// Kafka 4.3.1: `PeriodicTask.DEFAULT_IMMEDIATE_PERIOD_NS`.
const IMMEDIATE_PERIOD: SimDuration = SimDuration::from_millis(10);

/// The active controller.
///
/// Kafka 4.3.1: `QuorumController`.
/// Simplified: a quorum of one, whose outage is the whole quorum's.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Controller {
    config: BrokerConfig,
    // On disk: the log, and what its records add up to.
    log: Vec<Arc<MetadataEntry>>,
    image: MetadataImage,
    incarnations: SortedMap<BrokerId, u64>,
    next_topic_id: u64,
    // Only in the process.
    heartbeats: BrokerHeartbeats,
    waiting_fetches: SortedMap<BrokerId, WaitingFetch>,
}

impl Controller {
    /// A controller with a freshly formatted disk.
    pub fn new(config: BrokerConfig) -> Controller {
        let heartbeats = BrokerHeartbeats::new(config.session_timeout);
        let mut controller = Controller {
            log: Vec::new(),
            image: MetadataImage::default(),
            incarnations: SortedMap::new(),
            next_topic_id: 0,
            heartbeats,
            waiting_fetches: SortedMap::new(),
            config,
        };
        if let Some(entry) = format_record(&controller.config) {
            controller.append(entry);
        }
        controller
    }

    /// The cluster's metadata as it stands.
    pub fn image(&self) -> &MetadataImage {
        &self.image
    }

    /// Whether the broker is registered, unfenced and not shutting down.
    pub fn is_active(&self, broker: BrokerId) -> bool {
        self.image.is_active(broker)
    }

    /// When the broker's present process was last heard, if its session is still kept.
    pub fn last_contact(&self, broker: BrokerId) -> Option<Contact> {
        let registration = self.image.brokers.get(&broker)?;
        self.heartbeats.contact(broker, registration.broker_epoch)
    }

    /// What the broker is to the controller.
    pub fn broker_state(&self, broker: BrokerId) -> BrokerControlState {
        self.heartbeats.current_state(broker)
    }

    /// The metadata log, whole.
    pub fn metadata_log(&self) -> &[Arc<MetadataEntry>] {
        &self.log
    }

    /// The offset that the next metadata record will get.
    pub fn metadata_log_end_offset(&self) -> MetadataOffset {
        self.image.next_offset
    }

    /// The node's settings.
    pub fn config(&self) -> &BrokerConfig {
        &self.config
    }

    /// Drops what only lived in the process: sessions, and fetches that wait.
    pub fn power_off(&mut self) {
        self.heartbeats = BrokerHeartbeats::new(self.config.session_timeout);
        self.waiting_fetches.clear();
    }

    /// Kafka 4.3.1: `ClusterControlManager#activate`, `QuorumController#registerFenceStaleBroker`,
    /// `#registerElectPreferred`, `#registerElectUnclean`.
    fn start(&mut self, cx: &mut Context<'_>) {
        self.power_off();
        let contact = Contact {
            at: cx.now(),
            event: cx.input_event(),
        };
        for (broker, registration) in &self.image.brokers {
            self.heartbeats.register(*broker, registration.fenced);
            if !registration.fenced {
                self.heartbeats
                    .track(*broker, registration.broker_epoch, contact);
            }
        }
        self.schedule(ControllerTimer::FenceSweep, self.fence_interval(), cx);
        self.schedule(
            ControllerTimer::UncleanElectionScan,
            UNCLEAN_ELECTION_SCAN_INTERVAL,
            cx,
        );
        if self.config.auto_leader_rebalance_enable {
            let interval = self.config.leader_imbalance_check_interval;
            self.schedule(ControllerTimer::LeaderBalance, interval, cx);
        }
    }

    fn fence_interval(&self) -> SimDuration {
        SimDuration((self.config.session_timeout.0 / 8).max(1))
    }

    /// Runs a periodic task's timer again: soon if there may be more to do.
    ///
    /// Kafka 4.3.1: `PeriodicTaskControlManager#nextDelayTimeNs`.
    fn reschedule(
        &self,
        timer: ControllerTimer,
        has_more: bool,
        period: SimDuration,
        cx: &mut Context<'_>,
    ) {
        let after = if has_more { IMMEDIATE_PERIOD } else { period };
        self.schedule(timer, after, cx);
    }

    fn schedule(&self, timer: ControllerTimer, after: SimDuration, cx: &mut Context<'_>) {
        cx.set_timer(Timer::Controller(timer), after);
    }

    fn on_timer(&mut self, timer: ControllerTimer, cx: &mut Context<'_>) {
        match timer {
            ControllerTimer::FenceSweep => {
                let has_more = self.fence_one_stale_broker(cx);
                let period = self.fence_interval();
                self.reschedule(ControllerTimer::FenceSweep, has_more, period, cx);
            }
            ControllerTimer::LeaderBalance => {
                let has_more = self.balance_partition_leaders(cx);
                let period = self.config.leader_imbalance_check_interval;
                self.reschedule(ControllerTimer::LeaderBalance, has_more, period, cx);
            }
            ControllerTimer::UncleanElectionScan => {
                let has_more = self.elect_unclean_leaders(cx);
                let period = UNCLEAN_ELECTION_SCAN_INTERVAL;
                self.reschedule(ControllerTimer::UncleanElectionScan, has_more, period, cx);
            }
            ControllerTimer::MetadataFetchWait(broker) => self.end_metadata_wait(broker, cx),
        }
    }

    fn on_request(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        request: &Request,
        cx: &mut Context<'_>,
    ) {
        let response = match request {
            Request::BrokerRegistration(request) => {
                Response::BrokerRegistration(self.register_broker(request, cx))
            }
            Request::BrokerHeartbeat(request) => {
                Response::BrokerHeartbeat(self.on_heartbeat(request, cx))
            }
            Request::AlterPartition(request) => {
                let response = Response::AlterPartition(self.alter_partition(request, cx));
                // What became of the wish is the cause of what its leader does with the answer.
                let decided = self.log.last().map(|entry| entry.decided_by);
                let decided = decided.filter(|event| event.step == cx.input_event().step);
                reply_because(from, (correlation_id, response), decided.as_slice(), cx);
                return;
            }
            Request::AllocateProducerIds(request) => {
                Response::AllocateProducerIds(self.allocate_producer_ids(request, cx))
            }
            Request::CreateTopics(request) => {
                Response::CreateTopics(self.create_topics(request, cx))
            }
            Request::DeleteTopics(request) => {
                Response::DeleteTopics(self.delete_topics(request, cx))
            }
            Request::CreatePartitions(request) => {
                Response::CreatePartitions(self.create_partitions(request, cx))
            }
            Request::IncrementalAlterConfigs(request) => {
                Response::IncrementalAlterConfigs(self.incremental_alter_configs(request, cx))
            }
            Request::ElectLeaders(request) => {
                Response::ElectLeaders(self.elect_leaders(request, cx))
            }
            Request::FetchMetadataLog(request) => {
                self.fetch_metadata_log(from, correlation_id, request, cx);
                return;
            }
            // Everything else is for brokers; who sends it here gets no answer.
            _ => return,
        };
        reply(from, correlation_id, response, cx);
    }

    /// Whether `epoch` is the present incarnation of `broker`.
    ///
    /// Kafka 4.3.1: `ClusterControlManager#checkBrokerEpoch`.
    fn is_current_broker_epoch(&self, broker: BrokerId, epoch: BrokerEpoch) -> bool {
        let registration = self.image.brokers.get(&broker);
        registration.is_some_and(|registration| registration.broker_epoch == epoch)
    }
}

impl Node for Controller {
    fn handle(&mut self, input: Input, cx: &mut Context<'_>) {
        let log_end_before = self.log.len();
        match input {
            Input::Start => self.start(cx),
            Input::Terminate => cx.exit(),
            Input::Receive { from, message } => {
                if let Message::Request {
                    correlation_id,
                    request,
                } = message.as_ref()
                {
                    self.on_request(from, *correlation_id, request, cx);
                }
            }
            Input::Disconnected { peer, .. } => self.forget_waiting_fetch(peer, cx),
            Input::Timeout(Timer::Controller(timer)) => self.on_timer(timer, cx),
            // No other timer is ever set, and no application calls a controller.
            Input::Timeout(_) | Input::Call { .. } => {}
        }
        if self.log.len() > log_end_before {
            self.answer_waiting_fetches(cx);
        }
    }
}

fn reply(to: NodeId, correlation_id: CorrelationId, response: Response, cx: &mut Context<'_>) {
    reply_because(to, (correlation_id, response), &[], cx);
}

fn reply_because(
    to: NodeId,
    (correlation_id, response): (CorrelationId, Response),
    causes: &[EventId],
    cx: &mut Context<'_>,
) {
    let message = Message::Response {
        correlation_id,
        response,
    };
    cx.send_because(to, message, causes);
}
