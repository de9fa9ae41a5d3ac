//! A consumer's place in its group: finding the coordinator, staying a member, leaving.
//!
//! Kafka 4.3.1: `AbstractCoordinator`, `Heartbeat`.
//! Simplified: a consumer whose heartbeats are not answered for its session timeout notices it
//! by the request's time-out.

use serde::Serialize;

use crate::kafka::client::exception::ClientException;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, EventId, NodeId, TopicName, TopicPartition};
use crate::kafka::message::{
    FindCoordinatorRequest, HeartbeatRequest, JoinedMember, LeaveGroupRequest, Request,
};
use crate::kafka::node::Context;
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{ConsumerTimer, Timer};

use super::Consumer;
use super::network::Asked;
use crate::sorted::SortedMap;

/// How far a member is.
///
/// Kafka 4.3.1: `AbstractCoordinator.MemberState`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum MemberState {
    /// Outside. Then: JoinGroup was sent ⇒ `PreparingRebalance`.
    Unjoined,
    /// JoinGroup is not answered. Then: a generation ⇒ `Assigning` or `CompletingRebalance`.
    PreparingRebalance,
    /// This member leads and needs metadata for its assignment.
    /// Then: SyncGroup was sent ⇒ `CompletingRebalance`.
    Assigning {
        /// The members to assign to.
        members: Vec<JoinedMember>,
        /// How many metadata answers had come when the members were told.
        since_update: u64,
    },
    /// SyncGroup is not answered. Then: an assignment ⇒ `Stable`.
    CompletingRebalance,
    /// Member of a generation.
    Stable {
        /// The assignment and its arrival, until a poll takes it over.
        received: Option<(Vec<TopicPartition>, EventId)>,
    },
}

/// A consumer's membership.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Membership {
    /// The group's coordinator, while it is known.
    pub coordinator: Option<BrokerId>,
    /// Nobody is to be asked for the coordinator before.
    pub lookup_not_before: SimTime,
    /// How far this member is.
    pub state: MemberState,
    pub(super) generation: i32,
    pub(super) member: String,
    /// Whether the next poll has to join again.
    pub is_rejoin_needed: bool,
    /// The event that made the next join necessary.
    pub rejoin_because: Option<EventId>,
    /// Whether revocation and commit before the next join are still to be done.
    pub needs_join_prepare: bool,
    /// When the wait for the commit before a join ends.
    pub join_prepare_deadline: Option<SimTime>,
    /// No join before.
    pub join_not_before: SimTime,
    /// What the next poll throws.
    pub fatal: Option<ClientException>,
    /// The topics with which this member joined.
    pub joined_topics: Vec<TopicName>,
    /// As leader: how many partitions each topic had when they were assigned.
    pub assigned_counts: Option<SortedMap<TopicName, u32>>,
}

impl Default for Membership {
    fn default() -> Membership {
        Membership {
            coordinator: None,
            lookup_not_before: SimTime::ZERO,
            state: MemberState::Unjoined,
            generation: NO_GENERATION,
            member: String::new(),
            is_rejoin_needed: true,
            rejoin_because: None,
            needs_join_prepare: true,
            join_prepare_deadline: None,
            join_not_before: SimTime::ZERO,
            fatal: None,
            joined_topics: Vec::new(),
            assigned_counts: None,
        }
    }
}

/// The generation of one who is in none.
pub(super) const NO_GENERATION: i32 = -1;

impl Membership {
    /// The generation, for one who is in one.
    pub fn generation_id(&self) -> Option<i32> {
        (self.generation != NO_GENERATION).then_some(self.generation)
    }

    /// The member id, once there is one.
    pub fn member_id(&self) -> Option<&str> {
        Some(self.member.as_str()).filter(|id| !id.is_empty())
    }

    /// Generation and member id for a commit, or why there can be none.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#sendOffsetCommitRequest`.
    pub fn stable_generation(&self) -> Result<(i32, String), ClientException> {
        match self.state {
            MemberState::Stable { .. } => Ok((self.generation, self.member.clone())),
            MemberState::Unjoined => Err(ClientException::new(
                "CommitFailedException",
                "Offset commit cannot be completed since the consumer is not part of an active \
                 group for auto partition assignment; it is likely that the consumer was kicked \
                 out of the group.",
            )),
            MemberState::PreparingRebalance
            | MemberState::Assigning { .. }
            | MemberState::CompletingRebalance => Err(ClientException::new(
                "RebalanceInProgressException",
                "Offset commit cannot be completed since the consumer is undergoing a rebalance \
                 for auto partition assignment. You can try completing the rebalance by calling \
                 poll() and then retry the operation.",
            )),
        }
    }

    /// Whether this member is in the middle of a join.
    ///
    /// Kafka 4.3.1: `AbstractCoordinator#rebalanceInProgress`.
    pub fn is_rebalancing(&self) -> bool {
        !matches!(
            self.state,
            MemberState::Stable { .. } | MemberState::Unjoined
        )
    }
}

impl Consumer {
    /// The coordinator, if it is known and may be asked; else somebody is asked for it.
    ///
    /// Kafka 4.3.1: `AbstractCoordinator#lookupCoordinator`.
    pub(super) fn ready_coordinator(&mut self, cx: &mut Context<'_>) -> Option<BrokerId> {
        let now = cx.now();
        if let Some(coordinator) = self.usable_coordinator(now) {
            return Some(coordinator);
        }
        let is_under_way = self
            .network
            .has_pending(|asked| matches!(asked, Asked::Coordinator));
        let group_id = self.config.group_id.clone()?;
        if self.membership.coordinator.is_some()
            || is_under_way
            || now < self.membership.lookup_not_before
        {
            return None;
        }
        let broker = self.network.least_loaded(&self.metadata.brokers(), cx)?;
        let request = Request::FindCoordinator(FindCoordinatorRequest { group_id });
        let what = (request, Asked::Coordinator);
        self.network
            .send(broker, what, self.config.request_timeout, cx);
        None
    }

    pub(super) fn on_coordinator_found(
        &mut self,
        result: Result<BrokerId, ErrorCode>,
        cx: &mut Context<'_>,
    ) {
        match result {
            Ok(broker) => {
                self.membership.coordinator = Some(broker);
                self.send_waiting_commits(cx);
            }
            Err(error) => {
                self.membership.lookup_not_before = self.retry_at(cx);
                self.fail_waiting_commits(error, cx);
                if !error.is_retriable() {
                    self.membership.fatal = Some(ClientException::of(error));
                }
            }
        }
    }

    pub(super) fn schedule_heartbeat(&self, after: SimDuration, cx: &mut Context<'_>) {
        let after = after.max(SimDuration::BUSY_PASS);
        cx.set_timer(Timer::Consumer(ConsumerTimer::Heartbeat), after);
    }

    /// Kafka 4.3.1: `AbstractCoordinator.HeartbeatThread#run`.
    pub(super) fn on_heartbeat_due(&mut self, cx: &mut Context<'_>) {
        let is_member = matches!(
            self.membership.state,
            MemberState::Stable { .. }
                | MemberState::CompletingRebalance
                | MemberState::Assigning { .. }
        );
        let Some(group_id) = self.config.group_id.clone().filter(|_| is_member) else {
            return;
        };
        let is_under_way = self
            .network
            .has_pending(|asked| matches!(asked, Asked::Heartbeat));
        let Some(coordinator) = self.ready_coordinator(cx) else {
            self.schedule_heartbeat(self.config.retry_backoff.initial, cx);
            return;
        };
        self.schedule_heartbeat(self.config.heartbeat_interval, cx);
        if is_under_way {
            return;
        }
        let request = Request::Heartbeat(HeartbeatRequest {
            group_id,
            member_id: self.membership.member.clone(),
            group_instance_id: self.config.group_instance_id.clone(),
            generation_id: self.membership.generation,
        });
        let what = (request, Asked::Heartbeat);
        self.network
            .send(coordinator, what, self.config.request_timeout, cx);
    }

    /// Kafka 4.3.1: `AbstractCoordinator.HeartbeatResponseHandler#handle`.
    pub(super) fn on_heartbeat_answered(&mut self, error: Option<ErrorCode>, cx: &mut Context<'_>) {
        match error {
            None => {}
            Some(ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator) => {
                self.membership.coordinator = None;
                self.schedule_heartbeat(self.config.retry_backoff.initial, cx);
            }
            Some(ErrorCode::RebalanceInProgress) => {
                if matches!(self.membership.state, MemberState::Stable { .. }) {
                    self.membership.is_rejoin_needed = true;
                    self.membership.rejoin_because = Some(cx.input_event());
                }
            }
            Some(ErrorCode::IllegalGeneration | ErrorCode::UnknownMemberId) => {
                // An answer to a heartbeat of the generation before says nothing of this one.
                if matches!(self.membership.state, MemberState::Stable { .. }) {
                    self.reset_generation(cx);
                }
            }
            // Another process has this one's identity: the heartbeats end, the poll throws.
            Some(ErrorCode::FencedInstanceId) => {
                self.membership.fatal = Some(ClientException::of(ErrorCode::FencedInstanceId));
                cx.cancel_timer(Timer::Consumer(ConsumerTimer::Heartbeat));
            }
            Some(error) if error.is_retriable() => {}
            Some(error) => {
                let text = format!(
                    "Unexpected error in heartbeat response: {}",
                    error.message()
                );
                self.membership.fatal = Some(ClientException::new("KafkaException", text));
            }
        }
    }

    /// The application has not polled for too long: this member leaves.
    pub(super) fn on_max_poll_interval(&mut self, cx: &mut Context<'_>) {
        if self.application.is_polling() {
            self.start_max_poll_interval(cx);
        } else if self.membership.member_id().is_some() {
            self.leave_group(cx);
        }
    }

    pub(super) fn start_max_poll_interval(&self, cx: &mut Context<'_>) {
        let timer = Timer::Consumer(ConsumerTimer::MaxPollInterval);
        cx.set_timer(timer, self.config.max_poll_interval);
    }

    /// Forgets generation and member id; what was owned counts as lost in the next poll.
    ///
    /// Kafka 4.3.1: `AbstractCoordinator#resetStateAndRejoin`.
    pub(super) fn reset_generation(&mut self, cx: &mut Context<'_>) {
        self.membership.state = MemberState::Unjoined;
        self.membership.generation = NO_GENERATION;
        self.membership.member.clear();
        self.membership.is_rejoin_needed = true;
        self.membership.rejoin_because = Some(cx.input_event());
        cx.cancel_timer(Timer::Consumer(ConsumerTimer::Heartbeat));
    }

    /// Tells the application that it gives its partitions up.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#onLeavePrepare`.
    pub(super) fn prepare_leave(&mut self, cx: &mut Context<'_>) {
        let partitions = self.subscription.assigned();
        if !self.subscription.is_by_group() || partitions.is_empty() {
            return;
        }
        let has_lost_them =
            self.membership.generation_id().is_none() || self.membership.is_rebalancing();
        cx.emit(if has_lost_them {
            KafkaEvent::PartitionsLost { partitions }
        } else {
            KafkaEvent::PartitionsRevoked { partitions }
        });
        self.subscription.revoke_all();
        self.buffer.retain(|_| false);
    }

    /// Leaves the group; a static member just goes (KIP-345).
    ///
    /// Kafka 4.3.1: `AbstractCoordinator#maybeLeaveGroup`.
    pub(super) fn leave_group(&mut self, cx: &mut Context<'_>) {
        cx.cancel_timer(Timer::Consumer(ConsumerTimer::MaxPollInterval));
        let is_dynamic = self.config.group_instance_id.is_none();
        if let (Some(coordinator), Some(group_id), Some(member_id)) = (
            self.membership.coordinator,
            self.config.group_id.clone(),
            self.membership
                .member_id()
                .filter(|_| is_dynamic)
                .map(str::to_owned),
        ) && self.membership.state != MemberState::Unjoined
        {
            let request = Request::LeaveGroup(LeaveGroupRequest {
                group_id,
                member_id,
            });
            let what = (request, Asked::Leave);
            self.network
                .send(coordinator, what, self.config.request_timeout, cx);
        }
        self.reset_generation(cx);
    }

    /// Whether something asked of the coordinator is unanswered.
    pub(super) fn awaits_coordinator(&self) -> bool {
        let coordinator = self.membership.coordinator.map(NodeId::Broker);
        self.network
            .pending()
            .any(|(peer, _)| Some(peer) == coordinator)
    }
}
