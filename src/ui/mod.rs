//! The page's components: props in, view out. They know rows and session verbs, no Kafka.

pub mod app;
mod dialogs;
mod flights;
pub mod js_api;
pub mod lamps;
mod panel;
pub mod rows;
pub mod session;
pub mod shown;
mod stage;
mod transport;
