//! Files and functions that fit in a head, each file with a sentence on what lives in it.

use crate::assert_none;
use crate::source::{SourceFile, end_of_item, is_whole_word, rust_files};

const FILE_LINES_MAX: usize = 500;
const FUNCTION_LINES_MAX: usize = 60;

fn all_files() -> Vec<SourceFile> {
    rust_files(&["src", "crates", "tests"])
}

#[test]
fn no_file_is_longer_than_500_lines() {
    let files = all_files();
    let lengths = files
        .iter()
        .map(|file| (&file.path, file.text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > FILE_LINES_MAX);
    let complaints: Vec<String> = long
        .map(|(path, lines)| format!("{path} has {lines} lines"))
        .collect();
    assert_none(&complaints);
}

#[test]
fn no_function_is_longer_than_60_lines() {
    let files = all_files();
    let complaints: Vec<String> = files.iter().flat_map(long_functions).collect();
    assert_none(&complaints);
}

#[test]
fn every_file_says_first_what_lives_in_it() {
    let files = all_files();
    let silent = files.iter().filter(|file| !file.text.starts_with("//! "));
    let complaints: Vec<String> = silent
        .map(|file| format!("{} does not start with a module doc", file.path))
        .collect();
    assert_none(&complaints);
}

fn long_functions(file: &SourceFile) -> Vec<String> {
    let starts = file.code.match_indices("fn ").map(|(at, _)| at);
    let starts = starts.filter(|at| is_whole_word(&file.code, *at, "fn"));
    let mut complaints = Vec::new();
    for start in starts {
        let Some(end) = end_of_item(&file.code, start) else {
            continue;
        };
        let (first, last) = (file.line_of(start), file.line_of(end));
        let lines = last - first + 1;
        if lines > FUNCTION_LINES_MAX {
            complaints.push(format!(
                "{}:{first}: a function of {lines} lines",
                file.path
            ));
        }
    }
    complaints
}

#[test]
fn the_length_of_a_function_is_counted_from_its_name_to_its_last_brace() {
    let body = "    a;\n".repeat(59);
    let file = SourceFile::new("a.rs", &format!("fn a(b: [u8; 2]) {{\n{body}}}\nfn c();\n"));
    assert_eq!(long_functions(&file), ["a.rs:1: a function of 61 lines"]);
}
