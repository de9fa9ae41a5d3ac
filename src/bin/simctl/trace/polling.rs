//! `poll` and polling in the background: what a consumer's application gets.

use serde_json::{Map, Value, json};

use highwater_engine::kafka::client::call::{CallResult, ClientCall, ConsumerRecord};
use highwater_engine::kafka::ids::NodeId;
use highwater_engine::kafka::time::SimDuration;

use super::StepError;
use super::format::TraceStep;
use super::observe::{bytes_json, headers_json};
use super::player::Player;
use super::steps::{client, error_json};

impl Player {
    pub(super) fn poll(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let name = client(step)?;
        let node = self.node_of(name)?;
        let mut records = Vec::new();
        let mut counts = Vec::new();
        let mut error = None;
        let times = step.field("times").as_u64();
        let timeout_ms = match times {
            Some(_) => step.field("timeout_ms").as_u64().unwrap_or(5000),
            None => 100,
        };
        let limit = step.field("limit_ms").as_u64().unwrap_or_default();
        let end = self.world.now() + SimDuration::from_millis(limit);
        loop {
            let is_over = match times {
                Some(times) => counts.len() as u64 >= times,
                None => {
                    self.has_polled_enough(step, node, records.len()) || self.world.now() >= end
                }
            };
            if is_over {
                break;
            }
            match self.call(name, ClientCall::Poll { timeout_ms })? {
                CallResult::Polled(polled) => {
                    counts.push(polled.len());
                    records.extend(polled);
                }
                CallResult::Threw(exception) => {
                    error = Some(error_json(&exception, step));
                    break;
                }
                _ => return Err(StepError::NotSupported("poll gave no records".to_owned())),
            }
        }
        let mut result = json!({ "records": self.records_json(&records, step) });
        if times.is_some() {
            result["counts"] = json!(counts);
        }
        if let Some(error) = error {
            result["error"] = error;
        }
        self.news.of(node).report_callbacks(&mut result);
        Ok(result)
    }

    fn has_polled_enough(&mut self, step: &TraceStep, node: NodeId, polled: usize) -> bool {
        match step.field("records").as_u64() {
            Some(wanted) => polled as u64 >= wanted,
            None => {
                let assigned = json!(super::clients::names(&self.news.of(node).assigned));
                assigned == *step.field("assigned")
            }
        }
    }

    pub(super) fn start_polling(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let call = self.begin_call(client(step)?, ClientCall::StartPolling)?;
        let node = self.node_of(client(step)?)?;
        self.news.of(node).polling = Some(call);
        Ok(json!({}))
    }

    pub(super) fn stop_polling(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let node = self.node_of(client(step)?)?;
        self.call(client(step)?, ClientCall::StopPolling)?;
        let news = self.news.of(node);
        news.polling = None;
        let polled = std::mem::take(&mut news.polled);
        let failed = news.polling_failed.take();
        let mut result = json!({ "records": self.records_json(&polled, step) });
        if let Some(exception) = failed {
            result["error"] = error_json(&exception, step);
        }
        self.news.of(node).report_callbacks(&mut result);
        Ok(result)
    }

    fn records_json(&mut self, records: &[ConsumerRecord], step: &TraceStep) -> Value {
        let mut by_partition: Map<String, Value> = Map::new();
        for record in records {
            let mut json = json!({
                "offset": record.offset.0,
                "key": bytes_json(record.key.as_deref()),
                "value": bytes_json(record.value.as_deref()),
            });
            if !record.headers.is_empty() {
                json["headers"] = headers_json(&record.headers);
            }
            if step.asks_for("timestamp") {
                json["timestamp"] = self.timestamp(record.timestamp_ms);
            }
            if step.asks_for("timestamp_type") {
                let is_append = record.is_log_append_time;
                json["timestamp_type"] = json!(if is_append {
                    "LogAppendTime"
                } else {
                    "CreateTime"
                });
            }
            if step.asks_for("leader_epoch") {
                json["leader_epoch"] = json!(record.leader_epoch.0);
            }
            let name = self.partition_name(&record.partition);
            let list = by_partition.entry(name).or_insert_with(|| json!([]));
            if let Value::Array(list) = list {
                list.push(json);
            }
        }
        Value::Object(by_partition)
    }
}
