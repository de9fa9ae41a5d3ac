//! The rule that records of one key are stored and read in the order in which they were sent.
//!
//! A record's place is known once its producer is told. Within a partition the offsets then tell
//! the order; where a key has moved to another partition, what the readers have read tells it.

use bytes::Bytes;
use serde::Serialize;

use super::log::Logs;
use super::{Breach, BrokenRule, Rule};
use crate::kafka::client::call::RecordMetadata;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{CallId, EventId, LeaderEpoch, NodeId, Offset, TopicName, TopicPartition};
use crate::sorted::SortedMap;

/// How many records of a key are remembered after they were stored.
const REMEMBERED_SENDS: usize = 4;
/// How many keys are remembered, and how many moves of keys.
const REMEMBERED_KEYS: usize = 4096;

/// A record in its place.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Stored {
    /// The event of its sending: calls of one moment needn't be made in the order of their ids.
    queued: EventId,
    partition: TopicPartition,
    offset: Offset,
    leader_epoch: LeaderEpoch,
    event: EventId,
}

impl Stored {
    /// Whether it has not been lost since.
    fn is_there(&self, logs: &Logs) -> bool {
        logs.epoch_at(&self.partition, self.offset) == Some(self.leader_epoch)
    }
}

/// What is known of the order of records.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Orders {
    /// Records with a key of which nobody knows yet where they are.
    queued: SortedMap<CallId, (EventId, (NodeId, Bytes))>,
    /// The latest sends of each producer and key.
    stored: SortedMap<(NodeId, Bytes), Vec<Stored>>,
    /// Records that come after one in another partition, with that one.
    moved: SortedMap<(TopicPartition, Offset), Stored>,
    /// How far each reader has come in each partition.
    passed: SortedMap<(String, TopicPartition), Offset>,
}

impl Orders {
    /// Forgets a topic that is no more.
    pub fn forget(&mut self, topic: &TopicName) {
        for sends in self.stored.values_mut() {
            sends.retain(|sent| sent.partition.topic != *topic);
        }
        self.moved.retain(|(partition, _), earlier| {
            partition.topic != *topic && earlier.partition.topic != *topic
        });
        self.passed
            .retain(|(_, partition), _| partition.topic != *topic);
    }

    /// Looks at one event of `node`, of a consumer that reads for `reader`.
    pub fn check(
        &mut self,
        id: EventId,
        node: NodeId,
        reader: Option<&str>,
        event: &KafkaEvent,
        logs: &Logs,
        breaches: &mut Vec<Breach>,
    ) {
        match (event, reader) {
            (
                KafkaEvent::RecordQueued {
                    call,
                    key: Some(key),
                    ..
                },
                _,
            ) => {
                self.queued.insert(*call, (id, (node, key.clone())));
            }
            (KafkaEvent::SendCompleted { call, outcome }, _) => {
                if let (Some((queued, sender)), Ok(metadata)) = (self.queued.remove(call), outcome)
                {
                    self.sent([id, queued], sender, metadata, logs, breaches);
                }
            }
            (
                KafkaEvent::PositionSet {
                    partition, offset, ..
                },
                Some(reader),
            ) => {
                self.pass(reader, partition, *offset);
            }
            (
                KafkaEvent::RecordsPolled {
                    partition,
                    from,
                    to,
                    ..
                },
                Some(reader),
            ) => {
                self.read(reader, partition, [*from, *to], (id, node), breaches);
                self.pass(reader, partition, *to);
            }
            _ => {}
        }
    }

    /// A producer was told where its record is.
    fn sent(
        &mut self,
        [id, queued]: [EventId; 2],
        sender: (NodeId, Bytes),
        metadata: &RecordMetadata,
        logs: &Logs,
        breaches: &mut Vec<Breach>,
    ) {
        let place = metadata
            .offset
            .and_then(|offset| Some((offset, logs.epoch_at(&metadata.partition, offset)?)));
        if let Some((offset, leader_epoch)) = place {
            let stored = Stored {
                queued,
                partition: metadata.partition.clone(),
                offset,
                leader_epoch,
                event: id,
            };
            self.store(sender, stored, logs, breaches);
        }
    }

    fn store(
        &mut self,
        sender: (NodeId, Bytes),
        new: Stored,
        logs: &Logs,
        breaches: &mut Vec<Breach>,
    ) {
        let node = sender.0;
        let sends = self.stored.entry(sender).or_default();
        sends.retain(|sent| sent.is_there(logs));
        let place = sends.partition_point(|sent| sent.queued < new.queued);
        let before = place.checked_sub(1).and_then(|place| sends.get(place));
        let after = sends.get(place);
        let pairs = [before.zip(Some(&new)), Some(&new).zip(after)];
        let mut moves = Vec::new();
        for (earlier, later) in pairs.into_iter().flatten() {
            if earlier.partition != later.partition {
                moves.push((earlier.clone(), later.clone()));
            } else if earlier.offset > later.offset {
                breaches.push(breach(
                    earlier,
                    node,
                    vec![new.event, earlier.event, later.event],
                ));
            }
        }
        sends.insert(place, new);
        if sends.len() > REMEMBERED_SENDS {
            sends.remove(0);
        }
        if self.stored.len() > REMEMBERED_KEYS {
            self.stored.pop_first();
        }
        for (earlier, later) in moves {
            self.remember_move(node, earlier, &later, breaches);
        }
    }

    /// The key's next record is in another partition: whoever has read it already must have read
    /// the one before.
    fn remember_move(
        &mut self,
        node: NodeId,
        earlier: Stored,
        later: &Stored,
        breaches: &mut Vec<Breach>,
    ) {
        let is_late = self.passed.iter().any(|((reader, partition), passed)| {
            *partition == later.partition
                && *passed > later.offset
                && self.has_yet_to_read(reader, &earlier)
        });
        if is_late {
            breaches.push(breach(&earlier, node, vec![later.event, earlier.event]));
        }
        let place = (later.partition.clone(), later.offset);
        self.moved.insert(place, earlier);
        if self.moved.len() > REMEMBERED_KEYS {
            self.moved.pop_first();
        }
    }

    /// A reader was given the records `from` to before `to`.
    fn read(
        &self,
        reader: &str,
        partition: &TopicPartition,
        [from, to]: [Offset; 2],
        (id, node): (EventId, NodeId),
        breaches: &mut Vec<Breach>,
    ) {
        let range = (partition.clone(), from)..(partition.clone(), to);
        for (_, earlier) in self.moved.range(range) {
            if self.has_yet_to_read(reader, earlier) {
                breaches.push(breach(earlier, node, vec![id, earlier.event]));
            }
        }
    }

    /// Whether a reader of the record's partition has not come to it yet.
    fn has_yet_to_read(&self, reader: &str, record: &Stored) -> bool {
        let place = (reader.to_owned(), record.partition.clone());
        let passed = self.passed.get(&place);
        passed.is_some_and(|passed| *passed <= record.offset)
    }

    fn pass(&mut self, reader: &str, partition: &TopicPartition, offset: Offset) {
        let place = (reader.to_owned(), partition.clone());
        let passed = self.passed.entry(place).or_default();
        *passed = offset.max(*passed);
    }
}

/// `record` comes too late.
fn breach(record: &Stored, node: NodeId, causes: Vec<EventId>) -> Breach {
    let broken = BrokenRule {
        rule: Rule::KeyOrderKept,
        partition: record.partition.clone(),
        offset: record.offset,
        node,
    };
    (broken, causes)
}
