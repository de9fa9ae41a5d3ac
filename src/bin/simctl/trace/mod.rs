//! `simctl trace PATH...`: the referee. Plays recorded traces of a real Kafka cluster in the
//! engine and compares every observation.
//!
//! A trace agrees if every step's result equals the recorded one, differs at the first step that
//! doesn't, and is not supported if it holds a step that the engine doesn't know.

mod clients;
mod format;
mod groups;
mod observe;
mod player;
mod polling;
mod sending;
mod steps;
#[cfg(not(target_arch = "wasm32"))]
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use format::Trace;
use player::Player;

/// What came of a trace.
pub enum Verdict {
    /// Every result was equal.
    Agreed,
    /// A result was not.
    Differed {
        /// The step's number, from 1.
        step: usize,
        /// The step's action.
        action: String,
        /// What Kafka gave.
        expected: Value,
        /// What the engine gave.
        got: Value,
    },
    /// The trace holds something that the engine doesn't know.
    NotSupported {
        /// What.
        reason: String,
    },
}

/// Why a step has no result.
pub enum StepError {
    /// The engine doesn't know it.
    NotSupported(String),
}

/// Plays the traces in files and folders. Succeeds if none differed.
pub fn run(arguments: &[String]) -> Result<ExitCode, String> {
    if arguments.is_empty() {
        return Err("trace needs files or folders of traces".to_owned());
    }
    let (mut agreed, mut differed, mut not_supported) = (0, 0, 0);
    for path in trace_files(arguments)? {
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let trace = Trace::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        match play(&trace) {
            Verdict::Agreed => {
                agreed += 1;
                println!("agreed: {}", trace.name);
            }
            Verdict::Differed {
                step,
                action,
                expected,
                got,
            } => {
                differed += 1;
                println!("differed: {} at step {step}, {action}", trace.name);
                println!("  expected {expected}");
                println!("  got      {got}");
            }
            Verdict::NotSupported { reason } => {
                not_supported += 1;
                println!("not supported: {}: {reason}", trace.name);
            }
        }
    }
    println!("{agreed} agreed, {differed} differed, {not_supported} not supported");
    Ok(if differed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Plays one trace.
pub fn play(trace: &Trace) -> Verdict {
    let mut player = match Player::new(trace) {
        Ok(player) => player,
        Err(reason) => return Verdict::NotSupported { reason },
    };
    for (index, step) in trace.steps.iter().enumerate() {
        match player.play(step) {
            Ok(got) if got == step.expect => {}
            Ok(got) => {
                return Verdict::Differed {
                    step: index + 1,
                    action: step.action.clone(),
                    expected: step.expect.clone(),
                    got,
                };
            }
            Err(StepError::NotSupported(reason)) => {
                let reason = format!("step {}, {}: {reason}", index + 1, step.action);
                return Verdict::NotSupported { reason };
            }
        }
    }
    Verdict::Agreed
}

/// The `.json` files among the arguments and in folders among them, in order of their names.
fn trace_files(arguments: &[String]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for argument in arguments {
        let path = Path::new(argument);
        if path.is_dir() {
            let entries = fs::read_dir(path).map_err(|e| format!("{argument}: {e}"))?;
            let inside = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
            files.extend(inside.filter(|file| file.extension().is_some_and(|ext| ext == "json")));
        } else {
            files.push(path.to_owned());
        }
    }
    files.sort();
    Ok(files)
}
