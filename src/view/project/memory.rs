//! What the page knows of the steps that were played, read once: keys, tracks, turning points.

use std::ops::Range;

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{
    BrokerId, EventId, NodeId, Offset, StepId, TopicName, TopicPartition,
};
use highwater_engine::kafka::log::RemovedRecord;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::event::{Event, EventKind, Step};
use highwater_engine::sim::invariant::{BrokenRule, Rule};
use highwater_engine::sim::timeline::Timeline;

use super::gone::{Gone, find, gone};
use super::tracks::Tracks;
use crate::view::event_line::is_worth_a_line;
use crate::view::keys::Keys;
use crate::view::scene::TrackRow;

/// What the names of the visitor's own producers begin with.
pub const YOUR_PRODUCER: &str = "you-";
/// From a record in a log to the request that brought it there are at most so many causes.
const CAUSES_MAX: usize = 4;
/// For how long the place of a record that a cleaner removed stays as it was, in microseconds.
const FALLEN_US: u64 = 1_000_000;

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
    lost_leaders: Vec<LostLeader>,
    /// For how long brokers had not been heard when they were fenced, in microseconds.
    fenced: Vec<(StepId, BrokerId, u64)>,
    cuts: Vec<Cut>,
    losses: Vec<Loss>,
    removals: Vec<Removal>,
    /// The partition that is opened, by row.
    pub opened: Option<u32>,
    /// The rows of which all is told, if there are others.
    pub told: Option<Range<usize>>,
    /// Whether the tracks are left out: they change with every message, and nobody reads so fast.
    pub skips_tracks: bool,
    /// From when to when it is known that something turns: the visitor let time pass until right before.
    pub turn: Option<(SimTime, SimTime)>,
    /// The topic that the visitor chose.
    pub topic: Option<String>,
    /// The producers that the visitor uses, the records that they took, and what came of these.
    your_producers: Vec<NodeId>,
    your_sends: Vec<(StepId, TopicPartition)>,
    your_records: Vec<(StepId, TopicPartition, Offset, Offset)>,
}

/// A leader that another one followed, or none.
#[derive(Clone, Debug)]
pub struct LostLeader {
    step: StepId,
    partition: TopicPartition,
    /// When.
    pub at: SimTime,
    /// Who led.
    pub from: BrokerId,
}

/// A record of the visitor in a log.
#[derive(Clone, Copy, Debug)]
pub struct YourRecord<'a> {
    /// The step in which its leader wrote it.
    pub step: StepId,
    /// Its partition.
    pub partition: &'a TopicPartition,
    /// Its offset.
    pub offset: Offset,
}

/// The end of a log that was cut off.
#[derive(Clone, Debug)]
pub struct Cut {
    step: StepId,
    partition: TopicPartition,
    /// When.
    pub at: SimTime,
    /// Whose log it was.
    pub broker: BrokerId,
    /// The first offset that is gone, and the log end offset before.
    pub range: (Offset, Offset),
    /// The first records that are gone.
    pub(super) gone: Vec<Gone>,
}

/// An acknowledged record that was lost.
#[derive(Clone, Debug)]
pub struct Loss {
    step: StepId,
    partition: TopicPartition,
    /// When.
    pub at: SimTime,
    /// What it was.
    pub(super) record: Gone,
}

/// What a cleaner removed from a log.
#[derive(Clone, Debug)]
struct Removal {
    step: StepId,
    at: SimTime,
    partition: TopicPartition,
    broker: BrokerId,
    records: Vec<RemovedRecord>,
}

impl Memory {
    /// Reads the steps that it has not read yet; all of them after a change of branch.
    pub fn follow(&mut self, timeline: &Timeline) {
        let branch = timeline.branch();
        if timeline.current_branch() != self.branch {
            self.enter(timeline.current_branch());
        }
        let mut id = self.next.max(branch.first_remembered());
        while let Some(step) = branch.step(id) {
            self.read(timeline, step);
            id = StepId(id.0 + 1);
        }
        self.next = id;
    }

    /// Forgets what was read of another branch.
    #[inline(never)]
    fn enter(&mut self, current: usize) {
        let mut left = std::mem::take(&mut self.left);
        left.retain(|(branch, _)| *branch != current);
        left.push((self.branch, std::mem::take(&mut self.tracks)));
        *self = Memory {
            branch: current,
            keys: std::mem::take(&mut self.keys),
            left,
            opened: self.opened,
            told: self.told.take(),
            skips_tracks: self.skips_tracks,
            topic: self.topic.take(),
            ..Memory::default()
        };
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

    /// The loss of the partition's leader before its present one, at that position.
    pub fn lost_leader(&self, partition: &TopicPartition, position: StepId) -> Option<&LostLeader> {
        let mut losses = self.lost_leaders.iter().rev();
        losses.find(|loss| loss.step < position && loss.partition == *partition)
    }

    /// What was cut off the partition's logs before that position, the last first.
    pub fn cuts(&self, partition: &TopicPartition, position: StepId) -> impl Iterator<Item = &Cut> {
        let cuts = self.cuts.iter().rev();
        cuts.filter(move |cut| cut.step < position && cut.partition == *partition)
    }

    /// The acknowledged record that the partition lost before that position.
    pub fn loss(&self, partition: &TopicPartition, position: StepId) -> Option<&Loss> {
        let mut losses = self.losses.iter().rev();
        losses.find(|loss| loss.step < position && loss.partition == *partition)
    }

    /// The records that a cleaner removed from the broker's log a moment before `now`.
    pub fn fallen(
        &self,
        partition: &TopicPartition,
        broker: BrokerId,
        position: StepId,
        now: SimTime,
    ) -> Vec<&RemovedRecord> {
        let removals = self.removals.iter().filter(|it| {
            it.step < position
                && now.since(it.at).0 < FALLEN_US
                && it.broker == broker
                && it.partition == *partition
        });
        removals.flat_map(|it| &it.records).collect()
    }

    /// For how long a broker had not been heard when it was fenced, at that position.
    pub fn silence_before_fenced(&self, broker: BrokerId, position: StepId) -> Option<u64> {
        let mut fenced = self.fenced.iter().rev();
        let last = fenced.find(|(step, id, _)| *step < position && *id == broker);
        last.map(|(_, _, silence)| *silence)
    }

    /// Whether the visitor chose that topic.
    pub fn shows(&self, topic: &TopicName) -> bool {
        self.topic.as_deref() == Some(topic.as_str())
    }

    /// Whether all is told of the partition in that row.
    pub fn tells(&self, row: usize) -> bool {
        self.told.as_ref().is_none_or(|told| told.contains(&row))
    }

    /// Whether the visitor wrote the record at `offset`, as far as is known at `position`.
    pub fn is_yours(&self, partition: &TopicPartition, offset: u64, position: StepId) -> bool {
        let mut records = self.your_records.iter();
        records.any(|(step, of, first, last)| {
            *step < position && of == partition && (first.0..=last.0).contains(&offset)
        })
    }

    /// The partition to which the visitor's first record since `from` was given, before that position.
    pub fn your_partition(&self, from: StepId, position: StepId) -> Option<&TopicPartition> {
        let mut sends = self.your_sends.iter();
        let (_, partition) = sends.find(|(step, _)| (from..position).contains(step))?;
        Some(partition)
    }

    /// The last record that the visitor wrote before that position, if its partition's leader has been
    /// the same since.
    pub fn your_record(&self, position: StepId) -> Option<YourRecord<'_>> {
        let mut records = self.your_records.iter().rev();
        let (step, partition, _, last) = records.find(|(step, ..)| *step < position)?;
        let loss = self.lost_leader(partition, position);
        loss.is_none_or(|loss| loss.step < *step)
            .then_some(YourRecord {
                step: *step,
                partition,
                offset: *last,
            })
    }

    /// The tracks of the time bar: those of the present branch, then the other branches.
    pub(super) fn tracks(&self, timeline: &Timeline) -> Vec<TrackRow> {
        if self.skips_tracks {
            return Vec::new();
        }
        let mut rows = self.tracks.rows();
        // The one that was left last comes first: there may be no room for all.
        let others = self.left.iter().rev();
        rows.extend(others.filter_map(|(number, tracks)| tracks.branch(timeline, *number)));
        rows
    }

    fn read(&mut self, timeline: &Timeline, step: &Step) {
        let mut turning_point: Option<(u8, EventId)> = None;
        for event in &step.events {
            self.read_event(timeline, event);
            if let EventKind::RuleBroken(broken) = &event.kind {
                self.read_loss(timeline, event, broken);
            }
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
            (
                EventKind::Kafka(KafkaEvent::RecordQueued { partition, .. }),
                Some(producer @ NodeId::Client(id)),
            ) => {
                let name = timeline.world().client_name(id).unwrap_or_default();
                let is_yours = name.starts_with(YOUR_PRODUCER);
                if is_yours {
                    if !self.your_producers.contains(&producer) {
                        self.your_producers.push(producer);
                    }
                    self.your_sends.push((event.id.step, partition.clone()));
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
            ) if !self.your_producers.is_empty() && self.comes_from_you(timeline, event) => {
                let record = (event.id.step, partition.clone(), *base_offset, *last_offset);
                self.your_records.push(record);
                false
            }
            _ => false,
        }
    }

    /// Whether the request that an event answers was sent by one of the visitor's producers.
    #[inline(never)]
    fn comes_from_you(&self, timeline: &Timeline, event: &Event) -> bool {
        let mut next = event.causes.first().copied();
        let mut causes = (0..CAUSES_MAX).map_while(|_| {
            let cause = timeline.event(next?)?;
            next = cause.causes.first().copied();
            Some(cause)
        });
        let is_yours = |node: &NodeId| self.your_producers.contains(node);
        causes.any(|cause| cause.node.as_ref().is_some_and(is_yours))
    }

    /// Notes what the record was whose loss breaks a rule.
    #[inline(never)]
    fn read_loss(&mut self, timeline: &Timeline, event: &Event, broken: &BrokenRule) {
        let (step, place) = (event.id.step, (&broken.partition, None));
        if broken.rule == Rule::NoAcknowledgedRecordLost
            && let Some(record) = find(timeline, step, place, broken.offset)
        {
            self.losses.push(Loss {
                step,
                partition: broken.partition.clone(),
                at: event.at,
                record,
            });
        }
    }

    fn read_event(&mut self, timeline: &Timeline, event: &Event) {
        self.tracks.read(event);
        match event.kafka() {
            Some(KafkaEvent::RecordQueued { key, partition, .. }) => {
                self.keys.meet(key.as_deref(), partition);
            }
            Some(KafkaEvent::LeaderElected(election)) => {
                if let Some(from) = election.from
                    && election.to != Some(from)
                {
                    self.lost_leaders.push(LostLeader {
                        step: event.id.step,
                        partition: election.partition.clone(),
                        at: event.at,
                        from,
                    });
                }
            }
            Some(
                kafka @ (KafkaEvent::BrokerFenced { .. }
                | KafkaEvent::SegmentsCleaned { .. }
                | KafkaEvent::LogTruncated { .. }),
            ) => self.read_rare(timeline, event, kafka),
            _ => {}
        }
    }

    /// Notes what no healthy cluster does, and what only cleaners do.
    #[inline(never)]
    fn read_rare(&mut self, timeline: &Timeline, event: &Event, kafka: &KafkaEvent) {
        match kafka {
            KafkaEvent::BrokerFenced {
                broker,
                last_heartbeat_at: heard,
                was_fenced: false,
                ..
            } => self
                .fenced
                .push((event.id.step, *broker, event.at.since(*heard).0)),
            KafkaEvent::SegmentsCleaned {
                partition, removed, ..
            } => {
                if let Some(NodeId::Broker(broker)) = event.node {
                    self.removals.push(Removal {
                        step: event.id.step,
                        at: event.at,
                        partition: partition.clone(),
                        broker,
                        records: removed.clone(),
                    });
                }
            }
            KafkaEvent::LogTruncated {
                partition,
                from,
                to,
                ..
            } => {
                if let Some(NodeId::Broker(broker)) = event.node {
                    let (step, range) = (event.id.step, (*to, *from));
                    self.cuts.push(Cut {
                        step,
                        partition: partition.clone(),
                        at: event.at,
                        broker,
                        range,
                        gone: gone(timeline, step, (partition, broker), range),
                    });
                }
            }
            _ => {}
        }
    }
}

/// How much an event changed how the cluster stands, as a value of `data-state`; nothing if it did not,
/// and was no person's doing either.
pub fn turn(event: &Event) -> &'static str {
    let is_act = matches!(
        event.kind,
        EventKind::CommandGiven(_) | EventKind::CommandRejected { .. }
    );
    match weight(event) {
        GREAT.. => "great",
        0 if !is_act => "",
        _ => "turn",
    }
}

/// Whether a step changed how the cluster stands.
pub fn is_turning_point(step: &Step) -> bool {
    step.events.iter().any(|event| weight(event) > 0)
}

/// The weight of a rule that is broken: nothing says more.
pub const BREACH: u8 = 5;

/// The weight of what changes who leads, which process runs and which link holds.
const GREAT: u8 = 3;

/// How much an event says about the present; 0 if it is only daily work.
pub fn weight(event: &Event) -> u8 {
    if !is_worth_a_line(event) {
        return 0;
    }
    match &event.kind {
        EventKind::RuleBroken(_) => BREACH,
        EventKind::CommandGiven(Command::StartBroker { .. }) => 1,
        EventKind::ProcessCrashed
        | EventKind::ProcessTerminating
        | EventKind::ProcessPaused
        | EventKind::ProcessResumed
        | EventKind::LinkCut { .. }
        | EventKind::LinkHealed { .. } => 4,
        EventKind::Kafka(kafka) => match kafka {
            KafkaEvent::LeaderElected(_) => 3,
            KafkaEvent::BrokerFenced {
                was_fenced: true, ..
            } => 0,
            // Nothing was cut; and whoever leads after nobody did is alone in sync.
            KafkaEvent::LogTruncated { from, to, .. } if from == to => 0,
            KafkaEvent::IsrChanged { from, .. } if from.is_empty() => 0,
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
