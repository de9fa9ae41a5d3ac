//! Brokers come up, go down and come back as the controller lets them.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::time::SimTime;

use crate::support::{event, first_sight_at, last_event};

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
