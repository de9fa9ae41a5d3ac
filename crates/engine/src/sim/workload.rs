//! Background load: records that a producer's application writes by itself.

use serde::{Deserialize, Serialize};

use crate::kafka::client::call::ProducerRecord;
use crate::kafka::ids::TopicName;
use crate::kafka::node::Chance;
use crate::kafka::time::SimDuration;
use crate::sim::rng::SimRng;

/// What an application writes, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Workload {
    /// The topic.
    pub topic: TopicName,
    /// The keys, each equally likely; empty for records without a key.
    #[serde(default)]
    pub keys: Vec<String>,
    /// The time between two records, in milliseconds. At least 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    pub interval_ms: u64,
    /// How many records in all; endless if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl Workload {
    /// The time between two records.
    pub fn interval(&self) -> SimDuration {
        SimDuration::from_millis(self.interval_ms)
    }

    /// What is wrong with it, if anything.
    pub fn problem(&self) -> Option<&'static str> {
        (self.interval_ms == 0).then_some("interval_ms must be at least 1")
    }
}

/// A workload under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunningWorkload {
    workload: Workload,
    written: u64,
}

impl RunningWorkload {
    /// Starts from its first record.
    pub fn new(workload: Workload) -> RunningWorkload {
        RunningWorkload {
            workload,
            written: 0,
        }
    }

    /// What was asked for.
    pub fn workload(&self) -> &Workload {
        &self.workload
    }

    /// The next record, and how long after it the one after; nothing if it was the last.
    pub fn next(&mut self, rng: &mut SimRng) -> (ProducerRecord, Option<SimDuration>) {
        self.written += 1;
        let workload = &self.workload;
        let key = (!workload.keys.is_empty())
            .then(|| &workload.keys[rng.below(workload.keys.len() as u64) as usize]);
        let record = ProducerRecord {
            topic: workload.topic.clone(),
            partition: None,
            key: key.map(|key| key.clone().into_bytes().into()),
            value: Some(
                format!("{} {}", workload.topic, self.written)
                    .into_bytes()
                    .into(),
            ),
            headers: Vec::new(),
            timestamp_ms: None,
        };
        let is_last = workload.count.is_some_and(|count| self.written >= count);
        (record, (!is_last).then(|| workload.interval()))
    }
}
