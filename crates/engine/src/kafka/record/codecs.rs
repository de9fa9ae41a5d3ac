//! Kafka's four codecs: what they make of the records of a batch, and back.
//!
//! Kafka 4.3.1: `GzipCompression`, `SnappyCompression`, `Lz4Compression`, `ZstdCompression`. Simplified: other
//! libraries do it than Java's, each at one level: what they write reads the same everywhere, but may be
//! some bytes longer or shorter.

mod gzip;

use std::io::{Read, Write};

use lz4_flex::frame::{FrameDecoder, FrameEncoder};
use ruzstd::decoding::FrameDecoder as ZstdDecoder;
use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::kafka::record::{CompressionType, CorruptBatch};

/// Compresses the records of a batch. Not inlined, so that the page can load it when it is needed.
#[inline(never)]
pub(super) fn compress(codec: CompressionType, records: &[u8]) -> Vec<u8> {
    const IN_MEMORY: &str = "memory takes every write";
    match codec {
        CompressionType::None => records.to_vec(),
        CompressionType::Gzip => gzip::compress(records),
        CompressionType::Snappy => compress_snappy(records),
        CompressionType::Lz4 => {
            let mut encoder = FrameEncoder::new(Vec::new());
            encoder.write_all(records).expect(IN_MEMORY);
            encoder.finish().expect(IN_MEMORY)
        }
        CompressionType::Zstd => compress_to_vec(records, CompressionLevel::Fastest),
    }
}

/// Undoes it, whoever did it. What would fill the memory is refused.
///
/// Errors: the bytes aren't what the codec writes.
#[inline(never)]
pub(super) fn decompress(codec: CompressionType, packed: &[u8]) -> Result<Vec<u8>, CorruptBatch> {
    let corrupt = CorruptBatch::new("The compressed records of the batch can't be read.");
    match codec {
        CompressionType::None => Some(packed.to_vec()),
        CompressionType::Gzip => gzip::decompress(packed, UNPACKED_BYTES_MAX),
        CompressionType::Snappy => decompress_snappy(packed),
        CompressionType::Lz4 => read_all(FrameDecoder::new(packed)),
        CompressionType::Zstd => decompress_zstd(packed),
    }
    .ok_or(corrupt)
}

/// No batch of a log is as large: what is has been made to fill the memory.
const UNPACKED_BYTES_MAX: usize = 64 << 20;

fn read_all(reader: impl Read) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    reader
        .take(UNPACKED_BYTES_MAX as u64 + 1)
        .read_to_end(&mut unpacked)
        .ok()?;
    (unpacked.len() <= UNPACKED_BYTES_MAX).then_some(unpacked)
}

/// The length of what comes out is not always known: the room for it is doubled until it fits.
fn decompress_zstd(packed: &[u8]) -> Option<Vec<u8>> {
    let mut room = packed.len().max(1 << 10) * 4;
    loop {
        let mut plain = Vec::with_capacity(room.min(UNPACKED_BYTES_MAX));
        match ZstdDecoder::new().decode_all_to_vec(packed, &mut plain) {
            Ok(()) => return Some(plain),
            Err(FrameDecoderError::TargetTooSmall) if room < UNPACKED_BYTES_MAX => room *= 2,
            Err(_) => return None,
        }
    }
}

/// The frame of the Java library that Kafka uses: a header, then blocks with their lengths.
const XERIAL_HEADER: [u8; 16] = *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";
const XERIAL_BLOCK_BYTES: usize = 32 << 10;

fn compress_snappy(records: &[u8]) -> Vec<u8> {
    let mut packed = XERIAL_HEADER.to_vec();
    for block in records.chunks(XERIAL_BLOCK_BYTES) {
        let block = snap::raw::Encoder::new()
            .compress_vec(block)
            .expect("a block of that size can be compressed");
        packed.extend((block.len() as u32).to_be_bytes());
        packed.extend(block);
    }
    packed
}

/// Blocks in the Java library's frame, or one bare block, as clients in other languages write.
fn decompress_snappy(packed: &[u8]) -> Option<Vec<u8>> {
    let Some(mut rest) = packed.strip_prefix(&XERIAL_HEADER[..8]) else {
        return decompress_snappy_block(packed);
    };
    rest = rest.get(8..)?;
    let mut unpacked = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk()?;
        let (block, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        unpacked.extend(decompress_snappy_block(block)?);
        if unpacked.len() > UNPACKED_BYTES_MAX {
            return None;
        }
        rest = after;
    }
    Some(unpacked)
}

fn decompress_snappy_block(block: &[u8]) -> Option<Vec<u8>> {
    let length = snap::raw::decompress_len(block).ok()?;
    if length > UNPACKED_BYTES_MAX {
        return None;
    }
    snap::raw::Decoder::new().decompress_vec(block).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_unpacks_to_the_same() {
        let long: Vec<u8> = (0..100_000_u32)
            .map(|n| (n % 1000 * n % 997) as u8)
            .collect();
        for records in [
            &[][..],
            b"a",
            b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            &long,
        ] {
            for codec in CompressionType::ALL {
                let packed = compress(codec, records);
                assert_eq!(
                    decompress(codec, &packed).as_deref(),
                    Ok(records),
                    "{codec:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_claims_too_much_is_corrupt() {
        for codec in &CompressionType::ALL[1..] {
            let packed = compress(*codec, &[7; 1000]);
            let cut = &packed[..packed.len() - 5];
            assert!(decompress(*codec, cut).is_err(), "{codec:?}");
        }
        let four_gigabytes = [0xff, 0xff, 0xff, 0xff, 0x0f, 0];
        assert!(decompress(CompressionType::Snappy, &four_gigabytes).is_err());
    }
}
