//! The common ground of an opened partition: what is committed, up to each replica's own log end,
//! and the bar of the high watermark through all of them.

use super::Easel;
use super::heads::Heads;
use super::inside::{LINE, SHEET_LEFT};
use super::replica::{ASIDE, ELBOW, Place};
use crate::view::part::{Kind, PartKey, Rect};
use crate::view::scene::BrokerStatus;
use crate::view::strip::{Alignment, BAR};

/// A guide's least length, and the air between it and a log.
const GUIDE_MIN: i32 = 16;
const GUIDE_AIR: i32 = 2;
/// From the first log to the upper edge of the common ground.
const SHEET_RISE: i32 = 10;

impl Easel<'_> {
    /// A replica's part of the common ground: from its name to that of the next one below, and as
    /// far as it has what is committed.
    pub(super) fn water(&mut self, place: &Place<'_>) {
        let layout = self.layout;
        let mut water = place.moved(place.strip.water);
        let inside = &layout.inside;
        let tops = layout.brokers.iter().map(|log| log.y);
        let next = tops.filter(|y| *y > place.rect.y).min();
        let bottom = next.map_or(inside.sheet_bottom, |y| y - inside.shore);
        let rise = match (place.is_leader(), layout.is_phone()) {
            (true, true) => 3,
            (true, false) => SHEET_RISE,
            _ => inside.shore,
        };
        let top = place.rect.y - rise;
        (water.y, water.height) = (top, bottom - top);
        (water.x, water.width) = (water.x - SHEET_LEFT, water.width + SHEET_LEFT);
        self.put(place.key(Kind::Water), water);
    }

    /// The common ground, and the bar that ends it.
    pub(super) fn sheet(&mut self, place: &Place<'_>, alignment: &Alignment, heads: Heads) {
        let (layout, mut flag) = (self.layout, heads.flag);
        let inside = &layout.inside;
        let x = place.rect.x + place.strip.committed_x;
        self.water(place);
        if !layout.is_phone() {
            self.guides(place, alignment);
        }
        let bar = Rect {
            x: x - 2,
            y: flag.y,
            width: BAR,
            height: inside.sheet_bottom + 2 - flag.y,
        };
        if heads.state == ASIDE {
            let elbow = Rect {
                x: bar.right(),
                y: flag.bottom(),
                width: flag.x - bar.right(),
                height: BAR,
            };
            self.bar_in_pieces(place, x, elbow);
            flag.height += BAR;
        } else if heads.is_split {
            self.bar_in_pieces(place, x, Rect { width: 0, ..flag });
        } else {
            self.put(place.key(Kind::Bar), bar);
        }
        self.flag(place, flag, heads.words, heads.state);
    }

    /// The bar where it would strike words: where the leader's tab stands in the way of its flag, and an
    /// elbow leads there, or where names tell that a broker is down. It runs through the logs that have
    /// water only.
    #[inline(never)]
    fn bar_in_pieces(&mut self, place: &Place<'_>, x: i32, elbow: Rect) {
        let through = |log: &Rect, top: i32| Rect {
            x: x - 2,
            y: top,
            width: BAR,
            height: log.bottom() + BAR - top,
        };
        let columns = self.layout.brokers.iter().zip(&self.scene.brokers);
        let others = columns.filter(|(log, broker)| {
            log.height > 0 && **log != place.rect && broker.status != BrokerStatus::Down
        });
        let others = others.map(|(log, _)| through(log, log.y - BAR));
        let logs = std::iter::once(through(&place.rect, elbow.y)).chain(others);
        let elbow = Some((ELBOW, elbow)).filter(|(_, it)| it.width > 0);
        for (index, piece) in (0..).zip(logs).chain(elbow) {
            let key = PartKey {
                index,
                ..place.key(Kind::Bar)
            };
            self.put(key, piece);
        }
    }

    /// Every offset's place between the logs: in them cells show it, and words stand after them.
    #[inline(never)]
    fn guides(&mut self, place: &Place<'_>, alignment: &Alignment) {
        let layout = self.layout;
        let marks = place.rect.bottom() + self.marks_bottom(place) + LINE;
        let logs = layout.brokers.iter().filter(|log| log.y > place.rect.y);
        for log in logs.clone() {
            let above = logs.clone().filter(|it| it.y < log.y);
            let above = above.map(|it| it.bottom() + GUIDE_AIR).max();
            let top = above.unwrap_or(marks);
            let height = log.y - GUIDE_AIR - top;
            for (offset, x) in alignment.guides().filter(|_| height >= GUIDE_MIN) {
                let key = PartKey {
                    index: offset << 12 | log.y as u64,
                    // After all water, on which they lie.
                    column: u32::MAX,
                    ..place.key(Kind::Guide)
                };
                let guide = Rect {
                    x: place.rect.x + x - 1,
                    y: top,
                    width: 1,
                    height,
                };
                self.put(key, guide);
            }
        }
    }
}
