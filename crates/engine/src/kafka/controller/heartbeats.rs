//! What the controller hears of its brokers, and what it lets each of them be.
//!
//! Kafka 4.3.1: `BrokerHeartbeatManager`, `BrokerHeartbeatTracker`.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{BrokerEpoch, BrokerId, EventId, MetadataOffset};
use crate::kafka::message::BrokerHeartbeatRequest;
use crate::kafka::time::{SimDuration, SimTime};
use crate::sorted::SortedMap;

/// When a broker process was last heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// When.
    pub at: SimTime,
    /// The arrival of the heartbeat; of a restarted controller: its start.
    pub event: EventId,
}

/// What a broker is to the controller.
///
/// Kafka 4.3.1: `BrokerControlState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerControlState {
    /// It leads nothing and is in no ISR.
    /// Then: it asks to be unfenced and has caught up ⇒ `Unfenced`; it asks to go ⇒ `ShutdownNow`.
    Fenced,
    /// It takes part.
    /// Then: silent, or it asks for it ⇒ `Fenced`; it asks to go ⇒ `ControlledShutdown`, or
    /// `ShutdownNow` if it leads nothing.
    Unfenced,
    /// It is on its way down; its leaderships are given away.
    /// Then: it leads nothing and all others know ⇒ `ShutdownNow`.
    ControlledShutdown,
    /// It may go.
    ShutdownNow,
}

/// The controller's volatile knowledge about one broker process.
///
/// Kafka 4.3.1: `BrokerHeartbeatManager.BrokerHeartbeatState`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct BrokerState {
    fenced: bool,
    /// The first metadata offset that it has not applied, by its last heartbeat.
    applied_until: MetadataOffset,
    /// The end of the metadata log when its leaderships had been given away.
    controlled_shutdown_offset: Option<MetadataOffset>,
}

/// Sessions and states of brokers: all of it is gone when the controller ends.
///
/// Kafka 4.3.1: `BrokerHeartbeatManager`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerHeartbeats {
    session_timeout: SimDuration,
    contacts: SortedMap<BrokerId, SortedMap<BrokerEpoch, Contact>>,
    brokers: SortedMap<BrokerId, BrokerState>,
}

impl BrokerHeartbeats {
    /// Knows nobody yet. A session lasts `session_timeout` from the last heartbeat.
    pub fn new(session_timeout: SimDuration) -> BrokerHeartbeats {
        BrokerHeartbeats {
            session_timeout,
            ..BrokerHeartbeats::default()
        }
    }

    /// A process registered, or its registration stands in the log of a controller that starts.
    ///
    /// Kafka 4.3.1: `BrokerHeartbeatManager#register`.
    pub fn register(&mut self, broker: BrokerId, fenced: bool) {
        let state = BrokerState {
            fenced,
            applied_until: MetadataOffset(0),
            controlled_shutdown_offset: None,
        };
        self.brokers.insert(broker, state);
    }

    /// A heartbeat of that process arrived.
    ///
    /// Kafka 4.3.1: `BrokerHeartbeatTracker#updateContactTime`.
    pub fn track(&mut self, broker: BrokerId, epoch: BrokerEpoch, contact: Contact) {
        self.contacts
            .entry(broker)
            .or_default()
            .insert(epoch, contact);
    }

    /// When that process was last heard; nothing if never, or if its session was cleared away.
    pub fn contact(&self, broker: BrokerId, epoch: BrokerEpoch) -> Option<Contact> {
        self.contacts.get(&broker)?.get(&epoch).copied()
    }

    /// Kafka 4.3.1: `BrokerHeartbeatTracker#hasValidSession`.
    pub fn has_valid_session(&self, broker: BrokerId, epoch: BrokerEpoch, now: SimTime) -> bool {
        self.contact(broker, epoch)
            .is_some_and(|contact| !self.is_expired(contact, now))
    }

    /// Takes away one session that is over.
    ///
    /// Kafka 4.3.1: `BrokerHeartbeatTracker#maybeRemoveExpired`.
    /// Simplified: the one with the lowest broker id, instead of a hash map's first.
    pub fn remove_one_expired(&mut self, now: SimTime) -> Option<(BrokerId, BrokerEpoch, Contact)> {
        let (broker, epoch, contact) = self.contacts.iter().find_map(|(broker, epochs)| {
            let expired = epochs
                .iter()
                .find(|(_, contact)| self.is_expired(**contact, now));
            expired.map(|(epoch, contact)| (*broker, *epoch, *contact))
        })?;
        let epochs = self.contacts.get_mut(&broker)?;
        epochs.remove(&epoch);
        if epochs.is_empty() {
            self.contacts.remove(&broker);
        }
        Some((broker, epoch, contact))
    }

    /// Notes what a heartbeat said and what the broker is from now on.
    ///
    /// Kafka 4.3.1: `BrokerHeartbeatManager#touch`.
    pub fn touch(&mut self, broker: BrokerId, fenced: bool, applied_until: MetadataOffset) {
        let Some(state) = self.brokers.get_mut(&broker) else {
            return;
        };
        state.fenced = fenced;
        state.applied_until = applied_until;
        if fenced {
            state.controlled_shutdown_offset = None;
        }
    }

    /// The broker's session is over.
    ///
    /// Kafka 4.3.1: `BrokerHeartbeatManager#fence`.
    pub fn fence(&mut self, broker: BrokerId) {
        if let Some(state) = self.brokers.get_mut(&broker) {
            state.fenced = true;
        }
    }

    /// The leaderships of a broker that wants to go were given away before `end`.
    ///
    /// Kafka 4.3.1: `BrokerHeartbeatManager#maybeUpdateControlledShutdownOffset`.
    pub fn note_controlled_shutdown(&mut self, broker: BrokerId, end: MetadataOffset) {
        if let Some(state) = self.brokers.get_mut(&broker) {
            state.controlled_shutdown_offset.get_or_insert(end);
        }
    }

    /// Whether the broker was told that it is on its way down.
    pub fn is_shutting_down(&self, broker: BrokerId) -> bool {
        self.brokers
            .get(&broker)
            .is_some_and(|state| state.controlled_shutdown_offset.is_some())
    }

    /// What the broker is now.
    ///
    /// Kafka 4.3.1: `BrokerHeartbeatManager#currentBrokerState`.
    pub fn current_state(&self, broker: BrokerId) -> BrokerControlState {
        match self.brokers.get(&broker) {
            Some(state) if state.controlled_shutdown_offset.is_some() => {
                BrokerControlState::ControlledShutdown
            }
            Some(state) if !state.fenced => BrokerControlState::Unfenced,
            _ => BrokerControlState::Fenced,
        }
    }

    /// What the broker becomes by this heartbeat. `registered_at` is the place of its
    /// registration in the metadata log.
    ///
    /// Kafka 4.3.1: `BrokerHeartbeatManager#calculateNextBrokerState`.
    pub fn next_state(
        &self,
        request: &BrokerHeartbeatRequest,
        registered_at: MetadataOffset,
        has_leaderships: impl Fn() -> bool,
    ) -> BrokerControlState {
        let is_caught_up = request.current_metadata_offset > registered_at;
        match self.current_state(request.broker) {
            BrokerControlState::Fenced if request.want_shut_down => BrokerControlState::ShutdownNow,
            BrokerControlState::Fenced if !request.want_fence && is_caught_up => {
                BrokerControlState::Unfenced
            }
            BrokerControlState::Fenced => BrokerControlState::Fenced,
            BrokerControlState::Unfenced => match (request.want_fence, request.want_shut_down) {
                (true, true) => BrokerControlState::ShutdownNow,
                (true, false) => BrokerControlState::Fenced,
                (false, true) if has_leaderships() => BrokerControlState::ControlledShutdown,
                (false, true) => BrokerControlState::ShutdownNow,
                (false, false) => BrokerControlState::Unfenced,
            },
            BrokerControlState::ControlledShutdown
                if !has_leaderships() && self.others_know_of_shutdown(request.broker) =>
            {
                BrokerControlState::ShutdownNow
            }
            state => state,
        }
    }

    /// Whether all active brokers have applied what gave this one's leaderships away.
    fn others_know_of_shutdown(&self, broker: BrokerId) -> bool {
        let shutdown_offset = self
            .brokers
            .get(&broker)
            .and_then(|state| state.controlled_shutdown_offset);
        let mut active = self
            .brokers
            .values()
            .filter(|state| !state.fenced && state.controlled_shutdown_offset.is_none());
        active.all(|state| Some(state.applied_until) >= shutdown_offset)
    }

    fn is_expired(&self, contact: Contact, now: SimTime) -> bool {
        contact.at + self.session_timeout < now
    }
}
