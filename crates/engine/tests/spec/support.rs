//! Runs to make statements about.

use highwater_engine::kafka::client::call::{ClientCall, ProducerRecord};
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{EventId, TopicName, TopicPartition};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::event::Event;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

/// The cluster that a newcomer sees first: topic `orders` with three partitions on three brokers,
/// p0 led by broker 3, p1 by 1, p2 by 2, a producer and two consumers at work.
pub fn first_sight() -> Scenario {
    Scenario::from_json(include_str!("../../../../scenarios/first-sight.json"))
        .expect("the scenario is part of the repository")
}

/// That cluster after it has run for so many milliseconds.
pub fn first_sight_at(ms: u64) -> Timeline {
    let mut timeline = Timeline::new(first_sight()).expect("the scenario can be played");
    run_to(&mut timeline, ms);
    timeline
}

/// The first sight with settings more, as JSON: of its topic, and of its brokers.
pub fn first_sight_with(topic_setting: &str, broker_setting: &str) -> Scenario {
    let json = first_sight().to_json();
    let json = json.replace(
        "\"min.insync.replicas\"",
        &format!("{topic_setting}\"min.insync.replicas\""),
    );
    let json = json.replace(
        "\"group.initial.rebalance.delay.ms\"",
        &format!("{broker_setting}\"group.initial.rebalance.delay.ms\""),
    );
    Scenario::from_json(&json).expect("settings more are no fault")
}

/// A scenario after it has run for so many milliseconds.
pub fn timeline_of(scenario: &str, ms: u64) -> Timeline {
    let scenario = Scenario::from_json(scenario).expect("the scenario is well formed");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    run_to(&mut timeline, ms);
    timeline
}

/// Plays everything up to that moment.
pub fn run_to(timeline: &mut Timeline, ms: u64) {
    timeline.run_until(SimTime(ms * 1000), usize::MAX);
}

/// Gives a command at the present moment.
pub fn give(timeline: &mut Timeline, command: Command) {
    let now = timeline.world().now();
    timeline
        .apply(command, now)
        .expect("the command makes sense");
}

/// Partition `number` of `orders`.
pub fn orders(number: u32) -> TopicPartition {
    TopicPartition::new(&TopicName::new("orders"), number)
}

/// The last event of which `is_it` holds.
pub fn last_event(timeline: &Timeline, is_it: impl Fn(&KafkaEvent) -> bool) -> Option<EventId> {
    let steps = timeline.branch().steps().rev();
    let mut events = steps.flat_map(|step| step.events.iter().rev());
    events
        .find(|event| event.kafka().is_some_and(&is_it))
        .map(|event| event.id)
}

/// An event that is there.
pub fn event(timeline: &Timeline, id: EventId) -> &Event {
    timeline
        .event(id)
        .expect("the run is short enough to be remembered")
}

/// A record to `orders`, sent by a producer's application.
pub fn send(producer: &str, key: &str, value: &str) -> Command {
    let record = ProducerRecord {
        topic: TopicName::new("orders"),
        partition: None,
        key: Some(key.to_owned().into()),
        value: Some(value.to_owned().into()),
        headers: Vec::new(),
        timestamp_ms: None,
    };
    Command::Call {
        client: producer.to_owned(),
        method: ClientCall::Send(record),
    }
}
