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
/// A sign takes so many pixels.
const SIGN_WIDTH: i32 = 16;

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

/// The mark at a pixel of a track, if there is one near.
pub fn mark_at(track: &TrackRow, scale: TimeScale, x: i32) -> Option<&TrackMark> {
    let marks = track.marks.iter().filter(|mark| is_sign(mark));
    let near = marks.map(|mark| ((scale.x(mark.at_us) - x).abs(), mark));
    let (distance, mark) = near.min_by_key(|(distance, _)| *distance)?;
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

/// What is drawn on a track. Words stand after their sign, or before it, or are left out: never
/// on another sign, nor right behind one that they don't belong to, nor under the play head at
/// `head_x`.
pub fn strokes(track: &TrackRow, scale: TimeScale, text: i32, head_x: i32) -> Vec<Stroke> {
    let mut strokes: Vec<Stroke> = Vec::new();
    let marks = &track.marks;
    let mut taken = -SIGN_WIDTH;
    for (index, mark) in marks.iter().enumerate() {
        let mut x = place_of(mark, scale, head_x);
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
            _ if x < 0 => continue,
            TrackIcon::Fault => {
                // Beside the one right before it; of a burst, the first ones are seen.
                let beside = x.max(taken + SIGN_WIDTH / 2);
                if beside - x > SIGN_WIDTH {
                    continue;
                }
                x = beside;
                strokes.push(sign(mark.icon, x));
            }
            _ if x < taken => continue,
            _ => strokes.push(sign(mark.icon, x)),
        }
        let width = words_width(&mark.words, text);
        let next = next_x(&marks[index + 1..], scale, head_x);
        let is_free = |from: i32, to: i32| !(from - HEAD_HALF..to + HEAD_HALF).contains(&head_x);
        let after = x + SIGN_WIDTH - 4;
        let before = x - SIGN_WIDTH + 4 - width;
        let place = if mark.words.is_empty() {
            None
        } else if after + width < next && is_free(after, after + width) {
            Some(after)
        } else if before > taken + SIGN_WIDTH && is_free(before, before + width) {
            Some(before)
        } else {
            None
        };
        taken = x + SIGN_WIDTH / 2;
        if let Some(x) = place {
            taken = taken.max(x + width);
            let words = mark.words.clone();
            strokes.push(Stroke {
                x,
                shape: Shape::Words(words),
            });
        }
    }
    strokes
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

fn next_x(later: &[TrackMark], scale: TimeScale, head_x: i32) -> i32 {
    let next = later.first();
    next.map_or(scale.width, |mark| place_of(mark, scale, head_x)) - SIGN_WIDTH / 2
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
mod tests {
    use super::*;

    fn mark(at_us: u64, icon: TrackIcon, words: &str) -> TrackMark {
        TrackMark {
            at_us,
            icon,
            words: words.to_owned(),
        }
    }

    fn drawn(marks: Vec<TrackMark>, head_x: i32) -> Vec<Stroke> {
        let track = TrackRow {
            marks,
            ..TrackRow::default()
        };
        strokes(&track, TimeScale::new(10_000_000, 800), 14, head_x)
    }

    fn words_of(strokes: &[Stroke]) -> Option<i32> {
        let is_words = |stroke: &&Stroke| matches!(stroke.shape, Shape::Words(_));
        strokes.iter().find(is_words).map(|stroke| stroke.x)
    }

    #[test]
    fn the_scale_leaves_room_for_the_future_and_doubles() {
        assert_eq!(TimeScale::new(4_250_000, 756).x(4_250_000), 257);
        assert_eq!(TimeScale::new(22_000_000, 756).span_us, 50_000_000);
    }

    #[test]
    fn a_closer_look_shows_half_around_the_play_head_or_what_was_moved_to() {
        let whole = TimeScale::new(20_000_000, 800);
        let closer = Zoom::default().step(true);
        let seen = whole.zoomed(closer, 20_000_000);
        assert_eq!((seen.from_us, seen.span_us), (7_500_000, 25_000_000));
        assert_eq!(seen.x(seen.moment(400)), 400);
        let later = whole.zoomed(closer.moved(seen, true), 20_000_000);
        assert_eq!(later.from_us, seen.from_us + seen.span_us / 4);
        assert_eq!(whole.zoomed(closer.step(false), 10_000_000), whole);
    }

    #[test]
    fn words_stand_only_where_the_next_sign_leaves_room() {
        let two = |at_us| {
            vec![
                mark(300_000, TrackIcon::Fault, "broker 1 killed"),
                mark(at_us, TrackIcon::Leader, ""),
            ]
        };
        assert!(words_of(&drawn(two(9_000_000), -50)).is_some());
        assert_eq!(words_of(&drawn(two(900_000), -50)), None);
    }

    #[test]
    fn words_make_way_for_the_play_head() {
        let one = || vec![mark(5_000_000, TrackIcon::Fault, "broker 1 killed")];
        let sign = TimeScale::new(10_000_000, 800).x(5_000_000);
        assert!(words_of(&drawn(one(), -50)) > Some(sign));
        assert!(words_of(&drawn(one(), sign + 20)) < Some(sign));
    }

    #[test]
    fn what_happened_just_now_is_not_under_the_play_head_whatever_is_said_before_it() {
        let scale = TimeScale::new(10_000_000, 800);
        for now in (5_000_000..9_000_000).step_by(50_000) {
            let marks = vec![
                mark(4_000_000, TrackIcon::Leader, "leaders chosen"),
                mark(now, TrackIcon::Fault, ""),
            ];
            let head_x = scale.x(now);
            let last = drawn(marks, head_x).pop();
            assert_eq!(last.map(|stroke| stroke.x), Some(head_x - HEAD_HALF - 3));
        }
    }

    #[test]
    fn words_stand_right_behind_no_sign_but_their_own() {
        let marks = vec![
            mark(5_000_000, TrackIcon::Leader, ""),
            mark(7_500_000, TrackIcon::Fault, "link cut"),
            mark(8_100_000, TrackIcon::Leader, ""),
        ];
        let strokes = drawn(marks, -50);
        let crown = strokes[0].x;
        let words = words_of(&strokes);
        assert!(words.is_none_or(|words| words > crown + SIGN_WIDTH + SIGN_WIDTH / 2));
    }

    #[test]
    fn faults_of_one_moment_stand_side_by_side() {
        let burst = (0..9).map(|at| mark(3_000_000 + at, TrackIcon::Fault, ""));
        let strokes = drawn(burst.collect(), -50);
        let places: Vec<i32> = strokes.iter().map(|stroke| stroke.x).collect();
        assert_eq!(places.len(), 2);
        assert_eq!(places[1] - places[0], SIGN_WIDTH);
    }

    #[test]
    fn three_tracks_say_the_most_where_there_is_no_room_for_all() {
        let track = |kind, at_us| TrackRow {
            kind,
            marks: vec![mark(at_us, TrackIcon::Fault, "")],
            ..TrackRow::default()
        };
        let all = [
            track(TrackKind::Faults, 7),
            track(TrackKind::Leaders, 3),
            track(TrackKind::Requests, 1),
            track(TrackKind::Group, 1),
            track(TrackKind::Rules, 9),
        ];
        assert_eq!(chosen(&all, 120).len(), 5);
        let with_branches = [1, 2].map(|number| track(TrackKind::Branch(number), 2));
        let seven = [&all[..], &with_branches].concat();
        assert_eq!(
            chosen(&seven, 134).last().map(|it| it.kind),
            Some(TrackKind::Branch(1))
        );
        let few = chosen(&all, 66);
        assert_eq!(few.len(), 3);
        let times: Vec<_> = few[0].marks.iter().map(|mark| mark.at_us).collect();
        assert_eq!(times, [3, 7, 9]);
    }

    #[test]
    fn the_neighbour_on_a_track_is_the_next_mark_or_the_last() {
        let track = TrackRow {
            marks: vec![
                mark(1, TrackIcon::Fault, ""),
                mark(5, TrackIcon::Density(1), ""),
                mark(9, TrackIcon::Fault, ""),
            ],
            ..TrackRow::default()
        };
        let at = |now, later| neighbour(&track, now, later).map(|mark| mark.at_us);
        assert_eq!(
            (at(1, true), at(9, false), at(9, true)),
            (Some(9), Some(1), None)
        );
    }

    #[test]
    fn of_a_name_that_has_no_room_the_first_word_is_left() {
        assert_eq!(within("leaders, ISR", names_width(82)), "leaders");
        assert_eq!(within("leaders, ISR", names_width(134)), "leaders, ISR");
    }

    #[test]
    fn the_slider_begins_where_the_names_end_and_a_long_name_is_shortened() {
        let sheet = include_str!("../../style/time.css");
        for height in [82, 134] {
            let width = names_width(height);
            assert!(sheet.contains(&format!("inset-inline-start: {}px", width + 10)));
            for name in ["requests", "a-group-with-a-long-name"] {
                let words = within(name, width);
                assert!(words_width(&words, TEXT) <= width, "{words}");
                assert_eq!(words == name, name == "requests", "{words}");
            }
        }
    }

    #[test]
    fn many_windows_make_no_more_bars_than_there_is_room() {
        let marks = (0..100_000).map(|at| mark(at * 100, TrackIcon::Density(1), ""));
        assert!(drawn(marks.collect(), 0).len() <= 800 / DENSITY_WIDTH as usize + 1);
    }
}
