//! What the tests of a log share.

use bytes::Bytes;

use crate::kafka::error_code::ErrorCode;
use crate::kafka::ids::{EventId, LeaderEpoch, ProducerId, TopicName, TopicPartition};
use crate::kafka::log::{
    AppendError, AppendInfo, AppendOrigin, Clock, FollowerAppend, LeaderAppend, Log, LogConfig,
    TransactionVersion,
};
use crate::kafka::record::{
    BatchSpec, EndTransactionMarker, MarkerSpec, ProducerStamp, Record, RecordBatch,
    TransactionOutcome, encode_batch, encode_end_transaction_marker,
};

/// Appends as a follower of a leader of that epoch.
pub fn append_as_follower(
    log: &mut Log,
    batches: Vec<RecordBatch>,
    leader_epoch: LeaderEpoch,
) -> Result<Option<AppendInfo>, AppendError> {
    let config = LogConfig::default();
    let append = FollowerAppend {
        partition: &partition(),
        leader_epoch,
        clock: Clock::default(),
        config: &config,
    };
    log.append_as_follower(batches, &append)
}

/// A leader's log with its settings and its clock.
pub struct TestLog {
    pub log: Log,
    pub config: LogConfig,
    pub leader_epoch: LeaderEpoch,
    pub now_ms: i64,
    pub roll_jitter_ms: i64,
}

impl TestLog {
    pub fn new() -> TestLog {
        TestLog {
            log: Log::new(Clock::default()),
            config: LogConfig::default(),
            leader_epoch: LeaderEpoch(0),
            now_ms: 0,
            roll_jitter_ms: 0,
        }
    }

    pub fn clock(&self) -> Clock {
        Clock {
            now_ms: self.now_ms,
            roll_jitter_ms: self.roll_jitter_ms,
        }
    }

    pub fn append(&mut self, batch: RecordBatch) -> Result<AppendInfo, AppendError> {
        self.append_from(batch, AppendOrigin::Client)
    }

    pub fn append_marker(&mut self, batch: RecordBatch) -> Result<AppendInfo, AppendError> {
        let transaction_version = TransactionVersion::V1;
        self.append_from(
            batch,
            AppendOrigin::Coordinator {
                transaction_version,
            },
        )
    }

    pub fn append_from(
        &mut self,
        batch: RecordBatch,
        origin: AppendOrigin,
    ) -> Result<AppendInfo, AppendError> {
        let leader_epoch = self.leader_epoch;
        let partition = partition();
        let append = LeaderAppend {
            leader_epoch,
            origin,
            partition: &partition,
            clock: self.clock(),
            config: &self.config,
        };
        self.log.append_as_leader(batch, &append)
    }

    pub fn refusal(&mut self, batch: RecordBatch) -> ErrorCode {
        self.append(batch)
            .expect_err("the batch must be refused")
            .code
    }
}

pub fn partition() -> TopicPartition {
    TopicPartition::new(&TopicName::new("T"), 0)
}

pub fn batch_of(bytes: Bytes) -> RecordBatch {
    RecordBatch::from_bytes(bytes, EventId::default()).expect("the test encodes whole batches")
}

pub fn client(records: &[Record]) -> RecordBatch {
    batch_of(encode_batch(&BatchSpec::default(), records))
}

pub fn keyless() -> Record {
    record_at(0)
}

pub fn keyed(key: &'static str) -> Record {
    Record {
        key: Some(Bytes::from_static(key.as_bytes())),
        ..keyless()
    }
}

pub fn record_at(timestamp_ms: i64) -> Record {
    Record {
        value: Some(Bytes::from_static(b"v")),
        timestamp_ms,
        ..Record::default()
    }
}

/// A batch of producer 1.
pub fn producer_batch(epoch: i16, base_sequence: Option<i32>, record_count: usize) -> RecordBatch {
    of_producer(1, epoch, base_sequence, record_count, false)
}

/// A batch of a transaction of producer `id`.
pub fn transactional_batch(id: u64, epoch: i16, base_sequence: i32, count: usize) -> RecordBatch {
    of_producer(id, epoch, Some(base_sequence), count, true)
}

/// The end of a transaction of producer `id`, in its first epoch.
pub fn marker_of(id: u64, outcome: TransactionOutcome) -> RecordBatch {
    marker(id, 0, 0, outcome)
}

/// The commit of a transaction of producer `id`.
pub fn marker_batch(id: u64, producer_epoch: i16, coordinator_epoch: i32) -> RecordBatch {
    marker(
        id,
        producer_epoch,
        coordinator_epoch,
        TransactionOutcome::Commit,
    )
}

fn marker(
    id: u64,
    producer_epoch: i16,
    coordinator_epoch: i32,
    outcome: TransactionOutcome,
) -> RecordBatch {
    batch_of(encode_end_transaction_marker(&MarkerSpec {
        producer_id: ProducerId(id),
        producer_epoch,
        marker: EndTransactionMarker {
            outcome,
            coordinator_epoch,
        },
        timestamp_ms: 0,
    }))
}

fn of_producer(
    id: u64,
    epoch: i16,
    base_sequence: Option<i32>,
    record_count: usize,
    is_transactional: bool,
) -> RecordBatch {
    let producer = Some(ProducerStamp {
        id: ProducerId(id),
        epoch,
        base_sequence,
    });
    let spec = BatchSpec {
        producer,
        is_transactional,
        ..BatchSpec::default()
    };
    batch_of(encode_batch(&spec, &vec![keyless(); record_count]))
}
