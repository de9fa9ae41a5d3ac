//! What the page knows of the steps that were played, read once: keys, tracks, turning points.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, EventId, NodeId, Offset, StepId, TopicPartition};
use highwater_engine::sim::event::{Event, EventKind, Step};
use highwater_engine::sim::timeline::Timeline;

use super::tracks::Tracks;
use crate::view::event_line::is_worth_a_line;
use crate::view::keys::Keys;
use crate::view::scene::TrackRow;

/// What the names of the visitor's own producers begin with.
pub const YOUR_PRODUCER: &str = "you-";
/// From a record in a log to the request that brought it there are at most so many causes.
const CAUSES_MAX: usize = 4;

/// What was read of a branch so far.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    branch: usize,
    next: StepId,
    keys: Keys,
    tracks: Tracks,
    /// The same of the branches that were left.
    left: Vec<(usize, Tracks)>,
    turning_points: Vec<EventId>,
    lost_leaders: Vec<(StepId, TopicPartition, BrokerId)>,
    /// The producers that the visitor uses, and what came of their records.
    your_producers: Vec<NodeId>,
    your_records: Vec<(StepId, TopicPartition, Offset, Offset)>,
}

impl Memory {
    /// Reads the steps that it has not read yet; all of them after a change of branch.
    pub fn follow(&mut self, timeline: &Timeline) {
        let branch = timeline.branch();
        if timeline.current_branch() != self.branch {
            let (current, mut left) = (timeline.current_branch(), std::mem::take(&mut self.left));
            left.retain(|(branch, _)| *branch != current);
            left.push((self.branch, std::mem::take(&mut self.tracks)));
            *self = Memory {
                branch: current,
                keys: std::mem::take(&mut self.keys),
                left,
                ..Memory::default()
            };
        }
        let mut id = self.next.max(branch.first_remembered());
        while let Some(step) = branch.step(id) {
            self.read(timeline, step);
            id = StepId(id.0 + 1);
        }
        self.next = id;
    }

    /// The keys in the order of their first appearance.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The last event before `position` that changed how the cluster stands.
    pub fn turning_point(&self, position: StepId) -> Option<EventId> {
        let end = self.turning_points.partition_point(|id| id.step < position);
        self.turning_points.get(end.checked_sub(1)?).copied()
    }

    /// Who led the partition before its present leader, at that position.
    pub fn lost_leader(&self, partition: &TopicPartition, position: StepId) -> Option<BrokerId> {
        let mut losses = self.lost_leaders.iter().rev();
        losses
            .find(|(step, of, _)| *step < position && of == partition)
            .map(|(_, _, broker)| *broker)
    }

    /// Whether the visitor wrote the record at `offset`, as far as is known at `position`.
    pub fn is_yours(&self, partition: &TopicPartition, offset: u64, position: StepId) -> bool {
        let mut records = self.your_records.iter();
        records.any(|(step, of, first, last)| {
            *step < position && of == partition && (first.0..=last.0).contains(&offset)
        })
    }

    /// The tracks of the time bar: those of the present branch, then the other branches.
    pub(super) fn tracks(&self, timeline: &Timeline) -> Vec<TrackRow> {
        let mut rows = self.tracks.rows();
        let others = self.left.iter();
        rows.extend(others.filter_map(|(number, tracks)| tracks.branch(timeline, *number)));
        rows
    }

    fn read(&mut self, timeline: &Timeline, step: &Step) {
        let mut turning_point: Option<(u8, EventId)> = None;
        for event in &step.events {
            self.read_event(event);
            let is_yours = self.read_yours(timeline, event);
            let weight = weight(event).max(u8::from(is_yours));
            if weight > 0 && turning_point.is_none_or(|(most, _)| weight > most) {
                turning_point = Some((weight, event.id));
            }
        }
        self.turning_points
            .extend(turning_point.map(|(_, event)| event));
    }

    /// Notes what the visitor's own producers do, and says whether they took a record.
    fn read_yours(&mut self, timeline: &Timeline, event: &Event) -> bool {
        match (&event.kind, event.node) {
            (EventKind::Kafka(KafkaEvent::RecordQueued { .. }), Some(NodeId::Client(id))) => {
                let name = timeline.world().client_name(id).unwrap_or_default();
                let is_yours = name.starts_with(YOUR_PRODUCER);
                if is_yours {
                    self.your_producers.push(NodeId::Client(id));
                }
                is_yours
            }
            (
                EventKind::Kafka(KafkaEvent::RecordsAppended {
                    partition,
                    base_offset,
                    last_offset,
                    ..
                }),
                _,
            ) if self.comes_from_you(timeline, event) => {
                let record = (event.id.step, partition.clone(), *base_offset, *last_offset);
                self.your_records.push(record);
                false
            }
            _ => false,
        }
    }

    /// Whether the request that an event answers was sent by one of the visitor's producers.
    fn comes_from_you(&self, timeline: &Timeline, event: &Event) -> bool {
        let mut next = event.causes.first().copied();
        let mut causes = (0..CAUSES_MAX).map_while(|_| {
            let cause = timeline.event(next?)?;
            next = cause.causes.first().copied();
            Some(cause)
        });
        !self.your_producers.is_empty()
            && causes.any(|cause| {
                cause
                    .node
                    .is_some_and(|node| self.your_producers.contains(&node))
            })
    }

    fn read_event(&mut self, event: &Event) {
        self.tracks.read(event);
        match event.kafka() {
            Some(KafkaEvent::RecordQueued { key, .. }) => self.keys.meet(key.as_deref()),
            Some(KafkaEvent::LeaderElected(election)) => {
                if let Some(from) = election.from
                    && election.to != Some(from)
                {
                    let loss = (event.id.step, election.partition.clone(), from);
                    self.lost_leaders.push(loss);
                }
            }
            _ => {}
        }
    }
}

/// Whether an event changed how the cluster stands, or was a person's doing.
pub fn is_turn(event: &Event) -> bool {
    weight(event) > 0
        || matches!(
            event.kind,
            EventKind::CommandGiven(_) | EventKind::CommandRejected { .. }
        )
}

/// Whether a step changed how the cluster stands.
pub fn is_turning_point(step: &Step) -> bool {
    step.events.iter().any(|event| weight(event) > 0)
}

/// How much an event says about the present; 0 if it is only daily work.
pub fn weight(event: &Event) -> u8 {
    if !is_worth_a_line(event) {
        return 0;
    }
    match &event.kind {
        EventKind::RuleBroken(_) => 5,
        EventKind::ProcessCrashed
        | EventKind::ProcessTerminating
        | EventKind::ProcessPaused
        | EventKind::ProcessResumed
        | EventKind::LinkCut { .. }
        | EventKind::LinkHealed { .. } => 4,
        EventKind::Kafka(kafka) => match kafka {
            KafkaEvent::LeaderElected(_) => 3,
            KafkaEvent::LogTruncated { .. } | KafkaEvent::BrokerFenced { .. } => 2,
            KafkaEvent::IsrChanged { .. }
            | KafkaEvent::TopicCreated { .. }
            | KafkaEvent::BrokerUnfenced { .. }
            | KafkaEvent::GenerationStable { .. }
            | KafkaEvent::RebalanceStarted { .. }
            | KafkaEvent::ControlledShutdownStarted { .. } => 1,
            _ => 0,
        },
        _ => 0,
    }
}
