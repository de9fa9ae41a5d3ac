//! The time bar: which moment stands at which pixel, and what is drawn there. Pure.

use crate::view::part::words_width;
use crate::view::scene::{TrackIcon, TrackMark, TrackRow};

/// The shortest stretch of time on the bar, in microseconds.
const SPAN_MIN_US: u64 = 12_500_000;
/// The width of one bar of a density, in pixels.
const DENSITY_WIDTH: i32 = 5;
/// A sign takes so many pixels.
const SIGN_WIDTH: i32 = 16;

/// Which moment stands where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeScale {
    /// How much time the whole width shows, in microseconds.
    pub span_us: u64,
    /// The width in pixels.
    pub width: i32,
}

impl TimeScale {
    /// A scale on which everything known has room, and a quarter is left for the future. It
    /// changes by doubling, so the marks stand still most of the time.
    pub fn new(known_us: u64, width: i32) -> TimeScale {
        let mut span_us = SPAN_MIN_US;
        while span_us < known_us + known_us / 3 {
            span_us *= 2;
        }
        TimeScale { span_us, width }
    }

    /// The pixel of a moment.
    pub fn x(self, us: u64) -> i32 {
        (us.min(self.span_us) * self.width.max(0) as u64 / self.span_us) as i32
    }
}

/// Something to draw on a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stroke {
    /// Where it begins.
    pub x: i32,
    /// What it is.
    pub shape: Shape,
}

/// What is drawn on a track.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A bar of that height in permille, with its width.
    Density(u32, i32),
    /// A picture.
    Sign(TrackIcon),
    /// Words after the picture.
    Words(String),
}

/// What is drawn on a track. Words are left out where the next sign stands too near.
pub fn strokes(track: &TrackRow, scale: TimeScale, text: i32) -> Vec<Stroke> {
    let mut strokes: Vec<Stroke> = Vec::new();
    let marks = &track.marks;
    for (index, mark) in marks.iter().enumerate() {
        let x = scale.x(mark.at_us);
        if let TrackIcon::Density(permille) = mark.icon {
            density(&mut strokes, x, u32::from(permille));
            continue;
        }
        let is_hidden = strokes
            .last()
            .is_some_and(|last| x < last.x + SIGN_WIDTH / 2);
        if is_hidden && mark.icon != TrackIcon::Fault {
            continue;
        }
        strokes.push(Stroke {
            x,
            shape: Shape::Sign(mark.icon),
        });
        let words_end = x + SIGN_WIDTH + words_width(&mark.words, text);
        if !mark.words.is_empty() && words_end < next_x(&marks[index + 1..], scale) {
            strokes.push(Stroke {
                x: x + SIGN_WIDTH,
                shape: Shape::Words(mark.words.clone()),
            });
        }
    }
    strokes
}

fn next_x(later: &[TrackMark], scale: TimeScale) -> i32 {
    later
        .first()
        .map_or(scale.width, |mark| scale.x(mark.at_us))
        - SIGN_WIDTH / 2
}

/// Several windows may fall on one bar: it shows the busiest.
fn density(strokes: &mut Vec<Stroke>, x: i32, permille: u32) {
    let x = x - x % DENSITY_WIDTH;
    if let Some(last) = strokes.last_mut()
        && last.x == x
        && let Shape::Density(height, _) = &mut last.shape
    {
        *height = permille.max(*height);
        return;
    }
    if let Some(last) = strokes.last_mut()
        && let Shape::Density(_, width) = &mut last.shape
    {
        *width = (x - last.x - 1).clamp(1, 3 * DENSITY_WIDTH);
    }
    strokes.push(Stroke {
        x,
        shape: Shape::Density(permille, DENSITY_WIDTH - 1),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(at_us: u64, icon: TrackIcon, words: &str) -> TrackMark {
        TrackMark {
            at_us,
            icon,
            words: words.to_owned(),
        }
    }

    fn drawn(marks: Vec<TrackMark>) -> Vec<Stroke> {
        let track = TrackRow {
            name: String::new(),
            marks,
        };
        strokes(&track, TimeScale::new(10_000_000, 800), 14)
    }

    #[test]
    fn the_scale_leaves_room_for_the_future_and_doubles() {
        assert_eq!(TimeScale::new(4_250_000, 756).x(4_250_000), 257);
        assert_eq!(TimeScale::new(22_000_000, 756).span_us, 50_000_000);
    }

    #[test]
    fn words_stand_only_where_the_next_sign_leaves_room() {
        let far = drawn(vec![
            mark(0, TrackIcon::Fault, "broker 1 killed"),
            mark(9_000_000, TrackIcon::Leader, ""),
        ]);
        assert_eq!(far.len(), 3);
        let near = drawn(vec![
            mark(0, TrackIcon::Fault, "broker 1 killed"),
            mark(900_000, TrackIcon::Leader, ""),
        ]);
        assert_eq!(near.len(), 2);
    }

    #[test]
    fn many_windows_make_no_more_bars_than_there_is_room() {
        let marks = (0..100_000).map(|at| mark(at * 100, TrackIcon::Density(1), ""));
        assert!(drawn(marks.collect()).len() <= 800 / DENSITY_WIDTH as usize + 1);
    }
}
