//! Where each key stands last in the dirty part of a log.
//!
//! Kafka 4.3.1: `SkimpyOffsetMap`, which keeps hashes of the keys, and `Cleaner#buildOffsetMap`.

use bytes::Bytes;

use super::transactions::OpenTransactions;
use crate::kafka::ids::Offset;
use crate::kafka::log::Segment;
use crate::kafka::record::RecordBatch;
use crate::sorted::SortedMap;

/// The last offset of each key, and how far the map reaches.
#[derive(Debug)]
pub struct OffsetMap {
    offsets: SortedMap<Bytes, Offset>,
    keys_max: usize,
    end_offset: Offset,
}

impl OffsetMap {
    /// An empty map with room for so many keys.
    pub fn new(keys_max: usize) -> OffsetMap {
        OffsetMap {
            offsets: SortedMap::new(),
            keys_max,
            end_offset: Offset::ZERO,
        }
    }

    /// Where the part that the map knows ends.
    pub fn end_offset(&self) -> Offset {
        self.end_offset
    }

    /// The last offset of a key, if it is in the map.
    pub fn last_offset_of(&self, key: &Bytes) -> Option<Offset> {
        self.offsets.get(key).copied()
    }

    /// Takes the records of a segment from `start` on. `next` is where the next one begins. Returns
    /// whether there was room for all.
    ///
    /// Kafka 4.3.1: `Cleaner#buildOffsetMapForSegment`.
    pub fn take_segment(
        &mut self,
        segment: &Segment,
        start: Offset,
        next: Offset,
        open: &mut OpenTransactions,
    ) -> bool {
        for batch in segment.batches_from(start) {
            if !self.take_batch(batch, start, open) {
                return false;
            }
            self.reach(batch.next_offset());
        }
        // Where offsets are missing the segment still reaches to the next one.
        self.reach(next);
        true
    }

    fn take_batch(
        &mut self,
        batch: &RecordBatch,
        start: Offset,
        open: &mut OpenTransactions,
    ) -> bool {
        if batch.is_control() {
            open.on_marker(batch);
            return true;
        }
        if open.on_data(batch) {
            return true;
        }
        for stored in batch.records().unwrap_or_default() {
            let Some(key) = stored.record.key.filter(|_| stored.offset >= start) else {
                continue;
            };
            if self.offsets.len() >= self.keys_max {
                return false;
            }
            self.offsets.insert(key, stored.offset);
        }
        true
    }

    fn reach(&mut self, end: Offset) {
        self.end_offset = self.end_offset.max(end);
    }
}
