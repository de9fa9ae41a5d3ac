//! When the program breaks one of its own rules: the page says so, with all that repeats it.
//!
//! By then the program has stopped for good. So what is shown needs nothing of it any more: words,
//! a field to copy from, and two links.

use std::cell::RefCell;

use js_sys::{Reflect, encode_uri_component};
use leptos::prelude::{document, location, window_event_listener_untyped};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement};

use crate::platform::storage;

/// What repeats the run.
#[derive(Default)]
struct Known {
    /// The scenario up to the last thing that was done.
    scenario: String,
    seed: u64,
    /// How many steps were shown.
    step: u64,
}

thread_local! {
    static KNOWN: RefCell<Known> = RefCell::default();
}

const WORDS: &str = "<h2>Highwater broke one of its own rules</h2>\
<p>This is a fault of this page, not of Kafka. What you did is kept: loading the page anew goes \
back to where you did the last thing.</p><pre></pre>\
<label>The run, to repeat it <textarea readonly rows=6></textarea></label>\
<div class=dialog__foot><a class=button download=highwater-fault.json>Save the run</a>\
<a class='button button--primary' href=''>Load the page anew</a></div>";

/// Notes what was done so far: from then on a fault would lead back to here.
pub fn keep(scenario: String, seed: u64) {
    KNOWN.with_borrow_mut(|known| {
        known.scenario = scenario;
        known.seed = seed;
    });
}

/// Notes how many steps are shown.
pub fn note_step(step: u64) {
    KNOWN.with_borrow_mut(|known| known.step = step);
}

/// The run that a fault ended, once.
pub fn take_kept() -> Option<String> {
    let kept = storage::read("fault");
    storage::write("fault", "");
    kept
}

/// Shows what ends the program without a word of its own: a full stack, or no memory.
pub fn watch_errors() {
    // It listens for as long as the page lives.
    drop(window_event_listener_untyped("error", |event| {
        let text = |name: &str| {
            let value = Reflect::get(&event, &name.into()).ok();
            value.and_then(|it| it.as_string()).unwrap_or_default()
        };
        // Extensions of the browser have errors of their own, and late observers end nothing.
        let message = text("message");
        let is_ours = location()
            .origin()
            .is_ok_and(|it| text("filename").starts_with(&it));
        if is_ours && !message.contains("ResizeObserver") {
            show(&message);
        }
    }));
}

/// Whether the page has said that it is broken.
pub fn is_shown() -> bool {
    document().query_selector(".broken") != Ok(None)
}

/// Says on the page what happened. Called while the program is about to stop.
pub fn show(message: &str) {
    KNOWN.with(|known| {
        // Only the first fault counts: what follows from it would hide it.
        if let Ok(known) = known.try_borrow()
            && !is_shown()
        {
            storage::write("fault", &known.scenario);
            // Where not even a window can be opened, the console still has the message.
            let _ = open(message, &known);
        }
    });
}

fn open(message: &str, known: &Known) -> Option<()> {
    let dialog: HtmlDialogElement = document().create_element("dialog").ok()?.dyn_into().ok()?;
    dialog.set_class_name("dialog broken");
    dialog.set_attribute("closedby", "none").ok()?;
    dialog.set_inner_html(WORDS);
    let part = |name: &str| -> Option<Element> { dialog.query_selector(name).ok()? };
    let (seed, step) = (known.seed.to_string(), known.step.to_string());
    let facts = [message, "\nseed ", &seed, ", after step ", &step].concat();
    part("pre")?.set_text_content(Some(&facts));
    part("textarea")?.set_text_content(Some(&known.scenario));
    let file = String::from(encode_uri_component(&known.scenario));
    let file = ["data:application/json;charset=utf-8,", &file].concat();
    part("a[download]")?.set_attribute("href", &file).ok()?;
    document().body()?.append_child(&dialog).ok()?;
    dialog.show_modal().ok()
}
