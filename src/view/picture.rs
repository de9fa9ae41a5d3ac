//! A scene on its stage: every part with its place, its words and its name, ready to be painted
//! without thinking.

mod bars;
mod clients;
mod cut;
mod ground;
mod groups;
mod heads;
mod inside;
mod numbers;
mod overview;
mod replica;
mod room;
mod rows;
mod sides;
mod stands;

pub(in crate::view) use groups::card_of;
pub use numbers::keep_off_messages;

use crate::view::answer::Spot;
use crate::view::focus::Focus;
use crate::view::layout::Layout;
use crate::view::part::{Act, Area, Kind, Part, PartKey, Parts, Rect};
use crate::view::scene::Scene;

/// All parts of the stage, in the order of reading. `spots` are the places of the causes that the
/// panel lists; what does not concern `focus` stands back.
pub fn picture(scene: &Scene, layout: &Layout, spots: &[Spot], focus: &Focus) -> Vec<Part> {
    let mut easel = Easel {
        scene,
        layout,
        spots,
        focus,
        parts: Parts::default(),
    };
    if layout.is_phone() {
        easel.overview();
        easel.groups();
    } else if layout.is_inside() {
        easel.inside();
    } else {
        easel.controller();
        easel.producers();
        easel.brokers();
        easel.rows();
        easel.groups();
    }
    easel.replicas();
    easel.dim();
    if !spots.is_empty() {
        easel.numbers();
    }
    easel.parts.sorted()
}

/// How high a picture is, with `margin` below its lowest part.
pub fn height(parts: &[Part], margin: i32) -> i32 {
    let bottoms = parts.iter().filter_map(|part| part.rect.map(Rect::bottom));
    bottoms.max().unwrap_or_default() + margin
}

/// What a picture is made of while it is made.
struct Easel<'a> {
    scene: &'a Scene,
    layout: &'a Layout,
    spots: &'a [Spot],
    focus: &'a Focus,
    parts: Parts,
}

impl Easel<'_> {
    /// A part that only shows something.
    fn put(&mut self, key: PartKey, rect: Rect) -> &mut Part {
        self.parts.put(key, rect)
    }

    /// A part with words.
    fn say(&mut self, key: PartKey, rect: Rect, words: impl Into<String>) -> &mut Part {
        let part = self.parts.put(key, rect);
        part.words = words.into();
        part
    }

    /// Lets stand back what does not concern the focus.
    fn dim(&mut self) {
        if self.layout.is_inside() {
            return;
        }
        let (scene, focus) = (self.scene, self.focus);
        let is_dim = |row: u32| {
            let partition = scene.partitions.get(row as usize);
            partition.is_some_and(|partition| focus.dims_partition(partition.id))
        };
        self.parts.dim(|key| match (key.area, key.kind) {
            (Area::Rows, kind) if key.row > 0 => {
                let column = scene.brokers.get(key.column.wrapping_sub(1) as usize);
                let broker = match kind {
                    Kind::Foot => Some(key.index as u32 / 2),
                    // The rail runs through all brokers, also those that stand back.
                    Kind::Rail => Some(0),
                    _ => column.map(|broker| broker.id),
                };
                is_dim(key.row - 1) || broker.is_some_and(|id| focus.dims_broker(id))
            }
            (Area::Producers, Kind::Queue | Kind::Token | Kind::Fact) => is_dim(key.row),
            (Area::Brokers, Kind::FrameHead) => focus.dims_broker(key.column),
            (Area::Groups, Kind::Owned) => is_dim(key.index as u32 - 1),
            (Area::Groups, Kind::Fact) if key.index >= FACTS => {
                is_dim((key.index / FACTS) as u32 - 1)
            }
            _ => false,
        });
    }
}

/// Facts on a card have their row's number from 1, times this.
const FACTS: u64 = 8;

/// A key of a part that is one of its kind in its area.
fn key(area: Area, kind: Kind) -> PartKey {
    PartKey {
        area,
        kind,
        ..PartKey::default()
    }
}

#[cfg(test)]
mod tests;
