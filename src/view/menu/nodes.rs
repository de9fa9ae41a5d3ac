//! Menus of what runs: brokers, the controller, producers, consumers, and the links between them.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::ids::{BrokerId, ClientId, NodeId};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::machine::Status;

use super::{Deed, Writer};
use crate::view::forms::FormKind;
use crate::view::lists::actions;
use crate::view::orders;
use crate::view::part::Act;
use crate::view::project::YOUR_PRODUCER;
use crate::view::scene::{BrokerStatus, ProducerRow};
use crate::view::subject::Subject;
use crate::view::thing::{DEEDS, End, Thing};

/// More partitions that a broker leads are told as a number.
const LED_MAX: usize = 4;

/// Of at most so many partitions a producer is asked why it has no answer.
const UNANSWERED_MAX: usize = 4;

/// What it means to stop a broker, and to pause it.
const STOPS: &str = "SIGTERM: it hands its leaderships over";
const PAUSES: &str = "kill -STOP, as in a long garbage collection";

impl Writer<'_> {
    /// What can be done to a broker's process.
    pub(super) fn broker(&mut self, id: u32) {
        let rows = &self.scene.brokers;
        let Some(row) = rows.iter().find(|row| row.id == id) else {
            return;
        };
        let (broker, has_process) = (BrokerId(id), self.has_process(id));
        let mut verb = |verb: &str, note: &str, command: Command| {
            self.give(format!("{verb} broker {id}"), note, command);
        };
        if row.status == BrokerStatus::Down {
            verb("Start", "on its old disk", Command::StartBroker { broker });
        }
        if !has_process {
            return;
        }
        verb("Crash", "kill -9", Command::CrashBroker { broker });
        if row.status == BrokerStatus::Paused {
            verb("Resume", "kill -CONT", Command::ResumeBroker { broker });
        } else {
            verb("Stop", STOPS, Command::StopBroker { broker });
            verb("Pause", PAUSES, Command::PauseBroker { broker });
        }
        let note = "what was not flushed is lost, too";
        verb("Cut the power of", note, Command::CutPower { broker });
    }

    /// Whether a broker's process is there already: not while it starts.
    fn has_process(&self, id: u32) -> bool {
        let machine = self.world.machine(NodeId::Broker(BrokerId(id)));
        machine.is_some_and(|machine| machine.status.has_process())
    }

    /// What is done to brokers most: first who may crash, then who may stop, then the rest.
    pub(super) fn brokers(&mut self) {
        self.title("brokers");
        let rows = &self.scene.brokers;
        for row in rows.iter().filter(|row| row.status == BrokerStatus::Down) {
            self.broker(row.id);
        }
        let running: Vec<_> = rows.iter().filter(|row| self.has_process(row.id)).collect();
        // What that means is said of the first of each group.
        let mut means = "kill -9; ";
        for row in &running {
            let broker = BrokerId(row.id);
            let note = [std::mem::take(&mut means), &self.leads(row.id)].concat();
            let words = format!("Crash broker {broker}");
            self.give(words, &note, Command::CrashBroker { broker });
        }
        let (paused, moving): (Vec<_>, Vec<_>) = running
            .iter()
            .map(|row| (row.status == BrokerStatus::Paused, BrokerId(row.id)))
            .partition(|(is_paused, _)| *is_paused);
        self.apart();
        means = STOPS;
        for (_, broker) in &moving {
            let (words, broker) = (format!("Stop broker {broker}"), *broker);
            let note = std::mem::take(&mut means);
            self.give(words, note, Command::StopBroker { broker });
        }
        self.apart();
        means = PAUSES;
        for (_, broker) in moving {
            let words = format!("Pause broker {broker}");
            let note = std::mem::take(&mut means);
            self.give(words, note, Command::PauseBroker { broker });
        }
        for (_, broker) in paused {
            let words = format!("Resume broker {broker}");
            self.give(words, "kill -CONT", Command::ResumeBroker { broker });
        }
        self.apart();
        let note = "cut its power, its links, its settings";
        self.open("More of each broker…", note, Thing::EachBroker);
    }

    /// Each broker with a menu of its own.
    pub(super) fn each_broker(&mut self) {
        self.title("brokers");
        for row in &self.scene.brokers {
            let id = row.id;
            let note = match row.status {
                BrokerStatus::Down => row.status.words().to_owned(),
                status => [status.words(), ", ", &self.leads(id)].concat(),
            };
            let thing = Thing::Of(Subject::Broker { broker: id });
            self.open(
                format!("Broker {id}…"),
                note.trim_start_matches(", "),
                thing,
            );
        }
    }

    /// What a broker leads of the topic on the stage.
    fn leads(&self, broker: u32) -> String {
        let rows = self.scene.partitions.iter();
        let led = rows.filter(|row| row.leader == Some(broker));
        let names: Vec<&str> = led.map(|row| row.name.as_str()).collect();
        match names.len() {
            0 => "leads nothing".to_owned(),
            1..=LED_MAX => ["leads ", &names.join(", ")].concat(),
            number => format!("leads {number} partitions"),
        }
    }

    /// What fits the moment, then what anybody can do.
    pub(super) fn deeds(&mut self) {
        self.title(DEEDS);
        let fitting = self.scene.fitting.iter().cloned();
        for part in fitting.chain(actions(&[])) {
            match part.act {
                Some(Act::Show(thing)) => self.open(part.words + "…", "", thing),
                Some(Act::Fill(form)) => self.fill(&(part.words + "…"), "", form),
                Some(act) => self.add(part.words, "", Deed::Press(act)),
                None => {}
            }
        }
    }

    /// All producers and consumers.
    pub(super) fn clients(&mut self) {
        self.title("producers and consumers");
        self.ask_of_unanswered(&self.scene.producers);
        self.each_producer();
        let groups = &self.scene.groups;
        for (place, group) in (0..).zip(groups) {
            for (number, member) in (0..).zip(&group.members) {
                let thing = Thing::Member(place, number);
                self.open(format!("{}…", member.name), &member.note, thing);
            }
        }
    }

    /// Why there is no answer yet, or why nothing was sent yet, of each partition once.
    fn ask_of_unanswered(&mut self, producers: &[ProducerRow]) {
        let mut asked = Vec::new();
        for is_first in [true, false] {
            // One's own record comes first.
            let (yours, others): (Vec<_>, Vec<_>) = producers
                .iter()
                .partition(|row| row.name.starts_with(YOUR_PRODUCER));
            for row in yours.into_iter().chain(others) {
                let Some(client) = self.world.client(&row.name) else {
                    continue;
                };
                let client = client.0;
                let sent = row.unanswered.iter().map(|it| (it.partition, true));
                let waits = row.waits.iter().map(|(partition, _)| (*partition, false));
                for (partition, is_sent) in sent.chain(waits) {
                    let is_turn = (self.first == Some(partition)) == is_first;
                    if !is_turn || asked.contains(&partition) || asked.len() >= UNANSWERED_MAX {
                        continue;
                    }
                    asked.push(partition);
                    let (words, subject) = if is_sent {
                        let words = format!("Why is there no answer for p{partition} yet?");
                        (words, Subject::Unanswered { client, partition })
                    } else {
                        let words = format!("Why is nothing sent to p{partition} yet?");
                        (words, Subject::Unsent { client, partition })
                    };
                    self.ask(&words, subject);
                }
            }
        }
    }

    pub(super) fn controller(&mut self) {
        self.title("controller");
        self.ask("Why does it see the brokers so?", Subject::Controller);
        self.open(
            "Its links…",
            "cut or slow one",
            Thing::Links(End::Controller),
        );
        self.fill("Create a topic…", "kafka-topics.sh", FormKind::Topic);
        self.fill(
            "Change a setting of all brokers…",
            "kafka-configs.sh",
            FormKind::ClusterSettings,
        );
    }

    pub(super) fn producers(&mut self) {
        self.title("producers");
        self.ask_of_unanswered(&self.scene.producers);
        self.each_producer();
    }

    fn each_producer(&mut self) {
        self.fill("Produce a record…", "", FormKind::Record(None, None));
        let scene = self.scene;
        for (place, row) in (0..).zip(&scene.producers) {
            self.open(format!("{}…", row.name), &row.acks, Thing::Producer(place));
        }
    }

    pub(super) fn producer(&mut self, place: u32) {
        let scene = self.scene;
        let Some(row) = scene.producers.get(place as usize) else {
            return;
        };
        let Some(client) = self.world.client(&row.name) else {
            return;
        };
        let name = row.name.as_str();
        self.title(format!("producer {name}, {}", row.acks));
        self.ask_of_unanswered(std::slice::from_ref(row));
        self.ask(
            "Why did it do what it did last?",
            Subject::Producer { client: client.0 },
        );
        let form = FormKind::Record(None, Some(client.0));
        self.fill("Produce a record with it…", "send", form);
        if self.world.workload(client).is_some() {
            let producer = name.to_owned();
            let command = Command::StopWorkload { producer };
            self.give("Let it write no more by itself", "", command);
        } else if !scene.topic.is_empty() {
            let command = orders::write_by_itself(name, &scene.topic);
            self.give("Let it write by itself", "a record every 90 ms", command);
        }
        let note = "sends what waits, then ends";
        let lost = "kill -9: what waits in its buffer is lost";
        self.client(client, name, (note, lost));
    }

    pub(super) fn group(&mut self, place: u32) {
        let scene = self.scene;
        let Some(group) = scene.groups.get(place as usize) else {
            return;
        };
        self.title(format!("group {}", group.name));
        if group.name.is_empty() {
            return;
        }
        if let Some(member) = self.first_member(place) {
            self.ask("Why is it in this state?", Subject::Group { member });
        }
        let commands = orders::join(self.world, &group.name, &scene.topic);
        let note = "shares the partitions with the others";
        self.add(
            format!("Add a consumer to {}", group.name),
            note,
            Deed::Give(commands),
        );
        if scene.has_offsets_topic {
            let note = "__consumer_offsets, an internal topic";
            self.add("See its offsets as records", note, Deed::OffsetsTopic);
        }
        for (number, member) in (0..).zip(&group.members) {
            let thing = Thing::Member(place, number);
            self.open(format!("{}…", member.name), &member.note, thing);
        }
    }

    pub(super) fn member(&mut self, group: u32, member: u32) {
        let scene = self.scene;
        let groups = &scene.groups;
        let Some(row) = groups
            .get(group as usize)
            .and_then(|group| group.members.get(member as usize))
        else {
            return;
        };
        let name = row.name.as_str();
        self.title(format!("consumer {name}"));
        if let Some(client) = self.world.client(name).map(|id| id.0) {
            if !groups[group as usize].name.is_empty() {
                self.ask("Why does it own what it owns?", Subject::Owner { client });
            }
            let position = Subject::Position {
                client,
                partition: None,
            };
            self.ask("Why has it read up to there?", position);
        }
        let running = self.world.client(name).filter(|id| {
            let machine = self.world.machine(NodeId::Client(*id));
            machine.is_some_and(|machine| machine.status.has_process())
        });
        if let Some(client) = running.filter(|_| row.note != "closed") {
            let (words, note, method) = if self.world.is_polling(client) {
                (
                    "Let it poll no more",
                    "as while it works too long",
                    ClientCall::StopPolling,
                )
            } else {
                ("Let it poll again", "", ClientCall::StartPolling)
            };
            self.give(words, note, orders::call(name, method));
            let commit = ClientCall::CommitSync { offsets: None };
            self.give(
                "Commit its position now",
                "commitSync",
                orders::call(name, commit),
            );
            let lost = "kill -9: no commit, no goodbye";
            self.client(client, name, ("commits and leaves the group", lost));
        }
        let group_name = &groups[group as usize].name;
        if !group_name.is_empty() {
            self.open(format!("Group {group_name}…"), "", Thing::Group(group));
        }
    }

    /// The number of a client that is in that group, or was.
    fn first_member(&self, place: u32) -> Option<u32> {
        let group = self.scene.groups.get(place as usize)?;
        let client = self.world.client(&group.members.first()?.name)?;
        Some(client.0)
    }

    /// Where a group stands in a partition.
    pub(super) fn stand(&mut self, place: u32, partition: u32) {
        let Some(group) = self.scene.groups.get(place as usize) else {
            return;
        };
        self.title(format!("group {} in p{partition}", group.name));
        if let Some(member) = self.first_member(place) {
            let committed = Subject::Committed { member, partition };
            self.ask("Why has it committed up to there?", committed);
        }
        let mut members = group.members.iter();
        let owner = members.find(|member| member.owns.contains(&partition));
        if let Some(client) = owner.and_then(|owner| self.world.client(&owner.name)) {
            let position = Subject::Position {
                client: client.0,
                partition: Some(partition),
            };
            self.ask("Why has it read up to there?", position);
        }
        self.open(format!("Group {}…", group.name), "", Thing::Group(place));
    }

    /// What can be done to every client.
    fn client(&mut self, client: ClientId, name: &str, (closing, lost): (&str, &str)) {
        self.give("Close it", closing, orders::call(name, ClientCall::Close));
        let machine = self.world.machine(NodeId::Client(client));
        let is_paused = machine.is_some_and(|it| matches!(it.status, Status::Paused { .. }));
        let client_name = name.to_owned();
        if is_paused {
            let client = client_name;
            self.give("Resume it", "kill -CONT", Command::ResumeClient { client });
        } else {
            let client = client_name;
            self.give("Pause it", "kill -STOP", Command::PauseClient { client });
        }
        let crash = Command::CrashClient {
            client: name.to_owned(),
        };
        self.give("Crash it", lost, crash);
        let links = Thing::Links(End::Client(client.0));
        self.open("Its links…", "cut or slow one", links);
        let form = FormKind::ClientSettings(client.0);
        self.fill("Change a setting of it…", "starts it anew", form);
    }

    /// The links of a node: all that it has used, and those to the brokers.
    pub(super) fn links(&mut self, end: End) {
        self.title(format!("links of {}", self.name(end)));
        let mut peers = self.world.network().peers_of(end.node());
        peers.extend(self.world.brokers().map(|(id, _)| NodeId::Broker(id)));
        for peer in peers {
            let other = End::of(peer);
            if other == end {
                continue;
            }
            let thing = Thing::Link(end, other);
            let state = self.link_state(end, other);
            self.open(format!("To {}…", self.name(other)), state, thing);
        }
    }

    fn link_state(&self, a: End, b: End) -> &'static str {
        let network = self.world.network();
        if network.cut_by(a.node(), b.node()).is_some() {
            "cut"
        } else if network.extra(a.node(), b.node()).0 > 0 {
            "slowed"
        } else {
            ""
        }
    }

    /// What can be done to a link.
    pub(super) fn link(&mut self, a: End, b: End) {
        let between = [self.endpoint(a), self.endpoint(b)];
        let network = self.world.network();
        let (is_cut, extra) = (
            network.cut_by(a.node(), b.node()).is_some(),
            network.extra(a.node(), b.node()),
        );
        let ends = format!("{} and {}", self.name(a), self.name(b));
        if let Some(cut) = network.cut_by(a.node(), b.node()) {
            let why = Deed::Select(cut.step.0, cut.index);
            self.add("Why is the link cut?", "", why);
        }
        if is_cut {
            let command = Command::HealLink {
                between: between.clone(),
            };
            self.give("Heal the link", &ends, command);
        } else {
            let command = Command::CutLink {
                between: between.clone(),
            };
            self.give("Cut the link", &ends, command);
        }
        self.fill("Slow the link…", &ends, FormKind::Slow(a, b));
        if extra.0 > 0 {
            let extra_ms = 0;
            let command = Command::DelayLink { between, extra_ms };
            self.give("Let the link be as fast as before", &ends, command);
        }
    }
}
