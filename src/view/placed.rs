//! A scene on its stage: every part with its rectangle, ready to be drawn without thinking.

use crate::view::layout::{Layout, Rect};
use crate::view::scene::{CellRow, PartitionRow, ReplicaRole, ReplicaRow, Scene};
use crate::view::strip::Strip;

/// Every part of a scene that has a place of its own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placed {
    /// The records in all replicas.
    pub cells: Vec<PlacedCell>,
    /// The replicas around them.
    pub replicas: Vec<PlacedReplica>,
    /// Where groups stand, below the leaders' cells.
    pub marks: Vec<PlacedMark>,
}

/// A record in a replica, with its place on the stage.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedCell {
    /// Its partition.
    pub partition: u32,
    /// Its broker.
    pub broker: u32,
    /// Whether the broker leads the partition.
    pub is_leader: bool,
    /// Where it stands.
    pub rect: Rect,
    /// What it shows.
    pub row: CellRow,
    /// The name by which a screen reader finds it.
    pub name: String,
}

/// A replica without its records.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedReplica {
    /// Its partition.
    pub partition: u32,
    /// Its broker.
    pub broker: u32,
    /// What it is to its partition.
    pub role: ReplicaRole,
    /// The word above its cells.
    pub label: Rect,
    /// The ground of committed records.
    pub water: Rect,
    /// The block of older records and its words.
    pub fold: Option<(Rect, String)>,
    /// The bracket after the last record; its words may take more width.
    pub log_end: Rect,
    /// `LEO 6`, or nothing.
    pub log_end_words: String,
    /// The high watermark's bar.
    pub bar: Rect,
    /// `HW 5` on the leader's flag; nothing on followers.
    pub flag_words: String,
}

/// Where a group stands in a partition.
#[derive(Clone, Debug, PartialEq)]
pub struct PlacedMark {
    /// The partition.
    pub partition: u32,
    /// The group and what of it: `billing committed`.
    pub name: String,
    /// The sign.
    pub sign: &'static str,
    /// Its words for a screen reader and a tip.
    pub words: String,
    /// Where it stands.
    pub rect: Rect,
}

/// The sides of a sign below the cells.
const MARK_SIZE: i32 = 18;
/// From a leader's cells to their offsets, and from those to the marks.
const OFFSET_HEIGHT: i32 = 20;

impl Placed {
    /// Puts every part of `scene` in its place.
    pub fn new(scene: &Scene, layout: &Layout) -> Placed {
        let mut placed = Placed::default();
        for (row, partition) in scene.partitions.iter().enumerate() {
            for replica in &partition.replicas {
                let column = scene
                    .brokers
                    .iter()
                    .position(|broker| broker.id == replica.broker);
                let frame = column.and_then(|column| layout.brokers.get(column));
                if let (Some(frame), Some(line)) = (frame, layout.rows.get(row)) {
                    placed.add(partition, replica, layout, (frame.x, line.y));
                }
            }
        }
        placed
    }

    fn add(
        &mut self,
        partition: &PartitionRow,
        replica: &ReplicaRow,
        layout: &Layout,
        (x, y): (i32, i32),
    ) {
        let strip = Strip::new(layout, partition, replica);
        let moved = |rect: Rect| Rect {
            x: rect.x + x,
            y: rect.y + y,
            ..rect
        };
        let is_leader = replica.role == ReplicaRole::Leader;
        for (index, rect) in &strip.cells {
            let row = &replica.cells[*index];
            self.cells.push(PlacedCell {
                partition: partition.id,
                broker: replica.broker,
                is_leader,
                rect: moved(*rect),
                name: format!(
                    "{}, on broker {}",
                    row.accessible_name(&partition.name),
                    replica.broker
                ),
                row: row.clone(),
            });
        }
        if is_leader {
            self.add_marks(partition, replica, &strip, layout, (x, y));
        }
        self.replicas
            .push(place_replica(partition, replica, strip, layout, (x, y)));
    }

    fn add_marks(
        &mut self,
        partition: &PartitionRow,
        replica: &ReplicaRow,
        strip: &Strip,
        layout: &Layout,
        (x, y): (i32, i32),
    ) {
        let sizes = &layout.measures;
        let top = y + sizes.cell_offset + sizes.leader_cell_height + OFFSET_HEIGHT;
        let mut put = |offset: Option<u64>, name: String, sign: &'static str| {
            let Some(offset) = offset else { return };
            let left = strip
                .cells
                .iter()
                .find(|(index, _)| replica.cells[*index].offset >= offset)
                .map_or(strip.log_end_x, |(_, rect)| rect.x);
            self.marks.push(PlacedMark {
                partition: partition.id,
                words: format!("{name} {offset}"),
                name,
                sign,
                rect: Rect {
                    x: x + left - MARK_SIZE / 2,
                    y: top,
                    width: MARK_SIZE,
                    height: MARK_SIZE,
                },
            });
        };
        for mark in &partition.marks {
            let (full, hollow) = mark.shape.signs();
            put(mark.committed, format!("{} committed", mark.group), full);
            put(mark.position, format!("{} position", mark.group), hollow);
        }
    }
}

fn place_replica(
    partition: &PartitionRow,
    replica: &ReplicaRow,
    strip: Strip,
    layout: &Layout,
    (x, y): (i32, i32),
) -> PlacedReplica {
    let sizes = &layout.measures;
    let moved = |rect: Rect| Rect {
        x: rect.x + x,
        y: rect.y + y,
        ..rect
    };
    let is_leader = replica.role == ReplicaRole::Leader;
    let (top, height) = if is_leader {
        let top = y + sizes.label_offset;
        (
            top,
            sizes.cell_offset + sizes.leader_cell_height + 4 - sizes.label_offset,
        )
    } else {
        (y + sizes.cell_offset - 5, sizes.leader_cell_height + 10)
    };
    PlacedReplica {
        partition: partition.id,
        broker: replica.broker,
        role: replica.role,
        label: Rect {
            x: x + 10,
            y: y + sizes.label_offset,
            width: 92,
            height: sizes.cell_offset - sizes.label_offset - 4,
        },
        water: moved(strip.water),
        fold: strip.fold.map(|(rect, words)| (moved(rect), words)),
        log_end: Rect {
            x: x + strip.log_end_x,
            y: y + sizes.cell_offset,
            width: 8,
            height: sizes.leader_cell_height,
        },
        log_end_words: strip.log_end_words,
        bar: Rect {
            x: x + strip.high_watermark_x - 2,
            y: top,
            width: 3,
            height,
        },
        flag_words: if is_leader {
            format!("HW {}", replica.high_watermark)
        } else {
            String::new()
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_scene_has_no_parts() {
        let layout = Layout::new(crate::view::layout::LayoutInput {
            width: 1280,
            height: 480,
            broker_count: 0,
            partition_count: 0,
            scale: crate::view::layout::Scale::Regular,
        });
        assert_eq!(Placed::new(&Scene::default(), &layout), Placed::default());
    }
}
