//! From a world to what the screen shows: pure, without a browser, tested natively.

pub mod event_line;
pub mod flight;
pub mod format;
pub mod keys;
pub mod layout;
mod palette;
pub mod placed;
pub mod project;
pub mod scene;
pub mod strip;
pub mod subject;
