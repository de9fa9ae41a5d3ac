//! Highwater: the page, and the pure layers under it.

#[cfg(feature = "ui")]
pub mod platform;
pub mod player;
pub mod rush;
#[cfg(feature = "ui")]
pub mod ui;
pub mod view;
