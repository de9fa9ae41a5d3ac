//! The rules on the lamps: what breaks them, and what doesn't.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::ids::{BrokerId, EventId, NodeId, Offset, TopicName};
use highwater_engine::kafka::message::{Message, Request};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::invariant::{BrokenRule, Rule};
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sorted::SortedMap;

use crate::support::{first_sight_at, give, orders, run_to, send, timeline_of};

/// A producer that gets a name, some of Kafka's settings, and a topic of one partition.
fn producer_with(config: &str) -> Timeline {
    let scenario = format!(
        r#"{{ "version": 1, "cluster": {{ "hop_us": 50000, "hop_jitter_us": 0 }}, "commands": [
            {{ "at_ms": 2500, "do": {{ "call": {{ "client": "admin", "method": {{ "create_topic": {{
                "topic": "orders", "assignment": [[1]] }} }} }} }} }},
            {{ "at_ms": 2600, "do": {{ "add_producer": {{ "name": "checkout", "config": {config} }} }} }}
        ] }}"#
    );
    timeline_of(&scenario, 5000)
}

fn run_for(timeline: &mut Timeline, ms: u64) {
    let now_ms = timeline.world().now().0 / 1000;
    run_to(timeline, now_ms + ms);
}

fn breach(timeline: &Timeline, rule: Rule) -> Option<&BrokenRule> {
    let found = timeline.world().invariants().breach(rule);
    found.map(|(broken, _)| broken)
}

fn produce_requests(timeline: &Timeline) -> Vec<EventId> {
    let flights = timeline.world().network().flights();
    let requests = flights.filter(|flight| {
        matches!(
            &*flight.message,
            Message::Request {
                request: Request::Produce(_),
                ..
            }
        )
    });
    requests.map(|flight| flight.sent).collect()
}

/// Two records of one key in two requests, and the connection breaks under them.
fn lose_two_requests_in_flight(config: &str) -> Timeline {
    let mut timeline = producer_with(config);
    give(&mut timeline, send("checkout", "alice", "warm up"));
    run_for(&mut timeline, 3000);
    give(&mut timeline, send("checkout", "alice", "first"));
    run_for(&mut timeline, 20);
    give(&mut timeline, send("checkout", "alice", "second"));
    run_for(&mut timeline, 20);
    let requests = produce_requests(&timeline);
    assert_eq!(requests.len(), 2, "both are on their way");
    give(&mut timeline, Command::DropMessage { sent: requests[0] });
    run_for(&mut timeline, 10_000);
    timeline
}

/// Kafka 4.3.1: `max.in.flight.requests.per.connection`: more than 1 without idempotence may
/// reorder.
#[test]
fn without_idempotence_a_retry_changes_the_order_of_a_key() {
    let timeline =
        lose_two_requests_in_flight(r#"{ "enable.idempotence": "false", "linger.ms": "0" }"#);
    let broken = breach(&timeline, Rule::KeyOrderKept).expect("the second record went first");
    assert_eq!((&broken.partition, broken.offset), (&orders(0), Offset(2)));
}

#[test]
fn an_idempotent_producer_keeps_the_order_of_a_key() {
    let timeline = lose_two_requests_in_flight(r#"{ "linger.ms": "0" }"#);
    assert_eq!(breach(&timeline, Rule::KeyOrderKept), None);
}

#[test]
fn one_request_at_a_time_keeps_the_order_of_a_key() {
    let config = r#"{ "enable.idempotence": "false", "linger.ms": "0",
        "max.in.flight.requests.per.connection": "1" }"#;
    let mut timeline = producer_with(config);
    for value in ["first", "second", "third"] {
        give(&mut timeline, send("checkout", "alice", value));
        run_for(&mut timeline, 20);
    }
    if let Some(sent) = produce_requests(&timeline).first().copied() {
        give(&mut timeline, Command::DropMessage { sent });
    }
    run_for(&mut timeline, 10_000);
    assert_eq!(breach(&timeline, Rule::KeyOrderKept), None);
}

/// More partitions: a key moves, and its next record may be read before the one before.
#[test]
fn a_key_that_moved_to_another_partition_may_be_read_out_of_order() {
    let mut timeline = producer_with(r#"{ "metadata.max.age.ms": "500" }"#);
    let consumer = Command::AddConsumer {
        name: "reader".to_owned(),
        config: [("auto.offset.reset".to_owned(), "earliest".to_owned())]
            .into_iter()
            .collect(),
    };
    give(&mut timeline, consumer);
    give(&mut timeline, send("checkout", "alice", "before"));
    run_for(&mut timeline, 2000);
    let more = ClientCall::CreatePartitions {
        topic: TopicName::new("orders"),
        total: 4,
        assignment: None,
    };
    call(&mut timeline, "admin", more);
    run_for(&mut timeline, 3000);
    give(&mut timeline, send("checkout", "alice", "after"));
    run_for(&mut timeline, 2000);
    let partitions = (0..4).map(orders).collect();
    call(&mut timeline, "reader", ClientCall::Assign { partitions });
    call(
        &mut timeline,
        "reader",
        ClientCall::Position {
            partition: orders(0),
        },
    );
    run_for(&mut timeline, 2000);
    let partitions = vec![orders(0)];
    call(
        &mut timeline,
        "reader",
        ClientCall::PausePartitions { partitions },
    );
    assert_eq!(breach(&timeline, Rule::KeyOrderKept), None);
    call(&mut timeline, "reader", ClientCall::StartPolling);
    run_for(&mut timeline, 3000);
    let broken = breach(&timeline, Rule::KeyOrderKept).expect("the older one waits in p0");
    assert_eq!((&broken.partition, broken.offset), (&orders(0), Offset(0)));
}

fn call(timeline: &mut Timeline, client: &str, method: ClientCall) {
    let client = client.to_owned();
    give(timeline, Command::Call { client, method });
}

/// Kafka 4.3.1: `session.timeout.ms`: the group goes on without a member that nobody hears.
#[test]
fn a_paused_consumer_whose_session_expired_still_believes_that_it_owns() {
    let mut timeline = first_sight_at(4000);
    let client = "consumer-1".to_owned();
    run_for(&mut timeline, 20_000);
    assert_eq!(breach(&timeline, Rule::OneOwnerEach), None);

    give(
        &mut timeline,
        Command::PauseClient {
            client: client.clone(),
        },
    );
    run_for(&mut timeline, 60_000);
    let broken = breach(&timeline, Rule::OneOwnerEach).expect("consumer-2 has all of them now");
    let owner = timeline.world().client("consumer-2").map(NodeId::Client);
    assert_eq!(Some(broken.node), owner);
}

#[test]
fn a_consumer_that_crashed_owns_nothing() {
    let mut timeline = first_sight_at(4000);
    let third = "consumer-3";
    let add = Command::AddConsumer {
        name: third.to_owned(),
        config: [("group.id".to_owned(), "billing".to_owned())].into(),
    };
    give(&mut timeline, add);
    let topics = vec![TopicName::new("orders")];
    call(&mut timeline, third, ClientCall::Subscribe { topics });
    call(&mut timeline, third, ClientCall::StartPolling);
    run_for(&mut timeline, 20_000);
    give(
        &mut timeline,
        Command::CrashClient {
            client: "consumer-1".to_owned(),
        },
    );
    run_for(&mut timeline, 60_000);
    assert_eq!(breach(&timeline, Rule::OneOwnerEach), None);
}

/// Kafka 4.3.1: a topic of the same name is another topic (KIP-516): nothing of the old one is lost,
/// as nobody was promised it any more.
#[test]
fn a_topic_that_is_deleted_and_created_again_breaks_no_rule() {
    let mut timeline = first_sight_at(6000);
    let topic = TopicName::new("orders");
    let delete = ClientCall::DeleteTopic {
        topic: topic.clone(),
    };
    let create = ClientCall::CreateTopic {
        topic,
        partitions: Some(3),
        replication_factor: Some(3),
        assignment: None,
        config: SortedMap::new(),
    };
    for (method, until_ms) in [(delete, 8000), (create, 25_000)] {
        let client = "admin".to_owned();
        give(&mut timeline, Command::Call { client, method });
        run_to(&mut timeline, until_ms);
    }
    let log_end = timeline
        .world()
        .broker(BrokerId(1))
        .and_then(|broker| Some(broker.disk().log(&orders(0))?.log_end_offset()));
    assert!(log_end > Some(Offset::ZERO), "the new topic is written to");
    for rule in Rule::ALL {
        assert_eq!(timeline.world().invariants().breach(rule), None);
    }
}
