//! The submission record (FORMATS §4): which parts a submission consists of, and what they hash to.

use crate::{
    digest::{PartDigest, sha256},
    ids::{BoxId, DataClass, PartId},
    limits,
};

const MAGIC: &[u8; 24] = b"cloakroom/v1/submission\0";
const PART_LEN: usize = 16 + 1 + 1 + 8 + 32;
const HEAD_LEN: usize = MAGIC.len() + 16 + 32 + 32 + 1;

/// Length of the HMAC-SHA-256 that follows the record in a submit body.
pub const MAC_LEN: usize = 32;

/// What one customer handed in, in the order in which the browser named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The box it was handed in through.
    pub box_id: BoxId,
    /// SHA-256 of the sealed request the customer saw.
    pub request_hash: [u8; 32],
    /// SHA-256 of the 32 random bytes that the submitting browser keeps to itself.
    pub owner_hash: [u8; 32],
    /// The parts: at least one, at most [`limits::PARTS_MAX`], no id twice.
    pub parts: Vec<RecordPart>,
}

/// One part of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordPart {
    /// Its id.
    pub id: PartId,
    /// The class whose request key opens it.
    pub class: DataClass,
    /// What it is for.
    pub slot: PartSlot,
    /// Ciphertext length in bytes.
    pub length: u64,
    /// Digest over its chunks.
    pub digest: PartDigest,
}

/// What a part is for: an item of a slot, or its class's manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartSlot {
    /// The slot it answers, 0 to 254.
    Item(u8),
    /// The manifest of its class; 255 in the bytes.
    Manifest,
}

impl PartSlot {
    /// The byte in the record.
    pub const fn as_u8(self) -> u8 {
        match self {
            Self::Item(slot) => slot,
            Self::Manifest => 255,
        }
    }

    /// From the byte in the record.
    pub const fn from_u8(byte: u8) -> Self {
        match byte {
            255 => Self::Manifest,
            slot => Self::Item(slot),
        }
    }
}

/// Why bytes are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Too short, too long, or not starting as a record does.
    #[error("this is not a submission record; reload the page and send again")]
    Malformed,
    /// A class this version does not know.
    #[error("the submission names a data class this version does not know; update Cloakroom")]
    UnknownClass,
    /// No part, or more than twenty.
    #[error("a submission has between 1 and 20 parts; send fewer files at once")]
    PartCount,
    /// A part id twice.
    #[error("the submission names one part twice; reload the page and send again")]
    RepeatedPart,
    /// A part that is empty or longer than a part may be.
    #[error("a part is empty or too large; leave that file out or make it smaller")]
    PartLength,
}

impl Record {
    /// The authenticated bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD_LEN + self.parts.len() * PART_LEN);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(self.box_id.as_bytes());
        out.extend_from_slice(&self.request_hash);
        out.extend_from_slice(&self.owner_hash);
        out.push(u8::try_from(self.parts.len()).unwrap_or(u8::MAX));
        for part in &self.parts {
            out.extend_from_slice(part.id.as_bytes());
            out.push(part.class.as_u8());
            out.push(part.slot.as_u8());
            out.extend_from_slice(&part.length.to_be_bytes());
            out.extend_from_slice(part.digest.as_bytes());
        }
        out
    }

    /// Parses exactly what [`Record::encode`] writes; every other byte string is refused.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut reader = Reader(bytes);
        if &reader.take::<24>()? != MAGIC {
            return Err(RecordError::Malformed);
        }
        let box_id = BoxId::from_bytes(reader.take()?);
        let request_hash = reader.take()?;
        let owner_hash = reader.take()?;
        let [count] = reader.take()?;
        if count == 0 || count > limits::PARTS_MAX {
            return Err(RecordError::PartCount);
        }
        let mut parts: Vec<RecordPart> = Vec::with_capacity(count.into());
        for _ in 0..count {
            let part = reader.part()?;
            if parts.iter().any(|earlier| earlier.id == part.id) {
                return Err(RecordError::RepeatedPart);
            }
            parts.push(part);
        }
        if !reader.0.is_empty() {
            return Err(RecordError::Malformed);
        }
        Ok(Self { box_id, request_hash, owner_hash, parts })
    }

    /// `H(record)`, which the ledger keeps.
    pub fn hash(&self) -> [u8; 32] {
        sha256(&self.encode())
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(RecordError::Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    fn part(&mut self) -> Result<RecordPart, RecordError> {
        let id = PartId::from_bytes(self.take()?);
        let [class, slot] = self.take()?;
        let class = DataClass::try_from(class).map_err(|_| RecordError::UnknownClass)?;
        let length = u64::from_be_bytes(self.take()?);
        if length == 0 || length > limits::PART_MAX {
            return Err(RecordError::PartLength);
        }
        let digest = PartDigest::from_bytes(self.take()?);
        Ok(RecordPart { id, class, slot: PartSlot::from_u8(slot), length, digest })
    }
}

/// What is posted to `submit`: the record and its HMAC-SHA-256, which only a holder of the link can make and only
/// the desk can check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitBody {
    /// The record.
    pub record: Record,
    /// Its MAC; the relay cannot judge it.
    pub mac: [u8; MAC_LEN],
}

impl SubmitBody {
    /// The longest body.
    pub const MAX_LEN: usize = HEAD_LEN + limits::PARTS_MAX as usize * PART_LEN + MAC_LEN;

    /// Splits and parses a body.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let (record, mac) = bytes.split_last_chunk().ok_or(RecordError::Malformed)?;
        Ok(Self { record: Record::parse(record)?, mac: *mac })
    }

    /// The bytes that are posted.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = self.record.encode();
        out.extend_from_slice(&self.mac);
        out
    }
}
