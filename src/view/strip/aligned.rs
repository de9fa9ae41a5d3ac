//! The replicas of one partition, beside each other or below: they fold the same offsets, and the
//! same offset has the same x in all of them.

use super::kept::{self, Room};
use super::{EDGE, FRAME_BRACKET, Hangs, INSET, Labels, SLOT, Strip, committed_end, fold_words};
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
/// From the bar of the high watermark to words after it.
const BAR_AIR: i32 = 6;
/// Between cells.
const CELL_GAP: i32 = 1;
/// At most so many records are listed.
const CELLS_MAX: u64 = 16;
/// In frames, where every new record would move all cells, logs are folded by so many at a time.
const STRIDE: u64 = 2;
/// Names are left out where fewer records would be left beside a fold.
const CELLS_LEFT: i32 = 4;
/// How many more records are folded until tab and flag have places, and by how many at a time: before
/// fewer have room, a log rather moves with every record.
const FEWER: [(i32, u64); 4] = [(0, STRIDE), (0, 1), (1, 1), (2, 1)];
/// The width of `LEO ` before a number, in hundredths of its size.
const LOG_END_NAME: i32 = 240;
/// The least width of the fold in a frame, and from it to the first cell.
const FRAME_FOLD: (i32, i32) = (35, 3);
/// So many offsets beside each other that are empty in all replicas have a column each.
const SLOTS_MAX: u64 = 3;

/// From one offset to the next that has to be told apart from it, in a block.
const APART: i32 = 8;
/// From where the bar of the high watermark stands to a block beside it.
const BAR_GAP: i32 = 3;
/// The air at both sides of a block's words.
const BLOCK_PAD: i32 = 4;

/// Which offsets are shown, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alignment {
    /// The first of the newest offsets, which have a cell each.
    pub first: u64,
    /// The offset after the last cell of the longest log.
    pub end: u64,
    /// Whether the ends of logs have their name before the number.
    pub(super) has_names: bool,
    pitch: i32,
    /// What is folded, oldest first.
    blocks: Vec<Block>,
    /// The columns from the first offset to the end, with where they begin; the end itself last.
    columns: Vec<Column>,
}

/// Offsets that are shown together: the oldest, and where more than the newest are not committed,
/// the oldest of those.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Block {
    start: u64,
    end: u64,
    pub(super) x: i32,
    pub(super) width: i32,
    is_open: bool,
    /// What has to be told apart in it, with its distance from where the block begins: high
    /// watermarks, ends of logs, groups.
    points: Vec<(u64, i32)>,
}

impl Block {
    /// A block that is wide enough for its words, and for those of every log that ends in it.
    #[inline(never)]
    pub(super) fn new(
        partition: &PartitionRow,
        size: i32,
        (start, end): (u64, u64),
        (is_open, least): (bool, i32),
    ) -> Block {
        let mut block = Block {
            start,
            end,
            is_open,
            ..Block::default()
        };
        let pad = BLOCK_PAD + if is_open { BAR_GAP } else { 0 };
        let width_to = |end: u64| words_width(&fold_words(start, end), size) + pad;
        let whole = least.max(width_to(end));
        let inner = told_apart(partition, (start, end));
        let count = inner.len().max(1) as i32;
        let (mut points, mut last) = (Vec::new(), 0);
        for (place, offset) in (0..).zip(inner) {
            let mut logs = partition.replicas.iter();
            let is_end = logs.any(|it| it.log_end_offset == offset);
            let least = if is_end { width_to(offset) } else { 0 };
            last = (whole * (2 * place + 1) / (2 * count))
                .max(last + APART)
                .max(least);
            points.push((offset, last));
        }
        let needed = if points.is_empty() { 0 } else { last + APART };
        (block.width, block.points) = (whole.max(needed), points);
        block
    }

    fn x_of(&self, offset: u64) -> i32 {
        let mut before = self.points.iter().rev();
        let point = before.find(|(point, _)| *point <= offset);
        self.x + point.map_or(0, |(_, x)| *x)
    }
}

/// The part of a block that a replica has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// Its place.
    pub rect: Rect,
    /// `0…5`.
    pub words: String,
    /// Its first offset, and the one after its last.
    pub offsets: (u64, u64),
    /// Whether it is not committed.
    pub is_open: bool,
}

/// An offset's place in all replicas, or that of several that are empty in all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Column {
    offset: u64,
    x: i32,
}

impl Column {
    pub(super) fn new(offset: u64, x: i32) -> Column {
        Column { offset, x }
    }
}

impl Alignment {
    /// Aligns the replicas of a partition below each other.
    pub fn new(sizes: &Measures, inside: &Inside, partition: &PartitionRow) -> Alignment {
        let end = longest(partition);
        let words = if inside.is_stacked {
            end.to_string()
        } else {
            format!("LEO {end}")
        };
        let room = inside.log_right - inside.log_x - WORDS - words_width(&words, sizes.text);
        let fold = (inside.fold_width, FOLD_GAP);
        Alignment {
            has_names: !inside.is_stacked,
            ..Alignment::within(sizes, partition, (room, room), fold, 1)
        }
    }

    /// Aligns the replicas of a partition in frames of that width: the ends of all logs have their name where
    /// frames are wide enough for that. So many older records are folded that tab and flag have places, at
    /// best the flag at the right of its bar.
    pub fn in_frames(sizes: &Measures, width: i32, partition: &PartitionRow) -> Alignment {
        let name = sizes.text * LOG_END_NAME / 100;
        let room = width - INSET - EDGE - FRAME_BRACKET;
        let cells = CELLS_LEFT * sizes.cell_pitch + FRAME_FOLD.0;
        let has_names = room - name - words_width("00", sizes.text) >= cells;
        let whole = room - words_width(&longest(partition).to_string(), sizes.text);
        let room = whole - if has_names { name } else { 0 };
        let high_watermark = committed(partition);
        let flag = format!("HW {high_watermark}");
        let with = |fewer: i32, stride: u64| {
            let rooms = (room - fewer * sizes.cell_pitch, whole);
            Alignment {
                has_names,
                ..Alignment::within(sizes, partition, rooms, FRAME_FOLD, stride)
            }
        };
        for may_flip in [!has_names, true] {
            for (fewer, stride) in FEWER {
                let found = with(fewer, stride);
                let x = INSET + found.x_of(high_watermark);
                let labels = Labels::new(sizes, width, "LEADER", &flag, x);
                let is_fine = match labels.hangs {
                    Hangs::Right => true,
                    Hangs::Left => may_flip,
                    // Fewer records would move the bar farther away.
                    Hangs::Aside => labels.elbow.is_some(),
                };
                if is_fine {
                    return found;
                }
            }
        }
        with(0, STRIDE)
    }

    /// `room` is what records may take; what must not be folded may take `whole`.
    fn within(
        sizes: &Measures,
        partition: &PartitionRow,
        (room, whole): (i32, i32),
        (fold_min, fold_gap): (i32, i32),
        stride: u64,
    ) -> Alignment {
        let end = longest(partition);
        let replicas = partition.replicas.iter();
        let held = replicas.filter(|replica| replica.log_end_offset > replica.log_start_offset);
        let starts = held.map(|replica| replica.log_start_offset);
        let start = starts.min().unwrap_or(end);
        let committed = committed(partition);
        let (mut blocks, mut x) = (Vec::new(), 0);
        // What is folded takes room, and for that more may have to be folded.
        let shown = loop {
            let mut shown = columns(sizes, partition, (start, end), room - x);
            let mut first = shown.last().map_or(end, |(first, _)| *first);
            if first > start {
                // Only what is committed is folded before it has to be.
                let next = start + (first - start).next_multiple_of(stride);
                let least = next.min(committed.max(first)).min(end - 1);
                shown.retain(|(offset, _)| *offset >= least);
                first = shown.last().map_or(end, |(first, _)| *first);
            }
            let fold = (start, first.min(committed), false, fold_min);
            let open = (
                start.max(committed),
                first,
                true,
                sizes.cell_pitch - fold_gap,
            );
            blocks.clear();
            let mut right = 0;
            for (from, to, is_open, least) in [fold, open] {
                if from < to {
                    let range = (from, to);
                    let mut block = Block::new(partition, sizes.text, range, (is_open, least));
                    block.x = right;
                    right += block.width + fold_gap;
                    blocks.push(block);
                }
            }
            if right <= x {
                break shown;
            }
            x = right;
        };
        let columns = placed(&shown, end, x);
        let first = columns.first().map_or(end, |column| column.offset);
        let folded = Alignment {
            first,
            end,
            has_names: false,
            pitch: sizes.cell_pitch,
            blocks,
            columns,
        };
        folded.with_kept(sizes, partition, (start, whole), (fold_min, fold_gap))
    }

    /// The same with what must not be folded. That is rare, and what tells it comes later.
    fn with_kept(
        mut self,
        sizes: &Measures,
        partition: &PartitionRow,
        (start, width): (u64, i32),
        fold: (i32, i32),
    ) -> Alignment {
        let is_rare = partition.lost.is_some() || self.blocks.iter().any(|it| it.is_open);
        let is_each_shown = self.end - self.first + 1 == self.columns.len() as u64;
        let room = Room {
            offsets: (start, self.end),
            width,
            fold,
        };
        if is_rare
            && is_each_shown
            && let Some(kept) = kept::arranged(sizes, partition, &room, self.first)
        {
            (self.blocks, self.columns, self.first) = kept;
        }
        self
    }

    /// The left edge of an offset's cell, from where logs begin. In a block nothing lies at the
    /// same place that is not the same offset, and everything in its order.
    pub fn x_of(&self, offset: u64) -> i32 {
        let after = self
            .columns
            .partition_point(|column| column.offset <= offset);
        let column = after.checked_sub(1).map(|place| self.columns[place]);
        let block = self.blocks.iter().rfind(|block| block.start <= offset);
        match (column, block) {
            (Some(column), block) if block.is_none_or(|it| it.start < column.offset) => {
                let beyond = offset.saturating_sub(self.end).min(CELLS_MAX) as i32;
                column.x + beyond * self.pitch
            }
            (_, block) => block.map_or(0, |it| it.x_of(offset)),
        }
    }

    /// The blocks of a replica's older records, in the height of `log`. A log that ends in one has
    /// a shorter one.
    pub(super) fn folds(&self, replica: &ReplicaRow, log: Rect) -> Vec<Fold> {
        let mut folds = Vec::new();
        for block in &self.blocks {
            let start = replica.log_start_offset.max(block.start);
            let end = replica.log_end_offset.min(block.end);
            if start >= end {
                continue;
            }
            let is_whole = end == block.end;
            let right = if is_whole {
                block.x + block.width
            } else {
                block.x_of(end)
            };
            // The bar of the high watermark stands where what is not committed begins.
            let left = block.x + if block.is_open { BAR_GAP } else { 0 };
            folds.push(Fold {
                rect: Rect {
                    x: log.x + left,
                    width: right - left,
                    ..log
                },
                words: fold_words(start, end),
                offsets: (start, end),
                is_open: block.is_open,
            });
        }
        folds
    }

    /// Where a replica's log ends.
    pub(super) fn log_end(&self, replica: &ReplicaRow) -> i32 {
        self.x_of(replica.log_end_offset)
    }

    /// The listed records of a replica that are shown, with where they begin and end.
    pub(super) fn cells<'a>(
        &'a self,
        replica: &'a ReplicaRow,
    ) -> impl Iterator<Item = (usize, i32, i32)> + 'a {
        let cells = (0..).zip(&replica.cells);
        let is_kept = |offset: u64| self.columns.iter().any(|column| column.offset == offset);
        let shown = cells.filter(move |(_, it)| it.offset >= self.first || is_kept(it.offset));
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
        let mut whole_words = format!("LEO {end}");
        if end == replica.log_start_offset {
            whole_words.push_str(", empty");
        }
        let committed_x = self.x_of(committed);
        // The one bar through all replicas strikes no words: they stand after it.
        let behind_bar = |words: &str| {
            let right = log_end_x + WORDS + words_width(words, size);
            let is_struck = (log_end_x + BRACKET..right + BAR_AIR).contains(&committed_x);
            let moved = committed_x + BAR_AIR + right - WORDS - log_end_x;
            (is_struck, if is_struck { moved } else { right })
        };
        let is_named = self.has_names || end < self.end;
        let words = if is_named && behind_bar(&whole_words).1 <= place.width {
            whole_words
        } else {
            end.to_string()
        };
        let (is_behind, right) = behind_bar(&words);
        let log_end = if is_behind { right - log_end_x } else { 8 };
        let digits = words_width(&end.to_string(), size) + 4;
        Strip {
            folds: self.folds(replica, rect(0, 0)),
            water: rect(0, self.x_of(committed_end(replica).min(committed))),
            cells: self
                .cells(replica)
                .map(|(index, x, right)| (index, rect(x, right - x - CELL_GAP)))
                .filter(|(_, rect)| rect.width > 0)
                .collect(),
            offset_every: ((digits - 1) / self.pitch + 1).max(1) as usize,
            committed_x,
            high_watermark_x: self.x_of(replica.high_watermark),
            log_end: rect(log_end_x + BRACKET, log_end),
            log_end_words: words,
            is_behind,
        }
    }
}

/// Up to where the records are committed, as far as that is known.
pub(super) fn committed(partition: &PartitionRow) -> u64 {
    let known = partition.replicas.iter().map(|it| it.high_watermark);
    partition.high_watermark.or(known.max()).unwrap_or_default()
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

/// From where on all is known: nothing is of what lies before where one of the lists begins.
pub(super) fn listed(partition: &PartitionRow, end: u64) -> u64 {
    let firsts = partition.replicas.iter().filter_map(|it| it.cells.first());
    firsts.map(|cell| cell.offset).max().unwrap_or(end)
}

/// The columns from the log's end back, as far as `room` reaches: where each begins, and its width.
fn columns(
    sizes: &Measures,
    partition: &PartitionRow,
    (start, end): (u64, u64),
    room: i32,
) -> Vec<(u64, i32)> {
    let start = start.max(listed(partition, end).min(end.saturating_sub(CELLS_MAX)));
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

/// Those columns with where they begin, from `x` on; the end itself last.
fn placed(shown: &[(u64, i32)], end: u64, mut x: i32) -> Vec<Column> {
    let mut columns = Vec::new();
    for (offset, width) in shown.iter().rev() {
        columns.push(Column::new(*offset, x));
        x += width;
    }
    columns.push(Column::new(end, x));
    columns
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
