//! Serving fetches: followers read up to the log end, consumers up to the high watermark, and a
//! fetch that finds too little waits.
//!
//! Kafka 4.3.1: `ReplicaManager#fetchMessages`, `#readFromLog`, `Partition#fetchRecords`,
//! `DelayedFetch`.

use serde::{Deserialize, Serialize};

use crate::kafka::broker::partition_leader::FollowerFetch;
use crate::kafka::broker::process::Server;
use crate::kafka::broker::replica::Replica;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{CorrelationId, EventId, LeaderEpoch, NodeId, Offset, TopicPartition};
use crate::kafka::log::{FirstBatch, Log, ReadLimits};
use crate::kafka::message::{
    FetchFrom, FetchPartition, FetchRequest, FetchResponse, Message, PartitionFetchResponse,
    Response,
};
use crate::kafka::node::Context;
use crate::kafka::record::RecordBatch;
use crate::kafka::timer::{BrokerTimer, Timer};

/// A fetch that waits for data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DelayedFetch {
    received: EventId,
    request: FetchRequest,
}

/// Whether a fetch is looked at for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// It has just come: it says how far a follower is.
    First,
    /// It waits: its offset has been taken note of.
    Again,
}

/// Which replica may serve a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ServedBy {
    /// Only the leader.
    Leader,
    /// Any replica (KIP-392).
    AnyReplica,
}

/// What was found for a fetch.
struct Found {
    responses: Vec<PartitionFetchResponse>,
    bytes: u64,
    /// An error, a diverging epoch or a preferred replica: nothing to wait for.
    is_urgent: bool,
}

impl Server<'_> {
    /// Reads what there is, and answers or waits.
    pub fn on_fetch(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        request: &FetchRequest,
        cx: &mut Context<'_>,
    ) {
        let found = self.read(request, Look::First, cx);
        let is_wait_pointless = request.max_wait.0 == 0
            || request.partitions.is_empty()
            || found.bytes >= u64::from(request.min_bytes);
        if is_wait_pointless || found.is_urgent {
            let causes = self.found_because(request, &found);
            let response = Response::Fetch(FetchResponse {
                partitions: found.responses,
            });
            let message = Message::Response {
                correlation_id,
                response,
            };
            cx.send_because(from, message, &causes);
            return;
        }
        let watched = request
            .partitions
            .iter()
            .map(|wanted| wanted.partition.clone())
            .collect();
        let delayed = DelayedFetch {
            received: cx.input_event(),
            request: request.clone(),
        };
        self.process
            .fetches
            .watch((from, correlation_id), delayed, watched);
        let timer = BrokerTimer::DelayedFetch(from, correlation_id);
        cx.set_timer(Timer::Broker(timer), request.max_wait);
    }

    /// What an answer speaks of: the moves of the high watermark since which its newest records
    /// can be read by consumers, and which followers learn from it. A follower also reads on
    /// beyond it: what was appended there.
    fn found_because(&self, request: &FetchRequest, found: &Found) -> Vec<EventId> {
        let is_consumer = request.from == FetchFrom::Consumer;
        let mut causes = Vec::new();
        for (wanted, answer) in request.partitions.iter().zip(&found.responses) {
            let has_records = !answer.batches.is_empty();
            let Some(replica) = self.process.replicas.get(&answer.partition) else {
                continue;
            };
            if has_records || !is_consumer {
                causes.extend(replica.high_watermark_event);
            }
            let leader = replica.leader().filter(|_| has_records && !is_consumer);
            causes.extend(
                leader
                    .iter()
                    .flat_map(|it| it.appends_from(wanted.fetch_offset)),
            );
        }
        causes
    }

    /// Something happened in `partition`, namely `cause`: answers the fetches that waited for it.
    ///
    /// Kafka 4.3.1: `DelayedFetch#tryComplete`.
    pub fn check_fetches(
        &mut self,
        partition: &TopicPartition,
        cause: EventId,
        cx: &mut Context<'_>,
    ) {
        for key in self.process.fetches.watching(partition) {
            let Some(delayed) = self.process.fetches.get(&key) else {
                continue;
            };
            let (request, received) = (delayed.request.clone(), delayed.received);
            let found = self.read(&request, Look::Again, cx);
            if found.is_urgent || found.bytes >= u64::from(request.min_bytes) {
                let mut causes = vec![received, cause];
                let others = self.found_because(&request, &found);
                causes.extend(others.into_iter().filter(|it| *it != cause));
                self.answer_waiting(key, found, &causes, cx);
            }
        }
    }

    /// A fetch has waited `max_wait`: answers with what there is.
    pub fn on_fetch_wait_over(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        cx: &mut Context<'_>,
    ) {
        let key = (from, correlation_id);
        let Some(delayed) = self.process.fetches.get(&key) else {
            return;
        };
        let (request, received) = (delayed.request.clone(), delayed.received);
        let found = self.read(&request, Look::Again, cx);
        self.answer_waiting(key, found, &[received], cx);
    }

    fn answer_waiting(
        &mut self,
        key: (NodeId, CorrelationId),
        found: Found,
        causes: &[EventId],
        cx: &mut Context<'_>,
    ) {
        self.process.fetches.complete(&key);
        let (to, correlation_id) = key;
        cx.cancel_timer(Timer::Broker(BrokerTimer::DelayedFetch(to, correlation_id)));
        let response = Response::Fetch(FetchResponse {
            partitions: found.responses,
        });
        let causes: Vec<EventId> = causes
            .iter()
            .copied()
            .filter(|event| *event != cx.input_event())
            .collect();
        cx.send_because(
            to,
            Message::Response {
                correlation_id,
                response,
            },
            &causes,
        );
    }

    /// Reads every partition of a fetch, in its order, within its limits. The first batch found
    /// is returned whole, however big.
    fn read(&mut self, request: &FetchRequest, look: Look, cx: &mut Context<'_>) -> Found {
        let mut found = Found {
            responses: Vec::new(),
            bytes: 0,
            is_urgent: false,
        };
        let mut room = match request.from {
            FetchFrom::Consumer => request.max_bytes.min(self.config.fetch_max_bytes),
            FetchFrom::Follower { .. } => request.max_bytes,
        };
        for wanted in &request.partitions {
            let limits = Limits {
                room,
                is_first: found.bytes == 0,
            };
            let (response, is_urgent) = self.read_partition(request, wanted, limits, cx);
            let bytes: u64 = response
                .batches
                .iter()
                .map(|it| u64::from(it.size_in_bytes()))
                .sum();
            found.bytes += bytes;
            room = room.saturating_sub(u32::try_from(bytes).unwrap_or(u32::MAX));
            found.is_urgent |= is_urgent;
            let is_valid = response.error.is_none() && response.diverging_epoch.is_none();
            found.responses.push(response);
            if look == Look::First && is_valid {
                self.note_follower_fetch(request.from, wanted, cx);
            }
        }
        found
    }

    fn read_partition(
        &self,
        request: &FetchRequest,
        wanted: &FetchPartition,
        limits: Limits,
        cx: &Context<'_>,
    ) -> (PartitionFetchResponse, bool) {
        let mut response = PartitionFetchResponse {
            partition: wanted.partition.clone(),
            error: None,
            high_watermark: Offset::ZERO,
            last_stable_offset: Offset::ZERO,
            log_start_offset: Offset::ZERO,
            diverging_epoch: None,
            current_leader: None,
            preferred_read_replica: None,
            batches: Vec::new(),
        };
        let is_urgent = match self.try_read(request, wanted, limits, &mut response, cx) {
            Ok(is_urgent) => is_urgent,
            Err(error) => {
                response.error = Some(error);
                let names_leader = [ErrorCode::NotLeaderOrFollower, ErrorCode::FencedLeaderEpoch];
                if names_leader.contains(&error) {
                    response.current_leader = self.current_leader(&wanted.partition);
                }
                true
            }
        };
        (response, is_urgent)
    }

    /// Kafka 4.3.1: `Partition#readRecords`, `ReplicaManager#readFromLog`.
    fn try_read(
        &self,
        request: &FetchRequest,
        wanted: &FetchPartition,
        limits: Limits,
        response: &mut PartitionFetchResponse,
        cx: &Context<'_>,
    ) -> Result<bool, ErrorCode> {
        let served_by = match request.from {
            FetchFrom::Follower { .. } => ServedBy::Leader,
            FetchFrom::Consumer => ServedBy::AnyReplica,
        };
        let epoch = wanted.current_leader_epoch;
        let (replica, log) = self.serving(&wanted.partition, epoch, served_by)?;
        response.high_watermark = replica.high_watermark;
        response.last_stable_offset = log.last_stable_offset(replica.high_watermark);
        response.log_start_offset = log.log_start_offset();
        self.check_follower(request.from, replica)?;
        if request.from == FetchFrom::Consumer {
            let preferred = self.preferred_read_replica(&request.rack_id, wanted, cx);
            if preferred.is_some() {
                response.preferred_read_replica = preferred;
                return Ok(true);
            }
        }
        if let Some(last_fetched_epoch) = wanted.last_fetched_epoch {
            let end = log.check_divergence(last_fetched_epoch, wanted.fetch_offset)?;
            if end.is_some() {
                response.diverging_epoch = end;
                return Ok(true);
            }
        }
        let upper_bound = match request.from {
            FetchFrom::Follower { .. } => log.log_end_offset(),
            FetchFrom::Consumer => replica.high_watermark,
        };
        response.batches = read_log(log, wanted, limits, upper_bound)?;
        // Between high watermark and log end there is nothing to wait for at that offset.
        Ok(wanted.fetch_offset > upper_bound)
    }

    /// The replica that serves a request of that epoch, and its log.
    ///
    /// Kafka 4.3.1: `Partition#localLogWithEpochOrThrow`.
    pub fn serving(
        &self,
        partition: &TopicPartition,
        current_leader_epoch: Option<LeaderEpoch>,
        served_by: ServedBy,
    ) -> Result<(&Replica, &Log), ErrorCode> {
        if self.process.metadata.partition(partition).is_none() {
            return Err(ErrorCode::UnknownTopicOrPartition);
        }
        let replica = self.process.replicas.get(partition);
        let replica = replica.ok_or(ErrorCode::NotLeaderOrFollower)?;
        let log = self
            .disk
            .log(partition)
            .ok_or(ErrorCode::KafkaStorageError)?;
        match current_leader_epoch {
            Some(epoch) if epoch < replica.leader_epoch() => {
                return Err(ErrorCode::FencedLeaderEpoch);
            }
            Some(epoch) if epoch > replica.leader_epoch() => {
                return Err(ErrorCode::UnknownLeaderEpoch);
            }
            _ => {}
        }
        if served_by == ServedBy::Leader && replica.leader().is_none() {
            return Err(ErrorCode::NotLeaderOrFollower);
        }
        Ok((replica, log))
    }

    /// Refuses one that isn't a replica, or a process that the metadata knows to be gone
    /// (KIP-903).
    ///
    /// Kafka 4.3.1: `Partition#followerReplicaOrThrow`, `Replica#updateFetchStateOrThrow`.
    fn check_follower(&self, from: FetchFrom, replica: &Replica) -> Result<(), ErrorCode> {
        let FetchFrom::Follower {
            broker,
            broker_epoch,
        } = from
        else {
            return Ok(());
        };
        let is_follower = replica
            .leader()
            .is_some_and(|leader| leader.followers.contains_key(&broker));
        let registration = self.process.metadata.brokers.get(&broker);
        let is_stale = registration.is_some_and(|it| it.broker_epoch > broker_epoch);
        if is_follower && !is_stale {
            Ok(())
        } else {
            Err(ErrorCode::NotLeaderOrFollower)
        }
    }

    /// A follower asked from an offset: it has everything below.
    ///
    /// Kafka 4.3.1: `Partition#updateFollowerFetchState`.
    fn note_follower_fetch(
        &mut self,
        from: FetchFrom,
        wanted: &FetchPartition,
        cx: &mut Context<'_>,
    ) {
        let FetchFrom::Follower {
            broker,
            broker_epoch,
        } = from
        else {
            return;
        };
        let fetch = FollowerFetch {
            broker,
            broker_epoch,
            fetch_offset: wanted.fetch_offset,
            log_start_offset: wanted.log_start_offset,
            at: cx.now(),
            event: cx.input_event(),
        };
        let partition = &wanted.partition;
        let Some(log) = self.disk.log(partition) else {
            return;
        };
        let log_end_offset = log.log_end_offset();
        let replica = self.process.replicas.get_mut(partition);
        let Some(leader) = replica.and_then(Replica::leader_mut) else {
            return;
        };
        let has_moved = leader.on_follower_fetch(&fetch, log_end_offset);
        self.maybe_expand_isr(partition, broker, cx);
        if has_moved {
            self.advance_high_watermark(partition, None, cx);
        }
        self.check_deletes(partition, cx);
    }

    /// The high watermark of a replica of this broker.
    pub fn high_watermark(&self, partition: &TopicPartition) -> Offset {
        let replica = self.process.replicas.get(partition);
        replica.map_or(Offset::ZERO, |replica| replica.high_watermark)
    }
}

/// What is left of a fetch's limits.
#[derive(Clone, Copy, Debug)]
struct Limits {
    room: u32,
    is_first: bool,
}

fn read_log(
    log: &Log,
    wanted: &FetchPartition,
    limits: Limits,
    upper_bound: Offset,
) -> Result<Vec<RecordBatch>, ErrorCode> {
    let first_batch = if limits.is_first {
        FirstBatch::AlwaysWhole
    } else {
        FirstBatch::OnlyIfItFits
    };
    let max_bytes = wanted.max_bytes.min(limits.room);
    log.read(
        wanted.fetch_offset,
        &ReadLimits {
            max_bytes,
            upper_bound,
            first_batch,
        },
    )
}
