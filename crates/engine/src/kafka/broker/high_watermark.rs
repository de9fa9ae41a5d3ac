//! Raising the high watermark, what that releases, and writing it down.
//!
//! Kafka 4.3.1: `Partition#maybeIncrementLeaderHW`, `#tryCompleteDelayedRequests`,
//! `ReplicaManager#checkpointHighWatermarks`.

use crate::kafka::broker::partition_leader::Surroundings;
use crate::kafka::broker::process::Server;
use crate::kafka::event::KafkaEvent;
use crate::kafka::ids::{EventId, TopicPartition};
use crate::kafka::node::Context;
use crate::kafka::timer::{BrokerTimer, Timer};

impl Server<'_> {
    /// What the decisions of the leader of `partition` depend on, besides its own state.
    pub fn surroundings(
        &self,
        partition: &TopicPartition,
        cx: &Context<'_>,
    ) -> Option<Surroundings<'_>> {
        let replica = self.process.replicas.get(partition)?;
        Some(Surroundings {
            log_end_offset: self.disk.log(partition)?.log_end_offset(),
            high_watermark: replica.high_watermark,
            now: cx.now(),
            replica_lag_time_max: self.config.replica_lag_time_max,
            min_insync_replicas: replica.settings.min_insync_replicas,
            metadata: &self.process.metadata,
        })
    }

    /// Raises the high watermark of a partition that this broker leads, if it may rise now, and
    /// lets go what waited for it. `because` is what changed besides the step's input.
    pub fn advance_high_watermark(
        &mut self,
        partition: &TopicPartition,
        because: Option<EventId>,
        cx: &mut Context<'_>,
    ) {
        if let Some(event) = self.raise_high_watermark(partition, because, cx) {
            self.check_produces(partition, cx);
            self.check_fetches(partition, event, cx);
        }
    }

    fn raise_high_watermark(
        &mut self,
        partition: &TopicPartition,
        because: Option<EventId>,
        cx: &mut Context<'_>,
    ) -> Option<EventId> {
        let around = self.surroundings(partition, cx)?;
        let log_end_offset = around.log_end_offset;
        let leader = self.process.replicas.get(partition)?.leader()?;
        let to = leader.next_high_watermark(&around)?;
        assert!(
            to <= log_end_offset,
            "the high watermark must not pass the log end"
        );

        let replica = self.process.replicas.get_mut(partition)?;
        let from = std::mem::replace(&mut replica.high_watermark, to);
        let mut causes = Vec::from_iter(because);
        causes.extend(replica.leader_mut()?.take_appends_below(to));
        let event = KafkaEvent::HighWatermarkAdvanced {
            partition: partition.clone(),
            from,
            to,
        };
        let event = cx.emit_because(event, &causes);
        replica.high_watermark_event = Some(event);
        self.disk.log_mut(partition)?.on_high_watermark(to);
        Some(event)
    }

    /// Writes all high watermarks down and comes back in
    /// `replica.high.watermark.checkpoint.interval.ms`.
    pub fn on_checkpoint_timer(&mut self, cx: &mut Context<'_>) {
        self.checkpoint_high_watermarks();
        cx.repeat_timer(
            Timer::Broker(BrokerTimer::HighWatermarkCheckpoint),
            self.config.high_watermark_checkpoint_interval,
        );
    }

    /// Writes all high watermarks down.
    pub fn checkpoint_high_watermarks(&mut self) {
        for (partition, replica) in &self.process.replicas {
            self.disk
                .checkpoint_high_watermark(partition, replica.high_watermark);
        }
    }
}
