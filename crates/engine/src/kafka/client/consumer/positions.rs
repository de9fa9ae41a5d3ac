//! Where a consumer begins: the committed offset, else what `auto.offset.reset` says.
//!
//! Kafka 4.3.1: `ClassicKafkaConsumer#updateFetchPositions`, `OffsetFetcher`.

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::consumer::IsolationLevel;
use crate::kafka::config::offset_reset::AutoOffsetReset;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::{KafkaEvent, PositionReason};
use crate::kafka::ids::{BrokerId, EventId, TopicPartition};
use crate::kafka::message::{
    CommittedOffset, FoundOffset, ListOffsetsRequest, ListOffsetsResponse, OffsetFetchRequest,
    OffsetSpec, Request,
};
use crate::kafka::node::Context;
use crate::kafka::time::SimTime;

use super::Consumer;
use super::network::Asked;
use super::subscription::{FetchState, Position};
use crate::sorted::SortedMap;

impl Consumer {
    /// Does what is to be done for every partition to have a position.
    ///
    /// Kafka 4.3.1: `ClassicKafkaConsumer#updateFetchPositions`.
    pub(super) fn update_fetch_positions(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        self.validate_positions(cx);
        if !self.look_up_committed_positions(cx) {
            return Ok(());
        }
        self.reset_initializing_positions(cx)?;
        self.send_resets(cx);
        Ok(())
    }

    /// Asks the group for committed offsets; whether that is done with.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#initWithCommittedOffsetsIfNeeded`.
    fn look_up_committed_positions(&mut self, cx: &mut Context<'_>) -> bool {
        let Some(group_id) = self.config.group_id.clone() else {
            return true;
        };
        let unknown: Vec<TopicPartition> = self
            .subscription
            .iter()
            .filter(|(_, partition)| {
                partition.state
                    == FetchState::Initializing {
                        has_no_committed_offset: false,
                    }
            })
            .map(|(partition, _)| partition.clone())
            .collect();
        if unknown.is_empty() {
            return true;
        }
        let is_under_way = self
            .network
            .has_pending(|asked| matches!(asked, Asked::CommittedPositions(_)));
        if is_under_way || cx.now() < self.committed_retry_at {
            return false;
        }
        let Some(coordinator) = self.ready_coordinator(cx) else {
            return false;
        };
        let partitions = Some(unknown.clone());
        let request = Request::OffsetFetch(OffsetFetchRequest {
            group_id,
            partitions,
        });
        let causes = self.placed_by(unknown.iter());
        let what = (request, Asked::CommittedPositions(unknown));
        let timeout = self.config.request_timeout;
        self.network
            .send_because(coordinator, what, &causes, timeout, cx);
        false
    }

    /// Kafka 4.3.1: `ConsumerCoordinator.OffsetFetchResponseHandler`.
    pub(super) fn on_committed_positions(
        &mut self,
        asked: &[TopicPartition],
        result: &Result<Vec<(TopicPartition, Option<CommittedOffset>)>, ErrorCode>,
        cx: &mut Context<'_>,
    ) {
        let committed = match result {
            Ok(committed) => committed,
            Err(error) => {
                self.committed_retry_at = self.retry_at(cx);
                self.on_offset_fetch_error(*error);
                return;
            }
        };
        for partition in asked {
            let found = committed.iter().find(|(of, _)| of == partition);
            let found = found.and_then(|(_, committed)| committed.as_ref());
            let known_epoch = self
                .metadata
                .leadership(partition)
                .map(|known| known.leader_epoch);
            let Some(state) = self.subscription.get_mut(partition) else {
                continue;
            };
            if !matches!(state.state, FetchState::Initializing { .. }) {
                continue;
            }
            let Some(committed) = found else {
                state.state = FetchState::Initializing {
                    has_no_committed_offset: true,
                };
                continue;
            };
            self.commits.learn(partition, committed.offset);
            let position = Position {
                offset: committed.offset,
                offset_epoch: committed.leader_epoch,
            };
            // A commit under an older leader is checked against the log of today.
            let is_older = position
                .offset_epoch
                .zip(known_epoch)
                .is_some_and(|(a, b)| a < b);
            state.leader_epoch = known_epoch.filter(|_| !is_older);
            let set = position_set(partition, position, PositionReason::Committed);
            state.place(position, cx.emit(set));
        }
    }

    fn on_offset_fetch_error(&mut self, error: ErrorCode) {
        match error {
            ErrorCode::NotCoordinator => self.membership.coordinator = None,
            error if error.is_retriable() => {}
            error => {
                let text = format!(
                    "Unexpected error in fetch offset response: {}",
                    error.message()
                );
                self.membership.fatal = Some(ClientException::new("KafkaException", text));
            }
        }
    }

    /// Kafka 4.3.1: `SubscriptionState#resetInitializingPositions`.
    fn reset_initializing_positions(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Result<(), ClientException> {
        let strategy = self.config.auto_offset_reset;
        let mut without_policy = Vec::new();
        for (partition, state) in self.subscription.iter_mut() {
            if !matches!(state.state, FetchState::Initializing { .. }) {
                continue;
            }
            if strategy == AutoOffsetReset::None {
                without_policy.push(partition.to_string());
            } else {
                state.state = FetchState::AwaitReset {
                    strategy,
                    next_try_at: cx.now(),
                };
            }
        }
        if without_policy.is_empty() {
            return Ok(());
        }
        let text = format!(
            "Undefined offset with no reset policy for partitions: [{}]",
            without_policy.join(", ")
        );
        Err(ClientException::new("NoOffsetForPartitionException", text))
    }

    /// Asks leaders where partitions begin or end. Without an answer, or where no record is
    /// young enough, a partition is asked for again after `request.timeout.ms`.
    ///
    /// Kafka 4.3.1: `OffsetFetcher#resetPositionsIfNeeded`.
    fn send_resets(&mut self, cx: &mut Context<'_>) {
        let now = cx.now();
        let mut requests: SortedMap<BrokerId, Vec<_>> = SortedMap::new();
        for (partition, strategy) in self.due_resets(now) {
            let (Some(leader), Some(spec)) = (
                self.usable_leader(&partition, now),
                self.reset_spec(strategy, cx.timestamp_ms()),
            ) else {
                continue;
            };
            self.retry_resets(
                std::slice::from_ref(&partition),
                now + self.config.request_timeout,
            );
            let epoch = self
                .metadata
                .leadership(&partition)
                .map(|known| known.leader_epoch);
            let asked = requests.entry(leader).or_default();
            asked.push((partition, epoch, spec));
        }
        for (leader, partitions) in requests {
            let asked: Vec<TopicPartition> = partitions
                .iter()
                .map(|(partition, _, _)| partition.clone())
                .collect();
            let causes = self.placed_by(asked.iter());
            let request = Request::ListOffsets(ListOffsetsRequest { partitions });
            let what = (request, Asked::Reset(asked));
            let timeout = self.config.request_timeout;
            self.network
                .send_because(leader, what, &causes, timeout, cx);
        }
    }

    fn due_resets(&self, now: SimTime) -> Vec<(TopicPartition, AutoOffsetReset)> {
        let due = self
            .subscription
            .iter()
            .filter_map(|(partition, state)| match state.state {
                FetchState::AwaitReset {
                    strategy,
                    next_try_at,
                } if next_try_at <= now => Some((partition.clone(), strategy)),
                _ => None,
            });
        due.collect()
    }

    /// What a leader is asked for; nothing under `none`, which awaits no reset.
    fn reset_spec(&self, strategy: AutoOffsetReset, timestamp_ms: i64) -> Option<OffsetSpec> {
        let is_committed_wanted = self.config.isolation_level == IsolationLevel::ReadCommitted;
        Some(match strategy {
            AutoOffsetReset::Earliest => OffsetSpec::Earliest,
            AutoOffsetReset::Latest if is_committed_wanted => OffsetSpec::LatestCommitted,
            AutoOffsetReset::Latest => OffsetSpec::Latest,
            AutoOffsetReset::ByDuration(age) => {
                let age_ms = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
                OffsetSpec::Timestamp(timestamp_ms.saturating_sub(age_ms).max(0))
            }
            AutoOffsetReset::None => return None,
        })
    }

    /// The events that made positions of these partitions necessary.
    pub(super) fn placed_by<'a>(
        &self,
        partitions: impl Iterator<Item = &'a TopicPartition>,
    ) -> Vec<EventId> {
        let states = partitions.filter_map(|partition| self.subscription.get(partition));
        let mut events: Vec<EventId> = states.map(|state| state.placed_by).collect();
        events.dedup();
        events
    }

    /// The leader of a partition if it may be asked; else fresh metadata is wanted.
    pub(super) fn usable_leader(
        &mut self,
        partition: &TopicPartition,
        now: SimTime,
    ) -> Option<BrokerId> {
        let leader = self.metadata.leader(partition);
        if leader.is_none() {
            self.metadata.request_update();
        }
        leader.filter(|leader| self.network.is_usable(*leader, now))
    }

    /// Kafka 4.3.1: `OffsetFetcherUtils#onSuccessfulResponseForResettingPositions`.
    pub(super) fn on_reset_offsets(
        &mut self,
        response: &ListOffsetsResponse,
        cx: &mut Context<'_>,
    ) {
        let mut failed = Vec::new();
        for (partition, result) in &response.partitions {
            match result {
                Ok(Some(found)) => self.reset_to(partition, *found, cx),
                // No record is young enough: asked again once the request timeout is over.
                Ok(None) => {}
                Err(_) => failed.push(partition.clone()),
            }
        }
        if !failed.is_empty() {
            self.metadata.request_update();
            let retry_at = self.retry_at(cx);
            self.retry_resets(&failed, retry_at);
        }
    }

    fn reset_to(&mut self, partition: &TopicPartition, found: FoundOffset, cx: &mut Context<'_>) {
        let leader_epoch = self
            .metadata
            .leadership(partition)
            .map(|known| known.leader_epoch);
        let Some(state) = self.subscription.get_mut(partition) else {
            return;
        };
        if !matches!(state.state, FetchState::AwaitReset { .. }) {
            return;
        }
        let position = Position {
            offset: found.offset,
            offset_epoch: found.leader_epoch,
        };
        let set = position_set(partition, position, PositionReason::AutoOffsetReset);
        state.place(position, cx.emit(set));
        state.leader_epoch = leader_epoch;
    }

    pub(super) fn retry_resets(&mut self, partitions: &[TopicPartition], retry_at: SimTime) {
        for partition in partitions {
            if let Some(state) = self.subscription.get_mut(partition)
                && let FetchState::AwaitReset { next_try_at, .. } = &mut state.state
            {
                *next_try_at = retry_at;
            }
        }
    }
}

/// The event of a position that no poll gave.
pub(super) fn position_set(
    partition: &TopicPartition,
    position: Position,
    reason: PositionReason,
) -> KafkaEvent {
    KafkaEvent::PositionSet {
        partition: partition.clone(),
        offset: position.offset,
        reason,
    }
}
