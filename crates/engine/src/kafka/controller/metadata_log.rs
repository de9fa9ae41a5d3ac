//! The metadata log: how decisions get into it, and how brokers read it.
//!
//! Kafka 4.3.1: `__cluster_metadata`, `KafkaRaftClient` (fetches of observers that wait).

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::kafka::config::broker::BrokerConfig;
use crate::kafka::controller::Controller;
use crate::kafka::controller::decision::Decision;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, CorrelationId, EventId, MetadataOffset, NodeId, TopicPartition};
use crate::kafka::message::{FetchMetadataLogRequest, FetchMetadataLogResponse, Message, Response};
use crate::kafka::metadata::{
    ConfigResource, MetadataEntry, MetadataRecord, PartitionRegistration,
};
use crate::kafka::node::Context;
use crate::kafka::time::SimDuration;
use crate::kafka::timer::{ControllerTimer, Timer};

/// How long a broker's fetch waits for new records.
///
/// Kafka 4.3.1: `KafkaRaftClient.MAX_FETCH_WAIT_MS`.
const MAX_FETCH_WAIT: SimDuration = SimDuration::from_millis(500);

/// A broker's fetch of the metadata log that waits for something new.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingFetch {
    from: NodeId,
    correlation_id: CorrelationId,
    fetch_offset: MetadataOffset,
    /// The fetch's arrival.
    event: EventId,
}

/// What formatting a new cluster's disk writes: with eligible leader replicas, the controller's
/// own `min.insync.replicas` becomes the cluster's.
///
/// Kafka 4.3.1: `Formatter`, `ConfigurationControlManager#maybeGenerateElrSafetyRecords`.
/// Simplified: no records for the features.
pub fn format_record(config: &BrokerConfig) -> Option<MetadataEntry> {
    config
        .is_eligible_leader_replicas_enabled
        .then(|| MetadataEntry {
            offset: MetadataOffset(0),
            record: MetadataRecord::Config {
                resource: ConfigResource::Cluster,
                name: "min.insync.replicas".to_owned(),
                value: Some(config.min_insync_replicas.to_string()),
            },
            decided_by: EventId::default(),
        })
}

impl Controller {
    /// Writes what was decided, tells what it changes, and applies it. `because` is the event
    /// behind it; without one it is this step's input.
    pub(super) fn commit(
        &mut self,
        decisions: Vec<Decision>,
        because: Option<EventId>,
        cx: &mut Context<'_>,
    ) {
        for decision in decisions {
            let told = self.tell(&decision, because, cx);
            self.append(MetadataEntry {
                offset: self.image.next_offset,
                record: decision.record,
                decided_by: told.or(because).unwrap_or(cx.input_event()),
            });
        }
    }

    /// Writes an entry at the end of the log and applies it.
    pub(super) fn append(&mut self, entry: MetadataEntry) {
        if let MetadataRecord::Topic { id, .. } = &entry.record {
            self.next_topic_id = id.0 + 1;
        }
        self.image.replay(&entry);
        self.log.push(Arc::new(entry));
    }

    /// Tells what a decision about a partition changes; the first event stands for the decision.
    fn tell(
        &self,
        decision: &Decision,
        because: Option<EventId>,
        cx: &mut Context<'_>,
    ) -> Option<EventId> {
        let causes: Vec<EventId> = because.into_iter().collect();
        let elected = decision.election.as_ref().map(|election| {
            let event = KafkaEvent::LeaderElected(Box::new(election.clone()));
            cx.emit_because(event, &causes)
        });
        let MetadataRecord::PartitionChange {
            partition,
            registration,
        } = &decision.record
        else {
            return elected;
        };
        let before = self.image.partition(partition)?;
        let mut told = elected;
        for event in changed_replica_sets(partition, before, registration) {
            let id = cx.emit_because(event, &causes);
            told.get_or_insert(id);
        }
        told
    }

    /// Answers a broker's fetch, at once if there is something new, else within 500 ms.
    pub(super) fn fetch_metadata_log(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        request: &FetchMetadataLogRequest,
        cx: &mut Context<'_>,
    ) {
        let fetch = WaitingFetch {
            from,
            correlation_id,
            fetch_offset: request.fetch_offset,
            event: cx.input_event(),
        };
        if request.fetch_offset < self.image.next_offset {
            self.answer_fetch(&fetch, &[], cx);
            return;
        }
        let timer = ControllerTimer::MetadataFetchWait(request.broker);
        cx.set_timer(Timer::Controller(timer), MAX_FETCH_WAIT);
        self.waiting_fetches.insert(request.broker, fetch);
    }

    /// The log has grown: answers the fetches that waited for it.
    pub(super) fn answer_waiting_fetches(&mut self, cx: &mut Context<'_>) {
        let end = self.image.next_offset;
        let waiting = std::mem::take(&mut self.waiting_fetches);
        for (broker, fetch) in waiting {
            if fetch.fetch_offset >= end {
                self.waiting_fetches.insert(broker, fetch);
                continue;
            }
            cx.cancel_timer(fetch_timer(broker));
            self.answer_fetch(&fetch, &[fetch.event], cx);
        }
    }

    /// A fetch has waited long enough: there is nothing new.
    pub(super) fn end_metadata_wait(&mut self, broker: BrokerId, cx: &mut Context<'_>) {
        if let Some(fetch) = self.waiting_fetches.remove(&broker) {
            self.answer_fetch(&fetch, &[fetch.event], cx);
        }
    }

    /// The connection over which a fetch came is gone.
    pub(super) fn forget_waiting_fetch(&mut self, peer: NodeId, cx: &mut Context<'_>) {
        let NodeId::Broker(broker) = peer else {
            return;
        };
        if self.waiting_fetches.remove(&broker).is_some() {
            cx.cancel_timer(fetch_timer(broker));
        }
    }

    fn answer_fetch(&self, fetch: &WaitingFetch, causes: &[EventId], cx: &mut Context<'_>) {
        let from = usize::try_from(fetch.fetch_offset.0).unwrap_or(usize::MAX);
        let entries = self.log.get(from..).unwrap_or_default();
        let response = FetchMetadataLogResponse {
            entries: entries.iter().map(|entry| (**entry).clone()).collect(),
        };
        let message = Message::Response {
            correlation_id: fetch.correlation_id,
            response: Response::FetchMetadataLog(response),
        };
        cx.send_because(fetch.from, message, causes);
    }
}

fn fetch_timer(broker: BrokerId) -> Timer {
    Timer::Controller(ControllerTimer::MetadataFetchWait(broker))
}

fn changed_replica_sets(
    partition: &TopicPartition,
    before: &PartitionRegistration,
    after: &PartitionRegistration,
) -> Vec<KafkaEvent> {
    let mut events = Vec::new();
    if before.isr != after.isr {
        events.push(KafkaEvent::IsrChanged {
            partition: partition.clone(),
            from: before.isr.clone(),
            to: after.isr.clone(),
            partition_epoch: after.partition_epoch,
        });
    }
    if before.elr != after.elr {
        events.push(KafkaEvent::ElrChanged {
            partition: partition.clone(),
            from: before.elr.clone(),
            to: after.elr.clone(),
        });
    }
    events
}
