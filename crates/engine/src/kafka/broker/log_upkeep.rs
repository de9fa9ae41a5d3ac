//! What a broker does to its logs now and then beside retention and cleaning: it flushes what lies in
//! the page cache for too long, and forgets producers that write no more.
//!
//! Kafka 4.3.1: `LogManager#flushDirtyLogs`, `UnifiedLog#removeExpiredProducers`. Simplified: one check
//! of producers for all logs of a broker; in Kafka each log has one of its own.

use crate::kafka::broker::process::Server;
use crate::kafka::node::Context;
use crate::kafka::timer::{BrokerTimer, Timer};

impl Server<'_> {
    /// The broker's process has opened its logs.
    ///
    /// Kafka 4.3.1: `LogManager#startupWithConfigOverrides`.
    pub fn start_log_upkeep(&mut self, cx: &mut Context<'_>) {
        let now_ms = cx.timestamp_ms();
        self.disk.logs_mut().for_each(|log| log.note_opened(now_ms));
        let first = self.config.log_initial_task_delay;
        cx.set_timer(Timer::Broker(BrokerTimer::LogFlush), first);
        self.expect_expired_producers(cx);
    }

    /// Flushes the logs that were not flushed for `flush.ms`.
    ///
    /// Kafka 4.3.1: `LogManager#flushDirtyLogs`.
    #[inline(never)]
    pub fn on_flush_timer(&mut self, cx: &mut Context<'_>) {
        let now_ms = cx.timestamp_ms();
        for (partition, replica) in &self.process.replicas {
            if let Some(log) = self.disk.log_mut(partition) {
                log.flush_if_overdue(now_ms, &replica.settings.log);
            }
        }
        let after = self.config.log_flush_scheduler_interval;
        cx.repeat_timer(Timer::Broker(BrokerTimer::LogFlush), after);
    }

    /// Forgets the producers that wrote nothing for `producer.id.expiration.ms`.
    #[inline(never)]
    pub fn on_producer_expiration_timer(&mut self, cx: &mut Context<'_>) {
        let now_ms = cx.timestamp_ms();
        let expiration_ms = i64::try_from(self.config.producer_id_expiration.as_millis());
        for log in self.disk.logs_mut() {
            log.remove_expired_producers(now_ms, expiration_ms.unwrap_or(i64::MAX));
        }
        self.expect_expired_producers(cx);
    }

    fn expect_expired_producers(&self, cx: &mut Context<'_>) {
        let after = self.config.producer_id_expiration_check_interval;
        cx.set_timer(Timer::Broker(BrokerTimer::ProducerExpiration), after);
    }
}
