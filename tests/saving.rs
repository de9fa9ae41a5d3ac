//! What the page saves as a file is what `simctl export` writes, and any tar opens it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use highwater::view::export::Saved;
use highwater_engine::kafka::log::files::NamedFile;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;

/// A folder of this test's own, empty.
fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the test's own folder can be removed");
    }
    fs::create_dir_all(&folder).expect("the test's own folder can be made");
    folder
}

fn played(scenario: &Path, seconds: u64) -> Timeline {
    let text = fs::read_to_string(scenario).expect("the scenario is there");
    let scenario = Scenario::from_json(&text).expect("it can be read");
    let mut timeline = Timeline::new(scenario).expect("it can be played");
    timeline.run_until(SimTime(seconds * 1_000_000), usize::MAX);
    timeline
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What `simctl export` writes of broker 2.
fn exported(scenario: &Path, until: &str, name: &str) -> PathBuf {
    let folder = empty_folder(name);
    let done = Command::new(env!("CARGO_BIN_EXE_simctl"))
        .arg("export")
        .arg(scenario)
        .args(["--broker", "2", "--until", until, "--dir"])
        .arg(&folder)
        .status();
    assert!(done.is_ok_and(|status| status.success()));
    folder
}

/// The folder that the system's tar makes of an archive.
fn unpacked(archive: &NamedFile, name: &str) -> PathBuf {
    let folder = empty_folder(name);
    let file = folder.with_extension("tar");
    fs::write(&file, &archive.bytes).expect("the test's own folder can be written to");
    let done = Command::new("tar")
        .arg("-xf")
        .arg(&file)
        .arg("-C")
        .arg(&folder)
        .status();
    assert!(done.is_ok_and(|status| status.success()));
    folder
}

fn assert_same(one: &Path, other: &Path) {
    let output = Command::new("diff")
        .arg("-r")
        .args([one, other])
        .output()
        .expect("every system with tar has diff");
    assert!(
        output.status.success(),
        "{:?}",
        String::from_utf8_lossy(&output.stdout)
    );
}

fn saved(saved: Saved, timeline: &Timeline, topic: &str) -> NamedFile {
    saved
        .file(timeline.world(), topic)
        .expect("there is something to save")
}

#[test]
fn a_brokers_directory_is_saved_byte_for_byte_as_simctl_exports_it() {
    let scenario = repository().join("scenarios/compaction-keeps-the-last-of-each-key.json");
    let timeline = played(&scenario, 16);
    let exported = exported(&scenario, "16s", "saved-exported");
    let archive = saved(Saved::Directory(2), &timeline, "");
    assert_eq!(archive.name, "broker-2.tar");
    assert_same(&exported, &unpacked(&archive, "saved-directory"));
}

#[test]
fn the_folder_of_a_partition_and_one_segment_of_it_are_the_same_files() {
    let scenario = repository().join("scenarios/first-sight.json");
    let timeline = played(&scenario, 5);
    let exported = exported(&scenario, "5s", "saved-exported-2");
    let archive = saved(Saved::Folder(1, 2), &timeline, "orders");
    assert_eq!(archive.name, "orders-1.tar");
    let folder = unpacked(&archive, "saved-folder");
    assert_same(&exported.join("orders-1"), &folder.join("orders-1"));
    let segment = saved(Saved::Segment(1, 2, 3), &timeline, "orders");
    assert_eq!(segment.name, "00000000000000000000.log");
    let file = fs::read(exported.join("orders-1").join(&segment.name));
    assert_eq!(file.ok(), Some(segment.bytes));
}

#[test]
fn the_segment_that_is_saved_is_the_one_that_holds_the_offset() {
    let scenario = repository().join("scenarios/compaction-keeps-the-last-of-each-key.json");
    let timeline = played(&scenario, 16);
    let world = timeline.world();
    let mut topics = world.controller().image().topics.keys();
    let topic = topics.find(|name| !name.as_str().starts_with("__"));
    let topic = topic.expect("the scenario has a topic");
    let first = saved(Saved::Segment(0, 2, 0), &timeline, topic.as_str());
    let last = saved(Saved::Segment(0, 2, u64::MAX), &timeline, topic.as_str());
    assert_eq!(first.name, "00000000000000000000.log");
    assert!(
        last.name > first.name && last.bytes != first.bytes,
        "{}",
        last.name
    );
}

#[test]
fn a_topic_with_the_longest_name_keeps_it_in_the_archive() {
    let name = "t".repeat(249);
    let topic = format!(
        r#"{{ "version": 1, "commands": [{{ "at_ms": 2500, "do": {{ "call": {{ "client": "admin",
            "method": {{ "create_topic": {{ "topic": "{name}", "replication_factor": 3 }} }} }} }} }}] }}"#
    );
    let file = empty_folder("saved-long").join("scenario.json");
    fs::write(&file, topic).expect("the test's own folder can be written to");
    let timeline = played(&file, 4);
    let exported = exported(&file, "4s", "saved-long-exported");
    assert!(exported.join(format!("{name}-0")).is_dir());
    let archive = saved(Saved::Directory(2), &timeline, "");
    assert_same(&exported, &unpacked(&archive, "saved-long-unpacked"));
}

#[test]
fn compressed_batches_are_saved_as_they_are() {
    let scenario = repository().join("scenarios/first-sight.json");
    let text = fs::read_to_string(&scenario).expect("the scenario is there");
    let packing = r#""name": "checkout", "config": { "compression.type": "lz4" }"#;
    let text = text.replacen(r#""name": "checkout""#, packing, 1);
    assert!(text.contains("lz4"));
    let file = empty_folder("saved-packed").join("scenario.json");
    fs::write(&file, text).expect("the test's own folder can be written to");
    let timeline = played(&file, 5);
    let exported = exported(&file, "5s", "saved-packed-exported");
    let archive = saved(Saved::Directory(2), &timeline, "");
    assert_same(&exported, &unpacked(&archive, "saved-packed-unpacked"));
}

#[test]
fn what_is_not_there_is_not_saved() {
    let timeline = played(&repository().join("scenarios/first-sight.json"), 5);
    let gone = Saved::Directory(9).file(timeline.world(), "");
    let words = gone
        .map(|file| file.name)
        .expect_err("there is no such broker");
    assert_eq!(words, "There is nothing to save any more.");
}
