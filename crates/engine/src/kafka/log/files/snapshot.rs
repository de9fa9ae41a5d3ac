//! The producers of a log at some offset, so that a broker need not read the log to know them.
//!
//! Kafka 4.3.1: `ProducerStateManager#writeSnapshot`, `ProducerSnapshot` version 1.

use crate::kafka::ids::Offset;
use crate::kafka::log::files::NamedFile;
use crate::kafka::log::files::segment::file_name;
use crate::kafka::log::{ProducerStateEntry, ProducerStates};
use crate::kafka::record::crc32c;
use crate::kafka::wire::Writer;

/// The file of the producers as they stood before `offset`: of the last five batches of each
/// only the last.
pub(super) fn file(offset: Offset, producers: &ProducerStates) -> NamedFile {
    let entries = in_javas_order(producers);
    let mut out = Writer::default();
    out.int32(entries.len() as i32);
    for entry in entries {
        let last = entry.batches.back();
        out.int64(entry.producer_id.0.cast_signed())
            .int16(entry.producer_epoch)
            .int32(entry.last_sequence().unwrap_or(-1))
            .int64(last.map_or(-1, |batch| batch.last_offset.0.cast_signed()))
            .int32(last.map_or(0, |batch| {
                batch.last_offset.distance_from(batch.first_offset) as i32
            }))
            .int64(entry.last_timestamp_ms)
            .int32(entry.coordinator_epoch)
            .int64(
                entry
                    .current_transaction_first_offset
                    .map_or(-1, |offset| offset.0.cast_signed()),
            );
    }
    let entries = out.finish();
    let mut bytes = VERSION.to_be_bytes().to_vec();
    bytes.extend(crc32c(&entries).to_be_bytes());
    bytes.extend_from_slice(&entries);
    NamedFile::new(file_name(offset, "snapshot"), bytes)
}

/// Java writes them as its hash table has them: by the low bits of the hash.
///
/// Java 17: `HashMap`, `Long#hashCode`. Simplified: two in the same bucket stand in the order of
/// their ids, not of their arrival; a table never had more producers than now.
fn in_javas_order(producers: &ProducerStates) -> Vec<&ProducerStateEntry> {
    let mut entries: Vec<&ProducerStateEntry> = producers.iter().collect();
    let mut buckets = 16;
    while entries.len() > buckets / 4 * 3 {
        buckets *= 2;
    }
    let bucket = |entry: &&ProducerStateEntry| {
        let id = entry.producer_id.0;
        let hash = (id ^ (id >> 32)) as u32;
        (hash ^ (hash >> 16)) as usize % buckets
    };
    entries.sort_by_key(bucket);
    entries
}

const VERSION: u16 = 1;
