//! The sentence about the present: what just changed how the cluster stands; once that was read,
//! how it stands. Beside it stands what one may want to do about it.

use highwater_engine::kafka::client::call::ProducerRecord;
use highwater_engine::kafka::event::{KafkaEvent, LeaderElection};
use highwater_engine::kafka::ids::{BrokerId, EventId, NodeId, TopicName};
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::machine::Process;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::memory::{BREACH, Memory, YOUR_PRODUCER, YourRecord, weight};
use super::news::{news, own_record_waits, own_send_waits, unread};
use super::{broker_status, mending, registrations, silence_limit};
use crate::view::event_line::partition_name;
use crate::view::format::{
    broker_names, capitalized, enumeration, number_word, shortened, spoken_seconds,
};
use crate::view::part::{Act, Kind, Part, PartKey, Parts};
use crate::view::scene::BrokerStatus;
use crate::view::subject::Subject;

/// The longest sentence, in characters.
const SENTENCE_MAX: usize = 100;
/// Sentences of no more bytes than this have room in two lines of large type, on a telephone and beside
/// the panel, too.
pub const SENTENCE_SHORT: usize = 72;
/// For how long that one is news which also offers to watch it again, in microseconds.
const WATCH_US: u64 = 5_000_000;
/// For how long it is looked at closely in a log, in microseconds: usually it is readable earlier.
const CLOSE_US: u64 = 50_000;
/// For how long one may ask why the visitor's own record was not readable at once, in microseconds.
const YOURS_US: u64 = 1_000_000;

/// At most so many buttons are offered because of how the cluster stands.
const FITTING_MAX: usize = 2;
/// Before all that mends something, behind the first of that, and after it.
const ACK_ROW: u32 = 0;
const YET_ROW: u32 = 2;
const LEADER_ROW: u32 = 100;
const WATCH_ROW: u32 = 101;
const WHY_ROW: u32 = 102;

/// The sentence at the play head.
pub(super) fn present(timeline: &Timeline, topic: Option<&TopicName>, memory: &Memory) -> String {
    let world = timeline.world();
    let event =
        newest(timeline, memory).filter(|event| world.now().since(event.at).0 < news_us(event));
    let yours = memory.your_record(timeline.position());
    let text = match event {
        Some(event) => news(timeline, event, yours),
        None => asking(world)
            .map(|(_, record)| own_send_waits(&record.topic))
            .or_else(|| own_record_waits(world, yours?))
            .unwrap_or_else(|| standing(timeline, topic, memory)),
    };
    shortened(&text, SENTENCE_MAX)
}

/// The visitor's producer that has to ask first who leads the partitions of a topic, with its record.
pub(super) fn asking(world: &World) -> Option<(NodeId, &ProducerRecord)> {
    let mut asking = world.machines().filter_map(|(node, it)| match &it.process {
        Process::Producer(it) if it.name().starts_with(YOUR_PRODUCER) => {
            Some((node, it.awaits_metadata()?))
        }
        _ => None,
    });
    asking.next()
}

/// Whether the visitor's own record has just come into a log, and nobody may read it yet.
pub fn is_yours_unread(timeline: &Timeline, memory: &Memory) -> bool {
    let world = timeline.world();
    memory
        .your_record(timeline.position())
        .is_some_and(|yours| {
            let written = timeline.branch().step(yours.step);
            let is_new = written.is_some_and(|step| world.now().since(step.at).0 < CLOSE_US);
            is_new && unread(world, yours).is_some()
        })
}

/// What the sentence tells of, if it changed how the cluster stands just now.
pub fn happened(timeline: &Timeline, memory: &Memory) -> Option<EventId> {
    let now = timeline.world().now();
    let event = newest(timeline, memory)?;
    let is_news = weight(event) >= 2 && now.since(event.at).0 < news_us(event);
    is_news.then_some(event.id)
}

/// What one may want to do now, the likeliest first.
pub(super) fn fitting(
    timeline: &Timeline,
    topic: Option<&TopicName>,
    memory: &Memory,
) -> Vec<Part> {
    let world = timeline.world();
    let mut parts = Parts::default();
    let is_awaited = is_troubled(world, InSync::of(world, topic))
        && mending::offer(&mut parts, timeline, topic, memory);
    let age = |event: &Event| world.now().since(event.at).0;
    let turn = newest(timeline, memory).filter(|event| weight(event) >= 2);
    let fresh = turn.filter(|event| !is_awaited && age(event) < WATCH_US);
    if let Some(event) = fresh {
        let act = Act::Watch(event.id.step.0);
        button(&mut parts, WATCH_ROW, "Watch it again".to_owned(), act);
    }
    if let Some(yours) = memory.your_record(timeline.position())
        && topic == Some(&yours.partition.topic)
    {
        ask_of_yours(&mut parts, timeline, yours);
    }
    if let Some((words, subject)) = fresh.and_then(|event| why_chosen(event, topic)) {
        button(&mut parts, LEADER_ROW, words, Act::Why(subject));
    }
    let breach = turn.filter(|event| weight(event) >= BREACH && age(event) < news_us(event));
    if let Some(ack) = breach.and_then(|event| ack_of_loss(timeline, event, memory)) {
        let act = Act::Jump(ack.step.0, ack.index);
        button(&mut parts, ACK_ROW, "Step to the ack".to_owned(), act);
    }
    let mut parts = parts.sorted();
    parts.truncate(FITTING_MAX);
    // To ask or to watch something again helps nobody who is in need.
    let mends = |it: &&mut Part| it.key.row < LEADER_ROW && it.key.row != YET_ROW;
    if let Some(first) = parts.first_mut().filter(mends) {
        first.state = "primary";
    }
    parts
}

/// What one may ask of an election on the stage.
#[inline(never)]
fn why_chosen(event: &Event, topic: Option<&TopicName>) -> Option<(String, Subject)> {
    let Some(KafkaEvent::LeaderElected(election)) = event.kafka() else {
        return None;
    };
    let LeaderElection { to, partition, .. } = &**election;
    let subject = Subject::Leader {
        partition: partition.partition.0,
    };
    let words = format!("Why broker {}?", (*to)?);
    (Some(&partition.topic) == topic).then_some((words, subject))
}

/// What one may ask of one's own record: why nobody may read it yet; and since that is over soon, at the same
/// place why it was so.
#[inline(never)]
fn ask_of_yours(parts: &mut Parts, timeline: &Timeline, yours: YourRecord<'_>) {
    let world = timeline.world();
    let subject = Subject::Record {
        partition: yours.partition.partition.0,
        broker: 0,
        offset: yours.offset.0,
    };
    if own_record_waits(world, yours).is_some() {
        button(parts, YET_ROW, "Why not yet?".to_owned(), Act::Why(subject));
        return;
    }
    let registration = world.controller().image().partition(yours.partition);
    let is_copied = registration.is_some_and(|it| it.isr.len() > 1);
    let written = timeline.branch().step(yours.step);
    if is_copied && written.is_some_and(|step| world.now().since(step.at).0 < YOURS_US) {
        let act = Act::WhyThen(yours.step.0, subject);
        button(parts, WHY_ROW, "Why not at once?".to_owned(), act);
    }
}

/// The answer by which the producer of a lost record learned that it is stored.
#[inline(never)]
fn ack_of_loss(timeline: &Timeline, breach: &Event, memory: &Memory) -> Option<EventId> {
    let EventKind::RuleBroken(broken) = &breach.kind else {
        return None;
    };
    let loss = memory.loss(&broken.partition, timeline.position())?;
    (loss.record.offset == broken.offset)
        .then_some(loss.record.told)
        .flatten()
}

pub(super) fn button(parts: &mut Parts, row: u32, words: String, act: Act) -> &mut Part {
    let part = parts.flow(PartKey {
        row,
        kind: Kind::Button,
        ..PartKey::default()
    });
    part.words = words;
    part.act = Some(act);
    part.is_stop = true;
    part
}

fn newest<'a>(timeline: &'a Timeline, memory: &Memory) -> Option<&'a Event> {
    let id = memory.turning_point(timeline.position())?;
    timeline.event(id)
}

/// For how long an event is news, in microseconds of the run.
fn news_us(event: &Event) -> u64 {
    match weight(event) {
        BREACH.. => 30_000_000,
        4 => 1_000_000,
        3 => 5_000_000,
        2 => 2_000_000,
        _ => 500_000,
    }
}

/// How many replicas of the partition that has the fewest are in sync, of how many, and how many a
/// write with acks=all needs.
#[derive(Clone, Copy)]
struct InSync {
    count: usize,
    all: usize,
    needed: usize,
}

impl InSync {
    fn of(world: &World, topic: Option<&TopicName>) -> Option<InSync> {
        let rows = registrations(world, topic).map(|(partition, it)| {
            let leader = it
                .leader
                .and_then(|id| world.broker(id)?.replica(&partition));
            InSync {
                count: it.leader.map_or(0, |_| it.isr.len()),
                all: it.replicas.len(),
                needed: leader.map_or(0, |leader| leader.min_insync_replicas as usize),
            }
        });
        rows.min_by_key(|it| it.count * 1000 / it.all.max(1))
    }

    fn is_whole(self) -> bool {
        self.count >= self.all
    }

    /// What that means for those who write.
    fn words(self) -> String {
        let InSync { count, all, needed } = self;
        if count < needed {
            return format!("acks=all is refused: {count} of {all} in sync, {needed} needed.");
        }
        format!("The rest go on with {count} of {all} in sync.")
    }
}

/// Whether something is down, cut or behind.
fn is_troubled(world: &World, fewest: Option<InSync>) -> bool {
    !mending::is_whole(world) || fewest.is_some_and(|it| !it.is_whole())
}

/// How the cluster stands.
fn standing(timeline: &Timeline, topic: Option<&TopicName>, memory: &Memory) -> String {
    let fewest = InSync::of(timeline.world(), topic);
    if is_troubled(timeline.world(), fewest) {
        return troubled(timeline, topic, memory, fewest);
    }
    copied(fewest)
}

/// To how many brokers every record is copied, if there is a topic.
fn copied(fewest: Option<InSync>) -> String {
    match fewest.map(|it| it.all) {
        None => "The cluster runs. It has no topic yet.".to_owned(),
        Some(1) => "Every record is on one broker only: nobody else has a copy.".to_owned(),
        Some(all) => format!(
            "Every record is copied to {} brokers before anyone may read it.",
            number_word(all)
        ),
    }
}

/// How it stands while something is down or behind, the worst first.
#[inline(never)]
fn troubled(
    timeline: &Timeline,
    topic: Option<&TopicName>,
    memory: &Memory,
    fewest: Option<InSync>,
) -> String {
    let world = timeline.world();
    let of_status = |sought| Vec::from_iter(mending::of_status(world, sought));
    let (down, paused) = (
        of_status(BrokerStatus::Down),
        of_status(BrokerStatus::Paused),
    );
    let are = if down.len() == 1 { "is" } else { "are" };
    let starting = of_status(BrokerStatus::Starting);
    let is_counted_on = |id: &&BrokerId| world.controller().is_active(**id);
    let mut mute = down.iter().chain(&paused).chain(&starting);
    if let Some(id) = mute.find(is_counted_on) {
        return awaited(world, topic, *id);
    }
    let leaderless = registrations(world, topic).filter(|(_, it)| it.leader.is_none());
    let leaderless = Vec::from_iter(leaderless.map(|(partition, _)| partition_name(&partition)));
    if let [first, others @ ..] = leaderless.as_slice() {
        let who = match others.len() {
            0 => [first, " has"].concat(),
            1 | 2 => [&enumeration(&leaderless), " have"].concat(),
            _ => format!("{} partitions have", leaderless.len()),
        };
        return format!("{who} no leader: nobody can write there or read.");
    }
    let mut fenced = starting;
    fenced.extend(of_status(BrokerStatus::Fenced));
    fenced.extend(paused);
    let Some(fewest) = fewest.filter(|it| !it.is_whole()) else {
        return copied(fewest);
    };
    if !down.is_empty() {
        let names = capitalized(&broker_names(&down));
        return format!("{names} {are} down. {}", fewest.words());
    }
    match fenced.first() {
        Some(first) => without(timeline, topic, memory, *first, fewest),
        None => behind(world, topic, fewest),
    }
}

/// How a replica that everybody hears of is not in sync.
fn behind(world: &World, topic: Option<&TopicName>, fewest: InSync) -> String {
    let node = NodeId::Broker;
    let mut cut_off = registrations(world, topic).filter_map(|(partition, it)| {
        let leader = it.leader?;
        let mut out = it.replicas.iter().filter(|id| !it.isr.contains(id));
        let id = out.find(|id| {
            let cut = world.network().cut_by(node(**id), node(leader));
            cut.is_some()
        })?;
        let name = partition_name(&partition);
        Some(format!(
            "Broker {id} cannot reach broker {leader}, which leads {name}. {}",
            fewest.words()
        ))
    });
    cut_off.next().unwrap_or_else(|| {
        let InSync { count, all, .. } = fewest;
        format!("A copy is catching up: {count} of {all} are in sync.")
    })
}

/// What the controller does about a broker that it still counts on and that can't be heard.
pub(super) fn awaited(world: &World, topic: Option<&TopicName>, id: BrokerId) -> String {
    let limit = spoken_seconds(silence_limit(world));
    if mending::is_overdue(world) {
        return format!(
            "Silent for too long: the controller fences broker {id} at its next check."
        );
    }
    match broker_status(world, id) {
        BrokerStatus::Down => {
            return format!("Broker {id} is down. The controller gives a silent broker {limit}.");
        }
        BrokerStatus::Starting => {
            return format!("Broker {id} starts. It may register once its last session is over.");
        }
        _ => {}
    }
    if registrations(world, topic).any(|(_, it)| it.isr.contains(&id)) {
        return format!("Broker {id} stands still. acks=all waits for it until it is fenced.");
    }
    format!("Broker {id} stands still. The controller gives a silent broker {limit}.")
}

/// That a process starts whose predecessor the controller no longer counts on.
pub(super) fn starts(id: BrokerId) -> String {
    format!("Broker {id} starts, fenced until it has caught up with the metadata.")
}

/// How the others go on without a fenced broker, which may not lead or be in sync.
#[inline(never)]
fn without(
    timeline: &Timeline,
    topic: Option<&TopicName>,
    memory: &Memory,
    id: BrokerId,
    fewest: InSync,
) -> String {
    let world = timeline.world();
    let cut = world
        .network()
        .cut_by(NodeId::Broker(id), NodeId::Controller);
    let state = match broker_status(world, id) {
        BrokerStatus::Paused => "is paused and fenced",
        BrokerStatus::Starting => return starts(id),
        _ if cut.is_some() => "is cut off and fenced",
        _ => {
            return format!(
                "Broker {id} is back, fenced until it has caught up with the metadata."
            );
        }
    };
    let led = registrations(world, topic).filter_map(|(partition, registration)| {
        let lost = memory.lost_leader(&partition, timeline.position())?;
        let leader = registration.leader.filter(|_| lost.from == id)?;
        Some((partition_name(&partition), leader))
    });
    match led.collect::<Vec<_>>().as_slice() {
        [(name, leader)] => format!("Broker {id} {state}; broker {leader} now leads {name}."),
        _ => format!("Broker {id} {state}. {}", fewest.words()),
    }
}
