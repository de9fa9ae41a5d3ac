//! What the producer promises, by Kafka's own classes.

use super::bench::{Bench, Outcome, at, record};
use crate::kafka::client::call::{CallResult, ClientCall, ProducerRecord};
use crate::kafka::client::exception::ClientException;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::ChosenBy;
use crate::kafka::ids::{BrokerId, CallId, LeaderEpoch, PartitionId, TopicName};
use crate::kafka::message::CurrentLeader;

fn failure(outcome: Option<&Outcome>) -> (String, String) {
    let exception = outcome
        .expect("decided")
        .as_ref()
        .expect_err("a failed send");
    (exception.class.clone(), exception.message.clone())
}

/// Case batch-boundaries-by-batch-size.
#[test]
fn records_share_a_batch_until_the_next_would_pass_batch_size() {
    let settings = [
        ("batch.size", "200"),
        ("linger.ms", "10000"),
        ("enable.idempotence", "false"),
    ];
    let mut bench = Bench::new(&settings, &[1]);
    for index in 0..12_u32 {
        bench.send_record(ProducerRecord {
            key: Some(format!("k{index}").into()),
            ..record(0, &format!("value-{index}-0123456789"))
        });
    }
    bench.call(ClientCall::Flush);
    let mut sizes = Vec::new();
    while !bench.sent.is_empty() {
        let sent = bench.take();
        sizes.push((sent.counts(), sent.request.batches[0].batch.size_in_bytes()));
        bench.acknowledge(&sent, 0);
    }
    assert_eq!(sizes, [(vec![5], 196), (vec![5], 196), (vec![2], 119)]);
}

/// Case "key null vs empty": `KafkaProducer#partition`, `BuiltInPartitioner#partitionForKey`.
#[test]
fn an_empty_key_is_hashed_and_no_key_is_not() {
    const HASH_OF_NO_BYTES: u32 = 275_646_681;
    const PARTITION_COUNT: usize = 7;
    let partition_of = |settings: &[(&str, &str)], key: Option<&'static str>| {
        let mut bench = Bench::new(settings, &[1; PARTITION_COUNT]);
        bench.send_record(ProducerRecord {
            partition: None,
            key: key.map(Into::into),
            ..record(0, "v")
        });
        bench.pass_ms(5);
        bench.take().request.batches[0].partition.partition
    };
    let ignores_keys = [("partitioner.ignore.keys", "true")];
    let sticky = partition_of(&[], None);
    let hashed = PartitionId(HASH_OF_NO_BYTES % PARTITION_COUNT as u32);
    assert_ne!(sticky, hashed);
    assert_eq!(partition_of(&[], Some("")), hashed);
    assert_eq!(partition_of(&ignores_keys, Some("")), sticky);
    assert_eq!(partition_of(&ignores_keys, Some("k")), sticky);
}

/// `KafkaProducer#partition`.
#[test]
fn the_event_of_a_record_says_what_chose_its_partition() {
    let choice_of = |settings: &[(&str, &str)], partition, key: Option<&'static str>| {
        let mut bench = Bench::new(settings, &[1]);
        bench.send_record(ProducerRecord {
            partition,
            key: key.map(Into::into),
            ..record(0, "v")
        });
        bench.pass_ms(5);
        bench.choices
    };
    let ignores_keys = [("partitioner.ignore.keys", "true")];
    assert_eq!(choice_of(&[], None, Some("k")), [ChosenBy::Key]);
    assert_eq!(choice_of(&[], None, None), [ChosenBy::Sticky]);
    assert_eq!(
        choice_of(&ignores_keys, None, Some("k")),
        [ChosenBy::Sticky]
    );
    assert_eq!(choice_of(&[], Some(0), Some("k")), [ChosenBy::Application]);
}

/// `RecordAccumulator#batchReady`.
#[test]
fn a_record_waits_for_linger_ms_and_no_longer() {
    let mut bench = Bench::new(&[], &[1]);
    let call = bench.send(0, "v");
    assert_eq!(bench.returned.get(&call), Some(&CallResult::Done));
    bench.pass_ms(4);
    assert!(bench.sent.is_empty());
    bench.pass_ms(1);
    assert_eq!(bench.take().counts(), [1]);
}

/// Case sequences-count-records-per-partition.
#[test]
fn sequences_count_the_records_of_each_partition() {
    let mut bench = Bench::new(&[("linger.ms", "10000")], &[1, 2]);
    for partition in [0, 0, 0, 1] {
        bench.send(partition, "v");
    }
    bench.call(ClientCall::Flush);
    let (first, other) = (bench.take(), bench.take());
    bench.send(0, "v");
    bench.call(ClientCall::Flush);
    assert_eq!(first.sequence(), Some((0, 0)));
    assert_eq!(other.sequence(), Some((0, 0)));
    assert_eq!(bench.take().sequence(), Some((0, 3)));
}

/// `RecordAccumulator#drainBatchesForOneNode`: at most one batch a partition.
#[test]
fn partitions_with_one_leader_share_a_request() {
    let mut bench = Bench::new(&[("linger.ms", "10000")], &[1, 1]);
    for partition in [0, 1, 1] {
        bench.send(partition, "v");
    }
    let flush = bench.call(ClientCall::Flush);
    let sent = bench.take();
    let mut counts = sent.counts();
    counts.sort_unstable();
    assert_eq!(counts, [1, 2]);
    assert_eq!(bench.returned.get(&flush), None);
    bench.acknowledge(&sent, 10);
    assert_eq!(bench.outcomes.get(&CallId(2)), Some(&at(1, Some(11))));
    assert_eq!(bench.returned.get(&flush), Some(&CallResult::Done));
}

/// `Sender#canRetry`, KIP-580.
#[test]
fn a_retry_keeps_its_sequence_and_waits_longer_each_time() {
    let mut bench = Bench::new(&[("linger.ms", "0")], &[1]);
    bench.send(0, "v");
    bench.pass_ms(0);
    for backoff_ms in [100, 200, 400] {
        let sent = bench.take();
        assert_eq!(sent.sequence(), Some((0, 0)));
        bench.refuse(&sent, ErrorCode::NotEnoughReplicas);
        bench.pass_ms(backoff_ms - 1);
        assert!(bench.sent.is_empty());
        bench.pass_ms(1);
    }
    let sent = bench.take();
    bench.acknowledge(&sent, 5);
    assert_eq!(bench.outcomes.get(&CallId(0)), Some(&at(0, Some(5))));
}

/// KIP-951.
#[test]
fn a_retry_goes_at_once_to_the_leader_that_the_former_one_named() {
    let mut bench = Bench::new(&[("linger.ms", "0")], &[1]);
    bench.send(0, "v");
    bench.pass_ms(0);
    let sent = bench.take();
    bench.leader_epoch = 1;
    bench.set_topic("t", Ok(vec![BrokerId(2)]));
    bench.answer(&sent, |answer| {
        answer.error = Some(ErrorCode::NotLeaderOrFollower);
        answer.current_leader = Some(CurrentLeader {
            leader: BrokerId(2),
            leader_epoch: LeaderEpoch(1),
        });
    });
    assert_eq!(bench.take().to, BrokerId(2));
}

/// Case not-enough-replicas; `Sender#failExpiredBatches`, `#maybeResolveSequences`.
#[test]
fn a_batch_that_gets_too_old_fails_and_the_next_one_starts_a_new_epoch() {
    let settings = [
        ("linger.ms", "0"),
        ("request.timeout.ms", "1500"),
        ("delivery.timeout.ms", "4000"),
    ];
    let mut bench = Bench::new(&settings, &[1]);
    let call = bench.send(0, "v");
    for _ in 0..40 {
        bench.pass_ms(100);
        if !bench.sent.is_empty() {
            let sent = bench.take();
            bench.refuse(&sent, ErrorCode::NotEnoughReplicas);
        }
    }
    let message = "Expiring 1 record(s) for t-0:4000 ms has passed since batch creation. The \
                   request has not been sent, or no server response has been received yet.";
    let expected = ("TimeoutException".to_owned(), message.to_owned());
    assert_eq!(failure(bench.outcomes.get(&call)), expected);
    bench.send(0, "after");
    bench.pass_ms(0);
    assert_eq!(bench.take().sequence(), Some((1, 0)));
}

/// Case not-enough-replicas.
#[test]
fn without_retries_the_brokers_error_is_the_applications() {
    let mut bench = Bench::new(&[("linger.ms", "0"), ("retries", "0")], &[1]);
    let call = bench.send(0, "v");
    bench.pass_ms(0);
    let sent = bench.take();
    bench.refuse(&sent, ErrorCode::NotEnoughReplicas);
    let message = "Messages are rejected since there are fewer in-sync replicas than required.";
    let expected = ("NotEnoughReplicasException".to_owned(), message.to_owned());
    assert_eq!(failure(bench.outcomes.get(&call)), expected);
}

/// Case acks-and-the-offset-the-caller-sees.
#[test]
fn with_acks_0_a_record_is_done_when_written_and_has_no_offset() {
    let mut bench = Bench::new(&[("linger.ms", "0"), ("acks", "0")], &[1]);
    let call = bench.send(0, "v");
    bench.pass_ms(0);
    assert_eq!(bench.take().sequence(), None);
    assert_eq!(bench.outcomes.get(&call), Some(&at(0, None)));
}

/// Case too-large-records.
#[test]
fn a_record_over_max_request_size_fails_before_it_is_sent() {
    let mut bench = Bench::new(&[("max.request.size", "5000")], &[1]);
    let call = bench.send_record(ProducerRecord {
        key: Some("a".into()),
        ..record(0, &"x".repeat(6000))
    });
    let message = "The message is 6087 bytes when serialized which is larger than 5000, which is \
                   the value of the max.request.size configuration.";
    let expected = ("RecordTooLargeException".to_owned(), message.to_owned());
    assert_eq!(failure(bench.outcomes.get(&call)), expected);
    assert_eq!(bench.returned.get(&call), Some(&CallResult::Done));
}

/// Case too-large-records; `RecordAccumulator#splitAndReenqueue`.
#[test]
fn a_batch_too_large_for_the_broker_is_split_and_a_piece_is_halved() {
    let settings = [("batch.size", "4000"), ("linger.ms", "10000")];
    let mut bench = Bench::new(&settings, &[1]);
    for _ in 0..4 {
        bench.send(0, &"x".repeat(700));
    }
    let flush = bench.call(ClientCall::Flush);
    let mut taken = Vec::new();
    while !bench.sent.is_empty() {
        let sent = bench.take();
        if sent.request.batches[0].batch.size_in_bytes() > 2000 {
            bench.refuse(&sent, ErrorCode::MessageTooLarge);
        } else {
            taken.push((sent.sequence(), sent.counts()));
            bench.acknowledge(&sent, 0);
        }
    }
    // Half of four records and their header is less than two records and theirs.
    let one_each = [0, 1, 2, 3].map(|sequence| (Some((0, sequence)), vec![1]));
    assert_eq!(taken, one_each);
    assert_eq!(bench.returned.get(&flush), Some(&CallResult::Done));
    assert_eq!(bench.outcomes.len(), 4);
}

/// `Sender#handleProduceResponse`, `NetworkClient#handleTimedOutRequests`.
#[test]
fn a_request_without_answer_is_sent_again_over_a_new_connection() {
    let mut bench = Bench::new(&[("linger.ms", "0")], &[1]);
    let call = bench.send(0, "v");
    bench.pass_ms(0);
    let first = bench.take();
    bench.pass_ms(30_000);
    bench.pass_ms(200);
    let second = bench.take();
    assert_eq!(second.sequence(), first.sequence());
    bench.acknowledge(&first, 0);
    assert_eq!(bench.outcomes.get(&call), None);
    bench.acknowledge(&second, 0);
    assert_eq!(bench.outcomes.get(&call), Some(&at(0, Some(0))));
}

/// `Sender.guaranteeMessageOrder`.
#[test]
fn with_one_request_in_flight_a_partitions_next_batch_waits_for_the_answer() {
    let settings = [
        ("max.in.flight.requests.per.connection", "1"),
        ("linger.ms", "0"),
        ("enable.idempotence", "false"),
    ];
    let mut bench = Bench::new(&settings, &[1]);
    bench.send(0, "a");
    bench.pass_ms(0);
    let first = bench.take();
    bench.send(0, "b");
    bench.pass_ms(10);
    assert!(bench.sent.is_empty());
    bench.refuse(&first, ErrorCode::NotEnoughReplicas);
    bench.pass_ms(100);
    let records = bench.take().request.batches[0].batch.records();
    let value = records.expect("a whole batch").remove(0).record.value;
    assert_eq!(value, Some("a".into()));
}

/// `RecordAccumulator#insertInSequenceOrder`, `TransactionManager#canRetry`.
#[test]
fn batches_behind_a_refused_one_follow_one_by_one_in_order() {
    let mut bench = Bench::new(&[("linger.ms", "0")], &[1]);
    for _ in 0..3 {
        bench.send(0, "v");
        bench.pass_ms(0);
    }
    let sent = [bench.take(), bench.take(), bench.take()];
    bench.refuse(&sent[0], ErrorCode::NotEnoughReplicas);
    bench.refuse(&sent[1], ErrorCode::OutOfOrderSequenceNumber);
    bench.refuse(&sent[2], ErrorCode::OutOfOrderSequenceNumber);
    let mut sequences = Vec::new();
    for _ in 0..3 {
        bench.pass_ms(1000);
        let sent = bench.take();
        assert!(bench.sent.is_empty());
        sequences.push(sent.sequence());
        bench.acknowledge(&sent, 0);
    }
    assert_eq!(sequences, [Some((0, 0)), Some((0, 1)), Some((0, 2))]);
}

/// `KafkaProducer#waitOnMetadata`.
#[test]
fn an_unknown_topic_is_waited_for_until_max_block_ms() {
    let mut bench = Bench::new(&[], &[1]);
    let unknown = ProducerRecord {
        topic: TopicName::new("missing"),
        partition: None,
        ..record(0, "v")
    };
    let late = bench.send_record(unknown.clone());
    bench.pass_ms(59_999);
    assert_eq!(bench.returned.get(&late), None);
    bench.pass_ms(1);
    let exception = bench
        .outcomes
        .get(&late)
        .expect("decided")
        .as_ref()
        .expect_err("failed");
    let cause = ClientException::of(ErrorCode::UnknownTopicOrPartition);
    let message = "Topic missing not present in metadata after 60000 ms.";
    let expected = ClientException::new("TimeoutException", message).caused_by(cause);
    assert_eq!(exception, &expected);

    let in_time = bench.send_record(unknown);
    bench.set_topic("missing", Ok(vec![BrokerId(1)]));
    bench.pass_ms(1000);
    assert_eq!(bench.returned.get(&in_time), Some(&CallResult::Done));
    assert_eq!(bench.take().counts(), [1]);
}

/// `BufferPool#allocate`.
#[test]
fn a_send_waits_for_memory_and_lets_nothing_linger_meanwhile() {
    let settings = [
        ("buffer.memory", "16384"),
        ("max.block.ms", "2000"),
        ("linger.ms", "9999"),
    ];
    let mut bench = Bench::new(&settings, &[1, 1]);
    bench.send(0, "v");
    let second = bench.send(1, "v");
    assert_eq!(bench.returned.get(&second), None);
    bench.pass_ms(0);
    let sent = bench.take();
    bench.acknowledge(&sent, 0);
    assert_eq!(bench.returned.get(&second), Some(&CallResult::Done));
    let third = bench.send(0, "v");
    bench.pass_ms(2000);
    let message = "Failed to allocate 16384 bytes within the configured max blocking time 2000 \
                   ms. Total memory: 16384 bytes. Available memory: 0 bytes. Poolable size: 16384 \
                   bytes";
    let expected = ("BufferExhaustedException".to_owned(), message.to_owned());
    assert_eq!(failure(bench.outcomes.get(&third)), expected);
}

/// `KafkaProducer#close`, `#throwIfProducerClosed`.
#[test]
fn a_close_sends_what_waits_and_takes_no_more() {
    let mut bench = Bench::new(&[("linger.ms", "10000")], &[1]);
    bench.send(0, "v");
    let close = bench.call(ClientCall::Close);
    let late = bench.send(0, "late");
    let message = "Cannot perform operation after producer has been closed";
    let thrown = CallResult::Threw(ClientException::new("IllegalStateException", message));
    assert_eq!(bench.returned.get(&late), Some(&thrown));
    let sent = bench.take();
    bench.acknowledge(&sent, 0);
    assert_eq!(bench.returned.get(&close), Some(&CallResult::Done));
    assert!(bench.has_ended);
}

/// `RecordAccumulator#abortIncompleteBatches`.
#[test]
fn a_close_gives_up_after_30_seconds() {
    let mut bench = Bench::new(&[("request.timeout.ms", "60000")], &[1]);
    let call = bench.send(0, "v");
    let close = bench.call(ClientCall::Close);
    bench.pass_ms(30_000);
    let expected = (
        "KafkaException".to_owned(),
        "Producer is closed forcefully.".to_owned(),
    );
    assert_eq!(failure(bench.outcomes.get(&call)), expected);
    assert_eq!(bench.returned.get(&close), Some(&CallResult::Done));
}

/// `NetworkClient#processDisconnection`, `Sender#canRetry`.
#[test]
fn a_lost_connection_is_a_network_exception_once_retries_are_used_up() {
    let mut bench = Bench::new(&[("linger.ms", "0"), ("retries", "0")], &[1]);
    let call = bench.send(0, "v");
    bench.pass_ms(0);
    bench.lose_connection(1);
    let expected = (
        "NetworkException".to_owned(),
        "Disconnected from node 1".to_owned(),
    );
    assert_eq!(failure(bench.outcomes.get(&call)), expected);
}
