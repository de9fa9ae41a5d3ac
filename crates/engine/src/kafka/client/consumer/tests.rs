//! A consumer on a bench: one broker with one partition, and the real coordinator.

mod harness;

use crate::kafka::client::call::{CallResult, ClientCall};
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{CallId, TopicName};
use crate::kafka::time::SimDuration;

use self::harness::{BROKER, GROUP, Harness, exception_text, partition};
use super::*;

const MANUAL: [(&str, &str); 4] = [
    ("group.id", GROUP),
    ("auto.offset.reset", "earliest"),
    ("enable.auto.commit", "false"),
    ("max.poll.records", "2"),
];

// Trace position-and-committed-are-two-things.
#[test]
fn poll_moves_the_position_and_a_commit_the_committed_offset() {
    let mut harness = Harness::new(5, &MANUAL);
    harness.assign();
    assert_eq!(harness.position(), CallResult::Position(Offset(0)));
    assert_eq!(harness.poll(), 2);
    assert_eq!(harness.position(), CallResult::Position(Offset(2)));
    assert_eq!(harness.committed(), None);
    assert_eq!(
        harness.call(ClientCall::CommitSync { offsets: None }),
        CallResult::Done
    );
    assert_eq!(harness.poll(), 2);
    assert_eq!(harness.position(), CallResult::Position(Offset(4)));
    assert_eq!(harness.committed(), Some(2));
    harness.call(ClientCall::Seek {
        partition: partition(),
        offset: 0,
    });
    assert_eq!(harness.poll(), 2);
    harness.call(ClientCall::SeekToEnd {
        partitions: vec![partition()],
    });
    assert_eq!(harness.position(), CallResult::Position(Offset(5)));
    harness.call(ClientCall::SeekToBeginning {
        partitions: vec![partition()],
    });
    assert_eq!(harness.position(), CallResult::Position(Offset(0)));
    assert_eq!(harness.call(ClientCall::Close), CallResult::Done);
    assert_eq!(harness.committed(), Some(2));
}

// Trace commit-sync-then-crash.
#[test]
fn after_a_crash_the_group_goes_on_at_the_committed_offset() {
    let mut harness = Harness::new(6, &MANUAL);
    harness.assign();
    assert_eq!((harness.poll(), harness.poll()), (2, 2));
    harness.call(ClientCall::CommitSync { offsets: None });
    assert_eq!(harness.poll(), 2);
    harness.crash_and_restart(&MANUAL);
    harness.assign();
    assert_eq!(harness.position(), CallResult::Position(Offset(4)));
    assert_eq!(harness.poll(), 2);
}

// Trace commit-async-callbacks-in-order.
#[test]
fn callbacks_of_asynchronous_commits_run_in_order_inside_a_later_commit() {
    let mut harness = Harness::new(6, &MANUAL);
    harness.assign();
    harness.poll();
    let offsets = |offset| Some(vec![(partition(), offset)]);
    for offset in 1..=3 {
        let commit = ClientCall::CommitAsync {
            offsets: offsets(offset),
        };
        assert_eq!(harness.call(commit), CallResult::Done);
    }
    harness.call(ClientCall::CommitSync {
        offsets: offsets(5),
    });
    let committed: Vec<u64> = harness
        .events
        .iter()
        .filter_map(|event| match event {
            KafkaEvent::CommitCompleted {
                offsets,
                error: None,
                ..
            } => Some(offsets[0].1.0),
            _ => None,
        })
        .collect();
    assert_eq!(committed, [1, 2, 3, 5]);
}

/// Case "value committed by auto commit inside poll()". Fidelity 8.3: the positions of earlier
/// polls, looked at inside poll only.
#[test]
fn an_automatic_commit_stores_what_earlier_polls_returned() {
    let settings = [
        ("group.id", GROUP),
        ("auto.offset.reset", "earliest"),
        ("max.poll.records", "2"),
    ];
    let mut harness = Harness::new(6, &settings);
    harness.assign();
    assert_eq!(harness.poll(), 2);
    harness.wait(SimDuration::from_secs(8));
    assert_eq!(harness.committed(), None);
    assert_eq!(harness.poll(), 2);
    harness.wait(SimDuration::from_millis(10));
    assert_eq!(harness.committed(), Some(2));
    harness.call(ClientCall::Close);
    assert_eq!(harness.committed(), Some(4));
}

// Trace groups-do-not-compete, for one group.
#[test]
fn a_subscriber_joins_its_group_reads_and_leaves_with_a_commit() {
    let settings = [("group.id", GROUP), ("auto.offset.reset", "earliest")];
    let mut harness = Harness::new(3, &settings);
    harness.call(ClientCall::Subscribe {
        topics: vec![TopicName::new("t")],
    });
    let polled: usize = (0..6).map(|_| harness.poll()).sum();
    assert_eq!(polled, 3);
    assert_eq!(harness.consumer.assignment(), [partition()]);
    assert_eq!(harness.consumer.generation_id(), Some(1));
    harness.call(ClientCall::Close);
    assert_eq!(harness.committed(), Some(3));
    let state = harness
        .coordinator
        .group(GROUP)
        .map(|group| group.state().name());
    assert_eq!(state, Some("Empty"));
    let callbacks: Vec<&KafkaEvent> = harness
        .events
        .iter()
        .filter(|event| {
            matches!(
                event,
                KafkaEvent::PartitionsAssigned { .. }
                    | KafkaEvent::PartitionsRevoked { .. }
                    | KafkaEvent::PartitionsLost { .. }
            )
        })
        .collect();
    assert!(matches!(
        callbacks.as_slice(),
        [
            KafkaEvent::PartitionsAssigned { .. },
            KafkaEvent::PartitionsRevoked { .. }
        ]
    ));
}

#[test]
fn a_member_that_keeps_polling_stays_in_its_generation() {
    let settings = [("group.id", GROUP)];
    let mut harness = Harness::new(0, &settings);
    harness.call(ClientCall::Subscribe {
        topics: vec![TopicName::new("t")],
    });
    for _ in 0..120 {
        harness.poll();
    }
    assert_eq!(harness.consumer.generation_id(), Some(1));
    let state = harness
        .coordinator
        .group(GROUP)
        .map(|group| group.state().name());
    assert_eq!(state, Some("Stable"));
}

// Trace auto-offset-reset.
#[test]
fn without_a_reset_policy_poll_throws() {
    let settings = [("group.id", GROUP), ("auto.offset.reset", "none")];
    let mut harness = Harness::new(3, &settings);
    harness.assign();
    let result = harness.call(ClientCall::Poll { timeout_ms: 2000 });
    assert_eq!(
        exception_text(&result),
        "NoOffsetForPartitionException: Undefined offset with no reset policy for partitions: \
         [t-0]"
    );
}

#[test]
fn a_position_below_the_log_start_is_reset() {
    let mut harness = Harness::new(5, &[("auto.offset.reset", "earliest")]);
    harness.log_start = 3;
    harness.assign();
    harness.call(ClientCall::Seek {
        partition: partition(),
        offset: 1,
    });
    assert_eq!(harness.poll(), 2);
    assert_eq!(harness.position(), CallResult::Position(Offset(5)));
}

// Trace paused-partitions-are-not-returned.
#[test]
fn a_paused_partition_keeps_its_position_and_its_buffered_records() {
    let mut harness = Harness::new(4, &MANUAL);
    harness.assign();
    assert_eq!(harness.poll(), 2);
    let partitions = vec![partition()];
    harness.call(ClientCall::PausePartitions {
        partitions: partitions.clone(),
    });
    assert_eq!(harness.poll(), 0);
    assert_eq!(harness.position(), CallResult::Position(Offset(2)));
    harness.call(ClientCall::ResumePartitions { partitions });
    assert_eq!(harness.poll(), 2);
}

// Trace consumer-config-and-misuse.
#[test]
fn wrong_calls_are_refused_in_kafkas_words() {
    let mut harness = Harness::new(0, &[]);
    let poll = ClientCall::Poll { timeout_ms: 1000 };
    assert_eq!(
        exception_text(&harness.call(poll.clone())),
        "IllegalStateException: Consumer is not subscribed to any topics or assigned any \
         partitions"
    );
    let subscribe = ClientCall::Subscribe {
        topics: vec![TopicName::new("t")],
    };
    assert!(exception_text(&harness.call(subscribe)).starts_with("InvalidGroupIdException: To"));
    let other = TopicPartition::new(&TopicName::new("t"), 1);
    harness.assign();
    assert_eq!(
        exception_text(&harness.call(ClientCall::Seek {
            partition: other,
            offset: 0
        })),
        "IllegalStateException: No current assignment for partition t-1"
    );
    assert_eq!(
        exception_text(&harness.call(ClientCall::Seek {
            partition: partition(),
            offset: -1
        })),
        "IllegalArgumentException: seek offset must not be a negative number"
    );
    harness.call(ClientCall::Close);
    assert_eq!(
        exception_text(&harness.call(poll)),
        "IllegalStateException: This consumer has already been closed."
    );
    assert_eq!(harness.call(ClientCall::Close), CallResult::Done);
}

#[test]
fn a_loop_of_polls_tells_its_records_until_it_is_stopped() {
    let mut harness = Harness::new(4, &MANUAL);
    harness.assign();
    harness.tell(Input::Call {
        call: CallId(100),
        method: ClientCall::StartPolling,
    });
    harness.wait(SimDuration::from_secs(2));
    assert_eq!(harness.call(ClientCall::StopPolling), CallResult::Done);
    let polls = harness.events.iter().filter(|event| {
        matches!(
            event,
            KafkaEvent::CallReturned { call: CallId(100), result: CallResult::Polled(records) }
                if records.len() == 2
        )
    });
    assert_eq!(polls.count(), 2);
}

#[test]
fn a_call_survives_a_broken_connection() {
    let mut harness = Harness::new(2, &MANUAL);
    harness.assign();
    harness.calls = 50;
    let call = CallId(51);
    harness.tell(Input::Call {
        call,
        method: ClientCall::Poll { timeout_ms: 5000 },
    });
    harness.to_consumer.clear();
    harness.tell(Input::Disconnected {
        peer: BROKER,
        is_refused: false,
    });
    harness.wait(SimDuration::from_secs(1));
    assert!(harness.events.iter().any(|event| matches!(
        event,
        KafkaEvent::CallReturned { call: of, result: CallResult::Polled(records) }
            if *of == call && records.len() == 2
    )));
}
