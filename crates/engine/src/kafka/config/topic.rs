//! A topic's settings: what may be set, where a value comes from, what it means to a log.
//!
//! Kafka 4.3.1: `LogConfig`, `KafkaConfigSchema`, `ServerTopicConfigSynonyms`.

use serde::{Deserialize, Serialize};

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::Properties;
use crate::kafka::config::broker::BrokerConfig;
use crate::kafka::config::catalogue::{SettingsOf, Values};
use crate::kafka::config::setting::Setting;
use crate::kafka::ids::{BrokerId, TopicName};
use crate::kafka::log::LogConfig;
use crate::kafka::metadata::{ConfigResource, MetadataImage};
use crate::kafka::record::{CompressionType, TimestampType};

/// Where a setting's value comes from.
///
/// Kafka 4.3.1: `ConfigEntry.ConfigSource`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ConfigSource {
    /// The topic's own setting.
    DynamicTopicConfig,
    /// The group's own setting.
    DynamicGroupConfig,
    /// Set for one broker in the cluster's metadata.
    DynamicBrokerConfig,
    /// Set for all brokers in the cluster's metadata.
    DynamicDefaultBrokerConfig,
    /// The broker's properties file.
    StaticBrokerConfig,
    /// Kafka's default.
    DefaultConfig,
}

/// The layers in which a topic's setting is looked for, first to last.
///
/// Kafka 4.3.1: `KafkaConfigSchema#resolveEffectiveTopicConfig`.
#[derive(Clone, Copy, Debug)]
pub struct TopicSettings<'a> {
    /// The topic's own.
    pub topic: Option<&'a Properties>,
    /// Set for this broker.
    pub broker: Option<&'a Properties>,
    /// Set for all brokers.
    pub cluster: Option<&'a Properties>,
    /// The properties file of this node.
    pub file: &'a Properties,
}

impl<'a> TopicSettings<'a> {
    /// The layers for `topic` on `broker` (none: on the controller) as `image` has them.
    pub fn of(
        image: &'a MetadataImage,
        topic: &TopicName,
        broker: Option<BrokerId>,
        config: &'a BrokerConfig,
    ) -> TopicSettings<'a> {
        TopicSettings {
            topic: image.config(&ConfigResource::Topic(topic.clone())),
            broker: broker.and_then(|id| image.config(&ConfigResource::Broker(id))),
            cluster: image.config(&ConfigResource::Cluster),
            file: &config.properties,
        }
    }

    /// The value of setting `name` and where it comes from; nothing for a name that is not a
    /// topic's.
    pub fn value(&self, name: &str) -> Option<(String, ConfigSource)> {
        let definition = SettingsOf::Topic.find(name)?;
        if let Some(value) = self.topic.and_then(|layer| layer.get(name)) {
            return Some((value.trim().to_owned(), ConfigSource::DynamicTopicConfig));
        }
        let layers = [
            (self.broker, ConfigSource::DynamicBrokerConfig),
            (self.cluster, ConfigSource::DynamicDefaultBrokerConfig),
            (Some(self.file), ConfigSource::StaticBrokerConfig),
        ];
        let set = layers.into_iter().find_map(|(layer, source)| {
            let value = broker_value(definition, layer?)?;
            Some((value, source))
        });
        Some(set.unwrap_or_else(|| (definition.default.to_owned(), ConfigSource::DefaultConfig)))
    }

    /// The topic's `min.insync.replicas`.
    pub fn min_insync_replicas(&self) -> u32 {
        self.number("min.insync.replicas")
    }

    /// The topic's `unclean.leader.election.enable`.
    pub fn is_unclean_leader_election_enabled(&self) -> bool {
        self.value("unclean.leader.election.enable")
            .is_some_and(|(value, _)| value.eq_ignore_ascii_case("true"))
    }

    /// A value that is no good counts as Kafka's default: validation has refused it before.
    fn number<N: std::str::FromStr + Default>(&self, name: &str) -> N {
        let text = self.text(name);
        let default = || {
            SettingsOf::Topic
                .find(name)
                .map(|definition| definition.default)
        };
        text.parse()
            .ok()
            .or_else(|| default()?.parse().ok())
            .unwrap_or_default()
    }

    fn text(&self, name: &str) -> String {
        self.value(name).map(|(value, _)| value).unwrap_or_default()
    }
}

/// The value of a topic's setting in a layer of broker settings, by the first of its synonyms
/// that is set there.
fn broker_value(setting: &Setting, layer: &Properties) -> Option<String> {
    setting.synonyms.iter().find_map(|(synonym, factor)| {
        let text = layer.get(*synonym)?.trim();
        if *factor == 1 {
            return Some(text.to_owned());
        }
        let number: i64 = text.parse().ok()?;
        // Minutes and hours below zero mean "no limit", in milliseconds too.
        Some(if number < 0 {
            "-1".to_owned()
        } else {
            number.saturating_mul(*factor).to_string()
        })
    })
}

/// A topic's settings, typed: those that the simulation obeys.
///
/// Kafka 4.3.1: `LogConfig`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicConfig {
    /// `min.insync.replicas`.
    pub min_insync_replicas: u32,
    /// `unclean.leader.election.enable`.
    pub unclean_leader_election_enable: bool,
    /// What its logs obey.
    pub log: LogConfig,
}

impl TopicConfig {
    /// The settings of a topic with its own `topic_overrides` on a node with `broker`'s file,
    /// nothing being set in the cluster's metadata for brokers.
    pub fn effective(topic_overrides: &Properties, broker: &BrokerConfig) -> TopicConfig {
        TopicConfig::from_settings(&TopicSettings {
            topic: Some(topic_overrides),
            broker: None,
            cluster: None,
            file: &broker.properties,
        })
    }

    /// The settings of `topic` on `broker` (none: on the controller), with all layers of `image`.
    pub fn resolve(
        image: &MetadataImage,
        topic: &TopicName,
        broker: Option<BrokerId>,
        config: &BrokerConfig,
    ) -> TopicConfig {
        TopicConfig::from_settings(&TopicSettings::of(image, topic, broker, config))
    }

    /// Types the values that `settings` have.
    pub fn from_settings(settings: &TopicSettings<'_>) -> TopicConfig {
        let timestamp_type = match settings.text("message.timestamp.type").as_str() {
            "LogAppendTime" => TimestampType::LogAppendTime,
            _ => TimestampType::CreateTime,
        };
        let compression = match settings.text("compression.type").as_str() {
            "uncompressed" => Some(CompressionType::None),
            "gzip" => Some(CompressionType::Gzip),
            "snappy" => Some(CompressionType::Snappy),
            "lz4" => Some(CompressionType::Lz4),
            "zstd" => Some(CompressionType::Zstd),
            _ => None,
        };
        let internal_segment_bytes = settings
            .topic
            .and_then(|own| own.get("internal.segment.bytes")?.trim().parse().ok());
        let cleanup_policy = settings.text("cleanup.policy");
        let has_policy = |wanted: &str| {
            let mut policies = cleanup_policy.split(',');
            policies.any(|policy| policy.trim().eq_ignore_ascii_case(wanted))
        };
        TopicConfig {
            min_insync_replicas: settings.min_insync_replicas(),
            unclean_leader_election_enable: settings.is_unclean_leader_election_enabled(),
            log: LogConfig {
                segment_bytes: internal_segment_bytes
                    .unwrap_or_else(|| settings.number("segment.bytes")),
                segment_ms: settings.number("segment.ms"),
                segment_jitter_ms: settings.number("segment.jitter.ms"),
                segment_index_bytes: settings.number("segment.index.bytes"),
                index_interval_bytes: settings.number("index.interval.bytes"),
                flush_messages: settings.number("flush.messages"),
                flush_ms: settings.number("flush.ms"),
                retention_ms: settings.number("retention.ms"),
                retention_bytes: settings.number("retention.bytes"),
                delete_retention_ms: settings.number("delete.retention.ms"),
                min_compaction_lag_ms: settings.number("min.compaction.lag.ms"),
                max_compaction_lag_ms: settings.number("max.compaction.lag.ms"),
                min_cleanable_dirty_ratio: settings.number("min.cleanable.dirty.ratio"),
                max_message_bytes: settings.number("max.message.bytes"),
                timestamp_type,
                timestamp_before_max_ms: settings.number("message.timestamp.before.max.ms"),
                timestamp_after_max_ms: settings.number("message.timestamp.after.max.ms"),
                is_compacted: has_policy("compact"),
                has_delete_policy: has_policy("delete"),
                compression,
            },
        }
    }
}

/// Checks all of a topic's own settings: names, types, ranges, and the lags of compaction against
/// each other and against `broker`'s.
///
/// Errors: an `InvalidConfigurationException` in Kafka's words.
///
/// Kafka 4.3.1: `LogConfig#validate`.
/// Simplified: tiered storage is always off.
pub fn validate(own: &Properties, broker: &BrokerConfig) -> Result<(), ClientException> {
    for name in own.keys() {
        if SettingsOf::Topic.find(name).is_none() {
            return Err(refused(format!("Unknown topic config name: {name}")));
        }
    }
    Values::check(SettingsOf::Topic, own).map_err(|complaint| refused(complaint.message))?;
    let settings = TopicSettings {
        topic: Some(own),
        broker: None,
        cluster: None,
        file: &broker.properties,
    };
    if settings.text("remote.storage.enable") == "true" {
        let message = "Tiered Storage functionality is disabled in the broker. Topic cannot be \
                       configured with remote log storage.";
        return Err(refused(message.to_owned()));
    }
    let min: i64 = settings.number("min.compaction.lag.ms");
    let max: i64 = settings.number("max.compaction.lag.ms");
    if min > max {
        return Err(refused(format!(
            "conflict topic config setting min.compaction.lag.ms ({min}) > \
             max.compaction.lag.ms ({max})"
        )));
    }
    Ok(())
}

fn refused(message: String) -> ClientException {
    ClientException::new("InvalidConfigurationException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn properties(pairs: &[(&str, &str)]) -> Properties {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(owned).collect()
    }

    fn broker(pairs: &[(&str, &str)]) -> BrokerConfig {
        BrokerConfig::from_properties(&properties(pairs)).expect("the settings are valid")
    }

    fn complaint(own: &[(&str, &str)]) -> String {
        validate(&properties(own), &broker(&[]))
            .expect_err("the settings are not valid")
            .message
    }

    /// Kafka 4.3.1: the trace `effective-configs`.
    #[test]
    fn a_value_comes_from_the_topic_then_the_broker_then_the_default() {
        let own = properties(&[("retention.ms", "1000000")]);
        let cluster = properties(&[("min.insync.replicas", "1")]);
        let config = broker(&[("log.segment.bytes", "2097152")]);
        let settings = TopicSettings {
            topic: Some(&own),
            broker: None,
            cluster: Some(&cluster),
            file: &config.properties,
        };
        let value = |name| settings.value(name);
        let found = |value: &str, source| Some((value.to_owned(), source));
        assert_eq!(
            value("retention.ms"),
            found("1000000", ConfigSource::DynamicTopicConfig)
        );
        assert_eq!(
            value("segment.bytes"),
            found("2097152", ConfigSource::StaticBrokerConfig)
        );
        assert_eq!(
            value("min.insync.replicas"),
            found("1", ConfigSource::DynamicDefaultBrokerConfig)
        );
        assert_eq!(
            value("max.message.bytes"),
            found("1048588", ConfigSource::DefaultConfig)
        );
        assert_eq!(value("nonsense"), None);
    }

    /// Kafka 4.3.1: `LogConfig` with nothing set.
    #[test]
    fn without_settings_a_topic_has_kafkas_defaults() {
        let config = TopicConfig::effective(&Properties::new(), &broker(&[]));
        assert_eq!(config.log, LogConfig::default());
        assert_eq!(config.min_insync_replicas, 1);
        assert!(!config.unclean_leader_election_enable);
    }

    /// Kafka 4.3.1: `ServerTopicConfigSynonyms`.
    #[test]
    fn hours_of_the_broker_are_milliseconds_of_the_topic_unless_milliseconds_are_set() {
        let segment_ms = |pairs: &[(&str, &str)]| {
            TopicConfig::effective(&Properties::new(), &broker(pairs))
                .log
                .segment_ms
        };
        assert_eq!(segment_ms(&[("log.roll.hours", "2")]), 7_200_000);
        assert_eq!(
            segment_ms(&[("log.roll.hours", "2"), ("log.roll.ms", "5")]),
            5
        );
    }

    /// Kafka 4.3.1: `LogConfigTest`, the traces of the area admin.
    #[test]
    fn bad_settings_are_refused_in_kafkas_words() {
        assert_eq!(
            complaint(&[("nonsense", "1")]),
            "Unknown topic config name: nonsense"
        );
        assert_eq!(
            complaint(&[("min.insync.replicas", "0")]),
            "Invalid value 0 for configuration min.insync.replicas: Value must be at least 1"
        );
        assert_eq!(
            complaint(&[("retention.ms", "long")]),
            "Invalid value long for configuration retention.ms: Not a number of type LONG"
        );
        assert_eq!(
            complaint(&[("cleanup.policy", "delete,shred")]),
            "Invalid value shred for configuration cleanup.policy: String must be one of: \
             compact, delete"
        );
        assert_eq!(
            complaint(&[("min.cleanable.dirty.ratio", "1.5")]),
            "Invalid value 1.5 for configuration min.cleanable.dirty.ratio: Value must be no \
             more than 1"
        );
        assert_eq!(
            complaint(&[("min.cleanable.dirty.ratio", "2")]),
            "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no \
             more than 1"
        );
        assert_eq!(
            complaint(&[
                ("min.compaction.lag.ms", "9"),
                ("max.compaction.lag.ms", "3")
            ]),
            "conflict topic config setting min.compaction.lag.ms (9) > max.compaction.lag.ms (3)"
        );
    }

    /// Kafka 4.3.1: KIP-1161.
    #[test]
    fn an_empty_cleanup_policy_is_allowed() {
        let own = properties(&[("cleanup.policy", "")]);
        assert_eq!(validate(&own, &broker(&[])), Ok(()));
        assert!(!TopicConfig::effective(&own, &broker(&[])).log.is_compacted);
    }
}
