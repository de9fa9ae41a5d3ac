//! Rules about what consumers get: nothing above the high watermark, nothing twice.

use serde::Serialize;

use super::log::Logs;
use super::{Breach, BrokenRule, Rule};
use crate::kafka::event::{KafkaEvent, PositionReason};
use crate::kafka::ids::{EventId, NodeId, Offset, TopicName, TopicPartition};
use crate::sorted::SortedMap;

/// How far each group has processed each partition.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Deliveries {
    processed: SortedMap<(String, TopicPartition), Offset>,
}

impl Deliveries {
    /// Forgets a topic that is no more.
    pub fn forget(&mut self, topic: &TopicName) {
        self.processed
            .retain(|(_, partition), _| partition.topic != *topic);
    }

    /// Looks at one event of `node`, a consumer that reads for `reader`.
    pub fn check(
        &mut self,
        id: EventId,
        node: NodeId,
        reader: &str,
        event: &KafkaEvent,
        logs: &Logs,
        breaches: &mut Vec<Breach>,
    ) {
        match event {
            KafkaEvent::RecordsPolled {
                partition,
                from,
                to,
                ..
            } => {
                let high_watermark = logs.highest_high_watermark(partition);
                let broken = |rule, offset| {
                    (
                        BrokenRule {
                            rule,
                            partition: partition.clone(),
                            offset,
                            node,
                        },
                        vec![id],
                    )
                };
                if *to > high_watermark {
                    breaches.push(broken(Rule::NothingReadAboveHighWatermark, high_watermark));
                }
                let processed = self
                    .processed
                    .entry((reader.to_owned(), partition.clone()))
                    .or_default();
                if *from < *processed {
                    breaches.push(broken(Rule::NoDuplicateProcessed, *from));
                }
                *processed = (*to).max(*processed);
            }
            // Whoever seeks wants to read again.
            KafkaEvent::PositionSet {
                partition,
                offset,
                reason: PositionReason::Seek,
            } => {
                self.processed
                    .insert((reader.to_owned(), partition.clone()), *offset);
            }
            _ => {}
        }
    }
}
