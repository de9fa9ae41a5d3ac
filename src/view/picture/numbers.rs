//! The numbers of the causes that the panel lists, at the places where they happened.

use super::{Easel, key};
use crate::view::answer::{Spot, SpotNode};
use crate::view::part::{Area, Kind, PartKey, Rect, strong_width};

/// The height of a number, and its least width.
const SIZE: i32 = 24;
/// The air at both sides of several numbers.
const PAD: i32 = 8;
/// From a frame's right edge to a number at its tick.
const TICK: i32 = 44;
/// From a frame's edge to the left, to a number between the topic's name and the broker's.
const HEAD_LEFT: i32 = 4;
/// From a frame's edge to a number on its lane.
const LANE_INSET: i32 = 8;

/// The numbers at one place.
struct Group {
    at: (i32, i32),
    numbers: Vec<u32>,
    is_lit: bool,
}

impl Easel<'_> {
    /// All numbers; those at the same place stand together, as `1–3, 9`.
    pub(super) fn numbers(&mut self, spots: &[Spot]) {
        let mut groups: Vec<Group> = Vec::new();
        for spot in spots {
            let Some(at) = self.place_of(spot) else {
                continue;
            };
            match groups.iter_mut().find(|group| group.at == at) {
                Some(group) => {
                    group.numbers.push(spot.number);
                    group.is_lit |= spot.is_lit;
                }
                None => groups.push(Group {
                    at,
                    numbers: vec![spot.number],
                    is_lit: spot.is_lit,
                }),
            }
        }
        let mut taken: Vec<Rect> = Vec::new();
        for group in groups {
            let words = ranges(&group.numbers);
            let width = (strong_width(&words, self.layout.measures.text) + PAD).max(SIZE);
            // What stands at the right of a number is told; at its left there is only a gap.
            let is_client = group.at.0 < self.layout.controller.x - SIZE;
            let x = if is_client {
                // Its producer tells at the left what waits.
                group.at.0 - SIZE / 2
            } else {
                (group.at.0 + SIZE / 2 - width).max(2)
            };
            let rect = Rect {
                x,
                y: group.at.1 - SIZE / 2,
                width,
                height: SIZE,
            };
            let rect = rect.aside(&taken);
            taken.push(rect);
            let key = PartKey {
                index: u64::from(group.numbers[0]),
                ..key(Area::Causes, Kind::Cause)
            };
            let part = self.say(key, rect, words);
            part.name = format!("cause {}", part.words);
            part.state = if group.is_lit { "lit" } else { "" };
        }
    }

    /// The middle of the number's place.
    fn place_of(&self, spot: &Spot) -> Option<(i32, i32)> {
        let (scene, layout) = (self.scene, self.layout);
        let row = spot.partition.map(|id| {
            let mut partitions = scene.partitions.iter();
            partitions.position(|partition| partition.id == id)
        });
        let lane = row.flatten().and_then(|row| layout.lane_y(row));
        match spot.node {
            SpotNode::Controller | SpotNode::Client | SpotNode::Tick(_) if layout.is_inside() => {
                None
            }
            SpotNode::Tick(id) => {
                let column = scene.brokers.iter().position(|broker| broker.id == id)?;
                let frame = *layout.brokers.get(column)?;
                Some((frame.right() - TICK, layout.controller.bottom() + PAD))
            }
            SpotNode::Controller => {
                let strip = layout.controller;
                Some((strip.x, strip.y + strip.height / 2))
            }
            SpotNode::Client => {
                let frame = layout.producers;
                let beside = frame.right() + SIZE / 2;
                Some(match lane {
                    Some(lane) => (beside + 1, lane),
                    None => (beside - SIZE, frame.y - SIZE / 4),
                })
            }
            SpotNode::Broker(id) => {
                let column = scene.brokers.iter().position(|broker| broker.id == id)?;
                let frame = *layout.brokers.get(column)?;
                if layout.is_inside() {
                    let replica = layout.replica(row.flatten()?, column)?;
                    // On a telephone there is no room before a log, but beside its offsets.
                    return Some(if layout.is_phone() {
                        let x = layout.inside.log_right - SIZE / 2;
                        (x, replica.bottom() + SIZE / 2)
                    } else {
                        (layout.inside.bracket_x, replica.y + replica.height / 2)
                    });
                }
                let head = layout.measures.broker_header_height / 2;
                Some(match lane {
                    Some(lane) => (frame.x + LANE_INSET, lane),
                    None => (frame.x - HEAD_LEFT, frame.y + head),
                })
            }
        }
    }
}

/// Numbers in ascending order, neighbours as a range: `1–3, 9`.
pub(super) fn ranges(numbers: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => runs.push((*number, *number)),
        }
    }
    let words: Vec<String> = runs
        .into_iter()
        .map(|(first, last)| match last - first {
            0 => first.to_string(),
            1 => format!("{first}, {last}"),
            _ => format!("{first}–{last}"),
        })
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn neighbours_are_told_as_a_range() {
        assert_eq!(ranges(&[4]), "4");
        assert_eq!(ranges(&[1, 2, 3, 9, 10]), "1–3, 9, 10");
    }
}
