//! What happened in the world: each event with its id, its causes, its time, its node and a
//! typed kind, from which text, "why", lamps, transcript and tests are all derived.

use std::sync::Arc;

use serde::Serialize;

use crate::kafka::client::call::ClientCall;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, CallId, EventId, NodeId, StepId};
use crate::kafka::message::Message;
use crate::kafka::time::SimTime;
use crate::kafka::timer::Timer;
use crate::sim::command::{Command, CommandRejected};
use crate::sim::invariant::BrokenRule;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// Its step, and its place in it.
    pub id: EventId,
    /// When.
    pub at: SimTime,
    /// Where; none for what concerns the world as a whole.
    pub node: Option<NodeId>,
    /// The events without which it would not have happened.
    pub causes: Vec<EventId>,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// A person, or a scenario in a person's place, gave a command.
    CommandGiven(Command),
    /// A scenario's command could not be carried out.
    CommandRejected {
        command: Command,
        reason: CommandRejected,
    },
    /// A process started.
    ProcessStarted,
    /// A process was killed: SIGKILL.
    ProcessCrashed,
    /// A process was asked to end: SIGTERM.
    ProcessTerminating,
    /// A process ended by itself.
    ProcessExited,
    /// A process stands still: SIGSTOP, or a very long garbage collection.
    ProcessPaused,
    /// A process goes on.
    ProcessResumed,
    /// A link carries nothing any more.
    LinkCut { between: [NodeId; 2] },
    /// A link carries messages again.
    LinkHealed { between: [NodeId; 2] },
    /// A link got slower by so many microseconds in each direction.
    LinkDelayed { between: [NodeId; 2], extra_us: u64 },
    /// A node sent a message.
    MessageSent { to: NodeId, message: Arc<Message> },
    /// A node received a message.
    MessageReceived { from: NodeId, message: Arc<Message> },
    /// A message waits: at a cut link, or because a person holds it or one before it.
    MessageHeld { from: NodeId, to: NodeId },
    /// A person lets a held message go on.
    MessageReleased { from: NodeId, to: NodeId },
    /// Something reached a process that stands still, and waits for it to go on.
    InputWaits(Box<EventKind>),
    /// Something was meant for a process that isn't there.
    InputLost(Box<EventKind>),
    /// A message reached a process that isn't there, or its connection broke under it.
    MessageLost { from: NodeId, to: NodeId },
    /// A message was meant for a process that was not there when it was sent.
    MessageRefused { from: NodeId, to: NodeId },
    /// A node learnt that `peer` takes no connection.
    ConnectionRefused { peer: NodeId },
    /// A node learnt that its connection to `peer` is broken.
    ConnectionBroken { peer: NodeId },
    /// A timer went off.
    TimerFired(Timer),
    /// An application called a method of its client.
    CallMade { call: CallId, method: ClientCall },
    /// A broker's next heartbeat was due, and it could not send it.
    HeartbeatMissed { broker: BrokerId },
    /// One of the rules on the lamps was broken.
    RuleBroken(BrokenRule),
    /// Something happened in a node.
    Kafka(KafkaEvent),
}

impl Event {
    /// What happened inside Kafka, if it is that sort of event.
    pub fn kafka(&self) -> Option<&KafkaEvent> {
        match &self.kind {
            EventKind::Kafka(event) => Some(event),
            _ => None,
        }
    }
}

/// One input handled by one node, with all that came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// When.
    pub at: SimTime,
    /// What happened, the input first.
    pub events: Vec<Event>,
}
