//! A broker's settings.
//!
//! Kafka 4.3.1: `KafkaConfig`, `ReplicationConfigs`, `ServerLogConfigs`, `KRaftConfigs`,
//! `GroupCoordinatorConfig`.

use serde::{Deserialize, Serialize};

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::{ConfigReader, Properties};
use crate::kafka::time::SimDuration;

/// A broker's settings, typed. The controller uses the same, as in a cluster set up from one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BrokerConfig {
    /// All settings as given, for what is looked up by name: topic defaults (`log.*`).
    pub properties: Properties,
    /// `broker.rack`.
    pub rack: Option<String>,
    /// `broker.heartbeat.interval.ms`.
    pub heartbeat_interval: SimDuration,
    /// `broker.session.timeout.ms`.
    pub session_timeout: SimDuration,
    /// `replica.lag.time.max.ms`.
    pub replica_lag_time_max: SimDuration,
    /// `replica.fetch.wait.max.ms`.
    pub replica_fetch_wait_max: SimDuration,
    /// `replica.fetch.min.bytes`.
    pub replica_fetch_min_bytes: u32,
    /// `replica.fetch.max.bytes`, a partition.
    pub replica_fetch_max_bytes: u32,
    /// `replica.fetch.response.max.bytes`.
    pub replica_fetch_response_max_bytes: u32,
    /// `replica.fetch.backoff.ms`.
    pub replica_fetch_backoff: SimDuration,
    /// `replica.socket.timeout.ms`.
    pub replica_socket_timeout: SimDuration,
    /// `replica.high.watermark.checkpoint.interval.ms`.
    pub high_watermark_checkpoint_interval: SimDuration,
    /// `replica.selector.class`: whether it is Kafka's `RackAwareReplicaSelector`.
    pub is_replica_selector_rack_aware: bool,
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: u32,
    /// `num.partitions`.
    pub num_partitions: i32,
    /// `default.replication.factor`.
    pub default_replication_factor: i16,
    /// `auto.create.topics.enable`.
    pub auto_create_topics_enable: bool,
    /// `min.insync.replicas`.
    pub min_insync_replicas: u32,
    /// `unclean.leader.election.enable`.
    pub unclean_leader_election_enable: bool,
    /// `auto.leader.rebalance.enable`.
    pub auto_leader_rebalance_enable: bool,
    /// `leader.imbalance.check.interval.seconds`.
    pub leader_imbalance_check_interval: SimDuration,
    /// `offsets.topic.num.partitions`.
    pub offsets_topic_num_partitions: u32,
    /// `offsets.topic.replication.factor`.
    pub offsets_topic_replication_factor: i16,
    /// `offsets.commit.timeout.ms`.
    pub offsets_commit_timeout: SimDuration,
    /// `group.initial.rebalance.delay.ms`.
    pub group_initial_rebalance_delay: SimDuration,
    /// `group.min.session.timeout.ms`.
    pub group_min_session_timeout: SimDuration,
    /// `group.max.session.timeout.ms`.
    pub group_max_session_timeout: SimDuration,
    /// The feature `eligible.leader.replicas.version`: 1 in a new cluster, 0 turns it off.
    pub is_eligible_leader_replicas_enabled: bool,
}

impl BrokerConfig {
    /// Reads `properties`; what is not set has Kafka's default.
    ///
    /// Errors: Kafka's own complaint about the first value that is no good.
    pub fn from_properties(properties: &Properties) -> Result<BrokerConfig, ClientException> {
        let reader = ConfigReader::new(properties);
        let ms = |name, default, min| {
            reader
                .long_at_least(name, default, min)
                .map(|ms| SimDuration::from_millis(ms as u64))
        };
        let int = |name, default, min| reader.int_at_least(name, default, min);
        Ok(BrokerConfig {
            rack: reader.text("broker.rack").map(str::to_owned),
            heartbeat_interval: ms("broker.heartbeat.interval.ms", 2000, 1)?,
            session_timeout: ms("broker.session.timeout.ms", 9000, 1)?,
            replica_lag_time_max: ms("replica.lag.time.max.ms", 30_000, 0)?,
            replica_fetch_wait_max: ms("replica.fetch.wait.max.ms", 500, 0)?,
            replica_fetch_min_bytes: int("replica.fetch.min.bytes", 1, 0)? as u32,
            replica_fetch_max_bytes: int("replica.fetch.max.bytes", 1 << 20, 0)? as u32,
            replica_fetch_response_max_bytes: int("replica.fetch.response.max.bytes", 10 << 20, 0)?
                as u32,
            replica_fetch_backoff: ms("replica.fetch.backoff.ms", 1000, 0)?,
            replica_socket_timeout: ms("replica.socket.timeout.ms", 30_000, 0)?,
            high_watermark_checkpoint_interval: ms(
                "replica.high.watermark.checkpoint.interval.ms",
                5000,
                0,
            )?,
            is_replica_selector_rack_aware: reader
                .text("replica.selector.class")
                .is_some_and(|class| class.ends_with("RackAwareReplicaSelector")),
            fetch_max_bytes: int("fetch.max.bytes", 55 << 20, 1024)? as u32,
            num_partitions: int("num.partitions", 1, 1)? as i32,
            default_replication_factor: int("default.replication.factor", 1, 1)? as i16,
            auto_create_topics_enable: reader.bool("auto.create.topics.enable", true)?,
            min_insync_replicas: int("min.insync.replicas", 1, 1)? as u32,
            unclean_leader_election_enable: reader.bool("unclean.leader.election.enable", false)?,
            auto_leader_rebalance_enable: reader.bool("auto.leader.rebalance.enable", true)?,
            leader_imbalance_check_interval: SimDuration::from_secs(int(
                "leader.imbalance.check.interval.seconds",
                300,
                1,
            )? as u64),
            offsets_topic_num_partitions: int("offsets.topic.num.partitions", 50, 1)? as u32,
            offsets_topic_replication_factor: int("offsets.topic.replication.factor", 3, 1)? as i16,
            offsets_commit_timeout: ms("offsets.commit.timeout.ms", 5000, 1)?,
            group_initial_rebalance_delay: ms("group.initial.rebalance.delay.ms", 3000, 0)?,
            group_min_session_timeout: ms("group.min.session.timeout.ms", 6000, 0)?,
            group_max_session_timeout: ms("group.max.session.timeout.ms", 1_800_000, 0)?,
            is_eligible_leader_replicas_enabled: int("eligible.leader.replicas.version", 1, 0)? > 0,
            properties: properties.clone(),
        })
    }
}
