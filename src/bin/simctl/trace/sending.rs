//! `send`, `flush`, `await_sends`: records on their way, and what becomes of them.

use serde_json::{Value, json};

use highwater_engine::kafka::client::call::{CallResult, ClientCall, ProducerRecord};
use highwater_engine::kafka::ids::TopicName;
use highwater_engine::kafka::record::Header;
use highwater_engine::kafka::time::SimDuration;

use super::StepError;
use super::clients::SendOutcome;
use super::format::TraceStep;
use super::observe::text;
use super::player::Player;
use super::steps::{client, error_json, number};

impl Player {
    pub(super) fn send(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let name = client(step)?;
        let node = self.node_of(name)?;
        let waits = text(step, "wait")? == "each";
        let mut outcomes = Vec::new();
        for record in step.field("records").as_array().into_iter().flatten() {
            let record = self.producer_record(record)?;
            let call = self.begin_call(name, ClientCall::Send(record))?;
            if !waits {
                self.news.of(node).sends.push(call);
                continue;
            }
            let mut outcome = None;
            self.run_until_event(|player| {
                let news = player.news.of(node);
                let thrown = match news.returned.get(&call) {
                    Some(CallResult::Threw(exception)) => Some(exception.clone()),
                    _ => None,
                };
                outcome = match (thrown, news.decided.remove(&call)) {
                    (Some(exception), _) => Some(json!({ "thrown": error_json(&exception, step) })),
                    (None, Some(decided)) => Some(player.outcome_json(&decided, step)),
                    (None, None) => return false,
                };
                true
            });
            outcomes.push(outcome.unwrap_or_else(|| json!({ "pending": true })));
        }
        Ok(if waits {
            json!({ "outcomes": outcomes })
        } else {
            json!({})
        })
    }

    pub(super) fn await_sends(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let node = self.node_of(client(step)?)?;
        let limit = SimDuration::from_millis(number(step, "limit_ms")?);
        self.run_until(limit, |player| {
            let news = player.news.of(node);
            news.sends
                .iter()
                .all(|call| news.decided.contains_key(call))
        });
        self.report_sends(step)
    }

    /// Reports all sends that were not reported yet, in the order of the sends.
    pub(super) fn report_sends(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let node = self.node_of(client(step)?)?;
        let sends = std::mem::take(&mut self.news.of(node).sends);
        let mut outcomes = Vec::new();
        for call in sends {
            let news = self.news.of(node);
            outcomes.push(
                match (news.returned.remove(&call), news.decided.remove(&call)) {
                    (Some(CallResult::Threw(exception)), _) => {
                        json!({ "thrown": error_json(&exception, step) })
                    }
                    (_, Some(outcome)) => self.outcome_json(&outcome, step),
                    (_, None) => json!({ "pending": true }),
                },
            );
        }
        Ok(json!({ "outcomes": outcomes }))
    }

    fn outcome_json(&mut self, outcome: &SendOutcome, step: &TraceStep) -> Value {
        match outcome {
            Ok(metadata) => {
                let offset = metadata.offset.map_or(json!(-1), |offset| json!(offset.0));
                let mut json = json!({
                    "partition": self.partition_name(&metadata.partition),
                    "offset": offset,
                });
                if step.asks_for("timestamp") {
                    json["timestamp"] = self.timestamp(metadata.timestamp_ms);
                }
                json
            }
            Err(exception) => json!({ "error": error_json(exception, step) }),
        }
    }

    fn producer_record(&self, record: &Value) -> Result<ProducerRecord, StepError> {
        let topic = record["topic"].as_str().unwrap_or_default();
        let timestamp_ms = match &record["timestamp"] {
            Value::Object(before) => {
                Some(self.world.timestamp_ms() - before["before_now_ms"].as_i64().unwrap_or(0))
            }
            other => other.as_i64(),
        };
        let headers = record["headers"].as_array().into_iter().flatten();
        Ok(ProducerRecord {
            topic: TopicName::new(topic),
            partition: record["partition"].as_i64().map(|number| number as i32),
            key: bytes_of(&record["key"]),
            value: bytes_of(&record["value"]),
            headers: headers
                .map(|pair| Header {
                    key: pair[0].as_str().unwrap_or_default().to_owned(),
                    value: bytes_of(&pair[1]),
                })
                .collect(),
            timestamp_ms,
        })
    }
}

fn bytes_of(value: &Value) -> Option<bytes::Bytes> {
    match value {
        Value::String(text) => Some(text.clone().into()),
        Value::Object(long) => {
            let length = long
                .get("length")
                .and_then(Value::as_u64)
                .unwrap_or_default();
            Some("x".repeat(length as usize).into())
        }
        _ => None,
    }
}
