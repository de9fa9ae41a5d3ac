//! Brokers come up, go down and come back as the controller lets them.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;

use crate::support::{event, first_sight_at, give, last_event, run_to};

/// Kafka 4.3.1: `BrokerLifecycleManager.nextSchedulingShouldBeImmediate`: the beat that asks to be
/// unfenced follows the first one at once, not `broker.heartbeat.interval.ms` later.
#[test]
fn a_broker_that_has_caught_up_is_unfenced_within_milliseconds_of_its_registration() {
    let timeline = first_sight_at(1000);
    let at = |is_it: &dyn Fn(&KafkaEvent) -> bool| -> SimTime {
        event(
            &timeline,
            last_event(&timeline, is_it).expect("all brokers came up"),
        )
        .at
    };
    let registered = at(&|event| matches!(event, KafkaEvent::BrokerRegistered { .. }));
    let unfenced = at(&|event| matches!(event, KafkaEvent::BrokerUnfenced { .. }));
    assert!(
        unfenced.since(registered).as_millis() < 50,
        "{registered} to {unfenced}"
    );
}

/// Kafka 4.3.1: `ReplicationControlManager#maybeFenceOneStaleBroker` asks for the session only.
#[test]
fn a_broker_that_went_in_good_order_is_fenced_again_when_its_session_ends() {
    let mut timeline = first_sight_at(4000);
    let broker = BrokerId(2);
    give(&mut timeline, Command::StopBroker { broker });
    run_to(&mut timeline, 7000);
    let is_fencing = |event: &KafkaEvent| matches!(event, KafkaEvent::BrokerFenced { .. });
    assert_eq!(last_event(&timeline, is_fencing), None);
    run_to(&mut timeline, 16_000);
    let fenced = last_event(&timeline, is_fencing).expect("nobody has heard it for 9 s");
    let fenced = event(&timeline, fenced);
    let Some(KafkaEvent::BrokerFenced {
        last_heartbeat_at,
        was_fenced,
        ..
    }) = fenced.kafka()
    else {
        panic!("it is a fencing");
    };
    let silent_ms = fenced.at.since(*last_heartbeat_at).as_millis();
    assert!(*was_fenced && (9000..10_500).contains(&silent_ms));
}
