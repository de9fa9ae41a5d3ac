//! The application's calls: what each does at once, and what the running one waits for.
//!
//! Kafka 4.3.1: `ClassicKafkaConsumer`.

use std::collections::BTreeMap;

use crate::kafka::client::call::{CallResult, ClientCall};
use crate::kafka::client::exception::ClientException;
use crate::kafka::config::consumer::AutoOffsetReset;
use crate::kafka::event::{KafkaEvent, PositionReason};
use crate::kafka::ids::{CallId, Offset, TopicName, TopicPartition};
use crate::kafka::message::{CommittedOffset, MetadataRequest, Request};
use crate::kafka::node::Context;
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{ConsumerTimer, Timer};

use super::Consumer;
use super::application::{Blocking, CloseStage, PollCaller, RunningCall};
use super::commit::{CommitAttempt, CommitProgress, CommitPurpose, plain_offsets};
use super::network::Asked;
use super::positions::emit_position;
use super::subscription::{FetchState, Position, SubscriptionKind};

/// How long `close` waits at most.
///
/// Kafka 4.3.1: `ConsumerUtils.DEFAULT_CLOSE_TIMEOUT_MS`.
const CLOSE_TIMEOUT: SimDuration = SimDuration::from_secs(30);

/// What a call comes to when it is made.
enum Begun {
    /// It returns at once.
    Returned(CallResult),
    /// It waits, at most that long.
    Blocks(Blocking, SimDuration),
    /// It starts something and doesn't return for now.
    Started,
}

impl Consumer {
    /// Goes on with the running call, and with those after it, as far as that goes now.
    pub(super) fn proceed(&mut self, cx: &mut Context<'_>) {
        loop {
            if let Some(running) = self.application.running.clone() {
                self.request_metadata_if_due(cx);
                let Some(result) = self.step(&running, cx) else {
                    break;
                };
                self.finish_call(result, cx);
            } else if let Some((call, method)) = self.application.waiting.pop_front() {
                self.begin(call, method, cx);
            } else {
                break;
            }
        }
        if self.application.running.is_some() {
            self.request_metadata_if_due(cx);
            self.schedule_retry(cx);
        } else {
            self.schedule_next_poll(cx);
        }
    }

    fn begin(&mut self, call: CallId, method: ClientCall, cx: &mut Context<'_>) {
        let begun = if self.application.is_closed && method != ClientCall::Close {
            let text = "This consumer has already been closed.";
            Err(ClientException::new("IllegalStateException", text))
        } else {
            self.make_call(call, method, cx)
        };
        match begun {
            Ok(Begun::Returned(result)) => self.emit_return(call, result, cx),
            Ok(Begun::Blocks(blocking, timeout)) => self.block(call, blocking, timeout, cx),
            Ok(Begun::Started) => {}
            Err(exception) => self.emit_return(call, CallResult::Threw(exception), cx),
        }
    }

    fn make_call(
        &mut self,
        call: CallId,
        method: ClientCall,
        cx: &mut Context<'_>,
    ) -> Result<Begun, ClientException> {
        let api_timeout = self.config.default_api_timeout;
        match method {
            ClientCall::Poll { timeout_ms } => {
                let blocking = self.start_poll(PollCaller::Once, cx)?;
                return Ok(Begun::Blocks(
                    blocking,
                    SimDuration::from_millis(timeout_ms),
                ));
            }
            ClientCall::StartPolling => {
                self.application.polling = Some(call);
                return Ok(Begun::Started);
            }
            ClientCall::StopPolling => {
                self.application.polling = None;
                cx.cancel_timer(Timer::Consumer(ConsumerTimer::NextPoll));
            }
            ClientCall::CommitSync { offsets } => {
                self.begin_commit_sync(offsets, cx)?;
                return Ok(Begun::Blocks(Blocking::CommitSync, api_timeout));
            }
            ClientCall::CommitAsync { offsets } => {
                self.run_commit_callbacks(cx);
                let offsets = self.offsets_to_commit(offsets)?;
                self.commit_async(Some(call), offsets, cx);
            }
            ClientCall::Position { partition } => {
                self.check_position_call(&partition)?;
                return Ok(Begun::Blocks(Blocking::Position(partition), api_timeout));
            }
            ClientCall::Committed { partitions } => {
                self.check_group()?;
                return Ok(Begun::Blocks(Blocking::Committed(partitions), api_timeout));
            }
            ClientCall::OffsetsForTimes { times } => {
                self.begin_offsets_for_times(&times)?;
                let blocking = Blocking::OffsetsForTimes {
                    times,
                    found: BTreeMap::new(),
                };
                return Ok(Begun::Blocks(blocking, api_timeout));
            }
            ClientCall::Close => return Ok(self.begin_close(cx)),
            other => self.change_subscription(other, cx)?,
        }
        Ok(Begun::Returned(CallResult::Done))
    }

    /// Calls that only change what is read, and from where.
    fn change_subscription(
        &mut self,
        method: ClientCall,
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        match method {
            ClientCall::Subscribe { topics } => self.subscribe(topics, cx),
            ClientCall::Unsubscribe => {
                self.unsubscribe(cx);
                Ok(())
            }
            ClientCall::Assign { partitions } => self.assign(partitions, cx),
            ClientCall::Seek { partition, offset } => self.seek(&partition, offset, cx),
            ClientCall::SeekToBeginning { partitions } => {
                self.seek_by(partitions, AutoOffsetReset::Earliest, cx)
            }
            ClientCall::SeekToEnd { partitions } => {
                self.seek_by(partitions, AutoOffsetReset::Latest, cx)
            }
            ClientCall::PausePartitions { partitions } => {
                for partition in &partitions {
                    self.subscription.assigned_mut(partition)?.is_paused = true;
                }
                Ok(())
            }
            ClientCall::ResumePartitions { partitions } => {
                for partition in &partitions {
                    self.subscription.assigned_mut(partition)?.is_paused = false;
                }
                Ok(())
            }
            _ => {
                let text = "This is not a method of a consumer.";
                Err(ClientException::new("UnsupportedOperationException", text))
            }
        }
    }

    fn subscribe(
        &mut self,
        topics: Vec<TopicName>,
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        self.check_group()?;
        if topics.is_empty() {
            self.unsubscribe(cx);
            return Ok(());
        }
        self.subscription.subscribe(topics)?;
        let topics = self.subscription.topics().to_vec();
        self.buffer
            .retain(|partition| topics.contains(&partition.topic));
        self.metadata.request_update_for_new_topics();
        Ok(())
    }

    fn unsubscribe(&mut self, cx: &mut Context<'_>) {
        self.prepare_leave(cx);
        self.leave_group(cx);
        self.membership.needs_join_prepare = true;
        self.subscription.unsubscribe();
        self.buffer.retain(|_| false);
    }

    fn assign(
        &mut self,
        partitions: Vec<TopicPartition>,
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        if partitions.is_empty() {
            self.unsubscribe(cx);
            return Ok(());
        }
        if self.config.group_id.is_some() && !self.subscription.is_by_group() {
            self.maybe_auto_commit(cx);
        }
        self.subscription.assign_from_user(partitions)?;
        let subscription = &self.subscription;
        self.buffer
            .retain(|partition| subscription.get(partition).is_some());
        self.metadata.request_update_for_new_topics();
        Ok(())
    }

    fn seek(
        &mut self,
        partition: &TopicPartition,
        offset: i64,
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        let Ok(offset) = u64::try_from(offset) else {
            let text = "seek offset must not be a negative number";
            return Err(ClientException::new("IllegalArgumentException", text));
        };
        let leader_epoch = self
            .metadata
            .leadership(partition)
            .map(|known| known.leader_epoch);
        let state = self.subscription.assigned_mut(partition)?;
        let position = Position {
            offset: Offset(offset),
            offset_epoch: None,
        };
        state.state = FetchState::Fetching(position);
        state.leader_epoch = leader_epoch;
        emit_position(partition, position, PositionReason::Seek, cx);
        Ok(())
    }

    fn seek_by(
        &mut self,
        partitions: Vec<TopicPartition>,
        strategy: AutoOffsetReset,
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        let partitions = if partitions.is_empty() {
            self.subscription.assigned()
        } else {
            partitions
        };
        for partition in &partitions {
            let next_try_at = cx.now();
            self.subscription.assigned_mut(partition)?.state = FetchState::AwaitReset {
                strategy,
                next_try_at,
            };
        }
        Ok(())
    }

    fn begin_commit_sync(
        &mut self,
        offsets: Option<Vec<(TopicPartition, i64)>>,
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        let offsets = self.offsets_to_commit(offsets)?;
        self.run_commit_callbacks(cx);
        let progress = if offsets.is_empty() {
            CommitProgress::Decided(Ok(()))
        } else {
            CommitProgress::Due(cx.now())
        };
        self.commits.blocking = Some(CommitAttempt { offsets, progress });
        Ok(())
    }

    /// The given offsets, or the positions.
    fn offsets_to_commit(
        &self,
        offsets: Option<Vec<(TopicPartition, i64)>>,
    ) -> Result<Vec<(TopicPartition, CommittedOffset)>, ClientException> {
        self.check_group()?;
        let Some(offsets) = offsets else {
            return Ok(self.all_consumed());
        };
        let committed = |(partition, offset): (TopicPartition, i64)| match u64::try_from(offset) {
            Ok(offset) => {
                let offset = Offset(offset);
                let metadata = String::new();
                Ok((
                    partition,
                    CommittedOffset {
                        offset,
                        leader_epoch: None,
                        metadata,
                    },
                ))
            }
            Err(_) => {
                let text = "Invalid negative offset";
                Err(ClientException::new("IllegalArgumentException", text))
            }
        };
        offsets.into_iter().map(committed).collect()
    }

    fn check_group(&self) -> Result<(), ClientException> {
        if self.config.group_id.is_some() {
            return Ok(());
        }
        let text = "To use the group management or offset commit APIs, you must provide a valid \
                    group.id in the consumer configuration.";
        Err(ClientException::new("InvalidGroupIdException", text))
    }

    fn check_position_call(&self, partition: &TopicPartition) -> Result<(), ClientException> {
        if self.subscription.get(partition).is_some() {
            return Ok(());
        }
        let text = "You can only check the position for partitions assigned to this consumer.";
        Err(ClientException::new("IllegalStateException", text))
    }

    fn begin_offsets_for_times(
        &mut self,
        times: &[(TopicPartition, i64)],
    ) -> Result<(), ClientException> {
        for (partition, timestamp_ms) in times {
            if *timestamp_ms < 0 {
                let text = format!(
                    "The target time for partition {partition} is {timestamp_ms}. The target \
                     time cannot be negative."
                );
                return Err(ClientException::new("IllegalArgumentException", text));
            }
            if self.metadata.leadership(partition).is_none() {
                self.metadata.extra_topics.insert(partition.topic.clone());
                self.metadata.request_update_for_new_topics();
            }
        }
        Ok(())
    }

    /// Kafka 4.3.1: `ConsumerCoordinator#close`.
    fn begin_close(&mut self, cx: &mut Context<'_>) -> Begun {
        if self.application.is_closed {
            return Begun::Returned(CallResult::Done);
        }
        self.application.polling = None;
        cx.cancel_timer(Timer::Consumer(ConsumerTimer::NextPoll));
        let offsets = self.all_consumed();
        let commits = self.config.enable_auto_commit && !offsets.is_empty();
        let progress = CommitProgress::Due(cx.now());
        self.commits.blocking = commits.then_some(CommitAttempt { offsets, progress });
        Begun::Blocks(Blocking::Close(CloseStage::Committing), CLOSE_TIMEOUT)
    }

    /// The call waits, at most that long.
    pub(super) fn block(
        &mut self,
        call: CallId,
        blocking: Blocking,
        timeout: SimDuration,
        cx: &mut Context<'_>,
    ) {
        cx.set_timer(deadline_timer(&blocking, call), timeout);
        let deadline = cx.now() + timeout;
        let retry_at = SimTime::ZERO;
        self.application.running = Some(RunningCall {
            call,
            deadline,
            blocking,
            retry_at,
            outcome: None,
        });
    }

    fn finish_call(&mut self, result: CallResult, cx: &mut Context<'_>) {
        let Some(running) = self.application.running.take() else {
            return;
        };
        cx.cancel_timer(deadline_timer(&running.blocking, running.call));
        cx.cancel_timer(Timer::Consumer(ConsumerTimer::Retry));
        self.commits.blocking = None;
        match running.blocking {
            Blocking::Poll(PollCaller::Loop) => self.finish_background_poll(result, cx),
            Blocking::Close(_) => {
                self.application.is_closed = true;
                self.emit_return(running.call, result, cx);
                cx.exit();
            }
            _ => self.emit_return(running.call, result, cx),
        }
    }

    pub(super) fn emit_return(&self, call: CallId, result: CallResult, cx: &mut Context<'_>) {
        cx.emit(KafkaEvent::CallReturned { call, result });
    }

    fn step(&mut self, running: &RunningCall, cx: &mut Context<'_>) -> Option<CallResult> {
        if running.outcome.is_some() {
            return running.outcome.clone();
        }
        match &running.blocking {
            Blocking::Poll(_) => return self.step_poll(running, cx),
            Blocking::Close(stage) => return self.step_close(running, *stage, cx),
            Blocking::CommitSync => {
                if let Some(result) = self.step_commit_sync(running, cx) {
                    return Some(result);
                }
            }
            Blocking::Position(partition) => {
                if let Some(result) = self.step_position(partition, cx) {
                    return Some(result);
                }
            }
            Blocking::Committed(_) => self.step_committed(running, cx),
            Blocking::OffsetsForTimes { .. } => {
                if let Some(result) = self.step_offsets_for_times(running, cx) {
                    return Some(result);
                }
            }
        }
        (cx.now() >= running.deadline).then(|| CallResult::Threw(self.timeout_of(running)))
    }

    fn step_commit_sync(
        &mut self,
        running: &RunningCall,
        cx: &mut Context<'_>,
    ) -> Option<CallResult> {
        let decided = self.advance_blocking_commit(running, cx)?;
        self.run_commit_callbacks(cx);
        let offsets = self
            .commits
            .blocking
            .take()
            .map(|attempt| plain_offsets(&attempt.offsets));
        cx.emit(KafkaEvent::CommitCompleted {
            call: Some(running.call),
            offsets: offsets.unwrap_or_default(),
            error: decided.as_ref().err().cloned(),
        });
        Some(match decided {
            Ok(()) => CallResult::Done,
            Err(exception) => CallResult::Threw(exception),
        })
    }

    fn step_position(
        &mut self,
        partition: &TopicPartition,
        cx: &mut Context<'_>,
    ) -> Option<CallResult> {
        let known = |consumer: &Consumer| {
            let position = consumer.subscription.get(partition)?.valid_position()?;
            Some(CallResult::Position(position.offset))
        };
        if let Some(position) = known(self) {
            return Some(position);
        }
        if let Some(exception) = self.membership.fatal.take() {
            return Some(CallResult::Threw(exception));
        }
        match self.update_fetch_positions(cx) {
            Ok(()) => known(self),
            Err(exception) => Some(CallResult::Threw(exception)),
        }
    }

    /// Kafka 4.3.1: `ConsumerCoordinator#close`, `AbstractCoordinator#close`.
    fn step_close(
        &mut self,
        running: &RunningCall,
        stage: CloseStage,
        cx: &mut Context<'_>,
    ) -> Option<CallResult> {
        let is_late = cx.now() >= running.deadline;
        if stage == CloseStage::Committing {
            let is_committed = self.commits.blocking.is_none()
                || self.advance_blocking_commit(running, cx).is_some();
            if !is_late && !(is_committed && self.commits.waiting.is_empty()) {
                return None;
            }
            self.prepare_leave(cx);
            self.leave_group(cx);
            let blocking = Blocking::Close(CloseStage::Leaving);
            self.application.running = Some(RunningCall {
                blocking,
                ..running.clone()
            });
        }
        (is_late || !self.awaits_coordinator()).then_some(CallResult::Done)
    }

    fn advance_blocking_commit(
        &mut self,
        running: &RunningCall,
        cx: &mut Context<'_>,
    ) -> Option<Result<(), ClientException>> {
        self.advance_commit(CommitPurpose::Blocking(running.call), cx)
    }

    /// Kafka's `TimeoutException` for a call that took too long.
    fn timeout_of(&self, running: &RunningCall) -> ClientException {
        let ms = self.config.default_api_timeout.as_millis();
        let text = match &running.blocking {
            Blocking::CommitSync => {
                let attempt = self.commits.blocking.as_ref();
                let offsets = attempt.into_iter().flat_map(|attempt| &attempt.offsets);
                let offsets: Vec<String> = offsets.map(offset_text).collect();
                format!(
                    "Timeout of {ms}ms expired before successfully committing offsets {{{}}}",
                    offsets.join(", ")
                )
            }
            Blocking::Position(partition) => format!(
                "Timeout of {ms}ms expired before the position for partition {partition} could \
                 be determined"
            ),
            Blocking::Committed(partitions) => {
                let names: Vec<String> = partitions.iter().map(TopicPartition::to_string).collect();
                format!(
                    "Timeout of {ms}ms expired before the last committed offset for partitions \
                     [{}] could be determined. Try tuning default.api.timeout.ms larger to relax \
                     the threshold.",
                    names.join(", ")
                )
            }
            Blocking::OffsetsForTimes { .. } => format!("Failed to get offsets by times in {ms}ms"),
            Blocking::Poll(_) | Blocking::Close(_) => format!("Timeout of {ms}ms expired"),
        };
        ClientException::new("TimeoutException", text)
    }

    /// Asks for metadata if that is wanted: only in calls, where the application's thread is.
    fn request_metadata_if_due(&mut self, cx: &mut Context<'_>) {
        let is_due = self
            .metadata
            .next_request_at()
            .is_some_and(|at| at <= cx.now());
        let is_under_way = self
            .network
            .has_pending(|asked| matches!(asked, Asked::Metadata));
        let topics = self.topics_of_interest();
        if !is_due || is_under_way || topics.is_empty() {
            return;
        }
        if let Some(broker) = self.network.least_loaded(self.metadata.brokers(), cx) {
            let request = Request::Metadata(MetadataRequest {
                topics: Some(topics),
                allow_auto_topic_creation: self.config.allow_auto_create_topics,
            });
            let what = (request, Asked::Metadata);
            self.network
                .send(broker, what, self.config.request_timeout, cx);
        }
    }

    fn topics_of_interest(&self) -> Vec<TopicName> {
        let mut topics = self.metadata.extra_topics.clone();
        topics.extend(self.subscription.topics().iter().cloned());
        if *self.subscription.kind() == SubscriptionKind::Assigned {
            topics.extend(
                self.subscription
                    .iter()
                    .map(|(partition, _)| partition.topic.clone()),
            );
        }
        topics.into_iter().collect()
    }

    /// Looks again when the first of the waits that concern the running call is over.
    fn schedule_retry(&self, cx: &mut Context<'_>) {
        let now = cx.now();
        let mut times = vec![
            self.membership.lookup_not_before,
            self.membership.join_not_before,
            self.committed_retry_at,
        ];
        times.extend(self.metadata.next_request_at());
        times.extend(self.network.usable_times());
        times.extend(
            self.application
                .running
                .as_ref()
                .map(|running| running.retry_at),
        );
        times.extend(self.membership.join_prepare_deadline);
        if self.config.enable_auto_commit {
            times.push(self.commits.next_auto_commit_at);
        }
        let attempts = [&self.commits.blocking, &self.commits.before_join];
        times.extend(
            attempts
                .into_iter()
                .flatten()
                .filter_map(|attempt| match attempt.progress {
                    CommitProgress::Due(at) => Some(at),
                    CommitProgress::UnderWay | CommitProgress::Decided(_) => None,
                }),
        );
        for (_, state) in self.subscription.iter() {
            times.push(state.fetch_not_before);
            match state.state {
                FetchState::AwaitReset { next_try_at, .. }
                | FetchState::AwaitValidation { next_try_at, .. } => times.push(next_try_at),
                FetchState::Initializing { .. } | FetchState::Fetching(_) => {}
            }
        }
        if let Some(at) = times.into_iter().filter(|at| *at > now).min() {
            cx.set_timer(Timer::Consumer(ConsumerTimer::Retry), at.since(now));
        }
    }
}

fn deadline_timer(blocking: &Blocking, call: CallId) -> Timer {
    Timer::Consumer(match blocking {
        Blocking::Poll(_) => ConsumerTimer::PollTimeout,
        _ => ConsumerTimer::CallTimeout(call),
    })
}

/// As Java prints an entry of a map to `OffsetAndMetadata`.
fn offset_text((partition, committed): &(TopicPartition, CommittedOffset)) -> String {
    let epoch = committed
        .leader_epoch
        .map_or("null".to_owned(), |epoch| epoch.to_string());
    format!(
        "{partition}=OffsetAndMetadata{{offset={}, leaderEpoch={epoch}, metadata='{}'}}",
        committed.offset, committed.metadata
    )
}
