//! What Kafka says against an order, and which property that is about.

use highwater_engine::kafka::client::call::CallResult;
use highwater_engine::kafka::client::exception::ClientException;
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::{Command, CommandRejected};
use highwater_engine::sim::event::EventKind;
use highwater_engine::sim::world::World;

/// How many steps an answer may take until it counts as not coming.
const ANSWER_STEPS_MAX: usize = 4000;
/// The property of a complaint about a setting: its words name which.
pub const SETTINGS: &str = "settings";

/// The property that Kafka complains about, nothing if it isn't one; and what it says.
pub type Complaint = (&'static str, String);

/// What Kafka would say against `commands`, given at `at`: tried on a copy of the world, in which
/// the last command's answer is waited for.
pub fn complaint(world: &World, commands: &[Command], at: SimTime) -> Option<Complaint> {
    let mut trial = world.clone();
    let mut awaited = None;
    for command in commands {
        match trial.apply(command.clone(), at) {
            Ok(applied) => awaited = applied.call,
            Err(rejected) => return Some(rejection(&rejected)),
        }
    }
    // Only the admin client's answers come by themselves.
    let is_asked =
        |command: &Command| matches!(command, Command::Call { client, .. } if client == "admin");
    let awaited = awaited.filter(|_| commands.last().is_some_and(is_asked))?;
    for _ in 0..ANSWER_STEPS_MAX {
        for event in trial.step()?.events {
            let EventKind::Kafka(KafkaEvent::CallReturned { call, result }) = event.kind else {
                continue;
            };
            if call == awaited {
                return complaint_of(result);
            }
        }
    }
    None
}

/// Kafka's complaint in an answer, if it is one.
pub fn complaint_of(result: CallResult) -> Option<Complaint> {
    let exception = match result {
        CallResult::Threw(exception) => exception,
        CallResult::ElectLeaders(answers) => answers.into_iter().find_map(|(_, it)| it)?,
        _ => return None,
    };
    Some((property_of(&exception), exception.message))
}

/// Why a command was not carried out.
pub fn rejection(rejected: &CommandRejected) -> Complaint {
    let property = match rejected {
        CommandRejected::Refused(exception) => property_of(exception),
        _ => "",
    };
    (property, rejected.to_string())
}

/// What an exception is about, by its class; where the class says nothing, its cause's.
fn property_of(exception: &ClientException) -> &'static str {
    match exception.class.as_str() {
        "InvalidReplicationFactorException" => "replication.factor",
        "InvalidPartitionsException" => "partitions",
        "InvalidTopicException" | "TopicExistsException" => "topic",
        "InvalidGroupIdException" => "group.id",
        "InvalidConfigurationException" | "ConfigException" => SETTINGS,
        // The only one that names no setting, though it is about one.
        "IllegalArgumentException" if exception.message.starts_with("Heartbeat ") => {
            "heartbeat.interval.ms"
        }
        _ => exception.cause.as_deref().map_or("", property_of),
    }
}
