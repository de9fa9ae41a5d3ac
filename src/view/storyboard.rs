//! What moved between two moments, for pictures that stand still: numbered arrows over the state
//! before, and the same as a list in words.
//!
//! One partition at a time, with what concerns the cluster as a whole.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{NodeId, StepId, TopicPartition};
use highwater_engine::kafka::message::{FetchFrom, Message, Request};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::event::{Event, EventKind, Step};
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use crate::view::answer::{Spot, SpotNode};
use crate::view::commands::PageAct;
use crate::view::event_line::{partition_of, sentence};
use crate::view::flight::{Ends, Way};
use crate::view::format::{count, offsets, seconds, shortened};
use crate::view::layout::Layout;
use crate::view::part::{Act, Area, Kind, Part, PartKey, Parts, Rect, strong_width};
use crate::view::project::{is_turn, is_turning_point, place};
use crate::view::scene::{Flight, Place, Scene};

/// At most so many things move in one picture.
const MOVES_MAX: usize = 3;
/// A picture ends where nothing moves for that long, in microseconds: it is a moment.
const CALM_US: u64 = 1_000_000;
/// The same where something is to move again, and the most steps.
const CALM_MAX_US: u64 = 30_000_000;
const STEPS_MAX: usize = 20_000;
/// A calm is told from so long on, in microseconds.
const TOLD_US: u64 = 100_000;
/// The longest words of a move, in characters.
const WORDS_MAX: usize = 64;
/// The thickness of an arrow's legs, and the height of its number.
const LEG: i32 = 2;
const NUMBER: i32 = 24;

/// Something that moved or changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// In words: `broker 3 fetches at 13`.
    pub words: String,
    /// Where it happened.
    to: Place,
    /// Where it came from, if a message brought it.
    from: Option<Place>,
    /// The partition, if it is about one of the stage.
    partition: Option<u32>,
}

/// Which partition is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Looked<'a> {
    /// The topic on the stage.
    pub topic: &'a str,
    /// The partition's number.
    pub partition: u32,
}

/// The last few things that moved in the steps from `from` to the play head.
pub fn moves(timeline: &Timeline, looked: Looked<'_>, from: StepId) -> Vec<Move> {
    let mut moves = Vec::new();
    for id in from.0..timeline.position().0 {
        if let Some(step) = timeline.branch().step(StepId(id)) {
            moves_of(step, looked, timeline.world(), &mut moves);
        }
    }
    moves.drain(..moves.len().saturating_sub(MOVES_MAX));
    moves
}

/// Plays a step: when it was, how many things moved in it, and whether it changed how the cluster stands.
fn play_step(timeline: &mut Timeline, looked: Looked<'_>) -> Option<(u64, usize, bool)> {
    let id = timeline.step()?.id;
    let step = timeline.branch().step(id)?;
    let mut moves = Vec::new();
    moves_of(step, looked, timeline.world(), &mut moves);
    Some((step.at.0, moves.len(), is_turning_point(step)))
}

/// Plays on to right before what moves next, and gives for how long nothing moved.
pub fn skip_calm(timeline: &mut Timeline, looked: Looked<'_>) -> u64 {
    let start = timeline.world().now().0;
    let mut now = start;
    for _ in 0..STEPS_MAX {
        let position = timeline.position();
        let Some((at, moved, _)) = play_step(timeline, looked) else {
            break;
        };
        now = at;
        if moved > 0 {
            timeline.seek(position);
            break;
        }
        if now - start > CALM_MAX_US {
            break;
        }
    }
    now - start
}

/// Plays what one picture shows: a few things that move soon after each other, or what changes how the
/// cluster stands.
pub fn play(timeline: &mut Timeline, looked: Looked<'_>) {
    let (mut moved, mut last_at) = (0, timeline.next_at().map_or(0, |next| next.0));
    let mut last = timeline.position();
    while moved < MOVES_MAX {
        let is_soon = |next: SimTime| next.0 <= last_at + CALM_US;
        let step = match timeline.next_at().is_some_and(is_soon) {
            true => play_step(timeline, looked),
            false => None,
        };
        let Some((at, more, is_turn)) = step else {
            timeline.seek(last);
            return;
        };
        if is_turn {
            return;
        }
        if more > 0 {
            (last, last_at) = (timeline.position(), at);
        }
        moved += more;
    }
}

/// What stands above a picture: when it is, and which produce requests wait for other replicas.
pub fn caption(when: &str, scene: &Scene, row: usize) -> String {
    let inside = scene.partitions.get(row).and_then(|it| it.inside.as_ref());
    let waiting = inside.map_or(&[][..], |inside| &inside.waiting);
    let mut words = format!("{when}, step {}", scene.head.step);
    match waiting {
        [] => {}
        [one] => words += &format!(", waiting room: {}", one.offsets),
        more => words += &format!(", waiting room: {} requests", more.len()),
    }
    words
}

fn moves_of(step: &Step, looked: Looked<'_>, world: &World, moves: &mut Vec<Move>) {
    let received = step.events.iter().find_map(|event| match &event.kind {
        EventKind::MessageReceived { from, message } => Some((*from, message)),
        _ => None,
    });
    for event in &step.events {
        let partition = event.kafka().and_then(partition_of_move);
        let is_seen = partition.is_none_or(|it| {
            it.topic.as_str() == looked.topic && it.partition.0 == looked.partition
        });
        let Some(words) = words_of(event, world).filter(|_| is_seen) else {
            continue;
        };
        let to = event.node.and_then(|node| place(world, node));
        let to = to.unwrap_or(Place::Controller);
        let mut from = received.and_then(|(from, _)| place(world, from));
        if let (Some(KafkaEvent::HighWatermarkAdvanced { .. }), Some(follower)) =
            (event.kafka(), from.take())
        {
            // The fetch that lets the high watermark rise is a move of its own.
            if let Some(offset) = received.and_then(|(_, message)| fetched(message, looked)) {
                moves.push(Move {
                    words: format!("{} fetches at {offset}", follower.words()),
                    to: to.clone(),
                    from: Some(follower),
                    partition: Some(looked.partition),
                });
            }
        } else if event.kafka().is_some_and(is_brought) {
            from = received.and_then(|(from, _)| place(world, from));
        }
        moves.push(Move {
            words: shortened(&words, WORDS_MAX),
            to,
            from,
            partition: partition.map(|_| looked.partition),
        });
    }
}

/// The partition that a move is about, if it is about one.
fn partition_of_move(event: &KafkaEvent) -> Option<&TopicPartition> {
    match event {
        KafkaEvent::SendCompleted {
            outcome: Ok(stored),
            ..
        } => Some(&stored.partition),
        _ => partition_of(event),
    }
}

/// Whether a message brought it.
fn is_brought(event: &KafkaEvent) -> bool {
    matches!(
        event,
        KafkaEvent::RecordsAppended { .. }
            | KafkaEvent::RecordsReplicated { .. }
            | KafkaEvent::SendCompleted { .. }
            | KafkaEvent::RecordsPolled { .. }
    )
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
    let wanted = wanted.find(|wanted| {
        let partition = &wanted.partition;
        partition.topic.as_str() == looked.topic && partition.partition.0 == looked.partition
    })?;
    matches!(fetch.from, FetchFrom::Follower { .. }).then_some(wanted.fetch_offset.0)
}

/// A move in a few words; none for what nobody would see move.
fn words_of(event: &Event, world: &World) -> Option<String> {
    let me = match event.node {
        Some(NodeId::Client(id)) => world.client_name(id).unwrap_or_default().to_owned(),
        Some(node) => node.to_string(),
        None => String::new(),
    };
    Some(match event.kafka() {
        Some(KafkaEvent::RecordsAppended {
            base_offset,
            last_offset,
            ..
        }) => format!("{me} appends {}", offsets(base_offset.0, last_offset.0)),
        Some(KafkaEvent::RecordsReplicated {
            base_offset,
            last_offset,
            ..
        }) => format!("{me} copies {}", offsets(base_offset.0, last_offset.0)),
        Some(KafkaEvent::HighWatermarkAdvanced { from, to, .. }) => {
            format!("high watermark {from} to {to}")
        }
        Some(KafkaEvent::SendCompleted {
            outcome: Ok(stored),
            ..
        }) => format!("offset {} is acknowledged", stored.offset?),
        Some(KafkaEvent::RecordsPolled { count: polled, .. }) => {
            format!("{me} reads {}", count(u64::from(*polled), "record"))
        }
        Some(KafkaEvent::OffsetCommitted {
            group_id, offset, ..
        }) => format!("{group_id} commits {offset}"),
        Some(KafkaEvent::SegmentsCleaned { removed, .. }) if !removed.is_empty() => {
            format!(
                "{me}’s cleaner removes {}",
                count(removed.len() as u64, "record")
            )
        }
        _ if is_turn(event) => sentence(event, world).trim_end_matches('.').to_owned(),
        _ => return None,
    })
}

/// The list in words, after how long a calm, with the way back and on.
pub fn list(moves: &[Move], calm_us: u64) -> Vec<Part> {
    let mut parts = Parts::default();
    let key = |index: usize, kind| PartKey {
        index: index as u64,
        kind,
        ..PartKey::default()
    };
    let calm = seconds(calm_us);
    let told = match (moves.is_empty(), calm_us >= TOLD_US) {
        (true, true) => format!("Nothing moved in {calm}. Do something to the cluster."),
        (true, false) => "Nothing has moved yet. Each picture shows what moves next.".to_owned(),
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
    for (index, words, act) in [
        (MOVES_MAX + 1, "Back", PageAct::StepBack),
        (MOVES_MAX + 2, "Next picture", PageAct::Step),
    ] {
        let part = parts.flow(key(index, Kind::Button));
        part.words = words.to_owned();
        part.act = Some(Act::Page(act));
        part.is_stop = true;
        part.state = if act == PageAct::Step { "primary" } else { "" };
    }
    parts.sorted()
}

/// The numbers at the places of all moves, or of those that no message brought.
pub fn spots(moves: &[Move], are_arrows_drawn: bool) -> Vec<Spot> {
    let numbered = (1..).zip(moves);
    let drawn = numbered.filter(|(_, moved)| !are_arrows_drawn || moved.from.is_none());
    let spots = drawn.map(|(number, moved)| Spot {
        number,
        node: match moved.to {
            Place::Broker(id) => SpotNode::Broker(id),
            Place::Producer(_) | Place::Consumer(_) => SpotNode::Client,
            Place::Controller | Place::Admin => SpotNode::Controller,
        },
        partition: moved.partition,
        is_lit: false,
    });
    spots.collect()
}

/// An arrow with its number for each move that a message brought, for the stage of `scene`, of which
/// `drawn` is the picture: numbers that it has already keep their places.
pub fn arrows(moves: &[Move], scene: &Scene, layout: &Layout, drawn: &[Part]) -> Vec<Part> {
    let mut parts = Parts::default();
    let numbers = drawn.iter().filter(|part| part.kind() == Kind::Cause);
    let mut numbers: Vec<Rect> = numbers.filter_map(|part| part.rect).collect();
    let ends = Ends::new(scene, layout);
    for (number, moved) in (1..).zip(moves) {
        let Some(from) = moved.from.clone() else {
            continue;
        };
        let flight = Flight {
            id: (0, number),
            from,
            to: moved.to.clone(),
            lane: moved.partition,
            words: String::new(),
            records: Vec::new(),
            sent_us: 0,
            arrives_us: 2,
            is_held: false,
        };
        if let Some(way) = Way::new(&flight, 1, &ends) {
            arrow(&mut parts, number, &way, &mut numbers);
        }
    }
    parts.sorted()
}

/// `numbers` are the places of all arrows' numbers so far.
fn arrow(parts: &mut Parts, number: u32, way: &Way, numbers: &mut Vec<Rect>) {
    let key = |column: usize, kind| PartKey {
        area: Area::Causes,
        row: number,
        column: column as u32,
        kind,
        ..PartKey::default()
    };
    let legs = way.corners.iter().zip(way.corners.iter().skip(1));
    let last = way.corners.len().saturating_sub(2);
    for (index, (from, to)) in legs.enumerate() {
        let (from_x, from_y) = (from.x as i32, from.y as i32);
        let (to_x, to_y) = (to.x as i32, to.y as i32);
        let rect = Rect {
            x: from_x.min(to_x),
            y: from_y.min(to_y),
            width: (to_x - from_x).abs().max(LEG),
            height: (to_y - from_y).abs().max(LEG),
        };
        let part = parts.put(key(index, Kind::Arrow), rect);
        if index == last {
            part.state = match (to_x - from_x, to_y - from_y) {
                (right, _) if right > 0 => "right",
                (left, _) if left < 0 => "left",
                (_, down) if down > 0 => "down",
                _ => "up",
            };
        }
    }
    let words = number.to_string();
    let width = (strong_width(&words, 14) + 8).max(NUMBER);
    let rect = Rect {
        x: way.middle.x as i32 - width / 2,
        y: way.middle.y as i32 - NUMBER / 2,
        width,
        height: NUMBER,
    };
    // Where there is but one lane, numbers stand below each other on it.
    let is_free = |rect: &Rect| numbers.iter().all(|other| !rect.meets(*other));
    let beside = [0, NUMBER, -NUMBER].map(|down| rect.moved((0, down)));
    let is_upright = way.corners.iter().any(|corner| corner.y != way.middle.y);
    let found = beside.into_iter().find(|rect| is_upright && is_free(rect));
    let rect = found.unwrap_or_else(|| rect.aside(numbers));
    numbers.push(rect);
    let part = parts.put(key(way.corners.len(), Kind::Cause), rect);
    part.words = words;
}

#[cfg(test)]
mod tests;
