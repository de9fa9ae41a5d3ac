//! What an event is about: the partition and, if it concerns records, their offsets.

use crate::kafka::event::KafkaEvent as K;
use crate::kafka::ids::{Offset, TopicPartition};
use crate::sim::event::{Event, EventKind};

/// All records that a partition has or will have.
const ALL: (Offset, Offset) = (Offset::ZERO, Offset(u64::MAX));

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// The partition.
    pub partition: TopicPartition,
    /// From this offset on, and below that one; none if it is about no records in particular.
    pub offsets: Option<(Offset, Offset)>,
}

impl Matter {
    /// What `event` is about; none if it is not about one partition.
    pub fn of(event: &Event) -> Option<Matter> {
        match &event.kind {
            EventKind::RuleBroken(broken) => Some(Matter::all_records(&broken.partition)),
            EventKind::Kafka(event) => {
                Matter::of_records(event).or_else(|| Matter::of_state(event))
            }
            _ => None,
        }
    }

    /// Whether something about `cause` can be why something about `explained` happened: what goes
    /// on in other partitions, or with other records, can't.
    pub fn explains(cause: Option<&Matter>, explained: Option<&Matter>) -> bool {
        match (cause, explained) {
            (None, _) => true,
            (Some(cause), None) => cause.is_about_state(),
            (Some(cause), Some(explained)) => {
                cause.partition == explained.partition
                    && match (cause.offsets, explained.offsets) {
                        (Some((start, end)), Some((from, to))) => start < to && from < end,
                        _ => cause.is_about_state(),
                    }
            }
        }
    }

    /// Whether it concerns the partition as a whole, not some of its records.
    fn is_about_state(&self) -> bool {
        self.offsets.is_none_or(|offsets| offsets == ALL)
    }

    fn all_records(partition: &TopicPartition) -> Matter {
        Matter::records(partition, ALL.0, ALL.1)
    }

    fn records(partition: &TopicPartition, from: Offset, to: Offset) -> Matter {
        Matter {
            partition: partition.clone(),
            offsets: Some((from, to)),
        }
    }

    /// The events about records.
    fn of_records(event: &K) -> Option<Matter> {
        let (partition, from, to) = match event {
            K::RecordsAppended {
                partition,
                base_offset,
                last_offset,
                ..
            }
            | K::DuplicateBatchIgnored {
                partition,
                base_offset,
                last_offset,
            }
            | K::RecordsReplicated {
                partition,
                base_offset,
                last_offset,
            } => (partition, *base_offset, last_offset.plus(1)),
            K::HighWatermarkAdvanced {
                partition,
                from,
                to,
            }
            | K::FollowerHighWatermarkAdvanced {
                partition,
                from,
                to,
            }
            | K::LogStartAdvanced {
                partition,
                from,
                to,
            }
            | K::RecordsPolled {
                partition,
                from,
                to,
                ..
            } => (partition, *from, *to),
            K::LogTruncated {
                partition,
                from,
                to,
                ..
            } => (partition, *to, *from),
            _ => return Matter::of_progress(event),
        };
        Some(Matter::records(partition, from, to))
    }

    /// The events that say how far something has come in a partition.
    fn of_progress(event: &K) -> Option<Matter> {
        let (partition, from, to) = match event {
            K::ProduceWaits {
                partition,
                required_offset: to,
                ..
            }
            | K::OffsetCommitted {
                partition,
                offset: to,
                ..
            } => (partition, Offset::ZERO, *to),
            K::SendCompleted {
                outcome: Ok(stored),
                ..
            } => {
                let offset = stored.offset?;
                (&stored.partition, offset, offset.plus(1))
            }
            K::IsrExpandRequested { partition, .. } => {
                return Some(Matter::all_records(partition));
            }
            _ => return None,
        };
        Some(Matter::records(partition, from, to))
    }

    /// The events about a partition's leader, replicas or readers.
    fn of_state(event: &K) -> Option<Matter> {
        let partition = match event {
            K::LeaderElected(election) => &election.partition,
            K::IsrChanged { partition, .. }
            | K::ElrChanged { partition, .. }
            | K::AlterPartitionRefused { partition, .. }
            | K::BecameLeader { partition, .. }
            | K::BecameFollower { partition, .. }
            | K::AppendRefused { partition, .. }
            | K::IsrShrinkRequested { partition, .. }
            | K::RecordQueued { partition, .. }
            | K::BatchSent { partition, .. }
            | K::BatchRetried { partition, .. }
            | K::LeaderLearnt { partition, .. }
            | K::PositionSet { partition, .. }
            | K::CoordinatorLoaded { partition } => partition,
            _ => return None,
        };
        Some(Matter {
            partition: partition.clone(),
            offsets: None,
        })
    }
}
