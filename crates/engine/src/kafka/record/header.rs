//! The 61 bytes at the front of a batch.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{LeaderEpoch, Offset, ProducerId};
use crate::kafka::record::decode::CorruptBatch;

/// A batch's header, read out of its bytes.
///
/// Kafka 4.3.1: `DefaultRecordBatch`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BatchHeader {
    /// The offset of the first record; 0 while the batch is the producer's.
    pub base_offset: Offset,
    /// The epoch of the leader that appended it; -1 while the batch is the producer's.
    pub partition_leader_epoch: LeaderEpoch,
    /// CRC-32C of everything from the attributes on.
    pub crc: u32,
    /// Codec, kind of timestamp, and flags.
    pub attributes: Attributes,
    /// From the first offset to the last; the sequences span as much.
    pub last_offset_delta: i32,
    /// What the records' timestamps count from, or the delete horizon; milliseconds since 1970.
    pub base_timestamp_ms: i64,
    /// The largest timestamp, or the time of the append; milliseconds since 1970.
    pub max_timestamp_ms: i64,
    /// Which producer, unless it is not idempotent.
    pub producer: Option<ProducerStamp>,
    /// How many records there are; after compaction fewer than offsets.
    pub record_count: i32,
}

impl BatchHeader {
    /// Reads the header and checks that `bytes` are exactly one batch.
    pub(super) fn parse(bytes: &[u8]) -> Result<BatchHeader, CorruptBatch> {
        let mut fields = Fields(bytes);
        let base_offset = u64::try_from(i64::from_be_bytes(fields.take()?))
            .map_err(|_| CorruptBatch::new("The base offset is negative."))?;
        let length = i32::from_be_bytes(fields.take()?);
        if i64::from(length) + i64::from(LOG_OVERHEAD_BYTES) != bytes.len() as i64 {
            return Err(CorruptBatch::new(
                "The length does not match the bytes of the batch.",
            ));
        }
        let partition_leader_epoch = LeaderEpoch(i32::from_be_bytes(fields.take()?));
        let [magic] = fields.take()?;
        if magic != MAGIC {
            return Err(CorruptBatch::new("The magic number is not 2."));
        }
        let crc = u32::from_be_bytes(fields.take()?);
        let attributes = Attributes(u16::from_be_bytes(fields.take()?));
        let last_offset_delta = i32::from_be_bytes(fields.take()?);
        if last_offset_delta < 0 || base_offset > OFFSET_MAX {
            return Err(CorruptBatch::new("The batch has an invalid offset range."));
        }
        Ok(BatchHeader {
            base_offset: Offset(base_offset),
            partition_leader_epoch,
            crc,
            attributes,
            last_offset_delta,
            base_timestamp_ms: i64::from_be_bytes(fields.take()?),
            max_timestamp_ms: i64::from_be_bytes(fields.take()?),
            producer: ProducerStamp::parse(&mut fields)?,
            record_count: i32::from_be_bytes(fields.take()?),
        })
    }
}

/// Which producer wrote a batch, and where in its sequence.
///
/// Kafka 4.3.1: `ProducerIdAndEpoch`, KIP-98.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProducerStamp {
    /// The producer.
    pub id: ProducerId,
    /// Its epoch: a later one fences earlier ones.
    pub epoch: i16,
    /// The sequence of the first record; none in a transaction marker.
    pub base_sequence: Option<i32>,
}

impl ProducerStamp {
    fn parse(fields: &mut Fields<'_>) -> Result<Option<ProducerStamp>, CorruptBatch> {
        let id = i64::from_be_bytes(fields.take()?);
        let epoch = i16::from_be_bytes(fields.take()?);
        let sequence = i32::from_be_bytes(fields.take()?);
        Ok(u64::try_from(id).ok().map(|id| ProducerStamp {
            id: ProducerId(id),
            epoch,
            base_sequence: (sequence >= 0).then_some(sequence),
        }))
    }
}

/// The flags of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Attributes(pub u16);

impl Attributes {
    const LOG_APPEND_TIME: u16 = 1 << 3;
    const TRANSACTIONAL: u16 = 1 << 4;
    const CONTROL: u16 = 1 << 5;
    const DELETE_HORIZON: u16 = 1 << 6;
    const COMPRESSION: u16 = 0b111;

    /// No flag but the codec.
    pub fn new(compression: CompressionType) -> Attributes {
        Attributes(compression as u16)
    }

    /// The same with another kind of timestamp.
    pub fn with_timestamp_type(self, timestamp_type: TimestampType) -> Attributes {
        self.with(
            Attributes::LOG_APPEND_TIME,
            timestamp_type == TimestampType::LogAppendTime,
        )
    }

    /// The same inside or outside a transaction.
    pub(super) fn with_transactional(self, is_transactional: bool) -> Attributes {
        self.with(Attributes::TRANSACTIONAL, is_transactional)
    }

    /// The same as a control batch or a data batch.
    pub(super) fn with_control(self, is_control: bool) -> Attributes {
        self.with(Attributes::CONTROL, is_control)
    }

    /// The same with or without a delete horizon.
    pub(super) fn with_delete_horizon(self, has_delete_horizon: bool) -> Attributes {
        self.with(Attributes::DELETE_HORIZON, has_delete_horizon)
    }

    /// The codec; none if the bits name no codec.
    pub fn compression(self) -> Option<CompressionType> {
        let bits = self.0 & Attributes::COMPRESSION;
        CompressionType::ALL
            .into_iter()
            .find(|compression| *compression as u16 == bits)
    }

    /// Who stamped the timestamps.
    pub fn timestamp_type(self) -> TimestampType {
        if self.0 & Attributes::LOG_APPEND_TIME == 0 {
            TimestampType::CreateTime
        } else {
            TimestampType::LogAppendTime
        }
    }

    /// Whether the batch belongs to a transaction.
    pub fn is_transactional(self) -> bool {
        self.0 & Attributes::TRANSACTIONAL != 0
    }

    /// Whether the batch holds a control record, which no application sees.
    pub fn is_control(self) -> bool {
        self.0 & Attributes::CONTROL != 0
    }

    /// Whether the base timestamp is the time from which tombstones may go.
    pub fn has_delete_horizon(self) -> bool {
        self.0 & Attributes::DELETE_HORIZON != 0
    }

    fn with(self, flag: u16, is_set: bool) -> Attributes {
        Attributes(if is_set {
            self.0 | flag
        } else {
            self.0 & !flag
        })
    }
}

/// How a batch's records are compressed.
///
/// Kafka 4.3.1: `CompressionType`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum CompressionType {
    /// As they are.
    #[default]
    None = 0,
    /// GZIP.
    Gzip = 1,
    /// Snappy.
    Snappy = 2,
    /// LZ4.
    Lz4 = 3,
    /// Zstandard, KIP-110.
    Zstd = 4,
}

impl CompressionType {
    /// Every codec, by number.
    pub const ALL: [CompressionType; 5] = [
        CompressionType::None,
        CompressionType::Gzip,
        CompressionType::Snappy,
        CompressionType::Lz4,
        CompressionType::Zstd,
    ];

    /// Its name, as `compression.type` has it.
    pub fn name(self) -> &'static str {
        ["none", "gzip", "snappy", "lz4", "zstd"][self as usize]
    }
}

/// Who stamps the timestamps of a topic's records. KIP-32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum TimestampType {
    /// The producer, or its application.
    #[default]
    CreateTime,
    /// The leader, when it appends.
    LogAppendTime,
}

/// Takes fixed-size fields from the front of a slice.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], CorruptBatch> {
        let (field, rest) = self
            .0
            .split_first_chunk::<N>()
            .ok_or(CorruptBatch::new("The batch is shorter than its header."))?;
        self.0 = rest;
        Ok(*field)
    }
}

/// The header's size. Kafka 4.3.1: `DefaultRecordBatch.RECORD_BATCH_OVERHEAD`.
pub(super) const BATCH_OVERHEAD_BYTES: u32 = 61;

/// Base offset and length, which the length doesn't count. Kafka 4.3.1: `Records.LOG_OVERHEAD`.
pub(super) const LOG_OVERHEAD_BYTES: u32 = 12;

/// Where the length stands.
pub(super) const LENGTH_POSITION: usize = 8;

/// Where the checksum stands.
pub(super) const CRC_POSITION: usize = 17;

/// Where what the checksum covers begins.
pub(super) const ATTRIBUTES_POSITION: usize = 21;

/// Where the largest timestamp stands.
pub(super) const MAX_TIMESTAMP_POSITION: usize = 35;

/// The version of the batch format.
pub(super) const MAGIC: u8 = 2;

/// Leaves room for every delta.
const OFFSET_MAX: u64 = i64::MAX as u64 - u32::MAX as u64;
