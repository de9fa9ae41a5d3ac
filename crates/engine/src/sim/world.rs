//! The world: machines, network, time. The only place where time moves.

mod carry_out;
mod commands;
mod files;
mod messages;
mod settings;

use std::sync::Arc;

use serde::Serialize;

use crate::kafka::broker::Broker;
use crate::kafka::client::admin::Admin;
use crate::kafka::controller::Controller;
use crate::kafka::ids::{BrokerId, CallId, ClientId, EventId, NodeId, StepId};
use crate::kafka::node::{Context, Input, Node};
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{BrokerTimer, Timer};
use crate::sim::digest::digest_of;
use crate::sim::event::{Event, EventKind, Step};
use crate::sim::invariant::Invariants;
use crate::sim::machine::{Machine, Process, Status};
use crate::sim::network::{Flight, HopDelay, Network};
use crate::sim::queue::{EventQueue, QueueKey};
use crate::sim::rng::Streams;
use crate::sim::scenario::{ClusterConfig, Scenario, ScenarioError};
use crate::sim::silence::Silence;
use crate::sim::workload::{RunningWorkload, Workload};
use crate::sorted::SortedMap;

pub use settings::client_refusal;

/// The admin client: always there, under this name.
pub const ADMIN: ClientId = ClientId(0);

/// Everything there is at one moment of a run. A value: clone it, compare it, digest it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct World {
    now: SimTime,
    next_step: StepId,
    cluster: ClusterConfig,
    queue: EventQueue<Scheduled>,
    network: Network,
    machines: SortedMap<NodeId, Machine>,
    clients: SortedMap<String, ClientId>,
    next_client: u32,
    next_call: u64,
    workloads: SortedMap<ClientId, (RunningWorkload, QueueKey)>,
    streams: Streams,
    silence: Silence,
    invariants: Invariants,
}

/// Something that is going to happen.
#[derive(Clone, Debug, PartialEq, Serialize)]
enum Scheduled {
    /// A message arrives; it is found in the network under the same key.
    Arrival,
    /// A timer goes off.
    Timer {
        node: NodeId,
        timer: Timer,
        set_by: EventId,
    },
    /// A node is told something that is neither message nor timer.
    Input {
        node: NodeId,
        input: Input,
        causes: Vec<EventId>,
    },
    /// A silent broker's heartbeat would have been due.
    MissedHeartbeat { broker: BrokerId, because: EventId },
    /// A background producer's application writes its next record.
    Workload {
        producer: ClientId,
        because: EventId,
    },
}

/// Collects the events of a step while it happens.
struct StepInProgress {
    step: Step,
}

impl StepInProgress {
    fn push(&mut self, node: Option<NodeId>, causes: Vec<EventId>, kind: EventKind) -> EventId {
        let index = self.step.events.len() as u32;
        let id = EventId {
            step: self.step.id,
            index,
        };
        self.step.events.push(Event {
            id,
            at: self.step.at,
            node,
            causes,
            kind,
        });
        id
    }
}

impl World {
    /// The world of a scenario before its first step: all processes are about to start.
    pub fn new(scenario: &Scenario) -> Result<World, ScenarioError> {
        scenario.check()?;
        let cluster = scenario.cluster.clone();
        let hop = HopDelay {
            base: SimDuration::from_micros(cluster.hop_us),
            jitter: SimDuration::from_micros(cluster.hop_jitter_us),
        };
        let mut world = World {
            now: SimTime::ZERO,
            next_step: StepId(0),
            queue: EventQueue::default(),
            network: Network::new(hop),
            machines: SortedMap::new(),
            clients: SortedMap::from([("admin".to_owned(), ADMIN)]),
            next_client: ADMIN.0 + 1,
            next_call: 0,
            workloads: SortedMap::new(),
            streams: Streams::new(scenario.seed),
            silence: Silence::default(),
            invariants: Invariants::default(),
            cluster,
        };
        let controller = Controller::new(world.cluster.controller_config()?);
        world.add_machine(
            NodeId::Controller,
            Process::Controller(Box::new(controller)),
        );
        for id in world.cluster.broker_ids() {
            let broker = Broker::new(id, world.cluster.broker_config(id)?);
            world.add_machine(NodeId::Broker(id), Process::Broker(Box::new(broker)));
        }
        let brokers = world.cluster.broker_ids().collect();
        let admin = Process::Admin(Box::new(Admin::new("admin", brokers)));
        world.add_machine(NodeId::Client(ADMIN), admin);
        for node in world.machines.keys().copied().collect::<Vec<_>>() {
            world.schedule_input(SimTime::ZERO, node, Input::Start, Vec::new());
        }
        Ok(world)
    }

    /// Runs the next scheduled item. `None` when nothing is scheduled.
    pub fn step(&mut self) -> Option<Step> {
        let (key, item) = self.queue.pop()?;
        assert!(key.at >= self.now, "time never goes backwards");
        self.now = key.at;
        let mut step = self.begin_step();
        match item {
            Scheduled::Arrival => self.arrive(key, &mut step),
            Scheduled::Timer {
                node,
                timer,
                set_by,
            } => {
                self.machine_mut(node).timers.remove(&timer);
                self.tell(node, Input::Timeout(timer), vec![set_by], &mut step);
            }
            Scheduled::Input {
                node,
                input,
                causes,
            } => self.tell(node, input, causes, &mut step),
            Scheduled::MissedHeartbeat { broker, because } => {
                self.miss_heartbeat(broker, because, &mut step);
            }
            Scheduled::Workload { producer, because } => {
                self.write_workload(producer, because, &mut step);
            }
        }
        Some(self.finish_step(step))
    }

    /// Lets time pass in which nothing happens: until `until`, or the next scheduled item.
    pub fn pass_time(&mut self, until: SimTime) {
        let end = self.next_at().map_or(until, |next| next.min(until));
        self.now = self.now.max(end);
    }

    /// The present.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// How many steps there have been; the next one has this number.
    pub fn next_step(&self) -> StepId {
        self.next_step
    }

    /// When the next step happens.
    pub fn next_at(&self) -> Option<SimTime> {
        self.queue.next_at()
    }

    /// The cluster as it was set up.
    pub fn cluster(&self) -> &ClusterConfig {
        &self.cluster
    }

    /// A stable 64-bit digest: equal digests mean equal worlds.
    pub fn digest(&self) -> u64 {
        digest_of(self)
    }

    /// What clocks show, in milliseconds since 1970.
    pub fn timestamp_ms(&self) -> i64 {
        self.cluster.clock_start_ms + (self.now.0 / 1000) as i64
    }

    /// The links and what is on its way.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The rules on the lamps.
    pub fn invariants(&self) -> &Invariants {
        &self.invariants
    }

    /// All machines in a fixed order: controller, brokers, clients.
    pub fn machines(&self) -> impl Iterator<Item = (NodeId, &Machine)> {
        self.machines.iter().map(|(id, machine)| (*id, machine))
    }

    /// One machine.
    pub fn machine(&self, node: NodeId) -> Option<&Machine> {
        self.machines.get(&node)
    }

    /// The controller.
    pub fn controller(&self) -> &Controller {
        match self
            .machines
            .get(&NodeId::Controller)
            .map(|machine| &machine.process)
        {
            Some(Process::Controller(controller)) => controller,
            _ => unreachable!("every world has a controller"),
        }
    }

    /// A broker, running or not.
    pub fn broker(&self, id: BrokerId) -> Option<&Broker> {
        match &self.machines.get(&NodeId::Broker(id))?.process {
            Process::Broker(broker) => Some(broker),
            _ => None,
        }
    }

    /// All brokers, running or not.
    pub fn brokers(&self) -> impl Iterator<Item = (BrokerId, &Broker)> {
        self.machines
            .iter()
            .filter_map(|(node, machine)| match (node, &machine.process) {
                (NodeId::Broker(id), Process::Broker(broker)) => Some((*id, &**broker)),
                _ => None,
            })
    }

    /// A client's number by its name.
    pub fn client(&self, name: &str) -> Option<ClientId> {
        self.clients.get(name).copied()
    }

    /// A client's name.
    pub fn client_name(&self, id: ClientId) -> Option<&str> {
        self.clients
            .iter()
            .find(|(_, other)| **other == id)
            .map(|(name, _)| name.as_str())
    }

    /// What a producer writes by itself, while it does.
    pub fn workload(&self, producer: ClientId) -> Option<&Workload> {
        let (running, _) = self.workloads.get(&producer)?;
        Some(running.workload())
    }

    /// Whether a client is a consumer whose application polls again and again.
    pub fn is_polling(&self, client: ClientId) -> bool {
        let machine = self.machine(NodeId::Client(client));
        matches!(
            machine.map(|machine| &machine.process),
            Some(Process::Consumer(consumer)) if consumer.is_polling()
        )
    }

    fn add_machine(&mut self, node: NodeId, process: Process) {
        self.machines.insert(node, Machine::new(process));
    }

    fn machine_mut(&mut self, node: NodeId) -> &mut Machine {
        self.machines
            .get_mut(&node)
            .expect("items are scheduled for existing machines only")
    }

    fn schedule_input(&mut self, at: SimTime, node: NodeId, input: Input, causes: Vec<EventId>) {
        self.queue.push(
            at,
            Scheduled::Input {
                node,
                input,
                causes,
            },
        );
    }

    fn begin_step(&mut self) -> StepInProgress {
        let id = self.next_step;
        self.next_step = StepId(id.0 + 1);
        StepInProgress {
            step: Step {
                id,
                at: self.now,
                events: Vec::new(),
            },
        }
    }

    fn finish_step(&mut self, mut step: StepInProgress) -> Step {
        let broken = self.invariants.check(&step.step.events, &self.machines);
        for (rule, causes) in broken {
            step.push(None, causes, EventKind::RuleBroken(rule));
        }
        step.step
    }
}
