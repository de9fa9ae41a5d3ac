//! From a thing on the page to the event that made it so: what a click asks "why" about.

use highwater_engine::kafka::event::KafkaEvent as K;
use highwater_engine::kafka::ids::{BrokerId, ClientId, EventId, NodeId, TopicPartition};
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::machine::Process;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

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
    /// How the controller sees the brokers.
    Controller,
    /// What a producer did last.
    Producer {
        /// Its number among the clients.
        client: u32,
    },
    /// That a producer has no answer yet for what it sent.
    Unanswered {
        /// Its number among the clients.
        client: u32,
        /// The partition's number.
        partition: u32,
    },
    /// That a producer has not sent yet what it has for a partition.
    Unsent {
        /// Its number among the clients.
        client: u32,
        /// The partition's number.
        partition: u32,
    },
    /// Which partitions a consumer owns.
    Owner {
        /// Its number among the clients.
        client: u32,
    },
    /// Up to where a consumer has read.
    Position {
        /// Its number among the clients.
        client: u32,
        /// The partition's number; any if there is none.
        partition: Option<u32>,
    },
    /// The state of a consumer's group.
    Group {
        /// The number of a member among the clients.
        member: u32,
    },
    /// Up to where a consumer's group has committed.
    Committed {
        /// The number of a member among the clients.
        member: u32,
        /// The partition's number.
        partition: u32,
    },
}

/// The newest event before the play head that made `subject` what it is.
pub fn event_of(timeline: &Timeline, topic: &str, subject: Subject) -> Option<EventId> {
    let position = timeline.position();
    let about = About {
        world: timeline.world(),
        topic,
        group: group_of(timeline.world(), subject),
    };
    timeline
        .branch()
        .steps()
        .rev()
        .filter(|step| step.id < position)
        .flat_map(|step| step.events.iter().rev())
        .find(|event| about.made(event, subject))
        .map(|event| event.id)
}

/// The group that is asked about, if one is.
fn group_of(world: &World, subject: Subject) -> Option<&str> {
    let (Subject::Group { member } | Subject::Committed { member, .. }) = subject else {
        return None;
    };
    match &world.machine(NodeId::Client(ClientId(member)))?.process {
        Process::Consumer(consumer) => consumer.group_id(),
        _ => None,
    }
}

/// What a question is about besides its subject.
struct About<'a> {
    world: &'a World,
    topic: &'a str,
    group: Option<&'a str>,
}

impl About<'_> {
    fn is_of(&self, partition: &TopicPartition, number: u32) -> bool {
        partition.topic.as_str() == self.topic && partition.partition.0 == number
    }

    fn is_group(&self, group_id: &str) -> bool {
        self.group == Some(group_id)
    }

    fn made(&self, event: &Event, subject: Subject) -> bool {
        let is_at = |client: u32| event.node == Some(NodeId::Client(ClientId(client)));
        match subject {
            Subject::Record {
                partition,
                broker,
                offset,
            } => {
                event.node == Some(NodeId::Broker(BrokerId(broker)))
                    && self.wrote(event, partition, offset)
            }
            Subject::Leader { partition } => self.changed_leader(event, partition),
            Subject::HighWatermark { partition: number } => match event.kafka() {
                Some(K::HighWatermarkAdvanced { partition, .. }) => self.is_of(partition, number),
                _ => false,
            },
            Subject::InSyncReplicas { partition: number } => match event.kafka() {
                Some(K::IsrChanged { partition, .. }) => self.is_of(partition, number),
                Some(K::LeaderElected(election)) => self.is_of(&election.partition, number),
                _ => false,
            },
            Subject::Broker { broker } => is_about_broker(event, BrokerId(broker)),
            Subject::Controller => self.changed_view(event),
            Subject::Producer { client } => {
                is_at(client) && (is_of_process(event) || is_of_producer(event))
            }
            Subject::Unanswered { client, partition } | Subject::Unsent { client, partition } => {
                is_at(client) && self.sent_to(event, partition)
            }
            Subject::Owner { client } => {
                is_at(client) && (is_of_process(event) || is_owning(event))
            }
            Subject::Position { client, partition } => {
                is_at(client) && self.moved_position(event, partition)
            }
            Subject::Group { .. } => self.changed_group(event),
            Subject::Committed { partition, .. } => self.committed(event, partition),
        }
    }

    /// Whether the controller came to see a broker otherwise. One that is fenced is missed no more.
    fn changed_view(&self, event: &Event) -> bool {
        if let EventKind::HeartbeatMissed { broker } = event.kind {
            return self.world.controller().is_active(broker);
        }
        matches!(
            event.kafka(),
            Some(
                K::BrokerRegistered { .. }
                    | K::BrokerFenced { .. }
                    | K::BrokerUnfenced { .. }
                    | K::ControlledShutdownStarted { .. }
                    | K::ControlledShutdownCompleted { .. }
            )
        )
    }

    fn wrote(&self, event: &Event, number: u32, offset: u64) -> bool {
        match event.kafka() {
            Some(
                K::RecordsAppended {
                    partition,
                    base_offset,
                    last_offset,
                    ..
                }
                | K::RecordsReplicated {
                    partition,
                    base_offset,
                    last_offset,
                },
            ) => self.is_of(partition, number) && (base_offset.0..=last_offset.0).contains(&offset),
            _ => false,
        }
    }

    fn changed_leader(&self, event: &Event, number: u32) -> bool {
        match event.kafka() {
            Some(K::LeaderElected(election)) => self.is_of(&election.partition, number),
            Some(K::BecameLeader { partition, .. }) => self.is_of(partition, number),
            _ => false,
        }
    }

    fn sent_to(&self, event: &Event, number: u32) -> bool {
        match event.kafka() {
            Some(K::BatchSent { partition, .. }) => self.is_of(partition, number),
            _ => false,
        }
    }

    fn moved_position(&self, event: &Event, number: Option<u32>) -> bool {
        match event.kafka() {
            Some(K::RecordsPolled { partition, .. } | K::PositionSet { partition, .. }) => {
                number.is_none_or(|number| self.is_of(partition, number))
            }
            _ => false,
        }
    }

    fn changed_group(&self, event: &Event) -> bool {
        match event.kafka() {
            Some(
                K::MemberJoined { group_id, .. }
                | K::RebalanceStarted { group_id }
                | K::GenerationStable { group_id, .. }
                | K::MemberLeft { group_id, .. }
                | K::MemberSessionExpired { group_id, .. },
            ) => self.is_group(group_id),
            _ => false,
        }
    }

    fn committed(&self, event: &Event, number: u32) -> bool {
        match event.kafka() {
            Some(K::OffsetCommitted {
                group_id,
                partition,
                ..
            }) => self.is_group(group_id) && self.is_of(partition, number),
            _ => false,
        }
    }
}

/// Whether a process started, ended or stood still there.
fn is_of_process(event: &Event) -> bool {
    matches!(
        event.kind,
        EventKind::ProcessStarted
            | EventKind::ProcessCrashed
            | EventKind::ProcessExited
            | EventKind::ProcessPaused
            | EventKind::ProcessResumed
    )
}

fn is_of_producer(event: &Event) -> bool {
    matches!(
        event.kafka(),
        Some(
            K::RecordQueued { .. }
                | K::BatchSent { .. }
                | K::BatchRetried { .. }
                | K::SendCompleted { .. }
        )
    )
}

fn is_owning(event: &Event) -> bool {
    matches!(
        event.kafka(),
        Some(K::PartitionsAssigned { .. } | K::PartitionsRevoked { .. } | K::PartitionsLost { .. })
    )
}

fn is_about_broker(event: &Event, number: BrokerId) -> bool {
    match &event.kind {
        EventKind::ProcessCrashed
        | EventKind::ProcessTerminating
        | EventKind::ProcessExited
        | EventKind::ProcessPaused => event.node == Some(NodeId::Broker(number)),
        EventKind::Kafka(
            K::BrokerFenced { broker, .. }
            | K::BrokerUnfenced { broker }
            | K::ControlledShutdownStarted { broker },
        ) => *broker == number,
        _ => false,
    }
}
