//! Forms as tables of fields: what a person fills in, and the deed that comes of it.
//!
//! A form is a value: made from the world, filled from the page, refused with a complaint beside
//! the field, or turned into a deed. One painter puts any form on the page.

mod avro;
mod batch;
mod cluster;
mod log;
mod markup;
mod record;
mod settings;

use bytes::Bytes;
use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::ids::{BrokerId, ClientId, TopicName};
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::world::World;

pub use self::avro::{Answer, Question};
use crate::view::export::Saved;
use crate::view::menu::Deed;
use crate::view::orders;
use crate::view::scene::Scene;
use crate::view::thing::End;

/// What a form is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FormKind {
    /// A record, for a partition if one is named, with a client of that number if one is named.
    Record(Option<u32>, Option<u32>),
    /// Another consumer.
    #[default]
    Consumer,
    /// More partitions for the topic.
    Partitions,
    /// Records of a partition below an offset.
    DeleteRecords(u32, u64),
    /// A topic of its own.
    Topic,
    /// A producer.
    Producer,
    /// The topic's settings.
    TopicSettings,
    /// A broker's settings.
    BrokerSettings(u32),
    /// The settings of all brokers.
    ClusterSettings,
    /// A client's settings.
    ClientSettings(u32),
    /// How slow a link is.
    Slow(End, End),
    /// A cluster of one's own.
    Cluster,
    /// Two Avro schemas.
    Schemas,
    /// A run that was saved.
    Import,
    /// The segments of a replica's log: its partition and its broker.
    Log(u32, u32),
    /// The bytes of the batch that holds a record: its partition, a broker that has it, its offset.
    Bytes(u32, u32, u64),
}

impl FormKind {
    /// Whether it shows what happens while time runs, in place of waiting to be filled in.
    pub fn is_live(self) -> bool {
        matches!(self, FormKind::Log(..))
    }
}

/// How a field is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// With a line of text.
    #[default]
    Line,
    /// With a number.
    Number,
    /// With one of these values, each with its words.
    Choice(Vec<(String, String)>),
    /// With a text, in which Enter sends the form.
    Text,
    /// With many lines.
    Lines,
    /// With a file, whose text goes into the field after it.
    File,
    /// With one of the pieces of a batch of these bytes.
    Piece(Bytes),
    /// Not at all: a picture in markup of our own.
    Picture(String),
    /// Not at all: what follows from the other fields, in markup of our own.
    Preview(String),
}

/// A field.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Field {
    /// Tells it from others; a setting's real name.
    pub name: String,
    /// Its words; its name if they are empty.
    pub label: String,
    /// What stands in it.
    pub value: String,
    /// What holds while it is empty.
    pub default: String,
    /// What a person should know about it.
    pub help: String,
    /// How it is filled in.
    pub input: Input,
    /// What is wrong with it.
    pub error: String,
    /// Whether it had a value of its own when the form opened.
    pub is_changed: bool,
    /// How many of six columns it takes; all of them if 0.
    pub span: u8,
    /// The choice with which it is shown; always if empty.
    pub when: &'static str,
}

/// A form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// What it is for.
    pub kind: FormKind,
    /// Its title.
    pub title: String,
    /// What is written on the button that sends it; nothing where there is nothing to send.
    pub verb: &'static str,
    /// What a person should know about it as a whole.
    pub about: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// From which of them on they are folded, if some are.
    pub folded_from: usize,
    /// Whether those were changed: then one sees them.
    is_unfolded: bool,
    /// What can be saved from it as a file, and the words for that.
    pub saves: Option<(&'static str, Saved)>,
    /// What the Avro library was asked last.
    asked: Question,
    /// Its answer; empty until it comes.
    answer: Answer,
}

/// Why a form was not carried out: the name of the field and what is wrong with it.
pub type Refusal = (String, String);

impl Form {
    /// A form as it opens. What stood in fields of these names at `last` stands there again.
    pub fn new(kind: FormKind, world: &World, scene: &Scene, last: Option<&Form>) -> Form {
        let mut form = Form {
            kind,
            ..Form::default()
        };
        form.open(world, scene);
        if let Some(last) = last {
            form.take(&|field| {
                let earlier = last.fields.iter().find(|it| it.name == field.name);
                earlier.unwrap_or(field).value.clone()
            });
        }
        if let FormKind::Record(partition, _) = kind {
            let named = partition.map(|id| id.to_string()).unwrap_or_default();
            form.set("partition", &named);
            form.is_unfolded |= partition.is_some();
        }
        form.saves = match kind {
            FormKind::Log(partition, broker) => {
                Some(("Save these files", Saved::Folder(partition, broker)))
            }
            FormKind::Bytes(partition, broker, offset) => Some((
                "Save this segment as .log",
                Saved::Segment(partition, broker, offset),
            )),
            _ => None,
        };
        form.look(world, scene);
        form
    }

    /// Works out anew what follows from the fields, as markup; nothing for most forms.
    pub fn look(&mut self, world: &World, scene: &Scene) -> String {
        let markup = match self.kind {
            FormKind::Record(..) => self.bytes_preview(world, scene),
            FormKind::Schemas => self.verdicts(),
            _ => String::new(),
        };
        for field in &mut self.fields {
            if let Input::Preview(former) = &mut field.input {
                former.clone_from(&markup);
            }
        }
        markup
    }

    /// Whether something is shown that follows from the fields while they are filled in.
    pub fn is_lively(&self) -> bool {
        matches!(self.kind, FormKind::Record(..) | FormKind::Schemas)
    }

    fn open(&mut self, world: &World, scene: &Scene) {
        let topic = &scene.topic;
        match self.kind {
            FormKind::Record(_, client) => self.record(world, scene, client),
            FormKind::Consumer => {
                self.begin("Add a consumer", "Add");
                self.about = "A group that is there already shares its partitions with the \
                    newcomer. Another group reads every record for itself."
                    .to_owned();
                self.line("group.id", "", "audit", "");
                self.choice("auto.offset.reset", "", &["earliest", "latest", "none"]);
            }
            FormKind::Producer => {
                self.begin("Add a producer", "Add");
                self.choice("acks", "", &["all", "1", "0"]);
                let writes = "writes by itself, a record every 90 ms";
                self.choice("writes", writes, &["yes", "no"]);
            }
            FormKind::Partitions => {
                self.begin(format!("Add partitions to {topic}"), "Add");
                self.about = "Keys may go to other partitions from then on: the hash is taken \
                    modulo their number. What is stored stays where it is."
                    .to_owned();
                let more = scene.partitions.len() + 1;
                self.number("total", "partitions in all", &more.to_string(), "");
            }
            FormKind::DeleteRecords(partition, offset) => {
                self.begin(format!("Delete records of p{partition}"), "Delete");
                self.about = "Moves the log start offset: what lies before it is gone for \
                    everybody. Only what lies below the high watermark can be deleted."
                    .to_owned();
                let label = "all records below offset";
                self.number("offset", label, &offset.to_string(), "");
            }
            FormKind::Slow(..) => {
                self.begin("Slow the link", "Slow it");
                self.about = "Each message takes this much longer, in each direction.".to_owned();
                self.number("ms", "milliseconds", "500", "");
            }
            FormKind::Topic => self.new_topic(),
            FormKind::Cluster => self.cluster(world, scene),
            FormKind::Schemas => self.schemas(),
            FormKind::Import => {
                self.begin("Open a saved run", "Open");
                self.about = "A scenario file, as the page saves it. The present run is kept \
                    until the file was read."
                    .to_owned();
                self.field("file", "file", "", "", Input::File);
                self.field("scenario", "or its text", "", "", Input::Lines);
            }
            FormKind::Bytes(..) => self.bytes(world, scene),
            FormKind::Log(..) => self.log(world, scene),
            FormKind::TopicSettings
            | FormKind::BrokerSettings(_)
            | FormKind::ClusterSettings
            | FormKind::ClientSettings(_) => self.settings(world, scene),
        }
    }

    fn new_topic(&mut self) {
        self.begin("Create a topic", "Create");
        self.about = "The stage shows the first topic by name.".to_owned();
        self.line("topic", "name", "payments", "");
        self.number("partitions", "", "3", "");
        self.number("replication.factor", "", "3", "");
        let help = "As name=value, one a line.";
        self.field("settings", "", "", help, Input::Lines);
    }

    fn begin(&mut self, title: impl Into<String>, verb: &'static str) {
        self.title = title.into();
        self.verb = verb;
    }

    fn field(&mut self, name: &str, label: &str, value: &str, help: &str, input: Input) {
        self.fields.push(Field {
            name: name.to_owned(),
            label: label.to_owned(),
            value: value.to_owned(),
            help: help.to_owned(),
            input,
            ..Field::default()
        });
    }

    fn line(&mut self, name: &str, label: &str, value: &str, help: &str) {
        self.field(name, label, value, help, Input::Line);
    }

    fn number(&mut self, name: &str, label: &str, value: &str, help: &str) {
        self.field(name, label, value, help, Input::Number);
    }

    fn preview(&mut self, name: &str, label: &str) {
        self.field(name, label, "", "", Input::Preview(String::new()));
    }

    /// How many of six columns the last field takes.
    fn span(&mut self, columns: u8) {
        if let Some(field) = self.fields.last_mut() {
            field.span = columns;
        }
    }

    fn choice(&mut self, name: &str, label: &str, words: &[&str]) {
        let pairs: Vec<(&str, &str)> = words.iter().map(|word| (*word, *word)).collect();
        let first = words.first().copied().unwrap_or_default();
        self.field(name, label, first, "", choices(&pairs));
    }

    fn set(&mut self, name: &str, value: &str) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            value.clone_into(&mut field.value);
        }
    }

    /// What stands in a field.
    pub fn value(&self, name: &str) -> &str {
        self.typed(name).trim()
    }

    /// The same with the blanks around it.
    fn typed(&self, name: &str) -> &str {
        let mut fields = self.fields.iter();
        fields
            .find(|field| field.name == name)
            .map_or("", |field| &field.value)
    }

    /// The number in a field.
    fn read<N: std::str::FromStr>(&self, name: &str) -> Result<N, Refusal> {
        self.value(name)
            .parse()
            .map_err(|_| (name.to_owned(), "This takes a whole number.".to_owned()))
    }

    /// The words of a field that may not be empty.
    fn needed(&self, name: &str) -> Result<&str, Refusal> {
        match self.value(name) {
            "" => Err((name.to_owned(), "This may not be empty.".to_owned())),
            value => Ok(value),
        }
    }

    /// Takes what stands in the fields of the page.
    pub fn fill(&mut self, read: &dyn Fn(&str) -> String) {
        self.take(&|field| read(&field.name));
        for field in &mut self.fields {
            field.error.clear();
            batch::flip(field);
        }
    }

    fn take(&mut self, read: &dyn Fn(&Field) -> String) {
        for (number, field) in self.fields.iter_mut().enumerate() {
            let value = read(field);
            // What a choice shows is told by that choice.
            let is_told = number < self.folded_from || !field.when.is_empty();
            self.is_unfolded |= !is_told && value != field.value;
            field.value = value;
        }
    }

    /// Takes what a person changed in the field `changed`. Gives the fields that change with it, and
    /// what stands in them now.
    pub fn change(
        &mut self,
        changed: &str,
        read: &dyn Fn(&str) -> String,
    ) -> Vec<(&'static str, String)> {
        self.fill(read);
        let names = self.follow(changed).into_iter();
        names
            .map(|name| (name, self.typed(name).to_owned()))
            .collect()
    }

    /// Puts a complaint beside its field, else beside the setting that it names, else beside
    /// the first.
    pub fn refuse(&mut self, (name, words): Refusal) {
        let fields = &self.fields;
        let is_named = |field: &Field| field.name.contains('.') && words.contains(&field.name);
        let named = || fields.iter().position(is_named);
        let at = fields.iter().position(|it| it.name == name).or_else(named);
        if let Some(field) = self.fields.get_mut(at.unwrap_or_default()) {
            field.error = words;
        }
    }

    fn consumer(&self, world: &World, topic: &str) -> Result<Vec<Command>, Refusal> {
        let config = orders::settings([
            ("group.id", self.needed("group.id")?),
            ("auto.offset.reset", self.value("auto.offset.reset")),
            ("auto.commit.interval.ms", "1000"),
        ]);
        let name = orders::free_name(world, "consumer");
        Ok(orders::consume(&name, config, topic))
    }

    fn producer(&self, world: &World, topic: &str) -> Vec<Command> {
        let name = orders::free_name(world, "producer");
        let mut commands = vec![Command::AddProducer {
            name: name.clone(),
            config: orders::settings([("acks", self.value("acks"))]),
        }];
        if self.value("writes") == "yes" && !topic.is_empty() {
            commands.push(orders::write_by_itself(&name, topic));
        }
        commands
    }

    /// What a filled-in form does.
    pub fn deed(&self, world: &World, scene: &Scene) -> Result<Deed, Refusal> {
        let topic = scene.topic.as_str();
        let commands = match self.kind {
            FormKind::Record(..) => self.produced(world, scene)?,
            FormKind::Consumer => self.consumer(world, topic)?,
            FormKind::Producer => self.producer(world, topic),
            FormKind::Partitions => vec![orders::call(
                "admin",
                ClientCall::CreatePartitions {
                    topic: TopicName(topic.into()),
                    total: self.read("total")?,
                    assignment: None,
                },
            )],
            FormKind::DeleteRecords(partition, _) => vec![orders::call(
                "admin",
                ClientCall::DeleteRecords {
                    partition: orders::partition_of(topic, partition),
                    before: self.read("offset")?,
                },
            )],
            FormKind::Slow(a, b) => vec![Command::DelayLink {
                between: [endpoint(world, a), endpoint(world, b)],
                extra_ms: self.read("ms")?,
            }],
            FormKind::Topic => vec![orders::call(
                "admin",
                ClientCall::CreateTopic {
                    topic: TopicName(self.needed("topic")?.into()),
                    partitions: Some(self.read("partitions")?),
                    replication_factor: Some(self.read("replication.factor")?),
                    assignment: None,
                    config: cluster::properties(self.value("settings"))
                        .map_err(|words| ("settings".to_owned(), words))?,
                },
            )],
            FormKind::Cluster => return self.built_cluster(),
            FormKind::Log(..) | FormKind::Schemas => Vec::new(),
            // The window stays, with what a broker would say.
            FormKind::Bytes(..) => return Err(self.verdict()),
            FormKind::Import => return Ok(Deed::Load(self.needed("scenario")?.to_owned())),
            FormKind::TopicSettings
            | FormKind::BrokerSettings(_)
            | FormKind::ClusterSettings
            | FormKind::ClientSettings(_) => self.changed_settings(world, scene)?,
        };
        Ok(Deed::Give(commands))
    }
}

fn choices(pairs: &[(&str, &str)]) -> Input {
    let pairs = pairs
        .iter()
        .map(|(value, words)| ((*value).to_owned(), (*words).to_owned()));
    Input::Choice(pairs.collect())
}

fn client_name(world: &World, id: u32) -> Option<&str> {
    world.client_name(ClientId(id))
}

fn endpoint(world: &World, end: End) -> Endpoint {
    match end {
        End::Controller => Endpoint::Controller,
        End::Broker(id) => Endpoint::Broker(BrokerId(id)),
        End::Client(id) => Endpoint::Client(client_name(world, id).unwrap_or_default().to_owned()),
    }
}

#[cfg(test)]
mod tests;
