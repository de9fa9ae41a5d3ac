//! What a cleaning leaves of a log.

use super::*;

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
        bench.as_coordinator(1, &[key]);
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
