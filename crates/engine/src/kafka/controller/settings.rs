//! Settings of topics, brokers, the cluster and groups in the metadata.
//!
//! Kafka 4.3.1: `ConfigurationControlManager`, `ControllerConfigurationValidator`.

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::catalogue::SettingsOf;
use crate::kafka::config::{Properties, broker, group, topic};
use crate::kafka::controller::decision::Decision;
use crate::kafka::controller::{Controller, topic_name};
use crate::kafka::error_code::ErrorCode;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{EventId, PartitionEpoch, TopicName};
use crate::kafka::message::{
    ApiError, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse,
};
use crate::kafka::metadata::{ConfigResource, MetadataRecord, PartitionRegistration};
use crate::kafka::node::Context;

const MIN_IN_SYNC_REPLICAS: &str = "min.insync.replicas";

/// The longest value of a setting.
const MAX_VALUE_LENGTH: usize = i16::MAX as usize;

/// A setting's name and its new value; none deletes it.
type Change = (String, Option<String>);

impl Controller {
    /// Sets and deletes settings of one resource: all of them or, if one is no good, none.
    ///
    /// Kafka 4.3.1: `ConfigurationControlManager#incrementalAlterConfigs`.
    #[inline(never)]
    pub(super) fn incremental_alter_configs(
        &mut self,
        request: &IncrementalAlterConfigsRequest,
        cx: &mut Context<'_>,
    ) -> IncrementalAlterConfigsResponse {
        let resource = &request.resource;
        let changes = match self.decide_config_changes(request) {
            Ok(changes) => changes,
            Err(error) => return IncrementalAlterConfigsResponse { error: Some(error) },
        };
        let mut min_isr_changed: Option<EventId> = None;
        for (name, value) in changes {
            let changed = cx.emit(KafkaEvent::ConfigChanged {
                resource: resource.clone(),
                name: name.clone(),
                value: value.clone(),
            });
            if name == MIN_IN_SYNC_REPLICAS {
                min_isr_changed = Some(changed);
            }
            let record = MetadataRecord::Config {
                resource: resource.clone(),
                name,
                value,
            };
            self.commit(vec![Decision::of(record)], Some(changed), cx);
        }
        if min_isr_changed.is_some() && self.config.is_eligible_leader_replicas_enabled {
            let decisions = self.decide_clear_elrs(resource);
            self.commit(decisions, min_isr_changed, cx);
        }
        IncrementalAlterConfigsResponse { error: None }
    }

    /// Checks a new topic's own settings.
    pub(super) fn validate_topic_config(
        &self,
        topic: &TopicName,
        config: &Properties,
    ) -> Result<(), ApiError> {
        if config.is_empty() {
            return Ok(());
        }
        validate_value_lengths(config.values())?;
        let resource = ConfigResource::Topic(topic.clone());
        self.validate_resource(&resource, config)
    }

    /// What Kafka would say against such a change, were it asked for now.
    pub fn config_refusal(&self, request: &IncrementalAlterConfigsRequest) -> Option<String> {
        let error = self.decide_config_changes(request).err()?;
        Some(error.message.unwrap_or_else(|| error.code.message().into()))
    }

    /// Kafka 4.3.1: `ConfigurationControlManager#incrementalAlterConfigResource`.
    fn decide_config_changes(
        &self,
        request: &IncrementalAlterConfigsRequest,
    ) -> Result<Vec<Change>, ApiError> {
        let resource = &request.resource;
        let present = self.image.config(resource).cloned().unwrap_or_default();
        let is_broker = matches!(
            resource,
            ConfigResource::Broker(_) | ConfigResource::Cluster
        );
        let set = request.set.iter();
        let set = set.map(|(name, value)| (name.clone(), Some(value.clone())));
        let deleted = request.delete.iter().map(|name| (name.clone(), None));
        let changes: Vec<Change> = set
            .chain(deleted)
            .filter(|(name, value)| is_broker || present.get(name) != value.as_ref())
            .collect();
        let mut all = present;
        for (name, value) in &changes {
            self.validate_min_isr_change(resource, name, value.as_deref())?;
            match value {
                Some(value) => all.insert(name.clone(), value.clone()),
                None => all.remove(name),
            };
        }
        validate_value_lengths(changes.iter().filter_map(|(_, value)| value.as_ref()))?;
        self.validate_resource(resource, &all)?;
        self.validate_existence(resource)?;
        Ok(changes)
    }

    /// While replicas below the minimum are kept as eligible leaders, the controller must know
    /// the minimum: it can't differ by broker or be left to the brokers' files.
    ///
    /// Kafka 4.3.1: `ConfigurationControlManager#isDisallowedBrokerMinIsrTransition`,
    /// `#isDisallowedClusterMinIsrTransition`.
    fn validate_min_isr_change(
        &self,
        resource: &ConfigResource,
        name: &str,
        value: Option<&str>,
    ) -> Result<(), ApiError> {
        if name != MIN_IN_SYNC_REPLICAS || !self.config.is_eligible_leader_replicas_enabled {
            return Ok(());
        }
        let problem = match (resource, value) {
            (ConfigResource::Broker(_), _) => {
                "Broker-level min.insync.replicas cannot be altered while ELR is enabled."
            }
            (ConfigResource::Cluster, None) => {
                "Cluster-level min.insync.replicas cannot be removed while ELR is enabled."
            }
            _ => return Ok(()),
        };
        Err(invalid_config(problem))
    }

    /// Kafka 4.3.1: `ControllerConfigurationValidator#validate`; for brokers
    /// `DynamicBrokerConfig#validate`, which runs on the broker that forwards the request.
    fn validate_resource(
        &self,
        resource: &ConfigResource,
        all: &Properties,
    ) -> Result<(), ApiError> {
        let refused = |complaint: ClientException| invalid_config(complaint.message);
        match resource {
            ConfigResource::Topic(name) => {
                topic_name::validate(name.as_str()).map_err(|message| ApiError {
                    code: ErrorCode::InvalidTopicException,
                    message: Some(message),
                })?;
                topic::validate(all, &self.config).map_err(refused)
            }
            ConfigResource::Broker(_) | ConfigResource::Cluster => validate_broker(all),
            ConfigResource::Group(name) if name.is_empty() => Err(ApiError {
                code: ErrorCode::InvalidRequest,
                message: Some("Default group resources are not allowed.".to_owned()),
            }),
            ConfigResource::Group(_) => group::validate(all).map_err(refused),
        }
    }

    /// Kafka 4.3.1: `QuorumController.ConfigResourceExistenceChecker`.
    fn validate_existence(&self, resource: &ConfigResource) -> Result<(), ApiError> {
        let (code, message) = match resource {
            ConfigResource::Topic(name) if !self.image.topics.contains_key(name) => (
                ErrorCode::UnknownTopicOrPartition,
                format!("The topic '{name}' does not exist."),
            ),
            ConfigResource::Broker(id) if !self.image.brokers.contains_key(id) => (
                ErrorCode::BrokerIdNotRegistered,
                format!("No node with id {id} found."),
            ),
            _ => return Ok(()),
        };
        let message = Some(message);
        Err(ApiError { code, message })
    }

    /// With another `min.insync.replicas` nobody knows any more who was left out below it.
    ///
    /// Kafka 4.3.1: `ConfigurationControlManager#createClearElrRecordsAsNeeded`.
    /// Simplified: a change of each partition instead of one `ClearElrRecord`.
    fn decide_clear_elrs(&self, resource: &ConfigResource) -> Vec<Decision> {
        let concerned = self.image.partitions().filter(|(partition, registration)| {
            let is_of_topic = match resource {
                ConfigResource::Topic(topic) => *topic == partition.topic,
                _ => true,
            };
            is_of_topic && !(registration.elr.is_empty() && registration.last_known_elr.is_empty())
        });
        concerned
            .map(|(partition, before)| {
                let registration = PartitionRegistration {
                    elr: Vec::new(),
                    last_known_elr: Vec::new(),
                    partition_epoch: PartitionEpoch(before.partition_epoch.0.saturating_add(1)),
                    ..before.clone()
                };
                Decision::of(MetadataRecord::PartitionChange {
                    partition,
                    registration,
                })
            })
            .collect()
    }
}

/// A running broker takes new values of some settings only.
///
/// Kafka 4.3.1: `ConfigAdminManager#validateBrokerConfigChange`,
/// `DynamicBrokerConfig#validateConfigs`. Simplified: settings that the simulation doesn't know
/// count as an application's own, which may always be changed.
#[inline(never)]
fn validate_broker(all: &Properties) -> Result<(), ApiError> {
    let of = SettingsOf::Broker;
    let fixed: Vec<&str> = all
        .keys()
        .map(String::as_str)
        .filter(|name| !of.is_dynamic(name))
        .collect();
    let problem = if fixed.is_empty() {
        broker::checked(all).err().map(|refusal| refusal.message)
    } else {
        let names = fixed.join(", ");
        Some(format!(
            "Cannot update these configs dynamically: [{names}]"
        ))
    };
    problem.map_or(Ok(()), |message| {
        Err(ApiError {
            code: ErrorCode::InvalidRequest,
            message: Some(message),
        })
    })
}

fn validate_value_lengths<'a>(
    mut values: impl Iterator<Item = &'a String>,
) -> Result<(), ApiError> {
    if values.any(|value| value.len() > MAX_VALUE_LENGTH) {
        return Err(invalid_config(format!(
            "The configuration value cannot be added because it exceeds the maximum value size \
             of {MAX_VALUE_LENGTH} bytes."
        )));
    }
    Ok(())
}

fn invalid_config(message: impl Into<String>) -> ApiError {
    ApiError {
        code: ErrorCode::InvalidConfig,
        message: Some(message.into()),
    }
}
