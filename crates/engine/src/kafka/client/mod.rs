//! Kafka's clients: producer, consumer and admin client.

pub mod admin;
mod admin_requests;
pub mod backoff;
pub mod call;
pub mod consumer;
pub mod exception;
pub mod metadata;
pub mod partitioner;
pub mod producer;
pub mod serialization;

#[cfg(test)]
mod testing;
