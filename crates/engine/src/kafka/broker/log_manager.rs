//! What makes old records go: retention, which takes whole segments. Each broker does that to its
//! own replicas, leader or not; the cleaner, which keeps the last record of each key, is in
//! `log_cleaner`.
//!
//! Kafka 4.3.1: `LogManager#cleanupLogs`. Simplified: deleted files are gone at once.

use crate::kafka::broker::process::Server;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{Offset, TopicPartition};
use crate::kafka::log::{Clock, Deleted, LogConfig};
use crate::kafka::node::Context;
use crate::kafka::timer::{BrokerTimer, Timer};

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

    /// Deletes the old segments of the logs that are compacted, or of the others.
    pub fn delete_old_segments(&mut self, is_compacted: bool, cx: &mut Context<'_>) {
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

#[inline(never)]
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
