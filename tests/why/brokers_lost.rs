//! Chains where brokers, links or members were lost, or too few are left.

use highwater::view::subject::Subject;
use highwater_engine::kafka::event::ElectionKind;
use highwater_engine::kafka::ids::NodeId;
use highwater_engine::sim::event::Event;

use super::*;

#[test]
fn a_high_watermark_rises_since_a_lagging_replica_was_fenced_and_left_the_isr() {
    let mut timeline = first_sight_at(20_000);
    give(
        &mut timeline,
        Command::CrashBroker {
            broker: BrokerId(3),
        },
    );
    run_to(&mut timeline, 60_000);
    let steps = timeline.branch().steps();
    let mut events = steps.flat_map(|step| &step.events);
    let rise = events.find(|event| {
        event.at > SimTime(25_000_000)
            && matches!(event.kafka(), Some(KafkaEvent::HighWatermarkAdvanced { partition, .. })
                if is_orders(partition) && partition.partition.0 == 1)
    });
    let chain = told(&timeline, rise.expect("it rises without broker 3").id);
    assert_eq!(
        chain,
        [
            "The high watermark of p1 rises to 64: all in-sync replicas have what is below",
            "because the ISR of p1 is 1, 2: broker 3 is out.",
            "because the controller fenced broker 3: no heartbeat for 9\u{a0}s.",
            "  broker.session.timeout.ms=9000",
            "because its last heartbeat came 10.1\u{a0}s earlier; five were missed.",
            "because you killed broker 3, kill -9",
            "and also because broker 1 wrote offset 63 to its log of p1.",
            "because checkout sent 1 record to p1.",
            "  acks=all",
            "because checkout took a record with key frank, which belongs in p1.",
            "  toPositive(murmur2(key)) = 264230407, 264230407 % 3 = 1",
            "because checkout is set to write to orders every 90 ms.",
            "  isr: [1, 2, 3]",
            "    → [1, 2]",
            "  partition epoch: 0",
            "    → 1",
        ]
    );
}

#[test]
fn a_high_watermark_stands_still_while_too_few_replicas_are_in_sync() {
    let mut timeline = first_sight_at(20_000);
    let add = Command::AddProducer {
        name: "hasty".to_owned(),
        config: [("acks".to_owned(), "1".to_owned())].into(),
    };
    give(&mut timeline, add);
    for broker in [2, 3].map(BrokerId) {
        give(&mut timeline, Command::CrashBroker { broker });
    }
    run_to(&mut timeline, 40_000);
    give(&mut timeline, send_of_hasty());
    run_to(&mut timeline, 41_000);
    let subject = Subject::HighWatermark { partition: 1 };
    let answer = Answer::standing(&timeline, "orders", subject).expect("it stands");
    assert_eq!(
        read(&answer),
        [
            "The high watermark of p1 stands at 59, the leader’s log ends at 65",
            "because only 1 replica is in sync: with fewer than min.insync.replicas the high watermark does not rise (KIP-966). The ISR of p1 is 1: broker 3 is out.",
            "  min.insync.replicas=2",
            "because the controller fenced broker 3: no heartbeat for 9\u{a0}s.",
            "  broker.session.timeout.ms=9000",
            "because its last heartbeat came 10.1\u{a0}s earlier; five were missed.",
            "because you killed broker 3, kill -9",
            "  Branch: stop it cleanly instead",
        ]
    );
}

#[test]
fn a_broker_is_fenced_since_its_link_to_the_controller_was_cut() {
    let mut timeline = first_sight_at(20_000);
    let between = [Endpoint::Broker(BrokerId(1)), Endpoint::Controller];
    give(&mut timeline, Command::CutLink { between });
    run_to(&mut timeline, 35_000);
    let chain = chain_of(&timeline, |event| {
        matches!(event, KafkaEvent::BrokerFenced { .. })
    });
    assert_eq!(
        chain,
        [
            "The controller fenced broker 1: no heartbeat for over 9 seconds",
            "because its last heartbeat came 10.1\u{a0}s earlier; none came since.",
            "and because you cut the link between broker 1 and the controller.",
        ]
    );
}

#[test]
fn an_acks_1_write_is_acknowledged_since_its_leader_wrote_it() {
    let mut timeline = first_sight_at(20_000);
    let add = Command::AddProducer {
        name: "hasty".to_owned(),
        config: [("acks".to_owned(), "1".to_owned())].into(),
    };
    give(&mut timeline, add);
    run_to(&mut timeline, 21_000);
    give(&mut timeline, send_of_hasty());
    run_to(&mut timeline, 21_100);
    let steps = timeline.branch().steps().rev();
    let hasty = |event: &&Event| {
        matches!(event.kafka(), Some(KafkaEvent::SendCompleted { .. }))
            && event.node.is_some_and(|node| match node {
                NodeId::Client(id) => timeline.world().client_name(id) == Some("hasty"),
                _ => false,
            })
    };
    let mut events = steps.flat_map(|step| step.events.iter());
    let done = events.find(hasty).expect("it is answered");
    assert_eq!(
        told(&timeline, done.id),
        [
            "hasty is told: stored in p1 at offset 63",
            "because its leader, broker 1, wrote offset 63 to its log; acks=1 waits for no follower.",
            "because hasty sent 1 record to p1.",
            "  acks=1",
            "because hasty took a record that names p1 itself.",
            "because hasty’s application called send.",
        ]
    );
}

#[test]
fn a_last_known_leader_is_chosen_uncleanly_since_isr_and_elr_are_empty() {
    let mut timeline = first_sight_at(20_000);
    for (broker, until) in [(3, 35_000), (2, 50_000), (1, 65_000)] {
        let broker = BrokerId(broker);
        give(&mut timeline, Command::CrashBroker { broker });
        run_to(&mut timeline, until);
    }
    for (broker, until) in [(3, 75_000), (2, 85_000), (1, 95_000)] {
        let broker = BrokerId(broker);
        give(&mut timeline, Command::StartBroker { broker });
        run_to(&mut timeline, until);
    }
    let chain = chain_of(&timeline, |event| {
        matches!(event, KafkaEvent::LeaderElected(election)
            if is_orders(&election.partition) && election.kind == ElectionKind::LastKnownLeader)
    });
    assert_eq!(
        chain,
        [
            "Broker 1 was chosen to lead p2",
            "because the ISR and the ELR of p2 are empty: it is its last known leader, is unfenced again, and takes over with leader recovery, an unclean election (KIP-966).",
            "  2 not in ISR, not in ELR",
            "  3 not in ISR, not in ELR",
            "  1 chosen",
            "because broker 1 is unfenced: it may lead and be in sync.",
            "because a heartbeat of it asked for that, and it has read all metadata.",
            "  leader: none",
            "    → 1",
            "  isr: []",
            "    → [1]",
            "  lastKnownElr: [1]",
            "    → []",
            "  leaderRecoveryState: RECOVERED",
            "    → RECOVERING",
            "  leader epoch: 2",
            "    → 3",
            "  partition epoch: 5",
            "    → 6",
        ]
    );
}

#[test]
fn a_member_owns_less_since_its_heartbeat_told_it_of_a_newcomer() {
    let mut timeline = first_sight_at(20_000);
    let name = "consumer-3".to_owned();
    let config = [("group.id".to_owned(), "billing".to_owned())].into();
    let add = Command::AddConsumer { name, config };
    give(&mut timeline, add);
    for method in [
        ClientCall::Subscribe {
            topics: vec![TopicName("orders".into())],
        },
        ClientCall::StartPolling,
    ] {
        let client = "consumer-3".to_owned();
        give(&mut timeline, Command::Call { client, method });
    }
    run_to(&mut timeline, 30_000);
    let chain = chain_of(&timeline, |event| {
        matches!(event, KafkaEvent::PartitionsAssigned { .. })
    });
    assert_eq!(
        chain,
        [
            "consumer-1 owns p0 in generation 3",
            "because group billing is stable in generation 3 with 3 members: the group’s leader ran the assignor.",
            "  partition.assignment.strategy=RangeAssignor",
            "because consumer-2’s heartbeat was answered REBALANCE_IN_PROGRESS: it has to join again.",
            "  heartbeat.interval.ms=3000",
            "and because consumer-1’s heartbeat was answered REBALANCE_IN_PROGRESS: it has to join again.",
            "  heartbeat.interval.ms=3000",
            "because group billing rebalances: all members must join again.",
            "because consumer-3’s application called subscribe.",
        ]
    );
}

#[test]
fn a_replica_leaves_the_elr_since_its_broker_came_back_from_an_unclean_end() {
    let mut timeline = first_sight_at(20_000);
    for (broker, until) in [(3, 35_000), (2, 50_000)] {
        let broker = BrokerId(broker);
        give(&mut timeline, Command::CrashBroker { broker });
        run_to(&mut timeline, until);
    }
    let broker = BrokerId(2);
    give(&mut timeline, Command::StartBroker { broker });
    run_to(&mut timeline, 55_000);
    let chain = chain_of(
        &timeline,
        |event| matches!(event, KafkaEvent::ElrChanged { partition, .. } if is_orders(partition)),
    );
    assert_eq!(
        chain,
        [
            "The eligible leader replicas (ELR) of p2 are now empty",
            "because broker 2 registered again after an unclean shutdown: its disk may lack what it had, so it is eligible no more.",
            "because you started broker 2.",
            "  eligibleLeaderReplicas: [2]",
            "    → []",
            "  partition epoch: 2",
            "    → 3",
        ]
    );
}
