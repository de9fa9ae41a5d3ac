//! The numbers of the causes that the panel lists, at the places where they happened.

use super::{Easel, key};
use crate::view::answer::{Spot, SpotNode};
use crate::view::flight::{NOSE, Way, ways};
use crate::view::layout::{Layout, Level};
use crate::view::part::{Area, Kind, Part, PartKey, Rect};
use crate::view::scene::{Flight, Scene};

/// The height of a number, and its least width.
const SIZE: i32 = 24;
/// The same beside the bracket of an opened partition, with the light between them.
const SMALL: i32 = 20;
const BRACKET_AIR: i32 = 3;
/// From a number to the next one below it, and how many hang there at most.
const STEP: i32 = SMALL + 4;
const STACKED_MAX: usize = 3;
/// The width of a figure in hundredths of its size, and the air around several.
const FIGURE: i32 = 61;
const PAD: i32 = 6;
/// From the window's edge to a number, and before the logs of a partition.
const EDGE: i32 = 12;
const INSIDE_EDGE: i32 = 1;
/// From a frame's right edge to a number at its tick.
const TICK: i32 = 44;
/// From a frame's edge to the middle of a number on it: the topic's name ends well before.
const HEAD_IN: i32 = 1;
/// How much of a number on its frame's edge a broker's name has not to give way to.
const HEAD_FREE: i32 = 16;
/// What lies between a producer and a broker beside a partition's name and the numbers before it; and
/// between numbers one above the other.
const NAME_END: i32 = 16;
const PILE_AIR: i32 = 2;
/// From a frame's edge to a number on its lane.
const LANE_INSET: i32 = 8;

/// The numbers at one place.
struct Group {
    at: Spotted,
    numbers: Vec<u32>,
    is_lit: bool,
}

/// The middle of a single number, whether several grow to the right from there, and how far at most.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Spotted {
    x: i32,
    y: i32,
    grows_right: bool,
    room: i32,
}

impl Easel<'_> {
    /// All numbers; those at the same place stand together, as `1–3, 9`.
    #[inline(never)]
    pub(super) fn numbers(&mut self) {
        let mut groups: Vec<Group> = Vec::new();
        for spot in self.spots {
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
        let apart: Vec<Group> = groups.into_iter().flat_map(|it| self.apart(it)).collect();
        for group in apart {
            let words = ranges(&group.numbers);
            let is_before_logs = self.is_before_logs();
            let (size, edge) = if is_before_logs {
                (SMALL, INSIDE_EDGE)
            } else {
                (SIZE, EDGE)
            };
            let width = self.number_width(&words).max(size);
            let Spotted {
                x, y, grows_right, ..
            } = group.at;
            // What stands at the right of a number is told; at its left there is only a gap.
            let x = if grows_right {
                x - size / 2
            } else {
                (x + size / 2 - width).max(edge)
            };
            let rect = Rect {
                x,
                y: y - size / 2,
                width,
                height: size,
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

    /// Before the logs of an opened partition there is no room for several numbers in one line: they
    /// hang below each other at the bracket. Between a producer and a partition's name there is for some:
    /// the first ones stand above the last.
    fn apart(&self, group: Group) -> Vec<Group> {
        if group.at.room < i32::MAX {
            return self.piled(group);
        }
        let count = group.numbers.len();
        if !self.is_before_logs() || !(2..=STACKED_MAX).contains(&count) {
            return vec![group];
        }
        let (at, is_lit) = (group.at, group.is_lit);
        let top = at.y - (count as i32 - 1) * STEP / 2;
        let single = |(index, number): (i32, u32)| Group {
            at: Spotted {
                y: top + index * STEP,
                ..at
            },
            numbers: vec![number],
            is_lit,
        };
        (0..).zip(group.numbers).map(single).collect()
    }

    fn piled(&self, group: Group) -> Vec<Group> {
        let Group {
            at,
            numbers,
            is_lit,
        } = group;
        let mut lines: Vec<Vec<u32>> = vec![Vec::new()];
        for number in &numbers {
            let last = lines.len() - 1;
            lines[last].push(*number);
            let has_room = self.number_width(&ranges(&lines[last])) <= at.room;
            if !has_room && lines[last].len() > 1 {
                lines[last].pop();
                lines.push(vec![*number]);
            }
        }
        if lines.len() > STACKED_MAX {
            lines = vec![numbers];
        }
        let count = lines.len() as i32;
        let line = |(index, numbers): (i32, Vec<u32>)| Group {
            at: Spotted {
                y: at.y - (count - 1 - index) * (SIZE + PILE_AIR),
                ..at
            },
            numbers,
            is_lit,
        };
        (0..).zip(lines).map(line).collect()
    }

    /// Whether numbers stand beside the bracket of an opened partition.
    fn is_before_logs(&self) -> bool {
        self.layout.is_inside() && !self.layout.is_phone()
    }

    /// They are written in figures, which are all equally wide.
    fn number_width(&self, words: &str) -> i32 {
        let figures = words.chars().count() as i32;
        figures * self.layout.measures.text * FIGURE / 100 + PAD
    }

    /// How far the words on a broker's head give way to the numbers on its frame's edge.
    pub(super) fn head_room(&self, broker: u32) -> i32 {
        if self.spots.is_empty() {
            return 0;
        }
        self.numbers_width(broker)
    }

    #[inline(never)]
    fn numbers_width(&self, broker: u32) -> i32 {
        let on_head = self
            .spots
            .iter()
            .filter(|spot| spot.node == SpotNode::Broker(broker) && self.row_of(spot).is_none());
        let numbers: Vec<u32> = on_head.map(|spot| spot.number).collect();
        if numbers.is_empty() {
            return 0;
        }
        self.number_width(&ranges(&numbers)).max(SIZE) - HEAD_FREE
    }

    fn row_of(&self, spot: &Spot) -> Option<usize> {
        let mut partitions = self.scene.partitions.iter();
        partitions.position(|partition| Some(partition.id) == spot.partition)
    }

    /// The place of a number.
    fn place_of(&self, spot: &Spot) -> Option<Spotted> {
        let lane = self.row_of(spot).and_then(|row| self.layout.lane_y(row));
        let (x, y) = self.point_of(spot, lane)?;
        // A producer tells at the left what waits, and before a broker's frame is the partition's name; in
        // it there is but the lane, and on its head its name gives way.
        let grows_right = match spot.node {
            SpotNode::Client => true,
            SpotNode::Broker(_) => !self.layout.is_inside(),
            _ => false,
        };
        let named = self.row_of(spot).filter(|_| {
            spot.node == SpotNode::Client && lane.is_some() && self.layout.level == Level::Cells
        });
        let room = named.map_or(i32::MAX, |row| {
            let sizes = &self.layout.measures;
            let letters = self.scene.partitions[row].name.chars().count() as i32;
            let name = letters * (sizes.text + 4) * FIGURE / 100;
            sizes.row_header_width - NAME_END - name
        });
        Some(Spotted {
            x,
            y,
            grows_right,
            room,
        })
    }

    fn point_of(&self, spot: &Spot, lane: Option<i32>) -> Option<(i32, i32)> {
        let (scene, layout) = (self.scene, self.layout);
        match spot.node {
            SpotNode::Controller | SpotNode::Client | SpotNode::Tick(_) if layout.is_inside() => {
                None
            }
            SpotNode::Tick(id) => {
                let column = scene.brokers.iter().position(|broker| broker.id == id)?;
                let frame = *layout.brokers.get(column)?;
                Some((frame.right() - TICK, layout.gap_y()))
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
                    // What concerns no partition concerns this one, too.
                    let opened = layout.input.opened_row as usize;
                    let row = spot.partition.map_or(Some(opened), |_| self.row_of(spot))?;
                    let replica = layout.replica(row, column)?;
                    // On a telephone there is no room before a log, but at the end of the line that names it.
                    return Some(if layout.is_phone() {
                        (layout.content_width - 2 * EDGE, replica.y - SIZE / 2 - 2)
                    } else {
                        let x = layout.inside.bracket_x - BRACKET_AIR - SMALL / 2;
                        (x, replica.y + replica.height / 2)
                    });
                }
                let head = layout.measures.broker_header_height / 2;
                Some(match lane {
                    Some(lane) => (frame.x + LANE_INSET, lane),
                    None => (frame.x + HEAD_IN, frame.y + head),
                })
            }
        }
    }
}

/// Moves numbers aside that would cover a message that stands still on its lane, as far as their broker's frame
/// reaches. Messages that move pass below them.
#[inline(never)]
pub fn keep_off_messages(parts: &mut [Part], scene: &Scene, layout: &Layout) {
    if layout.is_inside() {
        return;
    }
    let place = |(flight, way): &(&Flight, Way)| {
        let half = way.rough_capsule(flight, layout.measures.text).half + f64::from(NOSE);
        Rect {
            x: (way.capsule_x(half) - half) as i32,
            y: way.middle.y as i32 - SIZE / 2,
            width: (2.0 * half) as i32,
            height: SIZE,
        }
    };
    let messages = Vec::from_iter(ways(scene, layout).iter().map(place));
    for part in parts.iter_mut().filter(|part| part.kind() == Kind::Cause) {
        let Some(mut number) = part.rect else {
            continue;
        };
        let mut frames = layout.brokers.iter();
        let Some(frame) = frames.rfind(|frame| frame.x - SIZE < number.x) else {
            continue;
        };
        while let Some(message) = messages.iter().find(|it| it.meets(number)) {
            number.x = message.right() + PILE_AIR;
        }
        if number.right() <= frame.right() {
            part.rect = Some(number);
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
