//! A rebalance as a member goes through it: commit and revoke, join, assign if it leads, sync.
//!
//! Kafka 4.3.1: `AbstractCoordinator#joinGroupIfNeeded`, `ConsumerCoordinator#onJoinPrepare`,
//! `#onLeaderElected`, `#onJoinComplete`.
//! Simplified: only the eager protocol with the range assignor.

use bytes::Bytes;

use crate::kafka::client::exception::ClientException;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::group::consumer_protocol::{
    Subscription, decode_assignment, decode_subscription, encode_assignment, encode_subscription,
};
use crate::kafka::ids::{EventId, TopicName, TopicPartition};
use crate::kafka::message::{
    JoinGroupRequest, JoinGroupResponse, JoinedMember, Request, SyncGroupRequest,
};
use crate::kafka::node::Context;
use crate::kafka::time::{SimDuration, SimTime};

use super::Consumer;
use super::assignor::{AssignableMember, RANGE, assign_ranges};
use super::commit::{CommitAttempt, CommitProgress, CommitPurpose};
use super::membership::{MemberState, NO_GENERATION};
use super::network::Asked;
use crate::sorted::{SortedMap, SortedSet};

impl Consumer {
    /// Brings a needed rebalance forward; whether none is needed any more.
    ///
    /// Kafka 4.3.1: `AbstractCoordinator#ensureActiveGroup`.
    pub(super) fn join_if_needed(&mut self, cx: &mut Context<'_>) -> bool {
        match &mut self.membership.state {
            MemberState::Stable { received } => {
                if let Some((partitions, arrived)) = received.take() {
                    self.complete_join(partitions, arrived, cx);
                }
                if !self.is_rejoin_needed() {
                    return true;
                }
            }
            MemberState::Unjoined => {}
            MemberState::Assigning {
                members,
                since_update,
            } => {
                let (members, since_update) = (members.clone(), *since_update);
                self.assign_if_ready(members, since_update, cx);
                return false;
            }
            MemberState::PreparingRebalance | MemberState::CompletingRebalance => return false,
        }
        if cx.now() < self.membership.join_not_before {
            return false;
        }
        if self.membership.needs_join_prepare {
            if !self.prepare_join(cx) {
                return false;
            }
            self.membership.needs_join_prepare = false;
        }
        self.send_join(cx);
        false
    }

    /// Fresh metadata may make a rebalance necessary, and is its cause then.
    pub(super) fn note_new_metadata(&mut self, cx: &Context<'_>) {
        let is_stable = matches!(self.membership.state, MemberState::Stable { .. });
        if is_stable && self.membership.rejoin_because.is_none() && self.is_rejoin_needed() {
            self.membership.rejoin_because = Some(cx.input_event());
        }
    }

    /// Kafka 4.3.1: `ConsumerCoordinator#rejoinNeededOrPending`.
    fn is_rejoin_needed(&self) -> bool {
        let counts = &self.membership.assigned_counts;
        // The topics of all members are of interest to a leader, its own and others'.
        let mut topics = self.metadata.topics().clone();
        topics.extend(self.subscription.topics().iter().cloned());
        let has_metadata_changed = counts
            .as_ref()
            .is_some_and(|counts| *counts != self.partition_counts(&topics));
        self.membership.is_rejoin_needed
            || has_metadata_changed
            || self.membership.joined_topics != self.subscription.topics()
    }

    /// Commits if that is automatic, then gives everything up; whether that is done.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#onJoinPrepare`.
    fn prepare_join(&mut self, cx: &mut Context<'_>) -> bool {
        let now = cx.now();
        let limit = now + self.config.max_poll_interval;
        let deadline = *self.membership.join_prepare_deadline.get_or_insert(limit);
        if self.config.enable_auto_commit && self.commits.before_join.is_none() {
            let offsets = self.all_consumed();
            if !offsets.is_empty() {
                for (_, state) in self.subscription.iter_mut() {
                    state.is_pending_revocation = true;
                }
                let progress = CommitProgress::Due(now);
                self.commits.before_join = Some(CommitAttempt { offsets, progress });
            }
        }
        if self.commits.before_join.is_some()
            && now < deadline
            && self.advance_commit(CommitPurpose::BeforeJoin, cx).is_none()
        {
            return false;
        }
        self.commits.before_join = None;
        self.membership.join_prepare_deadline = None;
        let partitions = self.subscription.assigned();
        let causes: Vec<EventId> = self.membership.rejoin_because.into_iter().collect();
        if self.membership.generation_id().is_some() {
            cx.emit_because(KafkaEvent::PartitionsRevoked { partitions }, &causes);
        } else if !partitions.is_empty() {
            cx.emit_because(KafkaEvent::PartitionsLost { partitions }, &causes);
        }
        self.subscription.revoke_all();
        self.buffer.retain(|_| false);
        self.membership.assigned_counts = None;
        true
    }

    /// Kafka 4.3.1: `AbstractCoordinator#sendJoinGroupRequest`.
    fn send_join(&mut self, cx: &mut Context<'_>) {
        let (Some(group_id), Some(coordinator)) =
            (self.config.group_id.clone(), self.ready_coordinator(cx))
        else {
            return;
        };
        let topics = self.subscription.topics().to_vec();
        let subscription = encode_subscription(&Subscription {
            topics: topics.clone(),
            owned_partitions: self.subscription.assigned(),
            generation_id: self.membership.generation,
            rack_id: Some(self.config.client_rack.clone()).filter(|rack| !rack.is_empty()),
        });
        let client_id = self
            .config
            .client_id
            .clone()
            .unwrap_or_else(|| self.name.clone());
        let request = Request::JoinGroup(JoinGroupRequest {
            group_id,
            member_id: self.membership.member.clone(),
            group_instance_id: self.config.group_instance_id.clone(),
            client_id,
            session_timeout: self.config.session_timeout,
            rebalance_timeout: self.config.max_poll_interval,
            protocols: vec![(RANGE.to_owned(), subscription)],
        });
        self.membership.joined_topics = topics;
        self.membership.state = MemberState::PreparingRebalance;
        // The answer may take as long as the slowest member.
        let patience = self.config.max_poll_interval + SimDuration::from_secs(5);
        let timeout = patience.max(self.config.request_timeout);
        let causes: Vec<EventId> = self.membership.rejoin_because.into_iter().collect();
        let what = (request, Asked::Join);
        self.network
            .send_because(coordinator, what, &causes, timeout, cx);
    }

    /// Kafka 4.3.1: `AbstractCoordinator.JoinGroupResponseHandler#handle`.
    pub(super) fn on_joined(&mut self, response: &JoinGroupResponse, cx: &mut Context<'_>) {
        if self.membership.state != MemberState::PreparingRebalance {
            return;
        }
        if let Some(error) = response.error {
            self.membership.state = MemberState::Unjoined;
            self.on_join_refused(error, &response.member_id, cx);
            return;
        }
        self.membership.generation = response.generation_id;
        self.membership.member.clone_from(&response.member_id);
        self.schedule_heartbeat(self.config.heartbeat_interval, cx);
        if response.leader == response.member_id {
            let members = response.members.clone();
            let since_update = self.metadata.update_count();
            let subscribed = subscriptions_of(&members);
            let topics = topics_of(&subscribed);
            if response.skip_assignment {
                self.membership.assigned_counts = Some(self.partition_counts(&topics));
                self.take_interest(topics);
                self.send_sync(Vec::new(), cx);
                return;
            }
            if self.partition_counts(&topics).len() < topics.len() {
                self.take_interest(topics);
                self.metadata.request_update_for_new_topics();
            }
            self.assign_if_ready(members, since_update, cx);
        } else {
            self.send_sync(Vec::new(), cx);
        }
    }

    /// As leader: assigns once the metadata of all topics is there, or was asked for in vain.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#onLeaderElected`.
    fn assign_if_ready(
        &mut self,
        members: Vec<JoinedMember>,
        since_update: u64,
        cx: &mut Context<'_>,
    ) {
        let subscribed = subscriptions_of(&members);
        let topics = topics_of(&subscribed);
        let counts = self.partition_counts(&topics);
        if counts.len() < topics.len() && self.metadata.update_count() == since_update {
            self.membership.state = MemberState::Assigning {
                members,
                since_update,
            };
            return;
        }
        let assignments = assign_ranges(&subscribed, &counts);
        self.take_interest(topics);
        self.membership.assigned_counts = Some(counts);
        let assignments = assignments
            .into_iter()
            .map(|(member_id, partitions)| (member_id, encode_assignment(&partitions)));
        self.send_sync(assignments.collect(), cx);
    }

    /// What other members subscribed to is of interest to the leader.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#updateGroupSubscription`.
    fn take_interest(&mut self, topics: SortedSet<TopicName>) {
        for topic in topics {
            if !self.subscription.topics().contains(&topic) {
                self.metadata.add_topic(&topic);
            }
        }
    }

    /// How many partitions each topic has; a topic that isn't known has none.
    fn partition_counts(&self, topics: &SortedSet<TopicName>) -> SortedMap<TopicName, u32> {
        let known = topics
            .iter()
            .filter_map(|topic| Some((topic.clone(), self.metadata.partition_count(topic)?)));
        known.collect()
    }

    fn send_sync(&mut self, assignments: Vec<(String, Bytes)>, cx: &mut Context<'_>) {
        let (Some(group_id), Some(coordinator)) =
            (self.config.group_id.clone(), self.membership.coordinator)
        else {
            let retry_at = self.retry_at(cx);
            self.on_join_failed(retry_at);
            return;
        };
        self.membership.state = MemberState::CompletingRebalance;
        let request = Request::SyncGroup(SyncGroupRequest {
            group_id,
            member_id: self.membership.member.clone(),
            group_instance_id: self.config.group_instance_id.clone(),
            generation_id: self.membership.generation,
            assignments,
        });
        let patience = self.config.max_poll_interval + SimDuration::from_secs(5);
        let timeout = patience.max(self.config.request_timeout);
        self.network
            .send(coordinator, (request, Asked::Sync), timeout, cx);
    }

    /// Kafka 4.3.1: `AbstractCoordinator.SyncGroupResponseHandler#handle`.
    pub(super) fn on_synced(&mut self, result: &Result<Bytes, ErrorCode>, cx: &mut Context<'_>) {
        if self.membership.state != MemberState::CompletingRebalance {
            return;
        }
        match result {
            Ok(assignment) => {
                // Bytes that make no sense assign nothing; a leader of ours never sends such.
                let partitions = decode_assignment(assignment).unwrap_or_default();
                let received = Some((partitions, cx.input_event()));
                self.membership.state = MemberState::Stable { received };
                self.membership.is_rejoin_needed = false;
                self.membership.rejoin_because = None;
            }
            Err(error) => {
                self.membership.state = MemberState::Unjoined;
                self.on_join_refused(*error, "", cx);
            }
        }
    }

    /// The rebalance is over for this member: in a poll, it takes its partitions.
    ///
    /// Kafka 4.3.1: `ConsumerCoordinator#onJoinComplete`.
    fn complete_join(
        &mut self,
        partitions: Vec<TopicPartition>,
        arrived: EventId,
        cx: &mut Context<'_>,
    ) {
        let ordered: SortedSet<TopicPartition> = partitions.into_iter().collect();
        let partitions: Vec<TopicPartition> = ordered.into_iter().collect();
        self.membership.needs_join_prepare = true;
        self.commits.next_auto_commit_at = cx.now() + self.config.auto_commit_interval;
        let is_unknown = |partition: &TopicPartition| self.metadata.leadership(partition).is_none();
        if partitions.iter().any(is_unknown) {
            self.metadata.request_update_for_new_topics();
        }
        let event = KafkaEvent::PartitionsAssigned {
            partitions: partitions.clone(),
            generation_id: self.membership.generation,
        };
        let event = cx.emit_because(event, &[arrived]);
        self.subscription.assign_from_group(partitions, event);
    }

    fn on_join_refused(&mut self, error: ErrorCode, member_id: &str, cx: &mut Context<'_>) {
        self.membership.is_rejoin_needed = true;
        self.membership.rejoin_because = Some(cx.input_event());
        match error {
            ErrorCode::MemberIdRequired => {
                self.membership.generation = NO_GENERATION;
                self.membership.member = member_id.to_owned();
            }
            ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration => self.reset_generation(cx),
            ErrorCode::RebalanceInProgress => {}
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator => {
                self.membership.coordinator = None;
                self.membership.join_not_before = self.retry_at(cx);
            }
            error if error.is_retriable() => {
                self.membership.join_not_before = self.retry_at(cx);
            }
            ErrorCode::GroupMaxSizeReached => {
                let group_id = self.config.group_id.clone().unwrap_or_default();
                let text = format!(
                    "Consumer group {group_id} already has the configured maximum number of \
                     members."
                );
                let exception = ClientException::new("GroupMaxSizeReachedException", text);
                self.membership.fatal = Some(exception);
            }
            error => self.membership.fatal = Some(ClientException::of(error)),
        }
    }

    /// The coordinator went away before it answered.
    pub(super) fn on_join_failed(&mut self, retry_at: SimTime) {
        if self.membership.is_rebalancing() {
            self.membership.state = MemberState::Unjoined;
            self.membership.is_rejoin_needed = true;
            self.membership.join_not_before = retry_at;
        }
    }
}

fn subscriptions_of(members: &[JoinedMember]) -> Vec<AssignableMember> {
    let of = |member: &JoinedMember| AssignableMember {
        member_id: member.member_id.clone(),
        group_instance_id: member.group_instance_id.clone(),
        // A member whose subscription can't be read gets nothing.
        topics: decode_subscription(&member.metadata)
            .map(|subscription| subscription.topics)
            .unwrap_or_default(),
    };
    members.iter().map(of).collect()
}

fn topics_of(members: &[AssignableMember]) -> SortedSet<TopicName> {
    members
        .iter()
        .flat_map(|member| member.topics.iter().cloned())
        .collect()
}
