//! The moves of a picture on its stage: arrows from log end to log end over the state before, and
//! numbers at their places over the one after. None of them lies on words.

use super::{At, Move};
use crate::view::few::sort;
use crate::view::layout::Layout;
use crate::view::part::{Area, Kind, Part, PartKey, Parts, Rect, words_width};
use crate::view::scene::Scene;
use crate::view::strip::Alignment;

/// The thickness of an arrow's legs, and the height of its number.
const LEG: i32 = 2;
const NUMBER: i32 = 24;
/// From words to a number or an arrow beside them, and from a log's end to its words.
const AIR: i32 = 6;
const LABEL: i32 = 9;
/// From one arrow's upright leg to the next, and to the words at its left.
const TRUNK: i32 = 28;
/// From one arrow's end to the next at the same words.
const APART: i32 = 9;
/// From the common ground down to the way of the high watermark.
const BELOW: i32 = 16;

/// An arrow from one log end to another, with its upright leg.
struct Arrow {
    number: u32,
    from: (i32, i32),
    to: (i32, i32),
}

impl Arrow {
    fn upper(&self) -> i32 {
        self.from.1.min(self.to.1)
    }

    fn lower(&self) -> i32 {
        self.from.1.max(self.to.1)
    }
}

/// Where words end at the right and their middle, of the log end of a broker's replica.
fn log_end(broker: u32, scene: &Scene, drawn: &[Part], size: i32) -> Option<(i32, i32)> {
    let rect = part_of(broker, Kind::LogEnd, scene, drawn)?;
    let words = words_width(&rect.words, size);
    let rect = rect.rect?;
    Some((rect.right() + LABEL + words + AIR, rect.y + rect.height / 2))
}

fn part_of<'a>(broker: u32, kind: Kind, scene: &Scene, drawn: &'a [Part]) -> Option<&'a Part> {
    let column = scene.brokers.iter().position(|it| it.id == broker)? as u32 + 1;
    drawn.iter().find(|part| {
        part.key.area == Area::Rows && part.key.column == column && part.kind() == kind
    })
}

/// The places of all that is read in a picture.
fn worded(drawn: &[Part], size: i32) -> Vec<Rect> {
    let words = drawn.iter().filter(|part| !part.words.is_empty());
    let places = words.filter_map(|part| {
        let mut rect = part.rect?;
        match part.kind() {
            Kind::LogEnd => rect.width += LABEL + words_width(&part.words, size),
            // Their words stand at the left, and what is drawn after them.
            Kind::Choice => rect.width = 2 * NUMBER,
            Kind::Room => rect.width = 2 * AIR + words_width(&part.note, size),
            _ => {}
        }
        Some(rect)
    });
    places.collect()
}

/// Draws an arrow with its number for each move that one broker's message brought another, over the
/// picture `drawn` of the state before. Where there is little room, words about groups give way.
///
/// Each has an upright leg of its own, that of the lowest follower farthest out: so none crosses
/// another.
pub fn arrows(moves: &[Move], scene: &Scene, layout: &Layout, drawn: &mut Vec<Part>) {
    let size = layout.measures.text;
    let end = |broker: u32| log_end(broker, scene, drawn, size);
    let mut arrows: Vec<Arrow> = Vec::new();
    for (number, moved) in (1..).zip(moves) {
        let (Some(from), At::LogEnd(to) | At::Fetch(to)) = (moved.from, moved.at) else {
            continue;
        };
        if let (Some(from), Some(to)) = (end(from), end(to)) {
            arrows.push(Arrow { number, from, to });
        }
    }
    sort(&mut arrows, &|one, other| one.lower() > other.lower());
    let count = arrows.len() as i32;
    let right = layout.content_width - NUMBER / 2 - 2;
    let mut left = words_end(&arrows, &worded(drawn, size));
    let is_tight = |left: i32| count > 0 && right - left < count * NUMBER / 2;
    if is_tight(left) {
        tell_last(drawn, size);
        left = words_end(&arrows, &worded(drawn, size));
    }
    if is_tight(left) {
        drawn.retain(|part| part.kind() != Kind::Fact);
        left = words_end(&arrows, &worded(drawn, size));
    }
    let mut taken = worded(drawn, size);
    let mut parts = Parts::default();
    let step = ((right - left) / count.max(1)).clamp(NUMBER / 2, TRUNK);
    for (place, arrow) in (0..).zip(&arrows) {
        let x = (left + place * step).min(right - (count - 1 - place) * step);
        let number = upright(arrow, x, (place, count), &mut parts);
        let steps = [0, 1, -1, 2, -2].map(|it| number.moved((0, it * (NUMBER + 2))));
        let is_free = |rect: &Rect| taken.iter().all(|other| !rect.meets(*other));
        let number = steps.into_iter().find(is_free).unwrap_or(number);
        taken.push(number);
        put_number(&mut parts, (arrow.number, 0), number);
    }
    drawn.extend(parts.sorted());
}

/// Where two marks are told after the second one, leaves that one's words.
fn tell_last(drawn: &mut [Part], size: i32) {
    for part in drawn.iter_mut().filter(|part| part.kind() == Kind::Fact) {
        if let (Some(at), Some(rect)) = (part.words.find(", position "), &mut part.rect) {
            part.words.drain(..at + 2);
            rect.width = words_width(&part.words, size) + 2;
        }
    }
}

/// Right of all words beside those arrows, with air.
fn words_end(arrows: &[Arrow], words: &[Rect]) -> i32 {
    let top = arrows.iter().map(Arrow::upper).min().unwrap_or_default();
    let bottom = arrows.iter().map(Arrow::lower).max().unwrap_or_default();
    let beside = words
        .iter()
        .filter(|words| words.y < bottom + NUMBER && words.bottom() > top - NUMBER / 2);
    let left = beside.map(|words| words.right()).max().unwrap_or_default();
    left + AIR + NUMBER / 2
}

/// The legs of an arrow whose upright one stands at `x`; gives where its number stands best.
fn upright(arrow: &Arrow, x: i32, (place, count): (i32, i32), parts: &mut Parts) -> Rect {
    // Legs at the same words lie below each other: the outer ones above at the leader's, below at
    // a follower's.
    let rise = (2 * place - count + 1) * APART / 2;
    let is_down = arrow.from.1 < arrow.to.1;
    let (from_y, to_y) = if is_down {
        (arrow.from.1 - rise, arrow.to.1 + rise)
    } else {
        (arrow.from.1 + rise, arrow.to.1 - rise)
    };
    let key = |column: u32| PartKey {
        area: Area::Causes,
        row: arrow.number,
        column,
        kind: Kind::Arrow,
        ..PartKey::default()
    };
    let flat = |end: (i32, i32), y: i32| Rect {
        x: end.0,
        y: y - LEG / 2,
        width: x - end.0,
        height: LEG,
    };
    let (top, bottom) = (from_y.min(to_y), from_y.max(to_y));
    let leg = Rect {
        x,
        y: top - LEG / 2,
        width: LEG,
        height: bottom - top + LEG,
    };
    parts.put(key(0), flat(arrow.from, from_y));
    parts.put(key(1), leg);
    parts.put(key(2), flat(arrow.to, to_y)).state = "left";
    Rect {
        x: x + LEG / 2 - NUMBER / 2,
        y: (top + bottom - NUMBER) / 2,
        width: NUMBER,
        height: NUMBER,
    }
}

/// The numbers of all moves at their places over the picture `drawn` of the state after.
pub fn numbers(moves: &[Move], scene: &Scene, layout: &Layout, drawn: &[Part]) -> Vec<Part> {
    let mut parts = Parts::default();
    let mut taken = worded(drawn, layout.measures.text);
    // Nothing covers a record either.
    let logs = drawn.iter().filter(|part| part.kind() == Kind::Fold);
    taken.extend(logs.filter_map(|part| part.rect));
    for (number, moved) in (1..).zip(moves) {
        let Some(place) = place(number, moved.at, (scene, layout, drawn), &mut parts) else {
            continue;
        };
        let place = free(place, &taken, layout);
        taken.push(place);
        put_number(&mut parts, (number, 0), place);
    }
    for released in drawn.iter().filter(|part| part.state == "released") {
        let required = released.key.index;
        if let (Some(number), Some(rect)) = (release(moves, required), released.rect) {
            let place = free(after(rect), &taken, layout);
            taken.push(place);
            put_number(&mut parts, (number, required), place);
        }
    }
    parts.sorted()
}

/// The number of the move that let a request go which needs that high watermark: its answer, or else what
/// brought that about.
fn release(moves: &[Move], required: u64) -> Option<u32> {
    let numbered = || (1..).zip(moves);
    let is_answer =
        |at: At| matches!(at, At::Answer(first, last) if (first..=last).contains(&(required - 1)));
    let is_rise = |at: At| matches!(at, At::HighWatermark(_, to) if to >= required);
    let is_loss = |at: At| matches!(at, At::Leader | At::Name(_));
    let mut found = numbered().find(|(_, moved)| is_answer(moved.at));
    found = found.or_else(|| numbered().find(|(_, moved)| is_rise(moved.at)));
    found = found.or_else(|| numbered().find(|(_, moved)| is_loss(moved.at)));
    found.map(|(number, _)| number)
}

/// Where a number stands beside a point, and after what is drawn.
fn beside((x, y): (i32, i32)) -> Rect {
    Rect {
        x,
        y: y - NUMBER / 2,
        width: NUMBER,
        height: NUMBER,
    }
}

fn after(rect: Rect) -> Rect {
    beside((rect.right() + AIR, rect.y + rect.height / 2))
}

/// Where a number stands best.
fn place(
    number: u32,
    at: At,
    (scene, layout, drawn): (&Scene, &Layout, &[Part]),
    parts: &mut Parts,
) -> Option<Rect> {
    let size = layout.measures.text;
    let first = |kind: Kind| drawn.iter().find(|part| part.kind() == kind);
    let told = |words: String| {
        let mut facts = drawn.iter().filter(|part| part.kind() == Kind::Fact);
        facts.find(|part| part.words.contains(&words))?.rect
    };
    Some(match at {
        At::LogEnd(broker) => beside(log_end(broker, scene, drawn, size)?),
        At::Name(broker) => after(part_of(broker, Kind::Heading, scene, drawn)?.rect?),
        At::Leader => match first(Kind::Leader)?.rect? {
            tab if layout.is_phone() => after(tab),
            tab => beside((layout.inside.bracket_x - NUMBER / 2, tab.y + tab.height / 2)),
        },
        At::Isr if layout.is_phone() => {
            let mut choices = drawn.iter().filter(|part| part.kind() == Kind::Choice);
            let row = choices.find(|part| part.state == "open")?;
            let rect = row.rect?;
            let words = words_width(&row.note, size) + 2 * AIR + NUMBER;
            beside((rect.right() - AIR - words, rect.y + rect.height / 2))
        }
        At::Isr => after(first(Kind::Isr)?.rect?),
        At::HighWatermark(..) if layout.is_phone() => after(first(Kind::Flag)?.rect?),
        At::HighWatermark(from, to) => {
            let (left, y) = way(number, (from, to), (scene, layout), parts)?;
            beside((left - AIR - NUMBER, y))
        }
        At::Position(offset) => after(told(format!("position {offset}"))?),
        At::Committed(offset) => {
            let rect =
                told(format!("committed {offset}")).or_else(|| told("committed = ".into()))?;
            beside((rect.x - AIR - NUMBER, rect.y + rect.height / 2))
        }
        At::Answer(..) | At::Nowhere | At::Fetch(_) => return None,
    })
}

/// The way of the high watermark below its bar, from where it was to where it is; gives where that
/// begins.
fn way(
    number: u32,
    (from, to): (u64, u64),
    (scene, layout): (&Scene, &Layout),
    parts: &mut Parts,
) -> Option<(i32, i32)> {
    let inside = &layout.inside;
    let partition = scene.partitions.get(layout.input.opened_row as usize)?;
    let alignment = Alignment::new(&layout.measures, inside, partition);
    let x_of = |offset: u64| inside.log_x + alignment.x_of(offset);
    let (left, right) = (x_of(from), x_of(to));
    let y = inside.sheet_bottom + BELOW;
    if right - left < NUMBER / 2 {
        return Some((right, y));
    }
    let key = |column: u32| PartKey {
        area: Area::Causes,
        row: number,
        column,
        kind: Kind::Arrow,
        ..PartKey::default()
    };
    for (column, x) in [(0, left), (1, right)] {
        let stop = Rect {
            x: x - LEG / 2,
            y: y - NUMBER / 3,
            width: LEG,
            height: NUMBER * 2 / 3,
        };
        parts.put(key(column), stop);
    }
    let leg = Rect {
        x: left + AIR / 2,
        y: y - LEG / 2,
        width: right - left - AIR,
        height: LEG,
    };
    parts.put(key(2), leg).state = "right";
    Some((left, y))
}

/// The nearest place at the right that is free, or else at the left, or else below.
fn free(place: Rect, taken: &[Rect], layout: &Layout) -> Rect {
    let meets = |rect: &Rect| taken.iter().any(|other| rect.meets(*other));
    // What belongs to the replicas does not rise above their flag: on a telephone a caption and
    // other partitions stand there.
    let flag = layout.inside.flag.y;
    let is_of_replicas = layout.is_phone() && place.bottom() > flag;
    let top = if is_of_replicas { place.y.min(flag) } else { 0 };
    let is_inside = |rect: &Rect| {
        let (right, bottom) = (layout.content_width, layout.content_height);
        rect.x >= 0 && rect.y >= top && rect.right() <= right && rect.bottom() <= bottom
    };
    let is_free = |rect: &Rect| is_inside(rect) && !meets(rect);
    let ways = [(1, 0), (-1, 0), (0, 1), (0, -1)];
    let mut places = (0..64).flat_map(|far| {
        let far = far * AIR;
        ways.map(|(x, y)| place.moved((x * far, y * far)))
    });
    places.find(is_free).unwrap_or(place)
}

/// Puts a number at a place of those that it has.
fn put_number(parts: &mut Parts, (number, index): (u32, u64), place: Rect) {
    let key = PartKey {
        area: Area::Causes,
        row: number,
        index,
        column: 9,
        kind: Kind::Cause,
    };
    let words = number.to_string();
    parts.put(key, place).words = words;
}
