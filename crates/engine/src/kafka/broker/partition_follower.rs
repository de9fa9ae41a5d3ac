//! What a follower makes of its leader's answers. Values in, values out.
//!
//! Kafka 4.3.1: `AbstractFetcherThread`, `ReplicaFetcherThread`.

use serde::{Deserialize, Serialize};

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{BrokerId, LeaderEpoch, Offset, PartitionEpoch};
use crate::kafka::message::{EpochEndOffset, PartitionFetchResponse};

/// A replica that follows, or waits for a leader to follow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartitionFollower {
    /// Whom it follows; nobody while the partition has no leader.
    pub leader: Option<BrokerId>,
    /// The leader's epoch.
    pub leader_epoch: LeaderEpoch,
    /// The registration it goes by.
    pub partition_epoch: PartitionEpoch,
}

/// What a follower does about the answer to its fetch.
#[derive(Clone, Debug, PartialEq)]
pub enum FetchReaction {
    /// Appends the batches and takes over the high watermark.
    Append,
    /// Its log has left the leader's: cuts the end off. Nothing else of the answer counts.
    Truncate(EpochEndOffset),
    /// Its log doesn't meet the leader's: asks from where to where that one reaches.
    AskLeaderOffsets,
    /// Tries again after `replica.fetch.backoff.ms`.
    BackOff,
    /// The leader is of a newer epoch: waits for the metadata that says so.
    WaitForMetadata,
}

/// What a follower does once it knows from where to where its leader's log reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutOfRangeReaction {
    /// The leader's log is shorter (after an unclean election): cuts down to it.
    TruncateTo(Offset),
    /// The leader's log begins later: drops everything and starts there.
    RestartAt(Offset),
    /// The logs meet again: keeps its own.
    KeepOn,
}

impl PartitionFollower {
    /// Decides about an answer of the leader.
    ///
    /// Kafka 4.3.1: `AbstractFetcherThread#processFetchRequest`.
    pub fn reaction_to(response: &PartitionFetchResponse) -> FetchReaction {
        match (response.error, response.diverging_epoch) {
            (None, Some(end)) => FetchReaction::Truncate(end),
            (None, None) => FetchReaction::Append,
            (Some(ErrorCode::OffsetOutOfRange), _) => FetchReaction::AskLeaderOffsets,
            (Some(ErrorCode::FencedLeaderEpoch), _) => FetchReaction::WaitForMetadata,
            (Some(_), _) => FetchReaction::BackOff,
        }
    }

    /// Decides about a log that doesn't meet the leader's.
    ///
    /// Kafka 4.3.1: `AbstractFetcherThread#fetchOffsetAndTruncate`.
    pub fn reaction_to_range(
        log_end_offset: Offset,
        leader_log_start_offset: Offset,
        leader_log_end_offset: Offset,
    ) -> OutOfRangeReaction {
        if leader_log_end_offset < log_end_offset {
            OutOfRangeReaction::TruncateTo(leader_log_end_offset)
        } else if leader_log_start_offset > log_end_offset {
            OutOfRangeReaction::RestartAt(leader_log_start_offset)
        } else {
            OutOfRangeReaction::KeepOn
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kafka 4.3.1: `AbstractFetcherThread#fetchOffsetAndTruncate`.
    #[test]
    fn a_follower_beyond_its_leaders_end_cuts_down_to_it() {
        let reaction = PartitionFollower::reaction_to_range(Offset(10), Offset(0), Offset(7));
        assert_eq!(reaction, OutOfRangeReaction::TruncateTo(Offset(7)));
    }

    /// Kafka 4.3.1: `AbstractFetcherThread#fetchOffsetAndTruncate`.
    #[test]
    fn a_follower_before_its_leaders_start_starts_over_there() {
        let reaction = PartitionFollower::reaction_to_range(Offset(3), Offset(5), Offset(7));
        assert_eq!(reaction, OutOfRangeReaction::RestartAt(Offset(5)));
    }

    /// Kafka 4.3.1: `AbstractFetcherThread#fetchOffsetAndTruncate`.
    #[test]
    fn a_follower_inside_its_leaders_range_keeps_its_log() {
        let reaction = PartitionFollower::reaction_to_range(Offset(6), Offset(5), Offset(7));
        assert_eq!(reaction, OutOfRangeReaction::KeepOn);
    }
}
