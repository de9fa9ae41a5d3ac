//! Following a leader on broker 2.

use super::*;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::TruncationReason;
use crate::kafka::message::{
    EpochEndOffset, FoundOffset, ListOffsetsResponse, PartitionFetchResponse,
};

const LEADER: NodeId = NodeId::Broker(BrokerId(2));

fn following() -> Bench {
    let mut bench = Bench::running(&[]);
    bench.create_topic(2, &[2, 1, 3], &[]);
    bench
}

/// The leader's answer: batches from `base_offset` on, and its high watermark.
fn answer(batches: Vec<RecordBatch>, high_watermark: u64) -> PartitionFetchResponse {
    PartitionFetchResponse {
        partition: t0(),
        error: None,
        high_watermark: Offset(high_watermark),
        last_stable_offset: Offset(high_watermark),
        log_start_offset: Offset::ZERO,
        diverging_epoch: None,
        current_leader: None,
        preferred_read_replica: None,
        batches,
    }
}

fn leaders_batch(values: &[&str], base_offset: u64, epoch: i32) -> RecordBatch {
    batch(values).stamped(Offset(base_offset), LeaderEpoch(epoch))
}

impl Bench {
    fn leader_answers(&mut self, answer: PartitionFetchResponse) {
        let fetch = self.asked("Fetch").expect("a follower always fetches");
        let response = Response::Fetch(FetchResponse {
            partitions: vec![answer],
        });
        self.response(LEADER, fetch, response);
    }

    fn assert_cut(&self, from: u64, to: u64, reason: TruncationReason) {
        let cut = KafkaEvent::LogTruncated {
            partition: t0(),
            from: Offset(from),
            to: Offset(to),
            reason,
        };
        assert!(self.events().contains(&&cut), "{:?}", self.events());
    }

    fn fetch_offset(&self) -> Option<Offset> {
        match self.sent("Fetch") {
            Some((_, Request::Fetch(fetch))) => Some(fetch.partitions[0].fetch_offset),
            _ => None,
        }
    }
}

/// kafka-cases, high-watermark: "worked example: HW per fetch round" (follower's side).
#[test]
fn a_followers_high_watermark_trails_by_one_fetch() {
    let mut bench = following();
    assert_eq!(bench.fetch_offset(), Some(Offset(0)));
    bench.leader_answers(answer(vec![leaders_batch(&["a", "b", "c"], 0, 0)], 0));
    assert_eq!(bench.replica().log_end_offset, Offset(3));
    assert_eq!(bench.replica().high_watermark, Offset(0));
    assert_eq!(bench.fetch_offset(), Some(Offset(3)));
    bench.leader_answers(answer(Vec::new(), 3));
    assert_eq!(bench.replica().high_watermark, Offset(3));
}

/// Kafka 4.3.1: `AbstractFetcherThread#handlePartitionsWithErrors`.
#[test]
fn a_follower_pauses_a_second_after_an_error() {
    let mut bench = following();
    let mut refused = answer(Vec::new(), 0);
    refused.error = Some(ErrorCode::NotLeaderOrFollower);
    bench.leader_answers(refused);
    assert_eq!(bench.fetch_offset(), None);
    let timer = BrokerTimer::ReplicaFetchBackoff(BrokerId(2));
    assert_eq!(
        bench.timer_after(&timer),
        Some(SimDuration::from_millis(1000))
    );
    bench.advance_ms(1000);
    bench.timeout(timer);
    assert_eq!(bench.fetch_offset(), Some(Offset(0)));
}

/// Kafka 4.3.1: `AbstractFetcherThread`: a broken connection pauses all its partitions.
#[test]
fn a_follower_tries_again_after_its_leader_was_gone() {
    let mut bench = following();
    bench.input(Input::Disconnected {
        peer: LEADER,
        is_refused: false,
    });
    assert_eq!(bench.fetch_offset(), None);
    bench.advance_ms(1000);
    bench.timeout(BrokerTimer::ReplicaFetchBackoff(BrokerId(2)));
    assert_eq!(bench.fetch_offset(), Some(Offset(0)));
}

/// Kafka 4.3.1: `NetworkClient#handleTimedOutRequests` closes the connection: what hung on it is lost.
#[test]
fn a_fetch_that_is_not_answered_in_time_is_given_up_and_tried_again() {
    let mut bench = following();
    let fetch = bench.asked("Fetch").expect("a follower always fetches");
    bench.advance_ms(30_000);
    bench.timeout(BrokerTimer::RequestTimeout(fetch));
    assert!(bench.actions.contains(&Action::Abandon { peer: LEADER }));
    bench.advance_ms(1000);
    bench.timeout(BrokerTimer::ReplicaFetchBackoff(BrokerId(2)));
    assert_eq!(bench.fetch_offset(), Some(Offset(0)));
}

/// Kafka 4.3.1: `AbstractFetcherManager#shutdownIdleFetcherThreads`.
#[test]
fn the_fetcher_for_a_former_leader_ends_and_waits_for_no_answer() {
    let mut bench = following();
    let former = bench.asked("Fetch").expect("a follower always fetches");
    bench.change_partition(Some(3), &[1, 3], 1);
    assert!(bench.actions.contains(&Action::Abandon { peer: LEADER }));
    let to = bench.actions.iter().find_map(|action| match action {
        Action::Send { to, .. } if *to != NodeId::Controller => Some(*to),
        _ => None,
    });
    assert_eq!(to, Some(NodeId::Broker(BrokerId(3))), "it asks the new one");
    let late = Response::Fetch(FetchResponse {
        partitions: vec![answer(vec![leaders_batch(&["late"], 0, 0)], 0)],
    });
    bench.response(LEADER, former, late);
    assert_eq!(bench.replica().log_end_offset, Offset(0));
}

/// Kafka 4.3.1: `ReplicaManager#applyLocalFollowersDelta`: "During controlled shutdown, replica with no
/// leaders and replica where this broker is not in the ISR are stopped."
#[test]
fn on_its_way_down_a_broker_copies_no_more_once_it_is_out_of_the_isr() {
    let mut bench = following();
    let first = bench.asked("Fetch").expect("a follower always fetches");
    bench.input(Input::Terminate);
    let brings = |value, base_offset| {
        let batches = vec![leaders_batch(&[value], base_offset, 0)];
        let partitions = vec![answer(batches, base_offset)];
        Response::Fetch(FetchResponse { partitions })
    };
    bench.response(LEADER, first, brings("a", 0));
    assert_eq!(bench.replica().log_end_offset, Offset(1), "still in sync");
    let second = bench.asked("Fetch").expect("so it goes on");
    bench.change_partition(Some(2), &[2, 3], 0);
    bench.response(LEADER, second, brings("b", 1));
    assert_eq!(bench.replica().log_end_offset, Offset(1));
    assert_eq!(bench.fetch_offset(), None);
}

/// Fidelity 4.7: KIP-595 style truncation.
#[test]
fn a_deposed_leader_cuts_off_what_its_successor_does_not_have() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1, 2, 3], &[]);
    bench.produce(Acks::Leader, &["a"]);
    bench.produce(Acks::Leader, &["lost"]);
    bench.change_partition(Some(2), &[2, 3], 1);
    let mut diverging = answer(Vec::new(), 7);
    diverging.diverging_epoch = Some(EpochEndOffset {
        epoch: LeaderEpoch(0),
        end_offset: Offset(1),
    });
    bench.leader_answers(diverging);
    let epoch = LeaderEpoch(0);
    bench.assert_cut(2, 1, TruncationReason::DivergingEpoch { epoch });
    assert_eq!(
        bench.replica().high_watermark,
        Offset(0),
        "nothing else of the answer counts"
    );
    assert_eq!(bench.fetch_offset(), Some(Offset(1)));
}

/// Kafka 4.3.1: `AbstractFetcherThread#fetchOffsetAndTruncate`, after an unclean election.
#[test]
fn a_follower_beyond_its_leaders_log_asks_how_far_that_reaches() {
    let mut bench = following();
    bench.leader_answers(answer(vec![leaders_batch(&["a", "b"], 0, 0)], 0));
    let mut out_of_range = answer(Vec::new(), 0);
    out_of_range.error = Some(ErrorCode::OffsetOutOfRange);
    bench.leader_answers(out_of_range);
    let asked = bench
        .asked("ListOffsets")
        .expect("it asks for the leader's ends");
    let found = |offset: u64| {
        let offset = Offset(offset);
        Ok(Some(FoundOffset {
            offset,
            timestamp_ms: None,
            leader_epoch: None,
        }))
    };
    let partitions = vec![(t0(), found(0)), (t0(), found(0))];
    let response = Response::ListOffsets(ListOffsetsResponse { partitions });
    bench.response(LEADER, asked, response);
    bench.assert_cut(2, 0, TruncationReason::LeaderLogShorter);
    assert_eq!(bench.fetch_offset(), Some(Offset(0)));
}

/// An answer to a fetch of a former epoch says nothing about the new leader's log.
#[test]
fn an_answer_from_a_former_epoch_is_ignored() {
    let mut bench = following();
    let fetch = bench.asked("Fetch").expect("it fetches");
    bench.change_partition(Some(2), &[2, 1, 3], 1);
    let stale = answer(vec![leaders_batch(&["a"], 0, 0)], 1);
    let response = Response::Fetch(FetchResponse {
        partitions: vec![stale],
    });
    bench.response(LEADER, fetch, response);
    assert_eq!(bench.replica().log_end_offset, Offset(0));
    assert_eq!(bench.fetch_offset(), Some(Offset(0)));
}

/// The cause of a role is the controller's decision.
#[test]
fn becoming_leader_names_the_election() {
    let mut bench = following();
    bench.change_partition(Some(1), &[1, 3], 1);
    let is_named = bench.actions.iter().any(|action| {
        matches!(action, Action::Emit { event: KafkaEvent::BecameLeader { .. }, causes, .. }
            if causes == &[DECISION])
    });
    assert!(is_named);
}
