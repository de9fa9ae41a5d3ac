//! A group's settings in the cluster's metadata.
//!
//! Kafka 4.3.1: `GroupConfig`.

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::{ConfigReader, Properties};

/// The numbers a group may have, each with its minimum.
const NUMBERS: &[(&str, i64)] = &[
    ("consumer.session.timeout.ms", 1),
    ("consumer.heartbeat.interval.ms", 1),
    ("consumer.assignment.interval.ms", 0),
    ("share.session.timeout.ms", 1),
    ("share.heartbeat.interval.ms", 1),
    ("share.record.lock.duration.ms", 1000),
    ("share.delivery.count.limit", 2),
    ("share.partition.max.record.locks", 100),
    ("share.assignment.interval.ms", 0),
    ("streams.session.timeout.ms", 1),
    ("streams.heartbeat.interval.ms", 1),
    ("streams.num.standby.replicas", 0),
    ("streams.initial.rebalance.delay.ms", 0),
    ("streams.assignment.interval.ms", 0),
];

/// The other settings.
const OTHERS: &[&str] = &[
    "consumer.assignor.offload.enable",
    "share.auto.offset.reset",
    "share.isolation.level",
    "share.renew.acknowledge.enable",
    "share.assignor.offload.enable",
    "streams.assignor.offload.enable",
];

/// Checks the names and the numbers of a group's settings.
///
/// Errors: an `InvalidConfigurationException` in Kafka's words.
///
/// Kafka 4.3.1: `GroupConfig#validate`.
/// Simplified: not checked against the brokers' limits.
pub fn validate(own: &Properties) -> Result<(), ClientException> {
    let refused = |message: String| ClientException::new("InvalidConfigurationException", message);
    let is_number = |name: &str| NUMBERS.iter().any(|(number, _)| *number == name);
    for name in own.keys() {
        if !is_number(name) && !OTHERS.contains(&name.as_str()) {
            return Err(refused(format!("Unknown group config name: {name}")));
        }
    }
    let reader = ConfigReader::new(own);
    for (name, min) in NUMBERS {
        reader
            .int_at_least(name, *min, *min)
            .map_err(|complaint| refused(complaint.message))?;
    }
    Ok(())
}
