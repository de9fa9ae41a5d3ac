//! What stands at each offset of a log: a record, a marker, or nothing any more.

use crate::kafka::ids::Offset;
use crate::kafka::log::Log;
use crate::kafka::record::{RecordBatch, StoredRecord, TransactionOutcome};

/// What stands at an offset, or at several that are empty.
#[derive(Clone, Debug, PartialEq)]
pub enum LogEntry {
    /// A record.
    Record(StoredRecord),
    /// The end of a transaction: a control record, which consumers don't see.
    Marker {
        /// Its offset.
        offset: Offset,
        /// How the transaction ended; none for a control record of another kind.
        outcome: Option<TransactionOutcome>,
    },
    /// A log cleaner removed what stood there, of this replica or of the one it was copied from:
    /// a leader gives every offset away, and nothing else takes single records.
    Removed {
        /// The first of them.
        first: Offset,
        /// The offset after the last.
        end: Offset,
    },
    /// A batch that can't be read.
    Corrupt {
        /// Its first offset.
        first: Offset,
        /// The offset after its last.
        end: Offset,
    },
}

impl LogEntry {
    /// The first offset that it is about, and the one after its last.
    pub fn range(&self) -> (Offset, Offset) {
        match self {
            LogEntry::Record(stored) => (stored.offset, stored.offset.plus(1)),
            LogEntry::Marker { offset, .. } => (*offset, offset.plus(1)),
            LogEntry::Removed { first, end } | LogEntry::Corrupt { first, end } => (*first, *end),
        }
    }
}

impl Log {
    /// What stands at the offsets from `from` to before `to`, as far as the log reaches.
    ///
    /// Kafka 4.3.1: `RecordBatch#isControlBatch`, `MemoryRecords#filterTo`.
    pub fn entries(&self, from: Offset, to: Offset) -> Vec<LogEntry> {
        let (from, to) = (
            from.max(self.first_segment().base_offset()),
            to.min(self.log_end_offset),
        );
        let batches = self.segments_from(from);
        entries_of(batches.flat_map(|it| it.batches_from(from)), from, to)
    }
}

/// What stands at the offsets from `from` to before `to`, of which `batches` hold what is left.
pub fn entries_of<'a>(
    batches: impl Iterator<Item = &'a RecordBatch>,
    from: Offset,
    to: Offset,
) -> Vec<LogEntry> {
    let mut entries: Vec<LogEntry> = Vec::new();
    let mut next = from;
    for batch in batches {
        if next >= to {
            break;
        }
        for entry in held_by(batch) {
            let (first, end) = entry.range();
            if first >= next && first < to {
                push_gap(&mut entries, next, first);
                next = end;
                entries.push(entry);
            }
        }
    }
    push_gap(&mut entries, next, to);
    entries
}

fn push_gap(entries: &mut Vec<LogEntry>, first: Offset, end: Offset) {
    if first < end {
        entries.push(LogEntry::Removed { first, end });
    }
}

fn held_by(batch: &RecordBatch) -> Vec<LogEntry> {
    let Ok(records) = batch.records() else {
        return vec![LogEntry::Corrupt {
            first: batch.base_offset(),
            end: batch.next_offset(),
        }];
    };
    let entry = |stored: StoredRecord| {
        if batch.is_control() {
            LogEntry::Marker {
                offset: stored.offset,
                outcome: batch.end_transaction_marker().map(|it| it.outcome),
            }
        } else {
            LogEntry::Record(stored)
        }
    };
    records.into_iter().map(entry).collect()
}
