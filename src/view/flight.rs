//! Where a message on its way is drawn: a pure function of the flight and the time.
//!
//! Drawing, hit-testing, printing and tests all ask here, so a capsule is where it looks to be.

mod capsule;
mod crowd;
mod queue;
mod stacked;

pub use capsule::{Capsule, HOLD, PAD, RECORD_STEP};
pub use crowd::crowd;

use crate::view::layout::{Layout, Level};
use crate::view::part::{Rect, words_width};
use crate::view::picture::card_of;
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// From its start over two corners to its end.
    pub corners: [Point; 4],
    /// Where the middle of its capsule is.
    pub middle: Point,
    /// How far that lies below the way, where it gives way to another one.
    pub lowered: f64,
    /// How far to the right its capsule gives way to another one.
    pub aside: f64,
    /// About half of its capsule, where that may have to give way.
    half: f64,
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
    /// What of it a capsule's edges and noses take.
    air: i32,
    /// Whether it lies between the controller and the brokers, where ticks stand.
    pub is_gap: bool,
}

/// Where a message goes along, and from where to where its capsule does: behind its start and before
/// its end the way leads on to words that no capsule covers.
struct Route {
    corners: [Point; 4],
    kept_off: (f64, f64),
    room: Room,
}

/// Where a way inside a partition begins or ends.
#[derive(Clone, Copy)]
struct End {
    /// Before the lane, if it begins there.
    x: Option<i32>,
    y: i32,
    /// At a client: how far along the lane no capsule comes there.
    client: Option<i32>,
}

/// All messages that have a place on the stage, with their ways, from what lies lowest to the top.
/// Those that share a lane stand below each other.
pub fn ways<'a>(scene: &'a Scene, layout: &Layout) -> Vec<(&'a Flight, Way)> {
    let ends = Ends::new(scene, layout);
    let with_way = |flight| Some((flight, Way::new(flight, scene.head.now_us, &ends)?));
    let mut ways = Vec::from_iter(scene.flights.iter().filter_map(with_way));
    if layout.is_inside() {
        // Below the logs a telephone tells of the group.
        let bottom = if layout.is_phone() {
            f64::from(layout.client_ends()[1])
        } else {
            f64::MAX
        };
        stacked::give_way(&mut ways, f64::from(layout.inside.lanes.width), bottom);
    } else if layout.level != Level::Bars {
        queue::line_up(&mut ways, layout.measures.text, scene.head.now_us);
    }
    ways
}

/// A message with its way.
type OnWay<'a> = (&'a Flight, Way);

impl Way {
    /// The way of `flight` at `now_us`; `None` if one of its ends isn't on the stage. A held
    /// flight waits half way.
    pub fn new(flight: &Flight, now_us: u64, ends: &Ends<'_>) -> Option<Way> {
        let Route {
            corners,
            kept_off,
            mut room,
        } = ends.route(flight)?;
        let progress = if flight.is_held {
            0.5
        } else {
            progress(flight, now_us)
        };
        let legs = corners.iter().zip(&corners[1..]);
        let length: f64 = legs.clone().map(|(from, to)| from.distance(*to)).sum();
        let mut left = kept_off.0 + (length - kept_off.0 - kept_off.1) * progress;
        let mut at = (1, corners[3]);
        for (leg, (from, to)) in legs.enumerate() {
            let leg_length = from.distance(*to);
            if left < leg_length {
                at = (leg, from.towards(*to, left / leg_length));
                break;
            }
            left -= leg_length;
        }
        let (leg, middle) = at;
        if ends.layout.is_inside() {
            // Before the lane its room moves along with it, so that it holds the same all the way.
            let (x, half) = (middle.x as i32, ends.layout.inside.lanes.width / 2);
            room.right = room.right.min(x + half);
            room.left = room.left.min(room.right - 2 * half);
        }
        Some(Way {
            corners,
            middle,
            lowered: 0.0,
            aside: 0.0,
            half: 0.0,
            leg,
            room,
        })
    }

    /// The middle of a capsule that reaches so far to both sides: at the edges of its room it
    /// stays readable.
    pub fn capsule_x(&self, half: f64) -> f64 {
        self.kept(self.middle.x, half) + self.aside
    }

    fn kept(&self, x: f64, half: f64) -> f64 {
        let (left, right) = self.edges();
        x.max(left + half).min(right - half)
    }

    /// From where to where it is drawn.
    pub fn edges(&self) -> (f64, f64) {
        (f64::from(self.room.left), f64::from(self.room.right))
    }

    /// Which way it looks: -1 or 1 to the right, and down.
    pub fn heading(&self) -> (f64, f64) {
        let sign = |from: f64, to: f64| match to - from {
            difference if difference > 0.5 => 1.0,
            difference if difference < -0.5 => -1.0,
            _ => 0.0,
        };
        let (from, to) = (self.corners[self.leg], self.corners[self.leg + 1]);
        (sign(from.x, to.x), sign(from.y, to.y))
    }
}

/// How much of its way a flight has behind it, from 0 to 1.
pub fn progress(flight: &Flight, now_us: u64) -> f64 {
    let length = flight.arrives_us.saturating_sub(flight.sent_us).max(1);
    let passed = now_us.saturating_sub(flight.sent_us).min(length);
    passed as f64 / length as f64
}

/// Between a log's last words and the way that leads there.
const LOG_GAP: i32 = 8;
/// The edges and the noses of a capsule; those of one whose nose looks up or down.
const CAPSULE_AIR: i32 = 36;
const UPRIGHT_AIR: i32 = 22;
/// How far its nose reaches beyond a capsule.
pub const NOSE: i32 = 8;
/// From a broker's middle to where messages of its neighbours begin and end at most, and to where those of
/// brokers beyond them do, in hundredths of its width.
const NEAR_MAX: i32 = 26;
const FAR: i32 = 46;
/// From the right edge of a broker's frame to the tick above it.
const TICK: i32 = 20;
/// On a telephone, from the window's edge to the lane of clients, from the words about producers to where
/// it begins, and from there to a consumer's card.
const MARGIN: i32 = 8;
const WORDS_FOOT: i32 = 2;
const CARD_AIR: i32 = 3;
/// So much of a lane is seen between its name and the first broker's frame.
const LANE_BEFORE: i32 = 10;

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
    /// Inside a partition: each replica's broker, and where the words of its log end.
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
                let committed = partition.high_watermark.unwrap_or(replica.high_watermark);
                let strip = alignment.strip(replica, committed, *rect, sizes.text);
                // Words that give way to the bar end where their place does.
                let words = if strip.is_behind {
                    0
                } else {
                    words_width(&strip.log_end_words, sizes.text)
                };
                let x = rect.x + strip.log_end.right() + words + LOG_GAP;
                logs.push((replica.broker, (x, rect.y + rect.height / 2)));
            }
        }
        Ends {
            layout,
            scene,
            logs,
        }
    }

    fn route(&self, flight: &Flight) -> Option<Route> {
        if self.layout.is_inside() {
            return self.route_inside(flight);
        }
        let y = match lane_of(flight) {
            Some(lane) => self.layout.lane_y(self.row(lane)?)?,
            None => self.layout.gap_y(),
        };
        let tick = self.tick_of(flight);
        let half = queue::half_of(flight, self.layout.measures.text) as i32;
        let x_of = |place: &Place, other: &Place, reach: i32| match (place, tick) {
            (Place::Controller, Some(frame)) => Some(frame.x),
            (_, Some(frame)) => Some(frame.right() - TICK),
            (Place::Producer(_), None) if lane_of(flight).is_none() => {
                Some(self.layout.producers.right())
            }
            (place, None) => Some(self.column_x(place)? + self.apart(place, other, reach)),
        };
        let from = Point::new(x_of(&flight.from, &flight.to, half)?, y);
        let to = Point::new(x_of(&flight.to, &flight.from, half + NOSE)?, y);
        Some(Route {
            corners: [from, from, to, to],
            kept_off: (0.0, 0.0),
            room: self.room(flight),
        })
    }

    /// How far beside a broker's middle a message begins or ends whose capsule has that `reach`, towards where
    /// its way leads: of two that leave together for both sides none hides the other, and of two for one
    /// side neither.
    fn apart(&self, place: &Place, other: &Place, reach: i32) -> i32 {
        let column = |id: u32| {
            let mut brokers = self.scene.brokers.iter();
            brokers.position(|it| it.id == id).map(|it| it as i32)
        };
        let Place::Broker(own) = place else {
            return 0;
        };
        let other = match other {
            Place::Broker(other) => column(*other),
            Place::Producer(_) => Some(-1),
            Place::Consumer(_) => Some(self.scene.brokers.len() as i32),
            Place::Controller | Place::Admin => None,
        };
        let (Some(own), Some(other), Some(frame)) = (column(*own), other, self.frame_of(*own))
        else {
            return 0;
        };
        let columns = other - own;
        let apart = if columns.abs() < 2 {
            reach.min(frame.width * NEAR_MAX / 100)
        } else {
            frame.width * FAR / 100
        };
        columns.signum() * apart
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
        let is_gap = lane_of(flight).is_none();
        let (left, right) = match self.tick_of(flight) {
            Some(frame) => (frame.x, frame.right()),
            // Beside the strip it reaches to who asks.
            _ if is_gap => (layout.producers.right(), layout.groups.x),
            _ => (self.rows_begin(), layout.groups.x),
        };
        Room {
            left,
            right,
            air: CAPSULE_AIR,
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

    /// Inside a partition, messages go up and down at the right of the logs.
    fn route_inside(&self, flight: &Flight) -> Option<Route> {
        let (inside, opened) = (&self.layout.inside, self.layout.input.opened_row);
        // Who commits and who coordinates a group have no place here: only a telephone shows members.
        let is_commit = flight.errand == Errand::Commit && !self.layout.is_phone();
        if is_commit || self.row(flight.lane?)? != opened as usize {
            return None;
        }
        let (from, to) = (self.end_of(&flight.from)?, self.end_of(&flight.to)?);
        let lower = from.y.max(to.y);
        let above = self.logs.iter().filter(|(_, (_, y))| *y < lower);
        let half = inside.lanes.width / 2;
        let is_of_client = from.client.is_some() || to.client.is_some();
        let middle = if is_of_client {
            inside.lanes.of_clients()
        } else {
            inside.lanes.of_follower(above.count() as i32 - 1)
        };
        // On a telephone clients stand beyond the words above and below: beside those is the window's edge.
        let lane = if is_of_client && self.layout.is_phone() {
            self.layout.content_width - MARGIN
        } else {
            middle
        };
        let leg = |end: End| {
            let way = end.x.map_or(0, |x| (lane - x).max(0));
            // In the leader's row all lanes end.
            let kept_off = match end.client {
                Some(beyond) => way + beyond,
                None if end.y < lower => way,
                None => way.min(half + NOSE),
            };
            let (start, corner) = (Point::new(lane - way, end.y), Point::new(lane, end.y));
            (start, corner, f64::from(kept_off))
        };
        // On a telephone there is a single lane: what stands before it in no row leaves it more room.
        let words = self.logs.iter().map(|(_, (x, _))| x - LOG_GAP / 2).max();
        let left = words.filter(|_| self.layout.is_phone());
        let (start, corner, kept_off_start) = leg(from);
        let (end, last_corner, kept_off_end) = leg(to);
        Some(Route {
            corners: [start, corner, last_corner, end],
            kept_off: (kept_off_start, kept_off_end),
            room: Room {
                left: left.map_or(middle - half, |left| left.min(middle - half)),
                right: middle + half,
                air: UPRIGHT_AIR,
                is_gap: false,
            },
        })
    }

    /// Where a way inside a partition begins or ends. On a telephone that is at the words that tell of
    /// producers, and at a consumer's card.
    fn end_of(&self, place: &Place) -> Option<End> {
        let layout = self.layout;
        let [top, bottom] = layout.client_ends();
        let client = |x, y: i32, capsule: i32| End {
            x,
            y,
            client: Some((y - capsule).abs()),
        };
        Some(match place {
            Place::Producer(_) if layout.is_phone() => {
                client(None, layout.producers.bottom() - WORDS_FOOT, top)
            }
            Place::Producer(_) => client(None, top, top),
            Place::Consumer(name) => {
                let card = card_of(name, self.scene, layout).filter(|_| layout.is_phone());
                card.map_or(client(None, bottom, bottom), |card| {
                    client(Some(card.x + card.width / 2), card.y - CARD_AIR, bottom)
                })
            }
            Place::Broker(id) => {
                let (_, (x, y)) = self.logs.iter().find(|(broker, _)| broker == id)?;
                End {
                    x: Some(*x),
                    y: *y,
                    client: None,
                }
            }
            Place::Controller | Place::Admin => return None,
        })
    }
}

#[cfg(test)]
mod tests;
