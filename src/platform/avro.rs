//! The Avro library in its worker, which is fetched when the first question is asked.

use std::cell::RefCell;
use std::collections::VecDeque;

use js_sys::{Array, JsString};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageEvent, Worker};

/// What waits for an answer: the question, and who wants to know.
type Waiting = (Vec<String>, Box<dyn FnOnce(&Vec<String>, Vec<String>)>);

/// Said where an answer should begin with the place of a mistake.
const UNREACHED: [&str; 2] = [
    "library",
    "The Avro library can’t be fetched. Is the network there?",
];

#[derive(Default)]
struct Library {
    worker: Option<Worker>,
    /// The oldest first: a worker answers in order.
    waiting: VecDeque<Waiting>,
}

thread_local! {
    static LIBRARY: RefCell<Library> = RefCell::default();
}

/// Asks the library, and hands its answer on, together with the question.
pub fn ask(question: Vec<String>, then: impl FnOnce(&Vec<String>, Vec<String>) + 'static) {
    let texts: Array = question
        .iter()
        .map(|text| JsValue::from_str(text))
        .collect();
    LIBRARY.with_borrow_mut(|library| {
        library.waiting.push_back((question, Box::new(then)));
        if library.worker.is_none() {
            library.worker = start();
        }
        if let Some(worker) = &library.worker {
            // Texts can always be posted.
            let _ = worker.post_message(&texts);
        }
    });
    if LIBRARY.with_borrow(|library| library.worker.is_none()) {
        give_up();
    }
}

/// Starts the worker, whose name stands in the page.
fn start() -> Option<Worker> {
    let name = document().body()?.get_attribute("data-avro")?;
    let worker = Worker::new(&name).ok()?;
    let on_answer = Closure::<dyn Fn(MessageEvent)>::new(|event: MessageEvent| {
        let texts = Array::from(&event.data());
        let answer = texts
            .iter()
            .map(|text| JsString::from(text).into())
            .collect();
        hand_on(answer);
    });
    let on_error = Closure::<dyn Fn()>::new(give_up);
    worker.set_onmessage(Some(on_answer.as_ref().unchecked_ref()));
    worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
    // They live as long as the worker, which is as long as the page.
    on_answer.forget();
    on_error.forget();
    Some(worker)
}

fn hand_on(answer: Vec<String>) {
    let oldest = LIBRARY.with_borrow_mut(|library| library.waiting.pop_front());
    if let Some((question, then)) = oldest {
        then(&question, answer);
    }
}

/// Tells all who wait that nobody will answer. The next question tries anew.
fn give_up() {
    LIBRARY.with_borrow_mut(|library| library.worker = None);
    while LIBRARY.with_borrow(|library| !library.waiting.is_empty()) {
        hand_on(UNREACHED.map(str::to_owned).into());
    }
}
