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

/// p1 of 12 records on a telephone, with its high watermark at that offset.
pub(super) fn committed_at(committed: u64, is_down: bool) -> Scene {
    let mut scene = scene(12);
    if is_down {
        scene.brokers[0].status = BrokerStatus::Down;
    }
    let partition = &mut scene.partitions[1];
    partition.high_watermark = Some(committed);
    partition.replicas[1].high_watermark = committed;
    scene
}

#[test]
fn on_a_telephone_the_leaders_tab_and_name_stay_and_the_flag_hangs_behind_them() {
    for stage in &STAGES[..2] {
        let (mut lines, mut states) = (Vec::new(), Vec::new());
        for (committed, is_down) in (0..=12).flat_map(|at| [(at, false), (at, true)]) {
            let scene = committed_at(committed, is_down);
            let layout = layout_of(&scene, *stage, false);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let case = format!("{stage:?}, {committed}, {is_down}");
            let first = |kind| of_kind(&parts, kind).next().expect("somebody leads");
            let (tab, flag, bar) = (first(Kind::Leader), first(Kind::Flag), first(Kind::Bar));
            let name = of_kind(&parts, Kind::Heading).find(|part| part.words == "broker 2");
            let line = [rect(tab), rect(name.expect("it has a name"))];
            if flag.state == "aside" {
                assert_eq!(rect(flag).bottom(), rect(bar).y + 3, "{case}");
            } else {
                assert_eq!(
                    (rect(flag).x, rect(flag).y),
                    (rect(bar).x, rect(bar).y),
                    "{case}"
                );
            }
            lines.push(line);
            let [tab, name] = line;
            let is_apart = tab.right() + 2 <= name.x && name.right() + 2 <= rect(flag).x;
            assert!(is_apart, "{case}: {line:?}");
            assert!(rect(flag).right() <= layout.content_width, "{case}");
            assert!(
                lines
                    .iter()
                    .all(|it| it.map(|it| it.x) == line.map(|it| it.x)),
                "{case}"
            );
            states.push(flag.state);
            let is_told = |part: &&Part| matches!(part.kind(), Kind::Role | Kind::Heading);
            let is_of_log = |part: &&Part| part.key.row == 2 && is_told(part);
            let bars = Vec::from_iter(of_kind(&parts, Kind::Bar).map(rect));
            for words in parts.iter().filter(is_of_log) {
                let is_struck = bars.iter().any(|bar| overlap(*bar, rect(words)));
                assert!(!is_struck, "{case}: {words:?}");
            }
            assert_is_tidy(&scene, &layout, &case);
        }
        assert!(
            states.contains(&"") && states.contains(&"aside"),
            "{states:?}"
        );
    }
}

#[test]
fn on_a_telephone_the_bar_strikes_no_name_beside_which_stands_that_a_broker_is_paused() {
    for (paused, committed) in [0, 1, 2]
        .iter()
        .flat_map(|it| (0..=12).map(move |at| (*it, at)))
    {
        let mut scene = committed_at(committed, false);
        scene.brokers[paused].status = BrokerStatus::Paused;
        let layout = layout_of(&scene, STAGES[0], false);
        assert_is_tidy(&scene, &layout, "paused");
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let bars = Vec::from_iter(of_kind(&parts, Kind::Bar).map(rect));
        let is_told = |it: &&Part| matches!(it.kind(), Kind::Role | Kind::Heading);
        for words in parts.iter().filter(|it| it.key.row == 2).filter(is_told) {
            let is_struck = bars.iter().any(|bar| bar.meets(rect(words)));
            assert!(!is_struck, "{paused}, {committed}: {words:?}");
        }
    }
}

#[test]
fn on_a_telephone_a_lost_record_is_told_after_its_log_or_after_its_brokers_role() {
    use BrokerStatus::{Down, Up};
    for (stage, end) in STAGES[..2]
        .iter()
        .flat_map(|it| [2, 6, 7, 12, 42].map(|end| (it, end)))
    {
        for (status, role, column) in [
            (Up, ReplicaRole::WasLeader, 0),
            (Up, ReplicaRole::WasLeader, 2),
            (Down, ReplicaRole::WasLeader, 2),
            (Down, ReplicaRole::OutOfSync, 0),
        ] {
            let mut scene = scene(end);
            scene.brokers[column].status = status;
            let partition = &mut scene.partitions[1];
            partition.replicas[column] = replica(column as u32 + 1, column as u32 + 1, end);
            partition
                .in_sync_replicas
                .retain(|it| *it != column as u32 + 1);
            partition.lost = Some(end - 1);
            let replica = &mut partition.replicas[column];
            replica.role = role;
            replica.cells.last_mut().expect("it holds records").is_lost = true;
            let layout = layout_of(&scene, *stage, false);
            let case = format!("{stage:?}, {end}, {status:?}, {role:?}");
            assert_is_tidy(&scene, &layout, &case);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let told = of_kind(&parts, Kind::Words).find(|part| part.state == "lost");
            let told = told.unwrap_or_else(|| panic!("{case}"));
            assert_eq!(told.words, format!("{} is lost", end - 1), "{case}");
            let (words, log) = (rect(told), layout.brokers[column]);
            assert!(
                log.y - 28 <= words.y && words.bottom() <= log.bottom(),
                "{case}"
            );
            let sign = Rect {
                x: words.x - 24,
                width: 24 + words.width,
                ..words
            };
            let bars = of_kind(&parts, Kind::Bar).map(rect);
            assert!(!bars.into_iter().any(|bar| overlap(bar, sign)), "{case}");
        }
    }
}

#[test]
fn on_a_telephone_words_about_a_group_stand_at_its_mark() {
    for (committed, at) in (0..=11).flat_map(|end| (0..=end).map(move |at| (end, at))) {
        let mut scene = committed_at(committed, false);
        let mark = &mut scene.partitions[1].marks[0];
        (mark.committed, mark.position) = (Some(at), Some(at));
        let parts = picture(&scene, &layout(STAGES[0]), &[], &Focus::default());
        let of_row = |kind| of_kind(&parts, kind).filter(|part| part.key.row == 2);
        let mark = of_row(Kind::Mark).map(rect).next().expect("it stands");
        let words = Vec::from_iter(of_row(Kind::Fact));
        let told = words.iter().map(|part| part.words.as_str());
        let told = Vec::from_iter(told).join(" | ");
        let [one, two] =
            ["=", &format!("{at} |")].map(|is| format!("committed {is} position {at}"));
        assert!([one, two].contains(&told), "{committed}, {at}: {told}");
        let gaps = words.into_iter().map(|part| match part.state {
            "end" => mark.x - rect(part).right(),
            _ => rect(part).x - mark.right(),
        });
        let gap = gaps.max().expect("it is told");
        let most = if committed == at { 8 } else { 50 };
        assert!((0..=most).contains(&gap), "{committed}, {at}: {gap}");
    }
}

#[test]
fn on_a_telephone_no_mark_of_a_group_stands_on_the_words_about_it() {
    let until = |end: u64| (0..=end).flat_map(move |at| (0..=at).map(move |from| (from, at)));
    for end in [8, 9, 10, 12, 20] {
        for (high_watermark, (committed, position)) in [end, end - 1, end - 2, end / 2]
            .iter()
            .flat_map(|it| until(*it).map(move |at| (it, at)))
        {
            let mut scene = scene(end);
            let partition = &mut scene.partitions[1];
            partition.high_watermark = Some(*high_watermark);
            partition.replicas[1].high_watermark = *high_watermark;
            let mark = &mut partition.marks[0];
            (mark.committed, mark.position) = (Some(committed), Some(position));
            let parts = picture(&scene, &layout(STAGES[0]), &[], &Focus::default());
            let of_row = |kind| of_kind(&parts, kind).filter(|part| part.key.row == 2);
            for mark in of_row(Kind::Mark).map(rect) {
                let sign = Rect {
                    x: mark.x + 2,
                    width: mark.width - 4,
                    ..mark
                };
                let struck = of_row(Kind::Fact)
                    .find(|words| ground(words, 14).is_some_and(|words| words.meets(sign)));
                let case = format!("{committed}, {position} below {high_watermark} of {end}");
                assert_eq!(struck, None, "{case}: {sign:?}");
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
fn on_a_telephone_the_water_of_no_bar_falls_as_logs_grow() {
    let bars = |end: u64, other: u64| {
        let mut scene = scene(end);
        scene.partitions[2] = partition(2, other);
        let parts = picture(&scene, &layout(STAGES[0]), &[], &Focus::default());
        let water = |row: u32| {
            let mut pieces = of_kind(&parts, Kind::LogBar).filter(|part| part.state == "water");
            let water = pieces.find(|part| part.key.row == row);
            rect(water.expect("there are records")).right()
        };
        [1, 3].map(water)
    };
    let mut last = bars(4, 4);
    for end in [5, 6, 8, 9, 16, 17, 33, 44, 65, 129] {
        assert_eq!(
            bars(4, end)[0],
            bars(4, 4)[0],
            "the others have what they had"
        );
        let now = bars(end, end);
        assert!(
            now[0] > last[0] && now[1] > last[1],
            "{end}: {now:?} {last:?}"
        );
        last = now;
    }
}

#[test]
fn on_a_telephone_a_bar_leaves_its_rows_words_room() {
    let mut scene = scene(9);
    let note = |scene: &Scene, words: &str| {
        let layout = layout(STAGES[0]);
        let parts = picture(scene, &layout, &[], &Focus::default());
        let row = of_kind(&parts, Kind::Choice).find(|part| part.note == words);
        let row = rect(row.expect("it is told"));
        let pieces = of_kind(&parts, Kind::LogBar).map(|part| rect(part).right());
        let first = row.right() - 12 - words_width(words, layout.measures.text);
        assert!(pieces.max() < Some(first - 4), "{words}");
    };
    scene.partitions[0].replicas[0].log_end_offset = u64::MAX;
    scene.partitions[0].high_watermark = Some(u64::MAX / 2);
    scene.partitions[1].leader = None;
    note(&scene, "no leader");
    scene.partitions[1].replicas[1].role = ReplicaRole::LeaderUntilFenced;
    note(&scene, "leader down");
    scene.partitions[1] = partition(1, 16);
    scene.partitions[1].replica_count = 12;
    scene.partitions[1].in_sync_replicas = (1..=10).collect();
    note(&scene, "ISR 10/12");
}

#[test]
fn on_a_telephone_the_tokens_of_all_cards_end_where_their_card_does() {
    let mut scene = scene(6);
    let mut other = scene.groups[0].members[0].clone();
    (other.name, other.owns) = ("consumer-2".to_owned(), vec![2]);
    scene.groups[0].members[0].owns.truncate(2);
    scene.groups[0].members.push(other);
    let parts = picture(&scene, &layout(STAGES[0]), &[], &Focus::default());
    let right = |kind, column| {
        let of_card = of_kind(&parts, kind).filter(|part| part.key.column == column);
        of_card.map(|part| rect(part).right()).max()
    };
    let ends = [1, 2].map(|column| right(Kind::Card, column).zip(right(Kind::Owned, column)));
    let [one, other] = ends.map(|it| it.map_or(0, |(card, token)| card - token));
    assert!(one > 0 && one == other, "{one}, {other}");
}
