//! The batches in the bytes of a `.log`, with every field as it stands, whatever it is.
//!
//! Kafka 4.3.1: `FileLogInputStream`, `DefaultRecordBatch`.

use bytes::Bytes;
use highwater_engine::kafka::ids::EventId;
use highwater_engine::kafka::record::{RecordBatch, StoredRecord, crc32c, increment_sequence};

/// One batch.
pub struct FileBatch {
    /// Where it begins.
    pub position: usize,
    bytes: Bytes,
}

/// The whole batches from the front, and how many bytes are left over: the last write of a broker
/// that was killed may be cut off.
pub struct FileBatches {
    /// The batches.
    pub batches: Vec<FileBatch>,
    /// Bytes at the end that are no batch.
    pub trailing_bytes: usize,
    /// Why it didn't go on after the last of the batches.
    pub fault: Option<String>,
}

impl FileBatches {
    /// Cuts a file into batches.
    pub fn of(path: &str, bytes: &[u8]) -> FileBatches {
        let bytes = Bytes::copy_from_slice(bytes);
        let mut batches = Vec::new();
        let mut position = 0;
        let mut fault = None;
        while let Some(size) = bytes.get(position..).and_then(size_of_first) {
            if size < RECORD_OVERHEAD_V0 {
                fault = Some(format!(
                    "Found record size {size} smaller than minimum record overhead \
                     ({RECORD_OVERHEAD_V0}) in file {path}."
                ));
                break;
            }
            let end = position + LOG_OVERHEAD + size as usize;
            if end > bytes.len() {
                break;
            }
            let batch = FileBatch {
                position,
                bytes: bytes.slice(position..end),
            };
            if let Err(problem) = batch.check() {
                fault = Some(format!("{path}, position {position}: {problem}"));
                break;
            }
            batches.push(batch);
            position = end;
        }
        FileBatches {
            batches,
            trailing_bytes: bytes.len() - position,
            fault,
        }
    }
}

impl FileBatch {
    fn check(&self) -> Result<(), &'static str> {
        if self.bytes[MAGIC] != 2 {
            Err("only batches of magic 2 can be read here")
        } else if self.bytes.len() < BATCH_OVERHEAD {
            Err("the batch is shorter than its header")
        } else {
            Ok(())
        }
    }

    /// Its size.
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// The first offset.
    pub fn base_offset(&self) -> i64 {
        self.int64(0)
    }

    /// The last one.
    pub fn last_offset(&self) -> i64 {
        self.base_offset()
            .wrapping_add(self.last_offset_delta().into())
    }

    fn last_offset_delta(&self) -> i32 {
        self.int32(23)
    }

    /// The epoch of the leader that appended it.
    pub fn leader_epoch(&self) -> i32 {
        self.int32(12)
    }

    /// The stored checksum.
    pub fn crc(&self) -> u32 {
        self.int32(17).cast_unsigned()
    }

    /// Whether it is that of the bytes.
    pub fn is_valid(&self) -> bool {
        crc32c(&self.bytes[ATTRIBUTES..]) == self.crc()
    }

    fn has_flag(&self, bit: u32) -> bool {
        self.int16(ATTRIBUTES) & 1 << bit != 0
    }

    /// The name of the codec.
    pub fn codec(&self) -> Result<&'static str, String> {
        let id = self.int16(ATTRIBUTES) & 7;
        let names = ["none", "gzip", "snappy", "lz4", "zstd"];
        let name = names.get(id.cast_unsigned() as usize).copied();
        name.ok_or_else(|| format!("Unknown compression type id: {id}"))
    }

    /// `CreateTime` or `LogAppendTime`.
    pub fn timestamp_type(&self) -> &'static str {
        if self.has_flag(3) {
            "LogAppendTime"
        } else {
            "CreateTime"
        }
    }

    /// Whether it belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.has_flag(4)
    }

    /// Whether it holds a control record.
    pub fn is_control(&self) -> bool {
        self.has_flag(5)
    }

    /// From when on its tombstones may go, if a cleaner has met them.
    pub fn delete_horizon_ms(&self) -> Option<i64> {
        self.has_flag(6).then(|| self.int64(27))
    }

    /// The largest timestamp.
    pub fn max_timestamp_ms(&self) -> i64 {
        self.int64(35)
    }

    /// The producer, or -1.
    pub fn producer_id(&self) -> i64 {
        self.int64(43)
    }

    /// Its epoch, or -1.
    pub fn producer_epoch(&self) -> i16 {
        self.int16(51)
    }

    /// The first sequence, or -1.
    pub fn base_sequence(&self) -> i32 {
        self.int32(53)
    }

    /// The last one, or -1.
    pub fn last_sequence(&self) -> i32 {
        match self.base_sequence() {
            -1 => -1,
            base => increment_sequence(base, self.last_offset_delta()),
        }
    }

    /// How many records it says it has.
    pub fn count(&self) -> i32 {
        self.int32(57)
    }

    /// The records.
    pub fn records(&self) -> Result<Vec<StoredRecord>, String> {
        RecordBatch::from_bytes(self.bytes.clone(), EventId::default())
            .and_then(|batch| batch.records())
            .map_err(|corrupt| corrupt.to_string())
    }

    fn int16(&self, at: usize) -> i16 {
        i16::from_be_bytes(self.field(at))
    }

    fn int32(&self, at: usize) -> i32 {
        i32::from_be_bytes(self.field(at))
    }

    fn int64(&self, at: usize) -> i64 {
        i64::from_be_bytes(self.field(at))
    }

    fn field<const N: usize>(&self, at: usize) -> [u8; N] {
        *self.bytes[at..]
            .first_chunk()
            .expect("a batch is no shorter than its header")
    }
}

/// What the length of a batch doesn't count.
const LOG_OVERHEAD: usize = 12;
/// The header's size.
const BATCH_OVERHEAD: usize = 61;
/// The size of the smallest record there ever was, which every length has to reach.
const RECORD_OVERHEAD_V0: i32 = 14;
/// Where the version of the format stands.
const MAGIC: usize = 16;
/// Where what the checksum covers begins.
const ATTRIBUTES: usize = 21;

/// The length that the first batch claims; none if there is too little for one.
fn size_of_first(bytes: &[u8]) -> Option<i32> {
    (bytes.len() > MAGIC + 1)
        .then(|| i32::from_be_bytes([bytes[8], bytes[9], bytes[10], bytes[11]]))
}
