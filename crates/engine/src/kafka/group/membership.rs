//! How members stay and go: heartbeats, sessions, leaving.
//!
//! Kafka 4.3.1: `GroupMetadataManager#classicGroupHeartbeat`, `#classicGroupLeave`,
//! `#expireClassicGroupMemberHeartbeat`.

use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::group::classic::{ClassicGroup, GroupState};
use crate::kafka::group::join::refuse_join;
use crate::kafka::group::reply::ReplyTo;
use crate::kafka::group::{CoordinatorWrite, GroupCoordinator, rebalance_timer, session_timer};
use crate::kafka::message::{
    HeartbeatRequest, HeartbeatResponse, LeaveGroupRequest, LeaveGroupResponse, Response,
    SyncGroupResponse,
};
use crate::kafka::node::Context;

impl GroupCoordinator {
    /// Kafka 4.3.1: `GroupMetadataManager#classicGroupHeartbeatToClassicGroup`.
    pub(super) fn on_heartbeat(
        &mut self,
        request: &HeartbeatRequest,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) {
        let member = (&*request.member_id, request.group_instance_id.as_deref());
        let error = self.validate_member(&request.group_id, member, request.generation_id);
        let error = error.err().or_else(|| {
            let group = self.groups.get(&request.group_id)?;
            match group.state {
                GroupState::Empty => Some(ErrorCode::UnknownMemberId),
                GroupState::PreparingRebalance(_) => Some(ErrorCode::RebalanceInProgress),
                GroupState::CompletingRebalance { .. } | GroupState::Stable { .. } => None,
            }
        });
        if matches!(error, None | Some(ErrorCode::RebalanceInProgress)) {
            self.renew_session(&request.group_id, &request.member_id, reply, cx);
        }
        let group = self.groups.get(&request.group_id);
        let is_told = error == Some(ErrorCode::RebalanceInProgress);
        let cause = group
            .and_then(|group| group.rebalanced_by)
            .filter(|_| is_told);
        let response = Response::Heartbeat(HeartbeatResponse { error });
        reply.send_because(response, cause, cx);
    }

    /// Kafka 4.3.1: `GroupMetadataManager#classicGroupLeaveToClassicGroup`.
    pub(super) fn on_leave_group(
        &mut self,
        request: &LeaveGroupRequest,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let (group_id, member_id) = (&request.group_id, &request.member_id);
        let answer = |error, cx: &mut Context<'_>| {
            reply.send(Response::LeaveGroup(LeaveGroupResponse { error }), cx);
        };
        if !self.is_coordinator_of(group_id) {
            answer(Some(ErrorCode::NotCoordinator), cx);
            return Vec::new();
        }
        let Some(group) = self.groups.get_mut(group_id) else {
            answer(Some(ErrorCode::UnknownMemberId), cx);
            return Vec::new();
        };
        if group.pending_members.remove(member_id) {
            cx.cancel_timer(session_timer(group_id, member_id));
            answer(None, cx);
            return self.complete_join_if_all_came(group_id, cx);
        }
        if !group.members.contains_key(member_id) {
            answer(Some(ErrorCode::UnknownMemberId), cx);
            return Vec::new();
        }
        answer(None, cx);
        let left = KafkaEvent::MemberLeft {
            group_id: group_id.clone(),
            member_id: member_id.clone(),
        };
        group.rebalanced_by = Some(cx.emit(left));
        remove_member(group_id, group, member_id, ErrorCode::UnknownMemberId, cx);
        self.rebalance_without(group_id, cx)
    }

    /// A member was not heard of for its session timeout.
    #[inline(never)]
    pub(super) fn on_session_timeout(
        &mut self,
        group_id: &str,
        member_id: &str,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let Some(group) = self.groups.get_mut(group_id) else {
            return Vec::new();
        };
        if group.pending_members.remove(member_id) {
            return self.complete_join_if_all_came(group_id, cx);
        }
        let Some(member) = group.members.get(member_id) else {
            return Vec::new();
        };
        // One that waits for an answer of this coordinator's need not say that it lives.
        let waits = member.awaiting_join.is_some() || member.awaiting_sync.is_some();
        if waits && !member.is_new {
            return Vec::new();
        }
        let event = KafkaEvent::MemberSessionExpired {
            group_id: group_id.to_owned(),
            member_id: member_id.to_owned(),
        };
        let causes: Vec<_> = member.last_heard.into_iter().collect();
        let expired = match member.client {
            Some(client) => cx.emit_because_silent(event, &causes, client),
            None => cx.emit_because(event, &causes),
        };
        group.rebalanced_by = Some(expired);
        remove_member(group_id, group, member_id, ErrorCode::UnknownMemberId, cx);
        self.rebalance_without(group_id, cx)
    }

    /// Whether the group is here and has that member in that generation.
    pub(super) fn validate_member(
        &self,
        group_id: &str,
        (member_id, instance_id): (&str, Option<&str>),
        generation_id: i32,
    ) -> Result<(), ErrorCode> {
        if !self.is_coordinator_of(group_id) {
            return Err(ErrorCode::NotCoordinator);
        }
        let group = self
            .groups
            .get(group_id)
            .ok_or(ErrorCode::UnknownMemberId)?;
        group.validate_member(member_id, instance_id)?;
        if group.generation_id != generation_id {
            return Err(ErrorCode::IllegalGeneration);
        }
        Ok(())
    }

    /// The member lives: its session starts again.
    ///
    /// Kafka 4.3.1: `GroupMetadataManager#rescheduleClassicGroupMemberHeartbeat`.
    pub(super) fn renew_session(
        &mut self,
        group_id: &str,
        member_id: &str,
        sign_of_life: ReplyTo,
        cx: &mut Context<'_>,
    ) {
        let group = self.groups.get_mut(group_id);
        if let Some(member) = group.and_then(|group| group.members.get_mut(member_id)) {
            member.client = Some(sign_of_life.client);
            member.last_heard = Some(sign_of_life.request);
            cx.set_timer(session_timer(group_id, member_id), member.session_timeout);
        }
    }

    fn rebalance_without(&mut self, group_id: &str, cx: &mut Context<'_>) -> Vec<CoordinatorWrite> {
        match self.groups.get(group_id).map(|group| &group.state) {
            Some(GroupState::Stable { .. } | GroupState::CompletingRebalance { .. }) => {
                self.prepare_rebalance(group_id, cx)
            }
            Some(GroupState::PreparingRebalance(_)) => self.complete_join_if_all_came(group_id, cx),
            Some(GroupState::Empty) | None => Vec::new(),
        }
    }
}

/// Takes a member out of its group; what it waits for is answered with `error`.
///
/// Kafka 4.3.1: `ClassicGroup#remove`.
pub(super) fn remove_member(
    group_id: &str,
    group: &mut ClassicGroup,
    member_id: &str,
    error: ErrorCode,
    cx: &mut Context<'_>,
) {
    let Some(member) = group.members.remove(member_id) else {
        return;
    };
    cx.cancel_timer(session_timer(group_id, member_id));
    if let Some(reply) = member.awaiting_join {
        refuse_join(reply, error, member_id, cx);
    }
    if let Some(reply) = member.awaiting_sync {
        reply.send(
            Response::SyncGroup(SyncGroupResponse { result: Err(error) }),
            cx,
        );
    }
    if let GroupState::CompletingRebalance { pending_sync, .. }
    | GroupState::Stable { pending_sync } = &mut group.state
    {
        pending_sync.remove(member_id);
    }
    if group.leader.as_deref() == Some(member_id) {
        group.leader = group.members.keys().next().cloned();
    }
}

/// Ends a group's life on this broker.
pub(super) fn dismiss(
    group_id: &str,
    mut group: ClassicGroup,
    error: ErrorCode,
    cx: &mut Context<'_>,
) {
    for member_id in std::mem::take(&mut group.pending_members) {
        cx.cancel_timer(session_timer(group_id, &member_id));
    }
    let member_ids: Vec<String> = group.members.keys().cloned().collect();
    for member_id in member_ids {
        remove_member(group_id, &mut group, &member_id, error, cx);
    }
    cx.cancel_timer(rebalance_timer(group_id));
}
