//! Sending a consumer to a replica nearby.
//!
//! Kafka 4.3.1: `ReplicaManager#findPreferredReadReplica`, `RackAwareReplicaSelector`, KIP-392.

use crate::kafka::broker::process::Server;
use crate::kafka::ids::{BrokerId, Offset};
use crate::kafka::message::FetchPartition;
use crate::kafka::node::Context;

impl Server<'_> {
    /// The replica that a consumer in `rack` should read from in place of this leader: an in-sync
    /// one in its rack that has the offset, the most caught-up of several. The leader itself wins
    /// if it is in that rack.
    pub fn preferred_read_replica(
        &self,
        rack: &str,
        wanted: &FetchPartition,
        cx: &Context<'_>,
    ) -> Option<BrokerId> {
        if rack.is_empty() || !self.config.is_replica_selector_rack_aware {
            return None;
        }
        let leader = self.process.replicas.get(&wanted.partition)?.leader()?;
        let brokers = &self.process.metadata.brokers;
        let is_in_rack = |id: &BrokerId| {
            brokers
                .get(id)
                .is_some_and(|it| !it.fenced && it.rack.as_deref() == Some(rack))
        };
        if is_in_rack(&self.id) {
            return None;
        }
        let has_offset = |start: Option<Offset>, end: Option<Offset>| {
            start.is_some_and(|start| start <= wanted.fetch_offset)
                && end.is_some_and(|end| end >= wanted.fetch_offset)
        };
        let candidates = leader.followers.iter().filter(|(id, follower)| {
            leader.isr.committed().contains(id)
                && is_in_rack(id)
                && has_offset(follower.log_start_offset, follower.log_end_offset)
        });
        let best = candidates.max_by_key(|(id, follower)| {
            let behind = follower.last_caught_up.map(|at| cx.now().since(at));
            (
                follower.log_end_offset,
                std::cmp::Reverse(behind),
                std::cmp::Reverse(**id),
            )
        });
        best.map(|(id, _)| *id)
    }
}
