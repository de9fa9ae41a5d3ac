//! Handing out producer ids from blocks that the controller allocates.
//!
//! Kafka 4.3.1: `RPCProducerIdManager`, KIP-730.

use serde::{Deserialize, Serialize};

use crate::kafka::broker::isr::CONTROLLER_REQUEST_TIMEOUT;
use crate::kafka::broker::process::{Asked, Server};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{NodeId, ProducerId};
use crate::kafka::message::{AllocateProducerIdsRequest, InitProducerIdResponse, Request};
use crate::kafka::node::Context;

/// Ids of which none has been given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct IdRange {
    next: u64,
    end: u64,
}

/// The block in use, and the next one, which is fetched before the first is empty.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct ProducerIdBlocks {
    current: Option<IdRange>,
    following: Option<IdRange>,
    is_asked_for: bool,
}

impl ProducerIdBlocks {
    /// Takes the controller's answer: first id and count, or nothing.
    pub fn on_allocated(&mut self, block: Option<(u64, u64)>) {
        self.is_asked_for = false;
        if let Some((first, count)) = block {
            self.following = Some(IdRange {
                next: first,
                end: first.saturating_add(count),
            });
        }
    }

    fn take(&mut self) -> Option<u64> {
        if self.current.is_none_or(|block| block.next >= block.end) {
            self.current = self.following.take();
        }
        let block = self.current.as_mut()?;
        let id = block.next;
        block.next += 1;
        Some(id)
    }

    /// Whether it is time to ask for another block: a tenth of this one is left.
    ///
    /// Kafka 4.3.1: `RPCProducerIdManager.PID_PREFETCH_THRESHOLD`, 0.90.
    fn is_running_low(&self) -> bool {
        let left = self.current.map_or(0, |block| block.end - block.next);
        !self.is_asked_for && self.following.is_none() && left <= PREFETCH_AT_LEFT
    }
}

impl Server<'_> {
    /// Gives out an id with epoch 0, always a new one. While the block is empty the answer is
    /// COORDINATOR_LOAD_IN_PROGRESS, which clients retry.
    pub fn init_producer_id(&mut self, cx: &mut Context<'_>) -> InitProducerIdResponse {
        let id = self.process.producer_ids.take();
        if self.process.producer_ids.is_running_low() {
            self.ask_for_producer_ids(cx);
        }
        let result = id
            .map(|id| (ProducerId(id), 0))
            .ok_or(ErrorCode::CoordinatorLoadInProgress);
        InitProducerIdResponse { result }
    }

    fn ask_for_producer_ids(&mut self, cx: &mut Context<'_>) {
        let Some(broker_epoch) = self.process.lifecycle.broker_epoch else {
            return;
        };
        self.process.producer_ids.is_asked_for = true;
        let request = AllocateProducerIdsRequest {
            broker: self.id,
            broker_epoch,
        };
        let request = Request::AllocateProducerIds(request);
        let timeout = CONTROLLER_REQUEST_TIMEOUT;
        self.ask(NodeId::Controller, request, Asked::ProducerIds, timeout, cx);
    }
}

/// A tenth of a block of 1000, as `ProducerIdsBlock.PRODUCER_ID_BLOCK_SIZE`.
const PREFETCH_AT_LEFT: u64 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    /// Kafka 4.3.1: `RPCProducerIdManager#generateProducerId`.
    #[test]
    fn ids_come_in_order_and_the_next_block_is_wanted_at_nine_tenths() {
        let mut blocks = ProducerIdBlocks::default();
        assert_eq!(blocks.take(), None);
        blocks.on_allocated(Some((4000, 1000)));
        let ids: Vec<Option<u64>> = (0..899).map(|_| blocks.take()).collect();
        assert_eq!(ids.first(), Some(&Some(4000)));
        assert!(!blocks.is_running_low(), "101 ids are left");
        assert_eq!(blocks.take(), Some(4899));
        assert!(blocks.is_running_low(), "100 ids are left");
    }
}
