//! Messages inside a partition: beside the logs, on lanes of their own.

use super::*;

/// Scale, size of the stage and how many replicas there are.
const STAGES: [(Scale, (u32, u32), usize); 8] = [
    (Scale::Stacked, (390, 533), 3),
    (Scale::Stacked, (360, 533), 3),
    (Scale::Stacked, (640, 533), 3),
    (Scale::Narrow, (922, 484), 3),
    (Scale::Narrow, (922, 484), 5),
    (Scale::Regular, (1280, 484), 3),
    (Scale::Regular, (1280, 484), 5),
    (Scale::Wide, (1920, 790), 5),
];

/// The place of a capsule of its words alone, with its nose.
fn place_of(flight: &Flight, way: &Way, size: i32) -> Rect {
    // Words are narrower than that.
    let words = strong_width(&way.words(flight, size), size) * 9 / 10;
    let (half, high) = (words / 2 + 11, 20);
    let x = way.capsule_x(f64::from(half)).round() as i32;
    Rect {
        x: x - half,
        y: way.middle.y as i32 - high,
        width: 2 * half,
        height: 2 * high,
    }
}

/// Fetches of all followers, or the answers to them, of which those of lower rows left later.
fn of_all_followers(scene: &mut Scene, is_answer: bool, delay: u64) {
    let fetches = scene.partitions[1].replicas.iter().skip(1).map(|replica| {
        let (from, to) = (Place::Broker(replica.broker), Place::Broker(1));
        let (from, to) = if is_answer { (to, from) } else { (from, to) };
        let late = delay * u64::from(replica.broker - 2);
        Flight {
            id: (u64::from(replica.broker), 0),
            from,
            to,
            words: if is_answer { "HW 20" } else { "fetch 20" }.to_owned(),
            sent_us: 1000 + late,
            arrives_us: 2000 + late,
            ..fetch()
        }
    });
    scene.flights = fetches.collect();
}

/// All capsules at each of those moments.
fn at_each_moment(check: impl Fn(&str, &Scene, &Layout, &[(Flight, Way, Rect)])) {
    for (scale, size, count) in STAGES {
        for end in [7, 20] {
            let ends: Vec<u64> = (0..count).map(|it| end - it as u64 % 2).collect();
            for (is_answer, delay) in [(false, 0), (true, 0), (false, 150), (true, 150)] {
                let (mut scene, layout) = inside(scale, size, &ends);
                of_all_followers(&mut scene, is_answer, delay);
                for now in (1000..=2000).step_by(50) {
                    scene.head.now_us = now;
                    let found = ways(&scene, &layout);
                    let capsules = found.into_iter().map(|(flight, way)| {
                        let place = place_of(flight, &way, layout.measures.text);
                        (flight.clone(), way, place)
                    });
                    let case = format!("{scale:?} {size:?} {count} {end} {is_answer} at {now}");
                    check(&case, &scene, &layout, &capsules.collect::<Vec<_>>());
                }
            }
        }
    }
}

#[test]
fn inside_a_partition_no_capsule_covers_that_of_another_follower() {
    at_each_moment(|case, scene, _, capsules| {
        assert_eq!(capsules.len(), scene.flights.len());
        for (index, (_, _, one)) in capsules.iter().enumerate() {
            for (_, _, other) in &capsules[..index] {
                assert!(!one.meets(*other), "{case}: {one:?} {other:?}");
            }
        }
    });
}

#[test]
fn inside_a_partition_a_capsule_has_room_for_an_offset_of_two_digits() {
    at_each_moment(|case, _, layout, capsules| {
        for (flight, way, _) in capsules {
            let told = way.words(flight, layout.measures.text);
            assert_eq!(told, flight.words, "{case}");
        }
    });
}

#[test]
fn inside_a_partition_a_capsule_keeps_off_the_waiting_room_and_the_edge_of_the_window() {
    at_each_moment(|case, _, layout, capsules| {
        let end = layout.content_width;
        let end = layout.inside.room.map_or(end, |room| room.x) - 7;
        for (_, _, place) in capsules {
            assert!(place.right() <= end, "{case}: {place:?} {end}");
        }
    });
}

#[test]
fn inside_a_partition_a_capsule_keeps_off_the_words_of_all_logs() {
    at_each_moment(|case, scene, layout, capsules| {
        let ends = Ends::new(scene, layout);
        for (flight, _, place) in capsules {
            for (broker, (x, y)) in &ends.logs {
                let words = Rect {
                    x: 0,
                    y: y - 10,
                    width: x - LOG_GAP,
                    height: 20,
                };
                assert!(
                    !words.meets(*place),
                    "{case}: that of {flight:?} the words of {broker}: {place:?} {words:?}"
                );
            }
        }
    });
}

#[test]
fn each_follower_has_a_way_of_its_own_that_begins_at_the_words_of_its_log() {
    for (scale, size, count) in STAGES {
        let (mut scene, layout) = inside(scale, size, &vec![7; count]);
        of_all_followers(&mut scene, false, 0);
        let ends = Ends::new(&scene, &layout);
        let mut lanes = Vec::new();
        for flight in &scene.flights {
            let way = Way::new(flight, 1500, &ends).expect("it has a way");
            let (start, corner) = (way.corners[0], way.corners[1]);
            let (_, (x, y)) = ends.logs[flight.id.0 as usize - 1];
            assert_eq!(start, Point::new(x, y), "{scale:?} {count}");
            assert_eq!(corner.y, start.y);
            assert_eq!(way.corners.last(), Some(&Point::new(x, ends.logs[0].1.1)));
            lanes.push(corner.x);
        }
        assert!(lanes.is_sorted(), "the lower, the farther out: {lanes:?}");
        lanes.dedup();
        let is_phone = size.0 < 600;
        assert!(
            lanes.len() == count - 1 || is_phone || count == 5,
            "{lanes:?}"
        );
        assert!(lanes.len() > 1 || is_phone, "{lanes:?}");
    }
}

#[test]
fn clients_have_a_lane_of_their_own_beyond_those_of_followers() {
    for (scale, size, count) in &STAGES[3..] {
        let (mut scene, layout) = inside(*scale, *size, &vec![7; *count]);
        of_all_followers(&mut scene, false, 0);
        let ends = Ends::new(&scene, &layout);
        let lane_x = |flight: &Flight| {
            let way = Way::new(flight, 1500, &ends);
            way.map_or(0.0, |way| way.corners[1].x)
        };
        let last = scene.flights.iter().map(lane_x).fold(0.0, f64::max);
        let (leader, shop) = (Place::Broker(1), Place::Producer("shop".to_owned()));
        let (from, to) = (shop, leader);
        assert!(
            lane_x(&Flight {
                from,
                to,
                ..fetch()
            }) > last,
            "{scale:?}"
        );
    }
}

#[test]
fn messages_that_meet_on_a_lane_pass_without_covering_each_other() {
    let (mut scene, layout) = inside(Scale::Stacked, (390, 533), &[7, 7, 7]);
    let fetch = fetch();
    let answer = Flight {
        id: (8, 1),
        from: Place::Broker(1),
        to: Place::Broker(2),
        words: "HW 20".to_owned(),
        ..fetch.clone()
    };
    scene.flights = vec![fetch, answer];
    for now in (1000..2000).step_by(10) {
        scene.head.now_us = now;
        let found = ways(&scene, &layout);
        let between = found[1].1.middle.y - found[0].1.middle.y;
        assert!(between >= 40.0, "at {now}: {between}");
    }
}

#[test]
fn inside_a_partition_a_commit_has_no_way_for_its_ends_have_no_place() {
    let (scene, layout) = inside(Scale::Regular, (1280, 484), &[7, 7, 7]);
    let ends = Ends::new(&scene, &layout);
    assert!(Way::new(&fetch(), 1500, &ends).is_some());
    let errand = Errand::Commit;
    let commit = Flight { errand, ..fetch() };
    assert!(Way::new(&commit, 1500, &ends).is_none());
}
