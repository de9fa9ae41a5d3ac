//! The sentence about the present: what just changed how the cluster stands; once that was read,
//! how it stands.

use highwater_engine::kafka::event::{ChosenBy, KafkaEvent};
use highwater_engine::kafka::ids::{BrokerId, TopicName};
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::World;

use super::memory::{Memory, weight};
use super::{broker_status, registrations, silence_limit};
use crate::view::event_line::{partition_name, sentence};
use crate::view::format::{broker_names, number_word, seconds, shortened};
use crate::view::scene::BrokerStatus;

/// The longest sentence, in characters.
const SENTENCE_MAX: usize = 100;

/// The sentence at the play head.
pub(super) fn present(timeline: &Timeline, topic: Option<&TopicName>, memory: &Memory) -> String {
    let world = timeline.world();
    let event = memory
        .turning_point(timeline.position())
        .and_then(|id| timeline.event(id));
    let news = event.filter(|event| world.now().since(event.at).0 < news_us(event));
    let text = news.map_or_else(
        || standing(world, topic),
        |event| match &event.kind {
            EventKind::Kafka(KafkaEvent::RecordQueued {
                partition,
                chosen_by,
                key,
                ..
            }) => own_record(&partition_name(partition), *chosen_by, key.as_deref()),
            _ => sentence(event, world),
        },
    );
    shortened(&text, SENTENCE_MAX)
}

/// Where the visitor's own record goes, and what decided it.
fn own_record(partition: &str, chosen_by: ChosenBy, key: Option<&[u8]>) -> String {
    let reason = match chosen_by {
        ChosenBy::Application => "its sender named the partition".to_owned(),
        ChosenBy::Key => format!(
            "the hash of its key, {}, picks the partition",
            String::from_utf8_lossy(key.unwrap_or_default())
        ),
        ChosenBy::RoundRobin => "it is that partition's turn".to_owned(),
        ChosenBy::Sticky => "no key decides, so the producer fills one batch first".to_owned(),
    };
    format!("Your record goes to {partition}: {reason}.")
}

/// For how long an event is news, in microseconds of the run.
fn news_us(event: &Event) -> u64 {
    match weight(event) {
        5.. => u64::MAX,
        4 => 1_000_000,
        3 => 5_000_000,
        2 => 2_000_000,
        _ => 500_000,
    }
}

/// How the cluster stands, the worst first.
fn standing(world: &World, topic: Option<&TopicName>) -> String {
    let of_status = |sought: BrokerStatus| -> Vec<BrokerId> {
        let ids = world.brokers().map(|(id, _)| id);
        ids.filter(|id| broker_status(world, *id) == sought)
            .collect()
    };
    let down = of_status(BrokerStatus::Down);
    let are = if down.len() == 1 { "is" } else { "are" };
    let is_counted_on = |id: &&BrokerId| world.controller().is_active(**id);
    if let Some(id) = down.iter().find(is_counted_on) {
        return format!(
            "Broker {id} is down. The controller cannot know yet: it gives a silent broker {}.",
            seconds(silence_limit(world))
        );
    }
    if let Some(id) = of_status(BrokerStatus::Paused).iter().find(is_counted_on) {
        return format!(
            "Broker {id} stands still. The controller gives a silent broker {}.",
            seconds(silence_limit(world))
        );
    }
    let mut partitions = registrations(world, topic);
    if let Some((partition, _)) = partitions.find(|(_, it)| it.leader.is_none()) {
        let name = partition_name(&partition);
        return format!("{name} has no leader: nobody can write to it or read from it.");
    }
    let fewest = registrations(world, topic)
        .map(|(_, it)| (it.isr.len(), it.replicas.len()))
        .min_by_key(|(in_sync, all)| in_sync * 1000 / (*all).max(1));
    match fewest {
        None => "The cluster runs. It has no topic yet.".to_owned(),
        Some((in_sync, all)) if in_sync < all && !down.is_empty() => format!(
            "{} {are} down. The rest go on with {in_sync} of {all} copies in sync.",
            capital(broker_names(&down))
        ),
        Some((in_sync, all)) if in_sync < all => {
            format!("A copy is catching up: {in_sync} of {all} are in sync.")
        }
        Some((_, 1)) => "Every record is on one broker only: nobody else has a copy.".to_owned(),
        Some((_, all)) => format!(
            "Every record is copied to {} brokers before anyone may read it.",
            number_word(all)
        ),
    }
}

fn capital(mut words: String) -> String {
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}
