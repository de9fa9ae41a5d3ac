//! The keys of the page, and what it does for a key, an entry of the palette or a button.

use leptos::ev::{self, KeyboardEvent};
use leptos::prelude::*;

use crate::platform::browser;
use crate::platform::storage;
use crate::ui::menu::{place_below, walk_around};
use crate::ui::session::SessionHandle;
use crate::view::commands::{PageAct, THEMES, act_of, pressed};
use crate::view::thing::Thing;

/// Listens to all keys that don't mean what has the focus.
pub fn listen(session: SessionHandle) {
    // What a window gives the focus back to looks as if it were reached by key: who pointed last
    // does not mean it.
    let pointed = window_event_listener(ev::pointerdown, |_| browser::note_hand(true));
    let handle = window_event_listener(ev::keydown, move |event| {
        if event.key() == "Tab" {
            browser::note_hand(false);
        }
        if event.default_prevented() || event.alt_key() {
            return;
        }
        if is_for_what_is_open(session, &event) {
            return event.prevent_default();
        }
        if browser::is_for_a_field(&event) {
            return;
        }
        let has_control = event.ctrl_key() || event.meta_key();
        let is_letter = event.key().len() == 1 && event.key() != " ";
        if is_letter && !has_control && are_letters_off() {
            return;
        }
        let pressed = pressed(&event.key(), event.shift_key(), has_control);
        if let Some(act) = act_of(&pressed) {
            event.prevent_default();
            session.page_act(act);
        }
    });
    on_cleanup(move || {
        handle.remove();
        pointed.remove();
    });
}

/// Whether a key meant the open menu, or the panel that has the focus.
#[inline(never)]
fn is_for_what_is_open(session: SessionHandle, event: &KeyboardEvent) -> bool {
    let key = event.key();
    if key == "Escape" && browser::has_focus_in(".panel") {
        session.close_panel();
        return true;
    }
    walk_around(&key)
}

impl SessionHandle {
    /// Does what a command of the page says.
    pub fn page_act(self, act: PageAct) {
        match act {
            PageAct::Toggle => self.toggle(),
            PageAct::Step => self.step(),
            PageAct::StepBack => self.step_back(),
            PageAct::SkipAhead => self.skip_ahead(),
            PageAct::SkipBack => self.skip_back(),
            PageAct::Begin => self.seek(0),
            PageAct::End => {
                let end = self.shown().head.read_untracked().known_steps;
                self.seek(end);
            }
            PageAct::Moment(ms) => self.seek_to_moment(u64::from(ms) * 1000),
            PageAct::Speed(index) => self.set_speed(index.into()),
            PageAct::Theme(index) => self.set_theme(index.into()),
            PageAct::MarkAhead => self.go_along(true),
            PageAct::MarkBack => self.go_along(false),
            PageAct::Closer => self.zoom_time(true),
            PageAct::Wider => self.zoom_time(false),
            PageAct::Earlier => self.move_time(false),
            PageAct::Later => self.move_time(true),
            PageAct::Fit => self.fit_time(),
            PageAct::Branch => self.branch_here(),
            PageAct::Motion => {
                let is_still = !self.shown().is_still.get_untracked();
                storage::write("motion", if is_still { "still" } else { "moving" });
                self.set_still(is_still);
            }
            PageAct::Letters(are_keys) => {
                storage::write("letters", if are_keys { "" } else { "off" });
            }
            PageAct::Panel => self.toggle_panel(),
            PageAct::Legend => self.show_legend(),
            PageAct::Undo => self.undo(),
            PageAct::Back => self.open_row(None),
            PageAct::Cluster => {
                let button = document().query_selector(".top__start").ok().flatten();
                self.open_menu(Thing::Cluster, place_below(button.map(Into::into)));
            }
            PageAct::Save => self.export(),
            PageAct::Keys
            | PageAct::Palette
            | PageAct::Topics
            | PageAct::Partitions
            | PageAct::Branches => self.shown().opened.set(Some(act)),
        }
    }

    /// Shows the theme at that place among all themes, from now on.
    fn set_theme(self, index: usize) {
        let (_, theme) = THEMES.get(index).copied().unwrap_or_default();
        self.shown().theme.set(index);
        storage::write("theme", theme);
        browser::show_theme();
    }
}

/// Whether single letters mean nothing: who speaks to the page would act by mistake.
fn are_letters_off() -> bool {
    storage::read("letters").is_some()
}

/// Whether things are to stand still; without the visitor's own choice the system says it.
pub fn stands_still(is_wished: bool) -> bool {
    storage::read("motion").map_or(is_wished, |kept| kept == "still")
}

/// The place of the theme that was chosen.
pub fn chosen_theme() -> usize {
    let kept = storage::read("theme").unwrap_or_default();
    let found = THEMES.iter().position(|(_, theme)| *theme == kept);
    found.unwrap_or_default()
}
