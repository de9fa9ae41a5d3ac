//! From a world to the rows of the stage: the one place that reads the engine for the page.
//!
//! Who leads and who is in sync is what the controller's metadata says; logs and high watermarks
//! are the brokers' own; a dead broker shows what is on its disk.

mod clients;
mod difference;
mod flights;
mod gone;
mod inside;
mod memory;
mod mending;
mod news;
mod present;
mod replicas;
mod tracks;

use highwater_engine::kafka::broker::Broker;
use highwater_engine::kafka::controller::BrokerControlState;
use highwater_engine::kafka::ids::{
    BrokerId, EventId, NodeId, Offset, StepId, TopicName, TopicPartition,
};
use highwater_engine::kafka::metadata::PartitionRegistration;
use highwater_engine::kafka::murmur2::coordinator_partition;
use highwater_engine::sim::event::EventKind;
use highwater_engine::sim::invariant::{BrokenRule, Rule};
use highwater_engine::sim::machine::Status;
use highwater_engine::sim::timeline::{Branch, Timeline};
use highwater_engine::sim::world::World;
use highwater_engine::sorted::SortedSet;

use crate::view::event_line::{OFFSETS_TOPIC, breach_words, rule_words};
use crate::view::format::{broker_names, clock, list, number_word, seconds};
use crate::view::layout::CELLS_MAX;
use crate::view::scene::{
    BranchRow, BrokerRow, BrokerStatus, ControllerRow, HeadRow, LampRow, LampState, PartitionRow,
    Scene,
};

pub use flights::sending_of;
pub use flights::{is_any_under_way, place};
pub use memory::{Memory, YOUR_PRODUCER, is_turning_point, turn};
pub use mending::catch_up;
pub use present::{SENTENCE_SHORT, happened, is_yours_unread};
pub use replicas::{told, was_readable};

/// A broker counts as silent after this much: a heartbeat interval of 2 s and a half, in
/// microseconds.
const SILENT_AFTER_US: u64 = 2_500_000;
/// More partitions that a broker leads are told as a number.
const LEADS_MAX: usize = 4;
/// For how long the epoch before is told, in microseconds.
const FORMER_EPOCH_US: u64 = 4_000_000;

/// The scene at the play head. `memory` goes along from one call to the next.
pub fn project(timeline: &Timeline, memory: &mut Memory) -> Scene {
    memory.follow(timeline);
    let world = timeline.world();
    let all = world.controller().image().topics.keys();
    let chosen = all.clone().find(|topic| memory.shows(topic));
    // The machinery's own is among them only as long as it is looked at.
    let is_chosen = |topic: &&TopicName| Some(*topic) == chosen;
    let mut topics = topics(world);
    topics.extend(all.filter(is_internal).filter(is_chosen));
    let topic = chosen.or(topics.first().copied());
    Scene {
        head: head(timeline),
        sentence: present::present(timeline, topic, memory),
        fitting: present::fitting(timeline, topic, memory),
        topic: topic.map_or_else(String::new, TopicName::to_string),
        topics: topics.iter().map(|topic| topic.to_string()).collect(),
        has_offsets_topic: world
            .controller()
            .image()
            .topics
            .keys()
            .any(|it| is_internal(&it)),
        controller: controller(world),
        brokers: brokers(timeline, topic, memory),
        partitions: partitions(timeline, topic, memory),
        producers: clients::producers(world, topic, memory.keys()),
        groups: clients::groups(world, topic),
        flights: flights::flights(world, topic, memory.keys()),
        lamps: Rule::ALL.iter().map(|rule| lamp(timeline, *rule)).collect(),
        tracks: memory.tracks(timeline),
        branches: branches(timeline),
    }
}

/// The topics that are not the machinery's own, by name.
fn topics(world: &World) -> Vec<&TopicName> {
    let topics = world.controller().image().topics.keys();
    topics.filter(|topic| !is_internal(topic)).collect()
}

fn is_internal(topic: &&TopicName) -> bool {
    topic.as_str() == OFFSETS_TOPIC
}

/// The partitions of a topic with what the controller knows of them, by number; of the many of
/// `__consumer_offsets` those that hold something.
fn registrations<'a>(
    world: &'a World,
    topic: Option<&'a TopicName>,
) -> impl Iterator<Item = (TopicPartition, &'a PartitionRegistration)> {
    let image = world.controller().image();
    let named = topic.and_then(|name| Some((name, image.topics.get(name)?)));
    named.into_iter().flat_map(move |(name, topic)| {
        let partitions = topic.partitions.iter();
        let named = partitions
            .map(move |(id, registration)| (TopicPartition::new(name, id.0), registration));
        named.filter(move |(partition, _)| !is_internal(&name) || holds_records(world, partition))
    })
}

fn holds_records(world: &World, partition: &TopicPartition) -> bool {
    let logs = world
        .brokers()
        .filter_map(|(_, broker)| broker.disk().log(partition));
    logs.into_iter()
        .any(|log| log.log_end_offset() > Offset::ZERO)
}

/// The groups whose offsets a partition of `__consumer_offsets` holds.
fn groups_in(world: &World, partition: &TopicPartition) -> String {
    if !is_internal(&&partition.topic) {
        return String::new();
    }
    let image = world.controller().image();
    let count = image
        .topics
        .get(&partition.topic)
        .map_or(1, |it| it.partitions.len());
    let mut names: Vec<&str> = Vec::new();
    for (_, broker) in world.brokers() {
        let groups = broker
            .group_coordinator()
            .into_iter()
            .flat_map(|it| it.groups());
        for (name, _) in groups {
            let is_here = coordinator_partition(name, count as u32) == partition.partition;
            if is_here && !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
    }
    names.join(", ")
}

fn head(timeline: &Timeline) -> HeadRow {
    let now_us = timeline.world().now().0;
    HeadRow {
        now_us,
        clock: clock(now_us),
        step: timeline.position().0,
        known_steps: timeline.known_length().0,
        known_us: timeline
            .branch()
            .steps()
            .next_back()
            .map_or(now_us, |step| step.at.0),
    }
}

fn controller(world: &World) -> ControllerRow {
    let all: Vec<BrokerId> = world.brokers().map(|(id, _)| id).collect();
    let controller = world.controller();
    let with_state = |sought: BrokerControlState| {
        let is_so = |id: &BrokerId| controller.broker_state(*id) == sought;
        all.iter().copied().filter(is_so).collect::<Vec<_>>()
    };
    let silent: Vec<BrokerId> = all
        .iter()
        .copied()
        .filter(|id| silence_us(world, *id).is_some())
        .collect();
    let fenced = with_state(BrokerControlState::Fenced);
    let leaving = with_state(BrokerControlState::ControlledShutdown);
    let words = if !silent.is_empty() {
        format!("no heartbeat from {}", broker_names(&silent))
    } else if let Some(words) = mending::unnoticed(world) {
        words
    } else if fenced.len() == all.len() {
        "waits for brokers".to_owned()
    } else if !fenced.is_empty() {
        format!("{} fenced", broker_names(&fenced))
    } else if !leaving.is_empty() {
        format!("lets {} go", broker_names(&leaving))
    } else if all.len() == 1 {
        "hears the one broker".to_owned()
    } else {
        format!("hears all {} brokers", number_word(all.len()))
    };
    ControllerRow { words }
}

fn brokers(timeline: &Timeline, topic: Option<&TopicName>, memory: &Memory) -> Vec<BrokerRow> {
    let world = timeline.world();
    let mut ids = world.brokers().map(|(id, _)| id);
    let is_missed =
        ids.any(|id| silence_us(world, id).is_some()) || mending::last_heard(world).is_some();
    let rows = world.brokers().map(|(id, _)| {
        let status = broker_status(world, id);
        let led = || {
            let rows = registrations(world, topic);
            rows.filter(|(_, registration)| registration.leader == Some(id))
        };
        let unreached = unreached(world, id);
        let is_alive = matches!(
            status,
            BrokerStatus::Up | BrokerStatus::ShuttingDown | BrokerStatus::Paused
        );
        BrokerRow {
            id: id.0,
            status,
            note: match led().count() {
                _ if !unreached.is_empty() => cut_from(&unreached),
                0 => String::new(),
                _ if !is_alive => String::new(),
                1..=LEADS_MAX => {
                    let names = led().map(|(partition, _)| format!("p{}", partition.partition));
                    format!("leads {}", list(&names.collect::<Vec<_>>()))
                }
                more => format!("leads {more}"),
            },
            is_heard: is_heard(world, id),
            silence: silence_us(world, id)
                .or_else(|| {
                    // Once it is fenced, the controller no longer counts: how long that took is told
                    // until another one is missed.
                    let is_mute = matches!(status, BrokerStatus::Down | BrokerStatus::Paused);
                    let fenced = memory.silence_before_fenced(id, timeline.position());
                    fenced.filter(|_| is_mute && !is_missed)
                })
                .map(|silence| ["silent ", &seconds(silence)].concat()),
        }
    });
    rows.collect()
}

/// The brokers, and the controller, to which a broker's link is cut.
fn unreached(world: &World, id: BrokerId) -> Vec<NodeId> {
    let is_cut = |other: &NodeId| world.network().cut_by(NodeId::Broker(id), *other).is_some();
    let brokers = world.brokers().map(|(id, _)| NodeId::Broker(id));
    brokers.chain([NodeId::Controller]).filter(is_cut).collect()
}

/// `cut from 3`, which matters more than what a broker leads.
#[inline(never)]
fn cut_from(unreached: &[NodeId]) -> String {
    let names = unreached.iter().map(|node| match node {
        NodeId::Broker(id) => id.to_string(),
        _ => "controller".to_owned(),
    });
    let names: Vec<String> = names.collect();
    ["cut from ", &names.join(", ")].concat()
}

fn broker_status(world: &World, id: BrokerId) -> BrokerStatus {
    let machine = world.machine(NodeId::Broker(id));
    match machine.map(|machine| &machine.status) {
        None | Some(Status::Down { .. }) => BrokerStatus::Down,
        Some(Status::Paused { .. }) => BrokerStatus::Paused,
        Some(Status::Starting) => BrokerStatus::Starting,
        Some(Status::Running) => {
            let broker = world.broker(id);
            let registration = world.controller().image().brokers.get(&id);
            let known = registration.map(|it| it.broker_epoch);
            let own = broker.and_then(Broker::broker_epoch);
            if broker.is_some_and(Broker::is_shutting_down) {
                BrokerStatus::ShuttingDown
            } else if own.is_none() || own != known {
                BrokerStatus::Starting
            } else if world.controller().is_active(id) {
                BrokerStatus::Up
            } else {
                BrokerStatus::Fenced
            }
        }
    }
}

/// For how many microseconds the controller has not heard a broker that it still counts on.
fn silence_us(world: &World, id: BrokerId) -> Option<u64> {
    let contact = world.controller().last_contact(id)?;
    let silence = world.now().since(contact.at).0;
    let is_counted_on = world.controller().is_active(id);
    (is_counted_on && silence > SILENT_AFTER_US).then_some(silence)
}

/// Whether the controller hears a broker: also one that came back and is still fenced.
fn is_heard(world: &World, id: BrokerId) -> bool {
    let is_in_session = match broker_status(world, id) {
        BrokerStatus::Down | BrokerStatus::Starting => false,
        BrokerStatus::Fenced => world.controller().last_contact(id).is_some(),
        _ => true,
    };
    is_in_session && silence_us(world, id).is_none()
}

/// For how long the controller bears a broker's silence, in microseconds.
fn silence_limit(world: &World) -> u64 {
    world.controller().config().session_timeout.0
}

fn partitions(
    timeline: &Timeline,
    topic: Option<&TopicName>,
    memory: &Memory,
) -> Vec<PartitionRow> {
    let world = timeline.world();
    let count = registrations(world, topic).count();
    let rows = registrations(world, topic).enumerate();
    let yours = memory.your_record(timeline.position());
    let rows = rows.map(|(row, (partition, registration))| {
        if !memory.tells(row) {
            return PartitionRow {
                id: partition.partition.0,
                name: format!("p{}", partition.partition),
                ..PartitionRow::default()
            };
        }
        let is_opened = memory.opened == Some(partition.partition.0);
        let has_cells = is_opened || count <= CELLS_MAX as usize;
        let loss = memory.lost_leader(&partition, timeline.position());
        let is_new = loss.is_some_and(|loss| world.now().since(loss.at).0 < FORMER_EPOCH_US);
        // The controller may still name a leader whose process is gone: nobody leads then.
        let leads = |id: &BrokerId| {
            let status = broker_status(world, *id);
            !matches!(status, BrokerStatus::Down | BrokerStatus::Starting)
        };
        let leader = registration.leader.filter(leads);
        let leader_state =
            leader.and_then(|id| world.broker(id).and_then(|it| it.replica(&partition)));
        let in_sync_replicas: SortedSet<u32> = registration.isr.iter().map(|id| id.0).collect();
        let epoch = registration.leader_epoch.0;
        let high_watermark = leader_state.map(|state| state.high_watermark.0);
        PartitionRow {
            id: partition.partition.0,
            name: format!("p{}", partition.partition),
            leader: leader.map(|id| id.0),
            leader_epoch: (epoch > 0).then_some(epoch),
            former_epoch: (epoch > 0 && is_new).then_some(epoch - 1),
            in_sync_replicas: in_sync_replicas.iter().copied().collect(),
            high_watermark,
            replica_count: registration.replicas.len() as u32,
            holds: groups_in(world, &partition),
            lost: inside::lost_offset(world, &partition),
            yours: yours.and_then(|it| (*it.partition == partition).then_some(it.offset.0)),
            replicas: replicas::replicas(timeline, &partition, registration, memory, has_cells),
            marks: clients::marks(world, &partition, high_watermark),
            inside: is_opened.then(|| inside::inside(timeline, &partition, registration, memory)),
        }
    });
    rows.collect()
}

/// How a rule stands at the play head: one that breaks only later still holds.
fn lamp(timeline: &Timeline, rule: Rule) -> LampRow {
    let state = match timeline.world().invariants().breach(rule) {
        None => LampState::Holds,
        Some((broken, event)) => breach(timeline, broken, *event),
    };
    LampRow {
        rule: rule_words(rule).to_owned(),
        state,
    }
}

#[inline(never)]
fn breach(timeline: &Timeline, broken: &BrokenRule, cause: EventId) -> LampState {
    LampState::Broken {
        words: breach_words(broken),
        event: breach_event(timeline, broken, cause),
    }
}

/// Where a rule broke; its cause, if that is no longer remembered.
fn breach_event(timeline: &Timeline, broken: &BrokenRule, cause: EventId) -> (u64, u32) {
    let step = timeline.branch().step(cause.step);
    let mut events = step.into_iter().flat_map(|step| &step.events);
    let found =
        events.find(|event| matches!(&event.kind, EventKind::RuleBroken(rule) if rule == broken));
    let id = found.map_or(cause, |event| event.id);
    (id.step.0, id.index)
}

/// When a branch left another one. Who has not been there since the page came does not know.
fn left_at(timeline: &Timeline, branch: &Branch) -> Option<String> {
    let (parent, position) = branch.parent()?;
    let last = StepId(position.0.checked_sub(1)?);
    let step = branch.step(last).or(timeline.branches()[parent].step(last));
    step.map(|step| clock(step.at.0))
}

fn branches(timeline: &Timeline) -> Vec<BranchRow> {
    let rows = timeline
        .branches()
        .iter()
        .enumerate()
        .map(|(index, branch)| BranchRow {
            name: match branch.parent() {
                Some((parent, _)) => difference::name(timeline, index, parent),
                None => branch.name().to_owned(),
            },
            from: left_at(timeline, branch),
            is_current: index == timeline.current_branch(),
            known_steps: branch.length().0,
        });
    rows.collect()
}

#[cfg(test)]
mod tests;
