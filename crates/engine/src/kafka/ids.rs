//! The names by which Kafka tells things apart. Newtypes, so that a broker id is never an offset.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
    };
}

number!(
    /// A broker's `node.id`.
    BrokerId(u32)
);
number!(
    /// A client of the cluster: a producer, a consumer or the admin client, numbered as they come.
    ClientId(u32)
);
number!(
    /// A partition's number inside its topic.
    PartitionId(u32)
);
number!(
    /// Counts the leaders of a partition; the first is 0.
    ///
    /// Kafka 4.3.1: `PartitionRegistration.leaderEpoch`, KIP-101.
    LeaderEpoch(i32)
);
number!(
    /// Counts the changes of a partition's registration: ISR, leader, replicas.
    ///
    /// Kafka 4.3.1: `PartitionRegistration.partitionEpoch`.
    PartitionEpoch(u32)
);
number!(
    /// A broker's incarnation: the offset of its registration in the metadata log.
    ///
    /// Kafka 4.3.1: `RegisterBrokerRecord`, KIP-903.
    BrokerEpoch(u64)
);
number!(
    /// A position in the controller's metadata log.
    MetadataOffset(u64)
);
number!(
    /// The identity of an idempotent producer, handed out by the cluster.
    ///
    /// Kafka 4.3.1: `RecordBatch.producerId`, KIP-98.
    ProducerId(u64)
);
number!(
    /// One call of a client's public method, so that its return can be told from others.
    CallId(u64)
);
number!(
    /// Matches a response with its request on one connection.
    ///
    /// Kafka 4.3.1: `RequestHeader.correlationId`.
    CorrelationId(u64)
);

/// A position in a partition's log: the number of the record that is, or will be, there.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Offset(pub u64);

impl Offset {
    /// The first offset of every log.
    pub const ZERO: Offset = Offset(0);

    /// The offset `count` records further on.
    pub fn plus(self, count: u64) -> Offset {
        Offset(self.0 + count)
    }

    /// How many records lie between `earlier` and this offset; none if it is not earlier.
    pub fn distance_from(self, earlier: Offset) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A topic's name. Cheap to clone: it stands in every message about a partition. Cheap to compare,
/// too: most are clones of one, and two clones need no look at their text.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct TopicName(pub Arc<str>);

/// Out of line: it stands in hundreds of places, and in each would weigh three times the call.
impl Clone for TopicName {
    #[inline(never)]
    fn clone(&self) -> TopicName {
        TopicName(Arc::clone(&self.0))
    }
}

impl TopicName {
    /// Takes any text; whether Kafka allows it is the controller's decision.
    pub fn new(name: &str) -> TopicName {
        TopicName(Arc::from(name))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for TopicName {
    fn cmp(&self, other: &TopicName) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) {
            Ordering::Equal
        } else {
            self.0.cmp(&other.0)
        }
    }
}

impl PartialOrd for TopicName {
    fn partial_cmp(&self, other: &TopicName) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for TopicName {
    fn eq(&self, other: &TopicName) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for TopicName {}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One incarnation of a topic: a topic that is deleted and created again gets another.
///
/// Kafka 4.3.1: `Uuid` of `TopicRecord`, KIP-516.
/// Simplified: a number in the order of creation instead of a random UUID.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct TopicId(pub u64);

/// A partition of a topic, by the topic's name.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TopicPartition {
    /// The topic.
    pub topic: TopicName,
    /// The partition's number.
    pub partition: PartitionId,
}

/// Out of line, as for the topic's name.
impl Clone for TopicPartition {
    #[inline(never)]
    fn clone(&self) -> TopicPartition {
        TopicPartition::new(&self.topic, self.partition.0)
    }
}

impl TopicPartition {
    /// Names partition number `partition` of `topic`.
    pub fn new(topic: &TopicName, partition: u32) -> TopicPartition {
        TopicPartition {
            topic: topic.clone(),
            partition: PartitionId(partition),
        }
    }
}

impl fmt::Display for TopicPartition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.topic, self.partition)
    }
}

/// Whoever can send and receive messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeId {
    /// The active controller.
    Controller,
    /// A broker.
    Broker(BrokerId),
    /// A client: producer, consumer or admin client.
    Client(ClientId),
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NodeId::Controller => write!(f, "controller"),
            NodeId::Broker(id) => write!(f, "broker {id}"),
            NodeId::Client(id) => write!(f, "client {id}"),
        }
    }
}

/// One step of the run: one input handled by one node.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct StepId(pub u64);

/// One event: its step, and its place in it. Place 0 is the step's own input.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventId {
    /// The step in which it happened.
    pub step: StepId,
    /// Its place among the step's events.
    pub index: u32,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.step.0, self.index)
    }
}
