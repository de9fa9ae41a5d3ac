//! `simctl run` and `simctl digest`: plays a scenario and writes down what came of it.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::process::ExitCode;

use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::transcript;

/// How long a run goes on after its last command if nobody says.
const AFTER_LAST_COMMAND: u64 = 10_000_000;

/// What the command line asks for.
struct Order {
    timeline: Timeline,
    until: SimTime,
    transcript: Option<String>,
    events: Option<String>,
    state: Option<String>,
}

/// Plays a scenario and writes transcript, events and the last state where asked.
pub fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let mut order = Order::parse(arguments)?;
    let mut transcript = order.transcript.as_deref().map(create).transpose()?;
    let mut events = order.events.as_deref().map(create).transpose()?;
    let mut steps: u64 = 0;
    while order.timeline.next_at().is_some_and(|at| at <= order.until) {
        let Some(step) = order.timeline.step() else {
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
    if let Some(path) = &order.state {
        let world = order.timeline.world();
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
    let world = order.timeline.world();
    println!(
        "{steps} steps, {} of virtual time, digest {:016x}",
        world.now(),
        world.digest()
    );
    Ok(ExitCode::SUCCESS)
}

/// Plays a scenario and prints the digest of its last world.
pub fn digest(arguments: &[String]) -> Result<ExitCode, String> {
    let mut order = Order::parse(arguments)?;
    order.timeline.run_until(order.until, usize::MAX);
    println!("{:016x}", order.timeline.world().digest());
    Ok(ExitCode::SUCCESS)
}

impl Order {
    fn parse(arguments: &[String]) -> Result<Order, String> {
        let (mut path, mut until, mut seed) = (None, None, None);
        let (mut transcript, mut events, mut state) = (None, None, None);
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let slot = match argument.as_str() {
                "--until" => &mut until,
                "--seed" => &mut seed,
                "--transcript" => &mut transcript,
                "--events" => &mut events,
                "--state" => &mut state,
                other if other.starts_with("--") => return Err(format!("there is no {other}")),
                _ => {
                    path = Some(argument.clone());
                    continue;
                }
            };
            let value = rest
                .next()
                .ok_or_else(|| format!("{argument} needs a value"))?;
            *slot = Some(value.clone());
        }
        let path = path.ok_or("which scenario?")?;
        let text = fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
        let mut scenario = Scenario::from_json(&text).map_err(|e| format!("{path}: {e}"))?;
        if let Some(seed) = seed {
            scenario.seed = seed.parse().map_err(|_| format!("{seed} is not a seed"))?;
        }
        let last = scenario
            .commands
            .last()
            .map_or(SimTime::ZERO, |command| command.at());
        let until = match until {
            Some(text) => parse_time(&text)?,
            None => SimTime(last.0 + AFTER_LAST_COMMAND),
        };
        let timeline = Timeline::new(scenario).map_err(|e| format!("{path}: {e}"))?;
        Ok(Order {
            timeline,
            until,
            transcript,
            events,
            state,
        })
    }
}

/// `20s`, `1500ms` or `250us`.
fn parse_time(text: &str) -> Result<SimTime, String> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number: Result<u64, _> = text[..text.len() - unit.len()].parse();
    let scale = match unit {
        "s" => 1_000_000,
        "ms" => 1000,
        "us" => 1,
        _ => return Err(format!("{text} is not a time such as 20s or 1500ms")),
    };
    number
        .ok()
        .and_then(|number| number.checked_mul(scale))
        .map(SimTime)
        .ok_or_else(|| format!("{text} is not a time such as 20s or 1500ms"))
}

fn create(path: &str) -> Result<BufWriter<File>, String> {
    File::create(path)
        .map(BufWriter::new)
        .map_err(|e| format!("{path}: {e}"))
}
