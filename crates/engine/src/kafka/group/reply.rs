//! Whom a coordinator owes an answer.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{CorrelationId, EventId, NodeId};
use crate::kafka::message::{Message, Response};
use crate::kafka::node::Context;

/// A request that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplyTo {
    /// Who asked.
    pub client: NodeId,
    /// The request's id.
    pub correlation_id: CorrelationId,
    /// The request's arrival: a cause of the answer, however late that comes.
    pub request: EventId,
}

impl ReplyTo {
    /// The answer to the request that is being handled.
    pub fn new(client: NodeId, correlation_id: CorrelationId, cx: &Context<'_>) -> ReplyTo {
        ReplyTo {
            client,
            correlation_id,
            request: cx.input_event(),
        }
    }

    /// Answers.
    pub fn send(&self, response: Response, cx: &mut Context<'_>) {
        self.send_because(response, None, cx);
    }

    /// Answers, because of the request and of `cause`.
    pub fn send_because(&self, response: Response, cause: Option<EventId>, cx: &mut Context<'_>) {
        let message = Message::Response {
            correlation_id: self.correlation_id,
            response,
        };
        let waited = Some(self.request).filter(|request| *request != cx.input_event());
        let causes: Vec<EventId> = waited.into_iter().chain(cause).collect();
        cx.send_because(self.client, message, &causes);
    }
}
