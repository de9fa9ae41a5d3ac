//! Which part of a log may be cleaned, and when.

use super::*;
use crate::kafka::log::Ratio;

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
    assert_eq!(plan.total_bytes(), plan.cleanable_bytes * 2);
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
    bench.test.config.min_cleanable_dirty_ratio = Ratio::ONE;
    assert!(!plan(&bench.test, 5).is_due(&bench.test.config));
}

/// Kafka 4.3.1: `LogCleanerManagerTest#testLogsUnderCleanupIneligibleForCompaction` and the
/// source, `#maxCompactionDelay`.
#[test]
fn a_record_that_has_waited_for_the_longest_time_makes_its_log_due() {
    let mut bench = Bench::new();
    bench.test.config.min_cleanable_dirty_ratio = Ratio::ONE;
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
    let write = |bench: &mut Bench, now_ms: i64| {
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
