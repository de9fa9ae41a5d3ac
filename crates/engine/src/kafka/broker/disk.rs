//! What a broker's disk keeps when its process goes: the logs, the high watermarks as last
//! written down, and the note of a clean shutdown.
//!
//! Kafka 4.3.1: `LogManager`, `OffsetCheckpointFile` (`replication-offset-checkpoint`,
//! `cleaner-offset-checkpoint`), `CleanShutdownFileHandler`.
//! A process that is killed loses nothing that it wrote to a log: the page cache survives it. A
//! machine that loses its power loses what was not flushed.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{BrokerEpoch, Offset, TopicId, TopicPartition};
use crate::kafka::log::{Clock, Log};
use crate::sorted::SortedMap;

/// A broker's disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BrokerDisk {
    replicas: SortedMap<TopicPartition, ReplicaFiles>,
    clean_shutdown_epoch: Option<BrokerEpoch>,
    start_count: u64,
}

/// A replica's directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReplicaFiles {
    /// The incarnation of the topic that it belongs to (`partition.metadata`).
    pub topic_id: TopicId,
    /// The log.
    pub log: Log,
    /// The high watermark as last written to the checkpoint file.
    pub high_watermark_checkpoint: Offset,
    /// Where the last cleaning ended (`cleaner-offset-checkpoint`); none before the first.
    pub cleaner_checkpoint: Option<Offset>,
}

impl BrokerDisk {
    /// The replica's directory, if there is one.
    pub fn replica(&self, partition: &TopicPartition) -> Option<&ReplicaFiles> {
        self.replicas.get(partition)
    }

    /// The replica's log, if there is one.
    pub fn log(&self, partition: &TopicPartition) -> Option<&Log> {
        self.replicas.get(partition).map(|files| &files.log)
    }

    /// Every log on this disk, by topic and partition.
    pub fn logs(&self) -> impl Iterator<Item = (&TopicPartition, &Log)> {
        self.replicas
            .iter()
            .map(|(partition, files)| (partition, &files.log))
    }

    /// Where the last cleaning of each log ended that was cleaned.
    pub(super) fn cleaner_checkpoints(&self) -> impl Iterator<Item = (&TopicPartition, Offset)> {
        let replicas = self.replicas.iter();
        replicas.filter_map(|(partition, files)| Some((partition, files.cleaner_checkpoint?)))
    }

    /// The replica's log, to be written to.
    pub(super) fn log_mut(&mut self, partition: &TopicPartition) -> Option<&mut Log> {
        self.replicas.get_mut(partition).map(|files| &mut files.log)
    }

    /// Makes sure that there is a log for this incarnation of the topic, created now if it isn't
    /// there; one of a deleted topic of that name goes.
    pub(super) fn create_log(
        &mut self,
        partition: &TopicPartition,
        topic_id: TopicId,
        clock: Clock,
    ) {
        let is_there = self
            .replicas
            .get(partition)
            .is_some_and(|files| files.topic_id == topic_id);
        if !is_there {
            let files = ReplicaFiles {
                topic_id,
                log: Log::new(clock),
                high_watermark_checkpoint: Offset::ZERO,
                cleaner_checkpoint: None,
            };
            self.replicas.insert(partition.clone(), files);
        }
    }

    /// Writes all logs to the disk itself.
    pub(super) fn flush(&mut self, now_ms: i64) {
        self.logs_mut().for_each(|log| log.flush(now_ms));
    }

    /// All logs.
    pub(super) fn logs_mut(&mut self) -> impl Iterator<Item = &mut Log> {
        self.replicas.values_mut().map(|files| &mut files.log)
    }

    /// The machine lost its power. Returns where the logs end that lost something, and now end.
    pub(super) fn lose_unflushed(&mut self) -> Vec<(TopicPartition, Offset, Offset)> {
        let mut lost = Vec::new();
        for (partition, files) in &mut self.replicas {
            let from = files.log.log_end_offset();
            files.log.lose_unflushed();
            let to = files.log.log_end_offset();
            if to < from {
                lost.push((partition.clone(), from, to));
            }
        }
        lost
    }

    /// Deletes a replica.
    pub(super) fn delete_log(&mut self, partition: &TopicPartition) {
        self.replicas.remove(partition);
    }

    /// The partitions that have a log here.
    pub(super) fn partitions(&self) -> Vec<TopicPartition> {
        self.replicas.keys().cloned().collect()
    }

    /// The high watermark with which a replica starts: the checkpointed one, as far as its log
    /// reaches.
    pub(super) fn checkpointed_high_watermark(&self, partition: &TopicPartition) -> Offset {
        self.replicas.get(partition).map_or(Offset::ZERO, |files| {
            files
                .high_watermark_checkpoint
                .min(files.log.log_end_offset())
                .max(files.log.log_start_offset())
        })
    }

    /// Writes a high watermark down.
    pub(super) fn checkpoint_high_watermark(&mut self, partition: &TopicPartition, to: Offset) {
        if let Some(files) = self.replicas.get_mut(partition) {
            files.high_watermark_checkpoint = to;
        }
    }

    /// Writes down where a cleaning ended.
    pub(super) fn checkpoint_cleaner(&mut self, partition: &TopicPartition, to: Offset) {
        if let Some(files) = self.replicas.get_mut(partition) {
            files.cleaner_checkpoint = Some(to);
        }
    }

    /// A log was cut: what lies above its active segment's beginning counts as dirty again.
    ///
    /// Kafka 4.3.1: `LogCleanerManager#maybeTruncateCheckpoint`, from `LogManager#truncateTo`.
    pub(super) fn truncate_cleaner_checkpoint(&mut self, partition: &TopicPartition) {
        if let Some(files) = self.replicas.get_mut(partition) {
            let active = files.log.active_base_offset();
            files.cleaner_checkpoint = files.cleaner_checkpoint.map(|offset| offset.min(active));
        }
    }

    /// Notes that the process of that epoch ended in good order (KIP-966).
    pub(super) fn note_clean_shutdown(&mut self, epoch: BrokerEpoch) {
        self.clean_shutdown_epoch = Some(epoch);
    }

    /// The epoch of a process that ended in good order, until the next one starts.
    pub(super) fn clean_shutdown_epoch(&self) -> Option<BrokerEpoch> {
        self.clean_shutdown_epoch
    }

    /// Counts a start of the process. Returns its number and the note of a clean shutdown, which
    /// is gone from the disk after that.
    pub(super) fn start(&mut self) -> (u64, Option<BrokerEpoch>) {
        self.start_count += 1;
        (self.start_count, self.clean_shutdown_epoch.take())
    }
}
