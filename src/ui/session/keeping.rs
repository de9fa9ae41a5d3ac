//! The run outlives the page: it is kept in the browser, read back, and replaced by another.

use leptos::prelude::*;

use super::SessionHandle;
use super::acting::OFFER_NEVER_ENDS;
use super::run::Run;
use crate::platform::{broken, files, storage};
use crate::player::PlayerCommand;
use crate::ui::shown::{BACK_TO_RUN, SAVE_UNREAD, START_OVER, set_if_changed};

/// Under this name the browser keeps the run.
const RUN: &str = "run";
/// Under this one what was kept and can't be read any more.
const UNREAD: &str = "unread";
/// Said when it can't.
const SET_ASIDE: &str = "It is set aside.";
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
            session.is_touched.then(|| run.kept_text(true))
        });
        let Some(text) = kept.filter(|text| !storage::write(RUN, text)) else {
            return;
        };
        let present = self
            .session
            .with_value(|session| session.run.kept_text(false));
        let words = if present.len() < text.len() && storage::write(RUN, &present) {
            "The browser has room for the present branch only. Save the others as files."
        } else {
            "The browser has no room to keep this run. Save it as a file."
        };
        self.shown().notice.set(words.to_owned());
    }

    /// Takes the kept run up again, if there is one.
    pub(super) fn take_up(self) {
        if let Some(text) = storage::read(RUN) {
            self.take_up_text(&text);
        }
    }

    #[inline(never)]
    fn take_up_text(self, text: &str) {
        match Run::from_kept(text) {
            Ok(run) => {
                self.replace(run);
                self.offer(BACK, START_OVER, 0);
            }
            Err(reason) => {
                // The next thing that is done would be kept in its place.
                storage::write(UNREAD, text);
                let words = ["The kept run can’t be read. ", &reason].concat();
                self.shown().notice.set(words);
                self.offer(SET_ASIDE, SAVE_UNREAD, OFFER_NEVER_ENDS);
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
        self.leave_for(Run::first_sight().on_its_way(), "All is as at first.");
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

    /// Gives the run that can't be read to the visitor as a file.
    pub fn save_unread(self) {
        if let Some(text) = unread() {
            files::download("highwater-unread-run.txt", text.as_bytes());
        }
    }

    /// Shows another run; the present one can be brought back.
    fn leave_for(self, run: Run, words: &str) {
        let former = self.replace(run);
        self.session
            .update_value(|session| session.former = former.map(Box::new));
        self.offer(words, BACK_TO_RUN, 0);
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

/// The run that was kept and can't be read any more.
pub(super) fn unread() -> Option<String> {
    storage::read(UNREAD)
}
