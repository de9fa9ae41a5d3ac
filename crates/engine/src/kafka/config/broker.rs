//! A broker's settings.
//!
//! Kafka 4.3.1: `KafkaConfig`, `ReplicationConfigs`, `ServerLogConfigs`, `KRaftConfigs`,
//! `GroupCoordinatorConfig`.

use serde::{Deserialize, Serialize};

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::Properties;
use crate::kafka::config::catalogue::{SettingsOf, Values};
use crate::kafka::config::setting::RETENTION;
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
    /// `log.retention.check.interval.ms`.
    pub log_retention_check_interval: SimDuration,
    /// `log.initial.task.delay.ms`.
    pub log_initial_task_delay: SimDuration,
    /// `log.flush.scheduler.interval.ms`.
    pub log_flush_scheduler_interval: SimDuration,
    /// `producer.id.expiration.ms`.
    pub producer_id_expiration: SimDuration,
    /// `producer.id.expiration.check.interval.ms`.
    pub producer_id_expiration_check_interval: SimDuration,
    /// `log.cleaner.backoff.ms`.
    pub log_cleaner_backoff: SimDuration,
    /// How many bytes a cleaner reads at once: half of `log.cleaner.io.buffer.size`, the other
    /// half is for writing.
    pub log_cleaner_chunk_bytes: u64,
    /// `log.cleaner.io.max.bytes.per.second`, at least 1.
    pub log_cleaner_bytes_per_second: u64,
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
        let values = checked(properties)?;
        require(
            values.number(FETCH_WAIT) <= values.number("replica.socket.timeout.ms"),
            "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to \
             prevent unnecessary socket timeouts",
        )?;
        require(
            values.number(FETCH_WAIT) <= values.number("replica.lag.time.max.ms"),
            "replica.fetch.wait.max.ms should always be less than or equal to \
             replica.lag.time.max.ms to prevent frequent changes in ISR",
        )?;
        let small = |name| i16::try_from(values.number(name)).unwrap_or(i16::MAX);
        let check_seconds = values.number("leader.imbalance.check.interval.seconds");
        Ok(BrokerConfig {
            rack: values.set("broker.rack").map(str::to_owned),
            heartbeat_interval: values.ms("broker.heartbeat.interval.ms"),
            session_timeout: values.ms("broker.session.timeout.ms"),
            replica_lag_time_max: values.ms("replica.lag.time.max.ms"),
            replica_fetch_wait_max: values.ms(FETCH_WAIT),
            replica_fetch_min_bytes: values.count("replica.fetch.min.bytes"),
            replica_fetch_max_bytes: values.count("replica.fetch.max.bytes"),
            replica_fetch_response_max_bytes: values.count("replica.fetch.response.max.bytes"),
            replica_fetch_backoff: values.ms("replica.fetch.backoff.ms"),
            replica_socket_timeout: values.ms("replica.socket.timeout.ms"),
            high_watermark_checkpoint_interval: values
                .ms("replica.high.watermark.checkpoint.interval.ms"),
            log_retention_check_interval: values.ms("log.retention.check.interval.ms"),
            log_initial_task_delay: values.ms("log.initial.task.delay.ms"),
            log_flush_scheduler_interval: values.ms("log.flush.scheduler.interval.ms"),
            producer_id_expiration: values.ms("producer.id.expiration.ms"),
            producer_id_expiration_check_interval: values
                .ms("producer.id.expiration.check.interval.ms"),
            log_cleaner_backoff: values.ms("log.cleaner.backoff.ms"),
            log_cleaner_chunk_bytes: u64::from(values.count("log.cleaner.io.buffer.size") / 2),
            log_cleaner_bytes_per_second: values
                .whole("log.cleaner.io.max.bytes.per.second")
                .max(1),
            is_replica_selector_rack_aware: values
                .text("replica.selector.class")
                .ends_with("RackAwareReplicaSelector"),
            fetch_max_bytes: values.count("fetch.max.bytes"),
            num_partitions: values.number("num.partitions") as i32,
            default_replication_factor: small("default.replication.factor"),
            auto_create_topics_enable: values.is("auto.create.topics.enable"),
            min_insync_replicas: values.count("min.insync.replicas"),
            auto_leader_rebalance_enable: values.is("auto.leader.rebalance.enable"),
            leader_imbalance_check_interval: SimDuration::from_secs(check_seconds.unsigned_abs()),
            offsets_topic_num_partitions: values.count("offsets.topic.num.partitions"),
            offsets_topic_replication_factor: small("offsets.topic.replication.factor"),
            offsets_commit_timeout: values.ms("offsets.commit.timeout.ms"),
            group_initial_rebalance_delay: values.ms("group.initial.rebalance.delay.ms"),
            group_min_session_timeout: values.ms("group.min.session.timeout.ms"),
            group_max_session_timeout: values.ms("group.max.session.timeout.ms"),
            is_eligible_leader_replicas_enabled: values.number("eligible.leader.replicas.version")
                > 0,
            properties: properties.clone(),
        })
    }
}

const FETCH_WAIT: &str = "replica.fetch.wait.max.ms";

/// The properties of a broker, each of them and the times of logs being good.
///
/// Errors: Kafka's own complaint about the first value that is no good.
///
/// Kafka 4.3.1: `KafkaConfig#validateValues`, `#logRetentionTimeMillis`.
pub fn checked(properties: &Properties) -> Result<Values<'_>, ClientException> {
    let values = Values::check(SettingsOf::Broker, properties)?;
    let is_at_least = |name, least| !values.is_set(name) || values.number(name) >= least;
    require(
        is_at_least("log.roll.ms", 1),
        "log.roll.ms must be greater than or equal to 1",
    )?;
    require(
        is_at_least("log.roll.jitter.ms", 0),
        "log.roll.jitter.ms must be greater than or equal to 0",
    )?;
    let retentions = [RETENTION, "log.retention.minutes", "log.retention.hours"];
    let retention = retentions.into_iter().find(|name| values.is_set(name));
    require(
        retention.is_none_or(|name| values.number(name) != 0),
        "log.retention.ms must be unlimited (-1) or, greater than or equal to 1",
    )?;
    Ok(values)
}

/// Kafka 4.3.1: `KafkaConfig#validateValues`, with the words of Scala's `require`.
fn require(holds: bool, else_says: &str) -> Result<(), ClientException> {
    if holds {
        return Ok(());
    }
    let message = format!("requirement failed: {else_says}");
    Err(ClientException::new("IllegalArgumentException", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What real Kafka said when the setting was given to all of its running brokers; of
    /// `log.retention.minutes`, which it takes at its start only, what its source says.
    fn refusal(name: &str, value: &str) -> Option<String> {
        let properties = Properties::from([(name.to_owned(), value.to_owned())]);
        checked(&properties).err().map(|refused| refused.message)
    }

    #[test]
    fn times_of_logs_are_bounded_by_what_kafka_requires_of_all_values_together() {
        let retention = "log.retention.ms must be unlimited (-1) or, greater than or equal to 1";
        for (name, value, requirement) in [
            ("log.retention.ms", "0", retention),
            ("log.retention.minutes", "0", retention),
            (
                "log.roll.ms",
                "0",
                "log.roll.ms must be greater than or equal to 1",
            ),
            (
                "log.roll.jitter.ms",
                "-1",
                "log.roll.jitter.ms must be greater than or equal to 0",
            ),
        ] {
            let expected = format!("requirement failed: {requirement}");
            assert_eq!(refusal(name, value), Some(expected), "{name}={value}");
        }
        for (name, value) in [
            ("log.retention.ms", "-2"),
            ("log.retention.ms", "1"),
            ("log.flush.interval.ms", "-1"),
            ("log.retention.bytes", "-7"),
        ] {
            assert_eq!(refusal(name, value), None, "{name}={value}");
        }
    }
}
