//! Moments to go to: turning points ahead and behind, and from where something is seen coming.

use highwater_engine::kafka::ids::StepId;
use highwater_engine::kafka::time::SimTime;
use leptos::prelude::*;

use super::SessionHandle;
use super::run::Run;
use crate::player::PlayerCommand;
use crate::view::project::{catch_up, is_turning_point};

/// How far ahead the next turning point is looked for, in microseconds.
const SKIP_MAX_US: u64 = 30_000_000;
/// What is watched again is seen coming for so long, in microseconds on the wall if nothing else moves.
const WATCH_LEAD_US: u64 = 200_000;
/// The same for what is to turn, where one may not know yet what that is.
const TURN_LEAD_US: u64 = 150_000;

impl SessionHandle {
    /// Goes to right after the next turning point, and says if there is none near.
    pub fn skip_ahead(self) {
        self.command(PlayerCommand::SkipAhead);
    }

    /// Lets time pass until something is about to turn, and plays on; among pictures that stand still, until
    /// it has turned.
    pub fn let_pass(self) {
        if self.shown().is_still.get_untracked() {
            return self.skip_ahead();
        }
        let is_ahead = self
            .session
            .try_update_value(|session| session.run.let_pass());
        if is_ahead == Some(true) {
            self.command(PlayerCommand::Play);
        } else {
            self.show();
        }
    }

    /// Lets time pass until everybody who came back has caught up, and stands still.
    pub fn catch_up(self) {
        self.session.update_value(|session| session.run.catch_up());
        self.command(PlayerCommand::Pause);
    }

    /// Goes to before the last turning point.
    pub fn skip_back(self) {
        let position = self
            .session
            .with_value(|session| session.run.last_turning_point());
        self.seek(position);
    }
}

impl Run {
    /// Where the last turning point before the play head begins, or the run.
    pub(super) fn last_turning_point(&self) -> u64 {
        let position = self.timeline.position();
        let event = self.memory.turning_point(position);
        event.map_or(0, |event| event.step.0)
    }

    /// Plays up to and including the next step that changes how the cluster stands.
    /// Says whether there was one.
    pub(super) fn skip_ahead(&mut self) -> bool {
        let end = SimTime(self.head_us + SKIP_MAX_US);
        while self.timeline.world().now() < end {
            match self.timeline.step() {
                Some(step) if is_turning_point(step) => return true,
                Some(_) => {}
                None => return false,
            }
        }
        false
    }

    /// Plays until everybody who came back has caught up.
    pub(super) fn catch_up(&mut self) {
        catch_up(&mut self.timeline, &self.scene.topic);
        self.head_us = self.timeline.world().now().0;
    }

    /// Goes to where the next turning point is about to come, so that it is seen coming; no further than that
    /// has been played then. Says whether there is one.
    pub(super) fn let_pass(&mut self) -> bool {
        self.goal = None;
        let here = self.timeline.position();
        let is_known = here < self.timeline.known_length();
        let is_ahead = self.skip_ahead();
        if is_ahead {
            let turns_at = self.timeline.world().now();
            let turn = self.timeline.position().0.saturating_sub(1);
            let before = StepId(self.position_ahead_of(turn, TURN_LEAD_US)).max(here);
            if is_known {
                self.timeline.seek(before);
            } else {
                self.timeline.take_back(before);
            }
            self.memory.turn = Some((self.timeline.world().now(), turns_at));
        }
        self.is_uneventful = !is_ahead;
        self.head_us = self.timeline.world().now().0;
        is_ahead
    }

    /// The position from which a step is watched again.
    pub(super) fn position_before(&self, step: u64) -> u64 {
        self.position_ahead_of(step, WATCH_LEAD_US)
    }

    fn position_ahead_of(&self, step: u64, lead_us: u64) -> u64 {
        let step = self.timeline.branch().step(StepId(step));
        let at_us = step.map_or(0, |step| step.at.0);
        let lead_us = self.player.speed().shown_us(lead_us);
        self.position_at(at_us.saturating_sub(lead_us))
    }

    /// How many steps lie before the moment `us`; an estimate where steps are forgotten.
    pub(super) fn position_at(&self, us: u64) -> u64 {
        let branch = self.timeline.branch();
        let first = branch.first_remembered();
        let start = branch.step(first).map_or(0, |step| step.at.0);
        if us < start {
            return first.0 * us / start.max(1);
        }
        let (mut low, mut high) = (first.0, branch.length().0);
        while low < high {
            let middle = low + (high - low) / 2;
            match branch.step(StepId(middle)) {
                Some(step) if step.at.0 <= us => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }
}
