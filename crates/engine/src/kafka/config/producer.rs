//! A producer's settings.
//!
//! What the person set decides: a default that conflicts with a setting gives way silently, two
//! settings that conflict are refused.
//!
//! Kafka 4.3.1: `ProducerConfig`.

use serde::{Deserialize, Serialize};

use crate::kafka::client::backoff::ExponentialBackoff;
use crate::kafka::client::exception::ClientException;
use crate::kafka::config::Properties;
use crate::kafka::config::catalogue::{SettingsOf, Values};
use crate::kafka::config::setting::invalid;
use crate::kafka::message::Acks;
use crate::kafka::record::CompressionType;
use crate::kafka::time::SimDuration;

/// A producer's settings, typed and checked.
///
/// Kafka 4.3.1: `ProducerConfig`.
/// Simplified: `partitioner.availability.timeout.ms` and `metadata.max.idle.ms` are checked but
/// have no effect; of the partitioner classes only Kafka's own are known; compression levels are
/// not looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProducerConfig {
    /// All settings as given.
    pub properties: Properties,
    /// `acks`.
    pub acks: Acks,
    /// Whether sequences are sent: `enable.idempotence`, unless another setting turned it off.
    pub is_idempotent: bool,
    /// `transactional.id`.
    pub transactional_id: Option<String>,
    /// `retries`.
    pub retries: u32,
    /// `max.in.flight.requests.per.connection`.
    pub max_in_flight: u32,
    /// `batch.size`, at least 1.
    pub batch_size_bytes: u32,
    /// `linger.ms`.
    pub linger: SimDuration,
    /// `buffer.memory`.
    pub buffer_memory_bytes: u64,
    /// `max.block.ms`.
    pub max_block: SimDuration,
    /// `request.timeout.ms`.
    pub request_timeout: SimDuration,
    /// `delivery.timeout.ms`; raised to what lingering and one request need if it wasn't set.
    pub delivery_timeout: SimDuration,
    /// `retry.backoff.ms` and `retry.backoff.max.ms`.
    pub retry_backoff: ExponentialBackoff,
    /// `reconnect.backoff.ms` and `reconnect.backoff.max.ms`.
    pub reconnect_backoff: ExponentialBackoff,
    /// `max.request.size`.
    pub max_request_size_bytes: u32,
    /// `compression.type`.
    pub compression: CompressionType,
    /// `partitioner.class`.
    pub partitioner: PartitionerClass,
    /// `partitioner.ignore.keys`.
    pub ignores_keys: bool,
    /// `partitioner.adaptive.partitioning.enable`.
    pub is_adaptive: bool,
    /// `metadata.max.age.ms`.
    pub metadata_max_age: SimDuration,
}

/// Who chooses the partition of a record that names none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartitionerClass {
    /// By the key's hash, or sticky without a key: no `partitioner.class`.
    BuiltIn,
    /// Every partition in turn, whatever the key. Kafka 4.3.1: `RoundRobinPartitioner`.
    RoundRobin,
}

impl ProducerConfig {
    /// Reads `properties`; what is not set has Kafka's default.
    ///
    /// Errors: what Kafka's constructor throws. Settings that this cluster has no use for
    /// (serializers, `bootstrap.servers`, security) are taken as they are.
    pub fn from_properties(properties: &Properties) -> Result<ProducerConfig, ClientException> {
        let values = Values::check(SettingsOf::Producer, properties)?;
        let acks = acks(&values);
        let partitioner = partitioner(&values)?;
        let is_idempotent = idempotence(&values, acks)?;
        let int_max = i64::from(i32::MAX);
        let linger_ms = values.number("linger.ms").min(int_max);
        let delivery_timeout_ms = values.number("delivery.timeout.ms");
        let needed_ms = (linger_ms + values.number("request.timeout.ms")).min(int_max);
        if delivery_timeout_ms < needed_ms && values.is_set("delivery.timeout.ms") {
            return Err(delivery_timeout_too_short());
        }
        Ok(ProducerConfig {
            acks,
            is_idempotent,
            transactional_id: values.set("transactional.id").map(str::to_owned),
            retries: values.count("retries"),
            max_in_flight: values.count(MAX_IN_FLIGHT),
            batch_size_bytes: values.count("batch.size").max(1),
            linger: milliseconds(linger_ms),
            buffer_memory_bytes: values.number("buffer.memory").unsigned_abs(),
            max_block: values.ms("max.block.ms"),
            request_timeout: values.ms("request.timeout.ms"),
            delivery_timeout: milliseconds(delivery_timeout_ms.max(needed_ms)),
            retry_backoff: values.retry_backoff(),
            reconnect_backoff: values.reconnect_backoff(),
            max_request_size_bytes: values.count("max.request.size"),
            compression: compression(&values),
            partitioner,
            ignores_keys: values.is("partitioner.ignore.keys"),
            is_adaptive: values.is("partitioner.adaptive.partitioning.enable"),
            metadata_max_age: values.ms("metadata.max.age.ms"),
            properties: properties.clone(),
        })
    }
}

fn milliseconds(ms: i64) -> SimDuration {
    SimDuration::from_millis(ms.unsigned_abs())
}

fn acks(values: &Values<'_>) -> Acks {
    match values.text("acks") {
        "0" => Acks::None,
        "1" => Acks::Leader,
        _ => Acks::All,
    }
}

fn compression(values: &Values<'_>) -> CompressionType {
    match values.text("compression.type") {
        "gzip" => CompressionType::Gzip,
        "snappy" => CompressionType::Snappy,
        "lz4" => CompressionType::Lz4,
        "zstd" => CompressionType::Zstd,
        _ => CompressionType::None,
    }
}

fn partitioner(values: &Values<'_>) -> Result<PartitionerClass, ClientException> {
    match values.set("partitioner.class") {
        None => Ok(PartitionerClass::BuiltIn),
        Some("org.apache.kafka.clients.producer.RoundRobinPartitioner") => {
            Ok(PartitionerClass::RoundRobin)
        }
        Some(class) => {
            let problem = format!("Class {class} could not be found.");
            Err(invalid("partitioner.class", class, &problem))
        }
    }
}

/// Whether the producer is idempotent in the end.
///
/// Kafka 4.3.1: `ProducerConfig#postProcessAndValidateIdempotenceConfigs`.
fn idempotence(values: &Values<'_>, acks: Acks) -> Result<bool, ClientException> {
    let is_explicit = values.is_set("enable.idempotence");
    let mut is_idempotent = values.is("enable.idempotence");
    let (retries, max_in_flight) = (values.number("retries"), values.number(MAX_IN_FLIGHT));
    if is_idempotent {
        if retries == 0 && is_explicit {
            return Err(conflict(
                "Must set retries to non-zero when using the idempotent producer.",
            ));
        }
        if acks != Acks::All && is_explicit {
            return Err(conflict(
                "Must set acks to all in order to use the idempotent producer. Otherwise we \
                 cannot guarantee idempotence.",
            ));
        }
        // Kafka asks this before the silent switch-off takes effect.
        if max_in_flight > MAX_IN_FLIGHT_FOR_IDEMPOTENCE {
            return Err(conflict(format!(
                "To use the idempotent producer, {MAX_IN_FLIGHT} must be set to at most \
                 {MAX_IN_FLIGHT_FOR_IDEMPOTENCE}. Current value is {max_in_flight}."
            )));
        }
        is_idempotent = retries != 0 && acks == Acks::All;
    }
    if !is_idempotent && values.is_set("transactional.id") {
        return Err(conflict(
            "Cannot set a transactional.id without also enabling idempotence.",
        ));
    }
    if values.is("transaction.two.phase.commit.enable") && values.is_set("transaction.timeout.ms") {
        return Err(conflict(
            "Cannot set transaction.timeout.ms when transaction.two.phase.commit.enable is set \
             to true. Transactions will not expire with two-phase commit enabled.",
        ));
    }
    Ok(is_idempotent)
}

fn conflict(message: impl Into<String>) -> ClientException {
    ClientException::new("ConfigException", message)
}

/// Kafka 4.3.1: `KafkaProducer#configureDeliveryTimeout`.
fn delivery_timeout_too_short() -> ClientException {
    let cause = conflict(
        "delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms",
    );
    ClientException::new("KafkaException", "Failed to construct kafka producer").caused_by(cause)
}

const MAX_IN_FLIGHT: &str = "max.in.flight.requests.per.connection";

/// As many batches per producer and partition as a broker remembers.
const MAX_IN_FLIGHT_FOR_IDEMPOTENCE: i64 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<ProducerConfig, ClientException> {
        let properties = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        ProducerConfig::from_properties(&properties)
    }

    fn refusal(settings: &[(&str, &str)]) -> String {
        read(settings).expect_err("a conflict").message
    }

    #[test]
    fn idempotence_is_on_by_default_and_gives_way_to_other_settings() {
        assert!(read(&[]).unwrap().is_idempotent);
        assert!(!read(&[("acks", "1")]).unwrap().is_idempotent);
        assert!(!read(&[("acks", "0")]).unwrap().is_idempotent);
        assert!(!read(&[("retries", "0")]).unwrap().is_idempotent);
        let six = [(MAX_IN_FLIGHT, "6"), ("enable.idempotence", "false")];
        assert!(!read(&six).unwrap().is_idempotent);
    }

    #[test]
    fn explicit_idempotence_that_conflicts_is_refused() {
        let on = ("enable.idempotence", "true");
        assert_eq!(
            refusal(&[on, ("retries", "0")]),
            "Must set retries to non-zero when using the idempotent producer."
        );
        assert_eq!(
            refusal(&[on, ("acks", "0")]),
            "Must set acks to all in order to use the idempotent producer. Otherwise we cannot \
             guarantee idempotence."
        );
    }

    #[test]
    fn six_in_flight_are_refused_even_where_idempotence_would_give_way() {
        let message = "To use the idempotent producer, max.in.flight.requests.per.connection must \
                       be set to at most 5. Current value is 6.";
        assert_eq!(refusal(&[(MAX_IN_FLIGHT, "6")]), message);
        assert_eq!(refusal(&[(MAX_IN_FLIGHT, "6"), ("acks", "1")]), message);
    }

    #[test]
    fn a_transactional_id_needs_idempotence() {
        let message = "Cannot set a transactional.id without also enabling idempotence.";
        for other in [
            ("enable.idempotence", "false"),
            ("acks", "1"),
            ("retries", "0"),
        ] {
            assert_eq!(refusal(&[("transactional.id", "t"), other]), message);
        }
    }

    #[test]
    fn a_delivery_timeout_leaves_time_for_lingering_and_one_request() {
        let error = read(&[("delivery.timeout.ms", "30004")]).expect_err("too short");
        assert_eq!(error.class, "KafkaException");
        assert_eq!(
            error.cause.map(|cause| cause.class),
            Some("ConfigException".to_owned())
        );
        assert!(read(&[("delivery.timeout.ms", "30005")]).is_ok());
        let raised = read(&[("linger.ms", "100000")]).unwrap().delivery_timeout;
        assert_eq!(raised, SimDuration::from_millis(130_000));
    }

    #[test]
    fn values_out_of_range_are_refused_in_kafkas_words() {
        assert_eq!(
            refusal(&[("acks", "ALL")]),
            "Invalid value ALL for configuration acks: String must be one of: all, -1, 0, 1"
        );
        assert_eq!(
            refusal(&[(MAX_IN_FLIGHT, "0")]),
            "Invalid value 0 for configuration max.in.flight.requests.per.connection: Value must \
             be at least 1"
        );
        assert_eq!(
            refusal(&[("transactional.id", "")]),
            "Invalid value  for configuration transactional.id: String must be non-empty"
        );
    }
}
