//! One replica: its label, its water, its records, and on the leader the high watermark and where
//! the groups stand.

use super::Easel;
use crate::view::measures::Measures;
use crate::view::part::{Act, Area, Kind, Part, PartKey, Rect, strong_width, words_width};
use crate::view::scene::{PartitionRow, ReplicaRole, ReplicaRow};
use crate::view::strip::{INSET, Labels, Strip};
use crate::view::subject::Subject;

/// Half of a group's mark.
const MARK_HALF: i32 = 8;
/// How far two marks at one offset stand from it.
const MARK_ASIDE: i32 = 7;
/// From one group's marks to the next group's.
const MARK_STEP: i32 = 11;
/// The height of an offset.
const OFFSET_HEIGHT: i32 = 19;

/// A replica and where it is drawn.
struct Place<'a> {
    partition: &'a PartitionRow,
    replica: &'a ReplicaRow,
    sizes: &'a Measures,
    strip: Strip,
    /// Its corner and its width.
    rect: Rect,
    key: PartKey,
    /// Nothing if its broker runs.
    state: &'static str,
}

impl Place<'_> {
    fn key(&self, kind: Kind) -> PartKey {
        PartKey { kind, ..self.key }
    }

    fn moved(&self, rect: Rect) -> Rect {
        rect.moved((self.rect.x, self.rect.y))
    }

    fn is_leader(&self) -> bool {
        self.replica.role == ReplicaRole::Leader
    }
}

impl Easel<'_> {
    /// All replicas that have a place.
    pub(super) fn replicas(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        for (row, partition) in scene.partitions.iter().enumerate() {
            for replica in &partition.replicas {
                let mut brokers = scene.brokers.iter();
                let column = brokers.position(|broker| broker.id == replica.broker);
                let rect = column.and_then(|column| layout.replica(row, column));
                let (Some(column), Some(rect)) = (column, rect) else {
                    continue;
                };
                let sizes = &layout.measures;
                self.replica(&Place {
                    partition,
                    replica,
                    sizes,
                    strip: Strip::new(sizes, rect.width, partition, replica),
                    rect,
                    key: PartKey {
                        area: Area::Rows,
                        row: row as u32 + 1,
                        column: column as u32 + 1,
                        ..PartKey::default()
                    },
                    state: scene.brokers[column].status.absence(),
                });
            }
        }
    }

    fn replica(&mut self, place: &Place<'_>) {
        let strip = &place.strip;
        self.put(place.key(Kind::Water), place.moved(strip.water))
            .state = place.state;
        if place.is_leader() {
            self.leader_labels(place);
            self.marks(place);
        } else {
            self.role(place);
        }
        if let Some((rect, words)) = &strip.fold {
            let fold = self.say(place.key(Kind::Fold), place.moved(*rect), words.clone());
            fold.name = format!("offsets {words}, not listed");
            fold.state = place.state;
        }
        self.cells(place);
        let end = self.say(
            place.key(Kind::LogEnd),
            place.moved(strip.log_end),
            strip.log_end_words.clone(),
        );
        end.state = place.state;
        if !strip.log_end_words.is_empty() {
            end.name = format!("log end offset {}", place.replica.log_end_offset);
        }
    }

    fn leader_labels(&mut self, place: &Place<'_>) {
        let (partition, replica) = (place.partition, place.replica);
        let words = format!("HW {}", replica.high_watermark);
        let word = replica.role.words();
        let x = place.strip.high_watermark_x;
        let labels = Labels::new(place.sizes, place.rect.width, word, &words, x);
        let tab = self.say(place.key(Kind::Leader), place.moved(labels.tab), "");
        if labels.has_word {
            tab.words = word.to_owned();
        }
        tab.name = format!("leader of {}: broker {}", partition.name, replica.broker);
        tab.is_stop = true;
        tab.act = Some(Act::Ask(Subject::Leader {
            partition: partition.id,
        }));
        self.put(place.key(Kind::Bar), place.moved(labels.bar));
        if let Some(elbow) = labels.elbow {
            let key = PartKey {
                index: 1,
                ..place.key(Kind::Bar)
            };
            self.put(key, place.moved(elbow));
        }
        let flag = self.say(place.key(Kind::Flag), place.moved(labels.flag), words);
        flag.name = format!(
            "{}, high watermark {}",
            partition.name, replica.high_watermark
        );
        flag.is_stop = true;
        flag.act = Some(Act::Ask(Subject::HighWatermark {
            partition: partition.id,
        }));
        if self.layout.is_stacked() {
            let room = labels.flag.x - labels.tab.right();
            self.broker_name(place, labels.tab.right() + 8, room - 12);
        }
    }

    /// Where there are no columns, each replica names its broker, if that leaves the flag its room.
    fn broker_name(&mut self, place: &Place<'_>, x: i32, room: i32) {
        let words = format!("broker {}", place.replica.broker);
        let name = Rect {
            x,
            y: place.sizes.label_offset,
            width: strong_width(&words, place.sizes.text + 2),
            height: place.sizes.label_height,
        };
        if name.width <= room {
            self.say(place.key(Kind::Heading), place.moved(name), words);
        }
    }

    /// What a replica is that does not lead, and the notch of its own high watermark.
    fn role(&mut self, place: &Place<'_>) {
        let (sizes, water) = (place.sizes, place.strip.water);
        let words = place.replica.role.words();
        let mut x = INSET;
        if self.layout.is_stacked() {
            self.broker_name(place, x, place.rect.width);
            let name = format!("broker {}", place.replica.broker);
            x += strong_width(&name, sizes.text + 2) + 12;
        }
        let label = Rect {
            x,
            y: sizes.label_offset,
            width: words_width(words, sizes.text) + 8,
            height: sizes.label_height,
        };
        let part = self.say(place.key(Kind::Role), place.moved(label), words);
        part.state = place.replica.role.token();
        part.name = format!(
            "{}, {words} on broker {}",
            place.partition.name, place.replica.broker
        );
        part.act = Some(Act::Menu);
        let notch = Rect {
            x: place.strip.high_watermark_x - 6,
            y: water.y - 1,
            width: 12,
            height: 8,
        };
        self.put(place.key(Kind::Notch), place.moved(notch)).state = place.state;
    }

    fn cells(&mut self, place: &Place<'_>) {
        let (partition, replica) = (place.partition, place.replica);
        let newest = place.strip.cells.last().map(|(index, _)| *index);
        for (index, rect) in &place.strip.cells {
            let row = &replica.cells[*index];
            let key = PartKey {
                index: row.offset,
                ..place.key(Kind::Cell)
            };
            let cell = self.say(key, place.moved(*rect), row.key.letter.clone());
            cell.name = row.accessible_name(&partition.name, replica.broker);
            cell.hue = row.key.hue_token();
            cell.state = match (place.state, row.is_committed, place.is_leader()) {
                ("", true, true) => "leader",
                ("", false, true) => "leader open",
                ("", true, false) => "",
                (_, false, _) => "open",
                (absent, true, _) => absent,
            };
            if row.is_yours {
                cell.state = match cell.state {
                    "leader" => "leader yours",
                    "leader open" => "leader open yours",
                    "open" => "open yours",
                    _ => "yours",
                };
            }
            cell.is_stop = place.is_leader() && newest == Some(*index);
            cell.act = Some(Act::Ask(Subject::Record {
                partition: partition.id,
                broker: replica.broker,
                offset: row.offset,
            }));
            let is_told = row.offset.is_multiple_of(place.strip.offset_every as u64);
            if place.is_leader() && is_told {
                self.offset(place, *rect, row.offset);
            }
        }
    }

    fn offset(&mut self, place: &Place<'_>, cell: Rect, offset: u64) {
        let words = offset.to_string();
        let width = words_width(&words, place.sizes.text).max(cell.width);
        let rect = Rect {
            x: cell.x + (cell.width - width) / 2,
            y: cell.bottom() + 4,
            width,
            height: OFFSET_HEIGHT,
        };
        let key = PartKey {
            index: offset,
            ..place.key(Kind::Offset)
        };
        self.say(key, place.moved(rect), words);
    }

    /// Where the groups stand, below the offsets: full for a commit, hollow for a position.
    fn marks(&mut self, place: &Place<'_>) {
        let top = place.sizes.cell_offset + place.sizes.leader_cell_height + OFFSET_HEIGHT + 1;
        for (group, mark) in place.partition.marks.iter().enumerate() {
            let (full, hollow) = mark.shape.signs();
            let stands = [
                (mark.committed, full, "has committed"),
                (mark.position, hollow, "reads next at"),
            ];
            for (index, (offset, sign, verb)) in stands.into_iter().enumerate() {
                let Some(offset) = offset else { continue };
                // At the same offset they stand beside each other.
                let aside = match (mark.committed == mark.position, index) {
                    (false, _) => 0,
                    (true, 0) => -MARK_ASIDE,
                    (true, _) => MARK_ASIDE,
                };
                let key = PartKey {
                    index: (group * 2 + index) as u64,
                    ..place.key(Kind::Mark)
                };
                let rect = Rect {
                    x: place.strip.x_before(place.replica, offset) + aside - MARK_HALF,
                    y: top + group.min(1) as i32 * MARK_STEP,
                    width: 2 * MARK_HALF,
                    height: 2 * MARK_HALF,
                };
                let part: &mut Part = self.say(key, place.moved(rect), sign);
                part.name = format!(
                    "{}: group {} {verb} {offset}",
                    place.partition.name, mark.group
                );
            }
        }
    }
}
