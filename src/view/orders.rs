//! What a person wants, as commands: for each verb of the page those that carry it out.

mod complaint;
mod done;

pub use complaint::{Complaint, SETTINGS, complaint, complaint_of, rejection};
pub use done::done;

use highwater_engine::kafka::client::call::{ClientCall, ProducerRecord};
use highwater_engine::kafka::ids::{BrokerId, TopicName, TopicPartition};
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::workload::Workload;
use highwater_engine::sim::world::World;
use highwater_engine::sorted::SortedMap;

use crate::view::project::YOUR_PRODUCER;

/// The keys that a producer writes by itself.
const KEYS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
/// How often it does, in milliseconds.
const WRITE_EVERY_MS: u64 = 90;

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
