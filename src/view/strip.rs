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
/// Between the tab and the flag.
const LABEL_GAP: i32 = 3;
/// The place of an empty offset.
pub const SLOT: i32 = 12;
/// How thick the bar of the high watermark is, and the elbow from it to a flag aside.
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
    /// Where it hangs.
    pub hangs: Hangs,
    /// Whether it has little air around its words.
    pub is_tight: bool,
    /// The bar from the flag to below the cells.
    pub bar: Rect,
    /// What leads from the bar to a flag aside, if it doesn't hang above its bar.
    pub elbow: Option<Rect>,
}

/// Where a flag hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangs {
    /// At the right of its bar.
    Right,
    /// At the left of its bar.
    Left,
    /// Where there is room beside the tab, since there is none at its bar.
    Aside,
}

impl Labels {
    /// Finds a place for the flag, which hangs on its bar, at the right of it or at the left. The tab keeps
    /// its place and its word whatever the bar does: who looks for the leader finds it where it was.
    /// Where it stands in the flag's way, that hangs beside it. Only where a frame has no room for both,
    /// the crown alone tells who leads.
    pub fn new(sizes: &Measures, width: i32, word: &str, flag_words: &str, x: i32) -> Labels {
        let airy = flag_width(flag_words, sizes);
        let tight = airy - FLAG_AIR + TIGHT_AIR;
        let last = width - FLAG_EDGE;
        let tab = strong_width(word, sizes.text) + CROWN;
        let has_word = INSET + tab + LABEL_GAP + tight <= last;
        let tab = if has_word { tab } else { CROWN - 1 };
        let first = INSET + tab + LABEL_GAP;
        let at_bar = [airy, tight].into_iter().find_map(|flag| {
            if x > first && x - 1 + flag <= last {
                Some((flag, x - 1, Hangs::Right))
            } else if x + 1 - flag >= first && x < width {
                Some((flag, x + 1 - flag, Hangs::Left))
            } else {
                None
            }
        });
        let (flag, flag_x, hangs) = at_bar.unwrap_or_else(|| {
            let flag = if first + airy <= last { airy } else { tight };
            (flag, (x - 1).min(last - flag).max(first), Hangs::Aside)
        });
        let labels = Labels::at(sizes, tab, (flag_x, flag), x, hangs);
        Labels {
            has_word,
            is_tight: flag < airy,
            ..labels
        }
    }

    /// The tab, and a flag on the bar at `x` or, with an elbow between tab and cells, beside it.
    fn at(sizes: &Measures, tab: i32, (x, width): (i32, i32), bar: i32, hangs: Hangs) -> Labels {
        let mut tab = Rect {
            x: INSET,
            y: sizes.label_offset,
            width: tab,
            height: sizes.label_height,
        };
        let mut flag = Rect { x, width, ..tab };
        let bottom = sizes.cell_offset + sizes.leader_cell_height + WATER_REACH + 1;
        let mut bar = Rect {
            x: bar - 2,
            y: tab.y,
            width: BAR,
            height: bottom - tab.y,
        };
        let mut elbow = None;
        if hangs == Hangs::Aside {
            let end = (tab.bottom() + ELBOW_GAP + BAR).min(sizes.cell_offset - 1);
            tab.height = tab.height.min(end - BAR - ELBOW_GAP - tab.y);
            flag.height = end - flag.y;
            (bar.y, bar.height) = (end - BAR, bottom - end + BAR);
            elbow = Some(Rect {
                x: bar.right(),
                y: bar.y,
                width: x - bar.right(),
                height: BAR,
            });
        }
        Labels {
            tab,
            has_word: false,
            flag,
            hangs,
            is_tight: false,
            bar,
            elbow: elbow.filter(|it| it.width > 0),
        }
    }
}

/// The width of a flag with those words.
pub fn flag_width(words: &str, sizes: &Measures) -> i32 {
    strong_width(words, sizes.text) + FLAG_AIR
}

#[cfg(test)]
mod tests;
