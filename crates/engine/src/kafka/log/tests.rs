//! What a log must do, in Kafka's own cases.
