//! The life of brokers as the controller sees it: registered, unfenced, fenced, shut down.
//!
//! Kafka 4.3.1: `ClusterControlManager`, and the broker part of `ReplicationControlManager`.

use crate::kafka::controller::Controller;
use crate::kafka::controller::decision::Decision;
use crate::kafka::controller::heartbeats::{BrokerControlState, Contact};
use crate::kafka::controller::partition_change::Liveness;
use crate::kafka::controller::partitions::BrokerChange;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerEpoch, BrokerId, EventId, MetadataOffset, NodeId};
use crate::kafka::message::{
    AllocateProducerIdsRequest, AllocateProducerIdsResponse, BrokerHeartbeatRequest,
    BrokerHeartbeatResponse, BrokerRegistrationRequest, BrokerRegistrationResponse,
};
use crate::kafka::metadata::MetadataRecord;
use crate::kafka::node::Context;
use crate::kafka::time::SimTime;

/// How many producer ids a broker gets at a time.
///
/// Kafka 4.3.1: `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`.
const PRODUCER_ID_BLOCK_SIZE: u64 = 1000;

impl Controller {
    /// Registers a broker process, unless the session of another one is still valid.
    ///
    /// Kafka 4.3.1: `ClusterControlManager#registerBroker`.
    /// Simplified: a repeated registration of the same process changes nothing.
    pub(super) fn register_broker(
        &mut self,
        request: &BrokerRegistrationRequest,
        cx: &mut Context<'_>,
    ) -> BrokerRegistrationResponse {
        let broker = request.broker;
        let stored_epoch = self.image.brokers.get(&broker).map(|r| r.broker_epoch);
        if let Some(epoch) = stored_epoch {
            if self.incarnations.get(&broker) == Some(&request.incarnation) {
                return BrokerRegistrationResponse { result: Ok(epoch) };
            }
            if self.heartbeats.has_valid_session(broker, epoch, cx.now()) {
                let error = ErrorCode::DuplicateBrokerRegistration;
                cx.emit(KafkaEvent::BrokerRegistrationRefused { broker, error });
                return BrokerRegistrationResponse { result: Err(error) };
            }
        }
        let is_clean = stored_epoch.is_some() && stored_epoch == request.previous_broker_epoch;
        let mut decisions = self.decide_broker_shutdown(broker, is_clean);
        let broker_epoch = BrokerEpoch(self.image.next_offset.0 + decisions.len() as u64);
        decisions.push(Decision::of(MetadataRecord::RegisterBroker {
            broker,
            broker_epoch,
            rack: request.rack.clone(),
        }));
        let registered = cx.emit(KafkaEvent::BrokerRegistered {
            broker,
            broker_epoch,
        });
        self.commit(decisions, Some(registered), cx);
        self.incarnations.insert(broker, request.incarnation);
        self.heartbeats.register(broker, true);
        BrokerRegistrationResponse {
            result: Ok(broker_epoch),
        }
    }

    /// Takes a heartbeat: the broker may be fenced, unfenced, or let go by it.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#processBrokerHeartbeat`.
    pub(super) fn on_heartbeat(
        &mut self,
        request: &BrokerHeartbeatRequest,
        cx: &mut Context<'_>,
    ) -> BrokerHeartbeatResponse {
        let broker = request.broker;
        if !self.is_current_broker_epoch(broker, request.broker_epoch) {
            return BrokerHeartbeatResponse {
                error: Some(ErrorCode::StaleBrokerEpoch),
                is_caught_up: false,
                is_fenced: true,
                should_shut_down: false,
            };
        }
        let contact = Contact {
            at: cx.now(),
            event: cx.emit(KafkaEvent::BrokerHeartbeatReceived { broker }),
        };
        self.heartbeats.track(broker, request.broker_epoch, contact);
        // A broker's epoch is the offset of its registration.
        let registered_at = MetadataOffset(request.broker_epoch.0);
        let current = self.heartbeats.current_state(broker);
        let next = self
            .heartbeats
            .next_state(request, registered_at, || self.has_leaderships(broker));
        let is_fenced = matches!(
            next,
            BrokerControlState::Fenced | BrokerControlState::ShutdownNow
        );
        self.heartbeats
            .touch(broker, is_fenced, request.current_metadata_offset);
        if current != next {
            self.change_broker_state(broker, (current, next), contact.event, cx);
        }
        BrokerHeartbeatResponse {
            error: None,
            is_caught_up: request.current_metadata_offset > registered_at,
            is_fenced,
            should_shut_down: next == BrokerControlState::ShutdownNow,
        }
    }

    fn change_broker_state(
        &mut self,
        broker: BrokerId,
        (current, next): (BrokerControlState, BrokerControlState),
        heard: EventId,
        cx: &mut Context<'_>,
    ) {
        match next {
            BrokerControlState::Unfenced => {
                let event = KafkaEvent::BrokerUnfenced { broker };
                let unfenced = cx.emit_because(event, &[heard]);
                let decisions = self.decide_broker_unfenced(broker);
                self.commit(decisions, Some(unfenced), cx);
                // Kafka forgets at this point how far the broker is, until its next heartbeat.
                self.heartbeats.touch(broker, false, MetadataOffset(0));
            }
            BrokerControlState::ControlledShutdown => {
                let started = cx.emit(KafkaEvent::ControlledShutdownStarted { broker });
                let decisions = self.decide_controlled_shutdown(broker);
                self.commit(decisions, Some(started), cx);
                let end = self.image.next_offset;
                self.heartbeats.note_controlled_shutdown(broker, end);
            }
            BrokerControlState::ShutdownNow => {
                let started = (current == BrokerControlState::Unfenced)
                    .then(|| cx.emit(KafkaEvent::ControlledShutdownStarted { broker }));
                let causes: Vec<EventId> = started.into_iter().collect();
                let event = KafkaEvent::ControlledShutdownCompleted { broker };
                let completed = cx.emit_because(event, &causes);
                if self.image.brokers.get(&broker).is_some_and(|r| !r.fenced) {
                    let decisions = self.decide_broker_fenced(broker, Liveness::ShuttingDown);
                    self.commit(decisions, Some(completed), cx);
                }
            }
            BrokerControlState::Fenced => {
                let fenced = cx.emit(self.fenced_event(broker, cx.now()));
                let decisions = self.decide_broker_fenced(broker, Liveness::Fenced);
                self.commit(decisions, Some(fenced), cx);
            }
        }
    }

    /// Fences one broker whose session is over, also one that went in good order and was fenced
    /// then. Returns whether there may be more.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#maybeFenceOneStaleBroker`.
    pub(super) fn fence_one_stale_broker(&mut self, cx: &mut Context<'_>) -> bool {
        let Some((broker, epoch, contact)) = self.heartbeats.remove_one_expired(cx.now()) else {
            return false;
        };
        if !self.is_current_broker_epoch(broker, epoch) {
            return true;
        }
        let event = self.fenced_event(broker, contact.at);
        let fenced = cx.emit_because_silent(event, &[contact.event], NodeId::Broker(broker));
        let decisions = self.decide_broker_fenced(broker, Liveness::Fenced);
        self.commit(decisions, Some(fenced), cx);
        self.heartbeats.fence(broker);
        true
    }

    /// Hands out a block of producer ids.
    ///
    /// Kafka 4.3.1: `ProducerIdControlManager#generateNextProducerId`.
    pub(super) fn allocate_producer_ids(
        &mut self,
        request: &AllocateProducerIdsRequest,
        cx: &mut Context<'_>,
    ) -> AllocateProducerIdsResponse {
        if !self.is_current_broker_epoch(request.broker, request.broker_epoch) {
            return AllocateProducerIdsResponse {
                result: Err(ErrorCode::StaleBrokerEpoch),
            };
        }
        let first = self.image.next_producer_id;
        let next_producer_id = first.saturating_add(PRODUCER_ID_BLOCK_SIZE);
        let record = MetadataRecord::ProducerIds { next_producer_id };
        self.commit(vec![Decision::of(record)], None, cx);
        AllocateProducerIdsResponse {
            result: Ok((first, next_producer_id - first)),
        }
    }

    fn fenced_event(&self, broker: BrokerId, last_heartbeat_at: SimTime) -> KafkaEvent {
        let registration = self.image.brokers.get(&broker);
        KafkaEvent::BrokerFenced {
            broker,
            last_heartbeat_at,
            was_fenced: registration.is_some_and(|broker| broker.fenced),
            session_timeout_ms: self.config.session_timeout.as_millis(),
        }
    }

    /// Kafka 4.3.1: `ReplicationControlManager#handleBrokerFenced`.
    fn decide_broker_fenced(&self, broker: BrokerId, as_seen: Liveness) -> Vec<Decision> {
        let change = BrokerChange::removed(broker, as_seen);
        let mut decisions =
            self.decide_leaders_and_isrs(&change, |partition| partition.isr.contains(&broker));
        decisions.push(Decision::broker_change(broker, Some(true), None));
        decisions
    }

    /// Kafka 4.3.1: `ReplicationControlManager#handleBrokerUnfenced`.
    fn decide_broker_unfenced(&self, broker: BrokerId) -> Vec<Decision> {
        let mut decisions = vec![Decision::broker_change(broker, Some(false), None)];
        let change = BrokerChange::added(broker);
        decisions
            .extend(self.decide_leaders_and_isrs(&change, |partition| partition.leader.is_none()));
        decisions
    }

    /// Kafka 4.3.1: `ReplicationControlManager#handleBrokerInControlledShutdown`.
    fn decide_controlled_shutdown(&self, broker: BrokerId) -> Vec<Decision> {
        let mut decisions = vec![Decision::broker_change(broker, None, Some(true))];
        let change = BrokerChange::removed(broker, Liveness::ShuttingDown);
        decisions.extend(
            self.decide_leaders_and_isrs(&change, |partition| partition.isr.contains(&broker)),
        );
        decisions
    }

    /// A former process of the broker is gone for good: it leaves every ISR; after an unclean
    /// shutdown it also isn't eligible any more, for its disk may lack what it had.
    ///
    /// Kafka 4.3.1: `ReplicationControlManager#handleBrokerShutdown`.
    fn decide_broker_shutdown(&self, broker: BrokerId, is_clean: bool) -> Vec<Decision> {
        if is_clean || !self.config.is_eligible_leader_replicas_enabled {
            let change = BrokerChange::removed(broker, Liveness::Fenced);
            return self
                .decide_leaders_and_isrs(&change, |partition| partition.isr.contains(&broker));
        }
        let change = BrokerChange::unclean_shutdown(broker);
        let mut decisions =
            self.decide_leaders_and_isrs(&change, |partition| partition.isr.contains(&broker));
        decisions.extend(
            self.decide_leaders_and_isrs(&change, |partition| partition.elr.contains(&broker)),
        );
        decisions
    }
}
