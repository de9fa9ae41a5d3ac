//! What becomes of batches: acknowledged, sent again, split, or failed for good.
//!
//! Kafka 4.3.1: `Sender#completeBatch`, `#canRetry`, `#failBatch`, `#failExpiredBatches`.

use super::Producer;
use super::batch::ProducerBatch;
use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::client::call::{CallResult, RecordMetadata};
use crate::kafka::client::exception::ClientException;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{CallId, Offset, TopicPartition};
use crate::kafka::message::{PartitionProduceResponse, ProduceResponse};
use crate::kafka::node::Context;

impl Producer {
    pub(super) fn completed(
        &self,
        call: CallId,
        outcome: Result<RecordMetadata, ClientException>,
        cx: &mut Context<'_>,
    ) {
        cx.emit(KafkaEvent::SendCompleted { call, outcome });
    }

    pub(super) fn retry_backoff(&self) -> ExponentialBackoff {
        let (initial, max) = (self.config.retry_backoff, self.config.retry_backoff_max);
        ExponentialBackoff { initial, max }
    }

    /// A leader answered.
    pub(super) fn on_produced(
        &mut self,
        batches: Vec<(TopicPartition, ProducerBatch)>,
        response: &ProduceResponse,
        cx: &mut Context<'_>,
    ) {
        for (partition, batch) in batches {
            match response
                .partitions
                .iter()
                .find(|answer| answer.partition == partition)
            {
                Some(answer) => self.on_partition_produced(partition, batch, answer, cx),
                None => self.settle_failed(partition, batch, ErrorCode::NetworkException, None, cx),
            }
        }
    }

    fn on_partition_produced(
        &mut self,
        partition: TopicPartition,
        batch: ProducerBatch,
        answer: &PartitionProduceResponse,
        cx: &mut Context<'_>,
    ) {
        match answer.error {
            None | Some(ErrorCode::DuplicateSequenceNumber) => {
                self.acknowledge(
                    &partition,
                    &batch,
                    answer.base_offset,
                    answer.log_append_time_ms,
                    cx,
                );
            }
            Some(ErrorCode::MessageTooLarge) if batch.record_count() > 1 => {
                self.split(partition, &batch);
            }
            Some(error) => {
                let hint = answer.current_leader;
                let is_news =
                    hint.is_some_and(|hint| self.metadata.update_leader(&partition, hint));
                if error.is_invalid_metadata() {
                    self.metadata.request_update();
                }
                let mut batch = batch;
                if is_news {
                    // The next attempt goes to another broker: no need to wait for it (KIP-951).
                    batch.attempts = batch.attempts.saturating_sub(1);
                }
                self.settle_failed(partition.clone(), batch, error, Some(answer), cx);
                if is_news {
                    self.skip_backoff(&partition, cx);
                }
            }
        }
    }

    /// All records of a batch are stored.
    pub(super) fn acknowledge(
        &mut self,
        partition: &TopicPartition,
        batch: &ProducerBatch,
        base_offset: Option<Offset>,
        log_append_time_ms: Option<i64>,
        cx: &mut Context<'_>,
    ) {
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.settled(partition, batch);
        }
        for (call, metadata) in batch.metadata(partition, base_offset, log_append_time_ms) {
            self.completed(call, Ok(metadata), cx);
        }
    }

    /// An attempt failed: another one follows, or the records fail for good.
    pub(super) fn settle_failed(
        &mut self,
        partition: TopicPartition,
        mut batch: ProducerBatch,
        error: ErrorCode,
        answer: Option<&PartitionProduceResponse>,
        cx: &mut Context<'_>,
    ) {
        if self.may_retry(&partition, &batch, error, cx) {
            let wait = self
                .retry_backoff()
                .delay(batch.attempts.saturating_sub(1), cx.chance());
            batch.retry_at = cx.now() + wait;
            cx.emit(KafkaEvent::BatchRetried {
                partition: partition.clone(),
                error,
            });
            self.requeue(partition, batch);
            return;
        }
        let is_lost_sequence = error == ErrorCode::OutOfOrderSequenceNumber;
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.settled(&partition, &batch);
        }
        if is_lost_sequence && batch.attempts < self.config.retries && self.producer_id().is_some()
        {
            // The leader lost this producer's state: begin again in another epoch.
            self.bump_epoch(&partition);
            batch.stamp = None;
            self.requeue(partition, batch);
            return;
        }
        self.fail(&batch, error, answer, cx);
        if !error.is_retriable() {
            self.bump_epoch(&partition);
        }
    }

    fn may_retry(
        &self,
        partition: &TopicPartition,
        batch: &ProducerBatch,
        error: ErrorCode,
        cx: &Context<'_>,
    ) -> bool {
        let is_behind_another = || {
            let idempotence = self.idempotence.as_ref();
            idempotence.is_some_and(|idempotence| idempotence.has_earlier(partition, batch))
        };
        cx.now().since(batch.created_at) < self.config.delivery_timeout
            && batch.attempts <= self.config.retries
            && (error.is_retriable()
                || (error == ErrorCode::OutOfOrderSequenceNumber && is_behind_another()))
    }

    /// Back into the queue: in the order of the sequences, without them at the front.
    fn requeue(&mut self, partition: TopicPartition, batch: ProducerBatch) {
        let queue = self.accumulator.entry(partition).or_default();
        let sequence = |batch: &ProducerBatch| batch.stamp.and_then(|stamp| stamp.base_sequence);
        let place = match sequence(&batch) {
            Some(own) => queue.partition_point(|other| sequence(other).is_some_and(|s| s < own)),
            None => 0,
        };
        queue.insert(place, batch);
    }

    fn skip_backoff(&mut self, partition: &TopicPartition, cx: &Context<'_>) {
        for batch in self.accumulator.get_mut(partition).into_iter().flatten() {
            batch.retry_at = batch.retry_at.min(cx.now());
        }
    }

    /// Leaders changed: whoever waits because of the former one need not.
    pub(super) fn on_leaders_changed(
        &mut self,
        changed: Vec<TopicPartition>,
        cx: &mut Context<'_>,
    ) {
        for partition in changed {
            self.skip_backoff(&partition, cx);
            if let Some(known) = self.metadata.leadership(&partition) {
                let (leader, leader_epoch) = (known.leader, known.leader_epoch);
                cx.emit(KafkaEvent::LeaderLearnt {
                    partition,
                    leader,
                    leader_epoch,
                });
            }
        }
    }

    fn split(&mut self, partition: TopicPartition, batch: &ProducerBatch) {
        // What is refused once more is halved.
        let halved = batch.size_in_bytes() / 2;
        let limit = if batch.is_split {
            halved
        } else {
            self.config.batch_size.min(halved.max(1))
        };
        let mut parts = batch.split(limit, self.config.compression);
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.split(&partition, batch, &mut parts);
        }
        let queue = self.accumulator.entry(partition).or_default();
        for part in parts.into_iter().rev() {
            queue.push_front(part);
        }
    }

    /// All records of a batch fail; where single ones are to blame, each hears its part.
    fn fail(
        &self,
        batch: &ProducerBatch,
        error: ErrorCode,
        answer: Option<&PartitionProduceResponse>,
        cx: &mut Context<'_>,
    ) {
        let record_errors = answer.map_or(&[][..], |answer| answer.record_errors.as_slice());
        let whole = match error {
            ErrorCode::MessageTooLarge => ClientException::new(
                error.exception(),
                "The request included a message larger than the max message size the server will accept.",
            ),
            _ => {
                let message = answer.and_then(|answer| answer.error_message.as_deref());
                ClientException::new(error.exception(), message.unwrap_or(error.message()))
            }
        };
        let calls: Vec<CallId> = batch.entries().map(|(entry, _)| entry.call).collect();
        for (index, call) in calls.into_iter().enumerate() {
            let blame = record_errors
                .iter()
                .find(|(guilty, _)| *guilty as usize == index);
            let exception = match blame {
                Some((_, text)) if record_errors.len() > 1 => {
                    ClientException::new("InvalidRecordException", text.as_str())
                }
                Some((_, text)) => ClientException::new(error.exception(), text.as_str()),
                None if record_errors.is_empty() => whole.clone(),
                None => ClientException::new(
                    "KafkaException",
                    "Failed to append record because it was part of a batch which had one \
                     more more invalid records",
                ),
            };
            self.completed(call, Err(exception), cx);
        }
    }

    /// Batches that are older than `delivery.timeout.ms` fail.
    pub(super) fn expire(&mut self, cx: &mut Context<'_>) {
        let (now, limit) = (cx.now(), self.config.delivery_timeout);
        let mut expired = Vec::new();
        for (partition, queue) in &mut self.accumulator {
            while queue
                .front()
                .is_some_and(|batch| now.since(batch.created_at) >= limit)
            {
                expired.extend(queue.pop_front().map(|batch| (partition.clone(), batch)));
            }
        }
        self.accumulator.retain(|_, queue| !queue.is_empty());
        for (partition, batch) in expired {
            let message = format!(
                "Expiring {} record(s) for {partition}:{} ms has passed since batch creation. The \
                 request has not been sent, or no server response has been received yet.",
                batch.record_count(),
                limit.as_millis(),
            );
            for (entry, _) in batch.entries() {
                let exception = ClientException::new("TimeoutException", message.as_str());
                self.completed(entry.call, Err(exception), cx);
            }
            if batch.stamp.is_some() {
                self.bump_epoch(&partition);
            }
        }
    }

    /// A close that took too long: what is left fails.
    pub(super) fn abandon_all(&mut self, cx: &mut Context<'_>) {
        let left: Vec<CallId> = self
            .accumulator
            .values()
            .flatten()
            .chain(self.in_flight().map(|(_, batch)| batch))
            .flat_map(|batch| batch.entries().map(|(entry, _)| entry.call))
            .collect();
        for call in left {
            let message = "Producer is closed forcefully.";
            self.completed(
                call,
                Err(ClientException::new("KafkaException", message)),
                cx,
            );
        }
        if let Some(call) = self.closing.take() {
            self.returned(call, CallResult::Done, cx);
        }
        cx.exit();
    }
}
