//! Clicks, long touches and the menu key on a list of parts: what is chosen, and which menu opens.

use std::time::Duration;

use leptos::ev::{KeyboardEvent, MouseEvent, PointerEvent};
use leptos::html::Div;
use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use web_sys::{Event, EventTarget};

use crate::ui::menu::{place_below, place_of, point};
use crate::ui::painter::{Painter, STAGE};
use crate::ui::session::SessionHandle;
use crate::view::part::Part;
use crate::view::thing::{Thing, message_at};

/// A finger that stays for so long opens a menu.
const LONG_TOUCH: Duration = Duration::from_millis(500);

/// Whoever points at a list of parts.
#[derive(Clone, Copy)]
pub struct Pointer {
    /// Whose verbs are called.
    pub session: SessionHandle,
    /// The list's element.
    pub root: NodeRef<Div>,
    /// What stands in it.
    pub painter: StoredValue<Painter, LocalStorage>,
    /// The finger that lies on it.
    pub touch: StoredValue<Option<TimeoutHandle>>,
}

impl Pointer {
    /// Chooses what was clicked on; messages are drawn over everything else.
    pub fn choose(self, event: &MouseEvent) {
        match (self.message_under(event), self.hit(event.target())) {
            (Some(message), _) => {
                let place = point(event.client_x(), event.client_y());
                self.session.open_menu(message, place);
            }
            (None, Some(part)) => self.session.press(&part, place_of(event)),
            (None, None) => {}
        }
    }

    /// By the right button, by a long touch, by the menu key: what it is, the browser says.
    pub fn open_menu(self, event: &MouseEvent) {
        let (part, point) = (self.hit(event.target()), self.point_on_stage(event));
        if let Some(thing) = self.session.thing_at(part.as_ref(), point) {
            event.prevent_default();
            self.session.open_menu(thing, place_of(event));
        }
    }

    /// The key that does the same where a keyboard has no menu key.
    pub fn open_menu_by_key(self, event: &KeyboardEvent) {
        let is_plain = !event.ctrl_key() && !event.meta_key() && event.key() == "o";
        let part = self.hit(event.target()).filter(|_| is_plain);
        let thing = part.and_then(|part| self.session.thing_at(Some(&part), None));
        if let Some(thing) = thing {
            event.prevent_default();
            self.session.open_menu(thing, place_below(event.target()));
        }
    }

    /// A finger comes down. Not every browser takes a long touch for a click with the right button.
    pub fn lay(self, event: &PointerEvent) {
        self.lift();
        let point = self.point_on_stage(event);
        let Some(point) = point.filter(|_| event.pointer_type() == "touch") else {
            return;
        };
        let part = self.hit(event.target());
        if let Some(thing) = self.session.thing_at(part.as_ref(), Some(point)) {
            let place = place_of(event);
            let open = move || self.session.open_menu(thing, place);
            self.touch
                .set_value(set_timeout_with_handle(open, LONG_TOUCH).ok());
        }
    }

    /// It goes up again, or begins to scroll.
    pub fn lift(self) {
        if let Some(touch) = self.touch.try_update_value(Option::take).flatten() {
            touch.clear();
        }
    }

    /// The finger that opened a menu from the stage goes up: that chooses nothing of what has come to
    /// lie under it.
    pub fn let_go(self, event: &Event) {
        let root = self.root.get_untracked();
        let is_stage = root.is_some_and(|root| root.class_name() == STAGE);
        if is_stage && !self.session.shown().menu.read_untracked().is_empty() {
            event.prevent_default();
        }
    }

    fn hit(self, target: Option<EventTarget>) -> Option<Part> {
        self.painter
            .with_value(|painter| painter.hit(target).cloned())
    }

    /// Where an event is on the stage; nothing on other lists, which have no things but their
    /// parts.
    fn point_on_stage(self, event: &MouseEvent) -> Option<(i32, i32)> {
        let root = self.root.get_untracked()?;
        if root.class_name() != STAGE {
            return None;
        }
        let origin = root.get_bounding_client_rect();
        let (x, y) = (origin.left() as i32, origin.top() as i32);
        Some((event.client_x() - x, event.client_y() - y))
    }

    fn message_under(self, event: &MouseEvent) -> Option<Thing> {
        let point = self.point_on_stage(event).filter(|_| event.detail() > 0)?;
        let layout = self.session.shown().layout.read_untracked();
        self.session
            .with_scene(|scene| message_at(scene, &layout, point))
    }
}
