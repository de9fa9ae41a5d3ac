//! A consumer's settings.
//!
//! Kafka 4.3.1: `ConsumerConfig`.

use serde::{Deserialize, Serialize};

use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::client::exception::ClientException;
use crate::kafka::config::{ConfigReader, Properties, invalid};
use crate::kafka::time::SimDuration;

/// Where a consumer begins where nothing was committed.
///
/// Kafka 4.3.1: `AutoOffsetResetStrategy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AutoOffsetReset {
    /// At the log start.
    Earliest,
    /// At the high watermark.
    Latest,
    /// Nowhere: poll throws.
    None,
    /// At the first record that is at most that old (KIP-1106).
    ByDuration(SimDuration),
}

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
        let config = ConsumerConfig::read(properties)?;
        let reader = ConfigReader::new(properties);
        check_protocol(&reader)?;
        config.check_group()?;
        check_assignors(&reader)?;
        Ok(config)
    }

    fn read(properties: &Properties) -> Result<ConsumerConfig, ClientException> {
        let reader = ConfigReader::new(properties);
        let int = |name, default, min| reader.int_at_least(name, default, min);
        let int_ms = |name, default, min| int(name, default, min).map(millis);
        let long_ms = |name, default, min| reader.long_at_least(name, default, min).map(millis);
        let text = |name| reader.text(name).map(str::to_owned);
        let isolation_levels = ["read_committed", "read_uncommitted"];
        let isolation_level =
            match reader.one_of("isolation.level", "read_uncommitted", &isolation_levels)? {
                "read_committed" => IsolationLevel::ReadCommitted,
                _ => IsolationLevel::ReadUncommitted,
            };
        let group_id = text("group.id");
        let wants_auto_commit = reader.bool("enable.auto.commit", true)?;
        let config = ConsumerConfig {
            client_id: text("client.id").filter(|id| !id.is_empty()),
            group_instance_id: text("group.instance.id"),
            client_rack: text("client.rack").unwrap_or_default(),
            enable_auto_commit: wants_auto_commit && group_id.is_some(),
            group_id,
            auto_commit_interval: int_ms("auto.commit.interval.ms", 5000, 0)?,
            auto_offset_reset: auto_offset_reset(&reader)?,
            isolation_level,
            allow_auto_create_topics: reader.bool("allow.auto.create.topics", true)?,
            fetch_min_bytes: int("fetch.min.bytes", 1, 0)? as u32,
            fetch_max_bytes: int("fetch.max.bytes", 50 * 1024 * 1024, 0)? as u32,
            fetch_max_wait: int_ms("fetch.max.wait.ms", 500, 0)?,
            max_partition_fetch_bytes: int("max.partition.fetch.bytes", 1024 * 1024, 0)? as u32,
            max_poll_records: int("max.poll.records", 500, 1)? as u32,
            max_poll_interval: int_ms("max.poll.interval.ms", 300_000, 1)?,
            session_timeout: int_ms("session.timeout.ms", 45_000, 0)?,
            heartbeat_interval: int_ms("heartbeat.interval.ms", 3000, 0)?,
            request_timeout: int_ms("request.timeout.ms", 30_000, 0)?,
            default_api_timeout: int_ms("default.api.timeout.ms", 60_000, 0)?,
            metadata_max_age: long_ms("metadata.max.age.ms", 300_000, 0)?,
            retry_backoff: reader.retry_backoff()?,
            reconnect_backoff: reader.reconnect_backoff()?,
        };
        if config.group_id.is_none() && reader.is_set("enable.auto.commit") && wants_auto_commit {
            let text =
                "enable.auto.commit cannot be set to true when default group id (null) is used.";
            return Err(ClientException::new("InvalidConfigurationException", text));
        }
        Ok(config)
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
fn check_protocol(reader: &ConfigReader<'_>) -> Result<(), ClientException> {
    let name = "group.protocol";
    let text = reader.text(name).unwrap_or("classic");
    let protocol = text.to_ascii_uppercase();
    let foreign: &[&str] = match protocol.as_str() {
        "CLASSIC" => &["group.remote.assignor"],
        "CONSUMER" => &[
            "partition.assignment.strategy",
            "heartbeat.interval.ms",
            "session.timeout.ms",
        ],
        _ => {
            let problem = "String must be one of (case insensitive): CLASSIC, CONSUMER";
            return Err(invalid(name, text, problem));
        }
    };
    let set: Vec<&str> = foreign
        .iter()
        .copied()
        .filter(|name| reader.is_set(name))
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

fn check_assignors(reader: &ConfigReader<'_>) -> Result<(), ClientException> {
    let Some(names) = reader.text("partition.assignment.strategy") else {
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

/// Kafka 4.3.1: `AutoOffsetResetStrategy#fromString` and its `Validator`.
fn auto_offset_reset(reader: &ConfigReader<'_>) -> Result<AutoOffsetReset, ClientException> {
    let name = "auto.offset.reset";
    let text = reader.text(name).unwrap_or("latest");
    match text {
        "earliest" => return Ok(AutoOffsetReset::Earliest),
        "latest" => return Ok(AutoOffsetReset::Latest),
        "none" => return Ok(AutoOffsetReset::None),
        _ => {}
    }
    let duration = text.strip_prefix("by_duration:").and_then(parse_duration);
    duration.map(AutoOffsetReset::ByDuration).ok_or_else(|| {
        let problem = format!(
            "Invalid value `{text}` for configuration {name}. The value must be either \
             'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'."
        );
        invalid(name, text, &problem)
    })
}

/// A duration such as `P1DT2H3M4.5S`, to the millisecond.
///
/// Kafka 4.3.1: `java.time.Duration#parse`. Simplified: no signs.
fn parse_duration(text: &str) -> Option<SimDuration> {
    let upper = text.to_ascii_uppercase();
    let body = upper.strip_prefix('P')?;
    let (days, time) = match body.split_once('T') {
        Some((_, "")) => return None,
        Some((days, time)) => (days, time),
        None => (body, ""),
    };
    if days.is_empty() && time.is_empty() {
        return None;
    }
    let mut total_ms = take_part(days, &[('D', 86_400_000)])?;
    let units = [('H', 3_600_000), ('M', 60_000), ('S', 1000)];
    total_ms = total_ms.checked_add(take_part(time, &units)?)?;
    Some(SimDuration::from_millis(total_ms))
}

/// Adds up numbers that each end in a unit, units in order.
fn take_part(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut rest = text;
    let mut total_ms = 0_u64;
    for (unit, unit_ms) in units {
        let Some((number, after)) = rest.split_once(*unit) else {
            continue;
        };
        let ms = if *unit == 'S' {
            seconds_to_ms(number)?
        } else {
            number.parse::<u64>().ok()?.checked_mul(*unit_ms)?
        };
        total_ms = total_ms.checked_add(ms)?;
        rest = after;
    }
    rest.is_empty().then_some(total_ms)
}

fn seconds_to_ms(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let digits: String = fraction.chars().chain("000".chars()).take(3).collect();
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(digits.parse().ok()?)
}

fn millis(value: i64) -> SimDuration {
    SimDuration::from_millis(u64::try_from(value).unwrap_or(0))
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

    #[test]
    fn durations_are_read_as_java_does() {
        let parse = |text| parse_duration(text).map(SimDuration::as_millis);
        assert_eq!(parse("PT1H"), Some(3_600_000));
        assert_eq!(parse("P1DT2H3M4.5S"), Some(93_784_500));
        assert_eq!(parse("P"), None);
        assert_eq!(parse("PT"), None);
        assert_eq!(parse("PT1X"), None);
    }
}
