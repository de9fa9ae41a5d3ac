//! Records that are given up: the log starts later, on the leader at once, elsewhere by and by.

use highwater_engine::kafka::client::call::{CallResult, ClientCall};
use highwater_engine::kafka::event::{KafkaEvent, PositionReason};
use highwater_engine::kafka::ids::{BrokerId, CallId, Offset};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::invariant::Rule;
use highwater_engine::sim::timeline::Timeline;

use crate::support::{first_sight_at, give, last_event, orders, run_to};

/// Kafka 4.3.1: `DelayedDeleteRecords`: the call returns when the last live replica starts there.
#[test]
fn a_deletion_moves_the_leaders_log_start_at_once_and_the_followers_with_their_next_fetch() {
    let mut timeline = first_sight_at(6000);
    let call = delete(&mut timeline, 5);
    let starts = |timeline: &Timeline| -> Vec<Offset> {
        let logs = (1..=3).filter_map(|id| {
            let broker = timeline.world().broker(BrokerId(id))?;
            broker.disk().log(&orders(0))
        });
        logs.map(|log| log.log_start_offset()).collect()
    };
    let low_watermark = loop {
        if let Some(result) = returned(&timeline, call) {
            break result;
        }
        timeline.step().expect("the cluster goes on");
    };
    assert_eq!(low_watermark, CallResult::LowWatermark(Offset(5)));
    assert_eq!(starts(&timeline), [Offset(5), Offset(5), Offset(5)]);
    let moves = timeline.branch().steps().flat_map(|step| &step.events);
    let moves =
        moves.filter(|event| matches!(event.kafka(), Some(KafkaEvent::LogStartAdvanced { .. })));
    assert_eq!(moves.count(), 3);
    let breach = |rule| timeline.world().invariants().breach(rule);
    assert!(Rule::ALL.iter().all(|rule| breach(*rule).is_none()));
}

#[test]
fn without_a_live_leader_the_call_waits_for_the_next_one() {
    let mut timeline = first_sight_at(6000);
    give(
        &mut timeline,
        Command::CrashBroker {
            broker: BrokerId(3),
        },
    );
    let call = delete(&mut timeline, 5);
    run_to(&mut timeline, 9000);
    assert_eq!(returned(&timeline, call), None);
    run_to(&mut timeline, 30_000);
    let found = returned(&timeline, call);
    assert_eq!(found, Some(CallResult::LowWatermark(Offset(5))));
}

/// Kafka 4.3.1: `auto.offset.reset` on OFFSET_OUT_OF_RANGE.
#[test]
fn a_consumer_whose_next_record_is_gone_starts_anew_as_auto_offset_reset_says() {
    let mut timeline = first_sight_at(6000);
    let stop = ClientCall::StopPolling;
    call(&mut timeline, "consumer-1", stop);
    run_to(&mut timeline, 12_000);
    delete(&mut timeline, -1);
    run_to(&mut timeline, 14_000);
    call(&mut timeline, "consumer-1", ClientCall::StartPolling);
    run_to(&mut timeline, 16_000);
    let is_reset = |event: &KafkaEvent| {
        matches!(event, KafkaEvent::PositionSet { partition, offset, reason }
            if *partition == orders(0) && offset.0 > 10 && *reason == PositionReason::AutoOffsetReset)
    };
    assert!(last_event(&timeline, is_reset).is_some());
}

#[test]
fn more_than_is_committed_can_not_be_deleted() {
    let mut timeline = first_sight_at(6000);
    let call = delete(&mut timeline, 1_000_000);
    run_to(&mut timeline, 7000);
    let Some(CallResult::Threw(exception)) = returned(&timeline, call) else {
        panic!("the call throws");
    };
    assert_eq!(exception.class, "OffsetOutOfRangeException");
}

fn delete(timeline: &mut Timeline, before: i64) -> CallId {
    let partition = orders(0);
    let method = ClientCall::DeleteRecords { partition, before };
    call(timeline, "admin", method)
}

fn call(timeline: &mut Timeline, client: &str, method: ClientCall) -> CallId {
    let now = timeline.world().now();
    let client = client.to_owned();
    let applied = timeline.apply(Command::Call { client, method }, now);
    applied.expect("the client is there").call.expect("a call")
}

fn returned(timeline: &Timeline, wanted: CallId) -> Option<CallResult> {
    let mut events = timeline.branch().steps().flat_map(|step| &step.events);
    events.find_map(|event| match event.kafka()? {
        KafkaEvent::CallReturned { call, result } if *call == wanted => Some(result.clone()),
        _ => None,
    })
}
