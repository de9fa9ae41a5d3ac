//! What a consumer knows of brokers, partitions and leaders, and when it has to ask again.
//!
//! Kafka 4.3.1: `ConsumerMetadata`, `Metadata`.
//! Simplified: every request asks for all topics of interest.

use serde::Serialize;

use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, LeaderEpoch, PartitionId, TopicName, TopicPartition};
use crate::kafka::message::{CurrentLeader, MetadataResponse, PartitionMetadata};
use crate::kafka::node::Context;
use crate::kafka::time::{SimDuration, SimTime};
use crate::sorted::{SortedMap, SortedSet};

/// A partition's leader as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Leadership {
    /// The leader; none while there is none.
    pub leader: Option<BrokerId>,
    /// Its epoch.
    pub leader_epoch: LeaderEpoch,
}

/// The consumer's view of the cluster.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerMetadata {
    bootstrap: Vec<BrokerId>,
    brokers: Vec<BrokerId>,
    topics: SortedMap<TopicName, SortedMap<PartitionId, Leadership>>,
    /// Topics that are of interest besides those that are read.
    pub(super) extra_topics: SortedSet<TopicName>,
    is_update_requested: bool,
    not_before: SimTime,
    expires_at: Option<SimTime>,
    /// How many answers were taken in.
    pub(super) update_count: u64,
}

impl ConsumerMetadata {
    /// Knows only where to ask first.
    pub fn new(bootstrap: Vec<BrokerId>) -> ConsumerMetadata {
        ConsumerMetadata {
            bootstrap,
            brokers: Vec::new(),
            topics: SortedMap::new(),
            extra_topics: SortedSet::new(),
            is_update_requested: true,
            not_before: SimTime::ZERO,
            expires_at: None,
            update_count: 0,
        }
    }

    /// Wants fresh metadata as soon as the backoff allows.
    pub fn request_update(&mut self) {
        self.is_update_requested = true;
    }

    /// Wants metadata of topics not asked for before: at once.
    pub fn request_update_for_new_topics(&mut self) {
        self.is_update_requested = true;
        self.not_before = SimTime::ZERO;
    }

    /// When the next request is due; `None` for not before something happens.
    pub fn next_request_at(&self) -> Option<SimTime> {
        let wanted_at = if self.is_update_requested {
            Some(SimTime::ZERO)
        } else {
            self.expires_at
        };
        wanted_at.map(|at| at.max(self.not_before))
    }

    /// A request failed: the next one waits.
    pub fn on_request_failed(&mut self, retry_at: SimTime) {
        self.is_update_requested = true;
        self.not_before = retry_at;
    }

    /// Takes an answer in and says which leaders are news.
    pub fn update(
        &mut self,
        response: &MetadataResponse,
        times: UpdateTimes,
        cx: &mut Context<'_>,
    ) {
        self.update_count += 1;
        self.is_update_requested = false;
        self.not_before = times.retry_at;
        self.expires_at = Some(cx.now() + times.max_age);
        if !response.brokers.is_empty() {
            self.brokers.clone_from(&response.brokers);
        }
        for (topic, result) in &response.topics {
            match result {
                Ok(partitions) => self.update_topic(topic, partitions, cx),
                Err(error) => {
                    self.topics.remove(topic);
                    self.is_update_requested |= error.is_invalid_metadata();
                }
            }
        }
    }

    fn update_topic(
        &mut self,
        topic: &TopicName,
        partitions: &[PartitionMetadata],
        cx: &mut Context<'_>,
    ) {
        let former = self.topics.remove(topic).unwrap_or_default();
        let mut current = SortedMap::new();
        for told in partitions {
            self.is_update_requested |= told.error.is_some_and(ErrorCode::is_invalid_metadata);
            let heard = Leadership {
                leader: told.leader,
                leader_epoch: told.leader_epoch,
            };
            let before = former.get(&told.partition).copied();
            // A broker that lags behind must not take a newer leader away.
            let known = match before {
                Some(before) if before.leader_epoch > heard.leader_epoch => before,
                _ => heard,
            };
            if before.is_some_and(|before| before != known) {
                emit_leader(&TopicPartition::new(topic, told.partition.0), known, cx);
            }
            current.insert(told.partition, known);
        }
        self.topics.insert(topic.clone(), current);
    }

    /// Takes over what a broker said of a partition's leader (KIP-951).
    pub fn update_leader(
        &mut self,
        partition: &TopicPartition,
        hint: CurrentLeader,
        cx: &mut Context<'_>,
    ) {
        let topic = self.topics.get_mut(&partition.topic);
        if let Some(known) = topic.and_then(|topic| topic.get_mut(&partition.partition))
            && hint.leader_epoch > known.leader_epoch
        {
            *known = Leadership {
                leader: Some(hint.leader),
                leader_epoch: hint.leader_epoch,
            };
            emit_leader(partition, *known, cx);
        }
    }

    /// Whom to ask: the brokers of the last answer, the bootstrap ones before there was one.
    pub fn brokers(&self) -> &[BrokerId] {
        if self.brokers.is_empty() {
            &self.bootstrap
        } else {
            &self.brokers
        }
    }

    /// How many partitions a topic has, if it is known.
    pub fn partition_count(&self, topic: &TopicName) -> Option<u32> {
        self.topics
            .get(topic)
            .map(|partitions| partitions.len() as u32)
    }

    /// Who leads a partition, if that is known.
    pub fn leadership(&self, partition: &TopicPartition) -> Option<Leadership> {
        self.topics
            .get(&partition.topic)?
            .get(&partition.partition)
            .copied()
    }

    /// A partition's leader.
    pub fn leader(&self, partition: &TopicPartition) -> Option<BrokerId> {
        self.leadership(partition)?.leader
    }
}

/// The times that an answer sets.
#[derive(Clone, Copy, Debug)]
pub struct UpdateTimes {
    /// Not to be asked again before.
    pub retry_at: SimTime,
    /// How long the answer holds.
    pub max_age: SimDuration,
}

fn emit_leader(partition: &TopicPartition, known: Leadership, cx: &mut Context<'_>) {
    cx.emit(KafkaEvent::LeaderLearnt {
        partition: partition.clone(),
        leader: known.leader,
        leader_epoch: known.leader_epoch,
    });
}
