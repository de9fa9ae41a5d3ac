//! Seed, configuration and commands are the run: it can be played again, sought and branched.

use highwater_engine::kafka::ids::{BrokerId, StepId};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::scenario::{Scenario, TimedCommand};
use highwater_engine::sim::timeline::{Timeline, WRITTEN_BRANCHES_MAX};

use crate::support::{first_sight, first_sight_at, give, run_to};

#[test]
fn the_same_scenario_gives_the_same_world_at_every_step() {
    let mut one = Timeline::new(first_sight()).expect("playable");
    let mut other = Timeline::new(first_sight()).expect("playable");
    for _ in 0..3000 {
        assert_eq!(one.step().cloned(), other.step().cloned());
    }
    assert_eq!(one.world().digest(), other.world().digest());
    assert_eq!(one.world(), other.world());
}

#[test]
fn another_seed_gives_another_run() {
    let mut scenario = first_sight();
    scenario.seed += 1;
    let mut other = Timeline::new(scenario).expect("playable");
    run_to(&mut other, 4000);
    assert_ne!(
        first_sight_at(4000).world().digest(),
        other.world().digest()
    );
}

#[test]
fn whoever_seeks_and_plays_on_arrives_where_one_who_never_sought_does() {
    let straight = first_sight_at(6000);
    let end = straight.position();
    let mut sought = first_sight_at(6000);
    for position in [0, 1, end.0 / 3, end.0 / 2, end.0 - 1, 257, end.0] {
        sought.seek(StepId(position));
        assert_eq!(sought.position(), StepId(position));
    }
    assert_eq!(sought.world().digest(), straight.world().digest());
}

#[test]
fn who_looked_ahead_and_took_that_back_has_no_future_to_leave() {
    let mut timeline = first_sight_at(4000);
    let here = timeline.position();
    run_to(&mut timeline, 6000);
    timeline.take_back(here);
    assert_eq!((timeline.position(), timeline.known_length()), (here, here));
    assert_eq!(timeline.branch().step(here), None);
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    assert_eq!(timeline.branches().len(), 1, "it is the same run");
    run_to(&mut timeline, 6000);
    let mut straight = first_sight_at(4000);
    give(&mut straight, Command::CrashBroker { broker });
    run_to(&mut straight, 6000);
    assert_eq!(timeline.world().digest(), straight.world().digest());
}

#[test]
fn what_is_taken_back_stays_ordered_and_keeps_what_a_branch_left() {
    let mut scenario = first_sight();
    let broker = BrokerId(1);
    let crash = Command::CrashBroker { broker };
    let at = SimTime(5_000_000);
    scenario
        .commands
        .push(TimedCommand::recorded(at, None, crash));
    let mut timeline = Timeline::new(scenario).expect("playable");
    run_to(&mut timeline, 4000);
    let here = timeline.position();
    run_to(&mut timeline, 6000);
    let there = timeline.position();
    let digest = timeline.world().digest();
    timeline.take_back(here);
    run_to(&mut timeline, 6000);
    assert_eq!(
        (timeline.position(), timeline.world().digest()),
        (there, digest)
    );
    timeline.seek(StepId(there.0 - 10));
    give(
        &mut timeline,
        Command::StopBroker {
            broker: BrokerId(2),
        },
    );
    timeline.switch_branch(0);
    timeline.take_back(here);
    assert_eq!(timeline.position(), here);
    assert_eq!(timeline.known_length(), StepId(there.0 - 10));
}

#[test]
fn what_is_undone_does_not_happen_when_the_run_goes_on() {
    let crash = || Command::CrashBroker {
        broker: BrokerId(1),
    };
    let mut timeline = first_sight_at(5000);
    let before = timeline.position();
    give(&mut timeline, crash());
    run_to(&mut timeline, 9000);
    timeline.undo(before, 1);
    assert_eq!(timeline.position(), before);
    run_to(&mut timeline, 9000);
    let untouched = first_sight_at(9000);
    assert_eq!(timeline.world().digest(), untouched.world().digest());
    assert_eq!(timeline.branches().len(), 2, "the future with it stays");

    let mut timeline = untouched;
    let past = StepId(before.0 / 2);
    timeline.seek(past);
    give(&mut timeline, crash());
    timeline.undo(past, 1);
    assert_eq!((timeline.current_branch(), timeline.position()), (0, past));
}

#[test]
fn what_a_scenario_ordered_after_what_is_undone_stays_ordered() {
    let stop = |at_ms: u64| TimedCommand {
        at_ms,
        plus_us: 0,
        after_step: None,
        command: Command::PauseBroker {
            broker: BrokerId(3),
        },
    };
    let mut scenario = first_sight();
    scenario.commands.push(stop(6000));
    let mut timeline = Timeline::new(scenario.clone()).expect("playable");
    run_to(&mut timeline, 5000);
    let before = timeline.position();
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    give(&mut timeline, Command::StartBroker { broker });
    run_to(&mut timeline, 7000);
    timeline.undo(before, 2);
    run_to(&mut timeline, 9000);
    let mut untouched = Timeline::new(scenario).expect("playable");
    run_to(&mut untouched, 9000);
    assert_eq!(timeline.world().digest(), untouched.world().digest());
    assert_eq!(
        timeline.branch().commands().len(),
        untouched.branch().commands().len()
    );
}

#[test]
fn a_run_comes_back_from_its_text_with_all_its_futures() {
    let crash = |id: u32| Command::CrashBroker {
        broker: BrokerId(id),
    };
    let mut timeline = first_sight_at(5000);
    let middle = StepId(timeline.position().0 / 2);
    give(&mut timeline, crash(1));
    run_to(&mut timeline, 6000);
    timeline.seek(middle);
    give(&mut timeline, crash(2));
    run_to(&mut timeline, 5500);
    let mut again = Timeline::from_text(&timeline.to_text()).expect("what we write");
    assert_eq!(again.current_branch(), 1);
    again.seek(timeline.position());
    assert_eq!(again.world().digest(), timeline.world().digest());
    let parents = |timeline: &Timeline| -> Vec<_> {
        let branches = timeline.branches().iter();
        branches
            .map(|it| (it.name().to_owned(), it.parent(), it.length()))
            .collect()
    };
    assert_eq!(parents(&again), parents(&timeline));
    for timeline in [&mut again, &mut timeline] {
        timeline.switch_branch(0);
    }
    assert_eq!(again.position(), timeline.position());
    assert_eq!(again.world().digest(), timeline.world().digest());
    assert_eq!(again.to_text(), timeline.to_text());
}

#[test]
fn of_many_futures_the_first_the_present_and_the_newest_are_written() {
    let mut timeline = first_sight_at(3000);
    let end = timeline.position();
    for back in 1..=40 {
        timeline.seek(StepId(end.0 - back));
        assert!(timeline.branch_off(), "there is a future to leave");
        run_to(&mut timeline, 3000);
    }
    timeline.switch_branch(3);
    let again = Timeline::from_text(&timeline.to_text()).expect("what we write");
    assert_eq!(again.branches().len(), WRITTEN_BRANCHES_MAX);
    assert_eq!(again.current_branch(), 1);
    let parents = again.branches().iter().map(|it| it.parent());
    let expected = (0..WRITTEN_BRANCHES_MAX).map(|number| match number {
        0 => None,
        1 => Some((0, StepId(end.0 - 3))),
        2 => Some((1, StepId(end.0 - 27))),
        _ => Some((number - 1, StepId(end.0 - 25 - number as u64))),
    });
    assert_eq!(parents.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

#[test]
fn a_text_that_is_no_run_is_refused_with_place_and_reason() {
    let whole = first_sight().to_json();
    for (tail, words) in [
        ("\u{1e}0 0", "branch 0: three numbers are missing"),
        (
            "\u{1e}0 0 5\u{1e}1 3 9",
            "branch 1: it leaves a branch that comes later",
        ),
    ] {
        let refused = Timeline::from_text(&[&whole, tail].concat()).map(drop);
        assert_eq!(
            refused.map_err(|error| error.to_string()),
            Err(words.to_owned())
        );
    }
}

#[test]
fn acting_in_the_past_leaves_the_first_future_as_it_was() {
    let mut timeline = first_sight_at(5000);
    let (end, digest) = (timeline.position(), timeline.world().digest());
    timeline.seek(StepId(end.0 / 2));
    give(
        &mut timeline,
        Command::CrashBroker {
            broker: BrokerId(1),
        },
    );
    run_to(&mut timeline, 5000);
    assert_eq!(timeline.branches().len(), 2);
    assert_ne!(timeline.world().digest(), digest);
    timeline.switch_branch(0);
    assert_eq!(
        (timeline.position(), timeline.world().digest()),
        (end, digest)
    );
}

#[test]
fn a_branch_without_an_order_is_the_run_as_if_nobody_had_ordered_anything_later() {
    let undisturbed = first_sight_at(5000).world().digest();
    let mut timeline = first_sight_at(4000);
    let before = timeline.position();
    give(
        &mut timeline,
        Command::CrashBroker {
            broker: BrokerId(1),
        },
    );
    assert!(!timeline.branch_off(), "there is no future to leave yet");
    run_to(&mut timeline, 5000);
    timeline.seek(before);
    assert!(timeline.branch_off());
    run_to(&mut timeline, 5000);
    assert_eq!(
        (timeline.branches().len(), timeline.world().digest()),
        (2, undisturbed)
    );
}

#[test]
fn a_run_played_by_hand_comes_back_from_its_scenario_to_the_very_step() {
    let mut played = first_sight_at(4000);
    for _ in 0..17 {
        played.step();
    }
    give(
        &mut played,
        Command::CrashBroker {
            broker: BrokerId(1),
        },
    );
    run_to(&mut played, 20_000);
    give(
        &mut played,
        Command::StartBroker {
            broker: BrokerId(1),
        },
    );
    run_to(&mut played, 30_000);
    let written = Scenario::from_json(&played.to_scenario().to_json()).expect("what we write");
    let mut replayed = Timeline::new(written).expect("playable");
    run_to(&mut replayed, 30_000);
    assert_eq!(replayed.position(), played.position());
    assert_eq!(replayed.world().digest(), played.world().digest());
}

#[test]
fn a_rejected_command_changes_nothing() {
    let mut timeline = first_sight_at(4000);
    let (position, digest) = (timeline.position(), timeline.world().digest());
    let now = timeline.world().now();
    let rejected = timeline.apply(
        Command::CrashBroker {
            broker: BrokerId(7),
        },
        now,
    );
    let sentence = rejected.expect_err("there is no broker 7").to_string();
    assert_eq!(sentence, "There is no broker 7: this cluster has 1, 2, 3.");
    assert_eq!(
        (timeline.position(), timeline.world().digest()),
        (position, digest)
    );
}
