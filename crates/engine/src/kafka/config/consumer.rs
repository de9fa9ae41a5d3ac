//! A consumer's settings.
//!
//! Kafka 4.3.1: `ConsumerConfig`.

use serde::{Deserialize, Serialize};

use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::client::exception::ClientException;
use crate::kafka::config::Properties;
use crate::kafka::config::catalogue::{SettingsOf, Values};
use crate::kafka::config::offset_reset::AutoOffsetReset;
use crate::kafka::time::SimDuration;

/// Which records of transactions a consumer is given.
///
/// Kafka 4.3.1: `isolation.level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IsolationLevel {
    /// All below the high watermark.
    ReadUncommitted,
    /// Only decided ones.
    ///
    /// Simplified: there are no transactions, so all that is read is given.
    ReadCommitted,
}

/// A consumer's settings, checked.
///
/// Simplified: only the classic protocol, and of the assignors only the range assignor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConsumerConfig {
    /// All settings as given.
    pub properties: Properties,
    /// `client.id` as set; the consumer's name stands in for none.
    pub client_id: Option<String>,
    /// `group.id`.
    pub group_id: Option<String>,
    /// `group.instance.id`.
    pub group_instance_id: Option<String>,
    /// `client.rack`, empty for none.
    pub client_rack: String,
    /// `enable.auto.commit`; off without a group.
    pub enable_auto_commit: bool,
    /// `auto.commit.interval.ms`.
    pub auto_commit_interval: SimDuration,
    /// `auto.offset.reset`.
    pub auto_offset_reset: AutoOffsetReset,
    /// `isolation.level`.
    pub isolation_level: IsolationLevel,
    /// `allow.auto.create.topics`.
    pub allow_auto_create_topics: bool,
    /// `fetch.min.bytes`.
    pub fetch_min_bytes: u32,
    /// `fetch.max.bytes`.
    pub fetch_max_bytes: u32,
    /// `fetch.max.wait.ms`.
    pub fetch_max_wait: SimDuration,
    /// `max.partition.fetch.bytes`.
    pub max_partition_fetch_bytes: u32,
    /// `max.poll.records`.
    pub max_poll_records: u32,
    /// `max.poll.interval.ms`: also how long a rebalance waits for this member.
    pub max_poll_interval: SimDuration,
    /// `session.timeout.ms`.
    pub session_timeout: SimDuration,
    /// `heartbeat.interval.ms`.
    pub heartbeat_interval: SimDuration,
    /// `request.timeout.ms`.
    pub request_timeout: SimDuration,
    /// `default.api.timeout.ms`.
    pub default_api_timeout: SimDuration,
    /// `metadata.max.age.ms`.
    pub metadata_max_age: SimDuration,
    /// `retry.backoff.ms` and `retry.backoff.max.ms`.
    pub retry_backoff: ExponentialBackoff,
    /// `reconnect.backoff.ms` and `reconnect.backoff.max.ms`.
    pub reconnect_backoff: ExponentialBackoff,
}

impl ConsumerConfig {
    /// Reads and checks settings; what is not set has Kafka's default.
    pub fn from_properties(properties: &Properties) -> Result<ConsumerConfig, ClientException> {
        let values = Values::check(SettingsOf::Consumer, properties)?;
        let config = ConsumerConfig::typed(&values, properties);
        let wants_auto_commit = values.is("enable.auto.commit");
        if config.group_id.is_none() && values.is_set("enable.auto.commit") && wants_auto_commit {
            let text =
                "enable.auto.commit cannot be set to true when default group id (null) is used.";
            return Err(ClientException::new("InvalidConfigurationException", text));
        }
        check_protocol(&values)?;
        config.check_group()?;
        check_assignors(&values)?;
        Ok(config)
    }

    fn typed(values: &Values<'_>, properties: &Properties) -> ConsumerConfig {
        let set = |name| values.set(name).map(str::to_owned);
        let isolation_level = match values.text("isolation.level") {
            "read_committed" => IsolationLevel::ReadCommitted,
            _ => IsolationLevel::ReadUncommitted,
        };
        let reset = AutoOffsetReset::parse(values.text("auto.offset.reset"));
        let group_id = set("group.id");
        ConsumerConfig {
            client_id: set("client.id").filter(|id| !id.is_empty()),
            group_instance_id: set("group.instance.id"),
            client_rack: values.text("client.rack").to_owned(),
            enable_auto_commit: values.is("enable.auto.commit") && group_id.is_some(),
            group_id,
            auto_commit_interval: values.ms("auto.commit.interval.ms"),
            auto_offset_reset: reset.unwrap_or(AutoOffsetReset::Latest),
            isolation_level,
            allow_auto_create_topics: values.is("allow.auto.create.topics"),
            fetch_min_bytes: values.count("fetch.min.bytes"),
            fetch_max_bytes: values.count("fetch.max.bytes"),
            fetch_max_wait: values.ms("fetch.max.wait.ms"),
            max_partition_fetch_bytes: values.count("max.partition.fetch.bytes"),
            max_poll_records: values.count("max.poll.records"),
            max_poll_interval: values.ms("max.poll.interval.ms"),
            session_timeout: values.ms("session.timeout.ms"),
            heartbeat_interval: values.ms("heartbeat.interval.ms"),
            request_timeout: values.ms("request.timeout.ms"),
            default_api_timeout: values.ms("default.api.timeout.ms"),
            metadata_max_age: values.ms("metadata.max.age.ms"),
            retry_backoff: values.retry_backoff(),
            reconnect_backoff: values.reconnect_backoff(),
            properties: properties.clone(),
        }
    }

    /// Kafka 4.3.1: constructors of `ClassicKafkaConsumer` and `Heartbeat`.
    fn check_group(&self) -> Result<(), ClientException> {
        let Some(group_id) = &self.group_id else {
            return Ok(());
        };
        let cause = if group_id.is_empty() {
            ClientException::new(
                "InvalidGroupIdException",
                "The configured group.id should not be an empty string or whitespace.",
            )
        } else if self.heartbeat_interval >= self.session_timeout {
            ClientException::new(
                "IllegalArgumentException",
                "Heartbeat must be set lower than the session timeout",
            )
        } else {
            return Ok(());
        };
        let failed = "Failed to construct kafka consumer";
        Err(ClientException::new("KafkaException", failed).caused_by(cause))
    }
}

/// Kafka 4.3.1: `ConsumerConfig#checkUnsupportedConfigsPostProcess`.
fn check_protocol(values: &Values<'_>) -> Result<(), ClientException> {
    let protocol = values.text("group.protocol").to_ascii_uppercase();
    let foreign: &[&str] = match protocol.as_str() {
        "CLASSIC" => &["group.remote.assignor"],
        _ => &[
            "partition.assignment.strategy",
            "heartbeat.interval.ms",
            "session.timeout.ms",
        ],
    };
    let set: Vec<&str> = foreign
        .iter()
        .copied()
        .filter(|name| values.is_set(name))
        .collect();
    if !set.is_empty() {
        let problem = format!(
            "{} cannot be set when group.protocol={protocol}",
            set.join(", ")
        );
        return Err(ClientException::new("ConfigException", problem));
    }
    if protocol == "CONSUMER" {
        let problem = "group.protocol=consumer is not built yet; use classic.";
        return Err(ClientException::new(
            "UnsupportedOperationException",
            problem,
        ));
    }
    Ok(())
}

fn check_assignors(values: &Values<'_>) -> Result<(), ClientException> {
    let Some(names) = values.set("partition.assignment.strategy") else {
        return Ok(());
    };
    let knows_range = names.split(',').map(str::trim).any(|name| {
        matches!(
            name,
            "RangeAssignor" | "org.apache.kafka.clients.consumer.RangeAssignor"
        )
    });
    if knows_range {
        return Ok(());
    }
    let problem =
        format!("Of the assignors only RangeAssignor is built yet; the configured ones: {names}");
    Err(ClientException::new(
        "UnsupportedOperationException",
        problem,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(settings: &[(&str, &str)]) -> Result<ConsumerConfig, ClientException> {
        let pairs = settings.iter();
        let properties = pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        ConsumerConfig::from_properties(&properties)
    }

    fn message(settings: &[(&str, &str)]) -> String {
        let exception = open(settings).expect_err("these settings are wrong");
        let cause = exception
            .cause
            .map(|cause| format!(" <- {}", cause.message));
        format!(
            "{}: {}{}",
            exception.class,
            exception.message,
            cause.unwrap_or_default()
        )
    }

    // Trace consumer-config-and-misuse.
    #[test]
    fn wrong_settings_are_refused_in_kafkas_words() {
        assert_eq!(
            message(&[("enable.auto.commit", "true")]),
            "InvalidConfigurationException: enable.auto.commit cannot be set to true when \
             default group id (null) is used."
        );
        assert_eq!(
            message(&[("auto.offset.reset", "newest")]),
            "ConfigException: Invalid value newest for configuration auto.offset.reset: Invalid \
             value `newest` for configuration auto.offset.reset. The value must be either \
             'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'."
        );
        assert_eq!(
            message(&[("isolation.level", "committed")]),
            "ConfigException: Invalid value committed for configuration isolation.level: String \
             must be one of: read_committed, read_uncommitted"
        );
        assert_eq!(
            message(&[("group.id", "g"), ("heartbeat.interval.ms", "45000")]),
            "KafkaException: Failed to construct kafka consumer <- Heartbeat must be set lower \
             than the session timeout"
        );
        assert_eq!(
            message(&[("group.id", "")]),
            "KafkaException: Failed to construct kafka consumer <- The configured group.id \
             should not be an empty string or whitespace."
        );
        assert_eq!(
            message(&[
                ("group.protocol", "consumer"),
                ("session.timeout.ms", "10000")
            ]),
            "ConfigException: session.timeout.ms cannot be set when group.protocol=CONSUMER"
        );
    }

    #[test]
    fn without_a_group_nothing_is_committed_by_itself() {
        assert!(!open(&[]).expect("defaults are valid").enable_auto_commit);
        assert!(
            open(&[("group.id", "g")])
                .expect("a group is enough")
                .enable_auto_commit
        );
    }
}
