//! Kafka's plain field types as bytes, for what travels or is stored inside other bytes: the
//! records of `__consumer_offsets`, and what members of a group tell each other.
//!
//! Kafka 4.3.1: `Writable`, `Readable`, and the types of `Type`.

use bytes::Bytes;

/// Bytes that end too early or hold what can't be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

/// Appends fields, big endian.
#[derive(Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// INT16.
    pub fn int16(&mut self, value: i16) -> &mut Writer {
        self.bytes.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// INT32.
    pub fn int32(&mut self, value: i32) -> &mut Writer {
        self.bytes.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// INT64.
    pub fn int64(&mut self, value: i64) -> &mut Writer {
        self.bytes.extend_from_slice(&value.to_be_bytes());
        self
    }

    /// STRING: its length in an INT16 before it.
    pub fn string(&mut self, text: &str) -> &mut Writer {
        self.int16(i16::try_from(text.len()).unwrap_or(i16::MAX));
        let length = text.len().min(i16::MAX as usize);
        self.bytes.extend_from_slice(&text.as_bytes()[..length]);
        self
    }

    /// NULLABLE_STRING: length -1 for none.
    pub fn nullable_string(&mut self, text: Option<&str>) -> &mut Writer {
        match text {
            Some(text) => self.string(text),
            None => self.int16(-1),
        }
    }

    /// COMPACT_STRING: its length plus one in an unsigned varint before it.
    pub fn compact_string(&mut self, text: &str) -> &mut Writer {
        self.unsigned_varint(text.len() as u64 + 1);
        self.bytes.extend_from_slice(text.as_bytes());
        self
    }

    /// BYTES: their length in an INT32 before them.
    pub fn blob(&mut self, blob: &[u8]) -> &mut Writer {
        self.int32(i32::try_from(blob.len()).unwrap_or(i32::MAX));
        self.bytes.extend_from_slice(blob);
        self
    }

    /// An unsigned varint: seven bits to a byte, lowest first.
    pub fn unsigned_varint(&mut self, mut value: u64) -> &mut Writer {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
        self
    }

    /// What was written.
    pub fn finish(&mut self) -> Bytes {
        Bytes::from(std::mem::take(&mut self.bytes))
    }
}

/// Takes fields from the front.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes` from the start.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    /// INT16.
    pub fn int16(&mut self) -> Result<i16, Malformed> {
        Ok(i16::from_be_bytes(self.array()?))
    }

    /// INT32.
    pub fn int32(&mut self) -> Result<i32, Malformed> {
        Ok(i32::from_be_bytes(self.array()?))
    }

    /// INT64.
    pub fn int64(&mut self) -> Result<i64, Malformed> {
        Ok(i64::from_be_bytes(self.array()?))
    }

    /// STRING.
    pub fn string(&mut self) -> Result<&'a str, Malformed> {
        self.nullable_string()?.ok_or(Malformed)
    }

    /// NULLABLE_STRING.
    pub fn nullable_string(&mut self) -> Result<Option<&'a str>, Malformed> {
        let length = self.int16()?;
        if length == -1 {
            return Ok(None);
        }
        let bytes = self.take(usize::try_from(length).map_err(|_| Malformed)?)?;
        std::str::from_utf8(bytes).map(Some).map_err(|_| Malformed)
    }

    /// COMPACT_STRING.
    pub fn compact_string(&mut self) -> Result<&'a str, Malformed> {
        let length = self.unsigned_varint()?.checked_sub(1).ok_or(Malformed)?;
        let bytes = self.take(usize::try_from(length).map_err(|_| Malformed)?)?;
        std::str::from_utf8(bytes).map_err(|_| Malformed)
    }

    /// BYTES.
    pub fn blob(&mut self) -> Result<Bytes, Malformed> {
        let length = usize::try_from(self.int32()?).map_err(|_| Malformed)?;
        Ok(Bytes::copy_from_slice(self.take(length)?))
    }

    /// The number of elements of an ARRAY; a null one has none.
    pub fn array_length(&mut self) -> Result<u32, Malformed> {
        match self.int32()? {
            -1 => Ok(0),
            length => u32::try_from(length).map_err(|_| Malformed),
        }
    }

    /// An unsigned varint.
    pub fn unsigned_varint(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for place in 0..5 {
            let [byte] = self.array()?;
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Malformed)?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_reads_back() {
        let mut writer = Writer::default();
        writer
            .int16(-2)
            .int32(7)
            .int64(-9)
            .string("a")
            .nullable_string(None);
        let bytes = writer
            .compact_string("meta")
            .blob(b"xyz")
            .unsigned_varint(300)
            .finish();
        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.int16(), Ok(-2));
        assert_eq!(reader.int32(), Ok(7));
        assert_eq!(reader.int64(), Ok(-9));
        assert_eq!(reader.string(), Ok("a"));
        assert_eq!(reader.nullable_string(), Ok(None));
        assert_eq!(reader.compact_string(), Ok("meta"));
        assert_eq!(reader.blob(), Ok(Bytes::from_static(b"xyz")));
        assert_eq!(reader.unsigned_varint(), Ok(300));
        assert_eq!(reader.int16(), Err(Malformed));
    }
}
