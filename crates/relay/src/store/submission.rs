//! The submission: accepted once, delivered until it is collected.

use super::{
    BlobName, Door, Store, StoreError, all,
    boxes::{self, BoxRow},
    change,
    chunks::{drop_part, refuse_when_over, settle},
    ending, events, from_sql, notes, one, to_sql,
    writer::Batch,
};
use rusqlite::params;
use wire::{
    BoxId, PartHasher, PartId, ProblemCode, RecordPart, SubmitBody,
    api::{Base64, BoxState, DeskBoxView, EventKind},
    sha256,
};

/// A stretch of a part on the disk.
#[derive(Clone, Copy)]
pub(crate) struct Stretch {
    pub(crate) blob: BlobName,
    /// Bytes.
    pub(crate) length: u64,
}

impl Store {
    /// Accepts the first complete submission of a box. The same body again is accepted again, another never is.
    pub(crate) async fn submit(&self, door: Door, body: Vec<u8>) -> Result<(), StoreError> {
        let now = self.now();
        let submission = SubmitBody::parse(&body).map_err(|_| ProblemCode::BadRequest)?;
        let missing =
            self.writer.run("submit", move |batch| accept(batch, door, &submission, &body, now)).await?;
        if missing.is_empty() { Ok(()) } else { Err(StoreError::Incomplete(missing)) }
    }

    /// Where a desk's box stands, and what was submitted.
    pub(crate) async fn desk_view(&self, desk: i64, id: BoxId) -> Result<DeskBoxView, StoreError> {
        let now = self.now();
        self.readers
            .read(move |conn| {
                let found = boxes::of_desk(conn, desk, &id)?;
                let submit: Option<Vec<u8>> =
                    one(conn, "SELECT submit FROM box WHERE n = ?1", [found.n], |row| row.get(0))?.flatten();
                Ok(DeskBoxView {
                    state: found.state_at(now),
                    record: submit.map(Base64),
                    expires: found.expires,
                    chunk_size: found.chunk_size,
                    notes: notes::count(conn, found.n)?,
                })
            })
            .await
    }

    /// Where the bytes of a submitted part lie.
    pub(crate) async fn part(&self, desk: i64, id: BoxId, part: PartId) -> Result<Vec<Stretch>, StoreError> {
        self.readers
            .read(move |conn| {
                let found = boxes::of_desk(conn, desk, &id)?;
                match found.state {
                    BoxState::Sent => {}
                    BoxState::Waiting | BoxState::Sending => return Err(ProblemCode::NotHere.into()),
                    _ => return Err(ProblemCode::Ended.into()),
                }
                let stretches = all(
                    conn,
                    "SELECT chunk.blob, chunk.length FROM part JOIN chunk ON chunk.part = part.n
                     WHERE part.box = ?1 AND part.id = ?2 ORDER BY chunk.n",
                    params![found.n, part.as_bytes()],
                    |row| Ok(Stretch { blob: row.get(0)?, length: from_sql(row.get(1)?) }),
                )?;
                if stretches.is_empty() { Err(ProblemCode::NotHere.into()) } else { Ok(stretches) }
            })
            .await
    }

    /// The desk has it, durably and verified: erases the ciphertext. Ok means it is erased, durably.
    pub(crate) async fn collected(&self, desk: i64, id: BoxId, record: [u8; 32]) -> Result<(), StoreError> {
        let now = self.now();
        self.writer
            .run("collected", move |batch| {
                let found = boxes::of_desk(batch.conn, desk, &id)?;
                if found.record_hash != Some(record) {
                    return Err(ProblemCode::Conflict.into());
                }
                match found.state {
                    BoxState::Sent => {
                        ending::erase(batch, found.n)?;
                        change(
                            batch.conn,
                            "UPDATE box SET state = ?2, collected = ?3 WHERE n = ?1",
                            params![found.n, boxes::state_to_sql(BoxState::Collected), to_sql(now)],
                        )?;
                        Ok(())
                    }
                    BoxState::Collected | BoxState::Purged => Ok(()),
                    _ => Err(ProblemCode::Ended.into()),
                }
            })
            .await
    }
}

/// Answers the parts that are missing; none means accepted.
fn accept(
    batch: &mut Batch<'_>,
    door: Door,
    submission: &SubmitBody,
    body: &[u8],
    now: u64,
) -> Result<Vec<PartId>, StoreError> {
    let n = door.n;
    let found = boxes::current(batch, n, now)?;
    let body_hash = sha256(body);
    if let Some(accepted) = found.submit_hash {
        return if accepted == body_hash { Ok(Vec::new()) } else { Err(ProblemCode::AlreadySent.into()) };
    }
    refuse_when_over(found.state)?;
    let record = &submission.record;
    if record.box_id != door.id || record.request_hash != found.request_hash {
        return Err(ProblemCode::BadRequest.into());
    }
    let total = record.parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(part.length));
    let fits = total.is_some_and(|total| total <= found.limits.bytes)
        && record.parts.len() <= usize::from(found.limits.parts);
    if !fits {
        return Err(ProblemCode::TooLarge.into());
    }
    let mut missing = Vec::new();
    for part in &record.parts {
        match check(batch, n, found.chunk_size, part)? {
            Found::Whole => {}
            Found::Partly => missing.push(part.id),
            Found::Different(row) => {
                // Kept, it would refuse the right bytes as a conflict: the part's every chunk is to come again.
                drop_part(batch, row)?;
                missing.push(part.id);
            }
        }
    }
    if missing.is_empty() {
        seal(batch, &found, submission, body, &body_hash, now)?;
    }
    settle(batch, n)?;
    Ok(missing)
}

/// How a part compares to what the record says of it.
enum Found {
    Whole,
    Partly,
    Different(i64),
}

fn check(batch: &mut Batch<'_>, box_n: i64, chunk_size: u32, part: &RecordPart) -> Result<Found, StoreError> {
    let row: Option<i64> = one(
        batch.conn,
        "SELECT n FROM part WHERE box = ?1 AND id = ?2",
        params![box_n, part.id.as_bytes()],
        |row| row.get(0),
    )?;
    let Some(row) = row else { return Ok(Found::Partly) };
    let chunks = all(
        batch.conn,
        "SELECT n, length, hash, blob FROM chunk WHERE part = ?1 ORDER BY n",
        [row],
        |row| {
            Ok((
                from_sql(row.get(0)?),
                from_sql(row.get(1)?),
                row.get::<_, [u8; 32]>(2)?,
                row.get::<_, BlobName>(3)?,
            ))
        },
    )?;
    let (size, count) = (u64::from(chunk_size), part.length.div_ceil(chunk_size.into()));
    let mut hasher = PartHasher::new();
    let mut there = 0;
    for (n, length, hash, blob) in chunks.iter().filter(|(n, ..)| *n < count) {
        // Every chunk is full but the last. A file that is gone or short is not what its row promised.
        if *length != size.min(part.length - n * size) || batch.file_length(*blob)? != Some(*length) {
            return Ok(Found::Different(row));
        }
        hasher.chunk_hash(hash);
        there += 1;
    }
    if there < count {
        return Ok(Found::Partly);
    }
    if hasher.finish() != part.digest {
        return Ok(Found::Different(row));
    }
    cut(batch, row, count)?;
    Ok(Found::Whole)
}

/// Drops chunks past a part's end: nobody who sealed the part made them.
fn cut(batch: &mut Batch<'_>, part: i64, first: u64) -> Result<(), StoreError> {
    let beyond = params![part, to_sql(first)];
    for blob in
        all(batch.conn, "SELECT blob FROM chunk WHERE part = ?1 AND n >= ?2", beyond, |row| row.get(0))?
    {
        batch.let_go(blob);
    }
    change(batch.conn, "DELETE FROM chunk WHERE part = ?1 AND n >= ?2", beyond)?;
    Ok(())
}

fn seal(
    batch: &mut Batch<'_>,
    found: &BoxRow,
    submission: &SubmitBody,
    body: &[u8],
    body_hash: &[u8; 32],
    now: u64,
) -> Result<(), StoreError> {
    let named: Vec<PartId> = submission.record.parts.iter().map(|part| part.id).collect();
    let stored = all(batch.conn, "SELECT n, id FROM part WHERE box = ?1", [found.n], |row| {
        Ok((row.get::<_, i64>(0)?, PartId::from_bytes(row.get(1)?)))
    })?;
    for (part, _) in stored.into_iter().filter(|(_, id)| !named.contains(id)) {
        drop_part(batch, part)?;
    }
    change(
        batch.conn,
        "UPDATE box SET state = ?2, submit = ?3, submit_hash = ?4, record_hash = ?5, sent = ?6 WHERE n = ?1",
        params![
            found.n,
            boxes::state_to_sql(BoxState::Sent),
            body,
            body_hash,
            submission.record.hash(),
            to_sql(now)
        ],
    )?;
    events::happened(batch, found.desk, found.n, &EventKind::Sent)
}
