//! Kafka itself: its nodes as state machines without clock, chance or network of their own.
//!
//! Meant to be read as an explanation of Kafka 4.3.1.

pub mod broker;
pub mod client;
pub mod config;
pub mod controller;
pub mod error_code;
pub mod event;
pub mod group;
pub mod ids;
pub mod log;
pub mod message;
pub mod metadata;
pub mod murmur2;
pub mod node;
pub mod record;
pub mod requests;
pub mod time;
pub mod timer;
pub mod varint;
pub mod wire;
