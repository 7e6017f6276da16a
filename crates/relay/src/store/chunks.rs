//! Chunks: taking them, listing them, and making room.

use super::{
    BlobName, Door, Quota, Store, StoreError, UploadKey, WholeChunk, all,
    boxes::{self, BoxRow},
    change, events, from_sql, one, to_sql,
    writer::Batch,
};
use rusqlite::{Connection, params};
use wire::{
    PartId, ProblemCode,
    api::{BoxState, EventKind, PartView},
    limits,
};

/// What a stored chunk is charged at least: files take whole blocks, and a flood of tiny ones is a flood too.
const CHARGE_MIN: u64 = 4096;

/// Whether a chunk was new.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    Now,
    Before,
}

/// Which chunk of which part.
#[derive(Clone, Copy)]
pub(crate) struct ChunkPlace {
    pub(crate) part: PartId,
    pub(crate) n: u32,
}

impl Store {
    /// Lets a chunk's upload begin: its box, and the hash of the chunk that is already stored there, if one is.
    pub(crate) async fn knock(
        &self,
        key: UploadKey,
        place: ChunkPlace,
    ) -> Result<(Door, Option<[u8; 32]>), StoreError> {
        let (now, quota) = (self.now(), self.quota);
        self.readers
            .read(move |conn| {
                let found = boxes::enter(conn, key)?;
                let stored = stored_hash(conn, found.n, place)?;
                let state = found.state_at(now);
                if state != BoxState::Sent || stored.is_none() {
                    refuse_when_over(state)?;
                }
                if stored.is_none() {
                    quota.takes_bytes(conn, found.desk, CHARGE_MIN)?;
                }
                Ok((found.door(), stored))
            })
            .await
    }

    /// Names a chunk whose bytes are durable. Ok is durable.
    pub(crate) async fn put_chunk(
        &self,
        door: &Door,
        place: ChunkPlace,
        chunk: WholeChunk,
    ) -> Result<Stored, StoreError> {
        let (n, now, quota) = (door.n, self.now(), self.quota);
        self.writer.run("chunk", move |batch| put(batch, n, place, chunk, (now, quota))).await
    }

    /// Which chunks of which part have arrived.
    pub(crate) async fn parts(&self, key: UploadKey) -> Result<Vec<PartView>, StoreError> {
        self.readers
            .read(move |conn| {
                let found = boxes::enter(conn, key)?;
                let chunks = all(
                    conn,
                    "SELECT part.id, chunk.n FROM part JOIN chunk ON chunk.part = part.n WHERE part.box = ?1
                     ORDER BY part.n, chunk.n",
                    [found.n],
                    |row| Ok((PartId::from_bytes(row.get(0)?), row.get(1)?)),
                )?;
                Ok(runs(chunks))
            })
            .await
    }
}

fn put(
    batch: &mut Batch<'_>,
    box_n: i64,
    place: ChunkPlace,
    chunk: WholeChunk,
    (now, quota): (u64, Quota),
) -> Result<Stored, StoreError> {
    let found = boxes::current(batch, box_n, now)?;
    if let Some(hash) = stored_hash(batch.conn, box_n, place)? {
        return if &hash == chunk.hash() { Ok(Stored::Before) } else { Err(ProblemCode::Conflict.into()) };
    }
    refuse_when_over(found.state)?;
    let charge = u64::from(chunk.length()).max(CHARGE_MIN);
    let dropped = make_room(batch, &found, place.part, charge)?;
    quota.takes_bytes(batch.conn, found.desk, charge.saturating_sub(dropped))?;
    let touch = found.touches + 1;
    let part: i64 = one(
        batch.conn,
        "INSERT INTO part (box, id, held, touched) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (box, id) DO UPDATE SET held = held + excluded.held, touched = excluded.touched RETURNING n",
        params![box_n, place.part.as_bytes(), to_sql(charge), touch],
        |row| row.get(0),
    )?
    .ok_or(StoreError::Unavailable)?;
    change(
        batch.conn,
        "INSERT INTO chunk (part, n, length, hash, blob) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![part, place.n, chunk.length(), chunk.hash(), chunk.name()],
    )?;
    // A started upload gets its lease once, with the first chunk.
    let first = found.state == BoxState::Waiting;
    let expires = if first {
        found
            .expires
            .max(now.saturating_add(limits::LEASE))
            .min(found.expires.saturating_add(limits::LEASE_MAX))
    } else {
        found.expires
    };
    change(
        batch.conn,
        "UPDATE box SET state = ?2, held = ?3, touches = ?4, expires = ?5 WHERE n = ?1",
        params![
            box_n,
            boxes::state_to_sql(BoxState::Sending),
            to_sql(found.held.saturating_sub(dropped) + charge),
            touch,
            to_sql(expires)
        ],
    )?;
    if first {
        events::happened(batch, found.desk, box_n, &EventKind::Sending)?;
    }
    batch.keep(chunk);
    Ok(Stored::Now)
}

/// A box that takes nothing any more says why.
pub(super) fn refuse_when_over(state: BoxState) -> Result<(), ProblemCode> {
    match state {
        BoxState::Waiting | BoxState::Sending => Ok(()),
        BoxState::Sent | BoxState::Collected => Err(ProblemCode::AlreadySent),
        BoxState::Purged | BoxState::Expired | BoxState::Revoked => Err(ProblemCode::Ended),
    }
}

/// Drops the parts touched longest ago until `charge` fits, never the one being written: junk sent by someone who
/// intercepted the link takes the place of other junk, and what it takes of the customer's is sent again.
/// Answers how much was freed.
fn make_room(batch: &mut Batch<'_>, found: &BoxRow, writing: PartId, charge: u64) -> Result<u64, StoreError> {
    let most = found.limits.bytes.saturating_mul(limits::UNSUBMITTED_FACTOR)
        + u64::from(limits::PARTS_MAX) * CHARGE_MIN;
    let mut dropped = 0;
    while found.held.saturating_sub(dropped) + charge > most {
        let oldest = one(
            batch.conn,
            "SELECT n, held FROM part WHERE box = ?1 AND id <> ?2 ORDER BY touched LIMIT 1",
            params![found.n, writing.as_bytes()],
            |row| Ok((row.get(0)?, from_sql(row.get(1)?))),
        )?;
        let (part, held) = oldest.ok_or(ProblemCode::TooLarge)?;
        drop_part(batch, part)?;
        dropped += held;
    }
    Ok(dropped)
}

/// Forgets a part; its files go after the commit. The caller settles what the box holds.
pub(super) fn drop_part(batch: &mut Batch<'_>, part: i64) -> Result<(), StoreError> {
    for blob in
        all(batch.conn, "SELECT blob FROM chunk WHERE part = ?1", [part], |row| row.get::<_, BlobName>(0))?
    {
        batch.let_go(blob);
    }
    change(batch.conn, "DELETE FROM chunk WHERE part = ?1", [part])?;
    change(batch.conn, "DELETE FROM part WHERE n = ?1", [part])?;
    Ok(())
}

/// Makes `box.held` what its parts hold.
pub(super) fn settle(batch: &Batch<'_>, box_n: i64) -> Result<(), StoreError> {
    change(
        batch.conn,
        "UPDATE box SET held = (SELECT coalesce(sum(held), 0) FROM part WHERE box = ?1) WHERE n = ?1",
        [box_n],
    )?;
    Ok(())
}

fn stored_hash(conn: &Connection, box_n: i64, place: ChunkPlace) -> Result<Option<[u8; 32]>, StoreError> {
    one(
        conn,
        "SELECT chunk.hash FROM part JOIN chunk ON chunk.part = part.n
         WHERE part.box = ?1 AND part.id = ?2 AND chunk.n = ?3",
        params![box_n, place.part.as_bytes(), place.n],
        |row| row.get(0),
    )
}

/// First and last of each unbroken run; the chunks come ordered by part and number.
fn runs(chunks: Vec<(PartId, u32)>) -> Vec<PartView> {
    let mut parts: Vec<PartView> = Vec::new();
    for (part, n) in chunks {
        match parts.last_mut() {
            Some(view) if view.part == part => match view.chunks.last_mut() {
                Some((_, last)) if n.checked_sub(1) == Some(*last) => *last = n,
                _ => view.chunks.push((n, n)),
            },
            _ => parts.push(PartView { part, chunks: vec![(n, n)] }),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_inclusive_and_apart() {
        let (a, b) = (PartId::from_bytes([1; 16]), PartId::from_bytes([2; 16]));
        let views = runs(vec![(a, 0), (a, 1), (a, 3), (b, 4), (b, 5)]);
        assert_eq!(
            views,
            [PartView { part: a, chunks: vec![(0, 1), (3, 3)] }, PartView { part: b, chunks: vec![(4, 5)] }]
        );
    }
}
