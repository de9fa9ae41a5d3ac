//! Where marks and their words stand on the tracks, and which of them.

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
fn words_stand_before_their_sign_or_else_after_it_and_only_where_no_other_sign_is() {
    let words = "broker 1 killed";
    let scale = TimeScale::new(10_000_000, 800);
    let places = |marks: &[(u64, &str)]| {
        let marks = marks.iter().map(|(at, it)| mark(*at, TrackIcon::Fault, it));
        words_of(&drawn(marks.collect(), -50))
    };
    let x = scale.x(5_000_000);
    assert!(places(&[(5_000_000, words)]) < Some(x));
    let close = 4_500_000;
    assert!(places(&[(close, ""), (5_000_000, words)]) > Some(x));
    assert_eq!(
        places(&[(close, ""), (5_000_000, words), (5_600_000, "")]),
        None
    );
    assert!(places(&[(5_000_000, words), (5_600_000, "")]) < Some(x));
}

#[test]
fn words_stay_on_their_side_while_the_play_head_moves_on_and_are_never_under_it() {
    let scale = TimeScale::new(10_000_000, 800);
    let marks = || {
        vec![
            mark(9_000_000, TrackIcon::Leader, "leaders chosen"),
            mark(9_300_000, TrackIcon::Fault, "broker 1 killed"),
        ]
    };
    let width = words_width("broker 1 killed", TEXT);
    for now in (9_300_000..14_000_000).step_by(50_000) {
        let head_x = scale.x(now);
        let strokes = drawn(marks(), head_x);
        let words = strokes.iter().filter_map(|stroke| match &stroke.shape {
            Shape::Words(words) => Some((words.as_str(), stroke.x)),
            _ => None,
        });
        let words = Vec::from_iter(words);
        let sign = strokes
            .iter()
            .find(|it| it.shape == Shape::Sign(TrackIcon::Fault));
        let sign = sign.map_or(0, |it| it.x);
        let said = |sought| words.iter().find(|it| it.0 == sought).map(|it| it.1);
        let (crowns, faults) = (said("leaders chosen"), said("broker 1 killed"));
        assert!(crowns < Some(scale.x(9_000_000)), "{now}");
        let is_past = head_x > sign + SIGN_ROOM + width + HEAD_HALF;
        assert!(!is_past || faults.is_some(), "{now}: nothing is in the way");
        if let Some(x) = faults {
            assert_eq!(x - sign, SIGN_ROOM, "{now}");
            assert!(!(x..x + width).contains(&head_x), "{now}");
        }
    }
}

#[test]
fn a_new_leader_stands_beside_the_fault_that_comes_right_after() {
    let marks = vec![
        mark(10_000_000, TrackIcon::Leader, "broker 2 leads p1"),
        mark(10_017_000, TrackIcon::Fault, "broker 3 killed"),
        mark(10_030_000, TrackIcon::Fault, "link cut"),
    ];
    let strokes = drawn(marks, TimeScale::new(10_000_000, 800).x(20_000_000));
    let signs = strokes.iter().filter_map(|stroke| match stroke.shape {
        Shape::Sign(icon) => Some((icon, stroke.x)),
        _ => None,
    });
    let signs = Vec::from_iter(signs);
    let icons = [TrackIcon::Leader, TrackIcon::Fault, TrackIcon::Fault];
    assert_eq!(Vec::from_iter(signs.iter().map(|it| it.0)), icons);
    assert!(signs.windows(2).all(|it| it[1].1 - it[0].1 == SIGN_WIDTH));
    let said = strokes.iter().filter_map(|it| match &it.shape {
        Shape::Words(words) => Some(words.as_str()),
        _ => None,
    });
    let said = Vec::from_iter(said);
    assert_eq!(
        said,
        ["broker 2 leads p1", "link cut"],
        "and the newest one's"
    );
}

#[test]
fn daily_signs_hide_neither_a_turn_nor_its_words() {
    let marks = vec![
        mark(2_000_000, TrackIcon::Isr, ""),
        mark(9_700_000, TrackIcon::Isr, ""),
        mark(10_000_000, TrackIcon::Leader, "broker 2 leads p1"),
        mark(10_001_000, TrackIcon::Isr, ""),
    ];
    let strokes = drawn(marks, -50);
    let is = |icon| move |it: &&Stroke| it.shape == Shape::Sign(icon);
    assert_eq!(strokes.iter().filter(is(TrackIcon::Isr)).count(), 1);
    assert_eq!(strokes.iter().filter(is(TrackIcon::Leader)).count(), 1);
    assert!(words_of(&strokes).is_some());
}

#[test]
fn what_is_pointed_at_is_the_sign_that_is_drawn_there() {
    let track = TrackRow {
        marks: vec![
            mark(5_000_000, TrackIcon::Leader, "broker 2 leads p1"),
            mark(5_017_000, TrackIcon::Fault, "broker 3 killed"),
        ],
        ..TrackRow::default()
    };
    let scale = TimeScale::new(10_000_000, 800);
    let x = scale.x(5_017_000);
    let words = |x| mark_at(&track, scale, -50, x).map(|mark| mark.words.as_str());
    assert_eq!(words(x), Some("broker 3 killed"));
    assert_eq!(words(x - SIGN_WIDTH), Some("broker 2 leads p1"));
    assert_eq!(words(x + 2 * SIGN_WIDTH), None);
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
        let strokes = drawn(marks, head_x);
        let fault = strokes
            .iter()
            .find(|it| it.shape == Shape::Sign(TrackIcon::Fault));
        assert_eq!(fault.map(|it| it.x), Some(head_x - HEAD_HALF - 3));
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
    assert_eq!(places.len(), 3);
    assert!(places.windows(2).all(|it| it[1] - it[0] == SIGN_WIDTH));
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
    let sheet = include_str!("../../../style/time.css");
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
