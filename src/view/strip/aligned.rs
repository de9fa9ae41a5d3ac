//! The replicas of one partition, beside each other or below: they fold the same offsets, and the
//! same offset has the same x in all of them.

use super::{EDGE, FRAME_BRACKET, INSET, SLOT, Strip, fold_words};
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
/// In frames, where every new record would move all cells, logs are folded by so many at a time.
const STRIDE: u64 = 2;
/// The least width of the fold in a frame, and from it to the first cell.
const FRAME_FOLD: (i32, i32) = (36, 3);
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
    pub(super) fold_width: i32,
    pitch: i32,
    /// Where the oldest log begins.
    start: u64,
    /// What has to be told apart among the folded offsets: high watermarks, ends of logs, groups.
    folded: Vec<u64>,
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
    /// Aligns the replicas of a partition below each other.
    pub fn new(sizes: &Measures, inside: &Inside, partition: &PartitionRow) -> Alignment {
        let end = longest(partition);
        let words = if inside.room.is_some() {
            format!("LEO {end}")
        } else {
            end.to_string()
        };
        let room = inside.log_right - inside.log_x - WORDS - words_width(&words, sizes.text);
        let fold = (inside.fold_width, FOLD_GAP);
        Alignment::within(sizes, partition, room, fold, 1)
    }

    /// Aligns the replicas of a partition in frames of that width.
    pub fn in_frames(sizes: &Measures, width: i32, partition: &PartitionRow) -> Alignment {
        let words = words_width(&longest(partition).to_string(), sizes.text);
        let room = width - INSET - EDGE - FRAME_BRACKET - words;
        Alignment::within(sizes, partition, room, FRAME_FOLD, STRIDE)
    }

    fn within(
        sizes: &Measures,
        partition: &PartitionRow,
        room: i32,
        (fold_min, fold_gap): (i32, i32),
        stride: u64,
    ) -> Alignment {
        let end = longest(partition);
        let replicas = partition.replicas.iter();
        let held = replicas.filter(|replica| replica.log_end_offset > replica.log_start_offset);
        let starts = held.map(|replica| replica.log_start_offset);
        let start = starts.min().unwrap_or(end);
        let mut shown = columns(sizes, partition, (start, end), room);
        let is_whole = shown.last().is_none_or(|(first, _)| *first == start);
        let (mut fold_width, mut x) = (0, 0);
        if !is_whole {
            let words = words_width(&fold_words(start, end), sizes.text) + 4;
            fold_width = fold_min.max(words);
            x = fold_width + fold_gap;
            shown = columns(sizes, partition, (start, end), room - x);
            let first = shown.last().map_or(end, |(first, _)| *first);
            let first = start + (first - start).next_multiple_of(stride);
            if first < end {
                shown.retain(|(offset, _)| *offset >= first);
            }
        }
        let mut columns = Vec::new();
        for (offset, width) in shown.iter().rev() {
            columns.push(Column { offset: *offset, x });
            x += width;
        }
        columns.push(Column { offset: end, x });
        let first = columns.first().map_or(end, |column| column.offset);
        Alignment {
            first,
            end,
            fold_width,
            pitch: sizes.cell_pitch,
            start,
            folded: told_apart(partition, (start, first)),
            columns,
        }
    }

    /// The left edge of an offset's cell, from where logs begin. In the fold nothing lies at the
    /// same place that is not the same offset, and everything in its order.
    pub fn x_of(&self, offset: u64) -> i32 {
        if offset < self.first {
            let count = self.folded.len().max(1) as i32;
            return match self.folded.binary_search(&offset) {
                _ if offset <= self.start => 0,
                Ok(place) => self.fold_width * (2 * place as i32 + 1) / (2 * count),
                Err(place) => self.fold_width * place as i32 / count,
            };
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

    /// The block of a replica's older records: how wide it is, and its words if they have room. A
    /// log that ends there has a shorter one.
    pub(super) fn fold(&self, replica: &ReplicaRow, size: i32) -> Option<(i32, String)> {
        let end = replica.log_end_offset.min(self.first);
        if self.fold_width == 0 || replica.log_start_offset >= end {
            return None;
        }
        let width = self.log_end(replica).min(self.fold_width);
        let mut words = fold_words(replica.log_start_offset, end);
        if words_width(&words, size) > width {
            words.clear();
        }
        Some((width, words))
    }

    /// Where a replica's log ends.
    pub(super) fn log_end(&self, replica: &ReplicaRow) -> i32 {
        self.x_of(replica.log_end_offset)
    }

    /// Whether a replica's log ends among the records that are folded.
    pub(super) fn is_behind(&self, replica: &ReplicaRow) -> bool {
        self.fold_width > 0 && replica.log_end_offset < self.first
    }

    /// The listed records of a replica that are shown, with where they begin and end.
    pub(super) fn cells<'a>(
        &'a self,
        replica: &'a ReplicaRow,
    ) -> impl Iterator<Item = (usize, i32, i32)> + 'a {
        let cells = (0..).zip(&replica.cells);
        let shown = cells.filter(|(_, cell)| cell.offset >= self.first);
        shown.map(|(index, cell)| (index, self.x_of(cell.offset), self.x_of(cell.end)))
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
        let log_end_x = self.log_end(replica);
        let is_behind = self.is_behind(replica);
        let mut whole_words = format!("LEO {end}");
        if end == replica.log_start_offset {
            whole_words.push_str(", empty");
        }
        let after = if is_behind {
            self.fold_width
        } else {
            log_end_x
        };
        let words = if words_width(&whole_words, size) <= place.width - after - WORDS {
            whole_words
        } else {
            end.to_string()
        };
        let log_end = if is_behind {
            after + WORDS + words_width(&words, size) - log_end_x
        } else {
            8
        };
        let digits = words_width(&end.to_string(), size) + 4;
        Strip {
            fold: self
                .fold(replica, size)
                .map(|(width, words)| (rect(0, width), words)),
            water: rect(0, self.x_of(committed.min(end))),
            cells: self
                .cells(replica)
                .map(|(index, x, right)| (index, rect(x, right - x - CELL_GAP)))
                .filter(|(_, rect)| rect.width > 0)
                .collect(),
            offset_every: ((digits - 1) / self.pitch + 1).max(1) as usize,
            committed_x: self.x_of(committed),
            high_watermark_x: self.x_of(replica.high_watermark),
            log_end: rect(log_end_x + BRACKET, log_end),
            log_end_words: words,
            is_behind,
        }
    }
}

/// The end of the longest log.
fn longest(partition: &PartitionRow) -> u64 {
    let ends = partition.replicas.iter().map(|it| it.log_end_offset);
    ends.max().unwrap_or_default()
}

/// The offsets from `start` to `first` at which something stands.
fn told_apart(partition: &PartitionRow, (start, first): (u64, u64)) -> Vec<u64> {
    let replicas = partition.replicas.iter();
    let logs = replicas.flat_map(|it| [it.log_end_offset, it.high_watermark]);
    let marks = partition.marks.iter();
    let groups = marks.flat_map(|it| it.committed.into_iter().chain(it.position));
    let all = logs.chain(groups).chain(partition.high_watermark);
    let mut offsets = Vec::new();
    for offset in all.filter(|it| start < *it && *it < first) {
        // They are few: a sort would weigh more than it saves.
        if let Err(place) = offsets.binary_search(&offset) {
            offsets.insert(place, offset);
        }
    }
    offsets
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
