//! Which desks may use this relay.

use super::{Store, StoreError, change, to_sql, writer::Batch};
use rusqlite::{Connection, Row, params};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};
use wire::TokenHash;

/// A desk the relay knows, by its number here.
#[derive(Clone, Copy)]
pub(crate) struct DeskRow {
    pub(crate) n: i64,
    pub(crate) token: TokenHash,
}

impl Store {
    /// Lets in whoever holds the token of this hash, as the desk `name`; an earlier token of that name ends.
    pub(crate) async fn admit_desk(
        &self,
        name: String,
        token: TokenHash,
    ) -> Result<Vec<DeskRow>, StoreError> {
        let now = to_sql(self.now());
        self.writer
            .run("desk", move |batch| {
                change(
                    batch.conn,
                    "INSERT INTO desk (name, token_hash, enrolled) VALUES (?1, ?2, ?3)
                     ON CONFLICT (name) DO UPDATE SET token_hash = excluded.token_hash,
                                                      enrolled = excluded.enrolled",
                    params![name, token.as_bytes(), now],
                )?;
                Ok(all_desks(batch.conn)?)
            })
            .await
    }
}

/// When desks called last, UTC seconds by their numbers; what the next sweep writes down.
#[derive(Default)]
pub(crate) struct Heard(Mutex<HashMap<i64, u64>>);

impl Heard {
    pub(crate) fn now(&self, desk: i64, now: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(desk, now);
    }

    /// When a desk called, if that is not written down yet.
    pub(crate) fn last(&self, desk: i64) -> Option<u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&desk).copied()
    }

    /// All calls since the last time.
    pub(crate) fn take(&self) -> HashMap<i64, u64> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Not on every call: a desk that polls would have the disk synced each time.
const HEARD_EVERY: u64 = 3600;

pub(super) fn write_heard(batch: &Batch<'_>, heard: &HashMap<i64, u64>) -> Result<(), StoreError> {
    for (desk, at) in heard {
        let before = to_sql(at.saturating_sub(HEARD_EVERY));
        change(
            batch.conn,
            "UPDATE desk SET heard = ?2 WHERE n = ?1 AND heard < ?3",
            params![desk, to_sql(*at), before],
        )?;
    }
    Ok(())
}

/// A desk's number by its name.
pub(super) const DESK_NAME: &str = "SELECT n FROM desk WHERE name = ?1";

/// Every desk that may call.
pub(super) fn all_desks(conn: &Connection) -> rusqlite::Result<Vec<DeskRow>> {
    let read = |row: &Row<'_>| Ok(DeskRow { n: row.get(0)?, token: TokenHash::from_bytes(row.get(1)?) });
    conn.prepare("SELECT n, token_hash FROM desk WHERE token_hash IS NOT NULL")?
        .query_map([], read)?
        .collect()
}
