//! Which desks may use this relay.

use super::{Store, StoreError, change};
use rusqlite::{Connection, Row, params};
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
        self.writer
            .run("desk", move |batch| {
                change(
                    batch.conn,
                    "INSERT INTO desk (name, token_hash) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET token_hash = excluded.token_hash",
                    params![name, token.as_bytes()],
                )?;
                Ok(all_desks(batch.conn)?)
            })
            .await
    }
}

/// Every desk.
pub(super) fn all_desks(conn: &Connection) -> rusqlite::Result<Vec<DeskRow>> {
    let read = |row: &Row<'_>| Ok(DeskRow { n: row.get(0)?, token: TokenHash::from_bytes(row.get(1)?) });
    conn.prepare("SELECT n, token_hash FROM desk")?.query_map([], read)?.collect()
}
