//! Static members: one that comes back under its `group.instance.id` takes its former self's
//! place, and who still goes by the former id is fenced.
//!
//! Kafka 4.3.1: `GroupMetadataManager#updateStaticMemberThenRebalanceOrCompleteJoin`, KIP-345.

use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::group::classic::{GroupState, Member};
use crate::kafka::group::join::refuse_join;
use crate::kafka::group::records::group_record;
use crate::kafka::group::reply::ReplyTo;
use crate::kafka::group::writes::WritePurpose;
use crate::kafka::group::{CoordinatorWrite, GroupCoordinator, session_timer};
use crate::kafka::message::{JoinGroupRequest, Response, SyncGroupResponse};
use crate::kafka::node::Context;

impl GroupCoordinator {
    /// A static member joins without an id while the group has one of its name. In a stable
    /// group it takes over the assignment, once its new id is stored; otherwise it joins in.
    pub(super) fn replace_static_member(
        &mut self,
        request: &JoinGroupRequest,
        (former_id, member_id): (String, String),
        reply: ReplyTo,
        cx: &mut Context<'_>,
    ) -> Vec<CoordinatorWrite> {
        let group_id = &request.group_id;
        let group = self.groups.get_mut(group_id);
        let former = group.and_then(|group| group.replace_static_member(&former_id, &member_id));
        let Some(mut former) = former else {
            return Vec::new();
        };
        cx.cancel_timer(session_timer(group_id, &former_id));
        cx.set_timer(session_timer(group_id, &member_id), former.session_timeout);
        fence(&mut former, &former_id, cx);
        self.take_back(request, &member_id, reply);
        cx.emit(KafkaEvent::MemberJoined {
            group_id: group_id.clone(),
            member_id: member_id.clone(),
        });
        let Some(group) = self.groups.get(group_id) else {
            return Vec::new();
        };
        match group.state {
            GroupState::Stable { .. } if group.protocol_name == group.select_protocol() => {
                let records = vec![group_record(group_id, group, cx.timestamp_ms())];
                let purpose = WritePurpose::StaticMember {
                    member_id,
                    former_id,
                    former: Box::new(former),
                };
                vec![self.write(group_id, records, purpose, cx)]
            }
            // The leader may have assigned to the former id already.
            GroupState::CompletingRebalance { .. }
            | GroupState::Stable { .. }
            | GroupState::Empty => self.prepare_rebalance(group_id, cx),
            GroupState::PreparingRebalance(_) => self.complete_join_if_all_came(group_id, cx),
        }
    }

    /// The member's new id is stored: it goes on in the present generation.
    pub(super) fn welcome_back(&mut self, group_id: &str, member_id: &str, cx: &mut Context<'_>) {
        let Some(group) = self.groups.get_mut(group_id) else {
            return;
        };
        let mut response = group.join_response(member_id);
        response.skip_assignment = response.leader == member_id;
        let member = group.members.get_mut(member_id);
        if let Some(reply) = member.and_then(|member| member.awaiting_join.take()) {
            reply.send(Response::JoinGroup(response), cx);
        }
    }

    /// The member's new id could not be stored: it is its former self again.
    #[inline(never)]
    pub(super) fn revert_static_member(
        &mut self,
        group_id: &str,
        member_id: &str,
        (former_id, former): (String, Member),
        error: ErrorCode,
        cx: &mut Context<'_>,
    ) {
        let group = self.groups.get_mut(group_id);
        let newcomer = group.and_then(|group| {
            let newcomer = group.replace_static_member(member_id, &former_id)?;
            group.members.insert(former_id.clone(), former);
            Some(newcomer)
        });
        let Some(newcomer) = newcomer else {
            return;
        };
        cx.cancel_timer(session_timer(group_id, member_id));
        cx.set_timer(
            session_timer(group_id, &former_id),
            newcomer.session_timeout,
        );
        if let Some(reply) = newcomer.awaiting_join {
            refuse_join(reply, error, "", cx);
        }
    }
}

/// Who waits for an answer under the former id hears that it is not the member any more.
fn fence(former: &mut Member, former_id: &str, cx: &mut Context<'_>) {
    let error = ErrorCode::FencedInstanceId;
    if let Some(reply) = former.awaiting_join.take() {
        refuse_join(reply, error, former_id, cx);
    }
    if let Some(reply) = former.awaiting_sync.take() {
        let result = Err(error);
        reply.send(Response::SyncGroup(SyncGroupResponse { result }), cx);
    }
}
