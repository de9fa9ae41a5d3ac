//! How logs are folded and aligned, and where tab and flag of a leader stand.

use super::*;
use crate::view::measures::Scale;
use crate::view::scene::CellRow;

fn sizes() -> Measures {
    Measures::of(Scale::Regular)
}

fn replica(broker: u32, role: ReplicaRole, first: u64, end: u64) -> ReplicaRow {
    let cells = (first..end).map(|offset| CellRow {
        offset,
        end: offset + 1,
        is_committed: offset + 1 < end,
        ..CellRow::default()
    });
    ReplicaRow {
        broker,
        role,
        log_start_offset: 0,
        log_end_offset: end,
        high_watermark: end.saturating_sub(1),
        lag: None,
        folded_count: first,
        cells: cells.collect(),
    }
}

fn partition(leader_end: u64, follower_end: u64) -> PartitionRow {
    PartitionRow {
        replicas: vec![
            replica(
                1,
                ReplicaRole::Leader,
                leader_end.saturating_sub(16),
                leader_end,
            ),
            replica(
                3,
                ReplicaRole::Follower,
                follower_end.saturating_sub(16),
                follower_end,
            ),
        ],
        ..PartitionRow::default()
    }
}

fn strip_in(width: i32, partition: &PartitionRow, index: usize) -> Strip {
    let alignment = Alignment::in_frames(&sizes(), width, partition);
    let replica = &partition.replicas[index];
    Strip::new(&sizes(), width, (partition, replica), &alignment)
}

fn strip(partition: &PartitionRow, index: usize) -> Strip {
    strip_in(265, partition, index)
}

#[test]
fn the_water_ends_at_the_high_watermark_and_the_cells_at_the_log_end() {
    let strip = strip(&partition(6, 5), 0);
    assert_eq!(strip.water.right(), strip.committed_x);
    assert_eq!(strip.log_end.x - 2 - strip.committed_x, 30);
    assert_eq!(strip.log_end_words, "LEO 6");
}

#[test]
fn a_follower_tells_its_log_end_only_where_it_differs() {
    assert_eq!(strip(&partition(6, 5), 1).log_end_words, "LEO 5");
    assert_eq!(strip(&partition(6, 6), 1).log_end_words, "");
}

#[test]
fn a_long_log_folds_its_oldest_records_and_keeps_inside_its_frame() {
    for end in [9, 40, 1234, 1_234_567] {
        for width in [199, 265, 400] {
            let partition = partition(end, end);
            let strip = strip_in(width, &partition, 0);
            let shown = strip.cells.len() as u64;
            if let Some(fold) = strip.folds.first() {
                assert!(fold.words.ends_with(&(end - shown - 1).to_string()));
            }
            let words = words_width(&strip.log_end_words, 14);
            assert!(
                shown <= 1 || strip.log_end.x + FRAME_BRACKET + words <= width,
                "{end} leaves {width}"
            );
        }
    }
}

#[test]
fn a_folded_log_stands_still_while_it_has_places_and_all_replicas_show_the_same() {
    let first_cells = |end: u64| {
        let partition = partition(end, end);
        [0, 1].map(|index| {
            let strip = strip(&partition, index);
            partition.replicas[index].cells[strip.cells[0].0].offset
        })
    };
    let firsts: Vec<[u64; 2]> = (100..112).map(first_cells).collect();
    assert!(firsts.iter().all(|[leader, follower]| leader == follower));
    let moves = firsts.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!((3..=6).contains(&moves), "{firsts:?}");
}

#[test]
fn all_replicas_fold_the_same_offsets_and_an_offset_has_one_x() {
    let partition = partition(11, 8);
    let [leader, follower] = [0, 1].map(|index| strip(&partition, index));
    let x_of = |strip: &Strip, index: usize, offset: u64| {
        let cells = &partition.replicas[index].cells;
        let mut shown = strip.cells.iter();
        shown.find_map(|(at, rect)| (cells[*at].offset == offset).then_some(rect.x))
    };
    let first = partition.replicas[0].cells[leader.cells[0].0].offset;
    assert!(leader.cells.len() >= 5, "no more is folded than has to be");
    assert!(first < 8);
    for offset in first..8 {
        assert_eq!(x_of(&leader, 0, offset), x_of(&follower, 1, offset));
    }
    assert_eq!(follower.log_end_words, "LEO 8");
    assert_eq!(leader.folds[0].words, follower.folds[0].words);
}

#[test]
fn a_log_that_ends_in_the_fold_is_a_block_of_its_own_with_its_end_beside_it() {
    for (width, end, behind) in [(199, 12, 7), (265, 400, 363), (400, 1_234_567, 9)] {
        let mut partition = partition(end, behind);
        partition.replicas[0].high_watermark = end - 1;
        let [leader, follower] = [0, 1].map(|index| strip_in(width, &partition, index));
        assert!(follower.cells.is_empty());
        let [fold] = &follower.folds[..] else {
            panic!("{:?}", follower.folds);
        };
        assert_eq!(fold.words, format!("0…{}", behind - 1));
        assert!(words_width(&fold.words, 14) < fold.rect.width);
        assert!(fold.rect.right() < leader.folds[0].rect.right());
        let gap = follower.log_end.x - fold.rect.right();
        assert!((0..6).contains(&gap), "{gap}");
        let name = if width > 200 { "LEO " } else { "" };
        assert_eq!(follower.log_end_words, format!("{name}{behind}"));
    }
}

#[test]
fn what_nobody_can_read_yet_is_folded_last_and_counted() {
    let folded = |high_watermark: u64| {
        let mut partition = partition(12, 12);
        partition.replicas[0].high_watermark = high_watermark;
        partition.high_watermark = Some(high_watermark);
        let strip = strip(&partition, 0);
        let words: Vec<String> = strip.folds.iter().map(|it| it.words.clone()).collect();
        let ends = strip.folds.iter().all(|it| {
            let is_committed = it.offsets.1 <= high_watermark;
            is_committed != it.is_open
        });
        assert!(ends, "{:?}", strip.folds);
        let cells = &partition.replicas[0].cells;
        let is_next = |cell: &(usize, Rect)| cells[cell.0].offset == high_watermark;
        assert!(strip.cells.iter().any(is_next), "the next that will be");
        words
    };
    let all = [11, 7, 6, 5, 0].map(folded);
    let expected: [&[&str]; 5] = [
        &["0…7"],
        &["0…6"],
        &["0…5", "7…8"],
        &["0…4", "6…8"],
        &["1…7"],
    ];
    assert_eq!(all, expected);
}

#[test]
fn either_all_ends_of_logs_in_frames_of_a_width_have_their_name_or_none() {
    for (width, is_named) in [(194, false), (265, true), (442, true)] {
        for end in [3, 7, 12, 42, 420] {
            for behind in [2, end - 1] {
                let partition = partition(end, behind);
                for index in [0, 1] {
                    let words = strip_in(width, &partition, index).log_end_words;
                    assert_eq!(words.starts_with("LEO "), is_named, "{width}: {words}");
                }
            }
        }
    }
}

#[test]
fn a_log_folds_before_its_end_loses_its_name_or_the_flag_has_to_flip() {
    for (width, end) in [(265, 5), (265, 7), (265, 42), (442, 42), (442, 420)] {
        let mut partition = partition(end, end);
        partition.replicas[0].high_watermark = end;
        let strip = strip_in(width, &partition, 0);
        assert_eq!(strip.log_end_words, format!("LEO {end}"), "{width}");
        let words = format!("HW {end}");
        let labels = Labels::new(&sizes(), width, "LEADER", &words, strip.committed_x);
        assert!(
            labels.hangs == Hangs::Right && labels.has_word,
            "{width}: {end}"
        );
        assert!(labels.flag.right() + FLAG_EDGE <= width);
        assert!(strip.cells.len() > 3, "{width}: {end}");
    }
}

#[test]
fn a_log_that_has_room_is_whole_and_one_more_record_folds_no_more_than_it_has_to() {
    let cells = |scale: Scale, width: i32, end: u64| {
        let mut partition = partition(end, end);
        for replica in &mut partition.replicas {
            replica.high_watermark = end;
        }
        let sizes = Measures::of(scale);
        let alignment = Alignment::in_frames(&sizes, width, &partition);
        alignment.cells(&partition.replicas[0]).count()
    };
    let beside_the_panel = [5, 6, 7, 8, 9, 10].map(|end| cells(Scale::Narrow, 194, end));
    assert_eq!(beside_the_panel, [5, 6, 5, 5, 5, 3]);
    let of_large_stage = [5, 6, 7, 8].map(|end| cells(Scale::Wide, 288, end));
    assert_eq!(of_large_stage, [5, 6, 4, 4]);
}

#[test]
fn the_visitors_unread_record_and_one_that_is_lost_are_never_folded() {
    for width in [265, 400] {
        let mut partition = partition(22, 22);
        partition.replicas[0].high_watermark = 13;
        partition.high_watermark = Some(13);
        partition.lost = Some(14);
        partition.replicas[0].cells[10].is_yours = true;
        let strip = strip_in(width, &partition, 0);
        let mut cells = strip.cells.iter();
        let offset_of = |(index, _): &(usize, Rect)| partition.replicas[0].cells[*index].offset;
        let offsets = Vec::from_iter(cells.clone().map(offset_of));
        let is_shown = |it: &u64| offsets.contains(it);
        assert!(is_shown(&13) && is_shown(&14), "{width}: {offsets:?}");
        assert!(width < 400 || is_shown(&16), "{width}: {offsets:?}");
        assert!(cells.all(|(_, cell)| cell.right() < width), "{width}");
        let folds = strip.folds.iter().map(|it| (it.rect.x, it.rect.right()));
        let shown = strip.cells.iter().map(|(_, it)| (it.x, it.right()));
        let mut places = Vec::from_iter(folds.chain(shown));
        places.sort_unstable();
        assert!(places.windows(2).all(|it| it[0].1 <= it[1].0), "{places:?}");
    }
}

#[test]
fn in_the_fold_no_two_offsets_have_one_place() {
    let mut partition = partition(400, 400);
    let replica = &mut partition.replicas[1];
    (replica.log_end_offset, replica.high_watermark) = (41, 40);
    let alignment = Alignment::in_frames(&sizes(), 265, &partition);
    let xs = [0, 40, 41, 400].map(|offset| alignment.x_of(offset));
    assert!(xs.windows(2).all(|pair| pair[0] + 6 < pair[1]), "{xs:?}");
}

#[test]
fn the_tab_keeps_its_place_and_its_word_wherever_the_bar_stands() {
    for (width, words) in [(194, "HW 42"), (265, "HW 2"), (265, "HW 42")] {
        for x in 11..width {
            let Labels { tab, has_word, .. } = Labels::new(&sizes(), width, "LEADER", words, x);
            assert!(has_word && tab.x == INSET, "at {x} of {width}");
        }
    }
}

#[test]
fn where_a_frame_has_no_room_for_both_the_crown_tells_who_leads() {
    let labels = Labels::new(&sizes(), 130, "LEADER", "42", 82);
    assert!(!labels.has_word && labels.tab.right() <= labels.flag.x);
}

#[test]
fn a_flag_hangs_on_one_side_of_its_bar_or_above_it_or_on_an_elbow_behind_the_tab() {
    let mut seen = Vec::new();
    for (width, words) in [(194, "HW 6"), (194, "HW 42"), (265, "HW 42"), (130, "7")] {
        for x in 10..width - 20 {
            let labels = Labels::new(&sizes(), width, "LEADER", words, x);
            let (flag, bar) = (labels.flag, labels.bar);
            let case = format!("{words} at {x} of {width}: {labels:?}");
            match (labels.hangs, labels.elbow) {
                (Hangs::Right, None) => assert_eq!((flag.x, flag.y), (x - 1, bar.y), "{case}"),
                (Hangs::Left, None) => assert_eq!((flag.right(), flag.y), (x + 1, bar.y), "{case}"),
                (Hangs::Aside, None) => {
                    assert!(flag.x <= bar.right() && x < flag.right(), "{case}");
                    assert_eq!(bar.y + BAR, flag.bottom(), "{case}");
                }
                (Hangs::Aside, Some(elbow)) => {
                    assert_eq!((elbow.x, elbow.y), (bar.right(), bar.y), "{case}");
                    let end = (elbow.right(), elbow.bottom());
                    assert_eq!(end, (flag.x, flag.bottom()), "{case}");
                    assert!(labels.tab.bottom() < elbow.y, "{case}");
                }
                (_, Some(_)) => panic!("{case}"),
            }
            assert!(flag.right() + FLAG_EDGE <= width, "{case}");
            assert!(flag.x - labels.tab.right() >= LABEL_GAP, "{case}");
            let form = (labels.hangs, labels.elbow.is_some());
            if !seen.contains(&form) {
                seen.push(form);
            }
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}

#[test]
fn long_offsets_stand_under_every_other_cell() {
    assert_eq!(strip(&partition(9, 9), 0).offset_every, 1);
    assert_eq!(strip(&partition(12_345, 12_345), 0).offset_every, 2);
}

#[test]
fn the_flag_holds_seven_digits_and_touches_neither_tab_nor_edge() {
    for words in ["HW 5", "HW 42", "HW 1234567"] {
        for (width, x) in [(199, 10), (199, 170), (265, 40), (265, 190), (265, 240)] {
            let labels = Labels::new(&sizes(), width, "LEADER", words, x);
            assert!(labels.flag.width >= strong_width(words, 14));
            let (flag, tab) = (labels.flag, labels.tab);
            assert!(flag.x >= tab.right() || tab.x >= flag.right());
            assert!(
                labels.flag.right() <= width,
                "{words} at {x} leaves {width}"
            );
        }
    }
}
