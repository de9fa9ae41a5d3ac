//! Frames, keys, sizes and the visitor's wishes.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, HtmlElement};

/// The memory that most runs need.
const RESERVED_BYTES: usize = 64 << 20;

/// Lets wasm's memory grow once at the start instead of page by page while the run's history
/// grows: a browser answers each of those steps with a garbage collection, which made up half of
/// the time. What isn't written to costs address space only.
pub fn reserve_memory() {
    drop(std::hint::black_box(Vec::<u8>::with_capacity(
        RESERVED_BYTES,
    )));
}

/// The element of `index.html` that a selector finds. Without it there is no page to fill.
pub fn standing(selector: &str) -> HtmlElement {
    let found = document().query_selector(selector).ok().flatten();
    let element = found.and_then(|it| it.dyn_into().ok());
    element.expect("index.html has all that the program fills")
}

/// Calls `on_event` for an event of that name on `target` or in it, before anything in it hears of
/// it, for as long as the page lives.
pub fn listen(target: &web_sys::EventTarget, name: &str, on_event: impl FnMut(Event) + 'static) {
    let closure = Closure::<dyn FnMut(Event)>::new(on_event);
    let listener = closure.as_ref().unchecked_ref();
    // What can't be listened to stays silent.
    let _ = target.add_event_listener_with_callback_and_bool(name, listener, true);
    closure.forget();
}

/// The key of an event of the keyboard.
pub fn key_of(event: &Event) -> String {
    let event = event.dyn_ref::<web_sys::KeyboardEvent>();
    event.map_or_else(String::new, web_sys::KeyboardEvent::key)
}

/// Calls `on_act` with the words of the command that a button of the page names, or a list.
pub fn on_named_act(on_act: impl Fn(&str) + Clone + 'static) {
    let on_choice = on_act.clone();
    listen(&document(), "click", move |event| {
        let button = closest(&event, "[data-act]");
        if let Some(words) = button.and_then(|it| it.get_attribute("data-act")) {
            on_act(&words);
        }
    });
    listen(&document(), "change", move |event| {
        if closest(&event, "[data-acts]").is_some() {
            on_choice(&event_target_value(&event));
        }
    });
}

fn closest(event: &Event, selector: &str) -> Option<web_sys::Element> {
    let target = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    target.closest(selector).ok()?
}

/// Lets `work` go on in tasks of its own until `go_on` says that it is done, and hands it to `then`. In
/// between the browser answers who scrolls or types.
pub fn in_short_tasks<T: 'static>(
    mut work: T,
    go_on: fn(&mut T) -> bool,
    then: impl FnOnce(T) + 'static,
) {
    let next = move || {
        if go_on(&mut work) {
            then(work);
        } else {
            in_short_tasks(work, go_on, then);
        }
    };
    set_timeout(next, Duration::ZERO);
}

type FrameClosure = Closure<dyn FnMut(f64)>;

/// Calls `on_frame` in every animation frame with the microseconds since the one before, for as
/// long as the page lives.
pub fn every_frame(mut on_frame: impl FnMut(u64) + 'static) {
    let shared: Rc<RefCell<Option<FrameClosure>>> = Rc::default();
    let next = Rc::clone(&shared);
    let mut last: Option<f64> = None;
    *shared.borrow_mut() = Some(Closure::new(move |now: f64| {
        let passed_ms = last.map_or(0.0, |last| (now - last).max(0.0));
        last = Some(now);
        on_frame((passed_ms * 1000.0) as u64);
        request(&next);
    }));
    request(&shared);
}

fn request(closure: &Rc<RefCell<Option<FrameClosure>>>) {
    if let Some(closure) = closure.borrow().as_ref() {
        // A window that is going away refuses; then there is nothing left to draw.
        let _ = window().request_animation_frame(closure.as_ref().unchecked_ref());
    }
}

/// How much room the stage has, in CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StageSize {
    /// Its width.
    pub width: u32,
    /// Its height.
    pub height: u32,
    /// The width of the page around it.
    pub page_width: u32,
}

/// Calls `on_size` now and whenever `element`'s size changes.
pub fn watch_size(element: &web_sys::Element, on_size: impl Fn(StageSize) + 'static) {
    let watched = element.clone();
    let page = document().document_element();
    let measure = move || {
        on_size(StageSize {
            width: watched.client_width().max(0) as u32,
            height: watched.client_height().max(0) as u32,
            page_width: page
                .as_ref()
                .map_or(0, |page| page.client_width().max(0) as u32),
        });
    };
    measure();
    let closure = Closure::<dyn FnMut()>::new(measure);
    if let Ok(observer) = web_sys::ResizeObserver::new(closure.as_ref().unchecked_ref()) {
        observer.observe(element);
        closure.forget();
    }
}

/// Calls `on_wish` with whether the visitor asks for less motion, now and whenever that changes.
pub fn watch_less_motion(on_wish: impl Fn(bool) + 'static) {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    let Ok(Some(query)) = query else { return };
    let watched = query.clone();
    let tell = move || on_wish(watched.matches());
    tell();
    let closure = Closure::<dyn FnMut()>::new(tell);
    let listener = closure.as_ref().unchecked_ref();
    // A query that listens to nobody keeps what it said first.
    if query
        .add_event_listener_with_callback("change", listener)
        .is_ok()
    {
        closure.forget();
    }
}

thread_local! {
    /// What had the focus before the panel took it.
    static OPENER: RefCell<Option<HtmlElement>> = const { RefCell::new(None) };
}

/// Gives the focus to what `selector` finds with the next picture, when it is there. What had the
/// focus before gets it back by [`give_focus_back`].
#[inline(never)]
pub fn lead_focus(selector: &'static str) {
    let lead = move || {
        let before = document().active_element();
        let before = before.and_then(|it| it.dyn_into::<HtmlElement>().ok());
        if !has_focus_in(".panel") {
            OPENER.set(before);
        }
        focus(find(selector));
    };
    request_animation_frame(lead);
}

/// Scrolls to an element once it is there.
#[inline(never)]
pub fn bring(selector: &'static str) {
    request_animation_frame(move || {
        if let Some(element) = find(selector) {
            element.scroll_into_view_with_bool(false);
        }
    });
}

/// Gives the focus back from the panel to what had it before it was led there; once that is gone, to
/// what opens the panel or to the first thing that can be done.
#[inline(never)]
pub fn give_focus_back() {
    if !has_focus_in(".panel") {
        return;
    }
    let opener = OPENER.take().filter(|it| it.is_connected());
    let back = move || {
        let others = ["[aria-expanded][data-act]", ".actions button"].map(find);
        for element in [opener].into_iter().chain(others).flatten() {
            let _ = element.focus();
            if document().active_element().as_ref() == Some(&element) {
                return;
            }
        }
    };
    request_animation_frame(back);
}

/// Whether what has the focus lies in what a selector names.
pub fn has_focus_in(selector: &str) -> bool {
    let focused = document().active_element();
    focused.is_some_and(|it| it.closest(selector).is_ok_and(|it| it.is_some()))
}

fn find(selector: &str) -> Option<HtmlElement> {
    document().query_selector(selector).ok()??.dyn_into().ok()
}

/// An element of the page can always be asked to take the focus.
fn focus(element: Option<HtmlElement>) {
    let _ = element.map(|element| element.focus());
}

/// Lets the page's start script look again at which theme was chosen.
pub fn show_theme() {
    if let Ok(event) = web_sys::Event::new("storage") {
        // Nobody listens who could stop it.
        let _ = window().dispatch_event(&event);
    }
}

/// Whether the bar's menu is open, which Escape closes.
fn is_menu_open() -> bool {
    let open = document().query_selector(":popover-open");
    open.is_ok_and(|open| open.is_some())
}

/// Remembers whether a person pointed last, or went on by key.
pub fn note_hand(is_pointing: bool) {
    if let Some(root) = document().document_element() {
        // The name is ours and well-formed, so that neither is refused.
        let _ = if is_pointing {
            root.set_attribute("data-hand", "pointing")
        } else {
            root.remove_attribute("data-hand")
        };
    }
}

/// What means a key before it may mean the page: a field of text, a list to choose from, an open
/// dialog; for Space also a button, for the keys that scroll also the panel. With Control only a
/// dialog. A button or a list that was pointed to means no key: only where the keyboard has led the
/// focus. What was just closed keeps the focus until the next picture, and means no key any more.
pub fn is_for_a_field(event: &web_sys::KeyboardEvent) -> bool {
    let fields = match event.key().as_str() {
        _ if event.ctrl_key() || event.meta_key() => "dialog",
        "PageDown" | "PageUp" => "input:not([type=range]),select,textarea,dialog,aside",
        " " => {
            "input:not([type=range]),select:focus-visible,textarea,dialog,:root:not([data-hand]) button:focus-visible"
        }
        "Escape" if is_menu_open() => "*",
        _ => "input:not([type=range]),select:focus-visible,textarea,dialog",
    };
    let target = event.target();
    let element = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    let is_in = |selector| {
        let found = element.as_ref().map(|element| element.closest(selector));
        found.is_some_and(|found| found.is_ok_and(|found| found.is_some()))
    };
    is_in(fields) && !is_in("dialog:not([open])")
}
