//! What a partition has of its own: its lane, the rail of its in-sync replicas, its name.

use super::Easel;
use crate::view::commands::PageAct;
use crate::view::format::shortened;
use crate::view::layout::Level;
use crate::view::part::{Act, Area, Kind, PartKey, Rect};
use crate::view::scene::PartitionRow;
use crate::view::subject::Subject;

/// From a frame's edge to the foot of a rail.
const FOOT_INSET: i32 = 8;
/// How far a foot hangs below the lane.
const FOOT_LENGTH: i32 = 10;
/// From the upper edge of the brokers' heads to the topic's name on the same line.
const HEADING_INSET: i32 = 4;
/// The sign that there are other topics.
const CHOICE: i32 = 12;
/// From the end of the rows' names to the end of the topic's before the number of a cause.
const NUMBER_AIR: i32 = 4;
/// The rail's thickness.
const RAIL: i32 = 3;

impl Easel<'_> {
    /// Lanes, rails and names.
    pub(super) fn rows(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        let sizes = &layout.measures;
        let mut topic = Rect {
            x: layout.producers.right() + 2,
            y: layout.producers.y + HEADING_INSET,
            width: sizes.row_header_width - 18,
            height: sizes.broker_header_height - 2 * HEADING_INSET,
        };
        let letters = topic.width * 100 / (62 * (sizes.text + 2));
        let key = PartKey {
            area: Area::Rows,
            kind: Kind::Heading,
            ..PartKey::default()
        };
        // Its whole name has no room here, and its beginning says little.
        let name = if scene.is_internal() {
            "offsets".to_owned()
        } else {
            shortened(&scene.topic, letters.max(4) as usize)
        };
        let first = scene.brokers.first();
        let is_numbered = first.is_some_and(|broker| self.head_room(broker.id) > 0);
        // The name ends where the rows' names end, with or without the sign of a choice after it; and
        // well before the number of a cause.
        if is_numbered {
            topic.width -= NUMBER_AIR;
        } else if scene.topics.len() > 1 {
            topic.width += CHOICE;
        }
        let part = self.say(key, topic, name);
        part.state = "end";
        if scene.topics.len() > 1 {
            part.note = "▾".to_owned();
            part.name = format!("topic {}, choose another", scene.topic);
            part.is_stop = true;
            part.act = Some(Act::Page(PageAct::Topics));
        }
        if layout.level == Level::Table {
            self.table();
            return;
        }
        for (row, partition) in scene.partitions.iter().enumerate() {
            let Some(lane) = layout.lane_y(row) else {
                continue;
            };
            self.lane(row, lane);
            if layout.level == Level::Cells {
                self.rail(row, lane, partition);
            }
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

    /// Along the in-sync replicas, with two feet for each; not across a broker that is out of sync.
    fn rail(&mut self, row: usize, lane: i32, partition: &PartitionRow) {
        let (scene, layout) = (self.scene, self.layout);
        let mut rails: Vec<Rect> = Vec::new();
        let mut goes_on = false;
        for (broker, frame) in scene.brokers.iter().zip(&layout.brokers) {
            let is_in_sync = partition.is_in_sync(broker.id);
            if is_in_sync {
                let (left, right) = (frame.x + FOOT_INSET, frame.right() - FOOT_INSET);
                self.feet(row, lane, broker.id, (left, right));
                match rails.last_mut() {
                    Some(rail) if goes_on => rail.width = right - rail.x,
                    _ => rails.push(Rect {
                        x: left,
                        y: lane - 1,
                        width: right - left,
                        height: RAIL,
                    }),
                }
            }
            goes_on = is_in_sync;
        }
        for (index, rail) in (0..).zip(rails) {
            let key = PartKey {
                index,
                ..of_row(row, Kind::Rail)
            };
            self.put(key, rail);
        }
    }

    fn feet(&mut self, row: usize, lane: i32, broker: u32, (left, right): (i32, i32)) {
        for (index, x) in [left, right - RAIL].into_iter().enumerate() {
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

    fn row_head(&mut self, row: usize, lane: i32, partition: &PartitionRow) {
        let layout = self.layout;
        let sizes = &layout.measures;
        let is_beside = layout.level == Level::Bars;
        let height = sizes.text + 10;
        let width = sizes.row_header_width - 14;
        let line = |index: i32| Rect {
            x: layout.producers.right() + 2,
            y: lane - height / 2 + index * (height + 1),
            width,
            height,
        };
        let (mut name, mut isr) = (line(0), line(1));
        if is_beside {
            name.width = width / 2;
            isr = Rect {
                x: name.right(),
                width: width - width / 2,
                ..name
            };
        }
        let part = self.say(of_row(row, Kind::Partition), name, partition.name.clone());
        part.name = format!("open {}", partition.name);
        part.is_stop = true;
        part.act = Some(Act::Open(row as u32));
        let part = self.say(of_row(row, Kind::Isr), isr, partition.isr_words());
        part.name = isr_name(partition);
        part.is_stop = true;
        part.act = Some(Act::Ask(Subject::InSyncReplicas {
            partition: partition.id,
        }));
        if (partition.in_sync_replicas.len() as u32) < partition.replica_count {
            part.state = "short";
        }
        if !is_beside && (partition.leader_epoch.is_some() || !partition.holds.is_empty()) {
            self.below_isr(row, lane, partition, [line(2), line(3)]);
        }
    }

    /// What groups the partition holds offsets of, or else its leader epoch.
    #[inline(never)]
    fn below_isr(&mut self, row: usize, lane: i32, partition: &PartitionRow, lines: [Rect; 2]) {
        if !partition.holds.is_empty() {
            let letters = (lines[0].width / 9).max(4) as usize;
            let words = shortened(&partition.holds, letters);
            let part = self.say(of_row(row, Kind::Words), lines[0], words);
            part.name = format!(
                "{} holds the offsets of {}",
                partition.name, partition.holds
            );
            return;
        }
        let Some(epoch) = partition.leader_epoch else {
            return;
        };
        let former = partition.former_epoch;
        let part = self.say(of_row(row, Kind::Epoch), lines[0], "epoch");
        part.note = epoch.to_string();
        part.state = if former.is_some() { "new" } else { "" };
        let sizes = &self.layout.measures;
        let bottom = lane - sizes.lane_offset + sizes.row_height;
        if let Some(former) = former.filter(|_| lines[1].bottom() <= bottom) {
            let key = PartKey {
                index: 1,
                ..of_row(row, Kind::Epoch)
            };
            self.say(key, lines[1], format!("was {former}"));
        }
    }
}

/// `ISR 2/3, in-sync replicas of p1`.
pub(super) fn isr_name(partition: &PartitionRow) -> String {
    format!(
        "{}, in-sync replicas of {}",
        partition.isr_words(),
        partition.name
    )
}

/// The key of a part that a row has once.
pub(super) fn of_row(row: usize, kind: Kind) -> PartKey {
    PartKey {
        area: Area::Rows,
        row: row as u32 + 1,
        kind,
        ..PartKey::default()
    }
}
