//! Where a message on its way is drawn: a pure function of the flight and the time.
//!
//! Drawing, hit-testing, printing and tests all ask here, so a capsule is where it looks to be.

use std::borrow::Cow;

use crate::view::format::shortened;
use crate::view::layout::Layout;
use crate::view::part::{Rect, strong_width, words_width};
use crate::view::scene::{Flight, Place, Scene};
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
    /// Whether it lies between the controller and the brokers, where there is little height.
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
        let (left, right) = (f64::from(self.room.left), f64::from(self.room.right));
        self.middle.x.min(right - half).max(left + half)
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
/// The edges and the nose of a capsule.
const CAPSULE_AIR: i32 = 36;
/// Before the waiting room a nose looks up or down.
const ROOM_AIR: i32 = 4;
/// From the right edge of a broker's frame to the tick above it.
const TICK: i32 = 20;
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
        let x_of = |place: &Place| match (place, tick) {
            (Place::Controller, Some(frame)) => Some(frame.x),
            (_, Some(frame)) => Some(frame.right() - TICK),
            (place, None) => self.column_x(place),
        };
        let from = Point::new(x_of(&flight.from)?, y);
        Some(vec![from, Point::new(x_of(&flight.to)?, y)])
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
            _ => (layout.producers.right(), layout.groups.x),
        };
        Room {
            left,
            right,
            is_gap,
        }
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
            Place::Producer(_) => layout.producers.right(),
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
        if self.row(flight.lane?)? != opened as usize {
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
            Place::Producer(_) => (None, layout.inside.flag.y - 2 * AIR),
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
mod tests {
    use super::*;
    use crate::view::layout::LayoutInput;
    use crate::view::scene::{BrokerRow, BrokerStatus, PartitionRow};

    fn fetch() -> Flight {
        Flight {
            id: (7, 1),
            from: Place::Broker(3),
            to: Place::Broker(1),
            lane: Some(1),
            words: "fetch 5".to_owned(),
            records: Vec::new(),
            sent_us: 1000,
            arrives_us: 2000,
            is_held: false,
        }
    }

    fn layout() -> Layout {
        Layout::new(LayoutInput {
            width: 1280,
            height: 484,
            broker_count: 3,
            partition_count: 3,
            ..LayoutInput::default()
        })
    }

    fn scene() -> Scene {
        let broker = |id| BrokerRow {
            id,
            status: BrokerStatus::Up,
            note: String::new(),
            silent_for: None,
        };
        Scene {
            brokers: (1..=3).map(broker).collect(),
            partitions: (0..3)
                .map(|id| PartitionRow {
                    id,
                    ..PartitionRow::default()
                })
                .collect(),
            ..Scene::default()
        }
    }

    fn middle(flight: &Flight, now_us: u64) -> Option<Point> {
        let (scene, layout) = (scene(), layout());
        Some(Way::new(flight, now_us, &Ends::new(&scene, &layout))?.middle)
    }

    #[test]
    fn a_fetch_flies_on_its_lane_from_follower_to_leader() {
        let flight = fetch();
        let at = |now| middle(&flight, now).map(|point| point.x);
        assert!(at(1000) > at(1500) && at(1500) > at(2000));
        let y = middle(&flight, 1500).map(|point| point.y);
        assert_eq!(y, layout().lane_y(1).map(f64::from));
    }

    #[test]
    fn the_position_depends_on_nothing_but_flight_and_time() {
        let flight = fetch();
        let times: Vec<u64> = (1000..2000).step_by(50).collect();
        let at = |now: &u64| middle(&flight, *now);
        let forward: Vec<_> = times.iter().map(at).collect();
        let mut back: Vec<_> = times.iter().rev().map(at).collect();
        back.reverse();
        assert_eq!(forward, back);
    }

    #[test]
    fn a_held_message_waits_half_way() {
        let held = Flight {
            is_held: true,
            ..fetch()
        };
        assert_eq!(middle(&held, 0), middle(&fetch(), 1500));
    }

    /// From where to where the capsule reaches, and its way.
    fn capsule(flight: &Flight, now_us: u64) -> (i32, i32, Way) {
        let (scene, layout) = (scene(), layout());
        let way = Way::new(flight, now_us, &Ends::new(&scene, &layout)).expect("it has a way");
        let size = layout.measures.text;
        let half = (strong_width(&way.words(flight, size), size) + CAPSULE_AIR) / 2;
        let x = way.capsule_x(f64::from(half)) as i32;
        (x - half, x + half, way)
    }

    #[test]
    fn what_has_no_lane_moves_between_the_controller_and_the_frames() {
        let layout = layout();
        let places = [
            Place::Controller,
            Place::Broker(2),
            Place::Broker(3),
            Place::Producer("checkout".to_owned()),
            Place::Consumer("consumer-1".to_owned()),
        ];
        for words in ["metadata", "OffsetForLeaderEpoch answer"] {
            for (from, to) in places.iter().zip(places.iter().cycle().skip(1)) {
                for now in [1000, 1500, 2000] {
                    let flight = Flight {
                        from: from.clone(),
                        to: to.clone(),
                        lane: None,
                        words: words.to_owned(),
                        ..fetch()
                    };
                    let (left, right, way) = capsule(&flight, now);
                    let case = format!("{words} from {from:?} to {to:?}");
                    assert!(left >= layout.controller.x - 1, "{case}");
                    assert!(right <= layout.controller.right() + 1, "{case}");
                    let high = layout.measures.text / 2 + 2;
                    let y = way.middle.y as i32;
                    assert!(y - high >= layout.controller.bottom(), "{case}");
                    assert!(y + high <= layout.brokers[0].y, "{case}");
                }
            }
        }
    }

    #[test]
    fn what_the_controller_sends_crosses_no_other_brokers_tick() {
        let frame = layout().brokers[1];
        let metadata = Flight {
            from: Place::Controller,
            to: Place::Broker(2),
            lane: None,
            words: "metadata".to_owned(),
            ..fetch()
        };
        for now in [1000, 1500, 2000] {
            let (left, right, _) = capsule(&metadata, now);
            assert!(frame.x <= left && right <= frame.right(), "{left} {right}");
        }
    }

    #[test]
    fn on_a_lane_no_capsule_covers_a_queue_or_a_card() {
        let layout = layout();
        let of_client = Flight {
            from: Place::Consumer("consumer-1".to_owned()),
            ..fetch()
        };
        let (_, right, _) = capsule(&of_client, 1000);
        assert!(right <= layout.groups.x);
        let of_client = Flight {
            from: Place::Producer("checkout".to_owned()),
            ..fetch()
        };
        let (left, _, _) = capsule(&of_client, 1000);
        assert!(left >= layout.producers.right());
    }

    #[test]
    fn words_are_shortened_where_they_have_no_room() {
        let (scene, layout) = (scene(), layout());
        let flight = Flight {
            from: Place::Controller,
            to: Place::Broker(1),
            lane: None,
            words: "AnApiWithQuiteALongName answer".to_owned(),
            ..fetch()
        };
        let way = Way::new(&flight, 1500, &Ends::new(&scene, &layout));
        let told = way.map(|way| way.words(&flight, 14).into_owned());
        assert_eq!(told.as_deref(), Some("AnApiWithQuiteALongName"));
    }
}
