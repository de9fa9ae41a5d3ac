//! Does "why" read like an explanation? Whole chains of causes, in the words of the page.

use highwater::view::event_line::{cause_sentence, sentence};
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, TopicPartition};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::why::why;

#[test]
fn a_high_watermark_rises_since_the_last_follower_has_the_record_that_the_leader_wrote() {
    let chain = chain_of(
        &first_sight_at(20_000),
        |event| matches!(event, KafkaEvent::HighWatermarkAdvanced { partition, .. } if is_orders(partition)),
    );
    assert_eq!(
        chain,
        [
            "The high watermark of p2 rises to 70: all in-sync replicas have what is below.",
            "  Broker 3 fetches p2 from offset 70: it has all below.",
            "    Broker 3 copies offset 69 of p2.",
            "      Broker 2 appends offset 69 to p2.",
            "        checkout sends 1 record to p2.",
            "          checkout takes a record with key ivan: it goes to p2.",
            "            You: let checkout write to orders every 90 ms.",
            "  Broker 2 appends offset 69 to p2.",
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
            "Broker 2 appends offset 69 to p2.",
            "  checkout sends 1 record to p2.",
            "    checkout takes a record with key ivan: it goes to p2.",
            "      You: let checkout write to orders every 90 ms.",
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
            "Broker 2 now leads p1: epoch 1 starts at offset 59.",
            "  Broker 2 leads p1: first in the replica order 1, 2, 3 that is alive and in sync.",
            "    The controller fenced broker 1: silent for 9.0 s.",
            "      The controller hears broker 1.",
            "      Broker 1’s heartbeat was due and did not come.",
            "        Broker 1 is killed: what it had in memory is gone, its disk stays.",
            "          You: kill broker 1.",
            "      Broker 1’s heartbeat was due and did not come.",
            "      Broker 1’s heartbeat was due and did not come.",
            "      Broker 1’s heartbeat was due and did not come.",
            "      Broker 1’s heartbeat was due and did not come.",
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
            "The ISR of p2 is 2, 3: broker 1 is out.",
            "  The controller fenced broker 1: silent for 9.0 s.",
            "    The controller hears broker 1.",
            "    Broker 1’s heartbeat was due and did not come.",
            "      Broker 1 is killed: what it had in memory is gone, its disk stays.",
            "        You: kill broker 1.",
            "    Broker 1’s heartbeat was due and did not come.",
            "    Broker 1’s heartbeat was due and did not come.",
            "    Broker 1’s heartbeat was due and did not come.",
            "    Broker 1’s heartbeat was due and did not come.",
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
            "The ISR of p0 is 3, 2: broker 1 is out.",
            "  Broker 3 asks to take broker 1 out of the ISR of p0: too long not caught up.",
            "    Broker 1 fetches p0 from offset 64: it has all below.",
            "    Nothing passes between broker 1 and broker 3 any more.",
            "      You: cut the link between broker 1 and broker 3.",
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
            "The ISR of p0 is 3, 2, 1: broker 1 is in again.",
            "  Broker 3 asks to take broker 1 into the ISR of p0: it has caught up.",
            "    Broker 1 fetches p0 from offset 129: it has all below.",
            "      Broker 1 copies offset 128 of p0.",
            "        Broker 3 appends offset 128 to p0.",
            "          checkout sends 1 record to p0.",
            "            checkout takes a record with key alice: it goes to p0.",
            "              You: let checkout write to orders every 90 ms.",
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
            "Group billing has committed offset 69 of p2.",
            "  consumer-1 gets 1 record of p2: its position is now 69.",
            "    The high watermark of p2 rises to 69: all in-sync replicas have what is below.",
            "      Broker 3 fetches p2 from offset 69: it has all below.",
            "        Broker 3 copies offset 68 of p2.",
            "          Broker 2 appends offset 68 to p2.",
            "            checkout sends 1 record to p2.",
            "              checkout takes a record with key erin: it goes to p2.",
            "                You: let checkout write to orders every 90 ms.",
            "    consumer-1 starts p2 at offset 0: nothing was committed, so auto.offset.reset decides.",
            "      consumer-1 owns p0, p1 and p2 in generation 1.",
            "        Group billing is stable in generation 1 with 1 member.",
            "          Group billing rebalances: all members must join again.",
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
            "consumer-1 owns p0, p1 and p2 in generation 1.",
            "  Group billing is stable in generation 1 with 1 member.",
            "    Group billing rebalances: all members must join again.",
            "      You: call subscribe of consumer-1.",
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
            "Group billing rebalances: all members must join again.",
            "  A member of group billing was silent for its session: it is out.",
            "    consumer-1 is killed: what it had in memory is gone.",
            "      You: kill consumer-1.",
        ]
    );
}

fn first_sight_at(ms: u64) -> Timeline {
    let scenario = Scenario::from_json(include_str!("../scenarios/first-sight.json"));
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

/// The last such event and why it happened, as many links of it as the page shows: a line each,
/// after what it explains.
fn chain_of(timeline: &Timeline, is_it: impl Fn(&KafkaEvent) -> bool) -> Vec<String> {
    let steps = timeline.branch().steps().rev();
    let mut events = steps.flat_map(|step| step.events.iter().rev());
    let question = events.find(|event| event.kafka().is_some_and(&is_it));
    let question = question.expect("it happens in this run");
    let world = timeline.world();
    let mut lines = vec![sentence(question, world)];
    for link in why(timeline, question.id, 12) {
        let event = timeline.event(link.event).expect("causes are remembered");
        let indent = "  ".repeat(link.depth as usize + 1);
        let said = cause_sentence(event, link.matter.as_ref(), world);
        lines.push(format!("{indent}{said}"));
    }
    lines
}
