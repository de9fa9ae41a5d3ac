//! Where messages go up and down beside the logs of an opened partition.

use super::LayoutInput;

/// Upright strips beside the logs, from left to right for the followers from top to bottom: of two
/// followers' messages none gets in the other's way. Those for whom no strip is left share the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lanes {
    /// Where the last strip ends.
    right: i32,
    /// The width of each.
    pub width: i32,
    count: i32,
}

/// Between a lane and what stands beside it.
const AIR: i32 = 8;
/// So many records are worth more than a lane of one's own.
const CELLS_WANTED: i32 = 10;

impl Lanes {
    /// The lanes between the start of logs and what stands at the right, and where the words of
    /// logs end: as many as there are followers, as long as enough records have room. The first
    /// `among` stand among those words: the first follower has no other one's row to pass.
    pub(super) fn new(
        input: LayoutInput,
        (log_x, end): (i32, i32),
        (pitch, width): (i32, i32),
        among: i32,
    ) -> (Lanes, i32) {
        let right = end - AIR;
        let most = ((right - log_x - CELLS_WANTED * pitch) / width).max(1) + among;
        let followers = if input.scale.is_half() {
            1
        } else {
            input.stack.columns().count() as i32 - 1
        };
        let count = followers.clamp(1, most);
        let lanes = Lanes {
            right,
            width,
            count,
        };
        (lanes, right - (count - among).max(1) * width - AIR)
    }

    /// The right edge of the strip of that follower, from 0.
    pub fn right_of(self, follower: i32) -> i32 {
        self.right - (self.count - 1 - follower).max(0) * self.width
    }

    /// Where the first strip begins.
    pub fn left(self) -> i32 {
        self.right_of(0) - self.width
    }
}
