//! The application's one thread: which call it is in, and which come after.

use std::collections::VecDeque;

use serde::Serialize;

use crate::kafka::client::call::{CallResult, ClientCall};
use crate::kafka::ids::{CallId, EventId, TopicPartition};
use crate::kafka::message::FoundOffset;
use crate::kafka::time::SimTime;
use crate::sorted::SortedMap;

/// The application's calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Application {
    /// The call that has not returned.
    pub running: Option<RunningCall>,
    /// Calls that were made and not begun yet.
    pub waiting: VecDeque<WaitingCall>,
    /// The event of the call that was begun last.
    pub begun_by: Option<EventId>,
    /// The call that started the polling in the background, while that goes on.
    pub polling: Option<Polling>,
    /// Whether the consumer was closed.
    pub is_closed: bool,
}

/// A call that waits for its turn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WaitingCall {
    /// Its id.
    pub call: CallId,
    /// What is called.
    pub method: ClientCall,
    /// The event of making it.
    pub made: EventId,
}

/// Polling in the background.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Polling {
    /// The call that started it.
    pub call: CallId,
    /// The event of that call.
    pub made: Option<EventId>,
}

/// A call that blocks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunningCall {
    /// Its id.
    pub call: CallId,
    /// When it gives up.
    pub deadline: SimTime,
    /// What it waits for.
    pub blocking: Blocking,
    /// Not to try again before.
    pub retry_at: SimTime,
    /// What it will return, once that is known.
    pub outcome: Option<CallResult>,
}

/// What a call waits for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Blocking {
    /// `poll`: records.
    Poll(PollCaller),
    /// `commitSync`: the offsets to be stored.
    CommitSync,
    /// `position`.
    Position(TopicPartition),
    /// `committed`.
    Committed(Vec<TopicPartition>),
    /// `offsetsForTimes`.
    OffsetsForTimes {
        /// What is asked.
        times: Vec<(TopicPartition, i64)>,
        /// What is known so far.
        found: SortedMap<TopicPartition, Option<FoundOffset>>,
    },
    /// `close`.
    Close(CloseStage),
}

/// Who calls `poll`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PollCaller {
    /// One call of the application's.
    Once,
    /// The loop that `StartPolling` began.
    Loop,
}

/// How far a close is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CloseStage {
    /// Commits are under way.
    Committing,
    /// The group is being left.
    Leaving,
}

impl Application {
    /// The id of the call that has not returned.
    pub fn running_call(&self) -> Option<CallId> {
        self.running.as_ref().map(|running| running.call)
    }

    /// Whether the application is inside `poll`.
    pub fn is_polling(&self) -> bool {
        matches!(
            self.running,
            Some(RunningCall {
                blocking: Blocking::Poll(_),
                ..
            })
        )
    }
}
