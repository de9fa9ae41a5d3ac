//! The signals of the page: what is shown at this moment, set by the session, read by components.

use leptos::prelude::*;

use crate::player::Speed;
use crate::ui::keys::chosen_theme;
use crate::view::commands::PageAct;
use crate::view::layout::{Layout, LayoutInput};
use crate::view::part::{Part, Rect};
use crate::view::scene::HeadRow;
use crate::view::time_bar::Zoom;

/// How the play head moves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Playing {
    /// Whether it moves at all.
    pub is_playing: bool,
    /// Whether time goes from picture to picture.
    pub is_still: bool,
    /// Whether it stopped since a rule broke.
    pub is_stopped: bool,
    /// How fast it moves.
    pub speed: Speed,
    /// Which tweens make sense: the short ones of what moves `on` a stage whose time is slow, or
    /// those of the whole `scene` when its arrangement changes.
    pub tweens: &'static str,
}

/// The tweens between two arrangements.
pub const SCENE: &str = "scene";

/// Said of what needs no way back.
pub const NO_WAY_BACK: &str = "";
/// The way back from what a person did.
pub const UNDO: &str = "Undo";
/// The way back from another run.
pub const BACK_TO_RUN: &str = "Back to your run";
/// The way to a run that was kept and can't be read.
pub const SAVE_UNREAD: &str = "Save it as a file";
/// The way back from a run that was kept.
pub const START_OVER: &str = "Start over";

/// Everything that is shown.
#[derive(Clone, Copy)]
pub struct Shown {
    /// Where the play head stands.
    pub head: RwSignal<HeadRow>,
    /// How the play head moves.
    pub playing: RwSignal<Playing>,
    /// The sentence about the present.
    pub sentence: RwSignal<String>,
    /// What could not be done, in words.
    pub notice: RwSignal<String>,
    /// Whether the run can't keep up with the chosen speed.
    pub is_late: RwSignal<bool>,
    /// The stage.
    pub stage: RwSignal<Vec<Part>>,
    /// The state before, where pictures stand still.
    pub before: RwSignal<Vec<Part>>,
    /// What moved since then.
    pub moves: RwSignal<Vec<Part>>,
    /// The step of the state before, and that of the state after.
    pub captions: RwSignal<[String; 2]>,
    /// The rules.
    pub lamps: RwSignal<Vec<Part>>,
    /// The stage as a table, in HTML, as it stood when time last stood still.
    pub table: RwSignal<String>,
    /// What is said to those who do not see the page.
    pub spoken: RwSignal<String>,
    /// Which rules are broken, in words.
    pub alarm: RwSignal<String>,
    /// Whether each rule is shown where there is room for one line.
    pub are_lamps_open: RwSignal<bool>,
    /// Where in time and on which branch the play head stands, where that isn't plain.
    pub place: RwSignal<Vec<Part>>,
    /// What is on its way, in words.
    pub flights: RwSignal<Vec<Part>>,
    /// The question and its causes.
    pub answer: RwSignal<Vec<Part>>,
    /// The futures, if there are several.
    pub branches: RwSignal<Vec<Part>>,
    /// The newest events, newest first.
    pub log: RwSignal<Vec<Part>>,
    /// What anybody can do at once.
    pub actions: RwSignal<Vec<Part>>,
    /// The open menu; empty while none is open.
    pub menu: RwSignal<Vec<Part>>,
    /// What it opens beside, in CSS pixels of the window.
    pub menu_place: RwSignal<Rect>,
    /// The open form as markup; empty while none is open.
    pub form: RwSignal<String>,
    /// What follows from its fields as they are filled in, as markup.
    pub preview: RwSignal<String>,
    /// What was just done, while the page offers a way back from it.
    pub done: RwSignal<String>,
    /// The words of that way back.
    pub way_back: RwSignal<&'static str>,
    /// Where everything stands.
    pub layout: RwSignal<Layout>,
    /// Whether the panel is open.
    pub is_panel_open: RwSignal<bool>,
    /// Whether the palette is open, or the list of keys.
    pub opened: RwSignal<Option<PageAct>>,
    /// The place of the chosen theme among all themes.
    pub theme: RwSignal<usize>,
    /// Whether the panel shows the events; why otherwise.
    pub is_log_shown: RwSignal<bool>,
    /// What stretch of time is looked at.
    pub zoom: RwSignal<Zoom>,
    /// The track on which marks are gone along, from above.
    pub track: RwSignal<usize>,
    /// How high the tracks are, in CSS pixels.
    pub bar_height: RwSignal<i32>,
    /// Whether nothing is to move by itself: the visitor's wish, or that of their system.
    pub is_still: RwSignal<bool>,
}

impl Default for Shown {
    fn default() -> Self {
        Shown {
            head: RwSignal::default(),
            playing: RwSignal::default(),
            sentence: RwSignal::default(),
            notice: RwSignal::default(),
            is_late: RwSignal::default(),
            stage: RwSignal::default(),
            before: RwSignal::default(),
            moves: RwSignal::default(),
            captions: RwSignal::default(),
            lamps: RwSignal::default(),
            table: RwSignal::default(),
            spoken: RwSignal::default(),
            alarm: RwSignal::default(),
            are_lamps_open: RwSignal::default(),
            place: RwSignal::default(),
            flights: RwSignal::default(),
            answer: RwSignal::default(),
            branches: RwSignal::default(),
            log: RwSignal::default(),
            actions: RwSignal::default(),
            menu: RwSignal::default(),
            menu_place: RwSignal::default(),
            form: RwSignal::default(),
            preview: RwSignal::default(),
            done: RwSignal::default(),
            way_back: RwSignal::new(UNDO),
            layout: RwSignal::new(Layout::new(LayoutInput::default())),
            is_panel_open: RwSignal::default(),
            opened: RwSignal::default(),
            theme: RwSignal::new(chosen_theme()),
            is_log_shown: RwSignal::default(),
            zoom: RwSignal::default(),
            track: RwSignal::default(),
            bar_height: RwSignal::default(),
            is_still: RwSignal::default(),
        }
    }
}

/// Sets a signal only if that changes it, and says whether it did.
pub fn set_if_changed<T>(signal: RwSignal<T>, value: T) -> bool
where
    T: PartialEq + Send + Sync + 'static,
{
    let is_other = *signal.read_untracked() != value;
    if is_other {
        signal.set(value);
    }
    is_other
}
