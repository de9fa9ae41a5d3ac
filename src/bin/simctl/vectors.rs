//! `simctl vectors FILE.json`: what Kafka's own classes computed, computed by the engine.
//!
//! A file is a list of `{area, name, input, expected}`. An area has one adapter, which turns an
//! input into what the engine makes of it; that must equal `expected`.

mod bytes;
mod clients;
mod controller;
mod logs;

use std::process::ExitCode;

use serde::Deserialize;
use serde_json::Value;

/// Runs all vectors of a file; fails if any does.
pub fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let [file] = arguments else {
        return Err("vectors takes one file".to_owned());
    };
    let vectors = read(file).map_err(|problem| format!("{file}: {problem}"))?;
    let (mut passed, mut failed, mut not_supported) = (0_u32, 0_u32, 0_u32);
    for vector in &vectors {
        let name = format!("{}/{}", vector.area, vector.name);
        match vector.compute() {
            None => {
                not_supported += 1;
                println!("not supported: {name}");
            }
            Some(actual) if actual == vector.expected => passed += 1,
            Some(actual) => {
                failed += 1;
                println!("failed: {name}: expected {} got {actual}", vector.expected);
            }
        }
    }
    println!("{passed} passed, {failed} failed, {not_supported} not supported");
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// One fact about Kafka.
#[derive(Deserialize)]
struct Vector {
    area: String,
    name: String,
    input: Value,
    expected: Value,
}

impl Vector {
    /// What the engine makes of the input; nothing if there is no adapter for it.
    fn compute(&self) -> Option<Value> {
        let (_, adapter) = ADAPTERS.iter().find(|(area, _)| *area == self.area)?;
        adapter(&self.input, &self.expected)
    }
}

/// Takes input and expectation (which in some areas holds further questions) to what the engine
/// says; nothing if it can't.
type Adapter = fn(&Value, &Value) -> Option<Value>;

const ADAPTERS: &[(&str, Adapter)] = &[
    ("varint", bytes::varint),
    ("sequence", bytes::sequence),
    ("record-batch", bytes::record_batch),
    ("partitioner.murmur2", clients::murmur2_partitions),
    ("partitioner.adaptive", clients::adaptive_table),
    ("coordinator.hash", clients::coordinator_hash),
    ("controller.election", controller::election),
    ("controller.placement", controller::placement),
    ("leader-epoch", logs::leader_epochs),
    ("log-truncation", logs::divergence),
    ("consumer.offset-reset", logs::fetch_positions),
];

fn read(file: &str) -> Result<Vec<Vector>, String> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}
