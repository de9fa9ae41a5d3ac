//! Scenarios are written and read; one that makes no sense is refused with place and reason.

use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

use crate::support::first_sight;

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
