//! A run that can be played, sought and branched: checkpoints and deterministic replay.
//!
//! `scenario + commands` is the run, so nothing of the past needs to be kept but checkpoints.
//! Whoever acts in the past starts another branch; the future that was left stays as it was.

mod branch;
mod written;

use crate::kafka::ids::{CallId, EventId, StepId};
use crate::kafka::time::SimTime;
use crate::sim::command::{Command, CommandRejected};
use crate::sim::event::{Event, Step};
use crate::sim::scenario::{Scenario, ScenarioError, TimedCommand};
use crate::sim::world::World;

pub use branch::Branch;
pub use written::WRITTEN_BRANCHES_MAX;

/// A run with its past, its present and the futures that were left.
#[derive(Clone, Debug)]
pub struct Timeline {
    scenario: Scenario,
    world: World,
    branches: Vec<Branch>,
    current: usize,
}

impl Timeline {
    /// The run of a scenario, before its first step.
    pub fn new(scenario: Scenario) -> Result<Timeline, ScenarioError> {
        let world = World::new(&scenario)?;
        let trunk = Branch::trunk(scenario.commands.clone(), world.clone());
        Ok(Timeline {
            scenario,
            world,
            branches: vec![trunk],
            current: 0,
        })
    }

    /// The world at the play head.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// How many steps lie before the play head.
    pub fn position(&self) -> StepId {
        self.world.next_step()
    }

    /// How many steps of this branch have ever been played.
    pub fn known_length(&self) -> StepId {
        self.branch().length()
    }

    /// The branch on which the play head stands.
    pub fn branch(&self) -> &Branch {
        &self.branches[self.current]
    }

    /// All branches; the first is the run as it was at first.
    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    /// The number of the branch on which the play head stands.
    pub fn current_branch(&self) -> usize {
        self.current
    }

    /// When the next step happens: a scheduled one or a recorded command.
    pub fn next_at(&self) -> Option<SimTime> {
        let command = self
            .branch()
            .next_command(self.position())
            .map(|(command, _)| command.at());
        match (self.world.next_at(), command) {
            (Some(scheduled), Some(command)) => Some(scheduled.min(command)),
            (scheduled, command) => scheduled.or(command),
        }
    }

    /// Plays one step. `None` when nothing is left to happen.
    pub fn step(&mut self) -> Option<&Step> {
        let position = self.position();
        let step = match self.due_command() {
            Some(timed) => self.play_command(timed),
            None => self.world.step()?,
        };
        let branch = &mut self.branches[self.current];
        branch.record(step);
        branch.keep_checkpoint(&self.world);
        self.branches[self.current].step(position)
    }

    /// Plays all steps up to and including `until`; at most `limit` of them. Gives how many.
    pub fn run_until(&mut self, until: SimTime, limit: usize) -> usize {
        let mut played = 0;
        while played < limit && self.next_at().is_some_and(|at| at <= until) {
            if self.step().is_none() {
                break;
            }
            played += 1;
        }
        played
    }

    /// Moves the play head so that `position` steps lie before it, on this branch.
    pub fn seek(&mut self, position: StepId) {
        let position = position.min(self.known_length());
        if position < self.position() {
            self.restore(position);
        }
        while self.position() < position {
            if self.step().is_none() {
                break;
            }
        }
    }

    /// Moves the play head back as if nothing later had been played yet: who looked ahead leaves no future
    /// behind. Commands that are to come stay; branches that left later keep what they left.
    pub fn take_back(&mut self, position: StepId) {
        let of_this = |branch: &Branch| {
            let (parent, left_at) = branch.parent()?;
            (parent == self.current).then_some(left_at)
        };
        let left_last = self.branches.iter().filter_map(of_this).max();
        self.seek(position);
        let kept = left_last.map_or(position, |left_at| left_at.max(position));
        self.branches[self.current].forget_from(kept);
    }

    /// Gives a command at `at`: at the play head or later, before the next step.
    ///
    /// In the past this starts another branch; a command that is rejected changes nothing.
    pub fn apply(&mut self, command: Command, at: SimTime) -> Result<Applied, CommandRejected> {
        let position = self.position();
        let recorded = TimedCommand::recorded(at, previous(position), command.clone());
        let applied = self.world.apply(command, at)?;
        if position < self.known_length() {
            self.fork(position, Some(recorded));
        } else {
            self.branches[self.current].insert_command(position, recorded);
        }
        let (call, step) = (applied.call, applied.step.id);
        let branch = &mut self.branches[self.current];
        branch.record(applied.step);
        branch.keep_checkpoint(&self.world);
        Ok(Applied { call, step })
    }

    /// Starts another branch in the past, in which nothing is ordered from the play head on. Says
    /// whether there was a future to leave.
    pub fn branch_off(&mut self) -> bool {
        let is_past = self.position() < self.known_length();
        if is_past {
            self.fork(self.position(), None);
        }
        is_past
    }

    /// Goes back to before the commands that were given at `position`, `count` of them one after
    /// the other, into a future without them: the one that they left, or a new one in which
    /// everything else is ordered as it was.
    pub fn undo(&mut self, position: StepId, count: usize) {
        match self.branch().parent() {
            Some((parent, left_at)) if left_at == position => self.current = parent,
            _ => {
                let later = self.branch().commands_after(position, count);
                self.fork(position, None);
                self.branches[self.current].append_commands(later);
            }
        }
        self.restore(position);
        self.seek(position);
    }

    fn fork(&mut self, position: StepId, command: Option<TimedCommand>) {
        let name = Branch::name_of(self.branches.len());
        let fork = self.branch().fork(self.current, position, name, command);
        self.branches.push(fork);
        self.current = self.branches.len() - 1;
    }

    /// Moves the play head to another branch: to its end as far as it was played.
    pub fn switch_branch(&mut self, branch: usize) {
        if let Some(end) = self.enter_branch(branch) {
            self.seek(end);
        }
    }

    /// Moves the play head to another branch, to a moment before its end, and says where that is.
    pub fn enter_branch(&mut self, branch: usize) -> Option<StepId> {
        let is_other = branch < self.branches.len() && branch != self.current;
        is_other.then(|| {
            self.current = branch;
            let end = self.known_length();
            self.restore(end);
            end
        })
    }

    /// An event of this branch, if it is still remembered.
    pub fn event(&self, id: EventId) -> Option<&Event> {
        self.branch().step(id.step)?.events.get(id.index as usize)
    }

    /// The run up to the end of this branch, written down.
    pub fn to_scenario(&self) -> Scenario {
        self.scenario_of(self.branch())
    }

    fn scenario_of(&self, branch: &Branch) -> Scenario {
        Scenario {
            commands: branch.commands().to_vec(),
            ..self.scenario.clone()
        }
    }

    /// The recorded command that comes before the next scheduled item, if there is one.
    fn due_command(&self) -> Option<TimedCommand> {
        let position = self.position();
        let (timed, played) = self.branch().next_command(position)?;
        let is_due = match (played, timed.after_step) {
            (Some(step), _) => step == position,
            (None, Some(after)) => previous(position) == Some(after),
            (None, None) => self.world.next_at().is_none_or(|next| timed.at() <= next),
        };
        is_due.then(|| timed.clone())
    }

    /// Carries out a recorded command. One that can't be is a step too, so that it is seen.
    fn play_command(&mut self, timed: TimedCommand) -> Step {
        let position = self.position();
        let at = timed.at().max(self.world.now());
        let step = match self.world.apply(timed.command.clone(), at) {
            Ok(applied) => applied.step,
            Err(rejected) => self.world.reject(timed.command, rejected, at),
        };
        self.branches[self.current].confirm_command(position);
        step
    }

    fn restore(&mut self, position: StepId) {
        self.world = self.branch().checkpoint_before(position).clone();
    }
}

/// What an accepted command gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The call that it began, if it was one.
    pub call: Option<CallId>,
    /// The step in which it was carried out.
    pub step: StepId,
}

/// The step before that position; none before the first.
fn previous(position: StepId) -> Option<StepId> {
    position.0.checked_sub(1).map(StepId)
}
