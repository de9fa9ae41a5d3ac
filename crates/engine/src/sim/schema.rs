//! The scenario's format as a JSON Schema, made from the types that read it.
//!
//! An editor that is given the schema completes and checks a scenario while it is typed. What no
//! schema can say (the order of commands, what Kafka thinks of a setting) is left to
//! [`Scenario::check`].

use crate::sim::scenario::Scenario;

/// The schema as JSON text.
pub fn json() -> String {
    let schema = schemars::schema_for!(Scenario);
    serde_json::to_string_pretty(&schema).expect("a schema is plain JSON")
}
