//! The hashes that turn a name into a partition: murmur2 for record keys, Java's own string
//! hash for the groups of a coordinator.
//!
//! Kafka 4.3.1: `Utils#murmur2`, `BuiltInPartitioner#partitionForKey`,
//! `GroupCoordinatorService#partitionFor`.

use crate::kafka::ids::PartitionId;

/// The 32-bit murmur2 hash with Kafka's seed, 0x9747b28c.
///
/// Kafka 4.3.1: `Utils#murmur2`.
pub fn murmur2(bytes: &[u8]) -> i32 {
    const M: u32 = 0x5bd1_e995;
    let mut hash = 0x9747_b28c_u32 ^ bytes.len() as u32;
    let (words, tail) = bytes.as_chunks::<4>();
    for word in words {
        let mut k = u32::from_le_bytes(*word).wrapping_mul(M);
        k ^= k >> 24;
        hash = hash.wrapping_mul(M) ^ k.wrapping_mul(M);
    }
    if !tail.is_empty() {
        for (place, byte) in tail.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * place);
        }
        hash = hash.wrapping_mul(M);
    }
    hash ^= hash >> 13;
    hash = hash.wrapping_mul(M);
    hash ^= hash >> 15;
    hash.cast_signed()
}

/// The partition of a record with that key, among `partition_count`.
///
/// Every partition counts, also one without a leader. Adding partitions moves most keys.
///
/// Kafka 4.3.1: `BuiltInPartitioner#partitionForKey`.
pub fn partition_for_key(key: &[u8], partition_count: u32) -> PartitionId {
    assert!(partition_count > 0, "a topic has at least one partition");
    PartitionId(positive_murmur2(key) % partition_count)
}

/// The hash of a key without its sign bit, of which the partition is the remainder.
///
/// Kafka 4.3.1: `Utils#toPositive`.
pub fn positive_murmur2(key: &[u8]) -> u32 {
    (murmur2(key) & i32::MAX).cast_unsigned()
}

/// Java's `String.hashCode`, over the UTF-16 form of `text`.
pub fn java_string_hash(text: &str) -> i32 {
    text.encode_utf16().fold(0, |hash: i32, unit| {
        hash.wrapping_mul(31).wrapping_add(i32::from(unit))
    })
}

/// The partition of `__consumer_offsets` whose leader coordinates the group `id`.
///
/// Kafka 4.3.1: `GroupCoordinatorService#partitionFor`; `Utils#abs` makes 0 of the smallest int.
pub fn coordinator_partition(id: &str, partition_count: u32) -> PartitionId {
    assert!(partition_count > 0, "a topic has at least one partition");
    let positive = java_string_hash(id)
        .checked_abs()
        .unwrap_or(0)
        .cast_unsigned();
    PartitionId(positive % partition_count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kafka: `UtilsTest#testMurmur2`.
    #[test]
    fn the_hashes_are_those_of_kafkas_own_test() {
        assert_eq!(murmur2(b"21"), -973_932_308);
        assert_eq!(murmur2(b"foobar"), -790_332_482);
        assert_eq!(murmur2(b"a-little-bit-long-string"), -985_981_536);
        assert_eq!(murmur2(b"a-little-bit-longer-string"), -1_486_304_829);
        assert_eq!(
            murmur2(b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"),
            -58_897_971
        );
        assert_eq!(murmur2(b"abc"), 479_470_107);
    }

    #[test]
    fn the_group_whose_hash_has_no_positive_counterpart_goes_to_partition_0() {
        assert_eq!(java_string_hash("polygenelubricants"), i32::MIN);
        assert_eq!(
            coordinator_partition("polygenelubricants", 50),
            PartitionId(0)
        );
    }
}
