//! What becomes of old records in a running cluster: compaction and retention, on every replica by
//! itself.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, NodeId, Offset, TopicName, TopicPartition};
use highwater_engine::kafka::log::Log;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::invariant::Rule;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sorted::SortedMap;

use crate::support::{give, run_to, timeline_of};

const COMPACTION: &str =
    include_str!("../../../../scenarios/compaction-keeps-the-last-of-each-key.json");
const RETENTION: &str = include_str!("../../../../scenarios/retention-takes-whole-segments.json");

fn prices() -> TopicPartition {
    TopicPartition::new(&TopicName::new("prices"), 0)
}

fn clicks() -> TopicPartition {
    TopicPartition::new(&TopicName::new("clicks"), 0)
}

fn log_of<'a>(timeline: &'a Timeline, broker: u32, partition: &TopicPartition) -> &'a Log {
    let broker = timeline
        .world()
        .broker(BrokerId(broker))
        .expect("it is there");
    broker.disk().log(partition).expect("it has a replica")
}

/// The offsets of a log's records, and the last offset of each key among them.
fn contents(log: &Log) -> (Vec<Offset>, SortedMap<String, Offset>) {
    let mut offsets = Vec::new();
    let mut last = SortedMap::new();
    for batch in log.segments().flat_map(|segment| segment.batches()) {
        for stored in batch.records().expect("the log holds whole batches") {
            offsets.push(stored.offset);
            let key = stored.record.key.expect("every record has a key");
            last.insert(String::from_utf8_lossy(&key).into_owned(), stored.offset);
        }
    }
    (offsets, last)
}

fn cleanings(timeline: &Timeline) -> Vec<(NodeId, Offset)> {
    let events = timeline.branch().steps().flat_map(|step| &step.events);
    events
        .filter_map(|event| match event.kafka()? {
            KafkaEvent::LogCleaned { to, .. } => Some((event.node?, *to)),
            _ => None,
        })
        .collect()
}

fn assert_nothing_is_broken(timeline: &Timeline) {
    for rule in Rule::ALL {
        assert_eq!(timeline.world().invariants().breach(rule), None);
    }
}

#[test]
fn every_replica_cleans_its_own_log_and_all_keep_the_last_of_each_key() {
    let timeline = timeline_of(COMPACTION, 20_000);
    let cleaned: Vec<NodeId> = cleanings(&timeline).iter().map(|(node, _)| *node).collect();
    for id in 1..=3 {
        assert!(
            cleaned.contains(&NodeId::Broker(BrokerId(id))),
            "broker {id}"
        );
    }
    let leader = log_of(&timeline, 1, &prices());
    let (offsets, last) = contents(leader);
    let dense = (0..leader.log_end_offset().0).count();
    assert!(offsets.len() < dense, "{} of {dense}", offsets.len());
    assert!(offsets.is_sorted());
    for id in [2, 3] {
        let log = log_of(&timeline, id, &prices());
        assert_eq!(log.log_end_offset(), leader.log_end_offset());
        assert_eq!(contents(log).1, last, "broker {id}");
    }
    assert_nothing_is_broken(&timeline);
}

/// What compaction took was acknowledged and isn't lost: a newer record of its key is there.
#[test]
fn a_leader_that_compacted_is_followed_by_another_one_and_nothing_counts_as_lost() {
    let mut timeline = timeline_of(COMPACTION, 14_000);
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    run_to(&mut timeline, 30_000);
    give(&mut timeline, Command::StartBroker { broker });
    run_to(&mut timeline, 45_000);
    let end = |id| log_of(&timeline, id, &prices()).log_end_offset();
    assert_eq!((end(1), end(3)), (end(2), end(2)));
    assert_nothing_is_broken(&timeline);
}

/// Why records went is the newer ones' writing.
#[test]
fn a_cleaning_has_the_newer_records_among_its_causes() {
    let timeline = timeline_of(COMPACTION, 20_000);
    let events = timeline.branch().steps().flat_map(|step| &step.events);
    let mut cleanings = events.filter(|event| {
        matches!(event.kafka(), Some(KafkaEvent::LogCleaned { records_before, records_after, .. })
            if records_after < records_before)
    });
    let cleaning = cleanings.next().expect("something was cleaned");
    let is_sending = |id: &_| {
        let cause = timeline.event(*id).and_then(|event| event.kafka());
        matches!(cause, Some(KafkaEvent::BatchSent { .. }))
    };
    assert!(
        cleaning.causes.iter().any(is_sending),
        "{:?}",
        cleaning.causes
    );
}

/// Kafka 4.3.1: `LogManager#cleanupLogs` on every broker.
#[test]
fn every_replica_deletes_the_segments_whose_youngest_record_is_too_old() {
    let timeline = timeline_of(RETENTION, 20_000);
    for id in 1..=3 {
        let log = log_of(&timeline, id, &clicks());
        assert!(
            log.log_start_offset() > Offset(20),
            "{}",
            log.log_start_offset()
        );
        assert!(log.segments().count() >= 2);
        let first = log.segments().next().map(|segment| segment.base_offset());
        assert_eq!(first, Some(log.log_start_offset()), "whole segments go");
    }
    assert_nothing_is_broken(&timeline);
}
