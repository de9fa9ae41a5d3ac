//! The run outlives the page: it is kept in the browser, read back, and replaced by another.

use leptos::prelude::*;

use super::SessionHandle;
use super::run::Run;
use crate::platform::{broken, storage};
use crate::player::PlayerCommand;
use crate::ui::shown::{BACK_TO_RUN, START_OVER, set_if_changed};

/// Under this name the browser keeps the run.
const RUN: &str = "run";
/// Said when the kept run is back.
const BACK: &str = "Your run is back as you left it.";

impl SessionHandle {
    /// Keeps the run for the next visit, once the visitor has done something.
    pub fn keep(self) {
        // After a fault nobody knows in what state the run is.
        if broken::is_shown() {
            return;
        }
        let kept = self.session.with_value(|session| {
            let run = &session.run;
            session.is_touched.then(|| run.kept_text())
        });
        if let Some(text) = kept
            && !storage::write(RUN, &text)
        {
            let words = "The browser has no room to keep this run. Save it as a file.";
            self.shown().notice.set(words.to_owned());
        }
    }

    /// Takes the kept run up again, if there is one.
    pub(super) fn take_up(self) {
        let Some(text) = storage::read(RUN) else {
            return;
        };
        match Run::from_kept(&text) {
            Ok(run) => {
                self.replace(run);
                self.shown().done.set(BACK.to_owned());
                self.shown().way_back.set(START_OVER);
            }
            Err(reason) => {
                let words = ["The kept run can’t be read. ", &reason].concat();
                self.shown().notice.set(words);
            }
        }
    }

    /// Plays another scenario, given as JSON text, from its first moment or from its last command.
    ///
    /// Errors: place and reason; the present run stays.
    pub fn load(self, text: &str, is_from_start: bool) -> Result<(), String> {
        let run = Run::of_scenario(text, is_from_start)?;
        self.leave_for(run, "This is another run.");
        self.command(PlayerCommand::Play);
        self.keep();
        Ok(())
    }

    /// Begins again with the first scenario, as for a new visitor.
    pub fn start_over(self) {
        self.leave_for(Run::first_sight(), "All is as at first.");
        self.session
            .update_value(|session| session.is_touched = false);
        storage::write(RUN, "");
    }

    /// Goes back to the run that was left for another.
    pub fn bring_back(self) {
        let former = self
            .session
            .try_update_value(|session| session.former.take());
        if let Some(run) = former.flatten() {
            self.replace(*run);
            self.command(PlayerCommand::Pause);
            self.keep();
        }
    }

    /// Shows another run; the present one can be brought back.
    fn leave_for(self, run: Run, words: &str) {
        let former = self.replace(run);
        self.session
            .update_value(|session| session.former = former.map(Box::new));
        self.shown().done.set(words.to_owned());
        self.shown().way_back.set(BACK_TO_RUN);
    }

    fn replace(self, run: Run) -> Option<Run> {
        let former = self
            .session
            .try_update_value(|session| std::mem::replace(&mut session.run, run));
        self.forget_actions();
        set_if_changed(self.shown().notice, String::new());
        self.show();
        former
    }
}
