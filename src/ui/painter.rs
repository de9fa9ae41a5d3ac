//! Puts a list of parts on the page: compares it with what is shown and touches only what differs.
//!
//! Parts come in the order of their keys, so one walk over both lists finds what is new, what is
//! gone and what has changed. There is one listener a list, not one a part.

use leptos::ev::KeyboardEvent;
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, EventTarget, HtmlElement};

use crate::ui::pointer::Pointer;
use crate::ui::session::SessionHandle;
use crate::ui::shown::SCENE;
use crate::view::answer::ENDS_IN_COMMAND;
use crate::view::motion::Motion;
use crate::view::part::{Area, Kind, Part, PartKey, Rect};
use crate::view::steer::neighbour;

/// The class of the one list whose parts have places.
pub const STAGE: &str = "stage__parts";

/// A list of parts with a name for those who do not see it. `class` gives it its looks.
pub fn board(
    session: SessionHandle,
    parts: RwSignal<Vec<Part>>,
    class: &'static str,
    label: &'static str,
) -> AnyView {
    let root = NodeRef::<Div>::new();
    let painter = StoredValue::new_local(Painter::default());
    paint_all(session, parts, (root, painter), class == STAGE);
    // Who points does not walk through the list: then the arrows to the side go through time as
    // elsewhere. Who comes with Tab walks; its key comes up where it has led to.
    let is_pointed = StoredValue::new(false);
    let pointer = Pointer {
        session,
        root,
        painter,
        touch: StoredValue::new(None),
    };
    let light = move |target| {
        session.point(painter.with_value(|painter| painter.point(target)));
    };
    view! {
        <div
            class=class
            role="group"
            aria-label=label
            node_ref=root
            on:click=move |event| {
                is_pointed.set_value(event.detail() > 0);
                pointer.choose(&event);
            }
            on:contextmenu=move |event| pointer.open_menu(&event)
            on:pointerdown=move |event| pointer.lay(&event)
            on:pointerup=move |_| pointer.lift()
            on:touchend=move |event| pointer.let_go(&event)
            on:pointercancel=move |_| pointer.lift()
            on:keydown=move |event| {
                pointer.open_menu_by_key(&event);
                steer(painter, is_pointed, &event);
            }
            on:keyup=move |event| {
                if event.key() == "Tab" {
                    is_pointed.set_value(false);
                }
            }
            on:mouseover=move |event| light(event.target())
            on:focusin=move |event| light(event.target())
        ></div>
    }
    .into_any()
}

/// Keeps a list on the page up to date.
fn paint_all(
    session: SessionHandle,
    parts: RwSignal<Vec<Part>>,
    (root, painter): (NodeRef<Div>, StoredValue<Painter, LocalStorage>),
    is_stage: bool,
) {
    Effect::new(move |_| {
        if let Some(root) = root.get() {
            let tweens = is_stage.then(|| session.shown().playing.read().tweens);
            let next = painter.try_update_value(|painter| {
                painter.set_tweens(&root, tweens.unwrap_or_default());
                painter.show(&root, &parts.read())
            });
            // Not before the list is whole again: it hears of it.
            if let Some(next) = next.flatten() {
                // An element of the page can always be asked to take the focus.
                let _ = next.focus();
            }
        }
    });
}

/// Leads the focus on with the arrows.
fn steer(
    painter: StoredValue<Painter, LocalStorage>,
    is_pointed: StoredValue<bool>,
    event: &KeyboardEvent,
) {
    let Some(way) = way_of(&event.key()) else {
        return;
    };
    if is_pointed.get_value() && way.1 == 0 {
        return;
    }
    is_pointed.set_value(false);
    let (is_on_stage, next) = painter.with_value(|painter| {
        let hit = painter.hit(event.target());
        let is_on_stage = hit.is_some_and(|part| part.rect.is_some());
        (is_on_stage, painter.beside(event.target(), way))
    });
    // At its edge, too: time must not move for one arrow too many.
    if is_on_stage {
        event.prevent_default();
    }
    if let Some(next) = next {
        event.prevent_default();
        // An element of the page can always be asked to take the focus.
        let _ = next.focus();
    }
}

fn way_of(key: &str) -> Option<(i32, i32)> {
    match key {
        "ArrowRight" => Some((1, 0)),
        "ArrowLeft" => Some((-1, 0)),
        "ArrowDown" => Some((0, 1)),
        "ArrowUp" => Some((0, -1)),
        _ => None,
    }
}

/// The parts that are on the page, with their elements.
#[derive(Default)]
pub struct Painter {
    parts: Vec<Part>,
    elements: Vec<HtmlElement>,
    blocks: Vec<((Area, u32), Element)>,
    /// Which tweens make sense.
    tweens: &'static str,
    /// What stood only in the arrangement before, and fades.
    leaving: Option<Element>,
}

/// What has places lies in blocks, one for each row of an area: where a part changes, the browser lays
/// out its block and no other.
fn block_of(part: &Part) -> (Area, u32) {
    (part.key.area, part.key.row)
}

impl Painter {
    /// Says how parts are to get to their places: before any does, for what has the focus and goes lets the
    /// browser lay out the rest at once.
    fn set_tweens(&mut self, root: &Element, tweens: &'static str) {
        if self.tweens != tweens {
            self.tweens = tweens;
            set(root, "data-tweens", tweens);
        }
    }

    /// Shows these parts. If what had the focus goes, says who is to have it then.
    fn show(&mut self, root: &Element, parts: &[Part]) -> Option<HtmlElement> {
        let focused = document().active_element();
        let focused = focused.filter(|focused| root.contains(Some(focused)));
        let left = focused.clone().and_then(|it| {
            let part = self.hit(Some(it.into()))?;
            part.rect.map(|_| part.key)
        });
        self.bring_to(root, parts);
        // What fades keeps it no more than what is gone.
        let is_gone = focused.is_some() && focused != document().active_element();
        is_gone.then(|| self.next_after(left))?
    }

    /// In a list that flows the first part that can be chosen, on the stage the one that came next.
    #[inline(never)]
    fn next_after(&self, left: Option<PartKey>) -> Option<HtmlElement> {
        let mut all = self.parts.iter().zip(&self.elements);
        let next = all.find(|(part, _)| part.is_stop && is_button(part) && Some(part.key) >= left);
        next.map(|(_, element)| element.clone())
    }

    fn bring_to(&mut self, root: &Element, parts: &[Part]) {
        if let Some(leaving) = self.leaving.take() {
            leaving.remove();
        }
        let is_scene = self.tweens == SCENE && !self.parts.is_empty();
        let motion = Motion::between(&self.parts, parts, is_scene);
        if is_scene {
            self.begin_scene(root, motion.is_any());
        }
        let mut shown = std::mem::take(&mut self.parts).into_iter().peekable();
        let mut elements = std::mem::take(&mut self.elements).into_iter().peekable();
        for part in parts {
            while shown.next_if(|shown| shown.key < part.key).is_some() {
                self.let_go(elements.next());
            }
            let known = shown.next_if(|shown| shown.key == part.key);
            let kept = known.and_then(|known| Some((known, elements.next()?)));
            let element = match kept {
                Some((known, element)) if known == *part => {
                    self.parts.push(known);
                    self.elements.push(element);
                    continue;
                }
                Some((known, element))
                    if is_button(&known) == is_button(part) && motion.keeps(&known, part) =>
                {
                    paint(&element, Some(&known), part, &motion);
                    Some(element)
                }
                kept => {
                    self.let_go(kept.map(|(_, element)| element));
                    let next = shown.peek();
                    let block = match part.rect {
                        Some(_) => self.block(root, part, next),
                        None => Some(root.clone()),
                    };
                    let is_near = next.is_some_and(|next| block_of(next) == block_of(part));
                    let next = elements.peek().filter(|_| is_near || part.rect.is_none());
                    block.and_then(|block| create(&block, next, part, &motion))
                }
            };
            if let Some(element) = element {
                self.parts.push(part.clone());
                self.elements.push(element);
            }
        }
        elements.for_each(|element| self.let_go(Some(element)));
        self.blocks.retain(|(_, block)| {
            let is_used = block.has_child_nodes();
            if !is_used {
                block.remove();
            }
            is_used
        });
    }

    /// Makes a place for what stands only in the arrangement before. Where nothing glides, nothing has
    /// to wait for that.
    #[inline(never)]
    fn begin_scene(&mut self, root: &Element, glides: bool) {
        set(root, "data-cut", if glides { "" } else { "true" });
        if let Ok(leaving) = document().create_element("div") {
            set(&leaving, "class", "stage__leaving");
            // Nobody finds there what is no more.
            set(&leaving, "inert", "true");
            // Behind everything that stays; the list takes it everywhere.
            let _ = root.insert_before(&leaving, root.first_child().as_ref());
            self.leaving = Some(leaving);
        }
    }

    /// Takes an element away; between two arrangements, to where it fades.
    fn let_go(&self, element: Option<HtmlElement>) {
        match (&self.leaving, element) {
            // A place of ours takes every element.
            (Some(leaving), Some(element)) => drop(leaving.append_child(&element)),
            (_, element) => remove(element),
        }
    }

    /// The block of a part, which is made if there is none: before that of the part `next`.
    fn block(&mut self, root: &Element, part: &Part, next: Option<&Part>) -> Option<Element> {
        let known = |part| {
            let mut blocks = self.blocks.iter();
            blocks
                .find(|(key, _)| *key == block_of(part))
                .map(|(_, block)| block)
        };
        if let Some(block) = known(part) {
            return Some(block.clone());
        }
        let block = document().create_element("div").ok()?;
        let next = next.and_then(known).map(AsRef::as_ref);
        if part.key.area == Area::Causes {
            block.set_class_name("over");
        }
        root.insert_before(&block, next).ok()?;
        self.blocks.push((block_of(part), block.clone()));
        Some(block)
    }

    /// The part that an event is about, on it or on the words in it.
    pub fn hit(&self, target: Option<EventTarget>) -> Option<&Part> {
        self.parts.get(self.place(target)?)
    }

    fn place(&self, target: Option<EventTarget>) -> Option<usize> {
        let target: Element = target?.dyn_into().ok()?;
        let is_it = |element: &HtmlElement| element.contains(Some(&target));
        self.elements.iter().position(is_it)
    }

    /// The key of the part that is pointed at. What it says in full is read beside it from now on: to
    /// keep that up to date on all parts would have the browser style each anew.
    fn point(&self, target: Option<EventTarget>) -> Option<PartKey> {
        let place = self.place(target)?;
        let (part, element) = (self.parts.get(place)?, self.elements.get(place)?);
        if !is_button(part) {
            set(element, "title", &part.name);
        }
        Some(part.key)
    }

    fn beside(&self, target: Option<EventTarget>, way: (i32, i32)) -> Option<HtmlElement> {
        let key = neighbour(&self.parts, self.hit(target)?, way)?;
        let place = self.parts.iter().position(|part| part.key == key)?;
        self.elements.get(place).cloned()
    }
}

fn is_button(part: &Part) -> bool {
    part.act.is_some()
}

fn remove(element: Option<HtmlElement>) {
    if let Some(element) = element {
        element.remove();
    }
}

fn create(
    root: &Element,
    before: Option<&HtmlElement>,
    part: &Part,
    motion: &Motion,
) -> Option<HtmlElement> {
    let tag = match part.kind() {
        _ if is_button(part) => "button",
        Kind::Heading => "h2",
        _ => "span",
    };
    let element = document().create_element(tag).ok()?;
    let element: HtmlElement = element.dyn_into().ok()?;
    element.set_class_name(part.kind().class());
    paint(&element, None, part, motion);
    root.insert_before(&element, before.map(AsRef::as_ref))
        .ok()?;
    Some(element)
}

/// Brings an element from what it shows to what it is to show.
fn paint(element: &HtmlElement, known: Option<&Part>, part: &Part, motion: &Motion) {
    let empty = Part::default();
    let is_new = known.is_none();
    let known = known.unwrap_or(&empty);
    if (known.rect, known.fill) != (part.rect, part.fill) {
        // Not as an attribute: the page's policy refuses styles that stand in the markup.
        let style = HtmlElement::style(element);
        let mut css = part
            .rect
            .map_or_else(String::new, |rect| place(part.kind(), rect));
        if part.fill > 0 {
            css.push_str(";--fill:");
            css.push_str(&part.fill.to_string());
        }
        if is_new {
            motion.enter(part, &mut css);
        }
        style.set_css_text(&css);
    }
    if (&known.words, &known.note) != (&part.words, &part.note) {
        write(element, part);
    }
    if known.name != part.name {
        set(element, "aria-label", &part.name);
        if !is_button(part) && known.name.is_empty() != part.name.is_empty() {
            let role = if part.name.is_empty() { "" } else { "img" };
            set(element, "role", role);
        }
    }
    for (name, old, new) in [
        ("data-hue", known.hue, part.hue),
        ("data-state", known.state, part.state),
        ("data-dimmed", dimness(known), dimness(part)),
        ("tabindex", tab_index(known), tab_index(part)),
    ] {
        if old != new {
            set(element, name, new);
        }
    }
}

/// Words stand in the element itself; beside a note each has an element of its own.
fn write(element: &HtmlElement, part: &Part) {
    if part.note.is_empty() {
        element.set_text_content(Some(&part.words));
        return;
    }
    element.set_text_content(None);
    // With a blank in between, as they are read.
    for (tag, words, end) in [("span", &part.words, " "), ("small", &part.note, "")] {
        let Ok(child) = document().create_element(tag) else {
            continue;
        };
        child.set_text_content(Some(&[words, end].concat()));
        // A new element stands nowhere yet, so it can be put anywhere.
        let _ = element.append_child(&child);
    }
    if part.state == ENDS_IN_COMMAND || part.kind() == Kind::Question {
        set_off_figures(element, part);
    }
}

/// The length of `00:04.250`.
const CLOCK_LENGTH: usize = 9;

/// The time that a note begins with, or the command after its last comma, in the figures of a terminal.
#[inline(never)]
fn set_off_figures(element: &HtmlElement, part: &Part) {
    let note = part.note.as_str();
    let (from, to) = match part.kind() {
        Kind::Question if note.starts_with('0') => (0, CLOCK_LENGTH),
        Kind::Question => return,
        // After a blank.
        _ => (note.rfind(',').map_or(0, |comma| comma + 2), note.len()),
    };
    let pieces = (note.get(..from), note.get(from..to), note.get(to..));
    let (Some(before), Some(figures), Some(after)) = pieces else {
        return;
    };
    if let (Some(small), Ok(code)) = (
        element.last_element_child(),
        document().create_element("code"),
    ) {
        small.set_text_content(Some(before));
        code.set_text_content(Some(figures));
        // What is new can be put anywhere.
        let _ = small.append_child(&code);
        let _ = small.append_child(&document().create_text_node(after));
    }
}

fn dimness(part: &Part) -> &'static str {
    if part.is_dim { "true" } else { "" }
}

fn tab_index(part: &Part) -> &'static str {
    match part.act {
        Some(_) if !part.is_stop => "-1",
        _ => "",
    }
}

/// Sets an attribute, or takes it away.
fn set(element: &Element, name: &str, value: &str) {
    // The names are ours and well-formed, so that neither is refused.
    let _ = if value.is_empty() {
        element.remove_attribute(name)
    } else {
        element.set_attribute(name, value)
    };
}

/// The style of something that stands at `rect`. Water is a pixel made larger: as it rises with
/// its log, nothing has to be laid out anew.
fn place(kind: Kind, rect: Rect) -> String {
    let Rect {
        x,
        y,
        width,
        height,
    } = rect;
    if kind == Kind::Water {
        format!("translate:{x}px {y}px;scale:{width} {height}")
    } else {
        format!("translate:{x}px {y}px;width:{width}px;height:{height}px")
    }
}

impl SessionHandle {
    /// Whoever points at a cause sees its place on the stage.
    fn point(self, key: Option<PartKey>) {
        if let Some(key) = key.filter(|key| key.kind == Kind::Link) {
            self.light(key.row);
        }
    }
}
