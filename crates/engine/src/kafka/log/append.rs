//! Writing into a log: as the leader, who decides, and as a follower, who copies.

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{LeaderEpoch, Offset, TopicPartition};
use crate::kafka::log::producer_check::check_producer;
use crate::kafka::log::segment::Upcoming;
use crate::kafka::log::validate::{check_crc, unreadable, validate};
use crate::kafka::log::{AppendError, Log, LogConfig};
use crate::kafka::record::{RecordBatch, TimestampType};

/// What a log is told of time: it has no clock, and no chance, of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    /// The broker's clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// By how much earlier than others a segment that begins now is full, in milliseconds:
    /// `segment.jitter.ms`.
    pub roll_jitter_ms: i64,
}

/// How a leader appends.
#[derive(Clone, Copy, Debug)]
pub struct LeaderAppend<'a> {
    /// The partition, for the texts of errors.
    pub partition: &'a TopicPartition,
    /// The leader's epoch, stamped on the batch.
    pub leader_epoch: LeaderEpoch,
    /// The broker's clock.
    pub clock: Clock,
    /// Who wrote the batch.
    pub origin: AppendOrigin,
    /// The topic's settings.
    pub config: &'a LogConfig,
}

/// Who wrote a batch: only clients are distrusted.
///
/// Kafka 4.3.1: `AppendOrigin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendOrigin {
    /// A producer.
    Client,
    /// A group or transaction coordinator on this broker.
    Coordinator {
        /// Which rule its markers' epochs follow.
        transaction_version: TransactionVersion,
    },
}

/// The transaction protocol.
///
/// Kafka 4.3.1: feature `transaction.version`, KIP-890.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionVersion {
    /// A marker has the epoch of its data.
    V1,
    /// A marker has the epoch after that of its data.
    V2,
}

/// How a follower appends.
#[derive(Clone, Copy, Debug)]
pub struct FollowerAppend<'a> {
    /// The partition, for the texts of errors.
    pub partition: &'a TopicPartition,
    /// The epoch that the follower follows; batches of later ones are left out (KAFKA-18723).
    pub leader_epoch: LeaderEpoch,
    /// The broker's clock.
    pub clock: Clock,
    /// The topic's settings.
    pub config: &'a LogConfig,
}

/// What was appended, or where it had been before.
///
/// Kafka 4.3.1: `LogAppendInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AppendInfo {
    /// The first offset.
    pub base_offset: Offset,
    /// The last offset.
    pub last_offset: Offset,
    /// The largest timestamp, in milliseconds since 1970.
    pub max_timestamp_ms: i64,
    /// What the producer is told of the leader's time; of a duplicate its largest timestamp.
    pub log_append_time_ms: Option<i64>,
    /// Whether the log had it already and nothing was written.
    pub is_duplicate: bool,
    /// Where a new segment began, if one did.
    pub rolled_to: Option<Offset>,
}

impl Log {
    /// Gives a batch its place and writes it, unless it is refused or there already.
    ///
    /// A segment may roll for a batch that is then refused for its sequence.
    ///
    /// Kafka 4.3.1: `UnifiedLog#appendAsLeader`.
    pub fn append_as_leader(
        &mut self,
        batch: RecordBatch,
        append: &LeaderAppend<'_>,
    ) -> Result<AppendInfo, AppendError> {
        validate(&batch, append)?;
        let config = append.config;
        let batch =
            in_topics_form(batch, append)?.stamped(self.log_end_offset, append.leader_epoch);
        self.epochs.assign(append.leader_epoch, batch.base_offset());
        check_fits_segment(&batch, append)?;
        let rolled_to = self.maybe_roll(&[&batch], append.clock, config);
        if let Some(duplicate) = check_producer(&self.producers, &batch, append)? {
            return Ok(AppendInfo {
                base_offset: duplicate.first_offset,
                last_offset: duplicate.last_offset,
                max_timestamp_ms: duplicate.timestamp_ms,
                log_append_time_ms: Some(duplicate.timestamp_ms),
                is_duplicate: true,
                rolled_to,
            });
        }
        let stamps_time = config.timestamp_type == TimestampType::LogAppendTime;
        let info = AppendInfo {
            base_offset: batch.base_offset(),
            last_offset: batch.last_offset(),
            max_timestamp_ms: batch.max_timestamp_ms(),
            log_append_time_ms: stamps_time.then_some(append.clock.now_ms),
            is_duplicate: false,
            rolled_to,
        };
        self.write(batch, append.clock.now_ms, config);
        Ok(info)
    }

    /// Writes what the leader has, as it has it. Nothing is checked but that it is whole and
    /// continues this log. Returns nothing if there was nothing to write.
    ///
    /// An empty log that is behind takes the offset of the first batch: the leader's log may
    /// begin inside a batch.
    ///
    /// Kafka 4.3.1: `UnifiedLog#appendAsFollower`,
    /// `Partition#appendRecordsToFollowerOrFutureReplica`.
    pub fn append_as_follower(
        &mut self,
        mut batches: Vec<RecordBatch>,
        append: &FollowerAppend<'_>,
    ) -> Result<Option<AppendInfo>, AppendError> {
        let is_later = |batch: &RecordBatch| batch.partition_leader_epoch() > append.leader_epoch;
        batches.truncate(batches.iter().position(is_later).unwrap_or(batches.len()));
        let (Some(first), Some(last)) = (batches.first(), batches.last()) else {
            return Ok(None);
        };
        let (base_offset, last_offset) = (first.base_offset(), last.last_offset());
        for batch in &batches {
            check_crc(batch, append.partition)?;
        }
        self.check_continues(&batches, append.partition)?;
        if base_offset < self.log_end_offset {
            self.truncate_fully_and_start_at(base_offset);
        }
        for batch in &batches {
            self.epochs
                .assign(batch.partition_leader_epoch(), batch.base_offset());
        }
        let max_timestamp_ms = batches
            .iter()
            .map(RecordBatch::max_timestamp_ms)
            .max()
            .unwrap_or_default();
        let all: Vec<&RecordBatch> = batches.iter().collect();
        let rolled_to = self.maybe_roll(&all, append.clock, append.config);
        for batch in batches {
            self.write(batch, append.clock.now_ms, append.config);
        }
        Ok(Some(AppendInfo {
            base_offset,
            last_offset,
            max_timestamp_ms,
            log_append_time_ms: None,
            is_duplicate: false,
            rolled_to,
        }))
    }

    fn write(&mut self, batch: RecordBatch, now_ms: i64, config: &LogConfig) {
        assert!(
            batch.base_offset() >= self.log_end_offset,
            "a batch goes to the end of the log"
        );
        let aborted = self.producers.apply(&batch);
        self.log_end_offset = batch.next_offset();
        self.active.append(batch, config);
        if let Some(aborted) = aborted {
            self.active.note_aborted(aborted);
        }
        let unflushed = self.log_end_offset.distance_from(self.recovery_point);
        if unflushed >= config.flush_messages {
            self.flush(now_ms);
        }
    }

    fn check_continues(
        &self,
        batches: &[RecordBatch],
        partition: &TopicPartition,
    ) -> Result<(), AppendError> {
        let rises = batches
            .windows(2)
            .all(|pair| pair[0].last_offset() < pair[1].base_offset());
        if !rises {
            let message = format!("Out of order offsets found in append to {partition}");
            return Err(AppendError::new(ErrorCode::UnknownServerError, message));
        }
        let (base_offset, last_offset) = match batches {
            [first, .., last] => (first.base_offset(), last.last_offset()),
            [only] => (only.base_offset(), only.last_offset()),
            [] => return Ok(()),
        };
        let may_restart = self.is_empty() && last_offset >= self.log_end_offset;
        if base_offset >= self.log_end_offset || may_restart {
            return Ok(());
        }
        let message = format!(
            "Unexpected offset in append to {partition}. First offset {base_offset} is less than \
             the next offset {}. last offset in append: {last_offset}. Log start offset = {}",
            self.log_end_offset, self.log_start_offset
        );
        Err(AppendError::new(ErrorCode::UnknownServerError, message))
    }

    /// Kafka 4.3.1: `UnifiedLog#maybeRoll`. What is appended together stays together.
    fn maybe_roll(
        &mut self,
        batches: &[&RecordBatch],
        clock: Clock,
        config: &LogConfig,
    ) -> Option<Offset> {
        let (first, last) = (batches.first()?, batches.last()?);
        let upcoming = Upcoming {
            base_offset: first.base_offset(),
            last_offset: last.last_offset(),
            max_timestamp_ms: batches.iter().map(|batch| batch.max_timestamp_ms()).max()?,
            size_in_bytes: batches
                .iter()
                .map(|batch| u64::from(batch.size_in_bytes()))
                .sum(),
            now_ms: clock.now_ms,
        };
        if !self.active.should_roll(&upcoming, config) {
            return None;
        }
        self.roll(upcoming.base_offset, clock);
        Some(upcoming.base_offset)
    }
}

/// The batch under the topic's codec and with the leader's time, where the topic wants that.
///
/// Kafka 4.3.1: `LogValidator#validateMessagesAndAssignOffsets`.
fn in_topics_form(
    batch: RecordBatch,
    append: &LeaderAppend<'_>,
) -> Result<RecordBatch, AppendError> {
    let config = append.config;
    let batch = match config.compression {
        Some(compression)
            if !batch.is_control()
                && batch.header().attributes.compression() != Some(compression) =>
        {
            let recompressed = batch.with_compression(compression).map_err(unreadable)?;
            check_size(&recompressed, append)?;
            recompressed
        }
        _ => batch,
    };
    Ok(match config.timestamp_type {
        TimestampType::CreateTime => batch,
        TimestampType::LogAppendTime => batch.with_log_append_time(append.clock.now_ms),
    })
}

/// Under the topic's codec a batch may be too large that was not so before.
///
/// Kafka 4.3.1: `UnifiedLog#append`, after its validation; its text lacks the space, too.
fn check_size(batch: &RecordBatch, append: &LeaderAppend<'_>) -> Result<(), AppendError> {
    let (size, size_max) = (batch.size_in_bytes(), append.config.max_message_bytes);
    if size <= size_max {
        return Ok(());
    }
    let message = format!(
        "Message batch size is {size} bytes in append topartition {} which exceeds the maximum \
         configured size of {size_max}.",
        append.partition
    );
    Err(AppendError::new(ErrorCode::MessageTooLarge, message))
}

fn check_fits_segment(batch: &RecordBatch, append: &LeaderAppend<'_>) -> Result<(), AppendError> {
    let (size, size_max) = (
        u64::from(batch.size_in_bytes()),
        append.config.segment_bytes,
    );
    if size <= size_max {
        return Ok(());
    }
    let message = format!(
        "Message batch size is {size} bytes in append to partition {}, which exceeds the maximum \
         configured segment size of {size_max}.",
        append.partition
    );
    Err(AppendError::new(ErrorCode::RecordListTooLarge, message))
}
