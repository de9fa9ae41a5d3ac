//! What it costs to encode, append, decode and clean: records of 100 bytes in batches of 16 kB.

use bytes::Bytes;
use divan::Bencher;
use divan::counter::ItemsCount;
use highwater_engine::kafka::ids::{EventId, LeaderEpoch, Offset, TopicName, TopicPartition};
use highwater_engine::kafka::log::{AppendOrigin, Clock, LeaderAppend, Log, LogConfig};
use highwater_engine::kafka::record::{BatchSpec, Record, RecordBatch, encode_batch};

/// So many records of 100 bytes are 16 kB with what stands around them.
const RECORDS: usize = 150;
const BATCHES: usize = 64;
const KEYS: usize = 1000;

fn main() {
    divan::main();
}

fn records(first: usize) -> Vec<Record> {
    let record = |number: usize| Record {
        key: Some(Bytes::from(format!("key-{:06}", number * 7 % KEYS))),
        value: Some(Bytes::from(vec![b'v'; 90])),
        timestamp_ms: number as i64,
        ..Record::default()
    };
    (first..first + RECORDS).map(record).collect()
}

fn batch(first: usize) -> RecordBatch {
    let bytes = encode_batch(&BatchSpec::default(), &records(first));
    RecordBatch::from_bytes(bytes, EventId::default()).expect("what is encoded is a batch")
}

fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 256 << 10,
        is_compacted: true,
        ..LogConfig::default()
    }
}

/// A log of so many batches, in segments of 256 kB.
fn filled(batches: &[RecordBatch]) -> Log {
    let mut log = Log::new(Clock::default());
    let (config, partition) = (config(), TopicPartition::new(&TopicName::new("t"), 0));
    let append = LeaderAppend {
        partition: &partition,
        leader_epoch: LeaderEpoch(0),
        clock: Clock::default(),
        origin: AppendOrigin::Client,
        config: &config,
    };
    for batch in batches {
        log.append_as_leader(batch.clone(), &append)
            .expect("the log takes it");
    }
    log
}

fn batches() -> Vec<RecordBatch> {
    (0..BATCHES).map(|number| batch(number * RECORDS)).collect()
}

#[divan::bench]
fn encode_a_batch(bencher: Bencher<'_, '_>) {
    let records = records(0);
    bencher
        .counter(ItemsCount::new(RECORDS))
        .bench(|| encode_batch(&BatchSpec::default(), &records));
}

#[divan::bench]
fn decode_a_batch(bencher: Bencher<'_, '_>) {
    let batch = batch(0);
    bencher
        .counter(ItemsCount::new(RECORDS))
        .bench(|| batch.records());
}

#[divan::bench]
fn append_a_megabyte(bencher: Bencher<'_, '_>) {
    let batches = batches();
    bencher
        .counter(ItemsCount::new(RECORDS * BATCHES))
        .bench(|| filled(&batches));
}

#[divan::bench]
fn clean_a_megabyte(bencher: Bencher<'_, '_>) {
    let log = filled(&batches());
    let config = config();
    let plan = log.plan_cleaning(None, log.log_end_offset(), 0, &config);
    assert!(
        plan.first_uncleanable_offset > Offset::ZERO,
        "there is something to clean"
    );
    bencher
        .counter(ItemsCount::new(RECORDS * BATCHES))
        .with_inputs(|| log.clone())
        .bench_values(|mut log| log.clean(&plan, 0, usize::MAX, &config));
}
