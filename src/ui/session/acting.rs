//! What a person does to the cluster: menus and forms open, deeds are done, and undone again.

use highwater_engine::kafka::ids::{BrokerId, StepId};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use leptos::prelude::*;

use super::keeping::unread;
use super::sight::PHONE_PAGE_END;
use super::{Session, SessionHandle};
use crate::platform::{avro, files};
use crate::player::PlayerCommand;
use crate::ui::shown::{Shown, UNDO, set_if_changed};
use crate::view::answer::Answer;
use crate::view::export::Saved;
use crate::view::forms::{Form, FormKind};
use crate::view::menu::{Deed, Menu};
use crate::view::orders::{Complaint, complaint, done, heal, rejection};
use crate::view::part::{Act, Part, Rect};
use crate::view::thing::{Thing, thing_at, thing_of};

/// For how long the page offers to undo what was done, in microseconds on the wall.
pub(super) const OFFER_US: u64 = 6_000_000;

/// From here on an offer stays until it is replaced.
pub(super) const OFFER_NEVER_ENDS: u64 = u64::MAX / 2;

/// What is open, and what can be undone.
#[derive(Default)]
pub(super) struct Acting {
    menu: Menu,
    form: Form,
    /// The record that was sent last, as it was filled in.
    last_record: Option<Form>,
    /// Whether the open form is to be sent as soon as the Avro library has answered.
    is_sending: bool,
    /// Where the visitor sent a record, as long as no partition was chosen for it.
    pub(super) sent_at: Option<StepId>,
    /// Where the actions began that can be undone, and of how many commands each is, the newest
    /// last.
    done_at: Vec<(StepId, usize)>,
    /// For how long the offer to undo has stood, in microseconds on the wall.
    pub(super) offered_us: u64,
}

impl Session {
    /// Brings the open form to the play head, if it shows what happens.
    pub(super) fn refresh_form(&mut self, shown: &Shown) {
        let kind = self.acting.form.kind;
        if !kind.is_live() || shown.form.read_untracked().is_empty() {
            return;
        }
        let run = &self.run;
        let mut form = Form::new(kind, run.timeline.world(), &run.scene, None);
        form.verb = if run.player.is_playing() {
            "Pause"
        } else {
            "Play on"
        };
        set_if_changed(shown.form, form.markup());
    }

    /// Where one partition has room only, opens the one to which the record goes that the visitor
    /// sent: once, so that who then chooses another stays there. Says whether it did.
    #[inline(never)]
    pub(super) fn goes_to_your_record(&mut self) -> bool {
        let row = self.acting.sent_at.and_then(|sent| self.run.your_row(sent));
        self.acting.sent_at.take_if(|_| row.is_some());
        let goes = self.is_stacked() && row.is_some_and(|row| row != self.opened_row);
        if goes {
            self.opened_row = row.unwrap_or_default();
        }
        goes
    }
}

impl SessionHandle {
    /// Does what choosing a part does. Its menu, if it has one, opens beside `place` on the page.
    pub fn press(self, part: &Part, place: Rect) {
        match part.act {
            Some(Act::Select(step, index)) => self.select((step, index)),
            Some(Act::Jump(step, index)) => self.jump((step, index)),
            Some(Act::Branch(branch)) => self.switch_branch(branch as usize),
            Some(Act::Open(row)) => self.open_row(Some(row)),
            Some(Act::Close) => self.open_row(None),
            Some(Act::OffsetsTopic) => self.show_offsets_topic(),
            Some(Act::Topic(place)) => self.show_topic(place),
            Some(Act::Choose(number)) => self.choose(number, place),
            Some(Act::Page(act)) => self.page_act(act),
            Some(Act::Fill(kind)) => self.open_form(kind),
            Some(Act::Show(thing)) => self.open_menu(thing, place),
            Some(Act::Start(broker)) => {
                let broker = BrokerId(broker);
                self.do_now(Command::StartBroker { broker });
            }
            Some(Act::Resume(broker)) => {
                let broker = BrokerId(broker);
                self.do_now(Command::ResumeBroker { broker });
            }
            Some(Act::Heal(broker, other)) => self.do_now(heal(broker, other)),
            Some(Act::StopInstead(step, broker)) => {
                let broker = BrokerId(broker);
                self.do_instead(step, Command::StopBroker { broker });
            }
            Some(Act::CrashInstead(step, broker)) => {
                let broker = BrokerId(broker);
                self.do_instead(step, Command::CrashBroker { broker });
            }
            Some(Act::Lamps) => self.shown().are_lamps_open.update(|it| *it = !*it),
            Some(Act::Watch(step)) => self.watch(step),
            Some(Act::Why(subject)) => self.ask(subject),
            Some(Act::WhyThen(step, subject)) => {
                self.seek(step + 1);
                self.ask(subject);
                let then = self.with_scene(|scene| scene.head.clock.clone());
                let words = ["Back at ", &then, ": not readable yet"].concat();
                self.offer(&words, "", 0);
            }
            Some(Act::CatchUp) => self.catch_up(),
            Some(Act::LetPass) => self.let_pass(),
            Some(Act::Ask(_) | Act::Menu | Act::Message(..)) | None => {
                let thing = self.with_scene(|scene| thing_of(part, scene));
                if let Some(thing) = thing {
                    self.open_menu(thing, place);
                }
            }
        }
    }

    /// What `part` stands for, or else what stands at a point of the stage.
    pub fn thing_at(self, part: Option<&Part>, point: Option<(i32, i32)>) -> Option<Thing> {
        let shown = self.shown();
        let (stage, layout) = (shown.stage.read_untracked(), shown.layout.read_untracked());
        self.with_scene(|scene| {
            let known = part.and_then(|part| thing_of(part, scene));
            known.or_else(|| thing_at(&stage, scene, &layout, point?))
        })
    }

    /// Opens the menu of a thing. Time waits until it is closed.
    pub fn open_menu(self, thing: Thing, place: Rect) {
        let parts = self.session.try_update_value(|session| {
            let run = &session.run;
            session.acting.menu = Menu::of(thing, run.timeline.world(), &run.scene);
            if thing == Thing::Cluster && unread().is_some() {
                session.acting.menu.offer_unread();
            }
            session.is_waiting = true;
            session.acting.menu.parts.clone()
        });
        let shown = self.shown();
        shown.menu_place.set(place);
        shown.menu.set(parts.unwrap_or_default());
    }

    /// Closes the menu.
    pub fn close_menu(self) {
        set_if_changed(self.shown().menu, Vec::new());
        self.wait_while_open();
    }

    /// Does what an entry of the open menu says, which stands at `place`.
    fn choose(self, number: u32, place: Rect) {
        let chosen = self
            .session
            .with_value(|session| session.acting.menu.deed(number).cloned());
        let Some(deed) = chosen else { return };
        if let Deed::Open(thing) = deed {
            self.open_menu(thing, place);
            return;
        }
        self.close_menu();
        if let Err((_, words)) = self.carry_out(deed) {
            self.shown().notice.set(words);
        }
    }

    /// Opens a form. Time waits until it is closed.
    pub fn open_form(self, kind: FormKind) {
        let markup = self.session.try_update_value(|session| {
            let (run, acting) = (&session.run, &mut session.acting);
            let is_record = matches!(kind, FormKind::Record(..));
            let last = acting.last_record.as_ref().filter(|_| is_record);
            acting.form = Form::new(kind, run.timeline.world(), &run.scene, last);
            session.is_waiting = !kind.is_live();
            acting.form.markup()
        });
        self.shown().form.set(markup.unwrap_or_default());
        let shown = self.shown();
        self.session
            .update_value(|session| session.refresh_form(&shown));
        self.ask_library();
    }

    /// Takes what a person changed in a field of the open form, and shows what follows from it. Gives
    /// the fields that change with it, and what stands in them now.
    pub fn change_form(
        self,
        changed: &str,
        read: &dyn Fn(&str) -> String,
    ) -> Vec<(&'static str, String)> {
        let followers = self.session.try_update_value(|session| {
            let form = &mut session.acting.form;
            let is_lively = form.is_lively();
            is_lively.then(|| form.change(changed, read))
        });
        let Some(followers) = followers.flatten() else {
            return Vec::new();
        };
        self.ask_library();
        self.show_preview();
        followers
    }

    fn show_preview(self) {
        let markup = self.session.try_update_value(|session| {
            let (run, form) = (&session.run, &mut session.acting.form);
            form.look(run.timeline.world(), &run.scene)
        });
        self.shown().preview.set(markup.unwrap_or_default());
    }

    /// Asks the Avro library what the open form needs to know. A form that waits to be sent is sent
    /// once the answer is there.
    fn ask_library(self) {
        let asked = self
            .session
            .try_update_value(|session| session.acting.form.ask());
        let Some(question) = asked.flatten() else {
            return;
        };
        avro::ask(question, move |question, answer| {
            let is_sent = self.session.try_update_value(|session| {
                let acting = &mut session.acting;
                acting.form.take_answer(question, answer);
                !acting.form.is_waiting() && std::mem::take(&mut acting.is_sending)
            });
            self.show_preview();
            if is_sent == Some(true) {
                self.send_filled();
            }
        });
    }

    /// Closes the form.
    pub fn close_form(self) {
        self.session
            .update_value(|session| session.acting.is_sending = false);
        set_if_changed(self.shown().form, String::new());
        self.wait_while_open();
    }

    /// Does what the open form says; `read` gives what stands in its fields. If it is refused, the
    /// form stays, with the reason beside the field.
    pub fn send_form(self, read: &dyn Fn(&str) -> String) {
        let is_live = |session: &Session| session.acting.form.kind.is_live();
        if self.session.with_value(is_live) {
            return self.toggle();
        }
        self.session
            .update_value(|session| session.acting.form.fill(read));
        self.ask_library();
        let is_waiting = self.session.try_update_value(|session| {
            let acting = &mut session.acting;
            acting.is_sending = acting.form.is_waiting();
            acting.is_sending
        });
        if is_waiting != Some(true) {
            self.send_filled();
        }
    }

    fn send_filled(self) {
        let deed = self.session.try_update_value(|session| {
            let (run, acting) = (&session.run, &mut session.acting);
            if matches!(acting.form.kind, FormKind::Record(..)) {
                acting.sent_at = Some(run.timeline.position());
            }
            acting.form.deed(run.timeline.world(), &run.scene)
        });
        let done = deed.map(|deed| {
            deed.and_then(|deed| {
                let done = self.carry_out(deed);
                done.map_err(|(property, words)| (property.to_owned(), words))
            })
        });
        match done {
            Some(Err(refusal)) => {
                let markup = self.session.try_update_value(|session| {
                    let (run, form) = (&session.run, &mut session.acting.form);
                    form.refuse(refusal);
                    form.look(run.timeline.world(), &run.scene);
                    form.markup()
                });
                self.shown().form.set(markup.unwrap_or_default());
            }
            _ => {
                self.session.update_value(|session| {
                    let acting = &mut session.acting;
                    if matches!(acting.form.kind, FormKind::Record(..)) {
                        acting.last_record = Some(std::mem::take(&mut acting.form));
                    }
                });
                self.close_form();
            }
        }
    }

    /// Saves what the open form shows the bytes of.
    pub fn save_shown(self) {
        let saved = self
            .session
            .with_value(|session| session.acting.form.saves.map(|(_, saved)| saved));
        if let Some(Err(words)) = saved.map(|saved| self.save(saved)) {
            self.close_form();
            self.shown().notice.set(words);
        }
    }

    fn save(self, saved: Saved) -> Result<(), String> {
        let file = self.session.with_value(|session| {
            let run = &session.run;
            saved.file(run.timeline.world(), &run.scene.topic)
        })?;
        files::download(&file.name, &file.bytes);
        Ok(())
    }

    /// Writes the run down as a file of the visitor's.
    pub fn export(self) {
        let text = self.scenario_json();
        files::download("highwater-run.json", text.as_bytes());
    }

    fn do_now(self, command: Command) {
        if let Err((_, words)) = self.give(vec![command]) {
            self.shown().notice.set(words);
        }
    }

    /// Goes back and does otherwise. What was asked is asked again there.
    #[inline(never)]
    fn do_instead(self, step: u64, command: Command) {
        let asked = |session: &Session| session.run.answer.again(&session.run.timeline);
        let again = self.session.with_value(asked);
        self.seek(step);
        self.do_now(command);
        // On a telephone the answer would cover most of what is to be seen.
        if self.session.with_value(|session| session.size.page_width) < PHONE_PAGE_END {
            return self.close_panel();
        }
        self.session.update_value(|session| {
            let run = &mut session.run;
            let instead = again.and_then(|it| Answer::instead(&run.timeline, &run.scene.topic, it));
            if let Some(instead) = instead {
                run.answer = instead;
            }
        });
        self.show();
    }

    /// Time waits while a person chooses, so that what they chose is still there.
    fn wait_while_open(self) {
        let shown = self.shown();
        let is_open =
            !(shown.menu.read_untracked().is_empty() && shown.form.read_untracked().is_empty());
        self.session.update_value(|session| {
            session.is_waiting = is_open && !session.acting.form.kind.is_live();
        });
    }

    fn carry_out(self, deed: Deed) -> Result<(), Complaint> {
        let mere = |words| ("", words);
        match deed {
            Deed::Ask(subject) => self.ask(subject),
            Deed::Select(step, index) => self.select((step, index)),
            Deed::Press(act) => {
                let act = Some(act);
                self.press(
                    &Part {
                        act,
                        ..Part::default()
                    },
                    Rect::default(),
                );
            }
            Deed::Give(commands) => return self.give(commands),
            Deed::Open(thing) => self.open_menu(thing, Rect::default()),
            Deed::Fill(kind) => self.open_form(kind),
            Deed::OffsetsTopic => self.show_offsets_topic(),
            Deed::Play(text) => return self.load(&text, true).map_err(mere),
            Deed::Load(text) => return self.load(&text, false).map_err(mere),
            Deed::Export => self.export(),
            Deed::Save(saved) => return self.save(saved).map_err(mere),
            Deed::SaveUnread => self.save_unread(),
            Deed::Undo => self.undo(),
            Deed::StartOver => self.start_over(),
        }
        Ok(())
    }

    /// Gives commands at the play head, and plays on; or Kafka's complaint, and nothing changes.
    pub fn give(self, commands: Vec<Command>) -> Result<(), Complaint> {
        if commands.is_empty() {
            return Ok(());
        }
        let mut words = done(&commands);
        let mut was_playing = true;
        let given = self.session.try_update_value(|session| {
            let run = &mut session.run;
            let at = SimTime(run.head_us).max(run.timeline.world().now());
            if let Some(complaint) = complaint(run.timeline.world(), &commands, at) {
                return Err(complaint);
            }
            was_playing = run.player.is_playing();
            let began = (run.timeline.position(), commands.len());
            let branch = run.timeline.current_branch();
            session.begin_act();
            let run = &mut session.run;
            for command in commands {
                run.apply(command)
                    .map_err(|rejected| rejection(&rejected))?;
            }
            if run.timeline.current_branch() != branch {
                words = format!("{words}, in {}", run.timeline.branch().name());
            }
            session.end_act();
            let acting = &mut session.acting;
            acting.done_at.retain(|(earlier, _)| *earlier < began.0);
            acting.done_at.push(began);
            Ok(())
        });
        given.unwrap_or(Ok(()))?;
        // The picture that shows the act stays until a person turns it over.
        let is_still = self.shown().is_still.get_untracked();
        let onward = if is_still {
            PlayerCommand::Pause
        } else {
            PlayerCommand::Play
        };
        self.command(onward);
        if !(was_playing || is_still) {
            words += ", time runs on";
        }
        self.offer(&words, UNDO, 0);
        self.keep();
        Ok(())
    }

    /// Says what was done, with the way back from it. The offer has stood for so long already, in
    /// microseconds.
    pub(super) fn offer(self, words: &str, way_back: &'static str, offered_us: u64) {
        self.session
            .update_value(|session| session.acting.offered_us = offered_us);
        set_if_changed(self.shown().done, words.to_owned());
        set_if_changed(self.shown().way_back, way_back);
    }

    /// Goes back to before the last action, into a future without it.
    pub fn undo(self) {
        let undone = self.session.try_update_value(|session| {
            let action = session.acting.done_at.pop()?;
            session.run.undo(action);
            Some(())
        });
        let words = match undone.flatten() {
            Some(()) => String::new(),
            None => "There is nothing to undo.".to_owned(),
        };
        self.command(PlayerCommand::Pause);
        set_if_changed(self.shown().done, String::new());
        set_if_changed(self.shown().notice, words);
        self.keep();
    }

    /// Forgets what could be undone: another run or another future is shown.
    pub(super) fn forget_actions(self) {
        self.session
            .update_value(|session| session.acting.done_at.clear());
        set_if_changed(self.shown().done, String::new());
    }
}
