//! The replicas of one partition below each other: the same offset has the same x in all of them.

use super::{SLOT, Strip, fold_words};
use crate::view::layout::Inside;
use crate::view::measures::Measures;
use crate::view::part::{Rect, words_width};
use crate::view::scene::{CellKind, PartitionRow, ReplicaRow};

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
/// So many offsets beside each other that are empty in all replicas have a column each.
const SLOTS_MAX: u64 = 3;

/// Which offsets are shown, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The first offset with a cell.
    pub first: u64,
    /// The offset after the last cell of the longest log.
    pub end: u64,
    /// The width of the fold, 0 without one.
    fold_width: i32,
    pitch: i32,
    /// The columns from the first offset to the end, with where they begin; the end itself last.
    columns: Vec<Column>,
}

/// An offset's place in all replicas, or that of several that are empty in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Column {
    offset: u64,
    x: i32,
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
        let whole = columns(sizes, partition, (start, end), room);
        let is_whole = whole.last().is_none_or(|(first, _)| *first == start);
        let fold_words = words_width(&fold_words(start, end), sizes.text) + 4;
        let fold_width = if is_whole {
            0
        } else {
            inside.fold_width.max(fold_words)
        };
        let first_x = if is_whole { 0 } else { fold_width + FOLD_GAP };
        let shown = if is_whole {
            whole
        } else {
            columns(sizes, partition, (start, end), room - first_x)
        };
        let mut x = first_x;
        let mut columns = Vec::new();
        for (offset, width) in shown.iter().rev() {
            columns.push(Column { offset: *offset, x });
            x += width;
        }
        columns.push(Column { offset: end, x });
        Alignment {
            first: columns.first().map_or(end, |column| column.offset),
            end,
            fold_width,
            pitch: sizes.cell_pitch,
            columns,
        }
    }

    /// The left edge of an offset's cell, from where logs begin; the middle of the fold if it is
    /// folded.
    pub fn x_of(&self, offset: u64) -> i32 {
        if offset < self.first {
            return self.fold_width / 2;
        }
        let after = self
            .columns
            .partition_point(|column| column.offset <= offset);
        let Some(column) = self.columns.get(after.saturating_sub(1)) else {
            return 0;
        };
        let beyond = offset.saturating_sub(self.end).min(CELLS_MAX) as i32;
        column.x + beyond * self.pitch
    }

    /// Where columns begin that hold one offset each.
    pub fn guides(&self) -> impl Iterator<Item = (u64, i32)> {
        self.columns.iter().map(|column| (column.offset, column.x))
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
                    let x = self.x_of(cell.offset);
                    (index, rect(x, self.x_of(cell.end) - x - CELL_GAP))
                })
                .filter(|(_, rect)| rect.width > 0)
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

/// The columns from the log's end back, as far as `room` reaches: where each begins, and its width.
fn columns(
    sizes: &Measures,
    partition: &PartitionRow,
    (start, end): (u64, u64),
    room: i32,
) -> Vec<(u64, i32)> {
    // Where one of the lists begins nothing is known of what lies before.
    let listed = partition.replicas.iter().filter_map(|it| it.cells.first());
    let listed = listed.map(|cell| cell.offset).max().unwrap_or(end);
    let start = start.max(listed.min(end.saturating_sub(CELLS_MAX)));
    let (mut left, mut next) = (room, end);
    let mut found = Vec::new();
    while next > start && found.len() < CELLS_MAX as usize {
        let gaps = (start..next)
            .rev()
            .take_while(|it| is_empty(partition, *it));
        let gaps = gaps.count() as u64;
        let (length, width) = if gaps > SLOTS_MAX {
            let words = fold_words(next - gaps, next);
            (gaps, words_width(&words, sizes.text) + 6 + CELL_GAP)
        } else if gaps > 0 {
            (1, SLOT)
        } else {
            (1, sizes.cell_pitch)
        };
        left -= width;
        if left < 0 && !found.is_empty() {
            break;
        }
        next -= length;
        found.push((next, width));
    }
    found
}

/// Whether no replica has a record there, nor had one a moment ago.
fn is_empty(partition: &PartitionRow, offset: u64) -> bool {
    let at = |replica: &ReplicaRow| {
        let place = replica.cells.partition_point(|cell| cell.end <= offset);
        let cell = replica.cells.get(place).filter(|it| it.offset <= offset);
        cell.map(|cell| cell.kind)
    };
    let kinds = partition.replicas.iter().filter_map(at);
    let mut is_removed = false;
    for kind in kinds {
        is_removed = kind == CellKind::Removed;
        if !is_removed {
            return false;
        }
    }
    is_removed
}
