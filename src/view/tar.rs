//! Several files as one: a tar archive as every system can open it.
//!
//! POSIX.1-1988 `ustar`; names of more than 100 bytes as GNU tar writes them.

use highwater_engine::kafka::log::files::NamedFile;

/// Tar counts in blocks of so many bytes.
const BLOCK_BYTES: usize = 512;
/// How long a name in a header may be.
const NAME_BYTES_MAX: usize = 100;
const FILE: u8 = b'0';
/// What follows is the name of the next file.
const LONG_NAME: u8 = b'L';

/// The archive of these files, all of one time in seconds since 1970.
pub fn archive(files: &[NamedFile], seconds: u64) -> Vec<u8> {
    let mut tar = Vec::new();
    for file in files {
        let name = file.name.as_bytes();
        if name.len() > NAME_BYTES_MAX {
            let ended = [name, &[0]].concat();
            entry(b"././@LongLink", LONG_NAME, &ended, 0, &mut tar);
        }
        entry(name, FILE, &file.bytes, seconds, &mut tar);
    }
    tar.extend([0; 2 * BLOCK_BYTES]);
    tar
}

fn entry(name: &[u8], kind: u8, bytes: &[u8], seconds: u64, tar: &mut Vec<u8>) {
    let mut header = Vec::with_capacity(BLOCK_BYTES);
    let name = name.get(..NAME_BYTES_MAX).unwrap_or(name);
    header.extend_from_slice(name);
    header.resize(NAME_BYTES_MAX, 0);
    // Mode, owner, group.
    header.extend_from_slice(b"0000644\x000000000\x000000000\0");
    octal(bytes.len() as u64, &mut header);
    octal(seconds, &mut header);
    let checksum_at = header.len();
    // The checksum counts itself as blanks.
    header.extend_from_slice(b"        ");
    header.push(kind);
    // No link; the format and its version.
    header.resize(header.len() + 100, 0);
    header.extend_from_slice(b"ustar\x0000");
    header.resize(BLOCK_BYTES, 0);
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    for (place, at) in (checksum_at..checksum_at + 6).enumerate() {
        header[at] = b'0' + (sum >> (15 - 3 * place) & 7) as u8;
    }
    header[checksum_at + 6] = 0;
    tar.extend_from_slice(&header);
    tar.extend_from_slice(bytes);
    tar.resize(tar.len().next_multiple_of(BLOCK_BYTES), 0);
}

/// Eleven octal digits and a zero.
fn octal(number: u64, header: &mut Vec<u8>) {
    for place in (0..11).rev() {
        header.push(b'0' + (number >> (3 * place) & 7) as u8);
    }
    header.push(0);
}
