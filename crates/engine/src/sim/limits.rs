//! The bounds of a world. Generous; what lies beyond is refused at the door.

/// Brokers in a cluster.
pub const BROKERS: u64 = 100;
/// Clients ever started in a run.
pub const CLIENTS: u64 = 1000;
/// Virtual time of a run: one day, in microseconds.
pub const RUN_US: u64 = 24 * 3600 * 1_000_000;
/// Commands of a scenario.
pub const COMMANDS: u64 = 100_000;
