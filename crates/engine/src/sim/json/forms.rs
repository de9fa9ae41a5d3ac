//! The forms of everything a scenario is made of, one line a form.
//!
//! A structure's fields before the semicolon must be there; those after it may be left out, and
//! are left out where they say nothing.

use super::form::{Fields, Form, Problem, choice, put, put_any, structure};
use super::tree::Tree;
use crate::kafka::client::call::{ClientCall, ProducerRecord};
use crate::kafka::ids::{EventId, PartitionId, TopicPartition};
use crate::kafka::message::ElectionType;
use crate::kafka::metadata::ConfigResource;
use crate::kafka::record::Header;
use crate::sim::command::{Command, Endpoint};
use crate::sim::scenario::{ClusterConfig, Scenario, TimedCommand};
use crate::sim::workload::Workload;

structure! { Scenario { version; name seed cluster commands } }
structure! { Workload { topic interval_ms; keys count } }
structure! { ProducerRecord { topic; partition key value headers timestamp_ms } }
structure! { Header { key; value } }
structure! { TopicPartition { topic partition } }
structure! { EventId { step index } }

choice! { Command {
    "crash_broker" CrashBroker { broker },
    "cut_power" CutPower { broker },
    "stop_broker" StopBroker { broker },
    "start_broker" StartBroker { broker },
    "pause_broker" PauseBroker { broker },
    "resume_broker" ResumeBroker { broker },
    "cut_link" CutLink { between },
    "heal_link" HealLink { between },
    "delay_link" DelayLink { between extra_ms },
    "hold_message" HoldMessage { sent },
    "release_message" ReleaseMessage { sent },
    "drop_message" DropMessage { sent },
    "add_producer" AddProducer { name; config },
    "add_consumer" AddConsumer { name; config },
    "crash_client" CrashClient { client },
    "pause_client" PauseClient { client },
    "resume_client" ResumeClient { client },
    "call" Call { client method },
    "start_workload" StartWorkload { producer workload },
    "stop_workload" StopWorkload { producer },
} }

choice! { Endpoint {
    "controller" Controller,
    "broker" Broker(id),
    "client" Client(name),
} }

choice! { ClientCall {
    "send" Send(record),
    "flush" Flush,
    "close" Close,
    "subscribe" Subscribe { topics },
    "unsubscribe" Unsubscribe,
    "assign" Assign { partitions },
    "seek" Seek { partition offset },
    "seek_to_beginning" SeekToBeginning { partitions },
    "seek_to_end" SeekToEnd { partitions },
    "pause_partitions" PausePartitions { partitions },
    "resume_partitions" ResumePartitions { partitions },
    "poll" Poll { timeout_ms },
    "start_polling" StartPolling,
    "stop_polling" StopPolling,
    "commit_sync" CommitSync { ; offsets },
    "commit_async" CommitAsync { ; offsets },
    "position" Position { partition },
    "committed" Committed { partitions },
    "offsets_for_times" OffsetsForTimes { times },
    "create_topic" CreateTopic { topic; partitions replication_factor assignment config },
    "delete_topic" DeleteTopic { topic },
    "create_partitions" CreatePartitions { topic total; assignment },
    "delete_records" DeleteRecords { partition before },
    "alter_config" AlterConfig { resource set delete },
    "elect_leaders" ElectLeaders { election_type partitions },
} }

choice! { ConfigResource {
    "topic" Topic(name),
    "broker" Broker(id),
    "cluster" Cluster,
    "group" Group(id),
} }

choice! { ElectionType {
    "preferred" Preferred,
    "unclean" Unclean,
} }

impl Form for PartitionId {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<PartitionId> {
        Form::read(tree, problem).map(PartitionId)
    }

    fn write(&self) -> Tree {
        self.0.write()
    }
}

/// Everything may be left out; what stands for it is not nothing, so all of it is written.
impl Form for ClusterConfig {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<ClusterConfig> {
        let mut fields = Fields::of(tree, "ClusterConfig", problem)?;
        let usual = ClusterConfig::default();
        let brokers = fields.take_or("brokers", usual.brokers);
        let config = fields.take_or("config", usual.config);
        let broker_config = fields.take_or("broker_config", usual.broker_config);
        let hop_us = fields.take_or("hop_us", usual.hop_us);
        let hop_jitter_us = fields.take_or("hop_jitter_us", usual.hop_jitter_us);
        let broker_start_ms = fields.take_or("broker_start_ms", usual.broker_start_ms);
        let clock_start_ms = fields.take_or("clock_start_ms", usual.clock_start_ms);
        fields.done()?;
        Some(ClusterConfig {
            brokers: brokers?,
            config: config?,
            broker_config: broker_config?,
            hop_us: hop_us?,
            hop_jitter_us: hop_jitter_us?,
            broker_start_ms: broker_start_ms?,
            clock_start_ms: clock_start_ms?,
        })
    }

    fn write(&self) -> Tree {
        let fields = [
            ("brokers", self.brokers.write()),
            ("config", self.config.write()),
            ("broker_config", self.broker_config.write()),
            ("hop_us", self.hop_us.write()),
            ("hop_jitter_us", self.hop_jitter_us.write()),
            ("broker_start_ms", self.broker_start_ms.write()),
            ("clock_start_ms", self.clock_start_ms.write()),
        ];
        let named = fields.map(|(name, value)| (name.to_owned(), value));
        Tree::Fields(named.into())
    }
}

/// The command stands behind `do`.
impl Form for TimedCommand {
    fn read(tree: &Tree, problem: &mut Problem) -> Option<TimedCommand> {
        let mut fields = Fields::of(tree, "TimedCommand", problem)?;
        let at_ms = fields.take("at_ms");
        let plus_us = fields.take_or("plus_us", 0);
        let after_step = fields.take_or("after_step", None);
        let command = fields.take("do");
        fields.done()?;
        Some(TimedCommand {
            at_ms: at_ms?,
            plus_us: plus_us?,
            after_step: after_step?,
            command: command?,
        })
    }

    fn write(&self) -> Tree {
        let mut fields = Vec::new();
        put(&mut fields, "at_ms", &self.at_ms);
        put_any(&mut fields, "plus_us", &self.plus_us);
        put_any(&mut fields, "after_step", &self.after_step);
        put(&mut fields, "do", &self.command);
        Tree::Fields(fields)
    }
}
