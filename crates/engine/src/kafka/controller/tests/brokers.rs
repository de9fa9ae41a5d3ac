//! Brokers: registered, unfenced, fenced, shut down; and what they read.

use super::*;

/// Kafka 4.3.1: `BrokerHeartbeatManager#calculateNextBrokerState`.
#[test]
fn a_broker_is_unfenced_once_it_has_applied_its_own_registration() {
    let mut cluster = Cluster::new(&[]);
    let epoch = cluster.register(1, 0, None).expect("nobody was there");
    let registered_at = cluster
        .controller
        .metadata_log()
        .last()
        .expect("a record")
        .offset;
    assert_eq!(epoch.0, registered_at.0);
    let heartbeat = |current| {
        Request::BrokerHeartbeat(BrokerHeartbeatRequest {
            broker: BrokerId(1),
            broker_epoch: epoch,
            current_metadata_offset: MetadataOffset(current),
            want_fence: false,
            want_shut_down: false,
        })
    };
    let from = NodeId::Broker(BrokerId(1));
    let mut is_fenced = |current| match cluster.ask(from, heartbeat(current)) {
        Response::BrokerHeartbeat(response) => response.is_fenced,
        other => panic!("not a heartbeat: {other:?}"),
    };
    assert!(is_fenced(epoch.0));
    assert!(!is_fenced(epoch.0 + 1));
}

/// Kafka 4.3.1: `ClusterControlManager#registerBroker`; fidelity 5.2.
#[test]
fn a_restarted_broker_is_refused_until_the_old_session_is_over() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.run(8000, &[2, 3]);
    let refused = Err(ErrorCode::DuplicateBrokerRegistration);
    assert_eq!(cluster.register(1, 1, None), refused);
    cluster.run(2000, &[2, 3]);
    assert!(cluster.register(1, 1, None).is_ok());
}

/// Kafka 4.3.1: the trace `a-dead-leader-is-replaced-in-assignment-order`.
#[test]
fn a_silent_leader_is_fenced_and_replaced_in_assignment_order() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.create("t", &[&[1, 3, 2]], &[]);
    cluster.run(9000, &[2, 3]);
    assert!(cluster.controller.is_active(BrokerId(1)));
    cluster.run(1000, &[2, 3]);
    assert!(!cluster.controller.is_active(BrokerId(1)));
    assert_eq!(cluster.state(&tp("t")), (3, 1, vec![3, 2], vec![], vec![]));
    let (_, election, causes) = cluster.last_election();
    assert_eq!(election.kind, ElectionKind::Clean);
    assert_eq!(
        election.candidates,
        [
            (BrokerId(1), Candidate::Fenced),
            (BrokerId(3), Candidate::Chosen),
            (BrokerId(2), Candidate::NotReached),
        ]
    );
    let fenced = cluster
        .events
        .iter()
        .find_map(|(id, event, _)| match event {
            KafkaEvent::BrokerFenced {
                last_heartbeat_at,
                was_fenced: false,
                ..
            } => Some((*id, *last_heartbeat_at)),
            _ => None,
        });
    let (fenced, last_heartbeat_at) = fenced.expect("the broker was fenced");
    assert_eq!(last_heartbeat_at, SimTime::ZERO);
    assert_eq!(causes, [fenced]);
}

/// What brokers do about a decision has the decision as its cause.
#[test]
fn a_record_names_the_event_that_decided_it() {
    let mut cluster = Cluster::with_brokers(2, &[]);
    cluster.create("t", &[&[1, 2]], &[]);
    cluster.run(10_000, &[2]);
    let (elected, _, _) = cluster.last_election();
    let log = cluster.controller.metadata_log();
    let change = log
        .iter()
        .find(|entry| matches!(entry.record, MetadataRecord::PartitionChange { .. }));
    assert_eq!(change.expect("a change").decided_by, elected);
}

/// Kafka 4.3.1: `BrokerHeartbeatManager#calculateNextBrokerState`; fidelity 5.2.
#[test]
fn a_leader_that_shuts_down_waits_until_the_others_know_its_successor() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.create("t", &[&[1, 2, 3]], &[]);
    cluster.run(1000, &[1, 2, 3]);
    let answer = cluster.heartbeat(1, true);
    assert!(!answer.should_shut_down && !answer.is_fenced);
    assert_eq!(cluster.state(&tp("t")), (2, 1, vec![2, 3], vec![], vec![]));
    let (_, election, _) = cluster.last_election();
    assert_eq!(election.candidates[0].1, Candidate::ShuttingDown);
    assert!(!cluster.heartbeat(1, true).should_shut_down);
    cluster.heartbeat(2, false);
    assert!(!cluster.heartbeat(1, true).should_shut_down);
    cluster.heartbeat(3, false);
    assert!(cluster.heartbeat(1, true).should_shut_down);
    assert!(cluster.controller.image().brokers[&BrokerId(1)].fenced);
}

/// Kafka 4.3.1: `ClusterControlManager#activate`.
#[test]
fn a_restarted_controller_gives_every_unfenced_broker_a_whole_session() {
    let mut cluster = Cluster::with_brokers(2, &[]);
    cluster.now_ms = 20_000;
    cluster.handle(Input::Start);
    cluster.run(9000, &[2]);
    assert!(cluster.controller.is_active(BrokerId(1)));
    cluster.run(1000, &[2]);
    assert!(!cluster.controller.is_active(BrokerId(1)));
}

/// Kafka 4.3.1: `ProducerIdControlManager#generateNextProducerId`.
#[test]
fn every_block_of_producer_ids_is_new() {
    let mut cluster = Cluster::with_brokers(1, &[]);
    let request = AllocateProducerIdsRequest {
        broker: BrokerId(1),
        broker_epoch: cluster.epoch(1),
    };
    let mut block = || {
        let request = Request::AllocateProducerIds(request.clone());
        match cluster.ask(NodeId::Broker(BrokerId(1)), request) {
            Response::AllocateProducerIds(response) => response.result,
            other => panic!("not a block: {other:?}"),
        }
    };
    assert_eq!(block(), Ok((0, 1000)));
    assert_eq!(block(), Ok((1000, 1000)));
}

/// A broker reads the metadata log by fetches that wait.
#[test]
fn a_waiting_fetch_of_the_metadata_log_is_answered_by_the_next_record() {
    let mut cluster = Cluster::with_brokers(1, &[]);
    let end = cluster.controller.metadata_log_end_offset();
    let from = NodeId::Broker(BrokerId(1));
    let message = Arc::new(Message::Request {
        correlation_id: CorrelationId(42),
        request: Request::FetchMetadataLog(FetchMetadataLogRequest {
            broker: BrokerId(1),
            fetch_offset: end,
        }),
    });
    let wait = Timer::Controller(ControllerTimer::MetadataFetchWait(BrokerId(1)));
    let actions = cluster.handle(Input::Receive { from, message });
    let after = SimDuration::from_millis(500);
    assert_eq!(
        actions,
        [Action::SetTimer {
            timer: wait.clone(),
            after
        }]
    );
    let fetched = EventId {
        step: StepId(cluster.step),
        index: 0,
    };
    let message = Arc::new(Message::Request {
        correlation_id: CorrelationId(1),
        request: Request::CreateTopics(topic_request("t")),
    });
    let actions = cluster.handle(Input::Receive {
        from: CLIENT,
        message,
    });
    let [
        ..,
        Action::CancelTimer(cancelled),
        Action::Send {
            to,
            message,
            causes,
        },
    ] = &actions[..]
    else {
        panic!("no answer: {actions:?}");
    };
    assert_eq!((cancelled, *to, &causes[..]), (&wait, from, &[fetched][..]));
    let Message::Response {
        correlation_id: CorrelationId(42),
        response: Response::FetchMetadataLog(response),
    } = message.as_ref()
    else {
        panic!("not a fetch's answer: {message:?}");
    };
    assert_eq!(response.entries[0].offset, end);
    assert_eq!(response.entries.len(), 2);
}
