//! Where a producer puts records that name no partition: all to one partition until that has had
//! a batch worth of bytes, then to another, chosen by chance and by how long the queues are.
//!
//! Kafka 4.3.1: `BuiltInPartitioner`, KIP-480, KIP-794.

use serde::{Deserialize, Serialize};

use crate::kafka::ids::PartitionId;
use crate::kafka::node::Chance;

/// The sticky partition of one topic.
///
/// Kafka 4.3.1: `BuiltInPartitioner`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StickyPartitioner {
    batch_size_bytes: u64,
    sticky: Option<Sticky>,
    /// The adaptive choice; none for an even one.
    load: Option<PartitionLoad>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Sticky {
    partition: PartitionId,
    produced_bytes: u64,
}

/// Which partitions a topic has, and which of them could be written to.
#[derive(Clone, Copy, Debug)]
pub struct PartitionAvailability<'a> {
    /// How many there are; at least one.
    pub partition_count: u32,
    /// Those with a known leader.
    pub with_leader: &'a [PartitionId],
}

/// Whether this is a good moment to leave a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchRule {
    /// The partition's last batch is full, or it has none: nothing is torn apart.
    Allowed,
    /// The last batch is still open; only at twice the bytes it is left all the same.
    OnlyIfFarOver,
}

impl StickyPartitioner {
    /// A partitioner that stays for `batch_size_bytes`, the producer's `batch.size`.
    pub fn new(batch_size_bytes: u32) -> StickyPartitioner {
        StickyPartitioner {
            batch_size_bytes: u64::from(batch_size_bytes.max(1)),
            sticky: None,
            load: None,
        }
    }

    /// The partition for the next record.
    ///
    /// Kafka 4.3.1: `BuiltInPartitioner#peekCurrentPartitionInfo`.
    pub fn current(
        &mut self,
        available: PartitionAvailability<'_>,
        chance: &mut dyn Chance,
    ) -> PartitionId {
        if let Some(sticky) = self.sticky {
            return sticky.partition;
        }
        self.switch(available, chance)
    }

    /// Notes that `appended_bytes` went to the current partition, and may switch to another.
    /// Returns whether it did; the other may by chance be the same.
    ///
    /// Kafka 4.3.1: `BuiltInPartitioner#updatePartitionInfo`.
    pub fn on_append(
        &mut self,
        appended_bytes: u32,
        rule: SwitchRule,
        available: PartitionAvailability<'_>,
        chance: &mut dyn Chance,
    ) -> bool {
        let Some(sticky) = &mut self.sticky else {
            return false;
        };
        sticky.produced_bytes += u64::from(appended_bytes);
        let is_time = match rule {
            SwitchRule::Allowed => sticky.produced_bytes >= self.batch_size_bytes,
            SwitchRule::OnlyIfFarOver => sticky.produced_bytes >= 2 * self.batch_size_bytes,
        };
        if is_time {
            self.switch(available, chance);
        }
        is_time
    }

    /// Takes the lengths of the queues of partitions with a leader, as the next choice's weights.
    ///
    /// `partition_count` counts also those left out: for lack of a leader that answers in time
    /// (`partitioner.availability.timeout.ms`).
    ///
    /// Kafka 4.3.1: `BuiltInPartitioner#updatePartitionLoadStats`.
    pub fn update_load(&mut self, queues: &[(PartitionId, u32)], partition_count: usize) {
        self.load = PartitionLoad::of(queues, partition_count);
    }

    /// Chooses evenly from now on: adaptive partitioning is off, or a queue is missing.
    pub fn forget_load(&mut self) {
        self.load = None;
    }

    fn switch(
        &mut self,
        available: PartitionAvailability<'_>,
        chance: &mut dyn Chance,
    ) -> PartitionId {
        let partition = self.next_partition(available, chance);
        self.sticky = Some(Sticky {
            partition,
            produced_bytes: 0,
        });
        partition
    }

    /// Kafka 4.3.1: `BuiltInPartitioner#nextPartition`.
    fn next_partition(
        &self,
        available: PartitionAvailability<'_>,
        chance: &mut dyn Chance,
    ) -> PartitionId {
        if let Some(load) = &self.load {
            return load.draw(chance);
        }
        let choices = available.with_leader;
        if choices.is_empty() {
            assert!(
                available.partition_count > 0,
                "a topic has at least one partition"
            );
            return PartitionId(chance.below(u64::from(available.partition_count)) as u32);
        }
        choices[chance.below(choices.len() as u64) as usize]
    }
}

/// Weights for a choice among partitions: the shorter the queue, the more likely.
///
/// Kafka 4.3.1: `BuiltInPartitioner.PartitionLoadStats`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionLoad {
    cumulative: Vec<(u64, PartitionId)>,
}

impl PartitionLoad {
    /// The weights for those queue lengths; none if an even choice is as good.
    pub fn of(queues: &[(PartitionId, u32)], partition_count: usize) -> Option<PartitionLoad> {
        let longest = queues.iter().map(|(_, length)| *length).max()?;
        let all_equal = queues.iter().all(|(_, length)| *length == longest);
        if partition_count < 2 || (all_equal && queues.len() == partition_count) {
            return None;
        }
        let cumulative = queues
            .iter()
            .scan(0_u64, |sum, (partition, length)| {
                *sum += u64::from(longest - length) + 1;
                Some((*sum, *partition))
            })
            .collect();
        Some(PartitionLoad { cumulative })
    }

    /// The running sums of the weights.
    pub fn cumulative_frequencies(&self) -> impl Iterator<Item = u64> {
        self.cumulative.iter().map(|(sum, _)| *sum)
    }

    fn draw(&self, chance: &mut dyn Chance) -> PartitionId {
        let (total, last) = *self
            .cumulative
            .last()
            .expect("weights are made of one queue or more");
        let drawn = chance.below(total);
        let index = self.cumulative.partition_point(|(sum, _)| *sum <= drawn);
        self.cumulative
            .get(index)
            .map_or(last, |(_, partition)| *partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws what it is told, again and again.
    struct Always(u64);

    impl Chance for Always {
        fn below(&mut self, bound: u64) -> u64 {
            self.0 % bound
        }
    }

    const ALL: [PartitionId; 3] = [PartitionId(0), PartitionId(1), PartitionId(2)];
    const AVAILABLE: PartitionAvailability<'static> = PartitionAvailability {
        partition_count: 3,
        with_leader: &ALL,
    };

    /// Case "switch after stickyBatchSize bytes": `BuiltInPartitionerTest#testStickyPartitioning`.
    #[test]
    fn it_stays_until_the_batch_size_has_been_produced() {
        let mut partitioner = StickyPartitioner::new(3);
        assert_eq!(
            partitioner.current(AVAILABLE, &mut Always(1)),
            PartitionId(1)
        );
        let switched = [1, 1, 1].map(|bytes| {
            partitioner.on_append(bytes, SwitchRule::Allowed, AVAILABLE, &mut Always(2))
        });
        assert_eq!(switched, [false, false, true]);
        assert_eq!(
            partitioner.current(AVAILABLE, &mut Always(0)),
            PartitionId(2)
        );
    }

    /// Case "no switch while a batch is still open, except at twice the size".
    #[test]
    fn an_open_batch_holds_it_up_to_twice_the_batch_size() {
        let steps = [
            (16384, SwitchRule::OnlyIfFarOver),
            (20000, SwitchRule::Allowed),
            (32768, SwitchRule::OnlyIfFarOver),
        ];
        let switched = steps.map(|(bytes, rule)| {
            let mut partitioner = StickyPartitioner::new(16384);
            partitioner.current(AVAILABLE, &mut Always(0));
            partitioner.on_append(bytes, rule, AVAILABLE, &mut Always(0))
        });
        assert_eq!(switched, [false, true, true]);
    }

    #[test]
    fn a_partition_without_leader_is_chosen_only_if_none_has_one() {
        let only_last = PartitionAvailability {
            partition_count: 3,
            with_leader: &ALL[2..],
        };
        let mut partitioner = StickyPartitioner::new(1);
        assert_eq!(
            partitioner.current(only_last, &mut Always(0)),
            PartitionId(2)
        );
        let none = PartitionAvailability {
            partition_count: 3,
            with_leader: &[],
        };
        let mut partitioner = StickyPartitioner::new(1);
        assert_eq!(partitioner.current(none, &mut Always(1)), PartitionId(1));
    }

    /// The example in Kafka's own comment: queues 0, 3, 1 make 4, 5, 8 of which 0 to 3 mean the
    /// first partition, 4 the second, 5 to 7 the third.
    #[test]
    fn the_shorter_its_queue_the_likelier_a_partition_is() {
        let queues = [
            (PartitionId(0), 0),
            (PartitionId(1), 3),
            (PartitionId(2), 1),
        ];
        let load = PartitionLoad::of(&queues, 3).expect("the queues differ");
        let drawn = [0, 3, 4, 5, 7].map(|number| load.draw(&mut Always(number)).0);
        assert_eq!(drawn, [0, 0, 1, 2, 2]);
    }

    #[test]
    fn a_partition_that_was_left_out_makes_equal_queues_a_weighted_choice() {
        let queues = [(PartitionId(0), 2), (PartitionId(2), 2)];
        assert_eq!(PartitionLoad::of(&queues, 2), None);
        assert!(PartitionLoad::of(&queues, 3).is_some());
    }
}
