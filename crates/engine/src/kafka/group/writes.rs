//! What a coordinator has given to its log and what follows once it is stored.
//!
//! Kafka 4.3.1: `CoordinatorRuntime`.

use bytes::Bytes;
use serde::Serialize;

use crate::kafka::error_code::ErrorCode;
use crate::kafka::group::classic::{GroupState, Member, StoredOffset};
use crate::kafka::group::reply::ReplyTo;
use crate::kafka::group::{CoordinatorWrite, GroupCoordinator};
use crate::kafka::ids::{EventId, PartitionId, TopicPartition};
use crate::kafka::message::{OffsetCommitResponse, Response};
use crate::kafka::node::Context;
use crate::kafka::record::Record;
use crate::kafka::timer::{BrokerTimer, Timer};

/// A write that is not on all in-sync replicas yet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PendingWrite {
    pub(super) partition: PartitionId,
    pub(super) group_id: String,
    /// The request that led to it.
    pub(super) cause: EventId,
    pub(super) purpose: WritePurpose,
}

/// What follows a write.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum WritePurpose {
    /// Nothing: a group was created or emptied, or offsets of deleted topics went.
    Bookkeeping,
    /// The members get their assignments.
    Assignment {
        generation_id: i32,
        assignments: Vec<(String, Bytes)>,
    },
    /// A static member that came back is told its place, or has to try again.
    StaticMember {
        member_id: String,
        former_id: String,
        former: Box<Member>,
    },
    /// The offsets count, and the client is answered unless it was already.
    OffsetCommit {
        reply: Option<ReplyTo>,
        offsets: Vec<(TopicPartition, StoredOffset)>,
        /// The answer if all goes well.
        response: OffsetCommitResponse,
    },
}

impl GroupCoordinator {
    /// A write is on all in-sync replicas, or never will be.
    pub fn on_write_completed(
        &mut self,
        id: u64,
        outcome: Result<(), ErrorCode>,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let Some(write) = self.pending_writes.remove(&id) else {
            return Vec::new();
        };
        cx.cancel_timer(write_timer(id));
        let outcome = outcome.map_err(operation_error);
        match write.purpose {
            WritePurpose::Bookkeeping => Vec::new(),
            WritePurpose::Assignment {
                generation_id,
                assignments,
            } => {
                let is_current = self.groups.get(&write.group_id).is_some_and(|group| {
                    group.generation_id == generation_id
                        && matches!(group.state, GroupState::CompletingRebalance { .. })
                });
                match outcome {
                    _ if !is_current => Vec::new(),
                    Ok(()) => {
                        self.become_stable(&write.group_id, assignments, write.cause, cx);
                        Vec::new()
                    }
                    Err(error) => self.abandon_assignment(&write.group_id, error, cx),
                }
            }
            WritePurpose::StaticMember {
                member_id,
                former_id,
                former,
            } => {
                match outcome {
                    Ok(()) => self.welcome_back(&write.group_id, &member_id, cx),
                    Err(error) => {
                        let former = (former_id, *former);
                        self.revert_static_member(&write.group_id, &member_id, former, error, cx);
                    }
                }
                Vec::new()
            }
            WritePurpose::OffsetCommit {
                reply,
                offsets,
                response,
            } => {
                match outcome {
                    Ok(()) => self.apply_commit(&write.group_id, offsets, write.cause, cx),
                    Err(error) => return answer_commit(reply, failed(response, error), cx),
                }
                answer_commit(reply, response, cx)
            }
        }
    }

    /// A write took longer than `offsets.commit.timeout.ms`. An offset that is stored later
    /// counts all the same, but the client is told that it isn't.
    #[inline(never)]
    pub(super) fn on_write_timeout(
        &mut self,
        id: u64,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let Some(write) = self.pending_writes.get_mut(&id) else {
            return Vec::new();
        };
        match &mut write.purpose {
            WritePurpose::Bookkeeping => Vec::new(),
            WritePurpose::Assignment { .. } | WritePurpose::StaticMember { .. } => {
                self.on_write_completed(id, Err(ErrorCode::RequestTimedOut), cx)
            }
            WritePurpose::OffsetCommit {
                reply, response, ..
            } => {
                let response = failed(response.clone(), ErrorCode::CoordinatorNotAvailable);
                answer_commit(reply.take(), response, cx)
            }
        }
    }

    /// Gives records to the log of the group's partition.
    pub(super) fn write(
        &mut self,
        group_id: &str,
        records: Vec<Record>,
        purpose: WritePurpose,
        cx: &mut Context<'_>,
    ) -> CoordinatorWrite {
        let id = self.next_write_id;
        self.next_write_id += 1;
        let partition = self.partition_of(group_id);
        let pending = PendingWrite {
            partition: partition.partition,
            group_id: group_id.to_owned(),
            cause: cx.input_event(),
            purpose,
        };
        self.pending_writes.insert(id, pending);
        cx.set_timer(write_timer(id), self.settings.commit_timeout);
        CoordinatorWrite {
            id,
            partition,
            records,
        }
    }

    /// The partition is led elsewhere now: nothing that is under way will be heard of here.
    pub(super) fn forget_writes_of(&mut self, partition: PartitionId, cx: &mut Context<'_>) {
        let ids: Vec<u64> = self
            .pending_writes
            .iter()
            .filter(|(_, write)| write.partition == partition)
            .map(|(id, _)| *id)
            .collect();
        for id in ids {
            cx.cancel_timer(write_timer(id));
            let write = self.pending_writes.remove(&id);
            if let Some(WritePurpose::OffsetCommit {
                reply, response, ..
            }) = write.map(|write| write.purpose)
            {
                answer_commit(reply, failed(response, ErrorCode::NotCoordinator), cx);
            }
        }
    }
}

fn answer_commit(
    reply: Option<ReplyTo>,
    response: OffsetCommitResponse,
    cx: &mut Context<'_>,
) -> Vec<CoordinatorWrite> {
    if let Some(reply) = reply {
        reply.send(Response::OffsetCommit(response), cx);
    }
    Vec::new()
}

fn failed(mut response: OffsetCommitResponse, error: ErrorCode) -> OffsetCommitResponse {
    for (_, outcome) in &mut response.partitions {
        outcome.get_or_insert(error);
    }
    response
}

fn write_timer(id: u64) -> Timer {
    Timer::Broker(BrokerTimer::OffsetCommitWait(id))
}

/// What a client is told of a failed write.
///
/// Kafka 4.3.1: `CoordinatorOperationExceptionHelper#handleOperationException`.
fn operation_error(error: ErrorCode) -> ErrorCode {
    match error {
        ErrorCode::UnknownTopicOrPartition
        | ErrorCode::NotEnoughReplicas
        | ErrorCode::NotEnoughReplicasAfterAppend
        | ErrorCode::RequestTimedOut => ErrorCode::CoordinatorNotAvailable,
        ErrorCode::NotLeaderOrFollower | ErrorCode::KafkaStorageError => ErrorCode::NotCoordinator,
        other => other,
    }
}
