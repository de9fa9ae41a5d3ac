//! Pictures that stand still, for those who asked for less motion: the state before, what moves,
//! the state after. Time goes from picture to picture.

use highwater_engine::kafka::ids::StepId;
use leptos::prelude::*;

use super::{Session, SessionHandle};
use crate::player::PlayerCommand;
use crate::ui::shown::{Shown, set_if_changed};
use crate::view::picture::picture;
use crate::view::scene::Scene;
use crate::view::storyboard::{Looked, arrows, caption, list, moves, spots};

/// How long a picture stays while the run plays, in microseconds on the wall.
const PICTURE_US: u64 = 5_000_000;

/// The picture that is shown.
#[derive(Default)]
pub(super) struct Still {
    /// Whether pictures are shown at all.
    pub(super) is_on: bool,
    /// The state before, and its branch.
    before: Scene,
    branch: usize,
    from: StepId,
    /// For how long nothing moved before it.
    calm_us: u64,
    /// Where the pictures before this one began.
    starts: Vec<StepId>,
    /// For how long it is shown, in microseconds on the wall.
    shown_us: u64,
}

impl SessionHandle {
    /// Lets things move, or shows pictures that stand still.
    pub fn set_still(self, is_still: bool) {
        self.session.update_value(|session| {
            session.still.is_on = is_still;
            session.still_from_here();
        });
        self.shown().is_still.set(is_still);
        self.show();
    }

    /// The next picture, if pictures stand still.
    pub(super) fn next_picture(self) -> bool {
        self.turn_over(|session| {
            session.run.command(PlayerCommand::Pause);
            session.next_picture();
        })
    }

    /// The picture before.
    pub(super) fn last_picture(self) -> bool {
        self.turn_over(|session| {
            let this = session.still.starts.pop().unwrap_or(session.still.from);
            let before = session.still.starts.pop();
            let position = before.unwrap_or(this);
            session.run.command(PlayerCommand::Seek(position.0));
            session.still_from_here();
            if before.is_some() {
                session.next_picture();
            }
        })
    }

    fn turn_over(self, turn: impl FnOnce(&mut Session)) -> bool {
        let is_still = self.shown().is_still.get_untracked();
        if is_still {
            self.session.update_value(turn);
            self.show();
        }
        is_still
    }
}

impl Session {
    /// Begins a picture at the play head.
    pub(super) fn still_from_here(&mut self) {
        if self.still.is_on {
            self.keep_picture();
        }
    }

    #[inline(never)]
    fn keep_picture(&mut self) {
        self.run.project(self.opened(), None, true);
        let still = &mut self.still;
        still.before = self.run.scene.clone();
        still.branch = self.run.timeline.current_branch();
        still.from = self.run.timeline.position();
        (still.calm_us, still.shown_us) = (0, 0);
    }

    /// Lets wall time pass, and says whether that brought the next picture; nothing if things
    /// move by themselves.
    pub(super) fn advance_still(&mut self, real_us: u64) -> Option<bool> {
        if !self.still.is_on || self.run.is_approaching() {
            return None;
        }
        if !self.run.player.is_playing() {
            return Some(false);
        }
        self.still.shown_us += real_us;
        let is_due = self.still.shown_us >= PICTURE_US;
        if is_due {
            self.next_picture();
        }
        Some(is_due)
    }

    fn next_picture(&mut self) {
        let topic = self.run.scene.topic.clone();
        let looked = Looked {
            topic: &topic,
            partition: self.looked_at(),
        };
        let start = self.run.timeline.position();
        let calm_us = self.run.skip_calm(looked);
        self.still_from_here();
        self.still.starts.push(start);
        self.still.calm_us = calm_us;
        self.run.play_picture(looked);
    }

    /// The number of the partition that pictures are about.
    fn looked_at(&self) -> u32 {
        let row = self.layout_input().opened_row as usize;
        let partition = self.run.scene.partitions.get(row);
        partition.map_or(0, |partition| partition.id)
    }

    /// Shows the state before with its arrows, and the numbers of what changed in the one after,
    /// if pictures stand still.
    pub(super) fn set_still_signals(&mut self, shown: &Shown) -> bool {
        if !self.still.is_on {
            set_if_changed(shown.moves, Vec::new());
            set_if_changed(shown.before, Vec::new());
            return false;
        }
        self.set_pictures(shown);
        true
    }

    #[inline(never)]
    fn set_pictures(&mut self, shown: &Shown) {
        let layout = shown.layout.read_untracked().clone();
        let timeline = &self.run.timeline;
        let is_past = timeline.position() < self.still.from;
        if is_past || timeline.current_branch() != self.still.branch {
            self.still_from_here();
        }
        let looked = Looked {
            topic: &self.run.scene.topic,
            partition: self.looked_at(),
        };
        let focus = self.focus();
        let still = &self.still;
        let moved = moves(&self.run.timeline, looked, still.from);
        let mut before = picture(&still.before, &layout, &spots(&moved, true), &focus);
        let arrows = arrows(&moved, &still.before, &layout, &before);
        if layout.is_phone() {
            // One below the other: what stands above the replicas can be chosen in the second.
            let head = layout.inside.flag.y;
            before.retain(|part| part.rect.is_none_or(|rect| rect.bottom() > head));
        }
        before.extend(arrows);
        set_if_changed(shown.before, before);
        let after = picture(&self.run.scene, &layout, &spots(&moved, false), &focus);
        set_if_changed(shown.stage, after);
        set_if_changed(shown.moves, list(&moved, still.calm_us));
        let row = layout.input.opened_row as usize;
        let captions = [("before", &still.before), ("after", &self.run.scene)];
        let captions = captions.map(|(when, scene)| caption(when, scene, row));
        set_if_changed(shown.captions, captions);
    }
}
