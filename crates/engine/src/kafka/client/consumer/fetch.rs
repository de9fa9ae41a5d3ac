//! Fetching: what to ask next, and what lies fetched and not handed out.
//!
//! Kafka 4.3.1: `AbstractFetch`, `FetchBuffer`, `FetchCollector`, `CompletedFetch`.

use std::collections::VecDeque;

use serde::Serialize;

use crate::kafka::client::call::ConsumerRecord;
use crate::kafka::client::exception::ClientException;
use crate::kafka::config::offset_reset::AutoOffsetReset;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, EventId, NodeId, Offset, TopicPartition};
use crate::kafka::message::{
    FetchFrom, FetchPartition, FetchRequest, FetchResponse, PartitionFetchResponse, Request,
};
use crate::kafka::node::Context;
use crate::kafka::record::{RecordBatch, TimestampType};
use crate::kafka::time::SimTime;

use super::Consumer;
use super::network::Asked;
use super::subscription::{FetchState, Position};
use crate::sorted::{SortedMap, SortedSet};

/// Fetched records in the order of their arrival.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FetchBuffer {
    completed: VecDeque<CompletedFetch>,
}

/// What one fetch brought of one partition.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct CompletedFetch {
    partition: TopicPartition,
    /// The offset from which the next record is wanted.
    next_offset: Offset,
    /// The answer's arrival.
    arrived: EventId,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
enum Content {
    /// Not looked at yet.
    Answer(PartitionFetchResponse),
    /// Records that are left, and the offset after the last batch: it may lie beyond the last
    /// record where records were compacted away.
    Records {
        left: VecDeque<ConsumerRecord>,
        end_offset: Offset,
    },
}

impl FetchBuffer {
    /// Drops what belongs to partitions that are not read any more.
    pub fn retain(&mut self, is_kept: impl Fn(&TopicPartition) -> bool) {
        self.completed.retain(|fetch| is_kept(&fetch.partition));
    }

    fn partitions(&self) -> SortedSet<TopicPartition> {
        self.completed
            .iter()
            .map(|fetch| fetch.partition.clone())
            .collect()
    }
}

impl Consumer {
    /// Asks every broker that is free for what may be fetched from it: one request a broker,
    /// no partition of which records lie buffered, and no broker that has such a partition.
    ///
    /// Kafka 4.3.1: `AbstractFetch#prepareFetchRequests`.
    pub(super) fn send_fetches(&mut self, cx: &mut Context<'_>) {
        let now = cx.now();
        let buffered = self.buffer.partitions();
        let fetchable = self.subscription.fetchable();
        let mut busy: SortedSet<BrokerId> = fetchable
            .iter()
            .filter(|partition| buffered.contains(partition))
            .filter_map(|partition| self.read_replica(partition, now))
            .collect();
        busy.extend(
            self.network
                .pending()
                .filter_map(|(peer, asked)| match (peer, asked) {
                    (NodeId::Broker(broker), Asked::Records(_)) => Some(broker),
                    _ => None,
                }),
        );
        let mut requests: SortedMap<BrokerId, Vec<FetchPartition>> = SortedMap::new();
        for partition in fetchable {
            if buffered.contains(&partition) {
                continue;
            }
            let Some(broker) = self.read_replica(&partition, now) else {
                self.metadata.request_update();
                continue;
            };
            if busy.contains(&broker) || !self.network.is_usable(broker, now) {
                continue;
            }
            if let Some(wanted) = self.wanted_of(&partition, now) {
                requests.entry(broker).or_default().push(wanted);
            }
        }
        for (broker, partitions) in requests {
            self.send_fetch(broker, partitions, cx);
        }
    }

    fn send_fetch(
        &mut self,
        broker: BrokerId,
        partitions: Vec<FetchPartition>,
        cx: &mut Context<'_>,
    ) {
        let asked = partitions
            .iter()
            .map(|wanted| (wanted.partition.clone(), wanted.fetch_offset));
        let asked = Asked::Records(asked.collect());
        let causes = self.placed_by(partitions.iter().map(|wanted| &wanted.partition));
        let request = Request::Fetch(FetchRequest {
            from: FetchFrom::Consumer,
            max_wait: self.config.fetch_max_wait,
            min_bytes: self.config.fetch_min_bytes,
            max_bytes: self.config.fetch_max_bytes,
            rack_id: self.config.client_rack.clone(),
            partitions,
        });
        let timeout = self.config.request_timeout;
        self.network
            .send_because(broker, (request, asked), &causes, timeout, cx);
    }

    fn wanted_of(&self, partition: &TopicPartition, now: SimTime) -> Option<FetchPartition> {
        let state = self.subscription.get(partition)?;
        let position = state
            .valid_position()
            .filter(|_| state.fetch_not_before <= now)?;
        let leadership = self.metadata.leadership(partition);
        Some(FetchPartition {
            partition: partition.clone(),
            current_leader_epoch: leadership.map(|known| known.leader_epoch),
            fetch_offset: position.offset,
            last_fetched_epoch: None,
            log_start_offset: None,
            max_bytes: self.config.max_partition_fetch_bytes,
        })
    }

    /// From whom a partition is read: the replica that its leader named, or the leader.
    ///
    /// Kafka 4.3.1: `AbstractFetch#selectReadReplica`.
    fn read_replica(&self, partition: &TopicPartition, now: SimTime) -> Option<BrokerId> {
        let preferred = self.subscription.get(partition)?.preferred_read_replica;
        match preferred {
            Some((replica, until)) if now < until && self.network.is_usable(replica, now) => {
                Some(replica)
            }
            _ => self.metadata.leader(partition),
        }
    }

    /// Kafka 4.3.1: `AbstractFetch#handleFetchSuccess`.
    pub(super) fn on_fetched(
        &mut self,
        asked: &[(TopicPartition, Offset)],
        response: &FetchResponse,
        cx: &mut Context<'_>,
    ) {
        for answer in &response.partitions {
            let sought = asked
                .iter()
                .find(|(partition, _)| *partition == answer.partition);
            let Some((partition, offset)) = sought else {
                continue;
            };
            if let Some(hint) = answer.current_leader {
                self.metadata.update_leader(partition, hint, cx);
            }
            self.buffer.completed.push_back(CompletedFetch {
                partition: partition.clone(),
                next_offset: *offset,
                arrived: cx.input_event(),
                content: Content::Answer(answer.clone()),
            });
        }
    }

    /// Hands out at most `max.poll.records` buffered records, oldest fetch first.
    ///
    /// Kafka 4.3.1: `FetchCollector#collectFetch`.
    pub(super) fn collect_fetch(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Result<Vec<ConsumerRecord>, ClientException> {
        let mut handed_out = Vec::new();
        let mut paused = Vec::new();
        while handed_out.len() < self.config.max_poll_records as usize {
            let Some(mut fetch) = self.buffer.completed.pop_front() else {
                break;
            };
            if let Content::Answer(answer) = &fetch.content {
                match self.open_answer(&fetch, answer, cx) {
                    Ok(content) => fetch.content = content,
                    Err(exception) if handed_out.is_empty() => {
                        self.buffer.completed.extend(paused);
                        return Err(exception);
                    }
                    // The application gets its records first, and the exception next time.
                    Err(_) => {
                        self.buffer.completed.push_front(fetch);
                        break;
                    }
                }
            }
            if self
                .subscription
                .get(&fetch.partition)
                .is_some_and(|state| state.is_paused)
            {
                paused.push(fetch);
                continue;
            }
            let room = self.config.max_poll_records as usize - handed_out.len();
            handed_out.extend(self.hand_out(&mut fetch, room, cx));
            let is_rest =
                matches!(&fetch.content, Content::Records { left, .. } if !left.is_empty());
            if is_rest {
                self.buffer.completed.push_front(fetch);
            }
        }
        self.buffer.completed.extend(paused);
        Ok(handed_out)
    }

    /// Takes records from a fetch and moves the position. A fetch from elsewhere than the
    /// position is dropped: the application went on from another place meanwhile.
    ///
    /// Kafka 4.3.1: `FetchCollector#fetchRecords`.
    fn hand_out(
        &mut self,
        fetch: &mut CompletedFetch,
        room: usize,
        cx: &mut Context<'_>,
    ) -> Vec<ConsumerRecord> {
        let Content::Records { left, end_offset } = &mut fetch.content else {
            return Vec::new();
        };
        let state = self.subscription.get_mut(&fetch.partition);
        let state = state.filter(|state| state.is_fetchable());
        let position = state.as_ref().and_then(|state| state.valid_position());
        let (Some(state), Some(position)) = (state, position) else {
            left.clear();
            return Vec::new();
        };
        if position.offset != fetch.next_offset {
            left.clear();
            return Vec::new();
        }
        let taken: Vec<ConsumerRecord> = left.drain(..left.len().min(room)).collect();
        let after_taken = taken
            .last()
            .map_or(position.offset, |last| last.offset.plus(1));
        // Only a reader that looks for one more record notices that there is none.
        let is_at_end = left.is_empty() && taken.len() < room;
        let to = if is_at_end {
            after_taken.max(*end_offset)
        } else {
            after_taken
        };
        let last_epoch = taken.last().map(|last| last.leader_epoch);
        let offset_epoch = last_epoch.or(position.offset_epoch);
        fetch.next_offset = to;
        state.state = FetchState::Fetching(Position {
            offset: to,
            offset_epoch,
        });
        if !taken.is_empty() {
            let event = KafkaEvent::RecordsPolled {
                partition: fetch.partition.clone(),
                from: position.offset,
                to,
                count: taken.len() as u32,
            };
            state.moved_by = cx.emit_because(event, &[fetch.arrived]);
        }
        taken
    }

    /// Looks at an answer for the first time: its records from the position on, or what its
    /// error leads to.
    ///
    /// Kafka 4.3.1: `FetchCollector#initialize`.
    fn open_answer(
        &mut self,
        fetch: &CompletedFetch,
        answer: &PartitionFetchResponse,
        cx: &mut Context<'_>,
    ) -> Result<Content, ClientException> {
        let now = cx.now();
        let nothing = Content::Records {
            left: VecDeque::new(),
            end_offset: fetch.next_offset,
        };
        let Some(state) = self.subscription.get_mut(&fetch.partition) else {
            return Ok(nothing);
        };
        if state
            .valid_position()
            .is_none_or(|position| position.offset != fetch.next_offset)
        {
            return Ok(nothing);
        }
        if let Some(error) = answer.error {
            self.subscription.move_to_end(&fetch.partition);
            let is_leader_told = answer.current_leader.is_some();
            return self
                .on_fetch_error(fetch, (error, is_leader_told), cx)
                .map(|()| nothing);
        }
        state.high_watermark = Some(answer.high_watermark);
        if let Some(replica) = answer.preferred_read_replica {
            state.preferred_read_replica = Some((replica, now + self.config.metadata_max_age));
        }
        if !answer.batches.is_empty() {
            self.subscription.move_to_end(&fetch.partition);
        }
        let end_offset = answer
            .batches
            .last()
            .map_or(fetch.next_offset, RecordBatch::next_offset);
        Ok(Content::Records {
            left: read_records(fetch, &answer.batches)?,
            end_offset,
        })
    }

    /// Kafka 4.3.1: `FetchCollector#handleInitializeErrors`.
    /// Simplified: the next fetch waits `retry.backoff.ms` unless the new leader was told;
    /// Kafka asks the same broker at once until its metadata is fresh.
    #[inline(never)]
    fn on_fetch_error(
        &mut self,
        fetch: &CompletedFetch,
        (error, is_leader_told): (ErrorCode, bool),
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        let partition = &fetch.partition;
        match error {
            ErrorCode::NotLeaderOrFollower
            | ErrorCode::ReplicaNotAvailable
            | ErrorCode::KafkaStorageError
            | ErrorCode::FencedLeaderEpoch
            | ErrorCode::OffsetNotAvailable
            | ErrorCode::UnknownTopicOrPartition
            | ErrorCode::UnknownTopicId
            | ErrorCode::InconsistentTopicId => {
                self.metadata.request_update();
                let retry_at = if is_leader_told {
                    cx.now()
                } else {
                    self.retry_at(cx)
                };
                if let Some(state) = self.subscription.get_mut(partition) {
                    state.preferred_read_replica = None;
                    state.fetch_not_before = retry_at;
                }
                Ok(())
            }
            ErrorCode::UnknownLeaderEpoch => {
                let retry_at = self.retry_at(cx);
                if let Some(state) = self.subscription.get_mut(partition) {
                    state.fetch_not_before = retry_at;
                }
                Ok(())
            }
            ErrorCode::OffsetOutOfRange => self.on_offset_out_of_range(fetch, cx),
            ErrorCode::CorruptMessage => Err(corrupt(fetch)),
            other => {
                let text = format!(
                    "Unexpected error code {} while fetching at offset {} from topic-partition \
                     {partition}",
                    other.code(),
                    fetch.next_offset
                );
                Err(ClientException::new("IllegalStateException", text))
            }
        }
    }

    #[inline(never)]
    fn on_offset_out_of_range(
        &mut self,
        fetch: &CompletedFetch,
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        let partition = &fetch.partition;
        let leadership = self.metadata.leadership(partition);
        let strategy = self.config.auto_offset_reset;
        let now = cx.now();
        let Some(state) = self.subscription.get_mut(partition) else {
            return Ok(());
        };
        // A follower may lag behind; only the leader's word counts.
        if state.preferred_read_replica.take().is_some() {
            return Ok(());
        }
        let Some(position) = state.valid_position() else {
            return Ok(());
        };
        if strategy == AutoOffsetReset::None {
            let leader = leadership.and_then(|known| known.leader);
            let epoch = leadership.map(|known| known.leader_epoch.0);
            return Err(out_of_range(partition, position, (leader, epoch)));
        }
        state.request_reset(strategy, now, fetch.arrived);
        Ok(())
    }
}

fn out_of_range(
    partition: &TopicPartition,
    position: Position,
    (leader, epoch): (Option<BrokerId>, Option<i32>),
) -> ClientException {
    let optional = |number: Option<i32>| match number {
        Some(number) => format!("Optional[{number}]"),
        None => "Optional.empty".to_owned(),
    };
    let leader = match leader {
        Some(id) => format!("Optional[broker-{id}:9092 (id: {id} rack: null isFenced: false)]"),
        None => "Optional.empty".to_owned(),
    };
    let text = format!(
        "Fetch position FetchPosition{{offset={}, offsetEpoch={}, \
         currentLeader=LeaderAndEpoch{{leader={leader}, epoch={}}}}} is out of range for \
         partition {partition}",
        position.offset,
        optional(position.offset_epoch.map(|epoch| epoch.0)),
        optional(epoch),
    );
    ClientException::new("OffsetOutOfRangeException", text)
}

/// The records of batches from the wanted offset on, without markers.
fn read_records(
    fetch: &CompletedFetch,
    batches: &[RecordBatch],
) -> Result<VecDeque<ConsumerRecord>, ClientException> {
    let mut records = VecDeque::new();
    for batch in batches.iter().filter(|batch| !batch.is_control()) {
        let stored = batch.records().map_err(|_| corrupt(fetch))?;
        let append_time_ms = match batch.header().attributes.timestamp_type() {
            TimestampType::LogAppendTime => Some(batch.max_timestamp_ms()),
            TimestampType::CreateTime => None,
        };
        let wanted = stored
            .into_iter()
            .filter(|stored| stored.offset >= fetch.next_offset);
        records.extend(wanted.map(|stored| ConsumerRecord {
            partition: fetch.partition.clone(),
            offset: stored.offset,
            leader_epoch: batch.partition_leader_epoch(),
            timestamp_ms: append_time_ms.unwrap_or(stored.record.timestamp_ms),
            is_log_append_time: append_time_ms.is_some(),
            key: stored.record.key,
            value: stored.record.value,
            headers: stored.record.headers,
        }));
    }
    Ok(records)
}

fn corrupt(fetch: &CompletedFetch) -> ClientException {
    let text = format!(
        "Encountered corrupt message when fetching offset {} for topic-partition {}",
        fetch.next_offset, fetch.partition
    );
    ClientException::new("KafkaException", text)
}
