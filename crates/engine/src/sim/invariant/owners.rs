//! The rule that a partition has one owner in a group.

use serde::Serialize;

use super::{Breach, BrokenRule, Rule};
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{EventId, NodeId, Offset, TopicPartition};
use crate::sim::machine::Machine;
use crate::sorted::SortedMap;

/// Which consumer of each group takes a partition for its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Owners {
    owners: SortedMap<(String, TopicPartition), (NodeId, EventId)>,
}

impl Owners {
    /// Looks at one event of `node`, a consumer of the group `reader`.
    pub fn check(
        &mut self,
        id: EventId,
        node: NodeId,
        reader: &str,
        event: &KafkaEvent,
        machines: &SortedMap<NodeId, Machine>,
        breaches: &mut Vec<Breach>,
    ) {
        match event {
            KafkaEvent::PartitionsAssigned { partitions, .. } => {
                for partition in partitions {
                    let place = (reader.to_owned(), partition.clone());
                    let former = self.owners.insert(place, (node, id));
                    let Some((other, since)) = former.filter(|(other, _)| *other != node) else {
                        continue;
                    };
                    let lives = |machine: &Machine| machine.status.has_process();
                    if machines.get(&other).is_some_and(lives) {
                        let broken = BrokenRule {
                            rule: Rule::OneOwnerEach,
                            partition: partition.clone(),
                            offset: Offset::ZERO,
                            node,
                        };
                        breaches.push((broken, vec![id, since]));
                    }
                }
            }
            KafkaEvent::PartitionsRevoked { partitions }
            | KafkaEvent::PartitionsLost { partitions } => {
                for partition in partitions {
                    let place = (reader.to_owned(), partition.clone());
                    if self
                        .owners
                        .get(&place)
                        .is_some_and(|(owner, _)| *owner == node)
                    {
                        self.owners.remove(&place);
                    }
                }
            }
            _ => {}
        }
    }
}
