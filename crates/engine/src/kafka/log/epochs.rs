//! Where each leader's records begin: how a follower finds the place its log left the leader's.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::{LeaderEpoch, Offset};
use crate::kafka::message::EpochEndOffset;
use crate::sorted::SortedMap;

/// The leader epochs of a log with their start offsets, both rising.
///
/// Kafka 4.3.1: `LeaderEpochFileCache`, KIP-101, KIP-279.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaderEpochCache {
    start_offsets: SortedMap<LeaderEpoch, Offset>,
}

impl LeaderEpochCache {
    /// Notes that `epoch` begins at `start_offset`, and forgets what contradicts it: later epochs,
    /// and epochs that begin there or later.
    ///
    /// Kafka 4.3.1: `LeaderEpochFileCache#assign`.
    pub fn assign(&mut self, epoch: LeaderEpoch, start_offset: Offset) {
        if let Some((latest, its_start)) = self.latest()
            && latest == epoch
            && its_start <= start_offset
        {
            return;
        }
        while let Some((latest, its_start)) = self.latest()
            && (latest >= epoch || its_start >= start_offset)
        {
            self.start_offsets.remove(&latest);
        }
        self.start_offsets.insert(epoch, start_offset);
    }

    /// Forgets the epochs that begin at `end_offset` or later.
    ///
    /// Kafka 4.3.1: `LeaderEpochFileCache#truncateFromEndAsyncFlush`.
    pub fn truncate_from_end(&mut self, end_offset: Offset) {
        while let Some((latest, its_start)) = self.latest()
            && its_start >= end_offset
        {
            self.start_offsets.remove(&latest);
        }
    }

    /// Forgets the epochs that end before `start_offset`; the one it lies in begins there now.
    ///
    /// Kafka 4.3.1: `LeaderEpochFileCache#truncateFromStartAsyncFlush`.
    pub fn truncate_from_start(&mut self, start_offset: Offset) {
        let Some(epoch_there) = self.epoch_for_offset(start_offset) else {
            return;
        };
        self.start_offsets.retain(|epoch, _| *epoch >= epoch_there);
        self.start_offsets.insert(epoch_there, start_offset);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.start_offsets.clear();
    }

    /// The epochs and where they begin, in order.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (LeaderEpoch, Offset)> {
        self.start_offsets
            .iter()
            .map(|(epoch, start_offset)| (*epoch, *start_offset))
    }

    /// The latest epoch.
    pub fn latest_epoch(&self) -> Option<LeaderEpoch> {
        self.latest().map(|(epoch, _)| epoch)
    }

    /// The one before the latest.
    ///
    /// Kafka 4.3.1: `LeaderEpochFileCache#previousEpoch`.
    pub fn previous_epoch(&self) -> Option<LeaderEpoch> {
        self.entries().nth_back(1).map(|(epoch, _)| epoch)
    }

    /// In which epoch the record at `offset` was written; none if that is before all of them.
    ///
    /// Kafka 4.3.1: `LeaderEpochFileCache#epochForOffset`.
    pub fn epoch_for_offset(&self, offset: Offset) -> Option<LeaderEpoch> {
        self.entries()
            .rfind(|(_, start_offset)| *start_offset <= offset)
            .map(|(epoch, _)| epoch)
    }

    /// Where `epoch` ended in this log: the largest epoch that is not later, and the start of the
    /// next one. None if `epoch` is later than all.
    ///
    /// Kafka 4.3.1: `LeaderEpochFileCache#endOffsetFor`, whose undefined answer is (-1, -1).
    pub fn end_offset_for(
        &self,
        epoch: LeaderEpoch,
        log_end_offset: Offset,
    ) -> Option<EpochEndOffset> {
        if epoch.0 < 0 {
            return None;
        }
        if self.latest_epoch() == Some(epoch) {
            return Some(EpochEndOffset {
                epoch,
                end_offset: log_end_offset,
            });
        }
        let after = LeaderEpoch(epoch.0.checked_add(1)?);
        let (_, end_offset) = self.start_offsets.range(after..).next()?;
        let floor = self.start_offsets.range(..=epoch).next_back();
        let epoch = floor.map_or(epoch, |(floor, _)| *floor);
        Some(EpochEndOffset {
            epoch,
            end_offset: *end_offset,
        })
    }

    fn latest(&self) -> Option<(LeaderEpoch, Offset)> {
        self.entries().next_back()
    }
}
