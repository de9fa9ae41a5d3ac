//! The tracks of the time bar: what is read of the events of a branch, and of those that it left.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::StepId;
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::timeline::Timeline;

use super::difference::difference;
use crate::view::event_line::{OFFSETS_TOPIC, breach_words, partition_name};
use crate::view::scene::{DENSITY_WINDOW_US, TrackIcon, TrackKind, TrackMark, TrackRow};

/// What stands on the tracks so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Tracks {
    faults: Vec<TrackMark>,
    leaders: Vec<TrackMark>,
    rules: Vec<TrackMark>,
    groups: Vec<TrackRow>,
    requests: Vec<(u64, u64)>,
}

impl Tracks {
    /// Reads one more event.
    pub(super) fn read(&mut self, event: &Event) {
        let node = || event.node.map_or_else(String::new, |node| node.to_string());
        let fault = |words| (TrackIcon::Fault, words);
        let mark = match &event.kind {
            EventKind::MessageSent { .. } => return self.count_message(event.at.0),
            EventKind::Kafka(kafka) => return self.read_kafka(event, kafka),
            EventKind::ProcessCrashed => fault(format!("{} killed", node())),
            EventKind::ProcessTerminating => fault(format!("{} stopped", node())),
            EventKind::ProcessPaused => fault(format!("{} paused", node())),
            EventKind::LinkCut { .. } => fault("link cut".to_owned()),
            EventKind::RuleBroken(broken) => {
                put(
                    &mut self.rules,
                    event,
                    (TrackIcon::Fault, breach_words(broken)),
                );
                return;
            }
            _ => return,
        };
        put(&mut self.faults, event, mark);
    }

    fn read_kafka(&mut self, event: &Event, kafka: &KafkaEvent) {
        match kafka {
            KafkaEvent::LeaderElected(election)
                if election.partition.topic.as_str() != OFFSETS_TOPIC =>
            {
                let name = partition_name(&election.partition);
                if let Some(leader) = election.to {
                    let words = format!("broker {leader} leads {name}");
                    put(&mut self.leaders, event, (TrackIcon::Leader, words));
                }
            }
            KafkaEvent::IsrChanged { partition, .. }
                if partition.topic.as_str() != OFFSETS_TOPIC =>
            {
                put(&mut self.leaders, event, (TrackIcon::Isr, String::new()));
            }
            KafkaEvent::OffsetCommitted { group_id, .. } => {
                put(
                    self.group(group_id),
                    event,
                    (TrackIcon::Commit, String::new()),
                );
            }
            KafkaEvent::RebalanceStarted { group_id } => {
                put(
                    self.group(group_id),
                    event,
                    (TrackIcon::Rebalance(0), String::new()),
                );
            }
            KafkaEvent::GenerationStable { group_id, .. } => {
                if let Some(last) = self.group(group_id).last_mut()
                    && let TrackIcon::Rebalance(us) = &mut last.icon
                {
                    *us = event.at.0 - last.at_us;
                }
            }
            _ => {}
        }
    }

    fn group(&mut self, name: &str) -> &mut Vec<TrackMark> {
        let place = self.groups.iter().position(|track| track.name == name);
        let place = place.unwrap_or_else(|| {
            self.groups.push(track(TrackKind::Group, name, Vec::new()));
            self.groups.len() - 1
        });
        &mut self.groups[place].marks
    }

    fn count_message(&mut self, at_us: u64) {
        let window = at_us / DENSITY_WINDOW_US;
        match self.requests.last_mut() {
            Some((last, count)) if *last == window => *count += 1,
            _ => self.requests.push((window, 1)),
        }
    }

    /// All tracks but those of other branches.
    pub(super) fn rows(&self) -> Vec<TrackRow> {
        let most = self.requests.iter().map(|(_, count)| *count).max();
        let bars = self.requests.iter().map(|(window, count)| TrackMark {
            at_us: window * DENSITY_WINDOW_US,
            icon: TrackIcon::Density((count * 1000 / most.unwrap_or(1).max(1)) as u16),
            words: String::new(),
        });
        let mut rules = self.rules.clone();
        if rules.is_empty() {
            rules.push(TrackMark {
                at_us: 0,
                icon: TrackIcon::None,
                words: "all hold".to_owned(),
            });
        }
        let mut rows = vec![
            track(TrackKind::Faults, "faults", self.faults.clone()),
            track(TrackKind::Leaders, "leaders, ISR", self.leaders.clone()),
            track(TrackKind::Requests, "requests", bars.collect()),
        ];
        rows.extend(self.groups.iter().cloned());
        rows.push(track(TrackKind::Rules, "rules", rules));
        rows
    }

    /// What another branch has of its own: where it leaves, what is ordered there, and what came.
    pub(super) fn branch(&self, timeline: &Timeline, number: usize) -> Option<TrackRow> {
        let left_at = parting(timeline, number);
        let branch = timeline.branches().get(number)?;
        let step = branch.step(left_at);
        let at_us = step.map_or(0, |step| step.at.0);
        let what = difference(timeline, number, timeline.current_branch());
        let mut marks = vec![TrackMark {
            at_us,
            icon: TrackIcon::Branch,
            words: if what.is_empty() {
                branch.name().to_owned()
            } else {
                what
            },
        }];
        let own = self.faults.iter().chain(&self.leaders);
        marks.extend(own.filter(|mark| mark.at_us > at_us).cloned());
        let name = if timeline.branches().len() == 2 {
            "branch"
        } else {
            branch.name()
        };
        Some(track(TrackKind::Branch(number as u32), name, marks))
    }
}

/// The position at which another branch and the present one part.
fn parting(timeline: &Timeline, other: usize) -> StepId {
    let branches = timeline.branches();
    let (mut a, mut b) = (timeline.current_branch(), other);
    let mut parting = StepId(u64::MAX);
    while a != b {
        // A branch is younger than the one it left: the younger of the two goes back.
        let younger = if a > b { &mut a } else { &mut b };
        let Some((parent, position)) = branches[*younger].parent() else {
            break;
        };
        parting = parting.min(position);
        *younger = parent;
    }
    parting
}

fn track(kind: TrackKind, name: &str, marks: Vec<TrackMark>) -> TrackRow {
    TrackRow {
        kind,
        name: name.to_owned(),
        marks,
    }
}

/// Adds a mark; several of a kind at one moment are one.
fn put(marks: &mut Vec<TrackMark>, event: &Event, (icon, words): (TrackIcon, String)) {
    let at_us = event.at.0;
    match marks
        .iter_mut()
        .rfind(|mark| mark.at_us == at_us && mark.icon == icon)
    {
        Some(mark) if icon == TrackIcon::Leader => "leaders chosen".clone_into(&mut mark.words),
        Some(_) => {}
        None => {
            // A new leader says more than the ISR that changed with it, and goes first.
            let place = match marks.last() {
                Some(last) if icon == TrackIcon::Leader && last.at_us == at_us => marks.len() - 1,
                _ => marks.len(),
            };
            marks.insert(place, TrackMark { at_us, icon, words });
        }
    }
}
