//! Sequence numbers: how a broker tells a batch sent twice from two batches.

/// The sequence `increment` records further on; past the largest it begins again at 0.
///
/// Kafka 4.3.1: `DefaultRecordBatch#incrementSequence`.
pub fn increment_sequence(sequence: i32, increment: i32) -> i32 {
    wrap(i64::from(sequence) + i64::from(increment))
}

/// The sequence `decrement` records earlier.
///
/// Kafka 4.3.1: `DefaultRecordBatch#decrementSequence`.
pub fn decrement_sequence(sequence: i32, decrement: i32) -> i32 {
    wrap(i64::from(sequence) - i64::from(decrement))
}

fn wrap(sequence: i64) -> i32 {
    let wrapped = sequence.rem_euclid(i64::from(i32::MAX) + 1);
    i32::try_from(wrapped).expect("a remainder of 2^31 fits 31 bits")
}
