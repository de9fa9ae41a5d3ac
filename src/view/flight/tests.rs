//! Where messages are drawn.

mod phone;

use super::*;
use crate::view::layout::{LayoutInput, Stack};
use crate::view::measures::Scale;
use crate::view::part::strong_width;
use crate::view::scene::{BrokerRow, BrokerStatus, PartitionRow, ReplicaRole, ReplicaRow};

fn fetch() -> Flight {
    Flight {
        id: (7, 1),
        from: Place::Broker(3),
        to: Place::Broker(1),
        lane: Some(1),
        errand: Errand::Fetch,
        words: "fetch 5".to_owned(),
        records: Vec::new(),
        sent_us: 1000,
        arrives_us: 2000,
        is_held: false,
    }
}

fn layout() -> Layout {
    Layout::new(LayoutInput {
        width: 1280,
        height: 484,
        broker_count: 3,
        partition_count: 3,
        group_count: 1,
        ..LayoutInput::default()
    })
}

fn scene() -> Scene {
    let broker = |id| BrokerRow {
        id,
        status: BrokerStatus::Up,
        note: String::new(),
        is_heard: true,
        silence: None,
    };
    Scene {
        brokers: (1..=3).map(broker).collect(),
        partitions: (0..3)
            .map(|id| PartitionRow {
                id,
                ..PartitionRow::default()
            })
            .collect(),
        ..Scene::default()
    }
}

fn middle(flight: &Flight, now_us: u64) -> Option<Point> {
    let (scene, layout) = (scene(), layout());
    Some(Way::new(flight, now_us, &Ends::new(&scene, &layout))?.middle)
}

#[test]
fn a_fetch_flies_on_its_lane_from_follower_to_leader() {
    let flight = fetch();
    let at = |now| middle(&flight, now).map(|point| point.x);
    assert!(at(1000) > at(1500) && at(1500) > at(2000));
    let y = middle(&flight, 1500).map(|point| point.y);
    assert_eq!(y, layout().lane_y(1).map(f64::from));
}

#[test]
fn the_position_depends_on_nothing_but_flight_and_time() {
    let flight = fetch();
    let times: Vec<u64> = (1000..2000).step_by(50).collect();
    let at = |now: &u64| middle(&flight, *now);
    let forward: Vec<_> = times.iter().map(at).collect();
    let mut back: Vec<_> = times.iter().rev().map(at).collect();
    back.reverse();
    assert_eq!(forward, back);
}

#[test]
fn a_held_message_waits_half_way() {
    let held = Flight {
        is_held: true,
        ..fetch()
    };
    assert_eq!(middle(&held, 0), middle(&fetch(), 1500));
}

/// From where to where the capsule reaches, and its way.
fn capsule(flight: &Flight, now_us: u64) -> (i32, i32, Way) {
    let (scene, layout) = (scene(), layout());
    let way = Way::new(flight, now_us, &Ends::new(&scene, &layout)).expect("it has a way");
    let size = layout.measures.text;
    let half = (strong_width(&way.words(flight, size), size) + CAPSULE_AIR) / 2;
    let x = way.capsule_x(f64::from(half)) as i32;
    (x - half, x + half, way)
}

#[test]
fn what_has_no_lane_moves_between_the_controller_and_the_frames() {
    let layout = layout();
    let places = [
        Place::Controller,
        Place::Broker(2),
        Place::Broker(3),
        Place::Producer("checkout".to_owned()),
        Place::Consumer("consumer-1".to_owned()),
    ];
    for words in ["metadata", "OffsetForLeaderEpoch answer"] {
        for (from, to) in places.iter().zip(places.iter().cycle().skip(1)) {
            for now in [1000, 1500, 2000] {
                let flight = Flight {
                    from: from.clone(),
                    to: to.clone(),
                    lane: None,
                    words: words.to_owned(),
                    ..fetch()
                };
                let (left, right, way) = capsule(&flight, now);
                let case = format!("{words} from {from:?} to {to:?}");
                let is_of_client = [from, to]
                    .iter()
                    .any(|it| matches!(it, Place::Producer(_) | Place::Consumer(_)));
                let (first, last) = if is_of_client {
                    (layout.producers.right(), layout.groups.x)
                } else {
                    (layout.controller.x, layout.controller.right())
                };
                assert!(left >= first - 1 && right <= last + 1, "{case}");
                // It begins and ends at who asks.
                match (now, from, to) {
                    (1000, Place::Producer(_), _) | (2000, _, Place::Producer(_)) => {
                        assert!(left - first < 4, "{case}");
                    }
                    (1000, Place::Consumer(_), _) | (2000, _, Place::Consumer(_)) => {
                        assert!(last - right < 4, "{case}");
                    }
                    _ => {}
                }
                let high = 13;
                let y = way.middle.y as i32;
                assert!(y - high >= layout.controller.bottom(), "{case}");
                assert!(y + high <= layout.brokers[0].y, "{case}");
            }
        }
    }
}

#[test]
fn what_the_controller_sends_crosses_no_other_brokers_tick() {
    let frame = layout().brokers[1];
    let metadata = Flight {
        from: Place::Controller,
        to: Place::Broker(2),
        lane: None,
        words: "metadata".to_owned(),
        ..fetch()
    };
    for now in [1000, 1500, 2000] {
        let (left, right, _) = capsule(&metadata, now);
        assert!(frame.x <= left && right <= frame.right(), "{left} {right}");
    }
}

#[test]
fn on_a_lane_no_capsule_covers_a_queue_or_a_card() {
    let layout = layout();
    let of_client = Flight {
        from: Place::Consumer("consumer-1".to_owned()),
        ..fetch()
    };
    let (_, right, _) = capsule(&of_client, 1000);
    assert!(right <= layout.groups.x);
    let of_client = Flight {
        from: Place::Producer("checkout".to_owned()),
        ..fetch()
    };
    let (left, _, _) = capsule(&of_client, 1000);
    assert!(left >= layout.brokers[0].x - 12, "nor a row's name");
}

#[test]
fn words_are_shortened_where_they_have_no_room() {
    let (scene, layout) = (scene(), layout());
    let flight = Flight {
        from: Place::Controller,
        to: Place::Broker(1),
        lane: None,
        words: "AnApiWithQuiteALongName answer".to_owned(),
        ..fetch()
    };
    let way = Way::new(&flight, 1500, &Ends::new(&scene, &layout));
    let told = way.map(|way| way.words(&flight, 14).into_owned());
    assert_eq!(told.as_deref(), Some("AnApiWithQuiteALongName"));
}

#[test]
fn of_the_name_of_an_error_whole_words_are_told() {
    let (scene, layout) = inside(Scale::Stacked, (390, 533), &[6, 6, 6]);
    for (error, told) in [
        ("NOT_LEADER_OR_FOLLOWER", "NOT_LEADER…"),
        ("FENCED_LEADER_EPOCH", "FENCED…"),
        ("HW 6", "HW 6"),
    ] {
        let flight = Flight {
            words: error.to_owned(),
            ..fetch()
        };
        let way = Way::new(&flight, 1500, &Ends::new(&scene, &layout));
        let words = way.map(|way| way.words(&flight, 14).into_owned());
        assert_eq!(words.as_deref(), Some(told));
    }
}

#[test]
fn two_answers_or_two_fetches_at_the_same_time_do_not_hide_each_other() {
    for back in [false, true] {
        let flight = |other| {
            let (from, to) = (Place::Broker(1), Place::Broker(other));
            let (from, to) = if back { (to, from) } else { (from, to) };
            Flight {
                from,
                to,
                words: "HW 70".to_owned(),
                ..fetch()
            }
        };
        for now in (1000..=2000).step_by(50) {
            let (_, right, _) = capsule(&flight(2), now);
            let (left, _, _) = capsule(&flight(3), now);
            assert!(right < left, "at {now}: {right} {left}");
        }
    }
}

/// The inside of `p1`, whose replicas on brokers 1 to `count` end where `ends` says, in that size.
fn inside(scale: Scale, (width, height): (u32, u32), ends: &[u64]) -> (Scene, Layout) {
    let count = ends.len() as u32;
    let replicas = (1 << count) - 1;
    let layout = Layout::new(LayoutInput {
        width,
        height,
        scale,
        broker_count: count,
        partition_count: 3,
        group_count: 1,
        is_open: true,
        opened_row: 1,
        stack: Stack {
            leader: Some(0),
            replicas,
            above: replicas,
        },
        ..LayoutInput::default()
    });
    let mut scene = scene();
    let broker = scene.brokers[0].clone();
    scene.brokers = (1..=count)
        .map(|id| BrokerRow {
            id,
            ..broker.clone()
        })
        .collect();
    let replica = |(broker, end): (u32, &u64)| ReplicaRow {
        broker,
        role: if broker == 1 {
            ReplicaRole::Leader
        } else {
            ReplicaRole::Follower
        },
        log_start_offset: 0,
        log_end_offset: *end,
        high_watermark: 7,
        lag: None,
        folded_count: 0,
        cells: Vec::new(),
    };
    scene.partitions[1].leader = Some(1);
    scene.partitions[1].replicas = (1..).zip(ends).map(replica).collect();
    (scene, layout)
}

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
