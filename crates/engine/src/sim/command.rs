//! What a person can do to a world: the only way to influence a run from outside.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kafka::client::call::ClientCall;
use crate::kafka::client::exception::ClientException;
use crate::kafka::ids::{BrokerId, EventId, NodeId};
use crate::sim::workload::Workload;
use crate::sorted::SortedMap;

/// A command. Accepted ones are in the journal; rejected ones change nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Command {
    /// Kills a broker's process: `kill -9`. What it wrote stays on its disk.
    CrashBroker { broker: BrokerId },
    /// Cuts the power of a broker's machine: what was not flushed to its disk is lost, too.
    CutPower { broker: BrokerId },
    /// Stops a broker in good order: SIGTERM, a controlled shutdown.
    StopBroker { broker: BrokerId },
    /// Starts a broker that is down, on its old disk.
    StartBroker { broker: BrokerId },
    /// Lets a broker's process stand still.
    PauseBroker { broker: BrokerId },
    /// Lets a paused broker go on.
    ResumeBroker { broker: BrokerId },
    /// Cuts the link between two nodes, in both directions.
    CutLink { between: [Endpoint; 2] },
    /// Heals a cut link; what waited on it arrives.
    HealLink { between: [Endpoint; 2] },
    /// Makes a link slower by so many milliseconds in each direction; 0 takes that back.
    DelayLink {
        between: [Endpoint; 2],
        extra_ms: u64,
    },
    /// Stops one message where it is, until it is released.
    HoldMessage { sent: EventId },
    /// Lets a held message go on.
    ReleaseMessage { sent: EventId },
    /// Loses one message, and with it the connection that carries it.
    DropMessage { sent: EventId },
    /// Starts a producer under a name, with settings as for Kafka's own.
    AddProducer {
        name: String,
        #[serde(default)]
        config: SortedMap<String, String>,
    },
    /// Starts a consumer under a name, with settings as for Kafka's own.
    AddConsumer {
        name: String,
        #[serde(default)]
        config: SortedMap<String, String>,
    },
    /// Kills a client's process: no close, no commit, no leave.
    CrashClient { client: String },
    /// Lets a client's process stand still.
    PauseClient { client: String },
    /// Lets a paused client go on.
    ResumeClient { client: String },
    /// Calls a method of a client; `admin` is always there.
    Call { client: String, method: ClientCall },
    /// Lets a producer write records by itself, in place of an earlier order of this kind.
    StartWorkload {
        producer: String,
        workload: Workload,
    },
    /// Ends that.
    StopWorkload { producer: String },
}

/// A node as a person names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// The controller.
    Controller,
    /// A broker by its id.
    Broker(BrokerId),
    /// A client by its name.
    Client(String),
}

/// Why a command was not carried out, as a sentence for the person who gave it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandRejected {
    /// There is no such broker.
    NoSuchBroker {
        broker: BrokerId,
        brokers: Vec<BrokerId>,
    },
    /// There is no client of that name.
    NoSuchClient { client: String },
    /// The name is taken.
    ClientExists { client: String },
    /// The node is not in a state in which that makes sense.
    WrongState {
        node: NodeId,
        is: &'static str,
        needs: &'static str,
    },
    /// The message has arrived, or was never sent.
    NotOnItsWay,
    /// Nobody holds the message.
    NotHeld,
    /// The client is of another kind: a consumer can't send.
    NotAProducer { client: String },
    /// Kafka refuses the settings.
    Refused(ClientException),
    /// A link needs two different ends.
    SameEnds,
    /// The workload makes no sense.
    BadWorkload(&'static str),
    /// A bound of the simulator's own.
    LimitReached { what: &'static str, limit: u64 },
    /// The moment has passed already.
    InThePast,
}

impl fmt::Display for CommandRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CommandRejected::NoSuchBroker { broker, brokers } => {
                let ids: Vec<String> = brokers.iter().map(BrokerId::to_string).collect();
                write!(
                    f,
                    "There is no broker {broker}: this cluster has {}.",
                    ids.join(", ")
                )
            }
            CommandRejected::NoSuchClient { client } => {
                write!(f, "There is no client named “{client}”.")
            }
            CommandRejected::ClientExists { client } => {
                write!(f, "There is a client named “{client}” already.")
            }
            CommandRejected::WrongState { node, is, needs } => {
                write!(f, "The {node} is {is}; for this it must be {needs}.")
            }
            CommandRejected::NotOnItsWay => write!(f, "That message is not on its way."),
            CommandRejected::NotHeld => write!(f, "Nobody holds that message."),
            CommandRejected::NotAProducer { client } => {
                write!(
                    f,
                    "“{client}” is not a producer: only producers write records."
                )
            }
            CommandRejected::Refused(exception) => write!(f, "{exception}"),
            CommandRejected::SameEnds => write!(f, "A link needs two different ends."),
            CommandRejected::BadWorkload(problem) => {
                write!(f, "This workload can't run: {problem}.")
            }
            CommandRejected::LimitReached { what, limit } => {
                write!(f, "This simulator carries at most {limit} {what}.")
            }
            CommandRejected::InThePast => write!(f, "That moment has passed already."),
        }
    }
}
