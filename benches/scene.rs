//! What a frame costs: the world turned into what the screen shows.

use divan::Bencher;
use highwater::view::project::{Memory, project};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

fn main() {
    divan::main();
}

fn first_sight(seconds: u64) -> Timeline {
    let scenario = Scenario::from_json(include_str!("../scenarios/first-sight.json"))
        .expect("the scenario is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    timeline.run_until(SimTime(seconds * 1_000_000), usize::MAX);
    timeline
}

/// The scene when everything that was played has been read already, as in every frame but the first.
#[divan::bench(args = [10, 60, 600])]
fn project_a_frame(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = first_sight(seconds);
    let mut memory = Memory::default();
    project(&timeline, &mut memory);
    bencher.bench_local(|| project(&timeline, &mut memory));
}

/// The first scene after a jump to another branch: all that is remembered is read.
#[divan::bench(args = [10, 60, 600], sample_count = 20)]
fn project_from_nothing(bencher: Bencher<'_, '_>, seconds: u64) {
    let timeline = first_sight(seconds);
    bencher.bench_local(|| project(&timeline, &mut Memory::default()));
}
