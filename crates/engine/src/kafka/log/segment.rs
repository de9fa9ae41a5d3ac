//! A stretch of the log: the unit that rolls and that retention deletes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kafka::ids::Offset;
use crate::kafka::log::batch_list::BatchList;
use crate::kafka::log::index::IndexSizes;
use crate::kafka::log::{AbortedTransaction, Clock, LogConfig, ProducerStates};
use crate::kafka::record::{NO_TIMESTAMP, RecordBatch};

/// Consecutive batches from `base_offset` on.
///
/// Kafka 4.3.1: `LogSegment`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    base_offset: Offset,
    created_ms: i64,
    batches: BatchList,
    size_in_bytes: u64,
    largest_timestamp_ms: i64,
    /// By how much earlier than others it is full (milliseconds).
    roll_jitter_ms: i64,
    index: IndexSizes,
    /// The transactions whose abort marker it holds or held: the transaction index.
    aborted: Vec<AbortedTransaction>,
    /// The producers as they stood when the segment began, for a truncation into it.
    producers_before: Arc<ProducerStates>,
}

/// What is about to be appended, as far as rolling cares.
///
/// Kafka 4.3.1: `RollParams`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Upcoming {
    pub base_offset: Offset,
    pub last_offset: Offset,
    pub max_timestamp_ms: i64,
    pub size_in_bytes: u64,
    pub now_ms: i64,
}

impl Segment {
    pub(super) fn new(
        base_offset: Offset,
        clock: Clock,
        producers_before: Arc<ProducerStates>,
    ) -> Segment {
        Segment {
            base_offset,
            created_ms: clock.now_ms,
            batches: BatchList::default(),
            size_in_bytes: 0,
            largest_timestamp_ms: NO_TIMESTAMP,
            roll_jitter_ms: clock.roll_jitter_ms,
            index: IndexSizes::default(),
            aborted: Vec::new(),
            producers_before,
        }
    }

    /// Kafka 4.3.1: `LogSegment#append`.
    pub(super) fn append(&mut self, batch: RecordBatch, config: &LogConfig) {
        let bytes = batch.size_in_bytes();
        self.size_in_bytes += u64::from(bytes);
        self.largest_timestamp_ms = self.largest_timestamp_ms.max(batch.max_timestamp_ms());
        self.index
            .on_append(bytes, self.largest_timestamp_ms, config);
        self.batches.push(batch);
    }

    /// Notes a transaction whose abort marker was appended.
    ///
    /// Kafka 4.3.1: `LogSegment#updateTxnIndex`.
    pub(super) fn note_aborted(&mut self, aborted: AbortedTransaction) {
        self.aborted.push(aborted);
    }

    /// Drops the batches that reach `offset` or beyond.
    ///
    /// Kafka 4.3.1: `LogSegment#truncateTo`.
    pub(super) fn truncate_to(&mut self, offset: Offset) {
        let kept = self.index_of(offset);
        self.batches.truncate(kept);
        self.size_in_bytes = self
            .batches
            .iter_from(0)
            .map(|batch| u64::from(batch.size_in_bytes()))
            .sum();
        self.largest_timestamp_ms = self
            .batches
            .iter_from(0)
            .map(RecordBatch::max_timestamp_ms)
            .max()
            .unwrap_or(NO_TIMESTAMP);
        self.index = self.index.rebuilt(self.batches.iter_from(0));
        self.aborted.retain(|aborted| aborted.last_offset < offset);
    }

    /// Whether what comes must go into a new segment.
    ///
    /// Kafka 4.3.1: `LogSegment#shouldRoll`.
    pub(super) fn should_roll(&self, upcoming: &Upcoming, config: &LogConfig) -> bool {
        if self.batches.is_empty() {
            return false;
        }
        let is_too_large = self.size_in_bytes + upcoming.size_in_bytes > config.segment_bytes;
        let patience_ms = config.max_segment_ms().saturating_sub(self.roll_jitter_ms);
        let is_too_old = self.age_ms(upcoming) > patience_ms;
        let is_too_long = upcoming.last_offset.distance_from(self.base_offset)
            > u64::from(i32::MAX.cast_unsigned());
        is_too_large || is_too_old || is_too_long || self.index.are_full(config)
    }

    /// The offset its first batch has or will have.
    pub fn base_offset(&self) -> Offset {
        self.base_offset
    }

    /// How many bytes its batches take.
    pub fn size_in_bytes(&self) -> u64 {
        self.size_in_bytes
    }

    /// The largest timestamp of its records, in milliseconds since 1970; -1 for none.
    pub fn largest_timestamp_ms(&self) -> i64 {
        self.largest_timestamp_ms
    }

    /// What its age is counted from: its youngest record or, without a timestamp, its beginning.
    ///
    /// Kafka 4.3.1: `LogSegment#largestTimestamp`.
    pub(super) fn age_stamp_ms(&self) -> i64 {
        if self.largest_timestamp_ms >= 0 {
            self.largest_timestamp_ms
        } else {
            self.created_ms
        }
    }

    /// How long its youngest record is still younger than `retention_ms`; below 0 once it isn't.
    pub fn ms_to_expiry(&self, now_ms: i64, retention_ms: i64) -> i64 {
        retention_ms.saturating_sub(now_ms.saturating_sub(self.age_stamp_ms()))
    }

    /// When it was begun, in milliseconds since 1970.
    pub fn created_ms(&self) -> i64 {
        self.created_ms
    }

    /// The time at which it was begun.
    pub(super) fn clock(&self) -> Clock {
        Clock {
            now_ms: self.created_ms,
            roll_jitter_ms: self.roll_jitter_ms,
        }
    }

    /// Whether it has no batch.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// The offset after its last one.
    ///
    /// Kafka 4.3.1: `LogSegment#readNextOffset`.
    pub fn next_offset(&self) -> Offset {
        let last = self.batches.len().checked_sub(1);
        last.and_then(|last| self.batches.get(last))
            .map_or(self.base_offset, RecordBatch::next_offset)
    }

    /// Its batches from the one that reaches `offset` on.
    pub fn batches_from(&self, offset: Offset) -> impl Iterator<Item = &RecordBatch> {
        self.batches.iter_from(self.index_of(offset))
    }

    /// All its batches.
    pub fn batches(&self) -> impl Iterator<Item = &RecordBatch> {
        self.batches.iter_from(0)
    }

    /// Its transactions that were aborted.
    pub fn aborted(&self) -> &[AbortedTransaction] {
        &self.aborted
    }

    /// How many bytes its offset index and its time index take.
    pub(super) fn index_bytes(&self) -> [u64; 2] {
        self.index.bytes()
    }

    pub(super) fn producers_before(&self) -> &Arc<ProducerStates> {
        &self.producers_before
    }

    fn index_of(&self, offset: Offset) -> usize {
        self.batches
            .partition_point(|batch| batch.last_offset() < offset)
    }

    /// Kafka 4.3.1: `LogSegment#timeWaitedForRoll`.
    fn age_ms(&self, upcoming: &Upcoming) -> i64 {
        match self.batches.get(0).map(RecordBatch::max_timestamp_ms) {
            Some(first_ms) if first_ms >= 0 => upcoming.max_timestamp_ms.saturating_sub(first_ms),
            _ => upcoming.now_ms.saturating_sub(self.created_ms),
        }
    }
}
