//! Asking why leads back to what a person did.

use highwater_engine::kafka::client::consumer::Consumer;
use highwater_engine::kafka::event::{Candidate, KafkaEvent, PositionReason};
use highwater_engine::kafka::ids::{BrokerId, EventId};
use highwater_engine::kafka::message::{Message, Request};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::event::EventKind;
use highwater_engine::sim::machine::Process;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::why::{reasons, why};

use crate::support::{event, first_sight_at, give, last_event, orders, run_to, send, timeline_of};

#[test]
fn broker_2_leads_p1_because_broker_1_was_killed_missed_its_heartbeats_and_2_is_next_in_order() {
    let (first, second, third) = (BrokerId(1), BrokerId(2), BrokerId(3));
    let mut timeline = first_sight_at(5000);
    give(&mut timeline, Command::CrashBroker { broker: first });
    run_to(&mut timeline, 20_000);

    let led = last_event(&timeline, |event| {
        matches!(event, KafkaEvent::BecameLeader { partition, .. } if *partition == orders(1))
    })
    .expect("p1 has a new leader");
    let chain = chain_of(&timeline, led);

    let candidates = chain.iter().find_map(|kind| match kind {
        EventKind::Kafka(KafkaEvent::LeaderElected(election)) => Some(&election.candidates),
        _ => None,
    });
    let expected = vec![
        (first, Candidate::Fenced),
        (second, Candidate::Chosen),
        (third, Candidate::NotReached),
    ];
    assert_eq!(
        candidates,
        Some(&expected),
        "the replica order, and why each was taken or not"
    );
    let count =
        |is_it: fn(&KafkaEvent) -> bool| kafka_events(&chain).filter(|it| is_it(it)).count();
    assert_eq!(
        count(|it| matches!(it, KafkaEvent::BrokerFenced { broker, .. } if broker.0 == 1)),
        1
    );
    assert_ne!(
        count(|it| matches!(it, KafkaEvent::BrokerHeartbeatReceived { broker } if broker.0 == 1)),
        0
    );
    let missed = EventKind::HeartbeatMissed { broker: first };
    assert!(
        chain.iter().filter(|kind| ***kind == missed).count() >= 3,
        "heartbeats of 9 s, one each 2 s"
    );
    let killed = EventKind::CommandGiven(Command::CrashBroker { broker: first });
    assert!(chain.contains(&&killed));
}

#[test]
fn a_high_watermark_moves_because_of_a_fetch_and_because_of_an_append() {
    let timeline = first_sight_at(5000);
    let moved = last_event(&timeline, |event| {
        matches!(event, KafkaEvent::HighWatermarkAdvanced { partition, .. }
            if partition.topic.as_str() == "orders")
    })
    .expect("records are written");
    let causes: Vec<&EventKind> = reasons(&timeline, moved)
        .into_iter()
        .map(|cause| &event(&timeline, cause).kind)
        .collect();
    let is_fetch = |kind: &&EventKind| match kind {
        EventKind::MessageReceived { message, .. } => {
            matches!(
                &**message,
                Message::Request {
                    request: Request::Fetch(_),
                    ..
                }
            )
        }
        _ => false,
    };
    assert!(
        causes.iter().any(is_fetch),
        "the last follower's fetch: {causes:?}"
    );
    assert!(
        causes
            .iter()
            .any(|kind| matches!(kind, EventKind::Kafka(KafkaEvent::RecordsAppended { .. }))),
        "the leader's append: {causes:?}"
    );
}

#[test]
fn a_record_is_appended_because_an_application_sent_it() {
    let mut timeline = first_sight_at(5000);
    give(&mut timeline, send("checkout", "alice", "one coffee"));
    let sent = timeline.position();
    run_to(&mut timeline, 6000);

    let steps = timeline.branch().steps();
    let mut events = steps
        .filter(|step| step.id >= sent)
        .flat_map(|step| &step.events);
    let appended = events
        .find(|event| {
            matches!(event.kafka(), Some(KafkaEvent::RecordsAppended { partition, .. })
                if *partition == orders(0))
        })
        .map(|event| event.id)
        .expect("alice's record goes to p0");
    let chain = chain_of(&timeline, appended);
    assert!(has_call_of(&chain, "checkout"), "{chain:?}");
}

/// One record, and one reader that polls and commits by itself.
const READER: &str = r#"{ "version": 1,
    "commands": [
        { "at_ms": 2500, "do": { "call": { "client": "admin", "method": { "create_topic": {
            "topic": "orders", "partitions": 1, "replication_factor": 3 } } } } },
        { "at_ms": 2600, "do": { "add_producer": { "name": "checkout" } } },
        { "at_ms": 2600, "do": { "add_consumer": { "name": "billing", "config": {
            "group.id": "billing", "auto.offset.reset": "earliest" } } } },
        { "at_ms": 2600, "do": { "call": { "client": "billing",
            "method": { "subscribe": { "topics": ["orders"] } } } } },
        { "at_ms": 2600, "do": { "call": { "client": "billing", "method": "start_polling" } } },
        { "at_ms": 8000, "do": { "call": { "client": "checkout", "method": { "send": {
            "topic": "orders", "key": "alice", "value": "one coffee", "headers": [] } } } } } ] }"#;

#[test]
fn a_committed_offset_leads_back_to_the_poll_that_delivered_the_records_and_to_their_append() {
    let timeline = timeline_of(READER, 20_000);
    let committed = last_event(
        &timeline,
        |event| matches!(event, KafkaEvent::OffsetCommitted { offset, .. } if offset.0 == 1),
    )
    .expect("the reader commits every five seconds");
    let chain = chain_of(&timeline, committed);
    let has = |is_it: fn(&KafkaEvent) -> bool| kafka_events(&chain).any(is_it);
    assert!(has(
        |it| matches!(it, KafkaEvent::RecordsPolled { to, .. } if to.0 == 1)
    ));
    assert!(has(
        |it| matches!(it, KafkaEvent::RecordsAppended { base_offset, .. }
        if base_offset.0 == 0)
    ));
    assert!(has_call_of(&chain, "checkout"), "the record was sent");
    assert!(has_call_of(&chain, "billing"), "the reader subscribed");
}

#[test]
fn a_position_leads_back_to_the_assignment_and_that_to_the_call_that_subscribed() {
    let timeline = timeline_of(READER, 20_000);
    let set = last_event(&timeline, |event| {
        let reset = PositionReason::AutoOffsetReset;
        matches!(event, KafkaEvent::PositionSet { reason, .. } if *reason == reset)
    })
    .expect("nothing was committed when the reader came");
    let chain = chain_of(&timeline, set);
    let is_assignment = |event: &KafkaEvent| matches!(event, KafkaEvent::PartitionsAssigned { .. });
    assert!(kafka_events(&chain).any(is_assignment));
    assert!(has_call_of(&chain, "billing"));
}

#[test]
fn a_killed_client_keeps_nothing_of_what_it_knew() {
    let mut timeline = timeline_of(READER, 20_000);
    assert_eq!(reader_of(&timeline).assignment(), [orders(0)]);
    let client = "billing".to_owned();
    give(&mut timeline, Command::CrashClient { client });
    assert_eq!(reader_of(&timeline).assignment(), []);
    assert_eq!(reader_of(&timeline).generation_id(), None);
}

fn reader_of(timeline: &Timeline) -> &Consumer {
    let mut machines = timeline.world().machines();
    let reader = machines.find_map(|(_, machine)| match &machine.process {
        Process::Consumer(consumer) => Some(consumer),
        _ => None,
    });
    reader.expect("there is one reader")
}

/// What explains an event, nearest first.
fn chain_of(timeline: &Timeline, question: EventId) -> Vec<&EventKind> {
    let links = why(timeline, question, 300);
    let kinds = links.iter().map(|link| &event(timeline, link.event).kind);
    kinds.collect()
}

fn kafka_events<'a>(chain: &'a [&'a EventKind]) -> impl Iterator<Item = &'a KafkaEvent> {
    chain.iter().filter_map(|kind| match kind {
        EventKind::Kafka(event) => Some(event),
        _ => None,
    })
}

fn has_call_of(chain: &[&EventKind], name: &str) -> bool {
    chain.iter().any(|kind| {
        matches!(kind, EventKind::CommandGiven(Command::Call { client, .. }) if client == name)
    })
}
