//! Asking why leads back to what a person did.

use highwater_engine::kafka::event::{Candidate, KafkaEvent};
use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::kafka::message::{Message, Request};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::event::EventKind;
use highwater_engine::sim::why::{reasons, why};

use crate::support::{event, first_sight_at, give, last_event, orders, run_to, send};

#[test]
fn broker_2_leads_p1_because_broker_1_was_killed_missed_its_heartbeats_and_2_is_next_in_order() {
    let mut timeline = first_sight_at(5000);
    give(
        &mut timeline,
        Command::CrashBroker {
            broker: BrokerId(1),
        },
    );
    run_to(&mut timeline, 20_000);

    let led = last_event(&timeline, |event| {
        matches!(event, KafkaEvent::BecameLeader { partition, .. } if *partition == orders(1))
    })
    .expect("p1 has a new leader");
    let chain: Vec<&EventKind> = why(&timeline, led, 200)
        .iter()
        .map(|link| &event(&timeline, link.event).kind)
        .collect();

    let candidates = chain.iter().find_map(|kind| match kind {
        EventKind::Kafka(KafkaEvent::LeaderElected(election)) => Some(&election.candidates),
        _ => None,
    });
    let expected = vec![
        (BrokerId(1), Candidate::Fenced),
        (BrokerId(2), Candidate::Chosen),
        (BrokerId(3), Candidate::NotReached),
    ];
    assert_eq!(
        candidates,
        Some(&expected),
        "the replica order, and why each was taken or not"
    );
    let has = |is_it: &dyn Fn(&EventKind) -> bool| chain.iter().any(|kind| is_it(kind));
    assert!(has(&|kind| matches!(
        kind,
        EventKind::Kafka(KafkaEvent::BrokerFenced {
            broker: BrokerId(1),
            ..
        })
    )));
    assert!(has(&|kind| matches!(
        kind,
        EventKind::Kafka(KafkaEvent::BrokerHeartbeatReceived {
            broker: BrokerId(1)
        })
    )));
    let missed = |kind: &&&EventKind| {
        matches!(
            kind,
            EventKind::HeartbeatMissed {
                broker: BrokerId(1)
            }
        )
    };
    assert!(
        chain.iter().filter(missed).count() >= 3,
        "heartbeats of 9 s, one each 2 s"
    );
    assert!(has(&|kind| matches!(
        kind,
        EventKind::CommandGiven(Command::CrashBroker {
            broker: BrokerId(1)
        })
    )));
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
    let chain = why(&timeline, appended, 100);
    let asked = chain.iter().any(|link| {
        matches!(&event(&timeline, link.event).kind, EventKind::CommandGiven(Command::Call { client, .. })
            if client == "checkout")
    });
    assert!(asked, "{chain:?}");
}
