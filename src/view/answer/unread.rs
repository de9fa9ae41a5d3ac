//! Why a record is not readable yet: who has not fetched past it, as far as its leader knows.

use highwater_engine::kafka::broker::ReplicaState;
use highwater_engine::kafka::ids::{BrokerId, NodeId, PartitionId, TopicName, TopicPartition};
use highwater_engine::sim::machine::Status;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::{Answer, SETTING, Spot, SpotNode, key};
use crate::view::format::{clock, list};
use crate::view::part::{Kind, Parts};

impl Answer {
    /// Why nobody may read the record at `offset` yet; none if everybody may, or nobody leads.
    ///
    /// Kafka 4.3.1: `Partition#maybeIncrementLeaderHW`, `Partition#isUnderMinIsr`.
    pub fn unread(timeline: &Timeline, topic: &str, number: u32, offset: u64) -> Option<Answer> {
        let world = timeline.world();
        let partition = TopicPartition::new(&TopicName(topic.into()), number);
        let topics = &world.controller().image().topics;
        let registered = topics.get(&partition.topic)?;
        let registration = registered.partitions.get(&PartitionId(number))?;
        let leader = registration.leader?;
        let state = world.broker(leader)?.replica(&partition)?;
        let high_watermark = state.high_watermark.0;
        if offset < high_watermark {
            return None;
        }
        let (reasons, setting) = lacking(world, leader, &state, offset);
        let mut parts = Parts::default();
        let head = parts.flow(key(0, 0, Kind::Question));
        head.words = format!("Offset {offset} of p{number} is not readable yet");
        let now = clock(world.now().0);
        head.note = format!("{now}, high watermark {high_watermark}");
        let mut answer = Answer {
            partition: Some(number),
            ..Answer::default()
        };
        for (row, (broker, words)) in (1..).zip(&reasons) {
            let part = parts.flow(key(row, 0, Kind::Link));
            part.words = if row == 1 { "because " } else { "and because " }.to_owned();
            part.note.clone_from(words);
            answer.spots.push(Spot {
                number: row,
                node: SpotNode::Broker(*broker),
                partition: Some(number),
                is_lit: false,
            });
        }
        parts
            .flow(key(reasons.len() as u32, SETTING, Kind::Setting))
            .words = setting;
        answer.parts = parts.sorted();
        Some(answer)
    }
}

/// Which brokers keep the high watermark from passing `offset`, each with the reason in words, and
/// the numbers that it follows from.
fn lacking(
    world: &World,
    leader: BrokerId,
    state: &ReplicaState,
    offset: u64,
) -> (Vec<(u32, String)>, String) {
    let in_sync = state.isr.len();
    let needed = state.min_insync_replicas;
    if in_sync < needed as usize {
        let words = format!(
            "only {in_sync} of its replicas are in sync, and below that the high watermark stands \
             still."
        );
        return (
            vec![(leader.0, words)],
            format!("min.insync.replicas={needed}"),
        );
    }
    let mut ends = vec![state.log_end_offset.0];
    let mut reasons = Vec::new();
    let followers = state.followers.iter();
    for follower in followers.filter(|it| state.isr.contains(&it.broker)) {
        let end = follower.log_end_offset.map_or(0, |end| end.0);
        ends.push(end);
        if end <= offset {
            let broker = follower.broker.0;
            let machine = world.machine(NodeId::Broker(follower.broker));
            let is_down = machine.is_none_or(|it| matches!(it.status, Status::Down { .. }));
            let then = if is_down {
                format!(
                    ". It is down: its leader waits until it has fetched {offset} or left the ISR."
                )
            } else {
                format!(": its leader learns that it has {offset} only from its next fetch.")
            };
            let words = format!(
                "broker {broker} is in sync and has asked from offset {end} on so far{then}"
            );
            reasons.push((broker, words));
        }
    }
    let high_watermark = state.high_watermark.0;
    let setting = format!("high watermark = min({}) = {high_watermark}", list(&ends));
    (reasons, setting)
}
