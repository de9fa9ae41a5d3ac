//! Highwater: the page, and the pure layers under it.

pub mod player;
#[cfg(feature = "ui")]
pub mod ui;
pub mod view;
