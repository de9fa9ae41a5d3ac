//! A consumer: reads partitions from a position on, and, with a group, keeps its place there.
//!
//! Everything happens inside the application's calls, on its one thread: `poll` finds the
//! coordinator, joins the group, looks up positions, commits what was due, hands out buffered
//! records and fetches the next. Only heartbeats have a thread of their own.
//!
//! ```text
//!  Call ──▶ waiting ──▶ running ── step after every input ──▶ CallReturned
//!                          │  membership, positions, commits, fetches
//!                          ▼
//!                       network ──▶ brokers
//! ```
//!
//! Kafka 4.3.1: `KafkaConsumer`, `ClassicKafkaConsumer`.
//! Simplified: an answer is taken in when it arrives, not at the next poll; what follows from
//! it waits for the next poll as in Kafka.

mod application;
mod assignor;
mod calls;
mod commit;
mod fetch;
mod join;
mod membership;
mod network;
mod offset_lookup;
mod poll;
mod positions;
mod responses;
mod running;
mod subscription;
mod validation;

use serde::Serialize;

use crate::kafka::client::consumer::application::{Application, WaitingCall};
use crate::kafka::client::consumer::commit::Commits;
use crate::kafka::client::consumer::fetch::FetchBuffer;
use crate::kafka::client::consumer::membership::Membership;
use crate::kafka::client::consumer::network::Network;
use crate::kafka::client::consumer::subscription::SubscriptionState;
use crate::kafka::client::metadata::ClientMetadata;
use crate::kafka::config::consumer::ConsumerConfig;
use crate::kafka::ids::{BrokerId, Offset, TopicPartition};
use crate::kafka::message::Message;
use crate::kafka::node::{Context, Input, Node};
use crate::kafka::time::SimTime;
use crate::kafka::timer::{ConsumerTimer, Timer};

/// A consumer with its application's calls.
///
/// Kafka 4.3.1: `ClassicKafkaConsumer`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Consumer {
    name: String,
    config: ConsumerConfig,
    network: Network,
    metadata: ClientMetadata,
    subscription: SubscriptionState,
    buffer: FetchBuffer,
    /// The group was asked for committed offsets and failed: not to be asked again before.
    committed_retry_at: SimTime,
    commits: Commits,
    membership: Membership,
    application: Application,
}

impl Node for Consumer {
    fn handle(&mut self, input: Input, cx: &mut Context<'_>) {
        match input {
            // The clock of automatic commits starts with the process.
            Input::Start => {
                self.commits.next_auto_commit_at = cx.now() + self.config.auto_commit_interval;
            }
            Input::Terminate => cx.exit(),
            Input::Receive { from, message } => {
                if let Message::Response {
                    correlation_id,
                    response,
                } = message.as_ref()
                    && let Some(asked) = self.network.complete(from, *correlation_id, cx)
                {
                    self.on_response(from, asked, response, cx);
                }
            }
            Input::Disconnected { peer, .. } => self.on_disconnected(peer, cx),
            Input::Timeout(timer) => self.on_timer(timer, cx),
            // It waits for its turn: the application has one thread.
            Input::Call { call, method } => self.application.waiting.push_back(WaitingCall {
                call,
                method,
                made: cx.input_event(),
            }),
        }
        self.proceed(cx);
    }
}

impl Consumer {
    /// A consumer that knows only where to ask first. `name` is its `client.id` if none is set.
    pub fn new(name: &str, config: ConsumerConfig, brokers: Vec<BrokerId>) -> Consumer {
        Consumer {
            name: name.to_owned(),
            network: Network::default(),
            metadata: ClientMetadata::new(brokers, config.retry_backoff, config.metadata_max_age),
            subscription: SubscriptionState::new(),
            buffer: FetchBuffer::default(),
            committed_retry_at: SimTime::ZERO,
            commits: Commits::new(config.auto_commit_interval),
            membership: Membership::default(),
            application: Application::default(),
            config,
        }
    }

    /// Drops all that the process had in memory, as SIGKILL does: that is everything.
    pub fn power_off(&mut self) {
        let bootstrap = self.metadata.bootstrap().to_vec();
        *self = Consumer::new(&self.name, self.config.clone(), bootstrap);
    }

    /// The name given at the start.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its settings.
    pub fn config(&self) -> &ConsumerConfig {
        &self.config
    }

    /// Its group, if it has one.
    pub fn group_id(&self) -> Option<&str> {
        self.config.group_id.as_deref()
    }

    /// The partitions that it reads, by topic and number.
    pub fn assignment(&self) -> Vec<TopicPartition> {
        self.subscription.assigned()
    }

    /// The partitions that the application paused, by topic and number.
    pub fn paused(&self) -> Vec<TopicPartition> {
        let paused = self
            .subscription
            .iter()
            .filter(|(_, state)| state.is_paused);
        paused.map(|(partition, _)| partition.clone()).collect()
    }

    /// The next offset to be given to the application, where that is known.
    pub fn position(&self, partition: &TopicPartition) -> Option<Offset> {
        self.subscription
            .get(partition)?
            .position()
            .map(|position| position.offset)
    }

    /// What this consumer last committed, or found committed.
    pub fn last_known_committed(&self, partition: &TopicPartition) -> Option<Offset> {
        self.commits.last_known(partition)
    }

    /// Whether the application paused the partition.
    pub fn is_paused(&self, partition: &TopicPartition) -> bool {
        self.subscription
            .get(partition)
            .is_some_and(|state| state.is_paused)
    }

    /// The high watermark as of the last fetch.
    pub fn high_watermark(&self, partition: &TopicPartition) -> Option<Offset> {
        self.subscription.get(partition)?.high_watermark
    }

    /// Its generation in the group; `None` outside.
    pub fn generation_id(&self) -> Option<i32> {
        self.membership.generation_id()
    }

    /// Its id in the group; `None` outside.
    pub fn member_id(&self) -> Option<&str> {
        self.membership.member_id()
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.application.is_closed
    }

    /// Whether its application polls again and again.
    pub fn is_polling(&self) -> bool {
        self.application.polling.is_some()
    }

    fn on_timer(&mut self, timer: Timer, cx: &mut Context<'_>) {
        let Timer::Consumer(timer) = timer else {
            return;
        };
        match timer {
            ConsumerTimer::RequestTimeout(correlation_id) => {
                // Kafka closes the connection on which a request was not answered.
                if let Some(peer) = self.network.peer_of(correlation_id) {
                    self.on_disconnected(peer, cx);
                }
            }
            ConsumerTimer::Heartbeat => self.on_heartbeat_due(cx),
            ConsumerTimer::MaxPollInterval => self.on_max_poll_interval(cx),
            ConsumerTimer::NextPoll => self.start_background_poll(cx),
            // These only make the running call look again.
            ConsumerTimer::PollTimeout
            | ConsumerTimer::CallTimeout(_)
            | ConsumerTimer::Retry
            | ConsumerTimer::MetadataRefresh
            | ConsumerTimer::Reconnect(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
