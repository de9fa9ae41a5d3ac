//! Holds the dependency graph to `deny.toml`: licences that may come in, crates that may not.
//!
//! The same lists are read by `cargo deny check licenses bans`, but no tool has to be installed.

use std::env;
use std::fs;
use std::process::Command;

use serde_json::Value;

#[test]
fn every_licence_is_one_that_we_allow() {
    let allowed = list_in_deny_toml("allow");
    let packages = packages();
    let refused = packages
        .iter()
        .filter(|package| !is_allowed(&package.license, &allowed));
    let names: Vec<String> = refused
        .map(|package| format!("{}: {}", package.name, package.license))
        .collect();
    assert!(
        names.is_empty(),
        "deny.toml does not allow the licence of\n{}",
        names.join("\n")
    );
}

#[test]
fn no_banned_crate_comes_in() {
    let banned = list_in_deny_toml("deny");
    let packages = packages();
    let found = packages
        .iter()
        .filter(|package| banned.contains(&package.name));
    let names: Vec<&str> = found.map(|package| package.name.as_str()).collect();
    assert!(names.is_empty(), "deny.toml bans {}", names.join(", "));
}

struct Package {
    name: String,
    license: String,
}

/// Every package that Cargo.lock lets into some build of the workspace.
fn packages() -> Vec<Package> {
    let cargo = env::var_os("CARGO").expect("cargo runs its tests with its own path");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo can be run");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"]
        .as_array()
        .expect("metadata lists packages");
    let text = |value: &Value| value.as_str().unwrap_or("none").to_owned();
    let package = |value: &Value| Package {
        name: text(&value["name"]),
        license: text(&value["license"]),
    };
    packages.iter().map(package).collect()
}

/// Whether a licence expression can be met by the allowed licences alone.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let expression = expression.replace('/', " OR ");
    let all = |terms: &str| {
        let mut terms = terms
            .split(" AND ")
            .map(|term| term.trim_matches(['(', ')', ' ']));
        terms.all(|term| allowed.iter().any(|license| license == term))
    };
    if let Some((choice, rest)) = expression.split_once(") AND ") {
        return is_allowed(choice.trim_start_matches('('), allowed) && is_allowed(rest, allowed);
    }
    expression.split(" OR ").any(all)
}

/// The strings of a list in `deny.toml`, each on a line of its own.
fn list_in_deny_toml(name: &str) -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/deny.toml");
    let text = fs::read_to_string(path).expect("deny.toml is part of the repository");
    let start = format!("{name} = [");
    let lines = text.lines().skip_while(|line| *line != start).skip(1);
    let entries = lines.take_while(|line| *line != "]").map(str::trim);
    let strings = entries.filter_map(|line| line.strip_prefix('"')?.strip_suffix("\","));
    let list: Vec<String> = strings.map(str::to_owned).collect();
    assert!(!list.is_empty(), "deny.toml has a list {name}");
    list
}

#[test]
fn a_choice_needs_one_allowed_licence_and_a_sum_all_of_them() {
    let allowed = ["MIT".to_owned(), "ISC".to_owned(), "Unicode-3.0".to_owned()];
    assert!(is_allowed("GPL-3.0 OR MIT", &allowed));
    assert!(is_allowed("(MIT OR GPL-3.0) AND Unicode-3.0", &allowed));
    assert!(is_allowed("GPL-2.0/MIT", &allowed));
    assert!(!is_allowed("GPL-3.0 AND MIT", &allowed));
    assert!(!is_allowed("(MIT OR ISC) AND GPL-3.0", &allowed));
}
