//! The waiting room below a picture: the produce requests that wait for other replicas, and those
//! that have just been let go.

use crate::view::layout::Layout;
use crate::view::part::{Area, Kind, Part, PartKey, Parts, Rect, strong_width};
use crate::view::scene::{Scene, WaitingRow};

/// The height of the room, and below it.
const HEIGHT: i32 = 60;
const BELOW: i32 = 10;
/// From the common ground to the room: the way of the high watermark lies between.
const ABOVE: i32 = 28;
/// The height of a line of words.
const LINE: i32 = 20;
/// What waits there.
const KIND: &str = "purgatory, acks=all";
/// A request in it, the air around its words, and what lies between two: a number has room there.
const REQUEST: i32 = 30;
const AIR: i32 = 22;
const GAP: i32 = 38;

/// Where the room stands, if there is room for it.
fn place(layout: &Layout) -> Option<Rect> {
    let (x, y) = (
        layout.inside.bracket_x,
        layout.content_height - HEIGHT - BELOW,
    );
    let has_place = layout.input.scale.is_half() && y >= layout.inside.sheet_bottom + ABOVE;
    has_place.then_some(Rect {
        x,
        y,
        width: layout.content_width - 2 * x,
        height: HEIGHT,
    })
}

/// Whether the room is drawn: otherwise the caption tells of it.
pub fn is_drawn(layout: &Layout) -> bool {
    place(layout).is_some()
}

fn waiting(scene: &Scene, row: u32) -> &[WaitingRow] {
    let partition = scene.partitions.get(row as usize);
    let inside = partition.and_then(|it| it.inside.as_ref());
    inside.map_or(&[], |inside| &inside.waiting)
}

/// Who waits in `scene`; who waited in `before` and doesn't any more is struck.
pub fn room(scene: &Scene, before: Option<&Scene>, layout: &Layout) -> Vec<Part> {
    let (Some(place), row) = (place(layout), layout.input.opened_row) else {
        return Vec::new();
    };
    let key = |index: u64, kind| PartKey {
        area: Area::Rows,
        row: u32::MAX,
        index,
        kind,
        ..PartKey::default()
    };
    let mut parts = Parts::default();
    let head = parts.put(key(0, Kind::Room), place);
    head.words = "waiting room".to_owned();
    head.note = KIND.to_owned();
    let still = waiting(scene, row);
    let is_gone = |it: &&WaitingRow| still.iter().all(|other| other.required != it.required);
    let gone = before.map_or(&[][..], |before| waiting(before, row));
    let gone = gone.iter().filter(is_gone).map(|it| (it, "released"));
    let size = layout.measures.text;
    let mut x = place.x + strong_width(KIND, size) + GAP;
    if still.is_empty() && gone.clone().next().is_none() {
        let nobody = Rect {
            x,
            y: place.y + (HEIGHT - LINE) / 2,
            width: place.right() - x - AIR,
            height: LINE,
        };
        parts.put(key(1, Kind::Words), nobody).words = "nobody waits".to_owned();
    }
    for (request, state) in gone.chain(still.iter().map(|it| (it, "waits"))) {
        let width = strong_width(&request.offsets, size) + AIR;
        let mut words = request.offsets.clone();
        let is_last = x + width + GAP > place.right() - 2 * GAP;
        if is_last {
            words = "…".to_owned();
        }
        let rect = Rect {
            x,
            y: place.y + (HEIGHT - REQUEST) / 2,
            width: if is_last { GAP } else { width },
            height: REQUEST,
        };
        let part = parts.put(key(request.required, Kind::Pending), rect);
        (part.words, part.state) = (words, state);
        if is_last {
            break;
        }
        x += width + GAP;
    }
    parts.sorted()
}
