//! The bytes of a batch, piece by piece: which of them say what.
//!
//! Kafka 4.3.1: `DefaultRecordBatch`, `DefaultRecord`.

use std::ops::Range;

use bytes::Bytes;

use crate::kafka::ids::EventId;
use crate::kafka::record::header::{ATTRIBUTES_POSITION, BATCH_OVERHEAD_BYTES};
use crate::kafka::record::{CompressionType, RecordBatch, StoredRecord};

/// The fields of the header in their order, with their sizes in bytes.
pub const HEADER_FIELDS: [(&str, usize); 13] = [
    ("baseOffset", 8),
    ("batchLength", 4),
    ("partitionLeaderEpoch", 4),
    ("magic", 1),
    ("crc", 4),
    ("attributes", 2),
    ("lastOffsetDelta", 4),
    ("baseTimestamp", 8),
    ("maxTimestamp", 8),
    ("producerId", 8),
    ("producerEpoch", 2),
    ("baseSequence", 4),
    ("recordsCount", 4),
];

/// One record of a batch and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordBytes {
    /// Its bytes.
    pub range: Range<usize>,
    /// Those of its key; none if it has no key.
    pub key: Option<Range<usize>>,
    /// Those of its value; none for a tombstone.
    pub value: Option<Range<usize>>,
    /// What they say.
    pub stored: StoredRecord,
}

/// Where the records of a batch stand; nothing where its bytes can't be read, or are compressed.
pub fn records_in(bytes: &Bytes) -> Vec<RecordBytes> {
    let Some((CompressionType::None, stored)) = read(bytes) else {
        return Vec::new();
    };
    let mut start = BATCH_OVERHEAD_BYTES as usize;
    let placed = stored.into_iter().map(|stored| {
        let range = start..start + stored.size_in_bytes as usize;
        start = range.end;
        // Keys and values are slices of the batch itself.
        let place = |slice: &Bytes| {
            let from = slice.as_ptr().addr().saturating_sub(bytes.as_ptr().addr());
            from..from + slice.len()
        };
        let key = stored.record.key.as_ref().map(place);
        let value = stored.record.value.as_ref().map(place);
        RecordBytes {
            range,
            key,
            value,
            stored,
        }
    });
    placed.collect()
}

/// The records of a batch as one compressed piece.
#[derive(Clone, Debug, PartialEq)]
pub struct CompressedRecords {
    /// Which codec.
    pub codec: CompressionType,
    /// The piece.
    pub range: Range<usize>,
    /// How many bytes it was before.
    pub plain_bytes: u32,
    /// What they say.
    pub stored: Vec<StoredRecord>,
}

/// The records of a batch that is compressed; nothing where its bytes can't be read.
pub fn compressed_records_in(bytes: &Bytes) -> Option<CompressedRecords> {
    let (codec, stored) = read(bytes).filter(|(codec, _)| *codec != CompressionType::None)?;
    Some(CompressedRecords {
        codec,
        range: BATCH_OVERHEAD_BYTES as usize..bytes.len(),
        plain_bytes: stored.iter().map(|it| it.size_in_bytes).sum(),
        stored,
    })
}

fn read(bytes: &Bytes) -> Option<(CompressionType, Vec<StoredRecord>)> {
    let batch = RecordBatch::from_bytes(bytes.clone(), EventId::default()).ok()?;
    let codec = batch.header().attributes.compression()?;
    Some((codec, batch.records().ok()?))
}

/// The bytes that the checksum covers.
pub fn covered_by_crc(bytes: &[u8]) -> Range<usize> {
    ATTRIBUTES_POSITION.min(bytes.len())..bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::record::{BatchSpec, Record, encode_batch};

    #[test]
    fn the_fields_of_the_header_fill_it() {
        let sizes: usize = HEADER_FIELDS.iter().map(|(_, size)| size).sum();
        assert_eq!(sizes, BATCH_OVERHEAD_BYTES as usize);
        let before_attributes: usize = HEADER_FIELDS[..5].iter().map(|(_, size)| size).sum();
        assert_eq!(before_attributes, ATTRIBUTES_POSITION);
    }

    #[test]
    fn records_follow_each_other_to_the_end_and_keys_lie_in_them() {
        let record = |key: Option<&'static str>| Record {
            key: key.map(|key| Bytes::from_static(key.as_bytes())),
            value: Some(Bytes::from_static(b"dave")),
            ..Record::default()
        };
        let bytes = encode_batch(&BatchSpec::default(), &[record(Some("dave")), record(None)]);
        let records = records_in(&bytes);
        let ranges: Vec<Range<usize>> = records.iter().map(|it| it.range.clone()).collect();
        assert_eq!((ranges[0].start, ranges[0].end), (61, ranges[1].start));
        assert_eq!(ranges[1].end, bytes.len());
        let key = records[0].key.clone().expect("the first record has a key");
        assert_eq!(&bytes[key.clone()], b"dave");
        assert!(
            key.start < ranges[0].start + 10,
            "not the value of the same letters"
        );
        let value = records[0]
            .value
            .clone()
            .expect("the first record has a value");
        assert_eq!(
            (&bytes[value.clone()], value.start > key.end),
            (&b"dave"[..], true)
        );
        assert_eq!(records[1].key, None);
        assert_eq!(records_in(&bytes.slice(..70)), []);
    }

    #[test]
    fn compressed_records_are_one_piece() {
        let spec = BatchSpec {
            compression: CompressionType::Gzip,
            ..BatchSpec::default()
        };
        let record = Record {
            value: Some(Bytes::from(vec![b'v'; 500])),
            ..Record::default()
        };
        let bytes = encode_batch(&spec, &[record.clone(), record]);
        let piece = compressed_records_in(&bytes).expect("they are compressed");
        assert_eq!(piece.range, 61..bytes.len());
        assert!(piece.plain_bytes > 1000 && piece.range.len() < 100);
        assert_eq!(
            (piece.codec, piece.stored.len()),
            (CompressionType::Gzip, 2)
        );
        assert_eq!(records_in(&bytes), []);
        let plain = encode_batch(&BatchSpec::default(), &[Record::default()]);
        assert_eq!(compressed_records_in(&plain), None);
    }
}
