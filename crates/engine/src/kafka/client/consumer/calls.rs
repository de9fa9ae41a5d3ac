//! The application's calls: what each does at once, and what the running one waits for.
//!
//! Kafka 4.3.1: `ClassicKafkaConsumer`.

use crate::kafka::client::call::{CallResult, ClientCall};
use crate::kafka::client::exception::ClientException;
use crate::kafka::config::offset_reset::AutoOffsetReset;
use crate::kafka::event::{KafkaEvent, PositionReason};
use crate::kafka::ids::{CallId, EventId, Offset, TopicName, TopicPartition};
use crate::kafka::message::CommittedOffset;
use crate::kafka::node::Context;
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{ConsumerTimer, Timer};

use super::Consumer;
use super::application::{Blocking, CloseStage, PollCaller, Polling, RunningCall};
use super::commit::{CommitAttempt, CommitProgress};
use super::positions::position_set;
use super::subscription::Position;
use crate::sorted::SortedMap;

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
            } else if let Some(waiting) = self.application.waiting.pop_front() {
                self.application.begun_by = Some(waiting.made);
                self.begin(waiting.call, waiting.method, cx);
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
                let made = self.application.begun_by;
                self.application.polling = Some(Polling { call, made });
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
                    found: SortedMap::new(),
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
        self.membership.rejoin_because = self.application.begun_by;
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
        let because = self.application.begun_by.unwrap_or(cx.input_event());
        self.subscription.assign_from_user(partitions, because)?;
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
        let causes: Vec<EventId> = self.application.begun_by.into_iter().collect();
        let set = position_set(partition, position, PositionReason::Seek);
        state.place(position, cx.emit_because(set, &causes));
        state.leader_epoch = leader_epoch;
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
        let because = self.application.begun_by.unwrap_or(cx.input_event());
        for partition in &partitions {
            let state = self.subscription.assigned_mut(partition)?;
            state.request_reset(strategy, cx.now(), because);
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
                self.metadata.add_topic(&partition.topic);
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
        let causes: Vec<EventId> = self.application.begun_by.into_iter().collect();
        cx.emit_because(KafkaEvent::CallReturned { call, result }, &causes);
    }
}

fn deadline_timer(blocking: &Blocking, call: CallId) -> Timer {
    Timer::Consumer(match blocking {
        Blocking::Poll(_) => ConsumerTimer::PollTimeout,
        _ => ConsumerTimer::CallTimeout(call),
    })
}
