//! Pictures that stand still, for those who asked for less motion: the state before, what moves,
//! the state after. Time goes from picture to picture, and the one after is always the play head's.

use highwater_engine::kafka::ids::StepId;
use leptos::prelude::*;

use super::{Session, SessionHandle};
use crate::player::PlayerCommand;
use crate::ui::shown::{Shown, set_if_changed};
use crate::view::focus::Focus;
use crate::view::layout::{Layout, LayoutInput, Stack};
use crate::view::part::Rect;
use crate::view::picture::picture;
use crate::view::scene::Scene;
use crate::view::storyboard::{
    Looked, arrows, caption, is_any_seen, lend, list, moves, numbers, room, start,
};

/// How long a picture stays while the run plays, in microseconds on the wall.
const PICTURE_US: u64 = 5_000_000;

/// The picture that is shown.
#[derive(Default)]
pub(super) struct Still {
    /// Whether pictures are shown at all.
    pub(super) is_on: bool,
    /// The state before, the position where it was, and the order of the replicas in it.
    before: Scene,
    from: StepId,
    order: Stack,
    /// What the one after is of: its branch, its position and its row.
    after: Option<(usize, StepId, u32)>,
    /// For how long nothing moved before it.
    calm_us: u64,
    /// Where this picture and those before it began.
    starts: Vec<StepId>,
    /// For how long it is shown, in microseconds on the wall.
    shown_us: u64,
}

impl Still {
    /// The order of the replicas of the opened partition.
    pub(super) fn order(&self, now: Stack) -> Stack {
        if self.is_on {
            now.kept(self.order)
        } else {
            now
        }
    }
}

impl SessionHandle {
    /// Lets things move, or shows pictures that stand still: then also time stands.
    pub fn set_still(self, is_still: bool) {
        self.session.update_value(|session| {
            session.still.is_on = is_still;
            (session.still.after, session.still.order) = (None, Stack::default());
            if is_still && !session.run.is_approaching() {
                session.run.command(PlayerCommand::Pause);
            }
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
            session.run.command(PlayerCommand::Seek(this.0));
            let least = session.still.starts.last().copied();
            session.picture_to_here(least);
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
    /// Keeps what the picture of an act shows before it.
    pub(super) fn begin_act(&mut self) {
        if self.still.is_on {
            let position = self.run.timeline.position();
            self.keep_before(position);
            self.still.starts.push(position);
        }
    }

    /// Shows what the act did; if nothing of that is seen, what moves then.
    pub(super) fn end_act(&mut self) {
        if self.still.is_on {
            self.show_act();
        }
    }

    #[inline(never)]
    fn show_act(&mut self) {
        let topic = self.run.scene.topic.clone();
        let looked = self.looked(&topic);
        if !is_any_seen(&moves(&self.run.timeline, looked, self.still.from)) {
            self.run.play_picture(looked);
        }
        self.end_picture(0);
    }

    /// Lets a picture begin at an earlier position, or at the play head.
    #[inline(never)]
    fn keep_before(&mut self, position: StepId) {
        self.still.before = self.run.scene_at(position, self.opened());
        self.still.from = position;
        self.still.order = self.order_of(&self.still.before);
    }

    fn end_picture(&mut self, calm_us: u64) {
        let timeline = &self.run.timeline;
        let after = (timeline.current_branch(), timeline.position());
        self.still.after = Some((after.0, after.1, self.opened_row));
        (self.still.calm_us, self.still.shown_us) = (calm_us, 0);
    }

    /// The order of the replicas in a picture of that scene.
    fn order_of(&self, scene: &Scene) -> Stack {
        let row = self.layout_input().opened_row as usize;
        let partition = scene.partitions.get(row);
        let now = partition.map(|partition| Stack::of(&scene.brokers, partition));
        now.unwrap_or_default().kept(self.still.order)
    }

    /// The picture that ends at the play head, and begins at `least` or later: whoever goes to a
    /// moment sees what led to it. Where nothing led to it, the next one.
    #[inline(never)]
    fn picture_to_here(&mut self, least: Option<StepId>) {
        let topic = self.run.scene.topic.clone();
        if least.is_none() {
            self.still.starts.clear();
        }
        let from = start(
            &self.run.timeline,
            self.looked(&topic),
            least.unwrap_or_default(),
        );
        if from == self.run.timeline.position() {
            self.next_picture();
        } else {
            self.keep_before(from);
            self.end_picture(0);
        }
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
        self.still.starts.push(self.run.timeline.position());
        let (from, calm_us) = self.run.play_picture(self.looked(&topic));
        self.keep_before(from);
        self.end_picture(calm_us);
    }

    /// The partition that pictures are about.
    fn looked<'a>(&self, topic: &'a str) -> Looked<'a> {
        let row = self.layout_input().opened_row as usize;
        let partition = self.run.scene.partitions.get(row);
        Looked {
            topic,
            partition: partition.map_or(0, |partition| partition.id),
        }
    }

    /// Shows the state before with arrows, and the numbers of what changed in the one after, if
    /// pictures stand still.
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
        let timeline = &self.run.timeline;
        let here = (
            timeline.current_branch(),
            timeline.position(),
            self.opened_row,
        );
        if self.still.after != Some(here) || self.still.before.topic != self.run.scene.topic {
            self.picture_to_here(None);
            self.run.project(self.opened(), None, true);
        }
        let input = self.layout_input();
        if shown.layout.read_untracked().input != input {
            shown.layout.set(Layout::new(input));
        }
        let layout = shown.layout.read_untracked().clone();
        let looked = self.looked(&self.run.scene.topic);
        let focus = Focus::default();
        let moved = moves(&self.run.timeline, looked, self.still.from);
        let former = Layout::new(LayoutInput {
            stack: self.still.order,
            ..input
        });
        let (former_scene, scene) = (&mut self.still.before, &mut self.run.scene);
        let row = input.opened_row;
        lend(scene, former_scene, row);
        let mut before = picture(former_scene, &former, &[], &focus);
        if former.is_phone() {
            // What stands around the replicas is told once.
            let around = (former.inside.flag.y, former.inside.sheet_bottom);
            let is_told = |rect: Rect| rect.bottom() > around.0 && rect.y < around.1;
            before.retain(|part| part.rect.is_none_or(is_told));
        }
        before.extend(room(former_scene, None, &former));
        arrows(&moved, former_scene, &former, &mut before);
        lend(scene, former_scene, row);
        set_if_changed(shown.before, before);
        lend(former_scene, scene, row);
        let mut after = picture(scene, &layout, &[], &focus);
        after.extend(room(scene, Some(&*former_scene), &layout));
        let numbers = numbers(&moved, scene, &layout, &after);
        lend(former_scene, scene, row);
        after.extend(numbers);
        if layout.is_phone() {
            let (head, down) = (layout.inside.flag.y, layout.inside.stacked().shift());
            let below = after.iter_mut().filter_map(|part| part.rect.as_mut());
            for rect in below.filter(|rect| rect.bottom() > head) {
                rect.y += down;
            }
        }
        set_if_changed(shown.stage, after);
        set_if_changed(shown.moves, list(&moved, self.still.calm_us));
        let captions = [&self.still.before, &self.run.scene].map(|scene| caption(scene, &layout));
        set_if_changed(shown.captions, captions);
    }
}
