//! The event log: the newest events as lines, newest first, continued from picture to picture.
//!
//! What only repeats itself is folded: of a partition's closed segments, and of a node's
//! connections to another that could not be established, the newest has a line.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{NodeId, StepId, TopicPartition};
use highwater_engine::sim::event::{Event, EventKind};
use highwater_engine::sim::timeline::Timeline;

use crate::view::event_line::is_worth_a_line;
use crate::view::lists::{Room, line};
use crate::view::part::{Part, PartKey};
use crate::view::project::turn;

/// What is added to the time of a line into which earlier ones are folded.
const FOLDED: &str = ", the latest of several";

/// What only repeats itself.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Repeated {
    /// A partition's segments are closed.
    Rolled(TopicPartition),
    /// A node finds nobody at another.
    Refused(Option<NodeId>, NodeId),
}

/// The lines so far.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    /// The newest first.
    pub lines: Vec<Part>,
    /// Up to which step of which branch they go.
    written: (usize, StepId),
    /// The newest line of each repetition.
    rolls: Vec<(Repeated, PartKey)>,
}

impl EventLog {
    /// Continues the log up to the play head, or writes it anew after a jump.
    pub fn follow(&mut self, timeline: &Timeline) {
        let (branch, written) = self.written;
        let (position, current) = (timeline.position(), timeline.current_branch());
        let goes_on = branch == current && written <= position;
        let from = if goes_on { written } else { StepId(0) };
        let (world, room) = (timeline.world(), Room::default());
        let (mut fresh, mut rolls): (Vec<Part>, Vec<(Repeated, PartKey)>) = Default::default();
        let steps = timeline.branch().steps().rev();
        let events = steps
            .skip_while(|step| step.id >= position)
            .take_while(|step| step.id >= from)
            .flat_map(|step| step.events.iter().rev())
            .filter(|event| is_worth_a_line(event));
        for event in events {
            if room.is_full() {
                break;
            }
            if let Some(repeated) = repeated(event) {
                let newer = rolls.iter().find(|(of, _)| *of == repeated);
                if let Some((_, key)) = newer {
                    fold(&mut fresh, *key);
                    continue;
                }
                rolls.push((repeated, line(event, world, "").key));
            }
            let state = turn(event);
            if room.takes(!state.is_empty()) {
                fresh.push(line(event, world, state));
            }
        }
        self.written = (current, position);
        if goes_on && fresh.is_empty() {
            return;
        }
        let old = std::mem::take(&mut self.lines);
        if goes_on {
            self.append(old, &room, &mut fresh, &mut rolls);
        }
        if let Some(newest) = fresh.first_mut() {
            newest.is_stop = true;
        }
        (self.lines, self.rolls) = (fresh, rolls);
    }

    /// Puts the older lines behind the fresh ones, but those that are folded into one of these.
    fn append(
        &mut self,
        old: Vec<Part>,
        room: &Room,
        fresh: &mut Vec<Part>,
        rolls: &mut Vec<(Repeated, PartKey)>,
    ) {
        let mut folded = Vec::new();
        for (repeated, key) in std::mem::take(&mut self.rolls) {
            match rolls.iter().find(|(of, _)| *of == repeated) {
                Some((_, newer)) => {
                    fold(fresh, *newer);
                    folded.push(key);
                }
                None => rolls.push((repeated, key)),
            }
        }
        for mut line in old {
            line.is_stop = false;
            if !folded.contains(&line.key) && room.takes(!line.state.is_empty()) {
                fresh.push(line);
            }
        }
    }
}

/// What `event` may be the latest repetition of.
fn repeated(event: &Event) -> Option<Repeated> {
    if let EventKind::ConnectionRefused { peer } = event.kind {
        return Some(Repeated::Refused(event.node, peer));
    }
    match event.kafka() {
        Some(KafkaEvent::SegmentRolled { partition, .. }) => {
            Some(Repeated::Rolled(partition.clone()))
        }
        _ => None,
    }
}

/// Says of a line that others are folded into it.
fn fold(lines: &mut [Part], key: PartKey) {
    let mut lines = lines.iter_mut();
    if let Some(line) = lines.find(|line| line.key == key)
        && !line.note.ends_with(FOLDED)
    {
        line.note.push_str(FOLDED);
    }
}

#[cfg(test)]
mod tests {
    use highwater_engine::kafka::ids::BrokerId;
    use highwater_engine::kafka::time::SimTime;
    use highwater_engine::sim::command::Command;
    use highwater_engine::sim::scenario::Scenario;

    use super::*;

    /// A log whose segments close all the time.
    fn busy() -> Timeline {
        let text = include_str!("../../scenarios/retention-takes-whole-segments.json");
        let scenario = Scenario::from_json(text).expect("it is part of the repository");
        Timeline::new(scenario).expect("it can be played")
    }

    #[test]
    fn connections_that_could_not_be_established_are_not_called_lost_and_have_one_line() {
        let text = include_str!("../../scenarios/first-sight.json");
        let scenario = Scenario::from_json(text).expect("it is part of the repository");
        let mut timeline = Timeline::new(scenario).expect("it can be played");
        timeline.run_until(SimTime(4_250_000), usize::MAX);
        let now = timeline.world().now();
        let broker = BrokerId(1);
        let crash = Command::CrashBroker { broker };
        timeline.apply(crash, now).expect("broker 1 runs");
        let mut lines_at = |ms: u64| {
            timeline.run_until(SimTime(ms * 1000), usize::MAX);
            let mut log = EventLog::default();
            log.follow(&timeline);
            let words = log.lines.into_iter().map(|it| it.words);
            words.collect::<Vec<_>>()
        };
        let lost = "checkout loses its connection to broker 1.".to_owned();
        assert!(lines_at(4_300).contains(&lost));
        let lines = lines_at(9_000);
        let refused =
            "checkout’s connection to broker 1 could not be established: it may not be available.";
        assert_eq!(lines.iter().filter(|it| *it == refused).count(), 1);
        assert!(!lines.iter().any(|it| it.starts_with("A message from")));
    }

    #[test]
    fn of_many_closed_segments_each_partition_has_one_line_and_the_log_is_the_same_after_a_jump() {
        let (mut timeline, mut log) = (busy(), EventLog::default());
        let mut rolls = Vec::new();
        for _ in 0..40 {
            let until = SimTime(timeline.world().now().0 + 1_000_000);
            timeline.run_until(until, usize::MAX);
            log.follow(&timeline);
        }
        let events = timeline.branch().steps().flat_map(|step| &step.events);
        rolls.extend(
            events
                .filter(|event| is_worth_a_line(event))
                .filter_map(|event| match repeated(event)? {
                    Repeated::Rolled(partition) => Some(partition),
                    Repeated::Refused(..) => None,
                }),
        );
        let count = rolls.len();
        rolls.sort_unstable();
        rolls.dedup();
        let told = |log: &EventLog| -> Vec<(String, String)> {
            let lines = log
                .lines
                .iter()
                .map(|it| (it.words.clone(), it.note.clone()));
            lines
                .filter(|(words, _)| words.contains("closes a segment"))
                .collect()
        };
        assert!(count > 3 * rolls.len(), "{count} of {}", rolls.len());
        assert_eq!(told(&log).len(), rolls.len(), "{:?}", told(&log));
        assert!(told(&log).iter().all(|(_, note)| note.ends_with(FOLDED)));
        let mut anew = EventLog::default();
        anew.follow(&timeline);
        assert_eq!(told(&anew), told(&log));
    }
}
