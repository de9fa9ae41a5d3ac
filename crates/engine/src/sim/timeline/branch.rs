//! One future: its commands, the steps that are remembered of it, and checkpoints to replay from.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::kafka::ids::StepId;
use crate::sim::event::Step;
use crate::sim::scenario::TimedCommand;
use crate::sim::world::World;
use crate::sorted::SortedMap;

/// A checkpoint is kept at least every so many steps while a branch is played.
const CHECKPOINT_EVERY: u64 = 256;
/// Past this many one is dropped, so that they lie the further apart the older they are.
const CHECKPOINTS: usize = 48;
/// Steps remembered with their events; older ones come back by seeking there.
const REMEMBERED_STEPS: usize = 50_000;

/// A future that was played, at least in part.
#[derive(Clone, Debug)]
pub struct Branch {
    name: String,
    parent: Option<(usize, StepId)>,
    commands: Vec<TimedCommand>,
    /// The step in which each of the first commands was carried out.
    played: Vec<StepId>,
    length: StepId,
    first_remembered: StepId,
    steps: VecDeque<Arc<Step>>,
    checkpoints: SortedMap<StepId, Arc<World>>,
}

impl Branch {
    /// The run as its scenario has it.
    pub(super) fn trunk(commands: Vec<TimedCommand>, start: World) -> Branch {
        Branch {
            name: "first run".to_owned(),
            parent: None,
            commands,
            played: Vec::new(),
            length: StepId(0),
            first_remembered: StepId(0),
            steps: VecDeque::new(),
            checkpoints: SortedMap::from([(StepId(0), Arc::new(start))]),
        }
    }

    /// A future that was written down: it is played anew once somebody goes there.
    pub(super) fn written(
        number: usize,
        parent: Option<(usize, StepId)>,
        (commands, length): (Vec<TimedCommand>, StepId),
        start: World,
    ) -> Branch {
        let trunk = Branch::trunk(commands, start);
        let name = match parent {
            Some(_) => Branch::name_of(number),
            None => trunk.name.clone(),
        };
        Branch {
            name,
            parent,
            length,
            ..trunk
        }
    }

    /// The name of the branch with that number: the first run counts as one, too.
    pub(super) fn name_of(number: usize) -> String {
        format!("branch {}", number + 1)
    }

    /// A new future from `position` on, which begins with `command`; without one, nothing that
    /// was ordered later is ordered there.
    pub(super) fn fork(
        &self,
        number: usize,
        position: StepId,
        name: String,
        command: Option<TimedCommand>,
    ) -> Branch {
        let mut fork = self.clone();
        fork.name = name;
        fork.parent = Some((number, position));
        fork.forget_from(position);
        fork.commands.truncate(fork.played.len());
        if let Some(command) = command {
            fork.commands.push(command);
            fork.played.push(position);
        }
        fork
    }

    /// Forgets that it was ever played further than to `position`; what was ordered later is still to come.
    pub(super) fn forget_from(&mut self, position: StepId) {
        self.played.truncate(self.played_before(position));
        self.length = self.length.min(position);
        let remembered = position.0.saturating_sub(self.first_remembered.0) as usize;
        self.steps.truncate(remembered);
        self.checkpoints.retain(|at, _| *at <= position);
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The branch it left, by number, and the position at which it did.
    pub fn parent(&self) -> Option<(usize, StepId)> {
        self.parent
    }

    /// How many steps of it have ever been played.
    pub fn length(&self) -> StepId {
        self.length
    }

    /// Its commands, in order; those not played yet last.
    pub fn commands(&self) -> &[TimedCommand] {
        &self.commands
    }

    /// A step, if it is remembered.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        let index = id.0.checked_sub(self.first_remembered.0)?;
        self.steps.get(index as usize).map(Arc::as_ref)
    }

    /// Remembered steps in order.
    pub fn steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.steps.iter().map(Arc::as_ref)
    }

    /// The first step that is remembered.
    pub fn first_remembered(&self) -> StepId {
        self.first_remembered
    }

    /// The command that comes next at `position`, with its step if it was played before.
    pub(super) fn next_command(&self, position: StepId) -> Option<(&TimedCommand, Option<StepId>)> {
        let index = self.played_before(position);
        Some((self.commands.get(index)?, self.played.get(index).copied()))
    }

    /// All commands but the first `count` from `position` on, each to be given at its time: after
    /// which step that is, is another matter in another future.
    pub(super) fn commands_after(&self, position: StepId, count: usize) -> Vec<TimedCommand> {
        let first = self.played_before(position) + count;
        let later = self.commands.iter().skip(first).cloned();
        later
            .map(|command| TimedCommand {
                after_step: None,
                ..command
            })
            .collect()
    }

    /// Adds commands that are to be played at the end.
    pub(super) fn append_commands(&mut self, commands: Vec<TimedCommand>) {
        self.commands.extend(commands);
    }

    /// Notes in which step the next command was carried out.
    pub(super) fn confirm_command(&mut self, position: StepId) {
        let index = self.played_before(position);
        if index == self.played.len() {
            self.commands[index].after_step = position.0.checked_sub(1).map(StepId);
            self.played.push(position);
        }
    }

    /// Adds a command given at the end of what was played.
    pub(super) fn insert_command(&mut self, position: StepId, command: TimedCommand) {
        let index = self.played_before(position);
        // Whatever is still to come was written down for steps that are others from here on.
        for later in &mut self.commands[index..] {
            later.after_step = None;
        }
        self.commands.insert(index, command);
        self.played.push(position);
    }

    /// Remembers a step that was played, for the first time or again.
    pub(super) fn record(&mut self, step: Step) {
        let id = step.id;
        self.length = self.length.max(StepId(id.0 + 1));
        let next = self.first_remembered.0 + self.steps.len() as u64;
        if id.0 < self.first_remembered.0 || id.0 > next {
            self.steps.clear();
            self.first_remembered = id;
        } else if id.0 < next {
            return;
        }
        self.steps.push_back(Arc::new(step));
        if self.steps.len() > REMEMBERED_STEPS {
            self.steps.pop_front();
            self.first_remembered = StepId(self.first_remembered.0 + 1);
        }
    }

    /// Keeps a checkpoint now and then.
    pub(super) fn keep_checkpoint(&mut self, world: &World) {
        let position = world.next_step();
        if !position.0.is_multiple_of(CHECKPOINT_EVERY) || self.checkpoints.contains_key(&position)
        {
            return;
        }
        self.checkpoints.insert(position, Arc::new(world.clone()));
        if self.checkpoints.len() > CHECKPOINTS {
            let kept: Vec<StepId> = self.checkpoints.keys().copied().collect();
            if let Some(dropped) = most_dispensable(&kept, self.length) {
                self.checkpoints.remove(&dropped);
            }
        }
    }

    /// The latest checkpoint at or before `position`.
    pub(super) fn checkpoint_before(&self, position: StepId) -> &World {
        self.checkpoints
            .range(..=position)
            .next_back()
            .map(|(_, world)| world.as_ref())
            .expect("the start of the run is always kept")
    }

    fn played_before(&self, position: StepId) -> usize {
        self.played.partition_point(|step| *step < position)
    }
}

/// The checkpoint whose absence would leave the smallest gap for its age; never the first or last.
fn most_dispensable(checkpoints: &[StepId], end: StepId) -> Option<StepId> {
    let gap_for_age = |three: &&[StepId]| {
        let gap = three[2].0 - three[0].0;
        let age = end.0.saturating_sub(three[1].0).max(1);
        gap.saturating_mul(1 << 20) / age
    };
    let dropped = checkpoints.windows(3).min_by_key(gap_for_age)?;
    Some(dropped[1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checkpoints_lie_the_further_apart_the_older_they_are_however_long_the_run() {
        let mut kept = Vec::new();
        for end in (0..1_000_000).step_by(CHECKPOINT_EVERY as usize) {
            kept.push(StepId(end));
            if kept.len() > CHECKPOINTS {
                let dropped = most_dispensable(&kept, StepId(end)).expect("there are many");
                kept.retain(|position| *position != dropped);
            }
            for pair in kept.windows(2) {
                let (gap, age) = (pair[1].0 - pair[0].0, end - pair[0].0);
                assert!(gap <= CHECKPOINT_EVERY.max(age / 3), "{gap} at age {age}");
            }
        }
        assert_eq!(kept.first(), Some(&StepId(0)));
    }
}
