//! What pictures that stand still tell.

use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::scenario::Scenario;

use super::*;
use crate::view::focus::Focus;
use crate::view::layout::{LayoutInput, Stack};
use crate::view::measures::Scale;
use crate::view::picture::picture;
use crate::view::project::{Memory, project};

const P1: Looked<'static> = Looked {
    topic: "orders",
    partition: 1,
};

/// The first sight, and what moved up to where `last` did.
fn picture_with(last: &str) -> (Timeline, Vec<Move>) {
    let scenario = Scenario::from_json(include_str!("../../../scenarios/first-sight.json"));
    let scenario = scenario.expect("the scenario is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    timeline.run_until(SimTime(4_250_000), usize::MAX);
    let from = timeline.position();
    let mut found = Vec::new();
    for _ in 0..5000 {
        timeline.step();
        found = moves(&timeline, P1, from);
        let newest = found.last().map_or("", |moved: &Move| &moved.words);
        if newest.starts_with(last) {
            return (timeline, found);
        }
    }
    panic!("{last} never comes: {found:?}");
}

#[test]
fn a_fetch_and_the_high_watermark_that_it_lets_rise_are_two_moves() {
    let (_, found) = picture_with("high watermark");
    let words: Vec<&str> = found.iter().map(|moved| moved.words.as_str()).collect();
    let [.., fetch, rise] = words[..] else {
        panic!("{words:?}");
    };
    assert!(
        fetch.starts_with("broker ") && fetch.contains(" fetches at "),
        "{words:?}"
    );
    assert!(rise.contains(" to "), "{words:?}");
    let without_arrow = spots(&found, true);
    let last = without_arrow.last().map(|spot| spot.number as usize);
    assert_eq!(last, Some(found.len()), "no message brings a watermark");
}

#[test]
fn an_arrow_leads_over_the_stage_for_each_message() {
    let (timeline, found) = picture_with("high watermark");
    let scene = project(&timeline, &mut Memory::default());
    let layout = Layout::new(LayoutInput {
        width: 640,
        height: 484,
        broker_count: 3,
        partition_count: 3,
        scale: Scale::Stacked,
        opened_row: 1,
        ..LayoutInput::default()
    });
    let drawn = picture(&scene, &layout, &spots(&found, true), &Focus::default());
    let arrows = arrows(&found, &scene, &layout, &drawn);
    let numbers = drawn
        .iter()
        .chain(&arrows)
        .filter(|part| part.kind() == Kind::Cause);
    let places: Vec<Rect> = numbers.filter_map(|part| part.rect).collect();
    for (place, number) in places.iter().enumerate() {
        let others = &places[place + 1..];
        assert!(
            others.iter().all(|other| !number.meets(*other)),
            "{places:?}"
        );
    }
    let has_head = |part: &Part| part.kind() == Kind::Arrow && !part.state.is_empty();
    assert!(arrows.iter().any(has_head), "{found:?}");
    for part in &arrows {
        let rect = part.rect.expect("an arrow stands somewhere");
        assert!(
            rect.x >= 0 && rect.right() <= layout.content_width,
            "{part:?}"
        );
    }
}

#[test]
fn what_moves_is_said_in_words_with_the_way_on() {
    let (_, found) = picture_with("high watermark");
    let parts = list(&found, 0);
    assert_eq!(parts[0].words, found[0].words);
    let last = parts.last().expect("there are buttons");
    assert_eq!(last.act, Some(Act::Page(PageAct::Step)));
    assert_eq!(list(&[], 0)[0].kind(), Kind::Heading);
    assert_eq!(list(&found, 8_940_000)[0].words, "8.9 s later:");
}

/// The first sight, and right after it its first leader of p1 is killed.
fn after_a_crash() -> Timeline {
    let (mut timeline, _) = picture_with("high watermark");
    let now = timeline.world().now();
    let crash = Command::CrashBroker {
        broker: BrokerId(1),
    };
    timeline.apply(crash, now).expect("broker 1 runs");
    timeline
}

#[test]
fn a_picture_begins_where_something_moves_and_is_a_moment() {
    let mut timeline = after_a_crash();
    let mut calms = Vec::new();
    for _ in 0..12 {
        calms.push(skip_calm(&mut timeline, P1));
        let (from, start) = (timeline.position(), timeline.next_at());
        play(&mut timeline, P1);
        let found = moves(&timeline, P1, from);
        assert!(!found.is_empty(), "{calms:?}");
        let start = start.expect("something is ahead").0;
        let lasted = timeline.world().now().0 - start;
        assert!(lasted <= 2 * CALM_US, "{lasted} µs: {found:?}");
        let last = StepId(timeline.position().0 - 1);
        assert!(!moves(&timeline, P1, last).is_empty(), "{found:?}");
    }
    let longest = calms.iter().max().copied().unwrap_or_default();
    assert!(longest > 5 * CALM_US, "the controller waits: {calms:?}");
}

#[test]
fn a_calm_without_end_is_left_after_a_while() {
    let mut timeline = after_a_crash();
    let elsewhere = Looked {
        topic: "nobody’s topic",
        partition: 7,
    };
    let start = timeline.world().now().0;
    skip_calm(&mut timeline, elsewhere);
    assert!(timeline.world().now().0 - start < 2 * CALM_MAX_US);
}

#[test]
fn what_waits_for_other_replicas_is_said_above_the_picture() {
    let mut memory = Memory::default();
    memory.opened = Some(1);
    let mut timeline = after_a_crash();
    let mut captions = Vec::new();
    timeline.seek(StepId(0));
    for _ in 0..600 {
        timeline.step();
        let scene = project(&timeline, &mut memory);
        let waiting = scene.partitions.get(1).and_then(|it| it.inside.as_ref());
        let count = waiting.map_or(0, |inside| inside.waiting.len());
        let words = caption("before", &scene, 1);
        assert_eq!(words.contains("waiting room: "), count > 0, "{words}");
        captions.push(words);
    }
    assert!(
        captions
            .iter()
            .any(|it| it.contains("waiting room: offset"))
    );
}

#[test]
fn an_arrow_to_a_consumer_stays_in_its_picture_and_strikes_no_words() {
    let (timeline, found) = picture_with("consumer-1 reads");
    let scene = project(&timeline, &mut Memory::default());
    for (width, height, scale) in [
        (640, 380, Scale::Half),
        (640, 443, Scale::Half),
        (960, 700, Scale::HalfWide),
    ] {
        let layout = Layout::new(LayoutInput {
            width,
            height,
            scale,
            is_open: true,
            opened_row: 1,
            broker_count: 3,
            partition_count: 3,
            group_count: 1,
            stack: Stack::of(&scene.brokers, &scene.partitions[1]),
            ..LayoutInput::default()
        });
        let drawn = picture(&scene, &layout, &[], &Focus::default());
        let words = drawn.iter().filter(|part| part.kind() == Kind::Fact);
        for words in words.filter_map(|part| part.rect) {
            assert!(words.right() <= layout.inside.lanes.0, "{words:?}");
        }
        let arrows = arrows(&found, &scene, &layout, &drawn);
        let down = arrows.iter().filter(|part| part.state == "down");
        let ends: Vec<i32> = down
            .filter_map(|part| part.rect)
            .map(|rect| rect.bottom())
            .collect();
        assert!(!ends.is_empty());
        let bottom = layout.content_height;
        assert!(
            ends.iter().all(|end| *end < bottom - 8),
            "{ends:?} {bottom}"
        );
    }
}
