//! A broker's data directory as files: what somebody would find who stopped it and looked.
//!
//! Kafka 4.3.1: `LogManager`, `ReplicaManager#checkpointHighWatermarks`.
//! Simplified: there is no `meta.properties`, whose cluster id nothing here has, and no log of
//! the cluster's metadata: a real broker can be given the partitions' folders, not the whole.

use crate::kafka::broker::Broker;
use crate::kafka::ids::{BrokerEpoch, Offset, TopicName, TopicPartition};
use crate::kafka::log::files::{FileFormat, NamedFile, checkpoints, partition_files};
use crate::kafka::log::{Log, Segment};

impl Broker {
    /// The files of this broker's directory. A process that runs is taken as if it were stopped
    /// in good order at this moment. `format_of` gives what a topic's settings say of its files.
    pub fn directory(&self, format_of: impl Fn(&TopicName) -> FileFormat) -> Vec<NamedFile> {
        let mut files = self.checkpoints();
        for partition in self.disk.partitions() {
            let Some(replica) = self.disk.replica(&partition) else {
                continue;
            };
            let format = format_of(&partition.topic);
            for mut file in partition_files(&replica.log, replica.topic_id, &format) {
                file.name = format!("{partition}/{}", file.name);
                files.push(file);
            }
        }
        files
    }

    fn checkpoints(&self) -> Vec<NamedFile> {
        let logs = || self.disk.logs();
        let start_is_inside = |(_, log): &(&TopicPartition, &Log)| {
            let first = log.segments().next().map(Segment::base_offset);
            first.is_some_and(|first| log.log_start_offset() > first)
        };
        let mut files = vec![
            checkpoints::offsets("cleaner-offset-checkpoint", self.disk.cleaner_checkpoints()),
            checkpoints::offsets(
                "log-start-offset-checkpoint",
                logs()
                    .filter(start_is_inside)
                    .map(|(partition, log)| (partition, log.log_start_offset())),
            ),
            checkpoints::offsets(
                "recovery-point-offset-checkpoint",
                logs().map(|(partition, log)| (partition, log.log_end_offset())),
            ),
            checkpoints::offsets(
                "replication-offset-checkpoint",
                logs().map(|(partition, _)| (partition, self.last_high_watermark(partition))),
            ),
        ];
        if let Some(BrokerEpoch(epoch)) = self.broker_epoch().or(self.disk.clean_shutdown_epoch()) {
            let text = format!("{{\"version\":0,\"brokerEpoch\":{epoch}}}");
            files.push(NamedFile::new(".kafka_cleanshutdown", text));
        }
        files
    }

    fn last_high_watermark(&self, partition: &TopicPartition) -> Offset {
        match self.replica(partition) {
            Some(replica) => replica.high_watermark,
            None => self.disk.checkpointed_high_watermark(partition),
        }
    }
}
