//! Where something was stopped or cut: what mends it, as buttons, what helps most first; and what
//! the controller knows of it.

use highwater_engine::kafka::ids::{BrokerId, NodeId, TopicName};
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::memory::Memory;
use super::present::button;
use super::{broker_status, registrations, silence_limit, silence_us, unreached};
use crate::view::format::{seconds, spoken_seconds};
use crate::view::part::{Act, Parts};
use crate::view::scene::BrokerStatus;

/// For how long somebody is waited for who catches up, in microseconds.
const CATCH_UP_MAX_US: u64 = 30_000_000;

/// Who is not heard by the controller: also a process that the controller has not registered, since it
/// still keeps the session of the one before.
const MUTE: [BrokerStatus; 3] = [
    BrokerStatus::Down,
    BrokerStatus::Paused,
    BrokerStatus::Starting,
];

/// Whether every process runs and no link is cut.
pub(super) fn is_whole(world: &World) -> bool {
    let runs = |id| !MUTE.contains(&broker_status(world, id));
    world.network().is_whole() && world.brokers().all(|(id, _)| runs(id))
}

/// What the controller knows of a broker that it can't hear and has not missed yet.
pub(super) fn unnoticed(world: &World) -> Option<String> {
    if is_whole(world) {
        return None;
    }
    last_heard(world)
}

pub(super) fn last_heard(world: &World) -> Option<String> {
    let is_mute = |id: BrokerId| {
        MUTE.contains(&broker_status(world, id))
            || unreached(world, id).contains(&NodeId::Controller)
    };
    let controller = world.controller();
    let mut ids = world.brokers().map(|(id, _)| id);
    let id = ids.find(|id| controller.is_active(*id) && is_mute(*id))?;
    let ago = world.now().since(controller.last_contact(id)?.at).0;
    Some(format!("last heard broker {id}: {} ago", seconds(ago)))
}

/// Whether a broker has been silent for longer than the controller gives it: it is fenced as soon as
/// the controller looks.
pub(super) fn is_overdue(world: &World) -> bool {
    let silence = |id| silence_us(world, id).unwrap_or_default();
    world
        .brokers()
        .any(|(id, _)| silence(id) > silence_limit(world))
}

/// Whether time is missing first: a broker is not heard, and the controller has not noticed yet.
fn is_awaited(world: &World) -> bool {
    let mut away = MUTE.into_iter().flat_map(|it| of_status(world, it));
    away.any(|id| world.controller().is_active(id))
}

pub(super) fn of_status(
    world: &World,
    sought: BrokerStatus,
) -> impl Iterator<Item = BrokerId> + '_ {
    let ids = world.brokers().map(|(id, _)| id);
    ids.filter(move |id| broker_status(world, *id) == sought)
}

/// The brokers that run, are reached, and still are fenced or out of sync: time is all that they need.
fn catching_up(world: &World, topic: Option<&TopicName>) -> Vec<BrokerId> {
    let node = NodeId::Broker;
    let network = world.network();
    let is_near = |id: BrokerId, other| {
        let is_slow = network.extra(node(id), other).0 > 0;
        !is_slow && network.cut_by(node(id), other).is_none()
    };
    let is_behind = |id: BrokerId| {
        let mut rows = registrations(world, topic);
        rows.any(|(_, it)| {
            let leader = it
                .leader
                .filter(|id| broker_status(world, *id) == BrokerStatus::Up);
            it.replicas.contains(&id)
                && !it.isr.contains(&id)
                && leader.is_some_and(|leader| is_near(id, node(leader)))
        })
    };
    let ids = world.brokers().map(|(id, _)| id);
    let late = ids.filter(|id| match broker_status(world, *id) {
        BrokerStatus::Starting | BrokerStatus::Fenced => is_near(*id, NodeId::Controller),
        BrokerStatus::Up => is_behind(*id),
        _ => false,
    });
    late.collect()
}

/// Lets time pass until everybody has caught up who needs nothing but time, or a rule breaks; not for
/// longer than anybody would call catching up.
#[inline(never)]
pub fn catch_up(timeline: &mut Timeline, topic: &str) {
    let topic = TopicName(topic.into());
    let end = timeline.world().now().0 + CATCH_UP_MAX_US;
    while timeline.world().now().0 < end && !catching_up(timeline.world(), Some(&topic)).is_empty()
    {
        let is_broken = |event: &Event| matches!(event.kind, EventKind::RuleBroken(_));
        let step = timeline.step();
        if step.is_none_or(|step| step.events.iter().any(is_broken)) {
            break;
        }
    }
}

/// Offers to bring back who is down or stands still, and to heal what is cut. Says whether the
/// first offer is to let time pass.
#[inline(never)]
pub(super) fn offer(
    parts: &mut Parts,
    timeline: &Timeline,
    topic: Option<&TopicName>,
    memory: &Memory,
) -> bool {
    let world = timeline.world();
    let mut offers = Vec::new();
    let is_awaited = is_awaited(world);
    if is_awaited {
        offers.extend(to_wait(world, memory));
    }
    let late = catching_up(world, topic);
    let others_run = |id| late.contains(&id) || !MUTE.contains(&broker_status(world, id));
    let is_only_one = world.network().is_whole() && world.brokers().all(|(id, _)| others_run(id));
    if let Some(id) = late.first() {
        let who = match late.len() {
            1 if is_only_one => "it".to_owned(),
            1 => format!("broker {id}"),
            _ => "them".to_owned(),
        };
        offers.push((format!("Let {who} catch up"), Act::CatchUp));
    }
    let mute = [BrokerStatus::Down, BrokerStatus::Paused];
    let of_each = mute.map(|status| of_status(world, status).map(move |id| (id, status)));
    let mut mute = Vec::from_iter(of_each.into_iter().flatten());
    let help = |place: &usize| help_of(timeline, topic, memory, mute[*place].0);
    // Of several that help alike the first.
    if let Some(best) = (0..mute.len()).rev().max_by_key(help) {
        mute[..=best].rotate_right(1);
    }
    for (id, status) in mute {
        offers.push(match status {
            BrokerStatus::Paused => (format!("Resume broker {id}"), Act::Resume(id.0)),
            _ => (format!("Restart broker {id}"), Act::Start(id.0)),
        });
    }
    for (id, _) in world.brokers() {
        for other in unreached(world, id) {
            let (other, name) = match other {
                NodeId::Broker(other) if other > id => (Some(other.0), other.to_string()),
                NodeId::Controller => (None, "controller".to_owned()),
                _ => continue,
            };
            let words = format!("Heal the link {id}–{name}");
            offers.push((words, Act::Heal(id.0, other)));
        }
    }
    // Behind the first there is room for a question.
    for (row, (words, act)) in (1..).step_by(2).zip(offers) {
        button(parts, row, words, act);
    }
    is_awaited
}

/// To let time pass until a broker is fenced. What comes by itself in a moment would be offered for that moment
/// only.
fn to_wait(world: &World, memory: &Memory) -> Option<(String, Act)> {
    let now = world.now();
    let turns = memory
        .turn
        .is_some_and(|(from, to)| from <= now && now < to);
    let words = if is_overdue(world) {
        "Let the controller act".to_owned()
    } else {
        format!("Let {} pass", spoken_seconds(silence_limit(world)))
    };
    (!turns).then_some((words, Act::LetPass))
}

/// How many partitions a broker that is gone would help most: it is in sync there, or led last.
fn help_of(timeline: &Timeline, topic: Option<&TopicName>, memory: &Memory, id: BrokerId) -> usize {
    let rows = registrations(timeline.world(), topic);
    let helped = rows.filter(|(partition, registration)| {
        let lost = memory.lost_leader(partition, timeline.position());
        let led_last = registration.leader.is_none() && lost.is_some_and(|lost| lost.from == id);
        led_last
            || [&registration.isr, &registration.elr]
                .iter()
                .any(|ids| ids.contains(&id))
    });
    helped.count()
}
