//! The page's components: they show lists of parts and call the session's verbs. They know no
//! Kafka.

pub mod app;
mod brush;
mod dialogs;
mod flights;
pub mod js_api;
mod keys;
mod menu;
mod painter;
mod palette;
mod panel;
mod pointer;
pub mod session;
pub mod shown;
mod stage;
mod time_bar;
mod top;
mod transport;
