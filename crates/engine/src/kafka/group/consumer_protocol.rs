//! What members of a consumer group tell their leader and get back from it. To the coordinator
//! these are mere bytes.
//!
//! Kafka 4.3.1: `ConsumerProtocol`, `ConsumerProtocolSubscription` and
//! `ConsumerProtocolAssignment` at version 3.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::kafka::ids::{PartitionId, TopicName, TopicPartition};
use crate::kafka::wire::{Malformed, Reader, Writer};
use crate::sorted::SortedMap;

const VERSION: i16 = 3;

/// What a member wants to read, and what it holds on to.
///
/// Kafka 4.3.1: `ConsumerPartitionAssignor.Subscription`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// The topics, sorted.
    pub topics: Vec<TopicName>,
    /// The partitions it owns while it joins: none under the eager protocol.
    pub owned_partitions: Vec<TopicPartition>,
    /// The generation in which it got them, -1 for none.
    pub generation_id: i32,
    /// `client.rack`.
    pub rack_id: Option<String>,
}

/// A subscription's bytes.
///
/// Kafka 4.3.1: `ConsumerProtocol#serializeSubscription`.
pub fn encode_subscription(subscription: &Subscription) -> Bytes {
    let mut writer = Writer::default();
    writer
        .int16(VERSION)
        .int32(subscription.topics.len() as i32);
    for topic in &subscription.topics {
        writer.string(topic.as_str());
    }
    writer.int32(NULL);
    write_partitions(&subscription.owned_partitions, &mut writer);
    writer
        .int32(subscription.generation_id)
        .nullable_string(subscription.rack_id.as_deref());
    writer.finish()
}

/// Reads a subscription of any version.
///
/// Kafka 4.3.1: `ConsumerProtocol#deserializeSubscription`.
pub fn decode_subscription(bytes: &[u8]) -> Result<Subscription, Malformed> {
    let mut reader = Reader::new(bytes);
    let version = reader.int16()?;
    let mut topics = Vec::new();
    for _ in 0..reader.array_length()? {
        topics.push(TopicName::new(reader.string()?));
    }
    skip_user_data(&mut reader)?;
    let owned_partitions = if version >= 1 {
        read_partitions(&mut reader)?
    } else {
        Vec::new()
    };
    let generation_id = if version >= 2 { reader.int32()? } else { -1 };
    let rack_id = if version >= 3 {
        reader.nullable_string()?.map(str::to_owned)
    } else {
        None
    };
    Ok(Subscription {
        topics,
        owned_partitions,
        generation_id,
        rack_id,
    })
}

/// The bytes of a member's assignment.
///
/// Kafka 4.3.1: `ConsumerProtocol#serializeAssignment`.
pub fn encode_assignment(partitions: &[TopicPartition]) -> Bytes {
    let mut writer = Writer::default();
    writer.int16(VERSION);
    write_partitions(partitions, &mut writer);
    writer.int32(NULL);
    writer.finish()
}

/// Reads an assignment; no bytes at all are no partitions.
///
/// Kafka 4.3.1: `ConsumerProtocol#deserializeAssignment`.
pub fn decode_assignment(bytes: &[u8]) -> Result<Vec<TopicPartition>, Malformed> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let mut reader = Reader::new(bytes);
    reader.int16()?;
    read_partitions(&mut reader)
}

/// The length that stands for no bytes at all, in place of empty ones.
const NULL: i32 = -1;

fn write_partitions(partitions: &[TopicPartition], writer: &mut Writer) {
    let mut by_topic: SortedMap<&TopicName, Vec<PartitionId>> = SortedMap::new();
    for partition in partitions {
        by_topic
            .entry(&partition.topic)
            .or_default()
            .push(partition.partition);
    }
    writer.int32(by_topic.len() as i32);
    for (topic, numbers) in by_topic {
        writer.string(topic.as_str()).int32(numbers.len() as i32);
        for number in numbers {
            writer.int32(number.0.cast_signed());
        }
    }
}

fn read_partitions(reader: &mut Reader<'_>) -> Result<Vec<TopicPartition>, Malformed> {
    let mut partitions = Vec::new();
    for _ in 0..reader.array_length()? {
        let topic = TopicName::new(reader.string()?);
        for _ in 0..reader.array_length()? {
            let number = u32::try_from(reader.int32()?).map_err(|_| Malformed)?;
            partitions.push(TopicPartition::new(&topic, number));
        }
    }
    Ok(partitions)
}

fn skip_user_data(reader: &mut Reader<'_>) -> Result<(), Malformed> {
    // A null length means no data; peeking needs a copy of the reader, which is two words.
    let mut ahead = *reader;
    if ahead.int32()? == NULL {
        *reader = ahead;
        return Ok(());
    }
    reader.blob().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_reads_back() {
        let topic = TopicName::new("orders");
        let subscription = Subscription {
            topics: vec![topic.clone()],
            owned_partitions: vec![TopicPartition::new(&topic, 2)],
            generation_id: 4,
            rack_id: Some("a".to_owned()),
        };
        let bytes = encode_subscription(&subscription);
        assert_eq!(decode_subscription(&bytes), Ok(subscription));
    }

    #[test]
    fn an_assignment_has_the_bytes_of_kafkas_version_3() {
        let topic = TopicName::new("t");
        let bytes = encode_assignment(&[TopicPartition::new(&topic, 1)]);
        let expected = [
            0, 3, 0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff,
        ];
        assert_eq!(bytes.as_ref(), expected);
        assert_eq!(
            decode_assignment(&bytes),
            Ok(vec![TopicPartition::new(&topic, 1)])
        );
    }

    #[test]
    fn no_bytes_are_no_partitions() {
        assert_eq!(decode_assignment(&[]), Ok(Vec::new()));
    }
}
