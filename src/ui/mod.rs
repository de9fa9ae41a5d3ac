//! The page's components: props in, view out. They know rows and session verbs, no Kafka.

pub mod lamps;
pub mod rows;
