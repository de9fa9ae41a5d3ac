//! The lines of a run that are worth reading: what was commanded, decided, stored and answered.

use highwater_engine::sim::event::Step;
use highwater_engine::sim::transcript;

/// Steady noise, and what another line says as well.
const NOT_WORTH_A_LINE: [&str; 27] = [
    "__consumer_offsets",
    " receives ",
    " sends Fetch",
    " sends BrokerHeartbeat",
    " sends HeartbeatRe",
    " sends Metadata",
    " sends ApiVersions",
    " sends OffsetCommit",
    " sends ListOffsets",
    "TimerFired",
    "CallMade",
    "CallReturned",
    "RecordQueued",
    "BrokerHeartbeatReceived",
    "FollowerHighWatermarkAdvanced",
    "MessageHeld",
    "MessageLost",
    "MessageRefused",
    "MessageReleased",
    "InputLost",
    "CommitCompleted",
    "OffsetCommitted",
    "CoordinatorLoaded",
    "PositionSet",
    "RecordsPolled",
    "BatchSent",
    " sends FindCoordinator",
];

/// A step's lines: time, node and what happened. Without ids and causes, which move with every
/// step that is added before them.
pub fn lines(step: &Step) -> String {
    let worth = |line: &&str| !NOT_WORTH_A_LINE.iter().any(|word| line.contains(word));
    transcript::lines(step)
        .lines()
        .filter(worth)
        .map(|line| {
            let what = line.split("  <- ").next().unwrap_or(line);
            shorten(what.get(9..).unwrap_or(what)) + "\n"
        })
        .collect()
}

/// Names instead of their types: `orders-0` for a `TopicPartition`, `3` for `BrokerId(3)`.
fn shorten(line: &str) -> String {
    let topic = "TopicPartition { topic: TopicName(\"";
    let mut short = line.to_owned();
    while let Some(at) = short.find(topic) {
        let rest = &short[at + topic.len()..];
        let named = rest.split_once("\"), partition: PartitionId(");
        let (name, rest) = named.expect("a topic, then a partition");
        let (number, rest) = rest.split_once(") }").expect("a partition has a number");
        short = format!("{}{name}-{number}{rest}", &short[..at]);
    }
    for wrapper in [
        "BrokerId(",
        "BrokerEpoch(",
        "LeaderEpoch(",
        "PartitionEpoch(",
        "MetadataOffset(",
        "Offset(",
        "CallId(",
        "ClientId(",
        "ProducerId(",
        "TopicName(",
        "TopicId(",
        "PartitionId(",
    ] {
        while let Some(at) = short.find(wrapper) {
            let (inner, rest) = short[at + wrapper.len()..]
                .split_once(')')
                .expect("a wrapper is closed");
            short = format!("{}{inner}{rest}", &short[..at]);
        }
    }
    short
}
