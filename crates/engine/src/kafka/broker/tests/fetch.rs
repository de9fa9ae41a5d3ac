//! What followers and consumers are given, and when.

use super::*;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::message::{
    AlterPartitionResponse, AlteredPartition, ListOffsetsRequest, OffsetSpec,
    PartitionFetchResponse,
};

fn first(response: &FetchResponse) -> &PartitionFetchResponse {
    &response.partitions[0]
}

/// Fidelity 4.8: nobody reads above the high watermark.
#[test]
fn a_consumer_reads_up_to_the_high_watermark_and_a_follower_up_to_the_end() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2], &[]);
    bench.produce(Acks::Leader, &["a"]);
    bench.follower_fetches(2, 1);
    bench.produce(Acks::Leader, &["b"]);
    let fetch = bench.consumer_fetches(0);
    let answer = first(bench.fetch_answer(fetch).expect("there is something"));
    assert_eq!(answer.batches.len(), 1);
    assert_eq!(answer.high_watermark, Offset(1));
    let fetch = bench.follower_fetches(2, 0);
    let answer = first(bench.fetch_answer(fetch).expect("there is something"));
    assert_eq!(answer.batches.len(), 2);
}

/// Fidelity 4.8, 6.2: at the high watermark it waits, above it is answered at once.
#[test]
fn a_consumer_at_the_high_watermark_waits_for_it_to_move() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2], &[]);
    bench.produce(Acks::Leader, &["a"]);
    let appended = EventId {
        step: StepId(bench.step),
        index: 1,
    };
    let above = bench.consumer_fetches(1);
    let answer = first(bench.fetch_answer(above).expect("above it nothing waits"));
    assert_eq!((answer.error, answer.batches.len()), (None, 0));
    let fetch = bench.consumer_fetches(0);
    let waiting = EventId {
        step: StepId(bench.step),
        index: 0,
    };
    assert_eq!(bench.fetch_answer(fetch), None);
    bench.follower_fetches(2, 1);
    let (_, causes) = bench.answer(fetch).expect("the high watermark moved");
    assert_eq!(causes[0], waiting);
    assert_eq!(
        causes[1].step,
        StepId(bench.step),
        "the move of the high watermark"
    );
    assert_ne!(causes[1], appended);
}

/// Fidelity 4.3, 6.2: a follower's wait ends with new data, not with the high watermark.
#[test]
fn a_waiting_follower_is_answered_by_an_append_or_after_its_wait() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    bench.produce(Acks::Leader, &["a"]);
    let fetch = bench.follower_fetches(2, 1);
    bench.follower_fetches(3, 1);
    assert_eq!(
        bench.fetch_answer(fetch),
        None,
        "the high watermark alone wakes no follower"
    );
    bench.timeout(BrokerTimer::DelayedFetch(
        NodeId::Broker(BrokerId(2)),
        fetch,
    ));
    let answer = first(bench.fetch_answer(fetch).expect("the wait is over"));
    assert_eq!(
        (answer.high_watermark, answer.batches.len()),
        (Offset(1), 0)
    );
    let fetch = bench.follower_fetches(2, 1);
    bench.produce(Acks::Leader, &["b"]);
    assert!(bench.fetch_answer(fetch).is_some());
}

/// Fidelity 4.7, KIP-320.
#[test]
fn a_fetch_of_another_epoch_is_refused() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    bench.change_partition(Some(1), &[1, 2, 3], 4);
    for (epoch, error) in [
        (3, ErrorCode::FencedLeaderEpoch),
        (5, ErrorCode::UnknownLeaderEpoch),
    ] {
        let mut request = fetch_request(FetchFrom::Consumer, 0);
        request.partitions[0].current_leader_epoch = Some(LeaderEpoch(epoch));
        let fetch = bench.request(CLIENT, Request::Fetch(request));
        assert_eq!(
            bench.fetch_answer(fetch).map(|it| first(it).error),
            Some(Some(error))
        );
    }
}

/// Kafka 4.3.1: `DelayedFetch#tryComplete`, its case F: at the high watermark a fetch waits, beyond it not.
#[test]
fn what_is_there_but_beyond_the_high_watermark_is_answered_at_once_with_nothing() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    bench.produce(Acks::Leader, &["a", "b"]);
    for (fetch_offset, is_answered) in [(0, false), (1, true), (2, true)] {
        let leader = bench.broker.replica(&t0()).expect("it leads");
        assert_eq!(
            leader.has_only_unreadable(Offset(fetch_offset)),
            is_answered
        );
        let fetch = bench.consumer_fetches(fetch_offset);
        let batches = bench.fetch_answer(fetch).map(|it| first(it).batches.len());
        assert_eq!(batches, is_answered.then_some(0), "at {fetch_offset}");
    }
}

/// Fidelity 4.8.
#[test]
fn an_offset_beyond_the_log_is_out_of_range() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1], &[]);
    let fetch = bench.consumer_fetches(1);
    let error = bench.fetch_answer(fetch).map(|it| first(it).error);
    assert_eq!(error, Some(Some(ErrorCode::OffsetOutOfRange)));
}

/// KIP-207: a new leader whose high watermark lags doesn't tell an end that goes backwards.
#[test]
fn the_end_is_not_available_until_the_high_watermark_reaches_the_epoch() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    bench.produce(Acks::Leader, &["a"]);
    bench.change_partition(Some(1), &[1, 2], 1);
    let latest = |bench: &mut Bench| {
        let partitions = vec![(t0(), None, OffsetSpec::Latest)];
        let request = Request::ListOffsets(ListOffsetsRequest { partitions });
        let asked = bench.request(CLIENT, request);
        match bench.answer(asked) {
            Some((Response::ListOffsets(it), _)) => it.partitions[0].1,
            _ => Ok(None),
        }
    };
    assert_eq!(latest(&mut bench), Err(ErrorCode::OffsetNotAvailable));
    bench.follower_fetches(2, 1);
    let found = latest(&mut bench).map(|found| found.map(|found| found.offset));
    assert_eq!(found, Ok(Some(Offset(1))));
}

/// kafka-cases, isr: "expansion", over the wire.
#[test]
fn a_follower_that_caught_up_is_asked_into_the_isr() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    bench.change_partition(Some(1), &[1, 2], 0);
    bench.follower_fetches(3, 0);
    let joining = BrokerId(3);
    let wish = KafkaEvent::IsrExpandRequested {
        partition: t0(),
        joining,
    };
    assert!(bench.events().contains(&&wish));
    let (asked, request) = bench
        .sent("AlterPartition")
        .expect("the controller decides");
    let Request::AlterPartition(request) = request else {
        unreachable!("it is that API")
    };
    let isr = vec![BrokerId(1), BrokerId(2), BrokerId(3)];
    assert_eq!(
        request.new_isr.iter().map(|it| it.0).collect::<Vec<_>>(),
        isr
    );
    let altered = AlteredPartition {
        leader: Some(BrokerId(1)),
        leader_epoch: LeaderEpoch(0),
        isr: isr.clone(),
        leader_recovery_state: LeaderRecoveryState::Recovered,
        partition_epoch: PartitionEpoch(99),
    };
    let response = AlterPartitionResponse {
        partition: t0(),
        result: Ok(altered),
    };
    bench.response(
        NodeId::Controller,
        asked,
        Response::AlterPartition(response),
    );
    assert_eq!(bench.replica().isr, isr);
}

/// kafka-cases, isr: "shrink: never-fetching replica removed after lag time", over the wire.
#[test]
fn a_lagging_follower_is_reported_by_the_check_and_its_silence_is_named() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    bench.produce(Acks::Leader, &["a"]);
    bench.follower_fetches(2, 1);
    bench.advance_ms(30_001);
    bench.follower_fetches(2, 1);
    bench.timeout(BrokerTimer::IsrCheck);
    let after = bench.timer_after(&BrokerTimer::IsrCheck);
    assert_eq!(after, Some(SimDuration::from_millis(15_000)));
    let silent = bench.actions.iter().find_map(|action| match action {
        Action::Emit {
            event: KafkaEvent::IsrShrinkRequested { out, .. },
            silent,
            ..
        } => Some((out.clone(), *silent)),
        _ => None,
    });
    let three = BrokerId(3);
    assert_eq!(silent, Some((vec![three], Some(NodeId::Broker(three)))));
}

/// KIP-392; trace: a-consumer-reads-from-the-replica-in-its-rack.
#[test]
fn a_consumer_is_sent_to_the_replica_in_its_rack() {
    let selector = "org.apache.kafka.common.replica.RackAwareReplicaSelector";
    let mut bench = Bench::running(&[("replica.selector.class", selector)]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    bench.produce(Acks::Leader, &["a"]);
    bench.follower_fetches(2, 1);
    let mut request = fetch_request(FetchFrom::Consumer, 0);
    request.rack_id = "rack-2".to_owned();
    let fetch = bench.request(CLIENT, Request::Fetch(request));
    let answer = first(bench.fetch_answer(fetch).expect("it is answered at once"));
    assert_eq!(answer.preferred_read_replica, Some(BrokerId(2)));
    assert_eq!(answer.batches.len(), 0);
}
