//! The world in which the nodes live: virtual time, network, faults, chance, history.
//!
//! Commands go in, events come out. `seed + configuration + commands` is the whole run.

pub mod command;
pub mod digest;
pub mod event;
pub mod invariant;
mod json;
pub mod limits;
pub mod machine;
pub mod network;
pub mod queue;
pub mod rng;
pub mod scenario;
#[cfg(feature = "schema")]
pub mod schema;
pub mod silence;
pub mod timeline;
pub mod transcript;
pub mod why;
pub mod workload;
pub mod world;
