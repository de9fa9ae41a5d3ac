//! What the page knows of the steps that were played, read once: keys, tracks, turning points.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, EventId, NodeId, Offset, StepId, TopicPartition};
use highwater_engine::sim::event::{Event, EventKind, Step};
use highwater_engine::sim::timeline::Timeline;

use crate::view::event_line::{OFFSETS_TOPIC, is_worth_a_line, partition_name};
use crate::view::keys::Keys;
use crate::view::scene::{TrackIcon, TrackMark, TrackRow};

/// What the names of the visitor's own producers begin with.
pub const YOUR_PRODUCER: &str = "you-";
/// From a record in a log to the request that brought it there are at most so many causes.
const CAUSES_MAX: usize = 4;
/// The length of one bar of the requests' track, in microseconds.
const DENSITY_WINDOW_US: u64 = 250_000;

/// What was read of a branch so far.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    branch: usize,
    next: StepId,
    keys: Keys,
    cluster: Vec<TrackMark>,
    commits: Vec<TrackMark>,
    requests: Vec<(u64, u64)>,
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
            *self = Memory {
                branch: timeline.current_branch(),
                keys: std::mem::take(&mut self.keys),
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

    /// The tracks of the time bar.
    pub fn tracks(&self) -> Vec<TrackRow> {
        let most = self.requests.iter().map(|(_, count)| *count).max();
        let bars = self.requests.iter().map(|(window, count)| TrackMark {
            at_us: window * DENSITY_WINDOW_US,
            icon: TrackIcon::Density((count * 1000 / most.unwrap_or(1).max(1)) as u16),
            words: String::new(),
        });
        let track = |name: &str, marks| TrackRow {
            name: name.to_owned(),
            marks,
        };
        vec![
            track("requests", bars.collect()),
            track("commits", self.commits.clone()),
            track("cluster", self.cluster.clone()),
        ]
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
        match &event.kind {
            EventKind::MessageSent { .. } => self.count_message(event.at.0),
            EventKind::Kafka(kafka) => self.read_kafka(event, kafka),
            _ => {}
        }
        if let Some((icon, words)) = cluster_mark(event) {
            let repeated = self
                .cluster
                .last_mut()
                .filter(|mark| mark.icon == icon && mark.at_us == event.at.0);
            match repeated {
                Some(mark) if icon == TrackIcon::Leader => {
                    "leaders chosen".clone_into(&mut mark.words)
                }
                Some(_) => {}
                None => self.cluster.push(TrackMark {
                    at_us: event.at.0,
                    icon,
                    words,
                }),
            }
        }
    }

    fn read_kafka(&mut self, event: &Event, kafka: &KafkaEvent) {
        match kafka {
            KafkaEvent::RecordQueued { key, .. } => self.keys.meet(key.as_deref()),
            KafkaEvent::LeaderElected(election) => {
                if let Some(from) = election.from
                    && election.to != Some(from)
                {
                    let loss = (event.id.step, election.partition.clone(), from);
                    self.lost_leaders.push(loss);
                }
            }
            KafkaEvent::OffsetCommitted { .. }
                if self.commits.last().map(|mark| mark.at_us) != Some(event.at.0) =>
            {
                self.commits.push(TrackMark {
                    at_us: event.at.0,
                    icon: TrackIcon::Commit,
                    words: String::new(),
                });
            }
            _ => {}
        }
    }

    fn count_message(&mut self, at_us: u64) {
        let window = at_us / DENSITY_WINDOW_US;
        match self.requests.last_mut() {
            Some((last, count)) if *last == window => *count += 1,
            _ => self.requests.push((window, 1)),
        }
    }
}

/// What stands on the cluster's track for an event.
fn cluster_mark(event: &Event) -> Option<(TrackIcon, String)> {
    let node = || event.node.map_or_else(String::new, |node| node.to_string());
    Some(match &event.kind {
        EventKind::ProcessCrashed => (TrackIcon::Fault, format!("{} killed", node())),
        EventKind::ProcessTerminating => (TrackIcon::Fault, format!("{} shuts down", node())),
        EventKind::ProcessPaused => (TrackIcon::Fault, format!("{} paused", node())),
        EventKind::LinkCut { .. } => (TrackIcon::Fault, "link cut".to_owned()),
        EventKind::Kafka(KafkaEvent::LeaderElected(election))
            if election.partition.topic.as_str() != OFFSETS_TOPIC && election.to.is_some() =>
        {
            let name = partition_name(&election.partition);
            let leader = election.to.unwrap_or_default();
            (TrackIcon::Leader, format!("broker {leader} leads {name}"))
        }
        EventKind::Kafka(KafkaEvent::IsrChanged { partition, .. })
            if partition.topic.as_str() != OFFSETS_TOPIC =>
        {
            (TrackIcon::Isr, String::new())
        }
        _ => return None,
    })
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
