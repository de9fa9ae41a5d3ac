//! The sizes of everything on the stage, one set for each size of the screen. In CSS pixels.

/// The size of type and cells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// One partition, its replicas stacked: a telephone, or a page at twice its size.
    Stacked,
    /// A stage beside an open panel on a small screen.
    Narrow,
    /// 1280 × 720.
    #[default]
    Regular,
    /// 1600 and wider.
    Wide,
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
}

impl Measures {
    /// The measures of a scale.
    pub fn of(scale: Scale) -> Measures {
        match scale {
            Scale::Stacked => STACKED,
            Scale::Narrow => NARROW,
            Scale::Regular => REGULAR,
            Scale::Wide => WIDE,
        }
    }

    /// Gives the cells their part of a row that is higher than it has to be.
    pub fn grow(&mut self, row_height: i32) {
        let spare = row_height - self.row_height;
        self.row_height = row_height;
        if spare <= 0 {
            return;
        }
        let taller = (spare / 5).min(self.leader_cell_height / 2);
        self.leader_cell_height += taller;
        self.follower_cell_height += taller * 3 / 4;
        let lower = (spare / 8).min(16);
        self.label_offset += lower;
        self.cell_offset += lower;
        self.follower_cell_offset =
            self.cell_offset + (self.leader_cell_height - self.follower_cell_height) / 2;
    }

    /// Makes cells and numbers smaller, for narrow frames.
    pub fn tighten(&mut self) {
        self.cell_pitch = self.cell_pitch.min(NARROW.cell_pitch);
        self.is_tight = true;
    }
}

const REGULAR: Measures = Measures {
    text: 14,
    margin: 24,
    producer_width: 128,
    row_header_width: 80,
    group_width: 188,
    gap: 12,
    top: 14,
    controller_height: 30,
    broker_header_height: 36,
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
};

const NARROW: Measures = Measures {
    margin: 12,
    producer_width: 96,
    row_header_width: 82,
    group_width: 118,
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
    cell_pitch: 36,
    leader_cell_height: 44,
    follower_cell_height: 34,
    lane_offset: 22,
    label_offset: 40,
    label_height: 26,
    cell_offset: 74,
    follower_cell_offset: 79,
    is_tight: false,
};

const STACKED: Measures = Measures {
    margin: 16,
    top: 8,
    gap: 8,
    row_height: 36,
    cell_pitch: 46,
    leader_cell_height: 46,
    follower_cell_height: 32,
    lane_offset: 18,
    label_offset: 0,
    label_height: 24,
    cell_offset: 30,
    follower_cell_offset: 28,
    is_tight: true,
    ..REGULAR
};
