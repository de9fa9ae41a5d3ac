//! What a future has of its own: the first command that it has and another one not, in a few words.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::scenario::TimedCommand;
use highwater_engine::sim::timeline::{Branch, Timeline};

/// `branch 2: broker 1 stopped instead of killed`.
pub(super) fn name(timeline: &Timeline, number: usize, parent: usize) -> String {
    let branch = timeline.branches().get(number);
    let name = branch.map_or("", Branch::name);
    match difference(timeline, number, parent) {
        nothing if nothing.is_empty() => name.to_owned(),
        what => [name, ": ", &what].concat(),
    }
}

/// What branch `own` has that `other` has not: `broker 1 stopped instead of killed`, `broker 1 not
/// killed`; nothing if all is ordered alike.
pub(super) fn difference(timeline: &Timeline, own: usize, other: usize) -> String {
    let branches = timeline.branches();
    let (Some(own), Some(other)) = (branches.get(own), branches.get(other)) else {
        return String::new();
    };
    let (done, left_out) = (first_of(own, other), first_of(other, own));
    match (done.map(told), left_out.map(told)) {
        (Some((subject, deed)), Some((same, left_out))) if subject == same && deed != left_out => {
            format!("{subject} {deed} instead of {left_out}")
        }
        (Some((subject, deed)), _) => format!("{subject} {deed}"),
        (None, Some((subject, deed))) => format!("{subject} not {deed}"),
        (None, None) => String::new(),
    }
}

/// The first command that only `own` has. A producer that was added to send a record is not what
/// one thinks of.
fn first_of<'a>(own: &'a Branch, other: &'a Branch) -> Option<&'a Command> {
    let is_missing = |timed: &&TimedCommand| {
        let mut theirs = other.commands().iter();
        !theirs.any(|theirs| is_same(timed, theirs))
    };
    let mut only_own = own.commands().iter().filter(is_missing);
    let first = &only_own.next()?.command;
    match (first, only_own.next().map(|it| &it.command)) {
        (Command::AddProducer { .. }, Some(sent)) if matches!(sent, Command::Call { .. }) => {
            Some(sent)
        }
        _ => Some(first),
    }
}

/// Whether two commands were given at one moment and are told alike: then a person sees no
/// difference.
fn is_same(a: &TimedCommand, b: &TimedCommand) -> bool {
    (a.at_ms, a.plus_us) == (b.at_ms, b.plus_us) && told(&a.command) == told(&b.command)
}

/// What it was done to, and what was done.
fn told(command: &Command) -> (String, String) {
    let (subject, deed) = match command {
        Command::CrashBroker { broker } => (format!("broker {broker}"), "killed"),
        Command::CutPower { broker } => (format!("broker {broker}"), "cut from power"),
        Command::StopBroker { broker } => (format!("broker {broker}"), "stopped"),
        Command::StartBroker { broker } => (format!("broker {broker}"), "started"),
        Command::PauseBroker { broker } => (format!("broker {broker}"), "paused"),
        Command::ResumeBroker { broker } => (format!("broker {broker}"), "resumed"),
        Command::CutLink { between } => (link(between), "cut"),
        Command::HealLink { between } => (link(between), "healed"),
        Command::DelayLink { between, extra_ms } => {
            return (link(between), format!("slowed by {extra_ms} ms"));
        }
        Command::HoldMessage { .. } => ("a message".to_owned(), "held"),
        Command::ReleaseMessage { .. } => ("a message".to_owned(), "released"),
        Command::DropMessage { .. } => ("a message".to_owned(), "dropped"),
        Command::AddProducer { name, .. } | Command::AddConsumer { name, .. } => {
            (name.clone(), "added")
        }
        Command::CrashClient { client } => (client.clone(), "killed"),
        Command::PauseClient { client } => (client.clone(), "paused"),
        Command::ResumeClient { client } => (client.clone(), "resumed"),
        Command::Call {
            method: ClientCall::Send(_),
            ..
        } => ("a record".to_owned(), "sent"),
        Command::Call { client, method } => (format!("{} of {client}", method.method()), "called"),
        Command::StartWorkload { producer, .. } => (producer.clone(), "told to write"),
        Command::StopWorkload { producer } => (producer.clone(), "told to stop"),
    };
    (subject, deed.to_owned())
}

fn link(between: &[Endpoint; 2]) -> String {
    let name = |end: &Endpoint| match end {
        Endpoint::Controller => "controller".to_owned(),
        Endpoint::Broker(id) => id.to_string(),
        Endpoint::Client(name) => name.clone(),
    };
    format!("link {}–{}", name(&between[0]), name(&between[1]))
}
