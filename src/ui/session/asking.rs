//! Asking why, and going to where the answer leads; what is told without being asked.

use highwater_engine::kafka::ids::{EventId, StepId};
use leptos::prelude::*;

use super::sight::PHONE_PAGE_END;
use super::{SPOKEN_US, Session, SessionHandle, WIDE_PAGE_MIN};
use crate::platform::browser;
use crate::player::PlayerCommand;
use crate::ui::shown::{NO_WAY_BACK, set_if_changed};
use crate::view::answer::Answer;
use crate::view::format::capitalized;
use crate::view::subject::{Subject, event_of};

impl SessionHandle {
    /// Opens or closes the panel.
    pub fn toggle_panel(self) {
        if self.shown().is_panel_open.get_untracked() {
            self.close_panel();
        } else if let Some(event) = self.session.with_value(|session| session.run.news()) {
            // The sentence tells of it: most likely that is what one wants to know.
            self.select((event.step.0, event.index));
        } else {
            self.shown().is_panel_open.set(true);
            self.show();
        }
    }

    /// Opens the panel with how to read the stage.
    pub fn show_legend(self) {
        self.session
            .update_value(|session| session.run.answer = Answer::default());
        set_if_changed(self.shown().is_panel_open, true);
        set_if_changed(self.shown().is_log_shown, false);
        self.show();
    }

    /// Closes the panel, and forgets what was asked. Where there is room, what was asked is closed
    /// first, and the panel stays with how to read the stage.
    pub fn close_panel(self) {
        self.session.update_value(|session| {
            let asked = std::mem::take(&mut session.run.answer);
            let is_wide = session.size.page_width >= WIDE_PAGE_MIN;
            let stays = is_wide && !asked.parts.is_empty();
            set_if_changed(self.shown().is_panel_open, stays);
        });
        set_if_changed(self.shown().is_log_shown, false);
        self.show();
        browser::give_focus_back();
    }

    /// Asks why a thing on the page is as it is.
    pub fn ask(self, subject: Subject) {
        let event = self.session.try_update_value(|session| {
            let run = &mut session.run;
            let topic = &run.scene.topic;
            if let Some(answer) = Answer::standing(&run.timeline, topic, subject) {
                run.answer = answer;
                return None;
            }
            Some(event_of(&run.timeline, topic, subject))
        });
        let Some(event) = event.flatten() else {
            return self.show_answer();
        };
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
        self.show_answer();
    }

    /// Opens the panel at the answer. Time stands still: what was asked about would be over before
    /// the answer is read.
    fn show_answer(self) {
        set_if_changed(self.shown().is_panel_open, true);
        set_if_changed(self.shown().is_log_shown, false);
        // The offer to undo would lie over it on a telephone; the key and the menu remain.
        set_if_changed(self.shown().done, String::new());
        self.command(PlayerCommand::Pause);
        browser::lead_focus(".question");
        // A telephone's picture is low beside the answer.
        if self.session.with_value(|session| session.size.page_width) < PHONE_PAGE_END {
            browser::bring(".cause");
        }
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

    /// Plays what led to a step once more, from a little before it. The answer stays: who reads its
    /// chain wants to see just that.
    pub fn watch(self, step: u64) {
        let run = |session: &Session| session.run.position_before(step);
        self.seek(self.session.with_value(run));
        self.command(PlayerCommand::Play);
    }

    /// Starts another future in which nothing is ordered from the play head on.
    pub fn branch_here(self) {
        let begun = self.session.try_update_value(|session| {
            let timeline = &mut session.run.timeline;
            let is_done = timeline.branch_off();
            is_done.then(|| timeline.branch().name().to_owned())
        });
        let words = match begun.flatten() {
            Some(name) => {
                let words = capitalized(&name) + " starts here";
                self.offer(&words, NO_WAY_BACK, 0);
                ""
            }
            None => "A branch starts in the past: go back first.",
        };
        set_if_changed(self.shown().notice, words.to_owned());
        self.show();
        self.keep();
    }

    /// Says what just happened, at most one sentence a second: while time runs what changed how
    /// the cluster stands, step by step each event.
    pub(super) fn speak(self) {
        let spoken = self.shown().spoken;
        self.session.update_value(|session| {
            if session.spoken_us < SPOKEN_US {
                return;
            }
            let run = &session.run;
            let words = match run.log.lines.first() {
                Some(line) if !run.player.is_playing() => &line.words,
                _ => &run.scene.sentence,
            };
            if *spoken.read_untracked() != *words {
                session.spoken_us = 0;
                spoken.set(words.clone());
            }
        });
    }
}
