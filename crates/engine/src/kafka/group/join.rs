//! How a member joins: its id, its admission, and its way back into a group that it is in.
//!
//! Kafka 4.3.1: `GroupMetadataManager#classicGroupJoin`.

use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::group::classic::{GroupState, JoinPhase, Member};
use crate::kafka::group::records::group_record;
use crate::kafka::group::reply::ReplyTo;
use crate::kafka::group::writes::WritePurpose;
use crate::kafka::group::{CoordinatorWrite, GroupCoordinator, session_timer};
use crate::kafka::message::{JoinGroupRequest, JoinGroupResponse, Response};
use crate::kafka::node::{Chance, Context};
use crate::kafka::time::SimDuration;

/// How long the join of a new member may be parked.
///
/// Kafka 4.3.1: `group.coordinator`'s `classicGroupNewMemberJoinTimeoutMs`.
const NEW_MEMBER_JOIN_TIMEOUT: SimDuration = SimDuration::from_secs(300);

impl GroupCoordinator {
    /// Kafka 4.3.1: `GroupMetadataManager#classicGroupJoinToClassicGroup`.
    pub(super) fn on_join_group(
        &mut self,
        request: &JoinGroupRequest,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        if let Err(error) = self.validate_join(request) {
            refuse_join(reply, error, &request.member_id, cx);
            return Vec::new();
        }
        let mut writes = Vec::new();
        if !self.groups.contains_key(&request.group_id) {
            let group = self.groups.entry(request.group_id.clone()).or_default();
            let records = vec![group_record(&request.group_id, group, cx.timestamp_ms())];
            writes.push(self.write(&request.group_id, records, WritePurpose::Bookkeeping, cx));
        }
        writes.extend(if request.member_id.is_empty() {
            self.on_join_of_unknown_member(request, reply, cx)
        } else {
            self.on_join_of_known_member(request, reply, cx)
        });
        writes
    }

    fn validate_join(&self, request: &JoinGroupRequest) -> Result<(), ErrorCode> {
        if request.group_id.is_empty() {
            return Err(ErrorCode::InvalidGroupId);
        }
        if !self.is_coordinator_of(&request.group_id) {
            return Err(ErrorCode::NotCoordinator);
        }
        let allowed = self.settings.session_timeout_min..=self.settings.session_timeout_max;
        if !allowed.contains(&request.session_timeout) {
            return Err(ErrorCode::InvalidSessionTimeout);
        }
        match self.groups.get(&request.group_id) {
            None if !request.member_id.is_empty() => Err(ErrorCode::UnknownMemberId),
            None if request.protocols.is_empty() => Err(ErrorCode::InconsistentGroupProtocol),
            Some(group) if !group.supports(&request.protocols) => {
                Err(ErrorCode::InconsistentGroupProtocol)
            }
            _ => Ok(()),
        }
    }

    /// A dynamic member gets an id and joins again with it (KIP-394); a static one is taken.
    fn on_join_of_unknown_member(
        &mut self,
        request: &JoinGroupRequest,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        if let Some(instance_id) = &request.group_instance_id {
            return self.on_join_of_static_member(request, instance_id, reply, cx);
        }
        let member_id = format!("{}-{}", request.client_id, random_uuid(cx.chance()));
        let group = self.groups.entry(request.group_id.clone()).or_default();
        group.pending_members.insert(member_id.clone());
        cx.set_timer(
            session_timer(&request.group_id, &member_id),
            request.session_timeout,
        );
        refuse_join(reply, ErrorCode::MemberIdRequired, &member_id, cx);
        Vec::new()
    }

    #[inline(never)]
    fn on_join_of_static_member(
        &mut self,
        request: &JoinGroupRequest,
        instance_id: &str,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let member_id = format!("{instance_id}-{}", random_uuid(cx.chance()));
        let group = self.groups.get(&request.group_id);
        match group.and_then(|group| group.static_member_id(instance_id).cloned()) {
            Some(former_id) => {
                self.replace_static_member(request, (former_id, member_id), reply, cx)
            }
            None => self.admit(request, &member_id, reply, cx),
        }
    }

    fn on_join_of_known_member(
        &mut self,
        request: &JoinGroupRequest,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let member_id = &request.member_id;
        let group = self.groups.entry(request.group_id.clone()).or_default();
        if group.pending_members.remove(member_id) {
            return self.admit(request, member_id, reply, cx);
        }
        let instance_id = request.group_instance_id.as_deref();
        if let Err(error) = group.validate_member(member_id, instance_id) {
            refuse_join(reply, error, member_id, cx);
            return Vec::new();
        }
        let member = group.members.get(member_id);
        let is_unchanged = member.is_some_and(|member| member.protocols == request.protocols);
        let is_leader = group.leader.as_ref() == Some(member_id);
        let gets_current_generation = match group.state {
            GroupState::Empty | GroupState::PreparingRebalance(_) => false,
            GroupState::CompletingRebalance { .. } => is_unchanged,
            GroupState::Stable { .. } => is_unchanged && !is_leader,
        };
        if gets_current_generation {
            reply.send(Response::JoinGroup(group.join_response(member_id)), cx);
            return Vec::new();
        }
        self.take_back(request, member_id, reply);
        self.rebalance_or_complete_join(&request.group_id, cx)
    }

    /// A member that is in the group already joins again.
    ///
    /// Kafka 4.3.1: `GroupMetadataManager#updateMemberThenRebalanceOrCompleteJoin`.
    pub(super) fn take_back(
        &mut self,
        request: &JoinGroupRequest,
        member_id: &str,
        reply: ReplyTo,
    ) {
        let group = self.groups.get_mut(&request.group_id);
        let Some(member) = group.and_then(|group| group.members.get_mut(member_id)) else {
            return;
        };
        member.rebalance_timeout = request.rebalance_timeout;
        member.session_timeout = request.session_timeout;
        member.protocols.clone_from(&request.protocols);
        member.client = Some(reply.client);
        member.last_heard = Some(reply.request);
        member.awaiting_join = Some(reply);
    }

    /// A new member comes in.
    ///
    /// Kafka 4.3.1: `GroupMetadataManager#addMemberThenRebalanceOrCompleteJoin`.
    fn admit(
        &mut self,
        request: &JoinGroupRequest,
        member_id: &str,
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let member = Member {
            group_instance_id: request.group_instance_id.clone(),
            client_id: request.client_id.clone(),
            client: Some(reply.client),
            session_timeout: request.session_timeout,
            rebalance_timeout: request.rebalance_timeout,
            protocols: request.protocols.clone(),
            assignment: bytes::Bytes::new(),
            is_new: true,
            awaiting_join: Some(reply),
            awaiting_sync: None,
            last_heard: Some(reply.request),
        };
        let group = self.groups.entry(request.group_id.clone()).or_default();
        group.leader.get_or_insert_with(|| member_id.to_owned());
        group.members.insert(member_id.to_owned(), member);
        if let GroupState::PreparingRebalance(JoinPhase::Initial { has_newcomers, .. }) =
            &mut group.state
        {
            *has_newcomers = true;
        }
        cx.emit(KafkaEvent::MemberJoined {
            group_id: request.group_id.clone(),
            member_id: member_id.to_owned(),
        });
        cx.set_timer(
            session_timer(&request.group_id, member_id),
            NEW_MEMBER_JOIN_TIMEOUT,
        );
        self.rebalance_or_complete_join(&request.group_id, cx)
    }
}

/// Answers a join with an error.
pub(super) fn refuse_join(reply: ReplyTo, error: ErrorCode, member_id: &str, cx: &mut Context<'_>) {
    let response = JoinGroupResponse {
        error: Some(error),
        member_id: member_id.to_owned(),
        generation_id: -1,
        protocol_name: None,
        leader: String::new(),
        members: Vec::new(),
        skip_assignment: false,
    };
    reply.send(Response::JoinGroup(response), cx);
}

/// A random identifier in the usual form, with version 4's fixed digits.
fn random_uuid(chance: &mut dyn Chance) -> String {
    let mut digits: Vec<char> = Vec::new();
    for place in 0..32 {
        let digit = match place {
            12 => 4,
            16 => 8 + chance.below(4),
            _ => chance.below(16),
        };
        if matches!(place, 8 | 12 | 16 | 20) {
            digits.push('-');
        }
        digits.extend(char::from_digit(digit as u32, 16));
    }
    digits.into_iter().collect()
}
