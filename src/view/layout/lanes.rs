//! Where messages go up and down beside the logs of an opened partition.

use super::{Layout, LayoutInput};

/// Upright lanes beside the logs, from left to right: one for each follower from top to bottom, the last
/// one for clients. They lie closer together than capsules are wide. Where there is no room for all,
/// the lower followers share one; on a telephone clients share it, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lanes {
    /// The middle of the last lane.
    last: i32,
    /// How much room a capsule has on a lane.
    pub width: i32,
    /// From one lane to the next.
    step: i32,
    /// How many lanes followers have.
    of_followers: i32,
    has_clients: bool,
}

/// Between a capsule on a lane and what stands beside it.
const AIR: i32 = 8;
/// So many records are worth more than a lane of one's own.
const CELLS_WANTED: i32 = 8;

impl Lanes {
    /// The lanes between the start of logs and what stands at the right, and where the words of
    /// logs end: as many as are wanted, as long as enough records have room.
    pub(super) fn new(
        input: LayoutInput,
        (log_x, end): (i32, i32),
        (pitch, width, step): (i32, i32, i32),
    ) -> (Lanes, i32) {
        let most = (end - 2 * AIR - width - log_x - CELLS_WANTED * pitch) / step + 1;
        let followers = if input.scale.is_half() {
            1
        } else {
            (input.stack.columns().count() as i32 - 1).max(1)
        };
        let has_clients = most > 1 && !input.scale.is_half();
        let of_followers = followers.min(most - i32::from(has_clients)).max(1);
        let lanes = Lanes {
            last: end - AIR - width / 2,
            width,
            step,
            of_followers,
            has_clients,
        };
        (lanes, lanes.of_follower(0) - width / 2 - AIR)
    }

    /// The middle of the lane of that follower, from 0.
    pub fn of_follower(self, follower: i32) -> i32 {
        let own = self.of_followers - 1;
        self.last - (own - follower.clamp(0, own) + i32::from(self.has_clients)) * self.step
    }

    /// The middle of the lane of clients.
    pub fn of_clients(self) -> i32 {
        self.last
    }
}

/// From an opened partition to where clients are, above it and below; less beside captions.
const BEYOND: i32 = 28;
const BEYOND_HALF: i32 = 14;
/// For the name of a client below.
const NAME_ROOM: i32 = 26;
/// On a telephone messages of clients keep within the partition: above is the flag, below are other words.
const WITHIN: i32 = 6;
const BELOW_FLAG: i32 = 14;

impl Layout {
    /// The y at which messages of producers and of consumers begin and end.
    pub fn client_ends(&self) -> [i32; 2] {
        let (top, bottom) = (self.inside.flag.y, self.inside.sheet_bottom);
        if self.is_phone() {
            return [self.inside.flag.bottom() + BELOW_FLAG, bottom - WITHIN];
        }
        let (beyond, room) = if self.input.scale.is_half() {
            (BEYOND_HALF, BEYOND_HALF)
        } else {
            (BEYOND, NAME_ROOM)
        };
        [
            top - beyond,
            (bottom + BEYOND).min(self.content_height - room),
        ]
    }
}
