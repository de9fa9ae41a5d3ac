//! The waiting room: the produce requests in the leader's purgatory, each with what it lacks; and
//! what the leader knows of its followers, where there is room for that too.

use super::{Easel, key};
use crate::view::format::list;
use crate::view::part::{Area, Kind, PartKey, Rect, words_width};
use crate::view::scene::{Errand, Flight, PartitionRow, Place, WaitingRow};

/// The height of the room's head, of a request in it, and of a last line of its own.
const HEAD: i32 = 56;
const ROW: i32 = 48;
const LAST: i32 = 38;
/// The room's own edge: no line between requests strikes it.
const ROOM_EDGE: i32 = 2;
/// How much higher both are where there is room.
const MORE: (i32, i32) = (14, 10);
/// Wider rooms tell how long requests wait, and what the leader knows.
const WIDE: i32 = 300;
/// Rooms where so many requests have it are airy.
const ROWS_AIRY: i32 = 5;
/// From the room to what the leader knows.
const GAP: i32 = 14;
/// The height of a line about a follower, and of the lines above and below those.
const KNOWN: i32 = 44;
const KNOWN_END: i32 = 27;

impl Easel<'_> {
    /// The room, if somebody leads.
    #[inline(never)]
    pub(super) fn room(&mut self, partition: &PartitionRow) {
        let (Some(place), Some(inside), Some(leader)) = (
            self.layout.inside.room,
            &partition.inside,
            partition.leading(),
        ) else {
            return;
        };
        if let Some(told) = &inside.told {
            let lower = Rect {
                y: place.y + place.height / 3,
                ..place
            };
            self.told(told, lower);
            return;
        }
        let known = inside.known.len() as i32;
        let (mut head, mut pitch, mut step) = (HEAD, ROW, KNOWN);
        let below = |step: i32| match place.width {
            WIDE.. => GAP + known * step + 2 * KNOWN_END,
            _ => 0,
        };
        if place.height >= head + ROWS_AIRY * pitch + below(step) {
            (head, pitch, step) = (head + MORE.0, pitch + MORE.1, step + MORE.1);
        }
        let below = below(step);
        let (count, space) = (inside.waiting.len(), place.height - head - below);
        let fits = |last: i32| ((space - last) / pitch).max(1) as usize;
        let listed = if count > fits(0) { fits(LAST) } else { count };
        let hidden = count - listed;
        let shown = &inside.waiting[..listed];
        let last = if hidden > 0 || count == 0 { LAST } else { 0 };
        let room = Rect {
            height: head + listed as i32 * pitch + last,
            ..place
        };
        let part = self.say(room_key(), room, "waiting room");
        part.note = "purgatory, acks=all".to_owned();
        let row = |index: usize| Rect {
            x: room.x + ROOM_EDGE,
            y: room.y + head + index as i32 * pitch,
            width: room.width - 2 * ROOM_EDGE,
            height: pitch,
        };
        for (index, waiting) in shown.iter().enumerate() {
            self.waiting(index, row(index), waiting);
        }
        if last > 0 {
            let words = match hidden {
                0 => "nobody waits".to_owned(),
                more => format!("and {more} more"),
            };
            let mut line = row(listed);
            line.height = last;
            self.say(pending(listed), line, words).state = "quiet";
        }
        if known > 0 && below > 0 {
            self.known(partition, leader.broker, (room.bottom() + GAP, step));
        }
    }

    /// One request, with what it lacks; for how long where there is room for it.
    fn waiting(&mut self, index: usize, place: Rect, waiting: &WaitingRow) {
        let part = self.say(pending(index), place, waiting.offsets.clone());
        part.note.clone_from(&waiting.lacks);
        part.name = format!("waits: {}, {}", waiting.offsets, waiting.lacks);
        if place.width < WIDE - 2 * ROOM_EDGE {
            return;
        }
        let width = words_width(&waiting.waits, self.layout.measures.text) + 4;
        let time = Rect {
            x: place.right() - 16 - width,
            width,
            ..place
        };
        let key = PartKey {
            kind: Kind::Fact,
            ..pending(index)
        };
        self.say(key, time, waiting.waits.clone()).state = "time";
    }

    /// `broker 3`, `fetched at 12`, and what that makes of the high watermark.
    fn known(&mut self, partition: &PartitionRow, leader: u32, (top, step): (i32, i32)) {
        let (Some(place), Some(inside)) = (self.layout.inside.room, &partition.inside) else {
            return;
        };
        let row = |index: i32| Rect {
            y: top + KNOWN_END + (index - 1) * step,
            height: step,
            ..place
        };
        let head = Rect {
            y: top,
            height: KNOWN_END,
            ..place
        };
        let title = PartKey {
            kind: Kind::Heading,
            index: 100,
            ..room_key()
        };
        self.say(title, head, format!("what broker {leader} knows"))
            .state = "room";
        for (index, known) in (1..).zip(&inside.known) {
            let fetched = known.fetched_at.map_or_else(
                || "has not fetched yet".to_owned(),
                |offset| format!("fetched at {offset}"),
            );
            let flights = &self.scene.flights;
            let fetch = flights
                .iter()
                .find(|flight| is_fetch(flight, partition.id, [known.broker, leader]));
            let note = match fetch {
                Some(fetch) => format!("its {} is on the way", fetch.words),
                None if known.is_in_sync => "in sync".to_owned(),
                None => "not in sync".to_owned(),
            };
            let words = format!("broker {}", known.broker);
            let part = self.say(pending(100 + index as usize), row(index), words);
            part.note = [&fetched, "\n", &note].concat();
            part.state = "known";
        }
        let ends = partition.leading().map(|leader| leader.log_end_offset);
        let counted = inside.known.iter().filter(|known| known.is_in_sync);
        let ends: Option<Vec<u64>> = std::iter::once(ends)
            .chain(counted.map(|known| known.fetched_at))
            .collect();
        let high_watermark = partition.high_watermark.unwrap_or_default();
        let index = inside.known.len() as i32 + 1;
        let last = Rect {
            height: KNOWN_END,
            ..row(index)
        };
        let part = self.say(pending(100 + index as usize), last, "high watermark");
        part.state = "tide";
        part.note = match ends {
            Some(ends) if ends.iter().min() == Some(&high_watermark) => {
                format!("min({}) = {high_watermark}", list(&ends))
            }
            _ => format!("stays at {high_watermark}"),
        };
    }
}

/// Whether a follower asks its leader; not the former one.
fn is_fetch(flight: &Flight, partition: u32, ends: [u32; 2]) -> bool {
    let [from, to] = ends.map(Place::Broker);
    flight.lane == Some(partition)
        && (&flight.from, &flight.to) == (&from, &to)
        && flight.errand == Errand::Fetch
}

fn pending(index: usize) -> PartKey {
    PartKey {
        kind: Kind::Pending,
        index: index as u64 + 1,
        ..room_key()
    }
}

/// After everything of the partition itself.
fn room_key() -> PartKey {
    PartKey {
        row: u32::MAX,
        ..key(Area::Rows, Kind::Room)
    }
}
