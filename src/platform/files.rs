//! Files to and from the visitor, and the moment at which they leave.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::HtmlElement;

/// Calls `on_leave` whenever the visitor may be about to leave the page.
pub fn watch_leaving(on_leave: impl Fn() + Clone + 'static) {
    for name in ["pagehide", "visibilitychange"] {
        let on_leave = on_leave.clone();
        let handle = window_event_listener_untyped(name, move |_| on_leave());
        on_cleanup(move || handle.remove());
    }
}

/// Gives a text to the visitor as a file.
pub fn download(name: &str, text: &str) {
    let Ok(link) = document().create_element("a") else {
        return;
    };
    let address = js_sys::encode_uri_component(text);
    let address = String::from(address);
    let address = ["data:application/json;charset=utf-8,", &address].concat();
    // The names are ours and well-formed, so that neither is refused.
    let _ = link.set_attribute("href", &address);
    let _ = link.set_attribute("download", name);
    if let Ok(link) = link.dyn_into::<HtmlElement>() {
        link.click();
    }
}

/// Reads the text of a file that a form has, and hands it on.
pub fn read_file(file: &JsValue, then: impl FnOnce(String) + 'static) {
    let method = Reflect::get(file, &JsValue::from_str("text"));
    let method = method.ok().and_then(|it| it.dyn_into::<Function>().ok());
    let reading = method.and_then(|method| method.call0(file).ok());
    let Some(reading) = reading.and_then(|it| it.dyn_into::<Promise>().ok()) else {
        return;
    };
    let then = Closure::once(move |text: JsValue| then(text.as_string().unwrap_or_default()));
    // What can't be read leaves the form as it is.
    let _ = reading.then(&then);
    then.forget();
}
