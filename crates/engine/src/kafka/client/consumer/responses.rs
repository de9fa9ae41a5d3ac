//! What a consumer makes of answers and of broken connections.

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{BrokerId, NodeId};
use crate::kafka::message::Response;
use crate::kafka::node::Context;
use crate::kafka::time::SimTime;

use super::Consumer;
use super::network::Asked;

impl Consumer {
    pub(super) fn on_response(
        &mut self,
        from: NodeId,
        asked: Asked,
        response: &Response,
        cx: &mut Context<'_>,
    ) {
        match (asked, response) {
            (Asked::Metadata, Response::Metadata(response)) => {
                self.metadata.update(response, cx);
                self.note_new_metadata(cx);
            }
            (Asked::Coordinator, Response::FindCoordinator(response)) => {
                self.on_coordinator_found(response.result, cx);
            }
            (Asked::Records(asked), Response::Fetch(response)) => {
                self.on_fetched(&asked, response, cx);
            }
            (Asked::Reset(_), Response::ListOffsets(response)) => {
                self.on_reset_offsets(response, cx);
            }
            (Asked::OffsetsForTimes(call, _), Response::ListOffsets(response)) => {
                self.on_offsets_for_times(call, response, cx);
            }
            (Asked::Validation(asked), Response::OffsetForLeaderEpoch(response)) => {
                self.on_validated(&asked, response, cx);
            }
            (Asked::CommittedPositions(asked), Response::OffsetFetch(response)) => {
                self.on_committed_positions(&asked, &response.result, cx);
            }
            (Asked::Committed(call), Response::OffsetFetch(response)) => {
                self.on_committed(call, &response.result, cx);
            }
            (Asked::Commit(purpose, offsets), Response::OffsetCommit(response)) => {
                self.on_commit_answered(purpose, offsets, response, cx);
            }
            (Asked::Join, Response::JoinGroup(response)) => self.on_joined(response, cx),
            (Asked::Sync, Response::SyncGroup(response)) => self.on_synced(&response.result, cx),
            (Asked::Heartbeat, Response::Heartbeat(response)) => {
                self.on_heartbeat_answered(response.error, cx);
            }
            // Nobody waits for the answer to a leave but the close, which sees that it came;
            // a response of another API than was asked cannot be made sense of.
            (Asked::Leave, _) => {}
            (other, _) => self.on_request_failed(from, other, cx),
        }
    }

    /// A connection broke: what was asked on it will not be answered.
    pub(super) fn on_disconnected(&mut self, peer: NodeId, cx: &mut Context<'_>) {
        let backoff = self.config.reconnect_backoff;
        let given_up = self.network.disconnect(peer, backoff, cx);
        self.metadata.request_update();
        for asked in given_up {
            self.on_request_failed(peer, asked, cx);
        }
        if matches!((peer, self.membership.coordinator), (NodeId::Broker(broker), Some(known)) if broker == known)
        {
            self.membership.coordinator = None;
        }
    }

    fn on_request_failed(&mut self, peer: NodeId, asked: Asked, cx: &mut Context<'_>) {
        let retry_at = self.retry_at(cx);
        match asked {
            Asked::Metadata => self.metadata.on_request_failed(cx),
            Asked::Coordinator => self.membership.lookup_not_before = retry_at,
            Asked::Records(partitions) => {
                for (partition, _) in partitions {
                    if let Some(state) = self.subscription.get_mut(&partition)
                        && let Some((replica, _)) = state.preferred_read_replica
                        && peer == NodeId::Broker(replica)
                    {
                        state.preferred_read_replica = None;
                    }
                }
            }
            Asked::Reset(partitions) => self.retry_resets(&partitions, retry_at),
            Asked::Validation(asked) => self.retry_validations(&asked, retry_at),
            Asked::CommittedPositions(_) => self.committed_retry_at = retry_at,
            Asked::OffsetsForTimes(call, _) | Asked::Committed(call) => {
                self.retry_call(call, retry_at);
            }
            Asked::Commit(purpose, offsets) => {
                self.on_commit_failed(purpose, offsets, ErrorCode::NetworkException, cx);
            }
            Asked::Join | Asked::Sync => self.on_join_failed(retry_at),
            Asked::Heartbeat | Asked::Leave => {}
        }
    }

    /// When something refused now may be tried again.
    pub(super) fn retry_at(&self, cx: &mut Context<'_>) -> SimTime {
        cx.now() + self.config.retry_backoff.delay(0, cx.chance())
    }

    /// The coordinator, if it is known and may be asked.
    pub(super) fn usable_coordinator(&self, now: SimTime) -> Option<BrokerId> {
        self.membership
            .coordinator
            .filter(|broker| self.network.is_usable(*broker, now))
    }
}
