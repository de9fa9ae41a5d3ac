//! Telling clients who leads what, as this broker knows it: that may be older than the truth.
//!
//! Kafka 4.3.1: `KafkaApis#handleTopicMetadataRequest`, `KRaftMetadataCache`,
//! `DefaultAutoTopicCreationManager`.

use crate::kafka::broker::isr::CONTROLLER_REQUEST_TIMEOUT;
use crate::kafka::broker::offsets_topic::is_offsets_topic;
use crate::kafka::broker::process::{Asked, Server};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{BrokerId, NodeId, PartitionId, TopicName};
use crate::kafka::message::{
    CreateTopicsRequest, MetadataRequest, MetadataResponse, PartitionMetadata, Request,
};
use crate::kafka::metadata::{MetadataImage, PartitionRegistration};
use crate::kafka::node::Context;
use crate::sorted::SortedMap;

impl Server<'_> {
    /// The live brokers and the wanted topics. A topic that is missing is created if both the
    /// client and `auto.create.topics.enable` want it; the client will ask again.
    pub fn client_metadata(
        &mut self,
        request: &MetadataRequest,
        cx: &mut Context<'_>,
    ) -> MetadataResponse {
        let is_creation_allowed =
            request.allow_auto_topic_creation && self.config.auto_create_topics_enable;
        let wanted: Vec<TopicName> = match &request.topics {
            Some(names) => names.clone(),
            None => self.process.metadata.topics.keys().cloned().collect(),
        };
        let mut topics = Vec::with_capacity(wanted.len());
        for name in wanted {
            let known = topic_metadata(&self.process.metadata, &name);
            if known.is_err() && is_creation_allowed {
                self.create_topic_for_client(&name, cx);
            }
            topics.push((name, known));
        }
        let metadata = &self.process.metadata;
        let live = metadata.brokers.iter().filter(|(_, broker)| !broker.fenced);
        MetadataResponse {
            brokers: live.map(|(id, _)| *id).collect(),
            topics,
        }
    }

    fn create_topic_for_client(&mut self, name: &TopicName, cx: &mut Context<'_>) {
        if is_offsets_topic(name) {
            self.create_offsets_topic(cx);
        } else {
            let request = CreateTopicsRequest {
                topic: name.clone(),
                partitions: None,
                replication_factor: None,
                assignment: None,
                config: SortedMap::new(),
            };
            self.create_topic(request, cx);
        }
    }

    /// Asks the controller for a topic, unless it has been asked already.
    pub fn create_topic(&mut self, request: CreateTopicsRequest, cx: &mut Context<'_>) {
        let topic = request.topic.clone();
        if self.process.topics_being_created.insert(topic.clone()) {
            let request = Request::CreateTopics(request);
            let asked = Asked::CreateTopic(topic);
            self.ask(
                NodeId::Controller,
                request,
                asked,
                CONTROLLER_REQUEST_TIMEOUT,
                cx,
            );
        }
    }
}

fn topic_metadata(
    metadata: &MetadataImage,
    name: &TopicName,
) -> Result<Vec<PartitionMetadata>, ErrorCode> {
    let topic = metadata
        .topics
        .get(name)
        .ok_or(ErrorCode::UnknownTopicOrPartition)?;
    let partitions = topic.partitions.iter();
    Ok(partitions
        .map(|(id, it)| partition_metadata(metadata, *id, it))
        .collect())
}

fn partition_metadata(
    metadata: &MetadataImage,
    partition: PartitionId,
    registration: &PartitionRegistration,
) -> PartitionMetadata {
    let is_alive = |id: &BrokerId| {
        metadata
            .brokers
            .get(id)
            .is_some_and(|broker| !broker.fenced)
    };
    let leader = registration.leader.filter(is_alive);
    PartitionMetadata {
        partition,
        error: leader.is_none().then_some(ErrorCode::LeaderNotAvailable),
        leader,
        leader_epoch: registration.leader_epoch,
        replicas: registration.replicas.clone(),
        isr: registration.isr.clone(),
    }
}
