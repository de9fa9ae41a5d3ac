//! Commits: by the application, by the clock, before joining again and at the close.
//!
//! Kafka 4.3.1: `ConsumerCoordinator#commitOffsetsSync`, `#commitOffsetsAsync`,
//! `#maybeAutoCommitOffsetsAsync`, `OffsetCommitResponseHandler`.

use std::collections::VecDeque;

use serde::Serialize;

use crate::kafka::client::exception::ClientException;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{CallId, EventId, Offset, TopicPartition};
use crate::kafka::message::{CommittedOffset, OffsetCommitRequest, OffsetCommitResponse, Request};
use crate::kafka::node::Context;
use crate::kafka::time::{SimDuration, SimTime};

use super::Consumer;
use super::network::Asked;
use crate::sorted::SortedMap;

/// Who waits for a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CommitPurpose {
    /// A call that blocks: `commitSync` or `close`.
    Blocking(CallId),
    /// The rebalance that follows.
    BeforeJoin,
    /// `commitAsync`, by its call, or the clock.
    Async(Option<CallId>),
}

/// A commit that is repeated until it is decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CommitAttempt {
    /// What is committed.
    pub offsets: Vec<(TopicPartition, CommittedOffset)>,
    /// How far it is.
    pub progress: CommitProgress,
}

/// How far a commit is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum CommitProgress {
    /// To be sent at that time. Then: sent ⇒ `UnderWay`.
    Due(SimTime),
    /// Not answered. Then: refused for now ⇒ `Due`; decided ⇒ `Decided`.
    UnderWay,
    /// Stored, or refused for good.
    Decided(Result<(), ClientException>),
}

/// An asynchronous commit whose callback has not run.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct CommitCallback {
    call: Option<CallId>,
    offsets: Vec<(TopicPartition, Offset)>,
    error: Option<ClientException>,
    decided: EventId,
}

/// A consumer's commits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Commits {
    /// The commit that a call blocks on.
    pub blocking: Option<CommitAttempt>,
    /// The commit that precedes a rebalance.
    pub before_join: Option<CommitAttempt>,
    /// Asynchronous commits that wait for the coordinator to be found.
    pub waiting: VecDeque<(CommitPurpose, Vec<(TopicPartition, CommittedOffset)>)>,
    callbacks: VecDeque<CommitCallback>,
    /// When the next automatic commit is due.
    pub next_auto_commit_at: SimTime,
    last_known: SortedMap<TopicPartition, Offset>,
}

impl Commits {
    /// No commits yet; the first automatic one is due after `auto_commit_interval`.
    pub fn new(auto_commit_interval: SimDuration) -> Commits {
        Commits {
            blocking: None,
            before_join: None,
            waiting: VecDeque::new(),
            callbacks: VecDeque::new(),
            next_auto_commit_at: SimTime::ZERO + auto_commit_interval,
            last_known: SortedMap::new(),
        }
    }

    /// What was last committed, or found committed.
    pub fn last_known(&self, partition: &TopicPartition) -> Option<Offset> {
        self.last_known.get(partition).copied()
    }

    /// Remembers what is committed.
    pub fn learn(&mut self, partition: &TopicPartition, offset: Offset) {
        self.last_known.insert(partition.clone(), offset);
    }
}

impl Consumer {
    /// The positions of all partitions that have one.
    ///
    /// Kafka 4.3.1: `SubscriptionState#allConsumed`.
    pub(super) fn all_consumed(&self) -> Vec<(TopicPartition, CommittedOffset)> {
        let positions = self
            .subscription
            .iter()
            .filter_map(|(partition, state)| Some((partition, state.valid_position()?)));
        positions
            .map(|(partition, position)| {
                let committed = CommittedOffset {
                    offset: position.offset,
                    leader_epoch: position.offset_epoch,
                    metadata: String::new(),
                };
                (partition.clone(), committed)
            })
            .collect()
    }

    /// Commits the positions if the interval is over. Called in polls, before they hand out
    /// records: the positions are those of earlier polls.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#maybeAutoCommitOffsetsAsync(long)`.
    pub(super) fn maybe_auto_commit(&mut self, cx: &mut Context<'_>) {
        let now = cx.now();
        if !self.config.enable_auto_commit || now < self.commits.next_auto_commit_at {
            return;
        }
        self.commits.next_auto_commit_at = now + self.config.auto_commit_interval;
        let offsets = self.all_consumed();
        self.commit_async(None, offsets, cx);
    }

    /// One attempt; its callback runs in a later call.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#commitOffsetsAsync`.
    pub(super) fn commit_async(
        &mut self,
        call: Option<CallId>,
        offsets: Vec<(TopicPartition, CommittedOffset)>,
        cx: &mut Context<'_>,
    ) {
        let purpose = CommitPurpose::Async(call);
        if offsets.is_empty() {
            if call.is_some() {
                self.decide_commit(purpose, &offsets, Ok(()), cx);
            }
            return;
        }
        if self.ready_coordinator(cx).is_some() {
            self.send_commit(purpose, offsets, cx);
        } else {
            self.commits.waiting.push_back((purpose, offsets));
        }
    }

    /// The coordinator was found: sends what waited for it.
    pub(super) fn send_waiting_commits(&mut self, cx: &mut Context<'_>) {
        for (purpose, offsets) in std::mem::take(&mut self.commits.waiting) {
            self.send_commit(purpose, offsets, cx);
        }
    }

    /// The coordinator could not be found: asynchronous commits are not tried again.
    pub(super) fn fail_waiting_commits(&mut self, error: ErrorCode, cx: &mut Context<'_>) {
        for (purpose, offsets) in std::mem::take(&mut self.commits.waiting) {
            self.on_commit_failed(purpose, offsets, error, cx);
        }
    }

    /// Brings a repeated commit forward; the decision, once there is one.
    pub(super) fn advance_commit(
        &mut self,
        purpose: CommitPurpose,
        cx: &mut Context<'_>,
    ) -> Option<Result<(), ClientException>> {
        let now = cx.now();
        let attempt = self.attempt_mut(purpose)?;
        match &attempt.progress {
            CommitProgress::Decided(result) => return Some(result.clone()),
            CommitProgress::UnderWay => return None,
            CommitProgress::Due(at) if now < *at => return None,
            CommitProgress::Due(_) => {}
        }
        let offsets = attempt.offsets.clone();
        if self.ready_coordinator(cx).is_some() {
            if let Some(attempt) = self.attempt_mut(purpose) {
                attempt.progress = CommitProgress::UnderWay;
            }
            self.send_commit(purpose, offsets, cx);
        }
        match &self.attempt_mut(purpose)?.progress {
            CommitProgress::Decided(result) => Some(result.clone()),
            CommitProgress::Due(_) | CommitProgress::UnderWay => None,
        }
    }

    /// Kafka 4.3.1: `ConsumerCoordinator#sendOffsetCommitRequest`.
    fn send_commit(
        &mut self,
        purpose: CommitPurpose,
        offsets: Vec<(TopicPartition, CommittedOffset)>,
        cx: &mut Context<'_>,
    ) {
        let (Some(group_id), Some(coordinator)) =
            (self.config.group_id.clone(), self.membership.coordinator)
        else {
            self.on_commit_failed(purpose, offsets, ErrorCode::CoordinatorNotAvailable, cx);
            return;
        };
        let (generation_id, member_id) = if self.subscription.is_by_group() {
            match self.membership.stable_generation() {
                Ok(generation) => generation,
                Err(exception) => {
                    self.decide_commit(purpose, &offsets, Err(exception), cx);
                    return;
                }
            }
        } else {
            (-1, String::new())
        };
        let request = Request::OffsetCommit(OffsetCommitRequest {
            group_id,
            member_id,
            group_instance_id: self.config.group_instance_id.clone(),
            generation_id,
            offsets: offsets.clone(),
        });
        let causes = self.causes_of_commit(&offsets, purpose);
        let what = (request, Asked::Commit(purpose, offsets));
        let timeout = self.config.request_timeout;
        self.network
            .send_because(coordinator, what, &causes, timeout, cx);
    }

    /// What moved the positions, and the call that wants them stored, if one does.
    fn causes_of_commit(
        &self,
        offsets: &[(TopicPartition, CommittedOffset)],
        purpose: CommitPurpose,
    ) -> Vec<EventId> {
        let states = offsets
            .iter()
            .filter_map(|(partition, _)| self.subscription.get(partition));
        let by_call = match purpose {
            CommitPurpose::Blocking(_) | CommitPurpose::Async(Some(_)) => self.application.begun_by,
            CommitPurpose::BeforeJoin | CommitPurpose::Async(None) => None,
        };
        let mut causes: Vec<EventId> = states.map(|state| state.moved_by).chain(by_call).collect();
        causes.dedup();
        causes
    }

    /// Kafka 4.3.1: `ConsumerCoordinator.OffsetCommitResponseHandler#handle`.
    pub(super) fn on_commit_answered(
        &mut self,
        purpose: CommitPurpose,
        offsets: Vec<(TopicPartition, CommittedOffset)>,
        response: &OffsetCommitResponse,
        cx: &mut Context<'_>,
    ) {
        let Some(error) = response.partitions.iter().find_map(|(_, error)| *error) else {
            for (partition, committed) in &offsets {
                self.commits.learn(partition, committed.offset);
            }
            self.decide_commit(purpose, &offsets, Ok(()), cx);
            return;
        };
        match error {
            ErrorCode::CoordinatorNotAvailable
            | ErrorCode::NotCoordinator
            | ErrorCode::RequestTimedOut => {
                self.membership.coordinator = None;
            }
            ErrorCode::RebalanceInProgress => self.membership.is_rejoin_needed = true,
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => {
                self.reset_generation(cx);
            }
            _ => {}
        }
        self.on_commit_failed(purpose, offsets, error, cx);
    }

    /// A commit was refused or lost: tried again, or given up.
    pub(super) fn on_commit_failed(
        &mut self,
        purpose: CommitPurpose,
        offsets: Vec<(TopicPartition, CommittedOffset)>,
        error: ErrorCode,
        cx: &mut Context<'_>,
    ) {
        if !error.is_retriable() {
            self.decide_commit(purpose, &offsets, Err(commit_exception(error)), cx);
            return;
        }
        let retry_at = self.retry_at(cx);
        if let CommitPurpose::Async(call) = purpose {
            if call.is_none() {
                self.commits.next_auto_commit_at = self.commits.next_auto_commit_at.min(retry_at);
            }
            self.decide_commit(purpose, &offsets, Err(retriable_commit_failed(error)), cx);
        } else if let Some(attempt) = self.attempt_mut(purpose) {
            attempt.progress = CommitProgress::Due(retry_at);
        }
    }

    fn decide_commit(
        &mut self,
        purpose: CommitPurpose,
        offsets: &[(TopicPartition, CommittedOffset)],
        result: Result<(), ClientException>,
        cx: &mut Context<'_>,
    ) {
        let CommitPurpose::Async(call) = purpose else {
            if let Some(attempt) = self.attempt_mut(purpose) {
                attempt.progress = CommitProgress::Decided(result);
            }
            return;
        };
        self.commits.callbacks.push_back(CommitCallback {
            call,
            offsets: plain_offsets(offsets),
            error: result.err(),
            decided: cx.input_event(),
        });
    }

    /// Runs the callbacks of asynchronous commits that were decided, in their order.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#invokeCompletedOffsetCommitCallbacks`.
    pub(super) fn run_commit_callbacks(&mut self, cx: &mut Context<'_>) {
        for callback in std::mem::take(&mut self.commits.callbacks) {
            let event = KafkaEvent::CommitCompleted {
                call: callback.call,
                offsets: callback.offsets,
                error: callback.error,
            };
            cx.emit_because(event, &[callback.decided]);
        }
    }

    fn attempt_mut(&mut self, purpose: CommitPurpose) -> Option<&mut CommitAttempt> {
        match purpose {
            CommitPurpose::Blocking(call) => {
                let running = self.application.running_call();
                self.commits
                    .blocking
                    .as_mut()
                    .filter(|_| running == Some(call))
            }
            CommitPurpose::BeforeJoin => self.commits.before_join.as_mut(),
            CommitPurpose::Async(_) => None,
        }
    }
}

/// Offsets without what only the coordinator cares for.
pub(super) fn plain_offsets(
    offsets: &[(TopicPartition, CommittedOffset)],
) -> Vec<(TopicPartition, Offset)> {
    offsets
        .iter()
        .map(|(partition, committed)| (partition.clone(), committed.offset))
        .collect()
}

fn retriable_commit_failed(error: ErrorCode) -> ClientException {
    let text = "Offset commit failed with a retriable exception. You should retry committing \
                the latest consumed offsets.";
    ClientException::new("RetriableCommitFailedException", text)
        .caused_by(ClientException::of(error))
}

#[inline(never)]
fn commit_exception(error: ErrorCode) -> ClientException {
    match error {
        ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => ClientException::new(
            "CommitFailedException",
            "Commit cannot be completed since the group has already rebalanced and assigned the \
             partitions to another member. This means that the time between subsequent calls to \
             poll() was longer than the configured max.poll.interval.ms, which typically implies \
             that the poll loop is spending too much time message processing. You can address \
             this either by increasing max.poll.interval.ms or by reducing the maximum size of \
             batches returned in poll() with max.poll.records.",
        ),
        ErrorCode::RebalanceInProgress => ClientException::new(
            "RebalanceInProgressException",
            "Offset commit cannot be completed since the consumer group is executing a rebalance \
             at the moment. You can try completing the rebalance by calling poll() and then \
             retry commit again",
        ),
        ErrorCode::OffsetMetadataTooLarge | ErrorCode::FencedInstanceId => {
            ClientException::of(error)
        }
        other => {
            let text = format!("Unexpected error in commit: {}", other.message());
            ClientException::new("KafkaException", text)
        }
    }
}
