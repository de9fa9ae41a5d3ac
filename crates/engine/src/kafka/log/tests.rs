//! What a log must do.

use proptest::prelude::*;

use super::testing::{
    TestLog, append_as_follower, batch_of, client, keyed, keyless, producer_batch, record_at,
};
use super::*;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::message::EpochEndOffset;
use crate::kafka::record::{BatchSpec, Record, RecordBatch, TimestampType, encode_batch};

fn read_all(log: &Log, from: u64, upper_bound: u64) -> Vec<RecordBatch> {
    let limits = ReadLimits {
        max_bytes: u32::MAX,
        upper_bound: Offset(upper_bound),
        first_batch: FirstBatch::AlwaysWhole,
    };
    log.read(Offset(from), &limits)
        .expect("the offset is in the log")
}

/// Kafka 4.3.1: `UnifiedLog#analyzeAndValidateRecords`: what is checked first is answered first.
#[test]
fn a_batch_with_an_offset_of_its_own_is_invalid_whatever_else_is_wrong() {
    let mut test = TestLog::new();
    test.config.max_message_bytes = 1;
    let batch = client(&[keyless()]).stamped(Offset(5), LeaderEpoch(0));
    assert_eq!(test.refusal(batch), ErrorCode::InvalidRecord);
    assert_eq!(
        test.refusal(client(&[keyless()])),
        ErrorCode::MessageTooLarge
    );
}

#[test]
fn a_batch_whose_bytes_were_damaged_is_corrupt() {
    let mut bytes = encode_batch(&BatchSpec::default(), &[keyless()]).to_vec();
    *bytes.last_mut().expect("a batch has bytes") ^= 1;
    assert_eq!(
        TestLog::new().refusal(batch_of(bytes.into())),
        ErrorCode::CorruptMessage
    );
}

#[test]
fn a_client_can_write_neither_empty_nor_control_batches_nor_ids_without_sequence() {
    let mut test = TestLog::new();
    let empty = encode_batch(&BatchSpec::default(), &[]);
    assert_eq!(test.refusal(batch_of(empty)), ErrorCode::InvalidRecord);
    let control = BatchSpec {
        is_control: true,
        ..BatchSpec::default()
    };
    let control = encode_batch(&control, &[keyless()]);
    assert_eq!(test.refusal(batch_of(control)), ErrorCode::InvalidRecord);
    assert_eq!(
        test.refusal(producer_batch(0, None, 1)),
        ErrorCode::InvalidRecord
    );
    assert_eq!(test.log, Log::new(Clock::default()));
}

/// Case "keyless record on a compacted topic": `UnifiedLogTest#testCompactedTopicConstraints`.
#[test]
fn one_keyless_record_refuses_the_whole_batch_on_a_compacted_topic() {
    let mut test = TestLog::new();
    test.config.is_compacted = true;
    let batch = client(&[keyed("a"), keyless()]);
    let error = test
        .append(batch)
        .expect_err("the second record has no key");
    assert_eq!(error.code, ErrorCode::InvalidRecord);
    let problem = "Compacted topic cannot accept message without key in topic partition T-0";
    assert_eq!(error.record_errors, [(1, problem.to_owned())]);
    assert!(test.log.is_empty());
}

#[test]
fn a_record_from_the_far_future_refuses_the_batch_and_is_named() {
    let mut test = TestLog::new();
    test.config.timestamp_before_max_ms = 1000;
    let batch = client(&[record_at(0), record_at(3_600_001)]);
    let error = test.append(batch).expect_err("an hour is the limit");
    assert_eq!(error.code, ErrorCode::InvalidTimestamp);
    let problem = "Timestamp 3600001 of message with offset 1 is out of range. The timestamp \
                   should be within [-1000, 3600000]";
    assert_eq!(error.record_errors, [(1, problem.to_owned())]);
    let message = "One or more records have been rejected due to invalid timestamp";
    assert_eq!(error.response_message(), Some(message));
}

#[test]
fn with_log_append_time_any_timestamp_is_taken_and_replaced() {
    let mut test = TestLog::new();
    test.config.timestamp_type = TimestampType::LogAppendTime;
    let info = test
        .append(client(&[record_at(i64::MAX / 2)]))
        .expect("the time is not looked at");
    assert_eq!(
        (info.log_append_time_ms, info.max_timestamp_ms),
        (Some(0), 0)
    );
}

#[test]
fn a_batch_larger_than_a_segment_is_refused_but_its_epoch_is_noted() {
    let mut test = TestLog::new();
    test.config.segment_bytes = 10;
    assert_eq!(
        test.refusal(client(&[keyless()])),
        ErrorCode::RecordListTooLarge
    );
    assert_eq!(test.log.last_epoch(), Some(LeaderEpoch(0)));
}

#[test]
fn a_full_segment_rolls_before_the_batch_that_does_not_fit() {
    let mut test = TestLog::new();
    test.config.segment_bytes = 2 * u64::from(client(&[keyless()]).size_in_bytes());
    let rolled: Vec<Option<Offset>> = (0..5)
        .map(|_| {
            test.append(client(&[keyless()]))
                .expect("the batch is valid")
                .rolled_to
        })
        .collect();
    assert_eq!(rolled, [None, None, Some(Offset(2)), None, Some(Offset(4))]);
    let bases: Vec<u64> = test
        .log
        .segments()
        .map(|segment| segment.base_offset().0)
        .collect();
    assert_eq!(bases, [0, 2, 4]);
}

/// Case "time roll": `UnifiedLogTest#testTimeBasedLogRollDuringAppend`.
#[test]
fn segments_roll_by_the_records_time_and_only_without_one_by_the_clock() {
    const HOUR_AND_1: i64 = 3_600_001;
    let mut test = TestLog::new();
    test.config.segment_ms = 3_600_000;
    let mut segments_after = |now_ms: i64, timestamp_ms: i64| {
        test.now_ms = now_ms;
        test.append(client(&[record_at(timestamp_ms)]))
            .expect("the batch is valid");
        test.log.segments().count()
    };
    let counts = [
        segments_after(HOUR_AND_1, -1),
        segments_after(HOUR_AND_1, -1),
        segments_after(2 * HOUR_AND_1, -1),
        segments_after(3 * HOUR_AND_1, -1),
        segments_after(3 * HOUR_AND_1, 4 * HOUR_AND_1 - 2),
        segments_after(4 * HOUR_AND_1, 4 * HOUR_AND_1 - 2),
    ];
    assert_eq!(counts, [1, 2, 3, 4, 4, 5]);
}

#[test]
fn a_read_returns_whole_batches_below_the_bound_from_the_one_that_holds_the_offset() {
    let mut test = TestLog::new();
    for _ in 0..3 {
        test.append(client(&[keyless(), keyless()]))
            .expect("the batch is valid");
    }
    let bases = |batches: Vec<RecordBatch>| -> Vec<u64> {
        batches.iter().map(|batch| batch.base_offset().0).collect()
    };
    assert_eq!(bases(read_all(&test.log, 3, 6)), [2, 4]);
    assert_eq!(bases(read_all(&test.log, 0, 4)), [0, 2]);
    assert!(read_all(&test.log, 6, 6).is_empty());
    let one_byte = |first_batch| ReadLimits {
        max_bytes: 1,
        upper_bound: Offset(6),
        first_batch,
    };
    let whole = test.log.read(Offset(0), &one_byte(FirstBatch::AlwaysWhole));
    assert_eq!(whole.map(bases), Ok(vec![0]));
    let none = test
        .log
        .read(Offset(0), &one_byte(FirstBatch::OnlyIfItFits));
    assert_eq!(none.map(bases), Ok(vec![]));
    let beyond = test.log.read(Offset(7), &one_byte(FirstBatch::AlwaysWhole));
    assert_eq!(beyond, Err(ErrorCode::OffsetOutOfRange));
}

#[test]
fn a_time_is_found_at_the_first_record_that_is_not_older() {
    let mut test = TestLog::new();
    test.append(client(&[record_at(10), record_at(30)]))
        .expect("the batch is valid");
    test.append(client(&[record_at(20), record_at(40)]))
        .expect("the batch is valid");
    let offset_for = |timestamp_ms| {
        test.log
            .offset_for_timestamp(timestamp_ms)
            .map(|found| found.offset.0)
    };
    assert_eq!(
        [5, 20, 31, 41].map(offset_for),
        [Some(0), Some(1), Some(3), None]
    );
    assert_eq!(
        test.log.offset_of_max_timestamp().map(|found| found.offset),
        Some(Offset(3))
    );
}

#[test]
fn a_follower_leaves_out_batches_of_a_later_epoch_than_its_own() {
    let mut log = Log::new(Clock::default());
    let batch = client(&[keyless()]);
    let batches = vec![
        batch.stamped(Offset(0), LeaderEpoch(1)),
        batch.stamped(Offset(1), LeaderEpoch(2)),
    ];
    let info = append_as_follower(&mut log, batches, LeaderEpoch(1))
        .expect("the batches continue the log");
    assert_eq!(info.map(|info| info.last_offset), Some(Offset(0)));
    assert_eq!(log.log_end_offset(), Offset(1));
}

/// Kafka 4.3.1: `Partition#appendRecordsToFollowerOrFutureReplica` after DeleteRecords.
#[test]
fn an_empty_follower_takes_the_offset_of_a_batch_that_begins_before_its_end() {
    let mut log = Log::new(Clock::default());
    log.truncate_fully_and_start_at(Offset(5));
    let batch = client(&vec![keyless(); 4]).stamped(Offset(3), LeaderEpoch(0));
    append_as_follower(&mut log, vec![batch.clone()], LeaderEpoch(0)).expect("the log is empty");
    assert_eq!(
        (log.log_start_offset(), log.log_end_offset()),
        (Offset(3), Offset(7))
    );
    let again = append_as_follower(&mut log, vec![batch], LeaderEpoch(0))
        .expect_err("the log is not empty now");
    assert_eq!(again.code, ErrorCode::UnknownServerError);
}

/// Kafka 4.3.1: `AbstractFetcherThread#getOffsetTruncationState`.
#[test]
fn a_follower_cuts_to_the_smaller_end_and_further_back_for_an_unknown_epoch() {
    let mut test = TestLog::new();
    for epoch in [0, 0, 2, 2, 5] {
        test.leader_epoch = LeaderEpoch(epoch);
        test.append(client(&[keyless()]))
            .expect("the batch is valid");
    }
    let cut = |epoch, end_offset| {
        let (epoch, end_offset) = (LeaderEpoch(epoch), Offset(end_offset));
        test.log
            .truncation_offset(EpochEndOffset { epoch, end_offset })
            .0
    };
    assert_eq!(cut(2, 3), 3, "the leader's epoch 2 ends earlier");
    assert_eq!(cut(2, 9), 4, "the follower's epoch 2 ends earlier");
    assert_eq!(
        cut(3, 9),
        4,
        "epoch 3 is unknown: back to the end of epoch 2"
    );
    assert_eq!(cut(7, 3), 3, "epoch 7 is later than all");
}

/// Kafka 4.3.1: `UnifiedLog#truncateTo`, `#rebuildProducerState`.
#[test]
fn a_truncation_forgets_what_the_cut_batches_said_of_producers() {
    let mut test = TestLog::new();
    test.config.segment_bytes = 200;
    let mut after_two = None;
    for sequence in 0..6 {
        test.append(producer_batch(0, Some(sequence), 1))
            .expect("the sequence is next");
        if sequence == 1 {
            after_two = Some(test.log.producers().clone());
        }
    }
    test.log.truncate_to(Offset(2));
    assert_eq!(Some(test.log.producers().clone()), after_two);
    let info = test
        .append(producer_batch(0, Some(2), 1))
        .expect("2 is next again");
    assert!(!info.is_duplicate);
}

/// One step of the comparison with the model.
#[derive(Clone, Debug)]
enum Step {
    Append { record_count: usize },
    NewEpoch,
    Truncate { offset: u64 },
    MoveStart { offset: u64 },
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1_usize..4).prop_map(|record_count| Step::Append { record_count }),
        1 => Just(Step::NewEpoch),
        1 => (0_u64..40).prop_map(|offset| Step::Truncate { offset }),
        1 => (0_u64..40).prop_map(|offset| Step::MoveStart { offset }),
    ]
}

proptest! {
    /// The model: a list of batches and nothing else.
    #[test]
    fn a_log_behaves_like_a_list_of_batches(steps in prop::collection::vec(any_step(), 1..60)) {
        let mut test = TestLog::new();
        test.config.segment_bytes = 300;
        let mut model: Vec<(u64, u64, i32)> = Vec::new();
        let (mut start, mut end) = (0, 0);
        for step in steps {
            match step {
                Step::Append { record_count } => {
                    let records: Vec<Record> = vec![keyless(); record_count];
                    test.append(client(&records)).expect("the batch is valid");
                    let next = end + record_count as u64;
                    model.push((end, next - 1, test.leader_epoch.0));
                    end = next;
                }
                Step::NewEpoch => test.leader_epoch.0 += 1,
                Step::Truncate { offset } => {
                    test.log.truncate_to(Offset(offset));
                    model.retain(|(_, last, _)| *last < offset);
                    end = end.min(offset);
                    start = start.min(end);
                }
                Step::MoveStart { offset } => {
                    if test.log.increment_log_start_offset(Offset(offset)) {
                        start = offset;
                    }
                }
            }
            prop_assert_eq!(test.log.log_start_offset(), Offset(start));
            prop_assert_eq!(test.log.log_end_offset(), Offset(end));
            let kept: Vec<(u64, u64, i32)> = test
                .log
                .segments()
                .flat_map(Segment::batches)
                .map(|batch| {
                    let epoch = batch.partition_leader_epoch().0;
                    (batch.base_offset().0, batch.last_offset().0, epoch)
                })
                .collect();
            prop_assert_eq!(&kept, &model);
            for (base, last, epoch) in &model {
                if *last >= start {
                    let found = test.log.batch_at(Offset(*last)).map(RecordBatch::base_offset);
                    prop_assert_eq!(found, Some(Offset(*base)));
                    let known = test.log.epochs().epoch_for_offset(Offset(*last));
                    prop_assert_eq!(known, Some(LeaderEpoch(*epoch)));
                }
            }
        }
    }
}
