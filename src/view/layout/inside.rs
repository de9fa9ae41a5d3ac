//! Where the parts of one opened partition stand.
//!
//! ```text
//!  orders p1  leader epoch 0, …                        Back to the cluster
//!  ISR 3/3                 ▐ high watermark 12
//!  ┌─ broker 1   [0…5][6][7]▐[8][9]] LEO 10    │ │    ┌ waiting room ┐
//!  │             marks of the groups           │ │    │              │
//!  ├─ broker 2   [0…5][6][7]▐[8]] LEO 9 ───────┘ │    └──────────────┘
//!  └─ broker 3   [0…5][6][7]▐[8]] LEO 9 ─────────┘ lanes
//! ```
//!
//! On a telephone the partitions are bars on top, names stand above the rows and nothing at their
//! right.

use std::ops::Range;

use super::lanes::Lanes;
use super::{Layout, LayoutInput, Level};
use crate::view::measures::{Measures, Scale};
use crate::view::part::Rect;

/// Where the rest of an opened partition stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inside {
    /// The left edge of the bracket of the in-sync replicas.
    pub bracket_x: i32,
    /// The left edge of names; on a telephone they stand above the logs.
    pub name_x: i32,
    /// Where logs begin.
    pub log_x: i32,
    /// Where the words after logs end.
    pub log_right: i32,
    /// The width of the block of older records.
    pub fold_width: i32,
    /// The flag of the high watermark.
    pub flag: Rect,
    /// Where the common ground ends.
    pub sheet_bottom: i32,
    /// From a follower's cells up to where its part of the common ground begins: above its name and
    /// the words about its high watermark, below the log above.
    pub shore: i32,
    /// Where messages go up and down beside the logs.
    pub lanes: Lanes,
    /// Whether names stand above the logs, as on a telephone.
    pub is_stacked: bool,
    /// The waiting room, if it has a place.
    pub room: Option<Rect>,
}

/// Where one of two pictures stands that lie below each other on a telephone: what is chosen above
/// stays on top.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stacked {
    /// Where the first picture begins.
    pub top: i32,
    /// What is cut off it above, and how high it is then.
    pub cut: i32,
    pub height: i32,
}

impl Inside {
    /// The first of two pictures below each other.
    pub fn stacked(&self) -> Stacked {
        let cut = self.flag.y - CAPTION;
        Stacked {
            top: self.flag.y - CAPTION / 3,
            cut,
            height: self.sheet_bottom + CAPTION / 3 - cut,
        }
    }
}

impl Stacked {
    /// How far down the second one is moved.
    pub fn shift(self) -> i32 {
        self.top + self.height - self.cut
    }
}

/// The height of a picture's caption.
const CAPTION: i32 = 26;

/// The sizes of one scale.
struct Sizes {
    title_height: i32,
    flag_y: i32,
    top: i32,
    leader: i32,
    follower: i32,
    pitch: i32,
    log_x: i32,
    fold: i32,
    /// The width of a capsule with a short offset, and from one lane to the next.
    lane: (i32, i32),
    room_gap: i32,
    room: i32,
    /// From the leader to its first follower, and from one follower to the next, at most.
    gaps: (i32, i32),
}

impl Sizes {
    /// Up to where the flag may reach: the waiting room, or of two pictures where arrows move.
    fn flag_right(&self, room_x: i32) -> i32 {
        let air = if self.room > 0 {
            ROOM_AIR
        } else {
            self.room_gap
        };
        room_x - air
    }
}

const NARROW: Sizes = Sizes {
    title_height: 46,
    flag_y: 64,
    top: 104,
    leader: 48,
    follower: 34,
    pitch: 40,
    log_x: 154,
    fold: 42,
    lane: (88, 36),
    room_gap: 30,
    room: 196,
    gaps: (132, 110),
};

/// No waiting room at the side: beside two pictures it has no place. Their titles are short: the flag
/// hangs beside them.
const HALF: Sizes = Sizes {
    flag_y: 44,
    top: 84,
    leader: 44,
    follower: 32,
    pitch: 36,
    lane: (54, 54),
    room_gap: 32,
    room: 0,
    gaps: (112, 74),
    ..NARROW
};

const REGULAR: Sizes = Sizes {
    pitch: 58,
    leader: 58,
    follower: 42,
    lane: (104, 48),
    room_gap: 52,
    room: 300,
    ..NARROW
};

const WIDE: Sizes = Sizes {
    title_height: 64,
    flag_y: 110,
    top: 158,
    leader: 70,
    follower: 50,
    pitch: 60,
    log_x: 192,
    fold: 54,
    lane: (120, 60),
    room_gap: 68,
    room: 348,
    gaps: (198, 174),
};

const HALF_WIDE: Sizes = Sizes {
    flag_y: 80,
    top: 128,
    leader: 54,
    follower: 38,
    pitch: 44,
    lane: (72, 72),
    room_gap: 32,
    room: 0,
    gaps: (150, 116),
    ..WIDE
};

/// Below the last replica: what was cut off its log.
const FOOT: i32 = 60;
/// Below the offsets, for the marks of the groups: for a single one, and for each of several.
const MARKS: (i32, i32) = (48, 24);
/// From the flag's end to the waiting room at least.
const ROOM_AIR: i32 = 8;
/// For offsets and air between a leader and what stands below.
const AIR: i32 = 64;
/// From a follower to the next at least: its name has two lines.
const STEP_MIN: i32 = 12;
/// How far a follower's part of the common ground reaches up at most, and the air above it.
const SHORE: i32 = 28;
const SHORE_AIR: i32 = 4;

/// The layout where there is room for all of it.
#[inline(never)]
pub(super) fn inside(input: LayoutInput) -> Layout {
    let sizes = match input.scale {
        Scale::Wide => WIDE,
        Scale::Regular => REGULAR,
        Scale::Narrow | Scale::Stacked => NARROW,
        Scale::Half => HALF,
        Scale::HalfWide => HALF_WIDE,
    };
    let mut measures = Measures::of(input.scale);
    measures.cell_pitch = sizes.pitch;
    measures.leader_cell_height = sizes.leader;
    measures.follower_cell_height = sizes.follower;
    let (width, height) = (input.width as i32, input.height as i32);
    let margin = measures.margin.min(sizes.room_gap / 2);
    let room_x = width - margin - sizes.room;
    let widths = (sizes.pitch, sizes.lane.0, sizes.lane.1);
    let (lanes, log_right) = Lanes::new(input, (sizes.log_x, room_x), widths);
    let log = Rect {
        x: sizes.log_x,
        width: log_right - sizes.log_x,
        ..Rect::default()
    };
    let (brokers, gap) = replicas(input, &sizes, log);
    let sheet_bottom = bottom(&brokers) + 12;
    Layout {
        content_width: width,
        content_height: height.max(sheet_bottom + 2 * measures.top),
        groups: Rect::default(),
        inside: Inside {
            bracket_x: 24,
            name_x: 46,
            log_x: sizes.log_x,
            log_right,
            fold_width: sizes.fold,
            flag: Rect {
                x: sizes.log_x,
                y: sizes.flag_y,
                width: sizes.flag_right(room_x) - sizes.log_x,
                height: measures.label_height + 2,
            },
            sheet_bottom,
            shore: SHORE.min(gap - SHORE_AIR),
            lanes,
            is_stacked: false,
            room: (sizes.room > 0).then_some(Rect {
                x: room_x,
                y: sizes.flag_y,
                width: sizes.room,
                height: height - sizes.flag_y - measures.top,
            }),
        },
        controller: Rect {
            x: 24,
            y: measures.top,
            width: width - 24 - margin,
            height: sizes.title_height - measures.top,
        },
        ..empty(input, measures, brokers)
    }
}

/// The cells of all replicas, from top to bottom, and what lies between those of followers.
fn replicas(input: LayoutInput, sizes: &Sizes, log: Rect) -> (Vec<Rect>, i32) {
    let followers = (input.stack.columns().count() as i32 - 1).max(0);
    let marks = match input.group_count as i32 {
        0 => 0,
        1 => MARKS.0,
        more => more * MARKS.1,
    };
    let free = input.height as i32 - FOOT - sizes.top - sizes.leader - sizes.follower;
    let (first, next) = sizes.gaps;
    let share = free * first / (first + next * (followers - 1).max(0));
    let first_gap = share.min(first).max(marks + AIR);
    let step = (free - first_gap) / (followers - 1).max(1);
    let step = step.clamp(sizes.follower + STEP_MIN, next);
    let mut brokers = vec![Rect::default(); input.broker_count as usize];
    let mut y = sizes.top;
    for (place, column) in input.stack.columns().enumerate() {
        let (height, pitch) = match place {
            0 => (sizes.leader, sizes.leader + first_gap),
            _ => (sizes.follower, step),
        };
        if let Some(replica) = brokers.get_mut(column as usize) {
            *replica = Rect { y, height, ..log };
        }
        y += pitch;
    }
    (brokers, step - sizes.follower)
}

/// How far down the lowest of the replicas reaches.
pub(in crate::view) fn bottom(brokers: &[Rect]) -> i32 {
    let bottoms = brokers.iter().map(|replica| replica.bottom());
    bottoms.max().unwrap_or_default()
}

fn empty(input: LayoutInput, measures: Measures, brokers: Vec<Rect>) -> Layout {
    Layout {
        input,
        measures,
        level: Level::Inside,
        content_width: 0,
        content_height: 0,
        controller: Rect::default(),
        producers: Rect::default(),
        brokers,
        rows: Vec::new(),
        groups: Rect::default(),
        inside: Inside::default(),
    }
}

/// Above the bars of the partitions.
const BARS_TOP: i32 = 40;
/// At most so many lines stand there.
const BARS_MAX: u32 = 6;
/// Between two bars: each can be touched half way to the next.
const BAR_GAP: i32 = 10;
/// From the bars to the first replica's name.
const STACK_GAP: i32 = 13;
/// From a name to its log.
const NAME: i32 = 27;
/// Below the leader's cells: offsets and the groups' marks.
const LEADER_FOOT: i32 = 50;
/// Below a follower's cells.
const FOLLOWER_FOOT: i32 = 12;
/// From the sheet to the groups.
const GROUPS_GAP: i32 = 6;
/// The width of a capsule with a record in it, and how far that may reach beyond where it would end else.
const PHONE_LANE: i32 = 104;
const PHONE_EDGE: i32 = 4;

/// The layout for narrow screens.
pub(super) fn phone(input: LayoutInput) -> Layout {
    let measures = Measures::of(input.scale);
    let width = input.width as i32;
    let inner = width - 2 * measures.margin;
    let line = |y: i32, height: i32| Rect {
        x: measures.margin,
        y,
        width: inner,
        height,
    };
    let pitch = measures.row_height;
    let bars = bars_shown(input);
    let rows = rows_of(input, &bars, |place| {
        line(BARS_TOP + place * pitch, pitch - BAR_GAP)
    });
    let lines = bars.len() as i32 + i32::from(bars.len() < rows.len());
    let log_x = measures.margin + 6;
    let widths = (measures.cell_pitch, PHONE_LANE, PHONE_LANE);
    let (lanes, log_right) = Lanes::new(input, (log_x, width + PHONE_EDGE), widths);
    let top = BARS_TOP + (lines * pitch - BAR_GAP).max(0) + STACK_GAP;
    let log = Rect {
        x: log_x,
        y: top,
        width: log_right - log_x,
        height: 0,
    };
    let brokers = phone_replicas(input, &measures, log);
    let sheet_bottom = bottom(&brokers) + 6;
    let is_lone = input.stack.columns().count() < 2;
    let lone = i32::from(is_lone) * (LEADER_FOOT - 14);
    let groups = line(sheet_bottom + lone + GROUPS_GAP, 0);
    Layout {
        content_width: width,
        content_height: groups.y,
        producers: line(measures.top, BARS_TOP - measures.top),
        rows,
        groups,
        inside: Inside {
            bracket_x: 0,
            name_x: log_x,
            log_x,
            log_right,
            fold_width: 36,
            flag: Rect {
                x: log_x,
                y: top - 3,
                width: width - log_x,
                height: measures.label_height,
            },
            sheet_bottom,
            shore: SHORE,
            lanes,
            is_stacked: true,
            room: None,
        },
        ..empty(input, measures, brokers)
    }
}

/// The partitions whose bars are shown: all of few, of many those around the one that is open.
fn bars_shown(input: LayoutInput) -> Range<u32> {
    let count = input.partition_count;
    if count <= BARS_MAX {
        return 0..count;
    }
    // The last line leads to all of them.
    let shown = BARS_MAX - 1;
    let start = input
        .opened_row
        .saturating_sub(shown / 2)
        .min(count - shown);
    start..start + shown
}

/// Where each partition's bar stands; those that are not shown have no size.
fn rows_of(input: LayoutInput, bars: &Range<u32>, at: impl Fn(i32) -> Rect) -> Vec<Rect> {
    let rows = (0..input.partition_count).map(|row| match row.checked_sub(bars.start) {
        Some(place) if bars.contains(&row) => at(place as i32),
        _ => Rect::default(),
    });
    rows.collect()
}

fn phone_replicas(input: LayoutInput, measures: &Measures, log: Rect) -> Vec<Rect> {
    let mut y = log.y;
    let mut brokers = vec![Rect::default(); input.broker_count as usize];
    for (place, column) in input.stack.columns().enumerate() {
        let (height, foot) = match place {
            0 => (measures.leader_cell_height, LEADER_FOOT),
            _ => (measures.follower_cell_height, FOLLOWER_FOOT),
        };
        y += NAME;
        if let Some(replica) = brokers.get_mut(column as usize) {
            *replica = Rect { y, height, ..log };
        }
        y += height + foot;
    }
    brokers
}
