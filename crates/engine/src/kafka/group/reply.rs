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
        let message = Message::Response {
            correlation_id: self.correlation_id,
            response,
        };
        if self.request == cx.input_event() {
            cx.send(self.client, message);
        } else {
            cx.send_because(self.client, message, &[self.request]);
        }
    }
}
