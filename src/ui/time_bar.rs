//! The tracks of the time bar, drawn on a canvas. The slider over them is its control, and the
//! event log says the same in words.

use std::f64::consts::TAU;

use leptos::html::Canvas;
use leptos::prelude::*;

use crate::ui::brush::{Brush, FACE};
use crate::ui::session::SessionHandle;
use crate::ui::shown::set_if_changed;
use crate::view::scene::{Scene, TrackIcon, TrackKind, imprint};
use crate::view::time_bar::{
    Shape, TimeScale, Zoom, chosen, mark_at, mark_words, names_width, neighbour, strokes, within,
};

/// From the names to the tracks.
const NAMES_GAP: i32 = 10;
/// Between two strokes of the hatch over the future.
const HATCH: i32 = 13;
/// Half of a sign.
const HALF: f64 = 6.0;
const TOKENS: [&str; 7] = [
    "--color-ink",
    "--color-ink-soft",
    "--color-border",
    "--color-hairline",
    "--color-danger",
    "--color-on-danger",
    "--color-future",
];
const INK: usize = 0;
const SOFT: usize = 1;
const BORDER: usize = 2;
const HAIRLINE: usize = 3;
const DANGER: usize = 4;
const ON_DANGER: usize = 5;
const FUTURE: usize = 6;

/// Draws the tracks when they changed.
pub struct TimeBar {
    canvas: NodeRef<Canvas>,
    brush: Option<Brush>,
    drawn: Drawn,
}

/// What the picture depends on: the play head's pixel, what is looked at, and the marks.
#[derive(Clone, Copy, Default, PartialEq)]
struct Drawn {
    head: i32,
    span_us: u64,
    from_us: u64,
    marks: u64,
}

impl TimeBar {
    /// For a canvas that comes onto the page.
    pub fn new(canvas: NodeRef<Canvas>) -> TimeBar {
        TimeBar {
            canvas,
            brush: None,
            drawn: Drawn::default(),
        }
    }

    /// Draws the present.
    pub fn draw(&mut self, session: SessionHandle) {
        if self.brush.is_none() {
            self.brush = Brush::new(self.canvas, &TOKENS);
        }
        let Some(brush) = &mut self.brush else { return };
        let (room, shown) = (brush.room(), session.shown());
        set_if_changed(shown.bar_height, room.1);
        let scale = session.time_scale(room.0 - names_width(room.1) - NAMES_GAP);
        session.with_scene(|scene| {
            let drawn = Drawn {
                head: scale.x(scene.head.now_us),
                span_us: scale.span_us,
                from_us: scale.from_us,
                marks: imprint(&scene.tracks),
            };
            if brush.prepare(shown.theme.get_untracked()) || drawn != self.drawn {
                self.drawn = drawn;
                brush.clear();
                draw_all(brush, scene, scale, room.1);
            }
        });
    }
}

impl SessionHandle {
    /// Which moment stands where on a bar of that width.
    pub fn time_scale(self, width: i32) -> TimeScale {
        let zoom = self.shown().zoom.get_untracked();
        self.with_scene(|scene| {
            TimeScale::new(scene.head.known_us, width).zoomed(zoom, scene.head.now_us)
        })
    }

    /// Looks at half of the time, or at twice as much.
    pub fn zoom_time(self, is_closer: bool) {
        let zoom = self.shown().zoom;
        zoom.update(|zoom| *zoom = zoom.step(is_closer));
    }

    /// Looks at what lies a little earlier or later.
    pub fn move_time(self, is_later: bool) {
        let scale = self.time_scale(0);
        let zoom = self.shown().zoom;
        zoom.update(|zoom| *zoom = zoom.moved(scale, is_later));
    }

    /// Looks at all of the time.
    pub fn fit_time(self) {
        self.shown().zoom.set(Zoom::default());
    }

    /// Goes to the next mark on the chosen track, or to the last before the play head.
    pub fn go_along(self, is_later: bool) {
        let track = self.shown().track.get_untracked();
        let at_us = self.with_scene(|scene| {
            let tracks = chosen(&scene.tracks, self.shown().bar_height.get_untracked());
            let track = tracks.get(track).or(tracks.first())?;
            let mark = neighbour(track, scene.head.now_us, is_later)?;
            Some(mark.at_us)
        });
        if let Some(at_us) = at_us {
            self.seek_to_moment(at_us);
        }
    }

    /// The mark under the pointer, at a place of the slider over the tracks, and its track.
    pub fn mark_under(self, (x, y): (i32, i32), (width, height): (i32, i32)) -> Option<Pointed> {
        let scale = self.time_scale(width);
        self.with_scene(|scene| {
            let tracks = chosen(&scene.tracks, height);
            let place = (y * tracks.len() as i32 / height.max(1)).max(0) as usize;
            let track = tracks.get(place)?;
            let mark = mark_at(track, scale, scale.x(scene.head.now_us), x);
            Some(Pointed {
                track: place,
                branch: match track.kind {
                    TrackKind::Branch(number) => Some(number as usize),
                    _ => None,
                },
                at_us: mark.map(|mark| mark.at_us),
                words: mark.map_or_else(String::new, |mark| mark_words(track, mark)),
            })
        })
    }
}

/// What the pointer is at.
pub struct Pointed {
    /// The track, from above.
    pub track: usize,
    /// The branch that it shows, if not the present one.
    pub branch: Option<usize>,
    /// The moment of the mark.
    pub at_us: Option<u64>,
    /// What it says.
    pub words: String,
}

fn draw_all(brush: &Brush, scene: &Scene, scale: TimeScale, height: i32) {
    let names = names_width(height);
    let left = names + NAMES_GAP;
    let context = &brush.context;
    context.set_font(&["14px", FACE].concat());
    let tracks = chosen(&scene.tracks, height);
    let pitch = height / (tracks.len() as i32).max(1);
    let head_x = scale.x(scene.head.now_us);
    for (row, track) in (0..).zip(&tracks) {
        let bottom = (row + 1) * pitch - 2;
        brush.dip(HAIRLINE);
        brush.fill(left, bottom, scale.width, 1);
        brush.dip(SOFT);
        context.set_text_align("right");
        let middle = f64::from(bottom - pitch / 2 + 1);
        brush.write(&within(&track.name, names), f64::from(names), middle);
        context.set_text_align("left");
    }
    context.save();
    context.begin_path();
    let (x, width) = (f64::from(left) - HALF, f64::from(scale.width) + HALF);
    context.rect(x, 0.0, width, f64::from(height));
    context.clip();
    let known_x = scale.x(scene.head.known_us);
    future(brush, left + known_x, left + scale.width, height);
    for (row, track) in (0..).zip(&tracks) {
        let bottom = (row + 1) * pitch - 2;
        let middle = f64::from(bottom - pitch / 2 + 1);
        for stroke in strokes(track, scale, 14, head_x) {
            let x = left + stroke.x;
            match stroke.shape {
                Shape::Density(permille, width) => {
                    let tall = ((pitch - 6) * permille as i32 / 1000).max(2);
                    brush.dip(BORDER);
                    brush.fill(x, bottom - tall, width, tall);
                }
                Shape::Stop(width) => {
                    brush.dip(BORDER);
                    brush.fill(x, bottom - pitch / 2 - 2, width, 5);
                }
                Shape::Sign(icon) => sign(brush, icon, f64::from(x), middle),
                Shape::Words(words) => {
                    brush.dip(SOFT);
                    brush.write(&words, f64::from(x), middle);
                }
            }
        }
    }
    if (0..=scale.width).contains(&head_x) {
        play_head(brush, left + head_x, height);
    }
    context.restore();
}

/// What nobody knows yet is faintly hatched.
fn future(brush: &Brush, from: i32, to: i32, height: i32) {
    let context = &brush.context;
    context.save();
    context.begin_path();
    let width = f64::from((to - from).max(0));
    context.rect(f64::from(from), 0.0, width, f64::from(height));
    context.clip();
    context.set_stroke_style_str(brush.colour(FUTURE));
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
            brush.polygon(
                x,
                y,
                &[
                    (-2.0, -9.0),
                    (0.0, -9.0),
                    (0.0, 2.0),
                    (6.0, 2.0),
                    (6.0, 4.0),
                    (-2.0, 4.0),
                ],
            );
            brush.polygon(
                x,
                y,
                &[(-4.0, -10.0), (2.0, -10.0), (2.0, -5.0), (-4.0, -5.0)],
            );
        }
        TrackIcon::Fault => fault(brush, x, y),
        TrackIcon::Density(_) | TrackIcon::Rebalance(_) | TrackIcon::None => {}
    }
}

/// A cross on a filled disc: seen without its colour.
fn fault(brush: &Brush, x: f64, y: f64) {
    let context = &brush.context;
    brush.dip(DANGER);
    context.begin_path();
    // A circle of a positive radius is never refused.
    let _ = context.arc(x, y, HALF + 1.0, 0.0, TAU);
    context.fill();
    context.set_stroke_style_str(brush.colour(ON_DANGER));
    context.set_line_width(2.0);
    context.begin_path();
    for (from, to) in [(-3.0, 3.0), (3.0, -3.0)] {
        context.move_to(x + from, y - 3.0);
        context.line_to(x + to, y + 3.0);
    }
    context.stroke();
}
