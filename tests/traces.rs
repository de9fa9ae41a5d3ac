//! The referee: recorded traces of a real Kafka 4.3.1 cluster, played in the engine.
//!
//! The names in `tests/data/traces-agreed.txt` must agree, and every trace that agrees must be
//! among them: a trace that once agreed can't quietly stop doing so.

use highwater_engine::sorted::SortedSet;
use std::process::Command;

#[test]
fn the_traces_that_agree_are_those_that_are_listed() {
    let output = Command::new(env!("CARGO_BIN_EXE_simctl"))
        .args([
            "trace",
            concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/traces"),
        ])
        .output()
        .expect("simctl was built for this test");
    let text = String::from_utf8_lossy(&output.stdout);
    let agreed: SortedSet<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("agreed: "))
        .collect();
    let listed: SortedSet<&str> = include_str!("data/traces-agreed.txt").lines().collect();
    let lost: Vec<_> = listed.difference(&agreed).collect();
    let unlisted: Vec<_> = agreed.difference(&listed).collect();
    assert!(
        lost.is_empty(),
        "these agreed once and differ now: {lost:?}\n{text}"
    );
    assert!(
        unlisted.is_empty(),
        "these agree now: add them to the list: {unlisted:?}"
    );
}
