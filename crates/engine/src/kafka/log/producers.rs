//! What a log remembers of its producers: enough to tell a batch sent again from a new one, and
//! an open transaction from a finished one.
//!
//! Kafka 4.3.1: `ProducerStateManager`, `ProducerStateEntry`, `ProducerAppendInfo`.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{Offset, ProducerId};
use crate::kafka::log::AbortedTransaction;
use crate::kafka::log::cleaner::LastRecord;
use crate::kafka::record::{RecordBatch, TransactionOutcome};
use crate::sorted::SortedMap;

/// All producers of a log.
///
/// Kafka 4.3.1: `ProducerStateManager`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducerStates {
    entries: SortedMap<ProducerId, ProducerStateEntry>,
    /// Open transactions by their first offset.
    open: SortedMap<Offset, ProducerId>,
    /// Finished transactions, first offset to the marker's, whose marker consumers can't see yet.
    finished: SortedMap<Offset, Offset>,
}

/// What a log remembers of one producer.
///
/// Kafka 4.3.1: `ProducerStateEntry`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducerStateEntry {
    /// The producer.
    pub producer_id: ProducerId,
    /// Its latest epoch.
    pub producer_epoch: i16,
    /// The epoch of the coordinator that wrote its last marker; -1 before the first.
    pub coordinator_epoch: i32,
    /// The timestamp of its last batch or marker, in milliseconds since 1970.
    pub last_timestamp_ms: i64,
    /// Where its open transaction begins in this log.
    pub current_transaction_first_offset: Option<Offset>,
    /// Its last batches of this epoch, at most five.
    pub batches: VecDeque<BatchMetadata>,
}

/// Where a remembered batch is, and its sequences.
///
/// Kafka 4.3.1: `BatchMetadata`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchMetadata {
    /// The sequence of its first record; none in writes of a coordinator.
    pub first_sequence: Option<i32>,
    /// The sequence of its last record.
    pub last_sequence: Option<i32>,
    /// The offset of its first record.
    pub first_offset: Offset,
    /// The offset of its last record.
    pub last_offset: Offset,
    /// Its largest timestamp, in milliseconds since 1970.
    pub timestamp_ms: i64,
}

impl ProducerStates {
    /// Takes note of a batch that is in the log now, without checking it. Returns the transaction
    /// that it aborts.
    ///
    /// Kafka 4.3.1: `ProducerStateManager#update`, `#startTransaction`, `#completeTxn`.
    pub(super) fn apply(&mut self, batch: &RecordBatch) -> Option<AbortedTransaction> {
        let producer = batch.producer()?;
        let marker = batch.end_transaction_marker();
        if batch.is_control() && marker.is_none() {
            return None;
        }
        let mut ended = None;
        let entry = self
            .entries
            .entry(producer.id)
            .or_insert_with(|| ProducerStateEntry::new(producer.id, producer.epoch));
        entry.take_epoch(producer.epoch);
        if let Some(marker) = marker {
            entry.coordinator_epoch = marker.coordinator_epoch;
            if let Some(first_offset) = entry.current_transaction_first_offset.take() {
                self.open.remove(&first_offset);
                self.finished.insert(first_offset, batch.base_offset());
                ended = (marker.outcome == TransactionOutcome::Abort).then_some(first_offset);
            }
        } else {
            entry.remember(batch);
            if batch.is_transactional() && entry.current_transaction_first_offset.is_none() {
                entry.current_transaction_first_offset = Some(batch.base_offset());
                self.open.insert(batch.base_offset(), producer.id);
            }
        }
        entry.last_timestamp_ms = batch.max_timestamp_ms();
        Some(AbortedTransaction {
            producer_id: producer.id,
            first_offset: ended?,
            last_offset: batch.last_offset(),
            last_stable_offset: self
                .first_undecided_offset()
                .unwrap_or_else(|| batch.next_offset()),
        })
    }

    /// Forgets finished transactions whose marker is below the high watermark.
    ///
    /// Kafka 4.3.1: `ProducerStateManager#onHighWatermarkUpdated`.
    pub(super) fn on_high_watermark(&mut self, high_watermark: Offset) {
        self.finished
            .retain(|_, marker_offset| *marker_offset >= high_watermark);
    }

    /// Forgets producers that wrote nothing for that long, unless a transaction is open.
    ///
    /// Kafka 4.3.1: `ProducerStateManager#removeExpiredProducers`.
    pub(super) fn remove_expired(&mut self, now_ms: i64, expiration_ms: i64) {
        self.entries.retain(|_, entry| {
            let idle_ms = now_ms.saturating_sub(entry.last_timestamp_ms);
            idle_ms < expiration_ms || entry.current_transaction_first_offset.is_some()
        });
    }

    /// The last thing that each of them wrote.
    ///
    /// Kafka 4.3.1: `UnifiedLog#lastRecordsOfActiveProducers`.
    pub(super) fn last_records(&self) -> SortedMap<ProducerId, LastRecord> {
        let last = |entry: &ProducerStateEntry| LastRecord {
            data_offset: entry.batches.back().map(|batch| batch.last_offset),
            producer_epoch: entry.producer_epoch,
        };
        let entries = self.entries.iter();
        entries.map(|(id, entry)| (*id, last(entry))).collect()
    }

    /// The producers by id.
    pub fn iter(&self) -> impl Iterator<Item = &ProducerStateEntry> {
        self.entries.values()
    }

    /// What is known of a producer.
    ///
    /// Kafka 4.3.1: `ProducerStateManager#lastEntry`.
    pub fn entry(&self, id: ProducerId) -> Option<&ProducerStateEntry> {
        self.entries.get(&id)
    }

    /// The first offset of a transaction that is open, or whose marker consumers can't see yet.
    ///
    /// Kafka 4.3.1: `ProducerStateManager#firstUnstableOffset`.
    pub fn first_unstable_offset(&self) -> Option<Offset> {
        let open = self.open.keys().next();
        let finished = self.finished.keys().next();
        open.into_iter().chain(finished).min().copied()
    }

    /// The first offset of a transaction that is open.
    ///
    /// Kafka 4.3.1: `ProducerStateManager#firstUndecidedOffset`.
    pub fn first_undecided_offset(&self) -> Option<Offset> {
        self.open.keys().next().copied()
    }
}

impl ProducerStateEntry {
    /// The batch with exactly these sequences, if it is one of the last five. What it says is not
    /// compared.
    ///
    /// Kafka 4.3.1: `ProducerStateEntry#findDuplicateBatch`.
    pub fn find_duplicate(&self, batch: &RecordBatch) -> Option<&BatchMetadata> {
        let producer = batch.producer()?;
        if producer.epoch != self.producer_epoch {
            return None;
        }
        self.batches.iter().find(|known| {
            known.first_sequence == producer.base_sequence
                && known.last_sequence == batch.last_sequence()
        })
    }

    /// The sequence of the last record of this epoch; none if there is no record of it.
    pub fn last_sequence(&self) -> Option<i32> {
        self.batches.back()?.last_sequence
    }

    fn new(producer_id: ProducerId, producer_epoch: i16) -> ProducerStateEntry {
        ProducerStateEntry {
            producer_id,
            producer_epoch,
            coordinator_epoch: -1,
            last_timestamp_ms: -1,
            current_transaction_first_offset: None,
            batches: VecDeque::new(),
        }
    }

    /// Another epoch starts its sequences anew.
    fn take_epoch(&mut self, epoch: i16) {
        if self.producer_epoch != epoch {
            self.batches.clear();
            self.producer_epoch = epoch;
        }
    }

    fn remember(&mut self, batch: &RecordBatch) {
        if self.batches.len() == BATCHES_REMEMBERED {
            self.batches.pop_front();
        }
        self.batches.push_back(BatchMetadata {
            first_sequence: batch.producer().and_then(|producer| producer.base_sequence),
            last_sequence: batch.last_sequence(),
            first_offset: batch.base_offset(),
            last_offset: batch.last_offset(),
            timestamp_ms: batch.max_timestamp_ms(),
        });
    }
}

/// As many as an idempotent producer may have in flight.
///
/// Kafka 4.3.1: `ProducerStateEntry.NUM_BATCHES_TO_RETAIN`.
const BATCHES_REMEMBERED: usize = 5;
