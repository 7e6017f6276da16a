//! What the relay has on its disk of each box, read past the relay.

use crate::Outcome;
use rusqlite::{Connection, OpenFlags};
use std::{collections::HashMap, path::Path};
use wire::{BoxId, DataClass, api::BoxState};

/// Every box of a relay.
pub(crate) struct Boxes(HashMap<[u8; 16], At>);

/// One box.
pub(crate) struct At {
    /// Where it stands.
    pub(crate) state: BoxState,
    /// SHA-256 of the record it accepted, ever.
    pub(crate) record: Option<[u8; 32]>,
    /// Notes it holds.
    pub(crate) notes: u32,
    /// Parts it holds.
    pub(crate) parts: u32,
}

const STATES: [BoxState; 7] = [
    BoxState::Waiting,
    BoxState::Sending,
    BoxState::Sent,
    BoxState::Collected,
    BoxState::Purged,
    BoxState::Expired,
    BoxState::Revoked,
];

impl Boxes {
    /// Looks.
    pub(crate) fn look(store: &Path) -> Outcome<Self> {
        let db = Connection::open_with_flags(store.join("relay.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut rows = db.prepare(
            "SELECT id, state, record_hash, (SELECT count(*) FROM note WHERE note.box = box.n),
                    (SELECT count(*) FROM part WHERE part.box = box.n)
             FROM box",
        )?;
        let boxes = rows
            .query_map((), |row| {
                let state = STATES.get(row.get::<_, usize>(1)?).copied();
                let state = state.ok_or(rusqlite::Error::InvalidQuery)?;
                Ok((row.get(0)?, At { state, record: row.get(2)?, notes: row.get(3)?, parts: row.get(4)? }))
            })?
            .collect::<Result<_, _>>()?;
        Ok(Self(boxes))
    }

    /// One of them, unless it was forgotten.
    pub(crate) fn at(&self, id: BoxId) -> Option<&At> {
        self.0.get(id.as_bytes())
    }

    /// All of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &At> {
        self.0.values()
    }
}

/// The relay's part of a key, as far as anyone may know it.
pub(crate) struct Share {
    pub(crate) id: BoxId,
    pub(crate) class: DataClass,
    /// When the relay deletes it by itself, UTC seconds.
    pub(crate) term: u64,
}

/// Every share a relay has: records of 128 bytes, each with magic, box id, class and term.
pub(crate) fn shares(store: &Path) -> Outcome<Vec<Share>> {
    let file = store.join("shares");
    let bytes = if file.exists() { std::fs::read(file)? } else { Vec::new() };
    bytes.chunks(128).filter_map(|record| record.strip_prefix(b"CKS1")).map(share).collect()
}

fn share(record: &[u8]) -> Outcome<Share> {
    let short = "a share's record is too short";
    let (id, rest) = record.split_first_chunk::<16>().ok_or(short)?;
    let (class, rest) = rest.split_first().ok_or(short)?;
    let (term, _) = rest.split_first_chunk::<8>().ok_or(short)?;
    let class = DataClass::try_from(*class).map_err(|_| "a share of no class")?;
    Ok(Share { id: BoxId::from_bytes(*id), class, term: u64::from_be_bytes(*term) })
}
