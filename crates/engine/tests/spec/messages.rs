//! One message on its way: held, released, dropped.

use highwater_engine::kafka::ids::{BrokerId, EventId, NodeId, Offset};
use highwater_engine::kafka::message::{Message, Request, Response};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::{Command, CommandRejected};
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::network::Flight;
use highwater_engine::sim::timeline::Timeline;

use crate::support::{first_sight_at, give, orders, run_to};

const PRODUCE: fn(&Message) -> bool = |message| matches!(message, Message::Request { request, .. } if matches!(request, Request::Produce(_)));
const PRODUCE_ANSWER: fn(&Message) -> bool = |message| matches!(message, Message::Response { response, .. } if matches!(response, Response::Produce(_)));

#[test]
fn a_held_message_waits_until_it_is_released_and_what_follows_waits_behind_it() {
    let mut timeline = first_sight_at(4000);
    let flight = next_flight(&mut timeline, PRODUCE);
    let (sent, to) = (flight.sent, flight.to);
    give(&mut timeline, Command::HoldMessage { sent });
    run_for(&mut timeline, 800);
    let held = timeline.world().network().held();
    assert_eq!(held.first().map(|flight| flight.sent), Some(sent));
    assert!(held.len() > 1 && held.iter().all(|other| other.to == to));
    let before: Vec<EventId> = held.iter().map(|flight| flight.sent).collect();
    assert!(received(&timeline, sent).is_none());

    give(&mut timeline, Command::ReleaseMessage { sent });
    run_for(&mut timeline, 100);
    assert!(timeline.world().network().held().is_empty());
    let order = before.iter().map(|sent| received(&timeline, *sent));
    let order: Vec<EventId> = order.flatten().collect();
    assert_eq!(order.len(), before.len());
    assert!(order.is_sorted());
}

#[test]
fn what_was_sent_later_does_not_overtake_a_released_message() {
    let mut timeline = first_sight_at(4000);
    let sent = next_flight(&mut timeline, PRODUCE).sent;
    give(&mut timeline, Command::HoldMessage { sent });
    let later = loop {
        let flight = next_flight(&mut timeline, PRODUCE);
        if Some(flight.to) == to_of(&timeline, sent) {
            break flight;
        }
        run_for(&mut timeline, 1);
    };
    give(&mut timeline, Command::ReleaseMessage { sent });
    run_for(&mut timeline, 200);
    assert!(received(&timeline, sent) < received(&timeline, later.sent));
}

#[test]
fn a_dropped_request_breaks_its_connection_and_the_producer_sends_it_again() {
    let mut timeline = first_sight_at(4000);
    let flight = next_flight(&mut timeline, PRODUCE);
    let (sent, from, to) = (flight.sent, flight.from, flight.to);
    give(&mut timeline, Command::DropMessage { sent });
    run_for(&mut timeline, 2000);
    assert_eq!(received(&timeline, sent), None);
    let lost = find(&timeline, |event| {
        event.causes.first() == Some(&sent) && matches!(event.kind, EventKind::MessageLost { .. })
    });
    for (node, peer) in [(from, to), (to, from)] {
        let broken = find(&timeline, |event| {
            event.node == Some(node) && event.kind == EventKind::ConnectionBroken { peer }
        });
        assert_eq!(
            broken.map(|event| event.causes.first()),
            lost.map(|event| Some(&event.id))
        );
    }
    assert_nothing_is_missing(&mut timeline);
}

/// Kafka 4.3.1: `ProducerStateManager`: a batch that is sent again is recognised.
#[test]
fn a_dropped_answer_makes_an_idempotent_producer_send_twice_what_is_stored_once() {
    let mut timeline = first_sight_at(4000);
    let sent = next_flight(&mut timeline, PRODUCE_ANSWER).sent;
    give(&mut timeline, Command::DropMessage { sent });
    assert_nothing_is_missing(&mut timeline);
}

#[test]
fn whatever_message_is_dropped_the_cluster_recovers() {
    for nth in 0..60 {
        let mut timeline = first_sight_at(3000 + nth * 17);
        let flights = timeline.world().network().flights();
        let Some(flight) = flights.max_by_key(|flight| flight.sent) else {
            continue;
        };
        let sent = flight.sent;
        give(&mut timeline, Command::DropMessage { sent });
        assert_nothing_is_missing(&mut timeline);
    }
}

#[test]
fn a_message_that_is_not_on_its_way_is_refused_with_a_sentence() {
    let mut timeline = first_sight_at(4000);
    let sent = EventId::default();
    let now = timeline.world().now();
    let mut refusal = |command| timeline.apply(command, now).err().map(|it| it.to_string());
    assert_eq!(
        refusal(Command::HoldMessage { sent }).as_deref(),
        Some("That message is not on its way.")
    );
    assert_eq!(
        refusal(Command::DropMessage { sent }),
        Some(CommandRejected::NotOnItsWay.to_string())
    );
    assert_eq!(
        refusal(Command::ReleaseMessage { sent }).as_deref(),
        Some("Nobody holds that message.")
    );
}

#[test]
fn a_run_with_held_and_dropped_messages_is_played_again_from_its_scenario() {
    let mut timeline = first_sight_at(4000);
    let held = next_flight(&mut timeline, PRODUCE).sent;
    give(&mut timeline, Command::HoldMessage { sent: held });
    run_for(&mut timeline, 300);
    let dropped = next_flight(&mut timeline, PRODUCE_ANSWER).sent;
    give(&mut timeline, Command::DropMessage { sent: dropped });
    give(&mut timeline, Command::ReleaseMessage { sent: held });
    run_for(&mut timeline, 500);
    let end = timeline.world().now();
    let mut again = Timeline::new(timeline.to_scenario()).expect("what was played can be played");
    again.run_until(end, usize::MAX);
    assert_eq!(again.world().digest(), timeline.world().digest());
    timeline.seek(highwater_engine::kafka::ids::StepId(10));
    timeline.run_until(end, usize::MAX);
    assert_eq!(again.world().digest(), timeline.world().digest());
}

#[test]
fn a_paused_consumer_waits_with_all_that_it_was_told() {
    let mut timeline = first_sight_at(4000);
    let client = "consumer-1".to_owned();
    give(
        &mut timeline,
        Command::PauseClient {
            client: client.clone(),
        },
    );
    run_for(&mut timeline, 1000);
    let client_id = timeline.world().client(&client).expect("it was added");
    let machine = timeline.world().machine(NodeId::Client(client_id));
    assert!(machine.is_some_and(|machine| machine.status.is_paused()));
    give(&mut timeline, Command::ResumeClient { client });
    assert_nothing_is_missing(&mut timeline);
}

/// Steps until a message of that sort is on its way.
fn next_flight(timeline: &mut Timeline, is_it: fn(&Message) -> bool) -> Flight {
    loop {
        let network = timeline.world().network();
        let found = network.flights().find(|flight| is_it(&flight.message));
        if let Some(flight) = found {
            return flight.clone();
        }
        timeline.step().expect("the cluster goes on");
    }
}

fn to_of(timeline: &Timeline, sent: EventId) -> Option<NodeId> {
    match timeline.event(sent)?.kind {
        EventKind::MessageSent { to, .. } => Some(to),
        _ => None,
    }
}

fn received(timeline: &Timeline, sent: EventId) -> Option<EventId> {
    let is_it = |event: &Event| {
        event.causes.first() == Some(&sent)
            && matches!(event.kind, EventKind::MessageReceived { .. })
    };
    find(timeline, is_it).map(|event| event.id)
}

fn find(timeline: &Timeline, is_it: impl Fn(&Event) -> bool) -> Option<&Event> {
    let mut events = timeline.branch().steps().flat_map(|step| &step.events);
    events.find(|event| is_it(event))
}

fn run_for(timeline: &mut Timeline, ms: u64) {
    let now = timeline.world().now();
    timeline.run_until(SimTime(now.0 + ms * 1000), usize::MAX);
}

/// All go on: replicas in sync, each key's records once, everything read.
fn assert_nothing_is_missing(timeline: &mut Timeline) {
    let now_ms = timeline.world().now().0 / 1000;
    run_to(timeline, now_ms + 60_000);
    let world = timeline.world();
    for number in 0..3 {
        let partition = orders(number);
        let image = world.controller().image();
        let registration = image
            .partition(&partition)
            .expect("orders has three partitions");
        assert_eq!(registration.isr.len(), 3, "{partition} after {now_ms} ms");
        let leader = registration.leader.expect("somebody leads");
        let log_end = |broker: BrokerId| {
            let log = world
                .broker(broker)
                .and_then(|broker| broker.disk().log(&partition));
            log.map_or(Offset::ZERO, |log| log.log_end_offset())
        };
        assert!(
            log_end(leader) > Offset(150),
            "{partition} after {now_ms} ms"
        );
    }
    let rules = highwater_engine::sim::invariant::Rule::ALL;
    for rule in rules {
        assert_eq!(world.invariants().breach(rule), None, "after {now_ms} ms");
    }
}
