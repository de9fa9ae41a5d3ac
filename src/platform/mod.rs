//! Where the page meets the browser: frames, sizes, wishes of the visitor, JavaScript.

pub mod broken;
pub mod browser;
pub mod storage;
