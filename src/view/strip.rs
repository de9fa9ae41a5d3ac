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
const EDGE: i32 = 3;
/// Above and below the cells, where water shows.
const WATER_REACH: i32 = 5;
/// Between cells.
const CELL_GAP: i32 = 2;
/// From the last cell to the words after the closing bracket.
const FRAME_BRACKET: i32 = 12;
/// The crown and the air around it, on the leader's tab.
pub const CROWN: i32 = 30;
/// The air around a flag's words, and its notch.
const FLAG_AIR: i32 = 20;
/// The same where that has no room beside the leader's word.
const TIGHT_AIR: i32 = 10;
/// From a flag to the frame's edge at least.
const FLAG_EDGE: i32 = 6;
/// Between the tab and the flag, and where the flag has an elbow.
const LABEL_GAP: i32 = 2;
const ELBOW_AIR: i32 = 6;
/// Between a tab behind its flag and the broker's frame.
const TAB_EDGE: i32 = 3;
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
        let room = if alignment.has_names { room } else { 0 };
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
    /// Whether it has little air around its words.
    pub is_tight: bool,
    /// The bar from the flag to below the cells.
    pub bar: Rect,
    /// From the bar to a flag that had to step aside.
    pub elbow: Option<Rect>,
}

impl Labels {
    /// Finds a place for the flag where it touches neither the tab nor leaves `width`. Where the tab
    /// would stand in the flag's way, it stands behind the flag, if it has room there.
    pub fn new(sizes: &Measures, width: i32, word: &str, flag_words: &str, x: i32) -> Labels {
        let airy = flag_width(flag_words, sizes);
        let tight = airy - FLAG_AIR + TIGHT_AIR;
        let whole_tab = strong_width(word, sizes.text) + CROWN;
        let is_in_way = x - 1 < INSET + whole_tab + LABEL_GAP;
        let behind = |flag: i32| x - 1 + flag + LABEL_GAP;
        let fits_behind = |flag: &i32| is_in_way && behind(*flag) + whole_tab <= width - TAB_EDGE;
        if let Some(flag) = [airy, tight].into_iter().find(fits_behind) {
            let tab = Rect {
                x: behind(flag),
                ..tab_of(sizes, whole_tab)
            };
            return Labels {
                has_word: true,
                is_tight: flag < airy,
                ..Labels::around(sizes, tab, (x, x - 1, flag))
            };
        }
        let spot = |tab: i32, flag: i32| beside_bar(x, flag, INSET + tab, width - FLAG_EDGE);
        // A flag that has no place at either side of its bar takes the word's: the crown tells, too.
        let with_word = spot(whole_tab, airy);
        let is_tight = with_word.is_none() && spot(whole_tab, tight).is_some();
        let flag_width = if is_tight { tight } else { airy };
        let with_word = with_word.or_else(|| spot(whole_tab, tight));
        let has_word = with_word.is_some();
        let tab_width = if has_word { whole_tab } else { CROWN - 1 };
        let (flag_x, is_flipped) = with_word
            .or_else(|| spot(tab_width, airy))
            .unwrap_or((x - 1, false));
        Labels {
            has_word,
            is_flipped,
            is_tight,
            ..Labels::around(sizes, tab_of(sizes, tab_width), (x, flag_x, flag_width))
        }
    }

    /// The bar at `x`, a flag at `flag_x`, and what joins them if that isn't at the bar.
    fn around(sizes: &Measures, mut tab: Rect, (x, flag_x, flag_width): (i32, i32, i32)) -> Labels {
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
            has_word: false,
            flag,
            is_flipped: false,
            is_tight: false,
            bar,
            elbow,
        }
    }
}

/// A tab where it usually stands, at the beginning of the row.
fn tab_of(sizes: &Measures, width: i32) -> Rect {
    Rect {
        x: INSET,
        y: sizes.label_offset,
        width,
        height: sizes.label_height,
    }
}

/// The width of a flag with those words.
pub fn flag_width(words: &str, sizes: &Measures) -> i32 {
    strong_width(words, sizes.text) + FLAG_AIR
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
mod tests;
