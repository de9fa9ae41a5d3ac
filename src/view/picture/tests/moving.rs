//! How one picture becomes the next: what glides, and that nothing runs over anything meanwhile.

use super::standing::{of_kind, rect};
use super::*;
use crate::view::motion::Motion;
use crate::view::part::{Area, PartKey};

/// Two pictures of a log that grows by a record, on each stage, as clusters and as partitions.
fn with_each_record(mut look: impl FnMut(&str, &[Part], &[Part])) {
    for stage in STAGES {
        for end in 4..40 {
            for is_open in [false, true] {
                let scenes = [scene(end), scene(end + 1)];
                let pictures = scenes.map(|scene| {
                    let layout = layout_of(&scene, stage, is_open);
                    picture(&scene, &layout, &[], &Focus::default())
                });
                let case = format!("{stage:?}, {end}, {is_open}");
                look(&case, &pictures[0], &pictures[1]);
            }
        }
    }
}

/// From where a part comes, to the right and down of its place; nothing if it appears there.
fn way_of(motion: &Motion, old: &[Part], part: &Part) -> Option<(i32, i32)> {
    let known = old.iter().find(|known| known.key == part.key);
    if let Some(known) = known.filter(|known| motion.keeps(known, part)) {
        let (from, to) = (rect(known), rect(part));
        return Some((from.x - to.x, from.y - to.y));
    }
    let mut style = String::new();
    motion.enter(part, &mut style);
    let (_, way) = style.split_once("translate(")?;
    let numbers = way.trim_end_matches(')').split(',');
    let mut numbers = numbers.filter_map(|it| it.trim_end_matches("px").parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

fn log_of(key: PartKey) -> (Area, u32, u32) {
    (key.area, key.row, key.column)
}

/// Where a part is after so many quarters of its way.
fn place(part: &Part, way: (i32, i32), quarters: i32) -> Rect {
    let left = |way: i32| way * (4 - quarters) / 4;
    rect(part).moved((left(way.0), left(way.1)))
}

#[test]
fn records_and_offsets_never_run_over_each_other_while_their_log_moves_for_a_new_one() {
    let mut is_any_new = false;
    with_each_record(|case, old, new| {
        let motion = Motion::between(old, new, false);
        for kind in [Kind::Cell, Kind::Offset] {
            let parts: Vec<&Part> = of_kind(new, kind).collect();
            for pair in parts.windows(2) {
                if log_of(pair[0].key) != log_of(pair[1].key) {
                    continue;
                }
                // What has no way stands where it is to be.
                let ways = [0, 1].map(|at| way_of(&motion, old, pair[at]).unwrap_or_default());
                is_any_new |= way_of(&motion, old, pair[1]).is_some_and(|way| way.0 > 0);
                for quarters in 0..=4 {
                    let [left, right] = [0, 1].map(|at| place(pair[at], ways[at], quarters));
                    let is_apart = left.right() <= right.x + 2;
                    assert!(
                        is_apart,
                        "{case}, {quarters}/4: {:?} {:?}",
                        pair[0], pair[1]
                    );
                }
            }
        }
    });
    assert!(is_any_new, "no log had to fold");
}

#[test]
fn the_bar_of_the_high_watermark_and_the_water_it_ends_move_as_one() {
    with_each_record(|case, old, new| {
        let motion = Motion::between(old, new, false);
        for water in of_kind(new, Kind::Water) {
            let known = old.iter().find(|known| known.key == water.key);
            let bar = of_kind(new, Kind::Bar).find(|bar| log_of(bar.key) == log_of(water.key));
            let (Some(known), Some(bar)) = (known, bar) else {
                continue;
            };
            // A follower's own bar is not the end of its water.
            if rect(water).right().abs_diff(rect(bar).x) > 2 {
                continue;
            }
            assert!(motion.keeps(known, water), "{case}");
            let way = way_of(&motion, old, bar).expect("the bar glides, too");
            let water_way = rect(known).right() - rect(water).right();
            assert_eq!(way.0, water_way, "{case}: {bar:?} {water:?}");
        }
    });
}

#[test]
fn pieces_of_a_bar_that_comes_apart_come_from_where_the_whole_bar_was() {
    let mut is_any = false;
    for end in 4..20 {
        let whole = scene(end);
        let mut apart = scene(end + 1);
        apart.brokers[0].status = BrokerStatus::Down;
        let [old, new] = [whole, apart].map(|scene| {
            let layout = layout_of(&scene, STAGES[0], false);
            picture(&scene, &layout, &[], &Focus::default())
        });
        let motion = Motion::between(&old, &new, false);
        let bars = of_kind(&new, Kind::Bar);
        let ways = bars.map(|bar| way_of(&motion, &old, bar).unwrap_or_default().0);
        let ways = Vec::from_iter(ways);
        assert!(ways.len() > 1, "{end}: it is whole");
        assert!(ways.iter().all(|way| *way == ways[0]), "{end}: {ways:?}");
        is_any |= ways[0] != 0;
    }
    assert!(is_any, "no bar moved");
}

#[test]
fn words_about_a_place_in_a_log_wait_until_the_log_has_moved() {
    let mut is_any = false;
    with_each_record(|case, old, new| {
        let motion = Motion::between(old, new, false);
        let cells = |key: PartKey| {
            let mut cells =
                of_kind(new, Kind::Cell).filter(move |it| log_of(it.key) == log_of(key));
            cells.any(|cell| way_of(&motion, old, cell).is_some_and(|way| way.0 != 0))
        };
        for fact in of_kind(new, Kind::Fact).filter(|fact| fact.key.area == Area::Rows) {
            let known = old.iter().find(|known| known.key == fact.key);
            let Some(known) = known.filter(|known| known.rect != fact.rect && cells(known.key))
            else {
                continue;
            };
            assert!(!motion.keeps(known, fact), "{case}: {fact:?}");
            let mut style = String::new();
            motion.enter(fact, &mut style);
            assert!(
                style.contains("transition-delay:var(--duration-step)"),
                "{case}: {style}"
            );
            is_any = true;
        }
    });
    assert!(is_any, "no log had to fold");
}

#[test]
fn the_leaders_tab_and_name_stay_where_they_are_whatever_the_high_watermark_does() {
    for (stage, is_open) in [(0, false), (2, false), (2, true), (3, false)] {
        let pictures = (0..=12).map(|at| {
            let scene = super::phone::committed_at(at, false);
            let layout = layout_of(&scene, STAGES[stage], is_open);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let of_leader = |it: &&Part| {
                let is_head = matches!(it.kind(), Kind::Heading | Kind::Leader);
                is_head && (it.key.area, it.key.row, it.key.column) == (Area::Rows, 2, 2)
            };
            let heads = parts.iter().filter(of_leader);
            Vec::from_iter(heads.map(|it| (rect(it).x, rect(it).width, it.words.clone())))
        });
        let pictures = Vec::from_iter(pictures);
        assert!(!pictures[0].is_empty(), "somebody leads");
        for picture in &pictures {
            assert_eq!(picture, &pictures[0], "stage {stage}");
        }
    }
}

#[test]
fn on_a_telephone_a_name_does_not_glide_over_what_comes_where_the_leaders_tab_was() {
    let pictures = [false, true].map(|is_dead| {
        let mut scene = scene(8);
        if is_dead {
            scene.brokers[1].status = BrokerStatus::Down;
            for replica in &mut scene.partitions[1].replicas {
                replica.role = ReplicaRole::Follower;
            }
        }
        picture(&scene, &layout(STAGES[0]), &[], &Focus::default())
    });
    let [old, new] = &pictures;
    let motion = Motion::between(old, new, false);
    let is_name = |it: &&Part| it.kind() == Kind::Heading && it.words == "broker 2";
    let (was, is) = (old.iter().find(is_name), new.iter().find(is_name));
    let (Some(was), Some(is)) = (was, is) else {
        panic!("its log has its name");
    };
    assert!(rect(is).x < rect(was).x && !motion.keeps(was, is));
}

#[test]
fn where_replicas_trade_places_names_go_along_and_the_bars_of_the_list_stay() {
    let pictures = [2, 3].map(|leader| {
        let mut scene = scene(4 + 4 * u64::from(leader));
        let partition = &mut scene.partitions[1];
        partition.leader = Some(leader);
        for replica in &mut partition.replicas {
            let is_leader = replica.broker == leader;
            replica.role = [ReplicaRole::Follower, ReplicaRole::Leader][usize::from(is_leader)];
        }
        let layout = layout_of(&scene, STAGES[0], false);
        picture(&scene, &layout, &[], &Focus::default())
    });
    let [old, new] = &pictures;
    let motion = Motion::between(old, new, true);
    let (mut names, mut bars) = (0, 0);
    for part in new {
        let known = old.iter().find(|known| known.key == part.key);
        let Some(known) = known.filter(|known| known.rect != part.rect) else {
            continue;
        };
        let is_name = part.kind() == Kind::Heading && part.key.area == Area::Rows;
        let is_bar = part.key.area == Area::Top && part.key.row > 0;
        if is_name || is_bar {
            assert!(motion.keeps(known, part), "{part:?}");
            names += u32::from(is_name);
            bars += u32::from(is_bar);
        }
    }
    assert!(names > 1 && bars > 1, "{names} names, {bars} bars");
}

#[test]
fn from_one_arrangement_to_the_other_logs_glide_and_what_changes_its_shape_does_not() {
    for (stage, end) in [3, 4, 5]
        .iter()
        .flat_map(|at| [6, 42].map(|end| (STAGES[*at], end)))
    {
        let scene = scene(end);
        let pictures = [false, true].map(|is_open| {
            let layout = layout_of(&scene, stage, is_open);
            picture(&scene, &layout, &[], &Focus::default())
        });
        for (old, new) in [(&pictures[0], &pictures[1]), (&pictures[1], &pictures[0])] {
            let motion = Motion::between(old, new, true);
            assert!(motion.is_any());
            let mut glides = Vec::new();
            for part in new {
                let known = old.iter().find(|known| known.key == part.key);
                let Some(known) = known.filter(|known| known.rect != part.rect) else {
                    continue;
                };
                if motion.keeps(known, part) && !glides.contains(&part.kind()) {
                    glides.push(part.kind());
                }
            }
            for kind in [Kind::Cell, Kind::Bar, Kind::Notch, Kind::Mark] {
                assert!(glides.contains(&kind), "{stage:?}, {end}: {glides:?}");
            }
            let others = [
                Kind::Rail,
                Kind::Foot,
                Kind::Water,
                Kind::Isr,
                Kind::Role,
                Kind::Leader,
            ];
            for kind in others {
                assert!(!glides.contains(&kind), "{stage:?}, {end}: {glides:?}");
            }
            let opened = of_kind(new, Kind::Cell).filter(|cell| cell.key.row == 2);
            for pair in Vec::from_iter(opened).windows(2) {
                let ways = [0, 1].map(|at| way_of(&motion, old, pair[at]));
                let [Some(left), Some(right)] = ways else {
                    panic!("{stage:?}, {end}: {pair:?} does not come along");
                };
                if log_of(pair[0].key) == log_of(pair[1].key) {
                    assert_eq!(left.1, right.1, "{stage:?}, {end}: {pair:?}");
                }
            }
        }
    }
}

#[test]
fn the_water_of_a_log_whose_records_all_fold_does_not_glide_without_them() {
    let (shown, mut folded) = (scene(10), scene(37));
    let row = &mut folded.partitions[1];
    row.high_watermark = Some(9);
    for replica in &mut row.replicas {
        replica.high_watermark = 9;
        if Some(replica.broker) != row.leader {
            replica.log_end_offset = 10;
            replica.cells.clear();
        }
    }
    let [old, new] = [shown, folded].map(|scene| {
        let layout = layout_of(&scene, STAGES[3], false);
        picture(&scene, &layout, &[], &Focus::default())
    });
    let motion = Motion::between(&old, &new, false);
    let mut count = 0;
    for kind in [Kind::Water, Kind::LogEnd] {
        let followers = |part: &&Part| part.key.row == 2 && part.key.column != 2;
        for part in of_kind(&new, kind).filter(followers) {
            let known = old.iter().find(|known| known.key == part.key);
            let Some(known) = known.filter(|known| known.rect != part.rect) else {
                continue;
            };
            count += 1;
            assert!(!motion.keeps(known, part), "{part:?}");
        }
    }
    assert_eq!(count, 4, "water and end of both followers move");
}
