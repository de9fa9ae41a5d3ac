//! What the controller's record changed in a partition: the fields before and after.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{EventId, TopicPartition};
use highwater_engine::kafka::metadata::{
    LeaderRecoveryState, MetadataRecord, PartitionRegistration,
};
use highwater_engine::sim::event::Event;
use highwater_engine::sim::timeline::Timeline;

use super::chain::Link;
use super::{CHANGE_ROW, key};
use crate::view::event_line::partition_name;
use crate::view::format::listed;
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
    let Some((before, after)) = registrations(timeline, id, &partition) else {
        return;
    };
    let head = parts.flow(key(CHANGE_ROW, 0, Kind::Heading));
    head.words = format!("PartitionChangeRecord for {}", partition_name(&partition));
    for (place, (field, of)) in (1..).zip(FIELDS) {
        let (before, after) = (of(before), of(after));
        if before != after {
            let part = parts.flow(key(CHANGE_ROW, 2 * place, Kind::Change));
            field.clone_into(&mut part.words);
            part.note = before;
            let part = parts.flow(key(CHANGE_ROW, 2 * place + 1, Kind::Change));
            "→".clone_into(&mut part.words);
            (part.note, part.state) = (after, "to");
        }
    }
}

/// A field's value in a registration, as text.
type Field = fn(&PartitionRegistration) -> String;

/// What a change is told of, by the names in the record; the epochs grow with the record itself.
const FIELDS: [(&str, Field); 7] = [
    ("leader", |it| {
        it.leader
            .map_or_else(|| "none".to_owned(), |id| id.to_string())
    }),
    ("isr", |it| listed(&it.isr)),
    ("eligibleLeaderReplicas", |it| listed(&it.elr)),
    ("lastKnownElr", |it| listed(&it.last_known_elr)),
    ("leaderRecoveryState", |it| {
        match it.leader_recovery_state {
            LeaderRecoveryState::Recovered => "RECOVERED",
            LeaderRecoveryState::Recovering => "RECOVERING",
        }
        .to_owned()
    }),
    ("leader epoch", |it| it.leader_epoch.to_string()),
    ("partition epoch", |it| it.partition_epoch.to_string()),
];

/// The partition before and after the record that was decided in the step of `id`.
fn registrations<'a>(
    timeline: &'a Timeline,
    id: EventId,
    partition: &TopicPartition,
) -> Option<(&'a PartitionRegistration, &'a PartitionRegistration)> {
    let log = timeline.world().controller().metadata_log();
    let is_it = |of: &TopicPartition| of == partition;
    let at = log.iter().position(|entry| {
        entry.decided_by.step == id.step
            && matches!(&entry.record, MetadataRecord::PartitionChange { partition, .. } if is_it(partition))
    })?;
    let of_entry = |record: &'a MetadataRecord| match record {
        MetadataRecord::Partition {
            partition,
            registration,
        }
        | MetadataRecord::PartitionChange {
            partition,
            registration,
        } if is_it(partition) => Some(registration),
        _ => None,
    };
    let after = of_entry(&log.get(at)?.record)?;
    let mut earlier = log.get(..at)?.iter().rev();
    let before = earlier.find_map(|entry| of_entry(&entry.record))?;
    Some((before, after))
}

fn changed(timeline: &Timeline, id: EventId) -> Option<(EventId, TopicPartition)> {
    match timeline.event(id)?.kafka()? {
        KafkaEvent::LeaderElected(election) if election.leader_epoch.0 > 0 => {
            Some((id, election.partition.clone()))
        }
        KafkaEvent::IsrChanged { partition, .. } | KafkaEvent::ElrChanged { partition, .. } => {
            Some((id, partition.clone()))
        }
        _ => None,
    }
}
