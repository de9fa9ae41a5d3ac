//! Batches are really compressed: by the producer, and anew by a leader whose topic wants another codec.

use highwater_engine::kafka::config::Properties;
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::kafka::log::Log;
use highwater_engine::kafka::record::CompressionType;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::timeline::Timeline;

use crate::support::{first_sight_with, orders, run_to};

/// The first sight after 8 s, its producer under a codec, its topic under another.
fn played(of_producer: &str, of_topic: &str) -> Timeline {
    let topic_setting = format!("\"compression.type\":\"{of_topic}\",");
    let mut scenario = first_sight_with(&topic_setting, "");
    for timed in &mut scenario.commands {
        if let Command::AddProducer { config, .. } = &mut timed.command {
            let codec = ("compression.type".to_owned(), of_producer.to_owned());
            let linger = ("linger.ms".to_owned(), "1000".to_owned());
            *config = Properties::from([codec, linger]);
        }
    }
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    run_to(&mut timeline, 8000);
    timeline
}

fn log_of(timeline: &Timeline, broker: u32) -> &Log {
    let broker = timeline.world().broker(BrokerId(broker));
    let disk = broker.expect("it is there").disk();
    disk.log(&orders(1)).expect("it has a replica")
}

/// The codecs of its batches, the keys of their records, and how large all of them are.
fn contents(log: &Log) -> (Vec<CompressionType>, Vec<String>, u64) {
    let batches: Vec<_> = log.segments().flat_map(|it| it.batches()).collect();
    let codecs = batches
        .iter()
        .filter_map(|batch| batch.header().attributes.compression());
    let records = batches
        .iter()
        .flat_map(|batch| batch.records().expect("it can be read"));
    let keys = records.map(|stored| {
        let key = stored.record.key.expect("every record has a key");
        String::from_utf8_lossy(&key).into_owned()
    });
    let bytes = batches.iter().map(|batch| u64::from(batch.size_in_bytes()));
    (codecs.collect(), keys.collect(), bytes.sum())
}

fn reads(timeline: &Timeline) -> usize {
    let events = timeline.branch().steps().flat_map(|step| &step.events);
    let handed = events.filter_map(|event| match event.kafka()? {
        KafkaEvent::RecordsPolled { count, .. } => Some(*count as usize),
        _ => None,
    });
    handed.sum()
}

/// Kafka 4.3.1: `compression.type=producer` keeps the producer's bytes.
#[test]
fn a_producers_codec_is_kept_and_its_batches_are_smaller_and_read_the_same() {
    let plain = played("none", "producer");
    let zipped = played("gzip", "producer");
    let (_, keys, plain_bytes) = contents(log_of(&plain, 1));
    let (codecs, zipped_keys, zipped_bytes) = contents(log_of(&zipped, 1));
    assert!(!codecs.is_empty() && codecs.iter().all(|it| *it == CompressionType::Gzip));
    assert_eq!(zipped_keys, keys);
    assert!(zipped_bytes < plain_bytes, "{zipped_bytes}, {plain_bytes}");
    assert!(reads(&zipped) > 0 && reads(&zipped) == reads(&plain));
    for follower in [2, 3] {
        let (codecs, ..) = contents(log_of(&zipped, follower));
        assert!(codecs.iter().all(|it| *it == CompressionType::Gzip));
    }
}

/// Kafka 4.3.1: `LogValidator#validateMessagesAndAssignOffsets`.
#[test]
fn a_topics_own_codec_replaces_the_producers() {
    let (_, keys, _) = contents(log_of(&played("none", "producer"), 1));
    for (name, codec) in [
        ("snappy", CompressionType::Snappy),
        ("lz4", CompressionType::Lz4),
        ("zstd", CompressionType::Zstd),
        ("uncompressed", CompressionType::None),
    ] {
        let timeline = played("gzip", name);
        let (codecs, of_topic, _) = contents(log_of(&timeline, 1));
        assert!(codecs.iter().all(|it| *it == codec), "{codecs:?}");
        assert_eq!(of_topic, keys);
    }
}
