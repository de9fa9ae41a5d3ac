//! A broker: the process that keeps replicas, serves clients, and follows the controller.
//!
//! In the order in which one understands it:
//! - `disk`: what outlives the process;
//! - `lifecycle`: registration, heartbeats, controlled shutdown;
//! - `metadata_follower`: reading the controller's log and becoming leader or follower;
//! - `produce`: the leader appends; `fetch`: followers and consumers read;
//! - `partition_leader`, `high_watermark`, `isr`: who is in sync and what is committed;
//! - `partition_follower`, `replica_fetcher`: how a follower keeps up;
//! - `log_manager`, `log_cleaner`: what makes old records go;
//! - `client_metadata`, `list_offsets`, `producer_ids`, `offsets_topic`, `delete_records`: what
//!   else clients ask.
//!
//! Kafka 4.3.1: `BrokerServer`, `KafkaApis`, `ReplicaManager`.
//! Simplified: one replica fetcher for each leader, no fetch sessions, no quotas; the listener
//! opens when the broker's first metadata is applied.

pub mod client_metadata;
mod delete_records;
pub mod directory;
pub mod disk;
mod fetch;
mod high_watermark;
mod isr;
mod lifecycle;
mod list_offsets;
mod log_cleaner;
mod log_manager;
mod log_upkeep;
mod metadata_follower;
mod offsets_topic;
pub mod partition_follower;
pub mod partition_leader;
mod process;
mod produce;
mod producer_ids;
mod purgatory;
mod read_replica;
mod replica;
mod replica_fetcher;

use serde::Serialize;

pub use disk::BrokerDisk;
pub use replica::{FollowerProgress, ReplicaRole, ReplicaState, WaitingProduce};

use crate::kafka::config::broker::BrokerConfig;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::group::GroupCoordinator;
use crate::kafka::ids::{BrokerEpoch, BrokerId, ClientId, NodeId, Offset, TopicPartition};
use crate::kafka::log::{CleaningPass, LogConfig, Outlook};
use crate::kafka::message::{FoundOffset, OffsetSpec};
use crate::kafka::metadata::MetadataImage;
use crate::kafka::node::{Context, Input, Node};
use process::{Process, Server};

/// A broker: its settings, its disk, and its process while it runs.
///
/// Kafka 4.3.1: `BrokerServer`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Broker {
    id: BrokerId,
    config: BrokerConfig,
    disk: BrokerDisk,
    process: Option<Box<Process>>,
}

impl Broker {
    /// A broker with an empty disk, not yet started.
    pub fn new(id: BrokerId, config: BrokerConfig) -> Broker {
        Broker {
            id,
            config,
            disk: BrokerDisk::default(),
            process: None,
        }
    }

    /// Drops the process with all that it only had in memory, as SIGKILL does.
    pub fn power_off(&mut self) {
        self.process = None;
    }

    /// The machine lost its power: the process is gone, and what was in the page cache only.
    /// Returns where the logs ended that lost something, and where they end now.
    pub fn lose_power(&mut self) -> Vec<(TopicPartition, Offset, Offset)> {
        self.power_off();
        self.disk.lose_unflushed()
    }

    /// Its id.
    pub fn id(&self) -> BrokerId {
        self.id
    }

    /// Its settings, as in its file.
    pub fn config(&self) -> &BrokerConfig {
        &self.config
    }

    /// What is on its disk.
    pub fn disk(&self) -> &BrokerDisk {
        &self.disk
    }

    /// Whether its process runs.
    pub fn is_running(&self) -> bool {
        self.process.is_some()
    }

    /// The cluster's metadata as this broker knows it; none while it is down.
    pub fn metadata(&self) -> Option<&MetadataImage> {
        self.process.as_ref().map(|process| &process.metadata)
    }

    /// Its incarnation, once it is registered.
    pub fn broker_epoch(&self) -> Option<BrokerEpoch> {
        self.process
            .as_ref()
            .and_then(|process| process.lifecycle.broker_epoch)
    }

    /// Whether it is on its way down in good order.
    pub fn is_shutting_down(&self) -> bool {
        self.process
            .as_ref()
            .is_some_and(|process| process.lifecycle.is_shutting_down())
    }

    /// What a replica of this broker is and knows; none while the broker is down.
    pub fn replica(&self, partition: &TopicPartition) -> Option<ReplicaState> {
        replica::describe(self.process.as_deref()?, &self.disk, partition)
    }

    /// The in-sync replicas of a partition, as its leader counts them; none elsewhere.
    pub fn in_sync_replicas(&self, partition: &TopicPartition) -> Vec<BrokerId> {
        self.replica(partition)
            .map(|replica| replica.isr)
            .unwrap_or_default()
    }

    /// What a client that asks this broker for an offset is told.
    ///
    /// Errors: NOT_LEADER_OR_FOLLOWER, OFFSET_NOT_AVAILABLE.
    pub fn offset_for(
        &self,
        partition: &TopicPartition,
        spec: OffsetSpec,
    ) -> Result<Option<FoundOffset>, ErrorCode> {
        let replica = self
            .process
            .as_deref()
            .and_then(|process| process.replicas.get(partition));
        let (Some(replica), Some(log)) = (replica, self.disk.log(partition)) else {
            return Err(ErrorCode::NotLeaderOrFollower);
        };
        list_offsets::offset_in(replica, log, NodeId::Client(ClientId(0)), spec)
    }

    /// The cleaning of a partition's log that is under way here.
    pub fn cleaning(&self, partition: &TopicPartition) -> Option<&CleaningPass> {
        let task = self.process.as_ref()?.cleaner.as_ref()?;
        (task.partition == *partition).then_some(&task.pass)
    }

    /// What a cleaning of a replica's log would come to at `now_ms`, since 1970, with the settings
    /// of a log; none for a log that isn't there.
    pub fn cleaning_outlook(
        &self,
        partition: &TopicPartition,
        config: &LogConfig,
        now_ms: i64,
    ) -> Option<Outlook> {
        let files = self.disk.replica(partition)?;
        let replica = self
            .process
            .as_deref()
            .and_then(|it| it.replicas.get(partition));
        let high_watermark =
            replica.map_or(files.high_watermark_checkpoint, |it| it.high_watermark);
        let log = &files.log;
        let cleaning = log.plan_cleaning(files.cleaner_checkpoint, high_watermark, now_ms, config);
        Some(log.outlook(cleaning, now_ms, log_cleaner::KEYS_MAX, config))
    }

    /// The coordinator of the groups whose part of `__consumer_offsets` this broker leads.
    pub fn group_coordinator(&self) -> Option<&GroupCoordinator> {
        self.process.as_ref().map(|process| &process.groups)
    }
}

impl Node for Broker {
    fn handle(&mut self, input: Input, cx: &mut Context<'_>) {
        if matches!(input, Input::Start) {
            self.process = Some(Box::new(Process::start(&mut self.disk, &self.config)));
        }
        // A node that isn't running is told nothing; an input for it would be the world's mistake.
        let Some(process) = &mut self.process else {
            return;
        };
        let mut server = Server {
            id: self.id,
            config: &self.config,
            disk: &mut self.disk,
            process,
        };
        server.handle(input, cx);
    }
}

#[cfg(test)]
mod tests;
