use highwater::view::event_line::{cause_sentence, sentence};
use highwater_engine::kafka::event::*;
use highwater_engine::kafka::ids::*;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::why::*;

fn show(t: &Timeline, name: &str, q: Option<EventId>) {
    println!("== {name}");
    let Some(q) = q else { println!("   (none)"); return };
    let e = t.event(q).unwrap();
    println!("{} {}", e.at.0 / 1000, sentence(e, t.world()));
    let links = why(t, q, 12);
    for l in &links {
        let e = t.event(l.event).unwrap();
        println!("{}- {} {}", "  ".repeat(l.depth as usize + 1), e.at.0 / 1000, cause_sentence(e, l.matter.as_ref(), t.world()));
    }
}
fn last(t: &Timeline, f: impl Fn(&KafkaEvent) -> bool) -> Option<EventId> {
    t.branch().steps().rev().flat_map(|s| s.events.iter().rev()).find(|e| e.kafka().is_some_and(&f)).map(|e| e.id)
}
fn is_orders(p: &TopicPartition) -> bool { p.topic.as_str() == "orders" }
fn all(t: &Timeline) {
    use KafkaEvent as K;
    show(t, "HW", last(t, |e| matches!(e, K::HighWatermarkAdvanced { partition, .. } if is_orders(partition))));
    show(t, "follower HW", last(t, |e| matches!(e, K::FollowerHighWatermarkAdvanced { partition, .. } if is_orders(partition))));
    show(t, "appended", last(t, |e| matches!(e, K::RecordsAppended { partition, .. } if is_orders(partition))));
    show(t, "replicated", last(t, |e| matches!(e, K::RecordsReplicated { partition, .. } if is_orders(partition))));
    show(t, "leads", last(t, |e| matches!(e, K::BecameLeader { partition, .. } if is_orders(partition))));
    show(t, "elected", last(t, |e| matches!(e, K::LeaderElected(l) if is_orders(&l.partition))));
    show(t, "isr", last(t, |e| matches!(e, K::IsrChanged { partition, .. } if is_orders(partition))));
    show(t, "isr shrink asked", last(t, |e| matches!(e, K::IsrShrinkRequested { partition, .. } if is_orders(partition))));
    show(t, "isr expand asked", last(t, |e| matches!(e, K::IsrExpandRequested { partition, .. } if is_orders(partition))));
    show(t, "fenced", last(t, |e| matches!(e, K::BrokerFenced { .. })));
    show(t, "unfenced", last(t, |e| matches!(e, K::BrokerUnfenced { .. })));
    show(t, "truncated", last(t, |e| matches!(e, K::LogTruncated { .. })));
    show(t, "polled", last(t, |e| matches!(e, K::RecordsPolled { .. })));
    show(t, "position", last(t, |e| matches!(e, K::PositionSet { .. })));
    show(t, "committed", last(t, |e| matches!(e, K::OffsetCommitted { .. })));
    show(t, "completed", last(t, |e| matches!(e, K::SendCompleted { .. })));
    show(t, "assigned", last(t, |e| matches!(e, K::PartitionsAssigned { .. })));
    show(t, "revoked", last(t, |e| matches!(e, K::PartitionsRevoked { .. })));
    show(t, "rebalance", last(t, |e| matches!(e, K::RebalanceStarted { .. })));
    show(t, "stable", last(t, |e| matches!(e, K::GenerationStable { .. })));
    show(t, "expired", last(t, |e| matches!(e, K::MemberSessionExpired { .. })));
}
fn to(t: &mut Timeline, ms: u64) { t.run_until(SimTime(ms * 1000), usize::MAX); }
fn give(t: &mut Timeline, c: Command) { let n = t.world().now(); t.apply(c, n).unwrap(); }
fn first() -> Timeline { Timeline::new(Scenario::from_json(include_str!("../scenarios/first-sight.json")).unwrap()).unwrap() }

#[test]
fn print() {
    let mut t = first();
    to(&mut t, 20_000);
    println!("##### first sight"); all(&t);
    give(&mut t, Command::CrashBroker { broker: BrokerId(1) });
    to(&mut t, 35_000);
    println!("##### kill 1"); all(&t);
    give(&mut t, Command::StartBroker { broker: BrokerId(1) });
    to(&mut t, 45_000);
    println!("##### start 1"); all(&t);
    let mut t = first();
    to(&mut t, 20_000);
    give(&mut t, Command::CutLink { between: [highwater_engine::sim::command::Endpoint::Broker(BrokerId(1)), highwater_engine::sim::command::Endpoint::Broker(BrokerId(3))] });
    to(&mut t, 60_000);
    println!("##### cut 1-3"); all(&t);
    give(&mut t, Command::HealLink { between: [highwater_engine::sim::command::Endpoint::Broker(BrokerId(1)), highwater_engine::sim::command::Endpoint::Broker(BrokerId(3))] });
    to(&mut t, 70_000);
    println!("##### heal 1-3"); all(&t);
    let mut t = first();
    to(&mut t, 20_000);
    give(&mut t, Command::AddConsumer { name: "mail".to_owned(), config: [("group.id".to_owned(), "billing".to_owned())].into() });
    to(&mut t, 20_100);
    let names: Vec<_> = t.to_scenario().commands.iter().map(|c| format!("{:?}", c.command)).collect();
    println!("{names:#?}");
    give(&mut t, Command::Call { client: "mail".to_owned(), method: highwater_engine::kafka::client::call::ClientCall::Subscribe { topics: vec![TopicName::new("orders")] } });
    give(&mut t, Command::Call { client: "mail".to_owned(), method: highwater_engine::kafka::client::call::ClientCall::StartPolling });
    to(&mut t, 35_000);
    println!("##### second consumer"); all(&t);
}
