//! What every picture holds to, at every size of the screen.

mod moving;
mod numbering;
mod opened;
mod phone;
mod sides;
mod standing;

use super::picture;
use crate::view::answer::{Spot, SpotNode};
use crate::view::focus::Focus;
use crate::view::layout::{Layout, LayoutInput, Level, Stack};
use crate::view::measures::Scale;
use crate::view::part::{Kind, Part, Rect, strong_width, words_width};
use crate::view::scene::{
    BrokerRow, BrokerStatus, CellRow, ConsumerRow, CutRow, GroupMark, GroupRow, InsideRow, KeyMark,
    KnownRow, MarkShape, PartitionRow, ProducerRow, ReplicaRole, ReplicaRow, Scene, ToldRow,
    UnansweredRow, WaitingRow,
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
    let lag = u64::from(broker != leader && broker == 3);
    let cells = (end.saturating_sub(16)..end - lag).map(|offset| CellRow {
        offset,
        end: offset + 1,
        is_committed: offset + 1 < end,
        ..CellRow::default()
    });
    ReplicaRow {
        broker,
        role: if broker == leader {
            ReplicaRole::Leader
        } else {
            ReplicaRole::Follower
        },
        log_start_offset: 0,
        log_end_offset: end - lag,
        high_watermark: end - 1,
        lag: None,
        folded_count: end.saturating_sub(16),
        cells: cells.collect(),
    }
}

fn partition(id: u32, end: u64) -> PartitionRow {
    let leader = id % 3 + 1;
    PartitionRow {
        id,
        name: format!("p{id}"),
        leader: Some(leader),
        leader_epoch: Some(1),
        former_epoch: Some(0),
        in_sync_replicas: vec![1, 2, 3],
        high_watermark: Some(end - 1),
        replica_count: 3,
        holds: String::new(),
        lost: None,
        yours: None,
        replicas: (1..=3).map(|broker| replica(broker, leader, end)).collect(),
        marks: vec![GroupMark {
            group: "billing".to_owned(),
            shape: MarkShape::Triangle,
            committed: Some(end - 2),
            position: Some(end - 1),
            lag: Some(1),
        }],
        inside: Some(inside(end)),
    }
}

fn inside(end: u64) -> InsideRow {
    let waiting = (0..4).map(|number| WaitingRow {
        required: end + number,
        offsets: format!("offset {}", end + number),
        lacks: format!("broker 3 at {}, needs {}", end - 1, end + number),
        waits: "6 ms".to_owned(),
    });
    InsideRow {
        words: "leader epoch 1, replication factor 3, min.insync.replicas 2".to_owned(),
        waiting: waiting.collect(),
        known: (2..=3)
            .map(|broker| KnownRow {
                broker,
                fetched_at: Some(end - 1),
                is_in_sync: true,
            })
            .collect(),
        epochs: vec![(0, 0), (1, end / 2)],
        cuts: vec![CutRow {
            broker: 3,
            first: end - 1,
            end,
            gone: vec![(end - 1, "H".to_owned())],
            acknowledged: Some(end - 1),
        }],
        told: Some(ToldRow {
            producer: "checkout".to_owned(),
            clock: "00:14.233".to_owned(),
            key: KeyMark::none(),
            words: format!("offset {}, acks=1", end - 1),
        }),
    }
}

fn unanswered(partition: u32) -> UnansweredRow {
    UnansweredRow {
        partition,
        count: 2,
        age_us: 12_400_000,
    }
}

fn scene(end: u64) -> Scene {
    let broker = |id| BrokerRow {
        id,
        status: BrokerStatus::Up,
        note: format!("leads p{}", id - 1),
        is_heard: true,
        silence: None,
    };
    Scene {
        topic: "orders".to_owned(),
        brokers: (1..=3).map(broker).collect(),
        partitions: (0..3).map(|id| partition(id, end)).collect(),
        producers: vec![ProducerRow {
            name: "checkout".to_owned(),
            acks: "acks=all".to_owned(),
            asks: Vec::new(),
            queues: vec![(1, vec![KeyMark::none(); 9])],
            waits: vec![(0, "waits 8.4 s".to_owned()), (1, "waits 8.4 s".to_owned())],
            unanswered: (0..3).map(unanswered).collect(),
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

fn layout(stage: (u32, u32, Scale)) -> Layout {
    layout_of(&scene(6), stage, false)
}

fn layout_of(scene: &Scene, (width, height, scale): (u32, u32, Scale), is_open: bool) -> Layout {
    let all = (1 << scene.brokers.len().min(3)) - 1;
    Layout::new(LayoutInput {
        width,
        height,
        broker_count: scene.brokers.len() as u32,
        partition_count: scene.partitions.len() as u32,
        group_count: scene.groups.len() as u32,
        scale,
        is_open,
        opened_row: 1,
        stack: Stack {
            leader: Some(1.min(scene.brokers.len() as u32 - 1)),
            replicas: all,
            above: all,
        },
        scrolled: 0,
    })
}

/// Where a part's words stand; it may be less or more than the part itself.
fn ground(part: &Part, size: i32) -> Option<Rect> {
    let rect = part.rect?;
    let (x, width) = match part.kind() {
        Kind::Cell | Kind::Offset | Kind::Fold | Kind::Mark => (rect.x, rect.width),
        Kind::LogEnd if part.state.contains("behind") => {
            let width = words_width(&part.words, size);
            (rect.right() - width, width)
        }
        Kind::LogEnd => (rect.x + 12, words_width(&part.words, size)),
        Kind::Flag => (rect.x, strong_width(&part.words, size)),
        _ => (rect.x, words_width(&part.words, size).min(rect.width)),
    };
    (!part.words.is_empty()).then_some(Rect { x, width, ..rect })
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

/// Words do not overlap, and nothing leaves the stage.
fn assert_is_tidy(scene: &Scene, layout: &Layout, case: &str) {
    let parts = picture(scene, layout, &[], &Focus::default());
    let size = layout.measures.text;
    let told: Vec<(&Part, Rect)> = parts
        .iter()
        .filter(|part| {
            let is_ground = matches!(part.kind(), Kind::Controller | Kind::Room | Kind::Lag);
            !is_ground
        })
        .filter_map(|part| Some((part, ground(part, size)?)))
        .collect();
    let edge = layout.content_width;
    for part in &parts {
        let Some(rect) = part.rect else { continue };
        let is_inside = rect.x >= -2 && rect.right() <= edge && rect.width >= 0;
        assert!(is_inside, "{case}: {part:?} leaves {edge}");
    }
    for (index, (part, rect)) in told.iter().enumerate() {
        assert!(
            rect.x >= 0 && rect.right() <= edge,
            "{case}: {part:?} leaves {edge}"
        );
        for (other, other_rect) in &told[index + 1..] {
            let is_apart = !overlap(*rect, *other_rect);
            assert!(is_apart, "{case}: {part:?} overlaps {other:?}");
        }
    }
}

#[test]
fn no_two_words_overlap_and_none_leaves_the_stage() {
    for stage in STAGES {
        for end in [2, 6, 42, 1_234_567] {
            let scene = scene(end);
            for is_open in [false, true] {
                let layout = layout_of(&scene, stage, is_open);
                let case = format!("{stage:?}, {end}, {is_open}");
                assert_is_tidy(&scene, &layout, &case);
            }
        }
    }
}

/// A scene of that many brokers and partitions; each partition on three of them.
fn large_scene(brokers: u32, partitions: u32) -> Scene {
    let mut scene = scene(6);
    let broker = scene.brokers[0].clone();
    scene.brokers = (1..=brokers)
        .map(|id| BrokerRow {
            id,
            ..broker.clone()
        })
        .collect();
    scene.partitions = (0..partitions)
        .map(|id| PartitionRow {
            replicas: (0..brokers.min(3))
                .map(|at| replica((id + at) % brokers + 1, id % brokers + 1, 6))
                .collect(),
            ..partition(id, 6)
        })
        .collect();
    scene.groups[0].members[0].owns = (0..partitions).collect();
    scene
}

#[test]
fn one_to_twelve_brokers_and_one_to_many_partitions_find_their_place() {
    for stage in STAGES {
        for brokers in [1, 2, 3, 5, 6, 8, 12] {
            for partitions in [1, 3, 4, 6, 7, 24, 25, 100] {
                let scene = large_scene(brokers, partitions);
                let layout = layout_of(&scene, stage, false);
                let case = format!("{stage:?}, {brokers} brokers, {partitions} partitions");
                assert_is_tidy(&scene, &layout, &case);
            }
        }
    }
}

#[test]
fn two_groups_and_long_names_keep_apart() {
    for stage in STAGES {
        for is_open in [false, true] {
            let mut scene = scene(42);
            let mut other = scene.groups[0].clone();
            other.name = "a-group-with-quite-a-long-name".to_owned();
            other.members.push(ConsumerRow {
                name: "a-consumer-with-a-long-name".to_owned(),
                owns: Vec::new(),
                note: "idle: no partition left".to_owned(),
            });
            scene.topic = "orders-of-the-whole-continent".to_owned();
            for partition in &mut scene.partitions {
                let mut mark = partition.marks[0].clone();
                mark.group.clone_from(&other.name);
                mark.shape = MarkShape::Diamond;
                partition.marks.push(mark);
            }
            scene.groups.push(other);
            let layout = layout_of(&scene, stage, is_open);
            assert_is_tidy(&scene, &layout, &format!("{stage:?}, {is_open}"));
        }
    }
}

#[test]
fn what_a_row_shows_is_chosen_by_space() {
    let level = |stage, brokers, partitions| {
        layout_of(&large_scene(brokers, partitions), stage, false).level
    };
    let (small, large) = (STAGES[3], STAGES[5]);
    assert_eq!(level(small, 3, 4), Level::Cells);
    assert_eq!(level(small, 3, 5), Level::Bars);
    assert_eq!(level(large, 3, 6), Level::Cells);
    assert_eq!(level(large, 3, 7), Level::Bars);
    assert_eq!(level(small, 6, 3), Level::Cells);
    assert_eq!(level(small, 12, 3), Level::Bars);
    assert_eq!(level(large, 3, 24), Level::Bars);
    assert_eq!(level(large, 3, 25), Level::Table);
}

#[test]
fn a_part_keeps_its_key_from_one_arrangement_to_the_other() {
    let scene = scene(6);
    let keys = |is_open| {
        let layout = layout_of(&scene, STAGES[3], is_open);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let of_row = parts.into_iter().filter(|part| part.key.row == 2);
        let glide = [Kind::Cell, Kind::Bar, Kind::Flag, Kind::Leader, Kind::Notch];
        let gliding =
            of_row.filter(move |part| glide.contains(&part.kind()) && part.key.index < 16);
        gliding.map(|part| part.key).collect::<Vec<_>>()
    };
    let (cluster, inside) = (keys(false), keys(true));
    assert!(cluster.len() > 12, "{cluster:?}");
    assert!(cluster.iter().all(|key| inside.contains(key)));
}

#[test]
fn inside_a_partition_an_offset_has_one_x_in_all_replicas() {
    for stage in STAGES {
        let scene = scene(42);
        let layout = layout_of(&scene, stage, true);
        let parts = picture(&scene, &layout, &[], &Focus::default());
        let cells = parts.iter().filter(|part| part.kind() == Kind::Cell);
        let cells: Vec<(u64, i32)> = cells
            .filter_map(|part| Some((part.key.index, part.rect?.x)))
            .collect();
        for (offset, x) in &cells {
            let mut others = cells.iter().filter(|(other, _)| other == offset);
            assert!(others.all(|(_, other)| other == x), "{stage:?}: {offset}");
        }
        assert!(cells.len() > 6);
    }
}

#[test]
fn what_does_not_concern_the_question_stands_back() {
    let scene = scene(6);
    let layout = layout(STAGES[3]);
    let spots = [Spot {
        number: 1,
        node: SpotNode::Broker(2),
        partition: Some(1),
        is_lit: false,
    }];
    let parts = picture(&scene, &layout, &spots, &Focus::of(None, &spots));
    let of_row = |row| {
        let parts = parts.iter();
        parts.filter(move |part| part.kind() == Kind::Cell && part.key.row == row)
    };
    assert!(of_row(1).all(|part| part.is_dim) && of_row(3).all(|part| part.is_dim));
    assert!(of_row(2).all(|part| !part.is_dim));
}

/// One replica is far behind, on a broker that is down or paused; the high watermark is behind,
/// too, and the group stands among the folded records.
fn scene_of_one_behind(status: BrokerStatus) -> Scene {
    let mut scene = scene(42);
    scene.brokers[2].status = status;
    scene.brokers[1].status = status;
    for partition in &mut scene.partitions {
        for replica in &mut partition.replicas {
            replica.high_watermark = 9;
            if replica.broker == 3 {
                (replica.log_end_offset, replica.folded_count) = (8, 0);
                replica.cells = self::replica(3, 3, 8).cells;
            }
        }
        partition.high_watermark = Some(9);
        (partition.marks[0].committed, partition.marks[0].position) = (Some(2), Some(6));
    }
    scene
}

#[test]
fn who_is_behind_and_a_high_watermark_in_the_fold_keep_apart() {
    for stage in STAGES {
        for status in [BrokerStatus::Up, BrokerStatus::Paused, BrokerStatus::Down] {
            let scene = scene_of_one_behind(status);
            for is_open in [false, true] {
                let layout = layout_of(&scene, stage, is_open);
                let case = format!("{stage:?}, {status:?}, {is_open}");
                assert_is_tidy(&scene, &layout, &case);
            }
        }
    }
}

#[test]
fn different_offsets_of_a_group_never_look_like_one_also_in_the_fold() {
    for stage in STAGES {
        let scene = scene_of_one_behind(BrokerStatus::Up);
        for is_open in [false, true] {
            let layout = layout_of(&scene, stage, is_open);
            let parts = picture(&scene, &layout, &[], &Focus::default());
            let marks: Vec<Rect> = parts
                .iter()
                .filter(|part| part.kind() == Kind::Mark && part.key.row == 2)
                .filter_map(|part| part.rect)
                .collect();
            if let [position, committed] = marks[..] {
                assert!(committed.x + 4 < position.x, "{stage:?}, {is_open}");
                assert_eq!(committed.width, position.width);
            }
        }
    }
}

#[test]
fn on_every_stage_the_leader_has_its_word_and_the_flag_its_name() {
    for stage in STAGES {
        for end in [2, 6, 11, 42, 420] {
            for is_open in [false, true] {
                let scene = scene(end);
                let layout = layout_of(&scene, stage, is_open);
                for part in picture(&scene, &layout, &[], &Focus::default()) {
                    let case = format!("{stage:?}, {end}, {is_open}");
                    match part.kind() {
                        Kind::Leader => assert_eq!(part.words, "LEADER", "{case}"),
                        Kind::Flag => assert!(part.words.contains(' '), "{case}"),
                        _ => {}
                    }
                }
            }
        }
    }
}

#[test]
fn every_part_has_a_key_of_its_own() {
    for stage in STAGES {
        let parts = picture(&scene(42), &layout(stage), &[], &Focus::default());
        let mut pairs = parts.windows(2);
        assert!(pairs.all(|pair| pair[0].key < pair[1].key), "{stage:?}");
    }
}

#[test]
fn whatever_can_be_chosen_has_a_name() {
    for stage in STAGES {
        for part in picture(&scene(42), &layout(stage), &[], &Focus::default()) {
            assert!(part.act.is_none() || !part.name.is_empty(), "{part:?}");
        }
    }
}

#[test]
fn tab_stops_once_in_each_log() {
    let parts = picture(&scene(42), &layout(STAGES[3]), &[], &Focus::default());
    let stops = parts
        .iter()
        .filter(|part| part.kind() == Kind::Cell && part.is_stop);
    assert_eq!(stops.count(), 3);
}

#[test]
fn a_cell_says_partition_offset_key_state_and_broker() {
    let parts = picture(&scene(6), &layout(STAGES[3]), &[], &Focus::default());
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    assert!(names.contains(&"p1, offset 5, no key, not yet committed, on broker 2"));
}
