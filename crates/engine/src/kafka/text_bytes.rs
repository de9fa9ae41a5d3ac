//! How bytes are written in a scenario: as text where they are text, else as `{"hex": "0a1b"}`.
//!
//! For `#[serde(with = "text_bytes")]` on `Option<Bytes>`.

use bytes::Bytes;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Bytes as a person writes them.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(crate) enum Written {
    /// UTF-8 text.
    Text(String),
    /// Any bytes, two hexadecimal digits each.
    Hex {
        /// The digits.
        hex: String,
    },
}

/// Writes text, hex or nothing.
pub fn serialize<S: Serializer>(bytes: &Option<Bytes>, serializer: S) -> Result<S::Ok, S::Error> {
    let written = bytes
        .as_ref()
        .map(|bytes| match std::str::from_utf8(bytes) {
            Ok(text) => Written::Text(text.to_owned()),
            Err(_) => Written::Hex { hex: to_hex(bytes) },
        });
    written.serialize(serializer)
}

/// Reads text, hex or nothing.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Bytes>, D::Error> {
    match Option::<Written>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Written::Text(text)) => Ok(Some(text.into())),
        Some(Written::Hex { hex }) => {
            let bytes =
                from_hex(&hex).ok_or_else(|| D::Error::custom("hex has two digits a byte"))?;
            Ok(Some(bytes.into()))
        }
    }
}

/// Two hexadecimal digits a byte.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes that pairs of hexadecimal digits stand for.
pub(crate) fn from_hex(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex
        .chars()
        .map(|c| c.to_digit(16).map(|d| d as u8))
        .collect::<Option<_>>()?;
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    Some(
        digits
            .chunks(2)
            .map(|pair| pair[0] << 4 | pair[1])
            .collect(),
    )
}
