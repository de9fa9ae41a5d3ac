//! The one place where an event becomes a sentence.
//!
//! An event holds facts and no text. Here they become what somebody who explains well would say:
//! short, in Kafka's words, with the reason where the event knows it.

pub mod because;
pub mod evidence;
mod kafka;
mod log;

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{NodeId, TopicPartition};
use highwater_engine::kafka::message::{Message, Request};
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::invariant::{BrokenRule, Rule};
use highwater_engine::sim::why::Matter;
use highwater_engine::sim::world::World;

use crate::view::format::capitalized;

pub(super) use kafka::at_offsets;

/// The topic in which groups keep their offsets: the machinery's own.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// What happened, in one sentence. The world gives clients their names.
pub fn sentence(event: &Event, world: &World) -> String {
    Speaker {
        world,
        node: event.node,
    }
    .kind(&event.kind)
}

/// What happened, as the cause of something about `matter`: a follower's fetch is told by what it
/// says about that partition.
pub fn cause_sentence(event: &Event, matter: Option<&Matter>, world: &World) -> String {
    let speaker = Speaker {
        world,
        node: event.node,
    };
    let said = matter.and_then(|matter| match &event.kind {
        EventKind::MessageReceived { from, message } => {
            speaker.fetch(*from, message, &matter.partition)
        }
        _ => None,
    });
    said.unwrap_or_else(|| sentence(event, world))
}

/// Whether the event log has a line for it: not for what repeats itself all the time.
pub fn is_worth_a_line(event: &Event) -> bool {
    match &event.kind {
        EventKind::Kafka(kafka) => is_kafka_worth_a_line(kafka),
        EventKind::MessageSent { .. }
        | EventKind::MessageReceived { .. }
        | EventKind::TimerFired(_)
        | EventKind::CallMade { .. }
        | EventKind::MessageRefused { .. }
        | EventKind::InputWaits(_)
        | EventKind::InputLost(_) => false,
        _ => true,
    }
}

/// The partition that an event inside Kafka is about, if it is about one.
pub fn partition_of(event: &KafkaEvent) -> Option<&TopicPartition> {
    match event {
        KafkaEvent::LeaderElected(election) => Some(&election.partition),
        KafkaEvent::IsrChanged { partition, .. }
        | KafkaEvent::ElrChanged { partition, .. }
        | KafkaEvent::AlterPartitionRefused { partition, .. }
        | KafkaEvent::BecameLeader { partition, .. }
        | KafkaEvent::BecameFollower { partition, .. }
        | KafkaEvent::RecordsAppended { partition, .. }
        | KafkaEvent::DuplicateBatchIgnored { partition, .. }
        | KafkaEvent::AppendRefused { partition, .. }
        | KafkaEvent::RecordsReplicated { partition, .. }
        | KafkaEvent::LogTruncated { partition, .. }
        | KafkaEvent::LogStartAdvanced { partition, .. }
        | KafkaEvent::SegmentRolled { partition, .. }
        | KafkaEvent::SegmentsDeleted { partition, .. }
        | KafkaEvent::LogCleaningStarted { partition, .. }
        | KafkaEvent::SegmentsCleaned { partition, .. }
        | KafkaEvent::LogCleaningAborted { partition }
        | KafkaEvent::LogCleaned { partition, .. }
        | KafkaEvent::HighWatermarkAdvanced { partition, .. }
        | KafkaEvent::FollowerHighWatermarkAdvanced { partition, .. }
        | KafkaEvent::IsrShrinkRequested { partition, .. }
        | KafkaEvent::IsrExpandRequested { partition, .. }
        | KafkaEvent::ProduceWaits { partition, .. }
        | KafkaEvent::RecordQueued { partition, .. }
        | KafkaEvent::BatchSent { partition, .. }
        | KafkaEvent::BatchRetried { partition, .. }
        | KafkaEvent::LeaderLearnt { partition, .. }
        | KafkaEvent::RecordsPolled { partition, .. }
        | KafkaEvent::PositionSet { partition, .. }
        | KafkaEvent::CoordinatorLoaded { partition }
        | KafkaEvent::OffsetCommitted { partition, .. } => Some(partition),
        _ => None,
    }
}

/// A rule in the words of its lamp.
pub fn rule_words(rule: Rule) -> &'static str {
    match rule {
        Rule::NoAcknowledgedRecordLost => "no acked record lost",
        Rule::NoDuplicateProcessed => "no duplicate processed",
        Rule::KeyOrderKept => "key order kept",
        Rule::OneOwnerEach => "one owner each",
        Rule::ReplicasAgreeBelowHighWatermark => "replicas agree below HW",
        Rule::NothingReadAboveHighWatermark => "nothing read above HW",
        Rule::OffsetsNeverReused => "offsets never reused",
    }
}

/// A broken rule with its record as `RecordMetadata#toString` writes it: `acked record lost: p1@7`.
pub fn breach_words(broken: &BrokenRule) -> String {
    let what = match broken.rule {
        Rule::NoAcknowledgedRecordLost => "acked record lost",
        Rule::NoDuplicateProcessed => "processed twice",
        Rule::KeyOrderKept => "key order broken",
        Rule::OneOwnerEach => "two owners",
        Rule::ReplicasAgreeBelowHighWatermark => "replicas differ below HW",
        Rule::NothingReadAboveHighWatermark => "read above HW",
        Rule::OffsetsNeverReused => "offset reused",
    };
    let partition = partition_name(&broken.partition);
    match broken.rule {
        Rule::OneOwnerEach => format!("{what}: {partition}"),
        _ => format!("{what}: {partition}@{}", broken.offset),
    }
}

/// A partition as the stage calls it: `p1`; with its topic for those of the machinery.
pub fn partition_name(partition: &TopicPartition) -> String {
    if partition.topic.as_str() == OFFSETS_TOPIC {
        partition.to_string()
    } else {
        format!("p{}", partition.partition)
    }
}

fn is_kafka_worth_a_line(event: &KafkaEvent) -> bool {
    let is_inner = partition_of(event).is_some_and(|it| it.topic.as_str() == OFFSETS_TOPIC);
    let is_rhythm = matches!(
        event,
        KafkaEvent::BrokerHeartbeatReceived { .. }
            | KafkaEvent::FollowerHighWatermarkAdvanced { .. }
            | KafkaEvent::CallReturned { .. }
            | KafkaEvent::LeaderLearnt { .. }
            | KafkaEvent::CommitCompleted { error: None, .. }
    );
    !is_inner && !is_rhythm
}

/// Whoever puts the events of one node into words.
struct Speaker<'a> {
    world: &'a World,
    node: Option<NodeId>,
}

impl Speaker<'_> {
    fn kind(&self, kind: &EventKind) -> String {
        let me = self.me();
        match kind {
            EventKind::CommandGiven(command) => format!("You: {}.", self.command(command)),
            EventKind::CommandRejected { reason, .. } => format!("Not carried out: {reason}"),
            EventKind::ProcessStarted => format!("{me} starts."),
            EventKind::ProcessCrashed => match self.node {
                Some(NodeId::Client(_)) => {
                    format!("{me} is killed: what it had in memory is gone.")
                }
                _ => format!("{me} is killed: what it had in memory is gone, its disk stays."),
            },
            EventKind::ProcessTerminating => format!("{me} was asked to shut down."),
            EventKind::ProcessExited => format!("{me} has ended."),
            EventKind::ProcessPaused => format!("{me} stands still: it neither hears nor answers."),
            EventKind::ProcessResumed => format!("{me} goes on, and finds what waited for it."),
            EventKind::LinkCut { between } => {
                format!("Nothing passes {} any more.", self.link(between))
            }
            EventKind::LinkHealed { between } => {
                format!("Messages pass {} again.", self.link(between))
            }
            EventKind::LinkDelayed { between, extra_us } => format!(
                "Messages {} take {} ms longer.",
                self.link(between),
                extra_us / 1000
            ),
            EventKind::RuleBroken(broken) => format!("A rule broke: {}.", breach_words(broken)),
            EventKind::Kafka(event) => self.kafka(event),
            other => self.machinery(other),
        }
    }

    /// What carries causes from one place to another.
    #[inline(never)]
    fn machinery(&self, kind: &EventKind) -> String {
        let me = self.me();
        match kind {
            EventKind::MessageSent { to, message } => {
                format!("{me} sends {} to {}.", api(message), self.name(*to))
            }
            EventKind::MessageReceived { message, .. } if message.calls_to_join() => format!(
                "{me}’s heartbeat was answered REBALANCE_IN_PROGRESS: it has to join again."
            ),
            EventKind::MessageReceived { from, message } => {
                format!("{me} receives {} from {}.", api(message), self.name(*from))
            }
            EventKind::MessageHeld { from, to } => self.message(*from, *to, "waits"),
            EventKind::MessageReleased { from, to } => self.message(*from, *to, "goes on"),
            EventKind::MessageLost { from, to } => self.message(*from, *to, "is lost"),
            EventKind::InputWaits(_) => format!("Something waits until {me} goes on."),
            EventKind::InputLost(_) => format!("Something was meant for {me}, which is down."),
            EventKind::MessageRefused { from, to } => self.message(*from, *to, "finds nobody"),
            EventKind::ConnectionRefused { peer } => format!(
                "{me}’s connection to {} could not be established: it may not be available.",
                self.name(*peer)
            ),
            EventKind::ConnectionBroken { peer } => {
                format!("{me} loses its connection to {}.", self.name(*peer))
            }
            EventKind::TimerFired(_) => format!("A timer of {me} goes off."),
            EventKind::CallMade { .. } => format!("The application calls {me}."),
            EventKind::HeartbeatMissed { broker } => {
                format!("Broker {broker}’s heartbeat was due and did not come.")
            }
            _ => String::new(),
        }
    }

    fn message(&self, from: NodeId, to: NodeId, does: &str) -> String {
        let (from, to) = (self.name(from), self.name(to));
        format!("A message from {from} to {to} {does}.")
    }

    /// What a follower's fetch says about a partition.
    fn fetch(&self, from: NodeId, message: &Message, partition: &TopicPartition) -> Option<String> {
        let Message::Request {
            request: Request::Fetch(fetch),
            ..
        } = message
        else {
            return None;
        };
        let mut fetched = fetch.partitions.iter();
        let wanted = fetched.find(|wanted| wanted.partition == *partition)?;
        let (name, offset) = (partition_name(partition), wanted.fetch_offset);
        Some(format!(
            "{} asked for {name} from offset {offset} on, so it has all below.",
            capitalized(&self.name(from))
        ))
    }

    fn command(&self, command: &Command) -> String {
        match command {
            Command::CrashBroker { broker } => format!("kill broker {broker}"),
            Command::CutPower { broker } => format!("cut the power of broker {broker}"),
            Command::StopBroker { broker } => format!("shut broker {broker} down"),
            Command::StartBroker { broker } => format!("start broker {broker}"),
            Command::PauseBroker { broker } => format!("pause broker {broker}"),
            Command::ResumeBroker { broker } => format!("let broker {broker} go on"),
            Command::CutLink { between } => format!("cut the link {}", ends(between)),
            Command::HealLink { between } => format!("heal the link {}", ends(between)),
            Command::HoldMessage { .. } => "hold a message".to_owned(),
            Command::ReleaseMessage { .. } => "release a message".to_owned(),
            Command::DropMessage { .. } => "drop a message".to_owned(),
            Command::DelayLink { between, extra_ms } => {
                format!("slow the link {} by {extra_ms} ms", ends(between))
            }
            Command::AddProducer { name, .. } => format!("start producer {name}"),
            Command::AddConsumer { name, .. } => format!("start consumer {name}"),
            Command::CrashClient { client } => format!("kill {client}"),
            Command::PauseClient { client } => format!("pause {client}"),
            Command::ResumeClient { client } => format!("let {client} go on"),
            Command::Call { client, method } => match method {
                ClientCall::StartPolling => format!("let {client} poll again and again"),
                ClientCall::StopPolling => format!("let {client} poll no more"),
                call => format!("call {} of {client}", call.method()),
            },
            Command::StartWorkload { producer, workload } => format!(
                "let {producer} write to {} every {} ms",
                workload.topic, workload.interval_ms
            ),
            Command::StopWorkload { producer } => format!("let {producer} write no more"),
        }
    }

    fn link(&self, between: &[NodeId; 2]) -> String {
        let [a, b] = between;
        format!("between {} and {}", self.name(*a), self.name(*b))
    }

    /// The event's own node, at the start of a sentence.
    fn me(&self) -> String {
        let name = self
            .node
            .map_or_else(|| "the cluster".to_owned(), |node| self.name(node));
        match self.node {
            Some(NodeId::Client(_)) => name,
            _ => capitalized(&name),
        }
    }

    fn name(&self, node: NodeId) -> String {
        match node {
            NodeId::Controller => "the controller".to_owned(),
            NodeId::Broker(id) => format!("broker {id}"),
            NodeId::Client(id) => self
                .world
                .client_name(id)
                .map_or_else(|| node.to_string(), str::to_owned),
        }
    }
}

fn api(message: &Message) -> String {
    match message {
        Message::Request { request, .. } => format!("a {} request", request.api_name()),
        Message::Response { response, .. } => format!("the answer to {}", response.api_name()),
    }
}

fn ends(between: &[Endpoint; 2]) -> String {
    let name = |end: &Endpoint| match end {
        Endpoint::Controller => "the controller".to_owned(),
        Endpoint::Broker(id) => format!("broker {id}"),
        Endpoint::Client(name) => name.clone(),
    };
    format!("between {} and {}", name(&between[0]), name(&between[1]))
}
