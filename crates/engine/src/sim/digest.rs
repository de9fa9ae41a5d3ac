//! A stable 64-bit digest: equal digests mean equal values, natively and in wasm.

use serde::Serialize;

/// The digest of a value: FNV-1a over its postcard form, whose field order is the type's.
pub fn digest_of<T: Serialize>(value: &T) -> u64 {
    postcard::serialize_with_flavor(value, Fnv(0xcbf2_9ce4_8422_2325))
        .expect("hashing has no end of space and world state has no unknown lengths")
}

/// Swallows bytes into a hash instead of storing them.
struct Fnv(u64);

impl postcard::ser_flavors::Flavor for Fnv {
    type Output = u64;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<u64> {
        Ok(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn different_values_have_different_digests() {
        assert_ne!(digest_of(&(1u32, "a")), digest_of(&(2u32, "a")));
        assert_eq!(digest_of(&(1u32, "a")), digest_of(&(1u32, "a")));
    }
}
