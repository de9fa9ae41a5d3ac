//! Where messages are drawn.

use super::*;
use crate::view::layout::{LayoutInput, Stack};
use crate::view::measures::Scale;
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
                assert!(left >= layout.controller.x - 1, "{case}");
                assert!(right <= layout.controller.right() + 1, "{case}");
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

/// The scene of a telephone on which two replicas of `p1` have seven records.
fn on_telephone() -> (Scene, Layout) {
    let layout = Layout::new(LayoutInput {
        width: 390,
        height: 533,
        scale: Scale::Stacked,
        broker_count: 3,
        partition_count: 3,
        opened_row: 1,
        stack: Stack {
            leader: Some(0),
            replicas: 0b101,
            in_sync: 0b101,
        },
        ..LayoutInput::default()
    });
    let mut scene = scene();
    let replica = |broker, role| ReplicaRow {
        broker,
        role,
        log_start_offset: 0,
        log_end_offset: 7,
        high_watermark: 7,
        lag: None,
        folded_count: 0,
        cells: Vec::new(),
    };
    scene.partitions[1].leader = Some(1);
    scene.partitions[1].replicas = vec![
        replica(1, ReplicaRole::Leader),
        replica(3, ReplicaRole::Follower),
    ];
    (scene, layout)
}

#[test]
fn on_a_telephone_a_capsule_keeps_off_the_numbers_of_the_logs() {
    let (mut scene, layout) = on_telephone();
    scene.flights = vec![fetch()];
    let ends = Ends::new(&scene, &layout);
    let numbers = ends.logs.iter().map(|(_, (x, _))| x - LOG_AIR).max();
    for now in [1000, 1250, 1500, 1750, 2000] {
        let way = Way::new(&scene.flights[0], now, &ends).expect("it has a way");
        let half = 35.0;
        let left = way.capsule_x(half) - half;
        assert!(left >= f64::from(numbers.unwrap_or(390)), "at {now}");
        assert!(way.capsule_x(half) + half <= 390.0);
    }
}

#[test]
fn inside_a_partition_a_commit_has_no_way_for_its_ends_have_no_place() {
    let scene = on_telephone().0;
    let layout = Layout::new(LayoutInput {
        is_open: true,
        opened_row: 1,
        stack: Stack {
            leader: Some(0),
            replicas: 0b101,
            in_sync: 0b101,
        },
        ..layout().input
    });
    let ends = Ends::new(&scene, &layout);
    assert!(Way::new(&fetch(), 1500, &ends).is_some());
    let errand = Errand::Commit;
    let commit = Flight { errand, ..fetch() };
    assert!(Way::new(&commit, 1500, &ends).is_none());
}
