//! Messages that go up and down beside the logs of an opened partition: none lies on another.

use super::{OnWay, Way};
use crate::view::few::sort;

/// From the middle of a capsule to that of the next one below it on the same lane.
pub(super) const BELOW: f64 = 40.0;
/// So much less than a capsule's room on a lane is enough between the middles of two.
pub(super) const SLACK: f64 = 6.0;

/// Lets those that lie lower on a lane give way to those above them, but none to below `bottom`: there those
/// above give way.
pub(super) fn give_way(ways: &mut [OnWay<'_>], lane: f64, bottom: f64) {
    // Of two at one place the one that goes up is the upper one.
    let rank = |way: &Way| (way.middle.y, !goes_up(way));
    sort(ways, &|(_, one), (_, other)| rank(one) > rank(other));
    let is_beside = |x: f64, other: &Way| (other.middle.x - x).abs() < lane - SLACK;
    for index in 1..ways.len() {
        let (above, rest) = ways.split_at_mut(index);
        let way = &mut rest[0].1;
        let x = way.middle.x;
        for (_, other) in above.iter_mut().filter(|(_, other)| is_beside(x, other)) {
            let lack = (other.middle.y + BELOW - way.middle.y).max(0.0);
            // Who goes up leaves below it what the other one would cover: words about the leader's log.
            if goes_up(other) && !goes_up(way) {
                lower(other, other.middle.y - lack);
            } else {
                lower(way, way.middle.y + lack);
            }
        }
    }
    for index in (1..ways.len()).rev() {
        let (above, rest) = ways.split_at_mut(index);
        let way = &mut rest[0].1;
        let by_itself = way.middle.y - way.lowered;
        lower(way, way.middle.y.min(bottom.max(by_itself)));
        let middle = way.middle;
        for (_, other) in above
            .iter_mut()
            .filter(|(_, other)| is_beside(middle.x, other))
        {
            lower(other, other.middle.y.min(middle.y - BELOW));
        }
    }
}

fn goes_up(way: &Way) -> bool {
    way.corners[3].y < way.corners[0].y
}

fn lower(way: &mut Way, y: f64) {
    way.lowered += y - way.middle.y;
    way.middle.y = y;
}
