//! What a person wants, as commands: for each verb of the page those that carry it out.

mod done;

pub use done::done;

use highwater_engine::kafka::client::call::{CallResult, ClientCall, ProducerRecord};
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, TopicName, TopicPartition};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::event::EventKind;
use highwater_engine::sim::workload::Workload;
use highwater_engine::sim::world::World;
use highwater_engine::sorted::SortedMap;

use crate::view::project::YOUR_PRODUCER;

/// The keys that a producer writes by itself.
const KEYS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
/// How often it does, in milliseconds.
const WRITE_EVERY_MS: u64 = 90;

/// How many steps an answer may take until it counts as not coming.
const ANSWER_STEPS_MAX: usize = 4000;

/// Settings from names and values.
pub fn settings<const N: usize>(pairs: [(&str, &str); N]) -> SortedMap<String, String> {
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// A call of a client's method.
pub fn call(client: &str, method: ClientCall) -> Command {
    Command::Call {
        client: client.to_owned(),
        method,
    }
}

/// A partition of a topic.
pub fn partition_of(topic: &str, number: u32) -> TopicPartition {
    TopicPartition::new(&TopicName(topic.into()), number)
}

/// Lets a producer send a record; without a name one of the visitor's own, for these `acks`.
pub fn produce(
    world: &World,
    client: Option<&str>,
    acks: &str,
    record: ProducerRecord,
) -> Vec<Command> {
    let mut commands = Vec::new();
    let own = [YOUR_PRODUCER, "acks-", acks].concat();
    let name = client.unwrap_or(&own);
    if world.client(name).is_none() {
        commands.push(Command::AddProducer {
            name: name.to_owned(),
            config: settings([("acks", acks)]),
        });
    }
    commands.push(call(name, ClientCall::Send(record)));
    commands
}

/// A name that no client has yet: `consumer-2`.
pub fn free_name(world: &World, stem: &str) -> String {
    let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = stem.trim_end_matches('-');
    let mut number = 1;
    loop {
        let name = format!("{stem}-{number}");
        if world.client(&name).is_none() {
            return name;
        }
        number += 1;
    }
}

/// Starts a consumer with these settings that reads the topic.
pub fn consume(name: &str, config: SortedMap<String, String>, topic: &str) -> Vec<Command> {
    let topics = vec![TopicName(topic.into())];
    vec![
        Command::AddConsumer {
            name: name.to_owned(),
            config,
        },
        call(name, ClientCall::Subscribe { topics }),
        call(name, ClientCall::StartPolling),
    ]
}

/// Heals the link between a broker and another one, or the controller.
pub fn heal(broker: u32, other: Option<u32>) -> Command {
    let other = other.map_or(Endpoint::Controller, |id| Endpoint::Broker(BrokerId(id)));
    Command::HealLink {
        between: [Endpoint::Broker(BrokerId(broker)), other],
    }
}

/// Lets a producer write to the topic by itself.
pub fn write_by_itself(name: &str, topic: &str) -> Command {
    Command::StartWorkload {
        producer: name.to_owned(),
        workload: Workload {
            topic: TopicName(topic.into()),
            keys: KEYS.map(str::to_owned).to_vec(),
            interval_ms: WRITE_EVERY_MS,
            count: None,
        },
    }
}

/// Starts a member of a group that reads the topic from its start.
pub fn join(world: &World, group: &str, topic: &str) -> Vec<Command> {
    let config = settings([
        ("group.id", group),
        ("auto.offset.reset", "earliest"),
        ("auto.commit.interval.ms", "1000"),
    ]);
    consume(&free_name(world, "consumer"), config, topic)
}

/// What Kafka would say against `commands`, given at `at`: tried on a copy of the world, in which
/// the last command's answer is waited for.
pub fn complaint(world: &World, commands: &[Command], at: SimTime) -> Option<String> {
    let mut trial = world.clone();
    let mut awaited = None;
    for command in commands {
        match trial.apply(command.clone(), at) {
            Ok(applied) => awaited = applied.call,
            Err(rejected) => return Some(rejected.to_string()),
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
pub fn complaint_of(result: CallResult) -> Option<String> {
    match result {
        CallResult::Threw(exception) => Some(exception.message),
        CallResult::ElectLeaders(answers) => answers
            .into_iter()
            .find_map(|(_, exception)| Some(exception?.message)),
        _ => None,
    }
}
