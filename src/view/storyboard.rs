//! What moved between two moments, for pictures that stand still: numbers at the places where it
//! is seen, arrows between brokers, and the same as a list in words.
//!
//! One partition at a time, with what concerns the cluster as a whole. Whatever differs between the
//! state before and the one after is a move of the list.

mod drawing;
mod room;

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{NodeId, Offset, StepId, TopicPartition};
use highwater_engine::kafka::message::{FetchFrom, Message, Request};
use highwater_engine::sim::event::{Event, EventKind, Step};
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

pub use self::drawing::{arrows, numbers};
pub use self::room::room;
use crate::view::commands::PageAct;
use crate::view::event_line::{partition_of, sentence};
use crate::view::format::{count, list as listed, offsets, seconds, shortened};
use crate::view::layout::Layout;
use crate::view::part::{Act, Kind, Part, PartKey, Parts};
use crate::view::project::{is_turning_point, turn};
use crate::view::scene::{NOWHERE, Scene};
use crate::view::thing::{DEEDS, Thing};

/// A picture is full with so many things that are seen to move.
const MOVES_MAX: usize = 3;
/// A picture ends where nothing moves for that long, in microseconds: it is a moment.
const CALM_US: u64 = 1_000_000;
/// The same where something is to move again, and the most steps.
const CALM_MAX_US: u64 = 30_000_000;
const STEPS_MAX: usize = 20_000;
/// A calm is told from so long on, in microseconds.
const TOLD_US: u64 = 100_000;
/// The longest words of a move, in characters.
const WORDS_MAX: usize = 40;

/// Something that moved or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// In words: `broker 3 fetches at 13`.
    pub words: String,
    /// Where it is seen.
    at: At,
    /// The broker whose message brought it.
    from: Option<u32>,
}

/// Where in a picture a move is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    /// At the log end offset of that broker's replica.
    LogEnd(u32),
    /// On its way there: that is over in the picture after.
    Fetch(u32),
    /// At that broker's name.
    Name(u32),
    /// At the leader's tab.
    Leader,
    /// At the bracket of the in-sync replicas.
    Isr,
    /// At the bar of the high watermark, which came from one offset to another.
    HighWatermark(u64, u64),
    /// At the words of a group's position, or of its commit, at that offset.
    Position(u64),
    Committed(u64),
    /// At the requests of those offsets that were let go from the waiting room; but what a client learns
    /// is no picture.
    Answer(u64, u64),
    /// Nowhere: it is about something that isn't drawn.
    Nowhere,
}

/// Which partition is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    /// The topic on the stage.
    pub topic: &'a str,
    /// The partition's number.
    pub partition: u32,
}

/// What moved in the steps from `from` to the play head.
pub fn moves(timeline: &Timeline, looked: Looked<'_>, from: StepId) -> Vec<Move> {
    let steps = (from.0..timeline.position().0).filter_map(|id| timeline.branch().step(StepId(id)));
    steps
        .flat_map(|step| moves_of(step, looked, timeline.world()))
        .collect()
}

/// Whether any of it is seen in a picture.
pub fn is_any_seen(moves: &[Move]) -> bool {
    seen(moves) > 0
}

fn seen(moves: &[Move]) -> usize {
    let is_seen = |it: &&Move| !matches!(it.at, At::Nowhere | At::Answer(..));
    moves.iter().filter(is_seen).count()
}

/// Plays what the next picture shows: a few things that move soon after each other, or what changes
/// how the cluster stands. Gives where the first of it begins, and for how long nothing moved before.
///
/// Never plays further than that: what was played and is taken back would be another future, which
/// the next act would leave.
pub fn play(timeline: &mut Timeline, looked: Looked<'_>) -> (StepId, u64) {
    let start = timeline.world().now().0;
    let (mut first, mut moved, mut last_at) = (None, 0, start);
    for _ in 0..STEPS_MAX {
        let patience = if first.is_some() {
            CALM_US
        } else {
            CALM_MAX_US
        };
        let next = timeline.next_at();
        if next.is_none_or(|next| next.0 > last_at + patience) {
            break;
        }
        let id = timeline.position();
        if timeline.step().is_none() {
            break;
        }
        let Some(step) = timeline.branch().step(id) else {
            continue;
        };
        let found = moves_of(step, looked, timeline.world());
        let is_answered = moved >= MOVES_MAX && !found.is_empty();
        let more = seen(&found);
        if more > 0 {
            last_at = step.at.0;
            first.get_or_insert((id, last_at - start));
            moved += more;
        }
        // A high watermark that rose lets requests go: their answers belong to it.
        let is_answer_due = found
            .iter()
            .any(|it| matches!(it.at, At::HighWatermark(..)));
        if is_answered || moved >= MOVES_MAX && more > 0 && !is_answer_due {
            break;
        }
        if more > 0 && is_turning_point(step) {
            break;
        }
    }
    first.unwrap_or((timeline.position(), timeline.world().now().0 - start))
}

/// Where the picture that ends at the play head begins, not before `least`: at the play head if
/// nothing moved for long.
pub fn start(timeline: &Timeline, looked: Looked<'_>, least: StepId) -> StepId {
    let (mut from, mut moved) = (timeline.position(), 0);
    let mut next_at = timeline.world().now().0;
    for id in (least.0..from.0).rev() {
        let Some(step) = timeline.branch().step(StepId(id)) else {
            break;
        };
        let patience = if moved > 0 { CALM_US } else { CALM_MAX_US };
        if next_at - step.at.0 > patience {
            break;
        }
        let more = seen(&moves_of(step, looked, timeline.world()));
        if more == 0 {
            continue;
        }
        if moved > 0 && (moved + more > MOVES_MAX || is_turning_point(step)) {
            break;
        }
        (from, next_at) = (StepId(id), step.at.0);
        moved += more;
    }
    from
}

/// Lends a partition's replicas to another state of it, or gives them back: what is aligned with them has
/// the same x in both pictures.
pub fn lend(from: &mut Scene, to: &mut Scene, row: u32) {
    let row = row as usize;
    if let (Some(from), Some(to)) = (from.partitions.get_mut(row), to.partitions.get_mut(row)) {
        if from.replicas.is_empty() {
            let own = to.replicas.iter().filter(|it| it.broker < NOWHERE);
            from.replicas = to.replicas.split_off(own.count());
        }
        for replica in &mut from.replicas {
            replica.broker ^= NOWHERE;
        }
        let is_lent = from.replicas.first().is_some_and(|it| it.broker >= NOWHERE);
        if is_lent {
            to.replicas.append(&mut from.replicas);
        }
    }
}

/// What stands beside a picture's name: when it is, and which produce requests wait for other replicas
/// where the waiting room isn't drawn.
pub fn caption(scene: &Scene, layout: &Layout) -> String {
    let row = layout.input.opened_row as usize;
    let inside = scene.partitions.get(row).and_then(|it| it.inside.as_ref());
    let inside = inside.filter(|_| !room::is_drawn(layout));
    let waiting = inside.map_or(&[][..], |inside| &inside.waiting);
    let mut words = format!("step {}", scene.head.step);
    match waiting {
        [] => {}
        [one] => words += &format!(", waiting room: {}", one.offsets),
        more => words += &format!(", waiting room: {} requests", more.len()),
    }
    words
}

/// What moved in a step.
fn moves_of(step: &Step, looked: Looked<'_>, world: &World) -> Vec<Move> {
    let received = step.events.iter().find_map(|event| match &event.kind {
        EventKind::MessageReceived { from, message } => Some((*from, message)),
        _ => None,
    });
    let sender = match received {
        Some((NodeId::Broker(id), _)) => Some(id.0),
        _ => None,
    };
    let mut moves: Vec<Move> = Vec::new();
    for event in &step.events {
        let partition = event.kafka().and_then(partition_of);
        let is_looked_at = partition.is_none_or(|it| is_at(it, looked));
        let Some(words) = words_of(event, world).filter(|_| is_looked_at) else {
            continue;
        };
        let at = at(event);
        if let (At::HighWatermark(..), Some(follower), Some(NodeId::Broker(leader))) =
            (at, sender, event.node)
        {
            // The fetch that lets the high watermark rise is a move of its own.
            if let Some(offset) = received.and_then(|(_, message)| fetched(message, looked)) {
                moves.push(Move {
                    words: format!("broker {follower} fetches at {offset}"),
                    at: At::Fetch(leader.0),
                    from: Some(follower),
                });
            }
        }
        if let (Some(KafkaEvent::FollowerHighWatermarkAdvanced { to, .. }), Some(copied)) =
            (event.kafka(), moves.last_mut().filter(|it| it.at == at))
        {
            copied.words += &format!(", learns HW {to}");
            continue;
        }
        moves.push(Move {
            words: shortened(&words, WORDS_MAX),
            at,
            from: sender.filter(|_| matches!(at, At::LogEnd(_)) && is_brought(event)),
        });
    }
    moves.extend(acknowledged(step, looked));
    // Who acts sees what that did.
    let is_act = |event: &Event| matches!(event.kind, EventKind::CommandGiven(_));
    if moves.len() > 1 && step.events.first().is_some_and(is_act) {
        moves.remove(0);
    }
    moves
}

/// What a producer was told in a step: all of it is one move.
fn acknowledged(step: &Step, looked: Looked<'_>) -> Option<Move> {
    let told = step.events.iter().filter_map(|event| match event.kafka()? {
        KafkaEvent::SendCompleted {
            outcome: Ok(stored),
            ..
        } if is_at(&stored.partition, looked) => Some(stored.offset?.0),
        _ => None,
    });
    let told: Vec<u64> = told.collect();
    let (first, last) = (*told.iter().min()?, *told.iter().max()?);
    let words = match last - first {
        0 => format!("offset {last} is acknowledged"),
        _ => format!("{} are acknowledged", offsets(first, last)),
    };
    Some(Move {
        words,
        at: At::Answer(first, last),
        from: None,
    })
}

fn is_at(partition: &TopicPartition, looked: Looked<'_>) -> bool {
    partition.topic.as_str() == looked.topic && partition.partition.0 == looked.partition
}

/// Whether a broker's message brought it.
fn is_brought(event: &Event) -> bool {
    matches!(
        event.kafka(),
        Some(
            KafkaEvent::RecordsReplicated { .. } | KafkaEvent::FollowerHighWatermarkAdvanced { .. }
        )
    )
}

/// Where a picture shows an event.
fn at(event: &Event) -> At {
    let here = match event.node {
        Some(NodeId::Broker(id)) => Some(id.0),
        _ => None,
    };
    let of_broker = here.map_or(At::Nowhere, At::Name);
    let Some(kafka) = event.kafka() else {
        return match event.kind {
            EventKind::ProcessStarted
            | EventKind::ProcessCrashed
            | EventKind::ProcessTerminating
            | EventKind::ProcessExited
            | EventKind::ProcessPaused
            | EventKind::ProcessResumed => of_broker,
            _ => At::Nowhere,
        };
    };
    match kafka {
        KafkaEvent::RecordsAppended { .. }
        | KafkaEvent::RecordsReplicated { .. }
        | KafkaEvent::FollowerHighWatermarkAdvanced { .. }
        | KafkaEvent::LogTruncated { .. }
        | KafkaEvent::SegmentsCleaned { .. } => here.map_or(At::Nowhere, At::LogEnd),
        KafkaEvent::HighWatermarkAdvanced { from, to, .. } => At::HighWatermark(from.0, to.0),
        KafkaEvent::LeaderElected(_) => At::Leader,
        KafkaEvent::IsrChanged { .. } => At::Isr,
        KafkaEvent::BrokerFenced { broker, .. } | KafkaEvent::BrokerUnfenced { broker } => {
            At::Name(broker.0)
        }
        KafkaEvent::RecordsPolled { to, .. } => At::Position(to.0),
        KafkaEvent::OffsetCommitted { offset, .. } => At::Committed(offset.0),
        _ => At::Nowhere,
    }
}

/// From which offset a follower fetches the partition.
fn fetched(message: &Message, looked: Looked<'_>) -> Option<u64> {
    let Message::Request {
        request: Request::Fetch(fetch),
        ..
    } = message
    else {
        return None;
    };
    let mut wanted = fetch.partitions.iter();
    let wanted = wanted.find(|wanted| is_at(&wanted.partition, looked))?;
    matches!(fetch.from, FetchFrom::Follower { .. }).then_some(wanted.fetch_offset.0)
}

/// A move in a few words; none for what nobody would see move.
fn words_of(event: &Event, world: &World) -> Option<String> {
    let me = match event.node {
        Some(NodeId::Client(id)) => world.client_name(id).unwrap_or_default().to_owned(),
        Some(node) => node.to_string(),
        None => String::new(),
    };
    let Some(kafka) = event.kafka() else {
        return Some(match event.kind {
            EventKind::ProcessCrashed => format!("{me} is killed"),
            EventKind::ProcessPaused => format!("{me} stands still"),
            _ if !turn(event).is_empty() => sentence(event, world).trim_end_matches('.').to_owned(),
            _ => return None,
        });
    };
    Some(match kafka {
        KafkaEvent::RecordsAppended {
            base_offset,
            last_offset,
            ..
        } => format!("{me} appends {}", offsets(base_offset.0, last_offset.0)),
        KafkaEvent::RecordsReplicated {
            base_offset,
            last_offset,
            ..
        } => format!("{me} copies {}", offsets(base_offset.0, last_offset.0)),
        KafkaEvent::HighWatermarkAdvanced { from, to, .. } => {
            format!("high watermark {from} to {to}")
        }
        KafkaEvent::FollowerHighWatermarkAdvanced { to, .. } => format!("{me} learns HW {to}"),
        KafkaEvent::LogTruncated {
            from: Offset(from),
            to: Offset(to),
            ..
        } if from > to => format!("{me} cuts off {}", offsets(*to, from - 1)),
        KafkaEvent::RecordsPolled { count: polled, .. } => {
            format!("{me} reads {}", count(u64::from(*polled), "record"))
        }
        KafkaEvent::OffsetCommitted {
            group_id, offset, ..
        } => format!("{group_id} commits {offset}"),
        KafkaEvent::SegmentsCleaned { removed, .. } if !removed.is_empty() => format!(
            "{me}’s cleaner removes {}",
            count(removed.len() as u64, "record")
        ),
        KafkaEvent::LeaderElected(election) => election.to.map_or_else(
            || "nobody may lead".to_owned(),
            |to| format!("broker {} leads, epoch {}", to.0, election.leader_epoch.0),
        ),
        KafkaEvent::IsrChanged { to, .. } => format!("ISR is now {}", listed(to)),
        _ if turn(event).is_empty() => return None,
        KafkaEvent::BrokerFenced { broker, .. } => format!("broker {} is fenced", broker.0),
        KafkaEvent::BrokerUnfenced { broker } => format!("broker {} is unfenced", broker.0),
        _ => sentence(event, world).trim_end_matches('.').to_owned(),
    })
}

/// The list in words, after how long a calm, with what can be done and the way back and on.
pub fn list(moves: &[Move], calm_us: u64) -> Vec<Part> {
    let mut parts = Parts::default();
    let last = moves.len() + 1;
    let key = |index: usize, kind| PartKey {
        index: index as u64,
        kind,
        ..PartKey::default()
    };
    let calm = seconds(calm_us);
    let told = match (moves.is_empty(), calm_us >= TOLD_US) {
        (true, true) => format!("Nothing moved in {calm}. Do something to the cluster."),
        (true, false) => "Nothing moves here. Do something to the cluster.".to_owned(),
        (false, true) => format!("{calm} later:"),
        (false, false) => String::new(),
    };
    if !told.is_empty() {
        parts.flow(key(0, Kind::Heading)).words = told;
    }
    for (index, moved) in moves.iter().enumerate() {
        parts
            .flow(key(index + 1, Kind::Words))
            .words
            .clone_from(&moved.words);
    }
    for (index, words, state, act) in [
        (last, DEEDS, "add", Act::Show(Thing::Deeds)),
        (last + 1, "Back", "", Act::Page(PageAct::StepBack)),
        (
            last + 2,
            "Next picture",
            "primary",
            Act::Page(PageAct::Step),
        ),
    ] {
        let part = parts.flow(key(index, Kind::Button));
        (part.words, part.state) = (words.to_owned(), state);
        (part.act, part.is_stop) = (Some(act), true);
        if state == "add" {
            // A sign stands for it.
            (part.note, part.name) = ("+".to_owned(), words.to_owned());
        }
    }
    parts.sorted()
}

#[cfg(test)]
mod tests;
