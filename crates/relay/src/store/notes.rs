//! Notes: what the desk leaves for the customer's page, sealed, in order.

use super::{Store, StoreError, Stored, boxes, change, one};
use rusqlite::params;
use wire::{BoxId, ProblemCode, api::BoxState};

/// Notes one box keeps while it lives: far more than a request's life makes.
const NOTES_MAX: u32 = 4096;

/// What an ended box takes beyond that: "deleted" comes last, and has room whatever came before.
const NOTES_AFTER_END: u32 = 64;

impl Store {
    /// Stores note number `seq`, which must be the next one. The same note again changes nothing.
    pub(crate) async fn put_note(
        &self,
        desk: i64,
        id: BoxId,
        seq: u32,
        note: Vec<u8>,
    ) -> Result<Stored, StoreError> {
        self.writer
            .run("note", move |batch| {
                let found = boxes::of_desk(batch.conn, desk, &id)?;
                let n = found.n;
                let before = one(
                    batch.conn,
                    "SELECT bytes FROM note WHERE box = ?1 AND seq = ?2",
                    params![n, seq],
                    |row| row.get::<_, Vec<u8>>(0),
                )?;
                if let Some(before) = before {
                    return if before == note {
                        Ok(Stored::Before)
                    } else {
                        Err(ProblemCode::Conflict.into())
                    };
                }
                let count = count(batch.conn, n)?;
                if seq != count {
                    return Err(ProblemCode::Conflict.into());
                }
                let ended = matches!(found.state, BoxState::Purged | BoxState::Expired | BoxState::Revoked);
                if count >= if ended { NOTES_MAX + NOTES_AFTER_END } else { NOTES_MAX } {
                    return Err(ProblemCode::TooMany.into());
                }
                change(
                    batch.conn,
                    "INSERT INTO note (box, seq, bytes) VALUES (?1, ?2, ?3)",
                    params![n, seq, note],
                )?;
                Ok(Stored::Now)
            })
            .await
    }
}

/// How many notes a box has.
pub(super) fn count(conn: &rusqlite::Connection, box_n: i64) -> Result<u32, StoreError> {
    Ok(one(conn, "SELECT count(*) FROM note WHERE box = ?1", [box_n], |row| row.get(0))?.unwrap_or(0))
}
