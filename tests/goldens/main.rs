//! In exactly which order does it happen? Whole runs, written down line by line.
//!
//! After a change that is meant, `UPDATE_EXPECT=1 cargo test --no-default-features --test goldens`
//! rewrites transcripts and digests; the difference is to be read like code. `tests/web` plays the
//! same runs in a browser and compares with the same digests.

mod cases;
mod transcript;

use std::fs;
use std::path::PathBuf;

use cases::{CASES, Case};

const LINES_MAX: usize = 400;

/// What came of a run.
struct Played {
    transcript: String,
    digest: String,
}

fn play(case: &Case) -> Played {
    let mut timeline = case.timeline();
    let mut transcript = String::new();
    while timeline.next_at().is_some_and(|at| at <= case.end()) {
        let Some(step) = timeline.step() else { break };
        transcript.push_str(&transcript::lines(step));
    }
    Played {
        transcript,
        digest: format!("{:016x}", timeline.world().digest()),
    }
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/data/goldens", name]
        .iter()
        .collect()
}

#[test]
fn every_run_is_the_one_that_was_written_down() {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        return write_down();
    }
    let complaints: Vec<String> = CASES.iter().filter_map(complaint).collect();
    assert!(
        complaints.is_empty(),
        "if that is meant, UPDATE_EXPECT=1 cargo test --no-default-features --test goldens\n{}",
        complaints.join("\n")
    );
}

#[test]
fn every_transcript_can_be_read_by_a_person() {
    for case in &CASES {
        let path = file(&format!("{}.txt", case.name));
        let lines = fs::read_to_string(path).map_or(0, |text| text.lines().count());
        assert!(lines <= LINES_MAX, "{} has {lines} lines", case.name);
    }
}

fn write_down() {
    let mut digests = String::new();
    for case in &CASES {
        let played = play(case);
        fs::write(file(&format!("{}.txt", case.name)), &played.transcript)
            .expect("the transcript can be written");
        digests.push_str(&format!("{} {}\n", played.digest, case.name));
    }
    fs::write(file("digests.txt"), digests).expect("the digests can be written");
}

fn complaint(case: &Case) -> Option<String> {
    let path = file(&format!("{}.txt", case.name));
    let written = fs::read_to_string(path).unwrap_or_default();
    let played = play(case);
    if written != played.transcript {
        let difference = difference(&written, &played.transcript);
        return Some(format!("{} runs another way:\n{difference}", case.name));
    }
    (played.digest != case.written_digest()).then(|| {
        format!(
            "{} has the same transcript, but another world at its end: digest {} instead of {}",
            case.name,
            played.digest,
            case.written_digest()
        )
    })
}

/// The place where two texts part, with a few lines before it and of each after it.
fn difference(written: &str, played: &str) -> String {
    let same = written
        .lines()
        .zip(played.lines())
        .take_while(|(one, other)| one == other)
        .count();
    let mut text = String::new();
    let start = same.saturating_sub(3);
    for line in written.lines().skip(start).take(same - start) {
        text.push_str(&format!("    {line}\n"));
    }
    for (sign, side) in [("-", written), ("+", played)] {
        for line in side.lines().skip(same).take(8) {
            text.push_str(&format!("  {sign} {line}\n"));
        }
    }
    text
}

#[test]
fn a_difference_is_shown_where_the_texts_part() {
    assert_eq!(
        difference("a\nb\nc\n", "a\nb\nd\n"),
        "    a\n    b\n  - c\n  + d\n"
    );
}
