//! Arrows point down only: which module may name which.

use std::fs;

use crate::assert_none;
use crate::source::{SourceFile, is_whole_word, root, rust_files};

/// A part of the sources, and what it may name.
struct Layer {
    /// A folder, or a file without its `.rs`. The longest one that fits a file is its layer.
    path: &'static str,
    /// Modules of its own crate, and of the crate `highwater`.
    modules: &'static [&'static str],
    /// Crates that its `Cargo.toml` lists.
    crates: &'static [&'static str],
}

const LAYERS: [Layer; 17] = [
    Layer {
        path: "crates/engine/src/kafka",
        modules: &["kafka", "sorted"],
        crates: &["bytes", "crc", "schemars", "serde"],
    },
    Layer {
        path: "crates/engine/src/kafka/client/serialization",
        modules: &["kafka", "sorted"],
        crates: &["bytes", "serde", "serde_json"],
    },
    Layer {
        path: "crates/engine/src/kafka/record/codecs",
        modules: &["kafka"],
        crates: &["crc", "lz4_flex", "miniz_oxide", "ruzstd", "snap"],
    },
    Layer {
        path: "crates/engine/src/sim",
        modules: &["kafka", "sim", "sorted"],
        crates: &["bytes", "postcard", "schemars", "serde", "serde_json"],
    },
    Layer {
        path: "crates/engine/src/sim/rng",
        modules: &["kafka", "sim", "sorted"],
        crates: &["rand", "serde"],
    },
    Layer {
        path: "crates/engine/src/sorted",
        modules: &["sorted"],
        crates: &["schemars", "serde"],
    },
    Layer {
        path: "crates/engine/src/lib",
        modules: &[],
        crates: &[],
    },
    Layer {
        path: "src/player",
        modules: &["player"],
        crates: &["highwater_engine", "serde"],
    },
    Layer {
        path: "src/rush",
        modules: &["rush"],
        crates: &[],
    },
    Layer {
        path: "src/view",
        modules: &["view", "player"],
        crates: &["bytes", "highwater_engine", "serde", "serde_json"],
    },
    Layer {
        path: "src/platform",
        modules: &["platform"],
        crates: &["gloo_timers", "js_sys", "leptos", "wasm_bindgen", "web_sys"],
    },
    Layer {
        path: "src/ui",
        modules: &["ui", "platform", "view", "player", "rush"],
        crates: &[
            "bytes",
            "gloo_timers",
            "highwater_engine",
            "js_sys",
            "leptos",
            "wasm_bindgen",
            "web_sys",
        ],
    },
    Layer {
        path: "src/ui/js_api",
        modules: &["ui"],
        crates: &[
            "js_sys",
            "leptos",
            "serde",
            "serde_wasm_bindgen",
            "wasm_bindgen",
        ],
    },
    Layer {
        path: "src/bin/simctl",
        modules: &["view", "player"],
        crates: &["bytes", "highwater_engine", "serde", "serde_json"],
    },
    Layer {
        path: "src/bin/simctl/codecs",
        modules: &[],
        crates: &["flate2", "highwater_engine", "lz4_flex", "ruzstd", "snap"],
    },
    Layer {
        path: "src/main",
        modules: &["ui", "platform"],
        crates: &["console_error_panic_hook", "leptos"],
    },
    Layer {
        path: "src/lib",
        modules: &[],
        crates: &[],
    },
];

#[test]
fn every_module_names_only_what_lies_below_it() {
    let mut complaints = Vec::new();
    for file in rust_files(&["src", "crates/engine/src"]) {
        match layer_of(&file.path) {
            Some(layer) => complain(&file, layer, &mut complaints),
            None => complaints.push(format!("{} lies in no layer of tests/tidy", file.path)),
        }
    }
    assert_none(&complaints);
}

fn layer_of(path: &str) -> Option<&'static Layer> {
    let is_in = |layer: &&Layer| {
        let rest = path.strip_prefix(layer.path);
        rest.is_some_and(|rest| rest.starts_with('/') || rest.starts_with(".rs"))
    };
    LAYERS
        .iter()
        .filter(is_in)
        .max_by_key(|layer| layer.path.len())
}

fn complain(file: &SourceFile, layer: &Layer, complaints: &mut Vec<String>) {
    let is_bin = file.path.starts_with("src/bin/");
    let package = if file.path.starts_with("src/") {
        ""
    } else {
        "crates/engine/"
    };
    let dependencies = dependencies(package);
    for (number, line) in file.product_lines() {
        let mut modules = named_after(line, "highwater::");
        if !is_bin {
            modules.extend(named_after(line, "crate::"));
        }
        for module in modules
            .into_iter()
            .filter(|module| !layer.modules.contains(module))
        {
            complaints.push(format!("{}:{number}: may not name {module}", file.path));
        }
        let crates = dependencies.iter().filter(|name| names_crate(line, name));
        for name in crates.filter(|name| !layer.crates.contains(&name.as_str())) {
            complaints.push(format!(
                "{}:{number}: may not name the crate {name}",
                file.path
            ));
        }
    }
}

/// The names behind `prefix` in a line.
fn named_after<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    let is_start = |at: usize| is_whole_word(line, at, prefix.trim_end_matches(':'));
    let found = line.match_indices(prefix).filter(|(at, _)| is_start(*at));
    let rests = found.map(|(at, _)| &line[at + prefix.len()..]);
    let is_end = |c: char| !c.is_alphanumeric() && c != '_';
    rests
        .map(|rest| rest.split(is_end).next().unwrap_or(rest))
        .collect()
}

/// Whether a line names a crate: as the start of a path.
fn names_crate(line: &str, name: &str) -> bool {
    let path = format!("{name}::");
    let is_start = |at: usize| !line[..at].ends_with("::") && is_whole_word(line, at, name);
    line.match_indices(&path).any(|(at, _)| is_start(at))
}

/// The names of the crates that a package lists, as code writes them.
fn dependencies(package: &str) -> Vec<String> {
    let path = root().join(package).join("Cargo.toml");
    let text = fs::read_to_string(path).expect("every package has one");
    let mut names = Vec::new();
    let mut is_listing = false;
    for line in text.lines() {
        if line.starts_with('[') {
            is_listing = line.ends_with("dependencies]") && !line.contains("workspace");
        } else if let Some((name, _)) = line.split_once(" = ")
            && is_listing
            && !name.starts_with([' ', '#'])
        {
            names.push(name.replace('-', "_"));
        }
    }
    names
}
