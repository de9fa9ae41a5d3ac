//! The cleaner's thread: it takes the dirtiest log, reads it chunk by chunk, and swaps the new
//! segments in. Each broker cleans its own replicas, leader or not.
//!
//! Kafka 4.3.1: `LogCleaner.CleanerThread`, `LogCleanerManager`. Simplified: there is one thread; a
//! chunk takes a millisecond, or as long as `log.cleaner.io.max.bytes.per.second` gives its bytes,
//! where Kafka's throttler looks every 300 ms only and so lets a small log pass at once.

use serde::Serialize;

use crate::kafka::broker::process::Server;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::TopicPartition;
use crate::kafka::log::{Cleaned, Cleaning, CleaningPass, Swap};
use crate::kafka::node::Context;
use crate::kafka::time::SimDuration;
use crate::kafka::timer::{BrokerTimer, Timer};

/// The room for different keys of one cleaning: 128 MiB, of which nine tenths are used, for hashes
/// of 16 bytes and offsets of 8.
///
/// Kafka 4.3.1: `log.cleaner.dedupe.buffer.size`, `log.cleaner.io.buffer.load.factor`,
/// `SkimpyOffsetMap#bytesPerEntry`.
pub(super) const KEYS_MAX: usize = (128 << 20) / 24 * 9 / 10;

/// How long reading and writing a chunk takes at least, in microseconds.
const CHUNK_US: u64 = 1000;

/// The log that is being cleaned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct CleaningTask {
    pub partition: TopicPartition,
    pub pass: CleaningPass,
}

impl Server<'_> {
    /// Goes on with the log that is being cleaned, else takes the dirtiest one, and looks again at
    /// once after it; sleeps where none is dirty enough. Old segments of compacted logs go in
    /// between.
    ///
    /// Kafka 4.3.1: `LogCleaner.CleanerThread#cleanFilthiestLog`.
    pub fn on_cleaner_timer(&mut self, cx: &mut Context<'_>) {
        let mut wait = self.clean_on(cx);
        while wait.is_none()
            && let Some((partition, cleaning)) = self.filthiest_log(cx)
        {
            self.begin_cleaning(partition, &cleaning, cx);
            wait = self.clean_on(cx);
        }
        if wait.is_none() {
            self.delete_old_segments(true, cx);
        }
        let pause = self.config.log_cleaner_backoff.max(SimDuration::BUSY_PASS);
        let wait = wait.unwrap_or(pause);
        cx.set_timer(Timer::Broker(BrokerTimer::Cleaner), wait);
    }

    /// Kafka 4.3.1: `LogCleanerManager#grabFilthiestCompactedLog`.
    fn filthiest_log(&self, cx: &Context<'_>) -> Option<(TopicPartition, Cleaning)> {
        let mut filthiest: Option<(&TopicPartition, Cleaning)> = None;
        for (partition, replica) in &self.process.replicas {
            let config = &replica.settings.log;
            let Some(files) = self.disk.replica(partition).filter(|_| config.is_compacted) else {
                continue;
            };
            let cleaning = files.log.plan_cleaning(
                files.cleaner_checkpoint,
                replica.high_watermark,
                cx.timestamp_ms(),
                config,
            );
            let is_filthier = filthiest
                .as_ref()
                .is_none_or(|(_, other)| cleaning.is_filthier_than(other));
            if cleaning.is_due(config) && is_filthier {
                filthiest = Some((partition, cleaning));
            }
        }
        filthiest.map(|(partition, cleaning)| (partition.clone(), cleaning))
    }

    #[inline(never)]
    fn begin_cleaning(
        &mut self,
        partition: TopicPartition,
        cleaning: &Cleaning,
        cx: &mut Context<'_>,
    ) {
        let Some(log) = self.disk.log(&partition) else {
            return;
        };
        let pass = CleaningPass::new(log, cleaning, cx.timestamp_ms(), KEYS_MAX);
        cx.emit(KafkaEvent::LogCleaningStarted {
            partition: partition.clone(),
            from: cleaning.first_dirty_offset,
            to: cleaning.first_uncleanable_offset,
            clean_bytes: cleaning.clean_bytes,
            cleanable_bytes: cleaning.cleanable_bytes,
            is_overdue: cleaning.is_overdue,
        });
        self.process.cleaner = Some(CleaningTask { partition, pass });
    }

    /// Goes on with the log that is being cleaned. Returns how long the next chunk takes; nothing
    /// if there is no such log any more.
    fn clean_on(&mut self, cx: &mut Context<'_>) -> Option<SimDuration> {
        let task = self.process.cleaner.take()?;
        self.clean_a_chunk(task, cx)
    }

    #[inline(never)]
    fn clean_a_chunk(
        &mut self,
        mut task: CleaningTask,
        cx: &mut Context<'_>,
    ) -> Option<SimDuration> {
        let replica = self.process.replicas.get(&task.partition)?;
        let config = replica.settings.log.clone();
        let log = self.disk.log_mut(&task.partition)?;
        loop {
            let chunk = task
                .pass
                .advance(log, self.config.log_cleaner_chunk_bytes, &config);
            if let Some(swap) = chunk.swap {
                emit_swap(&task.partition, swap, task.pass.cleaned(), cx);
            }
            if chunk.is_done {
                break;
            }
            if chunk.bytes > 0 {
                self.process.cleaner = Some(task);
                return Some(self.time_for(chunk.bytes));
            }
        }
        self.end_cleaning(&task.partition, task.pass.cleaned(), cx);
        None
    }

    fn time_for(&self, bytes: u64) -> SimDuration {
        let throttled_us =
            bytes.saturating_mul(1_000_000) / self.config.log_cleaner_bytes_per_second;
        SimDuration::from_micros(throttled_us.max(CHUNK_US))
    }

    /// Kafka 4.3.1: `LogCleanerManager#doneCleaning`.
    fn end_cleaning(
        &mut self,
        partition: &TopicPartition,
        cleaned: &Cleaned,
        cx: &mut Context<'_>,
    ) {
        self.disk.checkpoint_cleaner(partition, cleaned.to);
        let event = KafkaEvent::LogCleaned {
            partition: partition.clone(),
            from: cleaned.from,
            to: cleaned.to,
            records_before: cleaned.records_before,
            records_after: cleaned.records_after,
        };
        cx.emit_because(event, &cleaned.superseded_by);
        self.delete_old_segments(true, cx);
    }

    /// Gives a log up that is being cleaned: it is about to be cut or deleted, or it is no longer
    /// compacted. What was copied is thrown away, what was swapped in stays, and the checkpoint
    /// does not move.
    ///
    /// Kafka 4.3.1: `LogCleaner#abortCleaning`, `#abortAndPauseCleaning`.
    pub fn abort_cleaning(&mut self, partition: &TopicPartition, cx: &mut Context<'_>) {
        let task = self
            .process
            .cleaner
            .take_if(|task| task.partition == *partition);
        if task.is_some() {
            cx.emit(KafkaEvent::LogCleaningAborted {
                partition: partition.clone(),
            });
            cx.set_timer(Timer::Broker(BrokerTimer::Cleaner), SimDuration::ZERO);
        }
    }
}

fn emit_swap(partition: &TopicPartition, swap: Swap, cleaned: &Cleaned, cx: &mut Context<'_>) {
    let event = KafkaEvent::SegmentsCleaned {
        partition: partition.clone(),
        base_offset: swap.base_offset,
        segments: swap.segments,
        bytes_before: swap.bytes_before,
        bytes_after: swap.bytes_after,
        removed: swap.removed,
    };
    cx.emit_because(event, &cleaned.superseded_by);
}
