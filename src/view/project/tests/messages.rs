//! What is seen on its way, and for what time waits.

use highwater_engine::kafka::message::{FetchFrom, Message, Request};

use super::story::{give, send};
use super::*;
use crate::view::project::is_any_under_way;
use crate::view::scene::{PartitionRow, Place};

#[test]
fn of_an_opened_partition_only_what_moves_on_its_lane_slows_time() {
    let mut timeline = first_sight();
    let (mut memory, mut both) = (Memory::default(), [0; 2]);
    for _ in 0..200 {
        timeline.step().expect("the run goes on");
        memory.follow(&timeline);
        let flights = project(&timeline, &mut memory).flights;
        for row in 0..3 {
            let (world, keys) = (timeline.world(), memory.keys());
            let is_slow = is_any_under_way(world, "orders", keys, Some(row));
            let is_seen = flights.iter().any(|it| it.lane == Some(row));
            assert_eq!(is_slow, is_seen, "p{row}");
            both[usize::from(is_slow)] += 1;
        }
    }
    assert!(both.iter().all(|count| *count > 50), "{both:?}");
}

#[test]
fn while_the_visitors_producer_asks_who_leads_time_waits_for_its_messages_alone() {
    let mut timeline = first_sight();
    send(&mut timeline);
    let (mut memory, mut both) = (Memory::default(), [0; 2]);
    for _ in 0..150 {
        timeline.step().expect("the run goes on");
        let scene = project(&timeline, &mut memory);
        let mut asks = scene.producers.iter().filter(|it| !it.asks.is_empty());
        let Some(asking) = asks.next() else {
            continue;
        };
        let you = Place::Producer(asking.name.clone());
        let (world, keys) = (timeline.world(), memory.keys());
        let is_slow = is_any_under_way(world, "orders", keys, None);
        let mut flights = scene.flights.iter();
        let is_yours = flights.any(|it| it.from == you || it.to == you);
        assert_eq!(is_slow, is_yours, "{:?}", scene.flights);
        both[usize::from(!is_yours && !scene.flights.is_empty())] += 1;
    }
    assert!(both.iter().all(|count| *count > 3), "{both:?}");
}

/// Kafka 4.3.1: `DelayedFetch#tryComplete`, its case F: what lies beyond is answered at once, with nothing,
/// and asked for again at once.
#[test]
fn what_consumers_ask_of_a_new_leader_beyond_its_high_watermark_is_not_shown() {
    let mut timeline = first_sight();
    let broker = BrokerId(1);
    let mut in_vain = 0;
    for moment in 0..20 {
        timeline.run_until(SimTime(4_400_000 + moment * 7_000), usize::MAX);
        let before = timeline.position();
        give(&mut timeline, Command::StopBroker { broker });
        let end = timeline.world().now().0 + 200_000;
        while timeline.world().now().0 < end {
            let scene = scene(&timeline);
            let shown = Vec::from_iter(asked(&scene).filter(|(row, to, offset)| {
                row.leader == Some(*to) && row.high_watermark < Some(*offset)
            }));
            assert!(shown.is_empty(), "{shown:?}");
            in_vain += usize::from(is_asked_in_vain(&timeline, &scene));
            timeline.step().expect("the run goes on");
        }
        timeline.undo(before, 1);
    }
    assert!(in_vain > 50, "{in_vain}");
}

/// The fetches of consumers that are seen, each with its row, its receiver and its offset.
fn asked(scene: &Scene) -> impl Iterator<Item = (&PartitionRow, u32, u64)> {
    scene.flights.iter().filter_map(|flight| {
        let (Place::Consumer(_), Place::Broker(to)) = (&flight.from, &flight.to) else {
            return None;
        };
        let offset = flight.words.strip_prefix("fetch ")?.parse().ok()?;
        Some((scene.partitions.get(flight.lane? as usize)?, *to, offset))
    })
}

fn is_asked_in_vain(timeline: &Timeline, scene: &Scene) -> bool {
    let mut flights = timeline.world().network().flights();
    flights.any(|sent| match &*sent.message {
        Message::Request {
            request: Request::Fetch(fetch),
            ..
        } if fetch.from == FetchFrom::Consumer => fetch.partitions.iter().any(|from| {
            let row = scene.partitions.get(from.partition.partition.0 as usize);
            row.is_some_and(|row| row.high_watermark < Some(from.fetch_offset.0))
        }),
        _ => false,
    })
}
