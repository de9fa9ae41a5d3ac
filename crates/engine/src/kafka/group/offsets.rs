//! Committed offsets: taken in, given out, and forgotten with their topic.
//!
//! Kafka 4.3.1: `OffsetMetadataManager`, `ClassicGroup#validateOffsetCommit`.

use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::group::classic::{GroupState, StoredOffset};
use crate::kafka::group::records::offset_record;
use crate::kafka::group::reply::ReplyTo;
use crate::kafka::group::writes::WritePurpose;
use crate::kafka::group::{CoordinatorWrite, GroupCoordinator};
use crate::kafka::ids::{EventId, TopicName, TopicPartition};
use crate::kafka::message::{
    CommittedOffset, OffsetCommitRequest, OffsetCommitResponse, OffsetFetchRequest,
    OffsetFetchResponse, Response,
};
use crate::kafka::node::Context;

/// How many characters an application's text beside an offset may have.
///
/// Kafka 4.3.1: `offset.metadata.max.bytes`.
const OFFSET_METADATA_MAX_CHARACTERS: usize = 4096;

/// A commit of which the broker has taken out what can't be committed.
///
/// Kafka 4.3.1: `KafkaApis#handleOffsetCommitRequest`.
#[derive(Debug)]
pub struct CheckedCommit<'a> {
    /// What is left of the request.
    pub request: &'a OffsetCommitRequest,
    /// What was taken out, and why: it comes first in the answer.
    pub refused: Vec<(TopicPartition, ErrorCode)>,
}

impl GroupCoordinator {
    /// Kafka 4.3.1: `OffsetMetadataManager#commitOffset`.
    pub(super) fn on_offset_commit(
        &mut self,
        commit: CheckedCommit<'_>,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let CheckedCommit { request, refused } = commit;
        let mut partitions: Vec<(TopicPartition, Option<ErrorCode>)> = refused
            .into_iter()
            .map(|(partition, error)| (partition, Some(error)))
            .collect();
        if let Err(error) = self.validate_commit(request) {
            let failed = request.offsets.iter();
            partitions.extend(failed.map(|(partition, _)| (partition.clone(), Some(error))));
            reply.send(
                Response::OffsetCommit(OffsetCommitResponse { partitions }),
                cx,
            );
            return Vec::new();
        }
        let group = self.groups.entry(request.group_id.clone()).or_default();
        if matches!(
            group.state,
            GroupState::Stable { .. } | GroupState::PreparingRebalance(_)
        ) {
            self.renew_session(&request.group_id, &request.member_id, reply, cx);
        }
        let now_ms = cx.timestamp_ms();
        let mut offsets = Vec::new();
        for (partition, committed) in &request.offsets {
            let is_too_large = committed.metadata.chars().count() > OFFSET_METADATA_MAX_CHARACTERS;
            let error = is_too_large.then_some(ErrorCode::OffsetMetadataTooLarge);
            partitions.push((partition.clone(), error));
            if error.is_none() {
                let stored = StoredOffset {
                    committed: committed.clone(),
                    commit_timestamp_ms: now_ms,
                };
                offsets.push((partition.clone(), stored));
            }
        }
        let response = OffsetCommitResponse { partitions };
        if offsets.is_empty() {
            reply.send(Response::OffsetCommit(response), cx);
            return Vec::new();
        }
        let records = offsets.iter().map(|(partition, stored)| {
            offset_record(&request.group_id, partition, Some(stored), now_ms)
        });
        let records = records.collect();
        let purpose = WritePurpose::OffsetCommit {
            reply: Some(reply),
            offsets,
            response,
        };
        vec![self.write(&request.group_id, records, purpose, cx)]
    }

    /// Kafka 4.3.1: `OffsetMetadataManager#fetchOffsets`.
    pub(super) fn on_offset_fetch(
        &mut self,
        request: &OffsetFetchRequest,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) {
        let result = if self.is_coordinator_of(&request.group_id) {
            Ok(self.committed_offsets(request))
        } else {
            Err(ErrorCode::NotCoordinator)
        };
        reply.send(Response::OffsetFetch(OffsetFetchResponse { result }), cx);
    }

    /// Forgets the offsets of topics that no longer exist. Each broker calls this when it learns
    /// of a deletion.
    ///
    /// Kafka 4.3.1: `GroupCoordinatorService#handleTopicsDeletion`,
    /// `OffsetMetadataManager#onTopicsDeleted`.
    /// Simplified: one batch for each group instead of one for each partition of
    /// `__consumer_offsets`; a group that is left with nothing stays, empty.
    pub fn on_topics_deleted(
        &mut self,
        topics: &[TopicName],
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let now_ms = cx.timestamp_ms();
        let mut tombstones = Vec::new();
        for (group_id, group) in &mut self.groups {
            let gone: Vec<TopicPartition> = group
                .offsets
                .keys()
                .filter(|partition| topics.contains(&partition.topic))
                .cloned()
                .collect();
            for partition in &gone {
                group.offsets.remove(partition);
            }
            if !gone.is_empty() {
                let records = gone.iter();
                let records =
                    records.map(|partition| offset_record(group_id, partition, None, now_ms));
                tombstones.push((group_id.clone(), records.collect()));
            }
        }
        tombstones
            .into_iter()
            .map(|(group_id, records)| {
                self.write(&group_id, records, WritePurpose::Bookkeeping, cx)
            })
            .collect()
    }

    /// Makes committed offsets count.
    pub(super) fn apply_commit(
        &mut self,
        group_id: &str,
        offsets: Vec<(TopicPartition, StoredOffset)>,
        cause: EventId,
        cx: &mut Context<'_>,
    ) {
        let group = self.groups.entry(group_id.to_owned()).or_default();
        for (partition, stored) in offsets {
            let event = KafkaEvent::OffsetCommitted {
                group_id: group_id.to_owned(),
                partition: partition.clone(),
                offset: stored.committed.offset,
            };
            cx.emit_because(event, &[cause]);
            group.offsets.insert(partition, stored);
        }
    }

    /// Whether a commit may be taken, by the checks in Kafka's order.
    fn validate_commit(&self, request: &OffsetCommitRequest) -> Result<(), ErrorCode> {
        if !self.is_coordinator_of(&request.group_id) {
            return Err(ErrorCode::NotCoordinator);
        }
        let is_outsider = request.generation_id < 0;
        let Some(group) = self.groups.get(&request.group_id) else {
            return if is_outsider {
                Ok(())
            } else {
                Err(ErrorCode::GroupIdNotFound)
            };
        };
        if is_outsider && group.state == GroupState::Empty {
            return Ok(());
        }
        // Without a member id this finds nobody either: a group with members is theirs alone.
        let instance_id = request.group_instance_id.as_deref();
        group.validate_member(&request.member_id, instance_id)?;
        if request.generation_id != group.generation_id {
            return Err(ErrorCode::IllegalGeneration);
        }
        match group.state {
            GroupState::CompletingRebalance { .. } => Err(ErrorCode::RebalanceInProgress),
            GroupState::Empty | GroupState::PreparingRebalance(_) | GroupState::Stable { .. } => {
                Ok(())
            }
        }
    }

    fn committed_offsets(
        &self,
        request: &OffsetFetchRequest,
    ) -> Vec<(TopicPartition, Option<CommittedOffset>)> {
        let group = self.groups.get(&request.group_id);
        let of = |partition: &TopicPartition| {
            group?
                .offsets
                .get(partition)
                .map(|stored| stored.committed.clone())
        };
        match &request.partitions {
            Some(partitions) => partitions.iter().map(|p| (p.clone(), of(p))).collect(),
            None => group
                .into_iter()
                .flat_map(|group| group.offsets.iter())
                .map(|(partition, stored)| (partition.clone(), Some(stored.committed.clone())))
                .collect(),
        }
    }
}
