//! Keeping up with leaders: one fetcher for each leader's broker, with one fetch under way that
//! covers all partitions led there.
//!
//! ```text
//!   fetch from 3 ─▶ records 3 4 5, high watermark 3     the follower's log ends at 6
//!   fetch from 6 ─▶ now the leader knows that 3 4 5 are here, and raises the high watermark
//!                ◀─ no records, high watermark 6        now the follower knows it too
//! ```
//!
//! Kafka 4.3.1: `AbstractFetcherThread`, `ReplicaFetcherThread`, `AbstractFetcherManager`.
//! Simplified: partitions keep their order in the request instead of taking turns.

use serde::{Deserialize, Serialize};

use crate::kafka::broker::log_manager::{clock_for, emit_roll};
use crate::kafka::broker::partition_follower::{
    FetchReaction, OutOfRangeReaction, PartitionFollower,
};
use crate::kafka::broker::process::{Asked, Server};
use crate::kafka::broker::replica::Replica;
use crate::kafka::event::{KafkaEvent, TruncationReason};
use crate::kafka::ids::{BrokerId, EventId, LeaderEpoch, NodeId, Offset, TopicPartition};
use crate::kafka::log::FollowerAppend;
use crate::kafka::message::{
    EpochEndOffset, FetchFrom, FetchPartition, FetchRequest, FetchResponse, ListOffsetsRequest,
    ListOffsetsResponse, OffsetSpec, PartitionFetchResponse, Request,
};
use crate::kafka::node::Context;
use crate::kafka::time::SimTime;
use crate::kafka::timer::{BrokerTimer, Timer};
use crate::sorted::SortedMap;

/// The fetcher for one leader's broker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ReplicaFetcher {
    partitions: SortedMap<TopicPartition, Readiness>,
    is_fetch_in_flight: bool,
}

/// Whether a partition is fetched with the next request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Readiness {
    /// It is.
    Ready,
    /// Not before that moment: there was an error.
    DelayedUntil(SimTime),
    /// Not until an answer about the leader's log has come.
    Asking,
    /// Not until new metadata names another epoch.
    Fenced,
}

/// What was asked for a partition, to know an answer that has been overtaken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct FetchedFrom {
    partition: TopicPartition,
    fetch_offset: Offset,
    leader_epoch: LeaderEpoch,
}

impl Server<'_> {
    /// Lets the fetcher for `leader` look after `partition`. Nothing is sent yet.
    pub fn start_fetching(&mut self, partition: &TopicPartition, leader: BrokerId) {
        let fetcher = self.process.fetchers.entry(leader).or_default();
        fetcher
            .partitions
            .insert(partition.clone(), Readiness::Ready);
    }

    /// Takes `partition` from its fetcher, if it has one.
    pub fn stop_fetching(&mut self, partition: &TopicPartition) {
        for fetcher in self.process.fetchers.values_mut() {
            fetcher.partitions.remove(partition);
        }
    }

    /// Ends the fetchers that have no partition left, and lets every other one go on that has no fetch
    /// under way.
    pub fn fetch_from_all_leaders(&mut self, cx: &mut Context<'_>) {
        self.end_idle_fetchers(cx);
        let leaders: Vec<BrokerId> = self.process.fetchers.keys().copied().collect();
        for leader in leaders {
            self.fetch_from_leader(leader, &[], cx);
        }
    }

    /// Kafka 4.3.1: `AbstractFetcherManager#shutdownIdleFetcherThreads`; the thread's end closes its
    /// connection.
    fn end_idle_fetchers(&mut self, cx: &mut Context<'_>) {
        let is_idle = |fetcher: &ReplicaFetcher| fetcher.partitions.is_empty();
        let fetchers = &mut self.process.fetchers;
        let idle = fetchers.iter().filter(|(_, fetcher)| is_idle(fetcher));
        let idle: Vec<BrokerId> = idle.map(|(leader, _)| *leader).collect();
        for leader in idle {
            self.process.fetchers.remove(&leader);
            let peer = NodeId::Broker(leader);
            if !self.give_up_requests(peer, cx).is_empty() {
                cx.abandon(peer);
            }
        }
    }

    /// Sends the next fetch to `leader`, unless one is under way or nothing is ready. `changes`
    /// are the events that moved the offsets to fetch from.
    pub fn fetch_from_leader(
        &mut self,
        leader: BrokerId,
        changes: &[EventId],
        cx: &mut Context<'_>,
    ) {
        let Some(broker_epoch) = self.process.lifecycle.broker_epoch else {
            return;
        };
        let Some(fetcher) = self.process.fetchers.get_mut(&leader) else {
            return;
        };
        if fetcher.is_fetch_in_flight {
            return;
        }
        for readiness in fetcher.partitions.values_mut() {
            if matches!(readiness, Readiness::DelayedUntil(until) if *until <= cx.now()) {
                *readiness = Readiness::Ready;
            }
        }
        let ready = fetcher
            .partitions
            .iter()
            .filter(|(_, it)| **it == Readiness::Ready);
        let ready: Vec<TopicPartition> = ready.map(|(partition, _)| partition.clone()).collect();
        let partitions: Vec<FetchPartition> = ready
            .iter()
            .filter_map(|partition| self.next_fetch_of(partition))
            .collect();
        if partitions.is_empty() {
            return;
        }
        let fetched = partitions.iter().filter_map(FetchedFrom::of).collect();
        let request = Request::Fetch(FetchRequest {
            from: FetchFrom::Follower {
                broker: self.id,
                broker_epoch,
            },
            max_wait: self.config.replica_fetch_wait_max,
            min_bytes: self.config.replica_fetch_min_bytes,
            max_bytes: self.config.replica_fetch_response_max_bytes,
            rack_id: String::new(),
            partitions,
        });
        if let Some(fetcher) = self.process.fetchers.get_mut(&leader) {
            fetcher.is_fetch_in_flight = true;
        }
        let timeout = self.config.replica_socket_timeout;
        let what = (request, Asked::Fetch(leader, fetched));
        self.ask_because(NodeId::Broker(leader), what, changes, timeout, cx);
    }

    fn next_fetch_of(&self, partition: &TopicPartition) -> Option<FetchPartition> {
        let follower = self.process.replicas.get(partition)?.follower()?;
        let log = self.disk.log(partition)?;
        Some(FetchPartition {
            partition: partition.clone(),
            current_leader_epoch: Some(follower.leader_epoch),
            fetch_offset: log.log_end_offset(),
            last_fetched_epoch: log.last_epoch(),
            log_start_offset: Some(log.log_start_offset()),
            max_bytes: self.config.replica_fetch_max_bytes,
        })
    }

    /// Takes over what the leader sent, and asks for more.
    pub fn on_replica_fetch_response(
        &mut self,
        leader: BrokerId,
        fetched: &[FetchedFrom],
        response: &FetchResponse,
        cx: &mut Context<'_>,
    ) {
        self.set_idle(leader);
        let mut to_delay = Vec::new();
        let mut changes = Vec::new();
        for (asked, answer) in fetched.iter().zip(&response.partitions) {
            if asked.partition != answer.partition || !self.is_current(leader, asked) {
                continue;
            }
            match PartitionFollower::reaction_to(answer) {
                FetchReaction::Append => {
                    if !self.append_as_follower(answer, &mut changes, cx) {
                        to_delay.push(asked.partition.clone());
                    }
                }
                FetchReaction::Truncate(end) => {
                    changes.extend(self.truncate_by_epoch(&asked.partition, end, cx));
                }
                FetchReaction::AskLeaderOffsets => self.ask_leader_offsets(leader, asked, cx),
                FetchReaction::BackOff => to_delay.push(asked.partition.clone()),
                FetchReaction::WaitForMetadata => {
                    self.set_readiness(leader, &asked.partition, Readiness::Fenced);
                }
            }
        }
        self.delay_fetching(leader, &to_delay, cx);
        self.fetch_from_leader(leader, &changes, cx);
    }

    /// The fetch got no answer: all its partitions pause.
    pub fn on_replica_fetch_failed(
        &mut self,
        leader: BrokerId,
        fetched: &[FetchedFrom],
        cx: &mut Context<'_>,
    ) {
        self.set_idle(leader);
        let partitions: Vec<TopicPartition> = fetched
            .iter()
            .map(|asked| asked.partition.clone())
            .collect();
        self.delay_fetching(leader, &partitions, cx);
        self.fetch_from_leader(leader, &[], cx);
    }

    /// Lets partitions pause for `replica.fetch.backoff.ms`.
    pub fn delay_fetching(
        &mut self,
        leader: BrokerId,
        partitions: &[TopicPartition],
        cx: &mut Context<'_>,
    ) {
        let until = cx.now() + self.config.replica_fetch_backoff;
        for partition in partitions {
            self.set_readiness(leader, partition, Readiness::DelayedUntil(until));
        }
        if !partitions.is_empty() {
            let timer = Timer::Broker(BrokerTimer::ReplicaFetchBackoff(leader));
            cx.set_timer(timer, self.config.replica_fetch_backoff);
        }
    }

    /// Appends what was fetched and takes over high watermark and log start. Returns whether the
    /// log took it; an append is added to `changes`.
    ///
    /// Kafka 4.3.1: `ReplicaFetcherThread#processPartitionData`.
    fn append_as_follower(
        &mut self,
        answer: &PartitionFetchResponse,
        changes: &mut Vec<EventId>,
        cx: &mut Context<'_>,
    ) -> bool {
        let partition = &answer.partition;
        let Some(replica) = self.process.replicas.get(partition) else {
            return true;
        };
        let Some(log) = self.disk.log_mut(partition) else {
            return true;
        };
        let as_follower = FollowerAppend {
            partition,
            leader_epoch: replica.leader_epoch(),
            clock: clock_for(&replica.settings.log, cx),
            config: &replica.settings.log,
        };
        match log.append_as_follower(answer.batches.clone(), &as_follower) {
            Ok(None) => {}
            Ok(Some(info)) => {
                emit_roll(partition, info.rolled_to, cx);
                changes.push(cx.emit(KafkaEvent::RecordsReplicated {
                    partition: partition.clone(),
                    base_offset: info.base_offset,
                    last_offset: info.last_offset,
                }));
            }
            Err(_) => return false,
        }
        let (from, to) = (log.log_start_offset(), answer.log_start_offset);
        if log.increment_log_start_offset(to) {
            changes.push(cx.emit(KafkaEvent::LogStartAdvanced {
                partition: partition.clone(),
                from,
                to,
            }));
        }
        self.set_follower_high_watermark(partition, answer.high_watermark, cx);
        true
    }

    /// A follower's high watermark is its leader's, as far as its own log reaches. Right after a
    /// change of leaders that can be less than before.
    ///
    /// Kafka 4.3.1: `UnifiedLog#maybeUpdateHighWatermark`.
    fn set_follower_high_watermark(
        &mut self,
        partition: &TopicPartition,
        leaders: Offset,
        cx: &mut Context<'_>,
    ) {
        let Some(log) = self.disk.log_mut(partition) else {
            return;
        };
        let Some(replica) = self.process.replicas.get_mut(partition) else {
            return;
        };
        let to = leaders
            .min(log.log_end_offset())
            .max(log.log_start_offset());
        let from = std::mem::replace(&mut replica.high_watermark, to);
        log.on_high_watermark(to);
        if to > from {
            let event = cx.emit(KafkaEvent::FollowerHighWatermarkAdvanced {
                partition: partition.clone(),
                from,
                to,
            });
            replica.high_watermark_event = Some(event);
            // Consumers may read from followers (KIP-392).
            self.check_fetches(partition, event, cx);
        }
    }

    /// The leader says where this log leaves its own.
    ///
    /// Kafka 4.3.1: `AbstractFetcherThread#truncateOnFetchResponse`.
    fn truncate_by_epoch(
        &mut self,
        partition: &TopicPartition,
        end: EpochEndOffset,
        cx: &mut Context<'_>,
    ) -> Option<EventId> {
        let log = self.disk.log(partition)?;
        let to = log.truncation_offset(end);
        let reason = TruncationReason::DivergingEpoch { epoch: end.epoch };
        self.truncate(partition, to, reason, cx)
    }

    fn truncate(
        &mut self,
        partition: &TopicPartition,
        to: Offset,
        reason: TruncationReason,
        cx: &mut Context<'_>,
    ) -> Option<EventId> {
        // Only the active segment can be cut while another one is being cleaned.
        let active = self.disk.log(partition)?.active_base_offset();
        if to < active || reason == TruncationReason::LeaderLogStartsLater {
            self.abort_cleaning(partition, cx);
        }
        let log = self.disk.log_mut(partition)?;
        let from = log.log_end_offset();
        match reason {
            TruncationReason::LeaderLogStartsLater => log.truncate_fully_and_start_at(to),
            TruncationReason::DivergingEpoch { .. }
            | TruncationReason::LeaderLogShorter
            | TruncationReason::PowerCut => {
                log.truncate_to(to);
            }
        }
        let (start, end) = (log.log_start_offset(), log.log_end_offset());
        self.disk.truncate_cleaner_checkpoint(partition);
        if let Some(replica) = self.process.replicas.get_mut(partition) {
            replica.high_watermark = replica.high_watermark.min(end).max(start);
        }
        Some(cx.emit(KafkaEvent::LogTruncated {
            partition: partition.clone(),
            from,
            to: end,
            reason,
        }))
    }

    fn ask_leader_offsets(&mut self, leader: BrokerId, asked: &FetchedFrom, cx: &mut Context<'_>) {
        self.set_readiness(leader, &asked.partition, Readiness::Asking);
        let epoch = Some(asked.leader_epoch);
        let partition = &asked.partition;
        let request = Request::ListOffsets(ListOffsetsRequest {
            partitions: vec![
                (partition.clone(), epoch, OffsetSpec::Earliest),
                (partition.clone(), epoch, OffsetSpec::LogEnd),
            ],
        });
        let memo = Asked::LeaderOffsets(leader, partition.clone(), asked.leader_epoch);
        let timeout = self.config.replica_socket_timeout;
        self.ask(NodeId::Broker(leader), request, memo, timeout, cx);
    }

    /// Makes this log meet the leader's again.
    ///
    /// Kafka 4.3.1: `AbstractFetcherThread#fetchOffsetAndTruncate`.
    #[inline(never)]
    pub fn on_leader_offsets(
        &mut self,
        leader: BrokerId,
        partition: &TopicPartition,
        leader_epoch: LeaderEpoch,
        response: &ListOffsetsResponse,
        cx: &mut Context<'_>,
    ) {
        let follower = self
            .process
            .replicas
            .get(partition)
            .and_then(Replica::follower);
        let is_current = follower.is_some_and(|it| it.leader_epoch == leader_epoch);
        let Some(log) = self.disk.log(partition).filter(|_| is_current) else {
            return;
        };
        let offset = |index: usize| match response.partitions.get(index) {
            Some((_, Ok(Some(found)))) => Some(found.offset),
            _ => None,
        };
        let (Some(start), Some(leader_end)) = (offset(0), offset(1)) else {
            self.delay_fetching(leader, std::slice::from_ref(partition), cx);
            return;
        };
        let end = log.log_end_offset();
        let cut = match PartitionFollower::reaction_to_range(end, start, leader_end) {
            OutOfRangeReaction::TruncateTo(to) => {
                self.truncate(partition, to, TruncationReason::LeaderLogShorter, cx)
            }
            OutOfRangeReaction::RestartAt(to) => {
                self.truncate(partition, to, TruncationReason::LeaderLogStartsLater, cx)
            }
            OutOfRangeReaction::KeepOn => None,
        };
        self.set_readiness(leader, partition, Readiness::Ready);
        self.fetch_from_leader(leader, cut.as_slice(), cx);
    }

    /// Whether an answer still speaks of what this follower asks for.
    fn is_current(&self, leader: BrokerId, asked: &FetchedFrom) -> bool {
        let fetcher = self.process.fetchers.get(&leader);
        let readiness = fetcher.and_then(|fetcher| fetcher.partitions.get(&asked.partition));
        let replica = self.process.replicas.get(&asked.partition);
        let log = self.disk.log(&asked.partition);
        readiness == Some(&Readiness::Ready)
            && replica.is_some_and(|replica| replica.leader_epoch() == asked.leader_epoch)
            && log.is_some_and(|log| log.log_end_offset() == asked.fetch_offset)
    }

    fn set_idle(&mut self, leader: BrokerId) {
        if let Some(fetcher) = self.process.fetchers.get_mut(&leader) {
            fetcher.is_fetch_in_flight = false;
        }
    }

    fn set_readiness(&mut self, leader: BrokerId, partition: &TopicPartition, to: Readiness) {
        let fetcher = self.process.fetchers.get_mut(&leader);
        if let Some(it) = fetcher.and_then(|fetcher| fetcher.partitions.get_mut(partition)) {
            *it = to;
        }
    }
}

impl FetchedFrom {
    fn of(wanted: &FetchPartition) -> Option<FetchedFrom> {
        Some(FetchedFrom {
            partition: wanted.partition.clone(),
            fetch_offset: wanted.fetch_offset,
            leader_epoch: wanted.current_leader_epoch?,
        })
    }
}
