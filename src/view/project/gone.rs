//! What the records were that a replica cut off its log, and who had been told that they are
//! stored. By then no log has them any more: only the events of the run know.

use bytes::Bytes;
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, EventId, NodeId, Offset, StepId, TopicPartition};
use highwater_engine::kafka::message::{Message, Request};
use highwater_engine::sim::event::{EventKind, Step};
use highwater_engine::sim::timeline::Timeline;

/// At most so many records of a cut are told one by one.
pub(super) const GONE_MAX: u64 = 3;

/// A record that is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Gone {
    /// The offset that it had.
    pub(super) offset: Offset,
    /// Its key.
    pub(super) key: Option<Bytes>,
    /// The answer by which its producer learned that it is stored.
    pub(super) told: Option<EventId>,
}

/// The first records that `broker` cut off its log of `partition` in step `cut`, as far as they
/// are remembered; those from `first` to before `end` are gone.
#[inline(never)]
pub(super) fn gone(
    timeline: &Timeline,
    cut: StepId,
    (partition, broker): (&TopicPartition, BrokerId),
    (first, end): (Offset, Offset),
) -> Vec<Gone> {
    let end = end.min(first.plus(GONE_MAX));
    let offsets = (first.0..end.0).map(Offset);
    let found = offsets.filter_map(|offset| find(timeline, cut, (partition, Some(broker)), offset));
    found.collect()
}

/// Goes back from a step to the append that brought the record, to that broker or to any.
#[inline(never)]
pub(super) fn find(
    timeline: &Timeline,
    from: StepId,
    (partition, broker): (&TopicPartition, Option<BrokerId>),
    offset: Offset,
) -> Option<Gone> {
    let steps = timeline.branch().steps().rev();
    let (mut told, mut is_copied) = (None, false);
    for step in steps.skip_while(|step| step.id > from) {
        for event in &step.events {
            let is_here = broker.is_none_or(|id| event.node == Some(NodeId::Broker(id)));
            match event.kafka() {
                Some(KafkaEvent::SendCompleted {
                    outcome: Ok(stored),
                    ..
                }) if stored.partition == *partition && stored.offset == Some(offset) => {
                    // The first answer after the append is the one about this record.
                    told = Some(event.id);
                }
                Some(KafkaEvent::RecordsReplicated {
                    partition: of,
                    base_offset,
                    last_offset,
                }) if of == partition && (*base_offset..=*last_offset).contains(&offset) => {
                    is_copied |= is_here;
                }
                Some(KafkaEvent::RecordsAppended {
                    partition: of,
                    base_offset,
                    last_offset,
                    ..
                }) if of == partition && (*base_offset..=*last_offset).contains(&offset) => {
                    if is_here || is_copied {
                        let place = offset.distance_from(*base_offset) as usize;
                        let key = key_in(step, partition, place);
                        return Some(Gone { offset, key, told });
                    }
                    // Another record at this offset, on another leader.
                    told = None;
                }
                _ => {}
            }
        }
    }
    None
}

/// The key of a record in the request that a step handles.
fn key_in(step: &Step, partition: &TopicPartition, place: usize) -> Option<Bytes> {
    let EventKind::MessageReceived { message, .. } = &step.events.first()?.kind else {
        return None;
    };
    let Message::Request {
        request: Request::Produce(produce),
        ..
    } = &**message
    else {
        return None;
    };
    let mut batches = produce.batches.iter();
    let to = batches.find(|to| to.partition == *partition)?;
    let records = to.batch.records().ok()?;
    records.into_iter().nth(place)?.record.key
}
