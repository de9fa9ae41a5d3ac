//! The settings of a topic as a broker has to follow them: the topic's own, else the broker's.
//!
//! Kafka 4.3.1: `LogConfig`, `KafkaConfig#extractLogConfigMap`, KIP-226 (dynamic settings).

use serde::{Deserialize, Serialize};

use crate::kafka::config::broker::BrokerConfig;
use crate::kafka::ids::{BrokerId, TopicName};
use crate::kafka::log::LogConfig;
use crate::kafka::metadata::{ConfigResource, MetadataImage};
use crate::kafka::record::{CompressionType, TimestampType};

/// What a topic's replicas are kept by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicSettings {
    /// How the log is written.
    pub log: LogConfig,
    /// `min.insync.replicas`, not yet capped by the number of replicas.
    pub min_insync_replicas: u32,
}

/// Looks settings up: topic, this broker, all brokers, the broker's file.
struct Lookup<'a> {
    config: &'a BrokerConfig,
    metadata: &'a MetadataImage,
    broker: ConfigResource,
    topic: ConfigResource,
}

impl Lookup<'_> {
    fn text(&self, topic_name: &str, broker_name: &str) -> Option<&str> {
        let of = |resource: &ConfigResource, name: &str| {
            self.metadata
                .config(resource)
                .and_then(|settings| settings.get(name))
        };
        of(&self.topic, topic_name)
            .or_else(|| of(&self.broker, broker_name))
            .or_else(|| of(&ConfigResource::Cluster, broker_name))
            .or_else(|| self.config.properties.get(broker_name))
            .map(|text| text.trim())
    }

    fn number(&self, topic_name: &str, broker_name: &str, default: i64) -> i64 {
        self.text(topic_name, broker_name)
            .and_then(|text| text.parse().ok())
            .unwrap_or(default)
    }
}

impl TopicSettings {
    /// The settings of `topic` on broker `broker`.
    pub fn of(
        topic: &TopicName,
        broker: BrokerId,
        config: &BrokerConfig,
        metadata: &MetadataImage,
    ) -> TopicSettings {
        let lookup = Lookup {
            config,
            metadata,
            broker: ConfigResource::Broker(broker),
            topic: ConfigResource::Topic(topic.clone()),
        };
        let min_insync_replicas = lookup.number(
            "min.insync.replicas",
            "min.insync.replicas",
            i64::from(config.min_insync_replicas),
        );
        TopicSettings {
            log: log_config(&lookup),
            min_insync_replicas: u32::try_from(min_insync_replicas).unwrap_or(1).max(1),
        }
    }
}

fn log_config(lookup: &Lookup<'_>) -> LogConfig {
    let default = LogConfig::default();
    let segment_ms = match lookup.text("segment.ms", "log.roll.ms") {
        Some(text) => text.parse().unwrap_or(default.segment_ms),
        None => lookup
            .number("segment.ms", "log.roll.hours", 168)
            .saturating_mul(3_600_000),
    };
    let max_message_bytes = lookup.number(
        "max.message.bytes",
        "message.max.bytes",
        i64::from(default.max_message_bytes),
    );
    LogConfig {
        segment_bytes: lookup
            .number("segment.bytes", "log.segment.bytes", 1 << 30)
            .try_into()
            .unwrap_or(default.segment_bytes),
        segment_ms,
        max_message_bytes: max_message_bytes
            .try_into()
            .unwrap_or(default.max_message_bytes),
        timestamp_type: match lookup.text("message.timestamp.type", "log.message.timestamp.type") {
            Some("LogAppendTime") => TimestampType::LogAppendTime,
            _ => TimestampType::CreateTime,
        },
        timestamp_before_max_ms: lookup.number(
            "message.timestamp.before.max.ms",
            "log.message.timestamp.before.max.ms",
            default.timestamp_before_max_ms,
        ),
        timestamp_after_max_ms: lookup.number(
            "message.timestamp.after.max.ms",
            "log.message.timestamp.after.max.ms",
            default.timestamp_after_max_ms,
        ),
        is_compacted: lookup
            .text("cleanup.policy", "log.cleanup.policy")
            .is_some_and(|policy| policy.split(',').any(|word| word.trim() == "compact")),
        compression: compression(lookup.text("compression.type", "compression.type")),
    }
}

fn compression(name: Option<&str>) -> Option<CompressionType> {
    match name {
        Some("uncompressed") => Some(CompressionType::None),
        Some("gzip") => Some(CompressionType::Gzip),
        Some("snappy") => Some(CompressionType::Snappy),
        Some("lz4") => Some(CompressionType::Lz4),
        Some("zstd") => Some(CompressionType::Zstd),
        _ => None,
    }
}
