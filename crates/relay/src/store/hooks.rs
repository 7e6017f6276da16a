//! Webhooks: kept as they came until the desk has fetched them. What they mean is the desk's to judge.

use super::{Store, StoreError, all, change, events, from_sql, one, to_sql, used, writer::Batch};
use rusqlite::{Connection, params};
use wire::{
    HookId, ProblemCode,
    api::{Base64, DeliveriesView, Delivery},
    limits,
};

/// A webhook nobody fetches is dropped after this long, seconds: a week.
const UNFETCHED: u64 = 7 * 86_400;

/// Webhooks that one transaction of the sweep drops.
const SWEEP_BATCH: u32 = 256;

/// A webhook as it came.
pub(crate) struct Arrived {
    /// The headers that sign or date it.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Store {
    /// Makes a hook this desk's; whether it is new.
    pub(crate) async fn put_hook(&self, desk: i64, hook: HookId) -> Result<bool, StoreError> {
        self.writer
            .run("hook", move |batch| {
                let sql = "SELECT desk FROM hook WHERE id = ?1";
                match one(batch.conn, sql, [hook.as_bytes()], |row| row.get::<_, i64>(0))? {
                    Some(owner) if owner == desk => return Ok(false),
                    Some(_) => return Err(ProblemCode::Conflict.into()),
                    None => {}
                }
                let count: u32 =
                    one(batch.conn, "SELECT count(*) FROM hook WHERE desk = ?1", [desk], |row| row.get(0))?
                        .unwrap_or(0);
                if count >= limits::HOOKS_MAX {
                    return Err(ProblemCode::TooMany.into());
                }
                change(
                    batch.conn,
                    "INSERT INTO hook (id, desk) VALUES (?1, ?2)",
                    params![hook.as_bytes(), desk],
                )?;
                Ok(true)
            })
            .await
    }

    /// Ends a hook of this desk. What came through it and waits, stays.
    pub(crate) async fn drop_hook(&self, desk: i64, hook: HookId) -> Result<(), StoreError> {
        self.writer
            .run("unhook", move |batch| {
                change(
                    batch.conn,
                    "DELETE FROM hook WHERE id = ?1 AND desk = ?2",
                    params![hook.as_bytes(), desk],
                )?;
                Ok(())
            })
            .await
    }

    /// This desk's hooks.
    pub(crate) async fn hooks(&self, desk: i64) -> Result<Vec<HookId>, StoreError> {
        self.readers
            .read(move |conn| {
                all(conn, "SELECT id FROM hook WHERE desk = ?1 ORDER BY id", [desk], |row| {
                    row.get(0).map(HookId::from_bytes)
                })
            })
            .await
    }

    /// The desk whose hook this is, while it may call.
    pub(crate) async fn hook_owner(&self, hook: HookId) -> Result<i64, StoreError> {
        self.readers.read(move |conn| owner(conn, hook)?.ok_or_else(|| ProblemCode::NotHere.into())).await
    }

    /// Keeps a webhook for its desk, durably, or counts it as dropped and says why.
    pub(crate) async fn deliver(&self, desk: i64, hook: HookId, arrived: Arrived) -> Result<(), StoreError> {
        let (now, quota) = (self.now(), self.quota);
        let headers = serde_json::to_string(&arrived.headers).map_err(|_| StoreError::Unavailable)?;
        let refused = self
            .writer
            .run("deliver", move |batch| {
                let waiting = used::used(batch.conn, desk)?.deliveries;
                let room = if waiting >= u64::from(limits::DELIVERIES_MAX) {
                    Err(ProblemCode::TooMany.into())
                } else {
                    quota.takes_bytes(batch.conn, desk, (arrived.body.len() + headers.len()) as u64)
                };
                if let Err(refused) = room {
                    drop_some(batch, desk, 1)?;
                    return Ok(Some(refused));
                }
                change(
                    batch.conn,
                    "INSERT INTO delivery (desk, hook, at, headers, body) VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![desk, hook.as_bytes(), to_sql(now), headers, arrived.body],
                )?;
                events::ring(batch, desk)?;
                Ok(None)
            })
            .await?;
        refused.map_or(Ok(()), Err)
    }

    /// The oldest webhooks beyond this number that wait for a desk, and how many were not kept since it looked last.
    pub(crate) async fn deliveries(&self, desk: i64, after: u64) -> Result<DeliveriesView, StoreError> {
        let after = i64::try_from(after).map_err(|_| ProblemCode::BadRequest)?;
        let view = self
            .readers
            .read(move |conn| {
                let dropped = one(conn, "SELECT dropped FROM desk WHERE n = ?1", [desk], |row| row.get(0))?;
                Ok(DeliveriesView {
                    deliveries: waiting(conn, desk, after)?,
                    dropped: dropped.map_or(0, from_sql),
                })
            })
            .await?;
        if view.dropped > 0 {
            let told = to_sql(view.dropped);
            self.writer
                .run("told", move |batch| {
                    change(
                        batch.conn,
                        "UPDATE desk SET dropped = max(0, dropped - ?2) WHERE n = ?1",
                        params![desk, told],
                    )
                })
                .await?;
        }
        Ok(view)
    }

    /// The desk is done with a webhook; whether it was there.
    pub(crate) async fn fetched(&self, desk: i64, n: u64) -> Result<bool, StoreError> {
        let n = i64::try_from(n).map_err(|_| ProblemCode::NotHere)?;
        self.writer
            .run("fetched", move |batch| {
                let gone =
                    change(batch.conn, "DELETE FROM delivery WHERE n = ?1 AND desk = ?2", params![n, desk])?;
                Ok(gone > 0)
            })
            .await
    }
}

/// Drops what nobody fetched for a week, and counts it; how many there were.
pub(super) fn sweep(batch: &Batch<'_>, now: u64) -> Result<usize, StoreError> {
    let late = all(
        batch.conn,
        "SELECT n, desk FROM delivery WHERE at <= ?1 LIMIT ?2",
        params![to_sql(now.saturating_sub(UNFETCHED)), SWEEP_BATCH],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    )?;
    for (n, desk) in &late {
        change(batch.conn, "DELETE FROM delivery WHERE n = ?1", [n])?;
        drop_some(batch, *desk, 1)?;
    }
    Ok(late.len())
}

/// As many as fit into one answer, one at least.
fn waiting(conn: &Connection, desk: i64, after: i64) -> Result<Vec<Delivery>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT n, hook, at, headers, body FROM delivery WHERE desk = ?1 AND n > ?2 ORDER BY n",
    )?;
    let mut rows = select.query([desk, after])?;
    let (mut found, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(4)?;
        let headers: String = row.get(3)?;
        // An empty list is written, too.
        bytes += body.len() + headers.len().saturating_sub(2);
        if bytes > limits::DELIVERIES_BYTES && !found.is_empty() {
            break;
        }
        found.push(Delivery {
            n: from_sql(row.get(0)?),
            hook: HookId::from_bytes(row.get(1)?),
            at: from_sql(row.get(2)?),
            headers: serde_json::from_str(&headers).map_err(|_| StoreError::Unavailable)?,
            body: Base64(body),
        });
    }
    Ok(found)
}

fn owner(conn: &Connection, hook: HookId) -> Result<Option<i64>, StoreError> {
    one(
        conn,
        "SELECT desk FROM hook JOIN desk ON desk.n = hook.desk WHERE id = ?1 AND token_hash IS NOT NULL",
        [hook.as_bytes()],
        |row| row.get(0),
    )
}

fn drop_some(batch: &Batch<'_>, desk: i64, count: i64) -> Result<(), StoreError> {
    change(batch.conn, "UPDATE desk SET dropped = dropped + ?2 WHERE n = ?1", params![desk, count])?;
    Ok(())
}
