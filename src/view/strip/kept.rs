//! Records that are never folded: the one at the high watermark, the visitor's that nobody can read
//! yet, and one that a broken rule names.

use super::aligned::{Block, Column, committed, listed};
use crate::view::measures::Measures;
use crate::view::scene::PartitionRow;

/// What is arranged: the offsets from the first to the end of all logs, and their room.
pub(super) struct Room {
    pub(super) offsets: (u64, u64),
    pub(super) width: i32,
    /// The least width of a fold, and from it to what follows.
    pub(super) fold: (i32, i32),
}

/// The blocks, the columns, and the first of the newest records, from `first` on as many of them as
/// have room beside those that are never folded; nothing if there is no room for any of those.
#[inline(never)]
pub(super) fn arranged(
    sizes: &Measures,
    partition: &PartitionRow,
    room: &Room,
    first: u64,
) -> Option<(Vec<Block>, Vec<Column>, u64)> {
    let mut kept = kept(partition, room);
    let end = room.offsets.1;
    while !kept.is_empty() {
        for first in first..end {
            let mut row = Row::new(sizes, partition, room);
            // They are few: a sort would weigh more than it saves.
            while let Some(offset) = kept.iter().filter(|it| **it >= row.next).min()
                && *offset < first
            {
                row.fold_to(*offset);
                row.show(*offset);
            }
            row.fold_to(first);
            (first..end).for_each(|offset| row.show(offset));
            let is_fitting = row.x <= room.width;
            row.columns.push(Column::new(end, row.x));
            if is_fitting {
                return Some((row.blocks, row.columns, first));
            }
        }
        kept.pop();
    }
    None
}

/// The offsets that are never folded, what matters most first.
fn kept(partition: &PartitionRow, room: &Room) -> Vec<u64> {
    let (start, end) = room.offsets;
    let committed = committed(partition);
    let mut yours = None;
    for replica in &partition.replicas {
        for cell in &replica.cells {
            if cell.is_yours && cell.offset >= committed {
                yours = yours.max(Some(cell.offset));
            }
        }
    }
    let known = start.max(listed(partition, end));
    let mut kept = Vec::new();
    for offset in [partition.lost, Some(committed), yours]
        .into_iter()
        .flatten()
    {
        if (known..end).contains(&offset) && !kept.contains(&offset) {
            kept.push(offset);
        }
    }
    kept
}

/// What is arranged so far, from left to right.
struct Row<'a> {
    sizes: &'a Measures,
    partition: &'a PartitionRow,
    fold: (i32, i32),
    next: u64,
    x: i32,
    blocks: Vec<Block>,
    columns: Vec<Column>,
}

impl<'a> Row<'a> {
    fn new(sizes: &'a Measures, partition: &'a PartitionRow, room: &Room) -> Row<'a> {
        Row {
            sizes,
            partition,
            fold: room.fold,
            next: room.offsets.0,
            x: 0,
            blocks: Vec::new(),
            columns: Vec::new(),
        }
    }

    fn show(&mut self, offset: u64) {
        self.columns.push(Column::new(offset, self.x));
        self.x += self.sizes.cell_pitch;
        self.next = offset + 1;
    }

    /// Folds what lies before `offset`; a block of one record would take the room of its cell.
    fn fold_to(&mut self, offset: u64) {
        let committed = committed(self.partition);
        let (least, gap) = self.fold;
        let open_least = self.sizes.cell_pitch - gap;
        let ends = [
            (offset.min(committed), false, least),
            (offset, true, open_least),
        ];
        for (end, is_open, least) in ends {
            if is_open && end == self.next + 1 {
                self.show(self.next);
            } else if self.next < end {
                let range = (self.next, end);
                let mut block =
                    Block::new(self.partition, self.sizes.text, range, (is_open, least));
                block.x = self.x;
                self.x += block.width + gap;
                self.blocks.push(block);
                self.next = end;
            }
        }
    }
}
