//! Runs of random commands: a small cluster at work, and what is done to it.

use highwater_engine::kafka::client::call::{ClientCall, ProducerRecord};
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, CallId, TopicName, TopicPartition};
use highwater_engine::kafka::message::ElectionType;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::event::Event;
use highwater_engine::sim::scenario::{Scenario, TimedCommand};
use highwater_engine::sim::timeline::Timeline;
use proptest::prelude::*;

/// A command, so many milliseconds after the one before it.
#[derive(Clone, Debug)]
pub struct Given {
    after_ms: u64,
    command: Command,
}

/// When the first random command is given.
const FIRST_MS: u64 = 3500;
/// How long a run goes on after the last command.
const REST_MS: u64 = 4000;
/// How long a healed cluster gets: sends give up after `delivery.timeout.ms`, 20 s here.
const CONVALESCENCE_MS: u64 = 45_000;

const CLUSTER: &str = r#"{ "version": 1, "commands": [
    { "at_ms": 2500, "do": { "call": { "client": "admin", "method": { "create_topic": {
        "topic": "orders", "assignment": [[1, 2, 3], [2, 3, 1]],
        "config": { "min.insync.replicas": "2" } } } } } },
    { "at_ms": 2600, "do": { "add_producer": { "name": "checkout", "config": {
        "request.timeout.ms": "8000", "delivery.timeout.ms": "20000" } } } },
    { "at_ms": 2600, "do": { "add_consumer": { "name": "billing", "config": {
        "group.id": "billing", "auto.offset.reset": "earliest" } } } },
    { "at_ms": 2600, "do": { "call": { "client": "billing", "method": {
        "subscribe": { "topics": ["orders"] } } } } },
    { "at_ms": 2600, "do": { "call": { "client": "billing", "method": "start_polling" } } },
    { "at_ms": 3000, "do": { "start_workload": { "producer": "checkout", "workload": {
        "topic": "orders", "keys": ["alice", "bob", "carol"], "interval_ms": 170 } } } } ],
    "cluster": { "broker_start_ms": 300, "config": {
        "broker.session.timeout.ms": "3000", "broker.heartbeat.interval.ms": "1000",
        "replica.lag.time.max.ms": "3000", "group.initial.rebalance.delay.ms": "0" } } }"#;

/// Up to eight commands within some ten seconds.
pub fn something() -> impl Strategy<Value = Vec<Given>> {
    let given = (0_u64..2500, command());
    let given = given.prop_map(|(after_ms, command)| Given { after_ms, command });
    prop::collection::vec(given, 1..9)
}

fn broker() -> impl Strategy<Value = BrokerId> {
    (1_u32..4).prop_map(BrokerId)
}

fn ends() -> impl Strategy<Value = [Endpoint; 2]> {
    let end = prop_oneof![
        4 => broker().prop_map(Endpoint::Broker),
        1 => Just(Endpoint::Controller),
        1 => Just(Endpoint::Client("checkout".to_owned())),
        1 => Just(Endpoint::Client("billing".to_owned())),
    ];
    [end.clone(), end]
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        3 => broker().prop_map(|broker| Command::CrashBroker { broker }),
        2 => broker().prop_map(|broker| Command::StopBroker { broker }),
        4 => broker().prop_map(|broker| Command::StartBroker { broker }),
        2 => broker().prop_map(|broker| Command::PauseBroker { broker }),
        2 => broker().prop_map(|broker| Command::ResumeBroker { broker }),
        3 => ends().prop_map(|between| Command::CutLink { between }),
        2 => ends().prop_map(|between| Command::HealLink { between }),
        1 => (ends(), 0_u64..800)
            .prop_map(|(between, extra_ms)| Command::DelayLink { between, extra_ms }),
        2 => "[a-d]".prop_map(|key| send(&key)),
        1 => Just(call("admin", ClientCall::ElectLeaders {
            election_type: ElectionType::Preferred,
            partitions: vec![orders(0), orders(1)],
        })),
    ]
}

fn call(client: &str, method: ClientCall) -> Command {
    Command::Call {
        client: client.to_owned(),
        method,
    }
}

fn send(key: &str) -> Command {
    let record = ProducerRecord {
        topic: TopicName::new("orders"),
        partition: None,
        key: Some(key.to_owned().into()),
        value: None,
        headers: Vec::new(),
        timestamp_ms: None,
    };
    call("checkout", ClientCall::Send(record))
}

/// Partition `number` of `orders`.
pub fn orders(number: u32) -> TopicPartition {
    TopicPartition::new(&TopicName::new("orders"), number)
}

fn base() -> Scenario {
    Scenario::from_json(CLUSTER).expect("the cluster is well formed")
}

/// The cluster at work, right before the first random command.
pub fn start() -> Timeline {
    let mut timeline = Timeline::new(base()).expect("playable");
    timeline.run_until(SimTime(FIRST_MS * 1000), usize::MAX);
    timeline
}

/// The run as a scenario. What makes no sense at its moment is skipped there.
pub fn scenario(given: &[Given]) -> Scenario {
    let mut scenario = base();
    let mut at_ms = FIRST_MS;
    for one in given {
        at_ms += one.after_ms;
        let at = SimTime(at_ms * 1000);
        let timed = TimedCommand::recorded(at, None, one.command.clone());
        scenario.commands.push(timed);
    }
    scenario
}

/// The last moment of a run.
pub fn end_ms(given: &[Given]) -> SimTime {
    let last: u64 = given.iter().map(|one| one.after_ms).sum();
    SimTime((FIRST_MS + last + REST_MS) * 1000)
}

/// Gives the commands by hand, each at its moment; those that are rejected change nothing.
pub fn give_all(timeline: &mut Timeline, given: &[Given]) {
    for one in given {
        let at = SimTime(timeline.world().now().0 + one.after_ms * 1000);
        timeline.run_until(at, usize::MAX);
        let now = timeline.world().now();
        drop(timeline.apply(one.command.clone(), now));
    }
    let end = SimTime(timeline.world().now().0 + REST_MS * 1000);
    timeline.run_until(end, usize::MAX);
}

/// The same, and then everything is put right and left alone.
pub fn healed(mut given: Vec<Given>) -> Vec<Given> {
    let brokers = (1..4).map(BrokerId);
    let mut nodes: Vec<Endpoint> = brokers.clone().map(Endpoint::Broker).collect();
    nodes.push(Endpoint::Controller);
    nodes.extend(["checkout", "billing"].map(|name| Endpoint::Client(name.to_owned())));
    let mut commands = Vec::new();
    for (index, one) in nodes.iter().enumerate() {
        for other in &nodes[index + 1..] {
            let between = [one.clone(), other.clone()];
            commands.push(Command::HealLink {
                between: between.clone(),
            });
            commands.push(Command::DelayLink {
                between,
                extra_ms: 0,
            });
        }
    }
    for broker in brokers {
        commands.push(Command::ResumeBroker { broker });
        commands.push(Command::StartBroker { broker });
    }
    let put_right = commands.into_iter().map(|command| Given {
        after_ms: 0,
        command,
    });
    given.extend(put_right);
    // A broker that was still on its way down is started once it is.
    given.extend((1..4).map(|id| Given {
        after_ms: 5000,
        command: Command::StartBroker {
            broker: BrokerId(id),
        },
    }));
    let stop = Command::StopWorkload {
        producer: "checkout".to_owned(),
    };
    given.push(Given {
        after_ms: 1000,
        command: stop,
    });
    given.push(Given {
        after_ms: CONVALESCENCE_MS,
        command: call(
            "admin",
            ClientCall::ElectLeaders {
                election_type: ElectionType::Preferred,
                partitions: vec![orders(0)],
            },
        ),
    });
    given
}

/// The call of a `send` that got into the accumulator.
pub fn call_of(event: &Event) -> Option<CallId> {
    match event.kafka() {
        Some(KafkaEvent::RecordQueued { call, .. }) => Some(*call),
        _ => None,
    }
}
