//! What a person does on the built page, played through WebDriver.
//!
//! `tests/play` holds the plays; here is what they need: the page on an address, a browser, and a
//! person's hands and eyes. `bin/frame-time` measures what a frame costs. Both look at `dist/`,
//! or at the folder that `HIGHWATER_DIST` names.

pub mod driver;
pub mod page;
pub mod play;
pub mod site;
pub mod webdriver;
