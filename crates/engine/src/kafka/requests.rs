//! The requests that a node has sent and not yet got an answer to.
//!
//! Kafka 4.3.1: `InFlightRequests` of `NetworkClient`.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{CorrelationId, EventId, NodeId};
use crate::kafka::message::{Message, Request};
use crate::kafka::node::Context;
use crate::sorted::SortedMap;

/// Requests without an answer, each with what its sender wants to remember of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InFlightRequests<T> {
    next_correlation_id: u64,
    pending: SortedMap<CorrelationId, (NodeId, T)>,
}

impl<T> Default for InFlightRequests<T> {
    fn default() -> Self {
        InFlightRequests {
            next_correlation_id: 0,
            pending: SortedMap::new(),
        }
    }
}

impl<T> InFlightRequests<T> {
    /// Counts from `first_correlation_id` on, so that a late answer to a former process of the
    /// same node is never taken for one to this process.
    pub fn counting_from(first_correlation_id: u64) -> InFlightRequests<T> {
        InFlightRequests {
            next_correlation_id: first_correlation_id,
            pending: SortedMap::new(),
        }
    }

    /// Sends `request` to `to` and remembers `memo` until it is answered or given up.
    pub fn send(
        &mut self,
        to: NodeId,
        request: Request,
        memo: T,
        cx: &mut Context<'_>,
    ) -> CorrelationId {
        self.send_because(to, (request, memo), &[], cx)
    }

    /// The same, with causes besides the step's own input.
    pub fn send_because(
        &mut self,
        to: NodeId,
        (request, memo): (Request, T),
        causes: &[EventId],
        cx: &mut Context<'_>,
    ) -> CorrelationId {
        let correlation_id = CorrelationId(self.next_correlation_id);
        self.next_correlation_id += 1;
        self.pending.insert(correlation_id, (to, memo));
        let message = Message::Request {
            correlation_id,
            request,
        };
        cx.send_because(to, message, causes);
        correlation_id
    }

    /// Takes the request that a response from `from` answers. `None` if it was given up before.
    pub fn complete(&mut self, from: NodeId, correlation_id: CorrelationId) -> Option<T> {
        match self.pending.get(&correlation_id) {
            Some((to, _)) if *to == from => {
                self.pending.remove(&correlation_id).map(|(_, memo)| memo)
            }
            _ => None,
        }
    }

    /// Gives up one request: a late answer to it will be ignored.
    pub fn give_up(&mut self, correlation_id: CorrelationId) -> Option<(NodeId, T)> {
        self.pending.remove(&correlation_id)
    }

    /// Gives up everything asked of `peer`, in the order in which it was asked.
    pub fn give_up_peer(&mut self, peer: NodeId) -> Vec<(CorrelationId, T)> {
        let ids: Vec<CorrelationId> = self
            .pending
            .iter()
            .filter(|(_, (to, _))| *to == peer)
            .map(|(id, _)| *id)
            .collect();
        ids.into_iter()
            .filter_map(|id| self.pending.remove(&id).map(|(_, memo)| (id, memo)))
            .collect()
    }

    /// What is unanswered, in the order in which it was asked.
    pub fn iter(&self) -> impl Iterator<Item = (CorrelationId, NodeId, &T)> {
        self.pending.iter().map(|(id, (to, memo))| (*id, *to, memo))
    }

    /// How many requests to `peer` are unanswered.
    pub fn count_to(&self, peer: NodeId) -> usize {
        self.pending.values().filter(|(to, _)| *to == peer).count()
    }
}
