//! Leaders, ISRs and eligible leader replicas.

use super::*;

/// Kafka 4.3.1: the trace `eligible-leader-replicas-after-clean-stops`.
#[test]
fn below_the_minimum_those_who_leave_stay_eligible() {
    let mut cluster = Cluster::with_brokers(4, &[]);
    cluster.create("el", &[&[1, 2, 3]], &[("min.insync.replicas", "2")]);
    let el = tp("el");
    let epoch_of_2 = cluster.epoch(2);
    assert!(cluster.heartbeat(3, true).should_shut_down);
    assert_eq!(cluster.state(&el), (1, 0, vec![1, 2], vec![], vec![]));
    assert!(cluster.heartbeat(2, true).should_shut_down);
    assert_eq!(cluster.state(&el), (1, 0, vec![1], vec![2], vec![]));
    cluster.run(10_000, &[4]);
    assert_eq!(cluster.state(&el), (0, 1, vec![], vec![1, 2], vec![1]));
    cluster.start_broker(2, 1, Some(epoch_of_2));
    assert_eq!(cluster.state(&el), (2, 2, vec![2], vec![1], vec![]));
    cluster.run(1000, &[2, 4]);
    cluster.start_broker(3, 1, None);
    assert!(cluster.wish_isr(&el, &[2, 3]).is_ok());
    assert_eq!(cluster.state(&el), (2, 2, vec![2, 3], vec![], vec![]));
}

/// Fidelity 5.4: after crashes only the last known leader is elected, uncleanly.
#[test]
fn after_crashes_of_all_the_last_known_leader_comes_back() {
    let mut cluster = Cluster::with_brokers(4, &[]);
    cluster.create("t", &[&[1, 2]], &[("min.insync.replicas", "2")]);
    cluster.run(10_000, &[1, 4]);
    assert_eq!(cluster.state(&tp("t")), (1, 0, vec![1], vec![2], vec![]));
    cluster.run(10_000, &[4]);
    assert_eq!(cluster.state(&tp("t")), (0, 1, vec![], vec![1, 2], vec![1]));
    cluster.start_broker(2, 1, None);
    assert_eq!(cluster.state(&tp("t")), (0, 1, vec![], vec![1], vec![1]));
    cluster.start_broker(1, 1, None);
    assert_eq!(cluster.state(&tp("t")), (1, 2, vec![1], vec![], vec![]));
    let recovery = cluster.partition(&tp("t")).leader_recovery_state;
    assert_eq!(recovery, LeaderRecoveryState::Recovering);
    let (_, election, _) = cluster.last_election();
    assert_eq!(election.kind, ElectionKind::LastKnownLeader);
}

/// Fidelity 5.3: ELR off.
#[test]
fn without_elr_the_last_in_sync_replica_is_kept_and_comes_back() {
    let mut cluster = Cluster::with_brokers(2, &[("eligible.leader.replicas.version", "0")]);
    cluster.create("t", &[&[1]], &[]);
    cluster.run(10_000, &[2]);
    assert_eq!(cluster.state(&tp("t")), (0, 1, vec![1], vec![], vec![]));
    cluster.start_broker(1, 1, None);
    assert_eq!(cluster.state(&tp("t")), (1, 2, vec![1], vec![], vec![]));
}

/// Kafka 4.3.1: the trace `preferred-election-errors`.
#[test]
fn elections_by_hand_that_cannot_be_held_say_why() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.create("pe", &[&[1, 2, 3]], &[]);
    let code = |error: Option<ApiError>| error.map(|error| error.code);
    let preferred = ElectionType::Preferred;
    let needless = Some(ErrorCode::ElectionNotNeeded);
    assert_eq!(code(cluster.elect(preferred, &tp("pe"))), needless);
    cluster.run(10_000, &[2, 3]);
    let unavailable = Some(ErrorCode::PreferredLeaderNotAvailable);
    assert_eq!(code(cluster.elect(preferred, &tp("pe"))), unavailable);
    assert_eq!(
        code(cluster.elect(ElectionType::Unclean, &tp("pe"))),
        needless
    );
    assert_eq!(
        cluster.elect(preferred, &tp("none")),
        refusal(ErrorCode::UnknownTopicOrPartition, "No such topic as none")
    );
}

/// Fidelity 5.3: the topic's setting isn't needed for an unclean election by hand.
#[test]
fn an_unclean_election_by_hand_takes_the_first_live_replica() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.create("t", &[&[1, 2, 3]], &[]);
    cluster.run(10_000, &[1, 3]);
    cluster.run(10_000, &[1]);
    cluster.start_broker(3, 1, None);
    cluster.run(10_000, &[3]);
    assert_eq!(cluster.state(&tp("t")), (0, 1, vec![], vec![1], vec![1]));
    assert_eq!(cluster.elect(ElectionType::Unclean, &tp("t")), None);
    assert_eq!(cluster.state(&tp("t")), (3, 2, vec![3], vec![], vec![]));
    let (_, election, _) = cluster.last_election();
    assert_eq!(election.kind, ElectionKind::Unclean);
}

/// Fidelity 5.3: switching the setting on does nothing until another broker is unfenced or the
/// scan comes.
#[test]
fn the_unclean_scan_elects_for_topics_that_allow_it() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.create("t", &[&[1, 2]], &[]);
    assert!(cluster.wish_isr(&tp("t"), &[1]).is_ok());
    cluster.run(10_000, &[2, 3]);
    let topic = ConfigResource::Topic(TopicName::new("t"));
    let on = [("unclean.leader.election.enable", "true")];
    assert_eq!(cluster.alter_config(topic, &on, &[]), None);
    assert_eq!(cluster.state(&tp("t")).0, 0);
    let scan = Timer::Controller(ControllerTimer::UncleanElectionScan);
    cluster.handle(Input::Timeout(scan));
    assert_eq!(cluster.state(&tp("t")).0, 2);
}

/// Fidelity 5.5.
#[test]
fn the_balance_moves_every_leader_back_that_is_in_sync() {
    let mut cluster = Cluster::with_brokers(2, &[]);
    cluster.create("t", &[&[1, 2]], &[]);
    let old_epoch = cluster.epoch(1);
    cluster.run(10_000, &[2]);
    cluster.start_broker(1, 1, Some(old_epoch));
    let balance = || Input::Timeout(Timer::Controller(ControllerTimer::LeaderBalance));
    cluster.handle(balance());
    assert_eq!(cluster.state(&tp("t")).0, 2);
    assert!(cluster.wish_isr(&tp("t"), &[2, 1]).is_ok());
    cluster.handle(balance());
    assert_eq!(cluster.state(&tp("t")), (1, 2, vec![2, 1], vec![], vec![]));
    let (_, election, _) = cluster.last_election();
    assert_eq!(election.kind, ElectionKind::Preferred);
}

/// Broker 1, leading 1, 2, 3, wants 3 out of the ISR.
fn good_wish(cluster: &Cluster) -> AlterPartitionRequest {
    AlterPartitionRequest {
        broker: BrokerId(1),
        broker_epoch: cluster.epoch(1),
        partition: tp("t"),
        leader_epoch: LeaderEpoch(0),
        partition_epoch: PartitionEpoch(0),
        new_isr: [1, 2].map(|id| (BrokerId(id), cluster.epoch(id))).to_vec(),
        leader_recovery_state: LeaderRecoveryState::Recovered,
    }
}

/// Kafka 4.3.1: `ReplicationControlManager#validateAlterPartitionData`.
#[test]
fn a_wish_for_another_isr_is_checked_in_kafkas_order() {
    let mut cluster = Cluster::with_brokers(3, &[]);
    cluster.create("t", &[&[1, 2, 3]], &[]);
    let good = good_wish(&cluster);
    let mut result = |change: &dyn Fn(&mut AlterPartitionRequest)| {
        let mut request = good.clone();
        change(&mut request);
        let from = NodeId::Broker(request.broker);
        match cluster.ask(from, Request::AlterPartition(request)) {
            Response::AlterPartition(response) => response.result,
            other => panic!("not an answer about the ISR: {other:?}"),
        }
    };
    let stale = BrokerEpoch(0);
    let recovering = LeaderRecoveryState::Recovering;
    let mut error = |change: &dyn Fn(&mut AlterPartitionRequest)| result(change).err();
    assert_eq!(
        error(&|r| r.broker_epoch = stale),
        Some(ErrorCode::StaleBrokerEpoch)
    );
    assert_eq!(
        error(&|r| r.partition = tp("none")),
        Some(ErrorCode::UnknownTopicId)
    );
    assert_eq!(
        error(&|r| r.leader_epoch = LeaderEpoch(1)),
        Some(ErrorCode::NotController)
    );
    assert_eq!(
        error(&|r| r.partition_epoch = PartitionEpoch(1)),
        Some(ErrorCode::NotController)
    );
    assert_eq!(
        error(&|r| r.leader_epoch = LeaderEpoch(-1)),
        Some(ErrorCode::FencedLeaderEpoch)
    );
    assert_eq!(
        error(&|r| r.new_isr.swap_remove(0).0.0 = 0),
        Some(ErrorCode::InvalidRequest)
    );
    assert_eq!(
        error(&|r| r.leader_recovery_state = recovering),
        Some(ErrorCode::InvalidRequest)
    );
    assert_eq!(
        error(&|r| r.new_isr[1].1 = stale),
        Some(ErrorCode::IneligibleReplica)
    );
    let altered = result(&|_| {}).expect("the wish is good");
    assert_eq!(altered.isr, brokers(&[1, 2]));
    assert_eq!(altered.leader_epoch, LeaderEpoch(0));
    assert_eq!(altered.partition_epoch, PartitionEpoch(1));
    assert_eq!(result(&|_| {}).err(), Some(ErrorCode::InvalidUpdateVersion));
}
