//! What can be done to each thing of the page: the entries of its menu, and what each of them does.
//!
//! An entry is a verb about Kafka. Which ones a thing offers depends on its state: a broker that is
//! down can be started, not stopped.

mod nodes;
mod partitions;
mod place;

pub use place::{place_beside, place_over};

use highwater_engine::kafka::ids::{BrokerId, ClientId, NodeId};
use highwater_engine::sim::command::{Command, Endpoint};
use highwater_engine::sim::world::World;

use crate::view::export::Saved;
use crate::view::forms::FormKind;
use crate::view::orders::partition_of;
use crate::view::part::{Act, Kind, Part, PartKey, Parts};
use crate::view::project::{sending_of, was_readable};
use crate::view::scene::{BrokerStatus, Place, Scene};
use crate::view::subject::Subject;
use crate::view::thing::{End, Thing};

/// What an entry of a menu, or a filled-in form, does.
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// Asks why a thing is as it is.
    Ask(Subject),
    /// Asks why an event happened: its step and place.
    Select(u64, u32),
    /// Does what a button of the page does.
    Press(Act),
    /// Gives commands to the cluster, one after the other.
    Give(Vec<Command>),
    /// Opens another menu in place of this one.
    Open(Thing),
    /// Opens a form.
    Fill(FormKind),
    /// Shows `__consumer_offsets`.
    OffsetsTopic,
    /// Plays another scenario, given as text, from the first moment on.
    Play(String),
    /// Opens a run that was saved, given as text, where its last command was given.
    Load(String),
    /// Writes the present run down as a file.
    Export,
    /// Saves files of a broker as they are now.
    Save(Saved),
    /// Writes the run that the browser kept and that can't be read as a file.
    SaveUnread,
    /// Goes back to before the last action.
    Undo,
    /// Begins again with the first scenario.
    StartOver,
}

/// A menu: its entries, and what they do.
#[derive(Clone, Debug, Default)]
pub struct Menu {
    /// Its title and its entries, ready to be painted.
    pub parts: Vec<Part>,
    deeds: Vec<Deed>,
}

impl Menu {
    /// The menu of `thing` at the play head.
    pub fn of(thing: Thing, world: &World, scene: &Scene) -> Menu {
        let mut writer = Writer {
            world,
            scene,
            parts: Parts::default(),
            deeds: Vec::new(),
            is_apart: false,
            first: scene
                .partitions
                .iter()
                .find(|row| row.inside.is_some())
                .map(|row| row.id),
        };
        writer.write(thing);
        Menu {
            parts: writer.parts.sorted(),
            deeds: writer.deeds,
        }
    }

    /// Adds the way to a run that was kept and can't be read.
    pub fn offer_unread(&mut self) {
        let mut parts = Parts::default();
        let words = "Save the run that couldn’t be read";
        entry(&mut parts, self.deeds.len(), words, "as it was kept");
        self.parts.extend(parts.sorted());
        self.deeds.push(Deed::SaveUnread);
    }

    /// What the entry of that number does.
    pub fn deed(&self, number: u32) -> Option<&Deed> {
        self.deeds.get(number as usize)
    }

    /// Its title.
    pub fn title(&self) -> &str {
        self.parts.first().map_or("", |part| &part.words)
    }
}

/// A menu under construction.
struct Writer<'a> {
    world: &'a World,
    scene: &'a Scene,
    parts: Parts,
    deeds: Vec<Deed>,
    /// Whether the next entry begins another group.
    is_apart: bool,
    /// The partition that is asked about first: the one that is pointed at, or that is opened.
    first: Option<u32>,
}

/// With more brokers than this each has a menu of its own.
const BROKERS_LISTED_MAX: usize = 4;

impl Writer<'_> {
    fn write(&mut self, thing: Thing) {
        match thing {
            Thing::Of(subject) => self.subject(subject),
            Thing::Partition(id) => {
                self.title(format!("partition p{id} of {}", self.scene.topic));
                self.ask(
                    "Why does it have this leader?",
                    Subject::Leader { partition: id },
                );
                self.partition(id);
            }
            Thing::Replica(id, broker) => self.replica(id, broker),
            Thing::Lane(id) => self.lane(id),
            Thing::Producers => self.producers(),
            Thing::Queue(partition) => {
                self.first = Some(partition);
                match self.scene.producers.len() {
                    1 => self.producer(0),
                    _ => self.producers(),
                }
            }
            Thing::Producer(place) => self.producer(place),
            Thing::Group(place) => self.group(place),
            Thing::Member(group, member) => self.member(group, member),
            Thing::Stand(group, partition) => self.stand(group, partition),
            Thing::Controller => self.controller(),
            Thing::Deeds => self.deeds(),
            Thing::Brokers if self.scene.brokers.len() <= BROKERS_LISTED_MAX => self.brokers(),
            Thing::Brokers | Thing::EachBroker => self.each_broker(),
            Thing::Clients => self.clients(),
            Thing::Links(end) => self.links(end),
            Thing::Link(a, b) => {
                self.title(format!(
                    "link between {} and {}",
                    self.name(a),
                    self.name(b)
                ));
                self.link(a, b);
            }
            Thing::Message(step, index) => self.message((step, index)),
            Thing::Cluster => self.cluster(),
            Thing::Ready => self.ready(),
        }
    }

    fn subject(&mut self, subject: Subject) {
        let why = self.why(subject);
        let why = why.as_str();
        match subject {
            Subject::Record {
                partition,
                broker,
                offset,
            } => {
                self.title(record_title(self.scene, (partition, broker, offset)));
                self.ask(why, subject);
                self.record(partition, broker, offset);
            }
            Subject::Leader { partition } => {
                self.title(format!("leader of p{partition}"));
                self.add(
                    why,
                    "it takes all writes; followers copy it",
                    Deed::Ask(subject),
                );
                if let Some(leader) = self.leader(partition) {
                    self.broker(leader);
                }
                self.partition(partition);
            }
            Subject::HighWatermark { partition } => {
                self.title(format!("high watermark of p{partition}"));
                self.add(why, "consumers read only below it", Deed::Ask(subject));
                self.partition(partition);
            }
            Subject::InSyncReplicas { partition } => {
                self.title(format!("in-sync replicas of p{partition}"));
                self.add(why, "acks=all waits for each of them", Deed::Ask(subject));
                self.partition(partition);
            }
            Subject::Broker { broker } => {
                self.title(format!("broker {broker}"));
                self.ask(why, subject);
                self.broker(broker);
                self.apart();
                self.open(
                    "Its links…",
                    "cut or slow one",
                    Thing::Links(End::Broker(broker)),
                );
                self.fill(
                    "Change a setting of it…",
                    "kafka-configs.sh",
                    FormKind::BrokerSettings(broker),
                );
                let note = "the files on its disk, as a .tar";
                let deed = Deed::Save(Saved::Directory(broker));
                self.add("Save its data directory", note, deed);
            }
            // What clients and the controller do is asked about in menus of their own.
            _ => {}
        }
    }

    /// What is asked first about a thing.
    fn why(&self, subject: Subject) -> String {
        match subject {
            Subject::Record {
                partition, offset, ..
            } => match self.row(partition) {
                Some(row) if row.high_watermark.is_some_and(|it| it <= offset) => {
                    let partition = partition_of(&self.scene.topic, partition);
                    let was_readable = was_readable(self.world, &partition, offset);
                    ["Why is it not readable yet?", "Why is it not readable now?"]
                        [usize::from(was_readable)]
                    .to_owned()
                }
                _ => "Why is it stored here?".to_owned(),
            },
            Subject::Leader { .. } => "Why does it lead?".to_owned(),
            Subject::HighWatermark { .. } => "Why does it stand there?".to_owned(),
            Subject::InSyncReplicas { .. } => "Why are these in sync?".to_owned(),
            Subject::Broker { broker } => {
                let mut rows = self.scene.brokers.iter();
                let state = match rows.find(|row| row.id == broker).map(|row| row.status) {
                    Some(BrokerStatus::Up) | None => "unfenced",
                    Some(status) => status.words(),
                };
                format!("Why is it {state}?")
            }
            _ => String::new(),
        }
    }

    fn message(&mut self, id: (u64, u32)) {
        let scene = self.scene;
        let Some(flight) = scene.flights.iter().find(|flight| flight.id == id) else {
            self.title("this message has arrived");
            return;
        };
        let (from, to) = (flight.from.words(), flight.to.words());
        self.title(format!("{} from {from} to {to}", flight.words));
        let sent = sending_of(id);
        let why = Deed::Select(sent.step.0, sent.index);
        self.add("Why was it sent?", "", why);
        let network = self.world.network();
        if network.stopped_by(sent).is_some() {
            self.give("Release it", "", Command::ReleaseMessage { sent });
        } else {
            let note = "what follows on its way waits too";
            self.give("Hold it", note, Command::HoldMessage { sent });
        }
        let note = "the connection breaks, as on a bad network";
        self.give("Drop it", note, Command::DropMessage { sent });
        if let (Some(from), Some(to)) = (self.end_of(&flight.from), self.end_of(&flight.to)) {
            self.link(from, to);
        }
    }

    fn cluster(&mut self) {
        self.title("this cluster");
        self.open("Start from a ready cluster…", "", Thing::Ready);
        self.fill("Build your own cluster…", "", FormKind::Cluster);
        self.fill("Create a topic…", "kafka-topics.sh", FormKind::Topic);
        self.fill(
            "Change a setting of all brokers…",
            "kafka-configs.sh",
            FormKind::ClusterSettings,
        );
        self.add("Save this run as a file", "a scenario", Deed::Export);
        self.fill("Open a saved run…", "", FormKind::Import);
        self.fill(
            "Compare two Avro schemas…",
            "on real bytes",
            FormKind::Schemas,
        );
        self.apart();
        self.add("Undo the last action", "", Deed::Undo);
        self.add("Start over", "as at first sight", Deed::StartOver);
    }

    fn ready(&mut self) {
        self.title("ready clusters");
        for (name, about, text) in READY {
            self.add(*name, about, Deed::Play((*text).to_owned()));
        }
    }

    fn title(&mut self, words: impl Into<String>) {
        let key = PartKey {
            kind: Kind::Heading,
            ..PartKey::default()
        };
        self.parts.flow(key).words = words.into();
    }

    fn add(&mut self, words: impl Into<String>, note: &str, deed: Deed) {
        let part = entry(&mut self.parts, self.deeds.len(), words, note);
        part.state = match deed {
            Deed::Ask(_) | Deed::Select(..) => "why",
            _ if std::mem::take(&mut self.is_apart) => "apart",
            _ => "",
        };
        self.deeds.push(deed);
    }

    /// The next entry begins another group.
    fn apart(&mut self) {
        self.is_apart = true;
    }

    fn ask(&mut self, words: &str, subject: Subject) {
        self.add(words, "", Deed::Ask(subject));
    }

    fn give(&mut self, words: impl Into<String>, note: &str, command: Command) {
        self.add(words, note, Deed::Give(vec![command]));
    }

    fn open(&mut self, words: impl Into<String>, note: &str, thing: Thing) {
        self.add(words, note, Deed::Open(thing));
    }

    fn fill(&mut self, words: impl Into<String>, note: &str, form: FormKind) {
        self.add(words, note, Deed::Fill(form));
    }

    fn name(&self, end: End) -> String {
        match end {
            End::Controller => "the controller".to_owned(),
            End::Broker(id) => format!("broker {id}"),
            End::Client(id) => self.client_name(id).to_owned(),
        }
    }

    fn client_name(&self, id: u32) -> &str {
        self.world.client_name(ClientId(id)).unwrap_or_default()
    }

    fn end_of(&self, place: &Place) -> Option<End> {
        let client = |name: &str| self.world.client(name).map(|id| End::Client(id.0));
        match place {
            Place::Controller => Some(End::Controller),
            Place::Broker(id) => Some(End::Broker(*id)),
            Place::Producer(name) | Place::Consumer(name) => client(name),
            Place::Admin => client("admin"),
        }
    }

    fn endpoint(&self, end: End) -> Endpoint {
        match end {
            End::Controller => Endpoint::Controller,
            End::Broker(id) => Endpoint::Broker(BrokerId(id)),
            End::Client(id) => Endpoint::Client(self.client_name(id).to_owned()),
        }
    }
}

/// Which record it is: its place, its key, and the broker whose copy is pointed at.
fn record_title(scene: &Scene, (partition, broker, offset): (u32, u32, u64)) -> String {
    let mut partitions = scene.partitions.iter().filter(|row| row.id == partition);
    let replicas = partitions.next().map(|row| &row.replicas);
    let replica = replicas.and_then(|all| all.iter().find(|it| it.broker == broker));
    let cell = replica.and_then(|it| it.cells.iter().find(|cell| cell.offset == offset));
    let key = cell.filter(|cell| cell.key.hue.is_some());
    let key = key.map_or_else(String::new, |cell| format!(", key {}", cell.key.name));
    format!("p{partition}, offset {offset}{key}, on broker {broker}")
}

/// Writes one entry, which stands for the deed of that number.
fn entry<'a>(
    parts: &'a mut Parts,
    number: usize,
    words: impl Into<String>,
    note: &str,
) -> &'a mut Part {
    let part = parts.flow(PartKey {
        index: number as u64 + 1,
        kind: Kind::Entry,
        ..PartKey::default()
    });
    part.words = words.into();
    if !note.is_empty() {
        note.clone_into(&mut part.note);
        part.name = [&part.words, ": ", note].concat();
    }
    part.act = Some(Act::Choose(number as u32));
    part.is_stop = true;
    part
}

impl End {
    /// The node at this end.
    fn node(self) -> NodeId {
        match self {
            End::Controller => NodeId::Controller,
            End::Broker(id) => NodeId::Broker(BrokerId(id)),
            End::Client(id) => NodeId::Client(ClientId(id)),
        }
    }

    /// The end at which a node is.
    fn of(node: NodeId) -> End {
        match node {
            NodeId::Controller => End::Controller,
            NodeId::Broker(id) => End::Broker(id.0),
            NodeId::Client(id) => End::Client(id.0),
        }
    }
}

/// The clusters that are ready to start from: name, what there is to see, and the scenario.
const READY: &[(&str, &str, &str)] = &[
    (
        "A small healthy cluster",
        "three brokers, one topic, one group",
        include_str!("../../scenarios/first-sight.json"),
    ),
    (
        "acks=1 loses a record",
        "the leader dies before anybody copied it",
        include_str!("../../scenarios/acks-1-loses-a-record.json"),
    ),
    (
        "A slow follower leaves the ISR",
        "a link gets slow after 8 seconds",
        include_str!("../../scenarios/a-slow-follower-leaves-the-isr.json"),
    ),
    (
        "Too few replicas in sync",
        "min.insync.replicas=2, and one is left",
        include_str!("../../scenarios/too-few-in-sync.json"),
    ),
    (
        "Two groups reading",
        "each gets every record, each member its share",
        include_str!("../../scenarios/two-groups-reading.json"),
    ),
    (
        "Compaction keeps the last of each key",
        "old values go, offsets stay, gaps appear",
        include_str!("../../scenarios/compaction-keeps-the-last-of-each-key.json"),
    ),
    (
        "Retention takes whole segments",
        "each goes once its youngest record is too old",
        include_str!("../../scenarios/retention-takes-whole-segments.json"),
    ),
    (
        "Six brokers in three racks",
        "a replica in each rack",
        include_str!("../../scenarios/six-brokers-in-three-racks.json"),
    ),
];

#[cfg(test)]
mod tests;
