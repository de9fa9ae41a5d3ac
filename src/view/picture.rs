//! A scene on its stage: every part with its place, its words and its name, ready to be painted
//! without thinking.

mod groups;
mod numbers;
mod overview;
mod replica;
mod rows;
mod sides;

use crate::view::answer::Spot;
use crate::view::layout::Layout;
use crate::view::part::{Area, Kind, Part, PartKey, Parts, Rect};
use crate::view::scene::Scene;

/// All parts of the stage, in the order of reading. `spots` are the places of the causes that the
/// panel lists.
pub fn picture(scene: &Scene, layout: &Layout, spots: &[Spot]) -> Vec<Part> {
    let mut easel = Easel {
        scene,
        layout,
        parts: Parts::default(),
    };
    if layout.is_stacked() {
        easel.overview();
    } else {
        easel.controller();
        easel.producers();
        easel.brokers();
        easel.rows();
    }
    easel.replicas();
    easel.groups();
    easel.numbers(spots);
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
}

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
