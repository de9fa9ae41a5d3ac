//! Why a thing is as it is: questions to the run, and their answers in the panel.

use highwater_engine::kafka::ids::{EventId, StepId};
use leptos::prelude::*;

use super::SessionHandle;
use crate::player::PlayerCommand;
use crate::ui::shown::set_if_changed;
use crate::view::answer::Answer;
use crate::view::subject::{Subject, event_of};

impl SessionHandle {
    /// Asks why a thing on the page is as it is.
    pub fn ask(self, subject: Subject) {
        let event = self.session.with_value(|session| {
            let run = &session.run;
            event_of(&run.timeline, &run.scene.topic, subject)
        });
        match event {
            Some(event) => self.select((event.step.0, event.index)),
            None => {
                let words = "The event that made this is older than what is remembered.";
                self.shown().notice.set(words.to_owned());
            }
        }
    }

    /// Asks why an event happened, and opens the panel.
    pub fn select(self, (step, index): (u64, u32)) {
        let id = EventId {
            step: StepId(step),
            index,
        };
        self.session.update_value(|session| {
            let run = &mut session.run;
            let answer = Answer::new(&run.timeline, &run.scene.topic, id);
            run.answer = answer.unwrap_or_default();
        });
        set_if_changed(self.shown().is_panel_open, true);
        set_if_changed(self.shown().is_log_shown, false);
        self.show();
    }

    /// Goes to the moment right after an event, and asks why it happened.
    pub fn jump(self, event: (u64, u32)) {
        self.seek(event.0 + 1);
        self.select(event);
    }

    /// Lights the place of a cause of the chain on the stage.
    pub fn light(self, number: u32) {
        self.session
            .update_value(|session| session.run.answer.light(number));
        self.show();
    }

    /// Plays what led to a step once more, from a little before it.
    pub fn watch(self, step: u64) {
        let position = self
            .session
            .with_value(|session| session.run.position_before(step));
        self.seek(position);
        self.command(PlayerCommand::Play);
    }

    /// Starts another future in which nothing is ordered from the play head on.
    pub fn branch_here(self) {
        let is_done = self
            .session
            .try_update_value(|session| session.run.timeline.branch_off());
        let words = if is_done == Some(true) {
            ""
        } else {
            "A branch starts in the past: go back first."
        };
        set_if_changed(self.shown().notice, words.to_owned());
        self.show();
    }
}
