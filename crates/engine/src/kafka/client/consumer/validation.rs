//! Whether a consumer may go on where it is after a change of leader: the new leader's log need
//! not hold what was read of the old one's.
//!
//! Kafka 4.3.1: `OffsetFetcher#validatePositionsIfNeeded`, `OffsetsForLeaderEpochClient`, KIP-320.

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::offset_reset::AutoOffsetReset;
use crate::kafka::event::PositionReason;
use crate::kafka::ids::{BrokerId, LeaderEpoch, TopicPartition};
use crate::kafka::message::{
    EpochEndOffset, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, Request,
};
use crate::kafka::node::Context;
use crate::kafka::time::SimTime;
use crate::sorted::SortedMap;

use super::Consumer;
use super::network::Asked;
use super::positions::position_set;
use super::subscription::{FetchState, Position};

impl Consumer {
    /// Asks new leaders whether their logs hold what was read.
    ///
    /// Kafka 4.3.1: `OffsetFetcher#validatePositionsIfNeeded`.
    pub(super) fn validate_positions(&mut self, cx: &mut Context<'_>) {
        let now = cx.now();
        self.notice_new_epochs(now);
        let mut requests: SortedMap<BrokerId, Vec<(TopicPartition, Position)>> = SortedMap::new();
        for (partition, position) in self.due_validations(now) {
            let Some(leader) = self.usable_leader(&partition, now) else {
                continue;
            };
            let asked = (partition, position);
            let next_try_at = now + self.config.request_timeout;
            self.retry_validations(std::slice::from_ref(&asked), next_try_at);
            requests.entry(leader).or_default().push(asked);
        }
        for (leader, asked) in requests {
            let partitions = asked.iter().map(|(partition, position)| {
                let current = self
                    .metadata
                    .leadership(partition)
                    .map(|known| known.leader_epoch);
                let epoch = position.offset_epoch.unwrap_or(LeaderEpoch(0));
                (partition.clone(), current, epoch)
            });
            let request = OffsetForLeaderEpochRequest {
                partitions: partitions.collect(),
            };
            let what = (
                Request::OffsetForLeaderEpoch(request),
                Asked::Validation(asked),
            );
            self.network
                .send(leader, what, self.config.request_timeout, cx);
        }
    }

    /// A position under a former leader is in question, if the epoch of its record is known.
    ///
    /// Kafka 4.3.1: `SubscriptionState#maybeValidatePositionForCurrentLeader`.
    fn notice_new_epochs(&mut self, now: SimTime) {
        for (partition, state) in self.subscription.iter_mut() {
            let (FetchState::Fetching(position), Some(known)) =
                (&state.state, self.metadata.leadership(partition))
            else {
                continue;
            };
            let position = *position;
            if state
                .leader_epoch
                .is_some_and(|epoch| epoch >= known.leader_epoch)
            {
                continue;
            }
            state.leader_epoch = Some(known.leader_epoch);
            if position.offset_epoch.is_some() {
                state.state = FetchState::AwaitValidation {
                    position,
                    next_try_at: now,
                };
            }
        }
    }

    fn due_validations(&self, now: SimTime) -> Vec<(TopicPartition, Position)> {
        let due = self
            .subscription
            .iter()
            .filter_map(|(partition, state)| match state.state {
                FetchState::AwaitValidation {
                    position,
                    next_try_at,
                } if next_try_at <= now => Some((partition.clone(), position)),
                _ => None,
            });
        due.collect()
    }

    /// Kafka 4.3.1: `SubscriptionState#maybeCompleteValidation`.
    #[inline(never)]
    pub(super) fn on_validated(
        &mut self,
        asked: &[(TopicPartition, Position)],
        response: &OffsetForLeaderEpochResponse,
        cx: &mut Context<'_>,
    ) {
        for (partition, result) in &response.partitions {
            let Some((_, position)) = asked.iter().find(|(of, _)| of == partition) else {
                continue;
            };
            match result {
                Ok(end) => self.complete_validation(partition, *position, *end, cx),
                Err(_) => {
                    self.metadata.request_update();
                    let retry_at = self.retry_at(cx);
                    self.retry_validations(&[(partition.clone(), *position)], retry_at);
                }
            }
        }
    }

    #[inline(never)]
    fn complete_validation(
        &mut self,
        partition: &TopicPartition,
        asked: Position,
        end: Option<EpochEndOffset>,
        cx: &mut Context<'_>,
    ) {
        let strategy = self.config.auto_offset_reset;
        let now = cx.now();
        let Some(state) = self.subscription.get_mut(partition) else {
            return;
        };
        let FetchState::AwaitValidation { position, .. } = state.state else {
            return;
        };
        if position != asked {
            return;
        }
        if end.is_some_and(|end| end.end_offset >= position.offset) {
            state.state = FetchState::Fetching(position);
            return;
        }
        if strategy == AutoOffsetReset::None {
            self.membership.fatal = Some(log_truncation(partition, end));
            return;
        }
        let Some(end) = end else {
            state.request_reset(strategy, now, cx.input_event());
            return;
        };
        let position = Position {
            offset: end.end_offset,
            offset_epoch: Some(end.epoch),
        };
        let set = position_set(partition, position, PositionReason::LogTruncation);
        state.place(position, cx.emit(set));
    }

    pub(super) fn retry_validations(
        &mut self,
        asked: &[(TopicPartition, Position)],
        retry_at: SimTime,
    ) {
        for (partition, _) in asked {
            if let Some(state) = self.subscription.get_mut(partition)
                && let FetchState::AwaitValidation { next_try_at, .. } = &mut state.state
            {
                *next_try_at = retry_at;
            }
        }
    }
}

fn log_truncation(partition: &TopicPartition, end: Option<EpochEndOffset>) -> ClientException {
    let divergent = end.map(|end| {
        format!(
            "{partition}=OffsetAndMetadata{{offset={}, leaderEpoch={}, metadata=''}}",
            end.end_offset, end.epoch
        )
    });
    let text = format!(
        "Truncated partitions detected with divergent offsets {{{}}}",
        divergent.unwrap_or_default()
    );
    ClientException::new("LogTruncationException", text)
}
