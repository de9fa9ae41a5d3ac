//! The sizes of everything on the stage, one set for each size of the screen. In CSS pixels.

/// The size of type and cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// One partition, its replicas stacked: a telephone, or a page at twice its size.
    Stacked,
    /// One of two pictures beside each other on a small screen: the inside of a partition.
    Half,
    /// The same on a large screen.
    HalfWide,
    /// A stage beside an open panel on a small screen.
    Narrow,
    /// 1280 × 720.
    #[default]
    Regular,
    /// 1600 and wider.
    Wide,
}

impl Scale {
    /// Whether it is that of one of two pictures beside each other.
    pub fn is_half(self) -> bool {
        matches!(self, Scale::Half | Scale::HalfWide)
    }
}

/// The measures of one scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measures {
    /// The size of small type.
    pub text: i32,
    /// From the stage's edge.
    pub margin: i32,
    /// The producers' column.
    pub producer_width: i32,
    /// The names and ISR counts of the rows.
    pub row_header_width: i32,
    /// The members' column.
    pub group_width: i32,
    /// Between broker frames.
    pub gap: i32,
    /// Above the controller's strip.
    pub top: i32,
    /// The controller's strip.
    pub controller_height: i32,
    /// A broker's header.
    pub broker_header_height: i32,
    /// A partition's row, where there is just enough space.
    pub row_height: i32,
    /// From one cell to the next.
    pub cell_pitch: i32,
    /// A leader's cells.
    pub leader_cell_height: i32,
    /// A follower's cells.
    pub follower_cell_height: i32,
    /// From a row's top to its lane.
    pub lane_offset: i32,
    /// From a row's top to the leader's tab.
    pub label_offset: i32,
    /// The leader's tab and the flag.
    pub label_height: i32,
    /// From a row's top to the leader's cells.
    pub cell_offset: i32,
    /// From a row's top to a follower's cells.
    pub follower_cell_offset: i32,
    /// Whether numbers stand without their names.
    pub is_tight: bool,
    /// Whether offsets have room below a leader's cells.
    pub has_offsets: bool,
    /// Whether the groups' marks have room below them.
    pub has_marks: bool,
}

impl Measures {
    /// The measures of a scale.
    pub fn of(scale: Scale) -> Measures {
        match scale {
            Scale::Stacked => STACKED,
            Scale::Half | Scale::Narrow => NARROW,
            Scale::Regular => REGULAR,
            Scale::HalfWide | Scale::Wide => WIDE,
        }
    }

    /// The least height of a row of cells.
    pub fn row_height_min(&self) -> i32 {
        LOW_LANE_OFFSET + 8 + self.text * 3 + 16
    }

    /// Fits a row into `row_height`: what is more goes to the cells; if it is less, the groups'
    /// marks go first, then the offsets, then the air.
    pub fn fit(&mut self, row_height: i32) {
        let spare = row_height - self.row_height;
        if spare < -MARK_AIR {
            self.shrink(row_height);
        } else {
            let spare = spare.max(0);
            let taller = ((spare - TALLER_FROM) / 5).clamp(0, self.leader_cell_height / 2);
            self.leader_cell_height += taller;
            self.follower_cell_height += taller * 3 / 4;
            self.label_offset += (spare / 16).min(8);
            self.cell_offset += (spare / 4).min(10);
        }
        self.row_height = row_height;
        self.follower_cell_offset =
            self.cell_offset + (self.leader_cell_height - self.follower_cell_height) / 2;
    }

    fn shrink(&mut self, row_height: i32) {
        self.has_marks = false;
        if row_height >= self.row_height - MARK_HEIGHT {
            return;
        }
        self.lane_offset = LOW_LANE_OFFSET;
        self.label_offset = LOW_LANE_OFFSET + 8;
        self.label_height = self.text + 6;
        self.cell_offset = self.label_offset + self.label_height + 3;
        self.leader_cell_height = self.text * 2;
        self.follower_cell_height = self.follower_cell_height.min(self.leader_cell_height - 4);
        let bottom = self.cell_offset + self.leader_cell_height + OFFSET_HEIGHT + 4;
        self.has_offsets = row_height >= bottom;
    }

    /// Makes cells and numbers smaller, for narrow frames.
    pub fn tighten(&mut self) {
        self.cell_pitch = self.cell_pitch.min(NARROW.cell_pitch);
        self.is_tight = true;
    }

    /// Leaves more of the width to many brokers.
    pub fn crowd(&mut self) {
        self.margin = NARROW.margin;
        self.producer_width = NARROW.producer_width;
        self.group_width = NARROW.group_width;
        self.gap = CROWDED_GAP;
        self.is_tight = true;
    }
}

/// Cells take their part of a row once it is higher than it has to be by so much.
const TALLER_FROM: i32 = 40;
/// Between broker frames where there are many.
const CROWDED_GAP: i32 = 6;
/// Below the groups' marks: so much may be lacking.
const MARK_AIR: i32 = 6;
/// The height of the groups' marks.
const MARK_HEIGHT: i32 = 16;
/// The height of an offset.
const OFFSET_HEIGHT: i32 = 19;
/// From the top of a low row to its lane.
const LOW_LANE_OFFSET: i32 = 10;

const REGULAR: Measures = Measures {
    text: 14,
    margin: 24,
    producer_width: 128,
    row_header_width: 80,
    group_width: 188,
    gap: 12,
    top: 14,
    controller_height: 30,
    broker_header_height: 34,
    row_height: 124,
    cell_pitch: 30,
    leader_cell_height: 32,
    follower_cell_height: 24,
    lane_offset: 16,
    label_offset: 30,
    label_height: 22,
    cell_offset: 56,
    follower_cell_offset: 60,
    is_tight: false,
    has_offsets: true,
    has_marks: true,
};

const NARROW: Measures = Measures {
    margin: 12,
    producer_width: 90,
    row_header_width: 82,
    group_width: 108,
    gap: 10,
    cell_pitch: 24,
    leader_cell_height: 30,
    follower_cell_offset: 59,
    is_tight: true,
    ..REGULAR
};

const WIDE: Measures = Measures {
    text: 16,
    margin: 28,
    producer_width: 160,
    row_header_width: 106,
    group_width: 226,
    gap: 14,
    top: 22,
    controller_height: 38,
    broker_header_height: 44,
    row_height: 160,
    cell_pitch: 34,
    leader_cell_height: 44,
    follower_cell_height: 34,
    lane_offset: 22,
    label_offset: 40,
    label_height: 26,
    cell_offset: 74,
    follower_cell_offset: 79,
    ..REGULAR
};

const STACKED: Measures = Measures {
    margin: 16,
    top: 8,
    gap: 8,
    row_height: 44,
    cell_pitch: 35,
    leader_cell_height: 48,
    follower_cell_height: 36,
    lane_offset: 18,
    label_offset: 0,
    label_height: 24,
    cell_offset: 30,
    follower_cell_offset: 28,
    is_tight: true,
    ..REGULAR
};
