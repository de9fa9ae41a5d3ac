//! A broker's life as the controller sees it: it registers, starts out fenced, beats, is
//! unfenced, and asks before it goes.
//!
//! ```text
//!   starting ── registered, and own registration read in the metadata ──▶ running
//!   running  ── SIGTERM ──▶ shutting down ── controller agrees ──▶ exit
//! ```
//!
//! Kafka 4.3.1: `BrokerLifecycleManager`.

use serde::{Deserialize, Serialize};

use crate::kafka::broker::isr::CONTROLLER_REQUEST_TIMEOUT;
use crate::kafka::broker::process::{Asked, Server};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{BrokerEpoch, NodeId};
use crate::kafka::message::{
    BrokerHeartbeatRequest, BrokerHeartbeatResponse, BrokerRegistrationRequest, Request,
};
use crate::kafka::node::Context;
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{BrokerTimer, Timer};

/// Where a process stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum LifeStage {
    /// Not registered, or the metadata not read up to the own registration.
    Starting,
    /// Serves clients. Whether it is fenced is the controller's knowledge.
    Running,
    /// Was told to end; goes when the controller agrees, or at the deadline.
    ShuttingDown {
        /// When it goes anyway.
        deadline: SimTime,
    },
}

/// A process's registration and stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Lifecycle {
    /// The registration's epoch, once there is one.
    pub broker_epoch: Option<BrokerEpoch>,
    incarnation: u64,
    previous_broker_epoch: Option<BrokerEpoch>,
    stage: LifeStage,
    is_listening: bool,
    is_heartbeat_in_flight: bool,
    /// Whether another beat came due while one was under way.
    is_next_heartbeat_due: bool,
    /// Whether the controller has already answered that it isn't time to go yet.
    was_told_to_wait: bool,
}

impl Lifecycle {
    /// A process that has just started.
    pub fn new(incarnation: u64, previous_broker_epoch: Option<BrokerEpoch>) -> Lifecycle {
        Lifecycle {
            broker_epoch: None,
            incarnation,
            previous_broker_epoch,
            stage: LifeStage::Starting,
            is_listening: false,
            is_heartbeat_in_flight: false,
            is_next_heartbeat_due: false,
            was_told_to_wait: false,
        }
    }

    /// Whether it takes requests: from its first metadata until it is gone.
    pub fn is_listening(&self) -> bool {
        self.is_listening
    }

    /// Whether it is on its way down.
    pub fn is_shutting_down(&self) -> bool {
        matches!(self.stage, LifeStage::ShuttingDown { .. })
    }
}

impl Server<'_> {
    /// The process starts: registers and reads the metadata log, both at once.
    pub fn on_start(&mut self, cx: &mut Context<'_>) {
        self.register(cx);
        self.fetch_metadata(cx);
    }

    /// Asks the controller to register this process.
    pub fn register(&mut self, cx: &mut Context<'_>) {
        let request = Request::BrokerRegistration(BrokerRegistrationRequest {
            broker: self.id,
            incarnation: self.process.lifecycle.incarnation,
            rack: self.config.rack.clone(),
            previous_broker_epoch: self.process.lifecycle.previous_broker_epoch,
        });
        let timeout = CONTROLLER_REQUEST_TIMEOUT;
        self.ask(
            NodeId::Controller,
            request,
            Asked::Registration,
            timeout,
            cx,
        );
    }

    /// Takes the epoch, or tries again: while the former process's session isn't over the answer
    /// is DUPLICATE_BROKER_REGISTRATION.
    pub fn on_registration_response(
        &mut self,
        result: Result<BrokerEpoch, ErrorCode>,
        cx: &mut Context<'_>,
    ) {
        match result {
            Ok(broker_epoch) => {
                self.process.lifecycle.broker_epoch = Some(broker_epoch);
                self.maybe_begin_service(cx);
                self.send_heartbeat(cx);
            }
            Err(_) => self.retry_registration(cx),
        }
    }

    /// Sets the timer for the next try.
    pub fn retry_registration(&self, cx: &mut Context<'_>) {
        let after = self.config.heartbeat_interval;
        cx.set_timer(Timer::Broker(BrokerTimer::Registration), after);
    }

    /// Begins to serve once the process is registered and has read the metadata up to its own
    /// registration: until then it could take itself for the leader that its predecessor was.
    ///
    /// Kafka 4.3.1: `BrokerLifecycleManager.initialCatchUpFuture`, `#setReadyToUnfence`.
    /// Simplified: the broker sees by itself that it has caught up instead of being told.
    pub fn maybe_begin_service(&mut self, cx: &mut Context<'_>) {
        let Some(broker_epoch) = self.process.lifecycle.broker_epoch else {
            return;
        };
        let registration = self.process.metadata.brokers.get(&self.id);
        let is_caught_up = registration.is_some_and(|it| it.broker_epoch == broker_epoch);
        if self.process.lifecycle.is_listening || !is_caught_up {
            return;
        }
        self.process.lifecycle.is_listening = true;
        if self.process.lifecycle.stage == LifeStage::Starting {
            self.process.lifecycle.stage = LifeStage::Running;
        }
        self.begin_service(cx);
        self.send_heartbeat(cx);
    }

    /// Beats; if a beat is under way, right after it. Fencing is wanted until service has begun.
    ///
    /// Kafka 4.3.1: `BrokerLifecycleManager.nextSchedulingShouldBeImmediate`.
    pub fn send_heartbeat(&mut self, cx: &mut Context<'_>) {
        let lifecycle = &mut self.process.lifecycle;
        let Some(broker_epoch) = lifecycle.broker_epoch else {
            return;
        };
        if lifecycle.is_heartbeat_in_flight {
            lifecycle.is_next_heartbeat_due = true;
            return;
        }
        lifecycle.is_heartbeat_in_flight = true;
        let request = Request::BrokerHeartbeat(BrokerHeartbeatRequest {
            broker: self.id,
            broker_epoch,
            current_metadata_offset: self.process.metadata.next_offset,
            want_fence: lifecycle.stage == LifeStage::Starting,
            want_shut_down: lifecycle.is_shutting_down(),
        });
        let timeout = SimDuration::from_micros(self.config.session_timeout.0 / 2);
        self.ask(NodeId::Controller, request, Asked::Heartbeat, timeout, cx);
    }

    /// It is time for the next beat; or, on the way down, to go without leave.
    pub fn on_heartbeat_timer(&mut self, cx: &mut Context<'_>) {
        match self.process.lifecycle.stage {
            LifeStage::ShuttingDown { deadline } if cx.now() >= deadline => self.shut_down(cx),
            _ => self.send_heartbeat(cx),
        }
    }

    /// Goes if the controller agrees; beats again otherwise, a little sooner than usual after the
    /// first such answer.
    ///
    /// Kafka 4.3.1: `BrokerLifecycleManager.BrokerHeartbeatResponseEvent#run`.
    pub fn on_heartbeat_response(
        &mut self,
        response: &BrokerHeartbeatResponse,
        cx: &mut Context<'_>,
    ) {
        let is_success = response.error.is_none();
        let is_leaving = self.process.lifecycle.is_shutting_down();
        if is_success && is_leaving && response.should_shut_down {
            self.shut_down(cx);
        } else if is_success {
            let is_first = is_leaving
                && !std::mem::replace(&mut self.process.lifecycle.was_told_to_wait, is_leaving);
            let interval = self.config.heartbeat_interval;
            self.heartbeat_after_success(if is_first { SOON } else { interval }, cx);
        } else {
            self.heartbeat_after_failure(cx);
        }
    }

    /// The next beat comes after `interval`, or at once if it came due meanwhile.
    fn heartbeat_after_success(&mut self, interval: SimDuration, cx: &mut Context<'_>) {
        self.process.lifecycle.is_heartbeat_in_flight = false;
        if std::mem::take(&mut self.process.lifecycle.is_next_heartbeat_due) {
            self.send_heartbeat(cx);
        } else {
            cx.set_timer(Timer::Broker(BrokerTimer::Heartbeat), interval);
        }
    }

    /// A beat was refused or not answered: the next one comes `broker.heartbeat.interval.ms`
    /// later, however much it was wanted.
    ///
    /// Kafka 4.3.1: `BrokerLifecycleManager#scheduleNextCommunicationAfterFailure`.
    pub fn heartbeat_after_failure(&mut self, cx: &mut Context<'_>) {
        self.process.lifecycle.is_heartbeat_in_flight = false;
        self.process.lifecycle.is_next_heartbeat_due = false;
        let interval = self.config.heartbeat_interval;
        cx.set_timer(Timer::Broker(BrokerTimer::Heartbeat), interval);
    }

    /// SIGTERM: tells the controller at once that this broker wants to go. One that isn't
    /// registered just goes.
    pub fn on_terminate(&mut self, cx: &mut Context<'_>) {
        if self.process.lifecycle.is_shutting_down() {
            return;
        }
        let deadline = cx.now() + CONTROLLED_SHUTDOWN_MAX;
        self.process.lifecycle.stage = LifeStage::ShuttingDown { deadline };
        if self.process.lifecycle.broker_epoch.is_none() {
            self.shut_down(cx);
        } else {
            self.send_heartbeat(cx);
        }
    }

    /// Writes down what the next process shall know, and ends this one.
    fn shut_down(&mut self, cx: &mut Context<'_>) {
        self.checkpoint_high_watermarks();
        self.disk.flush(cx.timestamp_ms());
        if let Some(broker_epoch) = self.process.lifecycle.broker_epoch {
            self.disk.note_clean_shutdown(broker_epoch);
        }
        cx.exit();
    }
}

/// How soon a broker on its way down asks again after the first answer that says *not yet*.
const SOON: SimDuration = SimDuration::from_millis(50);

/// How long a broker waits for leave to go.
///
/// Kafka 4.3.1: `BrokerServer#shutdown` waits 5 minutes for `controlledShutdownFuture`.
const CONTROLLED_SHUTDOWN_MAX: SimDuration = SimDuration::from_secs(300);
