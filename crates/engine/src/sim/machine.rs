//! The machines of a world: one process each, running, standing still or down.

use serde::Serialize;

use crate::kafka::broker::Broker;
use crate::kafka::client::admin::Admin;
use crate::kafka::client::consumer::Consumer;
use crate::kafka::client::producer::Producer;
use crate::kafka::controller::Controller;
use crate::kafka::ids::EventId;
use crate::kafka::node::{Context, Input, Node};
use crate::kafka::timer::Timer;
use crate::sim::queue::QueueKey;
use crate::sorted::SortedMap;

/// What runs on a machine.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Process {
    /// The active controller.
    Controller(Box<Controller>),
    /// A broker.
    Broker(Box<Broker>),
    /// A producer.
    Producer(Box<Producer>),
    /// A consumer.
    Consumer(Box<Consumer>),
    /// The admin client.
    Admin(Box<Admin>),
}

impl Node for Process {
    fn handle(&mut self, input: Input, cx: &mut Context<'_>) {
        match self {
            Process::Controller(node) => node.handle(input, cx),
            Process::Broker(node) => node.handle(input, cx),
            Process::Producer(node) => node.handle(input, cx),
            Process::Consumer(node) => node.handle(input, cx),
            Process::Admin(node) => node.handle(input, cx),
        }
    }
}

/// Whether a process can be told anything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Status {
    /// It handles what comes.
    /// Then: crashed or ended ⇒ `Down`; paused ⇒ `Paused`.
    Running,
    /// It stands still; what comes waits, each with the event that brought it.
    /// Then: resumed ⇒ `Running`; crashed ⇒ `Down`.
    Paused {
        by: EventId,
        backlog: Vec<(Input, EventId)>,
    },
    /// The process is being started and can't be told anything yet.
    /// Then: `Input::Start` ⇒ `Running`.
    Starting,
    /// There is no process.
    /// Then: started ⇒ `Starting`.
    Down { by: EventId },
}

impl Status {
    /// Whether there is a process to be killed.
    pub fn has_process(&self) -> bool {
        matches!(self, Status::Running | Status::Paused { .. })
    }

    /// Whether it handles what comes.
    pub fn is_running(&self) -> bool {
        *self == Status::Running
    }

    /// Whether it stands still.
    pub fn is_paused(&self) -> bool {
        matches!(self, Status::Paused { .. })
    }

    /// Whether there is no process, and none is being started.
    pub fn is_down(&self) -> bool {
        matches!(self, Status::Down { .. })
    }

    /// Whether something told now will be heard, now or later.
    pub fn accepts_input(&self) -> bool {
        !self.is_down()
    }

    /// The event that ended the process.
    pub fn down_by(&self) -> Option<EventId> {
        match self {
            Status::Down { by } => Some(*by),
            _ => None,
        }
    }

    /// In one word, for a person.
    pub fn word(&self) -> &'static str {
        match self {
            Status::Running => "running",
            Status::Paused { .. } => "paused",
            Status::Starting => "starting",
            Status::Down { .. } => "down",
        }
    }
}

/// A machine: its process with the timers it has set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Machine {
    /// What runs on it.
    pub process: Process,
    /// Whether it runs.
    pub status: Status,
    /// How many processes have ended here.
    pub incarnation: u32,
    /// Where its timers stand in the world's queue.
    pub timers: SortedMap<Timer, QueueKey>,
}

impl Machine {
    /// A machine whose process has not started yet.
    pub fn new(process: Process) -> Machine {
        Machine {
            process,
            status: Status::Starting,
            incarnation: 0,
            timers: SortedMap::new(),
        }
    }

    /// Whether its process runs.
    pub fn is_running(&self) -> bool {
        self.status.is_running()
    }

    /// Drops everything that only lived in the process.
    pub fn power_off(&mut self) {
        match &mut self.process {
            Process::Broker(broker) => broker.power_off(),
            Process::Producer(producer) => producer.power_off(),
            Process::Consumer(consumer) => consumer.power_off(),
            // These forget when they are started: until then one may look at what they knew.
            Process::Controller(_) | Process::Admin(_) => {}
        }
    }
}
