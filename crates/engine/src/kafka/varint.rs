//! Kafka's whole numbers of variable length: zig-zag, seven bits to a byte, lowest first.
//!
//! Small numbers, of either sign, take one byte. Kafka 4.3.1: `ByteUtils`.

/// A number that is cut off or too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidVarint;

/// Appends `value` as a 32-bit varint.
///
/// Kafka 4.3.1: `ByteUtils#writeVarint`.
pub fn write_varint(value: i32, out: &mut Vec<u8>) {
    write_unsigned(u64::from(zigzag_32(value)), out);
}

/// Appends `value` as a 64-bit varint.
///
/// Kafka 4.3.1: `ByteUtils#writeVarlong`.
pub fn write_varlong(value: i64, out: &mut Vec<u8>) {
    write_unsigned(zigzag_64(value), out);
}

/// How many bytes [`write_varint`] takes.
///
/// Kafka 4.3.1: `ByteUtils#sizeOfVarint`.
pub fn size_of_varint(value: i32) -> u32 {
    size_of_unsigned(u64::from(zigzag_32(value)))
}

/// How many bytes [`write_varlong`] takes.
///
/// Kafka 4.3.1: `ByteUtils#sizeOfVarlong`.
pub fn size_of_varlong(value: i64) -> u32 {
    size_of_unsigned(zigzag_64(value))
}

/// Takes a 32-bit varint from the front of `bytes`: at most five bytes.
///
/// Kafka 4.3.1: `ByteUtils#readVarint`.
pub fn read_varint(bytes: &mut &[u8]) -> Result<i32, InvalidVarint> {
    // A fifth byte may carry bits beyond the 32nd; Java shifts them out.
    let raw = read_unsigned(bytes, 5)? as u32;
    Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
}

/// Takes a 64-bit varint from the front of `bytes`: at most ten bytes.
///
/// Kafka 4.3.1: `ByteUtils#readVarlong`.
pub fn read_varlong(bytes: &mut &[u8]) -> Result<i64, InvalidVarint> {
    let raw = read_unsigned(bytes, 10)?;
    Ok((raw >> 1).cast_signed() ^ -(raw & 1).cast_signed())
}

fn zigzag_32(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)).cast_unsigned()
}

fn zigzag_64(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn write_unsigned(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn size_of_unsigned(value: u64) -> u32 {
    let bits = u64::BITS - value.leading_zeros();
    bits.div_ceil(7).max(1)
}

fn read_unsigned(bytes: &mut &[u8], length_max: u32) -> Result<u64, InvalidVarint> {
    let mut value = 0_u64;
    for place in 0..length_max {
        let (byte, rest) = bytes.split_first().ok_or(InvalidVarint)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(InvalidVarint)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_number_cut_off_or_too_long_is_invalid() {
        assert_eq!(read_varint(&mut [0x80_u8].as_slice()), Err(InvalidVarint));
        assert_eq!(
            read_varint(&mut [0xff_u8; 6].as_slice()),
            Err(InvalidVarint)
        );
        assert_eq!(
            read_varlong(&mut [0xff_u8; 11].as_slice()),
            Err(InvalidVarint)
        );
    }

    proptest! {
        #[test]
        fn a_varint_reads_back_and_its_size_is_foreseen(value: i32) {
            let mut bytes = Vec::new();
            write_varint(value, &mut bytes);
            prop_assert_eq!(bytes.len(), size_of_varint(value) as usize);
            prop_assert_eq!(read_varint(&mut bytes.as_slice()), Ok(value));
        }

        #[test]
        fn a_varlong_reads_back_and_its_size_is_foreseen(value: i64) {
            let mut bytes = Vec::new();
            write_varlong(value, &mut bytes);
            prop_assert_eq!(bytes.len(), size_of_varlong(value) as usize);
            prop_assert_eq!(read_varlong(&mut bytes.as_slice()), Ok(value));
        }
    }
}
