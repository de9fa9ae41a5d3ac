//! A producer's settings.
//!
//! Kafka 4.3.1: `ProducerConfig`, `ProducerConfig#postProcessAndValidateIdempotenceConfigs`.

use serde::{Deserialize, Serialize};

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::{ConfigReader, Properties, invalid};
use crate::kafka::message::Acks;
use crate::kafka::record::CompressionType;
use crate::kafka::time::SimDuration;

/// A producer's settings, typed and checked against each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProducerConfig {
    /// `acks`.
    pub acks: Acks,
    /// `enable.idempotence`, as it came out of the check.
    pub is_idempotent: bool,
    /// `retries`.
    pub retries: u32,
    /// `max.in.flight.requests.per.connection`.
    pub max_in_flight_requests: usize,
    /// `batch.size`, in bytes.
    pub batch_size: u32,
    /// `linger.ms`.
    pub linger: SimDuration,
    /// `buffer.memory`, in bytes.
    pub buffer_memory: u64,
    /// `max.block.ms`.
    pub max_block: SimDuration,
    /// `request.timeout.ms`.
    pub request_timeout: SimDuration,
    /// `delivery.timeout.ms`, raised to linger plus request timeout where that is more.
    pub delivery_timeout: SimDuration,
    /// `retry.backoff.ms`.
    pub retry_backoff: SimDuration,
    /// `retry.backoff.max.ms`.
    pub retry_backoff_max: SimDuration,
    /// `reconnect.backoff.ms`.
    pub reconnect_backoff: SimDuration,
    /// `reconnect.backoff.max.ms`.
    pub reconnect_backoff_max: SimDuration,
    /// `max.request.size`, in bytes.
    pub max_request_size: u64,
    /// `compression.type`.
    pub compression: CompressionType,
    /// `partitioner.ignore.keys`.
    pub ignores_keys: bool,
    /// `metadata.max.age.ms`.
    pub metadata_max_age: SimDuration,
}

impl ProducerConfig {
    /// Reads `properties`; what is not set has Kafka's default.
    ///
    /// Errors: what Kafka's constructor throws.
    pub fn from_properties(properties: &Properties) -> Result<ProducerConfig, ClientException> {
        let reader = ConfigReader::new(properties);
        let ms = |name, default| {
            reader
                .long_at_least(name, default, 0)
                .map(|ms| SimDuration::from_millis(ms as u64))
        };
        let int = |name, default, min| reader.int_at_least(name, default, min);
        let acks = match reader.one_of("acks", "all", &["all", "-1", "0", "1"])? {
            "0" => Acks::None,
            "1" => Acks::Leader,
            _ => Acks::All,
        };
        let mut config = ProducerConfig {
            acks,
            is_idempotent: reader.bool("enable.idempotence", true)?,
            retries: int("retries", i64::from(i32::MAX), 0)? as u32,
            max_in_flight_requests: int("max.in.flight.requests.per.connection", 5, 1)? as usize,
            batch_size: int("batch.size", 16_384, 0)?.max(1) as u32,
            linger: ms("linger.ms", 5)?,
            buffer_memory: reader.long_at_least("buffer.memory", 32 << 20, 0)? as u64,
            max_block: ms("max.block.ms", 60_000)?,
            request_timeout: ms("request.timeout.ms", 30_000)?,
            delivery_timeout: ms("delivery.timeout.ms", 120_000)?,
            retry_backoff: ms("retry.backoff.ms", 100)?,
            retry_backoff_max: ms("retry.backoff.max.ms", 1000)?,
            reconnect_backoff: ms("reconnect.backoff.ms", 50)?,
            reconnect_backoff_max: ms("reconnect.backoff.max.ms", 1000)?,
            max_request_size: int("max.request.size", 1 << 20, 0)? as u64,
            compression: compression(&reader)?,
            ignores_keys: reader.bool("partitioner.ignore.keys", false)?,
            metadata_max_age: ms("metadata.max.age.ms", 300_000)?,
        };
        config.check_transactional_id(&reader)?;
        config.settle_idempotence(&reader)?;
        config.settle_delivery_timeout(&reader)?;
        Ok(config)
    }

    fn check_transactional_id(&self, reader: &ConfigReader<'_>) -> Result<(), ClientException> {
        match reader.text("transactional.id") {
            Some("") => Err(invalid("transactional.id", "", "String must be non-empty")),
            _ => Ok(()),
        }
    }

    /// Idempotence that was asked for must be possible; idempotence by default yields, but only
    /// after the check of the requests in flight.
    fn settle_idempotence(&mut self, reader: &ConfigReader<'_>) -> Result<(), ClientException> {
        let fail = |message: &str| Err(ClientException::new("ConfigException", message));
        let is_asked_for = reader.is_set("enable.idempotence");
        if self.is_idempotent {
            let in_flight = self.max_in_flight_requests;
            if self.retries == 0 && is_asked_for {
                return fail("Must set retries to non-zero when using the idempotent producer.");
            }
            if self.acks != Acks::All && is_asked_for {
                return fail(
                    "Must set acks to all in order to use the idempotent producer. \
                     Otherwise we cannot guarantee idempotence.",
                );
            }
            if in_flight > 5 {
                return fail(&format!(
                    "To use the idempotent producer, max.in.flight.requests.per.connection \
                     must be set to at most 5. Current value is {in_flight}."
                ));
            }
            self.is_idempotent = self.retries > 0 && self.acks == Acks::All;
        }
        if !self.is_idempotent && reader.is_set("transactional.id") {
            return fail("Cannot set a transactional.id without also enabling idempotence.");
        }
        Ok(())
    }

    fn settle_delivery_timeout(
        &mut self,
        reader: &ConfigReader<'_>,
    ) -> Result<(), ClientException> {
        let least = self.linger + self.request_timeout;
        if self.delivery_timeout < least {
            if reader.is_set("delivery.timeout.ms") {
                let message = "delivery.timeout.ms should be equal to or larger than linger.ms + \
                               request.timeout.ms";
                let cause = ClientException::new("ConfigException", message);
                let text = "Failed to construct kafka producer";
                return Err(ClientException::new("KafkaException", text).caused_by(cause));
            }
            self.delivery_timeout = least;
        }
        Ok(())
    }
}

fn compression(reader: &ConfigReader<'_>) -> Result<CompressionType, ClientException> {
    let name = "compression.type";
    match reader.one_of(name, "none", &["none", "gzip", "snappy", "lz4", "zstd"])? {
        "none" => Ok(CompressionType::None),
        codec => {
            let message = format!("Highwater does not compress yet: {name}={codec}");
            Err(ClientException::new(
                "UnsupportedOperationException",
                message,
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<ProducerConfig, ClientException> {
        let properties = settings
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        ProducerConfig::from_properties(&properties)
    }

    #[test]
    fn idempotence_by_default_yields_to_acks_and_retries() {
        assert_eq!(read(&[]).map(|config| config.is_idempotent), Ok(true));
        assert_eq!(
            read(&[("acks", "1")]).map(|config| config.is_idempotent),
            Ok(false)
        );
        assert_eq!(
            read(&[("retries", "0")]).map(|config| config.is_idempotent),
            Ok(false)
        );
    }

    #[test]
    fn six_requests_in_flight_are_refused_even_where_idempotence_would_have_yielded() {
        let in_flight = ("max.in.flight.requests.per.connection", "6");
        assert!(read(&[in_flight, ("acks", "1")]).is_err());
        assert!(read(&[in_flight, ("enable.idempotence", "false")]).is_ok());
    }

    #[test]
    fn a_delivery_timeout_by_default_is_raised_and_one_that_was_set_is_refused() {
        let raised = read(&[("request.timeout.ms", "130000")]).map(|c| c.delivery_timeout);
        assert_eq!(raised, Ok(SimDuration::from_millis(130_005)));
        assert!(read(&[("delivery.timeout.ms", "30004")]).is_err());
        assert!(read(&[("delivery.timeout.ms", "30005")]).is_ok());
    }
}
