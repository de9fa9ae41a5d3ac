//! `simctl`: the engine on the command line. Debugger, referee and proof that nothing in it
//! depends on a browser.

#[cfg(not(target_arch = "wasm32"))]
#[cfg(not(target_arch = "wasm32"))]
mod dump;
#[cfg(not(target_arch = "wasm32"))]
mod export;
mod options;
mod run;
mod trace;
mod vectors;

use std::process::ExitCode;

const USAGE: &str = "\
usage: simctl COMMAND
  run SCENARIO [--until T] [--seed N] [--transcript FILE] [--events FILE] [--state FILE]
                      plays a scenario; T is virtual time such as 20s or 1500ms
  digest SCENARIO [--until T] [--seed N]
                      the digest of the world at the end
  export SCENARIO --broker N --dir DIR [--until T] [--seed N]
                      writes the data directory of a broker, as Kafka lays it out
  dump [--batches | --json] FILE...
                      prints segments, indexes and snapshots of Kafka's as kafka-dump-log.sh with
                      --print-data-log does; --batches leaves out the records
  schema              the JSON Schema of scenarios
  trace PATH...       plays recorded traces of real Kafka and compares every observation
  vectors FILE.json   checks what the engine computes against what Kafka's own classes computed";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let outcome = match command.as_str() {
        "run" => run::run(rest),
        "digest" => run::digest(rest),
        #[cfg(not(target_arch = "wasm32"))]
        "export" => export::run(rest),
        #[cfg(not(target_arch = "wasm32"))]
        "dump" => dump::run(rest),
        // The page's build of the engine carries no schema.
        #[cfg(not(target_arch = "wasm32"))]
        "schema" => {
            println!("{}", highwater_engine::sim::schema::json());
            Ok(ExitCode::SUCCESS)
        }
        "trace" => trace::run(rest),
        "vectors" => vectors::run(rest),
        "help" | "--help" => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        other => Err(format!("there is no command {other}\n{USAGE}")),
    };
    outcome.unwrap_or_else(|problem| {
        eprintln!("simctl: {problem}");
        ExitCode::from(2)
    })
}
