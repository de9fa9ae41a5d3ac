//! Messages on their way: capsules on a canvas, and the same as a list for those who don't see
//! them or asked for less motion.

use leptos::html::Canvas;
use leptos::prelude::*;

use crate::ui::brush::Brush;
use crate::ui::session::SessionHandle;
use crate::view::flight::{Capsule, HOLD, PAD, Point, RECORD_STEP, Way, crowd, ways};
use crate::view::focus::Focus;
use crate::view::layout::{Layout, Level};
use crate::view::scene::{Flight, KeyMark, Scene};

/// How much is left of what stands back.
const DIMMED: f64 = 0.45;
/// Half of a capsule's height.
const CAPSULE_HALF: f64 = 12.0;
/// From the words to the tip of a capsule's nose.
const NOSE: f64 = 8.0;
/// The sides of a record in a capsule.
const RECORD_SIZE: f64 = 18.0;
/// Room for half of the thickest line around a capsule.
const LINE: f64 = 2.0;
/// How round a capsule's corners are.
const ROUND: f64 = 5.0;
/// How thick the trail behind a capsule is.
const TRAIL: f64 = 7.0;
/// The colours in use: first the capsule's, then fill, letter and outline of each hue.
const TOKENS: [&str; 24] = [
    "--color-raised",
    "--color-ink",
    "--color-border",
    "--color-key-a-fill",
    "--color-key-a-letter",
    "--color-key-a-outline",
    "--color-key-b-fill",
    "--color-key-b-letter",
    "--color-key-b-outline",
    "--color-key-c-fill",
    "--color-key-c-letter",
    "--color-key-c-outline",
    "--color-key-d-fill",
    "--color-key-d-letter",
    "--color-key-d-outline",
    "--color-key-e-fill",
    "--color-key-e-letter",
    "--color-key-e-outline",
    "--color-key-f-fill",
    "--color-key-f-letter",
    "--color-key-f-outline",
    "--color-key-none-fill",
    "--color-key-none-letter",
    "--color-key-none-outline",
];
const RAISED: usize = 0;
const INK: usize = 1;
const BORDER: usize = 2;
const FIRST_HUE: usize = 3;
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
        let shown = session.shown();
        let layout = shown.layout.read_untracked();
        let is_new = brush.prepare(shown.theme.get_untracked());
        let is_empty = is_still || session.with_scene(|scene| scene.flights.is_empty());
        if is_empty && self.is_empty && !is_new {
            return;
        }
        self.is_empty = is_empty;
        brush.clear();
        if !is_still {
            session.with_stage(|scene, focus| draw_all(brush, scene, &layout, focus));
        }
    }
}

fn draw_all(brush: &mut Brush, scene: &Scene, layout: &Layout, focus: &Focus) {
    brush.set_font(layout.measures.text);
    let ways = ways(scene, layout).into_iter().map(|(flight, way)| {
        // The one partition that is opened stands back from none.
        let lane = flight.lane.filter(|_| !layout.is_inside());
        let is_dim = lane.is_some_and(|lane| focus.dims_partition(lane));
        (flight, way, if is_dim { DIMMED } else { 1.0 })
    });
    let ways: Vec<_> = ways.collect();
    let mut counted: Vec<Option<u32>> = Vec::new();
    // No way runs over another one's capsule.
    for (flight, way, alpha) in &ways {
        brush.context.set_global_alpha(*alpha);
        // Between the controller and the brokers it would strike the ticks.
        if !way.room.is_gap && crowd(scene, flight).is_none() {
            trail(brush, way, layout.is_inside());
        }
    }
    for (flight, way, alpha) in &ways {
        brush.context.set_global_alpha(*alpha);
        if let Some(count) = crowd(scene, flight) {
            if !counted.contains(&flight.lane) {
                counted.push(flight.lane);
                pill(brush, count, way);
            }
        } else if layout.level == Level::Bars {
            dot(brush, way.middle);
        } else {
            capsule(brush, flight, way, layout);
        }
    }
    brush.context.set_global_alpha(1.0);
}

/// The way behind a capsule as a band; where no lane is drawn, the way before it in dots.
fn trail(brush: &Brush, way: &Way, has_dots: bool) {
    let context = &brush.context;
    let (behind, ahead) = way.corners.split_at(way.leg + 1);
    let (left, right) = way.edges();
    let on_way = Point {
        x: (way.middle.x + way.aside).max(left).min(right),
        y: way.middle.y - way.lowered,
    };
    if has_dots {
        context.begin_path();
        context.line_to(on_way.x, on_way.y);
        for point in ahead {
            context.line_to(point.x, point.y);
        }
        brush.dash(&[1.5, 4.5]);
        brush.stroke(BORDER, 1.5);
        brush.dash(&[]);
    }
    let alpha = context.global_alpha();
    context.set_global_alpha(alpha * 0.15);
    brush.dip(INK);
    context.begin_path();
    let mut from = on_way;
    for to in behind.iter().rev() {
        let (x, y) = (from.x.min(to.x), from.y.min(to.y));
        let (width, height) = ((from.x - to.x).abs(), (from.y - to.y).abs());
        let (right, down) = if height > width {
            (TRAIL / 2.0, 0.0)
        } else {
            (0.0, TRAIL / 2.0)
        };
        context.rect(
            x - right,
            y - down,
            width + 2.0 * right,
            height + 2.0 * down,
        );
        from = *to;
    }
    context.fill();
    context.set_global_alpha(alpha);
}

fn dot(brush: &Brush, middle: Point) {
    brush.dip(INK);
    brush.polygon(
        middle.x,
        middle.y,
        &[(-5.0, 0.0), (0.0, -5.0), (5.0, 0.0), (0.0, 5.0)],
    );
}

/// How many messages are on a lane, where single ones would hide each other.
#[inline(never)]
fn pill(brush: &mut Brush, count: usize, way: &Way) {
    let words = [&count.to_string(), " in flight"].concat();
    let ([from, .., to], (left, right)) = (way.corners, way.edges());
    let middle = Point {
        x: (left + right) / 2.0,
        y: (from.y + to.y) / 2.0,
    };
    let half = brush.width(&words) / 2.0;
    outline(brush, middle, half + PAD, Nose::default());
    brush.stroke(INK, 1.75);
    brush.dip(INK);
    brush.write(&words, middle.x - half, middle.y + 1.0);
}

/// A capsule's nose: which way it looks, to the right and down, and how far beside the middle it
/// stands on its upper or lower edge.
#[derive(Clone, Copy, Default)]
struct Nose {
    right: f64,
    down: f64,
    aside: f64,
}

/// A capsule's outline with its nose towards where it goes.
fn outline(brush: &Brush, middle: Point, half: f64, nose: Nose) {
    let context = &brush.context;
    let Point { x, y } = middle;
    let (right, down, high) = (nose.right, nose.down, CAPSULE_HALF);
    let nose_x = x + nose.aside;
    // From the upper left corner around; the nose is a corner of its own on its side.
    let mut corners = vec![(x - half, y - high)];
    if down < 0.0 {
        let tip = y - high;
        corners.extend([
            (nose_x - NOSE, tip),
            (nose_x, tip - NOSE),
            (nose_x + NOSE, tip),
        ]);
    }
    corners.push((x + half, y - high));
    if right > 0.0 {
        corners.push((x + half + NOSE, y));
    }
    corners.push((x + half, y + high));
    if down > 0.0 {
        let tip = y + high;
        corners.extend([
            (nose_x + NOSE, tip),
            (nose_x, tip + NOSE),
            (nose_x - NOSE, tip),
        ]);
    }
    corners.push((x - half, y + high));
    if right < 0.0 {
        corners.push((x - half - NOSE, y));
    }
    context.begin_path();
    let last = corners.len() - 1;
    let (start, end) = (corners[0], corners[last]);
    context.move_to((start.0 + end.0) / 2.0, (start.1 + end.1) / 2.0);
    for (index, (x, y)) in corners.iter().enumerate() {
        let next = corners[(index + 1) % corners.len()];
        // Both numbers are finite and the radius is not negative: it is never refused.
        let _ = context.arc_to(*x, *y, (x + next.0) / 2.0, (y + next.1) / 2.0, ROUND);
    }
    context.close_path();
    brush.dip(RAISED);
    context.fill();
}

fn capsule(brush: &mut Brush, flight: &Flight, way: &Way, layout: &Layout) {
    let size = layout.measures.text;
    let shown = way.capsule(flight, size, &mut |words| brush.width(words));
    let half = shown.half;
    let (right, down) = way.heading();
    // What looks up or down has no nose at its sides.
    let reach = half + if down == 0.0 { NOSE } else { LINE };
    let middle = Point {
        x: way.capsule_x(reach),
        ..way.middle
    };
    // The body gives way to what stands around, the nose keeps to its lane.
    let most = half - NOSE - ROUND;
    let aside = (way.middle.x - middle.x).round().min(most).max(-most);
    let nose = Nose { right, down, aside };
    let reach = ((half + NOSE).ceil() + LINE, CAPSULE_HALF + NOSE + LINE);
    let at = (middle.x, middle.y);
    // What lies under it does not strike its words, however faint it is.
    let alpha = brush.context.global_alpha();
    if alpha < 1.0 {
        brush.context.set_global_alpha(1.0);
        outline(brush, middle, half, nose);
        brush.context.set_global_alpha(alpha);
    }
    let look = look(flight, &shown, nose);
    // What is pushed beyond an end of its lane is not seen there, and fades before half of its words would
    // be read as all of them.
    let mut edges = (f64::MIN, f64::MAX);
    if way.aside != 0.0 {
        edges = way.edges();
        let seen = (middle.x + half).min(edges.1) - (middle.x - half).max(edges.0);
        let clear = (seen / half - 1.0).max(0.0);
        brush.context.set_global_alpha(alpha * clear);
    }
    brush.stamp(look, reach, (at, edges), |brush| {
        let centre = Point { x: 0.0, y: 0.0 };
        outline(brush, centre, half, nose);
        brush.stroke(INK, if flight.is_held { 3.0 } else { 1.75 });
        brush.dip(INK);
        let mut left = PAD - half;
        if flight.is_held {
            left += HOLD;
            for bar in [HOLD, HOLD - 5.0] {
                brush.context.fill_rect(left - bar, -5.0, 2.5, 11.0);
            }
        }
        brush.write(&shown.words, left, 1.0);
        let mut x = left + shown.words_width + 5.0;
        for mark in shown.records {
            record(brush, mark, x, 0.0);
            x += RECORD_STEP;
        }
        brush.dip(INK);
        brush.write(shown.dots, x, 1.0);
    });
}

/// All on which the look of a capsule depends.
fn look(flight: &Flight, shown: &Capsule, nose: Nose) -> String {
    let mut look = [&shown.words, shown.dots].concat();
    for mark in shown.records {
        look.push((b'0' + mark.hue.unwrap_or(HUES as u8) % 10) as char);
        look.push_str(&mark.letter);
    }
    let looks = (nose.right + 1.0) * 3.0 + nose.down + 1.0;
    look.push((b'a' + looks as u8) as char);
    if nose.down != 0.0 {
        look.push_str(&(nose.aside as i32).to_string());
    }
    look.push(if flight.is_held { 'h' } else { ' ' });
    look
}

fn record(brush: &mut Brush, mark: &KeyMark, x: f64, y: f64) {
    let hue = mark.hue.map_or(HUES, |hue| usize::from(hue) % HUES);
    let half = RECORD_SIZE / 2.0;
    let colours = FIRST_HUE + 3 * hue;
    for (colour, inset) in [(colours + 2, 0.0), (colours, 1.0)] {
        let size = RECORD_SIZE - 2.0 * inset;
        brush.dip(colour);
        brush
            .context
            .fill_rect(x + inset, y - half + inset, size, size);
    }
    brush.dip(colours + 1);
    let left = x + half - brush.width(&mark.letter) / 2.0;
    brush.write(&mark.letter, left, y + 1.0);
}
