//! The words after a command: a scenario, and options with a value.

use std::fs;

use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::scenario::Scenario;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sorted::SortedMap;

/// How long a run goes on after its last command if nobody says.
const AFTER_LAST_COMMAND: u64 = 10_000_000;

/// What the command line asks for.
pub struct Options {
    path: String,
    values: SortedMap<String, String>,
}

impl Options {
    /// Reads `arguments`; an option that isn't `known` is refused.
    pub fn parse(arguments: &[String], known: &[&str]) -> Result<Options, String> {
        let mut path = None;
        let mut values = SortedMap::new();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if known.contains(&argument.as_str()) {
                let value = rest
                    .next()
                    .ok_or_else(|| format!("{argument} needs a value"))?;
                values.insert(argument.clone(), value.clone());
            } else if argument.starts_with("--") {
                return Err(format!("there is no {argument}"));
            } else {
                path = Some(argument.clone());
            }
        }
        let path = path.ok_or("which scenario?")?;
        Ok(Options { path, values })
    }

    /// The value of an option, if it was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The scenario's run, at its beginning, and when it shall end.
    pub fn timeline(&self) -> Result<(Timeline, SimTime), String> {
        let path = &self.path;
        let text = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
        let mut scenario = Scenario::from_json(&text).map_err(|e| format!("{path}: {e}"))?;
        if let Some(seed) = self.get("--seed") {
            scenario.seed = seed.parse().map_err(|_| format!("{seed} is not a seed"))?;
        }
        let last = scenario
            .commands
            .last()
            .map_or(SimTime::ZERO, |command| command.at());
        let until = match self.get("--until") {
            Some(text) => parse_time(text)?,
            None => SimTime(last.0 + AFTER_LAST_COMMAND),
        };
        let timeline = Timeline::new(scenario).map_err(|e| format!("{path}: {e}"))?;
        Ok((timeline, until))
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
