//! What a cleaning would do with a log if it came now, and what became of the offsets that have
//! no record: for who looks at a log.

use super::{Cleaning, CleaningPass, OffsetMap, RemovedRecord};
use crate::kafka::ids::Offset;
use crate::kafka::log::{Log, LogConfig, LogEntry};
use crate::sorted::SortedMap;

/// How the cleaner sees a segment.
///
/// Kafka 4.3.1: `LogCleanerManager#cleanableOffsets`, `LogToClean`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SegmentState {
    /// It is written to: never cleaned.
    Active,
    /// It lies below the cleaner's checkpoint.
    Clean,
    /// The next cleaning reads it for its offset map.
    Dirty,
    /// It holds what is not committed, or a record younger than `min.compaction.lag.ms`, or it
    /// comes after one that does.
    NotCleanable,
}

/// What a cleaning would come to now.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// What it would clean.
    pub cleaning: Cleaning,
    /// How the cleaner sees each segment, in their order.
    pub segments: Vec<SegmentState>,
    /// Where each key of the dirty part stands last.
    pub map: OffsetMap,
    /// The records that it would remove, by offset.
    pub removed: Vec<RemovedRecord>,
    /// The records that would stay though a newer one of their key stands behind the part that can
    /// be cleaned: their offsets and that of the newest one.
    pub waiting: Vec<(Offset, Offset)>,
}

impl Outlook {
    /// What the cleaning would do to the record there, if it would remove it.
    pub fn removal_of(&self, offset: Offset) -> Option<&RemovedRecord> {
        let found = self.removed.binary_search_by_key(&offset, |it| it.offset);
        found.ok().and_then(|place| self.removed.get(place))
    }

    /// Where the newest record of a key stands, for one that stays though there is a newer one.
    pub fn waits_for(&self, offset: Offset) -> Option<Offset> {
        let found = self.waiting.binary_search_by_key(&offset, |(it, _)| *it);
        found
            .ok()
            .and_then(|place| Some(self.waiting.get(place)?.1))
    }
}

impl Log {
    /// What `cleaning` would come to: it is carried out on a copy of the log.
    pub fn outlook(
        &self,
        cleaning: Cleaning,
        now_ms: i64,
        keys_max: usize,
        config: &LogConfig,
    ) -> Outlook {
        let mut copy = self.clone();
        let mut pass = CleaningPass::new(self, &cleaning, now_ms, keys_max);
        let mut removed = Vec::new();
        loop {
            let chunk = pass.advance(&mut copy, u64::MAX, config);
            removed.extend(chunk.swap.into_iter().flat_map(|swap| swap.removed));
            if chunk.is_done {
                break;
            }
        }
        Outlook {
            waiting: copy.superseded(),
            cleaning,
            segments: self.segment_states(&cleaning),
            map: pass.map().clone(),
            removed,
        }
    }

    /// The records of which a newer one of their key exists, with where the newest one stands.
    fn superseded(&self) -> Vec<(Offset, Offset)> {
        let mut newest = SortedMap::new();
        let mut found = Vec::new();
        for entry in self.entries(Offset::ZERO, self.log_end_offset).iter().rev() {
            let LogEntry::Record(stored) = entry else {
                continue;
            };
            if let Some(key) = &stored.record.key {
                let last = *newest.entry(key.clone()).or_insert_with(|| stored.offset);
                if last > stored.offset {
                    found.push((stored.offset, last));
                }
            }
        }
        found.reverse();
        found
    }

    /// How the cleaner sees each segment, in their order.
    pub fn segment_states(&self, cleaning: &Cleaning) -> Vec<SegmentState> {
        let ends = self.segments().skip(1).map(|next| Some(next.base_offset()));
        let segments = self.segments().zip(ends.chain([None]));
        let state = |base: Offset, end: Option<Offset>| match end {
            None => SegmentState::Active,
            Some(_) if base >= cleaning.first_uncleanable_offset => SegmentState::NotCleanable,
            Some(end) if end <= cleaning.first_dirty_offset => SegmentState::Clean,
            Some(_) => SegmentState::Dirty,
        };
        segments
            .map(|(segment, end)| state(segment.base_offset(), end))
            .collect()
    }
}
