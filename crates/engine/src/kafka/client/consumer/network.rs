//! A consumer's requests under way, and the brokers that can't be asked for a while.
//!
//! Kafka 4.3.1: `NetworkClient`, `ConsumerNetworkClient`, `ClusterConnectionStates`.

use serde::Serialize;

use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::ids::{BrokerId, CallId, CorrelationId, EventId, NodeId, Offset, TopicPartition};
use crate::kafka::message::{CommittedOffset, Request};
use crate::kafka::node::Context;
use crate::kafka::requests::InFlightRequests;
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{ConsumerTimer, Timer};

use super::commit::CommitPurpose;
use super::subscription::Position;
use crate::sorted::SortedMap;

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Asked {
    /// Who leads what.
    Metadata,
    /// Who coordinates the group.
    Coordinator,
    /// Records, from these offsets on.
    Records(Vec<(TopicPartition, Offset)>),
    /// Where to begin.
    Reset(Vec<TopicPartition>),
    /// `offsetsForTimes`.
    OffsetsForTimes(CallId, Vec<TopicPartition>),
    /// Whether the log is still the one that was read up to here.
    Validation(Vec<(TopicPartition, Position)>),
    /// Committed offsets to begin at.
    CommittedPositions(Vec<TopicPartition>),
    /// `committed`.
    Committed(CallId),
    /// To store offsets.
    Commit(CommitPurpose, Vec<(TopicPartition, CommittedOffset)>),
    /// To join the group.
    Join,
    /// For the assignment.
    Sync,
    /// A heartbeat.
    Heartbeat,
    /// To leave the group.
    Leave,
}

/// Requests under way and broken connections.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Network {
    requests: InFlightRequests<Asked>,
    broken: SortedMap<BrokerId, BrokenConnection>,
}

/// A connection that may not be tried again yet.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
struct BrokenConnection {
    failures: u32,
    usable_at: SimTime,
}

impl Network {
    /// Asks a broker; the answer, or the end of its connection, comes with `asked`.
    pub fn send(
        &mut self,
        to: BrokerId,
        what: (Request, Asked),
        timeout: SimDuration,
        cx: &mut Context<'_>,
    ) {
        self.send_because(to, what, &[], timeout, cx);
    }

    /// The same, with causes besides the step's own input.
    pub fn send_because(
        &mut self,
        to: BrokerId,
        what: (Request, Asked),
        causes: &[EventId],
        timeout: SimDuration,
        cx: &mut Context<'_>,
    ) {
        let to = NodeId::Broker(to);
        let correlation_id = self.requests.send_because(to, what, causes, cx);
        cx.set_timer(request_timer(correlation_id), timeout);
    }

    /// Takes the request that was answered.
    pub fn complete(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        cx: &mut Context<'_>,
    ) -> Option<Asked> {
        let asked = self.requests.complete(from, correlation_id)?;
        cx.cancel_timer(request_timer(correlation_id));
        if let NodeId::Broker(broker) = from {
            self.broken.remove(&broker);
        }
        Some(asked)
    }

    /// The connection to `peer` is gone: takes all that was asked on it.
    pub fn disconnect(
        &mut self,
        peer: NodeId,
        backoff: ExponentialBackoff,
        cx: &mut Context<'_>,
    ) -> Vec<Asked> {
        if let NodeId::Broker(broker) = peer {
            let failures = self.broken.get(&broker).map_or(0, |broken| broken.failures);
            let usable_at = cx.now() + backoff.delay(failures, cx.chance());
            let failures = failures.saturating_add(1);
            self.broken.insert(
                broker,
                BrokenConnection {
                    failures,
                    usable_at,
                },
            );
        }
        let given_up = self.requests.give_up_peer(peer);
        for (correlation_id, _) in &given_up {
            cx.cancel_timer(request_timer(*correlation_id));
        }
        given_up.into_iter().map(|(_, asked)| asked).collect()
    }

    /// To whom a request went that is not answered yet.
    pub fn peer_of(&self, correlation_id: CorrelationId) -> Option<NodeId> {
        self.requests
            .iter()
            .find(|(id, _, _)| *id == correlation_id)
            .map(|(_, peer, _)| peer)
    }

    /// Whether a broker may be asked at all.
    pub fn is_usable(&self, broker: BrokerId, now: SimTime) -> bool {
        self.broken
            .get(&broker)
            .is_none_or(|broken| broken.usable_at <= now)
    }

    /// One of those brokers that may be asked, the least busy ones first, then by chance.
    ///
    /// Kafka 4.3.1: `NetworkClient#leastLoadedNode`.
    pub fn least_loaded(&self, brokers: &[BrokerId], cx: &mut Context<'_>) -> Option<BrokerId> {
        let now = cx.now();
        let load = |broker: &BrokerId| self.requests.count_to(NodeId::Broker(*broker));
        let usable: Vec<BrokerId> = brokers
            .iter()
            .copied()
            .filter(|broker| self.is_usable(*broker, now))
            .collect();
        let least = usable.iter().map(load).min()?;
        let idle: Vec<BrokerId> = usable
            .into_iter()
            .filter(|broker| load(broker) == least)
            .collect();
        let pick = cx.chance().below(idle.len() as u64);
        idle.get(pick as usize).copied()
    }

    /// What is unanswered, each with whom it was asked.
    pub fn pending(&self) -> impl Iterator<Item = (NodeId, &Asked)> {
        self.requests.iter().map(|(_, peer, asked)| (peer, asked))
    }

    /// Whether something of that sort is unanswered.
    pub fn has_pending(&self, is_sought: impl Fn(&Asked) -> bool) -> bool {
        self.pending().any(|(_, asked)| is_sought(asked))
    }

    /// When broken connections may be tried again.
    pub fn usable_times(&self) -> impl Iterator<Item = SimTime> {
        self.broken.values().map(|broken| broken.usable_at)
    }
}

fn request_timer(correlation_id: CorrelationId) -> Timer {
    Timer::Consumer(ConsumerTimer::RequestTimeout(correlation_id))
}
