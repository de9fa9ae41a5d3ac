//! Kafka's four codecs, for what goes into files and comes out of them.
//!
//! Kafka 4.3.1: `GzipCompression`, `SnappyCompression`, `Lz4Compression`, `ZstdCompression`.

use std::io::{Read, Write};

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use highwater_engine::kafka::record::{CompressionType, CorruptBatch};
use lz4_flex::frame::{FrameDecoder, FrameEncoder};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

/// Compresses the records of a batch.
pub fn pack(codec: CompressionType, records: &[u8]) -> Vec<u8> {
    const IN_MEMORY: &str = "memory takes every write";
    match codec {
        CompressionType::None => records.to_vec(),
        CompressionType::Gzip => {
            let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(records).expect(IN_MEMORY);
            encoder.finish().expect(IN_MEMORY)
        }
        CompressionType::Snappy => pack_snappy(records),
        CompressionType::Lz4 => {
            let mut encoder = FrameEncoder::new(Vec::new());
            encoder.write_all(records).expect(IN_MEMORY);
            encoder.finish().expect(IN_MEMORY)
        }
        CompressionType::Zstd => compress_to_vec(records, CompressionLevel::Fastest),
    }
}

/// Undoes it, whoever did it.
pub fn unpack(codec: CompressionType, packed: &[u8]) -> Result<Vec<u8>, CorruptBatch> {
    let corrupt = CorruptBatch::new("The compressed records of the batch can't be read.");
    match codec {
        CompressionType::None => Some(packed.to_vec()),
        CompressionType::Gzip => read_all(MultiGzDecoder::new(packed)),
        CompressionType::Snappy => unpack_snappy(packed),
        CompressionType::Lz4 => read_all(FrameDecoder::new(packed)),
        CompressionType::Zstd => StreamingDecoder::new(packed).ok().and_then(read_all),
    }
    .ok_or(corrupt)
}

/// No batch of a log is as large: what is has been made to fill the memory.
const UNPACKED_BYTES_MAX: u64 = 64 << 20;

fn read_all(reader: impl Read) -> Option<Vec<u8>> {
    let mut unpacked = Vec::new();
    reader
        .take(UNPACKED_BYTES_MAX + 1)
        .read_to_end(&mut unpacked)
        .ok()?;
    (unpacked.len() as u64 <= UNPACKED_BYTES_MAX).then_some(unpacked)
}

/// The frame of the Java library that Kafka uses: a header, then blocks with their lengths.
const XERIAL_HEADER: [u8; 16] = *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01";
const XERIAL_BLOCK_BYTES: usize = 32 << 10;

fn pack_snappy(records: &[u8]) -> Vec<u8> {
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
fn unpack_snappy(packed: &[u8]) -> Option<Vec<u8>> {
    let Some(mut rest) = packed.strip_prefix(&XERIAL_HEADER[..8]) else {
        return unpack_snappy_block(packed);
    };
    rest = rest.get(8..)?;
    let mut unpacked = Vec::new();
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk()?;
        let (block, after) = after.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        unpacked.extend(unpack_snappy_block(block)?);
        if unpacked.len() as u64 > UNPACKED_BYTES_MAX {
            return None;
        }
        rest = after;
    }
    Some(unpacked)
}

fn unpack_snappy_block(block: &[u8]) -> Option<Vec<u8>> {
    let length = snap::raw::decompress_len(block).ok()? as u64;
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
                let packed = pack(codec, records);
                assert_eq!(unpack(codec, &packed).as_deref(), Ok(records), "{codec:?}");
            }
        }
    }

    #[test]
    fn what_is_cut_off_or_claims_too_much_is_corrupt() {
        for codec in &CompressionType::ALL[1..] {
            let packed = pack(*codec, &[7; 1000]);
            let cut = &packed[..packed.len() - 5];
            assert!(unpack(*codec, cut).is_err(), "{codec:?}");
        }
        let four_gigabytes = [0xff, 0xff, 0xff, 0xff, 0x0f, 0];
        assert!(unpack(CompressionType::Snappy, &four_gigabytes).is_err());
    }
}
