//! Batches whose records are really compressed, as Kafka's files and other programs have them.
//!
//! The engine keeps records as they are, under the codec's name. What leaves it for a file is
//! packed, and what comes from one unpacked, by a codec that the caller brings.

use bytes::Bytes;

use crate::kafka::ids::EventId;
use crate::kafka::record::encode::write_crc;
use crate::kafka::record::header::{BATCH_OVERHEAD_BYTES, LOG_OVERHEAD_BYTES};
use crate::kafka::record::{BatchHeader, CompressionType, CorruptBatch, RecordBatch};

/// What compresses the records of a batch.
pub type Pack = fn(CompressionType, &[u8]) -> Vec<u8>;

/// What undoes it, or says what is wrong with the bytes.
pub type Unpack = fn(CompressionType, &[u8]) -> Result<Vec<u8>, CorruptBatch>;

impl RecordBatch {
    /// The batch byte for byte as on a real disk: its records packed under its codec.
    pub fn to_packed_bytes(&self, pack: Pack) -> Bytes {
        match self.header().attributes.compression() {
            None | Some(CompressionType::None) => self.to_bytes(),
            Some(codec) => {
                let bytes = self.to_bytes();
                let (header, records) = bytes.split_at(BATCH_OVERHEAD_BYTES as usize);
                joined(header, &pack(codec, records))
            }
        }
    }

    /// Takes one encoded batch whose records may be packed. The checksum of one that was is made
    /// anew: it is that of the packed records.
    pub fn from_packed_bytes(bytes: Bytes, unpack: Unpack) -> Result<RecordBatch, CorruptBatch> {
        let header = BatchHeader::parse(&bytes)?;
        let codec = header.attributes.compression().ok_or(CorruptBatch::new(
            "The batch names a codec that isn't there.",
        ))?;
        let bytes = match codec {
            CompressionType::None => bytes,
            _ => {
                let (header, records) = bytes.split_at(BATCH_OVERHEAD_BYTES as usize);
                joined(header, &unpack(codec, records)?)
            }
        };
        RecordBatch::from_bytes(bytes, EventId::default())
    }
}

/// A header before other records: length and checksum change.
fn joined(header: &[u8], records: &[u8]) -> Bytes {
    let mut bytes = [header, records].concat();
    let length = bytes.len() as u32 - LOG_OVERHEAD_BYTES;
    bytes[8..12].copy_from_slice(&length.to_be_bytes());
    write_crc(&mut bytes);
    Bytes::from(bytes)
}
