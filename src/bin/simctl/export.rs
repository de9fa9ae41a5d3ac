//! `simctl export`: a broker's data directory, at some moment of a scenario.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use highwater_engine::kafka::ids::BrokerId;

use super::options::Options;

/// Plays a scenario and writes the files that a broker would have, were it stopped then.
pub fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let options = Options::parse(arguments, &["--until", "--seed", "--broker", "--dir"])?;
    let broker = options.get("--broker").ok_or("which --broker?")?;
    let broker = broker
        .parse()
        .map(BrokerId)
        .map_err(|_| format!("{broker} is not the id of a broker"))?;
    let folder = Path::new(options.get("--dir").ok_or("into which --dir?")?);
    let is_taken = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        return Err(format!("{} is not empty", folder.display()));
    }
    let (mut timeline, until) = options.timeline()?;
    timeline.run_until(until, usize::MAX);
    let files = timeline
        .world()
        .directory(broker)
        .ok_or_else(|| format!("there is no broker {}", broker.0))?;
    for file in &files {
        write(&folder.join(&file.name), &file.bytes)?;
    }
    println!("{} files in {}", files.len(), folder.display());
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let written = match path.parent() {
        Some(folder) => fs::create_dir_all(folder),
        None => Ok(()),
    };
    written
        .and_then(|()| fs::write(path, bytes))
        .map_err(|e| format!("{}: {e}", path.display()))
}
