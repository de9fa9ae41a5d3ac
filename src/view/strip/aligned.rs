//! The replicas of one partition below each other: the same offset has the same x in all of them.

use super::{Strip, fold_words};
use crate::view::layout::Inside;
use crate::view::measures::Measures;
use crate::view::part::{Rect, words_width};
use crate::view::scene::{PartitionRow, ReplicaRow};

/// Between the fold and the first cell.
const FOLD_GAP: i32 = 4;
/// From the last cell to its bracket.
const BRACKET: i32 = 4;
/// From the last cell to the words after the bracket.
const WORDS: i32 = 19;
/// Between cells.
const CELL_GAP: i32 = 1;
/// At most so many records are listed.
const CELLS_MAX: u64 = 16;

/// Which offsets are shown, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The first offset with a cell.
    pub first: u64,
    /// The offset after the last cell of the longest log.
    pub end: u64,
    /// The x of the first cell, from where logs begin.
    first_x: i32,
    /// The width of the fold, 0 without one.
    fold_width: i32,
    pitch: i32,
}

impl Alignment {
    /// Aligns the replicas of a partition.
    pub fn new(sizes: &Measures, inside: &Inside, partition: &PartitionRow) -> Alignment {
        let replicas = partition.replicas.iter();
        let ends = replicas.clone().map(|replica| replica.log_end_offset);
        let end = ends.max().unwrap_or_default();
        let held = replicas.filter(|replica| replica.log_end_offset > replica.log_start_offset);
        let starts = held.map(|replica| replica.log_start_offset);
        let start = starts.min().unwrap_or(end);
        let words = if inside.room.is_some() {
            format!("LEO {end}")
        } else {
            end.to_string()
        };
        let room = inside.log_right - inside.log_x - WORDS - words_width(&words, sizes.text);
        let fits = |room: i32| (room / sizes.cell_pitch).clamp(1, CELLS_MAX as i32) as u64;
        let is_whole = end - start <= fits(room);
        let fold_words = words_width(&fold_words(start, end), sizes.text) + 4;
        let fold_width = if is_whole {
            0
        } else {
            inside.fold_width.max(fold_words)
        };
        let first_x = if is_whole { 0 } else { fold_width + FOLD_GAP };
        let first = end.saturating_sub(fits(room - first_x)).max(start);
        Alignment {
            first,
            end,
            first_x,
            fold_width,
            pitch: sizes.cell_pitch,
        }
    }

    /// The left edge of an offset's cell, from where logs begin; the middle of the fold if it is
    /// folded.
    pub fn x_of(&self, offset: u64) -> i32 {
        match offset.checked_sub(self.first) {
            Some(place) => self.first_x + place.min(CELLS_MAX) as i32 * self.pitch,
            None => self.fold_width / 2,
        }
    }

    /// Where the parts of a replica stand, from the corner of its cells.
    pub fn strip(&self, replica: &ReplicaRow, committed: u64, place: Rect, size: i32) -> Strip {
        let height = place.height;
        let rect = |x: i32, width: i32| Rect {
            x,
            y: 0,
            width,
            height,
        };
        let end = replica.log_end_offset;
        let has_fold = self.fold_width > 0 && replica.log_start_offset < self.first.min(end);
        let log_end_x = if end < self.first {
            self.fold_width
        } else {
            self.x_of(end)
        };
        let whole_words = format!("LEO {end}");
        let room = place.width - log_end_x - WORDS;
        let cells = (0..).zip(&replica.cells);
        let shown = cells.filter(|(_, cell)| cell.offset >= self.first);
        let digits = words_width(&replica.log_end_offset.to_string(), size) + 4;
        Strip {
            fold: has_fold.then(|| {
                let words = fold_words(replica.log_start_offset, self.first.min(end));
                (rect(0, self.fold_width), words)
            }),
            water: rect(0, self.x_of(committed.min(end))),
            cells: shown
                .map(|(index, cell)| {
                    let cell = rect(self.x_of(cell.offset), self.pitch - CELL_GAP);
                    (index, cell)
                })
                .collect(),
            offset_every: ((digits - 1) / self.pitch + 1).max(1) as usize,
            committed_x: self.x_of(committed),
            high_watermark_x: self.x_of(replica.high_watermark),
            log_end: rect(log_end_x + BRACKET, 8),
            log_end_words: if words_width(&whole_words, size) <= room {
                whole_words
            } else {
                end.to_string()
            },
        }
    }
}
