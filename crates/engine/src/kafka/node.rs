//! What a machine of the cluster is: input in, actions out.
//!
//! A node changes only inside [`Node::handle`], which gets its time, its chance and its way out
//! through a [`Context`] lent for that one call. It has no clock, no queue and no network, and
//! doesn't know that it is simulated.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kafka::client::call::ClientCall;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{CallId, EventId, NodeId, StepId};
use crate::kafka::message::Message;
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::Timer;

/// A machine in the cluster: broker, controller, producer, consumer, admin client.
pub trait Node {
    /// Takes one input and answers into the context's outbox; the only way a node changes.
    fn handle(&mut self, input: Input, cx: &mut Context<'_>);
}

/// What a node can be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// The process starts, with what its disk kept. The first input of every incarnation.
    Start,
    /// The process is asked to end in good order: SIGTERM.
    Terminate,
    /// A message arrived.
    Receive {
        /// Who sent it.
        from: NodeId,
        /// What it says.
        message: Arc<Message>,
    },
    /// The connection to `peer` broke or was refused: what was asked of it will not be answered.
    Disconnected {
        /// The other end.
        peer: NodeId,
        /// Whether there never was a connection: nobody listened.
        is_refused: bool,
    },
    /// A timer that the node set went off.
    Timeout(Timer),
    /// The application calls a method of its client.
    Call {
        /// Names this call; its return is a [`KafkaEvent::CallReturned`] with the same id.
        call: CallId,
        /// The method and its arguments.
        method: ClientCall,
    },
}

/// Chance, lent to a node for the length of one `handle`.
pub trait Chance {
    /// A number in `0..bound`, each equally likely. `bound` is at least 1.
    fn below(&mut self, bound: u64) -> u64;
}

/// What a node may do: the only way out.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Sends a message; an event of its own, so that the delivery can name it as its cause.
    Send {
        /// To whom.
        to: NodeId,
        /// What.
        message: Arc<Message>,
        /// Causes besides the step's own input.
        causes: Vec<EventId>,
    },
    /// Lets `timer` go off after that long; replaces it if it was set.
    SetTimer {
        /// Which one.
        timer: Timer,
        /// How long from now.
        after: SimDuration,
    },
    /// Forgets `timer`, if it was set.
    CancelTimer(Timer),
    /// Says that something happened.
    Emit {
        /// What happened.
        event: KafkaEvent,
        /// Causes besides the step's own input.
        causes: Vec<EventId>,
        /// A node whose silence is a cause: the world knows what kept it silent.
        silent: Option<NodeId>,
    },
    /// Closes the connection to `peer`, which will see it as broken.
    CloseConnection {
        /// The other end.
        peer: NodeId,
    },
    /// Waits for no answer of `peer` any more: what was asked of it and still hangs on the way is lost.
    Abandon {
        /// The other end.
        peer: NodeId,
    },
    /// The process ends by itself, after a controlled shutdown or a close.
    Exit,
}

/// Lent to a node while it handles one input: the present, chance, and the way out.
pub struct Context<'a> {
    now: SimTime,
    timestamp_ms: i64,
    step: StepId,
    chance: &'a mut dyn Chance,
    actions: Vec<Action>,
    next_index: u32,
}

impl<'a> Context<'a> {
    /// A context for the step `step` at `now`, when the clocks of the cluster show
    /// `timestamp_ms` milliseconds since 1970.
    pub fn new(
        now: SimTime,
        timestamp_ms: i64,
        step: StepId,
        chance: &'a mut dyn Chance,
    ) -> Context<'a> {
        Context {
            now,
            timestamp_ms,
            step,
            chance,
            actions: Vec::new(),
            next_index: 1,
        }
    }

    /// Sends `message` to `to`, because of this step's input.
    pub fn send(&mut self, to: NodeId, message: Message) -> EventId {
        self.send_because(to, message, &[])
    }

    /// Sends `message` to `to`, because of this step's input and `causes`.
    pub fn send_because(&mut self, to: NodeId, message: Message, causes: &[EventId]) -> EventId {
        let action = Action::Send {
            to,
            message: Arc::new(message),
            causes: causes.to_vec(),
        };
        self.push_event(action)
    }

    /// Says that `event` happened, because of this step's input.
    pub fn emit(&mut self, event: KafkaEvent) -> EventId {
        self.emit_because(event, &[])
    }

    /// Says that `event` happened, because of this step's input and `causes`.
    pub fn emit_because(&mut self, event: KafkaEvent, causes: &[EventId]) -> EventId {
        self.push_event(Action::Emit {
            event,
            causes: causes.to_vec(),
            silent: None,
        })
    }

    /// Says that `event` happened because `silent` was not heard of since `causes`.
    ///
    /// A node can't know why another is silent; the world adds that to the causes.
    pub fn emit_because_silent(
        &mut self,
        event: KafkaEvent,
        causes: &[EventId],
        silent: NodeId,
    ) -> EventId {
        self.push_event(Action::Emit {
            event,
            causes: causes.to_vec(),
            silent: Some(silent),
        })
    }

    /// Lets `timer` go off `after` from now, in place of an earlier setting of it.
    pub fn set_timer(&mut self, timer: Timer, after: SimDuration) {
        self.actions.push(Action::SetTimer { timer, after });
    }

    /// Lets `timer` fire again after `period`. A period of 0 means: it was this once only.
    ///
    /// Kafka 4.3.1: `KafkaScheduler#schedule`.
    pub fn repeat_timer(&mut self, timer: Timer, period: SimDuration) {
        if period > SimDuration::ZERO {
            self.set_timer(timer, period);
        }
    }

    /// Forgets `timer`.
    pub fn cancel_timer(&mut self, timer: Timer) {
        self.actions.push(Action::CancelTimer(timer));
    }

    /// Closes the connection to `peer`: what it asked on it will not be answered.
    pub fn close_connection(&mut self, peer: NodeId) {
        self.actions.push(Action::CloseConnection { peer });
    }

    /// Closes the connection to `peer` that this node opened: what it asked there and still hangs on
    /// the way is lost.
    pub fn abandon(&mut self, peer: NodeId) {
        self.actions.push(Action::Abandon { peer });
    }

    /// Ends this process.
    pub fn exit(&mut self) {
        self.actions.push(Action::Exit);
    }

    /// The present.
    pub fn now(&self) -> SimTime {
        self.now
    }

    /// What the clock of this machine shows: milliseconds since 1970, for record timestamps.
    pub fn timestamp_ms(&self) -> i64 {
        self.timestamp_ms
    }

    /// The node's own chance.
    pub fn chance(&mut self) -> &mut dyn Chance {
        self.chance
    }

    /// The event that is this step's input, to be kept as a cause of what comes of it later.
    pub fn input_event(&self) -> EventId {
        EventId {
            step: self.step,
            index: 0,
        }
    }

    /// What the node did, in order.
    pub fn into_actions(self) -> Vec<Action> {
        self.actions
    }

    fn push_event(&mut self, action: Action) -> EventId {
        let id = EventId {
            step: self.step,
            index: self.next_index,
        };
        self.next_index += 1;
        self.actions.push(action);
        id
    }
}
