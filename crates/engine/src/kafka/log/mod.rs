//! The log of one replica: batches in segments, the leader epochs, and what is known of producers.
//!
//! A log has no clock and makes no events; it returns what happened. The high watermark isn't
//! the log's: whoever owns the log keeps it.
//!
//! ```text
//!   log_start_offset                                    log_end_offset
//!   | sealed segment      | sealed segment      | active |
//!   [batch][batch][batch ][batch][batch][batch ][batch]
//!   epoch 0 ......|epoch 2 ..............................
//! ```
//!
//! Kafka 4.3.1: `UnifiedLog`, `LocalLog`. Simplified: the operating system writes nothing to the
//! disk by itself.

mod aborted;
mod append;
mod batch_list;
mod cleaner;
mod config;
mod entries;
mod epochs;
mod error;
pub mod files;
mod index;
mod producer_check;
#[cfg(test)]
mod producer_tests;
mod producers;
mod ratio;
mod read;
mod retention;
#[cfg(test)]
mod retention_tests;
mod segment;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod validate;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{LeaderEpoch, Offset, ProducerId};

pub use aborted::AbortedTransaction;
pub use append::{
    AppendInfo, AppendOrigin, Clock, FollowerAppend, LeaderAppend, TransactionVersion,
};
pub use cleaner::{
    Chunk, Cleaned, Cleaning, CleaningPass, OffsetMap, Outlook, RemovalReason, RemovedRecord,
    SegmentState, Swap,
};
pub use config::LogConfig;
pub use entries::{LogEntry, entries_of};
pub use epochs::LeaderEpochCache;
pub use error::AppendError;
pub use producers::{BatchMetadata, ProducerStateEntry, ProducerStates};
pub use ratio::Ratio;
pub use read::{FirstBatch, ReadLimits};
pub use retention::{Deleted, DeletionReason};
pub use segment::Segment;

/// The log of one replica of a partition.
///
/// Kafka 4.3.1: `UnifiedLog`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Log {
    log_start_offset: Offset,
    log_end_offset: Offset,
    /// What lies below is on the disk itself; the rest is in the machine's page cache only.
    recovery_point: Offset,
    /// When the recovery point last moved, or the log was opened, in milliseconds since 1970.
    last_flushed_ms: i64,
    /// Shared among the clones of a world: a sealed segment only ever goes as a whole.
    sealed: Vec<Arc<Segment>>,
    active: Segment,
    epochs: LeaderEpochCache,
    producers: ProducerStates,
}

impl Log {
    /// An empty log that is created now.
    pub fn new(clock: Clock) -> Log {
        Log {
            log_start_offset: Offset::ZERO,
            log_end_offset: Offset::ZERO,
            recovery_point: Offset::ZERO,
            last_flushed_ms: clock.now_ms,
            sealed: Vec::new(),
            active: Segment::new(Offset::ZERO, clock, Arc::default()),
            epochs: LeaderEpochCache::default(),
            producers: ProducerStates::default(),
        }
    }

    /// Notes that this replica leads from now on: its epoch begins at the log end.
    ///
    /// Kafka 4.3.1: `UnifiedLog#assignEpochStartOffset`, from `Partition#makeLeader`.
    pub fn assign_epoch_start(&mut self, epoch: LeaderEpoch) {
        self.epochs.assign(epoch, self.log_end_offset);
    }

    /// Cuts the log so that it ends at `offset`; does nothing to a log that ends before. What is
    /// known of producers is worked out anew.
    ///
    /// Kafka 4.3.1: `UnifiedLog#truncateTo`.
    pub fn truncate_to(&mut self, offset: Offset) {
        if offset < self.first_segment().base_offset() {
            self.truncate_fully_and_start_at(offset);
            return;
        }
        self.epochs.truncate_from_end(offset);
        if offset >= self.log_end_offset {
            return;
        }
        while self.active.base_offset() > offset
            && let Some(previous) = self.sealed.pop()
        {
            self.active = Arc::unwrap_or_clone(previous);
        }
        self.active.truncate_to(offset);
        self.log_end_offset = offset;
        self.recovery_point = self.recovery_point.min(offset);
        self.log_start_offset = self.log_start_offset.min(offset);
        self.producers = ProducerStates::clone(self.active.producers_before());
        for batch in self.active.batches() {
            // What it aborted is in the segment's index still.
            let _ = self.producers.apply(batch);
        }
    }

    /// Drops everything; the next record gets `offset`.
    ///
    /// Kafka 4.3.1: `UnifiedLog#truncateFullyAndStartAt`.
    pub fn truncate_fully_and_start_at(&mut self, offset: Offset) {
        self.sealed.clear();
        self.active = Segment::new(offset, self.active.clock(), Arc::default());
        self.epochs.clear();
        self.producers = ProducerStates::default();
        self.log_start_offset = offset;
        self.log_end_offset = offset;
        self.recovery_point = offset;
    }

    /// Writes everything to the disk itself.
    ///
    /// Kafka 4.3.1: `UnifiedLog#flush`.
    pub fn flush(&mut self, now_ms: i64) {
        self.mark_flushed(self.log_end_offset, now_ms);
    }

    /// Kafka 4.3.1: `LocalLog#markFlushed`.
    fn mark_flushed(&mut self, offset: Offset, now_ms: i64) {
        if offset > self.recovery_point {
            self.recovery_point = offset;
            self.last_flushed_ms = now_ms;
        }
    }

    /// Flushes if nothing was flushed for `flush.ms`. To be asked now and then.
    ///
    /// Kafka 4.3.1: `LogManager#flushDirtyLogs`.
    pub fn flush_if_overdue(&mut self, now_ms: i64, config: &LogConfig) {
        if now_ms.saturating_sub(self.last_flushed_ms) >= config.flush_ms {
            self.flush(now_ms);
        }
    }

    /// Notes that a process has opened the log: the time of `flush.ms` begins anew.
    ///
    /// Kafka 4.3.1: `LocalLog`, whose `lastFlushedTime` is not on the disk.
    pub fn note_opened(&mut self, now_ms: i64) {
        self.last_flushed_ms = now_ms;
    }

    /// Up to where the log is on the disk itself.
    ///
    /// Kafka 4.3.1: `LocalLog#recoveryPoint`.
    pub fn recovery_point(&self) -> Offset {
        self.recovery_point
    }

    /// The machine lost its power: what was in its page cache only is gone.
    pub fn lose_unflushed(&mut self) {
        self.truncate_to(self.recovery_point.max(self.log_start_offset));
    }

    /// Gives up the records below `offset`. Returns whether the log start moved.
    ///
    /// The segments stay until retention takes them.
    ///
    /// Kafka 4.3.1: `UnifiedLog#maybeIncrementLogStartOffset`.
    pub fn increment_log_start_offset(&mut self, offset: Offset) -> bool {
        if offset <= self.log_start_offset || offset > self.log_end_offset {
            return false;
        }
        self.log_start_offset = offset;
        self.epochs.truncate_from_start(offset);
        true
    }

    /// Takes note of the owner's high watermark, for the last stable offset.
    ///
    /// Kafka 4.3.1: `ProducerStateManager#onHighWatermarkUpdated`.
    pub fn on_high_watermark(&mut self, high_watermark: Offset) {
        self.producers.on_high_watermark(high_watermark);
    }

    /// Forgets idle producers: `producer.id.expiration.ms`.
    ///
    /// Kafka 4.3.1: `UnifiedLog#removeExpiredProducers`.
    pub fn remove_expired_producers(&mut self, now_ms: i64, expiration_ms: i64) {
        self.producers.remove_expired(now_ms, expiration_ms);
    }

    /// The first offset that can be read.
    pub fn log_start_offset(&self) -> Offset {
        self.log_start_offset
    }

    /// The offset of the next record.
    pub fn log_end_offset(&self) -> Offset {
        self.log_end_offset
    }

    /// Whether there is nothing to read.
    pub fn is_empty(&self) -> bool {
        self.log_start_offset == self.log_end_offset
    }

    /// How many bytes the batches take.
    pub fn size_in_bytes(&self) -> u64 {
        self.segments().map(Segment::size_in_bytes).sum()
    }

    /// The segments in order; the last one is active.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> {
        self.sealed.iter().map(Arc::as_ref).chain([&self.active])
    }

    /// Where each leader's records begin.
    pub fn epochs(&self) -> &LeaderEpochCache {
        &self.epochs
    }

    /// The epoch of the last record, or of the leader that is about to write the next.
    ///
    /// Kafka 4.3.1: `UnifiedLog#latestEpoch`.
    pub fn last_epoch(&self) -> Option<LeaderEpoch> {
        self.epochs.latest_epoch()
    }

    /// What is known of producers.
    pub fn producers(&self) -> &ProducerStates {
        &self.producers
    }

    /// Whether a transaction of that producer is open here, in that epoch.
    ///
    /// Kafka 4.3.1: `UnifiedLog#hasOngoingTransaction`.
    pub fn has_ongoing_transaction(&self, id: ProducerId, producer_epoch: i16) -> bool {
        self.producers.entry(id).is_some_and(|entry| {
            entry.producer_epoch == producer_epoch
                && entry.current_transaction_first_offset.is_some()
        })
    }

    /// Up to where a consumer with `isolation.level=read_committed` may read.
    ///
    /// Kafka 4.3.1: `UnifiedLog#lastStableOffset`.
    pub fn last_stable_offset(&self, high_watermark: Offset) -> Offset {
        let first_unstable = self
            .producers
            .first_unstable_offset()
            .unwrap_or(high_watermark);
        first_unstable
            .max(self.log_start_offset)
            .min(high_watermark)
    }

    /// Seals the active segment, which is flushed then, and begins another at `base_offset`.
    ///
    /// Kafka 4.3.1: `UnifiedLog#roll`, with its task `flush-log`.
    fn roll(&mut self, base_offset: Offset, clock: Clock) {
        let next = Segment::new(base_offset, clock, Arc::new(self.producers.clone()));
        let sealed = std::mem::replace(&mut self.active, next);
        self.sealed.push(Arc::new(sealed));
        self.mark_flushed(base_offset.min(self.log_end_offset), clock.now_ms);
    }

    /// Where the active segment begins.
    pub fn active_base_offset(&self) -> Offset {
        self.active.base_offset()
    }

    fn first_segment(&self) -> &Segment {
        self.sealed.first().map_or(&self.active, Arc::as_ref)
    }

    /// The segments from the one that holds `offset` on.
    fn segments_from(&self, offset: Offset) -> impl Iterator<Item = &Segment> {
        let after = self
            .sealed
            .partition_point(|segment| segment.base_offset() <= offset);
        self.sealed[after.saturating_sub(1)..]
            .iter()
            .map(Arc::as_ref)
            .chain([&self.active])
    }
}
