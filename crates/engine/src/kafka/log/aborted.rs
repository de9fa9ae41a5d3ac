//! The transaction index: which transactions a reader of committed records passes over.
//!
//! Kafka 4.3.1: `AbortedTxn`, `TransactionIndex`, `UnifiedLog#collectAbortedTransactions`.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{Offset, ProducerId};
use crate::kafka::log::Log;

/// A transaction that was aborted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbortedTransaction {
    /// Whose.
    pub producer_id: ProducerId,
    /// Where it begins.
    pub first_offset: Offset,
    /// The offset of its abort marker.
    pub last_offset: Offset,
    /// The first offset that was still undecided when it ended.
    pub last_stable_offset: Offset,
}

impl Log {
    /// The aborted transactions that reach into `start..upper_bound`.
    ///
    /// Kafka 4.3.1: `LocalLog#collectAbortedTransactions`, `TransactionIndex#collectAbortedTxns`.
    pub fn aborted_transactions(
        &self,
        start: Offset,
        upper_bound: Offset,
    ) -> Vec<AbortedTransaction> {
        let mut found = Vec::new();
        for aborted in self
            .segments_from(start)
            .flat_map(|segment| segment.aborted())
        {
            if aborted.last_offset >= start && aborted.first_offset < upper_bound {
                found.push(*aborted);
            }
            if aborted.last_stable_offset >= upper_bound {
                break;
            }
        }
        found
    }
}
