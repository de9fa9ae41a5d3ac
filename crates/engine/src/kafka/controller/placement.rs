//! On which brokers the replicas of a new topic go.
//!
//! Kafka 4.3.1: `StripedReplicaPlacer`.

use crate::kafka::ids::BrokerId;
use crate::kafka::node::Chance;

/// A broker that may get replicas.
///
/// Kafka 4.3.1: `UsableBroker`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsableBroker {
    /// Who.
    pub id: BrokerId,
    /// `broker.rack`; brokers without one are a rack of their own.
    pub rack: Option<String>,
    /// A fenced broker leads nothing and is taken last.
    pub fenced: bool,
}

/// Chooses `replication_factor` brokers for each of `partition_count` new partitions: leaders go
/// round the racks and the brokers, replicas of one partition go to as many racks as possible.
///
/// Errors: Kafka's own text (an `InvalidReplicationFactorException`).
///
/// Kafka 4.3.1: `StripedReplicaPlacer#place`.
/// Simplified: the rings draw their starts in the order of the racks' names.
pub fn place_replicas(
    brokers: &[UsableBroker],
    partition_count: usize,
    replication_factor: i16,
    chance: &mut dyn Chance,
) -> Result<Vec<Vec<BrokerId>>, String> {
    let mut racks = RackList::new(brokers, chance);
    if replication_factor <= 0 {
        return Err(format!(
            "Invalid replication factor {replication_factor}: the replication factor must be \
             positive."
        ));
    }
    if racks.unfenced_count == 0 {
        let text = "All brokers are currently fenced, or have all their log directories cordoned.";
        return Err(text.to_owned());
    }
    let wanted = usize::from(replication_factor.unsigned_abs());
    if wanted > brokers.len() {
        return Err(format!(
            "The target replication factor of {wanted} cannot be reached because only {} \
             broker(s) are registered or some brokers have all their log directories cordoned.",
            brokers.len()
        ));
    }
    Ok((0..partition_count)
        .map(|_| racks.place(wanted, chance))
        .collect())
}

/// Brokers in a ring, read from an offset that moves on with every partition.
///
/// Kafka 4.3.1: `StripedReplicaPlacer.BrokerList`.
#[derive(Default)]
struct Ring {
    brokers: Vec<BrokerId>,
    index: usize,
    offset: usize,
    epoch: usize,
}

impl Ring {
    fn initialize(&mut self, chance: &mut dyn Chance) {
        if !self.brokers.is_empty() {
            self.offset = draw(self.brokers.len(), chance);
        }
    }

    fn next(&mut self, epoch: usize) -> Option<BrokerId> {
        if self.brokers.is_empty() {
            return None;
        }
        if self.epoch != epoch {
            self.epoch = epoch;
            self.index = 0;
            self.offset = (self.offset + 1) % self.brokers.len();
        }
        if self.index >= self.brokers.len() {
            return None;
        }
        let broker = self.brokers[(self.index + self.offset) % self.brokers.len()];
        self.index += 1;
        Some(broker)
    }
}

/// Kafka 4.3.1: `StripedReplicaPlacer.Rack`.
#[derive(Default)]
struct Rack {
    name: Option<String>,
    fenced: Ring,
    unfenced: Ring,
}

impl Rack {
    fn next(&mut self, epoch: usize) -> Option<BrokerId> {
        self.unfenced
            .next(epoch)
            .or_else(|| self.fenced.next(epoch))
    }
}

/// Kafka 4.3.1: `StripedReplicaPlacer.RackList`.
struct RackList {
    racks: Vec<Rack>,
    unfenced_count: usize,
    epoch: usize,
    offset: usize,
}

impl RackList {
    fn new(brokers: &[UsableBroker], chance: &mut dyn Chance) -> RackList {
        let mut racks: Vec<Rack> = Vec::new();
        for broker in brokers {
            let at = racks.partition_point(|rack| rack.name < broker.rack);
            if racks.get(at).is_none_or(|rack| rack.name != broker.rack) {
                let name = broker.rack.clone();
                let rack = Rack {
                    name,
                    ..Rack::default()
                };
                racks.insert(at, rack);
            }
            let rack = &mut racks[at];
            let ring = if broker.fenced {
                &mut rack.fenced
            } else {
                &mut rack.unfenced
            };
            let place = ring.brokers.partition_point(|id| *id < broker.id);
            ring.brokers.insert(place, broker.id);
        }
        for rack in &mut racks {
            rack.fenced.initialize(chance);
            rack.unfenced.initialize(chance);
        }
        let offset = if racks.is_empty() {
            0
        } else {
            draw(racks.len(), chance)
        };
        RackList {
            racks,
            unfenced_count: brokers.iter().filter(|broker| !broker.fenced).count(),
            epoch: 0,
            offset,
        }
    }

    /// The caller has made sure of an unfenced broker and of enough brokers in all, so that both
    /// searches end.
    fn place(&mut self, replication_factor: usize, chance: &mut dyn Chance) -> Vec<BrokerId> {
        if self.epoch == self.unfenced_count && self.unfenced_count > 1 {
            self.shuffle(chance);
            self.epoch = 0;
        }
        if self.offset == self.racks.len() {
            self.offset = 0;
        }
        let rack_count = self.racks.len();
        let mut replicas = Vec::with_capacity(replication_factor);
        let mut leader_rack = self.offset;
        loop {
            if let Some(leader) = self.racks[leader_rack].unfenced.next(self.epoch) {
                replicas.push(leader);
                break;
            }
            leader_rack = (leader_rack + 1) % rack_count;
        }
        let mut skipped_once = Some(leader_rack);
        let mut rack = self.offset;
        while replicas.len() < replication_factor {
            if skipped_once == Some(rack) {
                skipped_once = None;
            } else if let Some(follower) = self.racks[rack].next(self.epoch) {
                replicas.push(follower);
            }
            rack = (rack + 1) % rack_count;
        }
        self.epoch += 1;
        self.offset += 1;
        replicas
    }

    fn shuffle(&mut self, chance: &mut dyn Chance) {
        shuffle(&mut self.racks, chance);
        for rack in &mut self.racks {
            shuffle(&mut rack.fenced.brokers, chance);
            shuffle(&mut rack.unfenced.brokers, chance);
        }
    }
}

fn draw(bound: usize, chance: &mut dyn Chance) -> usize {
    chance.below(bound as u64) as usize
}

/// Java's `Collections.shuffle`.
fn shuffle<T>(items: &mut [T], chance: &mut dyn Chance) {
    for size in (2..=items.len()).rev() {
        items.swap(size - 1, draw(size, chance));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `java.util.Random` over the generator of Kafka's `MockRandom`.
    struct MockRandom {
        state: i64,
    }

    impl MockRandom {
        fn next_31_bits(&mut self) -> u64 {
            self.state = self
                .state
                .wrapping_mul(2_862_933_555_777_941_757)
                .wrapping_add(3_037_000_493);
            (self.state as u64) >> 33
        }
    }

    impl Chance for MockRandom {
        fn below(&mut self, bound: u64) -> u64 {
            if bound.is_power_of_two() {
                return (bound * self.next_31_bits()) >> 31;
            }
            loop {
                let bits = self.next_31_bits();
                if bits - bits % bound + (bound - 1) < 1 << 31 {
                    return bits % bound;
                }
            }
        }
    }

    fn place(brokers: &[(u32, bool)], partition_count: usize, factor: i16) -> Vec<Vec<u32>> {
        let usable = |(id, fenced): &(u32, bool)| UsableBroker {
            id: BrokerId(*id),
            rack: None,
            fenced: *fenced,
        };
        let brokers: Vec<UsableBroker> = brokers.iter().map(usable).collect();
        let mut chance = MockRandom { state: 17 };
        let placed = place_replicas(&brokers, partition_count, factor, &mut chance);
        let numbers = |ids: Vec<BrokerId>| ids.iter().map(|id| id.0).collect();
        let placed = placed.expect("there are enough brokers");
        placed.into_iter().map(numbers).collect()
    }

    /// Case "fenced brokers avoided as leaders, used last" of `kafka-cases.json`.
    /// Kafka 4.3.1: `StripedReplicaPlacerTest#testAvoidFencedReplicaIfPossibleOnSingleRack`.
    #[test]
    fn fenced_brokers_are_avoided_while_there_are_others() {
        let brokers = [0, 1, 2, 3, 4].map(|id| (id, id == 1));
        assert_eq!(
            place(&brokers, 5, 4),
            [
                [3, 4, 0, 2],
                [4, 0, 2, 3],
                [0, 2, 3, 4],
                [2, 3, 4, 0],
                [0, 4, 3, 2]
            ]
        );
    }

    /// Case "fenced broker never leads, is used last" of `kafka-cases.json`.
    /// Kafka 4.3.1: `StripedReplicaPlacerTest#testPlacementOnFencedReplicaOnSingleRack`.
    #[test]
    fn a_fenced_broker_never_leads_and_is_used_last() {
        let brokers = [(3, false), (1, true), (2, false)];
        assert_eq!(
            place(&brokers, 4, 3),
            [[3, 2, 1], [2, 3, 1], [3, 2, 1], [2, 3, 1]]
        );
    }
}
