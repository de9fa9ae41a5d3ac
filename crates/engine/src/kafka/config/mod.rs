//! Settings under their real names, with Kafka's defaults, ranges and complaints.
//!
//! Kafka 4.3.1: `ConfigDef`, `AbstractConfig`.

pub mod broker;
pub mod consumer;
pub mod group;
pub mod producer;
pub mod topic;
pub mod topic_definitions;

use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::client::exception::ClientException;
use crate::kafka::time::SimDuration;
use crate::sorted::SortedMap;

/// Settings as written by a person: property name to text.
pub type Properties = SortedMap<String, String>;

/// Reads typed settings out of properties, falling back on Kafka's defaults.
#[derive(Clone, Copy, Debug)]
pub struct ConfigReader<'a> {
    properties: &'a Properties,
}

impl<'a> ConfigReader<'a> {
    /// Reads from `properties`.
    pub fn new(properties: &'a Properties) -> ConfigReader<'a> {
        ConfigReader { properties }
    }

    /// Whether the person set it at all, to whatever value.
    pub fn is_set(&self, name: &str) -> bool {
        self.properties.contains_key(name)
    }

    /// The text as set.
    pub fn text(&self, name: &str) -> Option<&'a str> {
        self.properties.get(name).map(|value| value.trim())
    }

    /// A whole number of at least `min`, at most what Kafka's INT holds.
    pub fn int_at_least(&self, name: &str, default: i64, min: i64) -> Result<i64, ClientException> {
        self.number(
            name,
            default,
            NumberRange {
                min,
                max: i64::from(i32::MAX),
                kind: "INT",
            },
        )
    }

    /// A whole number of at least `min`, at most what Kafka's LONG holds.
    pub fn long_at_least(
        &self,
        name: &str,
        default: i64,
        min: i64,
    ) -> Result<i64, ClientException> {
        self.number(
            name,
            default,
            NumberRange {
                min,
                max: i64::MAX,
                kind: "LONG",
            },
        )
    }

    /// `true` or `false`.
    pub fn bool(&self, name: &str, default: bool) -> Result<bool, ClientException> {
        match self.text(name) {
            None => Ok(default),
            Some(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Some(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            Some(text) => Err(invalid(
                name,
                text,
                "Expected value to be either true or false",
            )),
        }
    }

    /// One of the allowed words, exactly.
    pub fn one_of(
        &self,
        name: &str,
        default: &'a str,
        allowed: &[&str],
    ) -> Result<&'a str, ClientException> {
        let text = self.text(name).unwrap_or(default);
        if allowed.contains(&text) {
            return Ok(text);
        }
        Err(invalid(
            name,
            text,
            &format!("String must be one of: {}", allowed.join(", ")),
        ))
    }

    /// How long a client waits before it repeats a request.
    ///
    /// Kafka 4.3.1: `retry.backoff.ms`, `retry.backoff.max.ms`.
    pub fn retry_backoff(&self) -> Result<ExponentialBackoff, ClientException> {
        Ok(ExponentialBackoff {
            initial: self.wait("retry.backoff.ms", 100)?,
            max: self.wait("retry.backoff.max.ms", 1000)?,
        })
    }

    /// How long a client waits before it opens a broken connection again: always the same time
    /// if only the first wait is set.
    ///
    /// Kafka 4.3.1: `CommonClientConfigs#postProcessReconnectBackoffConfigs`.
    pub fn reconnect_backoff(&self) -> Result<ExponentialBackoff, ClientException> {
        let initial = self.wait("reconnect.backoff.ms", 50)?;
        let max = self.wait("reconnect.backoff.max.ms", 1000)?;
        let is_constant =
            self.is_set("reconnect.backoff.ms") && !self.is_set("reconnect.backoff.max.ms");
        let max = if is_constant { initial } else { max };
        Ok(ExponentialBackoff { initial, max })
    }

    fn wait(&self, name: &str, default_ms: i64) -> Result<SimDuration, ClientException> {
        let ms = self.long_at_least(name, default_ms, 0)?;
        Ok(SimDuration::from_millis(ms.unsigned_abs()))
    }

    fn number(&self, name: &str, default: i64, range: NumberRange) -> Result<i64, ClientException> {
        let Some(text) = self.text(name) else {
            return Ok(default);
        };
        let value = match text.parse::<i64>() {
            Ok(value) if range.kind != "INT" || i32::try_from(value).is_ok() => value,
            _ => {
                return Err(invalid(
                    name,
                    text,
                    &format!("Not a number of type {}", range.kind),
                ));
            }
        };
        if value < range.min {
            return Err(invalid(
                name,
                text,
                &format!("Value must be at least {}", range.min),
            ));
        }
        if value > range.max {
            return Err(invalid(
                name,
                text,
                &format!("Value must be no more than {}", range.max),
            ));
        }
        Ok(value)
    }
}

struct NumberRange {
    min: i64,
    max: i64,
    kind: &'static str,
}

/// Kafka's complaint about a value.
///
/// Kafka 4.3.1: `ConfigException(String, Object, String)`.
pub fn invalid(name: &str, value: &str, problem: &str) -> ClientException {
    let message = format!("Invalid value {value} for configuration {name}: {problem}");
    ClientException::new("ConfigException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_below_its_minimum_is_refused_in_kafkas_words() {
        let properties = Properties::from([("linger.ms".to_owned(), "-1".to_owned())]);
        let error = ConfigReader::new(&properties).long_at_least("linger.ms", 5, 0);
        let message = "Invalid value -1 for configuration linger.ms: Value must be at least 0";
        assert_eq!(error, Err(ClientException::new("ConfigException", message)));
    }

    #[test]
    fn a_first_wait_alone_switches_the_growth_of_reconnect_waits_off() {
        let properties = Properties::from([("reconnect.backoff.ms".to_owned(), "70".to_owned())]);
        let backoff = ConfigReader::new(&properties).reconnect_backoff();
        let wait = SimDuration::from_millis(70);
        let (initial, max) = (wait, wait);
        assert_eq!(backoff, Ok(ExponentialBackoff { initial, max }));
    }

    #[test]
    fn a_text_in_place_of_a_number_is_refused_in_kafkas_words() {
        let properties = Properties::from([("batch.size".to_owned(), "big".to_owned())]);
        let error = ConfigReader::new(&properties).int_at_least("batch.size", 16384, 0);
        let message = "Invalid value big for configuration batch.size: Not a number of type INT";
        assert_eq!(error, Err(ClientException::new("ConfigException", message)));
    }
}
