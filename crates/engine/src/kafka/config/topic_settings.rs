//! Every setting that a topic may have: its default, its range, its names on a broker.
//!
//! Kafka 4.3.1: `LogConfig.CONFIG`, `ServerTopicConfigSynonyms`.

use crate::kafka::config::setting::{Kind, Setting, int};

const fn topic(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    synonyms: &'static [(&'static str, i64)],
    about: &'static str,
) -> Setting {
    Setting {
        name,
        kind,
        default,
        synonyms,
        about,
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
pub const TOPIC: &[Setting] = &[
    topic("segment.bytes", int(1024 * 1024), "1073741824", &[("log.segment.bytes", 1)],
        "A segment file that would grow beyond this is closed and the next one begun."),
    topic("segment.ms", Kind::Long(1), "604800000", &[("log.roll.ms", 1), ("log.roll.hours", HOUR_MS)],
        "A segment whose first record is older than this is closed at the next write."),
    topic("segment.jitter.ms", Kind::Long(0), "0", &[("log.roll.jitter.ms", 1), ("log.roll.jitter.hours", HOUR_MS)],
        "By how much sooner than its age demands a segment may close, by chance."),
    topic("segment.index.bytes", int(4), "10485760", &[("log.index.size.max.bytes", 1)],
        "A segment whose index has grown to this is closed."),
    topic("flush.messages", Kind::Long(1), LONG_MAX, &[("log.flush.interval.messages", 1)],
        "After so many records a log is written to the disk itself. A power cut takes the rest."),
    topic("flush.ms", Kind::Long(0), LONG_MAX, &[("log.flush.interval.ms", 1), ("log.flush.scheduler.interval.ms", 1)],
        ""),
    topic("retention.bytes", Kind::Long(i64::MIN), "-1", &[("log.retention.bytes", 1)],
        "Of each partition, old segments go while at least this much is left; -1 sets no limit."),
    topic("retention.ms", Kind::Long(-1), "604800000", &[("log.retention.ms", 1), ("log.retention.minutes", MINUTE_MS), ("log.retention.hours", HOUR_MS)],
        "A segment goes once its youngest record is older than this; -1 keeps it for ever."),
    topic("max.message.bytes", int(0), "1048588", &[("message.max.bytes", 1)],
        "The largest batch of records that a leader takes."),
    topic("index.interval.bytes", int(0), "4096", &[("log.index.interval.bytes", 1)],
        "So many bytes lie between two entries of a segment's index."),
    topic("delete.retention.ms", Kind::Long(0), "86400000", &[("log.cleaner.delete.retention.ms", 1)],
        "How long a tombstone stays after a cleaner has met it."),
    topic("min.compaction.lag.ms", Kind::Long(0), "0", &[("log.cleaner.min.compaction.lag.ms", 1)],
        "A record younger than this is not compacted."),
    topic("max.compaction.lag.ms", Kind::Long(1), LONG_MAX, &[("log.cleaner.max.compaction.lag.ms", 1)],
        "A segment older than this is compacted, however little is dirty; the active one closes at this age first."),
    topic("file.delete.delay.ms", Kind::Long(0), "60000", &[("log.segment.delete.delay.ms", 1)],
        ""),
    topic("min.cleanable.dirty.ratio", Kind::Ratio, "0.5", &[("log.cleaner.min.cleanable.ratio", 1)],
        "A log is compacted when more than this part of it is dirty."),
    topic("cleanup.policy", Kind::ListOf(CLEANUP_POLICIES), "delete", &[("log.cleanup.policy", 1)],
        "What becomes of old records. With compact every record needs a key."),
    topic("unclean.leader.election.enable", Kind::Bool, "false", &[("unclean.leader.election.enable", 1)],
        "Whether a replica that lacks records may lead when no other can. Records get lost."),
    topic("min.insync.replicas", int(1), "1", &[("min.insync.replicas", 1)],
        "With acks=all a write is refused while fewer replicas than this are in sync."),
    topic("compression.type", Kind::OneOf(COMPRESSION_TYPES), "producer", &[("compression.type", 1)],
        "How the leader stores batches; producer keeps them as they came."),
    topic("compression.gzip.level", Kind::GzipLevel, "-1", &[("compression.gzip.level", 1)],
        ""),
    topic("compression.lz4.level", Kind::Int(1, 17), "9", &[("compression.lz4.level", 1)],
        ""),
    topic("compression.zstd.level", Kind::Int(-131_072, 22), "3", &[("compression.zstd.level", 1)],
        ""),
    topic("preallocate", Kind::Bool, "false", &[("log.preallocate", 1)],
        ""),
    topic("message.timestamp.type", Kind::OneOf(TIMESTAMP_TYPES), "CreateTime", &[("log.message.timestamp.type", 1)],
        "Whether a record carries its producer's time or that of its writing."),
    topic("message.timestamp.before.max.ms", Kind::Long(0), LONG_MAX, &[("log.message.timestamp.before.max.ms", 1)],
        "How far a record's time may lie in the past."),
    topic("message.timestamp.after.max.ms", Kind::Long(0), "3600000", &[("log.message.timestamp.after.max.ms", 1)],
        "How far a record's time may lie in the future."),
    topic("leader.replication.throttled.replicas", Kind::ThrottledReplicas, "", &[],
        ""),
    topic("follower.replication.throttled.replicas", Kind::ThrottledReplicas, "", &[],
        ""),
    topic("remote.storage.enable", Kind::Bool, "false", &[],
        ""),
    topic("local.retention.ms", Kind::Long(-2), "-2", &[("log.local.retention.ms", 1)],
        ""),
    topic("local.retention.bytes", Kind::Long(-2), "-2", &[("log.local.retention.bytes", 1)],
        ""),
    topic("remote.log.copy.disable", Kind::Bool, "false", &[],
        ""),
    topic("remote.log.delete.on.disable", Kind::Bool, "false", &[],
        ""),
    topic("internal.segment.bytes", int(i32::MIN as i64), "", &[],
        ""),
];
