//! The answer to "why": the fact, the chain of causes in the order of reading, where on the stage
//! each of them happened, and what else could have been done.

mod again;
mod chain;
mod change;
mod in_sync;
mod standing;
mod unanswered;
mod unread;
mod unsent;

use highwater_engine::kafka::event::{Candidate, ElectionKind, KafkaEvent, LeaderElection};
use highwater_engine::kafka::ids::{EventId, NodeId, StepId};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::timeline::Timeline;

use crate::view::event_line::because::{fact, setting, signal};
use crate::view::event_line::evidence::evidence;
use crate::view::event_line::partition_of;
use crate::view::format::clock;
use crate::view::part::{Act, Kind, Part, PartKey, Parts};
use crate::view::subject::Subject;

use again::Again;
use chain::{Link, chain};

/// In the row of a link: its candidates stand from 1 on, then the setting, then time and evidence.
const SETTING: u32 = 100;
const STAMP: u32 = 101;
/// What stands after the chosen one: nobody had to look at it.
const LATER: &str = "later in the list";
/// The state of a link whose last words are a command of the operating system.
pub const ENDS_IN_COMMAND: &str = "command";
/// Below the links: what else could be done, then what was changed.
const INSTEAD_ROW: u32 = 100;
const CHANGE_ROW: u32 = 101;

/// The place of a cause on the stage, with its number in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Its number, from 1.
    pub number: u32,
    /// Where it happened.
    pub node: SpotNode,
    /// In which partition, if it is about one of the stage.
    pub partition: Option<u32>,
    /// Whether its link is pointed at in the panel.
    pub is_lit: bool,
}

/// Where a cause happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotNode {
    /// At the controller, or in the cluster as a whole.
    Controller,
    /// On the way from that broker to the controller.
    Tick(u32),
    /// At a broker.
    Broker(u32),
    /// At a producer or a consumer, or whoever else calls methods.
    Client,
}

/// The question and its causes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The question and the links, ready to be painted.
    pub parts: Vec<Part>,
    /// Where the causes happened.
    pub spots: Vec<Spot>,
    /// The partition that is asked about, if it is one of the stage.
    pub partition: Option<u32>,
    /// What was asked about, if the answer is about how that stands: it changes as the run goes on.
    pub standing: Option<Subject>,
    /// The event that was asked about, and when it happened.
    pub question: Option<(EventId, SimTime)>,
    /// Up to which position in time it held, if it is about how something stands.
    held: Option<(StepId, SimTime)>,
    /// Whether it is over what was asked about, and how it was is left to read.
    is_over: bool,
    /// Whether the visitor acted since it was asked: nothing stands back for it any more.
    pub acted_since: bool,
    /// What is to be answered instead as soon as it happens.
    again: Option<Again>,
}

impl Answer {
    /// Why `question` happened; `topic` is the one on the stage.
    pub fn new(timeline: &Timeline, topic: &str, question: EventId) -> Option<Answer> {
        let event = timeline.event(question)?;
        let mut parts = Parts::default();
        heading(&mut parts, timeline, event);
        let links = chain(timeline, question);
        let mut answer = Answer {
            partition: spot(0, event, topic).and_then(|spot| spot.partition),
            question: Some((question, event.at)),
            ..Answer::default()
        };
        answer.causes(&mut parts, timeline, topic, &links);
        // What no follower has is lost also by a leader that is stopped in good order.
        if !matches!(event.kind, EventKind::RuleBroken(_)) {
            instead(&mut parts, timeline, &links);
        }
        change::changes(&mut parts, timeline, event, &links);
        answer.parts = parts.sorted();
        Some(answer)
    }

    /// The links of a chain, each with its place on the stage.
    fn causes(&mut self, parts: &mut Parts, timeline: &Timeline, topic: &str, links: &[Link]) {
        for (number, link) in (1..).zip(links) {
            let Some(event) = timeline.event(link.event) else {
                continue;
            };
            cause(parts, timeline, (number, event), links);
            self.spots.extend(spot(number, event, topic));
        }
    }

    /// Takes itself back if what was asked about happens in another future only than the one that is
    /// looked at. Says whether it did.
    #[inline(never)]
    pub fn ends_with(&mut self, timeline: &Timeline) -> bool {
        let is_gone = |(id, at)| timeline.event(id).is_none_or(|event| event.at != at);
        let is_over = self.question.is_some_and(is_gone);
        if is_over {
            *self = Answer::default();
        }
        is_over
    }

    /// Lights the place of one cause, or of none.
    pub fn light(&mut self, number: u32) {
        for spot in &mut self.spots {
            spot.is_lit = spot.number == number;
        }
    }
}

fn key(row: u32, column: u32, kind: Kind) -> PartKey {
    PartKey {
        row,
        column,
        kind,
        ..PartKey::default()
    }
}

fn heading(parts: &mut Parts, timeline: &Timeline, event: &Event) {
    let part = parts.flow(key(0, 0, Kind::Question));
    part.words = fact(event, timeline.world());
    part.note = format!("{}, step {}", clock(event.at.0), event.id.step.0);
    if let Some(KafkaEvent::BecameLeader { leader_epoch, .. }) = event.kafka()
        && leader_epoch.0 > 0
    {
        let epoch = leader_epoch.0;
        part.note += &format!(", leader epoch {} to {epoch}", epoch - 1);
    }
    if matches!(event.kind, EventKind::RuleBroken(_)) {
        part.state = "broken";
    }
    part.act = Some(Act::Jump(event.id.step.0, event.id.index));
    part.is_stop = true;
}

/// One link: a button with its words, then what belongs to it.
fn cause(parts: &mut Parts, timeline: &Timeline, (number, event): (u32, &Event), links: &[Link]) {
    let setting = setting(event, timeline.world());
    let evidence = evidence(event);
    let (badge, state) = evidence.map_or(("", ""), |it| it.words());
    let part = parts.flow(key(number, 0, Kind::Link));
    part.words = lead(links, number);
    part.note.clone_from(&links[number as usize - 1].words);
    part.name = format!("{number}: {}{} {badge}", part.words, part.note);
    part.act = Some(Act::Jump(event.id.step.0, event.id.index));
    part.is_stop = true;
    let root = links[number as usize - 1].root;
    if let Some(EventKind::CommandGiven(command)) = root
        .and_then(|id| timeline.event(id))
        .map(|event| &event.kind)
        && signal(command).is_some()
    {
        part.state = ENDS_IN_COMMAND;
    }
    if let Some(KafkaEvent::LeaderElected(election)) = event.kafka() {
        candidates(parts, number, election);
    }
    if let Some(setting) = setting {
        parts.flow(key(number, SETTING, Kind::Setting)).words = setting;
    }
    let part = parts.flow(key(number, STAMP, Kind::Stamp));
    part.words = clock(event.at.0);
    badge.clone_into(&mut part.note);
    part.state = state;
    if let Some(evidence) = evidence.filter(|it| !it.place().is_empty()) {
        part.name = format!("{}, {badge}: {}", part.words, evidence.place());
    }
}

/// Who might have been chosen, in the order in which the controller looks at them.
fn candidates(parts: &mut Parts, number: u32, election: &LeaderElection) {
    let is_unclean = matches!(
        election.kind,
        ElectionKind::Unclean | ElectionKind::LastKnownLeader
    );
    let mut is_found = false;
    for (column, (id, found)) in (1..).zip(&election.candidates) {
        let part = parts.flow(key(number, column, Kind::Candidate));
        part.words = id.to_string();
        let (note, state) = match found {
            Candidate::Chosen => ("chosen", "chosen"),
            Candidate::Fenced => ("fenced", "out"),
            Candidate::ShuttingDown => ("shutting down", "out"),
            Candidate::NotInSync if is_found && election.kind == ElectionKind::Unclean => {
                (LATER, "rest")
            }
            Candidate::NotInSync if is_unclean => ("not in ISR, not in ELR", "out"),
            Candidate::NotInSync => ("not in ISR", "out"),
            Candidate::NotReached if is_found => (LATER, "rest"),
            Candidate::NotReached => ("alive, in sync", "rest"),
        };
        note.clone_into(&mut part.note);
        part.state = state;
        is_found |= *found == Candidate::Chosen;
    }
}

/// "because", and "and because" for what stands beside the cause before it.
fn lead(links: &[Link], number: u32) -> String {
    let (before, link) = (&links[..number as usize - 1], &links[number as usize - 1]);
    let is_beside = |it: &Link| it.explains == link.explains && !it.is_fact();
    let beside = before.iter().rposition(is_beside);
    let explained = before.iter().position(|it| it.event == link.explains);
    match (beside, explained) {
        (None, _) => "because ".to_owned(),
        (Some(beside), _) if beside + 1 == before.len() => "and because ".to_owned(),
        (_, None) => "and also because ".to_owned(),
        (_, Some(explained)) => format!("{} also because ", explained + 1),
    }
}

/// The branch in which the person who is the root of it all did otherwise.
fn instead(parts: &mut Parts, timeline: &Timeline, links: &[Link]) {
    let root = links.iter().rev().find_map(|link| link.root);
    let Some(event) = root.and_then(|id| timeline.event(id)) else {
        return;
    };
    let EventKind::CommandGiven(command) = &event.kind else {
        return;
    };
    let step = event.id.step.0;
    let (words, act) = match command {
        Command::CrashBroker { broker } => (
            "Branch: stop it cleanly instead",
            Act::StopInstead(step, broker.0),
        ),
        Command::StopBroker { broker } => {
            ("Branch: kill it instead", Act::CrashInstead(step, broker.0))
        }
        _ => return,
    };
    let part = parts.flow(key(INSTEAD_ROW, 0, Kind::Button));
    words.clone_into(&mut part.words);
    part.act = Some(act);
    part.is_stop = true;
}

fn spot(number: u32, event: &Event, topic: &str) -> Option<Spot> {
    let kafka = event.kafka();
    let partition = kafka.and_then(partition_of);
    let on_stage = partition.filter(|partition| partition.topic.as_str() == topic);
    if partition.is_some() && on_stage.is_none() {
        return None;
    }
    let node = match (kafka, event.node) {
        (Some(KafkaEvent::LeaderElected(election)), _) if election.to.is_some() => {
            SpotNode::Broker(election.to.unwrap_or_default().0)
        }
        (Some(KafkaEvent::BrokerHeartbeatReceived { broker }), _) => SpotNode::Tick(broker.0),
        (_, None | Some(NodeId::Controller)) => match event.kind {
            EventKind::HeartbeatMissed { broker } => SpotNode::Tick(broker.0),
            EventKind::CommandGiven(Command::Call { .. } | Command::StartWorkload { .. }) => {
                SpotNode::Client
            }
            _ => SpotNode::Controller,
        },
        (_, Some(NodeId::Broker(id))) => match event.kind {
            EventKind::HeartbeatMissed { .. } => SpotNode::Tick(id.0),
            _ => SpotNode::Broker(id.0),
        },
        (_, Some(NodeId::Client(_))) => SpotNode::Client,
    };
    Some(Spot {
        number,
        node,
        partition: on_stage.map(|partition| partition.partition.0),
        is_lit: false,
    })
}
