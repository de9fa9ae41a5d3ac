//! The records of `__consumer_offsets`: a key says what the record is about, the newest value
//! of a key counts, and a record without a value takes it back.
//!
//! Kafka 4.3.1: `GroupCoordinatorRecordHelpers`; `OffsetCommitKey` 1, `OffsetCommitValue` 4,
//! `GroupMetadataKey` 2, `GroupMetadataValue` 3.
//! Simplified: the topic id, a tagged field of offset values, is left out, and every member's
//! host is `/127.0.0.1`.

use bytes::Bytes;

use crate::kafka::group::classic::{ClassicGroup, StoredOffset};
use crate::kafka::ids::{LeaderEpoch, Offset, TopicName, TopicPartition};
use crate::kafka::message::CommittedOffset;
use crate::kafka::record::Record;
use crate::kafka::time::SimDuration;
use crate::kafka::wire::{Malformed, Reader, Writer};

/// What a record of `__consumer_offsets` says.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupRecord {
    /// An offset was committed, or taken back.
    Offset {
        group_id: String,
        partition: TopicPartition,
        stored: Option<StoredOffset>,
    },
    /// A classic group as it stood, or its end.
    Metadata {
        group_id: String,
        metadata: Option<GroupMetadata>,
    },
}

/// A classic group as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupMetadata {
    /// The generation.
    pub generation_id: i32,
    /// The chosen assignor.
    pub protocol_name: Option<String>,
    /// The leader's member id.
    pub leader: Option<String>,
    /// The members.
    pub members: Vec<StoredMember>,
}

/// A member as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredMember {
    /// Its id.
    pub member_id: String,
    /// Its static identity.
    pub group_instance_id: Option<String>,
    /// Its `client.id`.
    pub client_id: String,
    /// How long the group waits for it.
    pub rebalance_timeout: SimDuration,
    /// After what silence it counts as dead.
    pub session_timeout: SimDuration,
    /// Its encoded subscription.
    pub subscription: Bytes,
    /// Its encoded assignment.
    pub assignment: Bytes,
}

/// The record of a committed offset; a tombstone for `None`.
///
/// Kafka 4.3.1: `GroupCoordinatorRecordHelpers#newOffsetCommitRecord`.
pub fn offset_record(
    group_id: &str,
    partition: &TopicPartition,
    stored: Option<&StoredOffset>,
    timestamp_ms: i64,
) -> Record {
    let mut key = Writer::default();
    key.int16(OFFSET_KEY)
        .string(group_id)
        .string(partition.topic.as_str());
    key.int32(partition.partition.0.cast_signed());
    let value = stored.map(|stored| {
        let committed = &stored.committed;
        let mut value = Writer::default();
        value
            .int16(OFFSET_VALUE)
            .int64(committed.offset.0.cast_signed());
        value.int32(committed.leader_epoch.map_or(-1, |epoch| epoch.0));
        value
            .compact_string(&committed.metadata)
            .int64(stored.commit_timestamp_ms);
        value.unsigned_varint(0).finish()
    });
    Record {
        key: Some(key.finish()),
        value,
        headers: Vec::new(),
        timestamp_ms,
    }
}

/// The record of a group as it stands, with the assignments of `group`'s members.
///
/// Kafka 4.3.1: `GroupCoordinatorRecordHelpers#newGroupMetadataRecord`.
pub fn group_record(group_id: &str, group: &ClassicGroup, timestamp_ms: i64) -> Record {
    let mut value = Writer::default();
    value
        .int16(GROUP_VALUE)
        .string("consumer")
        .int32(group.generation_id());
    value
        .nullable_string(group.protocol_name())
        .nullable_string(group.leader());
    value
        .int64(timestamp_ms)
        .int32(group.members().count() as i32);
    for (member_id, member) in group.members() {
        value
            .string(member_id)
            .nullable_string(member.group_instance_id.as_deref());
        value.string(&member.client_id).string("/127.0.0.1");
        value.int32(int_millis(member.rebalance_timeout));
        value.int32(int_millis(member.session_timeout));
        let subscription = group.protocol_name().and_then(|name| member.metadata(name));
        value
            .blob(subscription.map_or(&[], |bytes| bytes.as_ref()))
            .blob(&member.assignment);
    }
    let key = Some(group_key(group_id));
    Record {
        key,
        value: Some(value.finish()),
        headers: Vec::new(),
        timestamp_ms,
    }
}

/// Reads a record of `__consumer_offsets`; `None` for a kind that this coordinator doesn't keep.
///
/// Kafka 4.3.1: `GroupCoordinatorRecordSerde`.
pub fn decode(record: &Record) -> Result<Option<GroupRecord>, Malformed> {
    let mut key = Reader::new(record.key.as_deref().ok_or(Malformed)?);
    match key.int16()? {
        0 | OFFSET_KEY => {
            let group_id = key.string()?.to_owned();
            let topic = TopicName::new(key.string()?);
            let number = u32::try_from(key.int32()?).map_err(|_| Malformed)?;
            let partition = TopicPartition::new(&topic, number);
            let stored = record.value.as_deref().map(decode_offset).transpose()?;
            Ok(Some(GroupRecord::Offset {
                group_id,
                partition,
                stored,
            }))
        }
        GROUP_KEY => {
            let group_id = key.string()?.to_owned();
            let metadata = record.value.as_deref().map(decode_group).transpose()?;
            Ok(Some(GroupRecord::Metadata { group_id, metadata }))
        }
        _ => Ok(None),
    }
}

const OFFSET_KEY: i16 = 1;
const GROUP_KEY: i16 = 2;
const OFFSET_VALUE: i16 = 4;
const GROUP_VALUE: i16 = 3;

fn group_key(group_id: &str) -> Bytes {
    let mut key = Writer::default();
    key.int16(GROUP_KEY).string(group_id).finish()
}

fn decode_offset(bytes: &[u8]) -> Result<StoredOffset, Malformed> {
    let mut value = Reader::new(bytes);
    let version = value.int16()?;
    let offset = u64::try_from(value.int64()?).map_err(|_| Malformed)?;
    let epoch = if version >= 3 { value.int32()? } else { -1 };
    let metadata = if version >= 4 {
        value.compact_string()?
    } else {
        value.string()?
    };
    let commit_timestamp_ms = value.int64()?;
    let committed = CommittedOffset {
        offset: Offset(offset),
        leader_epoch: (epoch >= 0).then_some(LeaderEpoch(epoch)),
        metadata: metadata.to_owned(),
    };
    Ok(StoredOffset {
        committed,
        commit_timestamp_ms,
    })
}

fn decode_group(bytes: &[u8]) -> Result<GroupMetadata, Malformed> {
    let mut value = Reader::new(bytes);
    value.int16()?;
    value.string()?;
    let generation_id = value.int32()?;
    let protocol_name = value.nullable_string()?.map(str::to_owned);
    let leader = value.nullable_string()?.map(str::to_owned);
    value.int64()?;
    let mut members = Vec::new();
    for _ in 0..value.array_length()? {
        let member_id = value.string()?.to_owned();
        let group_instance_id = value.nullable_string()?.map(str::to_owned);
        let client_id = value.string()?.to_owned();
        value.string()?;
        members.push(StoredMember {
            member_id,
            group_instance_id,
            client_id,
            rebalance_timeout: millis(value.int32()?)?,
            session_timeout: millis(value.int32()?)?,
            subscription: value.blob()?,
            assignment: value.blob()?,
        });
    }
    Ok(GroupMetadata {
        generation_id,
        protocol_name,
        leader,
        members,
    })
}

fn int_millis(duration: SimDuration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

fn millis(value: i32) -> Result<SimDuration, Malformed> {
    Ok(SimDuration::from_millis(
        u64::try_from(value).map_err(|_| Malformed)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offset_record_has_kafkas_bytes_and_reads_back() {
        let partition = TopicPartition::new(&TopicName::new("t"), 3);
        let committed = CommittedOffset {
            offset: Offset(5),
            leader_epoch: Some(LeaderEpoch(2)),
            metadata: String::new(),
        };
        let stored = StoredOffset {
            committed,
            commit_timestamp_ms: 9,
        };
        let record = offset_record("g", &partition, Some(&stored), 9);
        let key = [0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 3];
        assert_eq!(record.key.as_deref(), Some(key.as_slice()));
        let value = [
            0, 4, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 9, 0,
        ];
        assert_eq!(record.value.as_deref(), Some(value.as_slice()));
        let read = GroupRecord::Offset {
            group_id: "g".to_owned(),
            partition,
            stored: Some(stored),
        };
        assert_eq!(decode(&record), Ok(Some(read)));
    }
}
