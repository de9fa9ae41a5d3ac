//! The frame of gzip around DEFLATE: a header, and checksum and length at the end.
//!
//! RFC 1952. By hand, because the usual crate brings a table of 16 kB for the checksum. Simplified: one
//! member, as every client writes; Java reads several, one behind the other.

use crc::{CRC_32_ISO_HDLC, Crc, NoTable};
use miniz_oxide::deflate::compress_to_vec;
use miniz_oxide::inflate::decompress_to_vec_with_limit;

const CRC: Crc<u32, NoTable> = Crc::<u32, NoTable>::new(&CRC_32_ISO_HDLC);

/// DEFLATE, no name, no time, by an unknown system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// Flags of the header, each of which announces a field.
const HAS_CRC: u8 = 2;
const HAS_EXTRA: u8 = 4;
const HAS_NAME: u8 = 8;
const HAS_COMMENT: u8 = 16;
/// zlib's default, and gzip's.
const LEVEL: u8 = 6;

pub fn compress(plain: &[u8]) -> Vec<u8> {
    let mut packed = HEADER.to_vec();
    packed.extend(compress_to_vec(plain, LEVEL));
    packed.extend(CRC.checksum(plain).to_le_bytes());
    packed.extend((plain.len() as u32).to_le_bytes());
    packed
}

/// None if it is no gzip, or more than `bytes_max` when it is unpacked.
pub fn decompress(packed: &[u8], bytes_max: usize) -> Option<Vec<u8>> {
    let (rest, length) = without_header(packed)?.split_last_chunk()?;
    let (deflated, checksum) = rest.split_last_chunk()?;
    let plain = decompress_to_vec_with_limit(deflated, bytes_max).ok()?;
    let is_whole = CRC.checksum(&plain) == u32::from_le_bytes(*checksum)
        && plain.len() as u32 == u32::from_le_bytes(*length);
    is_whole.then_some(plain)
}

fn without_header(packed: &[u8]) -> Option<&[u8]> {
    let (header, mut rest) = packed.split_first_chunk::<10>()?;
    if header[..3] != HEADER[..3] {
        return None;
    }
    let flags = header[3];
    if flags & HAS_EXTRA != 0 {
        let (length, after) = rest.split_first_chunk()?;
        rest = after.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for text in [HAS_NAME, HAS_COMMENT] {
        if flags & text != 0 {
            let end = rest.iter().position(|byte| *byte == 0)?;
            rest = &rest[end + 1..];
        }
    }
    if flags & HAS_CRC != 0 {
        rest = rest.get(2..)?;
    }
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `printf aaaa | gzip -n` writes, with a name as `gzip` adds one otherwise.
    #[test]
    fn what_gzip_itself_writes_is_read() {
        let plain = [
            &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..],
            &[0x4b, 0x4c, 0x4c, 0x4c, 0x04, 0x00],
            &[0x45, 0xe5, 0x98, 0xad, 4, 0, 0, 0],
        ]
        .concat();
        assert_eq!(decompress(&plain, 100).as_deref(), Some(&b"aaaa"[..]));
        assert_eq!(decompress(&plain, 3), None, "it is longer than allowed");
        let mut named = plain.clone();
        named[3] = HAS_NAME;
        named.splice(10..10, *b"a.txt\0");
        assert_eq!(decompress(&named, 100).as_deref(), Some(&b"aaaa"[..]));
        let mut wrong = plain;
        wrong[17] ^= 1;
        assert_eq!(decompress(&wrong, 100), None, "the checksum is another");
    }
}
