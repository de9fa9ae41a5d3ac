//! Where the page meets the browser: frames, sizes, wishes of the visitor, JavaScript, storage,
//! files.

pub mod avro;
pub mod broken;
pub mod browser;
pub mod files;
pub mod parts;
pub mod storage;
