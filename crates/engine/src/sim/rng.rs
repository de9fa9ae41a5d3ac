//! Chance: one seeded stream for each purpose, so that a person's click doesn't shift the
//! network's draws. The only file that may name `rand`.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::kafka::ids::NodeId;
use crate::kafka::node::Chance;
use crate::sorted::SortedMap;

/// One stream of random numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimRng(Xoshiro256PlusPlus);

impl SimRng {
    fn new(seed: u64) -> SimRng {
        SimRng(Xoshiro256PlusPlus::seed_from_u64(seed))
    }
}

impl Chance for SimRng {
    /// Multiplies and shifts (Lemire, without rejection): portable, and even enough for bounds
    /// far below 2^64.
    fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(bound.max(1));
        (wide >> 64) as u64
    }
}

/// All streams of a world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Streams {
    seed: u64,
    /// How long messages take.
    pub network: SimRng,
    /// What background producers write.
    pub workload: SimRng,
    nodes: SortedMap<NodeId, SimRng>,
}

impl Streams {
    /// The streams that `seed` stands for.
    pub fn new(seed: u64) -> Streams {
        Streams {
            seed,
            network: SimRng::new(mix(seed, 1)),
            workload: SimRng::new(mix(seed, 2)),
            nodes: SortedMap::new(),
        }
    }

    /// A node's own stream.
    pub fn node(&mut self, node: NodeId) -> &mut SimRng {
        let seed = self.seed;
        self.nodes
            .entry(node)
            .or_insert_with(|| SimRng::new(mix(seed, node_number(node))))
    }
}

fn node_number(node: NodeId) -> u64 {
    match node {
        NodeId::Controller => 1 << 32,
        NodeId::Broker(id) => (2 << 32) | u64::from(id.0),
        NodeId::Client(id) => (3 << 32) | u64::from(id.0),
    }
}

/// SplitMix64's finaliser over the seed and the stream's number.
fn mix(seed: u64, stream: u64) -> u64 {
    let mut z = seed ^ stream.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::ids::BrokerId;

    #[test]
    fn draws_of_one_stream_do_not_shift_another() {
        let mut touched = Streams::new(7);
        let mut untouched = Streams::new(7);
        touched.workload.below(100);
        touched.node(NodeId::Broker(BrokerId(1))).below(100);
        let draws = |streams: &mut Streams| -> Vec<u64> {
            (0..8).map(|_| streams.network.below(1000)).collect()
        };
        assert_eq!(draws(&mut touched), draws(&mut untouched));
    }

    #[test]
    fn a_draw_stays_below_its_bound() {
        let mut streams = Streams::new(1);
        assert!((0..1000).all(|_| streams.network.below(3) < 3));
    }
}
