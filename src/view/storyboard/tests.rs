//! What pictures that stand still tell.

use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::scenario::Scenario;

mod pairs;

use super::*;
use crate::view::focus::Focus;
use crate::view::layout::{Layout, LayoutInput, Stack};
use crate::view::measures::Scale;
use crate::view::part::{Area, Rect};
use crate::view::picture::picture;
use crate::view::project::{Memory, project};

const P1: Looked<'static> = Looked {
    topic: "orders",
    partition: 1,
};

/// The first sight.
fn first_sight() -> Timeline {
    let scenario = Scenario::from_json(include_str!("../../../scenarios/first-sight.json"));
    let scenario = scenario.expect("the scenario is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    timeline.run_until(SimTime(4_250_000), usize::MAX);
    timeline
}

/// The first sight, and right after it its first leader of p1 is killed.
fn after_a_crash() -> Timeline {
    let mut timeline = first_sight();
    let now = timeline.world().now();
    let crash = Command::CrashBroker {
        broker: BrokerId(1),
    };
    timeline.apply(crash, now).expect("broker 1 runs");
    timeline
}

/// So many pictures: what moves in each, and the scenes before and after.
fn pictures(timeline: &mut Timeline, count: usize) -> Vec<(Vec<Move>, [Scene; 2], u64)> {
    let mut memory = Memory::default();
    memory.opened = Some(1);
    let mut pictures = Vec::new();
    for _ in 0..count {
        let (from, calm_us) = play(timeline, P1);
        let here = timeline.position();
        timeline.seek(from);
        let before = project(timeline, &mut memory);
        timeline.seek(here);
        let after = project(timeline, &mut memory);
        pictures.push((moves(timeline, P1, from), [before, after], calm_us));
    }
    pictures
}

/// The pictures of daily work, and of what comes after a crash.
fn all_pictures() -> Vec<(Vec<Move>, [Scene; 2], u64)> {
    let mut all = pictures(&mut first_sight(), 14);
    all.extend(pictures(&mut after_a_crash(), 14));
    all
}

fn words(moves: &[Move]) -> Vec<&str> {
    moves.iter().map(|moved| moved.words.as_str()).collect()
}

/// What differs between two scenes that a picture draws, as the places where it does.
fn differences([before, after]: &[Scene; 2]) -> Vec<At> {
    let (old, new) = (&before.partitions[1], &after.partitions[1]);
    let mut places = Vec::new();
    for (was, is) in old.replicas.iter().zip(&new.replicas) {
        let has_learnt = was.high_watermark != is.high_watermark && Some(is.broker) != new.leader;
        if was.log_end_offset != is.log_end_offset || has_learnt {
            places.push(At::LogEnd(is.broker));
        }
    }
    if old.leader != new.leader {
        places.push(At::Leader);
    } else if let (Some(was), Some(is)) = (old.high_watermark, new.high_watermark)
        && was != is
    {
        places.push(At::HighWatermark(was, is));
    }
    if old.isr_words() != new.isr_words() {
        places.push(At::Isr);
    }
    for (was, is) in old.marks.iter().zip(&new.marks) {
        if was.position != is.position {
            places.extend(is.position.map(At::Position));
        }
        if was.committed != is.committed {
            places.extend(is.committed.map(At::Committed));
        }
    }
    places
}

#[test]
fn all_that_differs_between_before_and_after_is_named() {
    for (moved, scenes, _) in all_pictures() {
        for place in differences(&scenes) {
            assert!(
                moved.iter().any(|it| it.at == place),
                "{place:?}: {moved:?}"
            );
        }
        let brokers = scenes.map(|scene| scene.brokers.iter().map(|it| it.status).collect());
        let [was, is]: [Vec<_>; 2] = brokers;
        let is_named = moved.iter().any(|it| matches!(it.at, At::Name(_)));
        assert!(was == is || is_named, "{moved:?}");
    }
}

#[test]
fn a_picture_begins_as_the_one_before_it_ended() {
    for pictures in [
        pictures(&mut first_sight(), 14),
        pictures(&mut after_a_crash(), 1),
    ] {
        let ends = pictures.iter().map(|(_, [_, after], _)| after.clone());
        let starts = pictures.iter().skip(1).map(|(_, [before, _], _)| before);
        for (end, start) in ends.zip(starts) {
            assert_eq!(differences(&[end, start.clone()]), []);
        }
    }
}

#[test]
fn something_is_seen_to_move_in_each_picture_and_answers_alone_are_none() {
    for (moved, _, _) in all_pictures() {
        assert!(is_any_seen(&moved), "{moved:?}");
    }
}

#[test]
fn an_act_is_a_picture_of_its_own() {
    let mut timeline = first_sight();
    let (from, now) = (timeline.position(), timeline.world().now());
    let crash = Command::CrashBroker {
        broker: BrokerId(1),
    };
    timeline.apply(crash, now).expect("broker 1 runs");
    let moved = moves(&timeline, P1, from);
    assert_eq!(words(&moved), ["broker 1 is killed"]);
    assert_eq!(moved[0].at, At::Name(1));
}

#[test]
fn what_follows_a_crash_is_told_in_short() {
    let (moved, _, calm_us) = pictures(&mut after_a_crash(), 1).remove(0);
    let told = [
        "broker 1 is fenced",
        "broker 2 leads, epoch 1",
        "ISR is now 2, 3",
    ];
    assert_eq!(words(&moved), told);
    assert!(calm_us > 5 * CALM_US, "the controller waits: {calm_us}");
    let (moved, ..) = pictures(&mut after_a_crash(), 2).remove(1);
    let appends = moved
        .iter()
        .position(|it| it.words.starts_with("broker 2 appends"));
    let copies = moved
        .iter()
        .position(|it| it.words.starts_with("broker 3 copies"));
    assert!(appends.is_some() && appends < copies, "{moved:?}");
}

#[test]
fn a_fetch_and_the_high_watermark_that_it_lets_rise_are_two_moves() {
    let (moved, ..) = pictures(&mut first_sight(), 2).remove(1);
    let [fetch, rise, ..] = &moved[..] else {
        panic!("{moved:?}");
    };
    assert!(fetch.words.contains(" fetches at "), "{moved:?}");
    assert!(fetch.from.is_some(), "{moved:?}");
    assert_eq!((&rise.at, rise.from), (&At::HighWatermark(6, 7), None));
}

#[test]
fn pictures_leave_no_other_future_behind() {
    let mut timeline = after_a_crash();
    for _ in 0..6 {
        play(&mut timeline, P1);
        assert_eq!(timeline.position(), timeline.branch().length());
    }
}

#[test]
fn who_goes_to_a_moment_sees_the_picture_that_led_to_it() {
    let mut timeline = first_sight();
    for _ in 0..14 {
        let least = timeline.position();
        let (from, _) = play(&mut timeline, P1);
        assert_eq!(start(&timeline, P1, least), from);
        assert!(start(&timeline, P1, StepId(0)) <= from);
    }
    timeline.seek(StepId(0));
    assert_eq!(
        start(&timeline, P1, StepId(0)),
        StepId(0),
        "nothing led there"
    );
}

#[test]
fn a_calm_without_end_is_left_after_a_while() {
    let mut timeline = after_a_crash();
    let elsewhere = Looked {
        topic: "nobody’s topic",
        partition: 7,
    };
    for _ in 0..4 {
        let start = timeline.world().now().0;
        play(&mut timeline, elsewhere);
        assert!(timeline.world().now().0 - start <= CALM_MAX_US);
    }
}

#[test]
fn what_moves_is_said_in_words_with_the_way_on() {
    let (found, ..) = pictures(&mut first_sight(), 1).remove(0);
    let parts = list(&found, 0);
    assert_eq!(parts[0].words, found[0].words);
    let last = parts.last().expect("there are buttons");
    assert_eq!(last.act, Some(Act::Page(PageAct::Step)));
    assert_eq!(list(&[], 0)[0].kind(), Kind::Heading);
    assert_eq!(list(&found, 8_940_000)[0].words, "8.9 s later:");
}

#[test]
fn what_waits_for_other_replicas_is_said_beside_the_pictures_name() {
    let mut captions = Vec::new();
    let layout = Layout::new(LayoutInput {
        width: 390,
        height: 500,
        scale: Scale::Stacked,
        opened_row: 1,
        ..LayoutInput::default()
    });
    for (_, scenes, _) in all_pictures() {
        for scene in &scenes {
            let waiting = scene.partitions[1].inside.as_ref();
            let count = waiting.map_or(0, |inside| inside.waiting.len());
            let words = caption(scene, &layout);
            assert_eq!(words.contains("waiting room: "), count > 0, "{words}");
            assert!(room(scene, None, &layout).is_empty());
            captions.push(words);
        }
    }
    assert!(
        captions
            .iter()
            .any(|it| it.contains("waiting room: offset"))
    );
}

fn layout_of(scene: &Scene, (width, height, scale): (u32, u32, Scale)) -> Layout {
    Layout::new(LayoutInput {
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
    })
}

/// Each picture on a stage of each size: its moves, and what is drawn before and after.
fn drawn(look: impl Fn(&[Move], &Layout, &[Part], &[Part])) {
    for (moved, scenes, _) in all_pictures() {
        for (width, height, scale) in [
            (640, 463, Scale::Half),
            (640, 400, Scale::Half),
            (461, 463, Scale::Half),
            (430, 463, Scale::Half),
            (960, 700, Scale::HalfWide),
            (390, 500, Scale::Stacked),
        ] {
            for (place, scene) in scenes.iter().enumerate() {
                let layout = layout_of(scene, (width, height, scale));
                let (mut scene, mut other) = (scene.clone(), scenes[1 - place].clone());
                lend(&mut other, &mut scene, 1);
                let scene = &scene;
                let mut ground = picture(scene, &layout, &[], &Focus::default());
                ground.extend(room(scene, Some(&scenes[0]), &layout));
                let over: Vec<Part> = if place == 0 {
                    arrows(&moved, scene, &layout, &mut ground);
                    let is_over = |part: &Part| part.key.area == Area::Causes;
                    ground.extract_if(.., |part| is_over(part)).collect()
                } else {
                    numbers(&moved, scene, &layout, &ground)
                };
                look(&moved, &layout, &ground, &over);
            }
        }
    }
}

fn places(parts: &[Part], kind: Kind) -> Vec<Rect> {
    let parts = parts.iter().filter(|part| part.kind() == kind);
    parts.filter_map(|part| part.rect).collect()
}

#[test]
fn no_number_lies_on_words_or_on_another_and_none_leaves_the_stage() {
    drawn(|moved, layout, ground, over| {
        let words = ground.iter().filter(|part| !part.words.is_empty());
        let words =
            words.filter(|part| !matches!(part.kind(), Kind::Choice | Kind::Heading | Kind::Room));
        let words: Vec<Rect> = words.filter_map(|part| part.rect).collect();
        let numbers = places(over, Kind::Cause);
        for (place, number) in numbers.iter().enumerate() {
            let others = words.iter().chain(&numbers[place + 1..]);
            for other in others {
                assert!(!number.meets(*other), "{number:?} {other:?} {moved:?}");
            }
            assert!(number.x >= 0 && number.right() <= layout.content_width);
            assert!(number.bottom() <= layout.content_height, "{moved:?}");
        }
    });
}

#[test]
fn each_move_that_is_seen_has_its_number_after() {
    for (moved, scenes, _) in all_pictures() {
        let scene = &scenes[1];
        let layout = layout_of(scene, (640, 484, Scale::Half));
        let ground = picture(scene, &layout, &[], &Focus::default());
        let over = numbers(&moved, scene, &layout, &ground);
        let fetches = moved.iter().filter(|it| matches!(it.at, At::Fetch(_)));
        let changes = seen(&moved) - fetches.count();
        assert_eq!(places(&over, Kind::Cause).len(), changes, "{moved:?}");
    }
}

#[test]
fn on_a_telephone_no_number_of_a_replica_stands_above_all_of_them() {
    drawn(|moved, layout, _, over| {
        let head = layout.inside.flag.y - 4;
        let is_isr = |part: &Part| {
            let place = part.words.parse::<usize>().unwrap_or_default();
            let moved = moved.get(place.wrapping_sub(1));
            moved.is_none_or(|it| it.at == At::Isr)
        };
        let numbers = over
            .iter()
            .filter(|part| layout.is_phone() && !is_isr(part));
        for number in numbers.filter_map(|part| part.rect) {
            assert!(number.y >= head, "{number:?} {moved:?}");
        }
    });
}

#[test]
fn on_a_telephone_the_isrs_number_stands_in_its_partitions_row() {
    drawn(|moved, layout, _, over| {
        let place = moved.iter().position(|it| it.at == At::Isr);
        let number = place.map(|place| (place + 1).to_string());
        let number = over
            .iter()
            .find(|part| Some(&part.words) == number.as_ref());
        let row = layout.rows.get(1).filter(|_| layout.is_phone());
        if let (Some(number), Some(row)) = (number.and_then(|it| it.rect), row) {
            assert!(number.meets(*row), "{number:?} {row:?}");
        }
    });
}

#[test]
fn arrows_lead_from_broker_to_broker_each_on_its_own_way_and_strike_no_words() {
    drawn(|moved, layout, ground, over| {
        let legs = places(over, Kind::Arrow);
        let flags = places(ground, Kind::Flag);
        let facts = places(ground, Kind::Fact);
        for leg in &legs {
            assert!(leg.width > 0 && leg.height > 0, "{leg:?} {moved:?}");
            assert!(leg.x >= 0 && leg.right() <= layout.content_width);
            for words in flags.iter().chain(&facts) {
                assert!(!leg.meets(*words), "{leg:?} {words:?} {moved:?}");
            }
        }
        let upright = |leg: &&Rect| leg.width < leg.height && leg.height > 24;
        let ways: Vec<i32> = legs.iter().filter(upright).map(|leg| leg.x).collect();
        let (mut own, count) = (ways.clone(), ways.len());
        own.sort_unstable();
        own.dedup();
        assert_eq!(own.len(), count, "{ways:?} {moved:?}");
        let brought = moved.iter().filter(|it| it.from.is_some()).count();
        assert!(count == 0 || count == brought, "{ways:?} {moved:?}");
    });
}

#[test]
fn rows_keep_their_order_until_somebody_else_leads() {
    let stack = |leader: Option<u32>, in_sync: u64| Stack {
        leader,
        replicas: 0b111,
        above: in_sync,
    };
    let whole = stack(Some(0), 0b111);
    assert_eq!(stack(None, 0b111).kept(whole), whole, "nobody leads");
    assert_eq!(
        stack(Some(0), 0b011).kept(whole),
        whole,
        "who fell out stays"
    );
    let other = stack(Some(1), 0b110);
    assert_eq!(other.kept(whole), other, "who leads stands on top");
    let elsewhere = Stack {
        replicas: 0b1110,
        ..other
    };
    assert_eq!(elsewhere.kept(other), elsewhere, "others are there");
}

#[test]
fn an_offset_has_one_x_before_and_after() {
    let size = (640, 463, Scale::Half);
    for (moved, [mut before, mut after], _) in all_pictures() {
        let own = [before.partitions.clone(), after.partitions.clone()];
        let cells_of = |scene: &Scene| {
            let layout = layout_of(scene, size);
            let parts = picture(scene, &layout, &[], &Focus::default());
            let cells = parts.into_iter().filter(|part| part.kind() == Kind::Cell);
            let places = cells.filter_map(|it| Some((it.key.index, it.rect?.x)));
            places.collect::<Vec<_>>()
        };
        lend(&mut after, &mut before, 1);
        let was = cells_of(&before);
        lend(&mut after, &mut before, 1);
        lend(&mut before, &mut after, 1);
        let is = cells_of(&after);
        lend(&mut before, &mut after, 1);
        assert_eq!([before.partitions, after.partitions], own);
        for (offset, x) in &was {
            let others = is.iter().filter(|(other, _)| other == offset);
            assert!(others.map(|it| it.1).all(|other| other == *x), "{moved:?}");
        }
    }
}

#[test]
fn a_waiting_room_where_nobody_waits_says_so() {
    let timeline = first_sight();
    let mut memory = Memory::default();
    memory.opened = Some(1);
    let mut scene = project(&timeline, &mut memory);
    let layout = layout_of(&scene, (640, 463, Scale::Half));
    if let Some(inside) = &mut scene.partitions[1].inside {
        inside.waiting.clear();
    }
    let drawn = room(&scene, None, &layout);
    let words = Vec::from_iter(drawn.iter().map(|part| part.words.as_str()));
    assert_eq!(words, ["waiting room", "nobody waits"]);
}

#[test]
fn the_words_of_groups_stay_in_their_picture_however_narrow_it_is() {
    drawn(|_, layout, ground, _| {
        for fact in places(ground, Kind::Fact) {
            assert!(
                fact.x >= 0 && fact.right() <= layout.content_width,
                "{fact:?}"
            );
        }
    });
}
