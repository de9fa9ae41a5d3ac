//! How the cluster stands, in one sentence, while something is down or cut off.

use highwater_engine::kafka::ids::{EventId, StepId};

use super::*;
use crate::view::part::Act;
use crate::view::project::catch_up;
use crate::view::subject::Subject;

/// The sentence long after those commands were given.
fn standing_after(commands: Vec<Command>) -> String {
    let mut timeline = first_sight();
    for command in commands {
        let now = timeline.world().now();
        timeline.apply(command, now).expect("it makes sense");
    }
    timeline.run_until(SimTime(80_000_000), usize::MAX);
    scene(&timeline).sentence
}

fn crash(ids: &[u32]) -> Vec<Command> {
    let crash = |id: &u32| Command::CrashBroker {
        broker: BrokerId(*id),
    };
    ids.iter().map(crash).collect()
}

/// Kafka 4.3.1: `Partition#appendRecordsToLeader`, `NotEnoughReplicasException`.
#[test]
fn below_min_insync_replicas_it_does_not_say_that_the_rest_go_on() {
    assert_eq!(
        standing_after(crash(&[2, 3])),
        "Brokers 2 and 3 are down. acks=all is refused: 1 of 3 in sync, 2 needed."
    );
}

#[test]
fn where_nobody_leads_all_partitions_are_named() {
    assert_eq!(
        standing_after(crash(&[1, 2, 3])),
        "p0, p1 and p2 have no leader: nobody can write there or read."
    );
}

#[test]
fn a_follower_behind_a_cut_link_is_not_called_catching_up() {
    let between = [1, 3].map(|id| Endpoint::Broker(BrokerId(id)));
    assert_eq!(
        standing_after(vec![Command::CutLink { between }]),
        "Broker 1 cannot reach broker 3, which leads p0. The rest go on with 2 of 3 in sync."
    );
}

#[test]
fn also_while_another_broker_is_down_time_is_offered_first_for_who_was_just_killed() {
    let mut timeline = after_the_crash();
    let now = timeline.world().now();
    timeline.apply(crash(&[3]).remove(0), now).expect("it runs");
    let offered = scene(&timeline).fitting;
    let words = Vec::from_iter(offered.iter().map(|part| part.words.as_str()));
    assert_eq!(words, ["Let 9 seconds pass", "Restart broker 3"]);
}

/// What is said and what is offered while broker 1 comes back after its leadership went to another, step
/// by step, each once.
fn told_of_the_return(timeline: &mut Timeline) -> Vec<(String, String)> {
    let broker = BrokerId(1);
    let now = timeline.world().now();
    let start = Command::StartBroker { broker };
    timeline.apply(start, now).expect("broker 1 is down");
    let mut memory = Memory::default();
    let mut told = Vec::new();
    let end = timeline.world().now().0 + 5_000_000;
    while timeline.world().now().0 < end {
        let scene = project(timeline, &mut memory);
        let offer = scene.fitting.first().map(|part| part.words.clone());
        told.push((scene.sentence, offer.unwrap_or_default()));
        timeline.step().expect("the run goes on");
    }
    told.dedup();
    told
}

#[test]
fn a_restart_is_news_and_the_controller_hears_the_broker_before_it_unfences_it() {
    let mut timeline = after_the_crash();
    assert!(!scene(&timeline).brokers[0].is_heard);
    let now = timeline.world().now();
    let broker = BrokerId(1);
    let start = Command::StartBroker { broker };
    timeline.apply(start, now).expect("broker 1 is down");
    let restarted = scene(&timeline);
    assert_eq!(
        restarted.sentence,
        "Broker 1 starts, fenced until it has caught up with the metadata."
    );
    let offered = Vec::from_iter(restarted.fitting.iter().map(|it| it.words.as_str()));
    assert_eq!(
        offered,
        ["Let it catch up"],
        "there is nothing to watch yet"
    );
    assert!(!restarted.brokers[0].is_heard, "it has said nothing yet");
    while scene(&timeline).brokers[0].status != BrokerStatus::Up {
        if scene(&timeline).brokers[0].is_heard {
            return;
        }
        timeline.step();
    }
    panic!("the controller unfenced a broker that it had not heard");
}

#[test]
fn of_a_broker_that_came_back_no_old_news_is_told_and_it_may_catch_up() {
    let mut timeline = after_the_crash();
    timeline.run_until(SimTime(30_000_000), usize::MAX);
    let told = told_of_the_return(&mut timeline);
    let (catches_up, others): (Vec<_>, Vec<_>) = told
        .iter()
        .partition(|(_, offer)| offer == "Let it catch up");
    assert!(catches_up[0].0.starts_with("Broker 1 starts, fenced until"));
    let is_back = "Broker 1 is back, fenced until it has caught up with the metadata.";
    assert!(
        catches_up.iter().any(|(words, _)| words == is_back),
        "{told:?}"
    );
    assert!(!told.iter().any(|(words, _)| words.contains("now leads")));
    let (last, _) = others.last().expect("it caught up");
    assert!(
        last.starts_with("Every record is copied to three"),
        "{told:?}"
    );
}

/// Kafka 4.3.1: `ClusterControlManager#registerBroker`, DUPLICATE_BROKER_REGISTRATION.
#[test]
fn who_starts_before_its_last_session_is_over_waits_and_neither_leads_nor_is_fenced() {
    let mut timeline = first_sight();
    let now = timeline.world().now();
    let kill = crash(&[1]).remove(0);
    timeline.apply(kill, now).expect("broker 1 runs");
    let told = told_of_the_return(&mut timeline);
    let waits = "Broker 1 starts. It may register once its last session is over.";
    assert_eq!(told, [(waits.to_owned(), "Let 9 seconds pass".to_owned())]);
    let scene = scene(&timeline);
    let broker = &scene.brokers[0];
    let (starting, nothing) = (BrokerStatus::Starting, "");
    assert_eq!((broker.status, broker.note.as_str()), (starting, nothing));
    let words = Vec::from_iter(scene.fitting.iter().map(|part| part.words.as_str()));
    assert_eq!(words, ["Let 9 seconds pass", "Let it catch up"]);
}

#[test]
fn what_lets_a_broker_catch_up_ends_when_it_is_unfenced_and_in_sync_everywhere() {
    let mut timeline = after_the_crash();
    let start = Command::StartBroker {
        broker: BrokerId(1),
    };
    let now = timeline.world().now();
    timeline.apply(start, now).expect("broker 1 is down");
    catch_up(&mut timeline, "orders");
    let scene = scene(&timeline);
    assert_eq!(scene.brokers[0].status, BrokerStatus::Up);
    for partition in &scene.partitions {
        assert_eq!(partition.in_sync_replicas, [1, 2, 3]);
    }
    let took = timeline.world().now().0 - now.0;
    assert!(took < 10_000_000, "{took}");
    assert!(
        scene
            .fitting
            .iter()
            .all(|part| part.act != Some(Act::CatchUp))
    );
}

#[test]
fn who_is_held_up_by_a_slow_link_is_not_said_to_catch_up() {
    let text = include_str!("../../../../scenarios/a-slow-follower-leaves-the-isr.json");
    let scenario = Scenario::from_json(text).expect("it is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("it can be played");
    for second in 1..60 {
        timeline.run_until(SimTime(second * 1_000_000), usize::MAX);
        let scene = scene(&timeline);
        let is_out = scene
            .partitions
            .iter()
            .any(|row| row.in_sync_replicas.len() < 3);
        if is_out {
            assert!(
                scene
                    .fitting
                    .iter()
                    .all(|part| part.act != Some(Act::CatchUp))
            );
            return;
        }
    }
    panic!("nobody left the in-sync replicas");
}

#[test]
fn of_an_election_one_may_ask_at_once_why_that_broker() {
    let mut timeline = first_sight();
    let now = timeline.world().now();
    let broker = BrokerId(1);
    let stop = Command::StopBroker { broker };
    timeline.apply(stop, now).expect("broker 1 runs");
    let mut memory = Memory::default();
    let fitting = loop {
        let scene = project(&timeline, &mut memory);
        if scene.sentence.contains("made broker 2 the leader of p1") {
            break scene.fitting;
        }
        timeline.step().expect("the run goes on");
    };
    let words = Vec::from_iter(fitting.iter().map(|part| part.words.as_str()));
    assert_eq!(words, ["Why broker 2?", "Watch it again"]);
    let subject = Subject::Leader { partition: 1 };
    assert_eq!(fitting[0].act, Some(Act::Why(subject)));
}

#[test]
fn who_lost_an_acknowledged_record_is_led_to_the_answer_first() {
    let text = include_str!("../../../../scenarios/acks-1-loses-a-record.json");
    let scenario = Scenario::from_json(text).expect("it is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("it can be played");
    timeline.run_until(SimTime(18_000_000), usize::MAX);
    let offered = scene(&timeline).fitting;
    let words = Vec::from_iter(offered.iter().map(|part| (part.words.as_str(), part.state)));
    assert_eq!(
        words,
        [("Step to the ack", "primary"), ("Restart broker 1", "")]
    );
    let Some(Act::Jump(step, index)) = offered[0].act else {
        panic!("{:?}", offered[0].act);
    };
    let answer = timeline.event(EventId {
        step: StepId(step),
        index,
    });
    let kafka = answer.and_then(Event::kafka);
    assert!(matches!(kafka, Some(KafkaEvent::SendCompleted { .. })));
}
