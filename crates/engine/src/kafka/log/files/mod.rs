//! The files of a partition's folder, byte for byte as a broker that was stopped leaves them.
//!
//! Nothing here is read back or kept: the files are worked out from the log when somebody wants
//! to have them.
//!
//! ```text
//!   00000000000000000000.log        the batches
//!   00000000000000000000.index      offset -> place in the .log, sparse
//!   00000000000000000000.timeindex  largest timestamp so far -> offset, sparse
//!   00000000000000000000.txnindex   aborted transactions, if there are any
//!   00000000000000000042.snapshot   the producers as they stood at offset 42
//!   leader-epoch-checkpoint, partition.metadata
//! ```
//!
//! Kafka 4.3.1: `LogSegment`, `ProducerStateManager`, `LeaderEpochCheckpointFile`,
//! `PartitionMetadataFile`.
//! Simplified: indexes are as a recovery would write them anew; a broker that truncated or was
//! started again begins counting `index.interval.bytes` there and has other entries.

pub mod checkpoints;
mod segment;
mod snapshot;
#[cfg(test)]
mod tests;

use crate::kafka::ids::TopicId;
use crate::kafka::log::Log;

/// A file by its name, which may have folders in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedFile {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

impl NamedFile {
    /// A file of that name.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> NamedFile {
        NamedFile {
            name: name.into(),
            bytes: bytes.into(),
        }
    }
}

/// What decides about the bytes besides the log itself.
#[derive(Clone, Copy, Debug)]
pub struct FileFormat {
    /// `index.interval.bytes`.
    pub index_interval_bytes: u64,
}

/// The files of a partition's folder, in order of their names.
pub fn partition_files(log: &Log, topic_id: TopicId, format: &FileFormat) -> Vec<NamedFile> {
    let mut files = Vec::new();
    let mut last_snapshot_offset = log.log_start_offset();
    for segment in log.segments() {
        files.extend(segment::files(segment, format));
        // A segment that begins a log has none: nothing was before it.
        if segment.base_offset().0 > 0 {
            last_snapshot_offset = segment.base_offset();
            let producers = segment.producers_before();
            files.push(snapshot::file(segment.base_offset(), producers));
        }
    }
    if log.log_end_offset() > last_snapshot_offset {
        files.push(snapshot::file(log.log_end_offset(), log.producers()));
    }
    files.push(checkpoints::leader_epochs(log.epochs()));
    files.push(checkpoints::partition_metadata(topic_id));
    files.sort_unstable_by(|one, other| one.name.cmp(&other.name));
    files
}
