//! The log of one replica.
