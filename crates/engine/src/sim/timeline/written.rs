//! A run with all its futures as one text, and back.
//!
//! First stands the scenario of the present branch. Then comes a section for each branch: where it
//! left which other one, how far it was played, and its own scenario unless it is the present one.
//! A text without sections is a scenario alone: a run with one future.

use crate::kafka::ids::StepId;
use crate::sim::scenario::{Scenario, ScenarioError};
use crate::sorted::SortedSet;

use super::{Branch, Timeline};

/// The most branches that are written down: the first one, the present one and the newest.
pub const WRITTEN_BRANCHES_MAX: usize = 16;
/// Before each section; JSON has no such character.
const SEPARATOR: char = '\u{1e}';

impl Timeline {
    /// The run and its futures as a text for [`Timeline::from_text`].
    pub fn to_text(&self) -> String {
        let mut text = self.to_scenario().to_json();
        let written = self.written();
        for number in &written {
            let branch = &self.branches[*number];
            let (parent, left_at) = self.parent_among(&written, *number);
            let (left_at, length) = (left_at.0, branch.length().0);
            text.push(SEPARATOR);
            text += &format!("{parent} {left_at} {length}");
            if *number != self.current {
                text.push('\n');
                text += &self.scenario_of(branch).to_json();
            }
        }
        text
    }

    /// The run of a text, before its first step, on the branch that was the present one.
    ///
    /// Errors: place and reason.
    pub fn from_text(text: &str) -> Result<Timeline, ScenarioError> {
        let mut sections = text.split(SEPARATOR);
        let scenario = Scenario::from_json(sections.next().unwrap_or_default())?;
        let own = scenario.commands.clone();
        let mut timeline = Timeline::new(scenario)?;
        let mut branches = Vec::new();
        for (number, section) in sections.enumerate() {
            let (head, commands) = section.split_once('\n').unwrap_or((section, ""));
            let numbers: Vec<u64> = head.split(' ').map_while(|it| it.parse().ok()).collect();
            let [parent, left_at, length] = numbers[..] else {
                return Err(broken(number, "three numbers are missing"));
            };
            let parent = (number > 0).then_some((parent as usize, StepId(left_at)));
            if parent.is_some_and(|(parent, _)| parent >= number) {
                return Err(broken(number, "it leaves a branch that comes later"));
            }
            let commands = if commands.is_empty() {
                timeline.current = number;
                own.clone()
            } else {
                Scenario::from_json(commands)?.commands
            };
            let played = (commands, StepId(length));
            branches.push(Branch::written(
                number,
                parent,
                played,
                timeline.world.clone(),
            ));
        }
        if !branches.is_empty() {
            timeline.branches = branches;
        }
        Ok(timeline)
    }

    /// The numbers of the branches that are written down, ascending.
    fn written(&self) -> Vec<usize> {
        let mut numbers = SortedSet::from([0, self.current]);
        for number in (0..self.branches.len()).rev() {
            if numbers.len() >= WRITTEN_BRANCHES_MAX {
                break;
            }
            numbers.insert(number);
        }
        numbers.iter().copied().collect()
    }

    /// The nearest branch before that one which is among `written`, by its place there, and where
    /// the two part.
    fn parent_among(&self, written: &[usize], number: usize) -> (usize, StepId) {
        let (mut at, mut left_at) = (number, StepId(u64::MAX));
        while let Some((parent, position)) = self.branches[at].parent() {
            left_at = left_at.min(position);
            at = parent;
            if written.contains(&at) {
                break;
            }
        }
        let place = written.iter().position(|other| *other == at);
        (place.unwrap_or_default(), left_at)
    }
}

fn broken(number: usize, reason: &str) -> ScenarioError {
    ScenarioError {
        place: format!("branch {number}"),
        reason: reason.to_owned(),
    }
}
