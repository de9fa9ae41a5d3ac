//! What becomes of a batch: acknowledged, sent again, split, refused for good, or too old.
//!
//! Kafka 4.3.1: `Sender#handleProduceResponse`, `#completeBatch`, `#failBatch`,
//! `#failExpiredBatches`.

use super::Producer;
use super::batch::{BatchId, ProducerBatch};
use super::idempotence::SequenceGap;
use crate::kafka::client::call::RecordMetadata;
use crate::kafka::client::exception::ClientException;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, TopicPartition};
use crate::kafka::message::{PartitionProduceResponse, ProduceResponse};
use crate::kafka::node::Context;

impl Producer {
    /// Kafka 4.3.1: `Sender#handleProduceResponse`.
    pub(super) fn on_produce_response(
        &mut self,
        ids: &[BatchId],
        response: &ProduceResponse,
        cx: &mut Context<'_>,
    ) {
        for id in ids {
            let batch = self.accumulator.batches.get(id);
            let answer = batch.and_then(|batch| {
                let mut answers = response.partitions.iter();
                answers.find(|answer| answer.partition == batch.partition)
            });
            if let Some(answer) = answer {
                self.on_answer(*id, answer, cx);
            }
        }
    }

    /// The connection was lost before an answer came.
    #[inline(never)]
    pub(super) fn on_produce_lost(
        &mut self,
        ids: &[BatchId],
        broker: BrokerId,
        error: ErrorCode,
        cx: &mut Context<'_>,
    ) {
        let suffix = match error {
            ErrorCode::RequestTimedOut => " due to timeout",
            _ => "",
        };
        for id in ids {
            if let Some(batch) = self.accumulator.batches.get(id) {
                let answer = PartitionProduceResponse {
                    error: Some(error),
                    error_message: Some(format!("Disconnected from node {broker}{suffix}")),
                    ..success(batch.partition.clone())
                };
                self.on_answer(*id, &answer, cx);
            }
        }
    }

    /// With `acks=0` a batch is done when its request is written.
    pub(super) fn on_written(&mut self, ids: &[BatchId], cx: &mut Context<'_>) {
        for id in ids {
            if let Some(batch) = self.accumulator.batches.get(id) {
                let answer = success(batch.partition.clone());
                self.on_answer(*id, &answer, cx);
            }
        }
    }

    /// `delivery.timeout.ms` is over.
    ///
    /// A batch that was sent before may be in the log all the same.
    ///
    /// Kafka 4.3.1: `Sender#failExpiredBatches`.
    #[inline(never)]
    pub(super) fn expire(&mut self, id: BatchId, cx: &mut Context<'_>) {
        let Some(batch) = self.accumulator.batches.get(&id).cloned() else {
            return;
        };
        let message = format!(
            "Expiring {} record(s) for {}:{} ms has passed since batch creation. The request has \
             not been sent, or no server response has been received yet.",
            batch.record_count(),
            batch.partition,
            cx.now().since(batch.created_at).as_millis(),
        );
        let exception = ClientException::new("TimeoutException", message);
        self.fail(id, &batch, SequenceGap::Leave, |_| exception.clone(), cx);
        if batch.attempts > 0
            && let Some(idempotence) = &mut self.idempotence
        {
            idempotence.mark_unresolved(&batch);
        }
    }

    /// The close's time is over: nothing more will be sent.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#abortIncompleteBatches`.
    pub(super) fn abort_undecided(&mut self, cx: &mut Context<'_>) {
        let undecided: Vec<BatchId> = self.accumulator.undecided().collect();
        let exception = ClientException::new("KafkaException", "Producer is closed forcefully.");
        for id in undecided {
            if let Some(batch) = self.accumulator.batches.get(&id).cloned() {
                self.fail(id, &batch, SequenceGap::Leave, |_| exception.clone(), cx);
            }
        }
    }

    /// Kafka 4.3.1: `Sender#completeBatch`.
    fn on_answer(&mut self, id: BatchId, answer: &PartitionProduceResponse, cx: &mut Context<'_>) {
        let Some(batch) = self.accumulator.batches.get_mut(&id) else {
            return;
        };
        batch.is_in_flight = false;
        let batch = batch.clone();
        match answer.error {
            None => self.acknowledge(id, &batch, answer, cx),
            Some(error) => self.on_error(id, &batch, (error, answer), cx),
        }
        self.accumulator.muted.remove(&batch.partition);
    }

    #[inline(never)]
    fn on_error(
        &mut self,
        id: BatchId,
        batch: &ProducerBatch,
        (error, answer): (ErrorCode, &PartitionProduceResponse),
        cx: &mut Context<'_>,
    ) {
        let may_split = batch.record_count() > 1 && !batch.is_done;
        if error == ErrorCode::MessageTooLarge && may_split {
            self.split(id, batch, cx);
            return;
        }
        if self.can_retry(error, batch, cx) {
            self.retry(id, error, cx);
        } else if error == ErrorCode::DuplicateSequenceNumber {
            self.acknowledge(id, batch, answer, cx);
        } else {
            self.refuse(id, batch, (error, answer), cx);
        }
        self.learn_from(error, answer, cx);
    }

    fn learn_from(
        &mut self,
        error: ErrorCode,
        answer: &PartitionProduceResponse,
        cx: &mut Context<'_>,
    ) {
        if !error.is_invalid_metadata() {
            return;
        }
        self.metadata.request_update();
        let is_about_leader = matches!(
            error,
            ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch
        );
        if is_about_leader && let Some(hint) = answer.current_leader {
            self.metadata.update_leader(&answer.partition, hint, cx);
        }
    }

    /// Kafka 4.3.1: `Sender#completeBatch`, `ProducerBatch#complete`.
    fn acknowledge(
        &mut self,
        id: BatchId,
        batch: &ProducerBatch,
        answer: &PartitionProduceResponse,
        cx: &mut Context<'_>,
    ) {
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.on_completed(batch);
        }
        if !batch.is_done {
            let base_offset = answer.base_offset.filter(|_| answer.error.is_none());
            for (index, send) in (0u64..).zip(&batch.sends) {
                let metadata = RecordMetadata {
                    partition: batch.partition.clone(),
                    offset: base_offset.map(|base| base.plus(index)),
                    timestamp_ms: answer.log_append_time_ms.unwrap_or(send.timestamp_ms),
                };
                let event = KafkaEvent::SendCompleted {
                    call: send.call,
                    outcome: Ok(metadata),
                };
                cx.emit_because(event, &[send.queued]);
            }
        }
        self.accumulator.remove(id);
    }

    /// Kafka 4.3.1: `Sender#canRetry`.
    fn can_retry(&mut self, error: ErrorCode, batch: &ProducerBatch, cx: &Context<'_>) -> bool {
        !batch.has_expired(self.config.delivery_timeout, cx.now())
            && batch.attempts < self.config.retries
            && !batch.is_done
            && match &mut self.idempotence {
                None => error.is_retriable(),
                Some(idempotence) => idempotence.can_retry(error, batch),
            }
    }

    /// Kafka 4.3.1: `Sender#reenqueueBatch`.
    /// Simplified: the backoff is drawn once for each retry, not again at each look.
    fn retry(&mut self, id: BatchId, error: ErrorCode, cx: &mut Context<'_>) {
        let Some(batch) = self.accumulator.batches.get_mut(&id) else {
            return;
        };
        let backoff = self.config.retry_backoff.delay(batch.attempts, cx.chance());
        batch.on_requeue(cx.now(), backoff);
        let event = KafkaEvent::BatchRetried {
            partition: batch.partition.clone(),
            error,
        };
        let sent: Vec<_> = batch.last_event.into_iter().collect();
        batch.last_event = Some(cx.emit_because(event, &sent));
        self.accumulator.requeue(id);
    }

    /// The broker would not take the batch for its size: its records go in smaller ones.
    ///
    /// Kafka 4.3.1: `RecordAccumulator#splitAndReenqueue`.
    fn split(&mut self, id: BatchId, batch: &ProducerBatch, cx: &mut Context<'_>) {
        let event = KafkaEvent::BatchRetried {
            partition: batch.partition.clone(),
            error: ErrorCode::MessageTooLarge,
        };
        let refused = cx.emit_because(event, &batch.last_event.into_iter().collect::<Vec<_>>());
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.untrack(batch);
        }
        let pieces = self.accumulator.split(batch);
        self.accumulator.remove(id);
        for piece in pieces.iter().rev() {
            if let Some(batch) = self.accumulator.batches.get_mut(piece) {
                batch.last_event = Some(refused);
                if let Some(idempotence) = &mut self.idempotence {
                    idempotence.track(*piece, batch);
                }
            }
            self.accumulator.requeue(*piece);
        }
        for flush in self
            .flushes
            .iter_mut()
            .filter(|flush| flush.batches.contains(&id))
        {
            flush.batches.extend(pieces.iter().copied());
        }
    }

    /// Kafka 4.3.1: `Sender#failBatch` with a response.
    #[inline(never)]
    fn refuse(
        &mut self,
        id: BatchId,
        batch: &ProducerBatch,
        (error, answer): (ErrorCode, &PartitionProduceResponse),
        cx: &mut Context<'_>,
    ) {
        let has_retries = batch.attempts < self.config.retries;
        let gap = match has_retries || error == ErrorCode::OutOfOrderSequenceNumber {
            true => SequenceGap::Close,
            false => SequenceGap::Leave,
        };
        self.fail(
            id,
            batch,
            gap,
            |index| record_exception(index, error, answer),
            cx,
        );
    }

    /// Kafka 4.3.1: `Sender#failBatch`.
    fn fail(
        &mut self,
        id: BatchId,
        batch: &ProducerBatch,
        gap: SequenceGap,
        exception: impl Fn(u32) -> ClientException,
        cx: &mut Context<'_>,
    ) {
        if !batch.is_done {
            for (index, send) in (0u32..).zip(&batch.sends) {
                let event = KafkaEvent::SendCompleted {
                    call: send.call,
                    outcome: Err(exception(index)),
                };
                let causes: Vec<_> = [send.queued].into_iter().chain(batch.last_event).collect();
                cx.emit_because(event, &causes);
            }
            if let Some(idempotence) = &mut self.idempotence {
                idempotence.on_failed(batch, gap);
            }
        }
        self.accumulator.decide(id);
    }
}

/// Why one record of a refused batch failed: its own fault, or another record's.
///
/// Kafka 4.3.1: `Sender#failBatch`.
#[inline(never)]
fn record_exception(
    index: u32,
    error: ErrorCode,
    answer: &PartitionProduceResponse,
) -> ClientException {
    let of_batch = answer.error_message.as_deref().unwrap_or(error.message());
    let Some((_, own)) = answer.record_errors.iter().find(|(bad, _)| *bad == index) else {
        if answer.record_errors.is_empty() {
            return ClientException::new(error.exception(), of_batch);
        }
        let message = "Failed to append record because it was part of a batch which had one more \
                       more invalid records";
        return ClientException::new("KafkaException", message);
    };
    let class = match answer.record_errors.len() {
        1 => error.exception(),
        _ => "InvalidRecordException",
    };
    ClientException::new(class, own)
}

pub(super) fn success(partition: TopicPartition) -> PartitionProduceResponse {
    PartitionProduceResponse {
        partition,
        error: None,
        error_message: None,
        base_offset: None,
        log_append_time_ms: None,
        log_start_offset: None,
        record_errors: Vec::new(),
        current_leader: None,
    }
}
