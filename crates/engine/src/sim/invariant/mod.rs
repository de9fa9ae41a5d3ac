//! The rules on the lamps: what a healthy Kafka never breaks, checked after every step on what
//! the step touched.
//!
//! A broken rule is no error of the simulator: `acks=1` loses records in real Kafka too. The lamp
//! says which record, and the event that broke it has its causes like any other.

mod delivery;
mod log;
mod order;
mod owners;

use serde::{Deserialize, Serialize};

use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{EventId, NodeId, Offset, TopicPartition};
use crate::sim::event::Event;
use crate::sim::machine::{Machine, Process};
use crate::sorted::SortedMap;

use delivery::Deliveries;
use log::Logs;
use order::Orders;
use owners::Owners;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// A record whose producer was told that it is stored stays stored.
    NoAcknowledgedRecordLost,
    /// No group gets a record twice.
    NoDuplicateProcessed,
    /// Records of one key are processed in the order in which they were sent.
    KeyOrderKept,
    /// A partition belongs to one member of a group.
    OneOwnerEach,
    /// Below the high watermark all in-sync replicas hold the same records.
    ReplicasAgreeBelowHighWatermark,
    /// No consumer gets a record at or above the high watermark.
    NothingReadAboveHighWatermark,
    /// An offset that was committed never names another record.
    OffsetsNeverReused,
}

impl Rule {
    /// All rules, in the order of the lamps.
    pub const ALL: [Rule; 7] = [
        Rule::NoAcknowledgedRecordLost,
        Rule::NoDuplicateProcessed,
        Rule::KeyOrderKept,
        Rule::OneOwnerEach,
        Rule::ReplicasAgreeBelowHighWatermark,
        Rule::NothingReadAboveHighWatermark,
        Rule::OffsetsNeverReused,
    ];
}

/// A rule that was broken, and by which record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BrokenRule {
    /// The rule.
    pub rule: Rule,
    /// The record's partition.
    pub partition: TopicPartition,
    /// The record's offset.
    pub offset: Offset,
    /// Where it shows: the new leader, the replica, the consumer.
    pub node: NodeId,
}

/// A rule that was just broken, with the events that broke it.
pub type Breach = (BrokenRule, Vec<EventId>);

/// The state of all rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Invariants {
    logs: Logs,
    deliveries: Deliveries,
    orders: Orders,
    owners: Owners,
    first_breaches: SortedMap<Rule, (BrokenRule, EventId)>,
}

impl Invariants {
    /// Looks at what a step did. Gives each rule that it was the first to break.
    pub fn check(
        &mut self,
        events: &[Event],
        machines: &SortedMap<NodeId, Machine>,
    ) -> Vec<Breach> {
        let mut breaches = Vec::new();
        for event in events {
            let (Some(kafka), Some(node)) = (event.kafka(), event.node) else {
                continue;
            };
            // A topic of the same name is another one: its offsets begin anew.
            if let KafkaEvent::TopicCreated { topic, .. } | KafkaEvent::TopicDeleted { topic } =
                kafka
            {
                self.logs.forget(topic);
                self.orders.forget(topic);
                self.deliveries.forget(topic);
            }
            let (id, all) = (event.id, &mut breaches);
            self.logs.check(id, node, kafka, machines, all);
            let reader = reader(node, machines);
            self.orders.check(id, node, reader, kafka, &self.logs, all);
            if let Some(reader) = reader {
                self.deliveries
                    .check(id, node, reader, kafka, &self.logs, all);
                self.owners.check(id, node, reader, kafka, machines, all);
            }
        }
        breaches.retain(|(broken, causes)| {
            let cause = causes.first().copied().unwrap_or_default();
            let is_first = !self.first_breaches.contains_key(&broken.rule);
            self.first_breaches
                .entry(broken.rule)
                .or_insert_with(|| (broken.clone(), cause));
            is_first
        });
        breaches
    }

    /// How a rule was first broken, if it was.
    pub fn breach(&self, rule: Rule) -> Option<&(BrokenRule, EventId)> {
        self.first_breaches.get(&rule)
    }
}

/// On whose behalf a consumer reads: its group, or itself.
fn reader(node: NodeId, machines: &SortedMap<NodeId, Machine>) -> Option<&str> {
    match &machines.get(&node)?.process {
        Process::Consumer(consumer) => Some(consumer.group_id().unwrap_or(consumer.name())),
        _ => None,
    }
}
