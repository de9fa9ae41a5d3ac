//! What becomes of old records in a running cluster: compaction and retention, on every replica by
//! itself.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, NodeId, Offset, TopicName, TopicPartition};
use highwater_engine::kafka::log::Log;
use highwater_engine::kafka::metadata::ConfigResource;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::event::Event;
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

/// The same cluster with a cleaner that may read and write 500 bytes a second, a batch at a time.
fn slow_cleaner() -> String {
    let quick = "\"log.cleaner.io.max.bytes.per.second\": \"1500\"";
    assert!(COMPACTION.contains(quick));
    COMPACTION.replace(quick, "\"log.cleaner.io.max.bytes.per.second\": \"500\"")
}

/// A broker's first cleaning that began: who, when, how many bytes there were.
fn first_start(timeline: &Timeline) -> Option<(NodeId, SimTime, u64)> {
    let mut events = timeline.branch().steps().flat_map(|step| &step.events);
    events.find_map(|event| match event.kafka()? {
        KafkaEvent::LogCleaningStarted {
            cleanable_bytes, ..
        } => Some((event.node?, event.at, *cleanable_bytes)),
        _ => None,
    })
}

fn happened(timeline: &Timeline, is_it: impl Fn(&KafkaEvent) -> bool) -> bool {
    let mut events = timeline.branch().steps().flat_map(|step| &step.events);
    events.any(|event| event.kafka().is_some_and(&is_it))
}

/// Kafka 4.3.1: `Cleaner#cleanInto`, `LocalLog#replaceSegments`.
#[test]
fn a_cleaning_takes_the_time_of_its_bytes_and_swaps_at_its_end() {
    let timeline = timeline_of(&slow_cleaner(), 30_000);
    let (node, began, bytes) = first_start(&timeline).expect("one begins");
    let of_node = |event: &&Event| event.node == Some(node) && event.at >= began;
    let steps = timeline.branch().steps().flat_map(|step| &step.events);
    let events: Vec<&Event> = steps.filter(of_node).collect();
    let at = |is_it: fn(&KafkaEvent) -> bool| {
        let found = events.iter().find(|it| it.kafka().is_some_and(is_it));
        found.expect("it happens").at
    };
    let swapped = at(|kafka| matches!(kafka, KafkaEvent::SegmentsCleaned { .. }));
    let ended = at(|kafka| matches!(kafka, KafkaEvent::LogCleaned { .. }));
    // Once for the map, once to copy, and what stays is written.
    let least_us = bytes * 2 * 1_000_000 / 500;
    assert!(
        swapped.since(began).0 >= least_us,
        "{bytes} bytes from {began:?} to {swapped:?}"
    );
    assert!(swapped.since(began).0 < least_us * 2);
    assert!(ended >= swapped);
    assert_nothing_is_broken(&timeline);
}

/// Kafka 4.3.1: `LogManager#updateTopicConfig`, `LogManager#asyncDelete`.
#[test]
fn a_log_that_is_deleted_or_no_longer_compacted_is_given_up() {
    let alter = ClientCall::AlterConfig {
        resource: ConfigResource::Topic(TopicName::new("prices")),
        set: [("cleanup.policy".to_owned(), "delete".to_owned())].into(),
        delete: Vec::new(),
    };
    let topic = TopicName::new("prices");
    for method in [alter, ClientCall::DeleteTopic { topic }] {
        let mut timeline = timeline_of(&slow_cleaner(), 6000);
        for ms in 0..200 {
            run_to(&mut timeline, 6000 + ms * 100);
            if first_start(&timeline).is_some() {
                break;
            }
        }
        let client = "admin".to_owned();
        give(&mut timeline, Command::Call { client, method });
        run_to(&mut timeline, 40_000);
        let is_abort = |kafka: &KafkaEvent| matches!(kafka, KafkaEvent::LogCleaningAborted { .. });
        assert!(happened(&timeline, is_abort));
        let is_end = |kafka: &KafkaEvent| matches!(kafka, KafkaEvent::SegmentsCleaned { .. });
        assert!(!happened(&timeline, is_end), "nothing is swapped in");
        assert_nothing_is_broken(&timeline);
    }
}

/// What a cleaner had copied is in no log: a process that dies loses nothing.
#[test]
fn a_process_that_dies_while_it_cleans_begins_anew() {
    let mut timeline = timeline_of(&slow_cleaner(), 6000);
    let mut now_ms = 6000;
    while first_start(&timeline).is_none() {
        now_ms += 100;
        run_to(&mut timeline, now_ms);
    }
    let (node, ..) = first_start(&timeline).expect("one has begun");
    let NodeId::Broker(broker) = node else {
        panic!("only brokers clean");
    };
    let before = log_of(&timeline, broker.0, &prices()).clone();
    give(&mut timeline, Command::CrashBroker { broker });
    let log = log_of(&timeline, broker.0, &prices());
    assert_eq!(
        log.entries(Offset::ZERO, Offset(1000)),
        before.entries(Offset::ZERO, Offset(1000))
    );
    give(&mut timeline, Command::StartBroker { broker });
    run_to(&mut timeline, now_ms + 40_000);
    assert!(cleanings(&timeline).iter().any(|(it, _)| *it == node));
    assert_nothing_is_broken(&timeline);
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
