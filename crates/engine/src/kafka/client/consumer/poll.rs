//! `poll`, and the application that polls again and again.
//!
//! Kafka 4.3.1: `ClassicKafkaConsumer#poll`, `#pollForFetches`, `ConsumerCoordinator#poll`.

use crate::kafka::client::call::CallResult;
use crate::kafka::client::exception::ClientException;
use crate::kafka::ids::CallId;
use crate::kafka::node::Context;
use crate::kafka::time::SimDuration;
use crate::kafka::timer::{ConsumerTimer, Timer};

use super::Consumer;
use super::application::{Blocking, PollCaller, Polling, RunningCall};
use super::subscription::SubscriptionKind;

/// How long each poll of the background loop waits.
const LOOP_POLL_TIMEOUT: SimDuration = SimDuration::from_millis(100);
/// What the loop needs between two polls: an application that does next to nothing.
const LOOP_PAUSE: SimDuration = SimDuration::from_millis(1);

impl Consumer {
    /// One round of a poll; its outcome once there is one.
    pub(super) fn step_poll(
        &mut self,
        running: &RunningCall,
        cx: &mut Context<'_>,
    ) -> Option<CallResult> {
        if let Err(exception) = self.poll_coordinator(cx) {
            return Some(CallResult::Threw(exception));
        }
        match self.collect_fetch(cx) {
            Err(exception) => return Some(CallResult::Threw(exception)),
            Ok(records) if !records.is_empty() => {
                // The next fetch travels while the application works.
                self.send_fetches(cx);
                return Some(CallResult::Polled(records));
            }
            Ok(_) => {}
        }
        if cx.now() >= running.deadline {
            return Some(CallResult::Polled(Vec::new()));
        }
        // What was just opened may have led to another position or another leader.
        if let Err(exception) = self.update_fetch_positions(cx) {
            return Some(CallResult::Threw(exception));
        }
        self.send_fetches(cx);
        None
    }

    /// Membership, automatic commits and positions.
    ///
    /// Kafka 4.3.1: `ClassicKafkaConsumer#updateAssignmentMetadataIfNeeded`.
    fn poll_coordinator(&mut self, cx: &mut Context<'_>) -> Result<(), ClientException> {
        self.run_commit_callbacks(cx);
        if let Some(exception) = self.membership.fatal.take() {
            return Err(exception);
        }
        if self.subscription.is_by_group()
            && (self.ready_coordinator(cx).is_none() || !self.join_if_needed(cx))
        {
            return Ok(());
        }
        if self.config.group_id.is_some() {
            self.maybe_auto_commit(cx);
        }
        self.update_fetch_positions(cx)
    }

    /// Begins a poll, or says why there can be none.
    pub(super) fn start_poll(
        &mut self,
        caller: PollCaller,
        cx: &mut Context<'_>,
    ) -> Result<Blocking, ClientException> {
        if *self.subscription.kind() == SubscriptionKind::None {
            let text = "Consumer is not subscribed to any topics or assigned any partitions";
            return Err(ClientException::new("IllegalStateException", text));
        }
        if self.subscription.is_by_group() {
            self.start_max_poll_interval(cx);
        }
        Ok(Blocking::Poll(caller))
    }

    /// The application's loop calls poll again, unless it is busy with another call.
    pub(super) fn start_background_poll(&mut self, cx: &mut Context<'_>) {
        let Some(Polling { call, made }) = self.application.polling else {
            return;
        };
        if self.application.running.is_some() || !self.application.waiting.is_empty() {
            return;
        }
        self.application.begun_by = made;
        match self.start_poll(PollCaller::Loop, cx) {
            Ok(blocking) => self.block(call, blocking, LOOP_POLL_TIMEOUT, cx),
            Err(exception) => self.end_polling(call, exception, cx),
        }
    }

    /// A poll of the loop is over: its records are told, an exception ends the loop.
    pub(super) fn finish_background_poll(&mut self, result: CallResult, cx: &mut Context<'_>) {
        let Some(Polling { call, .. }) = self.application.polling else {
            return;
        };
        match result {
            CallResult::Threw(exception) => self.end_polling(call, exception, cx),
            CallResult::Polled(records) if records.is_empty() => self.schedule_next_poll(cx),
            result => {
                self.emit_return(call, result, cx);
                self.schedule_next_poll(cx);
            }
        }
    }

    pub(super) fn schedule_next_poll(&self, cx: &mut Context<'_>) {
        if self.application.polling.is_some() {
            cx.set_timer(Timer::Consumer(ConsumerTimer::NextPoll), LOOP_PAUSE);
        }
    }

    fn end_polling(&mut self, call: CallId, exception: ClientException, cx: &mut Context<'_>) {
        self.application.polling = None;
        self.emit_return(call, CallResult::Threw(exception), cx);
    }
}
