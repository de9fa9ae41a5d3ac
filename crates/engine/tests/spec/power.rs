//! A power cut takes what was in the page cache only: Kafka trusts in its replicas, not in fsync.

use highwater_engine::kafka::ids::{BrokerId, Offset};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::invariant::Rule;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

use crate::support::{first_sight, first_sight_with, give, orders, run_to};

fn end_of(timeline: &Timeline, broker: u32) -> Offset {
    let broker = timeline
        .world()
        .broker(BrokerId(broker))
        .expect("it is there");
    broker
        .disk()
        .log(&orders(1))
        .expect("it has a replica")
        .log_end_offset()
}

fn is_lost(timeline: &Timeline) -> bool {
    let rule = Rule::NoAcknowledgedRecordLost;
    timeline.world().invariants().breach(rule).is_some()
}

fn played(scenario: Scenario) -> Timeline {
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    run_to(&mut timeline, 8000);
    timeline
}

fn cut_power_of_all(timeline: &mut Timeline) {
    for id in 1..=3 {
        let broker = BrokerId(id);
        give(timeline, Command::CutPower { broker });
    }
    for id in 1..=3 {
        let broker = BrokerId(id);
        give(timeline, Command::StartBroker { broker });
    }
    run_to(timeline, 60_000);
}

/// Kafka 4.3.1: what one replica loses, it fetches again from the leader.
#[test]
fn one_machine_without_power_loses_nothing_that_was_acknowledged() {
    let mut timeline = played(first_sight());
    let before = end_of(&timeline, 1);
    let broker = BrokerId(1);
    give(&mut timeline, Command::CutPower { broker });
    run_to(&mut timeline, 8100);
    assert_eq!(end_of(&timeline, 1), Offset::ZERO, "nothing was flushed");
    run_to(&mut timeline, 25_000);
    give(&mut timeline, Command::StartBroker { broker });
    run_to(&mut timeline, 60_000);
    assert!(end_of(&timeline, 1) > before);
    assert!(!is_lost(&timeline));
}

#[test]
fn a_process_that_is_killed_loses_nothing_of_what_it_wrote() {
    let mut timeline = played(first_sight());
    let before = end_of(&timeline, 1);
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    run_to(&mut timeline, 8100);
    assert!(before > Offset::ZERO && end_of(&timeline, 1) == before);
}

#[test]
fn all_machines_without_power_at_once_lose_what_was_acknowledged() {
    let mut timeline = played(first_sight());
    cut_power_of_all(&mut timeline);
    assert!(is_lost(&timeline));
}

/// Kafka 4.3.1: `flush.messages`, `UnifiedLog#append`.
#[test]
fn with_a_flush_after_every_record_not_even_that_loses_anything() {
    let mut timeline = played(first_sight_with("\"flush.messages\":\"1\",", ""));
    let before = end_of(&timeline, 1);
    cut_power_of_all(&mut timeline);
    assert!(end_of(&timeline, 1) >= before);
    assert!(!is_lost(&timeline));
}

/// Kafka 4.3.1: `LogManager#flushDirtyLogs`: by default its timer runs once, 30 s after the start, and
/// then never again, so that `flush.ms` alone does little.
#[test]
fn flush_ms_works_as_often_as_the_scheduler_of_flushes_looks() {
    let flushed = |broker_setting, until_ms| {
        let scenario = first_sight_with("\"flush.ms\":\"1000\",", broker_setting);
        let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
        run_to(&mut timeline, until_ms);
        let broker = timeline.world().broker(BrokerId(1)).expect("it is there");
        let log = broker.disk().log(&orders(1)).expect("it has a replica");
        log.recovery_point()
    };
    let every_second = "\"log.flush.scheduler.interval.ms\":\"1000\",";
    assert_eq!(flushed("", 29_000), Offset::ZERO);
    let once = flushed("", 40_000);
    assert!(once > Offset::ZERO);
    assert_eq!(flushed("", 120_000), once, "it was looked at once only");
    assert!(flushed(every_second, 120_000) > once);
}
