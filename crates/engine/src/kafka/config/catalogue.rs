//! All settings by whose they are, and the values that properties give them.
//!
//! Kafka 4.3.1: `ConfigDef`, `AbstractConfig`.

use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::client::exception::ClientException;
use crate::kafka::config::Properties;
use crate::kafka::config::broker_settings::BROKER;
use crate::kafka::config::client_settings::{CONSUMER, PRODUCER};
use crate::kafka::config::group::GROUP;
use crate::kafka::config::setting::{Setting, whole_part};
use crate::kafka::config::topic_settings::TOPIC;
use crate::kafka::time::SimDuration;

/// Whose settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsOf {
    /// A topic's.
    Topic,
    /// A broker's, or for all brokers: its own, and those that stand in for topics'.
    Broker,
    /// A producer's.
    Producer,
    /// A consumer's.
    Consumer,
    /// A group's.
    Group,
}

impl SettingsOf {
    /// All definitions; a broker's without those that stand in for topics'.
    fn own(self) -> &'static [Setting] {
        match self {
            SettingsOf::Topic => TOPIC,
            SettingsOf::Broker => BROKER,
            SettingsOf::Producer => PRODUCER,
            SettingsOf::Consumer => CONSUMER,
            SettingsOf::Group => GROUP,
        }
    }

    /// Those that decide something in the simulation, each under its name.
    pub fn listed(self) -> Vec<(&'static str, &'static Setting)> {
        let own = self.own().iter().map(|setting| (setting.name, setting));
        let stand_ins = self.stand_ins().iter().filter_map(dynamic_name);
        own.chain(stand_ins)
            .filter(|(_, setting)| !setting.about.is_empty())
            .collect()
    }

    /// The definition of setting `name`.
    pub fn find(self, name: &str) -> Option<&'static Setting> {
        let own = self.own().iter().find(|setting| setting.name == name);
        own.or_else(|| {
            let mut stand_ins = self.stand_ins().iter().filter_map(dynamic_name);
            let found = stand_ins.find(|(synonym, _)| *synonym == name);
            found.map(|(_, setting)| setting)
        })
    }

    /// Whether the running cluster lets this setting be changed: any of a topic or group, of a
    /// broker those that stand in for topics', of a client none.
    ///
    /// Kafka 4.3.1: `DynamicBrokerConfig.ALL_DYNAMIC_CONFIGS`.
    pub fn is_dynamic(self, name: &str) -> bool {
        match self {
            SettingsOf::Topic | SettingsOf::Group => true,
            SettingsOf::Broker => {
                let mut others = TOPIC.iter().flat_map(|topic| topic.synonyms.iter().skip(1));
                BROKER.iter().all(|setting| setting.name != name)
                    && others.all(|(synonym, _)| *synonym != name)
            }
            SettingsOf::Producer | SettingsOf::Consumer => false,
        }
    }

    fn stand_ins(self) -> &'static [Setting] {
        match self {
            SettingsOf::Broker => TOPIC,
            _ => &[],
        }
    }
}

/// The name under which a broker's own value of a topic's setting can be changed.
fn dynamic_name(setting: &'static Setting) -> Option<(&'static str, &'static Setting)> {
    let (name, _) = setting.synonyms.first()?;
    Some((name, setting))
}

/// Properties that were checked: their values, and the defaults of what is not set.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    of: SettingsOf,
    properties: &'a Properties,
}

impl<'a> Values<'a> {
    /// Checks each of the properties that has a definition, in the order of the definitions.
    ///
    /// Errors: Kafka's complaint about the first that is no good.
    pub fn check(
        of: SettingsOf,
        properties: &'a Properties,
    ) -> Result<Values<'a>, ClientException> {
        let own = of.own().iter().map(|setting| (setting.name, setting));
        for (name, setting) in own.chain(of.stand_ins().iter().filter_map(dynamic_name)) {
            if let Some(text) = properties.get(name) {
                setting.check(name, text.trim())?;
            }
        }
        Ok(Values { of, properties })
    }

    /// Whether the person set it at all, to whatever value.
    pub fn is_set(&self, name: &str) -> bool {
        self.properties.contains_key(name)
    }

    /// The text as set.
    pub fn set(&self, name: &str) -> Option<&'a str> {
        self.properties.get(name).map(|value| value.trim())
    }

    /// The text as set, or the default.
    pub fn text(&self, name: &str) -> &'a str {
        self.set(name)
            .unwrap_or_else(|| self.of.find(name).map_or("", |setting| setting.default))
    }

    /// A whole number; none is below 0 where the definition says so.
    pub fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or(0)
    }

    /// A decimal number without its fraction; nothing of one below 0.
    pub fn whole(&self, name: &str) -> u64 {
        whole_part(self.text(name)).unwrap_or(0)
    }

    /// A number of bytes, replicas and such.
    pub fn count(&self, name: &str) -> u32 {
        u32::try_from(self.number(name)).unwrap_or(0)
    }

    /// A time in milliseconds; below 0 none.
    pub fn ms(&self, name: &str) -> SimDuration {
        SimDuration::from_millis(u64::try_from(self.number(name)).unwrap_or(0))
    }

    /// `true` or `false`.
    pub fn is(&self, name: &str) -> bool {
        self.text(name).eq_ignore_ascii_case("true")
    }

    /// How long a client waits before it repeats a request.
    ///
    /// Kafka 4.3.1: `retry.backoff.ms`, `retry.backoff.max.ms`.
    pub fn retry_backoff(&self) -> ExponentialBackoff {
        ExponentialBackoff {
            initial: self.ms("retry.backoff.ms"),
            max: self.ms("retry.backoff.max.ms"),
        }
    }

    /// How long a client waits before it opens a broken connection again: always the same time
    /// if only the first wait is set.
    ///
    /// Kafka 4.3.1: `CommonClientConfigs#postProcessReconnectBackoffConfigs`.
    pub fn reconnect_backoff(&self) -> ExponentialBackoff {
        let initial = self.ms("reconnect.backoff.ms");
        let is_constant =
            self.is_set("reconnect.backoff.ms") && !self.is_set("reconnect.backoff.max.ms");
        let max = if is_constant {
            initial
        } else {
            self.ms("reconnect.backoff.max.ms")
        };
        ExponentialBackoff { initial, max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [SettingsOf; 5] = [
        SettingsOf::Topic,
        SettingsOf::Broker,
        SettingsOf::Producer,
        SettingsOf::Consumer,
        SettingsOf::Group,
    ];

    fn refusal(of: SettingsOf, name: &str, value: &str) -> Option<String> {
        let properties = Properties::from([(name.to_owned(), value.to_owned())]);
        let refused = Values::check(of, &properties).err();
        refused.map(|complaint| complaint.message)
    }

    #[test]
    fn every_default_is_a_value_that_its_own_setting_takes() {
        for of in ALL {
            for setting in of.own().iter().filter(|it| !it.default.is_empty()) {
                let checked = setting.check(setting.name, setting.default);
                assert_eq!(checked, Ok(()), "{}", setting.name);
            }
        }
    }

    #[test]
    fn no_setting_is_defined_twice() {
        for of in ALL {
            for (place, setting) in of.own().iter().enumerate() {
                let others = &of.own()[place + 1..];
                let is_once = others.iter().all(|other| other.name != setting.name);
                assert!(is_once, "{}", setting.name);
            }
        }
    }

    #[test]
    fn what_is_listed_says_in_a_sentence_what_it_decides() {
        for (name, setting) in ALL.iter().flat_map(|of| of.listed()) {
            assert!(setting.about.ends_with('.'), "{name}");
            assert!(setting.about.chars().count() <= 120, "{name}");
        }
        let broker = SettingsOf::Broker.listed();
        let has = |wanted| broker.iter().any(|(name, _)| *name == wanted);
        assert!(has("replica.lag.time.max.ms") && has("message.max.bytes"));
    }

    #[test]
    fn a_value_out_of_range_is_refused_in_kafkas_words() {
        let (producer, broker) = (SettingsOf::Producer, SettingsOf::Broker);
        let text = |of, name, value| refusal(of, name, value).unwrap_or_default();
        assert_eq!(
            text(producer, "linger.ms", "-1"),
            "Invalid value -1 for configuration linger.ms: Value must be at least 0"
        );
        assert_eq!(
            text(producer, "batch.size", "big"),
            "Invalid value big for configuration batch.size: Not a number of type INT"
        );
        assert_eq!(
            text(producer, "retries", "2147483648"),
            "Invalid value 2147483648 for configuration retries: Not a number of type INT"
        );
        assert_eq!(
            text(broker, "log.segment.bytes", "5"),
            "Invalid value 5 for configuration log.segment.bytes: Value must be at least 1048576"
        );
        assert_eq!(refusal(producer, "linger.ms", " 7 "), None);
        assert_eq!(refusal(producer, "nonsense", "1"), None);
    }

    #[test]
    fn of_a_broker_only_what_stands_in_for_topics_can_be_changed_while_it_runs() {
        let is_dynamic = |name| SettingsOf::Broker.is_dynamic(name);
        assert!(is_dynamic("min.insync.replicas") && is_dynamic("log.segment.bytes"));
        assert!(!is_dynamic("broker.session.timeout.ms") && !is_dynamic("log.roll.hours"));
    }

    #[test]
    fn a_range_is_said_as_a_person_says_it() {
        let range = |of: SettingsOf, name| {
            let setting = of.find(name).expect("Kafka has it");
            setting.range(name)
        };
        assert_eq!(range(SettingsOf::Producer, "linger.ms"), "0 or more");
        assert_eq!(range(SettingsOf::Producer, "acks"), "all, -1, 0, 1");
        assert_eq!(range(SettingsOf::Topic, "compression.lz4.level"), "1 to 17");
        assert_eq!(
            range(SettingsOf::Topic, "min.cleanable.dirty.ratio"),
            "0 to 1"
        );
        assert_eq!(range(SettingsOf::Topic, "retention.bytes"), "");
        assert_eq!(range(SettingsOf::Topic, "retention.ms"), "-1 or more");
        let of_broker = range(SettingsOf::Broker, "log.retention.ms");
        assert_eq!(of_broker, "-1, or 1 or more");
    }

    #[test]
    fn a_first_wait_alone_switches_the_growth_of_reconnect_waits_off() {
        let properties = Properties::from([("reconnect.backoff.ms".to_owned(), "70".to_owned())]);
        let values = Values::check(SettingsOf::Consumer, &properties).expect("a valid wait");
        let backoff = values.reconnect_backoff();
        assert_eq!(backoff.initial, SimDuration::from_millis(70));
        assert_eq!(backoff.max, backoff.initial);
    }
}
