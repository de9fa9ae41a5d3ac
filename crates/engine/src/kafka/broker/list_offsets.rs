//! Looking offsets up: the ends of a log, a time in it, the end of an epoch.
//!
//! Kafka 4.3.1: `ReplicaManager#fetchOffset`, `Partition#fetchOffsetForTimestamp`,
//! `#lastOffsetForLeaderEpoch`.

use crate::kafka::broker::fetch::ServedBy;
use crate::kafka::broker::process::Server;
use crate::kafka::broker::replica::Replica;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{LeaderEpoch, NodeId, Offset, TopicPartition};
use crate::kafka::log::Log;
use crate::kafka::message::{
    EpochEndOffset, FoundOffset, ListOffsetsRequest, ListOffsetsResponse,
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, OffsetSpec,
};

impl Server<'_> {
    /// Looks up each offset that is asked for.
    pub fn list_offsets(&self, from: NodeId, request: &ListOffsetsRequest) -> ListOffsetsResponse {
        let answers = request.partitions.iter().map(|(partition, epoch, spec)| {
            (
                partition.clone(),
                self.find_offset(from, partition, *epoch, *spec),
            )
        });
        ListOffsetsResponse {
            partitions: answers.collect(),
        }
    }

    /// A new leader's high watermark may lag behind what its predecessor told consumers: until it
    /// has passed the start of its epoch, clients get OFFSET_NOT_AVAILABLE (KIP-207).
    fn find_offset(
        &self,
        from: NodeId,
        partition: &TopicPartition,
        epoch: Option<LeaderEpoch>,
        spec: OffsetSpec,
    ) -> Result<Option<FoundOffset>, ErrorCode> {
        let (replica, log) = self.serving(partition, epoch, ServedBy::Leader)?;
        offset_in(replica, log, from, spec)
    }

    /// Looks up where each epoch ends in the leader's log.
    #[inline(never)]
    pub fn epoch_ends(
        &self,
        request: &OffsetForLeaderEpochRequest,
    ) -> OffsetForLeaderEpochResponse {
        let end = |partition: &TopicPartition,
                   current: Option<LeaderEpoch>,
                   epoch: LeaderEpoch|
         -> Result<Option<EpochEndOffset>, ErrorCode> {
            let (_, log) = self.serving(partition, current, ServedBy::Leader)?;
            Ok(log.end_offset_for_epoch(epoch))
        };
        let answers = request
            .partitions
            .iter()
            .map(|(partition, current, epoch)| {
                (partition.clone(), end(partition, *current, *epoch))
            });
        OffsetForLeaderEpochResponse {
            partitions: answers.collect(),
        }
    }
}

/// Looks an offset up in a leader's log, for `from`.
///
/// Errors: NOT_LEADER_OR_FOLLOWER, OFFSET_NOT_AVAILABLE.
pub(super) fn offset_in(
    replica: &Replica,
    log: &Log,
    from: NodeId,
    spec: OffsetSpec,
) -> Result<Option<FoundOffset>, ErrorCode> {
    let leader = replica.leader().ok_or(ErrorCode::NotLeaderOrFollower)?;
    let is_lagging = leader.epoch_start_offset > replica.high_watermark;
    let last_fetchable = match (spec, from) {
        (OffsetSpec::LogEnd, NodeId::Broker(_)) => log.log_end_offset(),
        (OffsetSpec::LatestCommitted, _) => log.last_stable_offset(replica.high_watermark),
        _ => replica.high_watermark,
    };
    let end = |offset: Offset| FoundOffset {
        offset,
        timestamp_ms: None,
        leader_epoch: Some(leader.leader_epoch),
    };
    let by_record =
        |found: Option<FoundOffset>| match found.filter(|found| found.offset < last_fetchable) {
            None if is_lagging => Err(ErrorCode::OffsetNotAvailable),
            found => Ok(found),
        };
    match spec {
        OffsetSpec::Earliest => {
            let start = log.log_start_offset();
            let leader_epoch = log.epochs().epoch_for_offset(start);
            Ok(Some(FoundOffset {
                offset: start,
                timestamp_ms: None,
                leader_epoch,
            }))
        }
        OffsetSpec::LogEnd => Ok(Some(end(last_fetchable))),
        OffsetSpec::Latest | OffsetSpec::LatestCommitted if is_lagging => {
            Err(ErrorCode::OffsetNotAvailable)
        }
        OffsetSpec::Latest | OffsetSpec::LatestCommitted => Ok(Some(end(last_fetchable))),
        OffsetSpec::Timestamp(at) => by_record(log.offset_for_timestamp(at)),
        OffsetSpec::MaxTimestamp => by_record(log.offset_of_max_timestamp()),
    }
}
