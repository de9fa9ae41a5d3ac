//! How parts get from one picture to the next: which of them glide, and where new ones come from.
//!
//! A log glides as a whole: what was not there before comes along from where it would have stood.
//! Words wait until what they stand beside has arrived.

use crate::view::part::{Area, Kind, Part, PartKey};

/// What changes in the time between two pictures.
pub struct Motion {
    /// The records that stand in both at different places, and the bars of high watermarks.
    moves: Vec<Move>,
    /// A record of each log that stands in both.
    stays: Vec<PartKey>,
    /// Whether the arrangement changes.
    is_scene: bool,
}

/// From the new place of something back to the old one.
struct Move {
    key: PartKey,
    x: i32,
    y: i32,
}

impl Motion {
    /// From one list of parts to the next, both in the order of their keys.
    pub fn between(old: &[Part], new: &[Part], is_scene: bool) -> Motion {
        let mut motion = Motion {
            moves: Vec::new(),
            stays: Vec::new(),
            is_scene,
        };
        let mut old = old.iter();
        for part in new {
            let key = part.key;
            if key.kind != Kind::Cell && (key.kind != Kind::Bar || key.index > 0) {
                continue;
            }
            let was = old.as_slice();
            let passed = was.iter().take_while(|was| was.key < key).count();
            old = was[passed..].iter();
            if let Some(was) = old.as_slice().first()
                && was.key == key
                && let (Some(from), Some(to)) = (was.rect, part.rect)
            {
                if key.kind == Kind::Cell
                    && motion.stays.last().is_none_or(|it| !is_same_log(*it, key))
                {
                    motion.stays.push(key);
                }
                if from != to {
                    let (x, y) = (from.x - to.x, from.y - to.y);
                    motion.moves.push(Move { key, x, y });
                }
            }
        }
        motion
    }

    /// Whether anything glides.
    pub fn is_any(&self) -> bool {
        !self.moves.is_empty()
    }

    /// Whether a part goes to its new place as it is; else it goes, and another one comes.
    pub fn keeps(&self, known: &Part, part: &Part) -> bool {
        if known.rect.is_none() || known.rect == part.rect {
            true
        } else if self.is_scene {
            glides(known, part)
        } else if matches!(part.kind(), Kind::Water | Kind::LogEnd) {
            // What glides without any record would seem to have lost them.
            let mut stays = self.stays.iter();
            stays.any(|it| is_same_log(*it, part.key))
        } else {
            // Beside a tab that goes or comes a name would glide over what stands there by then.
            !self.is_late(part) && part.kind() != Kind::Heading
        }
    }

    /// Adds to the style of a new part how it comes.
    pub fn enter(&self, part: &Part, style: &mut String) {
        if let Some((x, y)) = self.way(part) {
            style.push_str(";transition-delay:0s,var(--duration-quick),0s;--from:translate(");
            style.push_str(&x.to_string());
            style.push_str("px,");
            style.push_str(&y.to_string());
            style.push_str("px)");
        } else if !self.is_scene && self.is_late(part) {
            style.push_str(";transition-delay:var(--duration-step)");
        }
    }

    /// From the place of a new part of a log back to where it comes from: like the record before it that was
    /// there, or else the first.
    fn way(&self, part: &Part) -> Option<(i32, i32)> {
        let key = part.key;
        let kind = match key.kind {
            Kind::Cell | Kind::Offset | Kind::Slot | Kind::Fold => Kind::Cell,
            kind => kind,
        };
        let mut way = None;
        for it in &self.moves {
            let is_it = it.key.kind == kind && is_same_log(it.key, key);
            if is_it && (way.is_none() || it.key.index <= key.index) {
                way = Some((it.x, it.y));
            }
        }
        way
    }

    /// Whether a part waits for a log, its own or one beside it, that comes to show other offsets.
    fn is_late(&self, part: &Part) -> bool {
        let row = |key: PartKey| (key.area, key.row);
        let mut moves = self.moves.iter();
        matches!(
            part.kind(),
            Kind::Fact | Kind::Words | Kind::Lag | Kind::Span
        ) && moves.any(|it| it.key.kind == Kind::Cell && row(it.key) == row(part.key))
    }
}

fn is_same_log(one: PartKey, other: PartKey) -> bool {
    (one.area, one.row, one.column) == (other.area, other.row, other.column)
}

/// Whether a part glides from one arrangement to the other: a log, and what hangs on it.
#[inline(never)]
fn glides(known: &Part, part: &Part) -> bool {
    match part.kind() {
        // In a telephone's list bars only grow.
        _ if part.key.area == Area::Top && part.key.row > 0 => true,
        Kind::LogEnd | Kind::Fold => known.words == part.words,
        // Where replicas trade places each is known by its name.
        Kind::Cell | Kind::Slot | Kind::Offset | Kind::Heading => true,
        kind => matches!(kind, Kind::Bar | Kind::Flag | Kind::Notch | Kind::Mark),
    }
}
