//! What a consumer reads, and where it is in each partition.
//!
//! Kafka 4.3.1: `SubscriptionState`.

use serde::Serialize;

use crate::kafka::client::exception::ClientException;
use crate::kafka::config::offset_reset::AutoOffsetReset;
use crate::kafka::ids::{BrokerId, EventId, LeaderEpoch, Offset, TopicName, TopicPartition};
use crate::kafka::time::SimTime;
use crate::sorted::{SortedMap, SortedSet};

/// How the partitions came to this consumer.
///
/// Kafka 4.3.1: `SubscriptionState.SubscriptionType`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionKind {
    /// Neither subscribed nor assigned.
    None,
    /// `subscribe`: the group's leader assigns.
    Topics(Vec<TopicName>),
    /// `assign`: the application did.
    Assigned,
}

/// The next offset to be given to the application, and the epoch of the record before it.
///
/// Kafka 4.3.1: `SubscriptionState.FetchPosition`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Position {
    /// The next offset.
    pub offset: Offset,
    /// The epoch of the last record read, if any was.
    pub offset_epoch: Option<LeaderEpoch>,
}

/// How far a partition's position is known.
///
/// Kafka 4.3.1: `SubscriptionState.FetchStates`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FetchState {
    /// No position yet. Then: a committed offset ⇒ `Fetching`; none ⇒ `AwaitReset`.
    Initializing {
        /// Whether the group was asked, and has none.
        has_no_committed_offset: bool,
    },
    /// The position has to be looked up. Then: it was found ⇒ `Fetching`.
    AwaitReset {
        /// What is to be looked up.
        strategy: AutoOffsetReset,
        /// Not to be asked before.
        next_try_at: SimTime,
    },
    /// The leader changed: is the log still the one that was read?
    /// Then: it is, or the position was moved ⇒ `Fetching`.
    AwaitValidation {
        /// The position under question.
        position: Position,
        /// Not to be asked before.
        next_try_at: SimTime,
    },
    /// Records may be fetched.
    Fetching(Position),
}

/// A partition that the consumer reads.
///
/// Kafka 4.3.1: `SubscriptionState.TopicPartitionState`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartitionState {
    /// How far its position is known.
    pub state: FetchState,
    /// The event by which the partition came here, or by which its position was set last.
    pub placed_by: EventId,
    /// The event that moved the position last: `placed_by`, or a poll since.
    pub moved_by: EventId,
    /// Whether the application paused it.
    pub is_paused: bool,
    /// Whether it is about to be revoked: nothing more of it is given out.
    pub is_pending_revocation: bool,
    /// The leader's epoch for which the position was last found good.
    pub leader_epoch: Option<LeaderEpoch>,
    /// The high watermark of the last fetch.
    pub high_watermark: Option<Offset>,
    /// The replica to read from in place of the leader, and until when (KIP-392).
    pub preferred_read_replica: Option<(BrokerId, SimTime)>,
    /// After an error: not to be fetched before.
    pub fetch_not_before: SimTime,
}

impl PartitionState {
    fn new(assigned_by: EventId) -> PartitionState {
        PartitionState {
            placed_by: assigned_by,
            moved_by: assigned_by,
            state: FetchState::Initializing {
                has_no_committed_offset: false,
            },
            is_paused: false,
            is_pending_revocation: false,
            leader_epoch: None,
            high_watermark: None,
            preferred_read_replica: None,
            fetch_not_before: SimTime::ZERO,
        }
    }

    /// The position was set, by that event.
    pub fn place(&mut self, position: Position, event: EventId) {
        self.state = FetchState::Fetching(position);
        self.placed_by = event;
        self.moved_by = event;
    }

    /// The position has to be looked up, because of that event.
    pub fn request_reset(&mut self, strategy: AutoOffsetReset, now: SimTime, because: EventId) {
        self.state = FetchState::AwaitReset {
            strategy,
            next_try_at: now,
        };
        self.placed_by = because;
    }

    /// The position, if it is known for good.
    pub fn valid_position(&self) -> Option<Position> {
        match self.state {
            FetchState::Fetching(position) => Some(position),
            _ => None,
        }
    }

    /// The position, also while it is being validated.
    pub fn position(&self) -> Option<Position> {
        match self.state {
            FetchState::Fetching(position) | FetchState::AwaitValidation { position, .. } => {
                Some(position)
            }
            FetchState::Initializing { .. } | FetchState::AwaitReset { .. } => None,
        }
    }

    /// Whether records may be fetched and given out.
    pub fn is_fetchable(&self) -> bool {
        !self.is_paused && !self.is_pending_revocation && self.valid_position().is_some()
    }
}

/// A consumer's subscription and its partitions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubscriptionState {
    kind: SubscriptionKind,
    partitions: SortedMap<TopicPartition, PartitionState>,
    /// The same partitions in the order in which they are fetched next.
    fetch_order: Vec<TopicPartition>,
}

impl SubscriptionState {
    /// Of nothing.
    pub fn new() -> SubscriptionState {
        SubscriptionState {
            kind: SubscriptionKind::None,
            partitions: SortedMap::new(),
            fetch_order: Vec::new(),
        }
    }

    /// Subscribes to topics; partitions stay until the next rebalance.
    pub fn subscribe(&mut self, topics: Vec<TopicName>) -> Result<(), ClientException> {
        if self.kind == SubscriptionKind::Assigned {
            return Err(mutually_exclusive());
        }
        let topics: SortedSet<TopicName> = topics.into_iter().collect();
        self.kind = SubscriptionKind::Topics(topics.into_iter().collect());
        Ok(())
    }

    /// Takes the application's own choice of partitions.
    pub fn assign_from_user(
        &mut self,
        partitions: Vec<TopicPartition>,
        because: EventId,
    ) -> Result<(), ClientException> {
        if matches!(self.kind, SubscriptionKind::Topics(_)) {
            return Err(mutually_exclusive());
        }
        self.kind = SubscriptionKind::Assigned;
        self.set_partitions(partitions, because, |state| state);
        Ok(())
    }

    /// Takes a rebalance's outcome: every partition starts anew.
    pub fn assign_from_group(&mut self, partitions: Vec<TopicPartition>, because: EventId) {
        self.set_partitions(partitions, because, |_| PartitionState::new(because));
    }

    fn set_partitions(
        &mut self,
        partitions: Vec<TopicPartition>,
        because: EventId,
        keep: impl Fn(PartitionState) -> PartitionState,
    ) {
        let mut former = std::mem::take(&mut self.partitions);
        self.fetch_order.clear();
        for partition in partitions {
            let state = former
                .remove(&partition)
                .map_or_else(|| PartitionState::new(because), &keep);
            if self.partitions.insert(partition.clone(), state).is_none() {
                self.fetch_order.push(partition);
            }
        }
    }

    /// Gives up what a group assigned.
    pub fn revoke_all(&mut self) {
        self.partitions.clear();
        self.fetch_order.clear();
    }

    /// Gives everything up.
    pub fn unsubscribe(&mut self) {
        *self = SubscriptionState::new();
    }

    /// The next fetch serves this partition last, so that others get their turn.
    pub fn move_to_end(&mut self, partition: &TopicPartition) {
        if let Some(place) = self.fetch_order.iter().position(|other| other == partition) {
            let moved = self.fetch_order.remove(place);
            self.fetch_order.push(moved);
        }
    }

    /// A partition's state, to be changed, or Kafka's complaint.
    pub fn assigned_mut(
        &mut self,
        partition: &TopicPartition,
    ) -> Result<&mut PartitionState, ClientException> {
        self.partitions.get_mut(partition).ok_or_else(|| {
            let text = format!("No current assignment for partition {partition}");
            ClientException::new("IllegalStateException", text)
        })
    }

    /// A partition's state.
    pub fn get(&self, partition: &TopicPartition) -> Option<&PartitionState> {
        self.partitions.get(partition)
    }

    /// A partition's state, to be changed.
    pub fn get_mut(&mut self, partition: &TopicPartition) -> Option<&mut PartitionState> {
        self.partitions.get_mut(partition)
    }

    /// How the partitions came here.
    pub fn kind(&self) -> &SubscriptionKind {
        &self.kind
    }

    /// The subscribed topics; none after `assign`.
    pub fn topics(&self) -> &[TopicName] {
        match &self.kind {
            SubscriptionKind::Topics(topics) => topics,
            SubscriptionKind::None | SubscriptionKind::Assigned => &[],
        }
    }

    /// Whether a group assigns the partitions.
    pub fn is_by_group(&self) -> bool {
        matches!(self.kind, SubscriptionKind::Topics(_))
    }

    /// The partitions with their states, by topic and number.
    pub fn iter(&self) -> impl Iterator<Item = (&TopicPartition, &PartitionState)> {
        self.partitions.iter()
    }

    /// The same, to be changed.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&TopicPartition, &mut PartitionState)> {
        self.partitions.iter_mut()
    }

    /// The partitions, by topic and number.
    pub fn assigned(&self) -> Vec<TopicPartition> {
        self.partitions.keys().cloned().collect()
    }

    /// The partitions that may be fetched, in turn.
    pub fn fetchable(&self) -> Vec<TopicPartition> {
        let is_fetchable = |partition: &&TopicPartition| {
            self.get(partition)
                .is_some_and(PartitionState::is_fetchable)
        };
        self.fetch_order
            .iter()
            .filter(is_fetchable)
            .cloned()
            .collect()
    }
}

impl Default for SubscriptionState {
    fn default() -> SubscriptionState {
        SubscriptionState::new()
    }
}

fn mutually_exclusive() -> ClientException {
    let text = "Subscription to topics, partitions and pattern are mutually exclusive";
    ClientException::new("IllegalStateException", text)
}
