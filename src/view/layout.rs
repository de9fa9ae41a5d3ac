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
//! Where there is no room for columns, the partitions are bars, and the replicas of one of them
//! are *stacked* below, its leader first.

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
    /// The size of type and cells.
    pub scale: Scale,
    /// The partition that is shown where there is room for one only, by row.
    pub opened_row: u32,
    /// The column of its leader, which comes first.
    pub leader_column: Option<u32>,
}

/// Rows are not made lower than this.
const ROW_HEIGHT_MIN: i32 = 112;
/// Frames are not made narrower than this; then the stage scrolls.
const BROKER_WIDTH_MIN: i32 = 150;
/// Narrower frames show smaller cells, and numbers without their names.
const BROKER_WIDTH_ROOMY: i32 = 230;
/// Between the controller's strip and the frames.
const CONTROLLER_GAP: i32 = 12;
/// Below the last row.
const FRAME_FOOT: i32 = 6;
/// Between the brokers and the groups.
const GROUP_GAP: i32 = 16;
/// Above the bars of the stacked arrangement.
const BARS_TOP: i32 = 44;
/// From the bars to the replicas.
const STACK_GAP: i32 = 24;
/// Below a leader's cells: offsets and the groups' marks.
const LEADER_FOOT: i32 = 50;
/// Below a follower's cells.
const FOLLOWER_FOOT: i32 = 10;

/// The stage, laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// What it was made for.
    pub input: LayoutInput,
    /// The sizes it was made with.
    pub measures: Measures,
    /// How wide the content is.
    pub content_width: i32,
    /// How high the content is; the stage scrolls when it has less.
    pub content_height: i32,
    /// The controller's strip.
    pub controller: Rect,
    /// The producers' frame.
    pub producers: Rect,
    /// The broker frames by column; in the stacked arrangement the replicas of the opened row.
    pub brokers: Vec<Rect>,
    /// The rows over the whole width, by partition.
    pub rows: Vec<Rect>,
    /// The groups' column.
    pub groups: Rect,
}

impl Layout {
    /// Lays the stage out.
    pub fn new(input: LayoutInput) -> Layout {
        if input.scale == Scale::Stacked {
            stacked(input)
        } else {
            cluster(input)
        }
    }

    /// Whether the replicas of one partition stand one below the other.
    pub fn is_stacked(&self) -> bool {
        self.input.scale == Scale::Stacked
    }

    /// The y of a partition's lane.
    pub fn lane_y(&self, row: usize) -> Option<i32> {
        Some(self.rows.get(row)?.y + self.measures.lane_offset)
    }

    /// Where a replica is drawn: its frame's left edge and its row's top, and its width.
    pub fn replica(&self, row: usize, column: usize) -> Option<Rect> {
        let frame = *self.brokers.get(column)?;
        if self.is_stacked() {
            return (row == self.input.opened_row as usize).then_some(frame);
        }
        let row = self.rows.get(row)?;
        Some(Rect {
            y: row.y,
            height: row.height,
            ..frame
        })
    }
}

fn cluster(input: LayoutInput) -> Layout {
    let mut measures = Measures::of(input.scale);
    let (width, height) = (input.width as i32, input.height as i32);
    let frames_top = measures.top + measures.controller_height + CONTROLLER_GAP;
    let rows_top = frames_top + measures.broker_header_height;
    let row_count = input.partition_count as i32;
    let available = height - rows_top - FRAME_FOOT - measures.top;
    measures.grow((available / row_count.max(1)).max(ROW_HEIGHT_MIN));

    let columns = (input.broker_count as i32).max(1);
    let left = measures.margin + measures.producer_width + measures.row_header_width;
    let right = measures.margin + measures.group_width + GROUP_GAP;
    let space = width - left - right - (columns - 1) * measures.gap;
    let broker_width = (space / columns).max(BROKER_WIDTH_MIN);
    if broker_width < BROKER_WIDTH_ROOMY {
        measures.tighten();
    }
    let rows_height = row_count * measures.row_height;
    let frame_height = measures.broker_header_height + rows_height + FRAME_FOOT;
    let column = |index: i32| Rect {
        x: left + index * (broker_width + measures.gap),
        y: frames_top,
        width: broker_width,
        height: frame_height,
    };
    let brokers_right = column(columns - 1).right();
    let groups = Rect {
        x: brokers_right + GROUP_GAP,
        y: measures.top,
        width: measures.group_width,
        height: frames_top + frame_height - measures.top,
    };
    let row = |index: i32| Rect {
        x: 0,
        y: rows_top + index * measures.row_height,
        width: groups.right(),
        height: measures.row_height,
    };
    Layout {
        input,
        content_width: groups.right() + measures.margin,
        content_height: frames_top + frame_height + measures.top,
        controller: Rect {
            x: left,
            y: measures.top,
            width: brokers_right - left,
            height: measures.controller_height,
        },
        producers: Rect {
            x: measures.margin,
            width: measures.producer_width,
            ..column(0)
        },
        brokers: (0..columns).map(column).collect(),
        rows: (0..row_count).map(row).collect(),
        groups,
        measures,
    }
}

fn stacked(input: LayoutInput) -> Layout {
    let measures = Measures::of(input.scale);
    let width = input.width as i32 - 2 * measures.margin;
    let line = |y: i32, height: i32| Rect {
        x: measures.margin,
        y,
        width,
        height,
    };
    let rows: Vec<Rect> = (0..input.partition_count as i32)
        .map(|row| {
            line(
                BARS_TOP + row * measures.row_height,
                measures.row_height - 2,
            )
        })
        .collect();
    let mut y = rows.last().map_or(BARS_TOP, |row| row.bottom()) + STACK_GAP;
    let mut brokers = vec![line(y, 0); input.broker_count as usize];
    let leader = input.leader_column;
    let followers = (0..input.broker_count).filter(|column| Some(*column) != leader);
    for column in leader.into_iter().chain(followers) {
        let height = if Some(column) == leader {
            measures.cell_offset + measures.leader_cell_height + LEADER_FOOT
        } else {
            measures.follower_cell_offset + measures.follower_cell_height + FOLLOWER_FOOT
        };
        if let Some(replica) = brokers.get_mut(column as usize) {
            *replica = line(y, height);
        }
        y += height;
    }
    let groups = line(y + measures.gap, 0);
    Layout {
        input,
        measures,
        content_width: input.width as i32,
        content_height: groups.y,
        controller: line(measures.top, 0),
        producers: line(measures.top, BARS_TOP - measures.top),
        brokers,
        rows,
        groups,
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
    fn on_a_telephone_the_replicas_of_one_partition_stand_below_each_other() {
        let layout = Layout::new(LayoutInput {
            width: 390,
            height: 533,
            scale: Scale::Stacked,
            opened_row: 1,
            leader_column: Some(2),
            ..first_sight()
        });
        assert!(layout.content_width <= 390);
        assert!(layout.content_height <= 480, "{}", layout.content_height);
        assert_eq!(layout.replica(0, 2), None);
        let tops = [2, 0, 1].map(|column| layout.replica(1, column).map(|it| it.y));
        assert!(tops.is_sorted() && tops[0] > layout.rows.last().map(|it| it.y));
    }
}
