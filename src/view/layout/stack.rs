//! In which order the replicas of an opened partition stand below each other.

use crate::view::scene::{BrokerRow, PartitionRow, ReplicaRole};

/// The columns of an opened partition's replicas, as sets of bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stack {
    /// The leader's column.
    pub leader: Option<u32>,
    /// All replicas' columns.
    pub replicas: u64,
    /// The columns of the logs that stand above the others: those in sync, or where one has cut its log off
    /// all but that one, below which lies what it cut off.
    pub above: u64,
}

impl Stack {
    /// Those of a partition among the brokers.
    pub fn of(brokers: &[BrokerRow], partition: &PartitionRow) -> Stack {
        let mut stack = Stack::default();
        let cut = partition.cut();
        for (column, broker) in (0..64).zip(brokers) {
            let mut replicas = partition.replicas.iter();
            if let Some(replica) = replicas.find(|replica| replica.broker == broker.id) {
                stack.replicas |= 1 << column;
                let is_above = cut.map_or_else(
                    || partition.is_in_sync(broker.id),
                    |cut| cut.broker != broker.id,
                );
                stack.above |= u64::from(is_above) << column;
                if replica.role == ReplicaRole::Leader {
                    stack.leader = Some(column);
                }
            }
        }
        stack
    }

    /// The order of `before`, as long as nobody else leads: who looks from one picture to the next
    /// finds everything where it was.
    pub fn kept(self, before: Stack) -> Stack {
        let is_kept = self.leader.is_none() || self.leader == before.leader;
        if is_kept && self.replicas == before.replicas {
            before
        } else {
            self
        }
    }

    /// Whether the same replicas stand in another order.
    pub fn trades_places(self, next: Stack) -> bool {
        self.replicas == next.replicas && !self.columns().eq(next.columns())
    }

    /// The columns from top to bottom: the leader, who is in sync, who is not.
    pub(super) fn columns(self) -> impl Iterator<Item = u32> {
        let others = self.replicas & !self.leader.map_or(0, |leader| 1 << leader.min(63));
        let of = |set: u64| (0..64).filter(move |column| set >> column & 1 == 1);
        let leader = self.leader.into_iter();
        leader
            .chain(of(others & self.above))
            .chain(of(others & !self.above))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replicas_trade_places_once_another_one_leads_or_one_is_no_longer_in_sync() {
        let led_by = |leader| Stack {
            leader: Some(leader),
            replicas: 0b111,
            above: 0b111,
        };
        let first = led_by(0);
        assert!(!first.trades_places(first));
        assert!(first.trades_places(led_by(1)));
        let without_the_first = Stack {
            leader: Some(1),
            above: 0b110,
            ..first
        };
        assert!(led_by(1).trades_places(without_the_first));
        let without_the_last = Stack {
            above: 0b011,
            ..first
        };
        assert!(!first.trades_places(without_the_last), "it is last anyway");
        let fewer = Stack {
            replicas: 0b011,
            ..first
        };
        assert!(!first.trades_places(fewer), "they are others");
    }
}
