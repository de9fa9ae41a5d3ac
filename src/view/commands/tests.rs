//! What each key means, and what is found by which words.

use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::timeline::Timeline;

use super::finding::{OF_SETTINGS, SYNONYMS};
use super::*;
use crate::view::first_sight;
use crate::view::part::{Act, Part};
use crate::view::project::{Memory, project};
use crate::view::scene::{BranchRow, PartitionRow, Scene};

fn first_sight_at(ms: u64) -> Timeline {
    let scenario = first_sight::scenario();
    let mut timeline = Timeline::new(scenario).expect("the scenario can be played");
    timeline.run_until(SimTime(ms * 1000), usize::MAX);
    timeline
}

/// What is found in a scene without anything.
fn found_in_nothing(query: &str) -> Vec<Part> {
    palette(first_sight_at(0).world(), &Scene::default(), query)
}

fn words(parts: &[Part]) -> Vec<&str> {
    parts.iter().map(|part| part.words.as_str()).collect()
}

#[test]
fn no_two_commands_have_the_same_key() {
    let keys: Vec<&str> = COMMANDS.iter().flat_map(|it| it.keys).copied().collect();
    for (index, key) in keys.iter().enumerate() {
        assert!(!keys[..index].contains(key), "{key} means two things");
    }
}

#[test]
fn every_button_of_the_bar_names_a_command() {
    let page = include_str!("../../../index.html");
    let named = page.split("data-act=\"").skip(1);
    let mut names: Vec<&str> = named.filter_map(|it| it.split('"').next()).collect();
    names.extend(THEMES.map(|(words, _)| words));
    assert!(names.len() > THEMES.len());
    for name in names {
        assert!(act_named(name).is_some(), "{name} is no command");
        assert!(page.contains(&format!(">{name}<")) || page.contains(&format!("\"{name}\"")));
    }
}

#[test]
fn every_key_is_in_the_list_of_keys_and_every_command_in_the_palette() {
    let (keys, palette) = (keys(), found_in_nothing(""));
    for command in &COMMANDS {
        assert!(words(&palette).contains(&command.words));
        assert_eq!(
            words(&keys).contains(&command.words),
            !command.keys.is_empty() || command.act == PageAct::Legend
        );
        assert_eq!(command.keys.is_empty(), command.key_words.is_empty());
    }
}

#[test]
fn shift_counts_with_named_keys_only_and_case_does_not() {
    let act = |key, shift, control| act_of(&pressed(key, shift, control));
    assert_eq!(act("ArrowRight", false, false), Some(PageAct::Step));
    assert_eq!(act("ArrowRight", true, false), Some(PageAct::SkipAhead));
    assert_eq!(act("?", true, false), Some(PageAct::Keys));
    assert_eq!(act("K", true, true), Some(PageAct::Palette));
    assert_eq!(act("k", false, false), None);
}

#[test]
fn a_moment_is_gone_to_by_writing_it() {
    let found = |query| {
        let list = found_in_nothing(query);
        list.first().map(|part| (part.words.clone(), part.act))
    };
    let act = |ms| Some(Act::Page(PageAct::Moment(ms)));
    assert_eq!(
        found("0:4.25"),
        Some(("Go to 00:04.250".to_owned(), act(4250)))
    );
    assert_eq!(
        found("1:00"),
        Some(("Go to 01:00.000".to_owned(), act(60_000)))
    );
    for not_yet in ["1:", ":", "1:2.3456", "a:b"] {
        assert!(found(not_yet).is_none_or(|it| !it.0.starts_with("Go to")));
    }
}

#[test]
fn a_topic_is_found_by_a_part_of_its_name_among_many() {
    let scene = Scene {
        topic: "orders".to_owned(),
        topics: (0..250).map(|it| format!("topic-{it}")).collect(),
        ..Scene::default()
    };
    let all = topics(&scene, "");
    assert_eq!(all.len(), 101, "a hundred, and how many more there are");
    let found = topics(&scene, "ic-249");
    assert_eq!(words(&found), ["topic-249"]);
    assert_eq!(found[0].act, Some(Act::Topic(249)));
}

#[test]
fn a_partition_is_found_by_its_number_and_opened() {
    let named = |id: u32| PartitionRow {
        id,
        name: format!("p{id}"),
        ..PartitionRow::default()
    };
    let scene = Scene {
        partitions: (0..250).map(named).collect(),
        ..Scene::default()
    };
    assert_eq!(partitions(&scene, "").len(), 101);
    let found = partitions(&scene, "p249");
    assert_eq!(found[0].act, Some(Act::Open(249)));
}

/// A cluster that runs, with two branches.
fn running() -> (Timeline, Scene) {
    let branch = |name: &str, from: Option<&str>| BranchRow {
        name: name.to_owned(),
        from: from.map(str::to_owned),
        ..BranchRow::default()
    };
    let timeline = first_sight_at(3000);
    let mut scene = project(&timeline, &mut Memory::default());
    scene.branches = vec![
        branch("first run", None),
        branch("branch 2", Some("00:34.650")),
    ];
    (timeline, scene)
}

#[test]
fn each_word_that_stands_for_another_finds_what_has_that() {
    let (timeline, scene) = running();
    for (typed, meant) in SYNONYMS.iter().chain(&OF_SETTINGS) {
        let parts = palette(timeline.world(), &scene, typed);
        let has_it = |part: &Part| {
            let words = part.words.to_ascii_lowercase();
            words.contains(meant) || part.note.contains(meant)
        };
        assert!(parts.iter().any(has_it), "{typed} for {meant}");
    }
}

#[test]
fn a_person_finds_what_they_can_do_by_words_they_know() {
    let (timeline, scene) = running();
    for (typed, found) in [
        ("kill", "Broker 1: crash, stop, pause or restart it…"),
        ("kil server", "Broker 1: crash, stop, pause or restart it…"),
        ("producer", "Add a producer"),
        ("new consumer", "Add a consumer"),
        ("create a topic", "Create a topic"),
        ("replication", "Create a topic"),
        ("save", "Save this run as a file"),
        ("save", "Open a saved run"),
        ("build", "Build your own cluster"),
        ("kafka", "Build your own cluster"),
        ("network", "Links of broker 1: cut or slow one…"),
        ("slow", "Links of broker 1: cut or slow one…"),
        ("config", "Change a setting of broker 1"),
        ("future", "Go to the first run"),
        ("branch", "Go to branch 2, from 00:34.650"),
        ("rebalance", "Add a consumer"),
        (
            "leader",
            "Partition p0: produce to it, its leader, its topic…",
        ),
    ] {
        let parts = palette(timeline.world(), &scene, typed);
        assert!(words(&parts).contains(&found), "{typed}: {parts:?}");
        let by_words = parts.iter().position(|part| part.words == found);
        let by_name = parts.iter().position(|part| part.key.row > 0);
        assert!(
            by_name.is_none() || by_words < by_name,
            "{typed}: {parts:?}"
        );
    }
    let both = ["Go to the first run", "Go to branch 2, from 00:34.650"];
    assert_eq!(words(&branches(&scene, "")), both);
}

#[test]
fn what_changes_a_setting_is_found_by_its_name_which_stands_beside_it() {
    let (timeline, scene) = running();
    for (typed, words, name) in [
        ("acks", "producer checkout", "acks"),
        ("retries", "producer checkout", "retries"),
        ("idempotence", "producer checkout", "enable.idempotence"),
        ("exactly once", "producer checkout", "enable.idempotence"),
        ("commit", "consumer consumer-1", "enable.auto.commit"),
        ("min.insync", "this topic", "min.insync.replicas"),
        ("ISR topic", "this topic", "min.insync.replicas"),
        ("setting of this", "this topic", ""),
    ] {
        let parts = palette(timeline.world(), &scene, typed);
        let words = ["Change a setting of ", words].concat();
        let found = parts.iter().find(|part| part.words == words);
        assert_eq!(found.map(|it| it.note.as_str()), Some(name), "{typed}");
    }
}

#[test]
fn an_action_is_found_by_its_words_in_any_order() {
    let found = found_in_nothing("contrast THEME");
    assert_eq!(words(&found), ["Theme: high contrast"]);
    assert!(found[0].is_stop);
    assert!(found_in_nothing("zookeeper").is_empty());
}
