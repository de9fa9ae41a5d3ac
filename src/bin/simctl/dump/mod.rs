//! `simctl dump`: what is in a broker's files, in the very words of Kafka's own tool.
//!
//! Kafka 4.3.1: `DumpLogSegments`.

mod batches;
mod indexes;
mod json;
mod text;

use std::fs;
use std::process::ExitCode;

pub use text::log_lines;

/// What is printed of a `.log`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// A line for each batch.
    Batches,
    /// A line for each record, too.
    Records,
}

/// What the tool says of a file.
#[derive(Default)]
pub struct Report {
    /// On its standard output.
    pub lines: Vec<String>,
    /// On its standard error, when all files are done.
    pub warnings: Vec<String>,
}

/// Prints files; stops at the first that can't be read.
pub fn run(arguments: &[String]) -> Result<ExitCode, String> {
    let (options, files): (Vec<&String>, Vec<&String>) =
        arguments.iter().partition(|word| word.starts_with("--"));
    let mut detail = Detail::Records;
    let mut as_json = false;
    for option in options {
        match option.as_str() {
            "--batches" => detail = Detail::Batches,
            "--json" => as_json = true,
            other => return Err(format!("there is no {other}")),
        }
    }
    if files.is_empty() {
        return Err("dump needs files".to_owned());
    }
    let mut warnings = Vec::new();
    for path in files {
        let bytes = fs::read(path).map_err(|error| format!("{path}: {error}"))?;
        if as_json {
            println!("{}", json::log(path, &bytes)?);
            continue;
        }
        println!("Dumping {path}");
        // What stands before the fault is printed, as Kafka's tool would have.
        let mut report = Report::default();
        let outcome = dump(path, &bytes, detail, &mut report);
        for line in &report.lines {
            println!("{line}");
        }
        outcome?;
        warnings.append(&mut report.warnings);
    }
    for warning in warnings {
        eprintln!("{warning}");
    }
    Ok(ExitCode::SUCCESS)
}

/// What Kafka's tool says of one file, by the end of its name.
pub fn dump(path: &str, bytes: &[u8], detail: Detail, report: &mut Report) -> Result<(), String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("log") => log_lines(path, bytes, detail, report),
        Some("index") => indexes::offset_index(path, bytes, report),
        Some("timeindex") => indexes::time_index(path, bytes, report),
        Some("txnindex") => indexes::transaction_index(bytes, report),
        Some("snapshot") => indexes::producer_snapshot(bytes, report),
        _ => {
            report
                .warnings
                .push(format!("Ignoring unknown file {path}"));
            Ok(())
        }
    }
}

/// The offset in a file's name.
fn base_offset(path: &str) -> Result<i64, String> {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.')
        .next()
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| format!("{path}: the name begins with no offset"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;

    const SUFFIXES: [&str; 5] = ["log", "index", "timeindex", "txnindex", "snapshot"];

    /// A file that a real broker left: plain and compressed batches, markers, headers.
    fn real(suffix: &str) -> Vec<u8> {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/data/real-folders/mixed-0"
        );
        let path = format!("{folder}/00000000000000000012.{suffix}");
        fs::read(path).expect("the folder is part of the repository")
    }

    /// Whatever it says of the bytes, it says it, and the same as JSON.
    fn look_at(suffix: &str, bytes: &[u8]) -> (Result<(), String>, Report) {
        let mut report = Report::default();
        let path = format!("a/00000000000000000012.{suffix}");
        let outcome = dump(&path, bytes, Detail::Records, &mut report);
        if suffix == "log" {
            assert!(json::log(&path, bytes).is_ok() || outcome.is_err());
        }
        (outcome, report)
    }

    proptest! {
        #[test]
        fn damaged_files_are_an_error_and_never_a_panic(
            suffix in 0..SUFFIXES.len(),
            damage in prop::collection::vec((any::<Index>(), any::<u8>()), 0..6),
            cut in any::<Index>(),
        ) {
            let suffix = SUFFIXES[suffix];
            let mut bytes = real(suffix);
            for (place, byte) in damage {
                let place = place.index(bytes.len());
                bytes[place] = byte;
            }
            let _ = look_at(suffix, &bytes);
            let _ = look_at(suffix, &bytes[..cut.index(bytes.len())]);
        }

        #[test]
        fn arbitrary_files_are_an_error_and_never_a_panic(
            suffix in 0..SUFFIXES.len(),
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let _ = look_at(SUFFIXES[suffix], &bytes);
        }

        /// Any codec, with anything where its bytes should be.
        #[test]
        fn arbitrary_packed_records_are_an_error_and_never_a_panic(
            codec in 0_u8..8,
            flags in any::<u8>(),
            records in prop::collection::vec(any::<u8>(), 0..200),
            kept in 0_usize..100,
        ) {
            let mut bytes = real("log")[..61].to_vec();
            bytes.extend_from_slice(&real("log")[61..][..kept]);
            bytes.extend_from_slice(&records);
            let length = bytes.len() as u32 - 12;
            bytes[8..12].copy_from_slice(&length.to_be_bytes());
            bytes[22] = flags & 0xf8 | codec;
            let _ = look_at("log", &bytes);
        }

        /// A broker that was killed leaves the last batch cut off: all before it is there.
        #[test]
        fn a_cut_loses_nothing_before_it(cut in any::<Index>()) {
            let bytes = real("log");
            let cut = cut.index(bytes.len());
            let (whole, (outcome, part)) = (look_at("log", &bytes).1, look_at("log", &bytes[..cut]));
            prop_assert_eq!(outcome, Ok(()));
            let kept = match part.lines.split_last() {
                Some((last, kept)) if last.starts_with("Found ") => kept,
                _ => &part.lines,
            };
            prop_assert_eq!(kept, &whole.lines[..kept.len()]);
            let sizes: usize = kept
                .iter()
                .filter_map(|line| line.split_once(" size: ")?.1.split(' ').next()?.parse::<usize>().ok())
                .sum();
            prop_assert!(sizes <= cut && cut - sizes < 500);
        }
    }
}
