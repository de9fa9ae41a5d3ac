//! What is seen of the cluster of the first scenario, and of the death of a leader.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::event::Event;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

mod messages;
mod present;
mod sentences;
mod story;

use super::{Memory, project};
use crate::view::event_line::sentence;
use crate::view::scene::{BrokerStatus, LampState, ReplicaRole, Scene, TrackKind};

fn first_sight() -> Timeline {
    let scenario = Scenario::from_json(include_str!("../../../scenarios/first-sight.json"))
        .expect("the scenario is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    timeline.run_until(SimTime(4_250_000), usize::MAX);
    timeline
}

fn after_the_crash() -> Timeline {
    let mut timeline = first_sight();
    let now = timeline.world().now();
    let crash = Command::CrashBroker {
        broker: BrokerId(1),
    };
    timeline.apply(crash, now).expect("broker 1 runs");
    timeline.run_until(SimTime(19_250_000), usize::MAX);
    timeline
}

fn scene(timeline: &Timeline) -> Scene {
    project(timeline, &mut Memory::default())
}

fn said(timeline: &Timeline, is_it: impl Fn(&KafkaEvent) -> bool) -> String {
    let mut steps = timeline.branch().steps().rev();
    let event: &Event = steps
        .find_map(|step| {
            let mut events = step.events.iter().rev();
            events.find(|event| event.kafka().is_some_and(&is_it))
        })
        .expect("it happened");
    sentence(event, timeline.world())
}

fn all_checked_rules_hold(scene: &Scene) -> bool {
    let mut lamps = scene.lamps.iter();
    lamps.all(|lamp| matches!(lamp.state, LampState::Holds))
}

#[test]
fn the_first_scene_shows_a_healthy_cluster() {
    let scene = scene(&first_sight());
    assert_eq!(scene.topic, "orders");
    assert_eq!(scene.controller.words, "hears all three brokers");
    let statuses: Vec<_> = scene.brokers.iter().map(|it| (it.id, it.status)).collect();
    let up = BrokerStatus::Up;
    assert_eq!(statuses, [(1, up), (2, up), (3, up)]);
    assert_eq!(scene.brokers[0].note, "leads p1");
    let leaders: Vec<_> = scene.partitions.iter().map(|it| it.leader).collect();
    assert_eq!(leaders, [Some(3), Some(1), Some(2)]);
    for partition in &scene.partitions {
        assert_eq!(partition.in_sync_replicas, [1, 2, 3]);
        assert_eq!(partition.leader_epoch, None);
    }
    assert!(all_checked_rules_hold(&scene), "{:?}", scene.lamps);
}

#[test]
fn cells_are_the_records_of_the_logs_and_committed_below_the_high_watermark() {
    let scene = scene(&first_sight());
    let replicas = scene.partitions.iter().flat_map(|it| {
        let high_watermark = it.high_watermark.expect("everybody leads");
        it.replicas
            .iter()
            .map(move |replica| (replica, high_watermark))
    });
    for (replica, high_watermark) in replicas {
        let listed = replica.folded_count + replica.cells.len() as u64;
        assert_eq!(listed, replica.log_end_offset);
        for cell in &replica.cells {
            assert_eq!(cell.is_committed, cell.offset < high_watermark);
            assert!(cell.key.hue.is_some());
        }
    }
    let has_cells = |it: &&crate::view::scene::PartitionRow| !it.replicas[0].cells.is_empty();
    assert!(scene.partitions.iter().any(|it| has_cells(&it)));
}

#[test]
fn the_group_and_the_producer_stand_beside_the_brokers() {
    let scene = scene(&first_sight());
    assert_eq!(scene.producers[0].name, "checkout");
    assert_eq!(scene.producers[0].acks, "acks=all");
    assert_eq!(scene.groups[0].name, "billing");
    let owns = scene.groups[0]
        .members
        .iter()
        .map(|member| &member.owns[..]);
    assert_eq!(owns.collect::<Vec<_>>(), [&[0, 1][..], &[2]]);
    assert!(scene.groups[0].state.ends_with("stable"));
    let marks = &scene.partitions[1].marks;
    assert!(marks[0].position.is_some(), "{marks:?}");
}

#[test]
fn what_a_consumer_was_given_is_committed_also_on_the_dead_leader() {
    let mut timeline = first_sight();
    let crash = Command::CrashBroker {
        broker: BrokerId(1),
    };
    let now = timeline.world().now();
    timeline.apply(crash, now).expect("broker 1 runs");
    timeline.run_until(SimTime(4_251_000), usize::MAX);
    let p1 = &scene(&timeline).partitions[1];
    assert_eq!(p1.leader, None);
    let position = p1.marks[0].position.expect("consumer 1 reads it");
    let mut cells = p1.replicas.iter().flat_map(|replica| &replica.cells);
    assert!(cells.all(|cell| cell.is_committed || cell.offset >= position));
}

#[test]
fn a_record_of_a_dead_broker_is_lost_only_if_the_leader_has_not_got_it() {
    let scene = scene(&after_the_crash());
    for partition in &scene.partitions {
        let end = partition.leading().map_or(0, |it| it.log_end_offset);
        let cells = partition.replicas.iter().flat_map(|it| &it.cells);
        let mut lost = cells.filter(|cell| cell.is_lost);
        assert!(lost.all(|cell| cell.offset >= end), "{}", partition.name);
    }
}

#[test]
fn a_cut_link_is_told_at_both_its_brokers() {
    let mut timeline = first_sight();
    let (now, [one, other]) = (timeline.world().now(), [1, 3].map(BrokerId));
    let between = [one, other].map(Endpoint::Broker);
    let cut = Command::CutLink { between };
    timeline.apply(cut, now).expect("both are there");
    let notes: Vec<String> = scene(&timeline)
        .brokers
        .into_iter()
        .map(|it| it.note)
        .collect();
    assert_eq!(notes, ["cut from 3", "leads p2", "cut from 1"]);
}

/// Kafka 4.3.1: `ReplicationControlManager#handleBrokerFenced` chooses another leader.
#[test]
fn a_crashed_leader_leads_until_the_controller_fences_it() {
    let mut timeline = first_sight();
    let now = timeline.world().now();
    let broker = BrokerId(1);
    let crash = Command::CrashBroker { broker };
    timeline.apply(crash, now).expect("the broker runs");
    timeline.run_until(SimTime(8_000_000), usize::MAX);
    let words = |timeline: &Timeline| scene(timeline).partitions[1].replicas[0].role.words();
    assert_eq!(words(&timeline), "leader until fenced");
    timeline.run_until(SimTime(20_000_000), usize::MAX);
    assert_eq!(words(&timeline), "was leader");
}

#[test]
fn after_a_crash_another_replica_leads_and_the_broker_is_down() {
    let scene = scene(&after_the_crash());
    assert_eq!(scene.brokers[0].status, BrokerStatus::Down);
    let p1 = &scene.partitions[1];
    assert_eq!(p1.leader, Some(2));
    assert_eq!(p1.leader_epoch, Some(1));
    assert_eq!(p1.in_sync_replicas, [2, 3]);
    assert_eq!(p1.replicas[0].role, ReplicaRole::WasLeader);
    assert_eq!(scene.controller.words, "broker 1 fenced");
    assert!(all_checked_rules_hold(&scene), "{:?}", scene.lamps);
}

#[test]
fn a_dead_broker_is_silent_until_it_is_fenced() {
    let mut timeline = first_sight();
    let now = timeline.world().now();
    let crash = Command::CrashBroker {
        broker: BrokerId(1),
    };
    timeline.apply(crash, now).expect("broker 1 runs");
    timeline.run_until(SimTime(9_000_000), usize::MAX);
    let scene = scene(&timeline);
    assert_eq!(scene.controller.words, "no heartbeat from broker 1");
    let silence = scene.brokers[0].silence.clone().unwrap_or_default();
    assert!(silence.starts_with("silent "), "{silence}");
    assert_eq!(scene.partitions[1].leader, None);
    assert_eq!(scene.partitions[1].high_watermark, None);
    let dead = &scene.partitions[1].replicas[0];
    assert!(dead.cells[0].is_committed, "what was committed stays so");
}

#[test]
fn after_what_silence_a_broker_was_fenced_is_told_until_another_one_is_missed() {
    let mut timeline = first_sight();
    let crash = |timeline: &mut Timeline, id: u32, us: u64| {
        let now = timeline.world().now();
        let broker = BrokerId(id);
        let crashed = timeline.apply(Command::CrashBroker { broker }, now);
        crashed.expect("it runs");
        timeline.run_until(SimTime(now.0 + us), usize::MAX);
    };
    crash(&mut timeline, 1, 14_000_000);
    let silence =
        |timeline: &Timeline, index: usize| scene(timeline).brokers[index].silence.clone();
    assert!(silence(&timeline, 0).is_some());
    crash(&mut timeline, 3, 1_000_000);
    assert_eq!(
        silence(&timeline, 0),
        None,
        "that would be read as broker 3's"
    );
}

#[test]
fn a_leader_that_is_cut_off_and_fenced_still_takes_itself_for_the_leader() {
    let mut timeline = first_sight();
    let now = timeline.world().now();
    let between = [Endpoint::Broker(BrokerId(1)), Endpoint::Controller];
    let cut = Command::CutLink { between };
    timeline.apply(cut, now).expect("the link is whole");
    timeline.run_until(SimTime(30_000_000), usize::MAX);
    let scene = scene(&timeline);
    let p1 = &scene.partitions[1];
    assert_eq!(p1.leader, Some(2));
    assert_eq!(p1.replicas[0].role.words(), "thinks it leads, epoch 0");
    assert_eq!(
        scene.sentence,
        "Broker 1 is cut off and fenced; broker 2 now leads p1."
    );
}

#[test]
fn a_replica_that_may_lead_though_it_is_not_in_sync_is_in_the_elr() {
    let mut timeline = first_sight();
    for (broker, until) in [(1, 20_000_000), (3, 40_000_000)] {
        let now = timeline.world().now();
        let broker = BrokerId(broker);
        let crash = Command::CrashBroker { broker };
        timeline.apply(crash, now).expect("the broker runs");
        timeline.run_until(SimTime(until), usize::MAX);
    }
    let scene = scene(&timeline);
    let words = |id: usize| scene.partitions[1].replicas[id].role.words();
    assert_eq!(words(0), "was leader");
    assert_eq!(words(2), "in the ELR");
}

#[test]
fn an_election_is_told_with_its_reason() {
    let timeline = after_the_crash();
    let is_p1 = |event: &KafkaEvent| {
        matches!(event, KafkaEvent::LeaderElected(election)
            if election.partition.to_string() == "orders-1")
    };
    assert_eq!(
        said(&timeline, is_p1),
        "Broker 2 leads p1: first in the replica order 1, 2, 3 that is alive and in sync."
    );
    assert_eq!(
        said(&timeline, |event| matches!(
            event,
            KafkaEvent::BrokerFenced { .. }
        )),
        "The controller fenced broker 1: no heartbeat for over 9 seconds."
    );
}

#[test]
fn every_event_of_a_run_has_a_sentence() {
    let timeline = after_the_crash();
    for event in timeline.branch().steps().flat_map(|step| &step.events) {
        assert!(!sentence(event, timeline.world()).is_empty(), "{event:?}");
    }
}

#[test]
fn the_sentence_says_first_how_the_cluster_stands() {
    assert_eq!(
        scene(&first_sight()).sentence,
        "Every record is copied to three brokers before anyone may read it."
    );
}

#[test]
fn while_the_controller_waits_for_a_dead_broker_the_sentence_says_so() {
    let mut timeline = first_sight();
    let now = timeline.world().now();
    let crash = Command::CrashBroker {
        broker: BrokerId(1),
    };
    timeline.apply(crash, now).expect("broker 1 runs");
    assert!(scene(&timeline).sentence.starts_with("Broker 1 is killed"));
    timeline.run_until(SimTime(9_000_000), usize::MAX);
    assert_eq!(
        scene(&timeline).sentence,
        "Broker 1 is down. The controller gives a silent broker 9 seconds."
    );
    timeline.run_until(SimTime(30_000_000), usize::MAX);
    assert_eq!(
        scene(&timeline).sentence,
        "Broker 1 is down. The rest go on with 2 of 3 in sync."
    );
}

#[test]
fn a_ring_fills_beside_a_follower_that_lags_until_it_leaves_the_isr() {
    let mut timeline = first_sight();
    for other in [1, 2] {
        let between = [other, 3].map(|id| Endpoint::Broker(BrokerId(id)));
        let now = timeline.world().now();
        let cut = Command::CutLink { between };
        timeline.apply(cut, now).expect("there is such a link");
    }
    let lag_at = |timeline: &mut Timeline, ms: u64| {
        timeline.run_until(SimTime(ms * 1000), usize::MAX);
        let partition = &scene(timeline).partitions[1];
        let follower = &partition.replicas[2];
        assert_eq!((follower.broker, partition.leader), (3, Some(1)));
        follower.lag.clone()
    };
    assert_eq!(
        lag_at(&mut timeline, 4_300),
        None,
        "a short lag is daily work"
    );
    let lag = lag_at(&mut timeline, 14_300).expect("it lags");
    assert!((30..35).contains(&lag.percent), "{lag:?}");
    assert!(
        lag.words
            .ends_with("after 30 s it leaves the in-sync replicas")
    );
    assert_eq!(lag_at(&mut timeline, 60_000), None, "it is out");
}

#[test]
fn of_a_lost_record_is_told_what_its_producer_heard_and_which_key_it_had() {
    let text = include_str!("../../../scenarios/acks-1-loses-a-record.json");
    let scenario = Scenario::from_json(text).expect("it is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("it can be played");
    timeline.run_until(SimTime(18_000_000), usize::MAX);
    let give = |timeline: &mut Timeline, command| {
        let now = timeline.world().now();
        timeline.apply(command, now).expect("it makes sense");
    };
    for other in [2, 3] {
        let between = [1, other].map(|id| Endpoint::Broker(BrokerId(id)));
        give(&mut timeline, Command::HealLink { between });
    }
    let broker = BrokerId(1);
    give(&mut timeline, Command::StartBroker { broker });
    let mut memory = Memory::default();
    memory.opened = Some(0);
    let inside = |timeline: &Timeline, memory: &mut Memory| {
        let partition = project(timeline, memory).partitions.swap_remove(0);
        (partition.lost, partition.inside.expect("it is opened"))
    };
    let (lost, before) = inside(&timeline, &mut memory);
    assert!(before.cuts.is_empty(), "the rule is broken already");
    let told = before.told.expect("the answer is remembered");
    let cut = loop {
        timeline.step().expect("the run goes on");
        let (_, inside) = inside(&timeline, &mut memory);
        if let Some(cut) = inside.cuts.last() {
            break cut.clone();
        }
    };
    assert_eq!(cut.broker, 1);
    assert_eq!(told.producer, "checkout");
    assert!(told.words.ends_with(", acks=1"), "{told:?}");
    let (offset, letter) = &cut.gone[0];
    assert_eq!((cut.acknowledged, lost), (Some(*offset), Some(*offset)));
    assert_eq!(*letter, told.key.letter);
    assert!(["A", "B", "G"].contains(&letter.as_str()), "{letter}");
    assert!(told.clock.as_str() < "00:08.000", "{told:?}");
}

#[test]
fn a_producer_says_how_many_requests_are_unanswered_and_for_how_long() {
    let mut timeline = first_sight();
    let broker = BrokerId(3);
    let now = timeline.world().now();
    timeline
        .apply(Command::PauseBroker { broker }, now)
        .expect("broker 3 runs");
    assert!(scene(&timeline).producers[0].unanswered.is_empty());
    timeline.run_until(SimTime(8_000_000), usize::MAX);
    let unanswered = scene(&timeline).producers[0].unanswered.clone();
    let of_p1 = unanswered.iter().find(|row| row.partition == 1);
    let of_p1 = of_p1.expect("p1 waits for broker 3");
    assert!(
        of_p1.count >= 1 && of_p1.age_us / 1_000_000 == 3,
        "{of_p1:?}"
    );
}

#[test]
fn what_is_offered_mends_what_is_broken_what_helps_most_first() {
    let offered = |timeline: &Timeline| -> Vec<String> {
        let fitting = scene(timeline).fitting;
        assert_eq!(fitting[0].state, "primary");
        fitting.into_iter().map(|part| part.words).collect()
    };
    let give = |timeline: &mut Timeline, command| {
        let now = timeline.world().now();
        timeline.apply(command, now).expect("it makes sense");
    };
    let crash = |broker| Command::CrashBroker {
        broker: BrokerId(broker),
    };
    let mut timeline = first_sight();
    give(&mut timeline, crash(2));
    assert_eq!(
        offered(&timeline),
        ["Let 9 seconds pass", "Restart broker 2"]
    );
    timeline.run_until(SimTime(20_000_000), usize::MAX);
    give(&mut timeline, crash(3));
    timeline.run_until(SimTime(40_000_000), usize::MAX);
    assert_eq!(
        offered(&timeline),
        ["Restart broker 3", "Restart broker 2"],
        "3 left the in-sync replicas last"
    );
    let mut timeline = first_sight();
    let between = [1, 2].map(|id| Endpoint::Broker(BrokerId(id)));
    give(&mut timeline, Command::CutLink { between });
    assert_eq!(offered(&timeline)[0], "Heal the link 1–2");
    let broker = BrokerId(3);
    give(&mut timeline, Command::PauseBroker { broker });
    assert_eq!(
        offered(&timeline),
        ["Let 9 seconds pass", "Resume broker 3"]
    );
}

#[test]
fn the_controller_does_not_hear_who_was_just_killed_and_has_not_noticed_either() {
    let mut timeline = first_sight();
    let now = timeline.world().now();
    let crash = Command::CrashBroker {
        broker: BrokerId(1),
    };
    timeline.apply(crash, now).expect("broker 1 runs");
    let words = |timeline: &Timeline| scene(timeline).controller.words;
    let heard = words(&timeline);
    assert!(
        heard.starts_with("last heard broker 1: ") && heard.ends_with(" s ago"),
        "{heard}"
    );
    timeline.run_until(SimTime(8_000_000), usize::MAX);
    assert_eq!(words(&timeline), "no heartbeat from broker 1");
}

#[test]
fn a_branch_is_named_by_what_differs_from_the_one_that_it_left() {
    let mut timeline = first_sight();
    let start = timeline.position();
    let broker = BrokerId(1);
    let give = |timeline: &mut Timeline, command| {
        let now = timeline.world().now();
        timeline.apply(command, now).expect("it makes sense");
    };
    give(&mut timeline, Command::CrashBroker { broker });
    timeline.run_until(SimTime(5_000_000), usize::MAX);
    timeline.seek(start);
    give(&mut timeline, Command::StopBroker { broker });
    timeline.switch_branch(0);
    timeline.undo(start, 1);
    let scene = scene(&timeline);
    let names: Vec<&str> = scene.branches.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "first run",
            "branch 2: broker 1 stopped instead of killed",
            "branch 3: broker 1 not killed",
        ]
    );
    let of_branches = |kind| matches!(kind, TrackKind::Branch(_));
    let tracks = scene.tracks.iter().filter(|track| of_branches(track.kind));
    let words: Vec<&str> = tracks.map(|track| track.marks[0].words.as_str()).collect();
    assert_eq!(words, ["broker 1 killed"]);
}
