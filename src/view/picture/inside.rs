//! The one opened partition: its replicas below each other, offsets aligned, one high watermark
//! through all of them.

use super::replica::{Place, RING};
use super::rows::{isr_name, of_row};
use super::{Easel, key};
use crate::view::commands::PageAct;
use crate::view::part::{Act, Area, Kind, PartKey, Rect, strong_width, words_width};
use crate::view::scene::{BrokerStatus, PartitionRow};
use crate::view::strip::{Alignment, BAR, ELBOW_GAP};
use crate::view::subject::Subject;

/// From the logs to the left edge of the ground.
pub(super) const SHEET_LEFT: i32 = 6;
/// How far the bracket of the in-sync replicas reaches beyond them.
const BRACKET_REACH: i32 = 6;
/// The length of its tines, and how thick it is.
const TINE: (i32, i32) = (12, 3);
/// Around what is in sync, for the ring of its focus: beside its words, and down to the bracket.
const ISR_PAD: i32 = 4;
const ISR_AIR: i32 = 8;
/// How far above a log names stand there.
pub(super) const ABOVE: i32 = -28;
/// From a broker's name to what it does, and from that to the ring of its lag.
pub(super) const STATUS_GAP: i32 = 6;
const RING_GAP: i32 = 6;
/// The height of a name.
pub(super) const NAME: i32 = 24;
/// The height of a line of small words.
pub(super) const LINE: i32 = 20;
/// The sign of a broker that is down, and of one that is paused, before its word.
pub(super) const SIGNS: (i32, i32) = (24, 12);

impl Easel<'_> {
    fn opened(&self) -> Option<(usize, &PartitionRow)> {
        let row = self.layout.input.opened_row as usize;
        Some((row, self.scene.partitions.get(row)?))
    }

    /// What an opened partition has besides its replicas, where there is room for all of it.
    #[inline(never)]
    pub(super) fn inside(&mut self) {
        self.title();
        let (scene, row) = (self.scene, self.layout.input.opened_row as usize);
        let Some(partition) = scene.partitions.get(row) else {
            return;
        };
        self.bracket(row, partition);
        self.room(partition);
        self.cuts(row, partition);
        if !self.layout.input.scale.is_half() {
            self.lane_ends(partition.id);
        }
    }

    /// `orders p1`, what holds for it, and the way back. Two pictures begin with what they are, and
    /// none of them is the cluster: there it stands at the right, and leads to the other partitions.
    fn title(&mut self) {
        let Some((_, partition)) = self.opened() else {
            return;
        };
        let place = self.layout.controller;
        let words = format!("{} {}", self.scene.topic, partition.name);
        if self.layout.input.scale.is_half() {
            let width = strong_width(&words, self.layout.measures.text + 4) + NAME * 3 / 2;
            let title = Rect {
                x: place.right() - width,
                width,
                ..place
            };
            let words = words + " ▾";
            let part = self.say(key(Area::Top, Kind::Heading), title, words.clone());
            part.state = "title";
            part.name = words + ", another partition";
            part.is_stop = true;
            part.act = Some(Act::Page(PageAct::Partitions));
            return;
        }
        let inside = partition.inside.as_ref();
        let note = inside.map_or(String::new(), |inside| inside.words.clone());
        let back = "Back to the cluster";
        let width = words_width(back, self.layout.measures.text) + 2 * NAME;
        let button = Rect {
            x: place.right() - width,
            width,
            ..place
        };
        let title = Rect {
            width: place.width - width - NAME,
            ..place
        };
        let part = self.say(key(Area::Top, Kind::Heading), title, words);
        part.note = note;
        part.state = "title";
        let part = self.say(key(Area::Top, Kind::Button), button, back);
        part.is_stop = true;
        part.act = Some(Act::Close);
    }

    /// What ties the in-sync replicas together, with a tine for each of them.
    fn bracket(&mut self, row: usize, partition: &PartitionRow) {
        let (scene, layout) = (self.scene, self.layout);
        let x = layout.inside.bracket_x;
        let columns = scene.brokers.iter().zip(&layout.brokers);
        let in_sync =
            columns.filter(|(broker, rect)| rect.height > 0 && partition.is_in_sync(broker.id));
        let places: Vec<(u32, Rect)> = in_sync.map(|(broker, rect)| (broker.id, *rect)).collect();
        let (Some(top), Some(bottom)) = (
            places.iter().map(|(_, rect)| rect.y).min(),
            places.iter().map(|(_, rect)| rect.bottom()).max(),
        ) else {
            return;
        };
        let line = Rect {
            x,
            y: top - BRACKET_REACH,
            width: TINE.1,
            height: bottom - top + 2 * BRACKET_REACH,
        };
        self.put(of_row(row, Kind::Rail), line);
        for (broker, rect) in &places {
            let ends = [
                (rect.y == top, line.y),
                (rect.bottom() == bottom, line.bottom() - TINE.1),
                (
                    rect.y > top && rect.bottom() < bottom,
                    rect.y + rect.height / 2,
                ),
            ];
            for (index, (_, y)) in (0..).zip(ends).filter(|(_, (is_there, _))| *is_there) {
                let tine = PartKey {
                    index: u64::from(*broker) * 2 + index % 2,
                    ..of_row(row, Kind::Foot)
                };
                let place = Rect {
                    x,
                    y,
                    width: TINE.0,
                    height: TINE.1,
                };
                self.put(tine, place);
            }
        }
        let words = partition.isr_words();
        let place = Rect {
            x: x - ISR_PAD,
            y: line.y - LINE - ISR_AIR,
            width: strong_width(&words, layout.measures.text) + 2 * ISR_PAD,
            height: LINE,
        };
        let isr = self.say(of_row(row, Kind::Isr), place, words);
        isr.name = isr_name(partition);
        isr.state = "short";
        isr.is_stop = true;
        isr.act = Some(Act::Ask(Subject::InSyncReplicas {
            partition: partition.id,
        }));
    }

    /// One replica in its place below the others.
    pub(super) fn replica_inside(&mut self, place: &Place<'_>, alignment: &Alignment) {
        if place.is_leader() {
            let heads = self.heads(place);
            self.leader_name(place, &heads);
            self.stands(place, alignment, heads.is_split);
            self.sheet(place, alignment, heads);
            if !self.layout.is_phone() {
                self.epochs(place, alignment);
            }
        } else {
            if place.state.is_empty() {
                self.water(place);
                self.own_high_watermark(place);
            }
            self.follower_name(place);
        }
        if !place.state.is_empty() {
            self.ground_of_the_dead(place);
        }
        self.log(place);
    }

    /// What a log stands on whose broker is down, as in the broker's frame.
    #[inline(never)]
    fn ground_of_the_dead(&mut self, place: &Place<'_>) {
        let strip = &place.strip;
        let ground = Rect {
            x: -SHEET_LEFT,
            y: -SHEET_LEFT,
            width: strip.log_end.x + 2 * SHEET_LEFT + BAR,
            height: place.rect.height + 2 * SHEET_LEFT,
        };
        let ground = place.moved(ground);
        self.put(place.key(Kind::Frame), ground).state = place.status.token();
        let words = place.replica.role.words();
        // Above it there are names and marks of others where it stands close below them.
        let has_room = !place.is_leader() && !self.layout.is_phone();
        if !has_room || self.layout.inside.shore < LINE + SHEET_LEFT {
            return;
        }
        let width = words_width(&words, place.sizes.text) + 4;
        let bar = place.rect.x + place.strip.committed_x;
        let is_struck = (ground.x..ground.x + width + BAR).contains(&bar);
        let label = Rect {
            x: if is_struck {
                bar + 2 * BAR
            } else {
                ground.x + 2
            },
            y: ground.y - LINE,
            width,
            height: LINE,
        };
        self.say(place.key(Kind::Words), label, words.into_owned())
            .state = place.state;
    }

    /// The notch of a follower's own high watermark, in words where it differs.
    fn own_high_watermark(&mut self, place: &Place<'_>) {
        let x = place.rect.x + place.strip.high_watermark_x;
        let notch = Rect {
            x: x - 6,
            y: place.rect.y - 8,
            width: 12,
            height: 9,
        };
        self.put(place.key(Kind::Notch), notch);
        let known = place.replica.high_watermark;
        if !self.layout.is_phone() && place.partition.high_watermark != Some(known) {
            self.known_high_watermark(place, x);
        }
    }

    #[inline(never)]
    fn known_high_watermark(&mut self, place: &Place<'_>, x: i32) {
        let known = place.replica.high_watermark;
        let bar = Rect {
            x: x - 2,
            y: place.rect.y - 2,
            width: 3,
            height: place.rect.height + 4,
        };
        // In a fold nothing of it would be seen but its ends.
        let cells = place.strip.cells.first();
        if cells.is_some_and(|(_, first)| first.x <= place.strip.high_watermark_x) {
            self.put(place.key(Kind::Bar), bar);
        }
        let words = format!("knows HW {known}");
        let width = strong_width(&words, place.sizes.text);
        let has_room = x - 10 - width > place.rect.x - SHEET_LEFT;
        // The bar through all replicas strikes no words.
        let bar = place.rect.x + place.strip.committed_x;
        let is_struck = (x..x + 10 + width).contains(&bar);
        let after = if is_struck { bar } else { x } + 10;
        let label = Rect {
            x: if has_room { x - 10 - width } else { after },
            y: place.rect.y - LINE - 4,
            width,
            height: LINE,
        };
        let is_wet = label.right() <= place.rect.x + place.strip.water.right();
        let part = self.say(place.key(Kind::Words), label, words);
        part.state = match (has_room, is_wet) {
            (true, _) => "tide wet end",
            (false, true) => "tide wet",
            (false, false) => "tide",
        };
    }

    /// Whose log it is, and what it is there: on a telephone beside each other above it.
    fn follower_name(&mut self, place: &Place<'_>) {
        let x = self.layout.inside.name_x - place.rect.x;
        let middle = place.rect.height / 2;
        let (mut name, mut role) = ((x, middle - NAME + 2), (x, middle + 2));
        if self.layout.is_phone() {
            (name, role) = (
                (x, ABOVE),
                (x + self.broker_width(place) + STATUS_GAP, ABOVE),
            );
        }
        self.role_inside(place, role);
        self.broker_name(place, name);
    }

    /// On a telephone, where what is told above a follower's log ends.
    pub(super) fn role_end(&self, place: &Place<'_>) -> i32 {
        let (words, ..) = role_words(place, true);
        let ring = place.replica.lag.as_ref().map_or(0, |_| RING_GAP + RING);
        place.rect.x + self.broker_width(place) + STATUS_GAP + role_width(place, &words) + ring
    }

    pub(super) fn broker_name(&mut self, place: &Place<'_>, (x, y): (i32, i32)) {
        let has_elbow = self.layout.is_phone() && place.is_leader();
        let name = Rect {
            x,
            y,
            width: self.broker_width(place),
            height: NAME - if has_elbow { ELBOW_GAP } else { 0 },
        };
        let words = format!("broker {}", place.replica.broker);
        self.say(place.key(Kind::Heading), place.moved(name), words);
    }

    pub(super) fn broker_width(&self, place: &Place<'_>) -> i32 {
        let larger = if self.layout.is_phone() { 2 } else { 4 };
        broker_width(place, place.sizes.text + larger)
    }

    /// What a replica is and what its broker does, with the ring of its lag.
    pub(super) fn role_inside(&mut self, place: &Place<'_>, (x, y): (i32, i32)) {
        let (words, told, state) = role_words(place, self.layout.is_phone());
        let width = role_width(place, &words);
        let label = Rect {
            x,
            y,
            width,
            height: LINE,
        };
        let name = format!(
            "{}, {told} on broker {}",
            place.partition.name, place.replica.broker
        );
        let part = self.say(place.key(Kind::Role), place.moved(label), words);
        (part.name, part.state) = (name, state);
        part.act = Some(Act::Menu);
        let ring = Rect {
            x: label.right() + RING_GAP,
            y: y + 3,
            width: RING,
            height: RING,
        };
        self.ring(place, ring);
    }

    /// The leader epochs in the log, once there are several among the records that are shown.
    #[inline(never)]
    fn epochs(&mut self, place: &Place<'_>, alignment: &Alignment) {
        let inside = place.partition.inside.as_ref();
        let epochs = inside.map_or(&[][..], |inside| &inside.epochs);
        let ends = epochs.iter().skip(1).map(|(_, start)| *start);
        let end = place.replica.log_end_offset;
        let spans = epochs.iter().zip(ends.chain([end]));
        let shown: Vec<(i32, u64, u64)> = spans
            .map(|((epoch, start), end)| (*epoch, (*start).max(alignment.first), end))
            .filter(|(_, start, end)| start < end)
            .collect();
        if shown.len() < 2 {
            return;
        }
        let y = place.rect.bottom() + self.marks_bottom(place);
        for (epoch, start, end) in shown {
            let x = place.rect.x + alignment.x_of(start) + 3;
            let span = Rect {
                x,
                y,
                width: place.rect.x + alignment.x_of(end) - 3 - x,
                height: LINE,
            };
            let key = PartKey {
                index: start,
                ..place.key(Kind::Span)
            };
            let words = format!("epoch {epoch}");
            let has_room = words_width(&words, place.sizes.text) + 24 <= span.width;
            self.say(key, span, if has_room { words } else { epoch.to_string() })
                .name = format!("leader epoch {epoch} from offset {start}");
        }
    }

    /// How far below the leader's cells the groups' marks reach.
    pub(super) fn marks_bottom(&self, place: &Place<'_>) -> i32 {
        let offsets = place.sizes.text + 12;
        offsets
            + match place.partition.marks.len() as i32 {
                0 => 8,
                1 => 52,
                more => 8 + 24 * more,
            }
    }
}

pub(super) fn broker_width(place: &Place<'_>, size: i32) -> i32 {
    strong_width(&format!("broker {}", place.replica.broker), size)
}

fn role_width(place: &Place<'_>, words: &str) -> i32 {
    let sign = match place.status {
        BrokerStatus::Down => SIGNS.0,
        BrokerStatus::Paused => SIGNS.1,
        _ => 0,
    };
    strong_width(words, place.sizes.text) + 8 + sign
}

/// What a replica is that does not lead, as it is shown, in full, and how. Its broker has no frame
/// here that says whether it runs; both have room above the log only.
fn role_words(place: &Place<'_>, has_room: bool) -> (String, String, &'static str) {
    let role = place.replica.role;
    let status = place.status;
    if !matches!(status, BrokerStatus::Down | BrokerStatus::Paused) {
        let full = role.words().into_owned();
        let words = if has_room {
            full.clone()
        } else {
            role.short_words().into_owned()
        };
        return (words, full, role.token());
    }
    let both = [&role.words(), ", ", status.words()].concat();
    let words = if has_room && !place.is_leader() {
        both.clone()
    } else {
        status.words().to_owned()
    };
    (words, both, status.token())
}
