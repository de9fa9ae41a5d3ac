//! Scenarios are written and read; one that makes no sense is refused with place and reason.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, TopicPartition};
use highwater_engine::sim::invariant::Rule;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

use crate::support::{first_sight, orders, timeline_of};

#[test]
fn a_scenario_survives_being_written_and_read() {
    assert_eq!(
        Scenario::from_json(&first_sight().to_json()),
        Ok(first_sight())
    );
}

#[test]
fn a_misspelt_command_is_refused_with_its_place() {
    let text = r#"{ "version": 1, "commands": [ { "at_ms": 1, "do": { "krash_broker": {} } } ] }"#;
    let error = Scenario::from_json(text).expect_err("there is no such command");
    assert!(error.place.starts_with("commands[0].do"), "{error}");
    assert!(
        error.reason.contains("unknown variant `krash_broker`"),
        "{error}"
    );
}

/// A field that nobody reads would be a mistake that nobody sees.
#[test]
fn a_misspelt_field_of_a_call_is_refused_with_its_place() {
    let text = r#"{"version": 1, "commands": [
        {"at_ms": 1, "do": {"call": {"client": "app", "method":
            {"send": {"topic": "t", "kee": "k"}}}}}]}"#;
    let error = Scenario::from_json(text).expect_err("a record has no `kee`");
    assert_eq!(error.place, "commands[0].do.call.method.send");
    assert!(error.reason.starts_with("unknown field `kee`"), "{error}");
}

#[test]
fn text_that_ends_early_is_refused_with_line_and_column() {
    let error = Scenario::from_json("{\n  \"version\": 1").expect_err("it ends early");
    assert!(error.place.contains("line 2"), "{error}");
}

#[test]
fn a_setting_that_kafka_refuses_is_refused_in_kafkas_words() {
    let text = r#"{ "version": 1,
        "cluster": { "config": { "broker.session.timeout.ms": "soon" } } }"#;
    let error = Scenario::from_json(text).expect_err("soon is no number");
    let reason =
        "Invalid value soon for configuration broker.session.timeout.ms: Not a number of type";
    assert_eq!(error.place, "cluster.config");
    assert!(error.reason.starts_with(reason), "{error}");
}

#[test]
fn hostile_numbers_are_refused_and_never_panic() {
    for text in [
        r#"{ "version": 2 }"#,
        r#"{ "version": 1, "seed": 18446744073709551615 }"#,
        r#"{ "version": 1, "cluster": { "brokers": 0 } }"#,
        r#"{ "version": 1, "cluster": { "brokers": 4294967295 } }"#,
        r#"{ "version": 1, "cluster": { "hop_us": 0 } }"#,
        r#"{ "version": 1, "cluster": { "hop_jitter_us": 18446744073709551615 } }"#,
        r#"{ "version": 1, "cluster": { "clock_start_ms": -1 } }"#,
        r#"{ "version": 1, "commands": [
            { "at_ms": 18446744073709551615, "do": { "crash_broker": { "broker": 1 } } } ] }"#,
    ] {
        assert!(Scenario::from_json(text).is_err(), "{text}");
    }
}

#[test]
fn a_command_that_makes_no_sense_at_its_moment_is_a_visible_step() {
    let text = r#"{ "version": 1, "commands": [
        { "at_ms": 1, "do": { "start_broker": { "broker": 1 } } } ] }"#;
    let scenario = Scenario::from_json(text).expect("nothing is wrong with its form");
    let mut timeline = Timeline::new(scenario).expect("playable");
    timeline.run_until(highwater_engine::kafka::time::SimTime(5000), usize::MAX);
    let rejected = timeline
        .branch()
        .steps()
        .flat_map(|step| &step.events)
        .any(|event| {
            matches!(
                event.kind,
                highwater_engine::sim::event::EventKind::CommandRejected { .. }
            )
        });
    assert!(rejected);
}

/// The ready clusters, each after 30 seconds of its life.
fn ready(text: &str) -> Timeline {
    timeline_of(text, 33_000)
}

fn broken_rules(timeline: &Timeline) -> Vec<Rule> {
    let breaches = timeline.world().invariants();
    let is_broken = |rule: &Rule| breaches.breach(*rule).is_some();
    Rule::ALL.into_iter().filter(is_broken).collect()
}

fn assigned(timeline: &Timeline, partition: &TopicPartition) -> (Vec<BrokerId>, Vec<BrokerId>) {
    let image = timeline.world().controller().image();
    let registration = image.partition(partition).expect("the topic was created");
    (registration.replicas.clone(), registration.isr.clone())
}

#[test]
fn the_healthy_cluster_breaks_no_rule() {
    let timeline = ready(include_str!("../../../../scenarios/first-sight.json"));
    assert_eq!(broken_rules(&timeline), []);
}

#[test]
fn acks_1_loses_a_record_that_its_producer_was_told_is_stored() {
    let text = include_str!("../../../../scenarios/acks-1-loses-a-record.json");
    assert_eq!(broken_rules(&ready(text)), [Rule::NoAcknowledgedRecordLost]);
}

#[test]
fn a_slow_follower_leaves_the_isr_and_no_rule_breaks() {
    let text = include_str!("../../../../scenarios/a-slow-follower-leaves-the-isr.json");
    let timeline = ready(text);
    assert_eq!(broken_rules(&timeline), []);
    let (_, isr) = assigned(&timeline, &orders(0));
    assert_eq!(isr, [BrokerId(1), BrokerId(2)]);
}

#[test]
fn two_groups_get_every_record_each() {
    let timeline = ready(include_str!(
        "../../../../scenarios/two-groups-reading.json"
    ));
    assert_eq!(broken_rules(&timeline), []);
    for reader in ["billing-1", "billing-2", "shipping-1"] {
        let id = timeline.world().client(reader).expect("it was added");
        let node = Some(highwater_engine::kafka::ids::NodeId::Client(id));
        let mut events = timeline.branch().steps().flat_map(|step| &step.events);
        let has_read = events.any(|event| {
            let is_poll = matches!(event.kafka(), Some(KafkaEvent::RecordsPolled { .. }));
            event.node == node && is_poll
        });
        assert!(has_read, "{reader}");
    }
}

/// Kafka 4.3.1: `StripedReplicaPlacer`.
#[test]
fn in_three_racks_each_partition_has_a_replica_in_each() {
    let text = include_str!("../../../../scenarios/six-brokers-in-three-racks.json");
    let timeline = ready(text);
    assert_eq!(broken_rules(&timeline), []);
    for number in 0..4 {
        let (replicas, isr) = assigned(&timeline, &orders(number));
        let mut racks: Vec<u32> = replicas.iter().map(|id| (id.0 - 1) / 2).collect();
        racks.sort_unstable();
        assert_eq!(racks, [0, 1, 2]);
        assert_eq!(isr.len(), 3);
    }
}
