//! CRC-32C, which guards every record batch.
//!
//! Kafka 4.3.1: `Crc32C`, `DefaultRecord`; the polynomial is Castagnoli's.

use crc::{CRC_32_ISCSI, Crc, Table};

/// One byte at a time, by a table of 1 kB.
static CASTAGNOLI: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISCSI);

/// The checksum of `bytes`.
pub fn crc32c(bytes: &[u8]) -> u32 {
    CASTAGNOLI.checksum(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 3720, B.4.
    #[test]
    fn checksums_are_those_of_the_standard() {
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }
}
