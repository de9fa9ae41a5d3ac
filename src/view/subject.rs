//! From a thing on the page to the event that made it so: what a click asks "why" about.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, EventId, NodeId};
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::timeline::Timeline;

/// Something on the page that can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A record in a replica.
    Record {
        /// The partition's number.
        partition: u32,
        /// The replica's broker.
        broker: u32,
        /// The record's offset.
        offset: u64,
    },
    /// The leader of a partition.
    Leader {
        /// The partition's number.
        partition: u32,
    },
    /// The high watermark of a partition.
    HighWatermark {
        /// The partition's number.
        partition: u32,
    },
    /// The in-sync replicas of a partition.
    InSyncReplicas {
        /// The partition's number.
        partition: u32,
    },
    /// What a broker's process does.
    Broker {
        /// The broker.
        broker: u32,
    },
}

/// The newest event before the play head that made `subject` what it is.
pub fn event_of(timeline: &Timeline, topic: &str, subject: Subject) -> Option<EventId> {
    let position = timeline.position();
    timeline
        .branch()
        .steps()
        .rev()
        .filter(|step| step.id < position)
        .flat_map(|step| step.events.iter().rev())
        .find(|event| made(event, topic, subject))
        .map(|event| event.id)
}

fn made(event: &Event, topic: &str, subject: Subject) -> bool {
    let of_topic = |partition: &highwater_engine::kafka::ids::TopicPartition, number: u32| {
        &*partition.topic.0 == topic && partition.partition.0 == number
    };
    match subject {
        Subject::Record {
            partition: number,
            broker,
            offset,
        } => match event.kafka() {
            Some(
                KafkaEvent::RecordsAppended {
                    partition,
                    base_offset,
                    last_offset,
                    ..
                }
                | KafkaEvent::RecordsReplicated {
                    partition,
                    base_offset,
                    last_offset,
                },
            ) => {
                event.node == Some(NodeId::Broker(BrokerId(broker)))
                    && of_topic(partition, number)
                    && (base_offset.0..=last_offset.0).contains(&offset)
            }
            _ => false,
        },
        Subject::Leader { partition: number } => match event.kafka() {
            Some(KafkaEvent::LeaderElected(election)) => of_topic(&election.partition, number),
            Some(KafkaEvent::BecameLeader { partition, .. }) => of_topic(partition, number),
            _ => false,
        },
        Subject::HighWatermark { partition: number } => match event.kafka() {
            Some(KafkaEvent::HighWatermarkAdvanced { partition, .. }) => {
                of_topic(partition, number)
            }
            _ => false,
        },
        Subject::InSyncReplicas { partition: number } => match event.kafka() {
            Some(KafkaEvent::IsrChanged { partition, .. }) => of_topic(partition, number),
            Some(KafkaEvent::LeaderElected(election)) => of_topic(&election.partition, number),
            _ => false,
        },
        Subject::Broker { broker: number } => is_about_broker(event, BrokerId(number)),
    }
}

fn is_about_broker(event: &Event, number: BrokerId) -> bool {
    match &event.kind {
        EventKind::ProcessCrashed
        | EventKind::ProcessTerminating
        | EventKind::ProcessExited
        | EventKind::ProcessPaused => event.node == Some(NodeId::Broker(number)),
        EventKind::Kafka(
            KafkaEvent::BrokerFenced { broker, .. }
            | KafkaEvent::BrokerUnfenced { broker }
            | KafkaEvent::ControlledShutdownStarted { broker },
        ) => *broker == number,
        _ => false,
    }
}
