//! Where the parts of one replica stand inside its broker's frame: water, fold, cells, bracket,
//! high watermark, marks. Pure, in pixels from the frame's left edge and the row's top.

use crate::view::layout::{Layout, Rect};
use crate::view::scene::{PartitionRow, ReplicaRole, ReplicaRow};

/// From the frame's edge to the first cell.
const INSET: i32 = 10;
/// Between the fold and the first cell.
const FOLD_GAP: i32 = 3;
/// Above and below the cells, where water shows.
const WATER_REACH: i32 = 5;
/// Between cells.
const CELL_GAP: i32 = 2;

/// The parts of a replica, laid out.
#[derive(Clone, Debug, PartialEq)]
pub struct Strip {
    /// The block `0…41`, and its words, if older records are folded.
    pub fold: Option<(Rect, String)>,
    /// The ground of committed records.
    pub water: Rect,
    /// The cells that are shown, with their places in `ReplicaRow::cells`.
    pub cells: Vec<(usize, Rect)>,
    /// The x of the high watermark, if it lies within what is shown.
    pub high_watermark_x: i32,
    /// The x after the last cell: the closing bracket stands there.
    pub log_end_x: i32,
    /// `LEO 6`; empty where the replica has what the leader has.
    pub log_end_words: String,
}

impl Strip {
    /// Lays a replica out.
    pub fn new(layout: &Layout, partition: &PartitionRow, replica: &ReplicaRow) -> Strip {
        let sizes = &layout.measures;
        let all = replica.folded_count + replica.cells.len() as u64;
        let shown = if all as usize <= layout.cell_count_max && replica.folded_count == 0 {
            replica.cells.len()
        } else {
            layout.cell_count_with_fold().min(replica.cells.len())
        };
        let skipped = replica.cells.len() - shown;
        let first_offset = replica
            .cells
            .get(skipped)
            .map_or(replica.log_end_offset, |cell| cell.offset);
        let is_folded = first_offset > 0 && all as usize > shown;
        let cells_x = INSET
            + if is_folded {
                sizes.fold_width + FOLD_GAP
            } else {
                0
            };
        let height = match replica.role {
            ReplicaRole::Leader => sizes.leader_cell_height,
            _ => sizes.follower_cell_height,
        };
        let cells_y = sizes.cell_offset + (sizes.leader_cell_height - height) / 2;
        let x_of = |offset: u64| {
            let before = replica.cells[skipped..]
                .iter()
                .filter(|cell| cell.offset < offset)
                .count();
            cells_x + before as i32 * sizes.cell_pitch
        };
        let high_watermark_x = x_of(replica.high_watermark.min(replica.log_end_offset));
        Strip {
            fold: is_folded.then(|| {
                let fold = Rect {
                    x: INSET,
                    y: cells_y,
                    width: sizes.fold_width,
                    height,
                };
                (fold, format!("0…{}", first_offset - 1))
            }),
            water: Rect {
                x: INSET - WATER_REACH,
                y: sizes.cell_offset - WATER_REACH,
                width: (high_watermark_x - INSET + WATER_REACH).max(0),
                height: sizes.leader_cell_height + 2 * WATER_REACH,
            },
            cells: (skipped..replica.cells.len())
                .map(|index| {
                    let x = cells_x + (index - skipped) as i32 * sizes.cell_pitch;
                    let width = sizes.cell_pitch - CELL_GAP;
                    (
                        index,
                        Rect {
                            x,
                            y: cells_y,
                            width,
                            height,
                        },
                    )
                })
                .collect(),
            high_watermark_x,
            log_end_x: cells_x + shown as i32 * sizes.cell_pitch,
            log_end_words: log_end_words(partition, replica),
        }
    }
}

/// A follower says its log end only where it differs from the leader's.
fn log_end_words(partition: &PartitionRow, replica: &ReplicaRow) -> String {
    let leader_end = partition
        .replicas
        .iter()
        .find(|other| other.role == ReplicaRole::Leader)
        .map(|leader| leader.log_end_offset);
    let is_told = replica.role == ReplicaRole::Leader || leader_end != Some(replica.log_end_offset);
    if is_told {
        format!("LEO {}", replica.log_end_offset)
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::layout::{LayoutInput, Scale};
    use crate::view::scene::{CellRow, KeyMark};

    fn layout() -> Layout {
        Layout::new(LayoutInput {
            width: 1280,
            height: 483,
            broker_count: 3,
            partition_count: 3,
            scale: Scale::Regular,
        })
    }

    fn replica(broker: u32, role: ReplicaRole, end: u64) -> ReplicaRow {
        let cells = (0..end).map(|offset| CellRow {
            offset,
            key: KeyMark::none(),
            is_committed: offset < 5,
            is_tombstone: false,
        });
        ReplicaRow {
            broker,
            role,
            log_end_offset: end,
            high_watermark: 5.min(end),
            folded_count: 0,
            cells: cells.collect(),
        }
    }

    fn partition(leader_end: u64, follower_end: u64) -> PartitionRow {
        PartitionRow {
            id: 1,
            name: "p1".to_owned(),
            leader: Some(1),
            leader_epoch: None,
            in_sync_replicas: vec![1, 3],
            high_watermark: Some(5),
            replica_count: 2,
            replicas: vec![
                replica(1, ReplicaRole::Leader, leader_end),
                replica(3, ReplicaRole::Follower, follower_end),
            ],
            marks: Vec::new(),
        }
    }

    #[test]
    fn the_water_ends_at_the_high_watermark_and_the_cells_at_the_log_end() {
        let partition = partition(6, 5);
        let strip = Strip::new(&layout(), &partition, &partition.replicas[0]);
        assert_eq!(strip.water.right(), strip.high_watermark_x);
        assert_eq!(strip.log_end_x - strip.high_watermark_x, 30);
        assert_eq!(strip.log_end_words, "LEO 6");
    }

    #[test]
    fn a_follower_tells_its_log_end_only_where_it_differs() {
        let behind = partition(6, 5);
        let level = partition(6, 6);
        let words = |row: &PartitionRow| Strip::new(&layout(), row, &row.replicas[1]).log_end_words;
        assert_eq!(words(&behind), "LEO 5");
        assert_eq!(words(&level), "");
    }

    #[test]
    fn a_long_log_folds_its_oldest_records_and_keeps_inside_its_frame() {
        let partition = partition(40, 40);
        let layout = layout();
        let strip = Strip::new(&layout, &partition, &partition.replicas[0]);
        let shown = strip.cells.len() as u64;
        assert_eq!(
            strip.fold.map(|fold| fold.1),
            Some(format!("0…{}", 40 - shown - 1))
        );
        assert!(strip.log_end_x < layout.brokers[0].width);
    }
}
