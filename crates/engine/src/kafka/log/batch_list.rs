//! A long list of batches that is cheap to clone: what is full is shared.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kafka::record::RecordBatch;

/// Batches in the order of their offsets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchList {
    full: Vec<Arc<Vec<RecordBatch>>>,
    tail: Vec<RecordBatch>,
}

impl BatchList {
    /// Adds a batch at the end.
    pub fn push(&mut self, batch: RecordBatch) {
        self.tail.push(batch);
        if self.tail.len() == CHUNK_LENGTH {
            self.full.push(Arc::new(std::mem::take(&mut self.tail)));
        }
    }

    /// Keeps the first `length` batches.
    pub fn truncate(&mut self, length: usize) {
        let full_count = length / CHUNK_LENGTH;
        if let Some(chunk) = self.full.get(full_count) {
            self.tail = chunk[..length % CHUNK_LENGTH].to_vec();
            self.full.truncate(full_count);
        } else {
            self.tail.truncate(length - self.full.len() * CHUNK_LENGTH);
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.full.len() * CHUNK_LENGTH + self.tail.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The batch number `index`.
    pub fn get(&self, index: usize) -> Option<&RecordBatch> {
        match self.full.get(index / CHUNK_LENGTH) {
            Some(chunk) => chunk.get(index % CHUNK_LENGTH),
            None => self.tail.get(index - self.full.len() * CHUNK_LENGTH),
        }
    }

    /// The first batch for which `is_before` no longer holds; the list must be ordered by it.
    pub fn partition_point(&self, is_before: impl Fn(&RecordBatch) -> bool) -> usize {
        let ends_before = |chunk: &Arc<Vec<RecordBatch>>| chunk.last().is_some_and(&is_before);
        let full_count = self.full.partition_point(ends_before);
        let chunk = self
            .full
            .get(full_count)
            .map_or(&self.tail, |chunk| chunk.as_ref());
        full_count * CHUNK_LENGTH + chunk.partition_point(is_before)
    }

    /// The batches from number `index` on.
    pub fn iter_from(&self, index: usize) -> impl Iterator<Item = &RecordBatch> {
        (index..self.len()).filter_map(|index| self.get(index))
    }
}

/// What a clone of the list copies at most.
const CHUNK_LENGTH: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kafka::ids::{EventId, LeaderEpoch, Offset};
    use crate::kafka::record::{BatchSpec, Record, encode_batch};

    proptest! {
        #[test]
        fn a_list_behaves_like_a_vector(length in 0_usize..300, cut in 0_usize..300, at in 0_u64..300) {
            let bytes = encode_batch(&BatchSpec::default(), &[Record::default()]);
            let batch = RecordBatch::from_bytes(bytes, EventId::default()).expect("just encoded");
            let batches: Vec<RecordBatch> =
                (0..length).map(|offset| batch.stamped(Offset(offset as u64), LeaderEpoch(0))).collect();
            let mut list = BatchList::default();
            batches.iter().for_each(|batch| list.push(batch.clone()));
            let kept = cut.min(length);
            list.truncate(kept);
            prop_assert_eq!(list.len(), kept);
            prop_assert!(list.iter_from(0).eq(&batches[..kept]));
            let found = list.partition_point(|batch| batch.base_offset() < Offset(at));
            prop_assert_eq!(found, kept.min(at as usize));
        }
    }
}
