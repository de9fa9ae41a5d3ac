//! What a setting is now, and what Kafka would say to another value.

use super::*;
use crate::kafka::client::call::ProducerRecord;
use crate::kafka::client::producer::partition_of;
use crate::kafka::config::Properties;
use crate::kafka::config::catalogue::SettingsOf;
use crate::kafka::config::consumer::ConsumerConfig;
use crate::kafka::config::producer::ProducerConfig;
use crate::kafka::config::topic::{ConfigSource, TopicSettings};
use crate::kafka::event::ChosenBy;
use crate::kafka::ids::PartitionId;
use crate::kafka::message::IncrementalAlterConfigsRequest;
use crate::kafka::metadata::ConfigResource;

impl World {
    /// The value of a setting as the controller knows it, and where it comes from.
    pub fn setting(&self, of: &ConfigResource, name: &str) -> Option<(String, ConfigSource)> {
        let controller = self.controller();
        let image = controller.image();
        let set = |resource: &ConfigResource, source| {
            let value = image.config(resource)?.get(name)?;
            Some((value.clone(), source))
        };
        let on_brokers = |file: &Properties| {
            let of_all = set(
                &ConfigResource::Cluster,
                ConfigSource::DynamicDefaultBrokerConfig,
            );
            let in_file = || Some((file.get(name)?.clone(), ConfigSource::StaticBrokerConfig));
            let default = || {
                let text = SettingsOf::Broker.find(name)?.default.to_owned();
                Some((text, ConfigSource::DefaultConfig))
            };
            of_all.or_else(in_file).or_else(default)
        };
        match of {
            ConfigResource::Topic(topic) => {
                TopicSettings::of(image, topic, None, controller.config()).value(name)
            }
            ConfigResource::Broker(id) => set(of, ConfigSource::DynamicBrokerConfig)
                .or_else(|| on_brokers(&self.broker(*id)?.config().properties)),
            ConfigResource::Cluster => on_brokers(&controller.config().properties),
            ConfigResource::Group(_) => set(of, ConfigSource::DynamicGroupConfig).or_else(|| {
                let text = SettingsOf::Group.find(name)?.default.to_owned();
                Some((text, ConfigSource::DefaultConfig))
            }),
        }
    }

    /// The value of a client's setting, and whether it was set: otherwise it is the default.
    pub fn client_setting(&self, client: ClientId, name: &str) -> Option<(String, bool)> {
        let (of, properties) = match &self.machine(NodeId::Client(client))?.process {
            Process::Producer(it) => (SettingsOf::Producer, &it.config().properties),
            Process::Consumer(it) => (SettingsOf::Consumer, &it.config().properties),
            _ => return None,
        };
        match properties.get(name) {
            Some(text) => Some((text.clone(), true)),
            None => Some((of.find(name)?.default.to_owned(), false)),
        }
    }

    /// What would choose the partition of a record among `count`, were a client to send it now, and
    /// which one it is where the record alone decides. Without a client: one with Kafka's defaults.
    pub fn partition_of(
        &self,
        client: Option<ClientId>,
        record: &ProducerRecord,
        count: u32,
    ) -> Option<(ChosenBy, Option<PartitionId>)> {
        let machine = client.and_then(|client| self.machine(NodeId::Client(client)));
        let config = match machine.map(|machine| &machine.process) {
            Some(Process::Producer(producer)) => producer.config().clone(),
            _ => ProducerConfig::from_properties(&Properties::new()).ok()?,
        };
        Some(partition_of(&config, record, count))
    }

    /// What Kafka would say against a new value (none: the default again), were it set now.
    #[inline(never)]
    pub fn setting_refusal(
        &self,
        of: &ConfigResource,
        name: &str,
        value: Option<&str>,
    ) -> Option<String> {
        let mut request = IncrementalAlterConfigsRequest {
            resource: of.clone(),
            set: Properties::new(),
            delete: Vec::new(),
        };
        match value {
            Some(value) => drop(request.set.insert(name.to_owned(), value.to_owned())),
            None => request.delete.push(name.to_owned()),
        }
        self.controller().config_refusal(&request)
    }
}

/// What the constructor of a producer or consumer would throw with these settings.
pub fn client_refusal(of: SettingsOf, config: &Properties) -> Option<String> {
    let exception = match of {
        SettingsOf::Producer => ProducerConfig::from_properties(config).err(),
        SettingsOf::Consumer => ConsumerConfig::from_properties(config).err(),
        _ => None,
    };
    exception.map(|exception| exception.to_string())
}
