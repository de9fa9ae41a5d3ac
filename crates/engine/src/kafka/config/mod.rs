//! Settings under their real names, with Kafka's defaults, ranges and complaints.
//!
//! The tables say what there is (`SettingsOf` finds and lists it), and what of it is checked; the
//! structs are what a node obeys.

pub mod broker;
mod broker_settings;
pub mod catalogue;
mod client_settings;
pub mod consumer;
pub mod group;
pub mod offset_reset;
pub mod producer;
pub mod setting;
pub mod topic;
mod topic_settings;

use crate::sorted::SortedMap;

/// Settings as written by a person: property name to text.
pub type Properties = SortedMap<String, String>;
