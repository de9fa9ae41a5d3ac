//! Kafka's own cases of the areas "retention" and "segment-roll", and its transaction index.
//!
//! Kafka 4.3.1: `UnifiedLogTest`.

use crate::kafka::ids::{Offset, ProducerId};
use crate::kafka::log::testing::{
    TestLog, client, keyed, marker_of, record_at, transactional_batch,
};
use crate::kafka::log::{AbortedTransaction, Deleted, DeletionReason, Log, Segment};
use crate::kafka::record::{NO_TIMESTAMP, Record, TransactionOutcome};

const HOUR_MS: i64 = 60 * 60 * 1000;
const MINUTE_MS: i64 = 60 * 1000;

/// Fifteen batches of one record with that timestamp, five in each segment; all are committed.
fn fifteen_batches(timestamp_ms: i64) -> TestLog {
    let mut test = TestLog::new();
    let batch = || {
        client(&[Record {
            timestamp_ms,
            ..keyed("k")
        }])
    };
    test.config.segment_bytes = u64::from(batch().size_in_bytes()) * 5;
    for _ in 0..15 {
        test.append(batch()).expect("the log takes it");
    }
    assert_eq!(test.log.segments().count(), 3);
    test
}

fn batch_bytes(test: &TestLog) -> i64 {
    (test.log.size_in_bytes() / 15) as i64
}

fn run(test: &mut TestLog, high_watermark: u64) -> Vec<Deleted> {
    let (clock, config) = (test.clock(), test.config.clone());
    test.log
        .delete_old_segments(clock, Offset(high_watermark), &config)
}

fn reasons(deleted: &[Deleted]) -> Vec<DeletionReason> {
    deleted.iter().map(|it| it.reason).collect()
}

fn bounds(log: &Log) -> (u64, u64) {
    (log.log_start_offset().0, log.log_end_offset().0)
}

/// kafka-cases, retention: "size: 15 batches, 5 per segment, retention = 10 batches".
#[test]
fn of_a_log_that_is_too_large_whole_segments_go() {
    let mut test = fifteen_batches(0);
    test.config.retention_ms = -1;
    test.config.retention_bytes = batch_bytes(&test) * 10;
    let before = test.log.size_in_bytes();
    let deleted = run(&mut test, 15);
    assert_eq!(reasons(&deleted), [DeletionReason::RetentionBytes]);
    assert_eq!((deleted[0].segments, deleted[0].bytes), (1, before / 3));
    assert_eq!(test.log.segments().count(), 2);
    assert_eq!(test.log.size_in_bytes(), before / 3 * 2);
    assert_eq!(bounds(&test.log), (5, 15));
}

/// kafka-cases, retention: "size: retention.bytes never cuts below the limit (granularity is a
/// whole segment)".
#[test]
fn a_log_stays_at_least_as_large_as_it_may_be() {
    let mut test = fifteen_batches(0);
    test.config.retention_ms = -1;
    test.config.retention_bytes = batch_bytes(&test) * 11;
    assert_eq!(run(&mut test, 15), []);
    assert_eq!(test.log.segments().count(), 3);
}

/// kafka-cases, retention: "time: every record is old, even the active segment goes, one empty
/// segment remains".
#[test]
fn where_everything_is_old_one_empty_segment_remains() {
    let mut test = fifteen_batches(10);
    test.config.retention_ms = 10_000;
    test.now_ms = HOUR_MS;
    let deleted = run(&mut test, 15);
    assert_eq!(reasons(&deleted), [DeletionReason::RetentionMs]);
    assert!(deleted[0].has_rolled);
    assert_eq!(test.log.segments().count(), 1);
    assert!(test.log.segments().all(Segment::is_empty));
    assert_eq!(bounds(&test.log), (15, 15));
    assert_eq!(run(&mut test, 15), [], "an empty segment stays");
}

/// kafka-cases, retention: "cleanup.policy=compact: retention.ms does not apply".
#[test]
fn without_the_policy_delete_nothing_is_too_old() {
    let mut test = fifteen_batches(10);
    test.config.retention_ms = 10_000;
    test.config.has_delete_policy = false;
    test.config.is_compacted = true;
    test.now_ms = HOUR_MS;
    assert_eq!(run(&mut test, 15), []);
    assert_eq!(test.log.segments().count(), 3);
}

/// kafka-cases, retention: "cleanup.policy=compact,delete: retention applies".
#[test]
fn with_both_policies_retention_applies() {
    let mut test = fifteen_batches(10);
    test.config.retention_ms = 10_000;
    test.config.is_compacted = true;
    test.now_ms = HOUR_MS;
    run(&mut test, 15);
    assert_eq!(test.log.segments().count(), 1);
}

/// Kafka 4.3.1: `UnifiedLog#deletableSegments`.
#[test]
fn what_is_not_committed_is_not_deleted() {
    let mut test = fifteen_batches(10);
    test.config.retention_ms = 10_000;
    test.now_ms = HOUR_MS;
    run(&mut test, 12);
    assert_eq!(bounds(&test.log), (10, 15));
}

/// Kafka 4.3.1: `UnifiedLog#deleteLogStartOffsetBreachedSegments`, whatever the policy.
#[test]
fn segments_below_the_log_start_go_under_any_policy() {
    let mut test = fifteen_batches(0);
    test.config.has_delete_policy = false;
    test.log.increment_log_start_offset(Offset(12));
    let deleted = run(&mut test, 15);
    assert_eq!(reasons(&deleted), [DeletionReason::LogStartOffset]);
    assert_eq!((deleted[0].from, deleted[0].to), (Offset(12), Offset(12)));
    assert_eq!(bounds(&test.log), (12, 15));
    assert_eq!(test.log.segments().count(), 1);
}

/// kafka-cases, segment-roll: "time roll: records without timestamps use the wall clock, with
/// timestamps use record time".
#[test]
fn a_segment_rolls_by_its_records_time_or_else_by_the_clock() {
    let mut test = TestLog::new();
    test.config.segment_ms = HOUR_MS;
    test.config.timestamp_after_max_ms = i64::MAX;
    let mut segments = vec![test.log.segments().count()];
    let mut append = |test: &mut TestLog, sleep_ms: i64, timestamp_ms: Option<i64>| {
        test.now_ms += sleep_ms;
        let record = record_at(timestamp_ms.unwrap_or(NO_TIMESTAMP));
        test.append(client(&[record])).expect("the log takes it");
        segments.push(test.log.segments().count());
    };
    let patience_ms = HOUR_MS + 1;
    append(&mut test, patience_ms, None);
    append(&mut test, 0, None);
    append(&mut test, patience_ms, None);
    append(&mut test, patience_ms, None);
    // The first record of this segment has no time: the clock counts.
    let ahead_ms = test.now_ms + patience_ms;
    append(&mut test, 0, Some(ahead_ms));
    append(&mut test, patience_ms, Some(ahead_ms));
    append(&mut test, patience_ms, Some(ahead_ms));
    let now_ms = test.now_ms;
    append(&mut test, 0, Some(now_ms));
    // Kafka's last step, an empty set of records, can't be written here: no producer sends one.
    assert_eq!(segments, [1, 1, 2, 3, 4, 4, 5, 5, 6]);
}

/// kafka-cases, segment-roll: "roll jitter".
#[test]
fn jitter_lets_a_segment_roll_earlier() {
    let mut test = TestLog::new();
    test.config.segment_ms = HOUR_MS;
    test.config.segment_jitter_ms = 20 * MINUTE_MS;
    test.roll_jitter_ms = 7 * MINUTE_MS;
    test.log = Log::new(test.clock());
    let append_at = |test: &mut TestLog, now_ms: i64| {
        test.now_ms = now_ms;
        test.append(client(&[record_at(now_ms)]))
            .expect("the log takes it");
        test.log.segments().count()
    };
    assert_eq!(append_at(&mut test, 0), 1);
    assert_eq!(append_at(&mut test, HOUR_MS - 20 * MINUTE_MS), 1);
    assert_eq!(append_at(&mut test, HOUR_MS - 7 * MINUTE_MS + 1), 2);
    assert_eq!(test.config.jitter_bound_ms(), Some(20 * 60 * 1000));
}

/// Kafka 4.3.1: `LogConfig#maxSegmentMs`.
#[test]
fn a_compacted_segment_rolls_before_its_records_have_waited_too_long() {
    let mut test = TestLog::new();
    test.config.is_compacted = true;
    test.config.max_compaction_lag_ms = MINUTE_MS;
    for (now_ms, segments) in [(0, 1), (MINUTE_MS, 1), (MINUTE_MS + 1, 2)] {
        test.now_ms = now_ms;
        let record = Record {
            timestamp_ms: now_ms,
            ..keyed("k")
        };
        test.append(client(&[record])).expect("the log takes it");
        assert_eq!(test.log.segments().count(), segments);
    }
}

/// Kafka 4.3.1: `LogSegment#append`, `AbstractIndex#isFull`: an entry for each batch but the first,
/// as every one is larger than the interval.
#[test]
fn a_segment_whose_index_is_full_is_closed() {
    let mut test = TestLog::new();
    test.config.index_interval_bytes = 0;
    test.config.segment_index_bytes = 8 * 4;
    test.config.timestamp_after_max_ms = i64::MAX;
    for _ in 0..6 {
        test.append(client(&[keyed("k")]))
            .expect("the log takes it");
    }
    let counts: Vec<usize> = test.log.segments().map(|it| it.batches().count()).collect();
    // The time index has two entries of twelve bytes and keeps one for the end, so that it is full
    // after the first.
    assert_eq!(counts, [2, 2, 2]);
}

/// kafka-cases, transaction-index: "aborted transaction index and first unstable offset".
#[test]
fn aborted_transactions_and_the_first_unstable_offset() {
    let mut test = TestLog::new();
    let mut next_sequence = [0; 5];
    let mut data = |test: &mut TestLog, id: u64, count: usize| {
        let batch = match id {
            0 => client(&vec![keyed("k"); count]),
            _ => transactional_batch(id, 0, next_sequence[id as usize], count),
        };
        next_sequence[id as usize] += count as i32;
        test.append(batch).expect("the log takes it");
    };
    let end = |test: &mut TestLog, id: u64, outcome| {
        test.append_marker(marker_of(id, outcome))
            .expect("the log takes it");
        test.log.log_end_offset()
    };
    let unstable = |test: &mut TestLog, high_watermark: Offset| {
        test.log.on_high_watermark(high_watermark);
        test.log.producers().first_unstable_offset()
    };
    for (id, count) in [(1, 5), (0, 3), (2, 2), (1, 4), (3, 3), (0, 2), (1, 10)] {
        data(&mut test, id, count);
    }
    let aborted_first = end(&mut test, 1, TransactionOutcome::Abort);
    assert_eq!(aborted_first, Offset(30));
    assert_eq!(unstable(&mut test, aborted_first), Some(Offset(8)));
    for (id, count) in [(2, 6), (4, 3), (0, 10), (3, 9)] {
        data(&mut test, id, count);
    }
    end(&mut test, 3, TransactionOutcome::Commit);
    for (id, count) in [(4, 8), (2, 7)] {
        data(&mut test, id, count);
    }
    let aborted_second = end(&mut test, 2, TransactionOutcome::Abort);
    assert_eq!(aborted_second, Offset(75));
    assert_eq!(unstable(&mut test, aborted_second), Some(Offset(36)));
    data(&mut test, 0, 10);
    data(&mut test, 4, 4);
    let committed = end(&mut test, 4, TransactionOutcome::Commit);
    assert_eq!(committed, Offset(90));
    assert_eq!(unstable(&mut test, committed), None);
    let aborted = |id, first, last, stable| AbortedTransaction {
        producer_id: ProducerId(id),
        first_offset: Offset(first),
        last_offset: Offset(last),
        last_stable_offset: Offset(stable),
    };
    assert_eq!(
        test.log.aborted_transactions(Offset::ZERO, committed),
        [aborted(1, 0, 29, 8), aborted(2, 8, 74, 36)]
    );
}
