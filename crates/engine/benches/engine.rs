//! Steps, events and records a second; what a checkpoint and a jump into the past cost.
//!
//! The arguments are seconds of virtual time that were played before: a cost that grows with them
//! is a cost that grows with history.

use std::fmt::Write;

use divan::Bencher;
use divan::counter::ItemsCount;
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::StepId;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

const STEPS: usize = 2000;

fn main() {
    divan::main();
}

fn played(scenario: &str, ms: u64) -> Timeline {
    let scenario = Scenario::from_json(scenario).expect("the scenario is well formed");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    timeline.run_until(SimTime(ms * 1000), usize::MAX);
    timeline
}

fn first_sight(seconds: u64) -> Timeline {
    let scenario = include_str!("../../../scenarios/first-sight.json");
    played(scenario, seconds * 1000)
}

/// Five brokers, 50 partitions, four producers with 100 records a second each.
fn loaded(seconds: u64) -> Timeline {
    let mut commands = String::from(
        r#"{ "at_ms": 2500, "do": { "call": { "client": "admin", "method": { "create_topic": {
            "topic": "orders", "partitions": 50, "replication_factor": 3 } } } } }"#,
    );
    for producer in ["a", "b", "c", "d"] {
        write!(
            commands,
            r#", {{ "at_ms": 2600, "do": {{ "add_producer": {{ "name": "{producer}" }} }} }},
            {{ "at_ms": 2600, "do": {{ "start_workload": {{ "producer": "{producer}",
                "workload": {{ "topic": "orders", "interval_ms": 10,
                    "keys": ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"] }} }} }} }}"#
        )
        .expect("writing to a string never fails");
    }
    let scenario =
        format!(r#"{{ "version": 1, "cluster": {{ "brokers": 5 }}, "commands": [{commands}] }}"#);
    played(&scenario, seconds * 1000)
}

/// One producer with acks=all and a record each millisecond.
fn busy_producer() -> Timeline {
    let scenario = r#"{ "version": 1, "commands": [
        { "at_ms": 2500, "do": { "call": { "client": "admin", "method": { "create_topic": {
            "topic": "orders", "partitions": 3, "replication_factor": 3 } } } } },
        { "at_ms": 2600, "do": { "add_producer": { "name": "checkout" } } },
        { "at_ms": 2600, "do": { "start_workload": { "producer": "checkout",
            "workload": { "topic": "orders", "interval_ms": 1 } } } } ] }"#;
    played(scenario, 5000)
}

/// How many events the next steps bring.
fn events(world: &World, steps: usize) -> usize {
    let mut world = world.clone();
    let played = (0..steps).filter_map(|_| world.step());
    played.map(|step| step.events.len()).sum()
}

fn step_on(mut world: World) -> World {
    for _ in 0..STEPS {
        divan::black_box(world.step());
    }
    world
}

#[divan::bench(args = [10, 60, 600], sample_count = 20)]
fn steps_first_sight(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = first_sight(seconds);
    bencher
        .counter(ItemsCount::new(STEPS))
        .with_inputs(|| timeline.world().clone())
        .bench_values(step_on);
}

#[divan::bench(args = [10, 60], sample_count = 20)]
fn steps_loaded(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = loaded(seconds);
    bencher
        .counter(ItemsCount::new(STEPS))
        .with_inputs(|| timeline.world().clone())
        .bench_values(step_on);
}

#[divan::bench(args = [60], sample_count = 20)]
fn events_first_sight(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = first_sight(seconds);
    bencher
        .counter(ItemsCount::new(events(timeline.world(), STEPS)))
        .with_inputs(|| timeline.world().clone())
        .bench_values(step_on);
}

/// With checkpoints and remembered steps, as the page plays it.
#[divan::bench(args = [10, 60, 600], sample_count = 20)]
fn timeline_steps_first_sight(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = first_sight(seconds);
    bencher
        .counter(ItemsCount::new(STEPS))
        .with_inputs(|| timeline.clone())
        .bench_values(|mut timeline| {
            for _ in 0..STEPS {
                timeline.step();
            }
            timeline
        });
}

#[divan::bench(sample_count = 20)]
fn records_through_acks_all(bencher: Bencher<'_, '_>) {
    let timeline = busy_producer();
    let end = SimTime(timeline.world().now().0 + 1_000_000);
    let play = |mut world: World| {
        let mut records: usize = 0;
        while world.next_at().is_some_and(|at| at <= end) {
            let step = world.step().expect("something is scheduled");
            let completed = step.events.iter().filter(|event| {
                matches!(
                    event.kafka(),
                    Some(KafkaEvent::SendCompleted { outcome: Ok(_), .. })
                )
            });
            records += completed.count();
        }
        records
    };
    let records = play(timeline.world().clone());
    bencher
        .counter(ItemsCount::new(records))
        .with_inputs(|| timeline.world().clone())
        .bench_values(play);
}

#[divan::bench(args = [10, 60, 600])]
fn clone_first_sight(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = first_sight(seconds);
    bencher.bench_local(|| timeline.world().clone());
}

#[divan::bench(args = [10, 60], sample_count = 20)]
fn clone_loaded(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = loaded(seconds);
    bencher.bench_local(|| timeline.world().clone());
}

#[divan::bench(args = [10, 60, 600], sample_count = 20)]
fn digest_first_sight(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = first_sight(seconds);
    bencher.bench_local(|| timeline.world().digest());
}

/// From the end of the run to its middle.
#[divan::bench(args = [10, 60, 600], sample_count = 20)]
fn seek_to_the_middle(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = first_sight(seconds);
    let middle = StepId(timeline.position().0 / 2 + 101);
    bencher
        .with_inputs(|| timeline.clone())
        .bench_values(|mut timeline| {
            timeline.seek(middle);
            timeline
        });
}
