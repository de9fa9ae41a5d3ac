//! The parts of the program. The published page comes in several, of which all but the first are fetched
//! when they are needed (`scripts/split-program.mjs`, `scripts/start.js`).

use js_sys::{Reflect, global};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The start script's loader: puts a part into its place now, or, for 0, fetches what is likely to be
    /// needed when somebody comes. The stubs of the first part call it, too.
    #[wasm_bindgen(js_namespace = globalThis, js_name = highwaterPart)]
    fn highwater_part(number: u32);
}

/// Gives the start script what the other parts take from the first, and lets it fetch them. A page that
/// is served for development comes in one part and has no such script.
pub fn hand_over() {
    let page = global();
    let given = Reflect::set(&page, &"highwaterProgram".into(), &wasm_bindgen::exports());
    let is_split = Reflect::has(&page, &"highwaterPart".into());
    if given.is_ok() && is_split == Ok(true) {
        highwater_part(0);
    }
}
