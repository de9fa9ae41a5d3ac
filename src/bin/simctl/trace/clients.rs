//! What each client of a trace has seen and not reported yet.

use serde_json::{Value, json};

use highwater_engine::kafka::client::call::{CallResult, ConsumerRecord, RecordMetadata};
use highwater_engine::kafka::client::exception::ClientException;
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{CallId, NodeId, Offset, TopicPartition};
use highwater_engine::sim::event::Step;
use highwater_engine::sorted::SortedMap;

/// What became of a send.
pub type SendOutcome = Result<RecordMetadata, ClientException>;

/// A callback of an asynchronous commit.
pub struct CommitCallback {
    call: CallId,
    offsets: Vec<(TopicPartition, Offset)>,
    error: Option<ClientException>,
}

/// A client's unreported news.
#[derive(Default)]
pub struct ClientNews {
    /// Calls that returned.
    pub returned: SortedMap<CallId, CallResult>,
    /// Sends that were decided.
    pub decided: SortedMap<CallId, SendOutcome>,
    /// Sends not reported yet, in their order.
    pub sends: Vec<CallId>,
    /// Rebalance callbacks.
    pub callbacks: Vec<Value>,
    /// Commit callbacks that ran.
    pub commit_callbacks: Vec<CommitCallback>,
    /// The numbers that the trace gives to its asynchronous commits.
    pub commit_numbers: SortedMap<CallId, u64>,
    /// The call that started polling in the background, if it polls.
    pub polling: Option<CallId>,
    /// What background polls gave.
    pub polled: Vec<ConsumerRecord>,
    /// The exception that ended the background polls.
    pub polling_failed: Option<ClientException>,
    /// The partitions that the consumer owns.
    pub assigned: Vec<TopicPartition>,
}

/// The news of all clients.
#[derive(Default)]
pub struct News {
    clients: SortedMap<NodeId, ClientNews>,
}

impl News {
    /// A client's news.
    pub fn of(&mut self, client: NodeId) -> &mut ClientNews {
        self.clients.entry(client).or_default()
    }

    /// Takes in what a step of the engine brought.
    pub fn take_in(&mut self, step: &Step) {
        for event in &step.events {
            if let (Some(node @ NodeId::Client(_)), Some(kafka)) = (event.node, event.kafka()) {
                self.clients.entry(node).or_default().take_in(kafka);
            }
        }
    }
}

impl ClientNews {
    fn take_in(&mut self, event: &KafkaEvent) {
        match event {
            KafkaEvent::CallReturned { call, result } if self.polling == Some(*call) => {
                match result {
                    CallResult::Polled(records) => self.polled.extend(records.iter().cloned()),
                    CallResult::Threw(exception) => self.polling_failed = Some(exception.clone()),
                    _ => {}
                }
            }
            KafkaEvent::CallReturned { call, result } => {
                self.returned.insert(*call, result.clone());
            }
            KafkaEvent::SendCompleted { call, outcome } => {
                self.decided.insert(*call, outcome.clone());
            }
            KafkaEvent::PartitionsAssigned { partitions, .. } => {
                self.callbacks
                    .push(json!({ "assigned": names(partitions) }));
                self.assigned.extend(partitions.iter().cloned());
            }
            KafkaEvent::PartitionsRevoked { partitions } => {
                self.callbacks.push(json!({ "revoked": names(partitions) }));
                self.assigned
                    .retain(|partition| !partitions.contains(partition));
            }
            KafkaEvent::CommitCompleted {
                call: Some(call),
                offsets,
                error,
            } => {
                let (call, offsets, error) = (*call, offsets.clone(), error.clone());
                self.commit_callbacks.push(CommitCallback {
                    call,
                    offsets,
                    error,
                });
            }
            _ => {}
        }
    }

    /// The callbacks that ran, as a result's fields; they are reported once.
    pub fn report_callbacks(&mut self, result: &mut Value) {
        let callbacks = std::mem::take(&mut self.callbacks);
        if !callbacks.is_empty() {
            result["callbacks"] = Value::Array(callbacks);
        }
        let numbers = &self.commit_numbers;
        let commits: Vec<Value> = std::mem::take(&mut self.commit_callbacks)
            .into_iter()
            .filter_map(|callback| {
                let mut report = json!({ "commit": numbers.get(&callback.call)? });
                match callback.error {
                    Some(exception) => report["error"] = json!({ "class": exception.class }),
                    None => report["offsets"] = offsets_json(&callback.offsets),
                }
                Some(report)
            })
            .collect();
        if !commits.is_empty() {
            result["commit_callbacks"] = Value::Array(commits);
        }
    }
}

/// Partitions by name, sorted by topic and number.
pub fn names(partitions: &[TopicPartition]) -> Vec<String> {
    let mut sorted = partitions.to_vec();
    sorted.sort();
    sorted.iter().map(TopicPartition::to_string).collect()
}

fn offsets_json(offsets: &[(TopicPartition, Offset)]) -> Value {
    offsets
        .iter()
        .map(|(partition, offset)| (partition.to_string(), json!(offset.0)))
        .collect()
}
