//! What the controller's record changed in a partition: the fields before and after.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{EventId, TopicPartition};
use highwater_engine::sim::event::Event;
use highwater_engine::sim::timeline::Timeline;

use super::chain::Link;
use super::{CHANGE_ROW, key};
use crate::view::event_line::partition_name;
use crate::view::format::list;
use crate::view::part::{Kind, Parts};

/// The fields of the `PartitionChangeRecord` behind the question, if one is.
///
/// Kafka 4.3.1: `PartitionChangeRecord`.
pub(super) fn changes(parts: &mut Parts, timeline: &Timeline, question: &Event, links: &[Link]) {
    let first = links.first().map(|link| link.event);
    let mut nearest = [Some(question.id), first].into_iter().flatten();
    let Some((id, partition)) = nearest.find_map(|id| changed(timeline, id)) else {
        return;
    };
    let head = parts.flow(key(CHANGE_ROW, 0, Kind::Heading));
    head.words = format!("PartitionChangeRecord for {}", partition_name(&partition));
    let steps = timeline.branch().step(id.step);
    for event in steps.into_iter().flat_map(|step| &step.events) {
        match event.kafka() {
            Some(KafkaEvent::LeaderElected(election)) if election.partition == partition => {
                let name =
                    |id: Option<_>| id.map_or_else(|| "none".to_owned(), |id| format!("{id}"));
                row(parts, 1, "leader", name(election.from), name(election.to));
                let epoch = election.leader_epoch.0;
                let (before, after) = ((epoch - 1).to_string(), epoch.to_string());
                row(parts, 3, "leader epoch", before, after);
            }
            Some(KafkaEvent::IsrChanged {
                partition: of,
                from,
                to,
                partition_epoch,
            }) if *of == partition => {
                let (from, to) = (list(from), list(to));
                row(parts, 2, "isr", format!("[{from}]"), format!("[{to}]"));
                let epoch = partition_epoch.0;
                let (before, after) = ((epoch - 1).to_string(), epoch.to_string());
                row(parts, 4, "partition epoch", before, after);
            }
            _ => {}
        }
    }
}

fn changed(timeline: &Timeline, id: EventId) -> Option<(EventId, TopicPartition)> {
    match timeline.event(id)?.kafka()? {
        KafkaEvent::LeaderElected(election) if election.leader_epoch.0 > 0 => {
            Some((id, election.partition.clone()))
        }
        KafkaEvent::IsrChanged { partition, .. } => Some((id, partition.clone())),
        _ => None,
    }
}

fn row(parts: &mut Parts, place: u32, field: &str, before: String, after: String) {
    let part = parts.flow(key(CHANGE_ROW, place, Kind::Change));
    field.clone_into(&mut part.words);
    part.note = format!("{before} → {after}");
}
