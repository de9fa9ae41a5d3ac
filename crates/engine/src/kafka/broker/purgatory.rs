//! Requests that wait for something to happen in partitions: produce requests for their
//! followers, fetches for data.
//!
//! Kafka 4.3.1: `DelayedOperationPurgatory`.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::TopicPartition;
use crate::sorted::{SortedMap, SortedSet};

/// Waiting operations, found by key, or by a partition that they watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Purgatory<K: Ord, T> {
    operations: SortedMap<K, (T, Vec<TopicPartition>)>,
    watchers: SortedMap<TopicPartition, SortedSet<K>>,
}

impl<K: Ord, T> Default for Purgatory<K, T> {
    fn default() -> Self {
        Purgatory {
            operations: SortedMap::new(),
            watchers: SortedMap::new(),
        }
    }
}

impl<K: Ord + Clone, T> Purgatory<K, T> {
    /// Lets `operation` wait and be looked at whenever something happens in `partitions`.
    pub fn watch(&mut self, key: K, operation: T, partitions: Vec<TopicPartition>) {
        for partition in &partitions {
            self.watchers
                .entry(partition.clone())
                .or_default()
                .insert(key.clone());
        }
        self.operations.insert(key, (operation, partitions));
    }

    /// The operations that watch `partition`.
    pub fn watching(&self, partition: &TopicPartition) -> Vec<K> {
        self.watchers
            .get(partition)
            .map_or_else(Vec::new, |keys| keys.iter().cloned().collect())
    }

    /// The operation, if it still waits.
    pub fn get(&self, key: &K) -> Option<&T> {
        self.operations.get(key).map(|(operation, _)| operation)
    }

    /// The operation, to be changed, if it still waits.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut T> {
        self.operations.get_mut(key).map(|(operation, _)| operation)
    }

    /// Takes an operation out: it is completed, or given up.
    pub fn complete(&mut self, key: &K) -> Option<T> {
        let (operation, partitions) = self.operations.remove(key)?;
        for partition in &partitions {
            if let Some(keys) = self.watchers.get_mut(partition) {
                keys.remove(key);
                if keys.is_empty() {
                    self.watchers.remove(partition);
                }
            }
        }
        Some(operation)
    }

    /// The keys that satisfy `is_wanted`.
    pub fn keys_where(&self, is_wanted: impl Fn(&K) -> bool) -> Vec<K> {
        self.operations
            .keys()
            .filter(|key| is_wanted(key))
            .cloned()
            .collect()
    }
}
