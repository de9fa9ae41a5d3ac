//! The tracks of the time bar, drawn on a canvas. The slider over them is its control, and the
//! event log says the same in words.

use leptos::html::Canvas;
use leptos::prelude::*;

use crate::ui::brush::{Brush, FACE};
use crate::ui::session::SessionHandle;
use crate::view::scene::{Scene, TrackIcon};
use crate::view::time_bar::{Shape, TimeScale, strokes};

/// Where the names of the tracks end.
const NAMES_WIDTH: i32 = 76;
/// From the names to the tracks.
const NAMES_GAP: i32 = 10;
/// Between two strokes of the hatch over the future.
const HATCH: i32 = 9;
/// Half of a sign.
const HALF: f64 = 6.0;
const TOKENS: [&str; 6] = [
    "--color-ink",
    "--color-ink-soft",
    "--color-border",
    "--color-hairline",
    "--color-danger",
    "--color-on-danger",
];
const INK: usize = 0;
const SOFT: usize = 1;
const BORDER: usize = 2;
const HAIRLINE: usize = 3;
const DANGER: usize = 4;
const ON_DANGER: usize = 5;

/// Draws the tracks when they changed.
pub struct TimeBar {
    canvas: NodeRef<Canvas>,
    brush: Option<Brush>,
    drawn: (i32, u64, usize),
}

impl TimeBar {
    /// For a canvas that comes onto the page.
    pub fn new(canvas: NodeRef<Canvas>) -> TimeBar {
        TimeBar {
            canvas,
            brush: None,
            drawn: (0, 0, 0),
        }
    }

    /// Draws the present.
    pub fn draw(&mut self, session: SessionHandle) {
        if self.brush.is_none() {
            self.brush = Brush::new(self.canvas, &TOKENS);
        }
        let Some(brush) = &mut self.brush else { return };
        session.with_scene(|scene| {
            let head = &scene.head;
            let room = brush.room();
            let scale = TimeScale::new(head.known_us, room.0 - NAMES_WIDTH - NAMES_GAP);
            let marks = scene.tracks.iter().map(|track| track.marks.len()).sum();
            let drawn = (scale.x(head.now_us), scale.span_us, marks);
            if brush.prepare(room) || drawn != self.drawn {
                self.drawn = drawn;
                brush.clear();
                draw_all(brush, scene, scale, room.1);
            }
        });
    }
}

fn draw_all(brush: &Brush, scene: &Scene, scale: TimeScale, height: i32) {
    let left = NAMES_WIDTH + NAMES_GAP;
    brush.context.set_font(&["14px", FACE].concat());
    future(
        brush,
        left + scale.x(scene.head.known_us),
        left + scale.width,
        height,
    );
    let pitch = height / (scene.tracks.len() as i32).max(1);
    for (row, track) in (0..).zip(&scene.tracks) {
        let bottom = (row + 1) * pitch - 2;
        brush.dip(HAIRLINE);
        brush.fill(left, bottom, scale.width, 1);
        brush.dip(SOFT);
        brush.context.set_text_align("right");
        let middle = f64::from(bottom - pitch / 2 + 1);
        brush.write(&track.name, f64::from(NAMES_WIDTH), middle);
        brush.context.set_text_align("left");
        for stroke in strokes(track, scale, 14) {
            let x = left + stroke.x;
            match stroke.shape {
                Shape::Density(permille, width) => {
                    let tall = ((pitch - 6) * permille as i32 / 1000).max(2);
                    brush.dip(BORDER);
                    brush.fill(x, bottom - tall, width, tall);
                }
                Shape::Sign(icon) => sign(brush, icon, f64::from(x), middle),
                Shape::Words(words) => {
                    brush.dip(SOFT);
                    brush.write(&words, f64::from(x - 4), middle);
                }
            }
        }
    }
    play_head(brush, left + scale.x(scene.head.now_us), height);
}

/// What nobody knows yet is faintly hatched.
fn future(brush: &Brush, from: i32, to: i32, height: i32) {
    let context = &brush.context;
    context.save();
    context.begin_path();
    let width = f64::from((to - from).max(0));
    context.rect(f64::from(from), 0.0, width, f64::from(height));
    context.clip();
    context.set_stroke_style_str(brush.colour(HAIRLINE));
    context.set_line_width(1.0);
    context.begin_path();
    let mut x = from - height;
    while x < to {
        context.move_to(f64::from(x), f64::from(height));
        context.line_to(f64::from(x + height), 0.0);
        x += HATCH;
    }
    context.stroke();
    context.restore();
}

fn play_head(brush: &Brush, x: i32, height: i32) {
    brush.dip(INK);
    brush.fill(x - 1, 0, 2, height);
    brush.polygon(f64::from(x), 0.0, &[(-7.0, 0.0), (7.0, 0.0), (0.0, 9.0)]);
}

fn sign(brush: &Brush, icon: TrackIcon, x: f64, y: f64) {
    brush.dip(INK);
    match icon {
        TrackIcon::Commit => {
            brush.polygon(x, y, &[(0.0, -5.0), (6.0, 5.0), (-6.0, 5.0)]);
        }
        TrackIcon::Leader => brush.polygon(
            x,
            y,
            &[
                (-6.5, 5.0),
                (-7.5, -3.0),
                (-3.5, 0.5),
                (0.0, -5.0),
                (3.5, 0.5),
                (7.5, -3.0),
                (6.5, 5.0),
            ],
        ),
        TrackIcon::Isr => brush.polygon(
            x,
            y,
            &[
                (-7.0, -4.0),
                (7.0, -4.0),
                (7.0, 4.0),
                (5.0, 4.0),
                (5.0, -2.0),
                (-5.0, -2.0),
                (-5.0, 4.0),
                (-7.0, 4.0),
            ],
        ),
        TrackIcon::Branch => {
            brush.polygon(x, y, &[(-4.0, -6.0), (5.0, 0.0), (-4.0, 6.0)]);
        }
        TrackIcon::Fault => fault(brush, x, y),
        TrackIcon::Density(_) => {}
    }
}

/// A cross on a filled square: seen without its colour.
fn fault(brush: &Brush, x: f64, y: f64) {
    let context = &brush.context;
    brush.dip(DANGER);
    context.fill_rect(
        x - HALF - 1.0,
        y - HALF - 1.0,
        2.0 * HALF + 2.0,
        2.0 * HALF + 2.0,
    );
    context.set_stroke_style_str(brush.colour(ON_DANGER));
    context.set_line_width(2.0);
    context.begin_path();
    for (from, to) in [(-3.5, 3.5), (3.5, -3.5)] {
        context.move_to(x + from, y - 3.5);
        context.line_to(x + to, y + 3.5);
    }
    context.stroke();
}
