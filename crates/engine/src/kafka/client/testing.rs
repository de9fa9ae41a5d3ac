//! What the tests of clients share.

use crate::kafka::node::Chance;

/// Always the middle, so that every backoff is exactly as long as configured.
pub struct Middle;

impl Chance for Middle {
    fn below(&mut self, bound: u64) -> u64 {
        bound / 2
    }
}
