//! A cluster of one's own: brokers, racks, topics and settings in fields, and the scenario that
//! they come to.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::config::Properties;
use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::ids::{BrokerId, TopicName};
use highwater_engine::kafka::time::SimTime;
use highwater_engine::sim::command::Command;
use highwater_engine::sim::event::EventKind;
use highwater_engine::sim::scenario::{ClusterConfig, Scenario, TimedCommand, VERSION};
use highwater_engine::sim::workload::Workload;
use highwater_engine::sim::world::World;
use highwater_engine::sorted::SortedMap;

use super::{Form, Input, Refusal};
use crate::view::menu::Deed;
use crate::view::orders::{self, Complaint, SETTINGS};
use crate::view::scene::Scene;

/// The most brokers that the page offers.
const BROKERS_MAX: u32 = 12;
/// How many topics can be filled in.
const TOPICS: u32 = 3;
/// When the topics are created: the brokers are up by then.
const TOPICS_AT_MS: u64 = 2500;
/// When the clients start.
const CLIENTS_AT_MS: u64 = 2600;
/// By when Kafka has answered.
const ANSWERED_BY: SimTime = SimTime(CLIENTS_AT_MS * 1000);
/// The keys that the producers write.
const KEYS: [&str; 9] = [
    "alice", "bob", "grace", "dave", "frank", "heidi", "carol", "erin", "ivan",
];

impl Form {
    /// The form, filled in as the present cluster is.
    pub(super) fn cluster(&mut self, world: &World, scene: &Scene) {
        self.begin("Your cluster", "Start it");
        self.about = "Starts a new run in place of the present one.".to_owned();
        let cluster = world.cluster();
        let brokers = cluster.brokers.to_string();
        self.number("brokers", "", &brokers, "1 to 12");
        let racks: Vec<&str> = cluster
            .broker_ids()
            .map(|id| {
                let own = cluster.broker_config.get(&id);
                own.and_then(|own| own.get("broker.rack"))
                    .map_or("", String::as_str)
            })
            .collect();
        let racks = racks.join(", ");
        let racks = racks.trim_end_matches([',', ' ']);
        self.line(
            "broker.rack",
            "racks",
            racks,
            "One for each broker: a, b, c",
        );
        for number in 1..=TOPICS {
            self.topic_fields(number, scene);
        }
        let producers = scene.producers.len().to_string();
        self.number(
            "producers",
            "",
            &producers,
            "Each writes a record every 90 ms.",
        );
        let members: usize = scene.groups.iter().map(|group| group.members.len()).sum();
        self.number(
            "consumers",
            "",
            &members.to_string(),
            "All in the group billing.",
        );
        let settings = written(&cluster.config);
        let help = "Broker settings by their real names, as name=value, one a line.";
        self.field("settings", "broker settings", &settings, help, Input::Lines);
        let help = "What all chance comes from: the same number, the same run.";
        self.number("seed", "", "7", help);
    }

    /// The cluster as a scenario, if Kafka takes it.
    pub(super) fn built_cluster(&self) -> Result<Deed, Refusal> {
        let scenario = self.scenario()?;
        let text = scenario.to_json();
        let refused = |field: &str, words: String| (field.to_owned(), words);
        if let Err(error) = scenario.check() {
            let field = match error.place.as_str() {
                "cluster.brokers" => "brokers",
                "seed" => "seed",
                _ => "settings",
            };
            return Err(refused(field, error.reason));
        }
        let mut world = World::new(&scenario).map_err(|error| refused("settings", error.reason))?;
        let at = SimTime(TOPICS_AT_MS * 1000);
        while world.next_at().is_some_and(|next| next < at) {
            world.step();
        }
        let named = (1..=TOPICS).filter(|number| !self.value(&of("topic", *number)).is_empty());
        for (number, timed) in named.zip(&scenario.commands) {
            let at = at.max(world.now());
            if let Some((property, words)) = answer(&mut world, timed.command.clone(), at) {
                return Err(refused(&of(field_of(property), number), words));
            }
        }
        Ok(Deed::Play(text))
    }

    /// Name, partitions, factor and settings of a topic; the first is the one on the stage.
    fn topic_fields(&mut self, number: u32, scene: &Scene) {
        let first = scene.partitions.first().filter(|_| number == 1);
        let (name, partitions, factor) = first.map_or_else(
            || (String::new(), 3, 3),
            |first| {
                let count = scene.partitions.len() as u32;
                (scene.topic.clone(), count, first.replica_count)
            },
        );
        self.line(&of("topic", number), &format!("topic {number}"), &name, "");
        self.number(
            &of("partitions", number),
            "partitions",
            &partitions.to_string(),
            "",
        );
        self.number(
            &of("factor", number),
            "replication.factor",
            &factor.to_string(),
            "",
        );
        self.line(&of("settings", number), "settings", "", "");
        let start = self.fields.len() - 4;
        for (field, span) in self.fields[start..].iter_mut().zip([2, 2, 2, 6]) {
            field.span = span;
        }
        if number == 1 {
            self.fields[start + 3].default = "min.insync.replicas=2".to_owned();
        }
    }

    fn scenario(&self) -> Result<Scenario, Refusal> {
        let brokers: u32 = self.read("brokers")?;
        if !(1..=BROKERS_MAX).contains(&brokers) {
            let words = format!("This page draws 1 to {BROKERS_MAX} brokers.");
            return Err(("brokers".to_owned(), words));
        }
        let config =
            properties(self.value("settings")).map_err(|words| ("settings".to_owned(), words))?;
        let mut broker_config = SortedMap::new();
        for (id, rack) in (1..).zip(self.value("broker.rack").split(',').map(str::trim)) {
            if !rack.is_empty() {
                broker_config.insert(BrokerId(id), orders::settings([("broker.rack", rack)]));
            }
        }
        let mut commands = Vec::new();
        let mut first_topic = None;
        for number in 1..=TOPICS {
            if self.value(&of("topic", number)).is_empty() {
                continue;
            }
            let create = self.topic(number)?;
            if let ClientCall::CreateTopic { topic, .. } = &create {
                first_topic.get_or_insert(topic.clone());
            }
            commands.push(timed(TOPICS_AT_MS, orders::call("admin", create)));
        }
        if let Some(topic) = first_topic {
            self.clients(&topic, &mut commands)?;
        }
        Ok(Scenario {
            version: VERSION,
            name: "Your cluster".to_owned(),
            seed: self.read("seed")?,
            cluster: ClusterConfig {
                brokers,
                config,
                broker_config,
                ..ClusterConfig::default()
            },
            commands,
        })
    }

    fn topic(&self, number: u32) -> Result<ClientCall, Refusal> {
        let settings = of("settings", number);
        Ok(ClientCall::CreateTopic {
            topic: TopicName(self.value(&of("topic", number)).into()),
            partitions: Some(self.read(&of("partitions", number))?),
            replication_factor: Some(self.read(&of("factor", number))?),
            assignment: None,
            config: properties(self.value(&settings)).map_err(|words| (settings, words))?,
        })
    }

    fn clients(&self, topic: &TopicName, commands: &mut Vec<TimedCommand>) -> Result<(), Refusal> {
        let (producers, consumers): (u32, u32) = (self.read("producers")?, self.read("consumers")?);
        for number in 1..=producers.min(CLIENTS_MAX) {
            let name = format!("producer-{number}");
            let workload = Workload {
                topic: topic.clone(),
                keys: KEYS.map(str::to_owned).to_vec(),
                interval_ms: 90,
                count: None,
            };
            let add = Command::AddProducer {
                name: name.clone(),
                config: Properties::new(),
            };
            let write = Command::StartWorkload {
                producer: name,
                workload,
            };
            commands.extend([add, write].map(|command| timed(CLIENTS_AT_MS, command)));
        }
        for number in 1..=consumers.min(CLIENTS_MAX) {
            let config = orders::settings([
                ("group.id", "billing"),
                ("auto.offset.reset", "earliest"),
                ("auto.commit.interval.ms", "1000"),
            ]);
            let name = format!("consumer-{number}");
            let joins = orders::consume(&name, config, topic.as_str());
            commands.extend(
                joins
                    .into_iter()
                    .map(|command| timed(CLIENTS_AT_MS, command)),
            );
        }
        Ok(())
    }
}

/// The most clients of a kind that the page starts by itself.
const CLIENTS_MAX: u32 = 12;

/// The name of a topic's field.
fn of(field: &str, number: u32) -> String {
    format!("{field}-{number}")
}

/// The field of a topic for a property.
fn field_of(property: &str) -> &'static str {
    match property {
        "replication.factor" => "factor",
        "partitions" => "partitions",
        SETTINGS => "settings",
        _ => "topic",
    }
}

fn timed(at_ms: u64, command: Command) -> TimedCommand {
    TimedCommand {
        at_ms,
        plus_us: 0,
        after_step: None,
        command,
    }
}

/// Gives a command and waits for what Kafka says against it.
fn answer(world: &mut World, command: Command, at: SimTime) -> Option<Complaint> {
    let applied = match world.apply(command, at) {
        Ok(applied) => applied,
        Err(rejected) => return Some(orders::rejection(&rejected)),
    };
    let awaited = applied.call?;
    while world.next_at().is_some_and(|at| at < ANSWERED_BY) {
        for event in world.step()?.events {
            if let EventKind::Kafka(KafkaEvent::CallReturned { call, result }) = event.kind
                && call == awaited
            {
                return orders::complaint_of(result);
            }
        }
    }
    None
}

/// Properties from `name=value`, one a line or separated by blanks.
///
/// Errors: which line is none.
pub(super) fn properties(text: &str) -> Result<Properties, String> {
    let mut all = Properties::new();
    for line in text.split_whitespace() {
        let Some((name, value)) = line.split_once('=') else {
            return Err(format!("“{line}” is not name=value."));
        };
        all.insert(name.trim().to_owned(), value.trim().to_owned());
    }
    Ok(all)
}

/// Properties as lines.
fn written(properties: &Properties) -> String {
    let mut text = String::new();
    for (name, value) in properties {
        text.push_str(name);
        text.push('=');
        text.push_str(value);
        text.push('\n');
    }
    text
}
