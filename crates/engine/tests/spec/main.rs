//! Does the cluster behave as Kafka says? In sentences.

mod causes;
mod compression;
mod delete_records;
mod idle_producers;
mod lifecycle;
mod messages;
mod old_records;
mod power;
mod replication;
mod rules;
mod scenarios;
mod settings;
mod smallest_settings;
mod support;
mod time_travel;
