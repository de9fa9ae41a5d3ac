//! The links between nodes: how long messages take, and which links are cut.
//!
//! Simplified: a link is one TCP connection that never loses anything. Messages that reach a cut
//! link wait there and arrive as soon as it heals, where TCP would send them again after a while.

use std::sync::Arc;

use serde::Serialize;

use crate::kafka::ids::{EventId, NodeId};
use crate::kafka::message::Message;
use crate::kafka::node::Chance;
use crate::kafka::time::{SimDuration, SimTime};
use crate::sim::queue::QueueKey;
use crate::sim::rng::SimRng;
use crate::sorted::{SortedMap, SortedSet};

/// How long a hop takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct HopDelay {
    /// The shortest hop.
    pub base: SimDuration,
    /// What chance may add, at most.
    pub jitter: SimDuration,
}

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flight {
    /// Who sent it.
    pub from: NodeId,
    /// To whom.
    pub to: NodeId,
    /// For which process there: a later one doesn't get it.
    pub to_incarnation: u32,
    /// What it says.
    pub message: Arc<Message>,
    /// The sending.
    pub sent: EventId,
    /// When it was sent.
    pub sent_at: SimTime,
    /// When it arrives, if nothing holds it.
    pub arrives_at: SimTime,
}

/// All links.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Network {
    hop: HopDelay,
    cut: SortedMap<[NodeId; 2], EventId>,
    extra: SortedMap<[NodeId; 2], SimDuration>,
    last_arrival: SortedMap<(NodeId, NodeId), SimTime>,
    held: Vec<Flight>,
    flights: SortedMap<QueueKey, Flight>,
}

impl Network {
    /// A network where all links are up and equally fast.
    pub fn new(hop: HopDelay) -> Network {
        Network {
            hop,
            cut: SortedMap::new(),
            extra: SortedMap::new(),
            last_arrival: SortedMap::new(),
            held: Vec::new(),
            flights: SortedMap::new(),
        }
    }

    /// When something sent now arrives: never before what was sent earlier on the same way.
    pub fn arrival(&mut self, from: NodeId, to: NodeId, now: SimTime, rng: &mut SimRng) -> SimTime {
        let jitter = SimDuration(rng.below(self.hop.jitter.0 + 1));
        let extra = self.extra.get(&link(from, to)).copied().unwrap_or_default();
        let arrival = now + self.hop.base + jitter + extra;
        let last = self.last_arrival.entry((from, to)).or_default();
        *last = arrival.max(*last);
        *last
    }

    /// Remembers a message on its way, until it lands.
    pub fn take_off(&mut self, key: QueueKey, flight: Flight) {
        self.flights.insert(key, flight);
    }

    /// Takes a message off its way.
    pub fn land(&mut self, key: QueueKey) -> Option<Flight> {
        self.flights.remove(&key)
    }

    /// Messages on their way, by arrival.
    pub fn flights(&self) -> impl Iterator<Item = &Flight> {
        self.flights.values()
    }

    /// Messages that wait at a cut link, in the order of their sending.
    pub fn held(&self) -> &[Flight] {
        &self.held
    }

    /// The event that cut the link, if it is cut.
    pub fn cut_by(&self, a: NodeId, b: NodeId) -> Option<EventId> {
        self.cut.get(&link(a, b)).copied()
    }

    /// Cuts a link.
    pub fn cut(&mut self, a: NodeId, b: NodeId, by: EventId) {
        self.cut.insert(link(a, b), by);
    }

    /// Keeps a message that reached a cut link.
    pub fn hold(&mut self, flight: Flight) {
        self.held.push(flight);
    }

    /// Heals a link; gives back what waited on it.
    pub fn heal(&mut self, a: NodeId, b: NodeId) -> Vec<Flight> {
        self.cut.remove(&link(a, b));
        let (waited, still_held) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(|flight| link(flight.from, flight.to) == link(a, b));
        self.held = still_held;
        waited
    }

    /// Forgets what was on its way to or from a process that is gone.
    pub fn drop_held_of(&mut self, node: NodeId) {
        self.held
            .retain(|flight| flight.from != node && flight.to != node);
    }

    /// Makes a link slower by `extra` in each direction.
    pub fn delay(&mut self, a: NodeId, b: NodeId, extra: SimDuration) {
        if extra == SimDuration::ZERO {
            self.extra.remove(&link(a, b));
        } else {
            self.extra.insert(link(a, b), extra);
        }
    }

    /// Everyone that `node` has talked with: the other ends of its connections.
    pub fn peers_of(&self, node: NodeId) -> SortedSet<NodeId> {
        self.last_arrival
            .keys()
            .filter_map(|(from, to)| match (*from == node, *to == node) {
                (true, _) => Some(*to),
                (_, true) => Some(*from),
                _ => None,
            })
            .collect()
    }
}

/// A link's name, the same from both ends.
fn link(a: NodeId, b: NodeId) -> [NodeId; 2] {
    if a <= b { [a, b] } else { [b, a] }
}
