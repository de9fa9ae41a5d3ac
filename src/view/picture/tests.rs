//! What every picture holds to, at every size of the screen.

use super::picture;
use crate::view::answer::{Spot, SpotNode};
use crate::view::layout::{Layout, LayoutInput};
use crate::view::measures::Scale;
use crate::view::part::{Kind, Part, Rect, strong_width, words_width};
use crate::view::scene::{
    BrokerRow, BrokerStatus, CellRow, ConsumerRow, GroupMark, GroupRow, KeyMark, MarkShape,
    PartitionRow, ProducerRow, ReplicaRole, ReplicaRow, Scene,
};

/// Width, height and scale of stages: a telephone, a page beside the panel, 1280, 1920.
const STAGES: [(u32, u32, Scale); 6] = [
    (390, 533, Scale::Stacked),
    (640, 484, Scale::Stacked),
    (920, 484, Scale::Narrow),
    (1280, 484, Scale::Regular),
    (1460, 760, Scale::Wide),
    (1920, 760, Scale::Wide),
];

fn replica(broker: u32, leader: u32, end: u64) -> ReplicaRow {
    let cells = (end.saturating_sub(16)..end).map(|offset| CellRow {
        offset,
        key: KeyMark::none(),
        is_committed: offset + 1 < end,
        is_tombstone: false,
        is_yours: false,
    });
    let lag = u64::from(broker != leader && broker == 3);
    ReplicaRow {
        broker,
        role: if broker == leader {
            ReplicaRole::Leader
        } else {
            ReplicaRole::Follower
        },
        log_end_offset: end - lag,
        high_watermark: end - 1,
        folded_count: end.saturating_sub(16),
        cells: cells.take((16 - lag) as usize).collect(),
    }
}

fn partition(id: u32, end: u64) -> PartitionRow {
    let leader = id % 3 + 1;
    PartitionRow {
        id,
        name: format!("p{id}"),
        leader: Some(leader),
        leader_epoch: Some(1),
        in_sync_replicas: vec![1, 2, 3],
        high_watermark: Some(end - 1),
        replica_count: 3,
        replicas: (1..=3).map(|broker| replica(broker, leader, end)).collect(),
        marks: vec![GroupMark {
            group: "billing".to_owned(),
            shape: MarkShape::Triangle,
            committed: Some(end - 2),
            position: Some(end - 1),
            lag: Some(1),
        }],
    }
}

fn scene(end: u64) -> Scene {
    let broker = |id| BrokerRow {
        id,
        status: BrokerStatus::Up,
        note: format!("leads p{}", id - 1),
        silent_for: None,
    };
    Scene {
        topic: "orders".to_owned(),
        brokers: (1..=3).map(broker).collect(),
        partitions: (0..3).map(|id| partition(id, end)).collect(),
        producers: vec![ProducerRow {
            name: "checkout".to_owned(),
            acks: "acks=all".to_owned(),
            queues: vec![(1, vec![KeyMark::none(); 9])],
        }],
        groups: vec![GroupRow {
            name: "billing".to_owned(),
            state: "generation 1, stable".to_owned(),
            members: vec![ConsumerRow {
                name: "consumer-1".to_owned(),
                owns: vec![0, 1, 2],
                note: String::new(),
            }],
        }],
        ..Scene::default()
    }
}

fn layout((width, height, scale): (u32, u32, Scale)) -> Layout {
    Layout::new(LayoutInput {
        width,
        height,
        broker_count: 3,
        partition_count: 3,
        scale,
        opened_row: 1,
        leader_column: Some(1),
    })
}

/// Where a part's words stand; it may be less or more than the part itself.
fn ground(part: &Part, size: i32) -> Option<Rect> {
    let rect = part.rect?;
    let (x, width) = match part.kind() {
        Kind::Cell | Kind::Offset | Kind::Fold | Kind::Mark => (rect.x, rect.width),
        Kind::LogEnd => (rect.x + 12, words_width(&part.words, size)),
        Kind::Flag => (rect.x, strong_width(&part.words, size)),
        _ => (rect.x, words_width(&part.words, size).min(rect.width)),
    };
    (!part.words.is_empty()).then_some(Rect { x, width, ..rect })
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

#[test]
fn no_two_words_overlap_and_none_leaves_the_stage() {
    for stage in STAGES {
        for end in [2, 6, 42, 1_234_567] {
            let layout = layout(stage);
            let parts = picture(&scene(end), &layout, &[]);
            let size = layout.measures.text;
            let told: Vec<(&Part, Rect)> = parts
                .iter()
                .filter(|part| !matches!(part.kind(), Kind::Mark | Kind::Controller))
                .filter_map(|part| Some((part, ground(part, size)?)))
                .collect();
            for (index, (part, rect)) in told.iter().enumerate() {
                let edge = layout.content_width;
                assert!(
                    rect.x >= 0 && rect.right() <= edge,
                    "{part:?} leaves {stage:?}"
                );
                for (other, other_rect) in &told[index + 1..] {
                    let is_apart = !overlap(*rect, *other_rect);
                    assert!(is_apart, "{stage:?}, {end}: {part:?} overlaps {other:?}");
                }
            }
        }
    }
}

#[test]
fn every_part_has_a_key_of_its_own() {
    for stage in STAGES {
        let parts = picture(&scene(42), &layout(stage), &[]);
        let mut pairs = parts.windows(2);
        assert!(pairs.all(|pair| pair[0].key < pair[1].key), "{stage:?}");
    }
}

#[test]
fn whatever_can_be_chosen_has_a_name() {
    for stage in STAGES {
        for part in picture(&scene(42), &layout(stage), &[]) {
            assert!(part.act.is_none() || !part.name.is_empty(), "{part:?}");
        }
    }
}

#[test]
fn tab_stops_once_in_each_log() {
    let parts = picture(&scene(42), &layout(STAGES[3]), &[]);
    let stops = parts
        .iter()
        .filter(|part| part.kind() == Kind::Cell && part.is_stop);
    assert_eq!(stops.count(), 3);
}

#[test]
fn numbers_of_causes_stand_where_they_happened() {
    let spot = |number, node, partition| Spot {
        number,
        is_lit: false,
        node,
        partition,
    };
    let spots = [
        spot(1, SpotNode::Broker(2), Some(1)),
        spot(2, SpotNode::Controller, None),
        spot(3, SpotNode::Controller, None),
    ];
    let layout = layout(STAGES[3]);
    let parts = picture(&scene(42), &layout, &spots);
    let numbers = parts.iter().filter(|part| part.kind() == Kind::Cause);
    let places: Vec<Rect> = numbers.filter_map(|part| part.rect).collect();
    assert_eq!(Some(places[0].y + 12), layout.lane_y(1));
    assert!(places[0].x < layout.brokers[1].x && layout.brokers[1].x < places[0].right());
    assert_eq!(places.len(), 2);
    assert!(places[1].right() <= layout.controller.right());
}

#[test]
fn a_cell_says_partition_offset_key_state_and_broker() {
    let parts = picture(&scene(6), &layout(STAGES[3]), &[]);
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    assert!(names.contains(&"p1, offset 5, no key, not yet committed, on broker 2"));
}
