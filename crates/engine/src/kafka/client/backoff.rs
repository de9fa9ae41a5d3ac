//! How long a client waits before it tries again.
//!
//! Kafka 4.3.1: `ExponentialBackoff`, KIP-580.

use serde::{Deserialize, Serialize};

use crate::kafka::node::Chance;
use crate::kafka::time::SimDuration;

/// Waits that double with every failure up to a maximum, each 20 % longer or shorter by chance.
///
/// Kafka 4.3.1: `ExponentialBackoff`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExponentialBackoff {
    /// The first wait.
    pub initial: SimDuration,
    /// No wait is longer.
    pub max: SimDuration,
}

impl ExponentialBackoff {
    /// The wait after `failures` earlier ones: 0 gives the first wait.
    ///
    /// Kafka 4.3.1: `ExponentialBackoff#backoff`.
    pub fn delay(&self, failures: u32, chance: &mut dyn Chance) -> SimDuration {
        if self.max <= self.initial {
            return self.max;
        }
        let factor = 1u64.checked_shl(failures).unwrap_or(u64::MAX);
        let term = self.initial.0.saturating_mul(factor).min(self.max.0);
        let permille = 800 + chance.below(401);
        SimDuration::from_millis(term.saturating_mul(permille) / 1_000_000).min(self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::client::testing::Middle;

    #[test]
    fn waits_double_until_the_maximum() {
        let backoff = ExponentialBackoff {
            initial: SimDuration::from_millis(100),
            max: SimDuration::from_millis(1000),
        };
        let waits = [0, 1, 2, 3, 4, 90].map(|n| backoff.delay(n, &mut Middle).as_millis());
        assert_eq!(waits, [100, 200, 400, 800, 1000, 1000]);
    }

    #[test]
    fn a_maximum_below_the_first_wait_is_every_wait() {
        let backoff = ExponentialBackoff {
            initial: SimDuration::from_millis(100),
            max: SimDuration::from_millis(50),
        };
        assert_eq!(backoff.delay(3, &mut Middle).as_millis(), 50);
    }
}
