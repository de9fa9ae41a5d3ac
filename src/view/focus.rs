//! What a question is about: its subject, and where its causes happened. The rest of the stage
//! stands back as long as the question is asked, and for nothing else: so a moment looks the same
//! whether the run plays or is paused.

use crate::view::answer::{Spot, SpotNode};

/// The partitions that matter, or else the brokers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Focus {
    partitions: Vec<u32>,
    brokers: Vec<u32>,
}

impl Focus {
    /// On what a question is about and where its causes happened.
    #[inline(never)]
    pub fn of(asked: Option<u32>, spots: &[Spot]) -> Focus {
        let told = spots.iter().filter_map(|spot| spot.partition);
        let brokers = spots.iter().filter_map(|spot| match spot.node {
            SpotNode::Broker(id) | SpotNode::Tick(id) => Some(id),
            SpotNode::Controller | SpotNode::Client => None,
        });
        Focus {
            partitions: asked.into_iter().chain(told).collect(),
            brokers: brokers.collect(),
        }
    }

    /// Whether that partition stands back.
    pub fn dims_partition(&self, id: u32) -> bool {
        !self.partitions.is_empty() && !self.partitions.contains(&id)
    }

    /// Whether that broker does: only where no partition matters.
    pub fn dims_broker(&self, id: u32) -> bool {
        self.partitions.is_empty() && !self.brokers.is_empty() && !self.brokers.contains(&id)
    }
}
