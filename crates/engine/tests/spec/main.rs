//! Does the cluster behave as Kafka says? In sentences.

mod causes;
mod lifecycle;
mod replication;
mod scenarios;
mod support;
mod time_travel;
