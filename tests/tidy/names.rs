//! Words that may not stand in the code.

use crate::assert_none;
use crate::source::{SourceFile, is_whole_word, rust_files};

/// What no line may hold, tests included, and why.
const NOWHERE: [(&str, &str); 5] = [
    ("todo!", "unfinished code is not merged"),
    ("unimplemented!", "unfinished code is not merged"),
    ("dbg!", "a trace of debugging"),
    ("#[ignore", "a test runs or it goes"),
    ("#[should_panic", "a test says what it expects"),
];

/// What only tests may hold.
const NOT_IN_THE_PRODUCT: [(&str, &str); 3] = [
    (".unwrap()", "say why it can't fail: expect(\"…\")"),
    ("#[allow(", "put the code right instead of its lint"),
    ("#![allow(", "put the code right instead of its lint"),
];

/// What the engine may not hold: a run would differ from machine to machine.
const NOT_IN_THE_ENGINE: [(&str, &str); 9] = [
    ("HashMap", "its order differs from run to run"),
    ("HashSet", "its order differs from run to run"),
    ("f32", "floats differ between targets"),
    ("f64", "floats differ between targets"),
    ("RefCell", "a node changes through &mut self only"),
    ("thread_local", "the world is one value"),
    ("static mut", "the world is one value"),
    ("async", "a node answers at once"),
    ("println", "the engine has no output but its events"),
];

/// Names the type only to refuse its values.
const REFUSES_FRACTIONS: &str = "crates/engine/src/sim/json/tree.rs";

#[test]
fn no_unfinished_work_and_no_shortcuts() {
    let files = rust_files(&["src", "crates", "tests"]);
    let mut complaints = Vec::new();
    for file in &files {
        let lines = file
            .code
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line));
        complain(file, lines, &NOWHERE, &mut complaints);
        complain(
            file,
            file.product_lines(),
            &NOT_IN_THE_PRODUCT,
            &mut complaints,
        );
    }
    assert_none(&complaints);
}

#[test]
fn nothing_in_the_engine_makes_runs_differ() {
    let mut complaints = Vec::new();
    for file in rust_files(&["crates/engine/src"]) {
        let may_name = |word: &str| word == "f64" && file.path == REFUSES_FRACTIONS;
        let words: Vec<_> = NOT_IN_THE_ENGINE
            .into_iter()
            .filter(|(word, _)| !may_name(word))
            .collect();
        complain(&file, file.product_lines(), &words, &mut complaints);
    }
    assert_none(&complaints);
}

fn complain<'a>(
    file: &SourceFile,
    lines: impl IntoIterator<Item = (usize, &'a str)>,
    words: &[(&str, &str)],
    complaints: &mut Vec<String>,
) {
    for (number, line) in lines {
        for (word, reason) in words {
            if holds(line, word) {
                complaints.push(format!("{}:{number}: {word} ({reason})", file.path));
            }
        }
    }
}

/// Whether the line holds the word; a word of letters counts only as a whole.
fn holds(line: &str, word: &str) -> bool {
    let is_name = word.starts_with(char::is_alphabetic) && word.ends_with(char::is_alphanumeric);
    line.match_indices(word)
        .any(|(at, _)| !is_name || is_whole_word(line, at, word))
}
