//! Messages that go the same way on one lane: none lies on another.
//!
//! Where two are too close, both give way along the lane, each its share: who was sent just now all of
//! it, for the other is seen already, and of two that are sent together the first one, for behind there
//! may be no room; at the end who arrives, for the other goes on. In between one
//! share becomes the other, so nothing jumps when a message comes or goes. What is pushed beyond an
//! end of the lane comes out of its sender or has gone into its receiver: it isn't drawn there.

use super::capsule::{PAD, RECORD_STEP, RECORDS_MAX};
use super::{NOSE, OnWay, progress};
use crate::view::few::sort;
use crate::view::part::strong_width;
use crate::view::scene::Flight;

/// Between a nose and the end of the capsule before it.
const GAP: f64 = 5.0;
/// Where one overtakes another, it passes it so many times as fast as it would.
const HURRY: f64 = 10.0;

/// What keeps a message from the one behind it.
struct Between {
    /// By how much the first one has to move on, and the second one back.
    on: f64,
    back: f64,
    /// How much each may come closer.
    spare: f64,
}

/// Moves capsules aside until none lies on another one that goes the same way.
pub(super) fn line_up(ways: &mut [OnWay<'_>], size: i32, now_us: u64) {
    for (flight, way) in ways.iter_mut() {
        way.half = half_of(flight, size);
    }
    // Those that go the same way stand one after the other, who is ahead before who is behind.
    let key = |it: &OnWay<'_>| (lane(it), -along(it, now_us), it.0.arrives_us);
    sort(ways, &|one, other| key(one) > key(other));
    let mut back = 0.0;
    for index in 1..ways.len() {
        let between = between(&ways[index - 1], &ways[index], now_us);
        back = f64::max(back - between.spare, 0.0) + between.back;
        let way = &mut ways[index].1;
        way.aside -= back * way.heading().0;
    }
    let mut on = 0.0;
    for index in (1..ways.len()).rev() {
        let between = between(&ways[index - 1], &ways[index], now_us);
        on = f64::max(on - between.spare, 0.0) + between.on;
        let way = &mut ways[index - 1].1;
        way.aside += on * way.heading().0;
    }
}

/// About half of a capsule as it is drawn, rather more; dots take no more than a record.
pub(super) fn half_of(flight: &Flight, size: i32) -> f64 {
    let records = flight.records.len().min(RECORDS_MAX + 1) as f64;
    let words = f64::from(strong_width(&flight.words, size));
    PAD + (words + records * RECORD_STEP) / 2.0
}

/// A number of the lane that a message moves on in one direction; below zero where it stands.
fn lane((flight, way): &OnWay<'_>) -> f64 {
    if flight.is_held {
        return -1.0;
    }
    (way.middle.y * 1e4 + f64::from(way.room.left)) * 4.0 + way.heading().0
}

/// How far along its lane a capsule is at a moment by itself.
fn along((flight, way): &OnWay<'_>, at_us: u64) -> f64 {
    let [from, .., to] = way.corners;
    let x = from.towards(to, progress(flight, at_us)).x;
    way.kept(x, way.half + f64::from(NOSE)) * way.heading().0
}

fn between(first: &OnWay<'_>, second: &OnWay<'_>, now_us: u64) -> Between {
    let ((one, way), (other, beside)) = (first, second);
    let apart_at = |at_us: u64| along(first, at_us) - along(second, at_us);
    let start = one.sent_us.max(other.sent_us);
    let end = one.arrives_us.min(other.arrives_us);
    let is_along = lane(first) == lane(second) && !one.is_held;
    // Where the one starts as the other arrives, there is no time to move.
    if !is_along || start >= end {
        return Between {
            on: 0.0,
            back: 0.0,
            spare: f64::MAX,
        };
    }
    let apart = apart_at(now_us);
    let mut wanted = way.half + beside.half + f64::from(NOSE) + GAP;
    if apart_at(start) < 0.0 || apart_at(end) < 0.0 {
        wanted = wanted.min(apart * HURRY);
    }
    let lack = (wanted - apart).max(0.0);
    let part = |is_first: bool| if is_first { lack } else { 0.0 };
    let from = part(one.sent_us >= other.sent_us);
    let to = part(one.arrives_us <= other.arrives_us);
    let passed = now_us.saturating_sub(start) as f64 / (end - start) as f64;
    let on = from + (to - from) * passed.min(1.0);
    Between {
        on,
        back: lack - on,
        spare: (apart - wanted).max(0.0) / 2.0,
    }
}

#[cfg(test)]
mod tests;
