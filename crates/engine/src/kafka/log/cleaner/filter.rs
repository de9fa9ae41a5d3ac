//! What a cleaning leaves of one batch.
//!
//! Kafka 4.3.1: `Cleaner#cleanInto`, `Cleaner#shouldRetainRecord`, `MemoryRecords#filterTo`.

use super::offset_map::OffsetMap;
use super::transactions::OpenTransactions;
use crate::kafka::ids::{Offset, ProducerId};
use crate::kafka::record::{RecordBatch, StoredRecord};
use crate::sorted::SortedMap;

/// The last thing in a log that an active producer wrote.
///
/// Kafka 4.3.1: `LastRecord`.
#[derive(Clone, Copy, Debug)]
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
    pub last_of_producers: SortedMap<ProducerId, LastRecord>,
    pub upper_bound: Offset,
    pub now_ms: i64,
    pub delete_retention_ms: i64,
}

/// What is left of a batch.
pub struct Left {
    /// The batch, as it was or with fewer records; none if it goes.
    pub batch: Option<RecordBatch>,
    /// Where the records stand that took the place of those that went.
    pub superseded_by: Vec<Offset>,
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
            superseded_by: Vec::new(),
        };
        if goes_as_a_whole {
            left.batch = keeps_header.then(|| batch.emptied());
            return left;
        }
        // What can't be read is left alone.
        let Ok(records) = batch.records() else {
            left.batch = Some(batch.clone());
            return left;
        };
        let count = records.len();
        let retained: Vec<StoredRecord> = records
            .into_iter()
            .filter(|stored| {
                batch.is_control() || self.stays(batch, stored, &mut left.superseded_by)
            })
            .collect();
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

    /// Kafka 4.3.1: `Cleaner#shouldRetainRecord`.
    fn stays(
        &self,
        batch: &RecordBatch,
        stored: &StoredRecord,
        superseded_by: &mut Vec<Offset>,
    ) -> bool {
        if stored.offset >= self.map.end_offset() {
            return true;
        }
        let Some(key) = &stored.record.key else {
            return false;
        };
        if let Some(last) = self
            .map
            .last_offset_of(key)
            .filter(|last| stored.offset < *last)
        {
            superseded_by.push(last);
            return false;
        }
        stored.record.value.is_some() || !self.is_past_horizon(batch)
    }
}
