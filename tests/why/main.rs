//! Does "why" read like an explanation? Whole chains of causes, in the words of the page.

mod another_future;
mod brokers_lost;
mod new_leader;
mod not_sent;
mod standing;

use highwater::view::answer::{Answer, Spot, SpotNode};
use highwater::view::format::clock;
use highwater::view::part::{Kind, Part};
use highwater::view::subject::Subject;
use highwater_engine::kafka::client::call::{ClientCall, ProducerRecord};
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, EventId, TopicName, TopicPartition};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::event::EventKind;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

#[test]
fn a_high_watermark_rises_since_the_last_follower_has_the_record_that_the_leader_wrote() {
    let chain = chain_of(
        &first_sight_at(20_000),
        |event| matches!(event, KafkaEvent::HighWatermarkAdvanced { partition, .. } if is_orders(partition)),
    );
    assert_eq!(
        chain,
        [
            "The high watermark of p2 rises to 70: all in-sync replicas have what is below",
            "because broker 3 asked for p2 from offset 70 on, so it has all below.",
            "because broker 3 copied offset 69 of p2.",
            "because broker 2 wrote offset 69 to its log of p2.",
            "because checkout sent 1 record to p2.",
            "  acks=all",
            "because checkout took a record with key ivan, which belongs in p2.",
            "  toPositive(murmur2(key)) = 714413729, 714413729 % 3 = 2",
            "because checkout is set to write to orders every 90 ms.",
        ]
    );
}

#[test]
fn a_record_is_where_it_is_since_its_key_chose_the_partition() {
    let chain = chain_of(
        &first_sight_at(20_000),
        |event| matches!(event, KafkaEvent::RecordsAppended { partition, .. } if is_orders(partition)),
    );
    assert_eq!(
        chain,
        [
            "Broker 2 appends offset 69 to p2",
            "because checkout sent 1 record to p2.",
            "  acks=all",
            "because checkout took a record with key ivan, which belongs in p2.",
            "  toPositive(murmur2(key)) = 714413729, 714413729 % 3 = 2",
            "because checkout is set to write to orders every 90 ms.",
        ]
    );
}

#[test]
fn a_broker_leads_since_the_one_before_it_in_the_replica_order_was_killed() {
    let chain = chain_of(
        &broker_1_killed(),
        |event| matches!(event, KafkaEvent::BecameLeader { partition, .. } if is_orders(partition)),
    );
    assert_eq!(
        chain,
        [
            "The leader of p1 is now broker 2",
            "because it is the first in p1’s replica list that is alive and in sync.",
            "  1 fenced",
            "  2 chosen",
            "  3 later in the list",
            "because the controller fenced broker 1: no heartbeat for 9\u{a0}s.",
            "  broker.session.timeout.ms=9000",
            "because its last heartbeat came 10.1\u{a0}s earlier; five were missed.",
            "because you killed broker 1, kill -9",
            "  Branch: stop it cleanly instead",
            "  leader: 1",
            "    → 2",
            "  isr: [1, 2, 3]",
            "    → [2, 3]",
            "  leader epoch: 0",
            "    → 1",
            "  partition epoch: 0",
            "    → 1",
        ]
    );
}

#[test]
fn who_asks_for_the_choice_itself_is_told_by_which_rule_it_was_made() {
    let chain = chain_of(
        &broker_1_killed(),
        |event| matches!(event, KafkaEvent::LeaderElected(election) if is_orders(&election.partition)),
    );
    assert_eq!(
        chain[..7],
        [
            "Broker 2 was chosen to lead p1",
            "because it is the first in p1’s replica list that is alive and in sync.",
            "  1 fenced",
            "  2 chosen",
            "  3 later in the list",
            "because the controller fenced broker 1: no heartbeat for 9\u{a0}s.",
            "  broker.session.timeout.ms=9000",
        ]
    );
}

#[test]
fn an_isr_shrinks_since_a_broker_was_killed() {
    let chain = chain_of(
        &broker_1_killed(),
        |event| matches!(event, KafkaEvent::IsrChanged { partition, .. } if is_orders(partition)),
    );
    assert_eq!(
        chain,
        [
            "The ISR of p2 is 2, 3: broker 1 is out",
            "because the controller fenced broker 1: no heartbeat for 9\u{a0}s.",
            "  broker.session.timeout.ms=9000",
            "because its last heartbeat came 10.1\u{a0}s earlier; five were missed.",
            "because you killed broker 1, kill -9",
            "  Branch: stop it cleanly instead",
            "  isr: [2, 3, 1]",
            "    → [2, 3]",
            "  partition epoch: 0",
            "    → 1",
        ]
    );
}

#[test]
fn an_isr_shrinks_since_a_cut_link_keeps_a_follower_from_fetching() {
    let mut timeline = first_sight_at(20_000);
    let ends = [BrokerId(1), BrokerId(3)];
    let between = ends.map(Endpoint::Broker);
    give(&mut timeline, Command::CutLink { between });
    run_to(&mut timeline, 80_000);
    let chain = chain_of(
        &timeline,
        |event| matches!(event, KafkaEvent::IsrChanged { partition, .. } if is_orders(partition)),
    );
    assert_eq!(
        chain,
        [
            "The ISR of p0 is 3, 2: broker 1 is out",
            "because broker 1 has not caught up with p0 for too long, says its leader.",
            "  replica.lag.time.max.ms=30000",
            "because broker 1 asked for p0 from offset 64 on, so it has all below.",
            "and because you cut the link between broker 1 and broker 3.",
            "  isr: [3, 1, 2]",
            "    → [3, 2]",
            "  partition epoch: 0",
            "    → 1",
        ]
    );
}

#[test]
fn an_isr_grows_since_the_follower_has_caught_up() {
    let mut timeline = broker_1_killed();
    let broker = BrokerId(1);
    give(&mut timeline, Command::StartBroker { broker });
    run_to(&mut timeline, 45_000);
    let chain = chain_of(
        &timeline,
        |event| matches!(event, KafkaEvent::IsrChanged { partition, .. } if is_orders(partition)),
    );
    assert_eq!(
        chain,
        [
            "The ISR of p0 is 3, 2, 1: broker 1 is in again",
            "because broker 1 has caught up with p0, says its leader.",
            "because broker 1 asked for p0 from offset 129 on, so it has all below.",
            "because broker 1 copied offset 128 of p0.",
            "because broker 3 wrote offset 128 to its log of p0.",
            "because checkout sent 1 record to p0.",
            "  acks=all",
            "because checkout took a record with key alice, which belongs in p0.",
            "  toPositive(murmur2(key)) = 1951417749, 1951417749 % 3 = 0",
            "because checkout is set to write to orders every 90 ms.",
            "  isr: [3, 2]",
            "    → [3, 2, 1]",
            "  partition epoch: 1",
            "    → 2",
        ]
    );
}

#[test]
fn an_offset_is_committed_since_the_consumer_got_what_is_below() {
    let chain = chain_of(&first_sight_at(20_000), |event| {
        matches!(event, KafkaEvent::OffsetCommitted { .. })
    });
    assert_eq!(
        chain,
        [
            "Group billing has committed offset 59 of p1",
            "because consumer-1 got 1 record of p1: its position was then 59.",
            "because the high watermark of p1 rose to 59: all in-sync replicas have what is below.",
            "because broker 3 asked for p1 from offset 59 on, so it has all below.",
            "because broker 3 copied offset 58 of p1.",
            "because broker 1 wrote offset 58 to its log of p1.",
            "because checkout sent 1 record to p1.",
            "  acks=all",
            "because checkout took a record with key heidi, which belongs in p1.",
            "  toPositive(murmur2(key)) = 1984934983, 1984934983 % 3 = 1",
            "because checkout is set to write to orders every 90 ms.",
            "1 also because consumer-1 starts p1 at offset 0: nothing was committed, so auto.offset.reset decides.",
            "  auto.offset.reset=earliest",
            "because consumer-1 owns p0 and p1 in generation 2.",
            "because group billing is stable in generation 2 with 2 members: the group’s leader ran the assignor.",
            "  partition.assignment.strategy=RangeAssignor",
            "because group billing rebalances: all members must join again.",
        ]
    );
}

#[test]
fn a_consumer_owns_partitions_since_a_call_made_its_group_rebalance() {
    let chain = chain_of(&first_sight_at(20_000), |event| {
        matches!(event, KafkaEvent::PartitionsAssigned { .. })
    });
    assert_eq!(
        chain,
        [
            "consumer-2 owns p2 in generation 2",
            "because group billing is stable in generation 2 with 2 members: the group’s leader ran the assignor.",
            "  partition.assignment.strategy=RangeAssignor",
            "because group billing rebalances: all members must join again.",
            "because consumer-1’s application called subscribe.",
            "1 also because group billing rebalances: all members must join again.",
            "because consumer-2’s application called subscribe.",
        ]
    );
}

#[test]
fn an_acknowledged_record_is_lost_since_acks_1_did_not_wait_for_a_follower() {
    let mut timeline = first_sight_at(3_900);
    let add = Command::AddProducer {
        name: "hasty".to_owned(),
        config: [("acks".to_owned(), "1".to_owned())].into(),
    };
    give(&mut timeline, add);
    let producer = "checkout".to_owned();
    give(&mut timeline, Command::StopWorkload { producer });
    run_to(&mut timeline, 4_900);
    let leader = BrokerId(1);
    for follower in [BrokerId(2), BrokerId(3)] {
        let between = [leader, follower].map(Endpoint::Broker);
        give(&mut timeline, Command::CutLink { between });
    }
    run_to(&mut timeline, 5_100);
    give(&mut timeline, send_of_hasty());
    run_to(&mut timeline, 5_150);
    give(&mut timeline, Command::CrashBroker { broker: leader });
    run_to(&mut timeline, 25_000);
    let steps = timeline.branch().steps();
    let mut events = steps.flat_map(|step| &step.events);
    let broken = events.find(|event| matches!(event.kind, EventKind::RuleBroken(_)));
    assert_eq!(
        told(&timeline, broken.expect("the record is lost").id),
        [
            "An acknowledged record is lost: p1@5",
            "because hasty had been told that offset 5 of p1 was stored, before any follower had fetched it.",
            "  acks=1",
            "and because broker 2 became the leader of p1 with log end offset 5.",
            "because the controller fenced broker 1: no heartbeat for 9\u{a0}s.",
            "  broker.session.timeout.ms=9000",
            "because its last heartbeat came 9.5\u{a0}s earlier; four were missed.",
            "because you killed broker 1, kill -9",
        ]
    );
}

#[test]
fn a_record_is_not_readable_while_an_in_sync_follower_has_not_fetched_past_it() {
    let mut timeline = first_sight_at(4_000);
    let between = [BrokerId(1), BrokerId(3)].map(Endpoint::Broker);
    give(&mut timeline, Command::CutLink { between });
    run_to(&mut timeline, 6_000);
    let answer = Answer::unread(&timeline, "orders", 1, 8).expect("broker 3 lacks it");
    let words = |kind| {
        let parts = answer.parts.iter();
        let of_kind = parts.filter(move |part| part.kind() == kind);
        of_kind.map(|part| format!("{}{}", part.words, part.note))
    };
    assert_eq!(
        words(Kind::Link).collect::<Vec<_>>(),
        [
            "because broker 3 is in sync and its last fetch asked from offset 6 on. Their link is cut: the leader waits until broker 3 has fetched 8 or left the ISR."
        ]
    );
    assert!(
        words(Kind::Setting)
            .next()
            .is_some_and(|it| it.starts_with("high watermark = min("))
    );
    assert_eq!(Answer::unread(&timeline, "orders", 1, 0), None);
}

#[test]
fn an_answer_about_how_something_stands_follows_the_run_and_says_when_it_is_over() {
    let mut timeline = first_sight_at(4_000);
    let broker = BrokerId(3);
    give(&mut timeline, Command::CrashBroker { broker });
    run_to(&mut timeline, 6_000);
    let subject = Subject::Record {
        partition: 1,
        broker: 1,
        offset: 8,
    };
    let mut answer = Answer::standing(&timeline, "orders", subject).expect("broker 3 lacks it");
    run_to(&mut timeline, 7_000);
    answer.follow(&timeline, "orders");
    let now = |timeline: &Timeline| clock(timeline.world().now().0);
    assert!(answer.parts[0].note.starts_with(&now(&timeline)));
    let at_3 = |spot: &Spot| spot.node == SpotNode::Broker(3);
    assert!(answer.spots.len() == 2 && answer.spots.iter().all(at_3));
    let kill = answer
        .parts
        .iter()
        .any(|it| it.note.starts_with("you killed broker 3"));
    let offers = |it: &Part| it.words == "Branch: stop it cleanly instead";
    assert!(kill && answer.parts.iter().any(offers));
    run_to(&mut timeline, 20_000);
    answer.follow(&timeline, "orders");
    assert_eq!(answer.parts[0].note, now(&timeline) + ": no longer so");
    assert_eq!(
        answer.spots,
        [],
        "nothing on the stage is its cause any more"
    );
}

#[test]
fn a_record_is_not_readable_while_a_dead_follower_counts_as_in_sync() {
    let mut timeline = first_sight_at(4_000);
    let broker = BrokerId(3);
    give(&mut timeline, Command::CrashBroker { broker });
    run_to(&mut timeline, 6_000);
    let answer = Answer::unread(&timeline, "orders", 1, 8).expect("broker 3 lacks it");
    let said = answer.parts.iter().any(|part| {
        part.note.starts_with("broker 3 is in sync")
            && part.note.ends_with(
                "It is down: the leader waits until broker 3 has fetched 8 or left the ISR.",
            )
    });
    assert!(said, "{:?}", answer.parts);
}

#[test]
fn a_producer_has_no_answer_while_a_follower_that_counts_as_in_sync_has_not_fetched() {
    let mut timeline = first_sight_at(4_000);
    let broker = BrokerId(3);
    give(&mut timeline, Command::PauseBroker { broker });
    run_to(&mut timeline, 8_000);
    let client = timeline.world().client("checkout").expect("it runs").0;
    let asked = |partition| {
        let subject = Subject::Unanswered { client, partition };
        Answer::standing(&timeline, "orders", subject)
    };
    let told = read(&asked(1).expect("it waits"));
    assert!(
        told[0].starts_with("checkout has no answer for offset"),
        "{told:?}"
    );
    assert!(
        told[1].starts_with("because broker 3 is in sync"),
        "{told:?}"
    );
    assert!(told[1].contains("It is paused"), "{told:?}");
    // Its own leader is the one that stands still.
    assert_eq!(
        read(&asked(0).expect("it waits")),
        [
            "checkout has no answer from p0’s leader",
            "because broker 3 stands still: it neither hears nor answers.",
            "because you paused broker 3, kill -STOP",
        ]
    );
}

#[test]
fn a_group_rebalances_since_a_member_was_killed() {
    let mut timeline = first_sight_at(20_000);
    let client = "consumer-1".to_owned();
    give(&mut timeline, Command::CrashClient { client });
    run_to(&mut timeline, 70_000);
    let chain = chain_of(&timeline, |event| {
        matches!(event, KafkaEvent::RebalanceStarted { .. })
    });
    assert_eq!(
        chain,
        [
            "Group billing rebalances: all members must join again",
            "because a member of group billing was silent for its session: it is out.",
            "because you killed consumer-1, kill -9",
        ]
    );
}

fn send_of_hasty() -> Command {
    let record = ProducerRecord {
        topic: TopicName("orders".into()),
        partition: Some(1),
        key: None,
        value: None,
        headers: Vec::new(),
        timestamp_ms: None,
    };
    Command::Call {
        client: "hasty".to_owned(),
        method: ClientCall::Send(record),
    }
}

fn first_sight_at(ms: u64) -> Timeline {
    let scenario = Scenario::from_json(include_str!("../../scenarios/first-sight.json"));
    let scenario = scenario.expect("the scenario is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    run_to(&mut timeline, ms);
    timeline
}

fn broker_1_killed() -> Timeline {
    let mut timeline = first_sight_at(20_000);
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    run_to(&mut timeline, 35_000);
    timeline
}

fn run_to(timeline: &mut Timeline, ms: u64) {
    timeline.run_until(SimTime(ms * 1000), usize::MAX);
}

fn give(timeline: &mut Timeline, command: Command) {
    let now = timeline.world().now();
    let applied = timeline.apply(command, now);
    applied.expect("the command makes sense");
}

fn is_orders(partition: &TopicPartition) -> bool {
    partition.topic.as_str() == "orders"
}

/// The last such event and why it happened, in the words of the panel.
fn chain_of(timeline: &Timeline, is_it: impl Fn(&KafkaEvent) -> bool) -> Vec<String> {
    let steps = timeline.branch().steps().rev();
    let mut events = steps.flat_map(|step| step.events.iter().rev());
    let question = events.find(|event| event.kafka().is_some_and(&is_it));
    told(timeline, question.expect("it happens in this run").id)
}

fn told(timeline: &Timeline, question: EventId) -> Vec<String> {
    read(&Answer::new(timeline, "orders", question).expect("it is remembered"))
}

fn read(answer: &Answer) -> Vec<String> {
    let told = answer.parts.iter().filter_map(|part| match part.kind() {
        Kind::Question => Some(part.words.clone()),
        Kind::Link => Some(format!("{}{}", part.words, part.note)),
        Kind::Setting | Kind::Button => Some(format!("  {}", part.words)),
        Kind::Candidate => Some(format!("  {} {}", part.words, part.note)),
        Kind::Change if part.state == "to" => Some(format!("    {} {}", part.words, part.note)),
        Kind::Change => Some(format!("  {}: {}", part.words, part.note)),
        _ => None,
    });
    told.collect()
}
