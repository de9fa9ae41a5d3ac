//! Where something was stopped or cut: what mends it, as buttons, what helps most first; and what
//! the controller knows of it.

use highwater_engine::kafka::ids::{BrokerId, NodeId, TopicName};
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::memory::Memory;
use super::present::button;
use super::{broker_status, registrations, silence_limit, silence_us, unreached};
use crate::view::commands::PageAct;
use crate::view::format::{seconds, spoken_seconds};
use crate::view::part::{Act, Parts};
use crate::view::scene::BrokerStatus;

/// Whether every process runs and no link is cut.
pub(super) fn is_whole(world: &World) -> bool {
    let runs = |id| {
        !matches!(
            broker_status(world, id),
            BrokerStatus::Down | BrokerStatus::Paused
        )
    };
    world.network().is_whole() && world.brokers().all(|(id, _)| runs(id))
}

/// What the controller knows of a broker that it can't hear and has not missed yet.
pub(super) fn unnoticed(world: &World) -> Option<String> {
    if is_whole(world) {
        return None;
    }
    last_heard(world)
}

fn last_heard(world: &World) -> Option<String> {
    let is_mute = |id: BrokerId| {
        let status = broker_status(world, id);
        matches!(status, BrokerStatus::Down | BrokerStatus::Paused)
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

/// Whether time is missing first: a broker is down or paused, and the controller does not know yet.
fn is_awaited(world: &World) -> bool {
    let states = [BrokerStatus::Down, BrokerStatus::Paused];
    let mut away = states.into_iter().flat_map(|it| of_status(world, it));
    away.any(|id| world.controller().is_active(id))
}

pub(super) fn of_status(
    world: &World,
    sought: BrokerStatus,
) -> impl Iterator<Item = BrokerId> + '_ {
    let ids = world.brokers().map(|(id, _)| id);
    ids.filter(move |id| broker_status(world, *id) == sought)
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
        let words = if is_overdue(world) {
            "Let the controller act".to_owned()
        } else {
            format!("Let {} pass", spoken_seconds(silence_limit(world)))
        };
        offers.push((words, Act::Page(PageAct::SkipAhead)));
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
    for (row, (words, act)) in (1..).zip(offers) {
        button(parts, row, words, act);
    }
    is_awaited
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
