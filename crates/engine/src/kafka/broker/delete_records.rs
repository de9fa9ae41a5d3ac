//! Giving up old records on request: the log starts later, here at once, elsewhere with the next
//! fetch.
//!
//! Kafka 4.3.1: `ReplicaManager#deleteRecords`, `Partition#deleteRecordsOnLeader`,
//! `DelayedDeleteRecords`.

use serde::{Deserialize, Serialize};

use crate::kafka::broker::process::Server;
use crate::kafka::broker::produce::is_internal_topic;
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{CorrelationId, EventId, NodeId, Offset, TopicPartition};
use crate::kafka::message::{DeleteRecordsRequest, DeleteRecordsResponse, Message, Response};
use crate::kafka::node::Context;
use crate::kafka::timer::{BrokerTimer, Timer};

/// A deletion that waits until all live replicas start as late.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct DelayedDelete {
    from: NodeId,
    correlation_id: CorrelationId,
    received: EventId,
    partition: TopicPartition,
    required_offset: Offset,
}

impl Server<'_> {
    /// Moves the log start, and answers once the followers' logs start as late.
    #[inline(never)]
    pub fn on_delete_records(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        request: &DeleteRecordsRequest,
        cx: &mut Context<'_>,
    ) {
        let deleted = self.delete_on_leader(&request.partition, request.before, cx);
        let delayed = DelayedDelete {
            from,
            correlation_id,
            received: cx.input_event(),
            partition: request.partition.clone(),
            required_offset: deleted.unwrap_or_default(),
        };
        if let Err(error) = deleted {
            return answer_delete(&delayed, Err(error), cx);
        }
        self.process.deletes.push(delayed);
        let timer = BrokerTimer::DelayedDelete(from, correlation_id);
        cx.set_timer(Timer::Broker(timer), request.timeout);
        self.check_deletes(&request.partition, cx);
    }

    /// Returns where the log starts as late as was asked for. -1 is the high watermark.
    fn delete_on_leader(
        &mut self,
        partition: &TopicPartition,
        before: i64,
        cx: &mut Context<'_>,
    ) -> Result<Offset, ErrorCode> {
        if self.process.metadata.partition(partition).is_none() {
            return Err(ErrorCode::UnknownTopicOrPartition);
        }
        if is_internal_topic(partition) {
            return Err(ErrorCode::InvalidTopicException);
        }
        let replica = self.process.replicas.get(partition);
        let replica = replica.filter(|replica| replica.leader().is_some());
        let (Some(replica), Some(log)) = (replica, self.disk.log_mut(partition)) else {
            return Err(ErrorCode::NotLeaderOrFollower);
        };
        if replica.settings.log.keeps_the_last_of_each_key() {
            return Err(ErrorCode::PolicyViolation);
        }
        let offset = match u64::try_from(before) {
            Ok(before) => Offset(before),
            Err(_) if before == -1 => replica.high_watermark,
            Err(_) => return Err(ErrorCode::OffsetOutOfRange),
        };
        if offset > replica.high_watermark {
            return Err(ErrorCode::OffsetOutOfRange);
        }
        let from = log.log_start_offset();
        if log.increment_log_start_offset(offset) {
            cx.emit(KafkaEvent::LogStartAdvanced {
                partition: partition.clone(),
                from,
                to: offset,
            });
        }
        Ok(offset)
    }

    /// Something happened in `partition`: answers the deletions for which it was the last wait.
    ///
    /// Kafka 4.3.1: `DelayedDeleteRecords#tryComplete`.
    pub fn check_deletes(&mut self, partition: &TopicPartition, cx: &mut Context<'_>) {
        if self.process.deletes.is_empty() {
            return;
        }
        let low_watermark = self.low_watermark(partition);
        self.process.deletes.retain(|delayed| {
            let is_decided = delayed.partition == *partition
                && match low_watermark {
                    Ok(offset) => offset.is_some_and(|offset| offset >= delayed.required_offset),
                    Err(_) => true,
                };
            if is_decided {
                answer_delete(delayed, low_watermark.map(Option::unwrap_or_default), cx);
            }
            !is_decided
        });
    }

    /// A deletion has waited its time.
    pub fn on_delete_timeout(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        cx: &mut Context<'_>,
    ) {
        self.process.deletes.retain(|delayed| {
            let is_over = (delayed.from, delayed.correlation_id) == (from, correlation_id);
            if is_over {
                answer_delete(delayed, Err(ErrorCode::RequestTimedOut), cx);
            }
            !is_over
        });
    }

    /// Where the log of the last live replica starts; nothing while one hasn't told.
    ///
    /// Kafka 4.3.1: `Partition#lowWatermarkIfLeader`.
    fn low_watermark(&self, partition: &TopicPartition) -> Result<Option<Offset>, ErrorCode> {
        let leader = self.process.leader(partition);
        let (Some(leader), Some(log)) = (leader, self.disk.log(partition)) else {
            return Err(ErrorCode::NotLeaderOrFollower);
        };
        let mut low = Some(log.log_start_offset());
        for (id, follower) in &leader.followers {
            let broker = self.process.metadata.brokers.get(id);
            if broker.is_some_and(|broker| !broker.fenced) {
                low = low.min(follower.log_start_offset);
            }
        }
        Ok(low)
    }
}

fn answer_delete(delayed: &DelayedDelete, low: Result<Offset, ErrorCode>, cx: &mut Context<'_>) {
    let correlation_id = delayed.correlation_id;
    let timer = BrokerTimer::DelayedDelete(delayed.from, correlation_id);
    cx.cancel_timer(Timer::Broker(timer));
    let response = Response::DeleteRecords(DeleteRecordsResponse { low_watermark: low });
    let message = Message::Response {
        correlation_id,
        response,
    };
    let causes: &[EventId] = if delayed.received == cx.input_event() {
        &[]
    } else {
        &[delayed.received]
    };
    cx.send_because(delayed.from, message, causes);
}
