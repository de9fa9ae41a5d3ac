//! Where a message on its way is drawn: a pure function of the flight and the time.
//!
//! Drawing, hit-testing, printing and tests all ask here, so a capsule is where it looks to be.

use std::borrow::Cow;

use crate::view::format::shortened;
use crate::view::layout::Layout;
use crate::view::part::{Rect, strong_width, words_width};
use crate::view::scene::{Errand, Flight, Place, Scene};
use crate::view::strip::Alignment;

/// A point of the stage, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// From the left.
    pub x: f64,
    /// From the top.
    pub y: f64,
}

impl Point {
    fn new(x: i32, y: i32) -> Point {
        Point {
            x: f64::from(x),
            y: f64::from(y),
        }
    }

    fn distance(self, other: Point) -> f64 {
        // Ways run along the axes.
        (self.x - other.x).abs() + (self.y - other.y).abs()
    }

    fn towards(self, other: Point, part: f64) -> Point {
        Point {
            x: self.x + (other.x - self.x) * part,
            y: self.y + (other.y - self.y) * part,
        }
    }
}

/// The way of a flight over the stage, and how far it is.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// From its start over corners to its end.
    pub corners: Vec<Point>,
    /// Where the middle of its capsule is.
    pub middle: Point,
    /// The number of the corner that it comes from.
    pub leg: usize,
    /// Where its capsule keeps to.
    pub room: Room,
}

/// From where to where a capsule may reach without covering words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    left: i32,
    right: i32,
    /// Where numbers stand at its left that it rather keeps off.
    beside: i32,
    /// Whether it lies between the controller and the brokers, where ticks stand.
    pub is_gap: bool,
}

impl Way {
    /// The way of `flight` at `now_us`; `None` if one of its ends isn't on the stage. A held
    /// flight waits half way.
    pub fn new(flight: &Flight, now_us: u64, ends: &Ends<'_>) -> Option<Way> {
        let corners = ends.way(flight)?;
        let room = ends.room(flight);
        let progress = if flight.is_held {
            0.5
        } else {
            progress(flight, now_us)
        };
        let legs = corners.iter().zip(&corners[1..]);
        let length: f64 = legs.clone().map(|(from, to)| from.distance(*to)).sum();
        let mut left = length * progress;
        for (leg, (from, to)) in legs.enumerate() {
            let leg_length = from.distance(*to);
            if left < leg_length {
                let middle = from.towards(*to, left / leg_length);
                return Some(Way {
                    middle,
                    leg,
                    room,
                    corners,
                });
            }
            left -= leg_length;
        }
        Some(Way {
            middle: *corners.last()?,
            leg: corners.len().saturating_sub(2),
            room,
            corners,
        })
    }

    /// The middle of a capsule that reaches so far to both sides: at the edges of its room it
    /// stays readable.
    pub fn capsule_x(&self, half: f64) -> f64 {
        let Room {
            left,
            right,
            beside,
            ..
        } = self.room;
        let x = self.middle.x.max(f64::from(beside) + half);
        x.min(f64::from(right) - half).max(f64::from(left) + half)
    }

    /// How much room a capsule has beside what it keeps off.
    pub fn space(&self) -> f64 {
        f64::from(self.room.right - self.room.left.max(self.room.beside))
    }

    /// The words of its capsule in that size, as far as they have room. That it is an answer is
    /// seen by where it goes.
    pub fn words<'a>(&self, flight: &'a Flight, size: i32) -> Cow<'a, str> {
        let width = self.room.right - self.room.left - CAPSULE_AIR;
        let words = flight.words.as_str();
        if strong_width(words, size) <= width {
            return Cow::Borrowed(words);
        }
        Cow::Owned(shorter(words, width, size))
    }

    /// The point after which there are no more corners: beside the words of the log that it goes to.
    pub fn end(&self) -> Option<Point> {
        let [.., before, last] = self.corners[..] else {
            return None;
        };
        let reach = if before.y == last.y && last.x < before.x {
            f64::from(LOG_AIR - LOG_GAP)
        } else {
            0.0
        };
        Some(Point {
            x: last.x - reach,
            ..last
        })
    }

    /// Which way it looks: -1 or 1 to the right, and down.
    pub fn heading(&self) -> (f64, f64) {
        let sign = |from: f64, to: f64| match to - from {
            difference if difference > 0.5 => 1.0,
            difference if difference < -0.5 => -1.0,
            _ => 0.0,
        };
        match (self.corners.get(self.leg), self.corners.get(self.leg + 1)) {
            (Some(from), Some(to)) => (sign(from.x, to.x), sign(from.y, to.y)),
            _ => (0.0, 0.0),
        }
    }
}

#[inline(never)]
fn shorter(words: &str, width: i32, size: i32) -> String {
    let asked = words.strip_suffix(" answer").unwrap_or(words);
    let letters = width * 100 / (size * 66);
    shortened(asked, letters.max(4) as usize)
}

/// How much of its way a flight has behind it, from 0 to 1.
pub fn progress(flight: &Flight, now_us: u64) -> f64 {
    let length = flight.arrives_us.saturating_sub(flight.sent_us).max(1);
    let passed = now_us.saturating_sub(flight.sent_us).min(length);
    passed as f64 / length as f64
}

/// Between a log's last words and the middle of a capsule that begins there.
const LOG_AIR: i32 = 54;
/// Between a log's last words and the way that leads there.
const LOG_GAP: i32 = 8;
/// The edges and the nose of a capsule.
const CAPSULE_AIR: i32 = 36;
/// Before the waiting room a nose looks up or down.
const ROOM_AIR: i32 = 4;
/// From the right edge of a broker's frame to the tick above it.
const TICK: i32 = 20;
/// So much of a lane is seen between its name and the first broker's frame.
const LANE_BEFORE: i32 = 10;
/// From a way's end to the log above or below it.
const AIR: i32 = 14;

/// The lane that a message moves on, if it moves on one: what concerns the controller does not.
fn lane_of(flight: &Flight) -> Option<u32> {
    let is_seen = flight.from != Place::Controller && flight.to != Place::Controller;
    flight.lane.filter(|_| is_seen)
}

/// Finds the ends of flights on the stage.
#[derive(Clone, Debug)]
pub struct Ends<'a> {
    layout: &'a Layout,
    scene: &'a Scene,
    /// Inside a partition: each replica's broker, and where its log ends.
    logs: Vec<(u32, (i32, i32))>,
}

impl<'a> Ends<'a> {
    /// The ends on that stage.
    pub fn new(scene: &'a Scene, layout: &'a Layout) -> Ends<'a> {
        let mut logs = Vec::new();
        let opened = scene.partitions.get(layout.input.opened_row as usize);
        if let Some(partition) = opened.filter(|_| layout.is_inside()) {
            let sizes = &layout.measures;
            let alignment = Alignment::new(sizes, &layout.inside, partition);
            for replica in &partition.replicas {
                let mut brokers = scene.brokers.iter();
                let column = brokers.position(|broker| broker.id == replica.broker);
                let Some(rect) = column.and_then(|column| layout.brokers.get(column)) else {
                    continue;
                };
                let strip = alignment.strip(replica, 0, *rect, sizes.text);
                let words = words_width(&strip.log_end_words, sizes.text);
                let x = rect.x + strip.log_end.right() + words + LOG_AIR;
                logs.push((replica.broker, (x, rect.y + rect.height / 2)));
            }
        }
        Ends {
            layout,
            scene,
            logs,
        }
    }

    fn way(&self, flight: &Flight) -> Option<Vec<Point>> {
        if self.layout.is_inside() {
            return self.way_inside(flight);
        }
        let y = match lane_of(flight) {
            Some(lane) => self.layout.lane_y(self.row(lane)?)?,
            None => self.layout.gap_y(),
        };
        let tick = self.tick_of(flight);
        let x_of = |place: &Place, other: &Place| match (place, tick) {
            (Place::Controller, Some(frame)) => Some(frame.x),
            (_, Some(frame)) => Some(frame.right() - TICK),
            (place, None) => Some(self.column_x(place)? + self.apart(place, other)),
        };
        let from = Point::new(x_of(&flight.from, &flight.to)?, y);
        Some(vec![from, Point::new(x_of(&flight.to, &flight.from)?, y)])
    }

    /// How far beside a broker's middle a way ends that leads beyond the next broker: of two answers that
    /// leave together none hides the other.
    fn apart(&self, place: &Place, other: &Place) -> i32 {
        let (Place::Broker(own), Place::Broker(other)) = (place, other) else {
            return 0;
        };
        let (Some(own), Some(other)) = (self.frame_of(*own), self.frame_of(*other)) else {
            return 0;
        };
        match (other.x - own.x) / own.width.max(1) {
            -1..=1 => 0,
            columns => columns.signum() * own.width * 2 / 5,
        }
    }

    /// What goes between the controller and a broker moves at the tick above that broker's frame.
    fn tick_of(&self, flight: &Flight) -> Option<&Rect> {
        match (&flight.from, &flight.to) {
            (Place::Controller, Place::Broker(id)) | (Place::Broker(id), Place::Controller) => {
                self.frame_of(*id)
            }
            _ => None,
        }
    }

    /// Where a capsule covers no words: between the columns of the clients on a lane, below the
    /// controller's strip without one.
    fn room(&self, flight: &Flight) -> Room {
        let layout = self.layout;
        let is_gap = !layout.is_inside() && lane_of(flight).is_none();
        let (left, right) = match (self.tick_of(flight), layout.inside.room) {
            (_, Some(room)) => (0, room.x + ROOM_AIR),
            _ if layout.is_inside() => (0, layout.content_width),
            (Some(frame), _) => (frame.x, frame.right()),
            _ if is_gap => (layout.controller.x, layout.controller.right()),
            _ => (self.rows_begin(), layout.groups.x),
        };
        let numbers = self.logs.iter().map(|(_, (x, _))| x - LOG_AIR + LOG_GAP);
        let beside = numbers.max().filter(|_| layout.is_phone());
        Room {
            left,
            right,
            beside: beside.unwrap_or_default(),
            is_gap,
        }
    }

    /// Where lanes begin after the names of the rows.
    fn rows_begin(&self) -> i32 {
        let first = self.layout.brokers.first();
        first.map_or(0, |frame| frame.x - LANE_BEFORE)
    }

    fn frame_of(&self, broker: u32) -> Option<&Rect> {
        let mut brokers = self.scene.brokers.iter();
        let column = brokers.position(|it| it.id == broker)?;
        self.layout.brokers.get(column)
    }

    fn row(&self, lane: u32) -> Option<usize> {
        let mut partitions = self.scene.partitions.iter();
        partitions.position(|partition| partition.id == lane)
    }

    fn column_x(&self, place: &Place) -> Option<i32> {
        let layout = self.layout;
        Some(match place {
            Place::Producer(_) => self.rows_begin(),
            Place::Consumer(_) => layout.groups.x,
            Place::Broker(id) => {
                let frame = self.frame_of(*id)?;
                frame.x + frame.width / 2
            }
            Place::Controller => layout.controller.x + layout.controller.width / 2,
            Place::Admin => return None,
        })
    }

    /// Inside a partition, requests go up and answers down at the right of the logs.
    fn way_inside(&self, flight: &Flight) -> Option<Vec<Point>> {
        let (inside, opened) = (&self.layout.inside, self.layout.input.opened_row);
        // Who commits and who coordinates a group have no place here: only a telephone shows members.
        let is_commit = flight.errand == Errand::Commit && !self.layout.is_phone();
        if is_commit || self.row(flight.lane?)? != opened as usize {
            return None;
        }
        let partition = self.scene.partitions.get(opened as usize)?;
        let is_request = flight.to == Place::Broker(partition.leader?);
        let lane = if is_request {
            inside.lanes.1
        } else {
            inside.lanes.0
        };
        let (from, to) = (self.end_of(&flight.from)?, self.end_of(&flight.to)?);
        let is_down = from.1 < to.1;
        let mut way = Vec::new();
        for (is_start, (x, y)) in [(true, from), (false, to)] {
            let mut leg = vec![Point::new(lane, y)];
            match x {
                Some(x) if x < lane - 4 => leg.push(Point::new(x, y)),
                // The words reach under the lane: it begins above or below them.
                Some(_) => {
                    let reach = self.layout.measures.leader_cell_height / 2 + 2;
                    let below = if is_start == is_down { reach } else { -reach };
                    leg = vec![Point::new(lane, y + below)];
                }
                None => {}
            }
            if is_start {
                leg.reverse();
            }
            way.append(&mut leg);
        }
        Some(way)
    }

    /// The x of a log's end, and the y of a place.
    fn end_of(&self, place: &Place) -> Option<(Option<i32>, i32)> {
        let layout = self.layout;
        Some(match place {
            Place::Producer(_) => {
                // Of two pictures, each has its caption there.
                let rise = if layout.input.scale.is_half() {
                    AIR
                } else {
                    2 * AIR
                };
                (None, layout.inside.flag.y - rise)
            }
            Place::Consumer(_) => {
                let below = layout.inside.sheet_bottom + 2 * AIR;
                let is_last = !layout.is_phone();
                let bottom = layout.content_height - AIR;
                (None, if is_last { below.min(bottom) } else { below })
            }
            Place::Broker(id) => {
                let (_, (x, y)) = self.logs.iter().find(|(broker, _)| broker == id)?;
                (Some(*x), *y)
            }
            Place::Controller | Place::Admin => return None,
        })
    }
}

#[cfg(test)]
mod tests;
