//! The links between nodes: how long messages take, and which links are cut.
//!
//! Simplified: a link is one TCP connection. Messages that reach a cut link wait there and arrive
//! as soon as it heals, where TCP would send them again after a while; what a follower asked and gave
//! up is lost, while a client's requests arrive. Whoever holds a message holds what was sent after it
//! on the same way too, and to drop one breaks the connection: all that is on it is lost, and both
//! ends learn of it after one hop.

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
    /// When it was sent; if something held it, when it would have been sent to be where it is.
    pub sent_at: SimTime,
    /// When it arrives, if nothing holds it.
    pub arrives_at: SimTime,
}

impl Flight {
    /// Whether another one goes the same way.
    fn is_beside(&self, other: &Flight) -> bool {
        self.from == other.from && self.to == other.to
    }
}

/// All links.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Network {
    hop: HopDelay,
    cut: SortedMap<[NodeId; 2], EventId>,
    extra: SortedMap<[NodeId; 2], SimDuration>,
    last_arrival: SortedMap<(NodeId, NodeId), SimTime>,
    held: Vec<Flight>,
    /// The sendings that a person holds, each with the event by which.
    stopped: SortedMap<EventId, EventId>,
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
            stopped: SortedMap::new(),
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

    /// Where a message on its way stands in the queue; none if it waits or isn't on its way.
    pub fn key_of(&self, sent: EventId) -> Option<QueueKey> {
        let mut flights = self.flights.iter();
        let found = flights.find(|(_, flight)| flight.sent == sent);
        found.map(|(key, _)| *key)
    }

    /// A message that is on its way or waits there.
    pub fn flight(&self, sent: EventId) -> Option<&Flight> {
        let mut all = self.flights.values().chain(&self.held);
        all.find(|flight| flight.sent == sent)
    }

    /// Messages that wait at a cut link or are held, in the order of their sending.
    pub fn held(&self) -> &[Flight] {
        &self.held
    }

    /// The event by which a person holds the message of that sending.
    pub fn stopped_by(&self, sent: EventId) -> Option<EventId> {
        self.stopped.get(&sent).copied()
    }

    /// The event that cut the link, if it is cut.
    pub fn cut_by(&self, a: NodeId, b: NodeId) -> Option<EventId> {
        self.cut.get(&link(a, b)).copied()
    }

    /// Whether no link is cut.
    pub fn is_whole(&self) -> bool {
        self.cut.is_empty()
    }

    /// What keeps a message from arriving: a cut link, or one held before it on the same way.
    pub fn kept_by(&self, flight: &Flight) -> Option<EventId> {
        self.cut_by(flight.from, flight.to).or_else(|| {
            let ahead = self.stopped.iter().find(|(sent, _)| {
                let mut held = self.held.iter();
                **sent <= flight.sent && held.any(|it| it.sent == **sent && it.is_beside(flight))
            });
            ahead.map(|(_, by)| *by)
        })
    }

    /// Cuts a link.
    pub fn cut(&mut self, a: NodeId, b: NodeId, by: EventId) {
        self.cut.insert(link(a, b), by);
    }

    /// Heals a link.
    pub fn heal(&mut self, a: NodeId, b: NodeId) {
        self.cut.remove(&link(a, b));
    }

    /// Keeps a message that is on its way, in the order of sending.
    pub fn hold(&mut self, flight: Flight) {
        let place = self.held.partition_point(|it| it.sent < flight.sent);
        self.held.insert(place, flight);
    }

    /// Keeps the message of that sending until [`Network::release`].
    pub fn stop(&mut self, sent: EventId, by: EventId) {
        self.stopped.insert(sent, by);
    }

    /// Undoes [`Network::stop`].
    pub fn release(&mut self, sent: EventId) {
        self.stopped.remove(&sent);
    }

    /// Takes out what waits between two nodes in one direction and is kept by nothing any more.
    pub fn take_freed(&mut self, from: NodeId, to: NodeId) -> Vec<Flight> {
        let held = std::mem::take(&mut self.held);
        let (waiting, others) = held
            .into_iter()
            .partition(|flight: &Flight| flight.from == from && flight.to == to);
        self.held = others;
        let mut freed = Vec::new();
        let is_cut = self.cut_by(from, to).is_some();
        let mut is_kept = is_cut;
        for flight in waiting {
            is_kept |= self.stopped.contains_key(&flight.sent);
            if is_kept {
                self.hold(flight);
            } else {
                freed.push(flight);
            }
        }
        freed
    }

    /// Messages under way between two nodes in one direction that were sent after `sent`.
    pub fn keys_behind(&self, from: NodeId, to: NodeId, sent: EventId) -> Vec<QueueKey> {
        let on_the_way = self
            .flights
            .iter()
            .filter(|(_, flight)| flight.from == from && flight.to == to && flight.sent > sent);
        on_the_way.map(|(key, _)| *key).collect()
    }

    /// Forgets what waits between two nodes in one direction; gives the sendings.
    pub fn drop_held(&mut self, from: NodeId, to: NodeId) -> Vec<EventId> {
        self.lose_held(|flight| flight.from == from && flight.to == to)
    }

    /// Forgets what one node asked of another and waits between them; gives the sendings.
    pub fn drop_held_requests(&mut self, from: NodeId, to: NodeId) -> Vec<EventId> {
        self.lose_held(|flight| {
            let is_request = matches!(*flight.message, Message::Request { .. });
            is_request && flight.from == from && flight.to == to
        })
    }

    /// Forgets what waited on its way to or from a process that is gone.
    pub fn drop_held_of(&mut self, node: NodeId) {
        self.lose_held(|flight| flight.from == node || flight.to == node);
    }

    fn lose_held(&mut self, is_lost: impl Fn(&Flight) -> bool) -> Vec<EventId> {
        let (lost, held): (Vec<Flight>, Vec<Flight>) = std::mem::take(&mut self.held)
            .into_iter()
            .partition(is_lost);
        self.held = held;
        let sendings = lost.iter().map(|flight| flight.sent);
        let sendings: Vec<EventId> = sendings.collect();
        for sent in &sendings {
            self.stopped.remove(sent);
        }
        sendings
    }

    /// Makes a link slower by `extra` in each direction.
    pub fn delay(&mut self, a: NodeId, b: NodeId, extra: SimDuration) {
        if extra == SimDuration::ZERO {
            self.extra.remove(&link(a, b));
        } else {
            self.extra.insert(link(a, b), extra);
        }
    }

    /// How much slower a link is than the others, in each direction.
    pub fn extra(&self, a: NodeId, b: NodeId) -> SimDuration {
        self.extra.get(&link(a, b)).copied().unwrap_or_default()
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
