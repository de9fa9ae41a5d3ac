//! What makes old records go: retention, which takes whole segments, and the cleaner, which keeps
//! the last record of each key. Each broker does both to its own replicas, leader or not.
//!
//! Kafka 4.3.1: `LogManager#cleanupLogs`, `LogCleaner.CleanerThread`. Simplified: a cleaning takes no
//! time, there is one cleaner, and deleted files are gone at once.

use crate::kafka::broker::process::Server;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{Offset, TopicPartition};
use crate::kafka::log::{Cleaning, Clock, Deleted, LogConfig};
use crate::kafka::node::Context;
use crate::kafka::time::SimDuration;
use crate::kafka::timer::{BrokerTimer, Timer};

/// The room for different keys of one cleaning: 128 MiB, of which nine tenths are used, for hashes
/// of 16 bytes and offsets of 8.
///
/// Kafka 4.3.1: `log.cleaner.dedupe.buffer.size`, `log.cleaner.io.buffer.load.factor`,
/// `SkimpyOffsetMap#bytesPerEntry`.
const CLEANER_KEYS_MAX: usize = (128 << 20) / 24 * 9 / 10;

impl Server<'_> {
    /// The broker's process has started: its logs are looked after from now on.
    ///
    /// Kafka 4.3.1: `LogManager#startupWithConfigOverrides`, `LogCleaner#startup`.
    pub fn start_log_manager(&mut self, cx: &mut Context<'_>) {
        let after = self.config.log_initial_task_delay;
        cx.set_timer(Timer::Broker(BrokerTimer::Retention), after);
        self.start_log_upkeep(cx);
        self.on_cleaner_timer(cx);
    }

    /// Deletes the old segments of all logs that are not compacted.
    ///
    /// Kafka 4.3.1: `LogManager#cleanupLogs`.
    pub fn on_retention_timer(&mut self, cx: &mut Context<'_>) {
        self.delete_old_segments(false, cx);
        let after = self.config.log_retention_check_interval;
        cx.set_timer(Timer::Broker(BrokerTimer::Retention), after);
    }

    /// Cleans the dirtiest log and looks again at once; sleeps where none is dirty enough. Old
    /// segments of compacted logs go on the same occasion.
    ///
    /// Kafka 4.3.1: `LogCleaner.CleanerThread#cleanFilthiestLog`.
    pub fn on_cleaner_timer(&mut self, cx: &mut Context<'_>) {
        while let Some((partition, cleaning)) = self.filthiest_log(cx) {
            self.clean(&partition, &cleaning, cx);
            self.delete_old_segments(true, cx);
        }
        self.delete_old_segments(true, cx);
        cx.set_timer(
            Timer::Broker(BrokerTimer::Cleaner),
            self.config.log_cleaner_backoff.max(SimDuration::BUSY_PASS),
        );
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

    fn clean(&mut self, partition: &TopicPartition, cleaning: &Cleaning, cx: &mut Context<'_>) {
        let replica = self.process.replicas.get(partition);
        let (Some(replica), Some(log)) = (replica, self.disk.log_mut(partition)) else {
            return;
        };
        let config = &replica.settings.log;
        let cleaned = log.clean(cleaning, cx.timestamp_ms(), CLEANER_KEYS_MAX, config);
        self.disk.checkpoint_cleaner(partition, cleaned.to);
        let event = KafkaEvent::LogCleaned {
            partition: partition.clone(),
            from: cleaned.from,
            to: cleaned.to,
            records_before: cleaned.records_before,
            records_after: cleaned.records_after,
        };
        cx.emit_because(event, &cleaned.superseded_by);
    }

    fn delete_old_segments(&mut self, is_compacted: bool, cx: &mut Context<'_>) {
        for (partition, replica) in &self.process.replicas {
            let config = &replica.settings.log;
            let Some(log) = self
                .disk
                .log_mut(partition)
                .filter(|_| config.is_compacted == is_compacted)
            else {
                continue;
            };
            let clock = clock_for(config, cx);
            for deleted in log.delete_old_segments(clock, replica.high_watermark, config) {
                emit_deletion(partition, &deleted, cx);
            }
        }
    }
}

fn emit_deletion(partition: &TopicPartition, deleted: &Deleted, cx: &mut Context<'_>) {
    if deleted.has_rolled {
        emit_roll(partition, Some(deleted.to), cx);
    }
    let gone = cx.emit(KafkaEvent::SegmentsDeleted {
        partition: partition.clone(),
        reason: deleted.reason,
        segments: deleted.segments,
        bytes: deleted.bytes,
    });
    if deleted.to > deleted.from {
        let event = KafkaEvent::LogStartAdvanced {
            partition: partition.clone(),
            from: deleted.from,
            to: deleted.to,
        };
        cx.emit_because(event, &[gone]);
    }
}

/// Says that a segment was closed, if one was.
pub fn emit_roll(partition: &TopicPartition, rolled_to: Option<Offset>, cx: &mut Context<'_>) {
    if let Some(base_offset) = rolled_to {
        cx.emit(KafkaEvent::SegmentRolled {
            partition: partition.clone(),
            base_offset,
        });
    }
}

/// The time for a log, and the jitter of a segment that would begin now.
///
/// Kafka 4.3.1: `LogConfig#randomSegmentJitter`.
pub fn clock_for(config: &LogConfig, cx: &mut Context<'_>) -> Clock {
    let now_ms = cx.timestamp_ms();
    let jitter = config
        .jitter_bound_ms()
        .map(|bound_ms| cx.chance().below(bound_ms));
    Clock {
        now_ms,
        roll_jitter_ms: jitter.map_or(0, u64::cast_signed),
    }
}
