//! Menus of what holds records: partitions, replicas, records, and the lanes on which they move.

use highwater_engine::kafka::client::call::ClientCall;
use highwater_engine::kafka::ids::TopicName;
use highwater_engine::kafka::message::ElectionType;

use super::{Deed, Writer};
use crate::view::export::Saved;
use crate::view::forms::FormKind;
use crate::view::orders;
use crate::view::scene::PartitionRow;
use crate::view::subject::Subject;
use crate::view::thing::{End, Thing};

/// The tool that deletes records.
const DELETE_RECORDS: &str = "kafka-delete-records.sh";

impl Writer<'_> {
    pub(super) fn row(&self, partition: u32) -> Option<&PartitionRow> {
        let mut rows = self.scene.partitions.iter();
        rows.find(|row| row.id == partition)
    }

    pub(super) fn leader(&self, partition: u32) -> Option<u32> {
        self.row(partition)?.leader
    }

    /// What can be done to a partition and its topic.
    pub(super) fn partition(&mut self, id: u32) {
        let topic = self.scene.topic.as_str();
        self.apart();
        let form = FormKind::Record(Some(id), None);
        self.fill(format!("Produce to p{id}…"), "", form);
        self.election(id);
        if let Some(end) = self.row(id).and_then(|row| row.high_watermark) {
            let words = format!("Delete records of p{id}…");
            self.fill(words, DELETE_RECORDS, FormKind::DeleteRecords(id, end));
        }
        let kafka_topics = "kafka-topics.sh";
        self.apart();
        let words = format!("Add partitions to {topic}…");
        self.fill(words, kafka_topics, FormKind::Partitions);
        let words = format!("Change a setting of {topic}…");
        self.fill(words, "kafka-configs.sh", FormKind::TopicSettings);
        let delete = ClientCall::DeleteTopic {
            topic: TopicName(topic.into()),
        };
        let command = orders::call("admin", delete);
        self.apart();
        self.give(format!("Delete the topic {topic}"), kafka_topics, command);
    }

    /// An election by hand, where it would change the leader.
    fn election(&mut self, id: u32) {
        let partition = orders::partition_of(&self.scene.topic, id);
        let image = self.world.controller().image();
        let Some(registration) = image.partition(&partition) else {
            return;
        };
        let first = registration.replicas.first();
        let (words, election_type) = if registration.leader.is_none() {
            (
                "Elect a leader though it may lack records",
                ElectionType::Unclean,
            )
        } else if registration.leader.as_ref() != first {
            ("Elect its preferred leader", ElectionType::Preferred)
        } else {
            return;
        };
        let elect = ClientCall::ElectLeaders {
            election_type,
            partitions: vec![partition],
        };
        self.give(
            words,
            "kafka-leader-election.sh",
            orders::call("admin", elect),
        );
    }

    pub(super) fn record(&mut self, partition: u32, broker: u32, offset: u64) {
        let form = FormKind::Bytes(partition, broker, offset);
        self.fill("See its bytes…", "the batch, byte for byte", form);
        let log = FormKind::Log(partition, broker);
        self.fill("See the segments of this log…", "", log);
        let form = FormKind::DeleteRecords(partition, offset + 1);
        self.fill("Delete the records up to here…", DELETE_RECORDS, form);
        let words = format!("Produce to p{partition}…");
        self.fill(words, "", FormKind::Record(Some(partition), None));
        let words = format!("Partition p{partition}…");
        self.open(words, "", Thing::Partition(partition));
    }

    pub(super) fn replica(&mut self, id: u32, broker: u32) {
        self.title(format!("replica of p{id} on broker {broker}"));
        if let Some(offset) = self.row(id).and_then(|row| yours_at(row, broker)) {
            let note = format!("offset {offset}");
            let subject = Subject::Record {
                partition: id,
                broker,
                offset,
            };
            self.open("Your record…", &note, Thing::Of(subject));
        }
        let leader = self.leader(id);
        if leader == Some(broker) {
            self.ask("Why does it lead?", Subject::Leader { partition: id });
        } else {
            let isr = Subject::InSyncReplicas { partition: id };
            self.ask("Why are these replicas in sync?", isr);
        }
        if let Some(leader) = leader.filter(|leader| *leader != broker) {
            self.link(End::Broker(broker), End::Broker(leader));
        }
        self.apart();
        self.broker(broker);
        self.apart();
        let log = FormKind::Log(id, broker);
        self.fill("See its segments…", "what compaction and retention do", log);
        let deed = Deed::Save(Saved::Folder(id, broker));
        self.add("Save its folder", "segments and indexes, as a .tar", deed);
        self.apart();
        let thing = Thing::Of(Subject::Broker { broker });
        self.open(format!("Broker {broker}…"), "its links and settings", thing);
        self.open(format!("Partition p{id}…"), "", Thing::Partition(id));
    }

    /// The links on which a partition's messages move: from its leader to everybody else.
    pub(super) fn lane(&mut self, id: u32) {
        self.title(format!("messages of p{id}"));
        let (scene, Some(row)) = (self.scene, self.row(id)) else {
            return;
        };
        let Some(leader) = row.leader else { return };
        let clients = scene.producers.iter().map(|row| &row.name).chain(
            scene
                .groups
                .iter()
                .flat_map(|group| group.members.iter().filter(|it| it.owns.contains(&id)))
                .map(|member| &member.name),
        );
        let clients = clients.filter_map(|name| self.world.client(name));
        let clients: Vec<End> = clients.map(|id| End::Client(id.0)).collect();
        let followers = row.replicas.iter().map(|replica| replica.broker);
        let followers: Vec<u32> = followers.filter(|id| *id != leader).collect();
        let why = format!("Why do they go to broker {leader}?");
        self.ask(&why, Subject::Leader { partition: id });
        let others = followers.into_iter().map(End::Broker).chain(clients);
        for other in others {
            let words = format!("Link between broker {leader} and {}…", self.name(other));
            self.open(words, "", Thing::Link(End::Broker(leader), other));
        }
        self.open(format!("Partition p{id}…"), "", Thing::Partition(id));
    }
}

/// The offset of the visitor's record, if it is in the log of that broker.
fn yours_at(row: &PartitionRow, broker: u32) -> Option<u64> {
    let log = row.replicas.iter().find(|it| it.broker == broker)?;
    row.yours
        .filter(|offset| (log.log_start_offset..log.log_end_offset).contains(offset))
}
