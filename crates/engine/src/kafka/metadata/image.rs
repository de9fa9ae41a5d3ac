//! The cluster's metadata as it stands after a number of records: what brokers and the
//! controller look things up in.
//!
//! Kafka 4.3.1: `MetadataImage`, `MetadataDelta`.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{
    BrokerEpoch, BrokerId, MetadataOffset, PartitionId, TopicId, TopicName, TopicPartition,
};
use crate::kafka::metadata::record::{
    ConfigResource, MetadataEntry, MetadataRecord, PartitionRegistration,
};
use crate::sorted::SortedMap;

/// A broker as registered.
///
/// Kafka 4.3.1: `BrokerRegistration`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerRegistration {
    /// Its incarnation.
    pub broker_epoch: BrokerEpoch,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// A fenced broker leads nothing and is in no ISR.
    pub fenced: bool,
    /// On its way down in good order.
    pub in_controlled_shutdown: bool,
}

impl BrokerRegistration {
    /// Whether this broker may lead and be in ISRs.
    pub fn is_active(&self) -> bool {
        !self.fenced && !self.in_controlled_shutdown
    }
}

/// A topic and its partitions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicImage {
    /// Its incarnation.
    pub id: TopicId,
    /// Its partitions by number.
    pub partitions: SortedMap<PartitionId, PartitionRegistration>,
}

/// The cluster's metadata after the records up to `offset`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MetadataImage {
    /// The first offset not applied.
    pub next_offset: MetadataOffset,
    /// Registered brokers.
    pub brokers: SortedMap<BrokerId, BrokerRegistration>,
    /// Topics by name.
    pub topics: SortedMap<TopicName, TopicImage>,
    /// Settings that differ from the defaults.
    pub configs: SortedMap<ConfigResource, SortedMap<String, String>>,
    /// The first producer id that no broker has been given.
    pub next_producer_id: u64,
}

impl MetadataImage {
    /// Applies the next record.
    pub fn replay(&mut self, entry: &MetadataEntry) {
        self.next_offset = MetadataOffset(entry.offset.0 + 1);
        match &entry.record {
            MetadataRecord::RegisterBroker {
                broker,
                broker_epoch,
                rack,
            } => self.replay_registration(*broker, *broker_epoch, rack.as_deref()),
            MetadataRecord::BrokerRegistrationChange {
                broker,
                fenced,
                in_controlled_shutdown,
            } => {
                if let Some(registration) = self.brokers.get_mut(broker) {
                    registration.fenced = fenced.unwrap_or(registration.fenced);
                    registration.in_controlled_shutdown =
                        in_controlled_shutdown.unwrap_or(registration.in_controlled_shutdown);
                }
            }
            MetadataRecord::Topic { name, id } => {
                let topic = TopicImage {
                    id: *id,
                    partitions: SortedMap::new(),
                };
                self.topics.insert(name.clone(), topic);
            }
            MetadataRecord::RemoveTopic { name } => {
                self.topics.remove(name);
                self.configs.remove(&ConfigResource::Topic(name.clone()));
            }
            MetadataRecord::Partition {
                partition,
                registration,
            }
            | MetadataRecord::PartitionChange {
                partition,
                registration,
            } => {
                if let Some(topic) = self.topics.get_mut(&partition.topic) {
                    topic
                        .partitions
                        .insert(partition.partition, registration.clone());
                }
            }
            MetadataRecord::Config {
                resource,
                name,
                value,
            } => {
                self.replay_config(resource, name, value.as_deref());
            }
            MetadataRecord::ProducerIds { next_producer_id } => {
                self.next_producer_id = *next_producer_id;
            }
        }
    }

    /// A broker that registers is fenced until its first heartbeats say otherwise.
    fn replay_registration(&mut self, broker: BrokerId, epoch: BrokerEpoch, rack: Option<&str>) {
        let registration = BrokerRegistration {
            broker_epoch: epoch,
            rack: rack.map(str::to_owned),
            fenced: true,
            in_controlled_shutdown: false,
        };
        self.brokers.insert(broker, registration);
    }

    /// The partition's registration, if it exists.
    pub fn partition(&self, partition: &TopicPartition) -> Option<&PartitionRegistration> {
        self.topics
            .get(&partition.topic)?
            .partitions
            .get(&partition.partition)
    }

    /// Every partition with its registration, by topic and number.
    pub fn partitions(&self) -> impl Iterator<Item = (TopicPartition, &PartitionRegistration)> {
        self.topics.iter().flat_map(|(name, topic)| {
            topic.partitions.iter().map(move |(id, registration)| {
                (
                    TopicPartition {
                        topic: name.clone(),
                        partition: *id,
                    },
                    registration,
                )
            })
        })
    }

    /// Whether the broker is registered, unfenced and not shutting down.
    pub fn is_active(&self, broker: BrokerId) -> bool {
        self.brokers
            .get(&broker)
            .is_some_and(BrokerRegistration::is_active)
    }

    /// The settings of `resource` that differ from the defaults.
    pub fn config(&self, resource: &ConfigResource) -> Option<&SortedMap<String, String>> {
        self.configs.get(resource)
    }

    fn replay_config(&mut self, resource: &ConfigResource, name: &str, value: Option<&str>) {
        let settings = self.configs.entry(resource.clone()).or_default();
        match value {
            Some(value) => {
                settings.insert(name.to_owned(), value.to_owned());
            }
            None => {
                settings.remove(name);
            }
        }
        if settings.is_empty() {
            self.configs.remove(resource);
        }
    }
}
