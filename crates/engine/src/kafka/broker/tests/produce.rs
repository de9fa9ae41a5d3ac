//! Appends, and when their producers are answered.

use super::*;
use crate::kafka::error_code::ErrorCode;

fn error_of(response: &ProduceResponse) -> Option<ErrorCode> {
    response.partitions[0].error
}

/// kafka-cases, high-watermark: "worked example: HW per fetch round" (acks=all).
#[test]
fn acks_all_is_answered_when_the_last_in_sync_follower_fetches_again() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    let produce = bench.produce(Acks::All, &["a", "b", "c"]);
    assert_eq!(bench.produce_answer(produce), None);
    let missing = vec![BrokerId(2), BrokerId(3)];
    let required_offset = Offset(3);
    let waits = KafkaEvent::ProduceWaits {
        partition: t0(),
        required_offset,
        missing,
    };
    assert!(bench.events().contains(&&waits));
    for (follower, fetch_offset) in [(2, 0), (3, 0), (2, 3)] {
        bench.follower_fetches(follower, fetch_offset);
        assert_eq!(bench.produce_answer(produce), None);
    }
    bench.follower_fetches(3, 3);
    let answer = bench.produce_answer(produce).expect("all have it now");
    assert_eq!(error_of(answer), None);
    assert_eq!(answer.partitions[0].base_offset, Some(Offset(0)));
    assert_eq!(bench.replica().high_watermark, Offset(3));
}

/// The causes from which "why" is told.
#[test]
fn the_answer_names_the_request_and_the_high_watermark_and_that_names_the_append() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2], &[]);
    let produce = bench.produce(Acks::All, &["a"]);
    let produced = StepId(bench.step);
    bench.follower_fetches(2, 1);
    let fetched = StepId(bench.step);
    let (_, causes) = bench.answer(produce).expect("follower 2 has it");
    let received = EventId {
        step: produced,
        index: 0,
    };
    assert_eq!(causes[0], received);
    assert_eq!(
        causes[1].step, fetched,
        "the high watermark moved in the step of the fetch"
    );
    let append_named = bench.actions.iter().any(|action| {
        matches!(action,
        Action::Emit { event: KafkaEvent::HighWatermarkAdvanced { .. }, causes, .. }
            if causes == &[EventId { step: produced, index: 1 }])
    });
    assert!(append_named);
}

/// Fidelity 3.2.
#[test]
fn acks_1_is_answered_at_once_and_acks_0_never() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    let produce = bench.produce(Acks::Leader, &["a"]);
    assert_eq!(bench.produce_answer(produce).and_then(error_of), None);
    assert!(bench.produce_answer(produce).is_some());
    let produce = bench.produce(Acks::None, &["b"]);
    assert_eq!(bench.answer(produce), None);
    assert_eq!(bench.replica().log_end_offset, Offset(2));
}

/// Fidelity 3.2: the producer notices by its connection.
#[test]
fn a_refused_acks_0_request_closes_the_connection() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(2, &[2, 1], &[]);
    bench.produce(Acks::None, &["a"]);
    assert!(
        bench
            .actions
            .contains(&Action::CloseConnection { peer: CLIENT })
    );
}

/// kafka-cases, produce: "acks=all with ISR below min".
#[test]
fn acks_all_below_the_minimum_isr_is_refused_and_nothing_is_written() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[("min.insync.replicas", "2")]);
    bench.change_partition(Some(1), &[1], 0);
    let produce = bench.produce(Acks::All, &["a"]);
    let answer = bench
        .produce_answer(produce)
        .expect("it is refused at once");
    assert_eq!(error_of(answer), Some(ErrorCode::NotEnoughReplicas));
    assert_eq!(bench.replica().log_end_offset, Offset(0));
}

/// kafka-cases, produce: "effective min ISR is capped by the replication factor".
#[test]
fn one_replica_with_a_minimum_of_two_takes_acks_all() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1], &[("min.insync.replicas", "2")]);
    let produce = bench.produce(Acks::All, &["a"]);
    assert_eq!(bench.produce_answer(produce).map(error_of), Some(None));
}

/// kafka-cases, produce: "ISR shrinks below min while an acks=all request waits (HW not yet past
/// it)".
#[test]
fn a_waiting_request_times_out_when_the_isr_falls_below_the_minimum() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[("min.insync.replicas", "2")]);
    bench.change_partition(Some(1), &[1, 2], 0);
    let produce = bench.produce(Acks::All, &["a"]);
    let timer = BrokerTimer::DelayedProduce(CLIENT, produce);
    assert_eq!(bench.timer_after(&timer), Some(PRODUCER_TIMEOUT));
    bench.change_partition(Some(1), &[1], 0);
    assert_eq!(bench.produce_answer(produce), None);
    bench.timeout(timer);
    let answer = bench.produce_answer(produce).expect("it times out");
    assert_eq!(error_of(answer), Some(ErrorCode::RequestTimedOut));
    assert_eq!(answer.partitions[0].base_offset, Some(Offset(0)));
    assert_eq!(
        bench.replica().log_end_offset,
        Offset(1),
        "the record stays"
    );
}

/// Fidelity 3.1 and 3.2: KIP-951.
#[test]
fn a_leader_that_is_deposed_tells_waiting_producers_who_leads_now() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    let produce = bench.produce(Acks::All, &["a"]);
    bench.change_partition(Some(2), &[2, 3], 1);
    let answer = bench
        .produce_answer(produce)
        .expect("it is answered with the new metadata");
    assert_eq!(error_of(answer), Some(ErrorCode::NotLeaderOrFollower));
    let leader = answer.partitions[0]
        .current_leader
        .expect("the new leader is named");
    assert_eq!(
        (leader.leader, leader.leader_epoch),
        (BrokerId(2), LeaderEpoch(1))
    );
}

/// Fidelity 3.1: the internal topics belong to Kafka.
#[test]
fn clients_cannot_write_to_unknown_or_internal_topics() {
    let mut bench = Bench::running(&[]);
    let produce = bench.produce(Acks::Leader, &["a"]);
    let answer = bench.produce_answer(produce).expect("it is refused");
    assert_eq!(error_of(answer), Some(ErrorCode::UnknownTopicOrPartition));
}

/// kafka-cases, produce: "keyless record on a compacted topic".
#[test]
fn a_keyless_record_on_a_compacted_topic_is_refused_with_its_index() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1], &[("cleanup.policy", "compact")]);
    let record = |key: Option<&'static [u8]>| Record {
        key: key.map(Bytes::from_static),
        value: Some(Bytes::from_static(b"v")),
        headers: Vec::new(),
        timestamp_ms: CLOCK_MS,
    };
    let bytes = encode_batch(&BatchSpec::default(), &[record(Some(b"a")), record(None)]);
    let batch = RecordBatch::from_bytes(bytes, EventId::default()).expect("it decodes");
    let batches = vec![PartitionBatch {
        partition: t0(),
        batch,
    }];
    let request = ProduceRequest {
        acks: Acks::All,
        timeout: PRODUCER_TIMEOUT,
        batches,
    };
    let produce = bench.request(CLIENT, Request::Produce(request));
    let answer = bench.produce_answer(produce).expect("it is refused");
    assert_eq!(error_of(answer), Some(ErrorCode::InvalidRecord));
    let indexes: Vec<u32> = answer.partitions[0]
        .record_errors
        .iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(indexes, [1]);
    assert_eq!(bench.replica().log_end_offset, Offset(0));
}
