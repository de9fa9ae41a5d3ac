//! `send`: from the application's record to its place in the accumulator.
//!
//! Kafka 4.3.1: `KafkaProducer#doSend`, `#waitOnMetadata`, `#partition`,
//! `#ensureValidRecordSize`.

use serde::{Deserialize, Serialize};

use super::accumulator::{Append, Appended};
use super::{Producer, returned};
use crate::kafka::client::call::{CallResult, ProducerRecord};
use crate::kafka::client::exception::ClientException;
use crate::kafka::config::producer::{PartitionerClass, ProducerConfig};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::{ChosenBy, KafkaEvent};
use crate::kafka::ids::{CallId, EventId, PartitionId};
use crate::kafka::murmur2::partition_for_key;
use crate::kafka::node::Context;
use crate::kafka::record::{Record, estimate_batch_size_upper_bound};
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{ProducerTimer, Timer};

/// A call of `send` that has not returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct WaitingSend {
    pub(super) call: CallId,
    /// The event of the call.
    made: EventId,
    record: ProducerRecord,
    deadline: SimTime,
    waits_for: WaitsFor,
}

/// What a send waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum WaitsFor {
    /// Its topic, or its partition, to be known.
    Metadata,
    /// Room for another batch. The partition is chosen already, unless it is the sticky one.
    Memory {
        partition: Option<PartitionId>,
        needed_bytes: u32,
        since: SimTime,
    },
}

/// What a try came to.
enum Attempt {
    Queued {
        wakes_sender: bool,
    },
    Waits(WaitsFor),
    /// An exception that fails the future: Kafka's `ApiException`s.
    Fails(ClientException),
    /// Any other exception.
    Throws(ClientException),
}

/// What chooses the partition of a record among `count`, and which one it is where the record alone
/// decides.
///
/// Kafka 4.3.1: `KafkaProducer#partition`.
pub fn partition_of(
    config: &ProducerConfig,
    record: &ProducerRecord,
    count: u32,
) -> (ChosenBy, Option<PartitionId>) {
    let chosen_by = chooser(config, record);
    let key = record.key.as_ref();
    let partition = match chosen_by {
        ChosenBy::Application => record.partition.map(|it| PartitionId(it.cast_unsigned())),
        ChosenBy::Key => key.map(|key| partition_for_key(key, count)),
        ChosenBy::Sticky | ChosenBy::RoundRobin => None,
    };
    (chosen_by, partition)
}

/// What chooses the partition of a record.
fn chooser(config: &ProducerConfig, record: &ProducerRecord) -> ChosenBy {
    let is_keyed = record.key.is_some() && !config.ignores_keys;
    match config.partitioner {
        _ if record.partition.is_some() => ChosenBy::Application,
        PartitionerClass::RoundRobin => ChosenBy::RoundRobin,
        PartitionerClass::BuiltIn if is_keyed => ChosenBy::Key,
        PartitionerClass::BuiltIn => ChosenBy::Sticky,
    }
}

impl Producer {
    /// Kafka 4.3.1: `KafkaProducer#send`, `ProducerRecord#<init>`.
    pub(super) fn send(&mut self, call: CallId, record: ProducerRecord, cx: &mut Context<'_>) {
        if let Some(exception) = self.misuse(&record) {
            returned(call, CallResult::Threw(exception), cx);
            return;
        }
        let send = WaitingSend {
            call,
            made: cx.input_event(),
            record,
            deadline: cx.now() + self.config.max_block,
            waits_for: WaitsFor::Metadata,
        };
        let invalid_topic = ErrorCode::InvalidTopicException;
        if self.metadata.error(&send.record.topic) == Some(invalid_topic) {
            let exception =
                ClientException::new(invalid_topic.exception(), send.record.topic.as_str());
            fail(&send, exception, cx);
            return;
        }
        self.metadata.add_topic(&send.record.topic);
        let attempt = self.attempt(&send, cx);
        if let Attempt::Waits(waits_for) = attempt {
            cx.set_timer(max_block_timer(call), self.config.max_block);
            self.waiting.push(WaitingSend { waits_for, ..send });
            self.wake_sender(cx);
            return;
        }
        if matches!(attempt, Attempt::Queued { wakes_sender: true }) {
            self.wake_sender(cx);
        }
        finish(&send, attempt, cx);
    }

    /// Tries again what blocks; whether any send went on.
    pub(super) fn retry_waiting_sends(&mut self, cx: &mut Context<'_>) -> bool {
        let before = self.waiting.len();
        for send in std::mem::take(&mut self.waiting) {
            match self.attempt(&send, cx) {
                Attempt::Waits(waits_for) => self.waiting.push(WaitingSend { waits_for, ..send }),
                attempt => {
                    cx.cancel_timer(max_block_timer(send.call));
                    finish(&send, attempt, cx);
                }
            }
        }
        self.waiting.len() < before
    }

    /// The first record of whose topic a send has to know something before it can choose a partition.
    pub fn awaits_metadata(&self) -> Option<&ProducerRecord> {
        let mut waiting = self.waiting.iter();
        let send = waiting.find(|send| matches!(send.waits_for, WaitsFor::Metadata))?;
        Some(&send.record)
    }

    /// Whether a send waits until memory is given back.
    pub(super) fn is_memory_exhausted(&self) -> bool {
        let mut waiting = self.waiting.iter();
        waiting.any(|send| matches!(send.waits_for, WaitsFor::Memory { .. }))
    }

    /// A send has blocked for `max.block.ms`.
    pub(super) fn on_max_block(&mut self, call: CallId, cx: &mut Context<'_>) {
        let Some(index) = self.waiting.iter().position(|send| send.call == call) else {
            return;
        };
        let send = self.waiting.remove(index);
        let exception = match send.waits_for {
            WaitsFor::Metadata => self.metadata_timeout(&send.record),
            WaitsFor::Memory {
                needed_bytes,
                since,
                ..
            } => self.buffer_exhausted(needed_bytes, send.deadline.since(since)),
        };
        fail(&send, exception, cx);
    }

    fn wake_sender(&self, cx: &mut Context<'_>) {
        cx.set_timer(Timer::Producer(ProducerTimer::Sender), SimDuration::ZERO);
    }

    fn misuse(&self, record: &ProducerRecord) -> Option<ClientException> {
        let of_record = record.misuse();
        of_record.or(self.closing.map(|_| {
            let message = "Cannot perform operation after producer has been closed";
            ClientException::new("IllegalStateException", message)
        }))
    }

    /// Kafka 4.3.1: `KafkaProducer#doSend`.
    fn attempt(&mut self, send: &WaitingSend, cx: &mut Context<'_>) -> Attempt {
        let topic = &send.record.topic;
        let invalid_topic = ErrorCode::InvalidTopicException;
        if self.metadata.error(topic) == Some(invalid_topic) {
            let message = format!("Invalid topics: [{topic}]");
            return Attempt::Fails(ClientException::new(invalid_topic.exception(), message));
        }
        let asked = send.record.partition.map(i32::cast_unsigned);
        let Some(count) = self
            .metadata
            .partition_count(topic)
            .filter(|count| asked.is_none_or(|partition| partition < *count))
        else {
            self.metadata.request_update();
            return Attempt::Waits(WaitsFor::Metadata);
        };
        let partition = match send.waits_for {
            WaitsFor::Memory { partition, .. } => partition,
            WaitsFor::Metadata => self.choose_partition(&send.record, count),
        };
        let record = Record {
            key: send.record.key.clone(),
            value: send.record.value.clone(),
            headers: send.record.headers.clone(),
            timestamp_ms: send
                .record
                .timestamp_ms
                .unwrap_or_else(|| cx.timestamp_ms()),
        };
        if let Some(exception) = self.too_large(&record) {
            return Attempt::Fails(exception);
        }
        let append = Append {
            call: send.call,
            made: send.made,
            topic,
            partition,
            chosen_by: chooser(&self.config, &send.record),
            record: &record,
        };
        match self.accumulator.append(&append, &self.metadata, cx) {
            Appended::Queued { wakes_sender } => Attempt::Queued { wakes_sender },
            Appended::MemoryExhausted { needed_bytes } => {
                self.wait_for_memory(send, partition, needed_bytes, cx.now())
            }
        }
    }

    /// Kafka 4.3.1: `BufferPool#allocate`.
    #[inline(never)]
    fn wait_for_memory(
        &self,
        send: &WaitingSend,
        partition: Option<PartitionId>,
        needed_bytes: u32,
        now: SimTime,
    ) -> Attempt {
        let limit_bytes = self.accumulator.buffer_memory_bytes();
        if u64::from(needed_bytes) > limit_bytes {
            let message = format!(
                "Attempt to allocate {needed_bytes} bytes, but there is a hard limit of \
                 {limit_bytes} on memory allocations."
            );
            return Attempt::Throws(ClientException::new("IllegalArgumentException", message));
        }
        let since = match send.waits_for {
            WaitsFor::Memory { since, .. } => since,
            WaitsFor::Metadata => now,
        };
        Attempt::Waits(WaitsFor::Memory {
            partition,
            needed_bytes,
            since,
        })
    }

    /// The partition of a record; none for the sticky one.
    ///
    /// Kafka 4.3.1: `KafkaProducer#partition`, `RoundRobinPartitioner#partition`.
    fn choose_partition(&mut self, record: &ProducerRecord, count: u32) -> Option<PartitionId> {
        let (chosen_by, partition) = partition_of(&self.config, record, count);
        if chosen_by != ChosenBy::RoundRobin {
            return partition;
        }
        let turn = self.round_robin.entry(record.topic.clone()).or_default();
        let now = *turn;
        *turn += 1;
        let with_leader = self.metadata.partitions_with_leader(&record.topic);
        if with_leader.is_empty() {
            return Some(PartitionId((now % u64::from(count.max(1))) as u32));
        }
        with_leader
            .get((now % with_leader.len() as u64) as usize)
            .copied()
    }

    /// Kafka 4.3.1: `KafkaProducer#ensureValidRecordSize`.
    fn too_large(&self, record: &Record) -> Option<ClientException> {
        let bytes = estimate_batch_size_upper_bound(record);
        let limit = self.config.max_request_size_bytes;
        let larger_than = if bytes > limit {
            format!("{limit}, which is the value of the max.request.size configuration.")
        } else if u64::from(bytes) > self.config.buffer_memory_bytes {
            "the total memory buffer you have configured with the buffer.memory configuration."
                .to_owned()
        } else {
            return None;
        };
        let message = format!(
            "The message is {bytes} bytes when serialized which is larger than {larger_than}"
        );
        Some(ClientException::new("RecordTooLargeException", message))
    }

    /// Kafka 4.3.1: `KafkaProducer#getErrorMessage`.
    #[inline(never)]
    fn metadata_timeout(&self, record: &ProducerRecord) -> ClientException {
        let topic = &record.topic;
        let ms = self.config.max_block.as_millis();
        let message = match (self.metadata.partition_count(topic), record.partition) {
            (Some(count), Some(partition)) => format!(
                "Partition {partition} of topic {topic} with partition count {count} is not \
                 present in metadata after {ms} ms."
            ),
            _ => format!("Topic {topic} not present in metadata after {ms} ms."),
        };
        let exception = ClientException::new("TimeoutException", message);
        match self.metadata.error(topic) {
            Some(code) => exception.caused_by(ClientException::of(code)),
            None => exception,
        }
    }

    fn buffer_exhausted(&self, needed_bytes: u32, waited: SimDuration) -> ClientException {
        let message = format!(
            "Failed to allocate {needed_bytes} bytes within the configured max blocking time {} \
             ms. Total memory: {} bytes. Available memory: {} bytes. Poolable size: {} bytes",
            waited.as_millis(),
            self.accumulator.buffer_memory_bytes(),
            self.accumulator.available_bytes(),
            self.config.batch_size_bytes,
        );
        ClientException::new("BufferExhaustedException", message)
    }
}

fn finish(send: &WaitingSend, attempt: Attempt, cx: &mut Context<'_>) {
    match attempt {
        Attempt::Queued { .. } => returned(send.call, CallResult::Done, cx),
        Attempt::Fails(exception) => fail(send, exception, cx),
        Attempt::Throws(exception) => returned(send.call, CallResult::Threw(exception), cx),
        Attempt::Waits(_) => {}
    }
}

/// The callback runs before `send` returns.
fn fail(send: &WaitingSend, exception: ClientException, cx: &mut Context<'_>) {
    let event = KafkaEvent::SendCompleted {
        call: send.call,
        outcome: Err(exception),
    };
    cx.emit_because(event, &[send.made]);
    returned(send.call, CallResult::Done, cx);
}

fn max_block_timer(call: CallId) -> Timer {
    Timer::Producer(ProducerTimer::MaxBlock(call))
}
