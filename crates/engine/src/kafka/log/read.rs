//! Reading from a log: by offset, by time, and by epoch.

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{LeaderEpoch, Offset};
use crate::kafka::log::{Log, Segment};
use crate::kafka::message::{EpochEndOffset, FoundOffset};
use crate::kafka::record::{CompressionType, RecordBatch};

/// How much one read may return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// At most as many bytes.
    pub max_bytes: u32,
    /// Only batches that end below: the log end, the high watermark or the last stable offset.
    pub upper_bound: Offset,
    /// What becomes of a first batch larger than `max_bytes`.
    pub first_batch: FirstBatch,
}

/// What becomes of a first batch that is larger than the limit. KIP-74.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstBatch {
    /// It is returned whole, so that a reader gets on.
    AlwaysWhole,
    /// It stays out: the answer has something of another partition already.
    OnlyIfItFits,
}

impl Log {
    /// The batches from the one that holds `from` on, as far as the limits and the segment go.
    ///
    /// Kafka 4.3.1: `UnifiedLog#read`, `LocalLog#read`. Simplified: Kafka cuts at `max_bytes` even
    /// inside a batch and lets the reader drop the piece.
    pub fn read(&self, from: Offset, limits: &ReadLimits) -> Result<Vec<RecordBatch>, ErrorCode> {
        if from < self.log_start_offset || from > self.log_end_offset {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let mut batches: Vec<RecordBatch> = Vec::new();
        let mut size = 0_u64;
        for segment in self.segments_from(from) {
            for batch in segment.batches_from(from) {
                size += u64::from(batch.size_in_bytes());
                let is_exempt = batches.is_empty() && limits.first_batch == FirstBatch::AlwaysWhole;
                let fits = is_exempt || size <= u64::from(limits.max_bytes);
                if batch.last_offset() >= limits.upper_bound || !fits {
                    return Ok(batches);
                }
                batches.push(batch.clone());
            }
            if !batches.is_empty() {
                break;
            }
        }
        Ok(batches)
    }

    /// The batch that holds `offset`, or the next one if compaction left a gap there.
    pub fn batch_at(&self, offset: Offset) -> Option<&RecordBatch> {
        self.segments_from(offset)
            .find_map(|segment| segment.batches_from(offset).next())
    }

    /// The first codec that compresses any of its batches; none if all are as they are.
    pub fn codec(&self) -> Option<CompressionType> {
        let batches = self.segments().flat_map(Segment::batches);
        let mut codecs = batches.filter_map(|batch| batch.header().attributes.compression());
        codecs.find(|codec| *codec != CompressionType::None)
    }

    /// The first record that is not older than `timestamp_ms` (milliseconds since 1970).
    ///
    /// Kafka 4.3.1: `UnifiedLog#fetchOffsetByTimestamp`.
    pub fn offset_for_timestamp(&self, timestamp_ms: i64) -> Option<FoundOffset> {
        let segment = self
            .segments()
            .find(|segment| segment.largest_timestamp_ms() >= timestamp_ms)?;
        segment
            .batches_from(self.log_start_offset)
            .filter(|batch| batch.max_timestamp_ms() >= timestamp_ms)
            .find_map(|batch| self.first_record_since(batch, timestamp_ms))
    }

    /// The first of the records with the largest timestamp.
    ///
    /// Kafka 4.3.1: `UnifiedLog#fetchOffsetByTimestamp` with `MAX_TIMESTAMP`, KIP-734.
    pub fn offset_of_max_timestamp(&self) -> Option<FoundOffset> {
        let largest_ms = self.segments().map(Segment::largest_timestamp_ms).max()?;
        self.offset_for_timestamp(largest_ms)
    }

    /// Where `epoch` ended in this log.
    ///
    /// Kafka 4.3.1: `UnifiedLog#endOffsetForEpoch`.
    pub fn end_offset_for_epoch(&self, epoch: LeaderEpoch) -> Option<EpochEndOffset> {
        self.epochs.end_offset_for(epoch, self.log_end_offset)
    }

    /// The leader's side: whether a replica whose last record is of `last_fetched_epoch`, and who
    /// wants to go on at `fetch_offset`, has left this log, and where.
    ///
    /// Kafka 4.3.1: `Partition#readRecords`, KIP-595.
    pub fn check_divergence(
        &self,
        last_fetched_epoch: LeaderEpoch,
        fetch_offset: Offset,
    ) -> Result<Option<EpochEndOffset>, ErrorCode> {
        let end = self
            .end_offset_for_epoch(last_fetched_epoch)
            .ok_or(ErrorCode::OffsetOutOfRange)?;
        if fetch_offset < self.log_start_offset {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let has_diverged = end.epoch < last_fetched_epoch || end.end_offset < fetch_offset;
        Ok(has_diverged.then_some(end))
    }

    /// The follower's side: where to cut when the leader answered with that diverging epoch.
    ///
    /// Kafka 4.3.1: `AbstractFetcherThread#getOffsetTruncationState`.
    pub fn truncation_offset(&self, diverging: EpochEndOffset) -> Offset {
        let bound = match self.end_offset_for_epoch(diverging.epoch) {
            Some(own) if own.epoch == diverging.epoch => own.end_offset.min(diverging.end_offset),
            // The leader's epoch is unknown here: cut to the end of the one before, and ask again.
            Some(own) => own.end_offset,
            None => diverging.end_offset,
        };
        bound.min(self.log_end_offset)
    }

    fn first_record_since(&self, batch: &RecordBatch, timestamp_ms: i64) -> Option<FoundOffset> {
        let records = batch.records().ok()?;
        let found = records.into_iter().find(|stored| {
            stored.record.timestamp_ms >= timestamp_ms && stored.offset >= self.log_start_offset
        })?;
        Some(FoundOffset {
            offset: found.offset,
            timestamp_ms: Some(found.record.timestamp_ms),
            leader_epoch: Some(batch.partition_leader_epoch()),
        })
    }
}
