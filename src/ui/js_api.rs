//! `window.highwater`: what the page can do, for people who script it and for tests.

use js_sys::{JSON, Object, Reflect};
use leptos::prelude::window;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use crate::ui::session::SessionHandle;
use crate::view::scene::Scene;

/// Puts `window.highwater` in place.
///
/// `apply(command)`, `scene()`, `scenario()`, `step()`, `seek(n)`; a command is the value of a
/// scenario's `do`. What is refused throws its reason as a string.
pub fn install(session: SessionHandle) {
    let api = Object::new();
    let apply = Closure::<dyn Fn(JsValue) -> Result<(), JsValue>>::new(move |value: JsValue| {
        let text = JSON::stringify(&value)?;
        session
            .apply_json(&JsValue::from(text).as_string().unwrap_or_default())
            .map_err(|words| JsValue::from_str(&words))
    });
    put(&api, "apply", apply.into_js_value());
    put(
        &api,
        "scene",
        reader(move || session.with_scene(Scene::to_json)),
    );
    put(&api, "scenario", reader(move || session.scenario_json()));
    let step = Closure::<dyn Fn()>::new(move || session.step());
    put(&api, "step", step.into_js_value());
    let seek = Closure::<dyn Fn(f64)>::new(move |position: f64| session.seek(position as u64));
    put(&api, "seek", seek.into_js_value());
    put(window().as_ref(), "highwater", api.into());
}

/// A function that gives back what a JSON text says.
fn reader(text: impl Fn() -> String + 'static) -> JsValue {
    let read: Box<dyn Fn() -> Result<JsValue, JsValue>> = Box::new(move || JSON::parse(&text()));
    Closure::wrap(read).into_js_value()
}

fn put(object: &JsValue, name: &str, value: JsValue) {
    // Only a frozen object refuses, and neither a new one nor the window is.
    let _ = Reflect::set(object, &JsValue::from_str(name), &value);
}
