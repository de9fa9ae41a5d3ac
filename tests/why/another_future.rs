//! What becomes of an answer where one went back and did otherwise.

use highwater::view::subject::event_of;
use highwater_engine::kafka::ids::StepId;

use super::*;

const LEADER: Subject = Subject::Leader { partition: 1 };

/// Where broker 1 was killed, and the answer to why broker 2 leads p1 since.
fn why_broker_2_leads(timeline: &Timeline) -> (StepId, Answer) {
    let mut events = timeline.branch().steps().flat_map(|step| &step.events);
    let killed = events.find(|event| matches!(event.kind, EventKind::ProcessCrashed));
    let leads = event_of(timeline, "orders", LEADER).expect("broker 2 leads");
    let answer = Answer::new(timeline, "orders", leads);
    (
        killed.expect("it was").id.step,
        answer.expect("there are causes"),
    )
}

const STOP: Command = Command::StopBroker {
    broker: BrokerId(1),
};

#[test]
fn an_answer_is_not_kept_in_another_future() {
    let mut timeline = broker_1_killed();
    let (killed, mut answer) = why_broker_2_leads(&timeline);
    timeline.seek(killed);
    assert!(!answer.ends_with(&timeline), "it lies ahead");
    give(&mut timeline, STOP);
    assert!(answer.ends_with(&timeline) && answer.parts.is_empty());
}

#[test]
fn what_was_asked_is_asked_again_in_the_future_in_which_one_did_otherwise() {
    let mut timeline = broker_1_killed();
    let (killed, answer) = why_broker_2_leads(&timeline);
    let again = answer
        .again(&timeline)
        .expect("it was about what happened once");
    timeline.seek(killed);
    give(&mut timeline, STOP);
    let instead = Answer::instead(&timeline, "orders", again);
    let mut answer = instead.expect("it was ordered just now");
    answer.follow(&timeline, "orders");
    assert_eq!(answer.parts[0].words, "You: shut broker 1 down");
    let is_awaited = "What you asked is answered here as soon as it happens.";
    assert!(answer.parts[0].note.ends_with(is_awaited));
    let later = timeline.world().now().0 / 1000 + 500;
    run_to(&mut timeline, later);
    answer.follow(&timeline, "orders");
    assert_eq!(answer.parts[0].words, "The leader of p1 is now broker 2");
    let is_stop = |it: &Part| it.note.contains("shut broker 1 down");
    assert!(answer.parts.iter().any(is_stop), "{:?}", answer.parts);
}
