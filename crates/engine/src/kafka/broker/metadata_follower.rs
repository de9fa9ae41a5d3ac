//! Following the controller's log: every broker reads it, keeps an image of the cluster, and
//! acts on what concerns its own replicas.
//!
//! Kafka 4.3.1: `KafkaRaftClient` as an observer, `BrokerMetadataPublisher`,
//! `ReplicaManager#applyDelta`.

use crate::kafka::broker::log_manager::clock_for;
use crate::kafka::broker::partition_follower::PartitionFollower;
use crate::kafka::broker::partition_leader::PartitionLeader;
use crate::kafka::broker::process::{Asked, Server};
use crate::kafka::broker::replica::{Replica, Role};
use crate::kafka::config::topic::TopicConfig;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{EventId, NodeId, TopicName, TopicPartition};
use crate::kafka::message::{FetchMetadataLogRequest, Request};
use crate::kafka::metadata::{MetadataEntry, MetadataRecord, PartitionRegistration};
use crate::kafka::node::Context;
use crate::kafka::time::SimDuration;
use crate::kafka::timer::{BrokerTimer, Timer};
use crate::sorted::SortedMap;

impl Server<'_> {
    /// Asks for what comes next in the metadata log; the controller answers when there is
    /// something.
    pub fn fetch_metadata(&mut self, cx: &mut Context<'_>) {
        let request = Request::FetchMetadataLog(FetchMetadataLogRequest {
            broker: self.id,
            fetch_offset: self.process.metadata.next_offset,
        });
        self.ask(
            NodeId::Controller,
            request,
            Asked::Metadata,
            METADATA_FETCH_TIMEOUT,
            cx,
        );
    }

    /// Tries again a moment later.
    pub fn retry_metadata_fetch(&self, cx: &mut Context<'_>) {
        cx.set_timer(
            Timer::Broker(BrokerTimer::MetadataFetch),
            METADATA_FETCH_BACKOFF,
        );
    }

    /// Applies what the controller decided, and asks for more.
    pub fn on_metadata(&mut self, entries: &[MetadataEntry], cx: &mut Context<'_>) {
        let mut changes = Changes::default();
        for entry in entries {
            // A second answer to the same fetch would repeat what is applied already.
            if entry.offset == self.process.metadata.next_offset {
                changes.note(entry);
                self.process.metadata.replay(entry);
            }
        }
        if self.process.lifecycle.is_listening() {
            self.apply(&changes, cx);
        } else {
            self.maybe_begin_service(cx);
        }
        self.fetch_metadata(cx);
    }

    /// The first metadata: takes up every replica that this broker has, drops the logs that no
    /// longer belong to it, and starts the periodic work.
    pub fn begin_service(&mut self, cx: &mut Context<'_>) {
        for partition in self.disk.partitions() {
            if !self.is_own(&partition) {
                self.disk.delete_log(&partition);
            }
        }
        let own: Vec<TopicPartition> = self
            .process
            .metadata
            .partitions()
            .filter(|(_, registration)| registration.replicas.contains(&self.id))
            .map(|(partition, _)| partition)
            .collect();
        for partition in own {
            self.take_role(&partition, cx.input_event(), cx);
        }
        self.schedule_isr_check(cx);
        self.on_checkpoint_timer(cx);
        self.start_log_manager(cx);
        self.fetch_from_all_leaders(cx);
    }

    fn apply(&mut self, changes: &Changes, cx: &mut Context<'_>) {
        for partition in self.partitions_gone(changes) {
            self.drop_replica(&partition, cx);
        }
        if changes.has_new_settings {
            self.refresh_settings(cx);
        }
        for (partition, decided_by) in &changes.partitions {
            if self.is_own(partition) {
                self.take_role(partition, *decided_by, cx);
            }
        }
        if !changes.removed_topics.is_empty() {
            self.on_topics_deleted(&changes.removed_topics, cx);
        }
        if changes.has_broker_changes || !changes.partitions.is_empty() {
            self.fetch_from_all_leaders(cx);
        }
    }

    /// Replicas of deleted topics, of topics that were created anew, and those that a
    /// reassignment took away.
    fn partitions_gone(&self, changes: &Changes) -> Vec<TopicPartition> {
        if changes.removed_topics.is_empty() && changes.partitions.is_empty() {
            return Vec::new();
        }
        let is_gone = |partition: &TopicPartition| {
            let topic = self.process.metadata.topics.get(&partition.topic);
            let files = self.disk.replica(partition);
            let is_same = match (topic, files) {
                (Some(topic), Some(files)) => topic.id == files.topic_id,
                _ => false,
            };
            !is_same || !self.is_own(partition)
        };
        self.process
            .replicas
            .keys()
            .filter(|partition| is_gone(partition))
            .cloned()
            .collect()
    }

    fn drop_replica(&mut self, partition: &TopicPartition, cx: &mut Context<'_>) {
        self.abort_cleaning(partition, cx);
        self.stop_fetching(partition);
        self.before_leaving_leadership(partition, cx);
        self.process.replicas.remove(partition);
        self.disk.delete_log(partition);
        self.check_produces(partition, cx);
        self.check_deletes(partition, cx);
        self.check_fetches(partition, cx.input_event(), cx);
    }

    fn is_own(&self, partition: &TopicPartition) -> bool {
        let registration = self.process.metadata.partition(partition);
        registration.is_some_and(|registration| registration.replicas.contains(&self.id))
    }

    /// Kafka 4.3.1: `LogManager#updateTopicConfig`.
    fn refresh_settings(&mut self, cx: &mut Context<'_>) {
        let mut no_longer_compacted = Vec::new();
        for (partition, replica) in &mut self.process.replicas {
            let settings = TopicConfig::resolve(
                &self.process.metadata,
                &partition.topic,
                Some(self.id),
                self.config,
            );
            if replica.settings.log.is_compacted && !settings.log.is_compacted {
                no_longer_compacted.push(partition.clone());
            }
            replica.settings = settings;
        }
        for partition in no_longer_compacted {
            self.abort_cleaning(&partition, cx);
        }
    }

    /// Becomes, or stays, what the registration makes of this broker's replica.
    fn take_role(&mut self, partition: &TopicPartition, decided_by: EventId, cx: &mut Context<'_>) {
        let Some(topic) = self.process.metadata.topics.get(&partition.topic) else {
            return;
        };
        let Some(registration) = topic.partitions.get(&partition.partition).cloned() else {
            return;
        };
        let topic_id = topic.id;
        let config = TopicConfig::resolve(
            &self.process.metadata,
            &partition.topic,
            Some(self.id),
            self.config,
        );
        self.disk
            .create_log(partition, topic_id, clock_for(&config.log, cx));
        if registration.leader == Some(self.id) {
            self.make_leader(partition, &registration, decided_by, cx);
        } else {
            self.make_follower(partition, &registration, decided_by, cx);
        }
    }

    /// Kafka 4.3.1: `Partition#makeLeader`.
    fn make_leader(
        &mut self,
        partition: &TopicPartition,
        registration: &PartitionRegistration,
        decided_by: EventId,
        cx: &mut Context<'_>,
    ) {
        let Some(log) = self.disk.log_mut(partition) else {
            return;
        };
        let log_end_offset = log.log_end_offset();
        let replica = self.process.replicas.get_mut(partition);
        let is_new_epoch = match replica.and_then(|replica| replica.leader_mut()) {
            Some(leader) if registration.partition_epoch < leader.partition_epoch => return,
            Some(leader) if registration.leader_epoch > leader.leader_epoch => {
                leader.begin_epoch(registration, log_end_offset, cx.now());
                true
            }
            // What an AlterPartition answer brought already must not end a later wish.
            Some(leader) if registration.partition_epoch == leader.partition_epoch => return,
            Some(leader) => {
                leader.take_registration(registration);
                false
            }
            None => {
                let leader = PartitionLeader::new(self.id, registration, log_end_offset, cx.now());
                self.set_role(partition, Role::Leader(leader));
                true
            }
        };
        let mut changed_by = decided_by;
        if is_new_epoch {
            if let Some(log) = self.disk.log_mut(partition) {
                log.assign_epoch_start(registration.leader_epoch);
            }
            self.stop_fetching(partition);
            let event = KafkaEvent::BecameLeader {
                partition: partition.clone(),
                leader_epoch: registration.leader_epoch,
                start_offset: log_end_offset,
                high_watermark: self.high_watermark(partition),
            };
            changed_by = cx.emit_because(event, &[decided_by]);
            // Fetches of the former epoch are refused as soon as the new one is known.
            self.check_fetches(partition, changed_by, cx);
            self.after_becoming_leader(partition, cx);
        }
        self.advance_high_watermark(partition, Some(changed_by), cx);
    }

    /// Kafka 4.3.1: `Partition#makeFollower`, `ReplicaManager#applyLocalFollowersDelta`.
    fn make_follower(
        &mut self,
        partition: &TopicPartition,
        registration: &PartitionRegistration,
        decided_by: EventId,
        cx: &mut Context<'_>,
    ) {
        let before = self.process.replicas.get(partition);
        let was_leader = before.is_some_and(|replica| replica.leader().is_some());
        let is_news = before.is_none_or(|replica| {
            replica.leader_epoch() != registration.leader_epoch
                || replica.leader_id() != registration.leader
        });
        if was_leader {
            self.before_leaving_leadership(partition, cx);
        }
        let follower = PartitionFollower {
            leader: registration.leader,
            leader_epoch: registration.leader_epoch,
            partition_epoch: registration.partition_epoch,
        };
        self.set_role(partition, Role::Follower(follower));
        // On its way down a broker copies no more once it isn't counted on.
        let is_left_out = self.process.lifecycle.is_shutting_down()
            && (registration.leader.is_none() || !registration.isr.contains(&self.id));
        if is_left_out {
            self.stop_fetching(partition);
        }
        if !is_news {
            return;
        }
        let event = KafkaEvent::BecameFollower {
            partition: partition.clone(),
            leader: registration.leader,
            leader_epoch: registration.leader_epoch,
        };
        let event = cx.emit_because(event, &[decided_by]);
        self.check_produces(partition, cx);
        self.check_deletes(partition, cx);
        self.check_fetches(partition, event, cx);
        self.stop_fetching(partition);
        if let Some(leader) = registration.leader.filter(|_| !is_left_out) {
            self.start_fetching(partition, leader);
        }
    }

    fn set_role(&mut self, partition: &TopicPartition, role: Role) {
        if let Some(replica) = self.process.replicas.get_mut(partition) {
            replica.role = role;
            return;
        }
        let metadata = &self.process.metadata;
        let replica = Replica {
            role,
            high_watermark: self.disk.checkpointed_high_watermark(partition),
            high_watermark_event: None,
            settings: TopicConfig::resolve(metadata, &partition.topic, Some(self.id), self.config),
        };
        self.process.replicas.insert(partition.clone(), replica);
    }
}

/// What a stretch of the metadata log changes, and by which decision.
#[derive(Debug, Default)]
struct Changes {
    partitions: SortedMap<TopicPartition, EventId>,
    removed_topics: Vec<TopicName>,
    has_new_settings: bool,
    has_broker_changes: bool,
}

impl Changes {
    fn note(&mut self, entry: &MetadataEntry) {
        match &entry.record {
            MetadataRecord::Partition { partition, .. }
            | MetadataRecord::PartitionChange { partition, .. } => {
                self.partitions.insert(partition.clone(), entry.decided_by);
            }
            MetadataRecord::RemoveTopic { name } => {
                self.removed_topics.push(name.clone());
                self.partitions
                    .retain(|partition, _| partition.topic != *name);
            }
            MetadataRecord::Config { .. } => self.has_new_settings = true,
            MetadataRecord::RegisterBroker { .. }
            | MetadataRecord::BrokerRegistrationChange { .. } => self.has_broker_changes = true,
            MetadataRecord::Topic { .. } | MetadataRecord::ProducerIds { .. } => {}
        }
    }
}

/// `controller.quorum.fetch.timeout.ms`: an observer that gets no answer for so long asks again.
const METADATA_FETCH_TIMEOUT: SimDuration = SimDuration::from_millis(2000);

/// How long a broker waits before it turns to an unreachable controller again.
///
/// Simplified: Kafka goes from `controller.quorum.retry.backoff.ms` (20 ms) up to 1 s.
const METADATA_FETCH_BACKOFF: SimDuration = SimDuration::from_millis(100);
