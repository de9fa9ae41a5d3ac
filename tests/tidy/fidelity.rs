//! The ledger of simplifications, `docs/fidelity.md`, from the doc comments of the engine.
//!
//! Wherever a doc comment says `Simplified:`, the ledger has a line: the item, the source in Kafka
//! that it follows, and what differs. `UPDATE_EXPECT=1 cargo test --test tidy` writes it anew.

use std::env;
use std::fmt::Write;
use std::fs;

use crate::source::{SourceFile, root, rust_files};

const LEDGER: &str = "docs/fidelity.md";

const HEAD: &str = "# Where the model differs from Kafka 4.3.1

Every simplification that the code knows of, in the words of its doc comments. Made by
`UPDATE_EXPECT=1 cargo test --test tidy`; the test fails when this page and the code disagree.
";

/// One simplification.
#[derive(Debug, PartialEq)]
struct Simplification {
    /// The item that has it; empty for a whole module.
    item: String,
    /// The source in Kafka that the item follows, as its doc names it.
    kafka: String,
    /// What differs.
    text: String,
}

#[test]
fn the_ledger_of_simplifications_is_up_to_date() {
    let ledger = ledger();
    let path = root().join(LEDGER);
    if env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(root().join("docs")).expect("the repository can be written to");
        fs::write(&path, &ledger).expect("the repository can be written to");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == ledger,
        "{LEDGER} is out of date: UPDATE_EXPECT=1 cargo test --test tidy writes it anew"
    );
}

fn ledger() -> String {
    let mut page = HEAD.to_owned();
    for file in rust_files(&["crates/engine/src", "src"]) {
        let found = simplifications(&file);
        if found.is_empty() {
            continue;
        }
        page += &format!("\n## `{}`\n\n", file.path);
        page += "| item | in Kafka | simplified |\n| --- | --- | --- |\n";
        for Simplification { item, kafka, text } in found {
            let item = if item.is_empty() {
                "the module".to_owned()
            } else {
                format!("`{item}`")
            };
            let row = [item, kafka, text].map(|cell| cell.replace('|', "\\|"));
            writeln!(page, "| {} |", row.join(" | ")).expect("a string takes every line");
        }
    }
    page
}

fn simplifications(file: &SourceFile) -> Vec<Simplification> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let length = lines[at..]
            .iter()
            .take_while(|line| doc_text(line).is_some())
            .count();
        if length == 0 {
            at += 1;
            continue;
        }
        let doc: Vec<&str> = lines[at..at + length]
            .iter()
            .filter_map(|line| doc_text(line))
            .collect();
        let is_module = lines[at].starts_with("//!");
        at += length;
        let paragraphs = paragraphs(&doc);
        let Some(text) = paragraphs
            .iter()
            .find_map(|text| after(text, "Simplified:"))
        else {
            continue;
        };
        let kafka = paragraphs.iter().find_map(|text| source_in_kafka(text));
        found.push(Simplification {
            item: if is_module {
                String::new()
            } else {
                item_at(&lines, at)
            },
            kafka: kafka.unwrap_or_default(),
            text: sentence(text),
        });
    }
    found
}

/// What a doc comment's line says.
fn doc_text(line: &str) -> Option<&str> {
    let line = line.trim_start();
    line.strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"))
        .map(str::trim)
}

/// The lines of a doc, joined to paragraphs.
fn paragraphs(doc: &[&str]) -> Vec<String> {
    doc.split(|line| line.is_empty())
        .map(|lines| lines.join(" "))
        .collect()
}

fn after<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    text.find(word).map(|at| text[at + word.len()..].trim())
}

/// The source that a paragraph names: from `Kafka 4.3.1:` to the simplification, if one follows.
fn source_in_kafka(paragraph: &str) -> Option<String> {
    let source = after(paragraph, "Kafka 4.3.1:").or_else(|| after(paragraph, "Kafka:"))?;
    let end = source.find("Simplified:").unwrap_or(source.len());
    Some(source[..end].trim().trim_end_matches('.').to_owned())
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).collect()
}

/// The name of the item that a doc comment ending before line `at` belongs to, under the name of
/// the type that it stands in.
fn item_at(lines: &[&str], at: usize) -> String {
    let Some(position) = lines[at..].iter().position(|line| is_item(line)) else {
        return String::new();
    };
    let line = lines[at + position];
    let indent = line.len() - line.trim_start().len();
    let above = lines[..at].iter().rev();
    let owner = above
        .filter(|line| line.len() - line.trim_start().len() < indent && !line.trim().is_empty())
        .find_map(|line| owner_name(line));
    match owner {
        Some(owner) if indent > 0 => format!("{owner}::{}", item_name(line)),
        _ => item_name(line),
    }
}

/// Whether a line starts an item: neither an attribute nor the rest of one.
fn is_item(line: &str) -> bool {
    let line = line.trim();
    let is_rest =
        line.ends_with(")]") || line.ends_with(',') && !line.contains(':') && line.contains(", ");
    !line.is_empty() && !line.starts_with('#') && !line.starts_with(')') && !is_rest
}

fn owner_name(line: &str) -> Option<String> {
    let words: Vec<&str> = line.trim().split(' ').collect();
    let keyword = words
        .iter()
        .position(|word| matches!(*word, "enum" | "struct" | "trait" | "impl" | "mod"))
        .or_else(|| words[0].starts_with("impl<").then_some(0))?;
    let of = words
        .iter()
        .position(|word| *word == "for")
        .unwrap_or(keyword);
    words.get(of + 1).map(|word| first_name(word))
}

fn item_name(line: &str) -> String {
    let mut words = line.trim().split(' ');
    let is_keyword = |word: &&str| {
        matches!(
            *word,
            "const" | "fn" | "struct" | "enum" | "trait" | "type" | "mod" | "static"
        ) || word.starts_with("pub")
    };
    words
        .find(|word| !is_keyword(word))
        .map(first_name)
        .unwrap_or_default()
}

fn first_name(word: &str) -> String {
    word.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn a_simplification_is_filed_under_its_item_and_its_source() {
    let text = "/// A log.\npub struct Log {\n    /// Its size.\n    ///\n    /// Kafka 4.3.1: `Log#size`.\n\
                \x20   /// Simplified: no\n    /// index.\n    #[serde(default)]\n    pub size: u64,\n}\n";
    let expected = Simplification {
        item: "Log::size".to_owned(),
        kafka: "`Log#size`".to_owned(),
        text: "No index.".to_owned(),
    };
    assert_eq!(
        simplifications(&SourceFile::new("log.rs", text)),
        [expected]
    );
}
