//! A record of `__consumer_offsets` as Kafka's console consumer prints it.
//!
//! Kafka 4.3.1: `OffsetsMessageFormatter`, `GroupMetadataMessageFormatter`,
//! `CoordinatorRecordMessageFormatter#writeTo`, and the generated `…JsonConverter`s.

use crate::kafka::record::Record;
use crate::kafka::wire::{Malformed, Reader};

/// The record as one line of JSON; none for a kind that these formatters pass over, or if it can't
/// be read.
///
/// `kafka-console-consumer.sh --formatter org.apache.kafka.tools.consumer.OffsetsMessageFormatter`
pub fn formatted(record: &Record) -> Option<String> {
    line(record).ok().flatten()
}

fn line(record: &Record) -> Result<Option<String>, Malformed> {
    let mut key = Reader::new(record.key.as_deref().ok_or(Malformed)?);
    let kind = key.int16()?;
    let mut json = Json::default();
    json.raw("{\"key\":{\"type\":").raw(&kind.to_string());
    json.raw(",\"data\":{").text("group", Some(key.string()?));
    if kind < 2 {
        json.text("topic", Some(key.string()?));
        json.number("partition", key.int32()?.into());
    } else if kind > 2 {
        return Ok(None);
    }
    json.raw("}},\"value\":");
    match record.value.as_deref() {
        None => {
            json.raw("null");
        }
        Some(value) => {
            let mut value = Reader::new(value);
            let version = value.int16()?;
            json.raw("{\"version\":").raw(&version.to_string());
            json.raw(",\"data\":{");
            if kind < 2 {
                offset(version, &mut value, &mut json)?;
            } else {
                group(version, &mut value, &mut json)?;
            }
            json.raw("}}");
        }
    }
    json.raw("}");
    Ok(Some(json.written))
}

/// Kafka 4.3.1: `OffsetCommitValueJsonConverter#write`.
fn offset(version: i16, value: &mut Reader<'_>, json: &mut Json) -> Result<(), Malformed> {
    json.number("offset", value.int64()?);
    if version >= 3 {
        json.number("leaderEpoch", value.int32()?.into());
    }
    let metadata = if version >= 4 {
        value.compact_string()?
    } else {
        value.string()?
    };
    json.text("metadata", Some(metadata));
    json.number("commitTimestamp", value.int64()?);
    if version == 1 {
        json.number("expireTimestamp", value.int64()?);
    }
    Ok(())
}

/// Kafka 4.3.1: `GroupMetadataValueJsonConverter#write`.
fn group(version: i16, value: &mut Reader<'_>, json: &mut Json) -> Result<(), Malformed> {
    json.text("protocolType", Some(value.string()?));
    json.number("generation", value.int32()?.into());
    json.text("protocol", value.nullable_string()?);
    json.text("leader", value.nullable_string()?);
    if version >= 2 {
        json.number("currentStateTimestamp", value.int64()?);
    }
    json.name("members").raw("[");
    for member in 0..value.array_length()? {
        json.raw(if member > 0 { ",{" } else { "{" });
        json.text("memberId", Some(value.string()?));
        if version >= 3 {
            json.text("groupInstanceId", value.nullable_string()?);
        }
        json.text("clientId", Some(value.string()?));
        json.text("clientHost", Some(value.string()?));
        if version >= 1 {
            json.number("rebalanceTimeout", value.int32()?.into());
        }
        json.number("sessionTimeout", value.int32()?.into());
        json.text("subscription", Some(&base64(&value.blob()?)));
        json.text("assignment", Some(&base64(&value.blob()?)));
        json.raw("}");
    }
    json.raw("]");
    Ok(())
}

/// A text in JSON under construction.
#[derive(Default)]
struct Json {
    written: String,
}

impl Json {
    fn raw(&mut self, text: &str) -> &mut Json {
        self.written.push_str(text);
        self
    }

    fn name(&mut self, name: &str) -> &mut Json {
        if !self.written.ends_with('{') {
            self.raw(",");
        }
        self.raw("\"").raw(name).raw("\":")
    }

    fn number(&mut self, name: &str, value: i64) {
        self.name(name).raw(&value.to_string());
    }

    fn text(&mut self, name: &str, value: Option<&str>) {
        self.name(name);
        let Some(value) = value else {
            self.raw("null");
            return;
        };
        self.raw("\"");
        for letter in value.chars() {
            if matches!(letter, '"' | '\\') {
                self.raw("\\");
            }
            self.written.push(letter);
        }
        self.raw("\"");
    }
}

/// Kafka 4.3.1: `BinaryNode#serialize`.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let at = |place: usize| u32::from(three.get(place).copied().unwrap_or(0));
        let bits = at(0) << 16 | at(1) << 8 | at(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            let is_there = place <= three.len();
            text.push(if is_there { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::group::classic::StoredOffset;
    use crate::kafka::group::records::offset_record;
    use crate::kafka::ids::{LeaderEpoch, Offset, TopicName, TopicPartition};
    use crate::kafka::message::CommittedOffset;

    /// As kafka-console-consumer.sh 4.3.1 printed it, but for the topic's id.
    #[test]
    fn a_commit_and_its_tombstone_are_printed_as_kafka_does() {
        let partition = TopicPartition::new(&TopicName::new("orders"), 0);
        let committed = CommittedOffset {
            offset: Offset(1),
            leader_epoch: Some(LeaderEpoch(0)),
            metadata: String::new(),
        };
        let stored = StoredOffset {
            committed,
            commit_timestamp_ms: 1_795_797_257_686,
        };
        let key = r#"{"key":{"type":1,"data":{"group":"billing","topic":"orders","partition":0}}"#;
        let value = r#""value":{"version":4,"data":{"offset":1,"leaderEpoch":0,"metadata":"","commitTimestamp":1795797257686}}}"#;
        let record = offset_record("billing", &partition, Some(&stored), 9);
        assert_eq!(formatted(&record), Some([key, value].join(",")));
        let record = offset_record("billing", &partition, None, 9);
        assert_eq!(
            formatted(&record),
            Some([key, r#""value":null}"#].join(","))
        );
    }

    #[test]
    fn base64_is_filled_up() {
        let all = ["", "f", "fo", "foo", "foob"].map(|text| base64(text.as_bytes()));
        assert_eq!(all, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
    }
}
