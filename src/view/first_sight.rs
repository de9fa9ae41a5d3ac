//! The cluster that a visitor sees first.
//!
//! It is a scenario like others, in `scenarios/first-sight.json`. The page has it ready made: so it needs
//! no reader of JSON before the first picture.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::config::Properties;
use highwater_engine::kafka::ids::{BrokerId, TopicName};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::scenario::{ClusterConfig, Scenario, TimedCommand, VERSION};
use highwater_engine::sim::workload::Workload;

/// The scenario as text.
pub const TEXT: &str = include_str!("../../scenarios/first-sight.json");

const KEYS: [&str; 9] = [
    "alice", "bob", "grace", "dave", "frank", "heidi", "carol", "erin", "ivan",
];

/// The scenario.
pub fn scenario() -> Scenario {
    let topic = || TopicName::new("orders");
    let mut commands = vec![
        at(2500, call("admin", create(topic()))),
        at(2600, add_producer("checkout")),
    ];
    for name in ["consumer-1", "consumer-2"] {
        let topics = vec![topic()];
        commands.extend([
            at(2600, add_consumer(name)),
            at(2600, call(name, ClientCall::Subscribe { topics })),
            at(2600, call(name, ClientCall::StartPolling)),
        ]);
    }
    let workload = Workload {
        topic: topic(),
        keys: KEYS.map(str::to_owned).to_vec(),
        interval_ms: 90,
        count: None,
    };
    let producer = "checkout".to_owned();
    commands.push(at(2700, Command::StartWorkload { producer, workload }));
    Scenario {
        version: VERSION,
        name: "A small healthy cluster".to_owned(),
        seed: 7,
        cluster: ClusterConfig {
            brokers: 3,
            config: settings(&[("group.initial.rebalance.delay.ms", "0")]),
            ..ClusterConfig::default()
        },
        commands,
    }
}

fn at(ms: u64, command: Command) -> TimedCommand {
    TimedCommand::recorded(SimTime(ms * 1000), None, command)
}

fn settings(named: &[(&str, &str)]) -> Properties {
    let owned = named
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}

fn call(client: &str, method: ClientCall) -> Command {
    Command::Call {
        client: client.to_owned(),
        method,
    }
}

fn create(topic: TopicName) -> ClientCall {
    ClientCall::CreateTopic {
        topic,
        partitions: None,
        replication_factor: None,
        assignment: Some(
            [[3, 1, 2], [1, 2, 3], [2, 3, 1]]
                .map(|it| it.map(BrokerId).to_vec())
                .to_vec(),
        ),
        config: settings(&[("min.insync.replicas", "2")]),
    }
}

fn add_producer(name: &str) -> Command {
    Command::AddProducer {
        name: name.to_owned(),
        config: Properties::default(),
    }
}

fn add_consumer(name: &str) -> Command {
    Command::AddConsumer {
        name: name.to_owned(),
        config: settings(&[
            ("group.id", "billing"),
            ("auto.offset.reset", "earliest"),
            ("auto.commit.interval.ms", "1000"),
        ]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sight_is_the_scenario_of_its_file() {
        assert_eq!(Scenario::from_json(TEXT), Ok(scenario()));
    }
}
