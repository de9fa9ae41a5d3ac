//! Kafka's own cases of the area "log-cleaner".
//!
//! Kafka 4.3.1: `LogCleanerTest`, `LogCleanerManagerTest`.

mod keeping;
mod law;
mod looking;
mod planning;

use bytes::Bytes;

use super::{Cleaning, CleaningPass};
use crate::kafka::ids::{Offset, ProducerId};
use crate::kafka::log::testing::{TestLog, batch_of};
use crate::kafka::log::{AppendOrigin, Log, TransactionVersion};
use crate::kafka::record::{
    BatchSpec, EndTransactionMarker, MarkerSpec, ProducerStamp, Record, RecordBatch,
    TransactionOutcome, encode_batch, encode_end_transaction_marker,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// So far in the future that every horizon would have passed, but those that are set then.
const LARGE_MS: i64 = i64::MAX - DAY_MS - 1;

/// A compacted log and its cleaner.
struct Bench {
    test: TestLog,
    next_sequence: [i32; 8],
}

impl Bench {
    fn new() -> Bench {
        let mut test = TestLog::new();
        test.config.is_compacted = true;
        test.config.has_delete_policy = false;
        Bench {
            test,
            next_sequence: [0; 8],
        }
    }

    /// Appends records of those keys without a producer id.
    fn plain(&mut self, keys: &[&'static str]) {
        let records: Vec<Record> = keys.iter().map(|key| record(key)).collect();
        self.append_records(&records);
    }

    fn append_records(&mut self, records: &[Record]) {
        let batch = batch_of(encode_batch(&BatchSpec::default(), records));
        self.test.append(batch).expect("the log takes it");
    }

    /// Appends records of those keys as producer `id` goes on.
    fn of(&mut self, id: u64, keys: &[&'static str], is_transactional: bool) {
        let sequence = &mut self.next_sequence[id as usize];
        let batch = of_producer(id, *sequence, keys, is_transactional);
        *sequence += keys.len() as i32;
        self.test.append(batch).expect("the log takes it");
    }

    /// Appends records of those keys as a coordinator does, always from sequence 0 on.
    fn as_coordinator(&mut self, id: u64, keys: &[&'static str]) {
        let transaction_version = TransactionVersion::V1;
        let origin = AppendOrigin::Coordinator {
            transaction_version,
        };
        let batch = of_producer(id, 0, keys, true);
        self.test
            .append_from(batch, origin)
            .expect("the log takes it");
    }

    fn end(&mut self, id: u64, outcome: TransactionOutcome) {
        let batch = batch_of(encode_end_transaction_marker(&MarkerSpec {
            producer_id: ProducerId(id),
            producer_epoch: 0,
            marker: EndTransactionMarker {
                outcome,
                coordinator_epoch: 0,
            },
            timestamp_ms: self.test.now_ms,
        }));
        self.test.append_marker(batch).expect("the log takes it");
    }

    fn commit(&mut self, id: u64) {
        self.end(id, TransactionOutcome::Commit);
    }

    fn abort(&mut self, id: u64) {
        self.end(id, TransactionOutcome::Abort);
    }

    fn roll(&mut self) {
        let clock = self.test.clock();
        let end = self.test.log.log_end_offset();
        // An empty segment would be replaced by itself.
        if end > self.test.log.active_base_offset() {
            self.test.log.roll(end, clock);
        }
    }

    /// Cleans from `first_dirty` up to the active segment. Returns where that ended.
    fn clean_from(&mut self, first_dirty: Offset, now_ms: i64) -> Offset {
        let cleaning = Cleaning {
            first_dirty_offset: first_dirty,
            first_uncleanable_offset: self.test.log.active_base_offset(),
            clean_bytes: 0,
            cleanable_bytes: 0,
            is_overdue: false,
        };
        let config = self.test.config.clone();
        self.test
            .log
            .clean(&cleaning, now_ms, usize::MAX, &config)
            .to
    }

    fn clean(&mut self, now_ms: i64) -> Offset {
        self.clean_from(Offset::ZERO, now_ms)
    }

    /// Once, and again when what the first pass found superfluous has waited long enough.
    fn clean_twice(&mut self, now_ms: i64) {
        self.clean(now_ms);
        self.clean(now_ms + DAY_MS + 1);
    }

    fn keys(&self) -> Vec<String> {
        let data = batches(&self.test.log).filter(|batch| !batch.is_control());
        let records = data.flat_map(|batch| batch.records().unwrap_or_default());
        records
            .filter_map(|stored| stored.record.key)
            .map(|key| String::from_utf8_lossy(&key).into_owned())
            .collect()
    }

    fn offsets(&self) -> Vec<u64> {
        let records = batches(&self.test.log).flat_map(|batch| batch.records().unwrap_or_default());
        records.map(|stored| stored.offset.0).collect()
    }

    fn batch_last_offsets(&self) -> Vec<u64> {
        batches(&self.test.log)
            .map(|batch| batch.last_offset().0)
            .collect()
    }

    fn plan(&self, high_watermark: u64) -> Cleaning {
        let test = &self.test;
        test.log
            .plan_cleaning(None, Offset(high_watermark), test.now_ms, &test.config)
    }
}

fn batches(log: &Log) -> impl Iterator<Item = &RecordBatch> {
    log.segments().flat_map(|segment| segment.batches())
}

fn record(key: &'static str) -> Record {
    Record {
        key: Some(Bytes::from_static(key.as_bytes())),
        value: Some(Bytes::from_static(b"v")),
        ..Record::default()
    }
}

fn of_producer(
    id: u64,
    sequence: i32,
    keys: &[&'static str],
    is_transactional: bool,
) -> RecordBatch {
    let spec = BatchSpec {
        producer: Some(ProducerStamp {
            id: ProducerId(id),
            epoch: 0,
            base_sequence: Some(sequence),
        }),
        is_transactional,
        ..BatchSpec::default()
    };
    let records: Vec<Record> = keys.iter().map(|key| record(key)).collect();
    batch_of(encode_batch(&spec, &records))
}

/// Six sealed segments of one record each.
fn six_segments() -> Bench {
    let mut bench = Bench::new();
    for key in ["0", "1", "2", "3", "4", "5"] {
        bench.plain(&[key]);
        bench.roll();
    }
    bench
}
