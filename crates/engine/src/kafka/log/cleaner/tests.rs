//! Kafka's own cases of the area "log-cleaner".
//!
//! Kafka 4.3.1: `LogCleanerTest`, `LogCleanerManagerTest`.

use bytes::Bytes;

use super::Cleaning;
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
    fn from_0(&mut self, id: u64, keys: &[&'static str]) {
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
        self.test.log.roll(end, clock);
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

/// kafka-cases, log-cleaner: "offsets, batch ends and sequences survive; duplicates are still
/// recognised".
#[test]
fn offsets_batch_ends_and_sequences_survive_and_duplicates_are_still_recognised() {
    let mut bench = Bench::new();
    bench.of(1, &["1", "2", "3"], false);
    bench.of(2, &["3", "1", "4"], false);
    bench.of(3, &["1", "4"], false);
    bench.roll();
    bench.clean(0);
    assert_eq!(bench.keys(), ["2", "3", "1", "4"]);
    assert_eq!(bench.offsets(), [1, 3, 6, 7]);
    assert_eq!(bench.batch_last_offsets(), [2, 5, 7]);
    let resend = |bench: &mut Bench, id, keys: &[&'static str]| {
        let sent = bench
            .test
            .append(of_producer(id, 0, keys, false))
            .expect("it is known");
        assert!(sent.is_duplicate);
        (sent.base_offset.0, sent.last_offset.0)
    };
    assert_eq!(resend(&mut bench, 1, &["1", "2", "3"]), (0, 2));
    assert_eq!(resend(&mut bench, 3, &["1", "4"]), (6, 7));
    assert_eq!(resend(&mut bench, 2, &["3", "1", "4"]), (3, 5));

    bench.of(4, &["2"], false);
    bench.roll();
    bench.clean(0);
    assert_eq!(bench.keys(), ["3", "1", "4", "2"]);
    assert_eq!(bench.offsets(), [3, 6, 7, 8]);
    assert_eq!(bench.batch_last_offsets(), [2, 5, 7, 8]);
    let sequences: Vec<Option<i32>> = bench
        .test
        .log
        .producers()
        .iter()
        .map(|entry| entry.last_sequence())
        .collect();
    assert_eq!(sequences, [Some(2), Some(2), Some(1), Some(0)]);
    assert_eq!(resend(&mut bench, 1, &["1", "2", "3"]), (0, 2));
}

/// kafka-cases, log-cleaner: "commit marker life cycle".
#[test]
fn a_commit_marker_goes_in_the_third_cleaning() {
    let mut bench = Bench::new();
    bench.of(1, &["1"], true);
    bench.of(1, &["2", "3"], true);
    bench.commit(1);
    bench.of(1, &["2"], true);
    bench.commit(1);
    bench.roll();
    let dirty = bench.clean(LARGE_MS);
    assert_eq!(bench.keys(), ["1", "3", "2"]);
    assert_eq!(bench.offsets(), [0, 2, 3, 4, 5]);

    bench.of(1, &["1", "3"], true);
    bench.commit(1);
    bench.roll();
    bench.clean_from(dirty, LARGE_MS);
    for _ in 0..2 {
        assert_eq!(bench.keys(), ["2", "1", "3"]);
        assert_eq!(bench.offsets(), [3, 4, 5, 6, 7, 8]);
        bench.clean(LARGE_MS);
    }
    bench.clean(i64::MAX);
    assert_eq!(bench.keys(), ["2", "1", "3"]);
    assert_eq!(bench.offsets(), [4, 5, 6, 7, 8]);
}

/// kafka-cases, log-cleaner: "commit marker with empty batches kept for producer state".
#[test]
fn a_batch_that_tells_a_producers_last_sequence_stays_empty() {
    let mut bench = Bench::new();
    bench.of(1, &["2", "3"], true);
    bench.roll();
    bench.of(2, &["2", "3"], true);
    bench.commit(2);
    bench.roll();
    bench.plain(&["2"]);
    bench.plain(&["3"]);
    bench.commit(1);
    bench.roll();
    for _ in 0..2 {
        bench.clean(LARGE_MS);
        assert_eq!(bench.keys(), ["2", "3"]);
        assert_eq!(bench.offsets(), [4, 5, 6, 7]);
        assert_eq!(bench.batch_last_offsets(), [1, 3, 4, 5, 6, 7]);
    }
    bench.of(2, &["1"], true);
    bench.commit(2);
    bench.roll();
    bench.clean(LARGE_MS);
    assert_eq!(bench.keys(), ["2", "3", "1"]);
    assert_eq!(bench.offsets(), [4, 5, 6, 7, 8, 9]);
    assert_eq!(bench.batch_last_offsets(), [1, 4, 5, 6, 7, 8, 9]);
    bench.clean_twice(LARGE_MS);
    assert_eq!(bench.offsets(), [5, 6, 7, 8, 9]);
    assert_eq!(bench.batch_last_offsets(), [1, 5, 6, 7, 8, 9]);
}

/// kafka-cases, log-cleaner: "abort marker with an empty batch".
#[test]
fn an_abort_marker_stays_until_nothing_of_its_transaction_is_left() {
    let mut bench = Bench::new();
    bench.of(1, &["2", "3"], true);
    bench.abort(1);
    bench.roll();
    bench.clean(LARGE_MS);
    assert_eq!(bench.keys(), [""; 0]);
    assert_eq!(bench.offsets(), [2]);
    assert_eq!(bench.batch_last_offsets(), [1, 2]);
    bench.clean_twice(LARGE_MS);
    assert_eq!(bench.offsets(), [2]);
    assert_eq!(bench.batch_last_offsets(), [1, 2]);

    bench.of(1, &["1"], true);
    bench.roll();
    bench.clean(LARGE_MS);
    assert_eq!(bench.keys(), ["1"]);
    assert_eq!(bench.offsets(), [2, 3]);
    assert_eq!(bench.batch_last_offsets(), [2, 3]);
    bench.clean_twice(LARGE_MS);
    assert_eq!(bench.offsets(), [3]);
    assert_eq!(bench.batch_last_offsets(), [3]);
    assert_eq!(
        bench
            .test
            .log
            .aborted_transactions(Offset::ZERO, Offset(100)),
        []
    );
}

/// kafka-cases, log-cleaner: "sequence reuse (coordinator writes always start at 0)".
#[test]
fn of_a_coordinators_writes_only_the_last_is_kept_empty() {
    let mut bench = Bench::new();
    for key in ["1", "2"] {
        bench.from_0(1, &[key]);
        bench.commit(1);
    }
    bench.plain(&["1"]);
    bench.plain(&["2"]);
    bench.roll();
    bench.clean(LARGE_MS);
    assert_eq!(bench.offsets(), [1, 3, 4, 5]);
    assert_eq!(bench.batch_last_offsets(), [1, 2, 3, 4, 5]);
    bench.clean_twice(LARGE_MS);
    assert_eq!(bench.offsets(), [3, 4, 5]);
    assert_eq!(bench.batch_last_offsets(), [2, 3, 4, 5]);
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

/// kafka-cases, log-cleaner: "bytes counted for selection".
#[test]
fn what_may_not_be_cleaned_counts_neither_as_clean_nor_as_dirty() {
    let bench = six_segments();
    let test = &bench.test;
    let plan = test
        .log
        .plan_cleaning(Some(Offset(2)), Offset(4), 0, &test.config);
    let each = test.log.segments().next().map(|it| it.size_in_bytes());
    assert_eq!(Some(plan.clean_bytes), each.map(|bytes| bytes * 2));
    assert_eq!(plan.cleanable_bytes, plan.clean_bytes);
    assert!((plan.dirty_ratio() - 0.5).abs() < f64::EPSILON);
}

/// kafka-cases, log-cleaner: "ratio threshold is strict".
#[test]
fn a_log_that_is_just_as_dirty_as_the_limit_is_not_cleaned() {
    let mut bench = six_segments();
    let plan = |test: &TestLog, to| {
        test.log
            .plan_cleaning(Some(Offset(2)), Offset(to), 0, &test.config)
    };
    assert!(!plan(&bench.test, 4).is_due(&bench.test.config));
    assert!(plan(&bench.test, 5).is_due(&bench.test.config));
    bench.test.config.min_cleanable_dirty_ratio = 1.0;
    assert!(!plan(&bench.test, 5).is_due(&bench.test.config));
}

/// Kafka 4.3.1: `LogCleanerManagerTest#testLogsUnderCleanupIneligibleForCompaction` and the
/// source, `#maxCompactionDelay`.
#[test]
fn a_record_that_has_waited_for_the_longest_time_makes_its_log_due() {
    let mut bench = Bench::new();
    bench.test.config.min_cleanable_dirty_ratio = 1.0;
    bench.test.config.max_compaction_lag_ms = HOUR_MS;
    bench.append_records(&[Record {
        timestamp_ms: 1,
        ..record("0")
    }]);
    bench.test.now_ms = HOUR_MS + 2;
    assert!(
        !bench.plan(1).is_due(&bench.test.config),
        "an active segment is never due"
    );
    bench.roll();
    assert!(bench.plan(1).is_due(&bench.test.config));
    bench.test.now_ms = HOUR_MS + 1;
    assert!(!bench.plan(1).is_due(&bench.test.config));
}

/// kafka-cases, log-cleaner: "records without key are dropped by the cleaner".
#[test]
fn what_has_no_key_goes() {
    let mut bench = Bench::new();
    bench.test.config.is_compacted = false;
    let keyless = Record {
        key: None,
        ..record("")
    };
    bench.append_records(&[keyless.clone(), record("1"), keyless]);
    bench.roll();
    bench.test.config.is_compacted = true;
    bench.clean(0);
    assert_eq!(bench.offsets(), [1]);
}

/// kafka-cases, log-cleaner: "tombstone retained regardless of its record timestamp".
#[test]
fn a_tombstone_stays_for_a_time_that_begins_with_the_first_cleaning() {
    let mut bench = Bench::new();
    bench.test.config.timestamp_after_max_ms = i64::MAX;
    bench.append_records(&[Record {
        timestamp_ms: 2 * DAY_MS,
        ..record("0")
    }]);
    bench.roll();
    bench.clean(DAY_MS);
    bench.append_records(&[Record {
        value: None,
        timestamp_ms: -1,
        ..record("0")
    }]);
    bench.roll();
    bench.clean(DAY_MS);
    assert_eq!(bench.offsets(), [1]);
    let horizons = |bench: &Bench| -> Vec<Option<i64>> {
        batches(&bench.test.log)
            .map(RecordBatch::delete_horizon_ms)
            .collect()
    };
    assert_eq!(horizons(&bench), [Some(2 * DAY_MS)]);
    let stored = batches(&bench.test.log)
        .next()
        .and_then(|batch| batch.records().ok());
    let times = stored.map(|records| records.iter().map(|it| it.record.timestamp_ms).collect());
    assert_eq!(times, Some(vec![-1]), "the record's own time is the same");

    bench.plain(&["1"]);
    bench.roll();
    bench.clean(2 * DAY_MS - 1);
    assert_eq!(bench.offsets(), [1, 2]);
    bench.clean(2 * DAY_MS);
    assert_eq!(bench.offsets(), [2]);
}

/// kafka-cases, log-cleaner: "control marker keys never shadow data keys".
#[test]
fn a_marker_takes_no_place_among_the_keys() {
    let mut bench = Bench::new();
    bench.of(1, &["1"], true);
    bench.commit(1);
    bench.of(1, &["\0\0\0\u{1}"], true);
    bench.commit(1);
    bench.roll();
    bench.clean(LARGE_MS);
    assert_eq!(bench.offsets(), [0, 1, 2, 3]);
}

/// kafka-cases, log-cleaner: "cleanable range stops at the high watermark / LSO".
#[test]
fn cleaning_stops_at_the_segment_that_holds_the_high_watermark() {
    let mut bench = Bench::new();
    for _ in 0..8 {
        bench.plain(&["0"; 12]);
        bench.roll();
    }
    let plan = bench.plan(50);
    assert_eq!(plan.first_dirty_offset, Offset::ZERO);
    assert_eq!(plan.first_uncleanable_offset, Offset(48));
}

/// kafka-cases, log-cleaner: "min compaction lag".
#[test]
fn a_segment_with_a_young_record_is_not_cleaned() {
    let mut bench = Bench::new();
    bench.test.config.min_compaction_lag_ms = HOUR_MS;
    let mut write = |bench: &mut Bench, now_ms: i64| {
        bench.test.now_ms = now_ms;
        for _ in 0..3 {
            for _ in 0..2 {
                bench.append_records(&[Record {
                    timestamp_ms: now_ms,
                    ..record("0")
                }]);
            }
            bench.roll();
        }
        bench.append_records(&[Record {
            timestamp_ms: now_ms,
            ..record("0")
        }]);
    };
    write(&mut bench, DAY_MS);
    let active_at_first = bench.test.log.active_base_offset();
    write(&mut bench, DAY_MS + HOUR_MS + 1);
    let end = bench.test.log.log_end_offset();
    let plan = bench.plan(end.0);
    assert_eq!(plan.first_dirty_offset, Offset::ZERO);
    assert_eq!(plan.first_uncleanable_offset, active_at_first);
}

/// kafka-cases, log-cleaner: "open transaction blocks cleaning".
#[test]
fn nothing_from_an_open_transaction_on_is_cleaned() {
    let mut bench = Bench::new();
    bench.test.config.min_compaction_lag_ms = HOUR_MS;
    bench.of(5, &["1", "2"], true);
    bench.of(5, &["3"], true);
    bench.roll();
    let bounds = |bench: &mut Bench, high_watermark| {
        bench.test.log.on_high_watermark(Offset(high_watermark));
        let plan = bench.plan(high_watermark);
        (plan.first_dirty_offset.0, plan.first_uncleanable_offset.0)
    };
    bench.test.now_ms = HOUR_MS + 1;
    assert_eq!(bounds(&mut bench, 3), (0, 0));
    bench.abort(5);
    bench.roll();
    assert_eq!(bounds(&mut bench, 4), (0, 3));
    bench.test.now_ms += HOUR_MS + 1;
    assert_eq!(bounds(&mut bench, 4), (0, 4));
}

/// Kafka 4.3.1: `Cleaner#buildOffsetMapForSegment`, `LogCleanerTest#testPartialSegmentClean`.
#[test]
fn where_the_map_is_full_the_cleaning_ends_and_what_follows_stays() {
    let mut bench = Bench::new();
    for key in ["1", "1", "2", "2", "3"] {
        bench.plain(&[key]);
    }
    bench.roll();
    let plan = bench.plan(5);
    let config = bench.test.config.clone();
    let cleaned = bench.test.log.clean(&plan, 0, 1, &config);
    assert_eq!(cleaned.to, Offset(1));
    assert_eq!(bench.offsets(), [0, 1, 2, 3, 4]);
    let cleaned = bench.test.log.clean(&plan, 0, 2, &config);
    assert_eq!(cleaned.to, Offset(3));
    assert_eq!(bench.offsets(), [1, 2, 3, 4]);
}

/// Kafka 4.3.1: `LogCleanerTest#testSegmentGrouping`.
#[test]
fn small_neighbours_become_one_segment_that_keeps_the_first_base_offset() {
    let mut bench = six_segments();
    let each = bench.test.log.size_in_bytes() / 6;
    bench.test.config.segment_bytes = each * 4;
    bench.clean(0);
    let bases: Vec<u64> = bench
        .test
        .log
        .segments()
        .map(|it| it.base_offset().0)
        .collect();
    assert_eq!(bases, [0, 4, 6]);
    assert_eq!(bench.offsets(), [0, 1, 2, 3, 4, 5]);
}
