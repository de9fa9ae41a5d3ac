//! From a world to what the screen shows: pure, without a browser, tested natively.

pub mod answer;
pub mod commands;
pub mod event_line;
pub mod event_log;
pub mod flight;
pub mod focus;
pub mod format;
pub mod forms;
pub mod keys;
pub mod layout;
pub mod lists;
pub mod measures;
pub mod menu;
pub mod orders;
mod palette;
pub mod part;
pub mod picture;
pub mod project;
pub mod scene;
pub mod steer;
pub mod storyboard;
pub mod strip;
pub mod subject;
pub mod thing;
pub mod time_bar;
pub mod twin;
