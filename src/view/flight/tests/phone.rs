//! Messages on a telephone, in real runs: what they tell has room, and from whom to whom they go is seen.

use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

use super::super::stacked::{BELOW, SLACK};
use super::super::*;
use crate::view::layout::{LayoutInput, Stack};
use crate::view::measures::Scale;
use crate::view::part::{Area, Kind, Part, strong_width};
use crate::view::picture::picture;
use crate::view::project::{Memory, project};

/// Each partition on a telephone, after each step at which messages are on their way: before and after an
/// election.
fn at_each_step(mut check: impl FnMut(&str, &Scene, &Layout)) {
    let scenario = Scenario::from_json(include_str!("../../../../scenarios/first-sight.json"))
        .expect("the scenario is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    let mut memory = Memory::default();
    for (from, to) in [(4_250_000, 4_900_000), (13_400_000, 13_600_000)] {
        if from > 5_000_000 {
            let now = timeline.world().now();
            let broker = BrokerId(1);
            let crash = timeline.apply(Command::CrashBroker { broker }, now);
            crash.expect("it runs");
        }
        timeline.run_until(SimTime(from), usize::MAX);
        while timeline.world().now() < SimTime(to) {
            timeline.step();
            let mut scene = project(&timeline, &mut memory);
            let next = timeline.world().next_at();
            let now = scene.head.now_us;
            scene.head.now_us = (now + next.map_or(now, |next| next.0)) / 2;
            for (width, row) in [390, 360]
                .into_iter()
                .flat_map(|it| (0..3).map(move |row| (it, row)))
            {
                let layout = Layout::new(LayoutInput {
                    width,
                    height: 533,
                    scale: Scale::Stacked,
                    broker_count: 3,
                    partition_count: 3,
                    group_count: 1,
                    opened_row: row,
                    stack: Stack::of(&scene.brokers, &scene.partitions[row as usize]),
                    ..LayoutInput::default()
                });
                check(&format!("{width} p{row} at {now}"), &scene, &layout);
            }
        }
    }
}

#[test]
fn a_capsule_has_room_for_its_words_and_a_record() {
    let mut with_record = 0;
    at_each_step(|case, scene, layout| {
        let size = layout.measures.text;
        for (flight, way) in ways(scene, layout) {
            // Words are narrower than that.
            let mut width = |words: &str| f64::from(strong_width(words, size) * 93 / 100);
            let shown = way.capsule(flight, size, &mut width);
            let case = format!("{case}: {} with {}", flight.words, flight.records.len());
            if !flight.words.contains('_') {
                assert_eq!(shown.words, flight.words, "{case}");
            }
            let x = way.capsule_x(shown.half + 2.0);
            assert!(x - shown.half > 0.0, "{case}");
            assert!(x + shown.half < f64::from(layout.content_width), "{case}");
            if !flight.records.is_empty() {
                with_record += 1;
                assert!(!shown.records.is_empty(), "{case}");
                let is_all = shown.records.len() == flight.records.len();
                assert_eq!(shown.dots.is_empty(), is_all, "{case}");
            }
        }
    });
    assert!(with_record > 100, "{with_record}");
}

#[test]
fn what_a_consumer_sends_comes_from_its_card_and_what_it_is_sent_goes_there() {
    let mut seen = 0;
    at_each_step(|case, scene, layout| {
        let parts = picture(scene, layout, &[], &crate::view::focus::Focus::default());
        let card = |name: &str| {
            let of_name = |part: &&Part| part.key.kind == Kind::CardName && part.words == name;
            let key = parts.iter().find(of_name)?.key;
            let mut cards = parts.iter().filter(|part| part.key.kind == Kind::Card);
            cards
                .find(|part| part.key.column == key.column && part.key.area == Area::Groups)?
                .rect
        };
        for (flight, way) in ways(scene, layout) {
            let [start, .., end] = way.corners;
            for (place, point) in [(&flight.from, start), (&flight.to, end)] {
                if let Place::Consumer(name) = place {
                    let card = card(name).expect("each has a card");
                    let (left, right) = (f64::from(card.x), f64::from(card.right()));
                    assert!(
                        left < point.x && point.x < right,
                        "{case}: {flight:?} {card:?}"
                    );
                    let above = f64::from(card.y) - point.y;
                    assert!(above > 0.0 && above < 6.0, "{case}: {flight:?} {card:?}");
                    seen += 1;
                }
            }
        }
    });
    assert!(seen > 50, "{seen}");
}

#[test]
fn the_way_of_a_client_strikes_no_words() {
    at_each_step(|case, scene, layout| {
        let parts = picture(scene, layout, &[], &crate::view::focus::Focus::default());
        let is_text = |part: &&Part| !part.words.is_empty() || !part.note.is_empty();
        // Where a group stands may be told up to the window's edge.
        let others = [Kind::Choice, Kind::Card, Kind::Fact];
        let texts = parts
            .iter()
            .filter(is_text)
            .filter(|part| !others.contains(&part.key.kind));
        let texts: Vec<Rect> = texts.filter_map(|part| part.rect).collect();
        for (flight, way) in ways(scene, layout) {
            let is_of_client = [&flight.from, &flight.to]
                .iter()
                .any(|it| matches!(it, Place::Producer(_) | Place::Consumer(_)));
            let [_, upper, lower, _] = way.corners.map(|it| (it.x as i32, it.y as i32));
            let upright = Rect {
                x: upper.0 - 3,
                y: upper.1.min(lower.1),
                width: 7,
                height: (upper.1 - lower.1).abs(),
            };
            let struck = texts
                .iter()
                .find(|text| is_of_client && text.meets(upright));
            assert_eq!(struck, None, "{case}: {flight:?} {upright:?}");
        }
    });
}

#[test]
fn what_leaves_the_lowest_log_together_covers_nothing_that_is_told_of_the_group() {
    let (mut scene, layout) = super::inside(Scale::Stacked, (390, 533), &[6, 6, 6]);
    let answer = |number: u32, to: Place, words: &str| Flight {
        id: (0, number),
        from: Place::Broker(3),
        to,
        words: words.to_owned(),
        ..super::fetch()
    };
    let consumer = Place::Consumer("consumer-1".to_owned());
    scene.flights = vec![
        answer(0, Place::Broker(1), "HW 6"),
        answer(1, Place::Broker(2), "HW 6"),
        answer(2, consumer, "old epoch"),
    ];
    let bottom = f64::from(layout.client_ends()[1]);
    for now in (1000..2000).step_by(50) {
        scene.head.now_us = now;
        let ways = ways(&scene, &layout);
        assert_eq!(ways.len(), 3);
        for (index, (flight, way)) in ways.iter().enumerate() {
            assert!(way.middle.y <= bottom, "at {now}: {flight:?} {way:?}");
            for (other, beside) in &ways[..index] {
                let apart = (way.middle.y - beside.middle.y).abs();
                let aside = (way.middle.x - beside.middle.x).abs();
                let lane = f64::from(layout.inside.lanes.width);
                let is_apart = apart >= BELOW || aside >= lane - SLACK;
                assert!(is_apart, "at {now}: {flight:?} {other:?}");
            }
        }
    }
}
