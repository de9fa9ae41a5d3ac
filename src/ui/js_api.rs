//! `window.highwater`: what the page can do, for people who script it and for tests.

use js_sys::{JSON, Object, Reflect};
use leptos::prelude::window;
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;
use wasm_bindgen::closure::Closure;

use crate::ui::session::SessionHandle;

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
    let to_js = Serializer::json_compatible();
    let scene = Closure::<dyn Fn() -> Result<JsValue, JsValue>>::new(move || {
        Ok(session.with_scene(|scene| scene.serialize(&to_js))?)
    });
    put(&api, "scene", scene.into_js_value());
    let scenario = Closure::<dyn Fn() -> Result<JsValue, JsValue>>::new(move || {
        JSON::parse(&session.scenario_json())
    });
    put(&api, "scenario", scenario.into_js_value());
    let step = Closure::<dyn Fn()>::new(move || session.step());
    put(&api, "step", step.into_js_value());
    let seek = Closure::<dyn Fn(f64)>::new(move |position: f64| session.seek(position as u64));
    put(&api, "seek", seek.into_js_value());
    put(window().as_ref(), "highwater", api.into());
}

fn put(object: &JsValue, name: &str, value: JsValue) {
    // Only a frozen object refuses, and neither a new one nor the window is.
    let _ = Reflect::set(object, &JsValue::from_str(name), &value);
}
