//! The one handle on the run: the page's verbs go in, lists of parts come out.

mod acting;
mod asking;
mod keeping;
mod moments;
mod run;
mod sight;
mod still;

use highwater_engine::sim::command::Command;
use highwater_engine::sim::world::World;
use leptos::prelude::*;

use self::acting::{Acting, OFFER_NEVER_ENDS, OFFER_US};
use self::run::{Progress, Run};
use self::sight::WIDE_PAGE_MIN;
use self::still::Still;
use crate::platform::browser::StageSize;
use crate::player::{PlayerCommand, Speed};
use crate::rush::Rush;
use crate::ui::shown::{Playing, SCENE, Shown, set_if_changed};
use crate::view::answer::Spot;
use crate::view::event_line::OFFSETS_TOPIC;
use crate::view::focus::Focus;
use crate::view::layout::{Layout, LayoutInput, Level, SCROLL_STEP};
use crate::view::lists;
use crate::view::picture::{keep_off_messages, picture};
use crate::view::scene::Scene;
use crate::view::twin::twin;

/// For how long what is read stays as it is while time runs, in microseconds on the wall: nobody
/// reads faster than that.
const READ_US: u64 = 100_000;
/// For so long it waits for a frame in which the stage stays as it is: both at once take long.
const READ_LATEST_US: u64 = 150_000;
/// What is spoken stays for so long before the next, in microseconds on the wall.
const SPOKEN_US: u64 = 1_000_000;
/// For how long parts glide from one arrangement to the other, in microseconds on the wall: until
/// the words of the new one have come, `--duration-scene` and `--duration-quick`.
const GLIDE_US: u64 = 600_000;
/// At most so much of that passes in a frame, in microseconds.
const GLIDE_FRAME_US: u64 = 50_000;

/// The steps of one task before the first picture: a phone has no more than that done in 50 ms.
const OPENING_STEPS: usize = 100;

/// What the page holds: the run, and how it is looked at.
struct Session {
    run: Run,
    /// How long the present picture is shown, in microseconds on the wall.
    shown_us: u64,
    /// The same of what is read: the clock, the messages in words, the log.
    read_us: u64,
    /// The same of the tracks of the time bar.
    tracks_us: u64,
    /// The same of what was spoken last.
    spoken_us: u64,
    size: StageSize,
    /// Whether the picture is laid out anew: then nothing glides to its new place.
    is_resizing: bool,
    /// Whether one partition is opened, and which one by row.
    is_open: bool,
    opened_row: u32,
    /// How far the stage is scrolled down, in steps.
    scrolled: u32,
    acting: Acting,
    /// The run that was left for another.
    former: Option<Box<Run>>,
    still: Still,
    /// Whether time waits, because a person is choosing.
    is_waiting: bool,
    /// Whether the visitor has done anything yet that is worth keeping.
    is_touched: bool,
    /// How the stage was looked at when it was last painted; at last whether numbers keep off its messages.
    painted: Option<(LayoutInput, Focus, Vec<Spot>, bool)>,
    /// For how long parts still glide from one arrangement to the other, in microseconds.
    glide_us: u64,
    rush: Rush,
}

/// A handle on the run that every component may copy.
#[derive(Clone, Copy)]
pub struct SessionHandle {
    session: StoredValue<Session, LocalStorage>,
    shown: StoredValue<Shown>,
}

/// The run that is seen first, on its way to its first moment.
pub struct Opening {
    run: Run,
    is_fresh: bool,
}

impl Opening {
    /// The run that a fault of the page has ended, or else the first scenario.
    pub fn begin() -> Opening {
        let after_fault = Run::after_fault();
        Opening {
            is_fresh: after_fault.is_none(),
            run: after_fault.unwrap_or_else(Run::first_sight),
        }
    }

    /// Plays on for a while, and says whether it is where it is to be seen.
    pub fn go_on(&mut self) -> bool {
        self.run.approach(OPENING_STEPS);
        !self.run.is_approaching()
    }
}

impl SessionHandle {
    /// Begins with that run, or with the one that the browser has kept.
    pub fn begin(opening: Opening) -> SessionHandle {
        let Opening { run, is_fresh } = opening;
        let handle = SessionHandle {
            session: StoredValue::new_local(Session {
                run,
                shown_us: 0,
                read_us: READ_LATEST_US,
                tracks_us: READ_US,
                spoken_us: 0,
                size: StageSize {
                    width: 1280,
                    height: 484,
                    page_width: 1280,
                },
                is_open: false,
                is_resizing: false,
                opened_row: 1,
                scrolled: 0,
                acting: Acting::default(),
                former: None,
                still: Still::default(),
                is_waiting: false,
                is_touched: !is_fresh,
                painted: None,
                glide_us: 0,
                rush: Rush::default(),
            }),
            shown: StoredValue::new(Shown::default()),
        };
        handle.show();
        if is_fresh {
            handle.take_up();
        }
        handle
    }

    /// The signals of the page.
    pub fn shown(self) -> Shown {
        self.shown.get_value()
    }

    /// One frame: lets `real_us` of wall time pass.
    pub fn frame(self, real_us: u64) {
        let is_offer_over = self.session.try_update_value(|session| {
            let offered_us = &mut session.acting.offered_us;
            *offered_us += real_us;
            (OFFER_US..OFFER_NEVER_ENDS).contains(&*offered_us)
        });
        if is_offer_over == Some(true) {
            set_if_changed(self.shown().done, String::new());
        }
        let progress = self
            .session
            .try_update_value(|session| session.advance(real_us))
            .unwrap_or_default();
        match progress {
            Progress::Nothing => {}
            Progress::Time => self.session.update_value(|session| {
                session.run.set_time();
                if session.is_read_due(READ_US) {
                    session.set_read_signals(&self.shown());
                }
            }),
            Progress::Steps => self.show(),
        }
        self.speak();
    }

    /// Lends the scene that is shown, and what matters in it.
    pub fn with_stage(self, look: impl FnOnce(&Scene, &Focus)) {
        self.session
            .with_value(|session| look(&session.run.scene, &session.focus()));
    }

    /// Lends the scene that is shown.
    pub fn with_scene<T>(self, look: impl FnOnce(&Scene) -> T) -> T {
        self.session.with_value(|session| look(&session.run.scene))
    }

    /// The same with the world that it is of.
    pub fn with_world<T>(self, look: impl FnOnce(&World, &Scene) -> T) -> T {
        self.session
            .with_value(|session| look(session.run.timeline.world(), &session.run.scene))
    }

    /// Fits the stage into its room.
    pub fn resize(self, size: StageSize) {
        let was_wide = self.session.try_update_value(|session| {
            let before = std::mem::replace(&mut session.size, size);
            session.is_resizing = true;
            before.page_width >= WIDE_PAGE_MIN
        });
        // Once, so that who closes it on a wide page has it closed.
        if size.page_width >= WIDE_PAGE_MIN && was_wide == Some(false) {
            set_if_changed(self.shown().is_panel_open, true);
        }
        self.show();
        self.session
            .update_value(|session| session.is_resizing = false);
    }

    /// The stage is scrolled down by so many pixels.
    pub fn scroll(self, top: i32) {
        let scrolled = top.max(0) as u32 / SCROLL_STEP;
        let is_table = self.shown().layout.read_untracked().level == Level::Table;
        let before = self
            .session
            .try_update_value(|session| std::mem::replace(&mut session.scrolled, scrolled));
        if is_table && before != Some(scrolled) {
            self.show();
        }
    }

    /// Shows the replicas of that row below each other, or all partitions again.
    pub fn open_row(self, row: Option<u32>) {
        self.session.update_value(|session| {
            session.is_open = row.is_some();
            session.opened_row = row.unwrap_or(session.opened_row);
            session.glide_us = GLIDE_US;
        });
        self.show();
    }

    /// Shows the topic at that place among all of them.
    pub fn show_topic(self, place: u32) {
        self.session.update_value(|session| {
            let chosen = session.run.scene.topics.get(place as usize).cloned();
            session.run.show_topic(chosen);
        });
        self.show();
    }

    /// Shows `__consumer_offsets`.
    pub fn show_offsets_topic(self) {
        self.session.update_value(|session| {
            session.run.show_topic(Some(OFFSETS_TOPIC.to_owned()));
            session.is_open = false;
            session.opened_row = 0;
        });
        self.show();
    }

    /// Plays or stands still.
    pub fn toggle(self) {
        self.command(PlayerCommand::Toggle);
    }

    /// Stands still and goes one step on.
    pub fn step(self) {
        if !self.next_picture() {
            self.command(PlayerCommand::StepForward);
        }
    }

    /// Stands still and goes one step back.
    pub fn step_back(self) {
        if !self.last_picture() {
            self.command(PlayerCommand::StepBack);
        }
    }

    /// Goes to where `position` steps lie before the play head.
    pub fn seek(self, position: u64) {
        self.command(PlayerCommand::Seek(position));
    }

    /// Goes to a moment, in microseconds since the start of the run.
    pub fn seek_to_moment(self, us: u64) {
        let position = self
            .session
            .with_value(|session| session.run.position_at(us));
        self.seek(position);
    }

    /// Plays at the speed at that place among all speeds.
    pub fn set_speed(self, index: usize) {
        self.command(PlayerCommand::SetSpeed(Speed::at(index)));
    }

    pub(super) fn command(self, command: PlayerCommand) {
        self.session.update_value(|session| {
            session.run.command(command);
            session.is_touched = true;
        });
        set_if_changed(self.shown().notice, String::new());
        self.show();
    }

    /// Gives a command at the play head; a refusal is shown and given back in words.
    pub fn apply(self, command: Command) -> Result<(), String> {
        let result = self
            .session
            .try_update_value(|session| {
                session.is_touched = true;
                session.begin_act();
                let result = session.run.apply(command);
                session.end_act();
                result
            })
            .unwrap_or(Ok(()))
            .map_err(|rejected| rejected.to_string());
        let words = result.as_ref().err().cloned().unwrap_or_default();
        set_if_changed(self.shown().notice, words);
        self.show();
        result
    }

    /// Gives a command that is written as in a scenario.
    pub fn apply_json(self, text: &str) -> Result<(), String> {
        let command = Command::from_json(text).map_err(|error| error.to_string())?;
        self.apply(command)
    }

    /// Goes to another future.
    pub fn switch_branch(self, branch: usize) {
        self.session
            .update_value(|session| session.run.switch_branch(branch));
        set_if_changed(self.shown().notice, String::new());
        self.forget_actions();
        self.show();
        self.keep();
    }

    /// The run so far as a scenario's JSON text.
    pub fn scenario_json(self) -> String {
        self.session
            .with_value(|session| session.run.timeline.to_scenario().to_json())
    }

    /// Brings the page up to date.
    pub fn show(self) {
        let shown = self.shown();
        self.session.update_value(|session| {
            session.shown_us = 0;
            let (opened, told) = (session.opened(), session.told_rows(&shown));
            let run = &mut session.run;
            let is_over = run.answer.question.is_some() && run.answer.ends_with(&run.timeline);
            let is_read_due = is_over || session.is_read_due(READ_LATEST_US);
            let has_tracks = is_read_due || session.tracks_us >= READ_US;
            if has_tracks {
                session.tracks_us = 0;
            }
            session.run.project(opened, told.clone(), has_tracks);
            if session.acting.sent_at.is_some() && session.goes_to_your_record() {
                session.run.project(session.opened(), told, has_tracks);
            }
            if has_tracks {
                session.run.follow_answer();
            }
            session.set_signals(&shown);
            if is_read_due {
                session.set_read_signals(&shown);
            }
        });
    }
}

impl Session {
    /// Lets wall time pass. At high speeds several frames' steps come into one picture.
    fn advance(&mut self, real_us: u64) -> Progress {
        if self.is_waiting {
            return Progress::Nothing;
        }
        // Meanwhile time waits, as nobody sees messages then. The frame in which all is laid out anew takes
        // long, and the glide begins after it.
        if self.glide_us > 0 {
            self.glide_us = self.glide_us.saturating_sub(real_us.min(GLIDE_FRAME_US));
            return [Progress::Nothing, Progress::Steps][usize::from(self.glide_us == 0)];
        }
        self.rush.pass(real_us);
        if self.run.is_approaching() {
            self.rush.jump();
        }
        self.shown_us += real_us;
        self.read_us += real_us;
        self.tracks_us += real_us;
        self.spoken_us += real_us;
        if let Some(is_next) = self.advance_still(real_us) {
            return [Progress::Nothing, Progress::Steps][usize::from(is_next)];
        }
        let progress = self.run.advance(real_us);
        let picture_us = self.run.player.speed().picture_us();
        if picture_us == 0 || progress == Progress::Nothing {
            progress
        } else if self.shown_us < picture_us {
            Progress::Nothing
        } else {
            Progress::Steps
        }
    }

    /// Lays the stage out anew if anything that it depends on has changed.
    fn lay_out(&mut self, shown: &Shown) -> LayoutInput {
        let input = self.layout_input();
        let before = shown.layout.read_untracked().input;
        if before != input {
            // Replicas that trade places are another arrangement: words about them would cross.
            let player = &self.run.player;
            let is_slow = !player.is_playing() || player.speed().has_tweens();
            let glides = is_slow && !(self.rush.is_on() || self.still.is_on);
            let is_same = self.opened().is_some() && before.opened_row == input.opened_row;
            if glides && is_same && before.stack.trades_places(input.stack) {
                self.glide_us = GLIDE_US;
            }
            shown.layout.set(Layout::new(input));
        }
        input
    }

    fn set_signals(&mut self, shown: &Shown) {
        let input = self.lay_out(shown);
        let is_still = self.set_still_signals(shown);
        let scene = &self.run.scene;
        set_if_changed(shown.sentence, scene.sentence.clone());
        set_if_changed(shown.actions, lists::actions(&scene.fitting));
        let player = &self.run.player;
        let playing = Playing {
            is_playing: player.is_playing(),
            is_still: self.still.is_on,
            is_stopped: self.run.is_stopped,
            speed: player.speed(),
            tweens: match (self.glide_us, player.is_playing()) {
                _ if self.is_resizing || self.still.is_on => "off",
                (1.., false) => SCENE,
                (1.., true) if player.speed().has_tweens() => SCENE,
                (0, true) if player.speed().has_tweens() && !self.rush.is_on() => "on",
                _ => "off",
            },
        };
        set_if_changed(shown.playing, playing);
        set_if_changed(shown.is_late, self.run.is_late());
        if !is_still {
            let is_paused = !player.is_playing() && !self.run.answer.spots.is_empty();
            let spots = self.run.answer.spots.clone();
            let looked = (input, self.focus(), spots, is_paused);
            // An opened partition tells of messages, too.
            let is_new = self.run.is_changed || self.opened().is_some();
            if is_new || self.painted.as_ref() != Some(&looked) {
                let layout = shown.layout.read_untracked();
                let mut stage = picture(scene, &layout, &looked.2, &looked.1);
                if is_paused {
                    keep_off_messages(&mut stage, scene, &layout);
                }
                drop(layout);
                if set_if_changed(shown.stage, stage) {
                    self.rush.note_change();
                }
                self.painted = Some(looked);
            }
            self.run.is_changed = false;
        } else {
            self.painted = None;
        }
        let scene = &self.run.scene;
        set_if_changed(shown.lamps, lists::lamps(&scene.lamps));
        if !player.is_playing() {
            set_if_changed(shown.table, twin(scene));
        }
        set_if_changed(shown.alarm, lists::alarm(&scene.lamps));
        if *shown.is_panel_open.read_untracked() {
            set_if_changed(shown.answer, self.run.answer.parts.clone());
            set_if_changed(shown.branches, lists::branches(&scene.branches));
        }
    }

    /// Whether it is time for what is read rather than watched, which may stay for so long; after a
    /// jump, at a pause and with each picture that stands still at once.
    fn is_read_due(&self, patience_us: u64) -> bool {
        !self.run.player.is_playing() || self.still.is_on || self.read_us >= patience_us
    }

    fn set_read_signals(&mut self, shown: &Shown) {
        self.read_us = 0;
        let scene = &self.run.scene;
        set_if_changed(shown.head, scene.head.clone());
        set_if_changed(shown.place, lists::place(&scene.head, &scene.branches));
        set_if_changed(shown.flights, lists::flights(&scene.flights));
        self.refresh_form(shown);
        let is_panel_open = *shown.is_panel_open.read_untracked();
        let lines = &self.run.log.lines;
        if is_panel_open && *shown.log.read_untracked() != *lines {
            shown.log.set(lines.clone());
        }
    }
}
