//! Apache Kafka as deterministic state machines, and the virtual time they live in.
//!
//! `kafka` is Kafka itself: brokers, controller, coordinators and clients as sans-IO state
//! machines, meant to be read as an explanation of Kafka. `sim` is the world around them:
//! virtual time, the network, faults, seeded chance, history.

pub mod kafka;
pub mod sim;
pub mod sorted;
