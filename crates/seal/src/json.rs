//! What the sealed JSON documents have in common.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Why the text of a sealed document is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not the JSON expected here.
    #[error("this document is not in the form this version reads; ask for it again")]
    Malformed,
    /// `v` is not 1.
    #[error("this document was made by a newer version; update Cloakroom")]
    NewerVersion,
}

/// The number 1 in the field `v`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct V1;

impl Serialize for V1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(1)
    }
}

impl<'de> Deserialize<'de> for V1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            1 => Ok(Self),
            _ => Err(de::Error::custom("not version 1")),
        }
    }
}

/// 32 bytes as lower-case hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Hex32(pub [u8; 32]);

impl std::fmt::Debug for Hex32 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl Serialize for Hex32 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex32 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).map_err(de::Error::custom)?;
        bytes.try_into().map(Self).map_err(|_| de::Error::custom("not 32 bytes"))
    }
}

/// Reads a document, telling a newer version from garbage.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, JsonError> {
    #[derive(Deserialize)]
    struct Head {
        v: u64,
    }
    serde_json::from_slice(text).map_err(|_| match serde_json::from_slice::<Head>(text) {
        Ok(head) if head.v > 1 => JsonError::NewerVersion,
        _ => JsonError::Malformed,
    })
}

/// Lengthens JSON with spaces to a multiple of `unit` bytes.
pub(crate) fn pad_with_spaces(json: &mut Vec<u8>, unit: usize) {
    json.resize(json.len().next_multiple_of(unit), b' ');
}
