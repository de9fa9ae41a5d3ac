//! The bytes of a batch: its fields beside the very bytes, each explained, and what becomes of a batch
//! of which a bit was flipped.

use std::ops::Range;

use bytes::Bytes;
use highwater_engine::kafka::client::serialization::{FRAME_BYTES, Reading, unframed};
use highwater_engine::kafka::group::formatter::formatted;
use highwater_engine::kafka::ids::{BrokerId, EventId, Offset};
use highwater_engine::kafka::record::anatomy::{
    CompressedRecords, HEADER_FIELDS, RecordBytes, compressed_records_in, covered_by_crc,
    records_in,
};
use highwater_engine::kafka::record::{
    Attributes, CompressionType, Record, RecordBatch, TimestampType,
};
use highwater_engine::sim::world::World;

use super::markup::Markup;
use super::record::headers_text;
use super::{Field, Form, FormKind, Input, Refusal};
use crate::view::format::{byte_digits, bytes_text, shortened};
use crate::view::orders;
use crate::view::scene::Scene;

/// What each field of the header is for, in its order.
const ABOUT: [&str; 13] = [
    "The offset of its first record. The leader writes it; the producer sent 0.",
    "How many bytes follow this field.",
    "The epoch of the leader that appended it. The leader writes it.",
    "The version of the format.",
    "CRC-32C of everything from attributes on: what the leader writes lies outside.",
    "Codec, who set the timestamps, transaction, control, delete horizon.",
    "From the first offset to the last. Compaction keeps it though records go.",
    "What the records’ times count from, or the delete horizon.",
    "The time of the youngest record.",
    "Which producer wrote it; -1 without idempotence.",
    "The producer’s epoch: an older one is fenced.",
    "The number of its first record among all of this producer for the partition.",
    "How many records it holds.",
];
const ABOUT_RECORD: &str =
    "Length, time and offset as differences, then key, value and headers, each with its length.";

/// A piece of a batch as it is listed.
struct Piece {
    name: String,
    range: Range<usize>,
    value: String,
    about: String,
    key: Option<Range<usize>>,
    /// What Confluent's serializers put in front of a value.
    frame: Option<Range<usize>>,
    /// For a record: key, value and headers in words.
    summary: String,
}

impl Piece {
    fn new(name: String, range: Range<usize>, value: String, about: &str) -> Piece {
        Piece {
            name,
            range,
            value,
            about: about.to_owned(),
            key: None,
            frame: None,
            summary: String::new(),
        }
    }

    /// All records of a batch whose codec made one piece of them.
    fn of_compressed(records: &CompressedRecords) -> Piece {
        let (codec, count) = (records.codec.name(), records.stored.len());
        let value = format!("{count} with {codec}, {} bytes before", records.plain_bytes);
        let lines = records.stored.iter().map(|stored| summary(&stored.record));
        Piece {
            summary: lines.collect::<Vec<_>>().join(" · "),
            ..Piece::new(
                "records".to_owned(),
                records.range.clone(),
                value,
                "All records together, compressed: which byte says what of them can’t be told any more.",
            )
        }
    }

    fn of_record(number: usize, record: RecordBytes) -> Piece {
        let stored = &record.stored.record;
        let value = stored.value.as_deref();
        let frame = value
            .and_then(unframed)
            .and(record.value)
            .map(|range| range.start..range.start + FRAME_BYTES);
        let mut about = [ABOUT_RECORD, " Kafka knows no types. "].concat();
        about += &said("Key", stored.key.as_deref(), "no key");
        about += &said("Value", value, "a tombstone");
        if frame.is_some() {
            about += "Dotted: 0 and the schema’s id, as Confluent’s serializers write them. ";
        }
        Piece {
            key: record.key,
            frame,
            summary: summary(stored),
            ..Piece::new(
                format!("record {number}"),
                record.range,
                key_words(stored),
                &about,
            )
        }
    }
}

fn key_words(record: &Record) -> String {
    record.key.as_deref().map_or("no key".to_owned(), |key| {
        ["key ", &shortened(&bytes_text(key), TEXT_MAX)].concat()
    })
}

/// Key, value and headers in words.
fn summary(record: &Record) -> String {
    let mut words = [&key_words(record), ": "].concat();
    words += &record
        .value
        .as_deref()
        .map_or("✝ tombstone".to_owned(), |value| {
            shortened(&bytes_text(value), TEXT_MAX)
        });
    if !record.headers.is_empty() {
        words += "; headers ";
        words += &headers_text(&record.headers);
    }
    words
}

/// All that bytes may be, in words: only those who wrote and read them know.
fn said(name: &str, bytes: Option<&[u8]>, none: &str) -> String {
    let mut words = [name, ": "].concat();
    match bytes {
        None => words += none,
        Some([]) => words += "0 bytes, not null",
        Some(bytes) => {
            for (place, reading) in Reading::all(bytes).iter().enumerate() {
                words += if place > 0 { ", or " } else { "" };
                words += match reading {
                    Reading::Json(_) => "JSON ",
                    Reading::Text(_) => "text ",
                    Reading::Integer(_) => "integer ",
                    Reading::Long(_) => "long ",
                    Reading::Framed(..) => "",
                    Reading::Raw(_) => "bytes ",
                };
                words += &shortened(&reading.to_string(), 4 * TEXT_MAX);
            }
        }
    }
    words + ". "
}

/// How much of a key or a value is shown.
const TEXT_MAX: usize = 40;

impl Form {
    pub(super) fn bytes(&mut self, world: &World, scene: &Scene) {
        let FormKind::Bytes(partition, broker, offset) = self.kind else {
            return;
        };
        self.begin(
            format!("The batch with offset {offset}"),
            "Try it: flip a bit of this copy",
        );
        let log = world.broker(BrokerId(broker)).and_then(|broker| {
            let partition = orders::partition_of(&scene.topic, partition);
            broker.disk().log(&partition)
        });
        let Some(batch) = log.and_then(|log| log.batch_at(Offset(offset))) else {
            self.about = format!("Broker {broker} has no such batch any more.");
            return;
        };
        self.about = format!(
            "{} bytes as broker {broker} has them in p{partition}. Blue: the leader’s. Outlined: covered by the crc.",
            batch.size_in_bytes()
        );
        if scene.is_internal() {
            self.field("printed", "", "", "", Input::Picture(printed(batch)));
        }
        let piece = Input::Piece(batch.to_bytes());
        self.field("piece", "fields", "4", "", piece);
    }

    /// What a broker says of the batch as it is now.
    pub(super) fn verdict(&self) -> Refusal {
        let bytes = self.fields.iter().find_map(|field| match &field.input {
            Input::Piece(bytes) => Some(bytes.clone()),
            _ => None,
        });
        let words = match RecordBatch::from_bytes(bytes.unwrap_or_default(), EventId::default()) {
            Err(problem) => format!("One bit is another: this is no batch any more. {problem}"),
            Ok(batch) if !batch.validate_crc() => format!(
                "One bit is another. A leader would serve it unseen; a follower that appends it \
                 and a consumer (check.crcs) refuse the batch, as a leader does what a producer \
                 sends: Record is corrupt (stored crc = {}, computed crc = {})",
                batch.header().crc,
                batch.computed_crc()
            ),
            Ok(_) => "The checksum is right: it doesn’t cover what the leader writes.".to_owned(),
        };
        ("piece".to_owned(), words)
    }
}

/// The records of `__consumer_offsets` as Kafka prints them.
fn printed(batch: &RecordBatch) -> String {
    let mut page = Markup::default();
    page.raw("<div class=anatomy__printed><p>As kafka-console-consumer.sh prints it with ");
    page.raw("OffsetsMessageFormatter and GroupMetadataMessageFormatter:</p>");
    for stored in batch.records().unwrap_or_default() {
        if let Some(line) = formatted(&stored.record) {
            page.raw("<code>").text(&line).raw("</code>");
        }
    }
    page.raw("</div>");
    page.written
}

/// Flips the last bit of the piece that is chosen in a field of pieces.
pub(super) fn flip(field: &mut Field) {
    let Input::Piece(bytes) = &mut field.input else {
        return;
    };
    let chosen = field.value.parse().ok();
    let piece = chosen.and_then(|number: usize| pieces(bytes).into_iter().nth(number));
    let Some(last) = piece.and_then(|piece| piece.range.last()) else {
        return;
    };
    let mut flipped = bytes.to_vec();
    if let Some(byte) = flipped.get_mut(last) {
        *byte ^= 1;
    }
    *bytes = Bytes::from(flipped);
}

fn pieces(bytes: &Bytes) -> Vec<Piece> {
    let mut start = 0;
    let mut pieces = Vec::new();
    for ((name, size), about) in HEADER_FIELDS.into_iter().zip(ABOUT) {
        let range = start..start + size;
        start += size;
        let value = header_value(name, bytes.get(range.clone()).unwrap_or_default());
        pieces.push(Piece::new(name.to_owned(), range, value, about));
    }
    for (number, record) in records_in(bytes).into_iter().enumerate() {
        start = record.range.end;
        pieces.push(Piece::of_record(number, record));
    }
    if let Some(records) = compressed_records_in(bytes) {
        start = records.range.end;
        pieces.push(Piece::of_compressed(&records));
    }
    if start < bytes.len() {
        let value = "can’t be read".to_owned();
        let range = start..bytes.len();
        pieces.push(Piece::new("records".to_owned(), range, value, ABOUT_RECORD));
    }
    pieces
}

fn header_value(name: &str, bytes: &[u8]) -> String {
    let number = bytes
        .iter()
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let unused = 64 - 8 * bytes.len().clamp(1, 8) as u32;
    let signed = (number << unused).cast_signed() >> unused;
    match name {
        "crc" => format!("{number:08x}"),
        "attributes" => attributes(number),
        _ => signed.to_string(),
    }
}

fn attributes(bits: u64) -> String {
    let attributes = Attributes(bits as u16);
    let codec = attributes.compression().map(CompressionType::name);
    let stamped_by = match attributes.timestamp_type() {
        TimestampType::CreateTime => ", CreateTime",
        TimestampType::LogAppendTime => ", LogAppendTime",
    };
    let mut words = [codec.unwrap_or("?"), stamped_by].concat();
    for (is_set, word) in [
        (attributes.is_transactional(), ", transactional"),
        (attributes.is_control(), ", control"),
        (attributes.has_delete_horizon(), ", delete horizon"),
    ] {
        if is_set {
            words += word;
        }
    }
    words
}

impl Markup {
    /// The list of fields, one of which is chosen, and the bytes.
    pub(super) fn pieces(&mut self, bytes: &Bytes, field: &Field, has_focus: bool) {
        let pieces = pieces(bytes);
        self.raw(
            "<div class=anatomy><div class=anatomy__fields role=radiogroup aria-label=fields>",
        );
        for (number, piece) in pieces.iter().enumerate() {
            let value = number.to_string();
            let is_chosen = value == field.value;
            self.raw("<label")
                .attribute("data-piece", &value)
                .raw("><input type=radio name=piece");
            self.attribute("value", &value);
            if is_chosen {
                self.raw(" checked");
            }
            if is_chosen && has_focus {
                self.raw(" autofocus");
            }
            self.raw("><span>").text(&piece.range.start.to_string());
            self.raw("</span><b>").text(&piece.name);
            self.raw("</b><span>").text(&piece.value);
            self.raw("</span><small>")
                .text(&piece.about)
                .raw("</small></label>");
        }
        self.raw("</div><div><div class=anatomy__bytes tabindex=0 role=img");
        self.attribute("aria-label", "the bytes, as the list of fields says them")
            .raw(">");
        let covered = covered_by_crc(bytes);
        for (number, piece) in pieces.iter().enumerate() {
            self.raw("<span")
                .attribute("data-piece", &number.to_string());
            if number.to_string() == field.value {
                self.raw(" data-on=true");
            }
            if covered.contains(&piece.range.start) {
                self.raw(" data-covered=true");
            }
            self.raw(">");
            for at in piece.range.clone() {
                let is_in = |range: &Option<Range<usize>>| {
                    range.as_ref().is_some_and(|range| range.contains(&at))
                };
                let tag = match (is_in(&piece.key), is_in(&piece.frame)) {
                    (true, _) => "i",
                    (_, true) => "u",
                    _ => "",
                };
                self.byte(bytes[at], tag);
            }
            self.raw("</span>");
        }
        self.raw("</div>");
        for piece in pieces.iter().filter(|piece| !piece.summary.is_empty()) {
            self.raw("<p class=anatomy__record>").text(&piece.name);
            self.raw(" <b>").text(&piece.summary).raw("</b></p>");
        }
        self.raw("</div></div>");
    }

    fn byte(&mut self, byte: u8, tag: &str) {
        let digits = byte_digits(&[byte]);
        if tag.is_empty() {
            self.raw(&digits).raw(" ");
        } else {
            self.raw("<").raw(tag).raw(">").raw(&digits);
            self.raw(" </").raw(tag).raw(">");
        }
    }
}

#[cfg(test)]
mod tests {
    use highwater_engine::kafka::record::{BatchSpec, Record, encode_batch};

    use super::*;

    fn form() -> Form {
        let record = Record {
            key: Some(Bytes::from_static(b"dave")),
            value: Some(Bytes::from_static(b"1")),
            ..Record::default()
        };
        let mut form = Form {
            kind: FormKind::Bytes(0, 1, 0),
            ..Form::default()
        };
        let bytes = encode_batch(&BatchSpec::default(), &[record]);
        form.field("piece", "", "4", "", Input::Piece(bytes));
        form
    }

    fn choose(form: &mut Form, number: usize) -> String {
        form.fill(&|_| number.to_string());
        form.verdict().1
    }

    #[test]
    fn what_the_checksum_covers_can_not_be_changed_unnoticed_and_the_rest_can() {
        for (number, (name, _)) in HEADER_FIELDS.iter().enumerate() {
            let words = choose(&mut form(), number);
            let expected = match *name {
                "baseOffset" | "partitionLeaderEpoch" => "The checksum is right",
                "batchLength" | "magic" => "this is no batch any more",
                _ => "a follower that appends it and a consumer (check.crcs) refuse the batch",
            };
            assert!(words.contains(expected), "{name}: {words}");
        }
        assert!(choose(&mut form(), 13).contains("Record is corrupt"));
    }

    #[test]
    fn a_bit_that_is_flipped_twice_is_as_before() {
        let mut form = form();
        choose(&mut form, 13);
        assert!(choose(&mut form, 13).contains("The checksum is right"));
    }

    #[test]
    fn every_byte_is_shown_once_and_the_key_is_marked() {
        let form = form();
        let markup = form.markup();
        assert!(
            markup.contains("<i>64 </i><i>61 </i><i>76 </i><i>65 </i>"),
            "{markup}"
        );
        assert!(markup.contains("<b>record 0</b><span>key dave</span>"));
        let Input::Piece(bytes) = &form.fields[0].input else {
            panic!("the form shows bytes");
        };
        let all: usize = pieces(bytes).iter().map(|piece| piece.range.len()).sum();
        assert_eq!(all, bytes.len());
    }
}
