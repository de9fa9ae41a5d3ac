//! Where everything of the cluster arrangement stands: columns are brokers, rows are partitions,
//! a lane each. Pure: sizes in, rectangles out, in CSS pixels of the stage.
//!
//! ```text
//!  producers      controller ------------------------
//!  ┌────────┐     ┌ broker 1 ┐ ┌ broker 2 ┐ …          group
//!  │ queue  │  p0 ┬─────────────────────────┬  lane   ┌ member ┐
//!  │        │     │  cells   │ │          │           │        │
//! ```

use serde::Serialize;

/// What the layout depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LayoutInput {
    /// The stage's width.
    pub width: u32,
    /// The stage's height.
    pub height: u32,
    /// How many brokers there are.
    pub broker_count: u32,
    /// How many partitions are shown.
    pub partition_count: u32,
    /// The size of type and cells.
    pub scale: Scale,
}

/// The size of type and cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// A stage beside an open panel on a small screen.
    Narrow,
    /// 1280 × 720.
    Regular,
    /// 1600 and wider.
    Wide,
}

/// A rectangle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rect {
    /// Its left edge.
    pub x: i32,
    /// Its upper edge.
    pub y: i32,
    /// Its width.
    pub width: i32,
    /// Its height.
    pub height: i32,
}

impl Rect {
    /// The x after its right edge.
    pub fn right(self) -> i32 {
        self.x + self.width
    }

    /// The y after its lower edge.
    pub fn bottom(self) -> i32 {
        self.y + self.height
    }
}

/// The measures of one scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Measures {
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
    /// A partition's row, where there is space.
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
    /// From a row's top to the leader's cells.
    pub cell_offset: i32,
    /// The block `0…41`.
    pub fold_width: i32,
}

const REGULAR: Measures = Measures {
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
    cell_offset: 56,
    fold_width: 36,
};

const NARROW: Measures = Measures {
    margin: 12,
    producer_width: 90,
    row_header_width: 82,
    group_width: 90,
    gap: 10,
    cell_pitch: 24,
    leader_cell_height: 30,
    ..REGULAR
};

const WIDE: Measures = Measures {
    margin: 28,
    producer_width: 160,
    row_header_width: 106,
    group_width: 226,
    gap: 14,
    top: 22,
    controller_height: 38,
    broker_header_height: 44,
    row_height: 197,
    cell_pitch: 36,
    leader_cell_height: 44,
    follower_cell_height: 34,
    lane_offset: 24,
    label_offset: 44,
    cell_offset: 84,
    fold_width: 44,
};

/// Rows are not made lower than this.
const ROW_HEIGHT_MIN: i32 = 100;
/// Between the controller's strip and the frames.
const CONTROLLER_GAP: i32 = 12;
/// Below the last row.
const FRAME_FOOT: i32 = 6;
/// Between the brokers and the groups.
const GROUP_GAP: i32 = 16;
/// From a frame's edge to its cells.
const CELL_INSET: i32 = 10;
/// What a closing bracket with `LEO 12` takes at most.
const LOG_END_WIDTH: i32 = 64;

/// The stage, laid out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Layout {
    /// The sizes it was made with.
    pub measures: Measures,
    /// How high the content is; the stage scrolls when it has less.
    pub content_height: i32,
    /// The controller's strip.
    pub controller: Rect,
    /// The producers' frame.
    pub producers: Rect,
    /// The broker frames, by column.
    pub brokers: Vec<Rect>,
    /// The rows over the whole width, by partition.
    pub rows: Vec<Rect>,
    /// The groups' column.
    pub groups: Rect,
    /// How many cells fit into a replica without a fold.
    pub cell_count_max: usize,
}

impl Layout {
    /// Lays the stage out.
    pub fn new(input: LayoutInput) -> Layout {
        let mut measures = match input.scale {
            Scale::Narrow => NARROW,
            Scale::Regular => REGULAR,
            Scale::Wide => WIDE,
        };
        let (width, height) = (input.width as i32, input.height as i32);
        let frames_top = measures.top + measures.controller_height + CONTROLLER_GAP;
        let rows_top = frames_top + measures.broker_header_height;
        let row_count = input.partition_count as i32;
        if row_count > 0 {
            let available = (height - rows_top - FRAME_FOOT - measures.top) / row_count;
            measures.row_height = available.clamp(ROW_HEIGHT_MIN, measures.row_height);
        }
        let frame_height =
            measures.broker_header_height + row_count * measures.row_height + FRAME_FOOT;
        let left = measures.margin + measures.producer_width + measures.row_header_width;
        let groups_left = width - measures.margin - measures.group_width;
        let columns = (input.broker_count as i32).max(1);
        let space = groups_left - GROUP_GAP - left - (columns - 1) * measures.gap;
        let broker_width = (space / columns).max(0);
        let brokers: Vec<Rect> = (0..columns)
            .map(|column| Rect {
                x: left + column * (broker_width + measures.gap),
                y: frames_top,
                width: broker_width,
                height: frame_height,
            })
            .collect();
        let rows = (0..row_count)
            .map(|row| Rect {
                x: 0,
                y: rows_top + row * measures.row_height,
                width,
                height: measures.row_height,
            })
            .collect();
        let cells_width = broker_width - CELL_INSET - LOG_END_WIDTH;
        Layout {
            content_height: frames_top + frame_height + measures.top,
            controller: Rect {
                x: left,
                y: measures.top,
                width: columns * broker_width + (columns - 1) * measures.gap,
                height: measures.controller_height,
            },
            producers: Rect {
                x: measures.margin,
                y: frames_top,
                width: measures.producer_width,
                height: frame_height,
            },
            brokers,
            rows,
            groups: Rect {
                x: groups_left,
                y: measures.top,
                width: measures.group_width,
                height: frames_top + frame_height - measures.top,
            },
            cell_count_max: (cells_width / measures.cell_pitch).max(1) as usize,
            measures,
        }
    }

    /// The y of a partition's lane.
    pub fn lane_y(&self, row: usize) -> Option<i32> {
        Some(self.rows.get(row)?.y + self.measures.lane_offset)
    }

    /// The x of the left edge of the cell number `index` in a column, after a fold if there is one.
    pub fn cell_x(&self, column: usize, index: usize, fold: Fold) -> Option<i32> {
        let frame = self.brokers.get(column)?;
        let fold = match fold {
            Fold::None => 0,
            Fold::Shown => self.measures.fold_width + 3,
        };
        Some(frame.x + CELL_INSET + fold + index as i32 * self.measures.cell_pitch)
    }

    /// How many cells fit beside a fold.
    pub fn cell_count_with_fold(&self) -> usize {
        let lost = (self.measures.fold_width + 3 + self.measures.cell_pitch - 1)
            / self.measures.cell_pitch;
        self.cell_count_max.saturating_sub(lost as usize).max(1)
    }
}

/// Whether a replica's oldest records are folded into one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// All records are shown.
    None,
    /// A block stands in for the oldest.
    Shown,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_sight() -> LayoutInput {
        LayoutInput {
            width: 1280,
            height: 483,
            broker_count: 3,
            partition_count: 3,
            scale: Scale::Regular,
        }
    }

    #[test]
    fn three_brokers_and_three_partitions_fit_a_small_projector() {
        let layout = Layout::new(first_sight());
        assert!(layout.content_height <= 500);
        assert!(layout.measures.row_height >= ROW_HEIGHT_MIN);
        assert!(layout.cell_count_max >= 6);
    }

    #[test]
    fn nothing_overlaps_from_left_to_right() {
        for width in [920, 1280, 1460, 1920] {
            let layout = Layout::new(LayoutInput {
                width,
                ..first_sight()
            });
            let mut last = layout.producers.right();
            for frame in &layout.brokers {
                assert!(frame.x > last, "a frame overlaps at width {width}");
                last = frame.right();
            }
            assert!(layout.groups.x > last);
            assert!(layout.groups.right() <= width as i32);
        }
    }

    #[test]
    fn a_fold_takes_the_place_of_cells() {
        let layout = Layout::new(first_sight());
        assert!(layout.cell_count_with_fold() < layout.cell_count_max);
        let last = layout.cell_count_with_fold() - 1;
        let x = layout.cell_x(0, last, Fold::Shown).unwrap_or_default();
        assert!(x + layout.measures.cell_pitch <= layout.brokers[0].right());
    }
}
