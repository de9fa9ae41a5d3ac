//! Why a node was not heard: what the world knows and no node can.
//!
//! A controller fences a broker because it hears nothing. The reason, a crash, a pause or a cut
//! link, is known to the world alone, which adds it to the causes of such events.

use serde::Serialize;

use crate::kafka::ids::{EventId, NodeId};
use crate::sorted::SortedMap;

/// For each silent node, what it missed to say.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Silence {
    missed: SortedMap<NodeId, Vec<EventId>>,
}

impl Silence {
    /// Remembers that `node` did not say something that was due.
    pub fn missed(&mut self, node: NodeId, event: EventId) {
        self.missed.entry(node).or_default().push(event);
    }

    /// The node is heard again.
    pub fn ended(&mut self, node: NodeId) {
        self.missed.remove(&node);
    }

    /// What the node did not say since it fell silent, oldest first.
    pub fn of(&self, node: NodeId) -> &[EventId] {
        self.missed.get(&node).map_or(&[], Vec::as_slice)
    }
}
