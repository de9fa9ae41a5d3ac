//! The sentences for what happens to a replica's log.

use highwater_engine::kafka::event::KafkaEvent;
use highwater_engine::kafka::log::DeletionReason;

use super::kafka::at_offsets;
use super::{Speaker, partition_name};
use crate::view::format::{count, percent};

impl Speaker<'_> {
    #[inline(never)]
    pub(super) fn log(&self, event: &KafkaEvent) -> String {
        let me = self.me();
        match event {
            KafkaEvent::RecordsAppended {
                partition,
                base_offset,
                last_offset,
                ..
            } => format!(
                "{me} appends {} to {}.",
                at_offsets(base_offset.0, last_offset.0),
                partition_name(partition)
            ),
            KafkaEvent::DuplicateBatchIgnored {
                partition,
                base_offset,
                ..
            } => format!(
                "{me} has this batch of {} already, at offset {base_offset}: nothing is written.",
                partition_name(partition)
            ),
            KafkaEvent::AppendRefused {
                partition, error, ..
            } => format!(
                "{me} refuses a write to {}: {error}.",
                partition_name(partition)
            ),
            KafkaEvent::RecordsReplicated {
                partition,
                base_offset,
                last_offset,
            } => format!(
                "{me} copies {} of {}.",
                at_offsets(base_offset.0, last_offset.0),
                partition_name(partition)
            ),
            KafkaEvent::LogStartAdvanced { partition, to, .. } => format!(
                "{me}’s log of {} now starts at {to}: older records are gone.",
                partition_name(partition)
            ),
            KafkaEvent::HighWatermarkAdvanced { partition, to, .. } => format!(
                "The high watermark of {} rises to {to}: all in-sync replicas have what is below.",
                partition_name(partition)
            ),
            KafkaEvent::FollowerHighWatermarkAdvanced { partition, to, .. } => format!(
                "{me} learns that the high watermark of {} is {to}.",
                partition_name(partition)
            ),
            _ => self.log_files(event),
        }
    }

    /// The segments of a replica's log.
    #[inline(never)]
    fn log_files(&self, event: &KafkaEvent) -> String {
        let me = self.me();
        match event {
            KafkaEvent::SegmentRolled {
                partition,
                base_offset,
            } => format!(
                "{me} closes a segment of {} and begins the next one at offset {base_offset}.",
                partition_name(partition)
            ),
            KafkaEvent::SegmentsDeleted {
                partition,
                reason,
                segments,
                ..
            } => {
                let why = match reason {
                    DeletionReason::LogStartOffset => "they lie below the start of the log",
                    DeletionReason::RetentionBytes => "the log is large enough without",
                    DeletionReason::RetentionMs => "all in them is too old",
                };
                let what = count(u64::from(*segments), "segment");
                format!(
                    "{me} deletes {what} of {}: {why}.",
                    partition_name(partition)
                )
            }
            _ => self.cleaning(event),
        }
    }

    /// What the cleaner does.
    #[inline(never)]
    fn cleaning(&self, event: &KafkaEvent) -> String {
        let me = self.me();
        match event {
            KafkaEvent::LogCleaningStarted {
                partition,
                to,
                clean_bytes,
                cleanable_bytes,
                is_overdue,
                ..
            } => {
                let name = partition_name(partition);
                let dirty = percent(*cleanable_bytes, clean_bytes + cleanable_bytes);
                let late = if *is_overdue {
                    ", and a record has waited for max.compaction.lag.ms"
                } else {
                    ""
                };
                format!(
                    "{me}’s cleaner takes {name} up to offset {to}: {dirty} % of it is dirty{late}."
                )
            }
            KafkaEvent::SegmentsCleaned {
                partition,
                segments,
                removed,
                ..
            } => format!(
                "{me}’s cleaner swaps a new segment in for {} of {}: {} removed.",
                count(u64::from(*segments), "old one"),
                partition_name(partition),
                count(removed.len() as u64, "record")
            ),
            KafkaEvent::LogCleaningAborted { partition } => format!(
                "{me}’s cleaner gives {} up: its log is cut, deleted or no longer compacted.",
                partition_name(partition)
            ),
            KafkaEvent::LogCleaned {
                partition,
                to,
                records_before,
                records_after,
                ..
            } => format!(
                "{me} compacts {} below offset {to}: of {} {records_after} stay.",
                partition_name(partition),
                count(*records_before, "record")
            ),
            _ => String::new(),
        }
    }
}
