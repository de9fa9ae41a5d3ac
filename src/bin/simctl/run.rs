//! `simctl run` and `simctl digest`: plays a scenario and writes down what came of it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use highwater_engine::sim::transcript;

use super::options::Options;

/// Plays a scenario and writes transcript, events and the last state where asked.
pub fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let known = ["--until", "--seed", "--transcript", "--events", "--state"];
    let options = Options::parse(arguments, &known)?;
    let (mut timeline, until) = options.timeline()?;
    let mut transcript = options.get("--transcript").map(create).transpose()?;
    let mut events = options.get("--events").map(create).transpose()?;
    let mut steps: u64 = 0;
    while timeline.next_at().is_some_and(|at| at <= until) {
        let Some(step) = timeline.step() else {
            break;
        };
        steps += 1;
        if let Some(file) = &mut transcript {
            file.write_all(transcript::lines(step).as_bytes())
                .map_err(|e| e.to_string())?;
        }
        if let Some(file) = &mut events {
            for event in &step.events {
                let line = serde_json::to_string(event).map_err(|e| e.to_string())?;
                writeln!(file, "{line}").map_err(|e| e.to_string())?;
            }
        }
    }
    if let Some(path) = options.get("--state") {
        let world = timeline.world();
        let state = serde_json::json!({
            "now_us": world.now(),
            "digest": format!("{:016x}", world.digest()),
            "metadata": {
                "brokers": world.controller().image().brokers,
                "partitions": world
                    .controller()
                    .image()
                    .partitions()
                    .map(|(partition, state)| (partition.to_string(), serde_json::json!(state)))
                    .collect::<serde_json::Map<_, _>>(),
            },
        });
        fs::write(path, format!("{state:#}\n")).map_err(|e| format!("{path}: {e}"))?;
    }
    let world = timeline.world();
    println!(
        "{steps} steps, {} of virtual time, digest {:016x}",
        world.now(),
        world.digest()
    );
    Ok(ExitCode::SUCCESS)
}

/// Plays a scenario and prints the digest of its last world.
pub fn digest(arguments: &[String]) -> Result<ExitCode, String> {
    let options = Options::parse(arguments, &["--until", "--seed"])?;
    let (mut timeline, until) = options.timeline()?;
    timeline.run_until(until, usize::MAX);
    println!("{:016x}", timeline.world().digest());
    Ok(ExitCode::SUCCESS)
}

fn create(path: &str) -> Result<BufWriter<File>, String> {
    File::create(path)
        .map(BufWriter::new)
        .map_err(|e| format!("{path}: {e}"))
}
