//! What becomes of records that only one replica has when that replica loses its leadership.

use highwater_engine::kafka::event::{ElectionKind, KafkaEvent, TruncationReason};
use highwater_engine::kafka::ids::{BrokerId, LeaderEpoch, NodeId, Offset};
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::timeline::Timeline;

use crate::support::{event, give, last_event, orders, run_to, send, timeline_of};

const FIRST: BrokerId = BrokerId(1);
const SECOND: BrokerId = BrokerId(2);

/// Broker 1 leads `orders-0`, broker 2 follows; the producer waits for the leader only.
const TWO_REPLICAS: &str = r#"{ "version": 1,
    "commands": [
        { "at_ms": 2500, "do": { "call": { "client": "admin", "method": { "create_topic": {
            "topic": "orders", "assignment": [[1, 2]],
            "config": { "unclean.leader.election.enable": "true" } } } } } },
        { "at_ms": 2600, "do": { "add_producer": { "name": "checkout", "config": {
            "acks": "1", "enable.idempotence": "false" } } } } ] }"#;

/// Kafka 4.3.1: `LeaderEpochFileCache#endOffsetFor`, `UnifiedLog#truncateTo`, KIP-101, KIP-595.
#[test]
fn an_old_leader_cuts_off_what_its_successor_never_had() {
    let mut timeline = with_a_shared_record();
    let between = [Endpoint::Broker(FIRST), Endpoint::Broker(SECOND)];
    let cut = between.clone();
    give(&mut timeline, Command::CutLink { between: cut });
    send_and_wait(&mut timeline, "only broker 1 has it");
    give(&mut timeline, Command::CrashBroker { broker: FIRST });
    wait(&mut timeline, 15_000);
    give(&mut timeline, Command::HealLink { between });
    send_and_wait(&mut timeline, "the successor wrote it");
    assert_eq!(values(&timeline, FIRST), ["shared", "only broker 1 has it"]);

    give(&mut timeline, Command::StartBroker { broker: FIRST });
    wait(&mut timeline, 10_000);
    let epoch = LeaderEpoch(0);
    assert_cut_by_first(&timeline, TruncationReason::DivergingEpoch { epoch });
    assert_eq!(
        values(&timeline, SECOND),
        ["shared", "the successor wrote it"]
    );
    assert_eq!(values(&timeline, FIRST), values(&timeline, SECOND));
}

/// Kafka 4.3.1: `Partition#isFollowerOutOfSync`.
#[test]
fn a_follower_lags_from_when_it_last_had_all_until_it_leaves_the_isr() {
    let mut timeline = with_a_shared_record();
    wait(&mut timeline, 1000);
    let lag_ms = |timeline: &Timeline| {
        let leader = timeline.world().broker(FIRST).expect("it exists");
        let state = leader.replica(&orders(0)).expect("it leads");
        let lag = state.lag_of(SECOND, timeline.world().now());
        lag.map(|lag| lag.0 / 1000)
    };
    assert_eq!(lag_ms(&timeline), None, "it has all");
    let between = [Endpoint::Broker(FIRST), Endpoint::Broker(SECOND)];
    give(&mut timeline, Command::CutLink { between });
    wait(&mut timeline, 5000);
    assert_eq!(lag_ms(&timeline), None, "nothing was written since");
    send_and_wait(&mut timeline, "only broker 1 has it");
    let lag = lag_ms(&timeline);
    assert!(
        lag.is_some_and(|ms| (5000..10_000).contains(&ms)),
        "{lag:?}"
    );
    wait(&mut timeline, 50_000);
    assert_eq!(lag_ms(&timeline), None, "it is out of the ISR");
}

/// Kafka 4.3.1: `NetworkClient#handleTimedOutRequests`, `replica.socket.timeout.ms`.
#[test]
fn a_fetch_that_hangs_on_a_cut_link_is_lost_when_its_sender_gives_it_up() {
    let mut timeline = with_a_shared_record();
    wait(&mut timeline, 1000);
    let between = [Endpoint::Broker(FIRST), Endpoint::Broker(SECOND)];
    give(&mut timeline, Command::CutLink { between });
    for _ in 0..4 {
        wait(&mut timeline, 31_500);
        let held = timeline.world().network().held().iter();
        let fetches = held.filter(|flight| flight.from == NodeId::Broker(SECOND));
        assert!(fetches.count() <= 1, "only the one that still counts");
    }
}

/// Kafka 4.3.1: `Partition#maybeIncrementLeaderHW`.
#[test]
fn an_in_sync_follower_lacks_a_record_until_it_asks_for_what_comes_after_it() {
    let mut timeline = with_a_shared_record();
    let lacking = |timeline: &Timeline, offset| {
        let leader = timeline.world().broker(FIRST).expect("it exists");
        let state = leader.replica(&orders(0)).expect("it leads");
        let lacking = state.lacking(Offset(offset)).map(|it| it.broker);
        lacking.collect::<Vec<_>>()
    };
    let between = [Endpoint::Broker(FIRST), Endpoint::Broker(SECOND)];
    give(&mut timeline, Command::CutLink { between });
    send_and_wait(&mut timeline, "only broker 1 has it");
    assert_eq!(lacking(&timeline, 0), [], "it has asked from offset 1 on");
    assert_eq!(lacking(&timeline, 1), [SECOND]);
    wait(&mut timeline, 50_000);
    assert_eq!(lacking(&timeline, 1), [], "it is out of the ISR");
}

/// Kafka 4.3.1: `PartitionChangeBuilder#electLeader`, `unclean.leader.election.enable`.
#[test]
fn an_unclean_election_loses_what_the_new_leader_never_had() {
    let mut timeline = with_a_shared_record();
    give(&mut timeline, Command::CrashBroker { broker: SECOND });
    wait(&mut timeline, 15_000);
    send_and_wait(&mut timeline, "acknowledged by the whole ISR");
    give(&mut timeline, Command::CrashBroker { broker: FIRST });
    wait(&mut timeline, 15_000);
    give(&mut timeline, Command::StartBroker { broker: SECOND });
    wait(&mut timeline, 10_000);
    let is_unclean = |event: &KafkaEvent| {
        matches!(event, KafkaEvent::LeaderElected(election)
            if election.kind == ElectionKind::Unclean && election.to == Some(SECOND))
    };
    assert!(last_event(&timeline, is_unclean).is_some());

    give(&mut timeline, Command::StartBroker { broker: FIRST });
    wait(&mut timeline, 10_000);
    assert_eq!(values(&timeline, SECOND), ["shared"]);
    assert_eq!(values(&timeline, FIRST), ["shared"]);
    let epoch = LeaderEpoch(0);
    assert_cut_by_first(&timeline, TruncationReason::DivergingEpoch { epoch });
}

fn with_a_shared_record() -> Timeline {
    let mut timeline = timeline_of(TWO_REPLICAS, 5000);
    send_and_wait(&mut timeline, "shared");
    wait(&mut timeline, 2000);
    assert_eq!(values(&timeline, SECOND), ["shared"]);
    timeline
}

fn send_and_wait(timeline: &mut Timeline, value: &str) {
    give(timeline, send("checkout", "alice", value));
    wait(timeline, 3000);
}

fn wait(timeline: &mut Timeline, ms: u64) {
    let now_ms = timeline.world().now().0 / 1000;
    run_to(timeline, now_ms + ms);
}

/// The values in a broker's log of `orders-0`.
fn values(timeline: &Timeline, broker: BrokerId) -> Vec<String> {
    let broker = timeline.world().broker(broker);
    let log = broker.and_then(|broker| broker.disk().log(&orders(0)));
    let segments = log.into_iter().flat_map(|log| log.segments());
    let batches = segments.flat_map(|segment| segment.batches());
    let records = batches.filter_map(|batch| batch.records().ok()).flatten();
    let values = records.filter_map(|stored| stored.record.value);
    values
        .map(|value| String::from_utf8_lossy(&value).into_owned())
        .collect()
}

/// Broker 1 cut its log from two records to one.
fn assert_cut_by_first(timeline: &Timeline, why: TruncationReason) {
    let cut = last_event(timeline, |event| {
        matches!(event, KafkaEvent::LogTruncated { from, to, reason, .. }
            if (*from, *to, *reason) == (Offset(2), Offset(1), why))
    });
    let cut = cut.expect("the tail goes");
    assert_eq!(event(timeline, cut).node, Some(NodeId::Broker(FIRST)));
}
