//! Avro: schemas to begin with, what is asked of the Avro library, and what two schemas make of each
//! other's bytes.
//!
//! The library is not part of the program: the page fetches it when the first question is asked.

use bytes::Bytes;
use highwater_engine::kafka::client::serialization::{Serializer, framed};

use super::markup::Markup;
use super::{Form, FormKind, Input, Refusal};

/// The name of a refusal that is none: an answer of the library is awaited.
pub(super) const WAITING: &str = "waiting";
const FETCHING: &str = "The Avro library is on its way.";

/// What stands in front of every schema that is offered.
const OLD_FIELDS: [&str; 3] = [ID, ITEM, CENTS];
const ID: &str = r#"{ "name": "id", "type": "long" }"#;
const ITEM: &str = r#"{ "name": "item", "type": "string" }"#;
const CENTS: &str = r#"{ "name": "cents", "type": "int" }"#;
const OLD_RECORD: &str = r#"{ "id": 1061, "item": "coffee", "cents": 320 }"#;

/// Schemas to begin with: their words, their fields, a record of each.
const SCHEMAS: [(&str, &[&str], &str); 3] = [
    ("an order", &OLD_FIELDS, OLD_RECORD),
    (
        "a customer: union, enum, array",
        &[
            r#"{ "name": "email", "type": ["null", "string"], "default": null }"#,
            r#"{ "name": "tier", "type": { "type": "enum", "name": "Tier", "symbols": ["NEW", "GOLD"] } }"#,
            r#"{ "name": "tags", "type": { "type": "array", "items": "string" } }"#,
        ],
        r#"{ "email": { "string": "heidi@example.org" }, "tier": "GOLD", "tags": ["a", "b"] }"#,
    ),
    (
        "a reading: fixed, float, boolean",
        &[
            r#"{ "name": "sensor", "type": { "type": "fixed", "name": "Mac", "size": 2 } }"#,
            r#"{ "name": "celsius", "type": "float" }"#,
            r#"{ "name": "ok", "type": "boolean" }"#,
        ],
        r#"{ "sensor": "AB", "celsius": 21.5, "ok": true }"#,
    ),
];

/// How the schema of an order may change: in words, its fields then, a record of it.
const CHANGES: [(&str, &[&str], &str); 8] = [
    (
        "a field is added, with a default",
        &[
            ID,
            ITEM,
            CENTS,
            r#"{ "name": "note", "type": "string", "default": "" }"#,
        ],
        r#"{ "id": 1062, "item": "tea", "cents": 280, "note": "hot" }"#,
    ),
    (
        "a field is added, without a default",
        &[ID, ITEM, CENTS, r#"{ "name": "note", "type": "string" }"#],
        r#"{ "id": 1062, "item": "tea", "cents": 280, "note": "hot" }"#,
    ),
    (
        "a field is removed",
        &[ID, CENTS],
        r#"{ "id": 1062, "cents": 280 }"#,
    ),
    (
        "a field is renamed, with an alias",
        &[
            ID,
            r#"{ "name": "product", "aliases": ["item"], "type": "string" }"#,
            CENTS,
        ],
        r#"{ "id": 1062, "product": "tea", "cents": 280 }"#,
    ),
    (
        "a field is renamed, without an alias",
        &[ID, r#"{ "name": "product", "type": "string" }"#, CENTS],
        r#"{ "id": 1062, "product": "tea", "cents": 280 }"#,
    ),
    (
        "an int becomes a long",
        &[ID, ITEM, r#"{ "name": "cents", "type": "long" }"#],
        r#"{ "id": 1062, "item": "tea", "cents": 280 }"#,
    ),
    (
        "an int becomes a string",
        &[ID, ITEM, r#"{ "name": "cents", "type": "string" }"#],
        r#"{ "id": 1062, "item": "tea", "cents": "280" }"#,
    ),
    (
        "fields change their places",
        &[CENTS, ITEM, ID],
        r#"{ "cents": 280, "item": "tea", "id": 1062 }"#,
    ),
];

/// The place of a mistake that no text has: the library can't be reached.
const UNREACHED: &str = "library";

/// A question to the library: what is asked, then the texts that it is asked about.
pub type Question = Vec<String>;

/// What the library answered: first the place of a mistake, which is empty if there is none.
pub type Answer = Vec<String>;

fn schema(fields: &[&str]) -> String {
    let head = "{ \"type\": \"record\", \"name\": \"Order\", \"fields\": [\n  ";
    [head, &fields.join(",\n  "), "\n] }"].concat()
}

impl Form {
    /// The fields of a schema: shown while the value is Avro.
    pub(super) fn schema_fields(&mut self) {
        let (first, fields, _) = SCHEMAS[0];
        let choices = SCHEMAS.map(|(words, ..)| (words.to_owned(), words.to_owned()));
        self.field(
            "example",
            "Schema of",
            first,
            "",
            Input::Choice(choices.into()),
        );
        self.span(3);
        self.number("schema.id", "Schema id in front", "1", "");
        self.span(3);
        if let Some(field) = self.fields.last_mut() {
            "none: the data alone".clone_into(&mut field.default);
        }
        let help = "A schema registry is no part of Apache Kafka. Confluent’s serializers write 0 and \
            the schema’s id in four bytes before the data; without an id here they are left out.";
        self.field("schema", "Schema", &schema(fields), help, Input::Lines);
        let count = self.fields.len();
        for field in self.fields.iter_mut().skip(count - 3) {
            field.when = "avro";
        }
    }

    /// The window in which two schemas stand side by side.
    pub(super) fn schemas(&mut self) {
        self.title = "Two versions of an Avro schema".to_owned();
        self.about =
            "A consumer reads with its own schema what a producer wrote with another. The Avro \
            library tries it on real bytes; a schema registry, which is no part of Apache Kafka, \
            would forbid it before."
                .to_owned();
        let (first, fields, record) = CHANGES[0];
        let choices = CHANGES.map(|(words, ..)| (words.to_owned(), words.to_owned()));
        self.field(
            "example",
            "What changes",
            first,
            "",
            Input::Choice(choices.into()),
        );
        self.field(
            "before",
            "Old schema",
            &schema(&OLD_FIELDS),
            "",
            Input::Lines,
        );
        self.span(3);
        self.field("after", "New schema", &schema(fields), "", Input::Lines);
        self.span(3);
        self.field(
            "record.before",
            "A record of the old",
            OLD_RECORD,
            "",
            Input::Lines,
        );
        self.span(3);
        self.field(
            "record.after",
            "A record of the new",
            record,
            "",
            Input::Lines,
        );
        self.span(3);
        self.preview("verdicts", "What reads what");
    }

    /// What the library has to be asked about the form as it is filled in.
    fn question(&self) -> Question {
        let texts: &[&str] = match self.kind {
            FormKind::Record(..) if self.value("value.as") == "avro" => {
                &["encode", "schema", "value"]
            }
            FormKind::Schemas => &[
                "compare",
                "before",
                "after",
                "record.before",
                "record.after",
            ],
            _ => &[],
        };
        let mut question: Question = Vec::new();
        for (place, name) in texts.iter().enumerate() {
            let text = if place == 0 { name } else { self.value(name) };
            question.push(text.to_owned());
        }
        question
    }

    /// What has to be asked now, if it was not asked already. The former answer is forgotten.
    pub fn ask(&mut self) -> Option<Question> {
        let question = self.question();
        if question == self.asked {
            return None;
        }
        self.asked.clone_from(&question);
        self.answer.clear();
        (!question.is_empty()).then_some(question)
    }

    /// Takes the answer to a question, unless something else was asked since.
    pub fn take_answer(&mut self, question: &Question, answer: Answer) {
        if self.asked != *question {
            return;
        }
        // A library that could not be fetched is asked again the next time.
        if answer.first().is_some_and(|place| place == UNREACHED) {
            self.asked.clear();
        }
        self.answer = answer;
    }

    /// Whether an answer is awaited.
    pub fn is_waiting(&self) -> bool {
        !self.asked.is_empty() && self.answer.is_empty()
    }

    /// The bytes of an Avro value, with the id of its schema in front if there is one.
    pub(super) fn encoded(&self) -> Result<Bytes, Refusal> {
        let refuse = |name: &str, words: &str| Err((name.to_owned(), words.to_owned()));
        let data = match &self.answer[..] {
            [] => return refuse(WAITING, FETCHING),
            [place, pieces, ..] if place.is_empty() => data_of(pieces),
            [place, words, ..] if place == UNREACHED => return refuse("value", words),
            [place, words, ..] => return refuse(place, words),
            _ => Bytes::new(),
        };
        if self.value("schema.id").is_empty() {
            return Ok(data);
        }
        match self.read("schema.id")? {
            1.. => Ok(framed(self.read("schema.id")?, &data)),
            _ => refuse("schema.id", "A registry counts its schemas from 1."),
        }
    }

    /// Fills in what belongs to another example, or to another kind of value.
    pub(super) fn follow(&mut self, changed: &str) -> Vec<&'static str> {
        let is_record = matches!(self.kind, FormKind::Record(..));
        let example = self.value("example").to_owned();
        let table: &[_] = if is_record { &SCHEMAS } else { &CHANGES };
        let Some((_, fields, record)) = table.iter().find(|(words, ..)| *words == example) else {
            return Vec::new();
        };
        let turns_to_avro = changed == "value.as"
            && self.value("value.as") == "avro"
            && !self.value("value").starts_with('{');
        match (is_record, changed) {
            (true, "example") => {
                self.set("schema", &schema(fields));
                self.set("value", record);
                vec!["schema", "value"]
            }
            (true, _) if turns_to_avro => {
                self.set("value", record);
                vec!["value"]
            }
            (false, "example") => {
                self.set("before", &schema(&OLD_FIELDS));
                self.set("record.before", OLD_RECORD);
                self.set("after", &schema(fields));
                self.set("record.after", record);
                vec!["before", "after", "record.before", "record.after"]
            }
            _ => Vec::new(),
        }
    }

    /// The verdicts as markup, each with its bytes.
    pub(super) fn verdicts(&self) -> String {
        let mut page = Markup::default();
        match &self.answer[..] {
            [
                place,
                old_read,
                by_new,
                old_bytes,
                new_read,
                by_old,
                new_bytes,
            ] if place.is_empty() => {
                let (backward, forward) = (old_read == "yes", new_read == "yes");
                let words = match (backward, forward) {
                    (true, true) => "Producers and consumers may be updated in any order.",
                    (true, false) => "Consumers have to be updated before the first new record.",
                    (false, true) => "Producers first, and no old record may be read again.",
                    (false, false) => "Old and new can’t share a topic.",
                };
                page.verdict("full", backward && forward, words);
                page.raw("<div class=verdicts><div>");
                page.verdict(
                    "backward",
                    backward,
                    "written with the old, read with the new:",
                );
                page.proof(old_bytes, by_new, backward);
                page.raw("</div><div>");
                page.verdict(
                    "forward",
                    forward,
                    "written with the new, read with the old:",
                );
                page.proof(new_bytes, by_old, forward);
                page.raw("</div></div>");
            }
            [place, words, ..] => {
                let of = match place.as_str() {
                    "before" => "Old schema: ",
                    "after" => "New schema: ",
                    "record.before" => "A record of the old: ",
                    "record.after" => "A record of the new: ",
                    _ => "",
                };
                page.raw("<strong>").text(of).text(words).raw("</strong>");
            }
            _ => {
                page.raw("<p>").text(FETCHING).raw("</p>");
            }
        }
        page.written
    }
}

impl Markup {
    fn verdict(&mut self, name: &str, is_given: bool, words: &str) {
        self.raw("<p><b>").raw(name);
        self.raw(if is_given { " ✓" } else { " ✗" });
        self.raw("</b> ").raw(words).raw("</p>");
    }

    /// The bytes, field by field, and what was read from them.
    fn proof(&mut self, pieces: &str, read: &str, is_read: bool) {
        self.raw("<p class=pieces>");
        for line in pieces.lines() {
            let (name, digits) = line.split_once(' ').unwrap_or_default();
            self.raw("<code><small>").text(name).raw("</small>");
            self.text(&spaced(digits)).raw("</code>");
        }
        self.raw("</p><p>");
        self.text(if is_read { "read: " } else { "refused: " });
        self.raw("<code>").text(read).raw("</code></p>");
    }
}

/// `0a1b` as `0a 1b`.
fn spaced(digits: &str) -> String {
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place % 2 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// The bytes of all pieces, without their names.
fn data_of(pieces: &str) -> Bytes {
    let digits = pieces.lines().filter_map(|line| line.split_once(' '));
    let digits: String = digits.map(|(_, digits)| digits).collect();
    // What is no digit can't be in an answer of our own worker.
    Serializer::Bytes.serialize(&digits).unwrap_or_default()
}
