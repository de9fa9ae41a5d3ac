//! The producer's connections to brokers: which can be used, and when a broken one is tried again.
//!
//! Kafka 4.3.1: `ClusterConnectionStates`, `NetworkClient`.
//! Simplified: there is no handshake (ApiVersions). A broken connection is tried again with a
//! Metadata request; until that is answered nothing else is sent over it, as nothing is sent
//! before Kafka's handshake.

use serde::{Deserialize, Serialize};

use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::ids::BrokerId;
use crate::kafka::node::Chance;
use crate::kafka::time::SimTime;
use crate::sorted::SortedMap;

/// The state of every connection that was ever used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Connections {
    states: SortedMap<BrokerId, Connection>,
    backoff: ExponentialBackoff,
}

/// One connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Connection {
    /// It carried an answer.
    Established,
    /// It broke. Then: after `reconnect.backoff.ms` it may be tried ⇒ `Trying`.
    Broken { failures: u32, retry_at: SimTime },
    /// It is tried again. Then: an answer ⇒ `Established`; none ⇒ `Broken`.
    Trying { failures: u32 },
}

impl Connections {
    /// No connection yet.
    pub(super) fn new(backoff: ExponentialBackoff) -> Connections {
        Connections {
            states: SortedMap::new(),
            backoff,
        }
    }

    /// An answer came.
    pub(super) fn on_response(&mut self, broker: BrokerId) {
        self.states.insert(broker, Connection::Established);
    }

    /// The connection broke, was refused, or was closed for lack of an answer.
    ///
    /// Kafka 4.3.1: `ClusterConnectionStates#disconnected`.
    pub(super) fn on_broken(&mut self, broker: BrokerId, now: SimTime, chance: &mut dyn Chance) {
        let failures = match self.states.get(&broker) {
            None | Some(Connection::Established) => 0,
            Some(Connection::Broken { .. }) => return,
            Some(Connection::Trying { failures }) => *failures,
        };
        let retry_at = now + self.backoff.delay(failures, chance);
        self.states.insert(
            broker,
            Connection::Broken {
                failures: failures + 1,
                retry_at,
            },
        );
    }

    /// A request goes out over a connection that was broken.
    pub(super) fn on_try(&mut self, broker: BrokerId) {
        if let Some(Connection::Broken { failures, .. }) = self.states.get(&broker).copied() {
            self.states.insert(broker, Connection::Trying { failures });
        }
    }

    /// Whether requests may be sent; a connection never used before counts as good.
    ///
    /// Kafka 4.3.1: `NetworkClient#isReady`.
    pub(super) fn is_ready(&self, broker: BrokerId) -> bool {
        matches!(
            self.states.get(&broker),
            None | Some(Connection::Established)
        )
    }

    /// Whether a broken connection may be tried again now.
    pub(super) fn may_try(&self, broker: BrokerId, now: SimTime) -> bool {
        self.retry_at(broker).is_some_and(|at| at <= now)
    }

    /// When a broken connection may be tried again.
    pub(super) fn retry_at(&self, broker: BrokerId) -> Option<SimTime> {
        match self.states.get(&broker) {
            Some(Connection::Broken { retry_at, .. }) => Some(*retry_at),
            None | Some(Connection::Established | Connection::Trying { .. }) => None,
        }
    }

    /// When broken connections may be tried again.
    pub(super) fn retry_times(&self) -> impl Iterator<Item = SimTime> {
        self.states
            .keys()
            .filter_map(|broker| self.retry_at(*broker))
    }
}
