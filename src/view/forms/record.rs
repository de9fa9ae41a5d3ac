//! The form of a record: what a person types, the very bytes that come of it, and where they will go.

use bytes::Bytes;
use highwater_engine::kafka::client::call::ProducerRecord;
use highwater_engine::kafka::client::serialization::{FRAME_BYTES, Serializer, unframed};
use highwater_engine::kafka::event::ChosenBy;
use highwater_engine::kafka::ids::TopicName;
use highwater_engine::kafka::record::{
    BatchSpec, Header, Record, encode_batch, record_size_in_bytes,
};
use highwater_engine::sim::command::Command;
use highwater_engine::sim::world::World;

use super::markup::Markup;
use super::{Form, FormKind, Input, Refusal, avro, choices, client_name};
use crate::view::event_line::because::hash_words;
use crate::view::format::{byte_digits, bytes_text, count, shortened};
use crate::view::orders;
use crate::view::scene::Scene;

const KEY_KINDS: [(&str, &str); 5] = [
    ("text", "text"),
    ("integer", "integer"),
    ("long", "long"),
    ("hex", "bytes"),
    ("null", "no key"),
];
const VALUE_KINDS: [(&str, &str); 7] = [
    ("text", "text"),
    ("json", "JSON"),
    ("avro", "Avro, by a schema"),
    ("integer", "integer, 4 bytes"),
    ("long", "long, 8 bytes"),
    ("hex", "bytes, as hexadecimal digits"),
    ("null", "no value: a tombstone"),
];
const ACKS: [(&str, &str); 3] = [
    ("all", "all: wait for every in-sync replica"),
    ("1", "1: wait for the leader only"),
    ("0", "0: don’t wait"),
];
/// How many bytes of a key or a value are shown.
const BYTES_SHOWN_MAX: usize = 32;

impl Form {
    pub(super) fn record(&mut self, world: &World, scene: &Scene, client: Option<u32>) {
        self.begin("Produce a record", "Send");
        self.line("key", "Key", "heidi", "");
        self.span(2);
        self.field("value", "Value", "an order of mine", "", Input::Text);
        self.span(4);
        self.preview("bytes", "Where it goes, and its bytes");
        self.folded_from = self.fields.len();
        self.field("key.as", "Key as", "text", "", choices(&KEY_KINDS));
        self.span(2);
        self.field("value.as", "Value as", "text", "", choices(&VALUE_KINDS));
        self.span(4);
        self.schema_fields();
        let help = "name=value, one a line; a name alone has a null value.";
        self.field("headers", "Headers", "", help, Input::Lines);
        self.span(3);
        let help = "Milliseconds since 1970.";
        self.number("timestamp", "Timestamp", "", help);
        self.span(3);
        if let Some(field) = self.fields.last_mut() {
            "now, by its clock".clone_into(&mut field.default);
        }
        if let Some(name) = client.and_then(|id| client_name(world, id)) {
            self.title = format!("Produce a record with {name}");
        } else {
            self.field("acks", "", "all", "", choices(&ACKS));
            self.span(3);
        }
        let mut partitions = vec![(String::new(), "chosen by the partitioner".to_owned())];
        partitions.extend(
            scene
                .partitions
                .iter()
                .map(|row| (row.id.to_string(), row.name.clone())),
        );
        self.field("partition", "Partition", "", "", Input::Choice(partitions));
        self.span(3);
    }

    /// The commands that send what is filled in.
    pub(super) fn produced(&self, world: &World, scene: &Scene) -> Result<Vec<Command>, Refusal> {
        let record = self.filled_record(scene)?;
        if let Some(exception) = record.misuse() {
            return Err(("timestamp".to_owned(), exception.message));
        }
        let name = self.client().and_then(|id| client_name(world, id));
        Ok(orders::produce(world, name, self.value("acks"), record))
    }

    fn client(&self) -> Option<u32> {
        match self.kind {
            FormKind::Record(_, client) => client,
            _ => None,
        }
    }

    fn filled_record(&self, scene: &Scene) -> Result<ProducerRecord, Refusal> {
        let timestamp_ms = match self.value("timestamp") {
            "" => None,
            _ => Some(self.read("timestamp")?),
        };
        Ok(ProducerRecord {
            topic: TopicName(scene.topic.as_str().into()),
            partition: self.value("partition").parse().ok(),
            key: self.payload("key", "key.as")?,
            value: self.payload("value", "value.as")?,
            headers: headers(self.value("headers")),
            timestamp_ms,
        })
    }

    fn payload(&self, name: &str, kind: &str) -> Result<Option<Bytes>, Refusal> {
        let serializer = match self.value(kind) {
            "null" => return Ok(None),
            "avro" => return self.encoded().map(Some),
            "integer" => Serializer::Integer,
            "long" => Serializer::Long,
            "json" => Serializer::Json,
            "hex" => Serializer::Bytes,
            _ => Serializer::Text,
        };
        let bytes = serializer.serialize(self.typed(name));
        bytes.map(Some).map_err(|words| (name.to_owned(), words))
    }

    /// What the present fields become, as markup: the bytes, their sizes, the partition.
    pub(super) fn bytes_preview(&self, world: &World, scene: &Scene) -> String {
        let mut page = Markup::default();
        match self.filled_record(scene) {
            Err((name, words)) if name == avro::WAITING => {
                page.raw("<p>").text(&words).raw("</p>");
            }
            Err((_, words)) => {
                page.raw("<strong>").text(&words).raw("</strong>");
            }
            Ok(record) => self.say_bytes(&record, world, scene, &mut page),
        }
        page.written
    }

    fn say_bytes(&self, record: &ProducerRecord, world: &World, scene: &Scene, page: &mut Markup) {
        let destination = self.destination(record, world, scene);
        let goes_end = destination.find(':').unwrap_or(destination.len());
        let (goes, why) = destination.split_at(goes_end);
        page.raw("<p><b>").text(goes).raw("</b>").text(why);
        page.raw("</p><dl>");
        say_payload("key", record.key.as_ref(), "null: no key", page);
        say_payload("value", record.value.as_ref(), "null: a tombstone", page);
        for header in &record.headers {
            let name = ["header ", &shortened(&header.key, 24)].concat();
            say_payload(&name, header.value.as_ref(), "null", page);
        }
        page.raw("</dl><p>").text(&sizes(record)).raw("</p>");
    }

    fn destination(&self, record: &ProducerRecord, world: &World, scene: &Scene) -> String {
        let partitions = scene.partitions.len() as u32;
        let client = self.client().map(highwater_engine::kafka::ids::ClientId);
        let Some((chosen_by, partition)) = world.partition_of(client, record, partitions) else {
            return String::new();
        };
        let name = partition.map(|id| format!("p{}", id.0)).unwrap_or_default();
        match chosen_by {
            ChosenBy::Application => format!("It goes to {name}: you name it."),
            ChosenBy::Key => {
                let key = record.key.as_deref().unwrap_or_default();
                let words = partition.map(|chosen| hash_words(key, partitions, chosen));
                format!("It goes to {name}: {}.", words.unwrap_or_default())
            }
            ChosenBy::Sticky => {
                "No key decides: the producer fills one partition’s batch, then the next."
                    .to_owned()
            }
            ChosenBy::RoundRobin => "It goes to the partition whose turn it is.".to_owned(),
        }
    }
}

fn say_payload(name: &str, bytes: Option<&Bytes>, null: &str, page: &mut Markup) {
    page.raw("<dt>").text(name).raw("</dt><dd>");
    let Some(bytes) = bytes else {
        page.text(null).raw("</dd>");
        return;
    };
    page.text(&count(bytes.len() as u64, "byte")).raw(" <code>");
    let mut shown = bytes.get(..BYTES_SHOWN_MAX).unwrap_or(bytes);
    if let Some((frame, data)) = unframed(bytes).and(shown.split_at_checked(FRAME_BYTES)) {
        page.raw("<u>").raw(&byte_digits(frame)).raw("</u> ");
        shown = data;
    }
    page.raw(&byte_digits(shown));
    if bytes.len() > BYTES_SHOWN_MAX {
        page.text("…");
    }
    page.raw("</code></dd>");
}

fn sizes(record: &ProducerRecord) -> String {
    let record = Record {
        key: record.key.clone(),
        value: record.value.clone(),
        headers: record.headers.clone(),
        timestamp_ms: record.timestamp_ms.unwrap_or_default(),
    };
    let alone = record_size_in_bytes(0, 0, &record);
    let batch = encode_batch(&BatchSpec::default(), &[record]).len();
    format!("A record of {alone} bytes; alone in a batch, {batch}.")
}

/// `name=value` lines as headers; a name without `=` has a null value. Names may repeat.
fn headers(text: &str) -> Vec<Header> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| match line.split_once('=') {
            Some((name, value)) => Header {
                key: name.trim().to_owned(),
                value: Some(Bytes::from(value.trim().to_owned())),
            },
            None => Header {
                key: line.to_owned(),
                value: None,
            },
        })
        .collect()
}

/// The headers of a record in words: `trace = 7`.
pub(super) fn headers_text(headers: &[Header]) -> String {
    let mut words = String::new();
    for header in headers {
        words += if words.is_empty() { "" } else { ", " };
        words += &header.key;
        words += " = ";
        words += &header
            .value
            .as_deref()
            .map_or("null".to_owned(), bytes_text);
    }
    words
}
