//! How far a topic's records are expected to shrink, learnt from the batches before.
//!
//! Kafka 4.3.1: `CompressionRatioEstimator`. Simplified: each producer learns by itself; in Java all
//! producers of a process learn together.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::TopicName;
use crate::kafka::record::RecordBatch;
use crate::kafka::record::header::BATCH_OVERHEAD_BYTES;
use crate::sorted::SortedMap;

/// Compressed over plain, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CompressionRatio(u32);

impl CompressionRatio {
    /// As if nothing shrank: where every estimate begins.
    pub const ONE: CompressionRatio = CompressionRatio(1_000_000);
    /// How fast an estimate gets better, a batch at a time.
    const IMPROVING_STEP: u32 = 5_000;
    /// How fast it gets worse, at least.
    const DETERIORATE_STEP: u32 = 50_000;

    fn of(compressed_bytes: u32, plain_bytes: u32) -> CompressionRatio {
        let millionths = u64::from(compressed_bytes) * 1_000_000 / u64::from(plain_bytes.max(1));
        CompressionRatio(u32::try_from(millionths).unwrap_or(u32::MAX))
    }

    /// How many bytes are expected to be left of so many, with 5 % to be safe.
    ///
    /// Kafka 4.3.1: `MemoryRecordsBuilder.COMPRESSION_RATE_ESTIMATION_FACTOR`.
    pub fn expected_bytes(self, plain_bytes: u32) -> u32 {
        let expected = u64::from(plain_bytes) * u64::from(self.0) / 1_000_000 * 105 / 100;
        u32::try_from(expected).unwrap_or(u32::MAX)
    }

    /// Kafka 4.3.1: `CompressionRatioEstimator#updateEstimation`.
    fn learn(&mut self, observed: CompressionRatio) {
        if observed.0 > self.0 {
            self.0 = observed
                .0
                .max(self.0.saturating_add(Self::DETERIORATE_STEP));
        } else if observed.0 < self.0 {
            self.0 = observed.0.max(self.0.saturating_sub(Self::IMPROVING_STEP));
        }
    }
}

/// The estimates of all topics.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CompressionRatios(SortedMap<TopicName, CompressionRatio>);

impl CompressionRatios {
    /// A topic's estimate.
    pub fn of(&self, topic: &TopicName) -> CompressionRatio {
        self.0.get(topic).copied().unwrap_or(CompressionRatio::ONE)
    }

    /// Takes note of a batch that was compressed; its records had that size before.
    pub fn observe(&mut self, topic: &TopicName, batch: &RecordBatch, plain_bytes: u32) {
        let compressed_bytes = batch.size_in_bytes().saturating_sub(BATCH_OVERHEAD_BYTES);
        let observed = CompressionRatio::of(compressed_bytes, plain_bytes);
        let estimate = self.0.entry(topic.clone());
        estimate.or_insert(CompressionRatio::ONE).learn(observed);
    }

    /// Forgets what was learnt: a batch was too large.
    ///
    /// Kafka 4.3.1: `CompressionRatioEstimator#resetEstimation`, from `RecordAccumulator#splitAndReenqueue`.
    pub fn reset(&mut self, topic: &TopicName) {
        self.0.insert(topic.clone(), CompressionRatio::ONE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kafka 4.3.1: `CompressionRatioEstimatorTest#testUpdateEstimation`.
    #[test]
    fn an_estimate_gets_better_slowly_and_worse_at_once() {
        let updated = |from, observed| {
            let mut estimate = CompressionRatio(from);
            estimate.learn(CompressionRatio(observed));
            estimate.0
        };
        assert_eq!(updated(800_000, 840_000), 850_000);
        assert_eq!(updated(600_000, 700_000), 700_000);
        assert_eq!(updated(600_000, 400_000), 595_000);
        assert_eq!(updated(4_000, 1_000), 1_000);
    }
}
