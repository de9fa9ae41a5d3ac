//! Highwater: the page, and the pure layers under it.

pub mod player;
pub mod view;
