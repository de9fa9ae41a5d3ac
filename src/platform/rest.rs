//! The rest of the program. The published page comes in two parts, of which the second is fetched when a
//! person begins to do something (`scripts/split-program.mjs`, `scripts/start.js`).

use js_sys::{Reflect, global};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The start script's loader: puts the rest into its place now, or, if not `at_once`, fetches it when it
    /// is likely to be needed. The stubs of the first part call it, too.
    #[wasm_bindgen(js_namespace = globalThis, js_name = highwaterRest)]
    fn highwater_rest(at_once: bool);
}

/// Gives the start script what the rest takes from the first part, and lets it fetch the rest. A page
/// that is served for development comes in one part and has no such script.
pub fn hand_over() {
    let page = global();
    let given = Reflect::set(&page, &"highwaterProgram".into(), &wasm_bindgen::exports());
    let is_split = Reflect::has(&page, &"highwaterRest".into());
    if given.is_ok() && is_split == Ok(true) {
        highwater_rest(false);
    }
}
