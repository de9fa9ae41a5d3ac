//! The top of the stacked arrangement: every partition as a bar, of which one is open below.

use super::{Easel, key};
use crate::view::format::{count, number_word};
use crate::view::part::{Act, Area, Kind, PartKey, Rect};
use crate::view::scene::{PartitionRow, ReplicaRole};

/// From a row's edge to its bar.
const BAR_LEFT: i32 = 56;
/// From the bar's end to the row's edge: `ISR 3/3`.
const BAR_RIGHT: i32 = 92;
/// The height of a bar.
const BAR_HEIGHT: i32 = 16;
/// A bar is as long as this many records at least.
const OFFSETS_MIN: u64 = 8;

impl Easel<'_> {
    /// The heading, the bars, and the water behind the open partition.
    pub(super) fn overview(&mut self) {
        let (scene, layout) = (self.scene, self.layout);
        let heading = Rect {
            height: 28,
            ..layout.producers
        };
        let members: usize = scene.groups.iter().map(|group| group.members.len()).sum();
        let part = self.say(key(Area::Top, Kind::Heading), heading, scene.topic.clone());
        part.note = format!(
            "{}, {}",
            in_words(scene.producers.len(), "producer"),
            in_words(members, "consumer")
        );
        let logs = scene.partitions.iter().map(log_end);
        let longest = logs.max().unwrap_or_default().max(OFFSETS_MIN);
        for (row, partition) in scene.partitions.iter().enumerate() {
            if let Some(place) = layout.rows.get(row) {
                self.log_bar(row, *place, partition, longest);
            }
        }
    }

    fn log_bar(&mut self, row: usize, place: Rect, partition: &PartitionRow, longest: u64) {
        let is_open = row == self.layout.input.opened_row as usize;
        let key = PartKey {
            row: row as u32 + 1,
            ..key(Area::Top, Kind::Choice)
        };
        let choice = self.say(key, place, partition.name.clone());
        choice.note = partition.isr_words();
        choice.name = super::rows::isr_name(partition);
        choice.state = if is_open { "open" } else { "" };
        choice.is_stop = true;
        choice.act = Some(Act::Open(row as u32));
        let room = place.width - BAR_LEFT - BAR_RIGHT;
        let x_of = |offset: u64| (offset.min(longest) * room as u64 / longest) as i32;
        let end = log_end(partition);
        let committed = partition.high_watermark.unwrap_or_default();
        let bar = |from: i32, to: i32| Rect {
            x: place.x + BAR_LEFT + from,
            y: place.y + (place.height - BAR_HEIGHT) / 2,
            width: to - from,
            height: BAR_HEIGHT,
        };
        let high_watermark = x_of(committed);
        let pieces = [
            (bar(0, high_watermark), "water"),
            (bar(high_watermark, x_of(end).max(high_watermark)), "open"),
            (bar(high_watermark - 2, high_watermark + 1), "edge"),
        ];
        for (index, (rect, state)) in pieces.into_iter().enumerate() {
            let piece = PartKey {
                kind: Kind::LogBar,
                index: index as u64,
                ..key
            };
            self.put(piece, rect).state = state;
        }
    }
}

fn log_end(partition: &PartitionRow) -> u64 {
    let mut replicas = partition.replicas.iter();
    let leader = replicas.find(|replica| replica.role == ReplicaRole::Leader);
    leader.map_or(partition.high_watermark.unwrap_or_default(), |it| {
        it.log_end_offset
    })
}

fn in_words(number: usize, noun: &str) -> String {
    let counted = count(number as u64, noun);
    let noun = counted.split(' ').next_back().unwrap_or_default();
    format!("{} {noun}", number_word(number))
}
