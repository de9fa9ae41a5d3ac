//! What the running call does whenever something came in, and when it looks again.
//!
//! Kafka 4.3.1: `ClassicKafkaConsumer`, `ConsumerNetworkClient#poll`.

use crate::kafka::client::call::CallResult;
use crate::kafka::client::exception::ClientException;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{EventId, TopicName, TopicPartition};
use crate::kafka::message::{CommittedOffset, MetadataRequest, Request};
use crate::kafka::node::Context;
use crate::kafka::timer::{ConsumerTimer, Timer};
use crate::sorted::SortedSet;

use super::Consumer;
use super::application::{Blocking, CloseStage, RunningCall};
use super::commit::{CommitProgress, CommitPurpose, plain_offsets};
use super::network::Asked;
use super::subscription::{FetchState, SubscriptionKind};

impl Consumer {
    /// One look at the running call; what it returns, once that is known.
    pub(super) fn step(
        &mut self,
        running: &RunningCall,
        cx: &mut Context<'_>,
    ) -> Option<CallResult> {
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

    #[inline(never)]
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
        let event = KafkaEvent::CommitCompleted {
            call: Some(running.call),
            offsets: offsets.unwrap_or_default(),
            error: decided.as_ref().err().cloned(),
        };
        let causes: Vec<EventId> = self.application.begun_by.into_iter().collect();
        cx.emit_because(event, &causes);
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
    #[inline(never)]
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
            let is_done = is_committed && self.commits.waiting.is_empty();
            if !is_late && !is_done {
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
    #[inline(never)]
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
    pub(super) fn request_metadata_if_due(&mut self, cx: &mut Context<'_>) {
        let is_due = self
            .metadata
            .next_request_at()
            .is_some_and(|at| at <= cx.now());
        let topics = self.topics_of_interest();
        if !is_due || topics.is_empty() {
            return;
        }
        if let Some(broker) = self.network.least_loaded(&self.metadata.brokers(), cx) {
            let request = Request::Metadata(MetadataRequest {
                allow_auto_topic_creation: self.config.allow_auto_create_topics,
                ..self.metadata.start_request(topics)
            });
            let what = (request, Asked::Metadata);
            self.network
                .send(broker, what, self.config.request_timeout, cx);
        }
    }

    /// Kafka 4.3.1: `ConsumerMetadata#newMetadataRequestBuilder`.
    fn topics_of_interest(&self) -> SortedSet<TopicName> {
        let mut topics = self.metadata.topics().clone();
        topics.extend(self.subscription.topics().iter().cloned());
        if *self.subscription.kind() == SubscriptionKind::Assigned {
            topics.extend(
                self.subscription
                    .iter()
                    .map(|(partition, _)| partition.topic.clone()),
            );
        }
        topics
    }

    /// Looks again when the first of the waits that concern the running call is over.
    pub(super) fn schedule_retry(&self, cx: &mut Context<'_>) {
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
