//! What a telephone shows.

use super::standing::{of_kind, rect};
use super::*;

#[test]
fn a_telephone_which_has_no_room_for_producers_says_what_they_wait_for() {
    let mut scene = scene(6);
    let beside_title = |scene: &Scene| {
        let parts = picture(scene, &layout(STAGES[0]), &[], &Focus::default());
        let mut headings = of_kind(&parts, Kind::Heading).filter(|part| part.state == "end");
        headings
            .next()
            .map(|part| (part.note.clone(), part.name.clone()))
    };
    let (note, name) = beside_title(&scene).expect("it leads to the clients");
    assert_eq!(note, "2 unacked for 12.4 s ▾");
    assert!(name.starts_with("2 unacked for 12.4 s") && name.contains("one producer"));
    let mut other = scene.producers[0].clone();
    other.unanswered[1].age_us = 20_000_000;
    scene.producers.push(other);
    let (note, _) = beside_title(&scene).expect("it still does");
    assert_eq!(
        note, "4 unacked for 20.0 s ▾",
        "of all, as old as the oldest"
    );
    scene.producers.truncate(1);
    scene.producers[0].unanswered.clear();
    let (note, _) = beside_title(&scene).expect("it still does");
    assert_eq!(note, "one producer, one consumer ▾");
}

#[test]
fn on_a_telephone_the_leaders_name_stays_beside_its_tab_and_the_bar_strikes_no_name() {
    for committed in 0..=12 {
        let mut scene = scene(12);
        scene.brokers[0].status = BrokerStatus::Down;
        let partition = &mut scene.partitions[1];
        partition.high_watermark = Some(committed);
        partition.replicas[1].high_watermark = committed;
        let layout = layout_of(&scene, STAGES[0], false);
        assert!(layout.is_phone());
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let tab = of_kind(&parts, Kind::Leader).map(rect).next();
        let flag = of_kind(&parts, Kind::Flag).map(rect).next();
        let (tab, flag) = tab.zip(flag).expect("somebody leads");
        let name = of_kind(&parts, Kind::Heading).find(|part| part.words == "broker 2");
        let name = rect(name.expect("it has a name"));
        assert!(tab.right() < name.x && name.x < tab.right() + 16);
        assert!(name.right() < flag.x, "{committed}");
        let role = of_kind(&parts, Kind::Role).find(|part| part.state == "down");
        let role = rect(role.expect("it is told"));
        let mut bars = of_kind(&parts, Kind::Bar).map(rect);
        assert!(bars.all(|bar| !overlap(bar, role)), "{committed}");
    }
}

#[test]
fn on_a_telephone_no_mark_of_a_group_stands_on_the_words_about_it() {
    for end in [12, 20] {
        for (committed, position) in [(1, 1), (2, 1), (3, 1), (5, 2), (9, 1)] {
            let mut scene = scene(end);
            let mark = &mut scene.partitions[1].marks[0];
            mark.committed = Some(end - committed);
            mark.position = Some(end - position);
            let parts = picture(&scene, &layout(STAGES[0]), &[], &Focus::default());
            let of_row = |kind| of_kind(&parts, kind).filter(|part| part.key.row == 2);
            for mark in of_row(Kind::Mark) {
                let struck = of_row(Kind::Fact).find(|words| {
                    let (words, mark) = (
                        words.rect.unwrap_or_default(),
                        mark.rect.unwrap_or_default(),
                    );
                    words.meets(Rect {
                        x: mark.x + 2,
                        width: mark.width - 4,
                        ..mark
                    })
                });
                assert_eq!(struck, None, "{committed}, {position} before {end}");
            }
        }
    }
}

#[test]
fn a_telephones_row_says_that_a_leader_is_down_and_shows_what_the_living_know() {
    let mut scene = scene(12);
    scene.brokers[1].status = BrokerStatus::Down;
    let partition = &mut scene.partitions[1];
    (partition.leader, partition.high_watermark) = (None, None);
    partition.replicas[1].role = ReplicaRole::LeaderUntilFenced;
    partition.replicas[1].high_watermark = 12;
    let with = |living: u64| {
        let mut scene = scene.clone();
        for replica in [0, 2] {
            scene.partitions[1].replicas[replica].high_watermark = living;
        }
        let parts = picture(&scene, &layout(STAGES[0]), &[], &Focus::default());
        let mut rows = of_kind(&parts, Kind::Choice).filter(|part| part.key.row == 2);
        let note = rows.next().expect("p1 has a row").note.clone();
        let edges = of_kind(&parts, Kind::LogBar).filter(|part| part.state == "edge");
        let edge = edges.filter(|part| part.key.row == 2).map(rect).next();
        (note, edge.expect("it has a high watermark").x)
    };
    let (note, low) = with(6);
    assert_eq!(note, "leader down");
    assert!(low < with(11).1, "the dead one's is no longer told");
}

#[test]
fn on_a_telephone_a_bar_leaves_its_rows_words_room_and_never_shrinks_while_others_grow() {
    let bars = |end: u64| {
        let mut scene = scene(9);
        scene.partitions[2].replicas[0].log_end_offset = end;
        let parts = picture(&scene, &layout(STAGES[0]), &[], &Focus::default());
        let pieces = of_kind(&parts, Kind::LogBar).filter(|part| part.key.row == 1);
        let right = pieces.map(|part| rect(part).right()).max();
        (right.unwrap_or_default(), scene, parts)
    };
    assert_eq!(bars(9).0, bars(16).0);
    assert!(bars(16).0 > bars(17).0, "rarely all are drawn anew");
    let (_, mut scene, _) = bars(16);
    let note = |scene: &Scene, words: &str| {
        let layout = layout(STAGES[0]);
        let parts = picture(scene, &layout, &[], &Focus::default());
        let row = of_kind(&parts, Kind::Choice).find(|part| part.note == words);
        let row = rect(row.expect("it is told"));
        let pieces = of_kind(&parts, Kind::LogBar).map(|part| rect(part).right());
        let first = row.right() - 12 - words_width(words, layout.measures.text);
        assert!(pieces.max() < Some(first - 4), "{words}");
    };
    scene.partitions[0].replicas[0].log_end_offset = 16;
    scene.partitions[0].high_watermark = Some(16);
    scene.partitions[1].leader = None;
    note(&scene, "no leader");
    scene.partitions[1].replicas[1].role = ReplicaRole::LeaderUntilFenced;
    note(&scene, "leader down");
    scene.partitions[1] = partition(1, 16);
    scene.partitions[1].replica_count = 12;
    scene.partitions[1].in_sync_replicas = (1..=10).collect();
    note(&scene, "ISR 10/12");
}
