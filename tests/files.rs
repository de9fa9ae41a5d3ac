//! A broker's files on the command line: `simctl export` writes them, `simctl dump` prints them as
//! Kafka's own tool does. What Kafka's tool printed of the folders in `tests/data/real-folders`,
//! which a real broker left, stands there in `dump.txt`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn simctl(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_simctl"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("simctl was built for this test")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A folder of this test's own, empty.
fn empty_folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the test's own folder can be removed");
    }
    folder
}

/// All files under a folder, by their path in it, in order.
fn files_under(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in fs::read_dir(next).expect("the folder is there") {
            let path = entry.expect("a folder can be listed").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let inside = path.strip_prefix(folder).expect("it was found there");
                names.push(inside.to_string_lossy().into_owned());
            }
        }
    }
    names.sort();
    names
}

#[test]
fn a_dump_is_kafkas_word_for_word() {
    let kafkas = include_str!("data/real-folders/dump.txt");
    let files = kafkas
        .lines()
        .filter_map(|line| line.strip_prefix("Dumping "));
    let arguments: Vec<&str> = ["dump"].into_iter().chain(files).collect();
    let output = simctl(&arguments);
    let ours = text(&output.stdout);
    for (number, (ours, kafkas)) in ours.lines().zip(kafkas.lines()).enumerate() {
        assert_eq!(ours, kafkas, "line {}", number + 1);
    }
    assert_eq!(ours, kafkas);
    assert!(output.status.success());
    let gap = "mixed-0/00000000000000000012.log\n  -1 is followed by 12\n";
    assert!(text(&output.stderr).contains(gap));
}

/// Dumps the first segment of the folder `mixed-0` after `damage` was done to it.
fn dump_of_damaged(name: &str, damage: impl FnOnce(&mut Vec<u8>)) -> Output {
    let source = "tests/data/real-folders/mixed-0/00000000000000000000.log";
    let mut bytes = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join(source))
        .expect("the folder is part of the repository");
    damage(&mut bytes);
    let folder = empty_folder(name);
    fs::create_dir_all(&folder).expect("the test's own folder can be made");
    let path = folder.join("00000000000000000000.log");
    fs::write(&path, bytes).expect("the test's own folder can be written to");
    simctl(&["dump", &path.to_string_lossy()])
}

#[test]
fn a_file_that_is_cut_off_is_printed_as_far_as_it_goes() {
    let output = dump_of_damaged("cut-off", |bytes| bytes.truncate(560));
    assert!(output.status.success());
    let last = "Found 62 invalid bytes at the end of 00000000000000000000.log\n";
    assert!(text(&output.stdout).ends_with(last));
}

#[test]
fn a_wrong_checksum_is_printed_and_the_records_with_it() {
    let output = dump_of_damaged("a-bit", |bytes| bytes[100] ^= 1);
    let lines = text(&output.stdout);
    assert!(lines.contains("crc: 2604592638 isvalid: false"));
    assert!(lines.contains("headerKeys: [trabe,trace,ü] payload: hello"));
    assert_eq!(lines.matches("isvalid: true").count(), 6);
}

#[test]
fn a_length_that_can_not_be_is_said_in_kafkas_words() {
    let output = dump_of_damaged("a-length", |bytes| {
        bytes[8..12].copy_from_slice(&5_i32.to_be_bytes());
    });
    assert!(!output.status.success());
    let words = "Found record size 5 smaller than minimum record overhead (14) in file";
    assert!(text(&output.stderr).contains(words));
}

#[test]
fn a_broken_record_stops_the_dump_behind_its_batch() {
    let output = dump_of_damaged("a-record", |bytes| bytes[122 + 61] = 0x7e);
    assert!(!output.status.success());
    let lines = text(&output.stdout);
    let last = lines.lines().next_back().unwrap_or_default();
    assert!(last.starts_with("baseOffset: 4 ") && last.ends_with("isvalid: false"));
    assert!(text(&output.stderr).contains("Found invalid record structure"));
}

#[test]
fn an_export_is_a_brokers_folder_that_can_be_dumped() {
    let folder = empty_folder("export");
    let directory = folder.to_string_lossy().into_owned();
    let export = [
        "export",
        "scenarios/acks-1-loses-a-record.json",
        "--broker",
        "2",
        "--until",
        "9s",
        "--dir",
        &directory,
    ];
    let output = simctl(&export);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let names = files_under(&folder);
    for name in [
        ".kafka_cleanshutdown",
        "orders-0/00000000000000000000.index",
        "orders-0/00000000000000000000.log",
        "orders-0/00000000000000000000.timeindex",
        "orders-0/leader-epoch-checkpoint",
        "orders-0/partition.metadata",
        "recovery-point-offset-checkpoint",
        "replication-offset-checkpoint",
    ] {
        assert!(
            names.iter().any(|found| found == name),
            "{name} in {names:?}"
        );
    }
    let log = folder.join("orders-0/00000000000000000000.log");
    let dump = text(&simctl(&["dump", &log.to_string_lossy()]).stdout);
    let records = dump.lines().filter(|line| line.starts_with("| ")).count();
    assert!(records > 10 && !dump.contains("isvalid: false"), "{dump}");
    let checkpoint = fs::read_to_string(folder.join("recovery-point-offset-checkpoint"));
    let checkpoint = checkpoint.expect("it was written");
    assert!(
        checkpoint.contains(&format!("\norders 0 {records}\n")),
        "{checkpoint}"
    );
    assert!(
        !simctl(&export).status.success(),
        "a folder with files is left alone"
    );
}

/// Kafka 4.3.1: `CleanShutdownFileHandler`: without that file a broker reads all of its last segments.
#[test]
fn a_broker_that_was_killed_left_no_note_of_a_clean_end() {
    let folder = empty_folder("killed");
    let directory = folder.to_string_lossy().into_owned();
    let scenario = "scenarios/acks-1-loses-a-record.json";
    let export = [
        "export", scenario, "--broker", "1", "--until", "9s", "--dir", &directory,
    ];
    let output = simctl(&export);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let names = files_under(&folder);
    assert!(
        names
            .iter()
            .any(|name| name == "orders-0/00000000000000000000.log")
    );
    assert!(
        !names.iter().any(|name| name == ".kafka_cleanshutdown"),
        "{names:?}"
    );
}

/// The same records whatever the codec, and a checksum of the bytes as they are in the file.
#[test]
fn exported_batches_are_really_compressed() {
    let scenario = include_str!("../scenarios/acks-1-loses-a-record.json");
    for codec in ["gzip", "snappy", "lz4", "zstd"] {
        let folder = empty_folder(codec);
        fs::create_dir_all(&folder).expect("the test's own folder can be made");
        let config = format!("\"acks\": \"1\", \"compression.type\": \"{codec}\"");
        let path = folder.join("scenario.json");
        fs::write(&path, scenario.replace("\"acks\": \"1\"", &config)).expect("it can be written");
        let data = folder.join("data");
        let (path, data_text) = (path.to_string_lossy(), data.to_string_lossy());
        let output = simctl(&["export", &path, "--broker", "1", "--dir", &data_text]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let log = data.join("orders-0/00000000000000000000.log");
        let dump = text(&simctl(&["dump", &log.to_string_lossy()]).stdout);
        let packed = format!("compresscodec: {codec} ");
        assert!(dump.contains(&packed), "{dump}");
        assert!(dump.contains(" key: alice payload: ") && !dump.contains("isvalid: false"));
    }
}
