//! Messages on their way: capsules on a canvas, and the same as a list for those who don't see
//! them or asked for less motion.

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement};

use crate::platform::browser;
use crate::ui::session::{FlightPicture, SessionHandle};
use crate::view::flight::{Ends, Point, position};
use crate::view::layout::Layout;
use crate::view::scene::{Flight, KeyMark};

/// Half of a capsule's height.
const CAPSULE_HALF: f64 = 12.0;
/// The sides of a record in a capsule.
const RECORD_SIZE: f64 = 18.0;

/// The canvas and its twin; also the page's one frame loop.
#[component]
pub fn Flights(session: SessionHandle) -> impl IntoView {
    let shown = session.shown();
    let (layout, flights) = (shown.layout, shown.flights);
    let canvas = NodeRef::<Canvas>::new();
    let is_still = browser::wants_less_motion();
    let mut brush: Option<Brush> = None;
    browser::every_frame(move |real_us| {
        session.frame(real_us);
        if is_still {
            return;
        }
        if brush.is_none() {
            brush = canvas
                .get_untracked()
                .and_then(|canvas| Brush::new(&canvas));
        }
        if let Some(brush) = &mut brush {
            brush.draw(&session.flight_picture(), &layout.read_untracked());
        }
    });
    view! {
        <canvas class="flights" node_ref=canvas aria-hidden="true"></canvas>
        <section
            class="flight-list"
            class=("hidden", !is_still)
            aria-label="messages on their way"
        >
            <ul>
                {move || {
                    flights.get().into_iter().map(|words| view! { <li>{words}</li> }).collect_view()
                }}
            </ul>
        </section>
    }
}

/// Draws capsules.
struct Brush {
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
    /// Frames until the colours are read again: the theme may have changed.
    frames_left: u32,
    raised: String,
    ink: String,
    hues: Vec<(String, String)>,
    size: (i32, i32),
    had_flights: bool,
}

impl Brush {
    fn new(canvas: &HtmlCanvasElement) -> Option<Brush> {
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Brush {
            canvas: canvas.clone(),
            context,
            frames_left: 0,
            raised: String::new(),
            ink: String::new(),
            hues: Vec::new(),
            size: (0, 0),
            had_flights: true,
        })
    }

    fn draw(&mut self, picture: &FlightPicture, layout: &Layout) {
        let is_resized = self.resize(layout);
        if picture.flights.is_empty() && !self.had_flights && !is_resized {
            return;
        }
        self.had_flights = !picture.flights.is_empty();
        self.read_colours();
        let (width, height) = self.size;
        self.context
            .clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
        self.context.set_font("600 14px system-ui, sans-serif");
        self.context.set_text_baseline("middle");
        let ends = Ends {
            layout,
            broker_ids: &picture.broker_ids,
        };
        for flight in &picture.flights {
            if let Some(point) = position(flight, picture.now_us, &ends) {
                self.capsule(flight, point);
            }
        }
    }

    /// Fits the canvas to the stage's content and the screen's pixels.
    fn resize(&mut self, layout: &Layout) -> bool {
        let size = (
            layout.groups.right() + layout.measures.margin,
            layout.content_height,
        );
        if size == self.size {
            return false;
        }
        self.size = size;
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        self.canvas.set_width((f64::from(size.0) * ratio) as u32);
        self.canvas.set_height((f64::from(size.1) * ratio) as u32);
        // A matrix of two finite numbers is never refused.
        let _ = self.context.scale(ratio, ratio);
        true
    }

    fn read_colours(&mut self) {
        if self.frames_left > 0 {
            self.frames_left -= 1;
            return;
        }
        self.frames_left = 60;
        let Ok(Some(style)) = window().get_computed_style(&self.canvas) else {
            return;
        };
        let token = |name: &str| style.get_property_value(name).unwrap_or_default();
        self.raised = token("--color-raised");
        self.ink = token("--color-ink");
        self.hues = ["a", "b", "c", "d", "e", "f", "none"]
            .iter()
            .map(|hue| {
                let part = |part: &str| token(&format!("--color-key-{hue}-{part}"));
                (part("fill"), part("letter"))
            })
            .collect();
    }

    fn capsule(&self, flight: &Flight, middle: Point) {
        let context = &self.context;
        let words = context
            .measure_text(&flight.words)
            .map_or(0.0, |size| size.width());
        let records: Vec<&KeyMark> = flight.records.iter().take(3).collect();
        let width = words + 20.0 + records.len() as f64 * (RECORD_SIZE + 4.0);
        let (left, top) = (middle.x - width / 2.0, middle.y - CAPSULE_HALF);
        context.begin_path();
        // A radius that is not negative is never refused.
        let _ = context.round_rect_with_f64(left, top, width, 2.0 * CAPSULE_HALF, 6.0);
        context.set_fill_style_str(&self.raised);
        context.fill();
        context.set_stroke_style_str(&self.ink);
        context.set_line_width(1.5);
        context.stroke();
        context.set_fill_style_str(&self.ink);
        context.set_text_align("left");
        let _ = context.fill_text(&flight.words, left + 10.0, middle.y + 1.0);
        context.set_text_align("center");
        let mut x = left + 14.0 + words;
        for record in records {
            self.record(record, x, middle.y);
            x += RECORD_SIZE + 4.0;
        }
    }

    fn record(&self, record: &KeyMark, x: f64, y: f64) {
        let hue = record.hue.map_or(6, |hue| usize::from(hue) % 6);
        let Some((fill, letter)) = self.hues.get(hue) else {
            return;
        };
        self.context.set_fill_style_str(fill);
        let half = RECORD_SIZE / 2.0;
        self.context
            .fill_rect(x, y - half, RECORD_SIZE, RECORD_SIZE);
        self.context.set_fill_style_str(letter);
        let _ = self.context.fill_text(&record.letter, x + half, y + 1.0);
    }
}
