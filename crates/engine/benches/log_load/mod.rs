//! What the benchmarks of the log do, natively and in wasm: records of 100 bytes in batches of 16 kB.

use bytes::Bytes;
use highwater_engine::kafka::ids::{EventId, LeaderEpoch, TopicName, TopicPartition};
use highwater_engine::kafka::log::{AppendOrigin, Cleaning, Clock, LeaderAppend, Log, LogConfig};
use highwater_engine::kafka::record::{BatchSpec, Record, RecordBatch, encode_batch};

/// So many records of 100 bytes are 16 kB with what stands around them.
pub const RECORDS: usize = 150;
/// A megabyte of them.
pub const BATCHES: usize = 64;
/// How many different keys.
const KEYS: usize = 1000;

/// The records of a batch, of which the first has that number.
pub fn records(first: usize) -> Vec<Record> {
    let record = |number: usize| Record {
        key: Some(Bytes::from(format!("key-{:06}", number * 7 % KEYS))),
        value: Some(Bytes::from(vec![b'v'; 90])),
        timestamp_ms: number as i64,
        ..Record::default()
    };
    (first..first + RECORDS).map(record).collect()
}

/// A batch of them.
pub fn batch(first: usize) -> RecordBatch {
    let bytes = encode_batch(&BatchSpec::default(), &records(first));
    RecordBatch::from_bytes(bytes, EventId::default()).expect("what is encoded is a batch")
}

/// Segments of 256 kB, compacted.
pub fn config() -> LogConfig {
    LogConfig {
        segment_bytes: 256 << 10,
        is_compacted: true,
        ..LogConfig::default()
    }
}

/// A log of those batches.
pub fn filled(batches: &[RecordBatch]) -> Log {
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

/// Batches of a megabyte.
pub fn batches() -> Vec<RecordBatch> {
    (0..BATCHES).map(|number| batch(number * RECORDS)).collect()
}

/// What the cleaner would do to that log.
pub fn plan(log: &Log) -> Cleaning {
    let plan = log.plan_cleaning(None, log.log_end_offset(), 0, &config());
    assert!(
        plan.first_uncleanable_offset > log.log_start_offset(),
        "there is something to clean"
    );
    plan
}
