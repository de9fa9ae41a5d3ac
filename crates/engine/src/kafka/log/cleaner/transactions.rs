//! Which transactions a cleaner is inside of, as it reads a log from front to back.
//!
//! Kafka 4.3.1: `CleanedTransactionMetadata`.

use serde::Serialize;

use crate::kafka::ids::{Offset, ProducerId};
use crate::kafka::log::AbortedTransaction;
use crate::kafka::record::{RecordBatch, TransactionOutcome};
use crate::sorted::{SortedMap, SortedSet};

/// The transactions that are open at the place where the cleaner reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OpenTransactions {
    committed: SortedSet<ProducerId>,
    /// With whether a batch of it was met.
    aborted: SortedMap<ProducerId, (AbortedTransaction, bool)>,
    /// Those that were aborted and begin later.
    ahead: Vec<AbortedTransaction>,
    /// Those whose marker stays: the index of the cleaned segment.
    kept: Vec<AbortedTransaction>,
}

impl OpenTransactions {
    /// Transactions that were aborted and that the cleaner will meet.
    pub fn expect(&mut self, aborted: Vec<AbortedTransaction>) {
        self.ahead.extend(aborted);
    }

    /// The cleaner met a batch of data. Returns whether it belongs to an aborted transaction.
    ///
    /// Kafka 4.3.1: `CleanedTransactionMetadata#onBatchRead`.
    pub fn on_data(&mut self, batch: &RecordBatch) -> bool {
        self.open_up_to(batch.last_offset());
        let Some(producer) = batch.producer().filter(|_| batch.is_transactional()) else {
            return false;
        };
        if let Some((_, was_met)) = self.aborted.get_mut(&producer.id) {
            *was_met = true;
            return true;
        }
        self.committed.insert(producer.id);
        false
    }

    /// The cleaner met a control batch. Returns whether it may go, as nothing of its transaction
    /// was met.
    ///
    /// Kafka 4.3.1: `CleanedTransactionMetadata#onControlBatchRead`.
    pub fn on_marker(&mut self, batch: &RecordBatch) -> bool {
        self.open_up_to(batch.last_offset());
        if batch.count() == 0 {
            // It was cleaned before.
            return true;
        }
        let (Some(marker), Some(producer)) = (batch.end_transaction_marker(), batch.producer())
        else {
            return false;
        };
        match marker.outcome {
            TransactionOutcome::Commit => !self.committed.remove(&producer.id),
            TransactionOutcome::Abort => match self.aborted.remove(&producer.id) {
                Some((aborted, true)) => {
                    self.kept.push(aborted);
                    false
                }
                _ => true,
            },
        }
    }

    /// The aborted transactions whose markers stay, since this was last asked.
    pub fn take_kept(&mut self) -> Vec<AbortedTransaction> {
        std::mem::take(&mut self.kept)
    }

    /// Kafka 4.3.1: `CleanedTransactionMetadata#consumeAbortedTxnsUpTo`.
    fn open_up_to(&mut self, offset: Offset) {
        let is_reached = |aborted: &AbortedTransaction| aborted.first_offset <= offset;
        while let Some(place) = self.ahead.iter().position(is_reached) {
            let aborted = self.ahead.remove(place);
            self.aborted
                .entry(aborted.producer_id)
                .or_insert_with(|| (aborted, false));
        }
    }
}
