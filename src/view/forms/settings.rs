//! Settings by their real names: what each is now, its default, its range, what it decides, and the
//! commands that change it.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::config::Properties;
use highwater_engine::kafka::config::catalogue::SettingsOf;
use highwater_engine::kafka::config::setting::{Kind, Setting};
use highwater_engine::kafka::config::topic::ConfigSource;
use highwater_engine::kafka::ids::{BrokerId, ClientId, NodeId, TopicName};
use highwater_engine::kafka::metadata::ConfigResource;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::machine::Process;
use highwater_engine::sim::world::World;

use super::{Field, Form, FormKind, Input, Refusal, client_name};
use crate::view::orders;
use crate::view::scene::Scene;

impl Form {
    pub(super) fn settings(&mut self, world: &World, scene: &Scene) {
        let restart = "Kafka reads a client’s settings when it starts: this closes it and starts \
            another with these.";
        let changed = "Leave a field empty for the default. What can’t be changed while the \
            cluster runs, Kafka says.";
        let (of, title, about) = match self.kind {
            FormKind::BrokerSettings(id) => (
                SettingsOf::Broker,
                format!("Settings of broker {id}"),
                changed,
            ),
            FormKind::ClusterSettings => (
                SettingsOf::Broker,
                "Settings of all brokers".to_owned(),
                changed,
            ),
            FormKind::ClientSettings(id) => {
                let name = client_name(world, id).unwrap_or_default();
                (kind_of(world, id), format!("Settings of {name}"), restart)
            }
            _ => (
                SettingsOf::Topic,
                format!("Settings of {}", scene.topic),
                "Leave a field empty for the default.",
            ),
        };
        self.begin(title, "Change");
        about.clone_into(&mut self.about);
        let listed = of.listed();
        // What was changed stands first.
        for is_changed in [true, false] {
            for (name, setting) in &listed {
                let value = self.present(world, scene, name);
                if value.is_own == is_changed {
                    self.setting(name, setting, value);
                }
            }
        }
    }

    fn setting(&mut self, name: &str, setting: &Setting, value: Present) {
        let mut help = vec![["default ", &default_words(name, setting)].concat()];
        let range = setting.range(name);
        if !range.is_empty() {
            help.push(range);
        }
        let mut help = help.join("; ");
        if !value.is_own && value.text != setting.default {
            help = format!("{} by the brokers; {help}", value.text);
        }
        let (own, default) = if value.is_own {
            (value.text, setting.default.to_owned())
        } else {
            (String::new(), value.text)
        };
        self.fields.push(Field {
            name: name.to_owned(),
            help: format!("{help}. {}", setting.about),
            input: match setting.kind {
                Kind::Bool | Kind::OneOf(_) | Kind::AnyCase(_) => {
                    let mut choices = vec![(String::new(), format!("default: {default}"))];
                    let words = setting.words().iter();
                    choices.extend(words.map(|word| ((*word).to_owned(), (*word).to_owned())));
                    Input::Choice(choices)
                }
                _ => Input::Line,
            },
            is_changed: value.is_own,
            value: own,
            default,
            ..Field::default()
        });
    }

    /// A setting as it is now.
    fn present(&self, world: &World, scene: &Scene, name: &str) -> Present {
        if let FormKind::ClientSettings(id) = self.kind {
            let setting = world.client_setting(ClientId(id), name);
            let (text, is_own) = setting.unwrap_or_default();
            return Present { text, is_own };
        }
        let Some((text, source)) = world.setting(&self.resource(scene), name) else {
            return Present::default();
        };
        let own = match self.kind {
            FormKind::BrokerSettings(_) => ConfigSource::DynamicBrokerConfig,
            FormKind::ClusterSettings => ConfigSource::DynamicDefaultBrokerConfig,
            _ => ConfigSource::DynamicTopicConfig,
        };
        Present {
            is_own: source == own,
            text,
        }
    }

    fn resource(&self, scene: &Scene) -> ConfigResource {
        match self.kind {
            FormKind::BrokerSettings(id) => ConfigResource::Broker(BrokerId(id)),
            FormKind::ClusterSettings => ConfigResource::Cluster,
            _ => ConfigResource::Topic(TopicName(scene.topic.as_str().into())),
        }
    }

    /// The commands that bring the settings to what the form says; none if nothing is changed.
    pub(super) fn changed_settings(
        &self,
        world: &World,
        scene: &Scene,
    ) -> Result<Vec<Command>, Refusal> {
        let before = Form::new(self.kind, world, scene, None);
        let changed = self.fields.iter().zip(&before.fields);
        let changed = changed.filter(|(now, before)| now.value.trim() != before.value);
        let (mut set, mut delete) = (Properties::new(), Vec::new());
        for (field, _) in changed {
            match field.value.trim() {
                "" => delete.push(field.name.clone()),
                value => drop(set.insert(field.name.clone(), value.to_owned())),
            }
        }
        if set.is_empty() && delete.is_empty() {
            return Ok(Vec::new());
        }
        if let FormKind::ClientSettings(id) = self.kind {
            return Ok(restarted(world, scene, ClientId(id), set, &delete));
        }
        let resource = self.resource(scene);
        let alter = ClientCall::AlterConfig {
            resource,
            set,
            delete,
        };
        Ok(vec![orders::call("admin", alter)])
    }
}

/// A setting as it is now.
#[derive(Default)]
struct Present {
    text: String,
    /// Whether it was set for this very resource.
    is_own: bool,
}

/// The default of a setting under its name. What a broker measures in milliseconds as well as in
/// hours has its default in hours.
fn default_words(name: &str, setting: &Setting) -> String {
    let in_hours = setting.synonyms.last().filter(|(_, factor)| *factor > 1);
    let ms: Option<i64> = setting.default.parse().ok();
    match (in_hours, ms) {
        (Some((longer, factor)), Some(ms)) if name != setting.name => {
            format!("null, so {longer}={} holds", ms / factor)
        }
        _ if name == "client.id" => "\"\"".to_owned(),
        _ => or_none(setting.default).to_owned(),
    }
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn kind_of(world: &World, client: u32) -> SettingsOf {
    let machine = world.machine(NodeId::Client(ClientId(client)));
    match machine.map(|machine| &machine.process) {
        Some(Process::Producer(_)) => SettingsOf::Producer,
        _ => SettingsOf::Consumer,
    }
}

/// Closes a client and starts another of its kind with changed settings, which does what it did.
fn restarted(
    world: &World,
    scene: &Scene,
    client: ClientId,
    set: Properties,
    delete: &[String],
) -> Vec<Command> {
    let Some(machine) = world.machine(NodeId::Client(client)) else {
        return Vec::new();
    };
    let former = world.client_name(client).unwrap_or_default();
    let name = orders::free_name(world, former);
    let mut config = match &machine.process {
        Process::Producer(producer) => producer.config().properties.clone(),
        Process::Consumer(consumer) => consumer.config().properties.clone(),
        _ => return Vec::new(),
    };
    config.extend(set);
    config.retain(|name, _| !delete.contains(name));
    let close = orders::call(former, ClientCall::Close);
    // The new one first: if Kafka refuses its settings, the old one stays.
    if !matches!(machine.process, Process::Producer(_)) {
        let mut commands = orders::consume(&name, config, &scene.topic);
        commands.push(close);
        return commands;
    }
    let mut commands = vec![Command::AddProducer {
        name: name.clone(),
        config,
    }];
    if let Some(workload) = world.workload(client) {
        commands.push(Command::StopWorkload {
            producer: former.to_owned(),
        });
        commands.push(Command::StartWorkload {
            producer: name,
            workload: workload.clone(),
        });
    }
    commands.push(close);
    commands
}
