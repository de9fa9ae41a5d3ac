//! The sender: which batches are ready, which go into the next request, and when to look again.
//!
//! Kafka 4.3.1: `Sender#sendProducerData`, `RecordAccumulator#ready`, `#drain`.

use super::batch::ProducerBatch;
use super::{Asked, Producer};
use crate::kafka::client::call::CallResult;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, NodeId, TopicPartition};
use crate::kafka::message::{Acks, PartitionBatch, ProduceRequest, Request};
use crate::kafka::node::Context;
use crate::kafka::time::SimTime;
use crate::kafka::timer::{ProducerTimer, Timer};

impl Producer {
    /// Does all that can be done now, and sets the timer to when there may be more.
    pub(super) fn run_sender(&mut self, cx: &mut Context<'_>) {
        self.refresh_metadata(cx);
        self.retry_blocked_sends(cx);
        self.expire(cx);
        if !self.accumulator.is_empty() {
            self.ask_for_producer_id(cx);
        }
        while let Some(broker) = self.next_ready_broker(cx.now()) {
            if !self.drain(broker, cx) {
                break;
            }
        }
        self.finish_calls(cx);
        self.set_sender_timer(cx);
    }

    fn refresh_metadata(&mut self, cx: &mut Context<'_>) {
        let has_interest = self.metadata.topics().next().is_some();
        let is_due = self
            .metadata
            .next_request_at()
            .is_some_and(|at| at <= cx.now());
        if !has_interest || !is_due {
            return;
        }
        let request = Request::Metadata(self.metadata.request());
        if self.ask_any_broker(request, Asked::Metadata, cx) {
            self.metadata.start_request();
        }
    }

    /// Asks the least busy broker that can be reached; `false` if there is none.
    pub(super) fn ask_any_broker(
        &mut self,
        request: Request,
        asked: Asked,
        cx: &mut Context<'_>,
    ) -> bool {
        let now = cx.now();
        let reachable = self.metadata.brokers().into_iter().filter(|broker| {
            self.connections.is_ready(*broker) || self.connections.may_try(*broker, now)
        });
        let chosen = reachable
            .min_by_key(|broker| (self.requests.count_to(NodeId::Broker(*broker)), *broker));
        let Some(broker) = chosen else { return false };
        self.ask(broker, request, asked, cx);
        true
    }

    fn ask(&mut self, broker: BrokerId, request: Request, asked: Asked, cx: &mut Context<'_>) {
        self.connections.on_try(broker);
        let id = self
            .requests
            .send(NodeId::Broker(broker), request, asked, cx);
        let timer = Timer::Producer(ProducerTimer::RequestTimeout(id));
        cx.set_timer(timer, self.config.request_timeout);
    }

    /// A broker that leads a partition with a ready batch and takes another request.
    fn next_ready_broker(&self, now: SimTime) -> Option<BrokerId> {
        self.accumulator.iter().find_map(|(partition, queue)| {
            let first = queue.front()?;
            let broker = self.metadata.leader(partition)?;
            let takes_more = self.takes_more(broker, now);
            (takes_more && self.is_sendable(partition, first, queue.len(), now)).then_some(broker)
        })
    }

    fn takes_more(&self, broker: BrokerId, now: SimTime) -> bool {
        let is_connected =
            self.connections.is_ready(broker) || self.connections.may_try(broker, now);
        let unanswered = self.requests.count_to(NodeId::Broker(broker));
        is_connected && unanswered < self.config.max_in_flight_requests
    }

    fn is_sendable(
        &self,
        partition: &TopicPartition,
        first: &ProducerBatch,
        queued: usize,
        now: SimTime,
    ) -> bool {
        let is_muted = self.config.max_in_flight_requests == 1
            && self.in_flight().any(|(other, _)| other == partition);
        let is_held_back = self
            .idempotence
            .as_ref()
            .is_some_and(|idempotence| idempotence.holds_back(partition, first));
        !is_muted && !is_held_back && self.ready_at(first, queued) <= now
    }

    /// From when on a queue's first batch may be sent.
    fn ready_at(&self, first: &ProducerBatch, queued: usize) -> SimTime {
        if first.attempts > 0 {
            return first.retry_at;
        }
        let is_hurried = queued > 1
            || first.is_full()
            || first.is_split
            || self.is_closing()
            || !self.flushes.is_empty()
            || !self.blocked_sends.is_empty();
        if is_hurried {
            first.created_at
        } else {
            first.created_at + self.config.linger
        }
    }

    /// Sends one request with at most one batch of each of the broker's ready partitions.
    fn drain(&mut self, broker: BrokerId, cx: &mut Context<'_>) -> bool {
        let now = cx.now();
        let partitions = self.metadata.partitions_led_by(broker);
        let start = self.drain_index.get(&broker).copied().unwrap_or(0);
        let mut size: u64 = 0;
        let mut drained: Vec<(TopicPartition, ProducerBatch)> = Vec::new();
        for turn in 0..partitions.len() {
            let index = (start + turn) % partitions.len();
            let partition = &partitions[index];
            let Some(queue) = self.accumulator.get(partition) else {
                continue;
            };
            let Some(first) = queue.front() else { continue };
            if !self.is_sendable(partition, first, queue.len(), now) {
                continue;
            }
            size += u64::from(first.size_in_bytes());
            if size > self.config.max_request_size && !drained.is_empty() {
                self.drain_index.insert(broker, index);
                break;
            }
            self.drain_index.insert(broker, index + 1);
            drained.extend(
                self.take_first(partition)
                    .map(|batch| (partition.clone(), batch)),
            );
        }
        if drained.is_empty() {
            return false;
        }
        self.send_batches(broker, drained, cx);
        true
    }

    fn take_first(&mut self, partition: &TopicPartition) -> Option<ProducerBatch> {
        let queue = self.accumulator.get_mut(partition)?;
        let mut batch = queue.pop_front()?;
        if queue.is_empty() {
            self.accumulator.remove(partition);
        }
        batch.close();
        batch.attempts += 1;
        if let Some(idempotence) = &mut self.idempotence {
            idempotence.stamp(partition, &mut batch);
        }
        Some(batch)
    }

    fn send_batches(
        &mut self,
        broker: BrokerId,
        drained: Vec<(TopicPartition, ProducerBatch)>,
        cx: &mut Context<'_>,
    ) {
        let mut batches = Vec::new();
        for (partition, batch) in &drained {
            let event = KafkaEvent::BatchSent {
                partition: partition.clone(),
                record_count: batch.record_count(),
                base_sequence: batch.stamp.and_then(|stamp| stamp.base_sequence),
                attempt: batch.attempts,
            };
            let origin = cx.emit_because(event, &batch.queued_events());
            batches.push(PartitionBatch {
                partition: partition.clone(),
                batch: batch.build(origin),
            });
        }
        let (acks, timeout) = (self.config.acks, self.config.request_timeout);
        let request = Request::Produce(ProduceRequest {
            acks,
            timeout,
            batches,
        });
        if acks == Acks::None {
            self.send_without_answer(broker, request, drained, cx);
        } else {
            self.ask(broker, request, Asked::Produce(drained), cx);
        }
    }

    /// With acks=0 a batch counts as stored once its request is written to the socket.
    fn send_without_answer(
        &mut self,
        broker: BrokerId,
        request: Request,
        drained: Vec<(TopicPartition, ProducerBatch)>,
        cx: &mut Context<'_>,
    ) {
        self.connections.on_try(broker);
        let id = self
            .requests
            .send(NodeId::Broker(broker), request, Asked::Metadata, cx);
        self.requests.give_up(id);
        for (partition, batch) in drained {
            self.acknowledge(&partition, &batch, None, None, cx);
        }
    }

    /// `flush` and `close` return once nothing is left to be settled.
    fn finish_calls(&mut self, cx: &mut Context<'_>) {
        let is_idle = self.accumulator.is_empty()
            && self.blocked_sends.is_empty()
            && self.in_flight().next().is_none();
        if !is_idle {
            return;
        }
        for call in std::mem::take(&mut self.flushes) {
            self.returned(call, CallResult::Done, cx);
        }
        if let Some(call) = self.closing.take() {
            self.returned(call, CallResult::Done, cx);
            cx.exit();
        }
    }

    fn set_sender_timer(&self, cx: &mut Context<'_>) {
        let now = cx.now();
        let timer = Timer::Producer(ProducerTimer::Sender);
        match self.moments().into_iter().filter(|at| *at > now).min() {
            Some(at) => cx.set_timer(timer, at.since(now)),
            None => cx.cancel_timer(timer),
        }
    }

    /// The moments at which something may become possible.
    fn moments(&self) -> Vec<SimTime> {
        let mut moments = Vec::new();
        if self.metadata.topics().next().is_some() {
            moments.extend(self.metadata.next_request_at());
        }
        let blocked = self.blocked_sends.front();
        moments.extend(blocked.map(|(_, _, since, _)| *since + self.config.max_block));
        for queue in self.accumulator.values() {
            let Some(first) = queue.front() else { continue };
            moments.push(self.ready_at(first, queue.len()));
            moments.push(first.created_at + self.config.delivery_timeout);
        }
        if !self.accumulator.is_empty() {
            moments.extend(
                self.idempotence
                    .as_ref()
                    .and_then(|idempotence| idempotence.ask_at()),
            );
        }
        let brokers = self.metadata.brokers().into_iter();
        moments.extend(brokers.filter_map(|broker| self.connections.retry_at(broker)));
        moments
    }
}
