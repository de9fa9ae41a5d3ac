//! A recorded trace as it stands in its file.

use serde_json::{Map, Value};

use highwater_engine::kafka::config::Properties;
use highwater_engine::kafka::ids::BrokerId;
use highwater_engine::sorted::SortedMap;

/// A trace.
pub struct Trace {
    /// Its name.
    pub name: String,
    /// How many brokers the recorded cluster had.
    pub brokers: u32,
    /// Broker settings that differ from Kafka's defaults.
    pub config: Properties,
    /// Settings of single brokers.
    pub broker_config: SortedMap<BrokerId, Properties>,
    /// Topics whose partitions Kafka picked by chance.
    pub anonymous_partitions: Vec<String>,
    /// What was done, in order.
    pub steps: Vec<TraceStep>,
}

/// A step with the result that Kafka gave.
pub struct TraceStep {
    /// What was done.
    pub action: String,
    /// Its arguments.
    pub fields: Map<String, Value>,
    /// The result.
    pub expect: Value,
}

impl Trace {
    /// Reads a trace from JSON.
    pub fn parse(text: &str) -> Result<Trace, String> {
        let file: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file["format"] != 1 {
            return Err("not a trace of format 1".to_owned());
        }
        let cluster = &file["cluster"];
        let steps = file["steps"].as_array().ok_or("no steps")?;
        Ok(Trace {
            name: file["name"].as_str().ok_or("no name")?.to_owned(),
            brokers: cluster["brokers"]
                .as_u64()
                .and_then(|n| n.try_into().ok())
                .ok_or("brokers")?,
            config: properties(&cluster["config"]),
            broker_config: cluster["broker_config"]
                .as_object()
                .into_iter()
                .flatten()
                .filter_map(|(id, config)| Some((BrokerId(id.parse().ok()?), properties(config))))
                .collect(),
            anonymous_partitions: file["anonymous_partitions"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|topic| topic.as_str().map(str::to_owned))
                .collect(),
            steps: steps
                .iter()
                .map(TraceStep::parse)
                .collect::<Result<_, _>>()?,
        })
    }
}

impl TraceStep {
    fn parse(value: &Value) -> Result<TraceStep, String> {
        let fields = value.as_object().ok_or("a step is not an object")?;
        Ok(TraceStep {
            action: value["do"].as_str().ok_or("a step without do")?.to_owned(),
            fields: fields.clone(),
            expect: value["expect"].clone(),
        })
    }

    /// A field; null if it isn't there.
    pub fn field(&self, name: &str) -> &Value {
        self.fields.get(name).unwrap_or(&Value::Null)
    }

    /// Whether the step asks for an extra field in its result.
    pub fn asks_for(&self, name: &str) -> bool {
        self.field("with")
            .as_array()
            .is_some_and(|with| with.iter().any(|other| other == name))
    }
}

/// Settings as text, as Kafka gets them.
pub fn properties(value: &Value) -> Properties {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}
