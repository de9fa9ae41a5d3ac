//! Where the parts of one replica stand: water, fold, cells, bracket, high watermark. Pure, in
//! pixels from the replica's own corner.

mod aligned;

pub use aligned::Alignment;

use crate::view::measures::Measures;
use crate::view::part::{Rect, strong_width, words_width};
use crate::view::scene::{CellKind, CellRow, PartitionRow, ReplicaRole, ReplicaRow};

/// From the frame's edge to the first cell.
pub const INSET: i32 = 10;
/// From a replica's last words to the frame's edge.
const EDGE: i32 = 4;
/// Between the fold and the first cell.
const FOLD_GAP: i32 = 3;
/// So much of a log's places may be free for new records.
const FREE_PART: usize = 3;
/// The least width of the fold.
const FOLD_WIDTH_MIN: i32 = 36;
/// Above and below the cells, where water shows.
const WATER_REACH: i32 = 5;
/// Between cells.
const CELL_GAP: i32 = 2;
/// From the last cell to the words after the closing bracket.
pub const BRACKET: i32 = 12;
/// The crown and the air around it, on the leader's tab.
const CROWN: i32 = 33;
/// The air around a flag's words, and its notch.
const FLAG_AIR: i32 = 14;
/// Between the tab and the flag.
const LABEL_GAP: i32 = 3;
/// The place of an empty offset.
pub const SLOT: i32 = 12;
/// How thick the elbow is from a bar to its flag.
const ELBOW: i32 = 3;

/// The parts of a replica, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// The block `0…41`, and its words, if older records are folded.
    pub fold: Option<(Rect, String)>,
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
}

impl Strip {
    /// Lays a replica out that has `width` pixels.
    pub fn new(
        sizes: &Measures,
        width: i32,
        partition: &PartitionRow,
        replica: &ReplicaRow,
    ) -> Strip {
        let room = |words: &str| width - INSET - EDGE - BRACKET - words_width(words, sizes.text);
        let mut log_end_words = log_end_words(sizes, partition, replica);
        let mut shown = Shown::new(sizes, room(&log_end_words), replica);
        if shown.fold_width > 0 {
            // Replicas that say nothing there keep the same room: they show the same records.
            let number = replica.log_end_offset.to_string();
            shown = Shown::new(sizes, room(&number), replica);
            if !log_end_words.is_empty() {
                log_end_words = number;
            }
        }
        let (y, height) = match replica.role {
            ReplicaRole::Leader => (sizes.cell_offset, sizes.leader_cell_height),
            _ => (sizes.follower_cell_offset, sizes.follower_cell_height),
        };
        let rect = |x: i32, width: i32| Rect {
            x,
            y,
            width,
            height,
        };
        let cells = &replica.cells[shown.skipped..];
        let xs = edges(sizes, cells, INSET + shown.fold_width);
        let x_of = |index: usize| xs[index.min(cells.len())];
        let below = |end: u64| cells.iter().take_while(|cell| cell.offset < end).count();
        let committed = cells.iter().take_while(|cell| cell.is_committed).count();
        let committed_x = x_of(committed);
        let log_end_x = x_of(cells.len());
        let widest_offset = words_width(&replica.log_end_offset.to_string(), sizes.text) + 4;
        Strip {
            fold: (shown.fold_width > 0).then(|| {
                let fold = rect(INSET, shown.fold_width - FOLD_GAP);
                (fold, shown.fold_words.clone())
            }),
            water: Rect {
                x: INSET - WATER_REACH,
                y: y - WATER_REACH,
                width: committed_x - INSET + WATER_REACH,
                height: height + 2 * WATER_REACH,
            },
            cells: (0..cells.len())
                .map(|index| {
                    let width = x_of(index + 1) - x_of(index) - CELL_GAP;
                    (shown.skipped + index, rect(x_of(index), width))
                })
                .collect(),
            offset_every: ((widest_offset - 1) / sizes.cell_pitch + 1).max(1) as usize,
            committed_x,
            high_watermark_x: x_of(below(replica.high_watermark)),
            log_end: rect(log_end_x + 2, BRACKET - 4),
            log_end_words,
        }
    }

    /// Where a mark for `offset` has its tip: in the middle of the fold if it is folded.
    pub fn x_before(&self, replica: &ReplicaRow, offset: u64) -> i32 {
        let first = self
            .cells
            .first()
            .map(|(index, _)| replica.cells[*index].offset);
        if let Some((fold, _)) = &self.fold
            && first.is_none_or(|first| offset < first)
        {
            return fold.x + fold.width / 2;
        }
        let mut cells = self.cells.iter();
        cells
            .find(|(index, _)| replica.cells[*index].offset >= offset)
            .map_or(self.log_end.x - 2, |(_, rect)| rect.x - CELL_GAP / 2)
    }
}

/// How wide the place of a cell is: an empty offset is thin, several have their words.
fn place_width(sizes: &Measures, cell: &CellRow) -> i32 {
    match cell.kind {
        CellKind::Removed if cell.end > cell.offset + 1 => {
            words_width(&fold_words(cell.offset, cell.end), sizes.text) + 6 + CELL_GAP
        }
        CellKind::Removed => SLOT,
        CellKind::Record | CellKind::Marker | CellKind::Falling => sizes.cell_pitch,
    }
}

/// Where each cell begins, and where the last one ends.
fn edges(sizes: &Measures, cells: &[CellRow], first: i32) -> Vec<i32> {
    let mut edges = vec![first];
    let mut x = first;
    for cell in cells {
        x += place_width(sizes, cell);
        edges.push(x);
    }
    edges
}

/// Which cells are shown.
struct Shown {
    /// How many of the listed records are not.
    skipped: usize,
    /// What the block for the older ones takes; 0 without one.
    fold_width: i32,
    /// Its words.
    fold_words: String,
}

impl Shown {
    fn new(sizes: &Measures, room: i32, replica: &ReplicaRow) -> Shown {
        let widths = replica.cells.iter().map(|cell| place_width(sizes, cell));
        let whole: i32 = widths.clone().sum();
        let fits = |width: i32| (width / sizes.cell_pitch).max(1) as usize;
        if replica.folded_count == 0 && (whole <= room || replica.cells.len() <= 1) {
            return Shown {
                skipped: 0,
                fold_width: 0,
                fold_words: String::new(),
            };
        }
        let widest = fold_words(replica.log_start_offset, replica.log_end_offset + 1);
        let fold_width = (words_width(&widest, sizes.text) + 4).max(FOLD_WIDTH_MIN) + FOLD_GAP;
        let (fits, mut over) = (fits(room - fold_width), whole - (room - fold_width));
        let last = replica.cells.len().saturating_sub(1);
        let taken = widths.take(last).take_while(|width| {
            let is_over = over > 0;
            over -= width;
            is_over
        });
        let taken = taken.count();
        // Not by one with each new record: a log that stands still leaves places for the next.
        let stride = fits.div_ceil(FREE_PART) as u64;
        let place_of = |cell: &CellRow| cell.offset - replica.log_start_offset.min(cell.offset);
        let first = replica.cells.get(taken).map_or(0, place_of);
        let first = first.next_multiple_of(stride);
        let skipped = replica
            .cells
            .iter()
            .take_while(|cell| place_of(cell) < first);
        let skipped = skipped.count().max(taken);
        let first = replica.cells.get(skipped).map(|cell| cell.offset);
        let end = first.unwrap_or(replica.log_end_offset);
        Shown {
            skipped,
            fold_width,
            fold_words: fold_words(replica.log_start_offset, end),
        }
    }
}

/// `0…5` for the offsets from `start` to before `end`.
pub fn fold_words(start: u64, end: u64) -> String {
    match end.saturating_sub(1) {
        last if last <= start => start.to_string(),
        last => format!("{start}…{last}"),
    }
}

/// A follower says its log end only where it differs from the leader's.
fn log_end_words(sizes: &Measures, partition: &PartitionRow, replica: &ReplicaRow) -> String {
    let leader_end = partition.leading().map(|leader| leader.log_end_offset);
    let end = replica.log_end_offset;
    if replica.role != ReplicaRole::Leader && leader_end == Some(end) {
        String::new()
    } else if sizes.is_tight {
        end.to_string()
    } else {
        format!("LEO {end}")
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
        let room = width - LABEL_GAP;
        let whole_tab = strong_width(word, sizes.text) + CROWN;
        // The flag hangs at one side of its bar; the word on the tab goes first.
        let hangs = |tab: i32| {
            let first = INSET + tab + LABEL_GAP;
            (x > first && x + flag_width <= room) || x + 1 - flag_width >= first
        };
        let has_room = INSET + whole_tab + LABEL_GAP + flag_width <= room;
        let has_word = has_room && (hangs(whole_tab) || !hangs(CROWN - 1));
        let tab = Rect {
            x: INSET,
            y: sizes.label_offset,
            width: if has_word { whole_tab } else { CROWN - 1 },
            height: sizes.label_height,
        };
        let first = tab.right() + LABEL_GAP;
        let is_flipped = x + flag_width > room && x + 1 - flag_width >= first;
        let flag_x = if is_flipped {
            x + 1 - flag_width
        } else {
            (x - 1).clamp(first, (room - flag_width).max(first))
        };
        let bottom = sizes.cell_offset + sizes.leader_cell_height + WATER_REACH + 1;
        let is_aside = flag_x > x;
        let top = if is_aside {
            tab.bottom()
        } else {
            sizes.label_offset
        };
        Labels {
            tab,
            has_word,
            flag: Rect {
                x: flag_x,
                width: flag_width,
                height: sizes.label_height + if is_aside { ELBOW } else { 0 },
                ..tab
            },
            is_flipped,
            bar: Rect {
                x: x - 2,
                y: top,
                width: 3,
                height: bottom - top,
            },
            elbow: is_aside.then(|| Rect {
                x,
                y: tab.bottom(),
                width: flag_x - x,
                height: ELBOW,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::measures::Scale;

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
            high_watermark: end - 1,
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

    fn strip(partition: &PartitionRow, index: usize) -> Strip {
        Strip::new(&sizes(), 265, partition, &partition.replicas[index])
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
                let strip = Strip::new(&sizes(), width, &partition, &partition.replicas[0]);
                let shown = strip.cells.len() as u64;
                if let Some((_, words)) = &strip.fold {
                    assert!(words.ends_with(&(end - shown - 1).to_string()));
                }
                let words = words_width(&strip.log_end_words, 14);
                assert!(
                    shown <= 1 || strip.log_end.x + BRACKET + words <= width,
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
                if let Some(elbow) = labels.elbow {
                    assert_eq!((elbow.x, elbow.right()), (x, labels.flag.x));
                }
            }
        }
    }
}
