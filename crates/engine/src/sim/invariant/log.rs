//! Rules about logs: nothing acknowledged is lost, replicas agree, offsets are never reused.

use serde::Serialize;

use super::{Breach, BrokenRule, Rule};
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{
    BrokerId, EventId, LeaderEpoch, NodeId, Offset, TopicName, TopicPartition,
};
use crate::kafka::log::Log;
use crate::sim::machine::{Machine, Process};
use crate::sorted::SortedMap;

/// How many appends of a partition are remembered until their acknowledgement.
const REMEMBERED_APPENDS: usize = 4096;

/// A stretch of offsets written by the leader of one epoch.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Stretch {
    last: Offset,
    leader_epoch: LeaderEpoch,
    event: EventId,
}

/// What is known of one partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct PartitionHistory {
    highest_high_watermark: Offset,
    appended: SortedMap<Offset, Stretch>,
    acknowledged: SortedMap<Offset, Stretch>,
}

impl PartitionHistory {
    /// Remembers an acknowledged record; neighbours of one epoch become one stretch.
    fn acknowledge(&mut self, offset: Offset, event: EventId) {
        let Some((_, append)) = self.appended.range(..=offset).next_back() else {
            return;
        };
        let leader_epoch = append.leader_epoch;
        let former = self.acknowledged.range_mut(..=offset).next_back();
        match former {
            Some((_, stretch))
                if stretch.last >= offset && stretch.leader_epoch == leader_epoch => {}
            Some((_, stretch))
                if stretch.last.plus(1) == offset && stretch.leader_epoch == leader_epoch =>
            {
                stretch.last = offset;
                stretch.event = event;
            }
            _ => {
                self.acknowledged.insert(
                    offset,
                    Stretch {
                        last: offset,
                        leader_epoch,
                        event,
                    },
                );
            }
        }
    }
}

/// What is known of all partitions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Logs {
    partitions: SortedMap<TopicPartition, PartitionHistory>,
}

impl Logs {
    /// The highest high watermark that a partition ever had.
    pub fn highest_high_watermark(&self, partition: &TopicPartition) -> Offset {
        self.partitions
            .get(partition)
            .map_or(Offset::ZERO, |history| history.highest_high_watermark)
    }

    /// The epoch in which the record at `offset` was written, if that is remembered and it was not
    /// overwritten.
    pub fn epoch_at(&self, partition: &TopicPartition, offset: Offset) -> Option<LeaderEpoch> {
        let appended = &self.partitions.get(partition)?.appended;
        let (_, stretch) = appended.range(..=offset).next_back()?;
        (stretch.last >= offset).then_some(stretch.leader_epoch)
    }

    /// Forgets a topic that is no more.
    pub fn forget(&mut self, topic: &TopicName) {
        self.partitions
            .retain(|partition, _| partition.topic != *topic);
    }

    /// Looks at one event.
    pub fn check(
        &mut self,
        id: EventId,
        node: NodeId,
        event: &KafkaEvent,
        machines: &SortedMap<NodeId, Machine>,
        breaches: &mut Vec<Breach>,
    ) {
        match event {
            KafkaEvent::RecordsAppended {
                partition,
                leader_epoch,
                base_offset,
                last_offset,
            } => {
                let stretch = Stretch {
                    last: *last_offset,
                    leader_epoch: *leader_epoch,
                    event: id,
                };
                self.appended(partition, *base_offset, stretch, node, breaches);
            }
            KafkaEvent::HighWatermarkAdvanced { partition, to, .. } => {
                let history = self.partitions.entry(partition.clone()).or_default();
                history.highest_high_watermark = history.highest_high_watermark.max(*to);
                compare_replicas(partition, *to, node, id, machines, breaches);
            }
            KafkaEvent::SendCompleted {
                outcome: Ok(metadata),
                ..
            } => {
                if let Some(offset) = metadata.offset {
                    let history = self
                        .partitions
                        .entry(metadata.partition.clone())
                        .or_default();
                    history.acknowledge(offset, id);
                }
            }
            KafkaEvent::BecameLeader { partition, .. } => {
                self.new_leader(partition, node, id, machines, breaches);
            }
            _ => {}
        }
    }

    fn appended(
        &mut self,
        partition: &TopicPartition,
        base_offset: Offset,
        stretch: Stretch,
        node: NodeId,
        breaches: &mut Vec<Breach>,
    ) {
        let id = stretch.event;
        let history = self.partitions.entry(partition.clone()).or_default();
        if base_offset < history.highest_high_watermark {
            let rule = Rule::OffsetsNeverReused;
            breaches.push(breach(rule, partition, base_offset, node, vec![id]));
        }
        drop(history.appended.split_off(&base_offset));
        history.appended.insert(base_offset, stretch);
        if history.appended.len() > REMEMBERED_APPENDS {
            history.appended.pop_first();
        }
    }

    /// A new leader must hold what was acknowledged under the former ones.
    fn new_leader(
        &self,
        partition: &TopicPartition,
        node: NodeId,
        id: EventId,
        machines: &SortedMap<NodeId, Machine>,
        breaches: &mut Vec<Breach>,
    ) {
        let Some(history) = self.partitions.get(partition) else {
            return;
        };
        let Some(log) = log_of(node, partition, machines) else {
            return;
        };
        for (first, stretch) in &history.acknowledged {
            if holds(log, stretch.last, stretch.leader_epoch) {
                continue;
            }
            let lost = (first.0..=stretch.last.0)
                .map(Offset)
                .find(|offset| !holds(log, *offset, stretch.leader_epoch))
                .unwrap_or(stretch.last);
            if lost >= log.log_start_offset() {
                let rule = Rule::NoAcknowledgedRecordLost;
                breaches.push(breach(rule, partition, lost, node, vec![id, stretch.event]));
            }
        }
    }
}

/// Whether the log holds, at that offset, the record written in that epoch, or held it until a
/// newer one of its key took its place.
fn holds(log: &Log, offset: Offset, leader_epoch: LeaderEpoch) -> bool {
    match log.batch_at(offset) {
        Some(batch) if batch.base_offset() <= offset => {
            batch.partition_leader_epoch() == leader_epoch
        }
        // Compaction leaves gaps; whose records were there is known still.
        Some(_) => log.epochs().epoch_for_offset(offset) == Some(leader_epoch),
        None => false,
    }
}

/// Below a new high watermark the in-sync replicas hold what the leader holds.
fn compare_replicas(
    partition: &TopicPartition,
    high_watermark: Offset,
    leader: NodeId,
    id: EventId,
    machines: &SortedMap<NodeId, Machine>,
    breaches: &mut Vec<Breach>,
) {
    let Some(last) = high_watermark.0.checked_sub(1).map(Offset) else {
        return;
    };
    let Some(leader_log) = log_of(leader, partition, machines) else {
        return;
    };
    let Some(batch) = leader_log.batch_at(last) else {
        return;
    };
    for replica in in_sync_replicas(leader, partition, machines) {
        let node = NodeId::Broker(replica);
        let Some(log) = log_of(node, partition, machines) else {
            continue;
        };
        let agrees = log
            .batch_at(last)
            .is_some_and(|other| other.header() == batch.header());
        if !agrees {
            let rule = Rule::ReplicasAgreeBelowHighWatermark;
            breaches.push(breach(rule, partition, last, node, vec![id]));
        }
    }
}

fn in_sync_replicas(
    leader: NodeId,
    partition: &TopicPartition,
    machines: &SortedMap<NodeId, Machine>,
) -> Vec<BrokerId> {
    match machines.get(&leader).map(|machine| &machine.process) {
        Some(Process::Broker(broker)) => broker.in_sync_replicas(partition),
        _ => Vec::new(),
    }
}

fn log_of<'a>(
    node: NodeId,
    partition: &TopicPartition,
    machines: &'a SortedMap<NodeId, Machine>,
) -> Option<&'a Log> {
    match &machines.get(&node)?.process {
        Process::Broker(broker) => broker.disk().log(partition),
        _ => None,
    }
}

fn breach(
    rule: Rule,
    partition: &TopicPartition,
    offset: Offset,
    node: NodeId,
    causes: Vec<EventId>,
) -> Breach {
    (
        BrokenRule {
            rule,
            partition: partition.clone(),
            offset,
            node,
        },
        causes,
    )
}
