//! What is seen in an opened partition only.

use super::standing::{of_kind, rect, standing_at};
use super::*;
use crate::view::scene::{Errand, Flight, Place};

#[test]
fn who_sends_along_the_lane_of_clients_is_named_at_its_end() {
    let mut scene = scene(6);
    let named = |scene: &Scene| {
        let layout = layout_of(scene, STAGES[3], true);
        let parts = picture(scene, &layout, &[], &Focus::default());
        let ends = of_kind(&parts, Kind::Words)
            .filter(|part| (part.key.row, part.key.column) == (u32::MAX, 2));
        Vec::from_iter(ends.map(|part| part.words.clone()))
    };
    assert!(named(&scene).is_empty(), "nothing is on its way");
    scene.flights = vec![Flight {
        id: (7, 1),
        from: Place::Producer("checkout".to_owned()),
        to: Place::Broker(1),
        lane: Some(1),
        errand: Errand::Other,
        words: "produce".to_owned(),
        records: Vec::new(),
        sent_us: 1000,
        arrives_us: 2000,
        is_held: false,
    }];
    assert_eq!(named(&scene), ["checkout"]);
}

#[test]
fn who_cut_its_log_off_stands_last_as_long_as_that_is_shown() {
    let mut scene = scene(12);
    let cuts = |scene: &mut Scene, broker: u32| {
        let inside = scene.partitions[1].inside.as_mut().expect("it is open");
        inside.cuts.truncate(usize::from(broker > 0));
        inside.cuts.iter_mut().for_each(|cut| cut.broker = broker);
    };
    let lowest = |scene: &Scene| {
        let stack = Stack::of(&scene.brokers, &scene.partitions[1]);
        let input = LayoutInput {
            stack,
            ..layout_of(scene, STAGES[3], true).input
        };
        let logs = Layout::new(input).brokers;
        (1..)
            .zip(logs)
            .max_by_key(|(_, log)| log.y)
            .map(|(id, _)| id)
    };
    cuts(&mut scene, 1);
    scene.partitions[1].in_sync_replicas = vec![2, 3];
    assert_eq!(lowest(&scene), Some(1));
    scene.partitions[1].in_sync_replicas = vec![1, 2, 3];
    assert_eq!(lowest(&scene), Some(1), "also once it is in sync again");
    scene.partitions[1].in_sync_replicas = vec![1, 2];
    assert_eq!(lowest(&scene), Some(1), "also below who is not");
    cuts(&mut scene, 0);
    assert_eq!(lowest(&scene), Some(3));
}

#[test]
fn no_guide_of_an_offset_is_a_stub_or_strikes_words_after_a_log() {
    for stage in &STAGES[2..] {
        let mut scene = scene(12);
        for (replica, end) in scene.partitions[1].replicas.iter_mut().zip([8, 12, 10]) {
            replica.log_end_offset = end;
            replica.cells.retain(|cell| cell.offset < end);
        }
        let layout = layout_of(&scene, *stage, true);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let guides = Vec::from_iter(of_kind(&parts, Kind::Guide).map(rect));
        assert!(
            !guides.is_empty() && guides.iter().all(|it| it.height >= 10),
            "{stage:?}"
        );
        for end in of_kind(&parts, Kind::LogEnd) {
            let words = ground(end, layout.measures.text).expect("it is named");
            assert!(!guides.iter().any(|it| overlap(*it, words)), "{stage:?}");
        }
    }
}

#[test]
fn a_commit_at_the_position_stands_within_its_mark_with_light_between() {
    for shape in [
        MarkShape::Triangle,
        MarkShape::Diamond,
        MarkShape::Circle,
        MarkShape::Square,
    ] {
        let mut scene = standing_at(8, 8);
        scene.partitions[1].marks[0].shape = shape;
        let layout = layout_of(&scene, STAGES[3], true);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let marks = Vec::from_iter(of_kind(&parts, Kind::Mark).map(rect));
        let [position, commit] = marks[..] else {
            panic!("{marks:?}");
        };
        let above = commit.y - position.y;
        let below = position.bottom() - commit.bottom();
        assert!(above >= 4 && below >= 3 && commit.width >= 8, "{marks:?}");
        let is_even = (above - below).abs() <= 1;
        assert_eq!(
            is_even,
            shape != MarkShape::Triangle,
            "{shape:?}: {marks:?}"
        );
    }
}
