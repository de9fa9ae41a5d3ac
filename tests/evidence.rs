//! What the page says that its rules rest on: nothing is called checked that no trace of a real
//! Kafka agrees with, nothing simplified that the ledger does not list.

use highwater::view::event_line::evidence::{Evidence, evidence};
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::event::Event;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

const SOURCE: &str = include_str!("../src/view/event_line/evidence.rs");
const AGREED: &str = include_str!("data/traces-agreed.txt");
const LEDGER: &str = include_str!("../docs/fidelity.md");

#[test]
fn what_is_called_checked_names_a_trace_that_agrees() {
    let names: Vec<&str> = literals().filter(|text| is_trace(text)).collect();
    assert!(names.len() > 15, "{names:?}");
    for name in names {
        assert!(AGREED.lines().any(|agreed| agreed == name), "{name}");
    }
}

#[test]
fn what_is_called_simplified_is_in_the_ledger() {
    let files: Vec<&str> = literals().filter(|text| text.ends_with(".rs")).collect();
    assert!(!files.is_empty());
    for file in files {
        let title = format!("crates/engine/src/kafka/{file}`");
        assert!(LEDGER.contains(&title), "{file}");
    }
}

#[test]
fn everything_that_kafka_does_in_a_run_rests_on_something() {
    let scenario = Scenario::from_json(include_str!("../scenarios/first-sight.json"));
    let scenario = scenario.expect("the scenario is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    timeline.run_until(SimTime(5_000_000), usize::MAX);
    let events = timeline.branch().steps().flat_map(|step| &step.events);
    let mut checked = 0;
    for event in events.filter(|event| is_told(event)) {
        let found = evidence(event).expect("what Kafka does rests on something");
        checked += usize::from(matches!(found, Evidence::Checked(_)));
    }
    assert!(checked > 100, "{checked}");
}

/// What Kafka does; that it hears a broker explains nothing further.
fn is_told(event: &Event) -> bool {
    let kafka = event.kafka();
    kafka.is_some_and(|kafka| !matches!(kafka, KafkaEvent::BrokerHeartbeatReceived { .. }))
}

fn literals() -> impl Iterator<Item = &'static str> {
    SOURCE.split('"').skip(1).step_by(2)
}

fn is_trace(text: &str) -> bool {
    text.contains('-') && !text.contains(' ')
}
