//! What the stage tells of the one partition that is opened.

use super::KeyMark;

/// What is told of an opened partition only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InsideRow {
    /// `leader epoch 0, replication factor 3, min.insync.replicas 2`.
    pub words: String,
    /// The acks=all requests that wait for replicas.
    pub waiting: Vec<WaitingRow>,
    /// What the leader knows of each of its followers.
    pub known: Vec<KnownRow>,
    /// The leader epochs in the leader's log, with the offsets where they begin.
    pub epochs: Vec<(i32, u64)>,
    /// What replicas have just cut off their logs.
    pub cuts: Vec<CutRow>,
    /// What the producer of a record had been told that was lost a while ago.
    pub told: Option<ToldRow>,
}

/// A produce request in the purgatory.
#[derive(Clone, Debug, PartialEq)]
pub struct WaitingRow {
    /// The high watermark that it needs.
    pub required: u64,
    /// What it brought: `offsets 13, 14`.
    pub offsets: String,
    /// What it lacks: `broker 3 at 12, needs 15`.
    pub lacks: String,
    /// For how long it has waited: `4 ms`.
    pub waits: String,
}

/// What a leader knows of a follower.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownRow {
    /// The follower's broker.
    pub broker: u32,
    /// The offset of its last fetch; `None` before the first.
    pub fetched_at: Option<u64>,
    /// Whether the high watermark waits for it.
    pub is_in_sync: bool,
}

/// The end of a log that was cut off.
#[derive(Clone, Debug, PartialEq)]
pub struct CutRow {
    /// On which broker.
    pub broker: u32,
    /// The first offset that is gone.
    pub first: u64,
    /// The log end offset before.
    pub end: u64,
    /// The first records that are gone: their offsets, and what stands in their cells.
    pub gone: Vec<(u64, String)>,
    /// The one of them whose producer had been told that it is stored.
    pub acknowledged: Option<u64>,
}

/// What a producer was told of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldRow {
    /// The producer.
    pub producer: String,
    /// When: `00:14.233`.
    pub clock: String,
    /// The mark of the record's key.
    pub key: KeyMark,
    /// `offset 7, acks=1`.
    pub words: String,
}
