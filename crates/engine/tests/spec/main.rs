//! Does the cluster behave as Kafka says? In sentences.

mod causes;
mod lifecycle;
mod scenarios;
mod support;
mod time_travel;
