//! The time bar: which moment stands at which pixel, and what is drawn there. Pure.

use crate::view::format::{clock, shortened};
use crate::view::part::words_width;
use crate::view::scene::{DENSITY_WINDOW_US, TrackIcon, TrackKind, TrackMark, TrackRow};

/// The shortest stretch of time on the bar, in microseconds.
const SPAN_MIN_US: u64 = 12_500_000;
/// The closest look shows the whole's so-many-times-halved part.
const HALVINGS_MAX: u32 = 10;
/// Where something stands that is too early to be shown.
const BEYOND: i32 = 10_000;
/// Where not all tracks have that height, only so many are shown.
const TRACK_HEIGHT_MIN: i32 = 20;
const FEW: usize = 3;
/// The size of what is written.
const TEXT: i32 = 14;
/// A bar has all tracks from this height on.
const TALL_FROM: i32 = 100;
/// Half of what the play head takes.
const HEAD_HALF: i32 = 9;
/// The width of one bar of a density, in pixels.
const DENSITY_WIDTH: i32 = 5;
/// A sign takes so many pixels; its words stand so far from its middle.
const SIGN_WIDTH: i32 = 16;
const SIGN_ROOM: i32 = 12;

/// What stretch of time is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zoom {
    /// How often the whole was halved.
    pub halvings: u32,
    /// The moment in the middle, in microseconds since the start of the run; without one the
    /// play head.
    pub middle_us: Option<u64>,
}

impl Zoom {
    /// Half of what is seen, or twice as much.
    pub fn step(self, is_closer: bool) -> Zoom {
        let halvings = if is_closer {
            (self.halvings + 1).min(HALVINGS_MAX)
        } else {
            self.halvings.saturating_sub(1)
        };
        Zoom { halvings, ..self }
    }

    /// What lies a quarter earlier or later than what `scale` shows.
    pub fn moved(self, scale: TimeScale, is_later: bool) -> Zoom {
        let middle = scale.from_us + scale.span_us / 2;
        let way = scale.span_us / 4;
        let moved = if is_later {
            middle + way
        } else {
            middle.saturating_sub(way)
        };
        Zoom {
            middle_us: Some(moved),
            ..self
        }
    }
}

/// Which moment stands where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeScale {
    /// The moment at the left, in microseconds since the start of the run.
    pub from_us: u64,
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
        TimeScale {
            from_us: 0,
            span_us,
            width,
        }
    }

    /// The part of it that `zoom` shows.
    pub fn zoomed(self, zoom: Zoom, now_us: u64) -> TimeScale {
        if zoom.halvings == 0 {
            return self;
        }
        let span_us = (self.span_us >> zoom.halvings).max(1);
        let middle = zoom.middle_us.unwrap_or(now_us).min(self.span_us);
        TimeScale {
            from_us: middle.saturating_sub(span_us / 2),
            span_us,
            ..self
        }
    }

    /// The pixel of a moment; beyond the edges for what isn't shown.
    pub fn x(self, us: u64) -> i32 {
        let width = self.width.max(0) as u64;
        if us < self.from_us {
            return -BEYOND;
        }
        let passed = (us - self.from_us).min(2 * self.span_us);
        (passed * width / self.span_us) as i32
    }

    /// The moment at a pixel, in microseconds since the start of the run.
    pub fn moment(self, x: i32) -> u64 {
        let (x, width) = (x.max(0) as u64, self.width.max(1) as u64);
        self.from_us + x.min(width) * self.span_us / width
    }
}

/// How wide the names of the tracks are on a bar of that height: a low one has only short ones. The
/// slider in `time.css` begins behind them.
pub fn names_width(height: i32) -> i32 {
    if height < TALL_FROM { 64 } else { 86 }
}

/// As much of a name as has room, at best its first word.
pub fn within(name: &str, width: i32) -> String {
    let fits = words_width(name, TEXT) <= width;
    let name = name.split(',').next().filter(|_| !fits).unwrap_or(name);
    let mut limit = name.chars().count();
    let mut words = name.to_owned();
    while limit > 1 && words_width(&words, TEXT) > width {
        limit -= 1;
        words = shortened(name, limit);
    }
    words
}

/// The tracks that have room: all of this branch with as many of others, or three that say the most.
pub fn chosen(tracks: &[TrackRow], height: i32) -> Vec<TrackRow> {
    let fits = (height / TRACK_HEIGHT_MIN).max(0) as usize;
    let is_own = |track: &&TrackRow| !matches!(track.kind, TrackKind::Branch(_));
    if tracks.iter().filter(is_own).count() <= fits || tracks.len() < FEW {
        return tracks[..fits.max(FEW).min(tracks.len())].to_vec();
    }
    let mut cluster = TrackRow {
        name: "cluster".to_owned(),
        ..TrackRow::default()
    };
    let mut few = vec![];
    for track in tracks {
        match track.kind {
            TrackKind::Faults | TrackKind::Leaders | TrackKind::Rules => {
                let marks = track
                    .marks
                    .iter()
                    .filter(|mark| mark.icon != TrackIcon::None);
                for mark in marks {
                    let place = cluster.marks.partition_point(|it| it.at_us <= mark.at_us);
                    cluster.marks.insert(place, mark.clone());
                }
            }
            _ if few.len() + 1 < FEW => few.push(track.clone()),
            _ => {}
        }
    }
    few.insert(0, cluster);
    few
}

/// The mark at a pixel of a track, if there is one near, while the play head is at `head_x`.
pub fn mark_at(track: &TrackRow, scale: TimeScale, head_x: i32, x: i32) -> Option<&TrackMark> {
    let small = track
        .marks
        .iter()
        .filter(|mark| is_sign(mark) && !is_turn(mark));
    let small = small.map(|mark| (scale.x(mark.at_us), mark));
    let all = turns(track, scale, head_x).into_iter().chain(small);
    let near = all.map(|(at, mark)| ((at - x).abs(), mark));
    let (distance, mark) = near
        .filter(|(_, mark)| is_sign(mark))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= SIGN_WIDTH / 2).then_some(mark)
}

/// The next mark of a track after a moment, or the last before it.
pub fn neighbour(track: &TrackRow, now_us: u64, is_later: bool) -> Option<&TrackMark> {
    let mut marks = track.marks.iter().filter(|mark| is_sign(mark));
    if is_later {
        marks.find(|mark| mark.at_us > now_us)
    } else {
        marks.rfind(|mark| mark.at_us < now_us)
    }
}

/// What a mark says when it is pointed at.
pub fn mark_words(track: &TrackRow, mark: &TrackMark) -> String {
    let what = match mark.icon {
        _ if !mark.words.is_empty() => mark.words.as_str(),
        TrackIcon::Isr => "the ISR changed",
        TrackIcon::Commit => "offsets committed",
        TrackIcon::Rebalance(_) => "rebalance",
        _ => track.name.as_str(),
    };
    format!("{what}, {}", clock(mark.at_us))
}

fn is_sign(mark: &TrackMark) -> bool {
    !matches!(mark.icon, TrackIcon::Density(_) | TrackIcon::None)
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
    /// A stop of that width.
    Stop(i32),
    /// Words beside the picture.
    Words(String),
}

/// What is drawn on a track: first the signs that say what happened, each with its words as far as they
/// have room, then what is left of the daily ones.
pub fn strokes(track: &TrackRow, scale: TimeScale, text: i32, head_x: i32) -> Vec<Stroke> {
    let (mut strokes, mut taken) = (Vec::new(), Vec::new());
    let turns = turns(track, scale, head_x);
    let mut free = 0;
    for (index, (x, mark)) in turns.iter().enumerate() {
        strokes.push(sign(mark.icon, *x));
        taken.push((x - SIGN_WIDTH, x + SIGN_WIDTH));
        let next = turns.get(index + 1).map_or(scale.width, |(x, _)| *x);
        let width = words_width(&mark.words, text);
        let room = (free, next - SIGN_WIDTH / 2);
        free = x + SIGN_WIDTH * 3 / 2;
        if let Some(x) = words_x(*x, width, room, head_x) {
            free = free.max(x + width + SIGN_WIDTH);
            taken.push((x - SIGN_WIDTH / 2, x + width));
            let shape = Shape::Words(mark.words.clone());
            strokes.push(Stroke { x, shape });
        }
    }
    free = 0;
    for mark in track.marks.iter().filter(|mark| !is_turn(mark)) {
        let x = place_of(mark, scale, head_x);
        match mark.icon {
            TrackIcon::Density(permille) => {
                let end = scale.x(mark.at_us + DENSITY_WINDOW_US);
                density(&mut strokes, x, u32::from(permille), end - x);
                continue;
            }
            TrackIcon::Rebalance(us) => strokes.push(Stroke {
                x,
                shape: Shape::Stop((scale.x(mark.at_us + us) - x).max(2)),
            }),
            _ if x < free || taken.iter().any(|(from, to)| (*from..*to).contains(&x)) => continue,
            _ => strokes.push(sign(mark.icon, x)),
        }
        free = x + SIGN_WIDTH / 2;
    }
    strokes
}

/// Where the words of a sign at `x` begin: before it, since that room doesn't change any more, or else
/// after it. Nothing where they would have no room, or lie under the play head at `head_x` or beyond it,
/// while that is close: there nothing has happened yet.
fn words_x(x: i32, width: i32, (free, next): (i32, i32), head_x: i32) -> Option<i32> {
    let (before, after) = (x - SIGN_ROOM - width, x + SIGN_ROOM);
    let (from, has_room) = if before > free {
        (before, true)
    } else {
        (after, after + width < next)
    };
    let is_under = (from - HEAD_HALF..from + width + HEAD_HALF).contains(&head_x);
    (width > 0 && has_room && !is_under).then_some(from)
}

/// The marks that say what happened, from left to right, with their places: of several at one place the
/// last stands there, and those before it beside each other, as far as they are not too far away.
fn turns(track: &TrackRow, scale: TimeScale, head_x: i32) -> Vec<(i32, &TrackMark)> {
    let (mut turns, mut next) = (Vec::new(), i32::MAX);
    for mark in track.marks.iter().rev().filter(|mark| is_turn(mark)) {
        let at = place_of(mark, scale, head_x);
        let x = at.min(next - SIGN_WIDTH);
        // A fault doesn't hide who leads since then.
        let away = if mark.icon == TrackIcon::Leader { 3 } else { 2 };
        if x >= 0 && at - x <= away * SIGN_WIDTH {
            next = x;
            turns.push((x, mark));
        }
    }
    turns.reverse();
    turns
}

fn is_turn(mark: &TrackMark) -> bool {
    matches!(
        mark.icon,
        TrackIcon::Fault | TrackIcon::Leader | TrackIcon::Branch | TrackIcon::None
    )
}

fn sign(icon: TrackIcon, x: i32) -> Stroke {
    let shape = Shape::Sign(icon);
    Stroke { x, shape }
}

/// Where a mark stands: what happened just now before the play head, not under it.
fn place_of(mark: &TrackMark, scale: TimeScale, head_x: i32) -> i32 {
    let x = scale.x(mark.at_us);
    if is_sign(mark) && (0..HEAD_HALF + 3).contains(&(head_x - x)) {
        head_x - HEAD_HALF - 3
    } else {
        x
    }
}

/// Several windows may fall on one bar: it shows the busiest.
fn density(strokes: &mut Vec<Stroke>, x: i32, permille: u32, width: i32) {
    if let Some(last) = strokes.last_mut()
        && let Shape::Density(height, wide) = &mut last.shape
        && x < last.x + DENSITY_WIDTH
    {
        *height = permille.max(*height);
        *wide = (x - last.x + width - 1).max(DENSITY_WIDTH - 1);
        return;
    }
    strokes.push(Stroke {
        x,
        shape: Shape::Density(permille, (width - 1).max(1)),
    });
}

#[cfg(test)]
mod tests;
