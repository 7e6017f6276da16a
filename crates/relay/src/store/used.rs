//! What each desk has here, and how much it may have. The counts are kept by triggers, in the transactions that change
//! them.

use super::{StoreError, from_sql, one};
use rusqlite::Connection;
use wire::ProblemCode;

/// How much one desk may have here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    /// Boxes that are open.
    pub(crate) boxes: u64,
    /// Bytes of ciphertext, webhooks, and the sealed requests and notes of boxes until they are forgotten.
    pub(crate) bytes: u64,
}

/// What a desk has here now.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    pub(super) boxes: u64,
    pub(super) bytes: u64,
    pub(super) deliveries: u64,
}

pub(super) fn used(conn: &Connection, desk: i64) -> Result<Used, StoreError> {
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Used {
            boxes: from_sql(row.get(0)?),
            bytes: from_sql(row.get(1)?),
            deliveries: from_sql(row.get(2)?),
        })
    };
    let found = one(conn, "SELECT boxes, bytes, deliveries FROM used WHERE desk = ?1", [desk], read)?;
    Ok(found.unwrap_or_default())
}

impl Quota {
    /// Whether one more box may be opened.
    pub(super) fn takes_box(self, conn: &Connection, desk: i64) -> Result<(), StoreError> {
        if used(conn, desk)?.boxes < self.boxes { Ok(()) } else { Err(ProblemCode::Quota.into()) }
    }

    /// Whether so many more bytes may be kept.
    pub(super) fn takes_bytes(self, conn: &Connection, desk: i64, bytes: u64) -> Result<(), StoreError> {
        let fits = used(conn, desk)?.bytes.saturating_add(bytes) <= self.bytes;
        if fits { Ok(()) } else { Err(ProblemCode::Quota.into()) }
    }
}
