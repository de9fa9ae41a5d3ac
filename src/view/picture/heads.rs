//! What stands at the head of an opened partition's leader: its tab, its name and the flag of the high
//! watermark. On a telephone all three stand above its log, and share the line.

use super::Easel;
use super::inside::{ABOVE, SIGNS, STATUS_GAP, broker_width};
use super::replica::{ASIDE, FLIPPED, Place};
use crate::view::part::{Rect, strong_width};
use crate::view::scene::{BrokerRow, BrokerStatus, ReplicaRole};
use crate::view::strip::{Alignment, CROWN, ELBOW_GAP, flag_width};

/// On a telephone, from the leader's tab to its name, and from there to the flag at least.
const NAME_AIR: (i32, i32) = (10, 8);

/// What stands above a leader's log, or beside it: where its flag hangs, its words and how it hangs.
pub(super) struct Heads {
    pub(super) flag: Rect,
    pub(super) words: String,
    pub(super) state: &'static str,
    /// Whether the bar runs through the logs only: between them it would strike names.
    pub(super) is_split: bool,
}

impl Easel<'_> {
    /// Where the flag hangs, and on a telephone what stands beside it.
    pub(super) fn heads(&self, place: &Place<'_>) -> Heads {
        let (is_phone, flag) = (self.layout.is_phone(), self.layout.inside.flag);
        let (left, pole) = (place.rect.x, place.rect.x + place.strip.committed_x);
        let (tab, name) = head_widths(place);
        let (word, names) = if is_phone {
            ("HW", tab + NAME_AIR.0 + name + NAME_AIR.1)
        } else {
            ("high watermark", -2)
        };
        let words = format!("{word} {}", place.replica.high_watermark);
        let (width, first) = (flag_width(&words, place.sizes), left + names);
        let is_flipped = if self.layout.input.scale.is_half() {
            self.hang_left(place, first)
        } else {
            pole + width > flag.right() && pole - width >= first
        };
        let (x, state) = if is_flipped {
            (pole + 1 - width, FLIPPED)
        } else {
            (pole - 2, "")
        };
        // What they say beside their names is long.
        let is_absent =
            |it: &BrokerRow| matches!(it.status, BrokerStatus::Down | BrokerStatus::Paused);
        let mut heads = Heads {
            flag: Rect { x, width, ..flag },
            words,
            state,
            is_split: is_phone && self.scene.brokers.iter().any(is_absent),
        };
        // On a telephone tab and name keep their places: the flag hangs behind them.
        if x < first {
            (heads.flag.x, heads.state) = (first, ASIDE);
            heads.is_split = true;
        }
        heads
    }

    /// Whether the flags of both pictures hang at the left, since one of them has no room at the right.
    #[inline(never)]
    fn hang_left(&self, place: &Place<'_>, first: i32) -> bool {
        let inside = &self.layout.inside;
        let alignment = Alignment::new(&self.layout.measures, inside, place.partition);
        let replicas = place.partition.replicas.iter();
        let leaders = replicas.filter(|it| it.role == ReplicaRole::Leader);
        let flags = leaders.map(|leader| {
            let end = leader.high_watermark;
            let width = flag_width(&format!("high watermark {end}"), place.sizes);
            (place.rect.x + alignment.x_of(end), width)
        });
        let flags = Vec::from_iter(flags);
        let right = inside.flag.right();
        flags.iter().any(|(x, width)| x + width > right)
            && flags.iter().all(|(x, width)| x - width >= first)
    }

    /// Whose log it is, with the leader's tab: on a telephone beside each other above it.
    pub(super) fn leader_name(&mut self, place: &Place<'_>, heads: &Heads) {
        let x = self.layout.inside.name_x - place.rect.x;
        let (width, height) = (head_widths(place), place.rect.height);
        let mut tab = Rect {
            x,
            y: height - 19,
            width: width.0,
            height: place.sizes.label_height,
        };
        let (mut name, mut status) = ((x, -2), (x, height - 18 + tab.height));
        if self.layout.is_phone() {
            (tab.x, tab.y, name) = (0, -29, (tab.width + NAME_AIR.0, ABOVE));
            status = (name.0 + self.broker_width(place) + STATUS_GAP, ABOVE);
            if heads.state == ASIDE {
                tab.height = heads.flag.bottom() - ELBOW_GAP - place.rect.y - tab.y;
            }
        }
        self.tab(place, tab, true);
        if place.status == BrokerStatus::Paused {
            self.role_inside(place, status);
        }
        self.broker_name(place, name);
    }
}

/// How wide the leader's tab is, and its name with what its broker does.
fn head_widths(place: &Place<'_>) -> (i32, i32) {
    let size = place.sizes.text;
    let tab = strong_width(&place.replica.role.words(), size) + CROWN;
    let status = match place.status {
        BrokerStatus::Paused => STATUS_GAP + SIGNS.1 + strong_width("paused", size) + 8,
        _ => 0,
    };
    (tab, broker_width(place, size + 2) + status)
}
