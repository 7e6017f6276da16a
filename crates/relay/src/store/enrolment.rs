//! How desks come and go: a one-time code for each, of which only the hash is kept.

use super::{
    DeskRow, Store, StoreError, all, change,
    desks::{self, DESK_NAME},
    from_sql, one, to_sql,
    writer::Batch,
};
use crate::code::Code;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use wire::{ProblemCode, TokenHash};

/// How long a code works, seconds: a day.
const CODE_LIFETIME: u64 = 86_400;

/// A code that was just made. It is shown once and kept nowhere.
#[derive(Clone, Serialize, Deserialize)]
pub struct NewCode {
    /// In groups, to be read aloud.
    pub code: String,
    /// Until when it works, UTC seconds.
    pub expires: u64,
}

/// A desk as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskLine {
    /// The name the operator gave it.
    pub name: String,
    /// Whether it may call.
    pub admitted: bool,
    /// Whether a code waits to be used.
    pub code_waits: bool,
    /// When its token came, UTC seconds; none when that is not known or has not happened.
    pub enrolled: Option<u64>,
    /// When it called last, UTC seconds, to within an hour; none when never.
    pub heard: Option<u64>,
    /// Boxes that are open.
    pub boxes: u64,
    /// Bytes of ciphertext and webhooks that wait for it, and of what stays of its boxes.
    pub bytes: u64,
    #[serde(skip)]
    pub(crate) n: i64,
}

/// What a desk shows to be let in. A malformed code is looked up all the same.
#[derive(Clone, Copy)]
pub(crate) struct Shown {
    hash: [u8; 32],
    well_formed: bool,
    token: TokenHash,
}

impl Shown {
    pub(crate) fn new(code: Option<&Code>, token: TokenHash) -> Self {
        Self { hash: code.map_or([0; 32], Code::hash), well_formed: code.is_some(), token }
    }
}

/// What became of a code.
pub(crate) struct Enrolled {
    pub(crate) name: String,
    /// Everyone who may call now.
    pub(crate) desks: Vec<DeskRow>,
}

/// Why an order about a desk was not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Naming {
    Taken,
    Unknown,
    Store(StoreError),
}

impl From<StoreError> for Naming {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Store {
    /// The name of a desk that called.
    pub(crate) async fn desk_name(&self, desk: i64) -> Result<String, StoreError> {
        self.readers
            .read(move |conn| {
                let found = one(conn, "SELECT name FROM desk WHERE n = ?1", [desk], |row| row.get(0))?;
                found.ok_or_else(|| ProblemCode::Unauthorized.into())
            })
            .await
    }

    /// Makes a desk known by a name, and a code for it. The desk has no token yet.
    pub(crate) async fn add_desk(&self, name: String) -> Result<NewCode, Naming> {
        let (code, expires) = (Code::make()?, self.now().saturating_add(CODE_LIFETIME));
        let hash = code.hash();
        let added = self
            .writer
            .run("add", move |batch| {
                if number_of(batch.conn, &name)?.is_some() {
                    return Ok(false);
                }
                change(batch.conn, "INSERT INTO desk (name) VALUES (?1)", [&name])?;
                put_code(batch, batch.conn.last_insert_rowid(), &hash, expires)?;
                Ok(true)
            })
            .await?;
        if added { Ok(NewCode { code: code.show(), expires }) } else { Err(Naming::Taken) }
    }

    /// Makes a new code for a desk; a code that was not used yet ends. The desk's token works until the code is used.
    pub(crate) async fn rotate_desk(&self, name: String) -> Result<NewCode, Naming> {
        let (code, expires) = (Code::make()?, self.now().saturating_add(CODE_LIFETIME));
        let hash = code.hash();
        let known = self
            .writer
            .run("rotate", move |batch| {
                let Some(desk) = number_of(batch.conn, &name)? else { return Ok(false) };
                put_code(batch, desk, &hash, expires)?;
                Ok(true)
            })
            .await?;
        if known { Ok(NewCode { code: code.show(), expires }) } else { Err(Naming::Unknown) }
    }

    /// Ends a desk's token and code. What it has here stays until its time is over.
    pub(crate) async fn revoke_desk(&self, name: String) -> Result<Vec<DeskRow>, Naming> {
        let desks = self
            .writer
            .run("revoke", move |batch| {
                let Some(desk) = number_of(batch.conn, &name)? else { return Ok(None) };
                change(batch.conn, "UPDATE desk SET token_hash = NULL WHERE n = ?1", [desk])?;
                change(batch.conn, "DELETE FROM code WHERE desk = ?1", [desk])?;
                Ok(Some(desks::all_desks(batch.conn)?))
            })
            .await?;
        desks.ok_or(Naming::Unknown)
    }

    /// Whether a code would let this token in. Whatever is wrong with a code costs the same: one look at all of them.
    pub(crate) async fn knows_code(&self, shown: Shown) -> Result<(), StoreError> {
        let now = self.now();
        let found = self.readers.read(move |conn| find(conn, &shown, now)).await?;
        if found.is_some() && shown.well_formed { Ok(()) } else { Err(ProblemCode::BadCode.into()) }
    }

    /// Lets in the desk that has a code; its earlier token ends. The same code with the same token again is the same
    /// answer, as long as that token is the desk's.
    pub(crate) async fn enrol(&self, shown: Shown) -> Result<Enrolled, StoreError> {
        let now = self.now();
        self.writer
            .run("enrol", move |batch| {
                let found = find(batch.conn, &shown, now)?.ok_or(ProblemCode::BadCode)?;
                if !found.used {
                    // A token that another desk has would make two desks one.
                    let others = desks::all_desks(batch.conn)?;
                    if others.iter().any(|desk| desk.token == shown.token && desk.n != found.desk) {
                        return Err(ProblemCode::Conflict.into());
                    }
                    change(
                        batch.conn,
                        "UPDATE desk SET token_hash = ?2, enrolled = ?3, heard = max(heard, ?3) WHERE n = ?1",
                        params![found.desk, shown.token.as_bytes(), to_sql(now)],
                    )?;
                    change(
                        batch.conn,
                        "UPDATE code SET used_by = ?2 WHERE desk = ?1",
                        params![found.desk, shown.token.as_bytes()],
                    )?;
                }
                Ok(Enrolled { name: found.name, desks: desks::all_desks(batch.conn)? })
            })
            .await
    }

    /// Every desk, by name.
    pub(crate) async fn desk_lines(&self) -> Result<Vec<DeskLine>, StoreError> {
        let now = self.now();
        self.readers
            .read(move |conn| {
                all(
                    conn,
                    "SELECT desk.n, name, token_hash IS NOT NULL, enrolled, heard, boxes, bytes,
                            code.hash IS NOT NULL AND used_by IS NULL AND expires > ?1
                     FROM desk JOIN used ON used.desk = desk.n LEFT JOIN code ON code.desk = desk.n ORDER BY name",
                    [to_sql(now)],
                    |row| {
                        Ok(DeskLine {
                            n: row.get(0)?,
                            name: row.get(1)?,
                            admitted: row.get(2)?,
                            enrolled: row.get::<_, Option<i64>>(3)?.map(from_sql),
                            heard: Some(from_sql(row.get(4)?)).filter(|heard| *heard > 0),
                            boxes: from_sql(row.get(5)?),
                            bytes: from_sql(row.get(6)?),
                            code_waits: row.get(7)?,
                        })
                    },
                )
            })
            .await
    }
}

/// A code that lets `token` in.
struct Found {
    desk: i64,
    name: String,
    /// By this token, before.
    used: bool,
}

fn find(conn: &Connection, shown: &Shown, now: u64) -> Result<Option<Found>, StoreError> {
    let rows = all(
        conn,
        "SELECT desk.n, name, code.hash, expires, used_by, token_hash FROM code JOIN desk ON desk.n = code.desk",
        [],
        |row| {
            let right = TokenHash::from_bytes(row.get(2)?) == TokenHash::from_bytes(shown.hash);
            let used_by: Option<[u8; 32]> = row.get(4)?;
            let holds: Option<[u8; 32]> = row.get(5)?;
            let same = |other: Option<[u8; 32]>| other.map(TokenHash::from_bytes) == Some(shown.token);
            let used = same(used_by) && same(holds);
            let fresh = used_by.is_none() && now < from_sql(row.get(3)?);
            Ok((right && (used || fresh)).then_some(Found { desk: row.get(0)?, name: row.get(1)?, used }))
        },
    )?;
    Ok(rows.into_iter().flatten().next())
}

fn number_of(conn: &Connection, name: &str) -> Result<Option<i64>, StoreError> {
    one(conn, DESK_NAME, [name], |row| row.get(0))
}

fn put_code(batch: &Batch<'_>, desk: i64, hash: &[u8; 32], expires: u64) -> Result<(), StoreError> {
    change(
        batch.conn,
        "INSERT OR REPLACE INTO code (desk, hash, expires) VALUES (?1, ?2, ?3)",
        params![desk, hash, to_sql(expires)],
    )?;
    Ok(())
}
