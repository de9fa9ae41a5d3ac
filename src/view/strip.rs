//! Where the parts of one replica stand: water, fold, cells, bracket, high watermark. Pure, in
//! pixels from the replica's own corner.

mod aligned;
mod kept;

pub use aligned::{Alignment, Fold};

use crate::view::measures::Measures;
use crate::view::part::{Rect, strong_width, words_width};
use crate::view::scene::{PartitionRow, ReplicaRole, ReplicaRow};

/// From the frame's edge to the first cell.
pub const INSET: i32 = 10;
/// From a replica's last words to the frame's edge.
const EDGE: i32 = 4;
/// Above and below the cells, where water shows.
const WATER_REACH: i32 = 5;
/// Between cells.
const CELL_GAP: i32 = 2;
/// From the last cell to the words after the closing bracket.
const FRAME_BRACKET: i32 = 12;
/// The crown and the air around it, on the leader's tab.
pub const CROWN: i32 = 30;
/// The air around a flag's words, and its notch.
const FLAG_AIR: i32 = 10;
/// Between the tab and the flag, and where the flag has an elbow.
const LABEL_GAP: i32 = 2;
const ELBOW_AIR: i32 = 6;
/// The place of an empty offset.
pub const SLOT: i32 = 12;
/// How thick the bar of the high watermark is, and the elbow that leads from it to its flag.
pub const BAR: i32 = 3;
/// The light between the tab and an elbow below it: without it the elbow would be the tab's edge.
pub const ELBOW_GAP: i32 = 2;

/// The parts of a replica, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// The blocks of older records, if some are folded.
    pub folds: Vec<Fold>,
    /// The ground of committed records.
    pub water: Rect,
    /// The cells that are shown, with their places in `ReplicaRow::cells`.
    pub cells: Vec<(usize, Rect)>,
    /// Every how many cells an offset has room.
    pub offset_every: usize,
    /// The x of the end of what is committed.
    pub committed_x: i32,
    /// The x of the high watermark as this replica knows it.
    pub high_watermark_x: i32,
    /// The bracket after the last cell.
    pub log_end: Rect,
    /// `LEO 6`; empty where the replica has what the leader has.
    pub log_end_words: String,
    /// Whether the bar of the high watermark would strike its words: they stand after it.
    pub is_behind: bool,
}

impl Strip {
    /// Lays a replica out that has `width` pixels of a row.
    pub fn new(
        sizes: &Measures,
        width: i32,
        (partition, replica): (&PartitionRow, &ReplicaRow),
        alignment: &Alignment,
    ) -> Strip {
        let (y, height) = match replica.role {
            ReplicaRole::Leader => (sizes.cell_offset, sizes.leader_cell_height),
            _ => (sizes.follower_cell_offset, sizes.follower_cell_height),
        };
        let rect = |x: i32, width: i32| Rect {
            x: INSET + x,
            y,
            width,
            height,
        };
        let x_of = |offset: u64| INSET + alignment.x_of(offset);
        let committed_x = x_of(committed_end(replica));
        let log_end_x = alignment.log_end(replica);
        let room = width - INSET - log_end_x - FRAME_BRACKET - EDGE;
        let words = log_end_words(sizes, room, partition, replica);
        let widest_offset = words_width(&replica.log_end_offset.to_string(), sizes.text) + 4;
        Strip {
            folds: alignment.folds(replica, rect(0, 0)),
            water: Rect {
                x: INSET - WATER_REACH,
                y: y - WATER_REACH,
                width: committed_x - INSET + WATER_REACH,
                height: height + 2 * WATER_REACH,
            },
            cells: alignment
                .cells(replica)
                .map(|(index, x, right)| (index, rect(x, right - x - CELL_GAP)))
                .collect(),
            offset_every: ((widest_offset - 1) / sizes.cell_pitch + 1).max(1) as usize,
            committed_x,
            high_watermark_x: x_of(replica.high_watermark.min(alignment.end)),
            log_end: rect(log_end_x + 2, FRAME_BRACKET - 4),
            log_end_words: words,
            is_behind: false,
        }
    }
}

/// Up to where what a replica holds is committed: on the leader its high watermark.
fn committed_end(replica: &ReplicaRow) -> u64 {
    let known = replica.high_watermark.min(replica.log_end_offset);
    if replica.role == ReplicaRole::Leader {
        return known;
    }
    let mut cells = replica.cells.iter();
    let first = cells.clone().next().map_or(known, |cell| cell.offset);
    let last = cells.rfind(|cell| cell.is_committed);
    last.map_or(known.min(first), |cell| cell.end)
}

/// `0…5` for the offsets from `start` to before `end`.
pub fn fold_words(start: u64, end: u64) -> String {
    match end.saturating_sub(1) {
        last if last <= start => start.to_string(),
        last => format!("{start}…{last}"),
    }
}

/// A follower says its log end only where it differs from the leader's.
fn log_end_words(
    sizes: &Measures,
    room: i32,
    partition: &PartitionRow,
    replica: &ReplicaRow,
) -> String {
    let leader_end = partition.leading().map(|leader| leader.log_end_offset);
    let end = replica.log_end_offset;
    if replica.role != ReplicaRole::Leader && leader_end == Some(end) {
        return String::new();
    }
    let words = format!("LEO {end}");
    if words_width(&words, sizes.text) <= room {
        words
    } else {
        end.to_string()
    }
}

/// The leader's tab and the flag of the high watermark, above the cells.
#[derive(Clone, Debug, PartialEq)]
pub struct Labels {
    /// The tab.
    pub tab: Rect,
    /// Whether the tab has room for its word.
    pub has_word: bool,
    /// The flag.
    pub flag: Rect,
    /// Whether it hangs at the left of the bar.
    pub is_flipped: bool,
    /// The bar from the flag to below the cells.
    pub bar: Rect,
    /// From the bar to a flag that had to step aside.
    pub elbow: Option<Rect>,
}

impl Labels {
    /// Finds a place for the flag where it touches neither the tab nor leaves `width`.
    pub fn new(sizes: &Measures, width: i32, word: &str, flag_words: &str, x: i32) -> Labels {
        let flag_width = strong_width(flag_words, sizes.text) + FLAG_AIR;
        let spot = |tab: i32| beside_bar(x, flag_width, INSET + tab, width - 1);
        let whole_tab = strong_width(word, sizes.text) + CROWN;
        // A flag that has no place at either side of its bar takes the word's: the crown tells, too.
        let with_word = spot(whole_tab);
        let has_word = with_word.is_some();
        let tab_width = if has_word { whole_tab } else { CROWN - 1 };
        let (flag_x, is_flipped) = with_word
            .or_else(|| spot(tab_width))
            .unwrap_or((x - 1, false));
        let mut tab = Rect {
            x: INSET,
            y: sizes.label_offset,
            width: tab_width,
            height: sizes.label_height,
        };
        let bottom = sizes.cell_offset + sizes.leader_cell_height + WATER_REACH + 1;
        let is_aside = flag_x > x;
        let flag = Rect {
            x: flag_x,
            width: flag_width,
            height: sizes.label_height + if is_aside { BAR } else { 0 },
            ..tab
        };
        let mut bar = Rect {
            x: x - 2,
            y: tab.y,
            width: BAR,
            height: bottom - tab.y,
        };
        let elbow = is_aside.then(|| {
            (bar.y, bar.height) = (tab.bottom(), bottom - tab.bottom());
            Rect {
                x: bar.right(),
                y: bar.y,
                width: flag_x - bar.right(),
                height: BAR,
            }
        });
        tab.height -= i32::from(is_aside) * ELBOW_GAP;
        Labels {
            tab,
            has_word,
            flag,
            is_flipped,
            bar,
            elbow,
        }
    }
}

/// Where a flag of that width hangs, and whether at the left of its bar: on one side of it or, where
/// the tab stands in the way, well beside that at the end of an elbow.
fn beside_bar(x: i32, width: i32, tab_right: i32, right: i32) -> Option<(i32, bool)> {
    let first = tab_right + LABEL_GAP;
    let places = [(x - 1, false), (x + 1 - width, true)];
    let fits = |(left, _): &(i32, bool)| *left >= first && left + width <= right;
    let aside = tab_right + ELBOW_AIR;
    if x - 1 < first {
        return (aside + width <= right).then_some((aside, false));
    }
    places.into_iter().find(fits)
}

#[cfg(test)]
mod tests {
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
            assert_eq!(follower.log_end_words, format!("LEO {behind}"));
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
        assert_eq!(folded(11), ["0…5"]);
        assert_eq!(folded(6), ["0…5"]);
        assert_eq!(folded(5), ["0…4", "6…8"]);
        assert_eq!(folded(0), ["1…6"]);
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
    fn the_leaders_word_stays_where_the_flag_has_to_step_aside() {
        for x in [10, 34, 82, 130, 178] {
            let labels = Labels::new(&sizes(), 199, "LEADER", "HW 9", x);
            assert!(labels.has_word, "at {x}");
        }
    }

    #[test]
    fn a_flag_hangs_on_one_side_of_its_bar_or_well_apart_from_the_tab() {
        for (width, words) in [(194, "HW 6"), (194, "HW 42"), (265, "HW 42"), (130, "7")] {
            for x in 10..width - 20 {
                let Labels {
                    tab, flag, elbow, ..
                } = Labels::new(&sizes(), width, "LEADER", words, x);
                let is_beside = flag.x == x - 1 || flag.right() == x + 1;
                let is_apart = elbow.is_some() && flag.x >= tab.right() + ELBOW_AIR;
                assert!(is_beside || is_apart, "{words} at {x} of {width}");
                assert!(flag.right() < width, "{words} at {x} leaves {width}");
            }
        }
    }

    #[test]
    fn bar_elbow_and_flag_are_one_shape_apart_from_the_tab() {
        for x in [10, 34, 82, 130, 178] {
            let Labels {
                tab,
                flag,
                bar,
                elbow,
                ..
            } = Labels::new(&sizes(), 265, "LEADER", "HW 9", x);
            let Some(elbow) = elbow else {
                assert!(flag.x <= bar.right() && bar.y == flag.y, "at {x}");
                continue;
            };
            assert_eq!((elbow.x, elbow.right()), (bar.right(), flag.x), "at {x}");
            assert_eq!((elbow.y, elbow.bottom()), (bar.y, flag.bottom()), "at {x}");
            assert!(tab.bottom() < elbow.y, "at {x}");
        }
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
                assert!(labels.flag.x >= labels.tab.right());
                assert!(
                    labels.flag.right() <= width,
                    "{words} at {x} leaves {width}"
                );
            }
        }
    }
}
