//! Boxes: opening one, and what stands in its row.

use super::{Store, StoreError, all, change, from_sql, keeping, one, to_sql, writer::Batch};
use rusqlite::{Connection, Row, params};
use wire::{
    BoxId, ProblemCode, TokenHash,
    api::{Base64, BoxLimits, BoxOpened, BoxState, BoxView, NoteView, OpenBox},
    limits, sha256,
};

/// Whether this call opened the box, or an earlier one like it.
pub(crate) enum Opened {
    Now(BoxOpened),
    Before(BoxOpened),
}

/// What a customer's call shows: which box, and the hash of the token. Malformed ones are looked up all the same,
/// so that they take as long as wrong ones.
#[derive(Clone, Copy)]
pub(crate) struct UploadKey {
    pub(crate) id: BoxId,
    pub(crate) token: TokenHash,
    pub(crate) well_formed: bool,
}

/// A box whose upload token was shown.
#[derive(Clone, Copy)]
pub(crate) struct Door {
    /// Its row.
    pub(super) n: i64,
    pub(super) id: BoxId,
    pub(crate) chunk_size: u32,
}

/// A box's row, but for the sealed request and the submission.
pub(super) struct BoxRow {
    pub(super) n: i64,
    pub(super) id: BoxId,
    pub(super) desk: i64,
    pub(super) state: BoxState,
    pub(super) expires: u64,
    pub(super) chunk_size: u32,
    pub(super) limits: BoxLimits,
    pub(super) held: u64,
    pub(super) touches: i64,
    pub(super) request_hash: [u8; 32],
    pub(super) submit_hash: Option<[u8; 32]>,
    pub(super) record_hash: Option<[u8; 32]>,
}

const COLUMNS: &str = "n, id, desk, state, expires, chunk_size, limit_bytes, limit_parts, held, touches, \
                       request_hash, submit_hash, record_hash";

impl BoxRow {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            n: row.get(0)?,
            id: BoxId::from_bytes(row.get(1)?),
            desk: row.get(2)?,
            state: state_from_sql(row.get(3)?)?,
            expires: from_sql(row.get(4)?),
            chunk_size: row.get(5)?,
            limits: BoxLimits { bytes: from_sql(row.get(6)?), parts: row.get(7)? },
            held: from_sql(row.get(8)?),
            touches: row.get(9)?,
            request_hash: row.get(10)?,
            submit_hash: row.get(11)?,
            record_hash: row.get(12)?,
        })
    }

    pub(super) fn door(&self) -> Door {
        Door { n: self.n, id: self.id, chunk_size: self.chunk_size }
    }

    /// The state now: a box past its time has expired, whether or not the sweep was here.
    pub(super) fn state_at(&self, now: u64) -> BoxState {
        if self.state.takes_parts() && now >= self.expires { BoxState::Expired } else { self.state }
    }
}

impl Store {
    /// Opens a box for a desk. The same call again changes nothing.
    pub(crate) async fn open_box(&self, desk: i64, asked: OpenBox) -> Result<Opened, StoreError> {
        let (now, default_chunk, lifetime_max) = (self.now(), self.chunk_size, self.lifetime_max);
        let quota = self.quota;
        // Hashing and checking happen here, on the caller's thread: the writing thread has enough to do.
        let valid = validate(&asked, now, lifetime_max);
        let request_hash = sha256(&asked.request.0);
        let asked_hash = hash_of(&asked, &request_hash);
        self.writer
            .run("open", move |batch| {
                let before = one(
                    batch.conn,
                    "SELECT desk, opened_hash, expires, chunk_size FROM box WHERE id = ?1",
                    [asked.id.as_bytes()],
                    |row| Ok((row.get(0)?, row.get(1)?, from_sql(row.get(2)?), row.get(3)?)),
                )?;
                if let Some((opened_by, opened_hash, expires, chunk_size)) = before {
                    let same: (i64, [u8; 32]) = (opened_by, opened_hash);
                    return if same == (desk, asked_hash) {
                        Ok(Opened::Before(BoxOpened { id: asked.id, expires, chunk_size }))
                    } else {
                        Err(ProblemCode::Conflict.into())
                    };
                }
                valid?;
                quota.takes_box(batch.conn, desk)?;
                quota.takes_bytes(batch.conn, desk, asked.request.0.len() as u64)?;
                let chunk_size = asked.chunk_size.unwrap_or(default_chunk);
                insert(batch, desk, &asked, chunk_size, &asked_hash, &request_hash)?;
                batch.deposit(asked.id, &asked.shares)?;
                Ok(Opened::Now(BoxOpened { id: asked.id, expires: asked.expires, chunk_size }))
            })
            .await
    }

    /// Lets a customer's call in.
    pub(crate) async fn enter(&self, key: UploadKey) -> Result<Door, StoreError> {
        self.readers.read(move |conn| enter(conn, key).map(|found| found.door())).await
    }

    /// What the customer's page is shown.
    pub(crate) async fn view(&self, key: UploadKey) -> Result<BoxView, StoreError> {
        let now = self.now();
        self.readers
            .read(move |conn| {
                let found = enter(conn, key)?;
                let request =
                    one(conn, "SELECT bytes FROM sealed_request WHERE box = ?1", [found.n], |row| {
                        row.get(0)
                    })?;
                let notes =
                    all(conn, "SELECT seq, bytes FROM note WHERE box = ?1 ORDER BY seq", [found.n], |row| {
                        Ok(NoteView { seq: row.get(0)?, note: Base64(row.get(1)?) })
                    })?;
                Ok(BoxView {
                    request: Base64(request.ok_or(StoreError::Unavailable)?),
                    state: found.state_at(now),
                    notes,
                    chunk_size: found.chunk_size,
                    expires: found.expires,
                    now,
                    limits: found.limits,
                })
            })
            .await
    }
}

/// The box, for whoever shows its token. Unknown box, wrong token, malformed id: one answer, the same work.
pub(super) fn enter(conn: &Connection, key: UploadKey) -> Result<BoxRow, StoreError> {
    let sql = format!("SELECT {COLUMNS}, token_hash FROM box WHERE id = ?1");
    let found = one(conn, &sql, [key.id.as_bytes()], |row| {
        Ok((BoxRow::read(row)?, TokenHash::from_bytes(row.get("token_hash")?)))
    })?;
    let expected = found.as_ref().map_or(TokenHash::from_bytes([0; 32]), |(_, token)| *token);
    let right = expected == key.token;
    match found {
        Some((row, _)) if right && key.well_formed => Ok(row),
        _ => Err(ProblemCode::NotHere.into()),
    }
}

/// The box by its row number, as it stands now. What is past its time reads as expired; the sweep writes it down.
pub(super) fn current(batch: &Batch<'_>, n: i64, now: u64) -> Result<BoxRow, StoreError> {
    let mut row = row(batch, n)?;
    row.state = row.state_at(now);
    Ok(row)
}

/// The box by its row number, as it was written.
pub(super) fn row(batch: &Batch<'_>, n: i64) -> Result<BoxRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM box WHERE n = ?1");
    one(batch.conn, &sql, [n], BoxRow::read)?.ok_or_else(|| ProblemCode::NotHere.into())
}

/// A desk's own box. Another desk's is as unknown as none.
pub(super) fn of_desk(conn: &Connection, desk: i64, id: &BoxId) -> Result<BoxRow, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM box WHERE id = ?1 AND desk = ?2");
    one(conn, &sql, params![id.as_bytes(), desk], BoxRow::read)?.ok_or_else(|| ProblemCode::NotHere.into())
}

pub(super) const fn state_to_sql(state: BoxState) -> i64 {
    match state {
        BoxState::Waiting => 0,
        BoxState::Sending => 1,
        BoxState::Sent => 2,
        BoxState::Collected => 3,
        BoxState::Purged => 4,
        BoxState::Expired => 5,
        BoxState::Revoked => 6,
    }
}

pub(super) fn state_from_sql(number: i64) -> rusqlite::Result<BoxState> {
    Ok(match number {
        0 => BoxState::Waiting,
        1 => BoxState::Sending,
        2 => BoxState::Sent,
        3 => BoxState::Collected,
        4 => BoxState::Purged,
        5 => BoxState::Expired,
        6 => BoxState::Revoked,
        other => return Err(rusqlite::Error::IntegralValueOutOfRange(0, other)),
    })
}

fn validate(asked: &OpenBox, now: u64, lifetime_max: u64) -> Result<(), ProblemCode> {
    if asked.request.0.len() > limits::SEALED_REQUEST_MAX {
        return Err(ProblemCode::TooLarge);
    }
    let most_bytes = limits::PART_MAX * u64::from(limits::PARTS_MAX);
    let fine = !asked.request.0.is_empty()
        && asked.expires > now
        && asked.expires - now <= lifetime_max
        && (1..=most_bytes).contains(&asked.limits.bytes)
        && (1..=limits::PARTS_MAX).contains(&asked.limits.parts)
        && asked.chunk_size.is_none_or(|size| (limits::CHUNK_MIN..=limits::CHUNK_MAX).contains(&size))
        && keeping::are_fine(&asked.shares, now, lifetime_max);
    if fine { Ok(()) } else { Err(ProblemCode::BadRequest) }
}

/// Over everything asked for; every field has a fixed length, and only the last may be missing.
fn hash_of(asked: &OpenBox, request_hash: &[u8; 32]) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(128);
    bytes.extend_from_slice(asked.id.as_bytes());
    bytes.extend_from_slice(asked.token_hash.as_bytes());
    bytes.extend_from_slice(&asked.expires.to_be_bytes());
    bytes.extend_from_slice(&asked.limits.bytes.to_be_bytes());
    bytes.push(asked.limits.parts);
    bytes.extend_from_slice(&asked.chunk_size.unwrap_or(0).to_be_bytes());
    bytes.extend_from_slice(request_hash);
    if !asked.shares.is_empty() {
        bytes.extend_from_slice(&keeping::hash_of(&asked.shares));
    }
    sha256(&bytes)
}

fn insert(
    batch: &Batch<'_>,
    desk: i64,
    asked: &OpenBox,
    chunk_size: u32,
    asked_hash: &[u8; 32],
    request_hash: &[u8; 32],
) -> Result<(), StoreError> {
    change(
        batch.conn,
        "INSERT INTO box (id, desk, token_hash, opened_hash, request_hash, state, expires, chunk_size, limit_bytes,
                          limit_parts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            asked.id.as_bytes(),
            desk,
            asked.token_hash.as_bytes(),
            asked_hash,
            request_hash,
            state_to_sql(BoxState::Waiting),
            to_sql(asked.expires),
            chunk_size,
            to_sql(asked.limits.bytes),
            asked.limits.parts,
        ],
    )?;
    let n = batch.conn.last_insert_rowid();
    change(
        batch.conn,
        "INSERT INTO sealed_request (box, bytes) VALUES (?1, ?2)",
        params![n, asked.request.0],
    )?;
    Ok(())
}
