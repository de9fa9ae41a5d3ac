//! The small text files: a version, a count, and a line for each entry.
//!
//! Kafka 4.3.1: `CheckpointFile`, `LeaderEpochCheckpointFile`, `OffsetCheckpointFile`,
//! `PartitionMetadata`.

use std::fmt::Write;

use crate::kafka::ids::{Offset, TopicId, TopicPartition};
use crate::kafka::log::LeaderEpochCache;
use crate::kafka::log::files::NamedFile;

/// `leader-epoch-checkpoint`: each epoch with its first offset.
pub fn leader_epochs(epochs: &LeaderEpochCache) -> NamedFile {
    let lines = epochs
        .entries()
        .map(|(epoch, start_offset)| format!("{epoch} {start_offset}"))
        .collect();
    checkpoint("leader-epoch-checkpoint", lines)
}

/// A file of one offset a partition.
///
/// Simplified: in order of topic and partition; Kafka's order is that of a hash table.
pub fn offsets<'a>(
    name: &str,
    offsets: impl Iterator<Item = (&'a TopicPartition, Offset)>,
) -> NamedFile {
    let lines = offsets
        .map(|(partition, offset)| {
            let (topic, number) = (&partition.topic, partition.partition);
            format!("{topic} {number} {offset}")
        })
        .collect();
    checkpoint(name, lines)
}

/// `partition.metadata`: which incarnation of the topic the folder belongs to.
pub fn partition_metadata(topic_id: TopicId) -> NamedFile {
    let text = format!("version: 0\ntopic_id: {}", uuid(topic_id));
    NamedFile::new("partition.metadata", text)
}

fn checkpoint(name: &str, lines: Vec<String>) -> NamedFile {
    let mut text = format!("0\n{}\n", lines.len());
    for line in lines {
        writeln!(text, "{line}").expect("a string takes every line");
    }
    NamedFile::new(name, text)
}

/// A topic's id as Kafka writes it: 16 bytes in the alphabet of URLs, without padding.
///
/// Kafka 4.3.1: `Uuid#toString`. Simplified: an id is a number here, after eight bytes that are
/// always the same.
pub fn uuid(topic_id: TopicId) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const FIRST_BYTES: u64 = u64::from_be_bytes(*b"highwate");
    let id = u128::from(FIRST_BYTES) << 64 | u128::from(topic_id.0);
    // 22 digits of six bits are four bits more than there are.
    (0..22)
        .rev()
        .map(|digit| {
            let shifted = if digit == 0 {
                id << 4
            } else {
                id >> (6 * digit - 4)
            };
            char::from(ALPHABET[shifted as usize & 63])
        })
        .collect()
}
