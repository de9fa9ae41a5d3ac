//! The lists in which a command, a key, a topic or a partition is found.

use highwater_engine::kafka::config::catalogue::SettingsOf;
use highwater_engine::sim::world::World;

use super::{COMMANDS, Command, PageAct, THEMES};
use crate::player::Speed;
use crate::view::format::clock;
use crate::view::forms::FormKind;
use crate::view::lists::actions;
use crate::view::part::{Act, Kind, Part, PartKey, Parts};
use crate::view::scene::Scene;
use crate::view::subject::Subject;
use crate::view::thing::{End, Thing};

/// Keys that belong to what has the focus, for the list of keys only.
const ELSEWHERE: [(&str, &str); 4] = [
    ("From one thing to the next", "Tab, arrows"),
    ("Choose what has the focus", "Enter"),
    ("What can be done to it", "O, Shift F10, menu key"),
    ("Close what is open", "Esc"),
];

/// Other words for what the page calls so: whoever types the first finds what has the second.
pub(super) const SYNONYMS: [(&str, &str); 53] = [
    ("kill", "crash"),
    ("fail", "crash"),
    ("shutdown", "stop"),
    ("node", "broker"),
    ("server", "broker"),
    ("machine", "broker"),
    ("future", "branch"),
    ("timeline", "branch"),
    ("branch", "first run"),
    ("future", "first run"),
    ("send", "produce"),
    ("publish", "produce"),
    ("write", "produce"),
    ("message", "record"),
    ("read", "consume"),
    ("subscribe", "consume"),
    ("new", "add"),
    ("new", "create"),
    ("export", "save"),
    ("download", "save"),
    ("load", "open a saved"),
    ("import", "open a saved"),
    ("scenario", "ready cluster"),
    ("example", "ready cluster"),
    ("config", "setting"),
    ("option", "setting"),
    ("network", "links"),
    ("connection", "links"),
    ("latency", "links"),
    ("delay", "links"),
    ("faster", "speed"),
    ("slower", "speed"),
    ("mode", "theme"),
    ("colour", "theme"),
    ("acks", "produce a record"),
    ("kafka", "cluster"),
    ("election", "leader"),
    ("replication", "create a topic"),
    ("lag", "consumer"),
    ("offset", "consumer"),
    ("commit", "consumer"),
    ("rebalance", "consumer"),
    ("group", "consumer"),
    ("help", "how to read"),
    ("legend", "how to read"),
    ("meaning", "how to read"),
    ("leo", "how to read"),
    ("epoch", "how to read"),
    ("fenced", "how to read"),
    ("watermark", "how to read"),
    ("generation", "how to read"),
    ("coordinator", "how to read"),
    ("unacked", "how to read"),
];
/// The same for the names of settings.
pub(super) const OF_SETTINGS: [(&str, &str); 4] = [
    ("isr", "min.insync"),
    ("duplicates", "idempotence"),
    ("exactly-once", "idempotence"),
    ("once", "idempotence"),
];
/// Shorter beginnings of a word stand for nothing else.
const SYNONYM_MIN: usize = 3;

/// What can be filled in, whatever the cluster does.
const FORMS: [(&str, FormKind); 8] = [
    ("Add a producer", FormKind::Producer),
    ("Create a topic", FormKind::Topic),
    ("Add partitions to this topic", FormKind::Partitions),
    ("Change a setting of this topic", FormKind::TopicSettings),
    ("Change a setting of all brokers", FormKind::ClusterSettings),
    ("Open a saved run", FormKind::Import),
    ("Build your own cluster", FormKind::Cluster),
    ("Compare two Avro schemas", FormKind::Schemas),
];

/// At most so many topics or partitions are listed.
const FOUND_MAX: u64 = 100;

/// The list of keys.
#[inline(never)]
pub fn keys() -> Vec<Part> {
    let mut list = List::new("");
    // Whoever looks for help wants to know first what they see.
    let is_legend = |it: &&Command| it.act == PageAct::Legend;
    let legend = COMMANDS.iter().filter(is_legend);
    let with_keys = COMMANDS.iter().filter(|it| !it.keys.is_empty());
    for command in legend.chain(with_keys) {
        list.add(command.words, command.key_words, Act::Page(command.act));
    }
    for (words, key) in ELSEWHERE {
        let part = list.parts.flow(list.next());
        (part.words, part.note) = (words.to_owned(), key.to_owned());
        list.count += 1;
    }
    list.sorted()
}

/// The actions whose words hold all words of `query`.
#[inline(never)]
pub fn palette(world: &World, scene: &Scene, query: &str) -> Vec<Part> {
    if let Some(ms) = moment(query) {
        let mut list = List::new("");
        let words = ["Go to ", &clock(u64::from(ms) * 1000)].concat();
        list.add(&words, "", Act::Page(PageAct::Moment(ms)));
        return list.sorted();
    }
    let mut list = List::new(query);
    for command in &COMMANDS {
        list.add(command.words, command.key_words, Act::Page(command.act));
    }
    for part in actions(&[]) {
        if let Some(act) = part.act {
            list.add(&part.words, "", act);
        }
    }
    for (words, form) in FORMS {
        list.add_form(words, form);
    }
    list.add("Start from a ready cluster…", "", Act::Show(Thing::Ready));
    list.add_brokers(scene);
    list.add_clients(world, scene);
    let words = "Controller: why it sees the brokers so, its links…";
    list.add(words, "", Act::Show(Thing::Controller));
    for (row, partition) in (0..).zip(&scene.partitions) {
        let id = partition.id;
        list.add(&format!("Open p{id}"), "", Act::Open(row));
        let words = format!("Partition p{id}: produce to it, its leader, its topic…");
        list.add(&words, "", Act::Show(Thing::Partition(id)));
    }
    if scene.has_offsets_topic {
        let words = "Show __consumer_offsets (internal topic): what groups have committed";
        list.add(words, "", Act::OffsetsTopic);
    }
    if scene.branches.len() > 1 {
        list.add_branches(scene);
    }
    for (index, (words, _)) in (0..).zip(&THEMES) {
        list.add(words, "", Act::Page(PageAct::Theme(index)));
    }
    for (index, speed) in (0..).zip(Speed::ALL) {
        let words = format!("Speed {speed}: {}", speed.words());
        list.add(&words, "", Act::Page(PageAct::Speed(index)));
    }
    list.sorted()
}

/// The branches whose names hold all words of `query`; the one on the stage is marked.
#[inline(never)]
pub fn branches(scene: &Scene, query: &str) -> Vec<Part> {
    let mut list = List::new(query);
    list.add_branches(scene);
    list.sorted()
}

/// The topics whose names hold all words of `query`; the one on the stage is marked.
#[inline(never)]
pub fn topics(scene: &Scene, query: &str) -> Vec<Part> {
    let mut list = List::new(query);
    for (index, topic) in (0..).zip(&scene.topics) {
        let note = if *topic == scene.topic {
            "shown now"
        } else {
            ""
        };
        list.add(topic, note, Act::Topic(index));
    }
    list.first_ones()
}

/// The partitions of the topic on the stage whose names hold all words of `query`.
#[inline(never)]
pub fn partitions(scene: &Scene, query: &str) -> Vec<Part> {
    let mut list = List::new(query);
    for (row, partition) in (0..).zip(&scene.partitions) {
        let note = match partition.leading() {
            Some(leader) => format!("leader {}, {}", leader.broker, partition.isr_words()),
            None => String::new(),
        };
        list.add(&partition.name, &note, Act::Open(row));
    }
    list.first_ones()
}

/// A moment as the clock writes it, `00:04.250` or shorter, in milliseconds.
fn moment(query: &str) -> Option<u32> {
    let (minutes, seconds) = query.split_once(':')?;
    let (seconds, millis) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let number = |text: &str| text.parse::<u32>().ok().filter(|it| *it < 1000);
    let scale = 10_u32.checked_pow(3_u32.checked_sub(millis.len() as u32)?)?;
    Some((number(minutes)? * 60 + number(seconds)?) * 1000 + number(millis)? * scale)
}

/// Whether a text has a word, or one for which that stands.
fn has(text: &str, word: &str, synonyms: &[(&str, &str)]) -> bool {
    let stands = |(typed, meant): &(&str, &str)| typed.starts_with(word) && text.contains(meant);
    text.contains(word) || word.len() >= SYNONYM_MIN && synonyms.iter().any(stands)
}

/// A list under construction of what fits a query.
struct List {
    query: String,
    parts: Parts,
    count: u64,
}

impl List {
    fn new(query: &str) -> List {
        List {
            query: query.to_ascii_lowercase(),
            parts: Parts::default(),
            count: 0,
        }
    }

    fn next(&self) -> PartKey {
        PartKey {
            index: self.count,
            kind: Kind::Line,
            ..PartKey::default()
        }
    }

    /// As many as can be looked through, and how many more there are.
    fn first_ones(self) -> Vec<Part> {
        let hidden = self.count.saturating_sub(FOUND_MAX);
        let mut parts = self.sorted();
        if hidden > 0 {
            parts.truncate(FOUND_MAX as usize);
            let more = PartKey {
                index: u64::MAX,
                ..PartKey::default()
            };
            parts.push(Part {
                key: more,
                words: format!("and {hidden} more: type a part of the name"),
                ..Part::default()
            });
        }
        parts
    }

    fn add_brokers(&mut self, scene: &Scene) {
        for row in &scene.brokers {
            let broker = row.id;
            let thing = Thing::Of(Subject::Broker { broker });
            let words = format!("Broker {broker}: crash, stop, pause or restart it…");
            self.add(&words, "", Act::Show(thing));
            let words = format!("Links of broker {broker}: cut or slow one…");
            self.add(&words, "", Act::Show(Thing::Links(End::Broker(broker))));
            let words = format!("Change a setting of broker {broker}");
            self.add(&words, "", Act::Fill(FormKind::BrokerSettings(broker)));
        }
    }

    fn add_clients(&mut self, world: &World, scene: &Scene) {
        for (place, row) in (0..).zip(&scene.producers) {
            let words = format!(
                "Producer {}: crash, pause or close it, its links…",
                row.name
            );
            self.add(&words, "", Act::Show(Thing::Producer(place)));
            self.add_client_settings(world, ("producer", SettingsOf::Producer), &row.name);
        }
        for (place, group) in (0..).zip(&scene.groups) {
            for (number, member) in (0..).zip(&group.members) {
                let name = &member.name;
                let words = format!("Consumer {name}: crash, pause or close it, its links…");
                self.add(&words, "", Act::Show(Thing::Member(place, number)));
                self.add_client_settings(world, ("consumer", SettingsOf::Consumer), name);
            }
        }
    }

    fn add_client_settings(&mut self, world: &World, of: (&str, SettingsOf), name: &str) {
        let (kind, of) = of;
        if let Some(client) = world.client(name) {
            let words = format!("Change a setting of {kind} {name}");
            self.add_settings(&words, of, FormKind::ClientSettings(client.0));
        }
    }

    fn add_form(&mut self, words: &str, form: FormKind) {
        match form {
            FormKind::TopicSettings => self.add_settings(words, SettingsOf::Topic, form),
            FormKind::ClusterSettings => self.add_settings(words, SettingsOf::Broker, form),
            _ => self.add(words, "", Act::Fill(form)),
        }
    }

    /// A form of settings, which is found by the name of each setting in it, too: then that stands beside
    /// it, and both after what was found by its own words.
    fn add_settings(&mut self, words: &str, of: SettingsOf, form: FormKind) {
        let all = words.to_ascii_lowercase();
        let sought = self.query.split(' ');
        let is_found = sought.clone().all(|word| has(&all, word, &SYNONYMS));
        let beyond = Vec::from_iter(sought.filter(|word| !all.contains(word)));
        let has_all = |name: &str| beyond.iter().all(|word| has(name, word, &OF_SETTINGS));
        let mut names = of.listed().into_iter().map(|(name, _)| name);
        let named = names.find(|name| !beyond.is_empty() && has_all(name));
        let note = named.or(is_found.then_some(""));
        if let Some(note) = note {
            self.push(words, note, Act::Fill(form)).key.row = u32::from(named.is_some());
        }
    }

    fn add_branches(&mut self, scene: &Scene) {
        for (index, branch) in (0..).zip(&scene.branches) {
            let the = if index == 0 { "the " } else { "" };
            let from = branch.from.as_ref();
            let from = from.map_or_else(String::new, |from| format!(", from {from}"));
            let words = format!("Go to {the}{}{from}", branch.name);
            let note = if branch.is_current {
                "shown now".to_owned()
            } else {
                format!("{} steps", branch.known_steps)
            };
            self.add(&words, &note, Act::Branch(index));
        }
    }

    fn add(&mut self, words: &str, note: &str, act: Act) {
        let all = words.to_ascii_lowercase();
        let mut sought = self.query.split(' ');
        if sought.all(|word| has(&all, word, &SYNONYMS)) {
            self.push(words, note, act);
        }
    }

    fn push(&mut self, words: &str, note: &str, act: Act) -> &mut Part {
        let part = self.parts.flow(self.next());
        (part.words, part.note) = (words.to_owned(), note.to_owned());
        part.act = Some(act);
        self.count += 1;
        part
    }

    fn sorted(self) -> Vec<Part> {
        let mut parts = self.parts.sorted();
        if let Some(first) = parts.first_mut() {
            first.is_stop = first.act.is_some();
        }
        parts
    }
}
