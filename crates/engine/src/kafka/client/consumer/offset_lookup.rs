//! `offsetsForTimes` and `committed`: what is looked up for the application alone.
//!
//! Kafka 4.3.1: `OffsetFetcher#offsetsForTimes`, `ConsumerCoordinator#fetchCommittedOffsets`.

use crate::kafka::client::call::CallResult;
use crate::kafka::client::exception::ClientException;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{BrokerId, CallId, TopicPartition};
use crate::kafka::message::{
    CommittedOffset, ListOffsetsRequest, ListOffsetsResponse, OffsetFetchRequest, OffsetSpec,
    Request,
};
use crate::kafka::node::Context;
use crate::kafka::time::SimTime;

use super::Consumer;
use super::application::{Blocking, RunningCall};
use super::network::Asked;
use crate::sorted::SortedMap;

impl Consumer {
    /// Asks for what is not known yet; the outcome once all is.
    #[inline(never)]
    pub(super) fn step_offsets_for_times(
        &mut self,
        running: &RunningCall,
        cx: &mut Context<'_>,
    ) -> Option<CallResult> {
        let Blocking::OffsetsForTimes { times, found } = &running.blocking else {
            return None;
        };
        let is_known = |partition: &TopicPartition| found.contains_key(partition);
        if times.iter().all(|(partition, _)| is_known(partition)) {
            let found = times
                .iter()
                .map(|(partition, _)| (partition.clone(), found.get(partition).copied().flatten()));
            return Some(CallResult::OffsetsForTimes(found.collect()));
        }
        let is_mine = |asked: &Asked| matches!(asked, Asked::OffsetsForTimes(call, _) if *call == running.call);
        if self.network.has_pending(is_mine) || cx.now() < running.retry_at {
            return None;
        }
        let mut requests: SortedMap<BrokerId, Vec<_>> = SortedMap::new();
        for (partition, timestamp_ms) in times.iter().filter(|(of, _)| !is_known(of)) {
            if let Some(leader) = self.usable_leader(partition, cx.now()) {
                let epoch = self
                    .metadata
                    .leadership(partition)
                    .map(|known| known.leader_epoch);
                let spec = OffsetSpec::Timestamp(*timestamp_ms);
                requests
                    .entry(leader)
                    .or_default()
                    .push((partition.clone(), epoch, spec));
            }
        }
        for (leader, partitions) in requests {
            let asked = partitions
                .iter()
                .map(|(partition, _, _)| partition.clone())
                .collect();
            let asked = Asked::OffsetsForTimes(running.call, asked);
            let request = Request::ListOffsets(ListOffsetsRequest { partitions });
            self.network
                .send(leader, (request, asked), self.config.request_timeout, cx);
        }
        None
    }

    #[inline(never)]
    pub(super) fn on_offsets_for_times(
        &mut self,
        call: CallId,
        response: &ListOffsetsResponse,
        cx: &mut Context<'_>,
    ) {
        let retry_at = self.retry_at(cx);
        let running = self
            .application
            .running
            .as_mut()
            .filter(|running| running.call == call);
        let Some(running) = running else {
            return;
        };
        let Blocking::OffsetsForTimes { found, .. } = &mut running.blocking else {
            return;
        };
        for (partition, result) in &response.partitions {
            match result {
                Ok(offset) => {
                    found.insert(partition.clone(), *offset);
                }
                Err(_) => {
                    running.retry_at = retry_at;
                    self.metadata.request_update();
                }
            }
        }
    }

    #[inline(never)]
    pub(super) fn step_committed(&mut self, running: &RunningCall, cx: &mut Context<'_>) {
        let Blocking::Committed(partitions) = &running.blocking else {
            return;
        };
        let is_mine =
            |asked: &Asked| matches!(asked, Asked::Committed(call) if *call == running.call);
        if self.network.has_pending(is_mine) || cx.now() < running.retry_at {
            return;
        }
        let (Some(group_id), Some(coordinator)) =
            (self.config.group_id.clone(), self.ready_coordinator(cx))
        else {
            return;
        };
        let partitions = Some(partitions.clone());
        let request = Request::OffsetFetch(OffsetFetchRequest {
            group_id,
            partitions,
        });
        let what = (request, Asked::Committed(running.call));
        self.network
            .send(coordinator, what, self.config.request_timeout, cx);
    }

    #[inline(never)]
    pub(super) fn on_committed(
        &mut self,
        call: CallId,
        result: &Result<Vec<(TopicPartition, Option<CommittedOffset>)>, ErrorCode>,
        cx: &mut Context<'_>,
    ) {
        let outcome = match result {
            Ok(committed) => {
                for (partition, offset) in committed {
                    if let Some(committed) = offset {
                        self.commits.learn(partition, committed.offset);
                    }
                }
                CallResult::Committed(committed.clone())
            }
            Err(error) if error.is_retriable() => {
                if *error == ErrorCode::NotCoordinator {
                    self.membership.coordinator = None;
                }
                let retry_at = self.retry_at(cx);
                self.retry_call(call, retry_at);
                return;
            }
            Err(error) => {
                let text = format!(
                    "Unexpected error in fetch offset response: {}",
                    error.message()
                );
                CallResult::Threw(ClientException::new("KafkaException", text))
            }
        };
        if let Some(running) = self.application.running.as_mut().filter(|r| r.call == call) {
            running.outcome = Some(outcome);
        }
    }

    /// A call's request failed: it tries again later.
    pub(super) fn retry_call(&mut self, call: CallId, retry_at: SimTime) {
        if let Some(running) = self.application.running.as_mut().filter(|r| r.call == call) {
            running.retry_at = retry_at;
        }
    }
}
