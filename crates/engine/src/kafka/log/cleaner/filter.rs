//! What a cleaning leaves of one batch.
//!
//! Kafka 4.3.1: `Cleaner#cleanInto`, `Cleaner#shouldRetainRecord`, `MemoryRecords#filterTo`.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::offset_map::OffsetMap;
use super::transactions::OpenTransactions;
use crate::kafka::ids::{Offset, ProducerId};
use crate::kafka::record::{RecordBatch, StoredRecord};
use crate::sorted::SortedMap;

/// The last thing in a log that an active producer wrote.
///
/// Kafka 4.3.1: `LastRecord`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LastRecord {
    /// The offset of its last record; none if it has nothing but markers.
    pub data_offset: Option<Offset>,
    /// Its epoch.
    pub producer_epoch: i16,
}

/// Decides what stays, batch after batch.
pub struct Filter<'a> {
    pub map: &'a OffsetMap,
    pub open: OpenTransactions,
    pub last_of_producers: &'a SortedMap<ProducerId, LastRecord>,
    pub upper_bound: Offset,
    pub now_ms: i64,
    pub delete_retention_ms: i64,
}

/// Why a cleaner removes a record.
///
/// Kafka 4.3.1: `Cleaner#shouldRetainRecord`, `Cleaner#shouldDiscardBatch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalReason {
    /// The offset map has a newer record of its key: there.
    Superseded(Offset),
    /// It has no key: a compacted log has no place for it.
    NoKey,
    /// It is a tombstone, or the marker of a transaction of which nothing is left, and its delete
    /// horizon has passed.
    PastDeleteHorizon,
    /// Its transaction was aborted.
    Aborted,
}

/// A record that a cleaner removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedRecord {
    /// Its offset, which stays empty.
    pub offset: Offset,
    /// Its key.
    pub key: Option<Bytes>,
    /// Why.
    pub why: RemovalReason,
}

/// What is left of a batch.
pub struct Left {
    /// The batch, as it was or with fewer records; none if it goes.
    pub batch: Option<RecordBatch>,
    /// Its records that go.
    pub removed: Vec<RemovedRecord>,
}

impl Filter<'_> {
    /// What is left of the next batch.
    pub fn apply(&mut self, batch: &RecordBatch) -> Left {
        let is_over = self.is_over(batch);
        let goes_as_a_whole = is_over && (!batch.is_control() || self.is_past_horizon(batch));
        let keeps_header =
            self.is_last_of_its_producer(batch) || batch.next_offset() == self.upper_bound;
        let mut left = Left {
            batch: None,
            removed: Vec::new(),
        };
        let records = batch.records();
        if goes_as_a_whole {
            let why = if batch.is_control() {
                RemovalReason::PastDeleteHorizon
            } else {
                RemovalReason::Aborted
            };
            let all = records.unwrap_or_default().into_iter();
            left.removed = all.map(|stored| removed(stored, why)).collect();
            left.batch = keeps_header.then(|| batch.emptied());
            return left;
        }
        // What can't be read is left alone.
        let Ok(records) = records else {
            left.batch = Some(batch.clone());
            return left;
        };
        let count = records.len();
        let mut retained = Vec::with_capacity(count);
        for stored in records {
            match self.reason_against(batch, &stored) {
                Some(why) if !batch.is_control() => left.removed.push(removed(stored, why)),
                _ => retained.push(stored),
            }
        }
        if retained.is_empty() {
            left.batch = keeps_header.then(|| batch.emptied());
            return left;
        }
        let has_tombstone = retained.iter().any(|stored| stored.record.value.is_none());
        let is_empty_marker = is_over && batch.is_control();
        let sets_horizon =
            (has_tombstone || is_empty_marker) && batch.delete_horizon_ms().is_none();
        let horizon_ms = if sets_horizon {
            Some(self.now_ms.saturating_add(self.delete_retention_ms))
        } else {
            batch.delete_horizon_ms()
        };
        left.batch = Some(if retained.len() == count && !sets_horizon {
            batch.clone()
        } else {
            batch.retaining(&retained, horizon_ms)
        });
        left
    }

    /// Whether the batch belongs to an aborted transaction, or is the marker of one of which
    /// nothing is left.
    fn is_over(&mut self, batch: &RecordBatch) -> bool {
        if batch.is_control() {
            self.open.on_marker(batch)
        } else {
            self.open.on_data(batch)
        }
    }

    fn is_past_horizon(&self, batch: &RecordBatch) -> bool {
        batch
            .delete_horizon_ms()
            .is_some_and(|horizon_ms| horizon_ms <= self.now_ms)
    }

    /// Its header says how far the producer's sequence, or its epoch, has come.
    fn is_last_of_its_producer(&self, batch: &RecordBatch) -> bool {
        let last = batch
            .producer()
            .and_then(|producer| Some((producer.epoch, self.last_of_producers.get(&producer.id)?)));
        last.is_some_and(|(epoch, last)| match last.data_offset {
            Some(offset) => batch.last_offset() == offset,
            None => batch.is_control() && epoch == last.producer_epoch,
        })
    }

    /// Why a record of data does not stay; nothing if it does.
    ///
    /// Kafka 4.3.1: `Cleaner#shouldRetainRecord`.
    fn reason_against(&self, batch: &RecordBatch, stored: &StoredRecord) -> Option<RemovalReason> {
        if stored.offset >= self.map.end_offset() {
            return None;
        }
        let Some(key) = &stored.record.key else {
            return Some(RemovalReason::NoKey);
        };
        let last = self.map.last_offset_of(key);
        if let Some(last) = last.filter(|last| stored.offset < *last) {
            return Some(RemovalReason::Superseded(last));
        }
        let is_expired = stored.record.value.is_none() && self.is_past_horizon(batch);
        is_expired.then_some(RemovalReason::PastDeleteHorizon)
    }
}

fn removed(stored: StoredRecord, why: RemovalReason) -> RemovedRecord {
    RemovedRecord {
        offset: stored.offset,
        key: stored.record.key,
        why,
    }
}
