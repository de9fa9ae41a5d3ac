//! A rebalance from its start to the new generation's assignments.
//!
//! Kafka 4.3.1: `GroupMetadataManager#prepareRebalance`, `#completeClassicGroupJoin`,
//! `#classicGroupSync`.

use bytes::Bytes;

use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::group::classic::{ClassicGroup, GroupState, JoinPhase};
use crate::kafka::group::membership::remove_member;
use crate::kafka::group::records::group_record;
use crate::kafka::group::reply::ReplyTo;
use crate::kafka::group::writes::WritePurpose;
use crate::kafka::group::{CoordinatorWrite, GroupCoordinator, rebalance_timer, session_timer};
use crate::kafka::ids::EventId;
use crate::kafka::message::{Response, SyncGroupRequest, SyncGroupResponse};
use crate::kafka::node::Context;
use crate::kafka::time::SimDuration;
use crate::sorted::SortedSet;

impl GroupCoordinator {
    /// Somebody joined: either that starts a rebalance, or it may complete one.
    ///
    /// Kafka 4.3.1: `GroupMetadataManager#maybePrepareRebalanceOrCompleteJoin`.
    pub(super) fn rebalance_or_complete_join(
        &mut self,
        group_id: &str,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let state = self.groups.get(group_id).map(|group| &group.state);
        if matches!(state, Some(GroupState::PreparingRebalance(_))) {
            self.complete_join_if_all_came(group_id, cx)
        } else {
            self.prepare_rebalance(group_id, cx)
        }
    }

    /// Kafka 4.3.1: `GroupMetadataManager#prepareRebalance`.
    pub(super) fn prepare_rebalance(
        &mut self,
        group_id: &str,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let initial_delay = self.settings.initial_rebalance_delay;
        let Some(group) = self.groups.get_mut(group_id) else {
            return Vec::new();
        };
        let started = KafkaEvent::RebalanceStarted {
            group_id: group_id.to_owned(),
        };
        let is_news = |event: &EventId| event.step == cx.input_event().step;
        let causes: Vec<EventId> = group.rebalanced_by.filter(is_news).into_iter().collect();
        group.rebalanced_by = Some(cx.emit_because(started, &causes));
        if matches!(group.state, GroupState::CompletingRebalance { .. }) {
            answer_syncs(group, ErrorCode::RebalanceInProgress, cx);
        }
        let rebalance_timeout = group.rebalance_timeout();
        if group.state == GroupState::Empty {
            let remaining = rebalance_timeout - initial_delay;
            group.state = initial_window(initial_delay, remaining);
            cx.set_timer(rebalance_timer(group_id), initial_delay);
            return Vec::new();
        }
        group.state = GroupState::PreparingRebalance(JoinPhase::Rejoining);
        cx.set_timer(rebalance_timer(group_id), rebalance_timeout);
        self.complete_join_if_all_came(group_id, cx)
    }

    /// Kafka 4.3.1: `GroupMetadataManager#maybeCompleteJoinPhase`.
    pub(super) fn complete_join_if_all_came(
        &mut self,
        group_id: &str,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let is_complete = self.groups.get(group_id).is_some_and(|group| {
            group.state == GroupState::PreparingRebalance(JoinPhase::Rejoining)
                && group.has_all_members_joined()
        });
        if is_complete {
            self.complete_join(group_id, cx)
        } else {
            Vec::new()
        }
    }

    /// The wait for members to join, or for their syncs, is over.
    pub(super) fn on_rebalance_timeout(
        &mut self,
        group_id: &str,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let delay = self.settings.initial_rebalance_delay;
        let Some(group) = self.groups.get_mut(group_id) else {
            return Vec::new();
        };
        match &group.state {
            GroupState::Empty => Vec::new(),
            GroupState::PreparingRebalance(JoinPhase::Initial {
                window,
                remaining,
                has_newcomers: true,
            }) if *remaining > SimDuration::ZERO => {
                let next_window = delay.min(*remaining);
                group.state = initial_window(next_window, *remaining - *window);
                cx.set_timer(rebalance_timer(group_id), next_window);
                Vec::new()
            }
            GroupState::PreparingRebalance(_) => self.complete_join(group_id, cx),
            GroupState::CompletingRebalance { pending_sync, .. }
            | GroupState::Stable { pending_sync } => {
                let late = pending_sync.clone();
                self.expire_pending_sync(group_id, &late, cx)
            }
        }
    }

    /// The join phase ends: those that are here make up the next generation.
    ///
    /// Kafka 4.3.1: `GroupMetadataManager#completeClassicGroupJoin`.
    fn complete_join(&mut self, group_id: &str, cx: &mut Context<'_>) -> Vec<CoordinatorWrite> {
        let Some(group) = self.groups.get_mut(group_id) else {
            return Vec::new();
        };
        let absent: Vec<String> = group
            .members
            .iter()
            .filter(|(_, member)| {
                member.awaiting_join.is_none() && member.group_instance_id.is_none()
            })
            .map(|(member_id, _)| member_id.clone())
            .collect();
        for member_id in absent {
            remove_member(group_id, group, &member_id, ErrorCode::UnknownMemberId, cx);
        }
        let mut joined = group
            .members
            .iter()
            .filter(|(_, member)| member.awaiting_join.is_some());
        let first_joined = joined.next().map(|(member_id, _)| member_id.clone());
        if first_joined.is_none() && !group.members.is_empty() {
            // Only static members are left, and none of them came: they get more time.
            group.state = GroupState::PreparingRebalance(JoinPhase::Rejoining);
            cx.set_timer(rebalance_timer(group_id), group.rebalance_timeout());
            return Vec::new();
        }
        group.generation_id += 1;
        let Some(first_joined) = first_joined else {
            return self.become_empty(group_id, cx);
        };
        let has_leader_joined = group
            .leader
            .as_ref()
            .and_then(|leader| group.members.get(leader))
            .is_some_and(|leader| leader.awaiting_join.is_some());
        if !has_leader_joined {
            group.leader = Some(first_joined);
        }
        self.start_generation(group_id, cx);
        Vec::new()
    }

    fn become_empty(&mut self, group_id: &str, cx: &mut Context<'_>) -> Vec<CoordinatorWrite> {
        let Some(group) = self.groups.get_mut(group_id) else {
            return Vec::new();
        };
        group.protocol_name = None;
        group.leader = None;
        group.state = GroupState::Empty;
        cx.cancel_timer(rebalance_timer(group_id));
        let records = vec![group_record(group_id, group, cx.timestamp_ms())];
        vec![self.write(group_id, records, WritePurpose::Bookkeeping, cx)]
    }

    /// Tells everybody the new generation; its leader has to assign.
    fn start_generation(&mut self, group_id: &str, cx: &mut Context<'_>) {
        let Some(group) = self.groups.get_mut(group_id) else {
            return;
        };
        group.protocol_name = group.select_protocol();
        group.state = GroupState::CompletingRebalance {
            pending_sync: group.members.keys().cloned().collect(),
            is_assignment_written: false,
        };
        cx.set_timer(rebalance_timer(group_id), group.rebalance_timeout());
        let member_ids: Vec<String> = group.members.keys().cloned().collect();
        for member_id in member_ids {
            let response = group.join_response(&member_id);
            let Some(member) = group.members.get_mut(&member_id) else {
                continue;
            };
            member.is_new = false;
            cx.set_timer(session_timer(group_id, &member_id), member.session_timeout);
            if let Some(reply) = member.awaiting_join.take() {
                reply.send_because(Response::JoinGroup(response), group.rebalanced_by, cx);
            }
        }
    }

    /// Kafka 4.3.1: `GroupMetadataManager#classicGroupSyncToClassicGroup`.
    pub(super) fn on_sync_group(
        &mut self,
        request: &SyncGroupRequest,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let (group_id, member_id) = (&request.group_id, &request.member_id);
        let member = (&**member_id, request.group_instance_id.as_deref());
        let valid = self.validate_member(group_id, member, request.generation_id);
        let group = self.groups.get_mut(group_id);
        let (Some(group), Ok(())) = (group, valid) else {
            let error = valid.err().unwrap_or(ErrorCode::UnknownMemberId);
            answer_sync(reply, Err(error), cx);
            return Vec::new();
        };
        match &mut group.state {
            GroupState::Empty => answer_sync(reply, Err(ErrorCode::UnknownMemberId), cx),
            GroupState::PreparingRebalance(_) => {
                answer_sync(reply, Err(ErrorCode::RebalanceInProgress), cx);
            }
            GroupState::Stable { pending_sync } => {
                pending_sync.remove(member_id);
                let member = group.members.get(member_id);
                let assignment = member.map(|member| member.assignment.clone());
                answer_sync(reply, Ok(assignment.unwrap_or_default()), cx);
            }
            GroupState::CompletingRebalance {
                pending_sync,
                is_assignment_written,
            } => {
                pending_sync.remove(member_id);
                if let Some(member) = group.members.get_mut(member_id) {
                    member.awaiting_sync = Some(reply);
                }
                let is_leader = group.leader.as_ref() == Some(member_id);
                if is_leader && !std::mem::replace(is_assignment_written, true) {
                    return self.write_assignment(request, cx);
                }
            }
        }
        Vec::new()
    }

    /// The leader's assignment is stored before anybody gets it.
    fn write_assignment(
        &mut self,
        request: &SyncGroupRequest,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let Some(group) = self.groups.get(&request.group_id) else {
            return Vec::new();
        };
        let of = |member_id: &String| {
            let given = request
                .assignments
                .iter()
                .find(|(given_to, _)| given_to == member_id);
            given
                .map(|(_, assignment)| assignment.clone())
                .unwrap_or_default()
        };
        let assignments: Vec<(String, Bytes)> = group
            .members
            .keys()
            .map(|member_id| (member_id.clone(), of(member_id)))
            .collect();
        let mut assigned = group.clone();
        set_assignments(&mut assigned, &assignments);
        let records = vec![group_record(
            &request.group_id,
            &assigned,
            cx.timestamp_ms(),
        )];
        let generation_id = group.generation_id;
        let purpose = WritePurpose::Assignment {
            generation_id,
            assignments,
        };
        vec![self.write(&request.group_id, records, purpose, cx)]
    }

    /// The assignment is stored: everybody that waits gets its part.
    pub(super) fn become_stable(
        &mut self,
        group_id: &str,
        assignments: Vec<(String, Bytes)>,
        cause: EventId,
        cx: &mut Context<'_>,
    ) {
        let Some(group) = self.groups.get_mut(group_id) else {
            return;
        };
        set_assignments(group, &assignments);
        let pending_sync = match &group.state {
            GroupState::CompletingRebalance { pending_sync, .. } => pending_sync.clone(),
            _ => SortedSet::new(),
        };
        group.state = GroupState::Stable { pending_sync };
        let event = KafkaEvent::GenerationStable {
            group_id: group_id.to_owned(),
            generation_id: group.generation_id,
            members: group.members.keys().cloned().collect(),
        };
        let causes: Vec<EventId> = group.rebalanced_by.into_iter().chain([cause]).collect();
        let stable = cx.emit_because(event, &causes);
        for (member_id, member) in &mut group.members {
            if let Some(reply) = member.awaiting_sync.take() {
                cx.set_timer(session_timer(group_id, member_id), member.session_timeout);
                let result = Ok(member.assignment.clone());
                let response = Response::SyncGroup(SyncGroupResponse { result });
                reply.send_because(response, Some(stable), cx);
            }
        }
    }

    /// The assignment could not be stored: the members hear why and start over.
    pub(super) fn abandon_assignment(
        &mut self,
        group_id: &str,
        error: ErrorCode,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        if let Some(group) = self.groups.get_mut(group_id) {
            answer_syncs(group, error, cx);
        }
        self.prepare_rebalance(group_id, cx)
    }

    /// Members that took longer than the rebalance timeout to ask for their assignment go.
    ///
    /// Kafka 4.3.1: `GroupMetadataManager#expirePendingSync`.
    fn expire_pending_sync(
        &mut self,
        group_id: &str,
        late: &SortedSet<String>,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let Some(group) = self.groups.get_mut(group_id).filter(|_| !late.is_empty()) else {
            return Vec::new();
        };
        for member_id in late {
            remove_member(group_id, group, member_id, ErrorCode::UnknownMemberId, cx);
        }
        self.prepare_rebalance(group_id, cx)
    }
}

fn initial_window(window: SimDuration, remaining: SimDuration) -> GroupState {
    GroupState::PreparingRebalance(JoinPhase::Initial {
        window,
        remaining,
        has_newcomers: false,
    })
}

fn set_assignments(group: &mut ClassicGroup, assignments: &[(String, Bytes)]) {
    for (member_id, assignment) in assignments {
        if let Some(member) = group.members.get_mut(member_id) {
            member.assignment.clone_from(assignment);
        }
    }
}

fn answer_syncs(group: &mut ClassicGroup, error: ErrorCode, cx: &mut Context<'_>) {
    for member in group.members.values_mut() {
        member.assignment = Bytes::new();
        if let Some(reply) = member.awaiting_sync.take() {
            answer_sync(reply, Err(error), cx);
        }
    }
}

fn answer_sync(reply: ReplyTo, result: Result<Bytes, ErrorCode>, cx: &mut Context<'_>) {
    reply.send(Response::SyncGroup(SyncGroupResponse { result }), cx);
}
