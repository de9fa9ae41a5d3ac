//! Whether a leader may take a producer's next batch.
//!
//! Kafka 4.3.1: `UnifiedLog#analyzeAndValidateProducerState`, `ProducerAppendInfo`. Simplified: a
//! batch of a transaction is verified by the broker, not by a guard in the log.

use crate::kafka::error_code::ErrorCode;
use crate::kafka::log::{
    AppendError, AppendOrigin, BatchMetadata, LeaderAppend, ProducerStateEntry, ProducerStates,
    TransactionVersion,
};
use crate::kafka::record::{EndTransactionMarker, ProducerStamp, RecordBatch};

/// Checks epoch, sequence and transaction of a batch that has its offsets. Returns the batch that
/// it repeats, if it does.
pub(super) fn check_producer(
    states: &ProducerStates,
    batch: &RecordBatch,
    append: &LeaderAppend<'_>,
) -> Result<Option<BatchMetadata>, AppendError> {
    let Some(producer) = batch.producer() else {
        return Ok(None);
    };
    let Some(entry) = states.entry(producer.id) else {
        return Ok(None);
    };
    if append.origin == AppendOrigin::Client
        && let Some(duplicate) = entry.find_duplicate(batch)
    {
        return Ok(Some(*duplicate));
    }
    let check = ProducerCheck {
        entry,
        producer,
        batch,
        append,
    };
    match (batch.end_transaction_marker(), append.origin) {
        (
            Some(marker),
            AppendOrigin::Coordinator {
                transaction_version,
            },
        ) => {
            check.marker(marker, transaction_version)?;
        }
        (None, AppendOrigin::Client) if !batch.is_control() => {
            check.epoch(TransactionVersion::V1)?;
            check.sequence()?;
            check.transaction()?;
        }
        (None, AppendOrigin::Coordinator { .. }) if !batch.is_control() => {
            check.epoch(TransactionVersion::V1)?;
            check.transaction()?;
        }
        (Some(_) | None, AppendOrigin::Client | AppendOrigin::Coordinator { .. }) => {}
    }
    Ok(None)
}

struct ProducerCheck<'a> {
    entry: &'a ProducerStateEntry,
    producer: ProducerStamp,
    batch: &'a RecordBatch,
    append: &'a LeaderAppend<'a>,
}

impl ProducerCheck<'_> {
    /// Kafka 4.3.1: `ProducerAppendInfo#appendEndTxnMarker`.
    fn marker(
        &self,
        marker: EndTransactionMarker,
        version: TransactionVersion,
    ) -> Result<(), AppendError> {
        self.epoch(version)?;
        let current = self.entry.coordinator_epoch;
        if current <= marker.coordinator_epoch {
            return Ok(());
        }
        let message = format!(
            "Invalid coordinator epoch for producerId {} at offset {} in partition {}: {} \
             (zombie), {current} (current)",
            self.producer.id,
            self.batch.base_offset(),
            self.append.partition,
            marker.coordinator_epoch
        );
        Err(AppendError::new(
            ErrorCode::TransactionCoordinatorFenced,
            message,
        ))
    }

    /// A marker of transactions v2 must raise the epoch, unless it is one written again.
    ///
    /// Kafka 4.3.1: `ProducerAppendInfo#checkProducerEpoch`, KIP-890, KIP-1228.
    fn epoch(&self, version: TransactionVersion) -> Result<(), AppendError> {
        let (epoch, current) = (self.producer.epoch, self.entry.producer_epoch);
        let is_marker_again = epoch == current
            && (self.entry.current_transaction_first_offset.is_none() || epoch == i16::MAX);
        let is_valid = match version {
            TransactionVersion::V1 => epoch >= current,
            TransactionVersion::V2 => epoch > current || is_marker_again,
        };
        if is_valid {
            return Ok(());
        }
        let comparison = match version {
            TransactionVersion::V1 => "<",
            TransactionVersion::V2 => "<=",
        };
        let message = format!(
            "Epoch of producer {} at offset {} in {} is {epoch}, which is {comparison} the last \
             seen epoch {current}",
            self.producer.id,
            self.batch.base_offset(),
            self.append.partition
        );
        Err(AppendError::new(ErrorCode::InvalidProducerEpoch, message))
    }

    /// Kafka 4.3.1: `ProducerAppendInfo#checkSequence`.
    fn sequence(&self) -> Result<(), AppendError> {
        let sequence = self.producer.base_sequence.unwrap_or(-1);
        let (epoch, current_epoch) = (self.producer.epoch, self.entry.producer_epoch);
        let (id, partition) = (self.producer.id, self.append.partition);
        let offset = self.batch.base_offset();
        let message = if epoch != current_epoch {
            if sequence == 0 {
                return Ok(());
            }
            format!(
                "Invalid sequence number for new epoch of producer {id}at offset {offset} in \
                 partition {partition}: {epoch} (request epoch), {sequence} (seq. number), \
                 {current_epoch} (current producer epoch)"
            )
        } else {
            let last = self.entry.last_sequence().unwrap_or(-1);
            let expected = last.checked_add(1).unwrap_or(0);
            if sequence == expected {
                return Ok(());
            }
            format!(
                "Out of order sequence number for producer {id} at offset {offset} in partition \
                 {partition}: {sequence} (incoming seq. number), {last} (current end sequence \
                 number)"
            )
        };
        Err(AppendError::new(
            ErrorCode::OutOfOrderSequenceNumber,
            message,
        ))
    }

    /// Kafka 4.3.1: `ProducerAppendInfo#appendDataBatch`.
    fn transaction(&self) -> Result<(), AppendError> {
        let is_open = self.entry.current_transaction_first_offset.is_some();
        if !is_open || self.batch.is_transactional() {
            return Ok(());
        }
        let message = format!(
            "Expected transactional write from producer {} at offset {} in partition {}",
            self.producer.id,
            self.batch.base_offset(),
            self.append.partition
        );
        Err(AppendError::new(ErrorCode::InvalidTxnState, message))
    }
}
