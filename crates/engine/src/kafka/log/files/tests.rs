//! The files of a partition's folder, against folders that a real Kafka 4.3.1 left when it was
//! stopped: `tests/data/real-folders`, recorded by `referee/record-folders`.

use std::fs;
use std::path::PathBuf;

use bytes::Bytes;

use super::*;
use crate::kafka::ids::{EventId, LeaderEpoch, Offset};
use crate::kafka::log::Clock;
use crate::kafka::log::testing::{
    TestLog, append_as_follower, client, keyless, marker_batch, producer_batch, transactional_batch,
};
use crate::kafka::record::RecordBatch;

const AS_IT_IS: FileFormat = FileFormat {
    index_interval_bytes: 4096,
};

fn real_files(folder: &str) -> Vec<NamedFile> {
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "../../tests/data/real-folders",
        folder,
    ]
    .iter()
    .collect();
    let entries = fs::read_dir(path).expect("the recorded folders are part of the repository");
    let mut files: Vec<NamedFile> = entries
        .map(|entry| {
            let path = entry.expect("a folder can be listed").path();
            let name = path
                .file_name()
                .expect("a file has a name")
                .to_string_lossy();
            NamedFile::new(name, fs::read(&path).expect("a file can be read"))
        })
        .collect();
    files.sort_by(|one, other| one.name.cmp(&other.name));
    files
}

/// The batches in the bytes of a `.log`.
fn batches_in(bytes: &[u8]) -> Vec<RecordBatch> {
    let mut rest = Bytes::copy_from_slice(bytes);
    let mut batches = Vec::new();
    while !rest.is_empty() {
        let length = i32::from_be_bytes(*rest[8..].first_chunk().expect("a batch has a header"));
        let batch = rest.split_to(12 + length as usize);
        batches.push(RecordBatch::from_bytes(batch, EventId::default()).expect("it is a batch"));
    }
    batches
}

/// The log that the `.log` files of a folder are of.
fn log_of(files: &[NamedFile]) -> Log {
    let mut log = Log::new(Clock::default());
    log.assign_epoch_start(LeaderEpoch(0));
    for file in files.iter().filter(|file| file.name.ends_with(".log")) {
        let base_offset: u64 = file.name[..20].parse().expect("files are named by offset");
        if base_offset > 0 {
            log.roll(Offset(base_offset), Clock::default());
        }
        let batches = batches_in(&file.bytes);
        append_as_follower(&mut log, batches, LeaderEpoch(9)).expect("Kafka's logs are in order");
    }
    log
}

/// Our files of a folder, and Kafka's; the topic's id, which is chance, is left out.
fn both(folder: &str, interval: u64, start: u64) -> (Vec<NamedFile>, Vec<NamedFile>) {
    let mut real = real_files(folder);
    let mut log = log_of(&real);
    log.increment_log_start_offset(Offset(start));
    let format = FileFormat {
        index_interval_bytes: interval,
    };
    let mut ours = partition_files(&log, TopicId(1), &format);
    for files in [&mut ours, &mut real] {
        files.retain(|file| file.name != "partition.metadata");
    }
    (ours, real)
}

#[test]
fn the_files_of_a_folder_are_kafkas_byte_for_byte() {
    for (folder, interval, start) in [("mixed-0", 150, 2), ("stamped-0", 0, 0)] {
        let (ours, real) = both(folder, interval, start);
        assert_eq!(ours, real, "{folder}");
    }
}

/// What a cleaning dropped is still in the snapshots and in the transaction index of a real log.
#[test]
fn the_indexes_of_cleaned_segments_are_kafkas_byte_for_byte() {
    let (mut ours, mut real) = both("cleaned-0", 100, 0);
    for files in [&mut ours, &mut real] {
        files.retain(|file| !file.name.ends_with(".snapshot") && !file.name.ends_with(".txnindex"));
    }
    assert_eq!(ours, real);
}

#[test]
fn a_log_that_nobody_wrote_to_has_empty_files() {
    let mut log = Log::new(Clock::default());
    log.assign_epoch_start(LeaderEpoch(0));
    let mut ours = partition_files(&log, TopicId(1), &AS_IT_IS);
    let mut real = real_files("untouched-0");
    for files in [&mut ours, &mut real] {
        files.retain(|file| file.name != "partition.metadata");
    }
    assert_eq!(ours, real);
}

/// The names of a folder with a checkpoint of Kafka's are the same, and so is the form of an id.
#[test]
fn a_topics_id_is_written_as_kafka_writes_it() {
    let real = real_files("untouched-0");
    let real = real.iter().find(|file| file.name == "partition.metadata");
    let ours = checkpoints::partition_metadata(TopicId(258));
    let text = String::from_utf8(ours.bytes.clone()).expect("it is text");
    assert_eq!(text, "version: 0\ntopic_id: aGlnaHdhdGUAAAAAAAABAg");
    assert_eq!(real.map(|file| file.bytes.len()), Some(ours.bytes.len()));
}

/// Kafka 4.3.1: `LogSegment#append` asks for more than the interval, not for as much.
#[test]
fn an_index_entry_needs_more_than_the_interval_before_it() {
    let mut test = TestLog::new();
    for _ in 0..4 {
        test.append(client(&[keyless()]))
            .expect("the batch is valid");
    }
    let size = u64::from(client(&[keyless()]).size_in_bytes());
    let entries = |index_interval_bytes| {
        let format = FileFormat {
            index_interval_bytes,
        };
        let files = partition_files(&test.log, TopicId(1), &format);
        let index = files.iter().find(|file| file.name.ends_with(".index"));
        index.map(|file| file.bytes.len() / 8)
    };
    assert_eq!(
        [size - 1, size, 3 * size].map(entries),
        [Some(3), Some(1), Some(0)]
    );
}

/// Kafka 4.3.1: `ProducerStateEntry#lastDataOffset`: a marker is no data.
#[test]
fn a_producer_of_whom_only_a_marker_is_known_has_no_last_offset() {
    let mut test = TestLog::new();
    test.append(transactional_batch(7, 0, 0, 1))
        .expect("the sequence is the first");
    test.append_marker(marker_batch(7, 1, 3))
        .expect("the epoch is later");
    test.append(producer_batch(0, Some(0), 2))
        .expect("the sequence is the first");
    let files = partition_files(&test.log, TopicId(1), &AS_IT_IS);
    let snapshot = files.iter().find(|file| file.name.ends_with(".snapshot"));
    let bytes = &snapshot.expect("the log has records").bytes;
    assert_eq!(bytes[6..10], 2_i32.to_be_bytes(), "two producers");
    let entry = &bytes[10 + 46..];
    assert_eq!(entry[..8], 7_i64.to_be_bytes());
    assert_eq!(entry[10..22], [0xff; 12], "neither sequence nor offset");
}
