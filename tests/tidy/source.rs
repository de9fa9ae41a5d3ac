//! The sources as the checks see them: text, and the same text with only the code left in it.

use std::fs;
use std::path::{Path, PathBuf};

/// One Rust file.
pub struct SourceFile {
    /// From the root of the repository, with `/`.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// The same lines and columns; comments and what stands in quotes are spaces.
    pub code: String,
    /// Whether the whole file belongs to tests.
    pub is_test: bool,
}

impl SourceFile {
    pub fn new(path: &str, text: &str) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
            code: only_code(text),
            is_test: path
                .split('/')
                .any(|part| matches!(part, "tests" | "browser-tests")),
        }
    }

    /// The lines of code outside of `#[cfg(test)]`, with their numbers from 1.
    pub fn product_lines(&self) -> Vec<(usize, &str)> {
        let tests = self.test_lines();
        let lines = self.code.lines().enumerate();
        lines
            .filter(|(index, _)| !tests[*index])
            .map(|(index, line)| (index + 1, line))
            .collect()
    }

    /// The number of the line in which the byte `at` of the code stands, from 1.
    pub fn line_of(&self, at: usize) -> usize {
        self.code[..at]
            .bytes()
            .filter(|byte| *byte == b'\n')
            .count()
            + 1
    }

    /// The modules in files of their own that only tests get: each as the path of its file
    /// without `.rs`, which is the path of its folder too.
    fn test_modules(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        let folder = ["/mod", "/lib", "/main"]
            .iter()
            .find_map(|name| stem.strip_suffix(name));
        let declared = self
            .code
            .match_indices("#[cfg(test)]")
            .filter_map(|(at, _)| {
                let end = end_of_item(&self.code, at)?;
                self.code[at..end].split_once("mod ").map(|(_, name)| name)
            });
        let names = declared.filter(|name| !name.contains('{'));
        names
            .map(|name| format!("{}/{name}", folder.unwrap_or(stem)))
            .collect()
    }

    fn test_lines(&self) -> Vec<bool> {
        let mut tests = vec![self.is_test; self.code.lines().count()];
        for (at, _) in self.code.match_indices("#[cfg(test)]") {
            let Some(end) = end_of_item(&self.code, at) else {
                continue;
            };
            let (first, last) = (self.line_of(at), self.line_of(end));
            tests[first - 1..last].fill(true);
        }
        tests
    }
}

/// All Rust files under the given folders, in order of their paths.
pub fn rust_files(folders: &[&str]) -> Vec<SourceFile> {
    let found = folders.iter().flat_map(|folder| files_under(folder, "rs"));
    let mut files: Vec<SourceFile> = found
        .map(|(path, text)| SourceFile::new(&path, &text))
        .collect();
    let modules: Vec<String> = files.iter().flat_map(SourceFile::test_modules).collect();
    for file in &mut files {
        let is_in = |module: &String| {
            file.path
                .strip_prefix(module.as_str())
                .is_some_and(|rest| rest.starts_with(['.', '/']))
        };
        file.is_test |= modules.iter().any(is_in);
    }
    files
}

/// Path and text of all files with an extension under a folder, in order of their paths.
pub fn files_under(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    collect(&root().join(folder), extension, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a source file is text");
        let name = path
            .strip_prefix(root())
            .expect("it was found under the root");
        (name.to_string_lossy().replace('\\', "/"), text)
    };
    paths.into_iter().map(read).collect()
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The byte after the item that starts at `start`: behind its `{…}`, or its `;`.
pub fn end_of_item(code: &str, start: usize) -> Option<usize> {
    let (mut braces, mut others) = (0, 0);
    for (offset, byte) in code[start..].bytes().enumerate() {
        match byte {
            b'(' | b'[' => others += 1,
            b')' | b']' => others -= 1,
            b'{' => braces += 1,
            b'}' => braces -= 1,
            b';' if braces == 0 && others == 0 => return Some(start + offset),
            _ => {}
        }
        if byte == b'}' && braces == 0 && others == 0 {
            return Some(start + offset);
        }
    }
    None
}

/// Whether `word` stands at `at` on its own, not as a part of a longer name.
pub fn is_whole_word(code: &str, at: usize, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    !code[..at].chars().next_back().is_some_and(is_part)
        && !code[at + word.len()..].chars().next().is_some_and(is_part)
}

fn collect(folder: &Path, extension: &str, into: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for path in entries.filter_map(|entry| entry.ok().map(|entry| entry.path())) {
        if path.is_dir() {
            collect(&path, extension, into);
        } else if path.extension().is_some_and(|found| found == extension) {
            into.push(path);
        }
    }
}

/// Blanks comments and what stands in quotes; keeps every line and column in its place.
fn only_code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    while code.len() < bytes.len() {
        let at = code.len();
        let blank = blank_length(&bytes[at..], at > 0 && is_name_byte(bytes[at - 1]));
        if blank == 0 {
            code.push(bytes[at]);
            continue;
        }
        let kept = |byte: &u8| if *byte == b'\n' { b'\n' } else { b' ' };
        code.extend(bytes[at..at + blank].iter().map(kept));
    }
    String::from_utf8(code).expect("whole characters are kept or blanked")
}

/// How many bytes from here on are a comment, a string or a character; 0 if it is code.
fn blank_length(rest: &[u8], after_name: bool) -> usize {
    match rest {
        [b'/', b'/', ..] => rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => rest
            .windows(2)
            .position(|w| w == b"*/")
            .map_or(rest.len(), |p| p + 2),
        [b'"', ..] => quoted_length(rest),
        [b'r', b'"' | b'#', ..] if !after_name => raw_length(rest),
        [b'\'', b'\\', ..] => {
            let end = rest.iter().skip(3).position(|b| *b == b'\'');
            end.map_or(rest.len(), |position| position + 4)
        }
        [b'\'', ..] => character_length(rest),
        _ => 0,
    }
}

fn quoted_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != b'"' {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

fn raw_length(rest: &[u8]) -> usize {
    let hashes = rest[1..].iter().take_while(|b| **b == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return 0;
    }
    let end = [&b"\""[..], &b"#".repeat(hashes)].concat();
    let body = &rest[2 + hashes..];
    let found = body.windows(end.len()).position(|window| window == end);
    found.map_or(rest.len(), |position| 2 + hashes + position + end.len())
}

/// A character in quotes; a lifetime has no second quote and stays.
fn character_length(rest: &[u8]) -> usize {
    let end = rest.iter().skip(1).take(5).position(|b| *b == b'\'');
    match end {
        Some(position) if position == 1 || rest[1] >= 0x80 => position + 2,
        _ => 0,
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[test]
fn comments_and_quotes_are_no_code() {
    let text = "let a = \"x { \\\" y\"; // z {\nlet c: &'a str = r#\"q \" {\"#; let d = '{';";
    let code = only_code(text);
    assert_eq!(code.len(), text.len());
    assert!(!code.contains('{'), "{code}");
    assert!(code.contains("&'a str"), "{code}");
}

#[test]
fn a_test_module_is_no_product() {
    let file = SourceFile::new(
        "src/a.rs",
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    x\n}\nfn b() {}",
    );
    let lines: Vec<usize> = file
        .product_lines()
        .into_iter()
        .map(|(number, _)| number)
        .collect();
    assert_eq!(lines, [1, 6]);
}
