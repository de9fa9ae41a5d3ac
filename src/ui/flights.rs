//! Messages on their way: capsules on a canvas, and the same as a list for those who don't see
//! them or asked for less motion.

use leptos::html::Canvas;
use leptos::prelude::*;

use crate::ui::brush::{Brush, FACE};
use crate::ui::session::SessionHandle;
use crate::view::flight::{Ends, Point, heading, position};
use crate::view::layout::Layout;
use crate::view::scene::{Flight, KeyMark, Scene};

/// Half of a capsule's height.
const CAPSULE_HALF: f64 = 12.0;
/// From the words to the tip of a capsule's nose.
const NOSE: f64 = 8.0;
/// From a capsule's edge to its words.
const PAD: f64 = 9.0;
/// The sides of a record in a capsule.
const RECORD_SIZE: f64 = 18.0;
/// At most so many records stand in a capsule.
const RECORDS_MAX: usize = 3;
/// The colours in use: first the capsule's, then fill and letter of each hue.
const TOKENS: [&str; 16] = [
    "--color-raised",
    "--color-ink",
    "--color-key-a-fill",
    "--color-key-a-letter",
    "--color-key-b-fill",
    "--color-key-b-letter",
    "--color-key-c-fill",
    "--color-key-c-letter",
    "--color-key-d-fill",
    "--color-key-d-letter",
    "--color-key-e-fill",
    "--color-key-e-letter",
    "--color-key-f-fill",
    "--color-key-f-letter",
    "--color-key-none-fill",
    "--color-key-none-letter",
];
const RAISED: usize = 0;
const INK: usize = 1;
const FIRST_HUE: usize = 2;
const HUES: usize = 6;

/// Draws the messages on their way, frame by frame.
pub struct Flights {
    canvas: NodeRef<Canvas>,
    brush: Option<Brush>,
    is_empty: bool,
}

impl Flights {
    /// For a canvas that comes onto the page.
    pub fn new(canvas: NodeRef<Canvas>) -> Flights {
        Flights {
            canvas,
            brush: None,
            is_empty: false,
        }
    }

    /// Draws the present; nothing if it is to stand still.
    pub fn draw(&mut self, session: SessionHandle, is_still: bool) {
        if self.brush.is_none() {
            self.brush = Brush::new(self.canvas, &TOKENS);
        }
        let Some(brush) = &mut self.brush else { return };
        let layout = session.shown().layout.read_untracked();
        let is_new = brush.prepare(brush.room());
        let is_empty = is_still || session.with_scene(|scene| scene.flights.is_empty());
        if is_empty && self.is_empty && !is_new {
            return;
        }
        self.is_empty = is_empty;
        brush.clear();
        if !is_still {
            session.with_scene(|scene| draw_all(brush, scene, &layout));
        }
    }
}

fn draw_all(brush: &Brush, scene: &Scene, layout: &Layout) {
    let size = if layout.measures.text > 14 {
        "600 16px"
    } else {
        "600 14px"
    };
    brush.context.set_font(&[size, FACE].concat());
    let broker_ids: Vec<u32> = scene.brokers.iter().map(|row| row.id).collect();
    let ends = Ends {
        layout,
        broker_ids: &broker_ids,
    };
    for flight in &scene.flights {
        if let Some(point) = position(flight, scene.head.now_us, &ends) {
            capsule(brush, flight, point, heading(flight, &ends));
        }
    }
}

/// A capsule with its nose towards where it goes: -1 to the left, 1 to the right, 0 elsewhere.
fn capsule(brush: &Brush, flight: &Flight, middle: Point, heading: i8) {
    let context = &brush.context;
    let measured = context.measure_text(&flight.words);
    let words = measured.map_or(0.0, |size| size.width());
    let records = flight.records.len().min(RECORDS_MAX) as f64;
    let width = words + 2.0 * PAD + records * (RECORD_SIZE + 4.0);
    let (left, top) = (middle.x - width / 2.0, middle.y - CAPSULE_HALF);
    let (right, bottom) = (left + width, top + 2.0 * CAPSULE_HALF);
    let (nose_left, nose_right) = match heading {
        0 => (0.0, 0.0),
        ..0 => (NOSE, 0.0),
        _ => (0.0, NOSE),
    };
    context.begin_path();
    for (x, y) in [
        (left, top),
        (right, top),
        (right + nose_right, middle.y),
        (right, bottom),
        (left, bottom),
        (left - nose_left, middle.y),
    ] {
        context.line_to(x, y);
    }
    context.close_path();
    context.set_line_join("round");
    brush.dip(RAISED);
    context.fill();
    context.set_stroke_style_str(brush.colour(INK));
    context.set_line_width(if flight.is_held { 3.0 } else { 1.75 });
    context.stroke();
    brush.dip(INK);
    context.set_text_align("left");
    brush.write(&flight.words, left + PAD, middle.y + 1.0);
    context.set_text_align("center");
    let mut x = left + PAD + words + 5.0;
    for mark in flight.records.iter().take(RECORDS_MAX) {
        record(brush, mark, x, middle.y);
        x += RECORD_SIZE + 4.0;
    }
}

fn record(brush: &Brush, mark: &KeyMark, x: f64, y: f64) {
    let hue = mark.hue.map_or(HUES, |hue| usize::from(hue) % HUES);
    let half = RECORD_SIZE / 2.0;
    brush.dip(FIRST_HUE + 2 * hue);
    brush
        .context
        .fill_rect(x, y - half, RECORD_SIZE, RECORD_SIZE);
    brush.dip(FIRST_HUE + 2 * hue + 1);
    brush.write(&mark.letter, x + half, y + 1.0);
}
