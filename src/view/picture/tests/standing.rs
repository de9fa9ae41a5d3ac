//! Where single things of a picture stand.

use super::*;
use crate::view::part::Area;

pub(super) fn of_kind(parts: &[Part], kind: Kind) -> impl Iterator<Item = &Part> {
    parts.iter().filter(move |part| part.kind() == kind)
}

pub(super) fn rect(part: &Part) -> Rect {
    part.rect.expect("it stands somewhere")
}

#[test]
fn a_flag_beside_the_leaders_tab_hangs_on_its_bar_on_every_stage() {
    for stage in STAGES {
        for is_open in [false, true] {
            let scene = scene(2);
            let layout = layout_of(&scene, stage, is_open);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let of_leader = |kind| {
                let flags: Vec<&Part> = of_kind(&parts, Kind::Flag).collect();
                let places =
                    of_kind(&parts, kind).filter(|it| it.key.column == flags[0].key.column);
                let of_row = places.filter(|it| it.key.row == flags[0].key.row);
                of_row.map(rect).collect::<Vec<Rect>>()
            };
            let (bars, flag) = (of_leader(Kind::Bar), of_leader(Kind::Flag)[0]);
            let tab = of_leader(Kind::Leader)[0];
            let case = format!("{stage:?}, {is_open}: {bars:?}, {flag:?}, {tab:?}");
            if flag.x <= bars[0].right() {
                assert_eq!(bars[0].y, flag.y, "{case}");
                continue;
            }
            let elbow = *bars.last().expect("it has pieces");
            assert_eq!((elbow.x, elbow.y), (bars[0].right(), bars[0].y), "{case}");
            let corner = (elbow.right(), elbow.bottom());
            assert_eq!(corner, (flag.x, flag.bottom()), "{case}");
            assert!(tab.bottom() < elbow.y, "{case}");
        }
    }
}

#[test]
fn on_a_consumers_card_name_token_and_marks_have_one_edge() {
    let layout = layout(STAGES[2]);
    let parts = picture(&scene(6), &layout, &[], &Focus::default());
    let of_group = |kind| {
        let found = of_kind(&parts, kind).find(|part| part.key.area == Area::Groups);
        rect(found.expect("there is a member"))
    };
    let (card, name) = (of_group(Kind::Card), of_group(Kind::CardName));
    let token = of_group(Kind::Owned);
    assert_eq!(name.x, token.x);
    assert_eq!(of_group(Kind::Fact).x, token.x);
    assert!(name.right() < card.right());
    assert!(card.y + 4 <= name.y && name.bottom() < token.y);
    let heading = of_kind(&parts, Kind::Words).find(|part| part.key.area == Area::Groups);
    assert!(heading.is_some_and(|part| rect(part).bottom() < card.y));
}

#[test]
fn the_common_ground_ends_at_each_replicas_own_log_end_and_the_bar_is_whole() {
    for stage in STAGES {
        let mut scene = scene(12);
        let partition = &mut scene.partitions[1];
        for (replica, end) in partition.replicas.iter_mut().zip([8, 12, 11]) {
            replica.log_end_offset = end;
            replica.cells.retain(|cell| cell.offset < end);
        }
        let layout = layout_of(&scene, stage, true);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let of_replica = |kind, broker: u32| {
            let found = of_kind(&parts, kind).filter(move |part| part.key.column == broker);
            found.map(rect).collect::<Vec<Rect>>()
        };
        let mut waters: Vec<Rect> = (1..=3).flat_map(|it| of_replica(Kind::Water, it)).collect();
        let [short, leader, follower] = waters[..] else {
            panic!("{stage:?}: {waters:?}");
        };
        let bar = of_replica(Kind::Bar, 2)[0];
        assert_eq!(leader.right(), bar.x + 2, "{stage:?}");
        assert_eq!(follower.right(), leader.right(), "{stage:?}");
        let end = of_replica(Kind::LogEnd, 1)[0];
        assert!(short.right() < end.x && end.x < bar.x, "{stage:?}");
        waters.sort_by_key(|water| water.y);
        let mut pairs = waters.windows(2);
        assert!(pairs.all(|it| it[0].bottom() == it[1].y), "{waters:?}");
        // Between names it would strike them: there it runs through the logs only.
        let is_among = of_kind(&parts, Kind::Flag).any(|flag| bar.right() < rect(flag).x);
        let is_whole = bar.y <= waters[0].y && waters[2].bottom() <= bar.bottom();
        assert_ne!(is_whole, is_among, "{stage:?}");
    }
}

#[test]
fn the_bar_through_all_replicas_strikes_no_words() {
    use BrokerStatus::{Down, Up};
    for (stage, dead) in STAGES[2..].iter().flat_map(|it| [(it, Up), (it, Down)]) {
        for (committed, known, end) in [
            (6, 6, 7),
            (8, 7, 8),
            (43, 8, 41),
            (41, 41, 40),
            (30, 29, 31),
        ] {
            let mut scene = scene(44);
            let partition = &mut scene.partitions[1];
            partition.high_watermark = Some(committed);
            for replica in &mut partition.replicas {
                replica.high_watermark = committed;
                if replica.broker != 2 {
                    (replica.log_end_offset, replica.high_watermark) = (end, known);
                    replica.cells.retain(|cell| cell.offset < end);
                }
            }
            scene.brokers[2].status = dead;
            let layout = layout_of(&scene, *stage, true);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let bars = of_kind(&parts, Kind::Bar).filter(|part| part.key.column == 2);
            let bar = bars.map(rect).next().expect("there is a bar");
            let is_told = |part: &&Part| {
                let is_above = part.kind() == Kind::Words && part.key.area == Area::Rows;
                part.kind() == Kind::LogEnd || is_above && part.key.column < 4
            };
            for part in parts.iter().filter(is_told) {
                let words = ground(part, layout.measures.text);
                let is_free = words.is_none_or(|words| !overlap(words, bar));
                assert!(is_free, "{stage:?}, {committed}: {part:?} {bar:?}");
            }
        }
    }
}

#[test]
fn records_that_nobody_can_read_yet_are_told_where_they_are_folded() {
    let mut scene = scene(42);
    for replica in &mut scene.partitions[1].replicas {
        replica.high_watermark = 20;
    }
    scene.partitions[1].high_watermark = Some(20);
    let parts = picture(&scene, &layout(STAGES[3]), &[], &Focus::default());
    let mut folds = of_kind(&parts, Kind::Fold).filter(|part| part.key.row == 2);
    let committed = folds.next().expect("the oldest are folded");
    assert_eq!(committed.name, "offsets 0…19, not listed");
    let open = folds.next().expect("not all of the others fit");
    assert_eq!((open.state, open.words.as_str()), ("open", "20…39"));
    let name = "offsets 20…39, not listed: nobody can read these 20 yet";
    assert_eq!(open.name, name);
}

/// The opened partition 1 of 12 records with its group at these offsets, below the high watermark 11.
pub(super) fn standing_at(committed: u64, position: u64) -> Scene {
    let mut scene = scene(12);
    let mark = &mut scene.partitions[1].marks[0];
    (mark.committed, mark.position) = (Some(committed), Some(position));
    mark.lag = Some(11 - committed);
    scene
}

#[test]
fn the_line_of_the_lag_ends_at_the_bar_and_leaves_out_the_position() {
    for (committed, position) in [(4, 11), (4, 8), (5, 10), (6, 7)] {
        let scene = standing_at(committed, position);
        let layout = layout_of(&scene, STAGES[3], true);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let marks: Vec<Rect> = of_kind(&parts, Kind::Mark).map(rect).collect();
        let bar = of_kind(&parts, Kind::Bar).map(rect).next();
        let bar = bar.expect("there is a bar");
        let lines: Vec<Rect> = of_kind(&parts, Kind::Lag).map(rect).collect();
        let case = format!("{committed}, {position}: {lines:?}");
        for line in &lines {
            assert!(marks.iter().all(|mark| !overlap(*line, *mark)), "{case}");
        }
        let end = if position == 11 {
            marks[0].x - 3
        } else {
            bar.x + 2
        };
        assert_eq!(lines.last().map(|line| line.right()), Some(end), "{case}");
        let told = of_kind(&parts, Kind::Lag).filter(|part| !part.words.is_empty());
        assert_eq!(told.count(), 1, "{case}");
    }
}

#[test]
fn what_a_position_says_stands_at_its_mark() {
    for (committed, position) in [(4, 8), (5, 10), (8, 10), (9, 10), (11, 11)] {
        let scene = standing_at(committed, position);
        let layout = layout_of(&scene, STAGES[3], true);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let is_it = |part: &&Part| part.words.contains("position") && part.key.row == 2;
        let words = of_kind(&parts, Kind::Fact).find(is_it).map(rect);
        let words = words.expect("it is told");
        let mark = of_kind(&parts, Kind::Mark).map(rect).next();
        let tip = mark.map(|mark| mark.x + mark.width / 2).expect("it stands");
        let gap = (words.x - tip).max(tip - words.right()).max(0);
        assert!(gap <= 20, "{committed}, {position}: {gap}");
        let bar = of_kind(&parts, Kind::Bar).map(rect).next();
        let bar = bar.expect("there is a bar");
        let around = bar.x - 4..bar.right() + 6;
        let is_apart = words.right() <= around.start || around.end <= words.x;
        assert!(is_apart, "{committed}, {position}: {words:?} at {bar:?}");
    }
}

#[test]
fn inside_a_partition_who_is_dead_stands_on_no_water_and_says_what_it_was() {
    for stage in &STAGES[3..] {
        let mut scene = scene(12);
        scene.brokers[2].status = BrokerStatus::Down;
        scene.partitions[1].replicas[2].role = ReplicaRole::OutOfSync;
        let layout = layout_of(&scene, *stage, true);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let of_dead = |kind| of_kind(&parts, kind).filter(|part| part.key.column == 3);
        assert_eq!(of_dead(Kind::Water).count(), 0, "{stage:?}");
        let ground = of_dead(Kind::Frame).next().map(rect).expect("its ground");
        let words = of_dead(Kind::Words).find(|part| part.words == "out of sync");
        assert_eq!(words.map(|part| rect(part).bottom()), Some(ground.y));
    }
}

#[test]
fn while_nobody_leads_live_followers_keep_their_water_and_say_what_they_know() {
    let mut scene = scene(12);
    scene.brokers[1].status = BrokerStatus::Down;
    let partition = &mut scene.partitions[1];
    (partition.leader, partition.high_watermark) = (None, None);
    partition.replicas[1].role = ReplicaRole::WasLeader;
    partition.replicas[0].high_watermark = 9;
    let layout = layout_of(&scene, STAGES[3], true);
    let parts = picture(&scene, &layout, &[], &Focus::default());
    let waters = of_kind(&parts, Kind::Water).map(|part| (part.key.column, rect(part)));
    let waters = Vec::from_iter(waters);
    assert_eq!(waters.len(), 2, "the dead one stands on none: {waters:?}");
    for (_, water) in &waters {
        let height = layout.measures.follower_cell_height;
        assert!(water.width > 0 && water.height > height, "{waters:?}");
    }
    let is_known = |part: &&Part| part.words == "knows HW 9";
    assert_eq!(of_kind(&parts, Kind::Words).filter(is_known).count(), 1);
}

#[test]
fn a_lost_record_has_its_offset_below_it_in_the_words_of_danger() {
    let mut scene = scene(12);
    scene.brokers[0].status = BrokerStatus::Down;
    let partition = &mut scene.partitions[1];
    partition.lost = Some(11);
    partition.inside = None;
    let last = partition.replicas[0].cells.last_mut();
    last.expect("it holds records").is_lost = true;
    for is_open in [false, true] {
        let layout = layout_of(&scene, STAGES[3], is_open);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let lost = of_kind(&parts, Kind::Offset).find(|part| part.state == "lost");
        let lost = lost.expect("it is named");
        assert_eq!((lost.words.as_str(), lost.key.column), ("✕ 11", 1));
        let cell = of_kind(&parts, Kind::Cell).find(|part| part.state == "lost named");
        let cell = cell.map(rect).expect("it is shown");
        assert!(rect(lost).y >= cell.bottom());
        assert_is_tidy(&scene, &layout, "one is lost");
    }
}

#[test]
fn below_the_last_log_there_is_room_for_what_the_loss_of_a_record_means() {
    let mut scene = scene(12);
    let partition = &mut scene.partitions[1];
    partition.lost = Some(11);
    partition.inside = None;
    let last = partition.replicas[2].cells.last_mut();
    let last = last.expect("it holds records");
    let offset = last.offset;
    (last.is_lost, partition.lost) = (true, Some(offset));
    for stage in &STAGES[3..] {
        let layout = layout_of(&scene, *stage, true);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let words = of_kind(&parts, Kind::Words).find(|part| part.state == "lost");
        let words = words.expect("it is said");
        assert_eq!(words.words, format!("offset {offset} was acknowledged"));
        assert!(rect(words).y > layout.inside.sheet_bottom);
        assert!(rect(words).right() <= layout.content_width);
    }
}

#[test]
fn below_what_was_cut_off_stands_its_first_offset_and_how_many_more_there_were() {
    let mut scene = scene(12);
    let cuts = scene.partitions[1]
        .inside
        .as_mut()
        .map(|it| &mut it.cuts[0]);
    cuts.expect("it is told").end = 17;
    let layout = layout_of(&scene, STAGES[3], true);
    let parts = picture(&scene, &layout, &[], &Focus::default());
    let gone = of_kind(&parts, Kind::Gone).map(rect).next();
    let gone = gone.expect("one is drawn");
    let is_below = |part: &&Part| part.words == "11" && rect(part).y > gone.bottom();
    assert!(of_kind(&parts, Kind::Offset).any(|part| is_below(&part)));
    assert!(of_kind(&parts, Kind::Words).any(|part| part.words == "+5"));
}

#[test]
fn a_lane_through_who_is_out_of_sync_is_drawn_once() {
    let mut scene = scene(6);
    scene.partitions[1].in_sync_replicas = vec![2, 3];
    let layout = layout(STAGES[3]);
    let parts = picture(&scene, &layout, &[], &Focus::default());
    let first = layout.brokers[0];
    let crosses = |part: &&Part| part.key.row == 2 && rect(part).x < first.right() - 20;
    assert_eq!(of_kind(&parts, Kind::Rail).filter(crosses).count(), 0);
    assert_eq!(of_kind(&parts, Kind::Lane).filter(crosses).count(), 1);
}

#[test]
fn what_ties_the_in_sync_replicas_together_does_not_cross_one_between_them_that_is_out() {
    let mut scene = scene(6);
    scene.partitions[1].in_sync_replicas = vec![1, 3];
    let layout = layout(STAGES[3]);
    let parts = picture(&scene, &layout, &[], &Focus::default());
    let of_row = |kind| of_kind(&parts, kind).filter(|part| part.key.row == 2);
    let rails = Vec::from_iter(of_row(Kind::Rail).map(rect));
    assert_eq!(rails.len(), 2);
    assert!(rails.iter().all(|rail| !rail.meets(layout.brokers[1])));
    assert_eq!(of_row(Kind::Foot).count(), 4);
}

#[test]
fn without_a_group_the_brokers_take_its_column_and_a_single_partition_has_larger_cells() {
    let mut lone = scene(6);
    let before = layout_of(&lone, STAGES[3], false);
    lone.groups.clear();
    lone.partitions.truncate(1);
    let after = layout_of(&lone, STAGES[3], false);
    let right = |layout: &Layout| layout.brokers.last().map_or(0, |frame| frame.right());
    assert_eq!(right(&before) + 16, before.groups.x);
    assert!(right(&after) >= before.groups.right() - 3);
    assert_eq!(after.measures.cell_pitch, 40);
    assert_is_tidy(&lone, &after, "one partition and no group");
}

#[test]
fn a_fold_that_hides_the_visitors_record_bears_its_mark() {
    for stage in &STAGES[2..] {
        let mut scene = scene(42);
        scene.partitions[1].yours = Some(3);
        let layout = layout_of(&scene, *stage, false);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let folds = of_kind(&parts, Kind::Fold).filter(|fold| fold.state.contains("yours"));
        let folds = Vec::from_iter(folds);
        assert_eq!(folds.len(), 3, "one in each log, {stage:?}");
        for fold in folds {
            assert_eq!(fold.key.row, 2);
            assert!(fold.name.ends_with(", yours among them"), "{}", fold.name);
        }
    }
}
