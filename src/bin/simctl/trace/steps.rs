//! The actions of a trace, one by one, as commands to the engine.

use serde_json::{Map, Value, json};

use highwater_engine::kafka::client::call::{CallResult, ClientCall};
use highwater_engine::kafka::client::exception::ClientException;
use highwater_engine::kafka::ids::{BrokerId, NodeId, TopicName, TopicPartition};
use highwater_engine::kafka::message::ElectionType;
use highwater_engine::kafka::metadata::ConfigResource;
use highwater_engine::kafka::time::SimDuration;
use highwater_engine::sim::command::{Command, CommandRejected};

use super::StepError;
use super::format::{TraceStep, properties};
use super::observe::text;
use super::player::{Player, partition};

impl Player {
    /// Plays one action; gives its result in the trace's words.
    pub(super) fn dispatch(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        match step.action.as_str() {
            "create_topic" => self.create_topic(step),
            "delete_topic" => {
                let topic = TopicName::new(text(step, "topic")?);
                self.admin(step, ClientCall::DeleteTopic { topic })
            }
            "create_partitions" => self.create_partitions(step),
            "alter_config" => self.alter_config(step),
            "elect_leaders" => self.elect_leaders(step),
            "delete_records" => self.delete_records(step),
            "kill" => self.broker_command(step, |broker| Command::CrashBroker { broker }),
            "term" => self.terminate(step),
            "pause" => self.broker_command(step, |broker| Command::PauseBroker { broker }),
            "resume" => self.start(step, |broker| Command::ResumeBroker { broker }),
            "start" => self.start(step, |broker| Command::StartBroker { broker }),
            "open_producer" | "open_consumer" => self.open(step),
            "crash" => {
                self.command(Command::CrashClient {
                    client: client(step)?.to_owned(),
                })?;
                Ok(json!({}))
            }
            "send" => self.send(step),
            "flush" => {
                self.call(client(step)?, ClientCall::Flush)?;
                self.report_sends(step)
            }
            "await_sends" => self.await_sends(step),
            "poll" => self.poll(step),
            "start_polling" => self.start_polling(step),
            "stop_polling" => self.stop_polling(step),
            "wait" => {
                self.run_for(SimDuration::from_millis(number(step, "ms")?));
                Ok(json!({}))
            }
            "await" => self.await_step(step),
            "observe" => self.observe(step),
            "member" => self.member(step),
            #[cfg(not(target_arch = "wasm32"))]
            "cli" => self.cli(step),
            _ => self.simple_call(step),
        }
    }

    /// Calls that give nothing but an error, a position or a commit.
    fn simple_call(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let method = match step.action.as_str() {
            "close" => ClientCall::Close,
            "subscribe" => ClientCall::Subscribe {
                topics: topics(step)?,
            },
            "unsubscribe" => ClientCall::Unsubscribe,
            "assign" => ClientCall::Assign {
                partitions: partitions(step)?,
            },
            "seek" => {
                let partition = partition(text(step, "partition")?)?;
                let offset = step.field("offset").as_i64().unwrap_or_default();
                ClientCall::Seek { partition, offset }
            }
            "seek_to_beginning" => ClientCall::SeekToBeginning {
                partitions: partitions(step)?,
            },
            "seek_to_end" => ClientCall::SeekToEnd {
                partitions: partitions(step)?,
            },
            "pause_partitions" => ClientCall::PausePartitions {
                partitions: partitions(step)?,
            },
            "resume_partitions" => ClientCall::ResumePartitions {
                partitions: partitions(step)?,
            },
            "commit_sync" => ClientCall::CommitSync {
                offsets: offsets(step)?,
            },
            "commit_async" => return self.commit_async(step),
            "position" => return self.position(step),
            "committed" => ClientCall::Committed {
                partitions: partitions(step)?,
            },
            "offsets_for_times" => ClientCall::OffsetsForTimes {
                times: times(step)?,
            },
            action => return Err(StepError::NotSupported(action.to_owned())),
        };
        let result = self.call(client(step)?, method)?;
        let mut json = self.result_json(&result, step);
        let node = self.node_of(client(step)?)?;
        if step.action == "assign" {
            self.news.of(node).assigned = partitions(step)?;
        }
        self.news.of(node).report_callbacks(&mut json);
        Ok(json)
    }

    fn result_json(&mut self, result: &CallResult, step: &TraceStep) -> Value {
        match result {
            CallResult::Threw(exception) => json!({ "error": error_json(exception, step) }),
            CallResult::Committed(committed) => {
                let offsets: Map<String, Value> = committed
                    .iter()
                    .map(|(partition, committed)| {
                        let offset = committed.as_ref().map(|committed| committed.offset.0);
                        (partition.to_string(), json!(offset))
                    })
                    .collect();
                json!({ "committed": offsets })
            }
            CallResult::OffsetsForTimes(found) => {
                let offsets: Map<String, Value> = found
                    .iter()
                    .map(|(partition, found)| {
                        let found = found.map(|found| {
                            let mut json = json!({ "offset": found.offset.0 });
                            if step.asks_for("timestamp") {
                                json["timestamp"] = found
                                    .timestamp_ms
                                    .map_or(Value::Null, |t| self.timestamp(t));
                            }
                            json
                        });
                        (partition.to_string(), json!(found))
                    })
                    .collect();
                json!({ "offsets": offsets })
            }
            _ => json!({}),
        }
    }

    fn create_topic(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let topic = TopicName::new(text(step, "topic")?);
        let method = ClientCall::CreateTopic {
            topic: topic.clone(),
            partitions: step.field("partitions").as_i64().map(|n| n as i32),
            replication_factor: step.field("replication_factor").as_i64().map(|n| n as i16),
            assignment: assignment(step.field("assignment")),
            config: properties(step.field("config")),
        };
        let result = self.admin(step, method)?;
        if result.get("error").is_none() {
            self.wait_for_topic(&topic);
        }
        Ok(result)
    }

    fn create_partitions(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let topic = TopicName::new(text(step, "topic")?);
        let method = ClientCall::CreatePartitions {
            topic: topic.clone(),
            total: number(step, "total")? as i32,
            assignment: assignment(step.field("assignment")),
        };
        let result = self.admin(step, method)?;
        if result.get("error").is_none() {
            self.wait_for_topic(&topic);
        }
        Ok(result)
    }

    /// Until every live broker knows the topic and its leaders.
    fn wait_for_topic(&mut self, topic: &TopicName) {
        let known = |player: &mut Player| {
            let wanted = player.world.controller().image().topics.get(topic).cloned();
            player.world.brokers().all(|(id, broker)| {
                let lives = player.is_active(id) && broker.is_running();
                !lives
                    || broker.metadata().and_then(|image| image.topics.get(topic))
                        == wanted.as_ref()
            })
        };
        self.run_until(SimDuration::from_secs(10), known);
    }

    fn alter_config(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let resource = if let Some(topic) = step.field("topic").as_str() {
            ConfigResource::Topic(TopicName::new(topic))
        } else if let Some(broker) = step.field("broker").as_u64() {
            ConfigResource::Broker(BrokerId(broker as u32))
        } else {
            return Err(StepError::NotSupported("settings of a group".to_owned()));
        };
        let delete = step.field("delete").as_array().into_iter().flatten();
        let delete = delete
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let set = properties(step.field("set"));
        self.admin(
            step,
            ClientCall::AlterConfig {
                resource,
                set,
                delete,
            },
        )
    }

    fn elect_leaders(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let election_type = match text(step, "type")? {
            "preferred" => ElectionType::Preferred,
            _ => ElectionType::Unclean,
        };
        let partitions = partitions(step)?;
        match self.call(
            "admin",
            ClientCall::ElectLeaders {
                election_type,
                partitions,
            },
        )? {
            CallResult::ElectLeaders(results) => {
                let results: Map<String, Value> = results
                    .into_iter()
                    .map(|(partition, error)| {
                        let word = error.map_or("elected".to_owned(), |error| error.class);
                        (partition.to_string(), json!(word))
                    })
                    .collect();
                Ok(json!({ "partitions": results }))
            }
            other => Ok(self.result_json(&other, step)),
        }
    }

    fn delete_records(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let mut low_watermarks = Map::new();
        let before = step.field("before").as_object();
        let before = before.map_or(Ok(Vec::new()), numbers_by_partition)?;
        for (partition, before) in before {
            let name = partition.to_string();
            match self.call("admin", ClientCall::DeleteRecords { partition, before })? {
                CallResult::LowWatermark(offset) => {
                    low_watermarks.insert(name, json!(offset.0));
                }
                other => return Ok(self.result_json(&other, step)),
            }
        }
        Ok(json!({ "low_watermarks": low_watermarks }))
    }

    fn admin(&mut self, step: &TraceStep, method: ClientCall) -> Result<Value, StepError> {
        let result = self.call("admin", method)?;
        Ok(self.result_json(&result, step))
    }

    fn broker_command(
        &mut self,
        step: &TraceStep,
        command: impl Fn(BrokerId) -> Command,
    ) -> Result<Value, StepError> {
        self.command(command(broker(step)?))?;
        Ok(json!({}))
    }

    /// SIGTERM; returns when the process is gone.
    fn terminate(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let id = broker(step)?;
        self.command(Command::StopBroker { broker: id })?;
        let gone = |player: &mut Player| {
            let machine = player.world.machine(NodeId::Broker(id));
            machine.is_some_and(|machine| !machine.status.accepts_input())
        };
        if self.run_until(SimDuration::from_secs(300), gone) {
            return Ok(json!({}));
        }
        Err(StepError::NotSupported(
            "the broker never went down".to_owned(),
        ))
    }

    /// Starts or resumes; returns when the controller counts the broker as active.
    fn start(
        &mut self,
        step: &TraceStep,
        command: impl Fn(BrokerId) -> Command,
    ) -> Result<Value, StepError> {
        let id = broker(step)?;
        self.command(command(id))?;
        let active = |player: &mut Player| {
            let machine = player.world.machine(NodeId::Broker(id));
            machine.is_some_and(|machine| machine.is_running()) && player.is_active(id)
        };
        if self.run_until(SimDuration::from_secs(120), active) {
            return Ok(json!({}));
        }
        Err(StepError::NotSupported(
            "the broker never became active".to_owned(),
        ))
    }

    fn open(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let name = client(step)?.to_owned();
        let config = properties(step.field("config"));
        let command = match step.action.as_str() {
            "open_producer" => Command::AddProducer { name, config },
            _ => Command::AddConsumer { name, config },
        };
        match self.try_command(command) {
            Ok(_) => Ok(json!({})),
            // Highwater's own word for what it doesn't build yet; no client of Kafka's throws it.
            Err(CommandRejected::Refused(exception))
                if exception.class == "UnsupportedOperationException" =>
            {
                Err(StepError::NotSupported(exception.message))
            }
            Err(CommandRejected::Refused(exception)) => {
                Ok(json!({ "error": error_json(&exception, step) }))
            }
            Err(rejected) => Err(StepError::NotSupported(rejected.to_string())),
        }
    }

    fn commit_async(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let name = client(step)?;
        let method = ClientCall::CommitAsync {
            offsets: offsets(step)?,
        };
        let call = self.begin_call(name, method)?;
        let node = self.node_of(name)?;
        self.news
            .of(node)
            .commit_numbers
            .insert(call, number(step, "number").unwrap_or_default());
        self.run_until_event(|player| player.news.of(node).returned.contains_key(&call));
        let result = self
            .news
            .of(node)
            .returned
            .remove(&call)
            .unwrap_or(CallResult::Done);
        Ok(self.result_json(&result, step))
    }

    fn position(&mut self, step: &TraceStep) -> Result<Value, StepError> {
        let mut positions = Map::new();
        for partition in partitions(step)? {
            let method = ClientCall::Position {
                partition: partition.clone(),
            };
            match self.call(client(step)?, method)? {
                CallResult::Position(offset) => {
                    positions.insert(partition.to_string(), json!(offset.0));
                }
                other => return Ok(self.result_json(&other, step)),
            }
        }
        Ok(json!({ "positions": positions }))
    }
}

/// An exception: its texts where the trace has them.
pub(super) fn error_json(exception: &ClientException, step: &TraceStep) -> Value {
    let mut json = json!({ "class": exception.class });
    if step.action.starts_with("open_") || step.asks_for("message") {
        json["message"] = json!(exception.message);
        if let Some(cause) = &exception.cause {
            json["cause"] = json!({ "class": cause.class, "message": cause.message });
        }
    }
    json
}

pub(super) fn client(step: &TraceStep) -> Result<&str, StepError> {
    text(step, "client")
}

/// A broker of the step. The controller, 100, can't be stopped in this engine.
fn broker(step: &TraceStep) -> Result<BrokerId, StepError> {
    match number(step, "broker")? {
        100 => Err(StepError::NotSupported(
            "stopping the controller".to_owned(),
        )),
        id => Ok(BrokerId(id as u32)),
    }
}

pub(super) fn number(step: &TraceStep, name: &str) -> Result<u64, StepError> {
    step.field(name)
        .as_u64()
        .ok_or_else(|| StepError::NotSupported(format!("no {name}")))
}

fn topics(step: &TraceStep) -> Result<Vec<TopicName>, StepError> {
    let topics = step.field("topics").as_array();
    let topics = topics.ok_or_else(|| StepError::NotSupported("a pattern".to_owned()))?;
    Ok(topics
        .iter()
        .filter_map(Value::as_str)
        .map(TopicName::new)
        .collect())
}

fn partitions(step: &TraceStep) -> Result<Vec<TopicPartition>, StepError> {
    let names = step.field("partitions").as_array().into_iter().flatten();
    names
        .map(|name| partition(name.as_str().unwrap_or_default()))
        .collect()
}

fn offsets(step: &TraceStep) -> Result<Option<Vec<(TopicPartition, i64)>>, StepError> {
    step.field("offsets")
        .as_object()
        .map(numbers_by_partition)
        .transpose()
}

fn times(step: &TraceStep) -> Result<Vec<(TopicPartition, i64)>, StepError> {
    step.field("times")
        .as_object()
        .map_or(Ok(Vec::new()), numbers_by_partition)
}

fn numbers_by_partition(map: &Map<String, Value>) -> Result<Vec<(TopicPartition, i64)>, StepError> {
    map.iter()
        .map(|(name, n)| Ok((partition(name)?, n.as_i64().unwrap_or_default())))
        .collect()
}

fn assignment(value: &Value) -> Option<Vec<Vec<BrokerId>>> {
    let replicas = |list: &Value| {
        let ids = list.as_array().into_iter().flatten();
        ids.filter_map(|id| id.as_u64().map(|id| BrokerId(id as u32)))
            .collect()
    };
    value
        .as_array()
        .map(|partitions| partitions.iter().map(replicas).collect())
}
