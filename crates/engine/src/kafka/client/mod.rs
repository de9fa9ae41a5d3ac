//! Kafka's clients: producer, consumer and admin client.

pub mod call;
pub mod consumer;
pub mod exception;
