//! Maps and sets in the order of their keys, kept in sorted vectors.
//!
//! World state is made of many small collections of many types. A `BTreeMap` costs 5 kB of wasm
//! for each pair of types, and a page must load at once; these cost a tenth of that, because the
//! code is shared by all maps with the same keys or the same values. They are cloned quickly,
//! which checkpoints live by. Finding is O(log n); inserting and removing moves what lies behind,
//! so what grows with the run (the event queue) is kept elsewhere.

mod map;
mod set;

pub use map::{Entry, SortedMap};
pub use set::SortedSet;

#[cfg(test)]
mod tests;
