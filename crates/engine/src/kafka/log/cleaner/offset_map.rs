//! Where each key stands last in the dirty part of a log.
//!
//! Kafka 4.3.1: `SkimpyOffsetMap`, which keeps hashes of the keys, and `Cleaner#buildOffsetMap`.

use bytes::Bytes;
use serde::Serialize;

use super::transactions::OpenTransactions;
use crate::kafka::ids::Offset;
use crate::kafka::record::RecordBatch;
use crate::sorted::SortedMap;

/// The last offset of each key, and how far the map reaches.
#[derive(Clone, Debug, PartialEq, Serialize)]
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

    /// The keys with their last offsets.
    pub fn iter(&self) -> impl Iterator<Item = (&Bytes, Offset)> {
        self.offsets.iter().map(|(key, offset)| (key, *offset))
    }

    /// Takes the records of a batch from `start` on. Returns whether there was room for all.
    ///
    /// Kafka 4.3.1: `Cleaner#buildOffsetMapForSegment`.
    pub fn take_batch(
        &mut self,
        batch: &RecordBatch,
        start: Offset,
        open: &mut OpenTransactions,
    ) -> bool {
        let has_room = self.take_records(batch, start, open);
        if has_room {
            self.reach(batch.next_offset());
        }
        has_room
    }

    /// The map knows all below `end`: where offsets are missing a segment still reaches to the next
    /// one.
    pub fn reach(&mut self, end: Offset) {
        self.end_offset = self.end_offset.max(end);
    }

    fn take_records(
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
}
