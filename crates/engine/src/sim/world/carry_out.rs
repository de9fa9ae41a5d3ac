//! One input, then its whole outbox, before the next input.

use super::*;
use crate::kafka::message::Message;
use crate::kafka::node::Action;

impl World {
    /// Hands `input` to a node, or keeps or drops it if its process doesn't run.
    pub(super) fn tell(
        &mut self,
        node: NodeId,
        input: Input,
        causes: Vec<EventId>,
        step: &mut StepInProgress,
    ) {
        match &self.machine_mut(node).status {
            Status::Running => self.run(node, input, causes, step),
            Status::Starting if input == Input::Start => {
                self.machine_mut(node).status = Status::Running;
                self.silence.ended(node);
                self.run(node, input, causes, step);
            }
            Status::Paused { by, .. } => {
                let mut causes = causes;
                causes.push(*by);
                let kind = input_event(&input);
                let waits = step.push(Some(node), causes, EventKind::InputWaits(Box::new(kind)));
                if let Status::Paused { backlog, .. } = &mut self.machine_mut(node).status {
                    backlog.push((input, waits));
                }
            }
            status => {
                let causes = causes.into_iter().chain(status.down_by()).collect();
                let kind = EventKind::InputLost(Box::new(input_event(&input)));
                step.push(Some(node), causes, kind);
            }
        }
    }

    /// A message reaches its end, unless something keeps it or its process is another by now.
    pub(super) fn arrive(&mut self, key: QueueKey, step: &mut StepInProgress) {
        let flight = self.network.land(key).expect("an arrival has its flight");
        let (from, to, sent) = (flight.from, flight.to, flight.sent);
        if let Some(by) = self.network.kept_by(&flight) {
            step.push(
                Some(to),
                vec![sent, by],
                EventKind::MessageHeld { from, to },
            );
            self.network.hold(flight);
            return;
        }
        let machine = self.machine_mut(to);
        if matches!(machine.status, Status::Down { .. } | Status::Starting) {
            let causes = std::iter::once(sent)
                .chain(machine.status.down_by())
                .collect();
            // Who sends to a process that is gone already finds nobody to connect to.
            let is_refused = machine.status.down_by().is_none_or(|by| by < sent);
            let kind = if is_refused {
                EventKind::MessageRefused { from, to }
            } else {
                EventKind::MessageLost { from, to }
            };
            let lost = step.push(Some(to), causes, kind);
            self.disconnect(from, (to, is_refused), lost);
            return;
        }
        if machine.incarnation != flight.to_incarnation {
            step.push(Some(to), vec![sent], EventKind::MessageLost { from, to });
            return;
        }
        self.tell(
            to,
            Input::Receive {
                from,
                message: flight.message,
            },
            vec![sent],
            step,
        );
    }

    /// Lets `node` learn, after what `peer` sent it before, that their connection is broken.
    pub(super) fn break_connection(&mut self, node: NodeId, peer: NodeId, because: EventId) {
        self.disconnect(node, (peer, false), because);
    }

    fn disconnect(&mut self, node: NodeId, (peer, is_refused): (NodeId, bool), because: EventId) {
        let at = self.arrival(peer, node);
        let input = Input::Disconnected { peer, is_refused };
        self.schedule_input(at, node, input, vec![because]);
    }

    /// Puts a message on its way.
    pub(super) fn launch(
        &mut self,
        from: NodeId,
        to: NodeId,
        message: Arc<Message>,
        sent: EventId,
    ) {
        let Some(machine) = self.machines.get(&to) else {
            return;
        };
        let to_incarnation = machine.incarnation;
        let arrives_at = self.arrival(from, to);
        let sent_at = self.now;
        self.fly(Flight {
            from,
            to,
            to_incarnation,
            message,
            sent,
            sent_at,
            arrives_at,
        });
    }

    /// Ends a process: it drops everything volatile, and its peers' connections break.
    pub(super) fn end_process(&mut self, node: NodeId, by: EventId) {
        let machine = self.machine_mut(node);
        let was_heard = machine.is_running();
        machine.power_off();
        machine.status = Status::Down { by };
        machine.incarnation += 1;
        let timers = std::mem::take(&mut machine.timers);
        for key in timers.values() {
            self.queue.remove(*key);
        }
        if let NodeId::Client(id) = node {
            self.stop_workload(id);
        }
        if was_heard {
            self.expect_silence(node, &timers, by);
        }
        self.network.drop_held_of(node);
        for peer in self.network.peers_of(node) {
            self.break_connection(peer, node, by);
        }
    }

    /// A broker that can't speak misses the heartbeat that its timer stood for.
    pub(super) fn expect_silence(
        &mut self,
        node: NodeId,
        timers: &SortedMap<Timer, QueueKey>,
        because: EventId,
    ) {
        let heartbeat = timers.get(&Timer::Broker(BrokerTimer::Heartbeat));
        if let (NodeId::Broker(broker), Some(key)) = (node, heartbeat) {
            self.queue
                .push(key.at, Scheduled::MissedHeartbeat { broker, because });
        }
    }

    /// A heartbeat is due that a silent broker doesn't send.
    #[inline(never)]
    pub(super) fn miss_heartbeat(
        &mut self,
        broker: BrokerId,
        because: EventId,
        step: &mut StepInProgress,
    ) {
        let node = NodeId::Broker(broker);
        let kind = EventKind::HeartbeatMissed { broker };
        if self.machine_mut(node).is_running() {
            return;
        }
        let missed = step.push(Some(node), vec![because], kind);
        self.silence.missed(node, missed);
        if self.controller().image().is_active(broker) {
            let interval = self
                .broker(broker)
                .map(|broker| broker.config().heartbeat_interval);
            let at = self.now + interval.unwrap_or(SimDuration::from_secs(2));
            self.queue
                .push(at, Scheduled::MissedHeartbeat { broker, because });
        }
    }

    fn run(&mut self, node: NodeId, input: Input, causes: Vec<EventId>, step: &mut StepInProgress) {
        let input_event = step.push(Some(node), causes, input_event(&input));
        let timestamp_ms = self.timestamp_ms();
        let machine = self
            .machines
            .get_mut(&node)
            .expect("inputs go to existing machines");
        let chance = self.streams.node(node);
        let mut cx = Context::new(self.now, timestamp_ms, step.step.id, chance);
        machine.process.handle(input, &mut cx);
        for action in cx.into_actions() {
            self.carry_out(node, action, input_event, step);
        }
    }

    fn carry_out(
        &mut self,
        node: NodeId,
        action: Action,
        input: EventId,
        step: &mut StepInProgress,
    ) {
        match action {
            Action::Send {
                to,
                message,
                causes,
            } => {
                let causes = with_input(input, causes);
                let kind = EventKind::MessageSent {
                    to,
                    message: Arc::clone(&message),
                };
                let sent = step.push(Some(node), causes, kind);
                self.launch(node, to, message, sent);
            }
            Action::SetTimer { timer, after } => self.set_timer(node, timer, after, input),
            Action::CancelTimer(timer) => {
                if let Some(key) = self.machine_mut(node).timers.remove(&timer) {
                    self.queue.remove(key);
                }
            }
            Action::Emit {
                event,
                causes,
                silent,
            } => {
                let mut causes = with_input(input, causes);
                if let Some(silent) = silent {
                    causes.extend(self.why_silent(silent, node));
                }
                step.push(Some(node), causes, EventKind::Kafka(event));
            }
            Action::CloseConnection { peer } => self.break_connection(peer, node, input),
            Action::Abandon { peer } => {
                for sent in self.network.drop_held_requests(node, peer) {
                    let (from, to) = (node, peer);
                    let lost = EventKind::MessageLost { from, to };
                    step.push(Some(node), vec![sent, input], lost);
                }
            }
            Action::Exit => {
                let exited = step.push(Some(node), vec![input], EventKind::ProcessExited);
                self.end_process(node, exited);
            }
        }
    }

    fn set_timer(&mut self, node: NodeId, timer: Timer, after: SimDuration, set_by: EventId) {
        let item = Scheduled::Timer {
            node,
            timer: timer.clone(),
            set_by,
        };
        let key = self.queue.push(self.now + after, item);
        if let Some(former) = self.machine_mut(node).timers.insert(timer, key) {
            self.queue.remove(former);
        }
    }

    /// The events that keep `silent` from being heard by `listener`.
    fn why_silent(&self, silent: NodeId, listener: NodeId) -> Vec<EventId> {
        let missed = self.silence.of(silent);
        let state = match self.machines.get(&silent).map(|machine| &machine.status) {
            Some(Status::Down { by }) => Some(*by),
            Some(Status::Paused { by, .. }) => Some(*by),
            _ => None,
        };
        let cut = self.network.cut_by(silent, listener);
        missed.iter().copied().chain(state).chain(cut).collect()
    }
}

/// The step's input is the first cause of everything in it.
fn with_input(input: EventId, causes: Vec<EventId>) -> Vec<EventId> {
    let mut all = vec![input];
    all.extend(causes.into_iter().filter(|cause| *cause != input));
    all
}

/// The event that stands for an input.
fn input_event(input: &Input) -> EventKind {
    match input {
        Input::Start => EventKind::ProcessStarted,
        Input::Terminate => EventKind::ProcessTerminating,
        Input::Receive { from, message } => EventKind::MessageReceived {
            from: *from,
            message: Arc::clone(message),
        },
        Input::Disconnected { peer, is_refused } => match is_refused {
            true => EventKind::ConnectionRefused { peer: *peer },
            false => EventKind::ConnectionBroken { peer: *peer },
        },
        Input::Timeout(timer) => EventKind::TimerFired(timer.clone()),
        Input::Call { call, method } => EventKind::CallMade {
            call: *call,
            method: method.clone(),
        },
    }
}
