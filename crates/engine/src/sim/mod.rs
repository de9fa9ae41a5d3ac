//! The world in which the nodes live: virtual time, network, faults, chance, history.
