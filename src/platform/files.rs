//! Files to and from the visitor, and the moment at which they leave.

use std::time::Duration;

use js_sys::{Array, Function, Promise, Reflect, Uint8Array};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, HtmlElement, Url};

/// Calls `on_leave` whenever the visitor may be about to leave the page.
pub fn watch_leaving(on_leave: impl Fn() + Clone + 'static) {
    for name in ["pagehide", "visibilitychange"] {
        let on_leave = on_leave.clone();
        let handle = window_event_listener_untyped(name, move |_| on_leave());
        on_cleanup(move || handle.remove());
    }
}

/// Gives bytes to the visitor as a file.
pub fn download(name: &str, bytes: &[u8]) {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let Ok(link) = document().create_element("a") else {
        return;
    };
    let blob = Blob::new_with_u8_array_sequence(&parts);
    let Ok(address) = blob.and_then(|blob| Url::create_object_url_with_blob(&blob)) else {
        return;
    };
    // The names are ours and well-formed, so that neither is refused.
    let _ = link.set_attribute("href", &address);
    let _ = link.set_attribute("download", name);
    if let Ok(link) = link.dyn_into::<HtmlElement>() {
        link.click();
    }
    // By then the browser has read it; an address of our own can always be taken back.
    let forget = move || Url::revoke_object_url(&address).unwrap_or_default();
    set_timeout(forget, Duration::from_secs(60));
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
