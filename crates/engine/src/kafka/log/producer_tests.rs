//! Idempotence and transactions in one log: Kafka's own cases of the area "producer-state".

use super::testing::{
    TestLog, append_as_follower, marker_batch, producer_batch, transactional_batch,
};
use super::*;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::record::RecordBatch;

/// The batches remembered of producer 1, as `first-last@offset`.
fn remembered(log: &Log) -> Vec<String> {
    let entry = log
        .producers()
        .entry(ProducerId(1))
        .expect("producer 1 has written");
    let text = |batch: &BatchMetadata| {
        let (first, last) = (batch.first_sequence, batch.last_sequence);
        format!(
            "{}-{}@{}",
            first.unwrap_or(-1),
            last.unwrap_or(-1),
            batch.first_offset
        )
    };
    entry.batches.iter().map(text).collect()
}

/// Appends as a follower at `offset`: nothing is checked.
fn replicate(log: &mut Log, batch: &RecordBatch, offset: u64) {
    let leader_epoch = LeaderEpoch(0);
    let batches = vec![batch.stamped(Offset(offset), leader_epoch)];
    append_as_follower(log, batches, leader_epoch).expect("the batch continues the log");
}

/// Case "sequence walk for one producer id".
#[test]
fn a_producer_goes_on_in_sequence_or_from_0_in_a_later_epoch() {
    let mut test = TestLog::new();
    let mut walk = |epoch, sequence, count| {
        let outcome = test.append(producer_batch(epoch, Some(sequence), count));
        (
            outcome
                .map(|info| info.base_offset.0)
                .map_err(|error| error.code),
            remembered(&test.log),
        )
    };
    let out_of_order = Err(ErrorCode::OutOfOrderSequenceNumber);
    assert_eq!(walk(0, 0, 1), (Ok(0), vec!["0-0@0".to_owned()]));
    assert_eq!(walk(0, 1, 1).0, Ok(1));
    assert_eq!(
        walk(0, 5, 1),
        (out_of_order, vec!["0-0@0".to_owned(), "1-1@1".to_owned()])
    );
    assert_eq!(walk(0, 2, 8).0, Ok(2));
    assert_eq!(walk(1, 10, 1).0, out_of_order);
    assert_eq!(walk(1, 0, 4), (Ok(10), vec!["0-3@10".to_owned()]));
    let fenced = Err(ErrorCode::InvalidProducerEpoch);
    assert_eq!(walk(0, 10, 1), (fenced, vec!["0-3@10".to_owned()]));
}

/// Case "seven batches of 10 appended, then each re-sent: only the newest five are recognised".
#[test]
fn the_last_five_batches_are_recognised_and_older_ones_are_out_of_order() {
    let mut test = TestLog::new();
    for first in (0..70).step_by(10) {
        test.append(producer_batch(0, Some(first), 10))
            .expect("the sequence is next");
    }
    for first in [0, 10] {
        let code = test.refusal(producer_batch(0, Some(first), 10));
        assert_eq!(code, ErrorCode::OutOfOrderSequenceNumber);
    }
    for first in (20..70).step_by(10) {
        let info = test
            .append(producer_batch(0, Some(first), 10))
            .expect("it is remembered");
        assert!(info.is_duplicate);
        assert_eq!(info.base_offset, Offset(first as u64));
        assert_eq!(info.last_offset, Offset(first as u64 + 9));
    }
    assert_eq!(test.log.log_end_offset(), Offset(70));
}

#[test]
fn a_batch_that_repeats_a_part_of_another_is_out_of_order() {
    let mut test = TestLog::new();
    test.append(producer_batch(0, Some(0), 4))
        .expect("the first batch");
    let code = test.refusal(producer_batch(0, Some(2), 2));
    assert_eq!(code, ErrorCode::OutOfOrderSequenceNumber);
}

/// Cases "batch whose sequences wrap past int max" and "one batch crossing the wrap".
#[test]
fn a_batch_may_cross_the_largest_sequence() {
    let mut log = Log::new(Clock::default());
    replicate(&mut log, &producer_batch(0, Some(2_147_483_637), 21), 2000);
    assert_eq!(remembered(&log), ["2147483637-9@2000"]);
    let entry = log
        .producers()
        .entry(ProducerId(1))
        .expect("producer 1 has written");
    assert_eq!(entry.batches[0].last_offset, Offset(2020));
}

/// Case "client append right after wrap-around":
/// `ProducerStateManagerTest#testProducerSequenceWrapAround`.
#[test]
fn after_the_largest_sequence_comes_0() {
    let mut test = TestLog::new();
    replicate(&mut test.log, &producer_batch(15, Some(i32::MAX), 1), 735);
    test.append(producer_batch(15, Some(0), 1))
        .expect("0 follows the largest");
    assert_eq!(
        remembered(&test.log),
        ["2147483647-2147483647@735", "0-0@736"]
    );
}

/// Case "first entry seen through replication is not validated":
/// `ProducerStateManagerTest#testNoValidationOnFirstEntryWhenLoadingLog`.
#[test]
fn a_follower_takes_any_sequence() {
    let mut log = Log::new(Clock::default());
    replicate(&mut log, &producer_batch(5, Some(16), 1), 735);
    replicate(&mut log, &producer_batch(5, Some(99), 1), 736);
    assert_eq!(remembered(&log), ["16-16@735", "99-99@736"]);
}

/// Case "an end-txn marker is the only state: older epochs are fenced, the new epoch must start
/// at 0": `ProducerStateManagerTest#testAppendTxnMarkerWithNoProducerState`.
#[test]
fn after_nothing_but_a_marker_the_epoch_is_known_and_sequences_begin_at_0() {
    let mut test = TestLog::new();
    test.append_marker(marker_batch(1, 2, 1))
        .expect("a marker needs no state");
    assert_eq!(
        test.refusal(producer_batch(0, Some(0), 1)),
        ErrorCode::InvalidProducerEpoch
    );
    assert_eq!(
        test.refusal(producer_batch(2, Some(17), 1)),
        ErrorCode::OutOfOrderSequenceNumber
    );
    test.append(producer_batch(2, Some(0), 1))
        .expect("sequences begin at 0");
}

/// Case "sequence restarts at 0 after a marker with a higher epoch":
/// `ProducerStateManagerTest#testOutOfSequenceAfterControlRecordEpochBump`.
#[test]
fn a_marker_of_a_later_epoch_restarts_the_sequence() {
    let mut test = TestLog::new();
    test.append(transactional_batch(1, 0, 0, 1))
        .expect("the first batch");
    test.append(transactional_batch(1, 0, 1, 1))
        .expect("the second batch");
    test.append_marker(marker_batch(1, 1, 0))
        .expect("the transaction ends");
    let out_of_order = test.refusal(transactional_batch(1, 1, 2, 1));
    assert_eq!(out_of_order, ErrorCode::OutOfOrderSequenceNumber);
    test.append(transactional_batch(1, 1, 0, 1))
        .expect("sequences begin at 0");
}

/// Case "expiry": `ProducerStateManagerTest#testPidExpirationTimeout`,
/// `#testProducersWithOngoingTransactionsDontExpire`.
#[test]
fn an_idle_producer_is_forgotten_unless_its_transaction_is_open() {
    const EXPIRATION_MS: i64 = 1000;
    let mut test = TestLog::new();
    test.append(producer_batch(0, Some(0), 1))
        .expect("the first batch");
    test.append(transactional_batch(2, 0, 0, 1))
        .expect("the first batch");
    test.log
        .remove_expired_producers(EXPIRATION_MS + 1, EXPIRATION_MS);
    assert!(test.log.producers().entry(ProducerId(1)).is_none());
    assert!(test.log.has_ongoing_transaction(ProducerId(2), 0));
    test.append(producer_batch(0, Some(77), 1))
        .expect("any sequence is a first one");
}

/// Case "markers are fenced by coordinator epoch": `ProducerStateManagerTest#testCoordinatorFencing`,
/// `#testOldEpochForControlRecord`.
#[test]
fn a_marker_of_an_older_coordinator_or_of_an_older_producer_is_fenced() {
    let mut test = TestLog::new();
    test.append(transactional_batch(1, 5, 0, 1))
        .expect("the transaction begins");
    for coordinator_epoch in [1, 1, 2] {
        test.append_marker(marker_batch(1, 5, coordinator_epoch))
            .expect("it is no older");
    }
    let zombie = test
        .append_marker(marker_batch(1, 5, 1))
        .expect_err("2 was there");
    assert_eq!(zombie.code, ErrorCode::TransactionCoordinatorFenced);
    test.append(transactional_batch(2, 5, 0, 1))
        .expect("another transaction begins");
    let old = test
        .append_marker(marker_batch(2, 3, 2))
        .expect_err("epoch 5 was there");
    assert_eq!(old.code, ErrorCode::InvalidProducerEpoch);
}

/// KIP-890, KIP-1228: `ProducerAppendInfo#checkProducerEpoch`.
#[test]
fn with_transactions_v2_a_marker_must_raise_the_epoch_unless_it_is_written_again() {
    let mut test = TestLog::new();
    let v2 = AppendOrigin::Coordinator {
        transaction_version: TransactionVersion::V2,
    };
    test.append(transactional_batch(1, 5, 0, 1))
        .expect("the transaction begins");
    let same = test
        .append_from(marker_batch(1, 5, 0), v2)
        .expect_err("the epoch must rise");
    assert_eq!(same.code, ErrorCode::InvalidProducerEpoch);
    test.append_from(marker_batch(1, 6, 0), v2)
        .expect("the epoch rises");
    test.append_from(marker_batch(1, 6, 0), v2)
        .expect("the same marker again");
}

#[test]
fn a_plain_batch_inside_an_open_transaction_is_refused() {
    let mut test = TestLog::new();
    test.append(transactional_batch(1, 0, 0, 1))
        .expect("the transaction begins");
    assert_eq!(
        test.refusal(producer_batch(0, Some(1), 1)),
        ErrorCode::InvalidTxnState
    );
}

/// Case "a finished transaction stays unstable until its marker is below the HW":
/// `ProducerStateManagerTest#testFirstUnstableOffset`.
#[test]
fn a_finished_transaction_stays_unstable_until_its_marker_is_below_the_high_watermark() {
    let mut log = Log::new(Clock::default());
    let stability = |log: &Log| {
        let of = |offset: Option<Offset>| offset.map(|offset| offset.0);
        let states = log.producers();
        (
            of(states.first_undecided_offset()),
            of(states.first_unstable_offset()),
        )
    };
    replicate(&mut log, &transactional_batch(1, 0, 0, 1), 99);
    assert_eq!(stability(&log), (Some(99), Some(99)));
    replicate(&mut log, &transactional_batch(2, 0, 0, 1), 105);
    assert_eq!(stability(&log), (Some(99), Some(99)));
    replicate(&mut log, &marker_batch(1, 0, 0), 109);
    assert_eq!(stability(&log), (Some(105), Some(99)));
    log.on_high_watermark(Offset(100));
    assert_eq!(stability(&log), (Some(105), Some(99)));
    assert_eq!(log.last_stable_offset(Offset(100)), Offset(99));
    log.on_high_watermark(Offset(110));
    assert_eq!(stability(&log), (Some(105), Some(105)));
    assert_eq!(log.last_stable_offset(Offset(110)), Offset(105));
    replicate(&mut log, &marker_batch(2, 0, 0), 112);
    assert_eq!(stability(&log), (None, Some(105)));
    log.on_high_watermark(Offset(113));
    assert_eq!(stability(&log), (None, None));
    assert_eq!(log.last_stable_offset(Offset(113)), Offset(113));
}

/// Case "first unstable offset is bounded below by logStartOffset":
/// `UnifiedLogTest#testLastStableOffsetDoesNotExceedLogStartOffsetMidSegment`.
#[test]
fn the_last_stable_offset_is_never_below_the_log_start() {
    let mut test = TestLog::new();
    test.append(transactional_batch(1, 0, 0, 5))
        .expect("the transaction begins");
    test.append(transactional_batch(1, 0, 5, 8))
        .expect("the transaction goes on");
    assert_eq!(test.log.last_stable_offset(Offset(13)), Offset(0));
    test.log.increment_log_start_offset(Offset(5));
    assert_eq!(test.log.last_stable_offset(Offset(13)), Offset(5));
}
