//! A group's settings in the cluster's metadata.
//!
//! Kafka 4.3.1: `GroupConfig`.

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::Properties;
use crate::kafka::config::catalogue::{SettingsOf, Values};
use crate::kafka::config::setting::{Kind, Setting, int, setting};

/// All of them, in the order in which Kafka checks them.
#[rustfmt::skip]
pub const GROUP: &[Setting] = &[
    setting("consumer.session.timeout.ms", int(1), "45000", ""),
    setting("consumer.heartbeat.interval.ms", int(1), "5000", ""),
    setting("consumer.assignment.interval.ms", int(0), "1000", ""),
    setting("consumer.assignor.offload.enable", Kind::Text, "", ""),
    setting("share.session.timeout.ms", int(1), "45000", ""),
    setting("share.heartbeat.interval.ms", int(1), "5000", ""),
    setting("share.record.lock.duration.ms", int(1000), "30000", ""),
    setting("share.delivery.count.limit", int(2), "5", ""),
    setting("share.partition.max.record.locks", int(100), "2000", ""),
    setting("share.auto.offset.reset", Kind::Text, "latest", ""),
    setting("share.isolation.level", Kind::OneOf(&["read_committed", "read_uncommitted"]), "read_uncommitted", ""),
    setting("share.renew.acknowledge.enable", Kind::Bool, "true", ""),
    setting("share.assignment.interval.ms", int(0), "1000", ""),
    setting("share.assignor.offload.enable", Kind::Text, "", ""),
    setting("streams.session.timeout.ms", int(1), "45000", ""),
    setting("streams.heartbeat.interval.ms", int(1), "5000", ""),
    setting("streams.num.standby.replicas", int(0), "0", ""),
    setting("streams.initial.rebalance.delay.ms", int(0), "3000", ""),
    setting("streams.assignment.interval.ms", int(0), "1000", ""),
    setting("streams.assignor.offload.enable", Kind::Text, "", ""),
];

/// Checks the names and the values of a group's settings.
///
/// Errors: an `InvalidConfigurationException` in Kafka's words.
///
/// Kafka 4.3.1: `GroupConfig#validate`.
/// Simplified: not checked against the brokers' limits.
#[inline(never)]
pub fn validate(own: &Properties) -> Result<(), ClientException> {
    let refused = |message: String| ClientException::new("InvalidConfigurationException", message);
    for name in own.keys() {
        if SettingsOf::Group.find(name).is_none() {
            return Err(refused(format!("Unknown group config name: {name}")));
        }
    }
    Values::check(SettingsOf::Group, own)
        .map(drop)
        .map_err(|complaint| refused(complaint.message))
}
