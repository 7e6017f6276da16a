//! Ends: expiry, the desk's revoking and purging, and what is swept when its time is over.

use super::{
    BlobName, Store, StoreError, all,
    boxes::{self, BoxRow},
    change, desks, events, hooks, to_sql,
    writer::Batch,
};
use rusqlite::params;
use std::{collections::HashMap, sync::Arc};
use wire::{
    BoxId, ProblemCode,
    api::{BoxState, EventKind},
    limits,
};

/// Boxes one transaction of the sweep ends.
const SWEEP_BATCH: u32 = 256;

/// Shares that are overwritten before the next sync.
const SHARES_BATCH: usize = 4096;

/// A submission nobody collects is erased this long after it was sent, seconds: longer than anything sent may live.
const UNCOLLECTED: u64 = 90 * 86_400;

/// A desk not heard of for this long is gone, seconds: nobody will purge what it collected.
const GONE: u64 = 90 * 86_400;

/// How a desk ends a box.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum EndAs {
    Revoked,
    Purged,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Boxes whose time ran out.
    pub expired: usize,
    /// Boxes whose status page ended: nothing of them is left.
    pub forgotten: usize,
    /// Shares whose term ran out.
    pub shares: usize,
    /// Webhooks that nobody fetched.
    pub deliveries: usize,
}

impl Store {
    /// Ends a box for its desk: the ciphertext goes; request, notes and state stay until the status page ends.
    /// Ok means it is erased, durably.
    pub(crate) async fn end(&self, desk: i64, id: BoxId, how: EndAs) -> Result<BoxState, StoreError> {
        let now = self.now();
        self.writer
            .run("delete", move |batch| {
                let found = boxes::of_desk(batch.conn, desk, &id)?;
                let state = match (found.state, how) {
                    (BoxState::Purged, _) => return Ok(BoxState::Purged),
                    (BoxState::Revoked, EndAs::Revoked) => return Ok(BoxState::Revoked),
                    // Accepted is accepted: only what the desk knows of and purges goes.
                    (BoxState::Sent | BoxState::Collected, EndAs::Revoked) => {
                        return Err(ProblemCode::AlreadySent.into());
                    }
                    (_, EndAs::Revoked) => BoxState::Revoked,
                    (_, EndAs::Purged) => BoxState::Purged,
                };
                batch.erase_shares(id)?;
                finish(batch, found.n, state, now)?;
                Ok(state)
            })
            .await
    }

    /// Ends what is past its time and forgets what ended long ago.
    /// `heard`: when desks called, since the last sweep.
    pub(crate) async fn sweep(&self, heard: HashMap<i64, u64>) -> Result<Swept, StoreError> {
        // First, and whatever becomes of the rows: a share past its term needs no room on the disk to go.
        let shares = self.sweep_shares().await;
        let swept = self.sweep_rows(heard).await;
        Ok(Swept { shares: shares?, ..swept? })
    }

    /// Overwrites the shares whose term has passed; how many. Ok means durably.
    async fn sweep_shares(&self) -> Result<usize, StoreError> {
        let (shares, now) = (Arc::clone(&self.shares), self.now());
        tokio::task::spawn_blocking(move || {
            let mut erased = 0;
            while shares.any_over(now) {
                erased += shares.erase_over(now, SHARES_BATCH)?;
            }
            Ok(erased)
        })
        .await
        .map_err(|_| StoreError::Unavailable)?
    }

    async fn sweep_rows(&self, heard: HashMap<i64, u64>) -> Result<Swept, StoreError> {
        let noted = self.note_time().await;
        let heard = if heard.is_empty() {
            Ok(())
        } else {
            self.writer.run("heard", move |batch| desks::write_heard(batch, &heard)).await
        };
        // Without room for that, what is over goes all the same, and makes room; no desk is taken for gone.
        let known = heard.is_ok();
        let mut swept = Swept::default();
        loop {
            let now = self.now();
            let step = self.writer.run("sweep", move |batch| sweep_step(batch, now, known)).await?;
            swept.expired += step.expired;
            swept.forgotten += step.forgotten;
            swept.deliveries += step.deliveries;
            if step == Swept::default() {
                return heard.and(noted).map(|()| swept);
            }
        }
    }
}

/// The time ran out.
pub(super) fn expire(batch: &mut Batch<'_>, found: &BoxRow, now: u64) -> Result<(), StoreError> {
    // Nothing came, or nothing was fetched: there is nothing a share could open.
    batch.erase_shares(found.id)?;
    finish(batch, found.n, BoxState::Expired, now)?;
    events::happened(batch, found.desk, found.n, &EventKind::Expired)
}

/// Takes the ciphertext away. The files go first: an answer after the commit then says nothing untrue, and a crash
/// in between leaves rows without files, which are asked to end again.
pub(super) fn erase(batch: &mut Batch<'_>, n: i64) -> Result<(), StoreError> {
    let blobs = all(
        batch.conn,
        "SELECT chunk.blob FROM part JOIN chunk ON chunk.part = part.n WHERE part.box = ?1",
        [n],
        |row| row.get::<_, BlobName>(0),
    )?;
    for blob in blobs {
        batch.erase(blob)?;
    }
    crate::fault::point("erase.unlinked");
    change(batch.conn, "DELETE FROM chunk WHERE part IN (SELECT n FROM part WHERE box = ?1)", [n])?;
    change(batch.conn, "DELETE FROM part WHERE box = ?1", [n])?;
    change(batch.conn, "UPDATE box SET held = 0 WHERE n = ?1", [n])?;
    Ok(())
}

fn finish(batch: &mut Batch<'_>, n: i64, state: BoxState, now: u64) -> Result<(), StoreError> {
    erase(batch, n)?;
    change(
        batch.conn,
        "UPDATE box SET state = ?2, ended = ?3, submit = NULL WHERE n = ?1",
        params![n, boxes::state_to_sql(state), to_sql(now)],
    )?;
    Ok(())
}

/// `known`: whether it is written down which desks called.
fn sweep_step(batch: &mut Batch<'_>, now: u64, known: bool) -> Result<Swept, StoreError> {
    let late = all(
        batch.conn,
        "SELECT n FROM (SELECT n FROM box WHERE state IN (0, 1) AND expires <= ?1
                        UNION ALL SELECT n FROM box WHERE state = 2 AND sent <= ?2) LIMIT ?3",
        params![to_sql(now), to_sql(now.saturating_sub(UNCOLLECTED)), SWEEP_BATCH],
        |row| row.get::<_, i64>(0),
    )?;
    for n in &late {
        let found = boxes::row(batch, *n)?;
        expire(batch, &found, now)?;
    }
    // Collected long ago by a desk that is gone: there is nobody to tell.
    let left = all(
        batch.conn,
        "SELECT box.n FROM box JOIN desk ON desk.n = box.desk
         WHERE ?3 AND box.state = 3 AND box.collected <= ?1 AND desk.heard <= ?1 LIMIT ?2",
        params![to_sql(now.saturating_sub(GONE)), SWEEP_BATCH, known],
        |row| row.get::<_, i64>(0),
    )?;
    for n in &left {
        finish(batch, *n, BoxState::Expired, now)?;
    }
    let over = all(
        batch.conn,
        "SELECT n, id FROM box WHERE ended IS NOT NULL AND ended <= ?1 LIMIT ?2",
        params![to_sql(now.saturating_sub(limits::STATUS_AFTER_END)), SWEEP_BATCH],
        |row| Ok((row.get::<_, i64>(0)?, BoxId::from_bytes(row.get(1)?))),
    )?;
    for (n, id) in &over {
        batch.forget_shares(*id)?;
        erase(batch, *n)?;
        change(batch.conn, "DELETE FROM event WHERE box = ?1", [n])?;
        change(batch.conn, "DELETE FROM note WHERE box = ?1", [n])?;
        change(batch.conn, "DELETE FROM sealed_request WHERE box = ?1", [n])?;
        change(batch.conn, "DELETE FROM box WHERE n = ?1", [n])?;
    }
    let deliveries = hooks::sweep(batch, now)?;
    Ok(Swept { expired: late.len() + left.len(), forgotten: over.len(), shares: 0, deliveries })
}
