//! Where a message on its way is drawn: a pure function of the flight and the time.
//!
//! Drawing, hit-testing, printing and tests all ask here, so a capsule is where it looks to be.

use crate::view::layout::Layout;
use crate::view::scene::{Flight, Place};

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
}

/// Where the middle of a flight's capsule is at `now_us`.
///
/// `None` if one of its ends isn't on the stage. A held flight waits half way.
pub fn position(flight: &Flight, now_us: u64, ends: &Ends<'_>) -> Option<Point> {
    let (from, to) = (ends.of(&flight.from, flight)?, ends.of(&flight.to, flight)?);
    let progress = if flight.is_held {
        0.5
    } else {
        progress(flight, now_us)
    };
    Some(Point {
        x: from.x + (to.x - from.x) * progress,
        y: from.y + (to.y - from.y) * progress,
    })
}

/// Which way a flight looks on the stage: -1 to the left, 1 to the right, 0 up or down.
pub fn heading(flight: &Flight, ends: &Ends<'_>) -> i8 {
    let (from, to) = (ends.of(&flight.from, flight), ends.of(&flight.to, flight));
    match (from, to) {
        (Some(from), Some(to)) if from.x < to.x => 1,
        (Some(from), Some(to)) if from.x > to.x => -1,
        _ => 0,
    }
}

/// How much of its way a flight has behind it, from 0 to 1.
pub fn progress(flight: &Flight, now_us: u64) -> f64 {
    let length = flight.arrives_us.saturating_sub(flight.sent_us).max(1);
    let passed = now_us.saturating_sub(flight.sent_us).min(length);
    passed as f64 / length as f64
}

/// Finds the ends of flights on the stage.
#[derive(Clone, Copy, Debug)]
pub struct Ends<'a> {
    /// The stage.
    pub layout: &'a Layout,
    /// Broker ids by column.
    pub broker_ids: &'a [u32],
}

impl Ends<'_> {
    /// Where `place` touches the lane of the flight.
    pub fn of(&self, place: &Place, flight: &Flight) -> Option<Point> {
        let layout = self.layout;
        let row = flight.lane.map(|lane| lane as usize);
        if layout.is_stacked() {
            return self.of_stacked(place, row?);
        }
        let lane_y = row.and_then(|row| layout.lane_y(row));
        let y = lane_y.unwrap_or(layout.controller.bottom());
        let x = match place {
            Place::Producer(_) => layout.producers.right(),
            Place::Consumer(_) => layout.groups.x,
            Place::Broker(id) => {
                let frame = layout.brokers.get(self.column(*id)?)?;
                frame.x + frame.width / 2
            }
            Place::Controller => layout.controller.x + layout.controller.width / 2,
            Place::Admin => return None,
        };
        Some(Point::new(x, y))
    }

    /// Where replicas stand below each other, messages move at their right.
    fn of_stacked(&self, place: &Place, row: usize) -> Option<Point> {
        let layout = self.layout;
        if row != layout.input.opened_row as usize {
            return None;
        }
        let y = match place {
            Place::Producer(_) => layout.rows.get(row)?.bottom(),
            Place::Consumer(_) => layout.groups.y + 40,
            Place::Broker(id) => {
                let replica = layout.replica(row, self.column(*id)?)?;
                replica.y + layout.measures.cell_offset + layout.measures.follower_cell_height / 2
            }
            Place::Controller | Place::Admin => return None,
        };
        Some(Point::new(layout.content_width - STACKED_LANE, y))
    }

    fn column(&self, broker: u32) -> Option<usize> {
        self.broker_ids.iter().position(|id| *id == broker)
    }
}

/// From the right edge to where messages move in the stacked arrangement.
const STACKED_LANE: i32 = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::layout::LayoutInput;

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

    fn ends(layout: &Layout) -> Ends<'_> {
        Ends {
            layout,
            broker_ids: &[1, 2, 3],
        }
    }

    #[test]
    fn a_fetch_flies_on_its_lane_from_follower_to_leader() {
        let layout = layout();
        let ends = ends(&layout);
        let flight = fetch();
        let at = |now| position(&flight, now, &ends).map(|point| point.x);
        assert!(at(1000) > at(1500) && at(1500) > at(2000));
        let y = position(&flight, 1500, &ends).map(|point| point.y);
        assert_eq!(y, layout.lane_y(1).map(f64::from));
    }

    #[test]
    fn the_position_depends_on_nothing_but_flight_and_time() {
        let layout = layout();
        let ends = ends(&layout);
        let flight = fetch();
        let forward: Vec<_> = (1000..2000)
            .map(|now| position(&flight, now, &ends))
            .collect();
        let mut back: Vec<_> = (1000..2000)
            .rev()
            .map(|now| position(&flight, now, &ends))
            .collect();
        back.reverse();
        assert_eq!(forward, back);
    }

    #[test]
    fn a_held_message_waits_half_way() {
        let layout = layout();
        let ends = ends(&layout);
        let held = Flight {
            is_held: true,
            ..fetch()
        };
        assert_eq!(position(&held, 0, &ends), position(&fetch(), 1500, &ends));
    }
}
