//! What draws on a canvas: its size in the screen's own pixels, the page's colours, and a few
//! shapes.

use std::cell::Cell;
use std::rc::Rc;

use leptos::html::Canvas;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, HtmlElement};

use crate::platform::browser::watch_size;

/// What follows the size of words on a canvas: the page's face.
pub const FACE: &str = " Inter, \"Inter narrow\", \"Inter wide\", system-ui, sans-serif";

/// At most so many stamps are kept.
const STAMPS_MAX: usize = 64;
/// Frames until the colours are read again: the system's theme may have changed. A theme that is
/// chosen on the page is seen at once.
const COLOURS_LAST: u32 = 60;
/// As wide as these words are, the page's face is the same as before.
const PROBE: &str = "HW fetch 5";

/// A canvas and its colours.
pub struct Brush {
    canvas: HtmlCanvasElement,
    /// Where to draw, in CSS pixels.
    pub context: CanvasRenderingContext2d,
    /// How large the canvas is on the page: told by the browser, for asking it in every frame
    /// would lay the page out once more.
    room: Rc<Cell<(i32, i32)>>,
    size: (i32, i32),
    /// The screen's own pixels in a pixel of the page.
    ratio: f64,
    frames_left: u32,
    theme: usize,
    /// The size of the words, and how wide some are.
    font: i32,
    face: String,
    widths: Vec<(String, f64)>,
    /// How wide the probe was.
    probe: f64,
    /// What is painted once and put down in every frame: a canvas is slow at words.
    stamps: Vec<Stamp>,
    /// The stamp that is painted over next when there are enough.
    oldest: usize,
    tokens: &'static [&'static str],
    colours: Vec<String>,
}

/// Something that was painted on a canvas of its own.
struct Stamp {
    look: String,
    /// How far it reaches from its middle.
    reach: (f64, f64),
    canvas: HtmlCanvasElement,
    context: CanvasRenderingContext2d,
}

impl Brush {
    /// A brush for a canvas that is on the page already. `tokens` are the colours it will use.
    pub fn new(canvas: NodeRef<Canvas>, tokens: &'static [&'static str]) -> Option<Brush> {
        let canvas = canvas.get_untracked()?;
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        let room = Rc::<Cell<(i32, i32)>>::default();
        let told = Rc::clone(&room);
        watch_size(&canvas, move |size| {
            told.set((size.width as i32, size.height as i32));
        });
        Some(Brush {
            canvas,
            context,
            room,
            size: (0, 0),
            ratio: 1.0,
            frames_left: 0,
            theme: 0,
            font: 0,
            face: String::new(),
            widths: Vec::new(),
            probe: 0.0,
            stamps: Vec::new(),
            oldest: 0,
            tokens,
            colours: Vec::new(),
        })
    }

    /// How large the canvas is on the page.
    pub fn room(&self) -> (i32, i32) {
        self.room.get()
    }

    /// Fits the canvas to its room, and says whether that or a colour changed what it shows. `theme`
    /// tells the theme that is chosen from others.
    pub fn prepare(&mut self, theme: usize) -> bool {
        let size = self.room();
        let is_new = self.read_colours(theme);
        if size == self.size {
            return is_new;
        }
        self.size = size;
        let ratio = window().device_pixel_ratio().clamp(1.0, 3.0);
        self.ratio = ratio;
        self.forget_stamps();
        self.canvas.set_width((f64::from(size.0) * ratio) as u32);
        self.canvas.set_height((f64::from(size.1) * ratio) as u32);
        // A matrix of two finite numbers is never refused.
        let _ = self.context.scale(ratio, ratio);
        self.context.set_text_baseline("middle");
        self.font = 0;
        true
    }

    /// Takes everything away.
    pub fn clear(&self) {
        let (width, height) = self.size;
        self.context
            .clear_rect(0.0, 0.0, f64::from(width), f64::from(height));
    }

    /// The colour of the token number `index`.
    pub fn colour(&self, index: usize) -> &str {
        self.colours.get(index).map_or("", String::as_str)
    }

    /// Fills with the colour of the token number `index` from now on.
    pub fn dip(&self, index: usize) {
        self.context.set_fill_style_str(self.colour(index));
    }

    /// Writes strong words of that size in the page's face from now on.
    pub fn set_font(&mut self, size: i32) {
        if size == self.font {
            return;
        }
        self.font = size;
        self.widths.clear();
        self.face = ["600 ", &size.to_string(), "px", FACE].concat();
        self.context.set_font(&self.face);
        self.forget_stamps();
    }

    /// Puts down what `draw` paints around the corner of everything, at most `reach` away from it,
    /// with its middle at a point: in whole pixels of the screen, and as far as it lies between two edges.
    /// What was painted with the same look is put down as it is.
    pub fn stamp(
        &mut self,
        look: String,
        reach: (f64, f64),
        ((x, y), (left, right)): ((f64, f64), (f64, f64)),
        draw: impl FnOnce(&mut Brush),
    ) {
        let known = self.stamps.iter().position(|stamp| stamp.look == look);
        let place = known.or_else(|| self.paint(look, reach, draw));
        let Some(stamp) = place.and_then(|place| self.stamps.get(place)) else {
            return;
        };
        let ratio = self.ratio;
        let snap = |it: f64| (it * ratio).round() / ratio;
        let (reach, down) = stamp.reach;
        let (width, height) = pixels(stamp.reach, ratio);
        let start = snap(x - reach);
        let from = snap(start.max(left));
        let skipped = (from - start) * ratio;
        let width = (width - skipped).min((right - from) * ratio);
        if width < 1.0 {
            return;
        }
        // A canvas with pixels can always be put down.
        let _ = self
            .context
            .draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
                &stamp.canvas,
                skipped,
                0.0,
                width,
                height,
                from,
                snap(y - down),
                width / ratio,
                height / ratio,
            );
    }

    /// Paints a stamp, on the canvas of the oldest where there are enough: to make one is slower than
    /// to paint. Gives its place.
    fn paint(
        &mut self,
        look: String,
        reach: (f64, f64),
        draw: impl FnOnce(&mut Brush),
    ) -> Option<usize> {
        let place = if self.stamps.len() < STAMPS_MAX {
            self.stamps.push(Stamp::new()?);
            self.stamps.len() - 1
        } else {
            self.oldest = (self.oldest + 1) % STAMPS_MAX;
            self.oldest
        };
        let stamp = self.stamps.get_mut(place)?;
        (stamp.look, stamp.reach) = (look, reach);
        stamp.clean(self.ratio);
        stamp.context.set_font(&self.face);
        let page = std::mem::replace(&mut self.context, stamp.context.clone());
        draw(self);
        self.context = page;
        Some(place)
    }

    /// How wide words are.
    pub fn width(&mut self, words: &str) -> f64 {
        if let Some((_, width)) = self.widths.iter().find(|(known, _)| known == words) {
            return *width;
        }
        let measured = self.context.measure_text(words);
        let width = measured.map_or(0.0, |size| size.width());
        self.widths.push((words.to_owned(), width));
        width
    }

    /// All stamps are to be painted anew.
    fn forget_stamps(&mut self) {
        for stamp in &mut self.stamps {
            stamp.look.clear();
        }
    }

    /// Draws the outline of the shape in the colour of the token number `index`.
    pub fn stroke(&self, index: usize, width: f64) {
        self.context.set_stroke_style_str(self.colour(index));
        self.context.set_line_width(width);
        self.context.stroke();
    }

    /// Draws lines in dashes of those lengths from now on; without them, whole.
    pub fn dash(&self, lengths: &[f64]) {
        let array: js_sys::Array = lengths.iter().map(|it| JsValue::from_f64(*it)).collect();
        // A list of finite numbers is never refused.
        let _ = self.context.set_line_dash(&array);
    }

    /// A filled rectangle.
    pub fn fill(&self, x: i32, y: i32, width: i32, height: i32) {
        self.context.fill_rect(
            f64::from(x),
            f64::from(y),
            f64::from(width),
            f64::from(height),
        );
    }

    /// Words, upright in the middle of `y`.
    pub fn write(&self, words: &str, x: f64, y: f64) {
        // Only a canvas without pixels refuses, and that one shows nothing.
        let _ = self.context.fill_text(words, x, y);
    }

    /// A filled shape with straight edges.
    pub fn polygon(&self, x: f64, y: f64, corners: &[(f64, f64)]) {
        self.context.begin_path();
        for (right, down) in corners {
            self.context.line_to(x + right, y + down);
        }
        self.context.close_path();
        self.context.fill();
    }

    fn read_colours(&mut self, theme: usize) -> bool {
        if self.frames_left > 0 && theme == self.theme {
            self.frames_left -= 1;
            return false;
        }
        self.frames_left = COLOURS_LAST;
        self.theme = theme;
        // The page's face may have come.
        let probe = self
            .context
            .measure_text(PROBE)
            .map_or(0.0, |size| size.width());
        if probe != self.probe {
            self.probe = probe;
            self.widths.clear();
            self.forget_stamps();
        }
        let first = self
            .tokens
            .first()
            .and_then(|token| self.read_colour(token));
        if first.as_ref() == self.colours.first() {
            return false;
        }
        self.forget_stamps();
        let colours = self.tokens.iter().map(|token| self.read_colour(token));
        self.colours = colours.map(Option::unwrap_or_default).collect();
        true
    }

    /// What a token comes to in the present theme: only a property of colour resolves it.
    fn read_colour(&self, token: &str) -> Option<String> {
        let value = ["var(", token, ")"].concat();
        HtmlElement::style(&self.canvas)
            .set_property("color", &value)
            .ok()?;
        let style = window().get_computed_style(&self.canvas).ok()??;
        style.get_property_value("color").ok()
    }
}

impl Stamp {
    fn new() -> Option<Stamp> {
        let canvas = document().create_element("canvas").ok()?;
        let canvas: HtmlCanvasElement = canvas.dyn_into().ok()?;
        let context = canvas.get_context("2d").ok()??.dyn_into().ok()?;
        Some(Stamp {
            look: String::new(),
            reach: (0.0, 0.0),
            canvas,
            context,
        })
    }

    /// Makes its canvas empty and large enough, with the corner of everything in its middle.
    fn clean(&self, ratio: f64) {
        let (width, height) = pixels(self.reach, ratio);
        if f64::from(self.canvas.width()) < width || f64::from(self.canvas.height()) < height {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
        let context = &self.context;
        let (right, down) = self.reach;
        // Matrices of finite numbers are never refused.
        let _ = context.reset_transform();
        context.clear_rect(0.0, 0.0, width, height);
        let _ = context.scale(ratio, ratio);
        let _ = context.translate(right, down);
        context.set_text_baseline("middle");
    }
}

/// The screen's own pixels that something takes which reaches so far.
fn pixels((right, down): (f64, f64), ratio: f64) -> (f64, f64) {
    let all = |reach: f64| (2.0 * reach * ratio).ceil();
    (all(right), all(down))
}
