//! What a partition has of its own: its lane, the rail of its in-sync replicas, its name.

use super::Easel;
use crate::view::part::{Act, Area, Kind, PartKey, Rect};
use crate::view::scene::PartitionRow;
use crate::view::subject::Subject;

/// From a frame's edge to the foot of a rail.
const FOOT_INSET: i32 = 8;
/// How far a foot hangs below the lane.
const FOOT_LENGTH: i32 = 10;
/// The rail's thickness.
const RAIL: i32 = 3;
/// The height of a line in a row's head.
const LINE_HEIGHT: i32 = 25;

impl Easel<'_> {
    /// Lanes, rails and names.
    pub(super) fn rows(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        let topic = Rect {
            x: layout.producers.right(),
            y: layout.producers.y,
            width: layout.measures.row_header_width - 12,
            height: layout.measures.broker_header_height,
        };
        let key = PartKey {
            area: Area::Rows,
            kind: Kind::Heading,
            ..PartKey::default()
        };
        self.say(key, topic, scene.topic.clone()).state = "end";
        for (row, partition) in scene.partitions.iter().enumerate() {
            let Some(lane) = layout.lane_y(row) else {
                continue;
            };
            self.lane(row, lane);
            self.rail(row, lane, partition);
            self.row_head(row, lane, partition);
        }
    }

    fn lane(&mut self, row: usize, lane: i32) {
        let x = self.layout.producers.right();
        let place = Rect {
            x,
            y: lane - 1,
            width: self.layout.groups.x - x,
            height: 2,
        };
        self.put(of_row(row, Kind::Lane), place);
    }

    /// From the first in-sync replica to the last, with two feet for each.
    fn rail(&mut self, row: usize, lane: i32, partition: &PartitionRow) {
        let (scene, layout) = (self.scene, self.layout);
        let columns = scene.brokers.iter().zip(&layout.brokers);
        let in_sync: Vec<(u32, Rect)> = columns
            .filter(|(broker, _)| partition.is_in_sync(broker.id))
            .map(|(broker, frame)| (broker.id, *frame))
            .collect();
        let (Some((_, first)), Some((_, last))) = (in_sync.first(), in_sync.last()) else {
            return;
        };
        let left = first.x + FOOT_INSET;
        let rail = Rect {
            x: left,
            y: lane - 1,
            width: last.right() - FOOT_INSET - left,
            height: RAIL,
        };
        self.put(of_row(row, Kind::Rail), rail);
        for (broker, frame) in in_sync {
            let right = frame.right() - FOOT_INSET - RAIL;
            for (index, x) in [frame.x + FOOT_INSET, right].into_iter().enumerate() {
                let foot = PartKey {
                    index: u64::from(broker) * 2 + index as u64,
                    ..of_row(row, Kind::Foot)
                };
                let place = Rect {
                    x,
                    y: lane,
                    width: RAIL,
                    height: FOOT_LENGTH,
                };
                self.put(foot, place);
            }
        }
    }

    fn row_head(&mut self, row: usize, lane: i32, partition: &PartitionRow) {
        let sizes = &self.layout.measures;
        let line = |index: i32| Rect {
            x: self.layout.producers.right() + 4,
            y: lane - 12 + index * LINE_HEIGHT,
            width: sizes.row_header_width - 16,
            height: LINE_HEIGHT - 1,
        };
        let lines = [line(0), line(1), line(2)];
        let name = self.say(
            of_row(row, Kind::Partition),
            lines[0],
            partition.name.clone(),
        );
        name.name = format!("partition {}", partition.name);
        name.act = Some(Act::Menu);
        name.is_stop = true;
        let isr = self.say(of_row(row, Kind::Isr), lines[1], partition.isr_words());
        isr.name = isr_name(partition);
        isr.is_stop = true;
        isr.act = Some(Act::Ask(Subject::InSyncReplicas {
            partition: partition.id,
        }));
        if (partition.in_sync_replicas.len() as u32) < partition.replica_count {
            isr.state = "short";
        }
        if let Some(epoch) = partition.leader_epoch {
            let part = self.say(of_row(row, Kind::Epoch), lines[2], "epoch");
            part.note = epoch.to_string();
        }
    }
}

/// `p1, in-sync replicas 2 of 3`.
pub(super) fn isr_name(partition: &PartitionRow) -> String {
    format!(
        "{}, in-sync replicas {} of {}",
        partition.name,
        partition.in_sync_replicas.len(),
        partition.replica_count
    )
}

fn of_row(row: usize, kind: Kind) -> PartKey {
    PartKey {
        area: Area::Rows,
        row: row as u32 + 1,
        kind,
        ..PartKey::default()
    }
}
