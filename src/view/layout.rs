//! Where everything stands. Pure: sizes in, rectangles out, in CSS pixels of the stage.
//!
//! Two arrangements. In the *cluster*, columns are brokers and rows are partitions, a lane each:
//!
//! ```text
//!  producers      controller ------------------------
//!  ┌────────┐     ┌ broker 1 ┐ ┌ broker 2 ┐ …          group
//!  │ queue  │  p0 ┬─────────────────────────┬  lane   ┌ member ┐
//!  │        │     │  cells   │ │          │           │        │
//! ```
//!
//! What a row shows depends on the room: cells, a bar for each replica, or a line of a table.
//! *Inside* a partition, its replicas stand below each other: [`inside`].

mod inside;
mod lanes;
mod stack;

pub use inside::Inside;
pub(super) use inside::bottom;
pub use stack::Stack;

use std::ops::Range;

use crate::view::measures::{Measures, Scale};
use crate::view::part::Rect;

/// What the layout depends on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayoutInput {
    /// The stage's width.
    pub width: u32,
    /// The stage's height.
    pub height: u32,
    /// How many brokers there are.
    pub broker_count: u32,
    /// How many partitions are shown.
    pub partition_count: u32,
    /// How many groups there are.
    pub group_count: u32,
    /// The size of type and cells.
    pub scale: Scale,
    /// Whether one partition is opened; always so where there is no room for columns.
    pub is_open: bool,
    /// Which one, by row.
    pub opened_row: u32,
    /// Its replicas.
    pub stack: Stack,
    /// How far the stage is scrolled down, in steps of [`SCROLL_STEP`].
    pub scrolled: u32,
}

/// How much of a partition is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// One partition, its replicas below each other.
    Inside,
    /// Every record.
    #[default]
    Cells,
    /// A bar for each replica.
    Bars,
    /// A line of a table.
    Table,
}

/// More partitions are not shown with their records.
pub const CELLS_MAX: u32 = 6;
/// More partitions are a table.
pub const BARS_MAX: u32 = 24;
/// Frames with cells are not made narrower than this.
const BROKER_WIDTH_MIN: i32 = 130;
/// Nor others; then the stage scrolls.
const COLUMN_WIDTH_MIN: i32 = 62;
/// Narrower frames show smaller cells, and numbers without their names.
const BROKER_WIDTH_ROOMY: i32 = 230;
/// The height of a row of bars.
const BARS_HEIGHT: (i32, i32) = (28, 44);
/// More room for a row's name where ISR stands beside it.
const BESIDE: i32 = 40;
/// Lines of the table are drawn anew once the stage was scrolled by so much.
pub const SCROLL_STEP: u32 = 240;
/// The height of a line of the table, and of its head.
pub const LINE_HEIGHT: i32 = 30;
/// Between the controller's strip and the frames: a capsule with its edges.
const CORRIDOR: i32 = 28;
/// Below the last row.
const FRAME_FOOT: i32 = 6;
/// Below the frames there is so much less air than above the controller's strip.
const LESS_BELOW: i32 = 2;
/// Between the brokers and the groups, if there are any: their column is the brokers' else.
const GROUP_GAP: i32 = 16;

/// The stage, laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What it was made for.
    pub input: LayoutInput,
    /// The sizes it was made with.
    pub measures: Measures,
    /// How much of a partition is shown.
    pub level: Level,
    /// How wide the content is.
    pub content_width: i32,
    /// How high the content is; the stage scrolls when it has less.
    pub content_height: i32,
    /// The controller's strip.
    pub controller: Rect,
    /// The producers' frame.
    pub producers: Rect,
    /// The broker frames by column; inside a partition the cells of its replicas.
    pub brokers: Vec<Rect>,
    /// The rows over the whole width, by partition.
    pub rows: Vec<Rect>,
    /// The groups' column.
    pub groups: Rect,
    /// Where the rest of an opened partition stands.
    pub inside: Inside,
}

impl Layout {
    /// Lays the stage out.
    pub fn new(input: LayoutInput) -> Layout {
        if input.scale == Scale::Stacked {
            inside::phone(input)
        } else if input.is_open {
            inside::inside(input)
        } else {
            cluster(input)
        }
    }

    /// Whether the replicas of one partition stand one below the other.
    pub fn is_inside(&self) -> bool {
        self.level == Level::Inside
    }

    /// Whether it is the arrangement of narrow screens.
    pub fn is_phone(&self) -> bool {
        self.input.scale == Scale::Stacked
    }

    /// The value of `data-level`, for the styles of all parts.
    pub fn name(&self) -> &'static str {
        match self.level {
            Level::Inside if self.is_phone() => "phone",
            Level::Inside => "inside",
            Level::Cells => "cells",
            Level::Bars => "bars",
            Level::Table => "table",
        }
    }

    /// The rows that are drawn: of a table those that are seen, and some above and below.
    pub fn visible_rows(&self) -> Range<usize> {
        let first = self.rows.first().filter(|_| self.level == Level::Table);
        let Some(first) = first else {
            return 0..self.rows.len();
        };
        let (step, height) = (SCROLL_STEP as i32, self.input.height as i32);
        let top = self.input.scrolled as i32 * step - first.y;
        let at = |y: i32| ((y / first.height).max(0) as usize).min(self.rows.len());
        at(top - step)..at(top + height + 2 * step)
    }

    /// The y of what moves between the controller's strip and the frames.
    pub fn gap_y(&self) -> i32 {
        (self.controller.bottom() + self.producers.y) / 2
    }

    /// The y of a heading beside the controller's strip: with the words in it, it stands in one line.
    pub fn heading_y(&self) -> i32 {
        self.controller.y + (self.controller.height - self.measures.text - 10) / 2
    }

    /// The y of a partition's lane.
    pub fn lane_y(&self, row: usize) -> Option<i32> {
        Some(self.rows.get(row)?.y + self.measures.lane_offset)
    }

    /// Where a replica is drawn: its frame's left edge and its row's top, and its width.
    pub fn replica(&self, row: usize, column: usize) -> Option<Rect> {
        let frame = *self.brokers.get(column)?;
        match self.level {
            Level::Inside => {
                let is_it = row == self.input.opened_row as usize && frame.height > 0;
                is_it.then_some(frame)
            }
            Level::Table => None,
            Level::Cells | Level::Bars => {
                let row = self.rows.get(row)?;
                Some(Rect {
                    y: row.y,
                    height: row.height,
                    ..frame
                })
            }
        }
    }
}

/// The columns of the cluster.
struct Columns {
    left: i32,
    count: i32,
    width: i32,
}

impl Columns {
    fn new(input: LayoutInput, measures: &Measures) -> Columns {
        let count = (input.broker_count as i32).max(1);
        let left = measures.margin + measures.producer_width + measures.row_header_width;
        let right = measures.margin + measures.group_width + group_gap(input);
        let space = input.width as i32 - left - right - (count - 1) * measures.gap;
        Columns {
            left,
            count,
            width: space / count,
        }
    }
}

fn group_gap(input: LayoutInput) -> i32 {
    i32::from(input.group_count > 0) * GROUP_GAP
}

/// How much of a partition has room, and the sizes for that.
fn level(input: LayoutInput, room: i32) -> (Level, Measures) {
    let mut measures = Measures::of(input.scale);
    if Columns::new(input, &measures).width < BROKER_WIDTH_MIN {
        measures.crowd();
    }
    measures.group_width *= i32::from(input.group_count > 0);
    let width = Columns::new(input, &measures).width;
    let row = room / (input.partition_count as i32).max(1);
    let has_room = row >= measures.row_height_min() && width >= BROKER_WIDTH_MIN;
    if input.partition_count > BARS_MAX {
        measures.row_height = LINE_HEIGHT;
        measures.lane_offset = LINE_HEIGHT / 2;
        return (Level::Table, measures);
    }
    if input.partition_count <= CELLS_MAX && has_room {
        measures.fit(row);
        if width < BROKER_WIDTH_ROOMY {
            measures.tighten();
        } else if input.partition_count == 1 {
            // Nothing else is on the stage.
            measures.cell_pitch += measures.cell_pitch / 3;
        }
        return (Level::Cells, measures);
    }
    measures.row_height = row.clamp(BARS_HEIGHT.0, BARS_HEIGHT.1);
    measures.lane_offset = measures.row_height / 2;
    measures.row_header_width += BESIDE;
    (Level::Bars, measures)
}

fn cluster(input: LayoutInput) -> Layout {
    let sizes = Measures::of(input.scale);
    let frames_top = sizes.top + sizes.controller_height + CORRIDOR;
    let rows_top = frames_top + sizes.broker_header_height;
    let room = input.height as i32 - rows_top - FRAME_FOOT - sizes.top + LESS_BELOW;
    let (level, measures) = level(input, room);
    let columns = Columns::new(input, &measures);
    let broker_width = columns.width.max(COLUMN_WIDTH_MIN);
    let row_count = input.partition_count as i32;
    let is_table = level == Level::Table;
    let head = if is_table { LINE_HEIGHT } else { 0 };
    let rows_height = (head + row_count * measures.row_height).max(room);
    let header = measures.broker_header_height;
    let frame_height = header + rows_height + FRAME_FOOT;
    let broker_height = if is_table { header } else { frame_height };
    let column = |index: i32| Rect {
        x: columns.left + index * (broker_width + measures.gap),
        y: frames_top,
        width: broker_width,
        height: broker_height,
    };
    let brokers_right = column(columns.count - 1).right();
    let groups = Rect {
        x: brokers_right + group_gap(input),
        y: measures.top,
        width: measures.group_width,
        height: frames_top + frame_height - measures.top,
    };
    let row = |index: i32| Rect {
        x: 0,
        y: rows_top + head + index * measures.row_height,
        width: groups.right(),
        height: measures.row_height,
    };
    Layout {
        input,
        level,
        content_width: groups.right() + measures.margin,
        content_height: frames_top + frame_height + measures.top - LESS_BELOW,
        controller: Rect {
            x: columns.left,
            y: measures.top,
            width: brokers_right - columns.left,
            height: measures.controller_height,
        },
        producers: Rect {
            x: measures.margin,
            y: frames_top,
            width: measures.producer_width,
            height: frame_height,
        },
        brokers: (0..columns.count).map(column).collect(),
        rows: (0..row_count).map(row).collect(),
        groups,
        measures,
        inside: Inside::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_sight() -> LayoutInput {
        LayoutInput {
            width: 1280,
            height: 484,
            broker_count: 3,
            partition_count: 3,
            group_count: 1,
            ..LayoutInput::default()
        }
    }

    #[test]
    fn three_brokers_and_three_partitions_fit_a_small_projector() {
        let layout = Layout::new(first_sight());
        assert!(layout.content_height <= 484, "{}", layout.content_height);
        assert!(layout.content_width <= 1280);
        assert!(!layout.measures.is_tight);
    }

    #[test]
    fn the_frames_take_the_whole_height_of_a_tall_stage() {
        for (height, scale) in [
            (484, Scale::Regular),
            (768, Scale::Regular),
            (790, Scale::Wide),
        ] {
            let layout = Layout::new(LayoutInput {
                height,
                scale,
                ..first_sight()
            });
            let empty = height as i32 - layout.content_height;
            assert!(
                (0..3).contains(&empty),
                "{empty} pixels of {height} are empty"
            );
        }
    }

    #[test]
    fn nothing_overlaps_from_left_to_right() {
        for (width, scale) in [
            (860, Scale::Narrow),
            (920, Scale::Narrow),
            (1280, Scale::Regular),
            (1460, Scale::Wide),
            (1920, Scale::Wide),
        ] {
            let layout = Layout::new(LayoutInput {
                width,
                scale,
                ..first_sight()
            });
            let mut last = layout.producers.right();
            for frame in &layout.brokers {
                assert!(frame.x > last, "a frame overlaps at width {width}");
                last = frame.right();
            }
            assert!(layout.groups.x > last);
            assert!(
                layout.content_width <= width as i32,
                "{width} is not enough"
            );
        }
    }

    #[test]
    fn each_of_two_pictures_shows_the_replicas_of_a_partition_whole() {
        let layout = Layout::new(LayoutInput {
            width: 640,
            height: 443,
            scale: Scale::Half,
            is_open: true,
            stack: Stack {
                leader: Some(0),
                replicas: 0b111,
                above: 0b111,
            },
            ..first_sight()
        });
        assert_eq!(layout.name(), "inside");
        assert!(layout.content_width <= 640 && layout.content_height <= 443);
        let log = layout.replica(layout.input.opened_row as usize, 0);
        let log = log.map_or(0, |log| log.width);
        assert!(log >= 9 * layout.measures.cell_pitch, "{log}");
        assert_eq!(layout.inside.room, None);
    }

    #[test]
    fn of_a_long_table_only_what_is_seen_is_drawn() {
        let table = |count, scrolled| {
            Layout::new(LayoutInput {
                partition_count: count,
                scrolled,
                ..first_sight()
            })
        };
        assert_eq!(table(30, 0).visible_rows(), 0..27);
        let drawn = table(5000, 100).visible_rows();
        assert_eq!(drawn.len(), table(100_000, 100).visible_rows().len());
        let seen = 24_000..24_484;
        let rows = table(5000, 100).rows;
        assert!(rows[drawn.start].bottom() < seen.start && rows[drawn.end].y > seen.end);
        assert_eq!(table(100, 1000).visible_rows(), 100..100);
    }

    #[test]
    fn on_a_telephone_many_partitions_leave_room_for_the_open_one() {
        let phone = |opened_row| {
            Layout::new(LayoutInput {
                width: 390,
                height: 533,
                scale: Scale::Stacked,
                partition_count: 100,
                opened_row,
                ..first_sight()
            })
        };
        for opened_row in [0, 1, 50, 98, 99] {
            let layout = phone(opened_row);
            let shown = layout.rows.iter().filter(|row| row.height > 0);
            assert_eq!(shown.count(), 5, "{opened_row}");
            assert!(layout.rows[opened_row as usize].height > 0, "{opened_row}");
            assert_eq!(layout.content_height, phone(0).content_height);
        }
    }

    #[test]
    fn on_a_telephone_the_replicas_of_one_partition_stand_below_each_other() {
        let layout = Layout::new(LayoutInput {
            width: 390,
            height: 533,
            scale: Scale::Stacked,
            opened_row: 1,
            stack: Stack {
                leader: Some(2),
                replicas: 0b111,
                above: 0b111,
            },
            ..first_sight()
        });
        assert!(layout.content_width <= 390);
        assert!(layout.content_height <= 480, "{}", layout.content_height);
        assert_eq!(layout.replica(0, 2), None);
        let tops = [2, 0, 1].map(|column| layout.replica(1, column).map(|it| it.y));
        assert!(tops.is_sorted() && tops[0] > layout.rows.last().map(|it| it.y));
        // Each bar, and each follower's cells below a line of words, leave a finger 44 px.
        assert!(layout.rows[1].y - layout.rows[0].y >= 44);
        let follower = layout.replica(1, 0).expect("it has one").height;
        let pitch = tops[2].zip(tops[1]).map(|(last, first)| last - first);
        assert!(follower < 44 && pitch >= Some(44 + 20), "{pitch:?}");
    }
}
