//! What is going to happen, in the order in which it will.
//!
//! The order is total: time first, then the order in which things were scheduled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::kafka::time::SimTime;

/// Where an item stands in the queue: its time, then how many were scheduled before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct QueueKey {
    /// When it happens.
    pub at: SimTime,
    /// Breaks ties: what was scheduled first happens first.
    pub sequence: u64,
}

/// A queue of items ordered by [`QueueKey`]; pushing, popping and removing cost O(log n).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventQueue<T> {
    items: BTreeMap<QueueKey, T>,
    next_sequence: u64,
}

impl<T> Default for EventQueue<T> {
    fn default() -> Self {
        EventQueue {
            items: BTreeMap::new(),
            next_sequence: 0,
        }
    }
}

impl<T> EventQueue<T> {
    /// Schedules `item` for `at`, after everything already scheduled for that moment.
    pub fn push(&mut self, at: SimTime, item: T) -> QueueKey {
        let key = QueueKey {
            at,
            sequence: self.next_sequence,
        };
        self.next_sequence += 1;
        self.items.insert(key, item);
        key
    }

    /// Takes the next item.
    pub fn pop(&mut self) -> Option<(QueueKey, T)> {
        self.items.pop_first()
    }

    /// When the next item happens.
    pub fn next_at(&self) -> Option<SimTime> {
        self.items.first_key_value().map(|(key, _)| key.at)
    }

    /// Takes an item out before its time.
    pub fn remove(&mut self, key: QueueKey) -> Option<T> {
        self.items.remove(&key)
    }

    /// All items in order.
    pub fn iter(&self) -> impl Iterator<Item = (QueueKey, &T)> {
        self.items.iter().map(|(key, item)| (*key, item))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_one_moment_come_in_the_order_in_which_they_were_scheduled() {
        let mut queue = EventQueue::default();
        queue.push(SimTime(2), 'c');
        queue.push(SimTime(1), 'a');
        queue.push(SimTime(1), 'b');
        let order: String = std::iter::from_fn(|| queue.pop())
            .map(|(_, item)| item)
            .collect();
        assert_eq!(order, "abc");
    }

    #[test]
    fn a_removed_item_never_comes() {
        let mut queue = EventQueue::default();
        let key = queue.push(SimTime(1), 'a');
        queue.push(SimTime(2), 'b');
        assert_eq!(queue.remove(key), Some('a'));
        assert_eq!(queue.pop().map(|(_, item)| item), Some('b'));
    }
}
