//! The purposes for which nodes set timers, one variant each. Setting one that is set replaces it.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{BrokerId, CallId, CorrelationId, NodeId};

/// A timer, by the kind of node that sets it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Timer {
    /// One of the controller's.
    Controller(ControllerTimer),
    /// One of a broker's.
    Broker(BrokerTimer),
    /// One of a producer's.
    Producer(ProducerTimer),
    /// One of a consumer's.
    Consumer(ConsumerTimer),
    /// One of the admin client's.
    Admin(AdminTimer),
}

/// What the controller waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ControllerTimer {
    /// Looks for one broker whose session is over. Every `broker.session.timeout.ms` / 8.
    FenceSweep,
    /// Moves leaderships back to preferred replicas. Every `leader.imbalance.check.interval.seconds`.
    LeaderBalance,
    /// Looks for leaderless partitions that may be led uncleanly. Every 5 minutes.
    UncleanElectionScan,
    /// A broker's wait for more of the metadata log is over.
    MetadataFetchWait(BrokerId),
}

/// What a broker waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokerTimer {
    /// The next try to register.
    Registration,
    /// The next heartbeat to the controller. Every `broker.heartbeat.interval.ms`.
    Heartbeat,
    /// A request to the controller or to a leader was not answered in time.
    RequestTimeout(CorrelationId),
    /// The next try to read the metadata log.
    MetadataFetch,
    /// ISR changes that got no answer are asked for again. 50 ms after the failure.
    AlterPartitionRetry,
    /// Looks for followers that lag. Every `replica.lag.time.max.ms` / 2.
    IsrCheck,
    /// Writes high watermarks down. Every `replica.high.watermark.checkpoint.interval.ms`.
    HighWatermarkCheckpoint,
    /// Looks for segments that are too old or too many. Every `log.retention.check.interval.ms`.
    Retention,
    /// The cleaner looks for the dirtiest log, `log.cleaner.backoff.ms` after it found none; or it
    /// goes on with the one that it cleans.
    Cleaner,
    /// Looks for logs that were not flushed for long. Every `log.flush.scheduler.interval.ms`.
    LogFlush,
    /// Forgets idle producers. Every `producer.id.expiration.check.interval.ms`.
    ProducerExpiration,
    /// The fetcher towards that leader goes on after an error. `replica.fetch.backoff.ms`.
    ReplicaFetchBackoff(BrokerId),
    /// A fetch has waited as long as it may.
    DelayedFetch(NodeId, CorrelationId),
    /// A produce request has waited as long as it may.
    DelayedProduce(NodeId, CorrelationId),
    /// A deletion of records has waited as long as it may.
    DelayedDelete(NodeId, CorrelationId),
    /// A member of a group was not heard of for its session timeout.
    MemberSession(String, String),
    /// A group's members have had their time to join again.
    Rebalance(String),
    /// An offset commit has waited as long as it may for its replicas.
    OffsetCommitWait(u64),
}

/// What a producer waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProducerTimer {
    /// The sender looks again: a linger, a backoff or a delivery timeout ends.
    Sender,
    /// A request was not answered within `request.timeout.ms`.
    RequestTimeout(CorrelationId),
    /// A send has waited `max.block.ms` for metadata or memory.
    MaxBlock(CallId),
}

/// What a consumer waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsumerTimer {
    /// The application's poll has waited as long as it may.
    PollTimeout,
    /// The application, polling in the background, calls poll again.
    NextPoll,
    /// The next heartbeat to the group's coordinator.
    Heartbeat,
    /// A request was not answered within `request.timeout.ms`.
    RequestTimeout(CorrelationId),
    /// The next metadata refresh.
    MetadataRefresh,
    /// Something refused may be tried again. `retry.backoff.ms`.
    Retry,
    /// A broken connection may be tried again. `reconnect.backoff.ms`.
    Reconnect(NodeId),
    /// A blocking call has waited as long as it may.
    CallTimeout(CallId),
    /// The application has not polled for `max.poll.interval.ms`.
    MaxPollInterval,
}

/// What the admin client waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminTimer {
    /// A request was not answered in time.
    RequestTimeout(CorrelationId),
    /// A call may be tried again. `retry.backoff.ms`.
    Retry(CallId),
}
