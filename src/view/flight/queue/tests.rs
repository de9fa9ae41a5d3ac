//! Messages on one lane, at many moments of real runs.

use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

use super::*;
use crate::view::flight::{Way, ways};
use crate::view::layout::{Layout, LayoutInput};
use crate::view::measures::Scale;
use crate::view::project::{Memory, project};
use crate::view::scene::{Flight, Scene};
use crate::view::thing::{Thing, message_at};

/// A capsule as it is drawn: which message, from where to where it reaches with its nose, and which way it goes.
#[derive(Clone, Debug)]
struct Drawn {
    flight: Flight,
    way: Way,
    half: f64,
    x: f64,
}

fn drawn(scene: &Scene, layout: &Layout) -> Vec<Drawn> {
    let size = layout.measures.text;
    let all = ways(scene, layout).into_iter().map(|(flight, way)| {
        let half = way.rough_capsule(flight, size).half;
        Drawn {
            flight: flight.clone(),
            way,
            half,
            x: way.capsule_x(half + f64::from(NOSE)),
        }
    });
    all.collect()
}

fn layout((width, height, scale): (u32, u32, Scale)) -> Layout {
    Layout::new(LayoutInput {
        width,
        height,
        scale,
        broker_count: 3,
        partition_count: 3,
        group_count: 1,
        ..LayoutInput::default()
    })
}

const STAGES: [(u32, u32, Scale); 3] = [
    (1280, 484, Scale::Regular),
    (922, 484, Scale::Narrow),
    (1920, 790, Scale::Wide),
];

/// Broker 1 goes on, is killed, or stops in good order; then from when to when is looked, in microseconds.
fn runs() -> Vec<(Timeline, u64)> {
    let scenario = Scenario::from_json(include_str!("../../../../scenarios/first-sight.json"))
        .expect("the scenario is part of the repository");
    let broker = BrokerId(1);
    let fates = [
        (None, 4_250_000, 4_900_000),
        (
            Some(Command::CrashBroker { broker }),
            13_300_000,
            13_700_000,
        ),
        (Some(Command::StopBroker { broker }), 4_500_000, 5_000_000),
    ];
    let runs = fates.into_iter().map(|(fate, from, to)| {
        let mut timeline = Timeline::new(scenario.clone()).expect("the scenario can be played");
        timeline.run_until(SimTime(4_500_000.min(from)), usize::MAX);
        let now = timeline.world().now();
        if let Some(fate) = fate {
            timeline.apply(fate, now).expect("broker 1 runs");
        }
        timeline.run_until(SimTime(from), usize::MAX);
        (timeline, to)
    });
    runs.collect()
}

/// Moments between two steps.
const MOMENTS: u64 = 12;

/// All moments of all runs, in their order.
fn at_each_scene(stage: (u32, u32, Scale), mut check: impl FnMut(&str, &Scene)) {
    for (run, (mut timeline, to)) in runs().into_iter().enumerate() {
        let mut memory = Memory::default();
        while timeline.world().now() < SimTime(to) {
            timeline.step();
            let mut scene = project(&timeline, &mut memory);
            let now = timeline.world().now().0;
            let next = timeline.world().next_at().map_or(now, |next| next.0);
            let count = if next > now { MOMENTS } else { 1 };
            for moment in 0..count {
                scene.head.now_us = now + (next - now) * moment / MOMENTS;
                let case = format!("run {run} at {} {stage:?}", scene.head.now_us);
                check(&case, &scene);
            }
        }
    }
}

fn at_each_moment(stage: (u32, u32, Scale), mut check: impl FnMut(&str, &[Drawn])) {
    let layout = layout(stage);
    at_each_scene(stage, |case, scene| check(case, &drawn(scene, &layout)));
}

/// From where to where a capsule reaches along its lane, with its nose.
fn reach(it: &Drawn) -> (f64, f64) {
    let front = it.x * it.way.heading().0;
    (front - it.half, front + it.half + f64::from(NOSE))
}

fn goes_along(one: &Drawn, other: &Drawn) -> bool {
    let (way, beside) = (&one.way, &other.way);
    way.room == beside.room
        && way.heading() == beside.heading()
        && way.middle.y == beside.middle.y
        && one.flight.sent_us.max(other.flight.sent_us)
            < one.flight.arrives_us.min(other.flight.arrives_us)
}

/// Whether who is ahead at first is behind at last.
fn overtakes(one: &Drawn, other: &Drawn) -> bool {
    let apart = |at_us: u64| {
        let of = |it: &Drawn| along(&(&it.flight, it.way), at_us);
        of(one) - of(other)
    };
    let start = one.flight.sent_us.max(other.flight.sent_us);
    let end = one.flight.arrives_us.min(other.flight.arrives_us);
    apart(start) * apart(end) < 0.0
}

#[test]
fn no_capsule_lies_on_one_that_goes_its_way_but_for_a_moment_while_one_overtakes() {
    for stage in STAGES {
        let (mut beside, mut over) = (0, 0);
        at_each_moment(stage, |case, all| {
            for (index, one) in all.iter().enumerate() {
                for other in all[..index].iter().filter(|it| goes_along(one, it)) {
                    let ((tail, tip), (other_tail, other_tip)) = (reach(one), reach(other));
                    let is_apart = tip < other_tail || other_tip < tail;
                    assert!(
                        is_apart || overtakes(one, other),
                        "{case}: {} {}",
                        one.flight.words,
                        other.flight.words
                    );
                    beside += 1;
                    over += u32::from(!is_apart);
                }
            }
        });
        assert!(beside > 1000, "{beside} are seen at one time");
        assert!(over * 200 < beside, "{over} of {beside} at {stage:?}");
    }
}

#[test]
fn capsules_glide_also_when_others_come_or_go() {
    for stage in STAGES {
        let mut last: Vec<Drawn> = Vec::new();
        at_each_moment(stage, |case, all| {
            for one in all {
                let before = last.iter().find(|it| it.flight.id == one.flight.id);
                let Some(before) = before else { continue };
                let own = (one.way.middle.x - before.way.middle.x).abs();
                let moved = (one.x - before.x).abs();
                assert!(moved < 6.0 * own + 4.0, "{case}: {moved}, {own}: {one:?}");
            }
            last = all.to_vec();
        });
    }
}

#[test]
fn who_is_sent_together_with_another_one_is_whole_from_the_start() {
    for stage in STAGES {
        let mut seen = 0;
        at_each_moment(stage, |case, all| {
            for it in all.iter().filter(|it| it.way.aside != 0.0) {
                let mut beside = all
                    .iter()
                    .filter(|other| other.flight.id != it.flight.id && goes_along(it, other));
                if beside.clone().count() > 2
                    || !beside.all(|other| other.flight.sent_us == it.flight.sent_us)
                {
                    continue;
                }
                let (first, last) = it.way.edges();
                let is_whole = if it.way.heading().0 > 0.0 {
                    it.x - it.half >= first - 1.0
                } else {
                    it.x + it.half <= last + 1.0
                };
                assert!(is_whole, "{case}: {it:?}");
                seen += 1;
            }
        });
        assert!(seen > 0, "nothing is sent together");
    }
}

#[test]
fn who_arrives_is_at_its_receiver_or_right_behind_one_that_is() {
    for stage in STAGES {
        let mut last: Vec<Drawn> = Vec::new();
        let (mut arrived, mut short) = (0, 0);
        at_each_moment(stage, |case, all| {
            let is_there = |it: &&Drawn| all.iter().all(|other| other.flight.id != it.flight.id);
            for it in last.iter().filter(is_there) {
                let lacks = -it.way.aside * it.way.heading().0;
                assert!(lacks < 2.0 * it.half, "{case}: {lacks}: {it:?}");
                arrived += 1;
                short += u32::from(lacks > 1.0);
            }
            last = all.to_vec();
        });
        assert!(
            arrived > 100 && short * 20 < arrived,
            "{short} of {arrived}"
        );
    }
}

#[test]
fn a_click_hits_the_capsule_that_is_seen_there() {
    let stage = STAGES[0];
    let layout = layout(stage);
    let mut hits = 0;
    at_each_scene(stage, |case, scene| {
        let all = drawn(scene, &layout);
        for it in all.iter().filter(|it| it.way.aside != 0.0) {
            let (left, right) = it.way.edges();
            let is_alone = all.iter().all(|other| {
                let is_it = other.flight.id == it.flight.id;
                is_it || (other.x - it.x).abs() > other.half + 4.0
            });
            if is_alone && left < it.x && it.x < right {
                let point = (it.x as i32, it.way.middle.y as i32);
                let message = Thing::Message(it.flight.id.0, it.flight.id.1);
                assert_eq!(message_at(scene, &layout, point), Some(message), "{case}");
                hits += 1;
            }
            let beyond = ((right + 3.0) as i32, it.way.middle.y as i32);
            assert_eq!(message_at(scene, &layout, beyond), None, "{case}");
        }
    });
    assert!(hits > 50, "{hits}");
}
