//! Settings of a running cluster: their values, and what Kafka says to others.

use highwater_engine::kafka::client::call::{CallResult, ClientCall};
use highwater_engine::kafka::config::Properties;
use highwater_engine::kafka::config::catalogue::SettingsOf;
use highwater_engine::kafka::config::topic::ConfigSource;
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, TopicName};
use highwater_engine::kafka::metadata::ConfigResource;
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::timeline::Timeline;
use highwater_engine::sim::world::client_refusal;

use crate::support::first_sight_at;

fn orders() -> ConfigResource {
    ConfigResource::Topic(TopicName::new("orders"))
}

fn one(name: &str, value: &str) -> Properties {
    Properties::from([(name.to_owned(), value.to_owned())])
}

#[test]
fn a_setting_tells_its_value_and_where_it_comes_from() {
    let timeline = first_sight_at(4000);
    let world = timeline.world();
    let of = |resource: &ConfigResource, name| world.setting(resource, name);
    let own = ConfigSource::DynamicTopicConfig;
    let (file, default) = (
        ConfigSource::StaticBrokerConfig,
        ConfigSource::DefaultConfig,
    );
    let found = |value: &str, source| Some((value.to_owned(), source));
    let broker = ConfigResource::Broker(BrokerId(1));
    assert_eq!(of(&orders(), "min.insync.replicas"), found("2", own));
    assert_eq!(of(&orders(), "segment.bytes"), found("1073741824", default));
    let delay = "group.initial.rebalance.delay.ms";
    assert_eq!(of(&broker, delay), found("0", file));
    let session = "broker.session.timeout.ms";
    assert_eq!(
        of(&ConfigResource::Cluster, session),
        found("9000", default)
    );
    let consumer = world.client("consumer-1").expect("it was added");
    let setting = |name| world.client_setting(consumer, name);
    assert_eq!(setting("group.id"), Some(("billing".to_owned(), true)));
    assert_eq!(setting("max.poll.records"), Some(("500".to_owned(), false)));
}

/// Kafka 4.3.1: what `kafka-configs.sh --alter` prints.
#[test]
fn a_value_is_refused_in_the_same_words_before_and_when_it_is_set() {
    let mut timeline = first_sight_at(4000);
    let cases = [
        (
            orders(),
            "min.insync.replicas",
            "0",
            "Invalid value 0 for configuration min.insync.replicas: Value must be at least 1",
        ),
        (
            orders(),
            "nonsense",
            "1",
            "Unknown topic config name: nonsense",
        ),
        (
            ConfigResource::Broker(BrokerId(1)),
            "replica.lag.time.max.ms",
            "500",
            "Cannot update these configs dynamically: [replica.lag.time.max.ms]",
        ),
        (
            ConfigResource::Cluster,
            "log.segment.bytes",
            "5",
            "Invalid value 5 for configuration log.segment.bytes: Value must be at least 1048576",
        ),
        (
            ConfigResource::Broker(BrokerId(1)),
            "min.insync.replicas",
            "2",
            "Broker-level min.insync.replicas cannot be altered while ELR is enabled.",
        ),
    ];
    for (resource, name, value, complaint) in cases {
        let before = timeline
            .world()
            .setting_refusal(&resource, name, Some(value));
        assert_eq!(before.as_deref(), Some(complaint));
        assert_eq!(alter(&mut timeline, resource, name, value), complaint);
    }
    let fine = timeline
        .world()
        .setting_refusal(&orders(), "min.insync.replicas", Some("3"));
    assert_eq!(fine, None);
}

#[test]
fn a_clients_settings_are_refused_as_its_constructor_does() {
    let producer = client_refusal(SettingsOf::Producer, &one("delivery.timeout.ms", "1"));
    assert_eq!(
        producer.as_deref(),
        Some(
            "KafkaException: Failed to construct kafka producer (ConfigException: \
             delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms)"
        )
    );
    let consumer = client_refusal(SettingsOf::Consumer, &one("max.poll.records", "0"));
    assert_eq!(
        consumer.as_deref(),
        Some(
            "ConfigException: Invalid value 0 for configuration max.poll.records: Value must be \
             at least 1"
        )
    );
    assert_eq!(
        client_refusal(SettingsOf::Consumer, &Properties::new()),
        None
    );
}

/// The text with which the admin client's call fails.
fn alter(timeline: &mut Timeline, resource: ConfigResource, name: &str, value: &str) -> String {
    let method = ClientCall::AlterConfig {
        resource,
        set: one(name, value),
        delete: Vec::new(),
    };
    let client = "admin".to_owned();
    let now = timeline.world().now();
    let applied = timeline
        .apply(Command::Call { client, method }, now)
        .expect("the admin client is there");
    timeline.run_until(SimTime(now.0 + 1_000_000), usize::MAX);
    let steps = timeline.branch().steps().flat_map(|step| &step.events);
    let mut returns = steps.filter_map(|event| match event.kafka()? {
        KafkaEvent::CallReturned {
            call,
            result: CallResult::Threw(exception),
        } if Some(*call) == applied.call => Some(exception.message.clone()),
        _ => None,
    });
    returns.next().expect("the call throws")
}
