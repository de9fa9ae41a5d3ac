//! `send`: from the application's record to a batch in the accumulator.
//!
//! Kafka 4.3.1: `KafkaProducer#doSend`, `RecordAccumulator#append`.

use super::Producer;
use super::batch::{ProducerBatch, QueuedRecord, record_of};
use crate::kafka::client::call::{CallResult, ProducerRecord};
use crate::kafka::client::exception::ClientException;
use crate::kafka::client::partitioner::{PartitionAvailability, StickyPartitioner, SwitchRule};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{CallId, EventId, PartitionId, TopicPartition};
use crate::kafka::murmur2::partition_for_key;
use crate::kafka::node::Context;
use crate::kafka::record::{estimate_batch_size_upper_bound, record_size_in_bytes};

/// What `send` makes of a record with the metadata there is.
pub(super) enum Attempt {
    /// It is in the accumulator, or its future has failed.
    Settled,
    /// The topic or the partition isn't known yet, or there is no memory.
    Blocked,
}

impl Producer {
    /// Takes a record in, waits for metadata, or says why not.
    pub(super) fn on_send(&mut self, call: CallId, record: ProducerRecord, cx: &mut Context<'_>) {
        if let Some(exception) = self.misuse(&record) {
            return self.returned(call, CallResult::Threw(exception), cx);
        }
        self.metadata.add_topic(&record.topic);
        let asked = cx.input_event();
        self.blocked_sends
            .push_back((call, record, cx.now(), asked));
        self.retry_blocked_sends(cx);
    }

    fn misuse(&self, record: &ProducerRecord) -> Option<ClientException> {
        if self.is_closing() {
            let message = "Cannot perform operation after producer has been closed";
            return Some(ClientException::new("IllegalStateException", message));
        }
        if let Some(partition) = record.partition.filter(|partition| *partition < 0) {
            let message = format!(
                "Invalid partition: {partition}. Partition number should always be non-negative or null."
            );
            return Some(ClientException::new("IllegalArgumentException", message));
        }
        let timestamp = record.timestamp_ms.filter(|timestamp| *timestamp < 0)?;
        let message = format!(
            "Invalid timestamp: {timestamp}. Timestamp should always be non-negative or null."
        );
        Some(ClientException::new("IllegalArgumentException", message))
    }

    /// The application has one thread: blocked sends go on in their order.
    pub(super) fn retry_blocked_sends(&mut self, cx: &mut Context<'_>) {
        while let Some((call, record, since, asked)) = self.blocked_sends.pop_front() {
            match self.try_send(call, &record, asked, cx) {
                Attempt::Settled => self.returned(call, CallResult::Done, cx),
                Attempt::Blocked if cx.now().since(since) >= self.config.max_block => {
                    let exception = self.why_blocked(&record);
                    self.completed(call, Err(exception), cx);
                    self.returned(call, CallResult::Done, cx);
                }
                Attempt::Blocked => {
                    self.blocked_sends.push_front((call, record, since, asked));
                    return;
                }
            }
        }
    }

    fn try_send(
        &mut self,
        call: CallId,
        record: &ProducerRecord,
        asked: EventId,
        cx: &mut Context<'_>,
    ) -> Attempt {
        if self.metadata.error(&record.topic) == Some(ErrorCode::InvalidTopicException) {
            let exception = ClientException::of(ErrorCode::InvalidTopicException);
            self.completed(call, Err(exception), cx);
            return Attempt::Settled;
        }
        let Some(count) = self
            .metadata
            .partition_count(&record.topic)
            .filter(|count| *count > 0)
        else {
            return Attempt::Blocked;
        };
        if record
            .partition
            .is_some_and(|partition| partition as u32 >= count)
        {
            self.metadata.request_update();
            return Attempt::Blocked;
        }
        let entry = record_of(record, cx.timestamp_ms());
        let size = u64::from(estimate_batch_size_upper_bound(&entry));
        if let Some(exception) = self.too_large(size) {
            self.completed(call, Err(exception), cx);
            return Attempt::Settled;
        }
        if self.used_memory() + size > self.config.buffer_memory {
            return Attempt::Blocked;
        }
        let (id, is_sticky) = self.choose_partition(record, count, cx);
        let partition = TopicPartition {
            topic: record.topic.clone(),
            partition: id,
        };
        let key = record.key.clone();
        let event = KafkaEvent::RecordQueued {
            call,
            partition: partition.clone(),
            key,
        };
        let queued = QueuedRecord {
            call,
            queued: cx.emit_because(event, &[asked]),
        };
        self.append(&partition, &entry, queued, cx);
        if is_sticky {
            let bytes = record_size_in_bytes(0, 0, &entry);
            self.note_sticky_append(&partition, bytes, count, cx);
        }
        Attempt::Settled
    }

    fn too_large(&self, size: u64) -> Option<ClientException> {
        let request = self.config.max_request_size;
        let memory = self.config.buffer_memory;
        let message = if size > request {
            format!(
                "The message is {size} bytes when serialized which is larger than {request}, \
                 which is the value of the max.request.size configuration."
            )
        } else if size > memory {
            format!(
                "The message is {size} bytes when serialized which is larger than the total \
                 memory buffer you have configured with the buffer.memory configuration."
            )
        } else {
            return None;
        };
        Some(ClientException::new("RecordTooLargeException", message))
    }

    fn why_blocked(&self, record: &ProducerRecord) -> ClientException {
        let (topic, waited) = (&record.topic, self.config.max_block.as_millis());
        match (self.metadata.partition_count(topic), record.partition) {
            (Some(count), Some(partition)) if partition as u32 >= count => {
                let message = format!(
                    "Partition {partition} of topic {topic} with partition count {count} is not \
                     present in metadata after {waited} ms."
                );
                ClientException::new("TimeoutException", message)
            }
            (Some(_), _) => {
                let message = format!(
                    "Failed to allocate memory within the configured max blocking time {waited} ms."
                );
                ClientException::new("BufferExhaustedException", message)
            }
            (None, _) => {
                let message = format!("Topic {topic} not present in metadata after {waited} ms.");
                let exception = ClientException::new("TimeoutException", message);
                match self.metadata.error(topic) {
                    Some(error) => exception.caused_by(ClientException::of(error)),
                    None => exception,
                }
            }
        }
    }

    /// The partition by the application, by the key's hash, or the sticky one.
    ///
    /// Kafka 4.3.1: `KafkaProducer#partition`, `BuiltInPartitioner`.
    fn choose_partition(
        &mut self,
        record: &ProducerRecord,
        count: u32,
        cx: &mut Context<'_>,
    ) -> (PartitionId, bool) {
        if let Some(partition) = record.partition {
            return (PartitionId(partition as u32), false);
        }
        if let Some(key) = record.key.as_ref().filter(|_| !self.config.ignores_keys) {
            return (partition_for_key(key, count), false);
        }
        let with_leader = self.metadata.partitions_with_leader(&record.topic);
        let available = PartitionAvailability {
            partition_count: count,
            with_leader: &with_leader,
        };
        let batch_size = self.config.batch_size;
        let sticky = self
            .stickies
            .entry(record.topic.clone())
            .or_insert_with(|| StickyPartitioner::new(batch_size));
        (sticky.current(available, cx.chance()), true)
    }

    fn note_sticky_append(
        &mut self,
        partition: &TopicPartition,
        bytes: u32,
        count: u32,
        cx: &mut Context<'_>,
    ) {
        let last = self
            .accumulator
            .get(partition)
            .and_then(|batches| batches.back());
        let rule = match last.is_none_or(ProducerBatch::is_full) {
            true => SwitchRule::Allowed,
            false => SwitchRule::OnlyIfFarOver,
        };
        let with_leader = self.metadata.partitions_with_leader(&partition.topic);
        let available = PartitionAvailability {
            partition_count: count,
            with_leader: &with_leader,
        };
        if let Some(sticky) = self.stickies.get_mut(&partition.topic) {
            sticky.on_append(bytes, rule, available, cx.chance());
        }
    }

    /// Into the partition's last batch, or into a new one if there is no room.
    fn append(
        &mut self,
        partition: &TopicPartition,
        record: &crate::kafka::record::Record,
        queued: QueuedRecord,
        cx: &mut Context<'_>,
    ) {
        let batches = self.accumulator.entry(partition.clone()).or_default();
        if let Some(last) = batches.back_mut().filter(|last| last.attempts == 0) {
            if last.try_append(record, &queued) {
                return;
            }
            last.close();
        }
        let limit = self
            .config
            .batch_size
            .max(estimate_batch_size_upper_bound(record));
        let mut batch = ProducerBatch::new(limit, self.config.compression, cx.now());
        let taken = batch.try_append(record, &queued);
        assert!(taken, "an empty batch takes any record");
        batches.push_back(batch);
    }
}
