//! Why all replicas of a partition are in sync: no single event made it so, but that each keeps up.
//!
//! Kafka 4.3.1: `Partition#getOutOfSyncReplicas`, `Replica.State#isCaughtUp`.

use highwater_engine::kafka::broker::{FollowerProgress, ReplicaRole};
use highwater_engine::kafka::ids::Offset;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::unread::led;
use super::{Answer, SETTING, key};
use crate::view::format::{age_words, clock, number_word};
use crate::view::part::{Kind, Parts};

impl Answer {
    /// Why all replicas of a partition are in sync; none if one is not, or if its leader does not lead yet.
    pub(super) fn all_in_sync(timeline: &Timeline, topic: &str, number: u32) -> Option<Answer> {
        let world = timeline.world();
        let (partition, leader, state) = led(timeline, topic, number)?;
        let registration = world.controller().image().partition(&partition)?;
        let (count, all) = (registration.isr.len(), registration.replicas.len());
        if count < all || all < 2 || state.role != ReplicaRole::Leader {
            return None;
        }
        let mut parts = Parts::default();
        let head = parts.flow(key(0, 0, Kind::Question));
        head.words = format!("All {} replicas of p{number} are in sync", number_word(all));
        let now = clock(world.now().0);
        head.note = format!("{now}: a follower leaves the ISR once it has lagged for too long");
        let mut answer = Answer {
            partition: Some(number),
            ..Answer::default()
        };
        let first =
            format!("broker {leader} leads: what its log has is what the others have to fetch.");
        let mut reasons = vec![(leader, first)];
        for follower in state.in_sync_followers() {
            reasons.push((
                follower.broker,
                keeps_up(world, follower, state.log_end_offset),
            ));
        }
        for (row, (broker, words)) in (1..).zip(reasons) {
            answer.reason(&mut parts, (row, number, broker.0), &words);
        }
        let limit = world.broker(leader)?.config().replica_lag_time_max.0 / 1000;
        let setting = parts.flow(key(all as u32, SETTING, Kind::Setting));
        setting.words = format!("replica.lag.time.max.ms={limit}");
        answer.parts = parts.sorted();
        Some(answer)
    }
}

fn keeps_up(world: &World, follower: &FollowerProgress, end: Offset) -> String {
    let broker = follower.broker;
    match follower.last_caught_up {
        _ if follower.log_end_offset == Some(end) => {
            format!("broker {broker} has fetched all of it.")
        }
        Some(at) => {
            let ago = age_words(world.now().since(at).0);
            format!("broker {broker} had fetched all of it {ago} ago.")
        }
        None => format!(
            "broker {broker} was in sync under the leader before, and has still time to fetch."
        ),
    }
}
