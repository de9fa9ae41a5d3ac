//! How the cluster stands, in one sentence, while something is down or cut off.

use highwater_engine::kafka::ids::{EventId, StepId};

use super::*;
use crate::view::part::Act;

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
        "Brokers 2 and 3 are down. Writes with acks=all are refused: 1 of 3 in sync, 2 needed."
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
        "Broker 1 cannot reach broker 3, the leader of p0. The rest go on with 2 of 3 copies in sync."
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
