//! The answer to "why": the chain of causes in the order of reading, and where on the stage each
//! of them happened.

use highwater_engine::kafka::ids::{EventId, NodeId};
use highwater_engine::sim::event::Event;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::why::why;

use crate::view::event_line::{cause_sentence, partition_of, sentence};
use crate::view::format::clock;
use crate::view::part::{Act, Kind, Part, PartKey, Parts};

/// The most links of a chain of causes.
const LINKS_MAX: usize = 12;
/// Deeper links are not moved farther to the right.
const DEPTH_MAX: u32 = 3;

/// The place of a cause on the stage, with its number in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// Its number, from 1.
    pub number: u32,
    /// Where it happened.
    pub node: SpotNode,
    /// In which partition, if it is about one of the stage.
    pub partition: Option<u32>,
}

/// Where a cause happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpotNode {
    /// At the controller, or in the cluster as a whole.
    Controller,
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
}

impl Answer {
    /// Why `question` happened; `topic` is the one on the stage.
    pub fn new(timeline: &Timeline, topic: &str, question: EventId) -> Option<Answer> {
        let event = timeline.event(question)?;
        let mut parts = Parts::default();
        let asked = sentence(event, timeline.world());
        line(&mut parts, (Kind::Question, 0), event, asked);
        let chain = why(timeline, question, LINKS_MAX);
        let mut answer = Answer::default();
        for (number, link) in (1..).zip(&chain) {
            let Some(event) = timeline.event(link.event) else {
                continue;
            };
            let said = cause_sentence(event, link.matter.as_ref(), timeline.world());
            let part = line(&mut parts, (Kind::Link, number), event, said);
            let is_second = chain[..number as usize - 1]
                .iter()
                .any(|other| other.explains == link.explains);
            let explained = chain.iter().position(|other| other.event == link.explains);
            part.state = DEPTHS[link.depth.min(DEPTH_MAX) as usize];
            part.name = format!(
                "{number}, cause {}: {} {}",
                explained.map_or("of the question".to_owned(), |at| format!("of {}", at + 1)),
                part.words,
                part.note
            );
            let because = if is_second { "and because" } else { "because" };
            part.words = format!("{because} {}", inside_a_sentence(event, &part.words));
            answer.spots.extend(spot(number, event, topic));
        }
        answer.parts = parts.sorted();
        Some(answer)
    }
}

/// The values of `data-state` by depth.
const DEPTHS: [&str; 4] = ["depth-0", "depth-1", "depth-2", "depth-3"];

/// The sentence as it stands after "because". Clients' names keep their first letter.
fn inside_a_sentence(event: &Event, sentence: &str) -> String {
    let mut chars = sentence.chars();
    match (event.node, chars.next()) {
        (None | Some(NodeId::Controller | NodeId::Broker(_)), Some(first)) => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => sentence.to_owned(),
    }
}

fn line<'a>(
    parts: &'a mut Parts,
    (kind, number): (Kind, u32),
    event: &Event,
    words: String,
) -> &'a mut Part {
    let key = PartKey {
        index: u64::from(number),
        kind,
        ..PartKey::default()
    };
    let part = parts.flow(key);
    part.words = words;
    part.note = clock(event.at.0);
    part.act = Some(Act::Jump(event.id.step.0, event.id.index));
    part.is_stop = true;
    part
}

fn spot(number: u32, event: &Event, topic: &str) -> Option<Spot> {
    let partition = event.kafka().and_then(partition_of);
    let on_stage = partition.filter(|partition| partition.topic.as_str() == topic);
    if partition.is_some() && on_stage.is_none() {
        return None;
    }
    Some(Spot {
        number,
        node: match event.node {
            None | Some(NodeId::Controller) => SpotNode::Controller,
            Some(NodeId::Broker(id)) => SpotNode::Broker(id.0),
            Some(NodeId::Client(_)) => SpotNode::Client,
        },
        partition: on_stage.map(|partition| partition.partition.0),
    })
}
