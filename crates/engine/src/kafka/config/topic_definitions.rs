//! Every setting that a topic may have: its default, its range, its names on a broker.
//!
//! Kafka 4.3.1: `LogConfig.CONFIG`, `ServerTopicConfigSynonyms`.

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::{ConfigReader, invalid};

/// One setting of topics.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Its name on a topic.
    pub name: &'static str,
    /// Kafka's default, as text.
    pub default: &'static str,
    /// Its names on a broker, first to last, each with the factor that makes it the topic's unit.
    pub synonyms: &'static [(&'static str, i64)],
    kind: Kind,
}

/// What values a setting may have.
#[derive(Clone, Copy, Debug)]
enum Kind {
    /// A 32 bit number of at least that.
    Int(i64),
    /// A 32 bit number in that range.
    IntBetween(i64, i64),
    /// `compression.gzip.level`: 1 to 9, or -1 for gzip's own default.
    GzipLevel,
    /// A 64 bit number of at least that.
    Long(i64),
    /// A decimal number from 0 to 1.
    Ratio,
    /// `true` or `false`.
    Bool,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Any of these words, each once, separated by commas.
    ListOf(&'static [&'static str]),
    /// `*` or pairs of partition and broker.
    ThrottledReplicas,
}

impl Definition {
    /// Checks the value that `reader` has for this setting.
    ///
    /// Errors: Kafka's complaint.
    pub fn check(&self, reader: &ConfigReader<'_>) -> Result<(), ClientException> {
        let text = reader.text(self.name).unwrap_or_default();
        match self.kind {
            Kind::Int(min) => reader.int_at_least(self.name, 0, min).map(drop),
            Kind::IntBetween(min, max) => {
                let value = reader.int_at_least(self.name, min, min)?;
                let problem = format!("Value must be no more than {max}");
                ensure(value <= max, || invalid(self.name, text, &problem))
            }
            Kind::GzipLevel => {
                let value = reader.int_at_least(self.name, 1, i64::from(i32::MIN))?;
                let problem = "Value must be between 1 and 9 or equal to -1";
                let is_level = value == -1 || (1..=9).contains(&value);
                ensure(is_level, || invalid(self.name, text, problem))
            }
            Kind::Long(min) => reader.long_at_least(self.name, 0, min).map(drop),
            Kind::Ratio => self.check_ratio(text),
            Kind::Bool => reader.bool(self.name, false).map(drop),
            Kind::OneOf(words) => reader.one_of(self.name, "", words).map(drop),
            Kind::ListOf(words) => self.check_list(text, words),
            Kind::ThrottledReplicas => self.check_throttled_replicas(text),
        }
    }

    fn check_ratio(&self, text: &str) -> Result<(), ClientException> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let are_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !are_digits(whole) || !are_digits(fraction)
        {
            return Err(invalid(self.name, text, "Not a number of type DOUBLE"));
        }
        let whole = whole.trim_start_matches('0');
        let has_fraction = fraction.bytes().any(|byte| byte != b'0');
        if negative && (!whole.is_empty() || has_fraction) {
            return Err(invalid(self.name, text, "Value must be at least 0"));
        }
        let is_in_range = whole.is_empty() || (whole == "1" && !has_fraction);
        let problem = "Value must be no more than 1";
        ensure(is_in_range, || invalid(self.name, text, problem))
    }

    /// Kafka 4.3.1: `ConfigDef.ValidList#ensureValid`.
    fn check_list(&self, text: &str, words: &[&str]) -> Result<(), ClientException> {
        if text.is_empty() {
            return Ok(());
        }
        let values: Vec<&str> = text.split(',').map(str::trim).collect();
        let name = self.name;
        let complaint = |message: String| ClientException::new("ConfigException", message);
        for (at, value) in values.iter().enumerate() {
            if values[..at].contains(value) {
                let message = format!("Configuration '{name}' values must not be duplicated.");
                return Err(complaint(message));
            }
        }
        for value in values {
            if value.is_empty() {
                let message = format!("Configuration '{name}' values must not be empty.");
                return Err(complaint(message));
            }
            if !words.contains(&value) {
                let problem = format!("String must be one of: {}", words.join(", "));
                return Err(invalid(name, value, &problem));
            }
        }
        Ok(())
    }

    /// Kafka 4.3.1: `ThrottledReplicaListValidator#ensureValid`.
    fn check_throttled_replicas(&self, text: &str) -> Result<(), ClientException> {
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let is_pair = |pair: &str| {
            pair.is_empty()
                || pair
                    .split_once(':')
                    .is_some_and(|(partition, broker)| is_number(partition) && is_number(broker))
        };
        let is_valid = text == "*" || text.split(',').map(str::trim).all(is_pair);
        let problem = format!(
            "{} must be the literal '*' or a list of replicas in the following format: \
             [partitionId]:[brokerId],[partitionId]:[brokerId],...",
            self.name
        );
        ensure(is_valid, || {
            invalid(self.name, &format!("[{text}]"), &problem)
        })
    }
}

fn ensure(
    is_valid: bool,
    complaint: impl FnOnce() -> ClientException,
) -> Result<(), ClientException> {
    if is_valid { Ok(()) } else { Err(complaint()) }
}

/// The definition of setting `name`.
pub fn find(name: &str) -> Option<&'static Definition> {
    ALL.iter().find(|definition| definition.name == name)
}

const fn define(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    synonyms: &'static [(&'static str, i64)],
) -> Definition {
    Definition {
        name,
        default,
        synonyms,
        kind,
    }
}

const MINUTE_MS: i64 = 60 * 1000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const LONG_MAX: &str = "9223372036854775807";
const CLEANUP_POLICIES: &[&str] = &["compact", "delete"];
const TIMESTAMP_TYPES: &[&str] = &["CreateTime", "LogAppendTime"];
const COMPRESSION_TYPES: &[&str] = &["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"];

/// All of them, in the order in which Kafka checks them.
#[rustfmt::skip]
pub const ALL: &[Definition] = &[
    define("segment.bytes", Kind::Int(1024 * 1024), "1073741824", &[("log.segment.bytes", 1)]),
    define("segment.ms", Kind::Long(1), "604800000",
        &[("log.roll.ms", 1), ("log.roll.hours", HOUR_MS)]),
    define("segment.jitter.ms", Kind::Long(0), "0",
        &[("log.roll.jitter.ms", 1), ("log.roll.jitter.hours", HOUR_MS)]),
    define("segment.index.bytes", Kind::Int(4), "10485760", &[("log.index.size.max.bytes", 1)]),
    define("flush.messages", Kind::Long(1), LONG_MAX, &[("log.flush.interval.messages", 1)]),
    define("flush.ms", Kind::Long(0), LONG_MAX,
        &[("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)]),
    define("retention.bytes", Kind::Long(i64::MIN), "-1", &[("log.retention.bytes", 1)]),
    define("retention.ms", Kind::Long(-1), "604800000",
        &[("log.retention.ms", 1), ("log.retention.minutes", MINUTE_MS),
          ("log.retention.hours", HOUR_MS)]),
    define("max.message.bytes", Kind::Int(0), "1048588", &[("message.max.bytes", 1)]),
    define("index.interval.bytes", Kind::Int(0), "4096", &[("log.index.interval.bytes", 1)]),
    define("delete.retention.ms", Kind::Long(0), "86400000",
        &[("log.cleaner.delete.retention.ms", 1)]),
    define("min.compaction.lag.ms", Kind::Long(0), "0",
        &[("log.cleaner.min.compaction.lag.ms", 1)]),
    define("max.compaction.lag.ms", Kind::Long(1), LONG_MAX,
        &[("log.cleaner.max.compaction.lag.ms", 1)]),
    define("file.delete.delay.ms", Kind::Long(0), "60000",
        &[("log.segment.delete.delay.ms", 1)]),
    define("min.cleanable.dirty.ratio", Kind::Ratio, "0.5",
        &[("log.cleaner.min.cleanable.ratio", 1)]),
    define("cleanup.policy", Kind::ListOf(CLEANUP_POLICIES), "delete",
        &[("log.cleanup.policy", 1)]),
    define("unclean.leader.election.enable", Kind::Bool, "false",
        &[("unclean.leader.election.enable", 1)]),
    define("min.insync.replicas", Kind::Int(1), "1", &[("min.insync.replicas", 1)]),
    define("compression.type", Kind::OneOf(COMPRESSION_TYPES), "producer",
        &[("compression.type", 1)]),
    define("compression.gzip.level", Kind::GzipLevel, "-1", &[("compression.gzip.level", 1)]),
    define("compression.lz4.level", Kind::IntBetween(1, 17), "9",
        &[("compression.lz4.level", 1)]),
    define("compression.zstd.level", Kind::IntBetween(-131_072, 22), "3",
        &[("compression.zstd.level", 1)]),
    define("preallocate", Kind::Bool, "false", &[("log.preallocate", 1)]),
    define("message.timestamp.type", Kind::OneOf(TIMESTAMP_TYPES), "CreateTime",
        &[("log.message.timestamp.type", 1)]),
    define("message.timestamp.before.max.ms", Kind::Long(0), LONG_MAX,
        &[("log.message.timestamp.before.max.ms", 1)]),
    define("message.timestamp.after.max.ms", Kind::Long(0), "3600000",
        &[("log.message.timestamp.after.max.ms", 1)]),
    define("leader.replication.throttled.replicas", Kind::ThrottledReplicas, "", &[]),
    define("follower.replication.throttled.replicas", Kind::ThrottledReplicas, "", &[]),
    define("remote.storage.enable", Kind::Bool, "false", &[]),
    define("local.retention.ms", Kind::Long(-2), "-2", &[("log.local.retention.ms", 1)]),
    define("local.retention.bytes", Kind::Long(-2), "-2", &[("log.local.retention.bytes", 1)]),
    define("remote.log.copy.disable", Kind::Bool, "false", &[]),
    define("remote.log.delete.on.disable", Kind::Bool, "false", &[]),
    define("internal.segment.bytes", Kind::Int(i32::MIN as i64), "", &[]),
];
