//! Which entries a thing offers in which state, and that the world takes all of them.

use highwater_engine::kafka::ids::{BrokerId, EventId, StepId};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

use super::*;
use crate::view::answer::Answer;
use crate::view::orders::complaint;
use crate::view::project::{Memory, project};
use crate::view::subject::event_of;

fn first_sight() -> Timeline {
    let scenario = Scenario::from_json(include_str!("../../../scenarios/first-sight.json"))
        .expect("the scenario is part of the repository");
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    timeline.run_until(SimTime(4_250_000), usize::MAX);
    timeline
}

fn give(timeline: &mut Timeline, command: Command) {
    let now = timeline.world().now();
    timeline.apply(command, now).expect("it makes sense");
}

fn menu(timeline: &Timeline, thing: Thing) -> Menu {
    let scene = project(timeline, &mut Memory::default());
    Menu::of(thing, timeline.world(), &scene)
}

fn words(menu: &Menu) -> Vec<&str> {
    let entries = menu.parts.iter().skip(1);
    entries.map(|part| part.words.as_str()).collect()
}

fn offers(timeline: &Timeline, thing: Thing, entry: &str) -> bool {
    words(&menu(timeline, thing)).contains(&entry)
}

const BROKER: Thing = Thing::Of(Subject::Broker { broker: 1 });

#[test]
fn a_broker_offers_what_its_state_allows() {
    let mut timeline = first_sight();
    let broker = BrokerId(1);
    assert_eq!(words(&menu(&timeline, BROKER))[0], "Why is it unfenced?");
    for entry in ["Crash broker 1", "Stop broker 1", "Pause broker 1"] {
        assert!(offers(&timeline, BROKER, entry), "{entry}");
    }
    assert!(!offers(&timeline, BROKER, "Start broker 1"));
    give(&mut timeline, Command::PauseBroker { broker });
    assert!(offers(&timeline, BROKER, "Resume broker 1"));
    assert!(!offers(&timeline, BROKER, "Stop broker 1"));
    give(&mut timeline, Command::CrashBroker { broker });
    assert!(offers(&timeline, BROKER, "Start broker 1"));
    assert!(!offers(&timeline, BROKER, "Crash broker 1"));
}

#[test]
fn a_queue_that_waits_can_be_asked_why_before_all_others() {
    let mut timeline = first_sight();
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    timeline.run_until(SimTime(8_000_000), usize::MAX);
    let queue = menu(&timeline, Thing::Queue(1));
    assert_eq!(words(&queue)[0], "Why is nothing sent to p1 yet?");
}

#[test]
fn a_producer_without_an_answer_can_be_asked_whom_it_waits_for() {
    let mut timeline = first_sight();
    let why = "Why is there no answer for p1 yet?";
    assert!(!offers(&timeline, Thing::Producer(0), why));
    assert!(!offers(&timeline, Thing::Clients, why));
    assert!(!offers(&timeline, Thing::Producers, why));
    let broker = BrokerId(3);
    give(&mut timeline, Command::PauseBroker { broker });
    timeline.run_until(SimTime(8_000_000), usize::MAX);
    for thing in [Thing::Producer(0), Thing::Producers] {
        let first = menu(&timeline, thing);
        assert!(words(&first)[0].starts_with("Why is there no answer"));
        assert!(words(&first).contains(&why), "{thing:?}");
    }
    let queue = menu(&timeline, Thing::Queue(1));
    assert_eq!(words(&queue)[0], why, "first of what is pointed at");
    let all = menu(&timeline, Thing::Clients);
    let asked = words(&all).into_iter().filter(|entry| *entry == why);
    assert_eq!(asked.count(), 1, "once");
    let mut memory = Memory::default();
    memory.opened = Some(1);
    let scene = project(&timeline, &mut memory);
    let all = Menu::of(Thing::Clients, timeline.world(), &scene);
    assert_eq!(words(&all)[0], why, "first of the one that is looked at");
}

#[test]
fn what_is_asked_first_names_what_is_asked() {
    let mut timeline = first_sight();
    let broker = BrokerId(2);
    give(&mut timeline, Command::CrashBroker { broker });
    timeline.run_until(SimTime(5_000_000), usize::MAX);
    let scene = project(&timeline, &mut Memory::default());
    let first = |subject: Subject| words(&menu(&timeline, Thing::Of(subject)))[0].to_owned();
    let partition = 1;
    let high_watermark = scene.partitions[1].high_watermark.expect("p1 has a leader");
    let record = |offset: u64| Subject::Record {
        partition,
        broker: 1,
        offset,
    };
    assert_eq!(first(record(high_watermark)), "Why is it not readable yet?");
    assert_eq!(first(record(0)), "Why is it stored here?");
    assert_eq!(first(Subject::Leader { partition }), "Why does it lead?");
    let stands = "Why does it stand there?";
    assert_eq!(first(Subject::HighWatermark { partition }), stands);
    assert_eq!(first(Subject::Broker { broker: 2 }), "Why is it down?");
}

#[test]
fn who_stops_a_broker_sees_first_which_one_leads_what() {
    let mut timeline = first_sight();
    let notes = |timeline: &Timeline| -> Vec<String> {
        let menu = menu(timeline, Thing::Brokers);
        let entries = menu.parts.iter().skip(1);
        entries
            .map(|part| format!("{}: {}", part.words, part.note))
            .collect()
    };
    let before = notes(&timeline);
    assert_eq!(before.len(), 10, "{before:?}");
    assert_eq!(before[0], "Crash broker 1: kill -9; leads p1");
    assert_eq!(before[1], "Crash broker 2: leads p2", "not once more");
    assert!(before[3].starts_with("Stop broker 1: SIGTERM"));
    assert_eq!(before[4], "Stop broker 2: ");
    assert!(before[6].starts_with("Pause broker 1: kill -STOP"));
    assert_eq!(before[7], "Pause broker 2: ");
    assert!(before[9].starts_with("More of each broker…"));
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    let after = notes(&timeline);
    assert_eq!(after[0], "Start broker 1: on its old disk");
    assert!(!after.iter().any(|it| it.starts_with("Crash broker 1")));
}

#[test]
fn a_record_is_named_by_its_place_its_key_and_the_broker_whose_copy_it_is() {
    let timeline = first_sight();
    let record = Thing::Of(Subject::Record {
        partition: 1,
        broker: 2,
        offset: 1,
    });
    let menu = menu(&timeline, record);
    let title = menu.title();
    assert!(
        title.starts_with("p1, offset 1, key ") && title.ends_with(", on broker 2"),
        "{title}"
    );
}

#[test]
fn what_is_done_to_a_replica_its_broker_and_its_files_are_groups_apart() {
    let timeline = first_sight();
    let menu = menu(&timeline, Thing::Replica(1, 2));
    let apart = menu.parts.iter().filter(|part| part.state == "apart");
    let first = Vec::from_iter(apart.map(|part| part.words.as_str()));
    assert_eq!(first, ["Crash broker 2", "See its segments…", "Broker 2…"]);
}

#[test]
fn a_replica_leads_on_to_its_broker_and_all_clients_stand_in_one_menu() {
    let timeline = first_sight();
    assert!(offers(&timeline, Thing::Replica(1, 2), "Broker 2…"));
    for client in ["checkout…", "consumer-1…", "consumer-2…"] {
        assert!(offers(&timeline, Thing::Clients, client), "{client}");
    }
}

#[test]
fn a_link_is_cut_or_healed_and_a_slow_one_made_fast_again() {
    let mut timeline = first_sight();
    let link = Thing::Link(End::Broker(1), End::Broker(2));
    assert!(offers(&timeline, link, "Cut the link"));
    let between = || [1, 2].map(|id| Endpoint::Broker(BrokerId(id)));
    give(&mut timeline, Command::CutLink { between: between() });
    assert!(offers(&timeline, link, "Heal the link"));
    assert!(!offers(&timeline, link, "Cut the link"));
    let fast = "Let the link be as fast as before";
    assert!(!offers(&timeline, link, fast));
    let (between, extra_ms) = (between(), 100);
    give(&mut timeline, Command::DelayLink { between, extra_ms });
    assert!(offers(&timeline, link, fast));
    let state = &menu(&timeline, Thing::Links(End::Broker(1))).parts;
    let to_2 = state.iter().find(|part| part.words.contains("broker 2"));
    assert_eq!(to_2.map(|part| part.note.as_str()), Some("cut"));
}

#[test]
fn an_election_is_offered_where_it_would_change_the_leader() {
    let mut timeline = first_sight();
    let elect = "Elect its preferred leader";
    assert!(!offers(&timeline, Thing::Partition(1), elect));
    let broker = BrokerId(1);
    give(&mut timeline, Command::StopBroker { broker });
    timeline.run_until(SimTime(8_000_000), usize::MAX);
    assert!(offers(&timeline, Thing::Partition(1), elect));
}

#[test]
fn a_message_offers_what_can_be_done_on_its_way_and_nothing_once_it_has_arrived() {
    let mut timeline = first_sight();
    let first = |timeline: &Timeline| {
        let scene = project(timeline, &mut Memory::default());
        scene.flights.first().map(|flight| flight.id)
    };
    while first(&timeline).is_none() {
        timeline.step();
    }
    let (step, index) = first(&timeline).expect("it was waited for");
    let message = Thing::Message(step, index);
    assert!(offers(&timeline, message, "Cut the link"));
    let sent = sending_of((step, index));
    assert!(offers(&timeline, message, "Hold it") && offers(&timeline, message, "Drop it"));
    give(&mut timeline, Command::HoldMessage { sent });
    assert!(offers(&timeline, message, "Release it"));
    give(&mut timeline, Command::ReleaseMessage { sent });
    timeline.run_until(SimTime(6_000_000), usize::MAX);
    assert_eq!(menu(&timeline, message).title(), "this message has arrived");
}

/// Everything that can be reached from the cluster as it is.
fn all_things(scene: &Scene) -> Vec<Thing> {
    let mut things = vec![
        Thing::Controller,
        Thing::Producers,
        Thing::Producer(0),
        Thing::Group(0),
        Thing::Member(0, 0),
        Thing::Stand(0, 1),
        Thing::Brokers,
        Thing::EachBroker,
        Thing::Clients,
        Thing::Cluster,
        Thing::Ready,
        Thing::Links(End::Controller),
        Thing::Links(End::Client(1)),
    ];
    for partition in [0, 1, 2] {
        things.push(Thing::Lane(partition));
        things.push(Thing::Queue(partition));
        things.push(Thing::Partition(partition));
        for broker in [1, 2, 3] {
            things.push(Thing::Of(Subject::Broker { broker }));
            things.push(Thing::Replica(partition, broker));
            let offset = 0;
            things.push(Thing::Of(Subject::Record {
                partition,
                broker,
                offset,
            }));
        }
        things.push(Thing::Of(Subject::Leader { partition }));
        things.push(Thing::Of(Subject::HighWatermark { partition }));
        things.push(Thing::Of(Subject::InSyncReplicas { partition }));
    }
    let messages = scene.flights.iter().map(|flight| flight.id);
    things.extend(messages.map(|(step, index)| Thing::Message(step, index)));
    things
}

#[test]
fn the_world_takes_whatever_a_menu_offers() {
    let timeline = first_sight();
    let world = timeline.world();
    let scene = project(&timeline, &mut Memory::default());
    for thing in all_things(&scene) {
        let menu = Menu::of(thing, world, &scene);
        assert!(menu.parts.len() > 1, "{thing:?} offers nothing");
        assert_eq!(menu.parts[0].kind(), Kind::Heading);
        for deed in &menu.deeds {
            if let Deed::Give(commands) = deed {
                let refused = complaint(world, commands, world.now());
                assert_eq!(refused, None, "{thing:?}: {commands:?}");
            }
        }
    }
}

/// What a thing answers when it is asked why, each question with its fact and its causes.
fn answers(timeline: &Timeline, thing: Thing) -> Vec<String> {
    let scene = project(timeline, &mut Memory::default());
    let menu = Menu::of(thing, timeline.world(), &scene);
    let mut told = Vec::new();
    for deed in &menu.deeds {
        let event = match deed {
            Deed::Ask(subject) => event_of(timeline, &scene.topic, *subject),
            Deed::Select(step, index) => Some(EventId {
                step: StepId(*step),
                index: *index,
            }),
            _ => continue,
        };
        let event = event.unwrap_or_else(|| panic!("{thing:?} has no event: {deed:?}"));
        let answer = Answer::new(timeline, &scene.topic, event).expect("it is remembered");
        let links = answer.parts.iter().filter(|part| part.kind() == Kind::Link);
        let links: Vec<String> = links.map(|it| [&*it.words, &*it.note].concat()).collect();
        assert!(!links.is_empty(), "{thing:?}: {deed:?} has no cause");
        told.push(format!("{}: {}", answer.parts[0].words, links.join(" ")));
    }
    assert!(!told.is_empty(), "{thing:?} can't be asked");
    told
}

#[test]
fn whoever_runs_says_why_it_is_as_it_is_by_what_happened() {
    let mut timeline = first_sight();
    let things = [
        Thing::Controller,
        Thing::Producer(0),
        Thing::Group(0),
        Thing::Member(0, 0),
        Thing::Member(0, 1),
        Thing::Stand(0, 0),
        Thing::Stand(0, 1),
        Thing::Lane(1),
        BROKER,
    ];
    let said = |timeline: &Timeline, thing, words: &str| {
        let all = answers(timeline, thing);
        assert!(all.iter().any(|it| it.starts_with(words)), "{all:?}");
    };
    for thing in things {
        answers(&timeline, thing);
    }
    let unfenced = "Broker 3 is unfenced: it may lead and be in sync: because a heartbeat of it";
    said(&timeline, Thing::Controller, unfenced);
    let told = "checkout is told: stored in p0 at offset 4: because the high watermark of p0 rose";
    said(&timeline, Thing::Producer(0), told);
    let owns = "consumer-1 owns p0 and p1 in generation 2: because group billing is stable";
    said(&timeline, Thing::Member(0, 0), owns);
    let committed = "Group billing has committed offset 2 of p0: because consumer-1 got 1 record";
    said(&timeline, Thing::Stand(0, 0), committed);
    let broker = BrokerId(1);
    give(&mut timeline, Command::CrashBroker { broker });
    timeline.run_until(SimTime(20_000_000), usize::MAX);
    let between = [1, 2].map(|id| Endpoint::Broker(BrokerId(id)));
    give(&mut timeline, Command::CutLink { between });
    give(
        &mut timeline,
        Command::CrashClient {
            client: "consumer-1".to_owned(),
        },
    );
    timeline.run_until(SimTime(23_000_000), usize::MAX);
    for thing in things {
        answers(&timeline, thing);
    }
    said(
        &timeline,
        Thing::Controller,
        "The controller fenced broker 1",
    );
    let killed = "consumer-1 is killed: what it had in memory is gone: because you killed";
    said(&timeline, Thing::Member(0, 0), killed);
    let link = Thing::Link(End::Broker(1), End::Broker(2));
    let cut = "Nothing passes between broker 1 and broker 2 any more: because you cut the link";
    said(&timeline, link, cut);
}

#[test]
fn every_entry_says_what_it_does_with_a_name_for_those_who_only_hear_it() {
    let timeline = first_sight();
    let scene = project(&timeline, &mut Memory::default());
    for thing in all_things(&scene) {
        for part in Menu::of(thing, timeline.world(), &scene)
            .parts
            .iter()
            .skip(1)
        {
            assert!(part.is_stop && part.act.is_some() && !part.words.is_empty());
            assert_eq!(part.name.is_empty(), part.note.is_empty(), "{part:?}");
        }
    }
}

#[test]
fn all_ready_clusters_can_be_played() {
    for (name, _, text) in READY {
        let scenario = Scenario::from_json(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(Timeline::new(scenario).is_ok(), "{name}");
    }
}

#[test]
fn a_producer_that_is_killed_loses_its_buffer_and_a_consumer_its_position() {
    let timeline = first_sight();
    let scene = project(&timeline, &mut Memory::default());
    let note = |thing| {
        let menu = Menu::of(thing, timeline.world(), &scene);
        let mut parts = menu.parts.into_iter();
        let crash = parts.find(|part| part.words == "Crash it");
        crash.map(|part| part.note).unwrap_or_default()
    };
    assert_eq!(
        note(Thing::Producer(0)),
        "kill -9: what waits in its buffer is lost"
    );
    let member = Thing::Member(0, 0);
    assert_eq!(note(member), "kill -9: no commit, no goodbye");
}
