//! Commands at the door of the world: checked, then carried out as a step of their own.

use super::*;
use crate::kafka::client::call::ClientCall;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::producer::Producer;
use crate::kafka::config::Properties;
use crate::kafka::config::consumer::ConsumerConfig;
use crate::kafka::config::producer::ProducerConfig;
use crate::kafka::event::{KafkaEvent, TruncationReason};
use crate::sim::command::{Command, CommandRejected, Endpoint};
use crate::sim::limits;
use crate::sim::workload::Workload;

/// What an accepted command gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Applied {
    /// The step in which it was carried out.
    pub step: Step,
    /// The call that it began, if it was one: its return is an event with this id.
    pub call: Option<CallId>,
}

impl World {
    /// Carries out `command` at `at`, which is now or later but before the next scheduled item.
    ///
    /// Errors: a rejected command changes nothing.
    pub fn apply(&mut self, command: Command, at: SimTime) -> Result<Applied, CommandRejected> {
        let is_before_next = self.next_at().is_none_or(|next| at <= next);
        if at < self.now || !is_before_next {
            return Err(CommandRejected::InThePast);
        }
        if at.0 > limits::RUN_US {
            let limit = limits::RUN_US / 1_000_000;
            return Err(CommandRejected::LimitReached {
                what: "seconds of a run",
                limit,
            });
        }
        let deed = self.check(command.clone())?;
        self.now = at;
        let mut step = self.begin_step();
        let given = step.push(None, Vec::new(), EventKind::CommandGiven(command));
        let call = self.carry_out_command(deed, given, &mut step);
        Ok(Applied {
            step: self.finish_step(step),
            call,
        })
    }

    /// A step that says why a recorded command was not carried out.
    pub fn reject(&mut self, command: Command, reason: CommandRejected, at: SimTime) -> Step {
        self.now = at.min(self.next_at().unwrap_or(at)).max(self.now);
        let mut step = self.begin_step();
        step.push(
            None,
            Vec::new(),
            EventKind::CommandRejected { command, reason },
        );
        self.finish_step(step)
    }

    fn check(&self, command: Command) -> Result<Deed, CommandRejected> {
        match command {
            Command::AddProducer { name, config } => self.check_producer(name, &config),
            Command::AddConsumer { name, config } => self.check_consumer(name, &config),
            Command::Call { client, method } => {
                let node = self.running_client(&client)?;
                Ok(Deed::Call(node, method))
            }
            Command::StartWorkload { producer, workload } => {
                self.check_workload(producer, workload)
            }
            Command::StopWorkload { producer } => {
                Ok(Deed::StopWorkload(self.existing_client(&producer)?))
            }
            other => self.check_fault(other),
        }
    }

    /// What happens to processes, links and messages.
    #[inline(never)]
    fn check_fault(&self, command: Command) -> Result<Deed, CommandRejected> {
        match command {
            Command::CrashBroker { broker } => self
                .broker_that_is("running", broker, Status::has_process)
                .map(Deed::Crash),
            Command::CutPower { broker } => self
                .broker_that_is("running", broker, Status::has_process)
                .map(|_| Deed::CutPower(broker)),
            Command::StopBroker { broker } => self
                .broker_that_is("running", broker, Status::is_running)
                .map(Deed::Terminate),
            Command::StartBroker { broker } => self
                .broker_that_is("down", broker, Status::is_down)
                .map(Deed::Start),
            Command::PauseBroker { broker } => self
                .broker_that_is("running", broker, Status::is_running)
                .map(Deed::Pause),
            Command::ResumeBroker { broker } => self
                .broker_that_is("paused", broker, Status::is_paused)
                .map(Deed::Resume),
            Command::CutLink { between } => self.link(between).map(Deed::Cut),
            Command::HealLink { between } => self.link(between).map(Deed::Heal),
            Command::DelayLink { between, extra_ms } => {
                let extra = SimDuration::from_millis(extra_ms.min(limits::RUN_US / 1000));
                self.link(between).map(|link| Deed::Delay(link, extra))
            }
            Command::HoldMessage { sent } => self.message(sent).map(|()| Deed::HoldMessage(sent)),
            Command::DropMessage { sent } => self.message(sent).map(|()| Deed::DropMessage(sent)),
            Command::ReleaseMessage { sent } => match self.network.stopped_by(sent) {
                Some(_) => Ok(Deed::ReleaseMessage(sent)),
                None => Err(CommandRejected::NotHeld),
            },
            Command::CrashClient { client } => {
                let node = self.running_client(&client)?;
                Ok(Deed::Crash(node))
            }
            Command::PauseClient { client } => self
                .client_that_is("running", &client, Status::is_running)
                .map(Deed::Pause),
            Command::ResumeClient { client } => self
                .client_that_is("paused", &client, Status::is_paused)
                .map(Deed::Resume),
            // What clients are told to do has been checked before.
            client => self.check(client),
        }
    }

    fn carry_out_command(
        &mut self,
        deed: Deed,
        given: EventId,
        step: &mut StepInProgress,
    ) -> Option<CallId> {
        match deed {
            Deed::AddClient(name, client) => self.add_client(name, *client, given),
            Deed::Call(node, method) => return Some(self.schedule_call(node, method, given)),
            Deed::StartWorkload(producer, workload) => {
                self.stop_workload(producer);
                let item = Scheduled::Workload {
                    producer,
                    because: given,
                };
                let key = self.queue.push(self.now, item);
                self.workloads
                    .insert(producer, (RunningWorkload::new(workload), key));
            }
            Deed::StopWorkload(producer) => self.stop_workload(producer),
            other => self.carry_out_fault(other, given, step),
        }
        None
    }

    /// What happens to processes, links and messages.
    #[inline(never)]
    fn carry_out_fault(&mut self, deed: Deed, given: EventId, step: &mut StepInProgress) {
        match deed {
            Deed::Crash(node) => {
                let crashed = step.push(Some(node), vec![given], EventKind::ProcessCrashed);
                self.end_process(node, crashed);
            }
            Deed::CutPower(broker) => self.cut_power(broker, given, step),
            Deed::Terminate(node) => {
                self.schedule_input(self.now, node, Input::Terminate, vec![given]);
            }
            Deed::Start(node) => {
                self.machine_mut(node).status = Status::Starting;
                let at = self.now + SimDuration::from_millis(self.cluster.broker_start_ms);
                self.schedule_input(at, node, Input::Start, vec![given]);
            }
            Deed::Pause(node) => self.pause(node, given, step),
            Deed::Resume(node) => self.resume(node, given, step),
            Deed::Cut(link) => {
                let kind = EventKind::LinkCut { between: link };
                let cut = step.push(None, vec![given], kind);
                self.network.cut(link[0], link[1], cut);
            }
            Deed::Heal(link) => self.heal(link, given, step),
            Deed::Delay(link, extra) => {
                let kind = EventKind::LinkDelayed {
                    between: link,
                    extra_us: extra.0,
                };
                step.push(None, vec![given], kind);
                self.network.delay(link[0], link[1], extra);
            }
            Deed::HoldMessage(sent) => self.hold_message(sent, given, step),
            Deed::ReleaseMessage(sent) => self.release_message(sent, given, step),
            Deed::DropMessage(sent) => self.drop_message(sent, given, step),
            _ => {}
        }
    }

    /// The next record of a background producer, and the appointment for the one after.
    pub(super) fn write_workload(
        &mut self,
        producer: ClientId,
        because: EventId,
        step: &mut StepInProgress,
    ) {
        let Some((mut workload, _)) = self.workloads.remove(&producer) else {
            return;
        };
        let node = NodeId::Client(producer);
        if self.machine_mut(node).status.is_paused() {
            // Its application stands still as well.
            let item = Scheduled::Workload { producer, because };
            let key = self.queue.push(self.now + LOOK_AGAIN, item);
            self.workloads.insert(producer, (workload, key));
            return;
        }
        let (record, next) = workload.next(&mut self.streams.workload);
        if let Some(interval) = next {
            let item = Scheduled::Workload { producer, because };
            let key = self.queue.push(self.now + interval, item);
            self.workloads.insert(producer, (workload, key));
        }
        let call = self.next_call();
        let input = Input::Call {
            call,
            method: ClientCall::Send(record),
        };
        self.tell(node, input, vec![because], step);
    }

    pub(super) fn stop_workload(&mut self, producer: ClientId) {
        if let Some((_, key)) = self.workloads.remove(&producer) {
            self.queue.remove(key);
        }
    }

    #[inline(never)]
    fn cut_power(&mut self, broker: BrokerId, given: EventId, step: &mut StepInProgress) {
        let node = NodeId::Broker(broker);
        let crashed = step.push(Some(node), vec![given], EventKind::ProcessCrashed);
        self.end_process(node, crashed);
        let Process::Broker(broker) = &mut self.machine_mut(node).process else {
            return;
        };
        for (partition, from, to) in broker.lose_power() {
            let lost = KafkaEvent::LogTruncated {
                partition,
                from,
                to,
                reason: TruncationReason::PowerCut,
            };
            step.push(Some(node), vec![crashed], EventKind::Kafka(lost));
        }
    }

    fn pause(&mut self, node: NodeId, given: EventId, step: &mut StepInProgress) {
        let by = step.push(Some(node), vec![given], EventKind::ProcessPaused);
        let machine = self.machine_mut(node);
        machine.status = Status::Paused {
            by,
            backlog: Vec::new(),
        };
        let timers = machine.timers.clone();
        self.expect_silence(node, &timers, by);
    }

    fn resume(&mut self, node: NodeId, given: EventId, step: &mut StepInProgress) {
        let resumed = step.push(Some(node), vec![given], EventKind::ProcessResumed);
        self.silence.ended(node);
        let machine = self.machine_mut(node);
        let status = std::mem::replace(&mut machine.status, Status::Running);
        if let Status::Paused { backlog, .. } = status {
            for (input, waited) in backlog {
                self.schedule_input(self.now, node, input, vec![waited, resumed]);
            }
        }
    }

    fn heal(&mut self, [a, b]: [NodeId; 2], given: EventId, step: &mut StepInProgress) {
        let kind = EventKind::LinkHealed { between: [a, b] };
        step.push(None, vec![given], kind);
        self.network.heal(a, b);
        self.fly_on(a, b);
        self.fly_on(b, a);
    }

    fn add_client(&mut self, name: String, client: Process, given: EventId) {
        let id = ClientId(self.next_client);
        self.next_client += 1;
        self.clients.insert(name, id);
        let node = NodeId::Client(id);
        self.add_machine(node, client);
        self.schedule_input(self.now, node, Input::Start, vec![given]);
    }

    fn schedule_call(&mut self, node: NodeId, method: ClientCall, given: EventId) -> CallId {
        let call = self.next_call();
        self.schedule_input(self.now, node, Input::Call { call, method }, vec![given]);
        call
    }

    fn next_call(&mut self) -> CallId {
        let call = CallId(self.next_call);
        self.next_call += 1;
        call
    }

    fn existing_broker(&self, broker: BrokerId) -> Result<NodeId, CommandRejected> {
        let node = NodeId::Broker(broker);
        if self.machines.contains_key(&node) {
            return Ok(node);
        }
        let brokers = self.cluster.broker_ids().collect();
        Err(CommandRejected::NoSuchBroker { broker, brokers })
    }

    fn broker_that_is(
        &self,
        needs: &'static str,
        broker: BrokerId,
        holds: fn(&Status) -> bool,
    ) -> Result<NodeId, CommandRejected> {
        let node = self.existing_broker(broker)?;
        self.require(node, holds, needs)?;
        Ok(node)
    }

    fn existing_client(&self, name: &str) -> Result<ClientId, CommandRejected> {
        self.client(name)
            .ok_or_else(|| CommandRejected::NoSuchClient {
                client: name.to_owned(),
            })
    }

    fn client_that_is(
        &self,
        needs: &'static str,
        name: &str,
        holds: fn(&Status) -> bool,
    ) -> Result<NodeId, CommandRejected> {
        let node = NodeId::Client(self.existing_client(name)?);
        self.require(node, holds, needs)?;
        Ok(node)
    }

    fn running_client(&self, name: &str) -> Result<NodeId, CommandRejected> {
        self.client_that_is("running", name, Status::accepts_input)
    }

    fn require(
        &self,
        node: NodeId,
        holds: fn(&Status) -> bool,
        needs: &'static str,
    ) -> Result<(), CommandRejected> {
        match self.machines.get(&node) {
            Some(machine) if holds(&machine.status) => Ok(()),
            Some(machine) => Err(CommandRejected::WrongState {
                node,
                is: machine.status.word(),
                needs,
            }),
            None => Err(CommandRejected::WrongState {
                node,
                is: "unknown",
                needs,
            }),
        }
    }

    fn link(&self, [a, b]: [Endpoint; 2]) -> Result<[NodeId; 2], CommandRejected> {
        let (a, b) = (self.endpoint(a)?, self.endpoint(b)?);
        if a == b {
            Err(CommandRejected::SameEnds)
        } else {
            Ok([a, b])
        }
    }

    fn endpoint(&self, endpoint: Endpoint) -> Result<NodeId, CommandRejected> {
        match endpoint {
            Endpoint::Controller => Ok(NodeId::Controller),
            Endpoint::Broker(broker) => self.existing_broker(broker),
            Endpoint::Client(name) => self.existing_client(&name).map(NodeId::Client),
        }
    }

    fn message(&self, sent: EventId) -> Result<(), CommandRejected> {
        let flight = self.network.flight(sent);
        flight.map(drop).ok_or(CommandRejected::NotOnItsWay)
    }

    fn check_new_client(&self, name: &str) -> Result<(), CommandRejected> {
        let former = self
            .client(name)
            .and_then(|id| self.machines.get(&NodeId::Client(id)));
        if former.is_some_and(|machine| machine.status.accepts_input()) {
            return Err(CommandRejected::ClientExists {
                client: name.to_owned(),
            });
        }
        if u64::from(self.next_client) >= limits::CLIENTS {
            let limit = limits::CLIENTS;
            return Err(CommandRejected::LimitReached {
                what: "clients",
                limit,
            });
        }
        Ok(())
    }

    fn check_producer(&self, name: String, config: &Properties) -> Result<Deed, CommandRejected> {
        self.check_new_client(&name)?;
        let config = ProducerConfig::from_properties(config).map_err(CommandRejected::Refused)?;
        let producer = Producer::new(&name, config, self.cluster.broker_ids().collect());
        Ok(Deed::AddClient(
            name,
            Box::new(Process::Producer(Box::new(producer))),
        ))
    }

    fn check_consumer(&self, name: String, config: &Properties) -> Result<Deed, CommandRejected> {
        self.check_new_client(&name)?;
        let config = ConsumerConfig::from_properties(config).map_err(CommandRejected::Refused)?;
        let consumer = Consumer::new(&name, config, self.cluster.broker_ids().collect());
        Ok(Deed::AddClient(
            name,
            Box::new(Process::Consumer(Box::new(consumer))),
        ))
    }

    fn check_workload(&self, name: String, workload: Workload) -> Result<Deed, CommandRejected> {
        let node = self.running_client(&name)?;
        let process = self.machines.get(&node).map(|machine| &machine.process);
        if !matches!(process, Some(Process::Producer(_))) {
            return Err(CommandRejected::NotAProducer { client: name });
        }
        if let Some(problem) = workload.problem() {
            return Err(CommandRejected::BadWorkload(problem));
        }
        self.existing_client(&name)
            .map(|id| Deed::StartWorkload(id, workload))
    }
}

/// When to look again whether a paused application has gone on.
const LOOK_AGAIN: SimDuration = SimDuration::from_millis(100);

/// A command after its check: nothing about it can fail any more.
enum Deed {
    Crash(NodeId),
    CutPower(BrokerId),
    Terminate(NodeId),
    Start(NodeId),
    Pause(NodeId),
    Resume(NodeId),
    Cut([NodeId; 2]),
    Heal([NodeId; 2]),
    Delay([NodeId; 2], SimDuration),
    HoldMessage(EventId),
    ReleaseMessage(EventId),
    DropMessage(EventId),
    AddClient(String, Box<Process>),
    Call(NodeId, ClientCall),
    StartWorkload(ClientId, Workload),
    StopWorkload(ClientId),
}
