//! The admin client: creates and changes topics, settings and leaders for an application.
//!
//! Kafka 4.3.1: `KafkaAdminClient`.
//! Simplified: asks the controller itself, as with `bootstrap.controllers` (KIP-919), but for what
//! leaders do; has no settings but the defaults.

use serde::{Deserialize, Serialize};

use crate::kafka::client::admin_requests::{REQUEST_TIMEOUT, leader_in, request_of, result_of};
use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::client::call::{CallResult, ClientCall};
use crate::kafka::client::exception::ClientException;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{BrokerId, CallId, CorrelationId, NodeId};
use crate::kafka::message::{Message, MetadataRequest, Request, Response};
use crate::kafka::node::{Context, Input, Node};
use crate::kafka::requests::InFlightRequests;
use crate::kafka::time::{SimDuration, SimTime};
use crate::kafka::timer::{AdminTimer, Timer};
use crate::sorted::SortedMap;

/// `default.api.timeout.ms`.
const DEFAULT_API_TIMEOUT: SimDuration = SimDuration::from_secs(60);

/// `retry.backoff.ms` and `retry.backoff.max.ms`.
const RETRY_BACKOFF: ExponentialBackoff = ExponentialBackoff {
    initial: SimDuration::from_millis(100),
    max: SimDuration::from_millis(1000),
};

/// A call that hasn't returned yet.
///
/// Kafka 4.3.1: `KafkaAdminClient.Call`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct PendingCall {
    name: String,
    request: Request,
    /// The leader of the partition that the request is about, once it is known.
    leader: Option<NodeId>,
    deadline: SimTime,
    /// The same moment on the client's clock, in milliseconds since 1970.
    deadline_ms: i64,
    /// How often it failed so far.
    tries: u32,
}

/// An admin client.
///
/// Kafka 4.3.1: `KafkaAdminClient`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Admin {
    client_id: String,
    bootstrap: Vec<BrokerId>,
    calls: SortedMap<CallId, PendingCall>,
    in_flight: InFlightRequests<CallId>,
}

impl Admin {
    /// A client with nothing to do, which asks one of `bootstrap` who leads.
    pub fn new(client_id: &str, bootstrap: Vec<BrokerId>) -> Admin {
        Admin {
            client_id: client_id.to_owned(),
            bootstrap,
            calls: SortedMap::new(),
            in_flight: InFlightRequests::default(),
        }
    }

    /// Its `client.id`.
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The calls that have not returned yet.
    pub fn pending_calls(&self) -> impl Iterator<Item = CallId> {
        self.calls.keys().copied()
    }

    /// Drops what only lived in the process: everything.
    pub fn power_off(&mut self) {
        self.calls.clear();
        self.in_flight = InFlightRequests::default();
    }

    fn on_call(&mut self, call: CallId, method: ClientCall, cx: &mut Context<'_>) {
        let Some((name, request)) = request_of(method) else {
            let text = "An admin client has no such method.";
            let exception = ClientException::new("UnsupportedOperationException", text);
            finish(call, CallResult::Threw(exception), cx);
            return;
        };
        let timeout_ms = DEFAULT_API_TIMEOUT.as_millis() as i64;
        let pending = PendingCall {
            name: name.to_owned(),
            request,
            leader: None,
            deadline: cx.now() + DEFAULT_API_TIMEOUT,
            deadline_ms: cx.timestamp_ms().saturating_add(timeout_ms),
            tries: 0,
        };
        self.calls.insert(call, pending);
        self.send(call, cx);
    }

    fn send(&mut self, call: CallId, cx: &mut Context<'_>) {
        let Some(pending) = self.calls.get(&call) else {
            return;
        };
        let (to, request) = match (&pending.request, pending.leader) {
            (Request::DeleteRecords(delete), None) => {
                let request = MetadataRequest {
                    topics: Some(vec![delete.partition.topic.clone()]),
                    allow_auto_topic_creation: false,
                };
                let brokers = self.bootstrap.iter().cycle();
                let broker = brokers.skip(pending.tries as usize % self.bootstrap.len().max(1));
                let to = broker.copied().map(NodeId::Broker).next();
                (to, Request::Metadata(request))
            }
            (request, leader) => (leader, request.clone()),
        };
        let to = to.unwrap_or(NodeId::Controller);
        let timeout = REQUEST_TIMEOUT.min(pending.deadline.since(cx.now()));
        let correlation_id = self.in_flight.send(to, request, call, cx);
        cx.set_timer(request_timer(correlation_id), timeout);
    }

    fn on_response(
        &mut self,
        from: NodeId,
        correlation_id: CorrelationId,
        response: &Response,
        cx: &mut Context<'_>,
    ) {
        let Some(call) = self.in_flight.complete(from, correlation_id) else {
            return;
        };
        cx.cancel_timer(request_timer(correlation_id));
        let Some(pending) = self.calls.get_mut(&call) else {
            return;
        };
        let passing = match response {
            Response::Metadata(metadata) => match leader_in(metadata, &pending.request) {
                Ok(leader) => {
                    pending.leader = Some(leader);
                    return self.send(call, cx);
                }
                Err(error) => Some(error),
            },
            Response::DeleteRecords(response) => response.low_watermark.err(),
            _ => None,
        };
        // What a leader refuses may go well later, or with another one.
        if let Some(error) = passing.filter(|error| error.is_retriable()) {
            if error.is_invalid_metadata() {
                pending.leader = None;
            }
            return self.try_again(call, ClientException::of(error), cx);
        }
        self.calls.remove(&call);
        finish(call, result_of(response), cx);
    }

    /// A request was lost with its connection, or given up.
    fn on_lost_request(
        &mut self,
        call: CallId,
        correlation_id: CorrelationId,
        cx: &mut Context<'_>,
    ) {
        let Some(pending) = self.calls.get_mut(&call) else {
            return;
        };
        let node = match pending.leader.take() {
            Some(NodeId::Broker(id)) => id.to_string(),
            _ => "controller".to_owned(),
        };
        let message = format!(
            "Cancelled {} request with correlation id {correlation_id} due to node {node} being \
             disconnected",
            pending.name
        );
        let cause = ClientException::new("DisconnectException", message);
        self.try_again(call, cause, cx);
    }

    /// Tries again unless time is up.
    ///
    /// Kafka 4.3.1: `KafkaAdminClient.Call#fail`.
    fn try_again(&mut self, call: CallId, cause: ClientException, cx: &mut Context<'_>) {
        let Some(pending) = self.calls.get_mut(&call) else {
            return;
        };
        let backoff = RETRY_BACKOFF.delay(pending.tries, cx.chance());
        pending.tries += 1;
        let left = pending.deadline.since(cx.now());
        if left > SimDuration::ZERO {
            cx.set_timer(retry_timer(call), backoff.min(left));
            return;
        }
        let name = &pending.name;
        let now_ms = cx.timestamp_ms();
        let next_try_ms = now_ms.saturating_add(backoff.as_millis() as i64);
        let message = format!(
            "Call(callName={name}, deadlineMs={}, tries={tries}, nextAllowedTryMs={next_try_ms}) \
             timed out at {now_ms} after {tries} attempt(s)",
            pending.deadline_ms,
            tries = pending.tries,
        );
        let exception = ClientException::new("TimeoutException", message).caused_by(cause);
        self.calls.remove(&call);
        finish(call, CallResult::Threw(exception), cx);
    }

    /// The wait before the next try is over.
    ///
    /// Kafka 4.3.1: `KafkaAdminClient.AdminClientRunnable#timeoutPendingCalls`.
    fn on_retry(&mut self, call: CallId, cx: &mut Context<'_>) {
        let Some(pending) = self.calls.get(&call) else {
            return;
        };
        if cx.now() < pending.deadline {
            self.send(call, cx);
            return;
        }
        let message = format!(
            "Timed out waiting for a node assignment. Call: {}",
            pending.name
        );
        self.calls.remove(&call);
        let exception = ClientException::new("TimeoutException", message);
        finish(call, CallResult::Threw(exception), cx);
    }
}

impl Node for Admin {
    fn handle(&mut self, input: Input, cx: &mut Context<'_>) {
        match input {
            Input::Start => self.power_off(),
            Input::Terminate => cx.exit(),
            Input::Receive { from, message } => {
                if let Message::Response {
                    correlation_id,
                    response,
                } = message.as_ref()
                {
                    self.on_response(from, *correlation_id, response, cx);
                }
            }
            Input::Disconnected { peer, .. } => {
                for (correlation_id, call) in self.in_flight.give_up_peer(peer) {
                    cx.cancel_timer(request_timer(correlation_id));
                    self.on_lost_request(call, correlation_id, cx);
                }
            }
            Input::Timeout(Timer::Admin(AdminTimer::RequestTimeout(correlation_id))) => {
                if let Some((_, call)) = self.in_flight.give_up(correlation_id) {
                    self.on_lost_request(call, correlation_id, cx);
                }
            }
            Input::Timeout(Timer::Admin(AdminTimer::Retry(call))) => self.on_retry(call, cx),
            // No other timer is ever set.
            Input::Timeout(_) => {}
            Input::Call { call, method } => self.on_call(call, method, cx),
        }
    }
}

fn finish(call: CallId, result: CallResult, cx: &mut Context<'_>) {
    cx.emit(KafkaEvent::CallReturned { call, result });
}

fn request_timer(correlation_id: CorrelationId) -> Timer {
    Timer::Admin(AdminTimer::RequestTimeout(correlation_id))
}

fn retry_timer(call: CallId) -> Timer {
    Timer::Admin(AdminTimer::Retry(call))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::kafka::client::testing::Middle;
    use crate::kafka::error_code::ErrorCode;
    use crate::kafka::ids::{StepId, TopicName};
    use crate::kafka::message::{ApiError, DeleteTopicsResponse};
    use crate::kafka::node::Action;

    fn step(admin: &mut Admin, at_ms: u64, input: Input) -> Vec<Action> {
        let mut chance = Middle;
        let now = SimTime::ZERO + SimDuration::from_millis(at_ms);
        let mut cx = Context::new(now, at_ms as i64, StepId(at_ms), &mut chance);
        admin.handle(input, &mut cx);
        cx.into_actions()
    }

    fn delete_topic() -> Input {
        Input::Call {
            call: CallId(1),
            method: ClientCall::DeleteTopic {
                topic: TopicName::new("t"),
            },
        }
    }

    fn returned(actions: &[Action]) -> Option<&CallResult> {
        actions.iter().find_map(|action| match action {
            Action::Emit {
                event: KafkaEvent::CallReturned { result, .. },
                ..
            } => Some(result),
            _ => None,
        })
    }

    fn sends(actions: &[Action]) -> usize {
        let is_send = |action: &&Action| matches!(action, Action::Send { .. });
        actions.iter().filter(is_send).count()
    }

    fn disconnected() -> Input {
        Input::Disconnected {
            peer: NodeId::Controller,
            is_refused: false,
        }
    }

    /// Kafka 4.3.1: the trace `delete-and-recreate-a-topic`.
    #[test]
    fn an_error_of_the_controller_is_thrown_at_once_even_if_it_is_retriable() {
        let mut admin = Admin::new("admin", vec![BrokerId(1)]);
        step(&mut admin, 0, delete_topic());
        let error = ApiError {
            code: ErrorCode::UnknownTopicOrPartition,
            message: None,
        };
        let response = Message::Response {
            correlation_id: CorrelationId(0),
            response: Response::DeleteTopics(DeleteTopicsResponse { error: Some(error) }),
        };
        let input = Input::Receive {
            from: NodeId::Controller,
            message: Arc::new(response),
        };
        let actions = step(&mut admin, 2, input);
        let exception = ClientException::of(ErrorCode::UnknownTopicOrPartition);
        assert_eq!(returned(&actions), Some(&CallResult::Threw(exception)));
        assert_eq!(admin.pending_calls().count(), 0);
    }

    /// Kafka 4.3.1: `KafkaAdminClient.Call#fail`.
    #[test]
    fn a_lost_request_is_sent_again_after_the_backoff() {
        let mut admin = Admin::new("admin", vec![BrokerId(1)]);
        assert_eq!(sends(&step(&mut admin, 0, delete_topic())), 1);
        let actions = step(&mut admin, 1, disconnected());
        let retry = retry_timer(CallId(1));
        let after = SimDuration::from_millis(100);
        assert!(actions.contains(&Action::SetTimer {
            timer: retry.clone(),
            after
        }));
        assert_eq!(sends(&step(&mut admin, 101, Input::Timeout(retry))), 1);
    }

    /// Kafka 4.3.1: `default.api.timeout.ms`.
    #[test]
    fn a_call_times_out_after_a_minute() {
        let mut admin = Admin::new("admin", vec![BrokerId(1)]);
        step(&mut admin, 0, delete_topic());
        step(&mut admin, 59_990, disconnected());
        let actions = step(&mut admin, 60_000, Input::Timeout(retry_timer(CallId(1))));
        let text = "Timed out waiting for a node assignment. Call: deleteTopics";
        let exception = ClientException::new("TimeoutException", text);
        assert_eq!(returned(&actions), Some(&CallResult::Threw(exception)));
    }
}
