//! The event log: the newest events as lines, newest first, continued from picture to picture.
//!
//! What only repeats itself is folded: of a partition's closed segments the newest has a line.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{StepId, TopicPartition};
use highwater_engine::sim::event::Event;
use highwater_engine::sim::timeline::Timeline;

use crate::view::event_line::is_worth_a_line;
use crate::view::lists::{Room, line};
use crate::view::part::{Part, PartKey};
use crate::view::project::is_turn;

/// What is added to the time of a line into which earlier ones are folded.
const FOLDED: &str = ", the latest of several";

/// The lines so far.
#[derive(Clone, Debug, Default)]
pub struct EventLog {
    /// The newest first.
    pub lines: Vec<Part>,
    /// Up to which step of which branch they go.
    written: (usize, StepId),
    /// The line of each partition's newest closed segment.
    rolls: Vec<(TopicPartition, PartKey)>,
}

impl EventLog {
    /// Continues the log up to the play head, or writes it anew after a jump.
    pub fn follow(&mut self, timeline: &Timeline) {
        let (branch, written) = self.written;
        let (position, current) = (timeline.position(), timeline.current_branch());
        let goes_on = branch == current && written <= position;
        let from = if goes_on { written } else { StepId(0) };
        let (world, room) = (timeline.world(), Room::default());
        let (mut fresh, mut rolls): (Vec<Part>, Vec<(TopicPartition, PartKey)>) =
            Default::default();
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
            if let Some(partition) = rolled(event) {
                let newer = rolls.iter().find(|(of, _)| of == partition);
                if let Some((_, key)) = newer {
                    fold(&mut fresh, *key);
                    continue;
                }
                rolls.push((partition.clone(), line(event, world, false).key));
            }
            if room.takes(is_turn(event)) {
                fresh.push(line(event, world, is_turn(event)));
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
        rolls: &mut Vec<(TopicPartition, PartKey)>,
    ) {
        let mut folded = Vec::new();
        for (partition, key) in std::mem::take(&mut self.rolls) {
            match rolls.iter().find(|(of, _)| *of == partition) {
                Some((_, newer)) => {
                    fold(fresh, *newer);
                    folded.push(key);
                }
                None => rolls.push((partition, key)),
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

/// The partition of which a segment was closed.
fn rolled(event: &Event) -> Option<&TopicPartition> {
    match event.kafka() {
        Some(KafkaEvent::SegmentRolled { partition, .. }) => Some(partition),
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
    use highwater_engine::kafka::time::SimTime;
    use highwater_engine::sim::scenario::Scenario;

    use super::*;

    /// A log whose segments close all the time.
    fn busy() -> Timeline {
        let text = include_str!("../../scenarios/retention-takes-whole-segments.json");
        let scenario = Scenario::from_json(text).expect("it is part of the repository");
        Timeline::new(scenario).expect("it can be played")
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
                .filter_map(rolled),
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
