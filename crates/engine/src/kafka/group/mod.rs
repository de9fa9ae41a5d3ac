//! The coordinator of consumer groups, one on each broker that leads a partition of
//! `__consumer_offsets`.
