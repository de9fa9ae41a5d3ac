//! Kafka itself: its nodes as state machines without clock, chance or network of their own.
//!
//! Meant to be read as an explanation of Kafka 4.3.1.

pub mod ids;
pub mod time;
