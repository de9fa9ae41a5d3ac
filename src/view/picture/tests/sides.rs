//! Producers and their queues.

use super::standing::{of_kind, rect};
use super::*;
use crate::view::part::{Area, strong_width};
use crate::view::scene::ProducerRow;

#[test]
fn what_waits_in_a_producer_has_room_for_its_letter_in_the_lowest_row() {
    for stage in STAGES {
        for partitions in 3..=24 {
            let scene = large_scene(6, partitions);
            let layout = layout_of(&scene, stage, false);
            let size = layout.measures.text;
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let tokens = parts.iter().filter(|part| part.kind() == Kind::Token);
            for rect in tokens.filter_map(|part| part.rect) {
                let least = size * 3 / 4 + 4;
                assert!(rect.height > least, "{stage:?}, {partitions}: {rect:?}");
            }
        }
    }
}

#[test]
fn what_the_controller_says_is_not_cut_off_by_the_silence_of_a_broker() {
    for stage in STAGES.into_iter().filter(|stage| stage.0 >= 920) {
        for silent in 0..3 {
            let mut scene = scene(6);
            scene.brokers[silent].silence = Some("silent 9.5 s".to_owned());
            scene.controller.words = "last heard broker 1: 2.2 s ago".to_owned();
            let layout = layout_of(&scene, stage, false);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let said = |state| {
                let mut words = parts.iter().filter(|part| part.kind() == Kind::Words);
                words.find(|part| part.state == state)?.rect
            };
            let (strip, alarm) = (said("strip"), said("alarm"));
            let (strip, alarm) = (strip.expect("it says so"), alarm.expect("it is silent"));
            let size = layout.measures.text;
            let needed = words_width(&scene.controller.words, size);
            assert!(strip.width >= needed, "{stage:?}, {silent}");
            assert!(!overlap(strip, alarm), "{stage:?}, {silent}");
        }
    }
}

#[test]
fn what_has_no_room_below_a_queue_leaves_no_line_empty() {
    for stage in &STAGES[2..] {
        let mut scene = scene(6);
        for (_, words) in &mut scene.producers[0].waits {
            "waits 123456789.4 seconds".clone_into(words);
        }
        let parts = picture(&scene, &layout(*stage), &[], &Focus::default());
        let below = of_kind(&parts, Kind::Fact)
            .filter(|part| part.key.area == Area::Producers && part.key.row == 1)
            .map(rect);
        let queue = of_kind(&parts, Kind::Queue).find(|part| part.key.row == 1);
        let queue = queue.map(rect).expect("p1 has a queue");
        let first = below.map(|line| line.y).min();
        assert_eq!(first, Some(queue.bottom() + 6), "{stage:?}");
    }
}

#[test]
fn below_a_queue_never_stands_for_how_long_without_how_much() {
    let told = |count: u32| {
        let mut scene = scene(6);
        scene.producers[0].waits.clear();
        for row in &mut scene.producers[0].unanswered {
            row.count = count;
        }
        let layout = layout(STAGES[2]);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let is_below = |part: &&Part| part.key.area == Area::Producers && part.key.row == 1;
        let below = of_kind(&parts, Kind::Fact).filter(is_below);
        let frame = layout.producers;
        let told = below.map(|part| {
            let room = rect(part);
            assert!(frame.x + 6 <= room.x && room.right() < frame.right());
            part.words.clone()
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(told(37), ["37 unacked", "for 12.4 s"]);
    assert_eq!(told(1234), Vec::<String>::new());
}

#[test]
fn a_waiting_room_lists_as_many_requests_as_the_stage_has_room_for() {
    for stage in &STAGES[2..] {
        for count in 0..=12 {
            let mut scene = scene(12);
            let inside = scene.partitions[1].inside.as_mut().expect("it is open");
            inside.told = None;
            let waiting = inside.waiting[0].clone();
            inside.waiting = vec![waiting; count];
            let layout = layout_of(&scene, *stage, true);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let case = format!("{stage:?}, {count}");
            let room = of_kind(&parts, Kind::Room).map(rect).next();
            let room = room.expect("there is a room");
            let rows = of_kind(&parts, Kind::Pending);
            let rows = rows.filter(|part| !["known", "tide"].contains(&part.state));
            let rows = Vec::from_iter(rows);
            let last = rows.last().copied().map(rect).expect("it says something");
            assert_eq!(last.bottom(), room.bottom(), "{case}");
            let lowest = parts.iter().filter_map(|part| part.rect);
            let lowest = lowest.filter(|it| it.x >= room.x).map(Rect::bottom);
            let free = stage.1 as i32 - layout.measures.top - lowest.max().unwrap_or_default();
            assert!(free >= 0, "{case}");
            let listed = rows.iter().filter(|part| part.state.is_empty()).count();
            let words = match count - listed {
                0 if count == 0 => "nobody waits".to_owned(),
                0 => continue,
                hidden => {
                    assert!(free < layout.measures.text * 5, "{case}: {free}");
                    format!("and {hidden} more")
                }
            };
            assert_eq!(rows[listed].words, words, "{case}");
        }
    }
}

/// A producer of the visitor beside that of the scene.
fn with_yours(asks: Vec<KeyMark>) -> Scene {
    let mut scene = scene(6);
    scene.producers.push(ProducerRow {
        name: "you-all".to_owned(),
        asks,
        queues: Vec::new(),
        waits: Vec::new(),
        unanswered: Vec::new(),
        ..scene.producers[0].clone()
    });
    scene
}

/// The words on top of the producers, and the letter beside them.
fn producers_head(parts: &[Part]) -> (String, Option<(String, Rect)>) {
    let is_it = |part: &&Part| part.key.area == Area::Producers;
    let head = of_kind(parts, Kind::FrameHead).find(is_it);
    let mut tokens = of_kind(parts, Kind::Token).filter(is_it);
    let token = tokens.find(|part| overlap(rect(part), head.map(rect).expect("a head")));
    let token = token.map(|part| (part.words.clone(), rect(part)));
    (head.expect("a head").words.clone(), token)
}

#[test]
fn as_long_as_nobody_knows_where_the_visitors_record_goes_it_is_seen_on_top_of_its_producer() {
    let mark = KeyMark {
        letter: "H".to_owned(),
        ..KeyMark::none()
    };
    let scene = with_yours(vec![mark]);
    for stage in STAGES.into_iter().filter(|stage| stage.0 >= 920) {
        let layout = layout_of(&scene, stage, false);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let (words, token) = producers_head(&parts);
        let (letter, place) = token.expect("the record is seen");
        assert_eq!((words.as_str(), letter.as_str()), ("you", "H"));
        let words_end = layout.producers.x + 12 + strong_width("you", layout.measures.text + 2);
        assert!(words_end < place.x && place.right() < layout.producers.right());
    }
    let parts = picture(&scene, &layout(STAGES[0]), &[], &Focus::default());
    let says_so = |part: &Part| part.note.starts_with("your record H waits");
    assert!(parts.iter().any(says_so), "on a telephone");
}

#[test]
fn the_visitor_is_named_among_the_producers() {
    let scene = with_yours(Vec::new());
    for stage in STAGES.into_iter().filter(|stage| stage.0 >= 920) {
        let layout = layout_of(&scene, stage, false);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let (words, token) = producers_head(&parts);
        assert!(token.is_none());
        assert!(
            ["checkout, you", "you, +1"].contains(&words.as_str()),
            "{words}"
        );
        let size = layout.measures.text + 2;
        assert!(
            strong_width(&words, size) + 22 <= layout.producers.width,
            "{stage:?}"
        );
    }
}

#[test]
fn of_many_that_wait_in_a_queue_those_without_room_are_counted() {
    for count in [0, 1, 2, 3, 30] {
        let mut scene = scene(6);
        let mark = KeyMark {
            letter: "H".to_owned(),
            ..KeyMark::none()
        };
        scene.producers[0].queues = vec![(1, vec![mark; count])];
        for stage in STAGES.into_iter().filter(|stage| stage.0 >= 920) {
            let layout = layout_of(&scene, stage, false);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let in_row = |part: &&Part| part.key.area == Area::Producers && part.key.row == 1;
            let tokens = of_kind(&parts, Kind::Token).filter(in_row);
            let tokens = Vec::from_iter(tokens.map(rect));
            let shown = tokens.len();
            let queue = of_kind(&parts, Kind::Queue).find(in_row).expect("a queue");
            let words = match count - shown {
                0 => String::new(),
                hidden => format!("+{hidden}"),
            };
            assert_eq!(queue.words, words, "{stage:?}");
            let first = tokens.iter().map(|it| it.x).min();
            let end = rect(queue).x + 5 + words_width(&words, layout.measures.text);
            assert!(first.is_none_or(|first| end < first), "{stage:?}, {count}");
        }
    }
}

#[test]
fn where_producers_differ_in_their_acks_each_is_named_as_far_as_there_is_room() {
    for stage in &STAGES[2..] {
        let mut scene = scene(6);
        scene.producers.push(ProducerRow {
            name: "payments".to_owned(),
            acks: "acks=1".to_owned(),
            ..scene.producers[0].clone()
        });
        let said = |scene: &Scene| {
            let parts = picture(
                scene,
                &layout_of(scene, *stage, false),
                &[],
                &Focus::default(),
            );
            let own = parts.iter().filter(|it| it.key.area == Area::Producers);
            let words = own.filter(|it| it.kind() == Kind::Words);
            Vec::from_iter(words.map(|it| it.words.clone()))
        };
        assert_eq!(
            said(&scene),
            ["checkout", "acks=all", "payments", "acks=1"],
            "{stage:?}"
        );
    }
}
