//! `observe` and `await`: looking at the cluster as the recorder looked at Kafka.

use serde_json::{Map, Value, json};

use highwater_engine::kafka::ids::{BrokerId, NodeId, Offset, ProducerId, TopicPartition};
use highwater_engine::kafka::log::Log;
use highwater_engine::kafka::message::OffsetSpec;
use highwater_engine::kafka::metadata::PartitionRegistration;
use highwater_engine::kafka::record::{CompressionType, RecordBatch, StoredRecord, TimestampType};
use highwater_engine::kafka::time::SimDuration;

use super::StepError;
use super::format::TraceStep;
use super::player::{Player, partition};

impl Player {
    /// `await`: lets time run until the condition holds.
    pub(super) fn await_step(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let limit = step.field("limit_ms").as_u64().unwrap_or_default();
        let mut failure = None;
        let held = self.run_until(SimDuration::from_millis(limit), |player| {
            match player.awaited_value(step) {
                Ok(value) => satisfies(&value, step),
                Err(error) => {
                    failure = Some(error);
                    true
                }
            }
        });
        failure.map_or(Ok(json!({ "held": held })), Err)
    }

    fn awaited_value(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let what = text(step, "what")?;
        match what {
            "leader" | "leader_epoch" | "isr" | "elr" | "last_known_elr" | "replicas" => {
                let partition = partition(text(step, "partition")?)?;
                Ok(self.agreed_by_brokers(&partition, |state| registration_value(state, what)))
            }
            "earliest" => self.list_offset(step, OffsetSpec::Earliest),
            "cleaned_to" => {
                let partition = partition(text(step, "partition")?)?;
                let broker = self.world.broker(broker_of(step));
                let files = broker.and_then(|broker| broker.disk().replica(&partition));
                let checkpoint = files.and_then(|files| files.cleaner_checkpoint);
                Ok(checkpoint.map_or(Value::Null, |offset| json!(offset.0)))
            }
            "latest" => self.list_offset(step, OffsetSpec::Latest),
            "latest_committed" => self.list_offset(step, OffsetSpec::LatestCommitted),
            "log_end" => self.of_log(step, |log| json!(log.log_end_offset().0)),
            "segments" => self.of_log(step, |log| json!(log.segments().count())),
            "active_brokers" => Ok(self.active_brokers()),
            "group_state" | "group_members" | "group_assigned" => self.awaited_of_group(step),
            "committed" => {
                let partition = partition(text(step, "partition")?)?;
                let committed = self.committed_offsets(text(step, "group")?);
                let offset = committed.into_iter().find(|(other, _)| *other == partition);
                Ok(offset.map_or(Value::Null, |(_, offset)| json!(offset.0)))
            }
            "assigned" => {
                let node = self.node_of(text(step, "client")?)?;
                Ok(json!(super::clients::names(&self.news.of(node).assigned)))
            }
            "polling_failed" => {
                let node = self.node_of(text(step, "client")?)?;
                let news = self.news.of(node);
                let has_failed = news.polling_failed.is_some();
                if has_failed {
                    // The recorder's look at a client that polls no more took what it had to
                    // tell, and told nobody.
                    news.callbacks.clear();
                }
                Ok(json!(has_failed))
            }
            "received" => {
                let mut received = 0;
                for client in step.field("clients").as_array().into_iter().flatten() {
                    let node = self.node_of(client.as_str().unwrap_or_default())?;
                    received += self.news.of(node).polled.len();
                }
                Ok(json!(received))
            }
            _ => Err(StepError::NotSupported(format!("await {what}"))),
        }
    }

    /// `observe`: looks once.
    pub(super) fn observe(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        match text(step, "what")? {
            "partitions" => self.observe_partitions(step),
            "offsets" => self.observe_offsets(step),
            "log" => self.observe_log(step),
            "epochs" => self.of_log(step, |log| {
                let entries = log.epochs().entries();
                let pairs = entries.map(|(epoch, start_offset)| json!([epoch.0, start_offset.0]));
                json!({ "epochs": pairs.collect::<Vec<_>>() })
            }),
            "producers" => self.observe_producers(step),
            "committed" => {
                let committed = self.committed_offsets(text(step, "group")?);
                let offsets: Map<String, Value> = committed
                    .into_iter()
                    .map(|(partition, offset)| (self.partition_name(&partition), json!(offset.0)))
                    .collect();
                Ok(json!({ "committed": offsets }))
            }
            "group" => self.observe_group(step),
            what => Err(StepError::NotSupported(format!("observe {what}"))),
        }
    }

    fn observe_partitions(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let topic = text(step, "topic")?;
        let image = self.world.controller().image();
        let partitions: Vec<(TopicPartition, PartitionRegistration)> = image
            .partitions()
            .filter(|(partition, _)| partition.topic.as_str() == topic)
            .map(|(partition, state)| (partition, state.clone()))
            .collect();
        if partitions.is_empty() {
            return Ok(json!({ "error": { "class": "UnknownTopicOrPartitionException" } }));
        }
        let mut result = Map::new();
        for (partition, state) in partitions {
            let mut names = vec!["leader", "leader_epoch", "replicas", "isr"];
            names.extend(
                ["elr", "last_known_elr"]
                    .iter()
                    .filter(|name| step.asks_for(name)),
            );
            let fields: Map<String, Value> = names
                .into_iter()
                .map(|name| (name.to_owned(), registration_value(&state, name)))
                .collect();
            result.insert(self.partition_name(&partition), Value::Object(fields));
        }
        Ok(Value::Object(result))
    }

    fn observe_offsets(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let mut result = Map::new();
        for name in step.field("partitions").as_array().into_iter().flatten() {
            let partition = partition(name.as_str().unwrap_or_default())?;
            let mut fields = Map::new();
            for (field, spec) in [
                ("earliest", OffsetSpec::Earliest),
                ("latest", OffsetSpec::Latest),
                ("latest_committed", OffsetSpec::LatestCommitted),
            ] {
                fields.insert(field.to_owned(), self.offset_at_leader(&partition, spec));
            }
            result.insert(partition.to_string(), Value::Object(fields));
        }
        Ok(Value::Object(result))
    }

    fn observe_producers(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let partition = partition(text(step, "partition")?)?;
        let leader = self
            .world
            .controller()
            .image()
            .partition(&partition)
            .and_then(|p| p.leader);
        let broker = leader.and_then(|leader| self.world.broker(leader));
        let Some(log) = broker.and_then(|broker| broker.disk().log(&partition)) else {
            return Err(StepError::NotSupported(format!(
                "{partition} has no leader"
            )));
        };
        let states: Vec<(ProducerId, Value)> = log
            .producers()
            .iter()
            .map(|state| {
                let transaction = state
                    .current_transaction_first_offset
                    .map(|offset| offset.0);
                let fields = json!({
                    "producer_epoch": state.producer_epoch,
                    "last_sequence": state.last_sequence().unwrap_or(-1),
                    "transaction_start_offset": transaction.map_or(json!(-1), |first| json!(first)),
                });
                (state.producer_id, fields)
            })
            .collect();
        let mut named: Vec<Value> = states
            .into_iter()
            .map(|(id, mut fields)| {
                fields["producer"] = self.producer_name(Some(id));
                fields
            })
            .collect();
        named.sort_by_key(|fields| fields["producer"].as_str().map(str::to_owned));
        Ok(json!({ "producers": named }))
    }

    fn observe_log(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let segments: Vec<(Offset, Vec<RecordBatch>)> = {
            let log = self.log(step)?;
            log.segments()
                .map(|segment| (segment.base_offset(), segment.batches().cloned().collect()))
                .collect()
        };
        let mut result = Vec::new();
        for (base_offset, batches) in segments {
            let batches: Result<Vec<Value>, StepError> = batches
                .iter()
                .map(|batch| self.batch_json(batch, step))
                .collect();
            result.push(json!({ "base_offset": base_offset.0, "batches": batches? }));
        }
        Ok(json!({ "segments": result }))
    }

    fn batch_json(&mut self, batch: &RecordBatch, step: &TraceStep) -> Result<Value, StepError> {
        let header = batch.header();
        let producer = batch.producer();
        let mut result = json!({
            "base_offset": batch.base_offset().0,
            "last_offset": batch.last_offset().0,
            "count": header.record_count,
            "leader_epoch": batch.partition_leader_epoch().0,
            "producer": self.producer_name(producer.map(|producer| producer.id)),
        });
        if let Some(producer) = producer {
            result["producer_epoch"] = json!(producer.epoch);
            result["base_sequence"] = json!(producer.base_sequence.unwrap_or(-1));
        }
        for (name, is_true) in [
            ("transactional", batch.is_transactional()),
            ("control", batch.is_control()),
            ("delete_horizon_set", batch.delete_horizon_ms().is_some()),
        ] {
            if is_true {
                result[name] = json!(true);
            }
        }
        let codec = header.attributes.compression().unwrap_or_default();
        if codec != CompressionType::None {
            if step.asks_for("size") || step.asks_for("bytes") {
                // Records under a codec keep their size here.
                return Err(StepError::NotSupported(
                    "the size of compressed batches".to_owned(),
                ));
            }
            result["compression"] = json!(codec);
        }
        if header.attributes.timestamp_type() == TimestampType::LogAppendTime {
            result["timestamp_type"] = json!("LogAppendTime");
        }
        if step.asks_for("size") {
            result["size"] = json!(batch.size_in_bytes());
        }
        if step.asks_for("timestamp") {
            result["base_timestamp"] = self.timestamp(header.base_timestamp_ms);
            result["max_timestamp"] = self.timestamp(batch.max_timestamp_ms());
        }
        if step.asks_for("bytes") {
            result["bytes"] = json!(self.masked_bytes(batch));
        }
        let records = batch
            .records()
            .map_err(|e| StepError::NotSupported(e.to_string()))?;
        let with_timestamp = step.asks_for("timestamp");
        result["records"] = records
            .iter()
            .map(|record| self.stored_record(record, with_timestamp))
            .collect();
        Ok(result)
    }

    fn stored_record(&self, stored: &StoredRecord, with_timestamp: bool) -> Value {
        let record = &stored.record;
        let mut result = json!({
            "offset": stored.offset.0,
            "key": bytes_json(record.key.as_deref()),
            "value": bytes_json(record.value.as_deref()),
        });
        if !record.headers.is_empty() {
            result["headers"] = headers_json(&record.headers);
        }
        if with_timestamp {
            result["timestamp"] = self.timestamp(record.timestamp_ms);
        }
        result
    }

    /// A timestamp; those of the clock are the word.
    pub(super) fn timestamp(&self, timestamp_ms: i64) -> Value {
        const FIRST_OF_A_CLOCK: i64 = 1_600_000_000_000;
        if timestamp_ms < FIRST_OF_A_CLOCK {
            json!(timestamp_ms)
        } else {
            json!("clock")
        }
    }

    /// The batch in hex, with words in place of what differs from run to run: a clock's times, a
    /// producer's id, and the checksum of a batch that has one of these in it.
    fn masked_bytes(&self, batch: &RecordBatch) -> String {
        let hex: String = batch
            .to_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let header = batch.header();
        let is_clock = |timestamp_ms| self.timestamp(timestamp_ms) == json!("clock");
        let is_base_clock = is_clock(header.base_timestamp_ms);
        let is_max_clock = is_clock(batch.max_timestamp_ms());
        let has_producer = batch.producer().is_some();
        let mut masked = String::new();
        let mut copied_to = 0;
        for (from, to, word, is_masked) in [
            (
                34,
                42,
                "<crc>",
                is_base_clock || is_max_clock || has_producer,
            ),
            (54, 70, "<base_timestamp>", is_base_clock),
            (70, 86, "<max_timestamp>", is_max_clock),
            (86, 102, "<producer_id>", has_producer),
        ] {
            if is_masked {
                masked.push_str(&hex[copied_to..from]);
                masked.push_str(word);
                copied_to = to;
            }
        }
        masked.push_str(&hex[copied_to..]);
        masked
    }

    fn of_log(
        &mut self,
        step: &TraceStep,
        look: impl FnOnce(&Log) -> Value,
    ) -> Result<Value, StepError> {
        Ok(look(self.log(step)?))
    }

    fn log(&self, step: &TraceStep) -> Result<&Log, StepError> {
        let broker = broker_of(step);
        let partition = partition(text(step, "partition")?)?;
        self.world
            .broker(broker)
            .and_then(|broker| broker.disk().log(&partition))
            .ok_or_else(|| StepError::NotSupported(format!("{partition} isn't on {broker}")))
    }

    fn list_offset(&mut self, step: &TraceStep, spec: OffsetSpec) -> Result<Value, StepError> {
        let partition = partition(text(step, "partition")?)?;
        Ok(self.offset_at_leader(&partition, spec))
    }

    /// ListOffsets as the leader would answer it now, or the error's exception.
    fn offset_at_leader(&self, partition: &TopicPartition, spec: OffsetSpec) -> Value {
        let image = self.world.controller().image();
        let Some(state) = image.partition(partition) else {
            return json!("UNKNOWN_TOPIC_OR_PARTITION");
        };
        let Some(broker) = state.leader.and_then(|leader| self.world.broker(leader)) else {
            return json!("LEADER_NOT_AVAILABLE");
        };
        match broker.offset_for(partition, spec) {
            Ok(Some(found)) => json!(found.offset.0),
            Ok(None) => Value::Null,
            Err(code) => json!(code.name()),
        }
    }

    /// A value on which all live brokers agree; null while they don't.
    fn agreed_by_brokers(
        &self,
        partition: &TopicPartition,
        value: impl Fn(&PartitionRegistration) -> Value,
    ) -> Value {
        let mut agreed: Option<Value> = None;
        for (id, broker) in self.world.brokers() {
            let machine = self.world.machine(NodeId::Broker(id));
            let answers = machine.is_some_and(|machine| machine.is_running());
            if !self.is_active(id) || !answers {
                continue;
            }
            let Some(state) = broker
                .metadata()
                .and_then(|image| image.partition(partition))
            else {
                return Value::Null;
            };
            let told = value(state);
            if agreed.get_or_insert_with(|| told.clone()) != &told {
                return Value::Null;
            }
        }
        agreed.unwrap_or(Value::Null)
    }

    fn active_brokers(&self) -> Value {
        self.world
            .cluster()
            .broker_ids()
            .filter(|id| self.is_active(*id))
            .map(|id| id.0)
            .collect()
    }
}

fn registration_value(state: &PartitionRegistration, name: &str) -> Value {
    let sorted = |ids: &[BrokerId]| {
        let mut ids: Vec<u32> = ids.iter().map(|id| id.0).collect();
        ids.sort_unstable();
        json!(ids)
    };
    match name {
        "leader" => state.leader.map_or(json!(-1), |leader| json!(leader.0)),
        "leader_epoch" => json!(state.leader_epoch.0),
        "replicas" => state.replicas.iter().map(|id| id.0).collect(),
        "isr" => sorted(&state.isr),
        "elr" => sorted(&state.elr),
        _ => sorted(&state.last_known_elr),
    }
}

fn satisfies(value: &Value, step: &TraceStep) -> bool {
    match step.field("at_least").as_u64() {
        Some(least) => value.as_u64().is_some_and(|value| value >= least),
        None => value == step.field("is"),
    }
}

/// Bytes as the trace writes them.
pub fn bytes_json(bytes: Option<&[u8]>) -> Value {
    const LONGEST: usize = 64;
    match bytes {
        None => Value::Null,
        Some(bytes) if bytes.len() > LONGEST => json!({ "length": bytes.len() }),
        Some(bytes) => json!(String::from_utf8_lossy(bytes)),
    }
}

/// Headers as pairs.
pub fn headers_json(headers: &[highwater_engine::kafka::record::Header]) -> Value {
    headers
        .iter()
        .map(|header| json!([header.key, bytes_json(header.value.as_deref())]))
        .collect()
}

/// A text field.
pub fn text<'a>(step: &'a TraceStep, name: &str) -> Result<&'a str, StepError> {
    step.field(name)
        .as_str()
        .ok_or_else(|| StepError::NotSupported(format!("no {name}")))
}

/// The broker that a step looks at.
fn broker_of(step: &TraceStep) -> BrokerId {
    BrokerId(step.field("broker").as_u64().unwrap_or_default() as u32)
}
