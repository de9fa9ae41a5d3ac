//! What serializers make of an application's values, and what deserializers read out of bytes again.
//!
//! A broker keeps bytes and never learns a type: what a value is, is agreed between those who write
//! it and those who read it.
//!
//! Kafka 4.3.1: `org.apache.kafka.common.serialization`.

use std::fmt;

use bytes::Bytes;
use serde::de::IgnoredAny;

use crate::kafka::text_bytes::{from_hex, to_hex};

/// A serializer of Kafka's clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serializer {
    /// UTF-8.
    ///
    /// Kafka 4.3.1: `StringSerializer`.
    Text,
    /// Four bytes, the highest first.
    ///
    /// Kafka 4.3.1: `IntegerSerializer`.
    Integer,
    /// Eight bytes, the highest first.
    ///
    /// Kafka 4.3.1: `LongSerializer`.
    Long,
    /// UTF-8 of a text that is JSON.
    ///
    /// Kafka 4.3.1: `JsonSerializer` of Connect. Simplified: blanks stay as they were typed.
    Json,
    /// The bytes themselves, two hexadecimal digits each.
    ///
    /// Kafka 4.3.1: `ByteArraySerializer`.
    Bytes,
}

impl Serializer {
    /// The bytes of what `text` says. Errors: what is wrong with it, and where.
    pub fn serialize(self, text: &str) -> Result<Bytes, String> {
        let number = text.trim();
        Ok(match self {
            Serializer::Text => Bytes::from(text.to_owned()),
            Serializer::Integer => match number.parse::<i32>() {
                Ok(number) => Bytes::copy_from_slice(&number.to_be_bytes()),
                Err(_) => return Err(INTEGER_NEEDED.to_owned()),
            },
            Serializer::Long => match number.parse::<i64>() {
                Ok(number) => Bytes::copy_from_slice(&number.to_be_bytes()),
                Err(_) => return Err(LONG_NEEDED.to_owned()),
            },
            Serializer::Json => match serde_json::from_str::<IgnoredAny>(text) {
                Ok(_) => Bytes::from(text.to_owned()),
                Err(problem) => return Err(["This is no JSON: ", &problem.to_string()].concat()),
            },
            Serializer::Bytes => {
                let digits: String = text.split_whitespace().collect();
                Bytes::from(from_hex(&digits).ok_or(DIGITS_NEEDED)?)
            }
        })
    }
}

const INTEGER_NEEDED: &str = "An integer is a whole number from -2147483648 to 2147483647.";
const LONG_NEEDED: &str =
    "A long is a whole number from -9223372036854775808 to 9223372036854775807.";
const DIGITS_NEEDED: &str = "Bytes are written with two hexadecimal digits each: 0a 1b.";

/// What bytes can be read as. Several may be possible: only their readers know which is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    /// JSON, an object or a list.
    Json(String),
    /// Text that can be printed.
    Text(String),
    /// What an `IntegerDeserializer` reads.
    Integer(i32),
    /// What a `LongDeserializer` reads.
    Long(i64),
    /// A byte 0, the id of a schema in four bytes, and so many bytes of data: what the serializers
    /// of Confluent's schema registry write. The registry is no part of Apache Kafka.
    Framed(i32, usize),
    /// Bytes, whatever they mean.
    Raw(String),
}

/// How many bytes Confluent's serializers put in front of the data.
pub const FRAME_BYTES: usize = 5;

impl Reading {
    /// All that bytes can be read as, the most likely first.
    pub fn all(bytes: &[u8]) -> Vec<Reading> {
        let mut readings = Vec::new();
        if let Some(text) = printable(bytes) {
            let is_json = text.starts_with(['{', '[']) && Serializer::Json.serialize(text).is_ok();
            let reading = if is_json {
                Reading::Json
            } else {
                Reading::Text
            };
            readings.push(reading(text.to_owned()));
        }
        if let Ok(number) = <[u8; 4]>::try_from(bytes) {
            readings.push(Reading::Integer(i32::from_be_bytes(number)));
        }
        if let Ok(number) = <[u8; 8]>::try_from(bytes) {
            readings.push(Reading::Long(i64::from_be_bytes(number)));
        }
        if let Some((id, data)) = unframed(bytes) {
            readings.push(Reading::Framed(id, data.len()));
        }
        if readings.is_empty() {
            readings.push(Reading::Raw(to_hex(bytes)));
        }
        readings
    }

    /// What bytes most likely are.
    pub fn first(bytes: &[u8]) -> Reading {
        let mut all = Reading::all(bytes).into_iter();
        all.next().unwrap_or(Reading::Raw(String::new()))
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reading::Json(text) | Reading::Text(text) => f.write_str(text),
            Reading::Integer(number) => number.fmt(f),
            Reading::Long(number) => number.fmt(f),
            Reading::Framed(id, size) => write!(f, "schema id {id}, then {size} bytes"),
            Reading::Raw(digits) => write!(f, "0x{digits}"),
        }
    }
}

/// The id of the schema in front of the data, and the data, if bytes begin as Confluent's serializers
/// let them begin.
pub fn unframed(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (id, data) = bytes.strip_prefix(&[0])?.split_first_chunk()?;
    let id = i32::from_be_bytes(*id);
    (id > 0).then_some((id, data))
}

/// Data with the id of its schema in front, as Confluent's serializers write it.
pub fn framed(schema_id: i32, data: &[u8]) -> Bytes {
    let frame = [&[0][..], &schema_id.to_be_bytes(), data].concat();
    Bytes::from(frame)
}

fn printable(bytes: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(bytes).ok()?;
    let is_printable = |letter: char| !letter.is_control() || "\n\r\t".contains(letter);
    text.chars().all(is_printable).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(serializer: Serializer, text: &str) -> String {
        let bytes = serializer.serialize(text).expect("it can be serialized");
        to_hex(&bytes)
    }

    #[test]
    fn numbers_have_their_highest_byte_first() {
        assert_eq!(hex(Serializer::Integer, "1062"), "00000426");
        assert_eq!(hex(Serializer::Integer, " -1 "), "ffffffff");
        assert_eq!(hex(Serializer::Long, "1062"), "0000000000000426");
        assert_eq!(hex(Serializer::Text, " ü"), "20c3bc");
        assert_eq!(hex(Serializer::Bytes, "00 0a1B"), "000a1b");
        assert_eq!(hex(Serializer::Text, ""), "", "an empty text is no null");
    }

    #[test]
    fn what_does_not_fit_is_refused_with_what_would() {
        let words =
            |serializer: Serializer, text| serializer.serialize(text).expect_err("no value");
        assert_eq!(words(Serializer::Integer, "2147483648"), INTEGER_NEEDED);
        assert_eq!(words(Serializer::Long, "1.5"), LONG_NEEDED);
        assert_eq!(words(Serializer::Long, ""), LONG_NEEDED);
        assert_eq!(words(Serializer::Bytes, "0a1"), DIGITS_NEEDED);
    }

    #[test]
    fn json_stays_as_it_was_typed_and_the_place_of_a_mistake_is_said() {
        let typed = "{ \"order\": 10.5 }";
        assert_eq!(
            Serializer::Json.serialize(typed).as_deref(),
            Ok(typed.as_bytes())
        );
        let words = Serializer::Json
            .serialize("{\n\"a\" 1}")
            .expect_err("a colon is missing");
        assert_eq!(words, "This is no JSON: expected `:` at line 2 column 5");
        assert!(Serializer::Json.serialize("").is_err());
    }

    #[test]
    fn bytes_are_read_as_all_that_they_can_be() {
        let all = |bytes: &[u8]| Reading::all(bytes);
        let text = |text: &str| Reading::Text(text.to_owned());
        assert_eq!(all(b"alice"), [text("alice")]);
        assert_eq!(all(b"dave"), [text("dave"), Reading::Integer(0x6461_7665)]);
        assert_eq!(all(b"[1]"), [Reading::Json("[1]".to_owned())]);
        assert_eq!(all(b"{1}"), [text("{1}")]);
        assert_eq!(all(&[0, 0, 4, 38]), [Reading::Integer(1062)]);
        assert_eq!(all(&[0, 0, 0, 0, 0, 0, 4, 38]), [Reading::Long(1062)]);
        assert_eq!(all(&[0, 0, 0, 0, 7, 2, 84]), [Reading::Framed(7, 2)]);
        assert_eq!(all(&[1, 255]), [Reading::Raw("01ff".to_owned())]);
        assert_eq!(all(b""), [text("")]);
    }

    #[test]
    fn a_schema_id_stands_in_four_bytes_after_a_zero() {
        let bytes = framed(7, &[2, 84]);
        assert_eq!(to_hex(&bytes), "00000000070254");
        assert_eq!(unframed(&bytes), Some((7, &[2, 84][..])));
        assert_eq!(unframed(&bytes[..4]), None);
        assert_eq!(unframed(b"alice"), None);
    }
}
