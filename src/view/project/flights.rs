//! Messages on their way as the stage shows them. The rhythm that only says "still here" is left
//! out: heartbeats, waits for the metadata log, and fetches that come back empty or can only do so.

use highwater_engine::kafka::ids::{EventId, NodeId, StepId, TopicName, TopicPartition};
use highwater_engine::kafka::message::{
    FetchFrom, FetchPartition, FetchRequest, FetchResponse, Message, PartitionProduceResponse,
    Request, Response,
};
use highwater_engine::kafka::record::RecordBatch;
use highwater_engine::sim::machine::Process;
use highwater_engine::sim::network::Flight as Sent;
use highwater_engine::sim::world::World;

use super::present::asking;
use crate::view::format::list;
use crate::view::keys::Keys;
use crate::view::scene::{Errand, Flight, KeyMark, Place};

/// At most so many keys stand in a capsule.
const KEYS_MAX: usize = 4;
/// One message may fly on several lanes; each has its own number under the sending's.
const LANES_MAX: u32 = 64;

/// The sending of the message in a flight.
pub fn sending_of((step, index): (u64, u32)) -> EventId {
    EventId {
        step: StepId(step),
        index: index / LANES_MAX,
    }
}

/// What stands in one capsule: its lane, its words and its records' keys.
struct Capsule {
    lane: Option<u32>,
    words: String,
    records: Vec<KeyMark>,
}

/// All flights that the stage of `topic` shows, in the order of their arrival; held ones last.
pub(super) fn flights(world: &World, topic: Option<&TopicName>, keys: &Keys) -> Vec<Flight> {
    let reader = Reader { world, topic, keys };
    let under_way = world.network().flights().map(|sent| (sent, false));
    let held = world.network().held().iter().map(|sent| (sent, true));
    let mut flights = Vec::new();
    for (sent, is_held) in under_way.chain(held) {
        let (Some(from), Some(to)) = (place(world, sent.from), place(world, sent.to)) else {
            continue;
        };
        for (index, capsule) in (0..LANES_MAX).zip(reader.capsules(sent)) {
            flights.push(Flight {
                id: (sent.sent.step.0, sent.sent.index * LANES_MAX + index),
                from: from.clone(),
                to: to.clone(),
                lane: capsule.lane,
                errand: errand(&sent.message),
                words: capsule.words,
                records: capsule.records,
                sent_us: sent.sent_at.0,
                arrives_us: sent.arrives_at.0,
                is_held,
            });
        }
    }
    flights
}

fn errand(message: &Message) -> Errand {
    match message {
        Message::Request { request, .. } => match request {
            Request::Fetch(_) => Errand::Fetch,
            Request::OffsetCommit(_) => Errand::Commit,
            _ => Errand::Other,
        },
        Message::Response { response, .. } => match response {
            Response::OffsetCommit(_) => Errand::Commit,
            _ => Errand::Other,
        },
    }
}

/// Whether the stage shows anything on its way for which time is to wait: of an `opened` partition only what
/// moves on its lane, and as long as the visitor's producer has to ask who leads, only what it says and
/// hears. What waits at a cut link is not on its way.
pub fn is_any_under_way(world: &World, topic: &str, keys: &Keys, opened: Option<u32>) -> bool {
    let topics = &world.controller().image().topics;
    let topic = topics.keys().find(|it| it.as_str() == topic);
    let reader = Reader { world, topic, keys };
    let asking = asking(world).map(|(node, _)| node);
    let mut flights = world.network().flights();
    let is_seen = |it: &Capsule| opened.is_none_or(|row| it.lane == Some(row));
    flights.any(|sent| {
        let is_followed = asking.is_none_or(|node| sent.from == node || sent.to == node);
        is_followed && reader.capsules(sent).iter().any(is_seen)
    })
}

/// Where on the stage a node stands; none if there is no such node.
pub fn place(world: &World, node: NodeId) -> Option<Place> {
    Some(match (node, &world.machine(node)?.process) {
        (NodeId::Controller, _) => Place::Controller,
        (NodeId::Broker(id), _) => Place::Broker(id.0),
        (_, Process::Producer(producer)) => Place::Producer(producer.name().to_owned()),
        (_, Process::Consumer(consumer)) => Place::Consumer(consumer.name().to_owned()),
        _ => Place::Admin,
    })
}

struct Reader<'a> {
    world: &'a World,
    topic: Option<&'a TopicName>,
    keys: &'a Keys,
}

impl Reader<'_> {
    fn capsules(&self, sent: &Sent) -> Vec<Capsule> {
        match &*sent.message {
            Message::Request { request, .. } => self.request(sent.to, request),
            Message::Response { response, .. } => self.response(sent, response),
        }
    }

    fn request(&self, to: NodeId, request: &Request) -> Vec<Capsule> {
        match request {
            Request::BrokerHeartbeat(_) | Request::FetchMetadataLog(_) | Request::Heartbeat(_) => {
                Vec::new()
            }
            Request::Produce(produce) => {
                let batches = produce.batches.iter();
                let capsules = batches.filter_map(|to| {
                    let records = self.marks([&to.batch]);
                    self.on_lane(&to.partition, "produce".to_owned(), records)
                });
                capsules.collect()
            }
            Request::Fetch(fetch) => {
                let partitions = fetch.partitions.iter();
                let news = partitions.filter(|from| !self.is_in_vain(to, fetch, from));
                let capsules = news.filter_map(|from| {
                    let words = format!("fetch {}", from.fetch_offset);
                    self.on_lane(&from.partition, words, Vec::new())
                });
                capsules.collect()
            }
            Request::OffsetCommit(commit) => {
                let offsets = commit.offsets.iter();
                let capsules = offsets.filter_map(|(partition, committed)| {
                    self.on_lane(partition, format!("commit {}", committed.offset), vec![])
                });
                capsules.collect()
            }
            Request::AlterPartition(alter) => {
                let isr: Vec<_> = alter.new_isr.iter().map(|(id, _)| *id).collect();
                let words = format!("ISR {}", list(&isr));
                self.on_lane(&alter.partition, words, vec![])
                    .into_iter()
                    .collect()
            }
            other => vec![without_lane(plain(other.api_name()))],
        }
    }

    fn response(&self, sent: &Sent, response: &Response) -> Vec<Capsule> {
        match response {
            Response::BrokerHeartbeat(_) | Response::Heartbeat(_) => Vec::new(),
            Response::FetchMetadataLog(answer) if answer.entries.is_empty() => Vec::new(),
            Response::FetchMetadataLog(_) => vec![without_lane("metadata log".to_owned())],
            Response::Produce(produce) => {
                let answers = produce.partitions.iter();
                let capsules = answers
                    .filter_map(|answer| self.on_lane(&answer.partition, ack(answer), vec![]));
                capsules.collect()
            }
            Response::Fetch(fetch) => self.fetched(sent.to, fetch),
            Response::OffsetCommit(commit) => {
                let answers = commit.partitions.iter();
                let capsules = answers.filter_map(|(partition, error)| {
                    let words = error.map_or_else(|| "committed".to_owned(), |it| it.to_string());
                    self.on_lane(partition, words, vec![])
                });
                capsules.collect()
            }
            Response::AlterPartition(altered) => {
                let words = match &altered.result {
                    Ok(state) => format!("ISR {}", list(&state.isr)),
                    Err(error) => error.to_string(),
                };
                self.on_lane(&altered.partition, words, vec![])
                    .into_iter()
                    .collect()
            }
            other => vec![without_lane(plain(other.api_name()) + " answer")],
        }
    }

    fn fetched(&self, to: NodeId, fetch: &FetchResponse) -> Vec<Capsule> {
        let answers = fetch.partitions.iter().filter_map(|answer| {
            let is_news = !answer.batches.is_empty()
                || self.known_high_watermark(to, &answer.partition) < answer.high_watermark.0;
            let words = if let Some(error) = answer.error {
                error.to_string()
            } else if let Some(diverging) = answer.diverging_epoch {
                format!("diverges at {}", diverging.end_offset)
            } else if is_news {
                format!("HW {}", answer.high_watermark)
            } else {
                return None;
            };
            let records = self.marks(&answer.batches);
            self.on_lane(&answer.partition, words, records)
        });
        answers.collect()
    }

    /// Whether a consumer asks for what it can't get yet, as it does without end until it can.
    fn is_in_vain(&self, to: NodeId, fetch: &FetchRequest, from: &FetchPartition) -> bool {
        let Some(Process::Broker(broker)) = self.process(to) else {
            return false;
        };
        let leader = broker.replica(&from.partition);
        fetch.from == FetchFrom::Consumer
            && leader.is_some_and(|it| it.has_only_unreadable(from.fetch_offset))
    }

    fn process(&self, node: NodeId) -> Option<&Process> {
        self.world.machine(node).map(|machine| &machine.process)
    }

    /// The high watermark that the receiver knows already.
    fn known_high_watermark(&self, node: NodeId, partition: &TopicPartition) -> u64 {
        let known = match self.process(node) {
            Some(Process::Broker(broker)) => {
                broker.replica(partition).map(|state| state.high_watermark)
            }
            Some(Process::Consumer(consumer)) => consumer.high_watermark(partition),
            _ => None,
        };
        known.unwrap_or_default().0
    }

    /// A capsule on a partition's lane, if the partition is on the stage.
    fn on_lane(
        &self,
        partition: &TopicPartition,
        words: String,
        records: Vec<KeyMark>,
    ) -> Option<Capsule> {
        (Some(&partition.topic) == self.topic).then_some(Capsule {
            lane: Some(partition.partition.0),
            words,
            records,
        })
    }

    fn marks<'b>(&self, batches: impl IntoIterator<Item = &'b RecordBatch>) -> Vec<KeyMark> {
        let records = batches
            .into_iter()
            .flat_map(|batch| batch.records().unwrap_or_default());
        let marks = records.map(|stored| self.keys.mark(stored.record.key.as_deref()));
        marks.take(KEYS_MAX).collect()
    }
}

fn without_lane(words: String) -> Capsule {
    Capsule {
        lane: None,
        words,
        records: Vec::new(),
    }
}

/// `offset for leader epoch`: the names of all requests are written as `fetch` is.
#[inline(never)]
fn plain(api: &str) -> String {
    let mut words = String::new();
    for letter in api.chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

fn ack(answer: &PartitionProduceResponse) -> String {
    match (answer.error, answer.base_offset) {
        (Some(error), _) => error.to_string(),
        (None, Some(offset)) => format!("ack {offset}"),
        (None, None) => "ack".to_owned(),
    }
}
