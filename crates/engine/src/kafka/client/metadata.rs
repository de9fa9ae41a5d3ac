//! What a client knows of the cluster: brokers, partitions, leaders, and when to ask again.
//!
//! A client asks any broker for the topics it is interested in, and keeps the newest leader it
//! has heard of per partition: from such an answer, or from a broker that is not the leader any
//! more and says who is (KIP-951).
//!
//! Kafka 4.3.1: `Metadata`, `ProducerMetadata`, `ConsumerMetadata`.
//! Simplified: topics stay of interest for ever (`metadata.max.idle.ms` is not applied), and
//! every request asks for all topics of interest, also where Kafka asks only for a new one.

use serde::{Deserialize, Serialize};

use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, LeaderEpoch, PartitionId, TopicName, TopicPartition};
use crate::kafka::message::{CurrentLeader, MetadataRequest, MetadataResponse, PartitionMetadata};
use crate::kafka::node::Context;
use crate::kafka::time::{SimDuration, SimTime};
use crate::sorted::{SortedMap, SortedSet};

/// A client's view of brokers, topics and leaders.
///
/// Kafka 4.3.1: `Metadata`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientMetadata {
    bootstrap: Vec<BrokerId>,
    brokers: Vec<BrokerId>,
    interest: SortedSet<TopicName>,
    topics: SortedMap<TopicName, SortedMap<PartitionId, Leadership>>,
    errors: SortedMap<TopicName, ErrorCode>,
    refresh: Refresh,
    update_count: u64,
}

/// Who leads a partition, as far as a client knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leadership {
    /// The leader; none while there is none.
    pub leader: Option<BrokerId>,
    /// The leader's epoch.
    pub leader_epoch: LeaderEpoch,
}

/// When metadata is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Refresh {
    backoff: ExponentialBackoff,
    max_age: SimDuration,
    is_wanted: bool,
    is_under_way: bool,
    not_before: SimTime,
    last_success_at: Option<SimTime>,
    failures: u32,
    /// Answers in a row that told nothing new.
    equivalent_responses: u32,
}

impl ClientMetadata {
    /// Knows only where to ask first.
    pub fn new(
        bootstrap: Vec<BrokerId>,
        backoff: ExponentialBackoff,
        max_age: SimDuration,
    ) -> ClientMetadata {
        ClientMetadata {
            bootstrap,
            brokers: Vec::new(),
            interest: SortedSet::new(),
            topics: SortedMap::new(),
            errors: SortedMap::new(),
            refresh: Refresh {
                backoff,
                max_age,
                is_wanted: true,
                is_under_way: false,
                not_before: SimTime::ZERO,
                last_success_at: None,
                failures: 0,
                equivalent_responses: 0,
            },
            update_count: 0,
        }
    }

    /// Whom to ask before anything is known.
    pub fn bootstrap(&self) -> &[BrokerId] {
        &self.bootstrap
    }

    /// Takes interest in a topic; a new one is asked for at once.
    ///
    /// Kafka 4.3.1: `ProducerMetadata#add`, `Metadata#requestUpdateForNewTopics`.
    pub fn add_topic(&mut self, topic: &TopicName) {
        if self.interest.insert(topic.clone()) {
            self.request_update_for_new_topics();
        }
    }

    /// Wants metadata of topics not asked for before: at once.
    ///
    /// Kafka 4.3.1: `Metadata#requestUpdateForNewTopics`.
    pub fn request_update_for_new_topics(&mut self) {
        self.refresh.is_wanted = true;
        self.refresh.not_before = SimTime::ZERO;
        self.refresh.equivalent_responses = 0;
    }

    /// Wants fresh metadata as soon as the backoff allows it.
    ///
    /// Kafka 4.3.1: `Metadata#requestUpdate`.
    pub fn request_update(&mut self) {
        self.refresh.is_wanted = true;
    }

    /// When the next request is due; `None` while one is under way.
    ///
    /// Kafka 4.3.1: `Metadata#timeToNextUpdate`.
    pub fn next_request_at(&self) -> Option<SimTime> {
        let refresh = &self.refresh;
        if refresh.is_under_way {
            return None;
        }
        let expires_at = refresh
            .last_success_at
            .map_or(SimTime::ZERO, |at| at + refresh.max_age);
        let wanted_at = if refresh.is_wanted {
            SimTime::ZERO
        } else {
            expires_at
        };
        Some(wanted_at.max(refresh.not_before))
    }

    /// The request to send now, for those topics.
    pub fn start_request(&mut self, topics: SortedSet<TopicName>) -> MetadataRequest {
        self.refresh.is_under_way = true;
        self.refresh.is_wanted = false;
        request_for(topics)
    }

    /// The request for all topics of interest, apart from the one that is due.
    pub fn request(&self) -> MetadataRequest {
        request_for(self.interest.clone())
    }

    /// A request was not answered: another will be sent after a while.
    ///
    /// Kafka 4.3.1: `Metadata#failedUpdate`.
    pub fn on_request_failed(&mut self, cx: &mut Context<'_>) {
        let failures = self.refresh.failures;
        let wait = self.refresh.backoff.delay(failures, cx.chance());
        self.refresh.failures = failures.saturating_add(1);
        self.refresh.is_under_way = false;
        self.refresh.is_wanted = true;
        self.refresh.not_before = cx.now() + wait;
    }

    /// Takes an answer over and tells of the partitions whose known leader changed.
    ///
    /// Kafka 4.3.1: `Metadata#update`.
    pub fn update(&mut self, response: &MetadataResponse, cx: &mut Context<'_>) {
        if response.brokers.is_empty() {
            self.on_request_failed(cx);
            return;
        }
        self.update_count += 1;
        self.brokers.clone_from(&response.brokers);
        self.refresh.is_under_way = false;
        self.refresh.failures = 0;
        self.refresh.last_success_at = Some(cx.now());
        let mut progress = Progress::default();
        for (topic, result) in &response.topics {
            match result {
                Ok(partitions) => self.update_topic(topic, partitions, &mut progress, cx),
                Err(error) => self.forget_topic(topic, *error, &mut progress),
            }
        }
        self.refresh.is_wanted |= progress.is_incomplete;
        self.pace(&progress, cx);
    }

    /// Takes over what a broker said about a partition's leader, if that is news.
    ///
    /// Kafka 4.3.1: `Metadata#updatePartitionLeadership`, KIP-951.
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

    /// Whom to ask: the brokers of the last answer, then the bootstrap ones.
    ///
    /// Simplified: Kafka turns back to the bootstrap servers only when no other broker is left
    /// (KIP-899); here they are always among those that may be asked.
    pub fn brokers(&self) -> Vec<BrokerId> {
        let mut brokers = self.brokers.clone();
        brokers.extend(
            self.bootstrap
                .iter()
                .filter(|id| !self.brokers.contains(id)),
        );
        brokers
    }

    /// The topics of interest. What a consumer subscribed to, or was assigned, comes on top.
    pub fn topics(&self) -> &SortedSet<TopicName> {
        &self.interest
    }

    /// How many answers were taken over.
    ///
    /// Kafka 4.3.1: `Metadata#updateVersion`.
    pub fn update_count(&self) -> u64 {
        self.update_count
    }

    /// How many partitions a topic has; `None` if it isn't known.
    pub fn partition_count(&self, topic: &TopicName) -> Option<u32> {
        self.topics
            .get(topic)
            .map(|partitions| partitions.len() as u32)
    }

    /// The topic's partitions that have a leader, by number.
    pub fn partitions_with_leader(&self, topic: &TopicName) -> Vec<PartitionId> {
        let partitions = self.topics.get(topic).into_iter().flatten();
        partitions
            .filter(|(_, known)| known.leader.is_some())
            .map(|(id, _)| *id)
            .collect()
    }

    /// Who leads a partition, and since which epoch.
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

    /// Everything that a broker leads, by topic and number.
    pub fn partitions_led_by(&self, broker: BrokerId) -> Vec<TopicPartition> {
        self.topics
            .iter()
            .flat_map(|(topic, partitions)| partitions.iter().map(move |entry| (topic, entry)))
            .filter(|(_, (_, known))| known.leader == Some(broker))
            .map(|(topic, (id, _))| TopicPartition {
                topic: topic.clone(),
                partition: *id,
            })
            .collect()
    }

    /// Why the last answer had nothing about a topic.
    pub fn error(&self, topic: &TopicName) -> Option<ErrorCode> {
        self.errors.get(topic).copied()
    }

    fn update_topic(
        &mut self,
        topic: &TopicName,
        partitions: &[PartitionMetadata],
        progress: &mut Progress,
        cx: &mut Context<'_>,
    ) {
        self.errors.remove(topic);
        let former = self.topics.remove(topic).unwrap_or_default();
        progress.is_news |= former.len() != partitions.len();
        let mut latest = SortedMap::new();
        for told in partitions {
            progress.is_incomplete |= told.error.is_some_and(ErrorCode::is_invalid_metadata);
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
            if before.is_some_and(|before| before.leader != known.leader) {
                emit_leader(&TopicPartition::new(topic, told.partition.0), known, cx);
            }
            progress.is_news |= before != Some(known);
            latest.insert(told.partition, known);
        }
        self.topics.insert(topic.clone(), latest);
    }

    fn forget_topic(&mut self, topic: &TopicName, error: ErrorCode, progress: &mut Progress) {
        progress.is_news |= self.topics.remove(topic).is_some();
        progress.is_incomplete |= error.is_invalid_metadata();
        self.errors.insert(topic.clone(), error);
    }

    /// Kafka 4.3.1: `Metadata#timeToAllowUpdate`.
    fn pace(&mut self, progress: &Progress, cx: &mut Context<'_>) {
        let refresh = &mut self.refresh;
        if progress.is_news {
            refresh.equivalent_responses = 0;
            refresh.not_before = cx.now();
            return;
        }
        let responses = refresh.equivalent_responses;
        let wait = refresh.backoff.delay(responses, cx.chance());
        refresh.equivalent_responses = responses.saturating_add(1);
        refresh.not_before = cx.now() + wait;
    }
}

/// What an answer brought.
#[derive(Default)]
struct Progress {
    is_news: bool,
    is_incomplete: bool,
}

fn request_for(topics: SortedSet<TopicName>) -> MetadataRequest {
    MetadataRequest {
        topics: Some(topics.into_iter().collect()),
        allow_auto_topic_creation: true,
    }
}

fn emit_leader(partition: &TopicPartition, known: Leadership, cx: &mut Context<'_>) {
    cx.emit(KafkaEvent::LeaderLearnt {
        partition: partition.clone(),
        leader: known.leader,
        leader_epoch: known.leader_epoch,
    });
}
