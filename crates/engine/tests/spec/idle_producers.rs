//! What a partition knows of a producer goes when the producer is idle for long.

use highwater_engine::kafka::ids::{BrokerId, Offset};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::timeline::Timeline;

use crate::support::{first_sight_with, give, orders, run_to, send};

/// How many producers each replica of p1 knows, and where the leader's log ends.
fn known(timeline: &Timeline) -> (Vec<usize>, Offset) {
    let logs: Vec<_> = (1..=3)
        .map(|id| timeline.world().broker(BrokerId(id)).expect("it is there"))
        .map(|broker| broker.disk().log(&orders(1)).expect("it has a replica"))
        .collect();
    let counts = logs.iter().map(|log| log.producers().iter().count());
    (counts.collect(), logs[0].log_end_offset())
}

/// Kafka 4.3.1: `ProducerStateManager#removeExpiredProducers`; `ProducerAppendInfo#checkSequence` takes
/// any sequence number of a producer that it doesn't know.
#[test]
fn a_producer_that_was_forgotten_goes_on_with_its_next_sequence_number() {
    let settings = "\"producer.id.expiration.ms\":\"5000\",\
        \"producer.id.expiration.check.interval.ms\":\"1000\",";
    let scenario = first_sight_with("", settings);
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    run_to(&mut timeline, 8000);
    let producer = "checkout".to_owned();
    give(&mut timeline, Command::StopWorkload { producer });
    run_to(&mut timeline, 12_000);
    let (before, end) = known(&timeline);
    assert_eq!(before, [1, 1, 1]);
    run_to(&mut timeline, 15_000);
    assert_eq!(known(&timeline).0, [0, 0, 0]);
    for key in ["alice", "bob", "carol", "dave", "erin", "frank", "heidi"] {
        give(&mut timeline, send("checkout", key, "late"));
    }
    run_to(&mut timeline, 16_000);
    let (after, later_end) = known(&timeline);
    assert!(later_end > end, "one of these keys belongs to p1");
    assert_eq!(after, [1, 1, 1]);
}
