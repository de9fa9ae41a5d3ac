//! Who is at the ends of the clients' lane of an opened partition, while something of theirs is on it.

use super::{Easel, key};
use crate::view::format::shortened;
use crate::view::part::{Area, Kind, PartKey, Rect, words_width};
use crate::view::scene::{Errand, Place};

/// The height of a name.
const NAME: i32 = 20;
/// The width of a letter on average, in hundredths of its size.
const LETTER: i32 = 60;

impl Easel<'_> {
    /// Names the producer above the lane and the consumer below it.
    #[inline(never)]
    pub(super) fn lane_ends(&mut self, partition: u32) {
        let (scene, layout) = (self.scene, self.layout);
        let on_lane = scene
            .flights
            .iter()
            .filter(|flight| flight.lane == Some(partition) && flight.errand != Errand::Commit);
        let ends: Vec<&Place> = on_lane
            .flat_map(|flight| [&flight.from, &flight.to])
            .collect();
        let [top, bottom] = layout.client_ends();
        let size = layout.measures.text;
        for (index, y) in [(0, top - NAME), (1, bottom)] {
            let named = ends.iter().find_map(|place| match place {
                Place::Producer(name) if index == 0 => Some(name),
                Place::Consumer(name) if index == 1 => Some(name),
                _ => None,
            });
            let Some(name) = named else { continue };
            let room = layout.inside.lanes.width;
            let words = shortened(name, (room * 100 / (size * LETTER)).max(4) as usize);
            let width = words_width(&words, size);
            let place = Rect {
                x: layout.inside.lanes.of_clients() - width / 2,
                y,
                width,
                height: NAME,
            };
            let key = PartKey {
                row: u32::MAX,
                column: 2,
                index,
                ..key(Area::Rows, Kind::Words)
            };
            self.say(key, place, words);
        }
    }
}
