//! Registration, heartbeats, shutdown, and what a restart finds.

use super::*;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::message::{FindCoordinatorRequest, InitProducerIdRequest};

/// Kafka 4.3.1: `BrokerLifecycleManager`; fidelity 5.2.
#[test]
fn a_registration_that_is_refused_is_repeated_after_two_seconds() {
    let mut bench = Bench::off(&[]);
    bench.start();
    let registration = bench.asked("BrokerRegistration").expect("it registers");
    let result = Err(ErrorCode::DuplicateBrokerRegistration);
    let response = Response::BrokerRegistration(BrokerRegistrationResponse { result });
    bench.response(NodeId::Controller, registration, response);
    let after = bench.timer_after(&BrokerTimer::Registration);
    assert_eq!(after, Some(SimDuration::from_millis(2000)));
    bench.timeout(BrokerTimer::Registration);
    assert!(bench.asked("BrokerRegistration").is_some());
}

/// Kafka 4.3.1: `BrokerServer#startup` opens its listener last.
#[test]
fn a_broker_that_is_not_registered_yet_refuses_connections() {
    let mut bench = Bench::off(&[]);
    bench.start();
    bench.consumer_fetches(0);
    assert_eq!(bench.actions, [Action::CloseConnection { peer: CLIENT }]);
}

/// Kafka 4.3.1: `BrokerLifecycleManager`; fidelity 5.2.
#[test]
fn a_broker_wants_to_be_fenced_until_it_has_read_its_own_registration() {
    let mut bench = Bench::off(&[]);
    bench.start();
    let registration = bench.asked("BrokerRegistration").expect("it registers");
    let fetch = bench
        .asked("FetchMetadataLog")
        .expect("it reads the metadata");
    let result = Ok(BrokerEpoch(0));
    let response = Response::BrokerRegistration(BrokerRegistrationResponse { result });
    bench.response(NodeId::Controller, registration, response);
    let wants_fence = |bench: &Bench| match bench.sent("BrokerHeartbeat") {
        Some((_, Request::BrokerHeartbeat(heartbeat))) => Some(heartbeat.want_fence),
        _ => None,
    };
    assert_eq!(wants_fence(&bench), Some(true));
    let heartbeat = bench.asked("BrokerHeartbeat").expect("it beats");
    bench.heartbeat_answered(heartbeat, false);
    bench.metadata_to(fetch, vec![registered(1, BrokerEpoch(0))]);
    assert_eq!(wants_fence(&bench), Some(false));
}

/// Kafka 4.3.1: `BrokerLifecycleManager#beginControlledShutdown`, KIP-966.
#[test]
fn a_broker_asks_before_it_goes_and_notes_that_it_went_in_good_order() {
    let mut bench = Bench::running(&[]);
    let under_way = bench.asked("BrokerHeartbeat").expect("it beats");
    bench.input(Input::Terminate);
    assert!(
        bench.sent("BrokerHeartbeat").is_none(),
        "one beat at a time"
    );
    bench.heartbeat_answered(under_way, false);
    let (heartbeat, request) = bench.sent("BrokerHeartbeat").expect("the next one says so");
    assert!(matches!(request, Request::BrokerHeartbeat(it) if it.want_shut_down));
    bench.heartbeat_answered(heartbeat, false);
    assert!(!bench.actions.contains(&Action::Exit));
    let after = bench.timer_after(&BrokerTimer::Heartbeat);
    assert_eq!(after, Some(SimDuration::from_millis(2000)));
    bench.timeout(BrokerTimer::Heartbeat);
    let heartbeat = bench.asked("BrokerHeartbeat").expect("it goes on asking");
    bench.heartbeat_answered(heartbeat, true);
    assert!(bench.actions.contains(&Action::Exit));

    bench.broker.power_off();
    bench.start();
    let (_, request) = bench.sent("BrokerRegistration").expect("it registers");
    assert!(matches!(request, Request::BrokerRegistration(it)
        if it.previous_broker_epoch == Some(BrokerEpoch(0))));
}

/// Kafka 4.3.1: `ReplicaManager#checkpointHighWatermarks`; fidelity 4.3.
#[test]
fn a_killed_broker_keeps_its_log_and_the_checkpointed_high_watermark() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1], &[]);
    bench.produce(Acks::Leader, &["a", "b"]);
    bench.timeout(BrokerTimer::HighWatermarkCheckpoint);
    let period = bench.timer_after(&BrokerTimer::HighWatermarkCheckpoint);
    assert_eq!(period, Some(SimDuration::from_secs(5)));
    bench.produce(Acks::Leader, &["c"]);
    bench.broker.power_off();
    assert!(!bench.broker.is_running());
    let files = bench
        .broker
        .disk()
        .replica(&t0())
        .expect("the log is on the disk");
    assert_eq!(files.log.log_end_offset(), Offset(3));
    assert_eq!(files.high_watermark_checkpoint, Offset(2));
}

/// Kafka 4.3.1: `LogManager#startup`, `BrokerMetadataPublisher`.
#[test]
fn a_deleted_topics_log_goes_and_one_created_again_starts_empty() {
    let mut bench = Bench::running(&[]);
    bench.create_topic(1, &[1], &[]);
    bench.produce(Acks::Leader, &["a"]);
    bench.metadata(vec![MetadataRecord::RemoveTopic {
        name: TopicName::new("t"),
    }]);
    assert_eq!(bench.broker.disk().log(&t0()), None);
    bench.create_topic(1, &[1], &[]);
    assert_eq!(bench.replica().log_end_offset, Offset(0));
}

/// Kafka 4.3.1: `KafkaApis#getCoordinator`, `DefaultAutoTopicCreationManager`.
#[test]
fn the_offsets_topic_is_created_when_a_coordinator_is_first_needed() {
    let mut bench = Bench::running(&[]);
    let find = || {
        Request::FindCoordinator(FindCoordinatorRequest {
            group_id: "g".to_owned(),
        })
    };
    let asked = bench.request(CLIENT, find());
    let (_, request) = bench.sent("CreateTopics").expect("the topic is asked for");
    let Request::CreateTopics(request) = request else {
        unreachable!("it is that API")
    };
    assert_eq!(
        (request.partitions, request.replication_factor),
        (Some(50), Some(3))
    );
    assert_eq!(
        request.config.get("cleanup.policy").map(String::as_str),
        Some("compact")
    );
    assert!(
        matches!(bench.answer(asked), Some((Response::FindCoordinator(it), _))
        if it.result == Err(ErrorCode::CoordinatorNotAvailable))
    );
    bench.request(CLIENT, find());
    assert_eq!(bench.asked("CreateTopics"), None, "once is enough");
}

/// Kafka 4.3.1: `RPCProducerIdManager#generateProducerId`.
#[test]
fn a_producer_id_is_refused_until_the_controller_has_given_a_block() {
    let mut bench = Bench::running(&[]);
    let init = || Request::InitProducerId(InitProducerIdRequest { current: None });
    let asked = bench.request(CLIENT, init());
    assert!(
        matches!(bench.answer(asked), Some((Response::InitProducerId(it), _))
        if it.result == Err(ErrorCode::CoordinatorLoadInProgress))
    );
    let block = bench
        .asked("AllocateProducerIds")
        .expect("a block is asked for");
    let result = Ok((0, 1000));
    let response = crate::kafka::message::AllocateProducerIdsResponse { result };
    bench.response(
        NodeId::Controller,
        block,
        Response::AllocateProducerIds(response),
    );
    let asked = bench.request(CLIENT, init());
    assert!(
        matches!(bench.answer(asked), Some((Response::InitProducerId(it), _))
        if it.result == Ok((crate::kafka::ids::ProducerId(0), 0)))
    );
}

/// Kafka 4.3.1: `BrokerLifecycleManager.gotControlledShutdownResponse`.
#[test]
fn the_first_answer_not_to_go_yet_is_followed_by_a_beat_after_50_ms() {
    let mut bench = Bench::running(&[]);
    let under_way = bench.asked("BrokerHeartbeat").expect("it beats");
    bench.heartbeat_answered(under_way, false);
    bench.input(Input::Terminate);
    let heartbeat = bench.asked("BrokerHeartbeat").expect("it says so at once");
    bench.heartbeat_answered(heartbeat, false);
    let after = bench.timer_after(&BrokerTimer::Heartbeat);
    assert_eq!(after, Some(SimDuration::from_millis(50)));
}
