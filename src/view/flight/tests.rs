//! Where messages are drawn.

mod opened;
mod phone;

use super::*;
use crate::view::layout::{LayoutInput, Stack};
use crate::view::measures::Scale;
use crate::view::part::strong_width;
use crate::view::scene::{BrokerRow, BrokerStatus, KeyMark, PartitionRow, ReplicaRole, ReplicaRow};

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
fn an_error_whose_name_has_no_room_says_what_it_means() {
    let (scene, layout) = inside(Scale::Stacked, (390, 533), &[6, 6, 6]);
    let told = |words: &str| {
        let flight = Flight {
            words: words.to_owned(),
            ..fetch()
        };
        let way = Way::new(&flight, 1500, &Ends::new(&scene, &layout)).expect("it has a way");
        let capsule = way.rough_capsule(&flight, 14);
        let (left, right) = way.edges();
        assert!(2.0 * capsule.half <= right - left, "{words}: {capsule:?}");
        capsule.words.into_owned()
    };
    assert_eq!(told("NOT_LEADER_OR_FOLLOWER"), "not leader");
    assert_eq!(told("FENCED_LEADER_EPOCH"), "old epoch");
    assert_eq!(told("UNKNOWN_LEADER_EPOCH"), "newer epoch");
    assert_eq!(told("OFFSET_OUT_OF_RANGE"), "error");
    assert_eq!(told("HW 6"), "HW 6");
}

#[test]
fn what_goes_to_both_sides_of_a_broker_or_comes_from_both_is_seen_apart() {
    let (scene, layout) = (scene(), layout());
    let frame = layout.brokers[1];
    let middle = f64::from(frame.x + frame.width / 2);
    for (is_back, other) in [(false, 1), (false, 3), (true, 1), (true, 3)] {
        let (from, to) = (Place::Broker(2), Place::Broker(other));
        let (from, to) = if is_back { (to, from) } else { (from, to) };
        let flight = Flight {
            from,
            to,
            words: "HW 7".to_owned(),
            records: vec![KeyMark::default()],
            ..fetch()
        };
        let at_broker = if is_back { 2000 } else { 1000 };
        let way = Way::new(&flight, at_broker, &Ends::new(&scene, &layout)).expect("it has a way");
        let (half, nose) = (way.rough_capsule(&flight, 14).half, f64::from(NOSE));
        let x = way.capsule_x(half + nose);
        // What arrives has its nose towards the broker's middle, what leaves its tail.
        let reach = if is_back { half + nose } else { half };
        let inner = if other == 1 { middle - x } else { x - middle };
        assert!(inner + 2.0 >= reach, "{is_back} {other}: {inner} {reach}");
    }
}

#[test]
fn two_answers_or_two_fetches_at_the_same_time_do_not_hide_each_other() {
    for back in [false, true] {
        let flight = |other| {
            let (from, to) = (Place::Broker(1), Place::Broker(other));
            let (from, to) = if back { (to, from) } else { (from, to) };
            Flight {
                id: (7, other),
                from,
                to,
                words: "HW 70".to_owned(),
                ..fetch()
            }
        };
        let mut scene = scene();
        scene.flights = vec![flight(2), flight(3)];
        for now in (1000..=2000).step_by(50) {
            scene.head.now_us = now;
            let places = ways(&scene, &layout()).into_iter().map(|(flight, way)| {
                let half = way.rough_capsule(flight, 14).half;
                let x = way.capsule_x(half + f64::from(NOSE));
                (flight.id, x - half, x + half)
            });
            let mut places = Vec::from_iter(places);
            places.sort_by_key(|(id, ..)| *id);
            let [(_, _, right), (_, left, _)] = places[..] else {
                panic!("there are two: {places:?}");
            };
            assert!(right < left, "at {now}: {places:?}");
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
