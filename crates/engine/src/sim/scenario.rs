//! A scenario: seed, cluster and timed commands. Together they are the run.
//!
//! The format is documented in `docs/scenario.md`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::kafka::config::Properties;
use crate::kafka::config::broker::BrokerConfig;
use crate::kafka::ids::{BrokerId, StepId};
use crate::kafka::time::SimTime;
use crate::sim::command::Command;
use crate::sim::json::{JsonError, from_json, to_json};
use crate::sim::limits;
use crate::sorted::SortedMap;

/// The version of the format that this engine writes, and the only one it reads.
pub const VERSION: u32 = 1;

/// A whole run, written down.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of this format: 1.
    #[cfg_attr(feature = "schema", schemars(extend("const" = VERSION)))]
    pub version: u32,
    /// A name for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What all chance comes from. At most 2^53 - 1, so that JavaScript can carry it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(max = 9_007_199_254_740_991_u64)))]
    pub seed: u64,
    /// The cluster before anybody touches it.
    #[serde(default)]
    pub cluster: ClusterConfig,
    /// What is done to it, in order.
    #[serde(default)]
    pub commands: Vec<TimedCommand>,
}

/// The cluster before anybody touches it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ClusterConfig {
    /// How many brokers there are; their ids are 1 to this.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = limits::BROKERS)))]
    pub brokers: u32,
    /// Broker settings by their real names, for all brokers and the controller.
    pub config: Properties,
    /// Settings of single brokers.
    pub broker_config: SortedMap<BrokerId, Properties>,
    /// The shortest time a message takes, in microseconds.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 60_000_000)))]
    pub hop_us: u64,
    /// What chance may add to that, in microseconds.
    #[cfg_attr(feature = "schema", schemars(range(max = 60_000_000)))]
    pub hop_jitter_us: u64,
    /// How long a broker's process takes from its start to its first registration.
    pub broker_start_ms: u64,
    /// What all clocks show when the run starts, in milliseconds since 1970.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1_i64 << 52)))]
    pub clock_start_ms: i64,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        ClusterConfig {
            brokers: 3,
            config: Properties::new(),
            broker_config: SortedMap::new(),
            hop_us: 900,
            hop_jitter_us: 200,
            broker_start_ms: 1500,
            clock_start_ms: 1_767_225_600_000,
        }
    }
}

impl ClusterConfig {
    /// The ids of the brokers.
    pub fn broker_ids(&self) -> impl Iterator<Item = BrokerId> + use<> {
        (1..=self.brokers).map(BrokerId)
    }

    /// The controller's settings.
    pub fn controller_config(&self) -> Result<BrokerConfig, ScenarioError> {
        BrokerConfig::from_properties(&self.config).map_err(|error| ScenarioError {
            place: "cluster.config".to_owned(),
            reason: error.message,
        })
    }

    /// One broker's settings: the common ones under its own.
    pub fn broker_config(&self, broker: BrokerId) -> Result<BrokerConfig, ScenarioError> {
        let mut properties = self.config.clone();
        properties.extend(self.broker_config.get(&broker).cloned().unwrap_or_default());
        BrokerConfig::from_properties(&properties).map_err(|error| ScenarioError {
            place: format!("cluster.broker_config.{broker}"),
            reason: error.message,
        })
    }
}

/// A command and its moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TimedCommand {
    /// When, in whole milliseconds since the start of the run.
    pub at_ms: u64,
    /// Microseconds on top of that; written by the recorder, 0 by hand.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub plus_us: u64,
    /// After which step of that moment. Written by the recorder; by hand it is left out, and the
    /// command comes before everything else of its moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_step: Option<StepId>,
    /// What is done.
    #[serde(rename = "do")]
    pub command: Command,
}

impl TimedCommand {
    /// The moment.
    pub fn at(&self) -> SimTime {
        SimTime(self.at_ms.saturating_mul(1000).saturating_add(self.plus_us))
    }

    /// `command` given at `at`, right after `after_step`.
    pub fn recorded(at: SimTime, after_step: Option<StepId>, command: Command) -> TimedCommand {
        TimedCommand {
            at_ms: at.0 / 1000,
            plus_us: at.0 % 1000,
            after_step,
            command,
        }
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Why a scenario can't be played: where, and what is wrong there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The place: a path such as `commands[3].do`, or line and column where it is no JSON.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl From<JsonError> for ScenarioError {
    fn from(error: JsonError) -> ScenarioError {
        ScenarioError {
            place: error.place,
            reason: error.reason,
        }
    }
}

impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

impl Scenario {
    /// Reads a scenario from JSON and checks what can be checked before it runs.
    pub fn from_json(text: &str) -> Result<Scenario, ScenarioError> {
        let scenario: Scenario = from_json(text)?;
        scenario.check()?;
        Ok(scenario)
    }

    /// The scenario as JSON text, to be read again by [`Scenario::from_json`].
    pub fn to_json(&self) -> String {
        to_json(self)
    }

    /// Checks bounds and settings.
    pub fn check(&self) -> Result<(), ScenarioError> {
        if self.version != VERSION {
            return fail(
                "version",
                format!("this engine reads version {VERSION} only"),
            );
        }
        if self.seed >= 1 << 53 {
            return fail("seed", "a seed is at most 2^53 - 1".to_owned());
        }
        self.cluster.check()?;
        if self.commands.len() as u64 > limits::COMMANDS {
            return fail("commands", format!("at most {} commands", limits::COMMANDS));
        }
        for (index, command) in self.commands.iter().enumerate() {
            if command.at().0 > limits::RUN_US {
                return fail(
                    &format!("commands[{index}].at_ms"),
                    "a run lasts at most a day".into(),
                );
            }
            if index > 0 && command.at() < self.commands[index - 1].at() {
                return fail(
                    &format!("commands[{index}].at_ms"),
                    "commands stand in the order of their time".to_owned(),
                );
            }
        }
        Ok(())
    }
}

impl Command {
    /// Reads what stands behind `do` in a scenario.
    pub fn from_json(text: &str) -> Result<Command, ScenarioError> {
        Ok(from_json(text)?)
    }
}

impl ClusterConfig {
    /// Checks bounds and settings.
    fn check(&self) -> Result<(), ScenarioError> {
        if self.brokers == 0 || u64::from(self.brokers) > limits::BROKERS {
            return fail(
                "cluster.brokers",
                format!("a cluster has 1 to {} brokers", limits::BROKERS),
            );
        }
        if self.hop_us == 0 || self.hop_us > 60_000_000 {
            return fail(
                "cluster.hop_us",
                "a hop takes 1 to 60000000 microseconds".to_owned(),
            );
        }
        if self.hop_jitter_us > 60_000_000 {
            return fail(
                "cluster.hop_jitter_us",
                "at most 60000000 microseconds".to_owned(),
            );
        }
        if self.clock_start_ms < 0 || self.clock_start_ms > 1 << 52 {
            return fail(
                "cluster.clock_start_ms",
                "clocks start between 1970 and 144683".to_owned(),
            );
        }
        self.controller_config()?;
        self.broker_ids()
            .try_for_each(|id| self.broker_config(id).map(drop))
    }
}

fn fail(place: &str, reason: String) -> Result<(), ScenarioError> {
    Err(ScenarioError {
        place: place.to_owned(),
        reason,
    })
}
