//! Events: what the desks are told, in order, at least once. The customer's words travel as events.

use super::{Door, Store, StoreError, all, boxes, change, from_sql, one, to_sql, writer::Batch};
use rusqlite::{Connection, params};
use wire::{
    BoxId, ProblemCode,
    api::{Base64, Event, EventKind},
    limits,
};

/// Events in one answer at most.
pub(crate) const EVENTS_AT_ONCE: u32 = 256;

const WORD: i64 = 2;
const DELIVERY: i64 = 4;

/// The box of events that are about none: no box has this row.
const NO_BOX: i64 = 0;

impl Store {
    /// Passes a word on. The same word twice is one.
    pub(crate) async fn say(&self, door: Door, word: Vec<u8>) -> Result<(), StoreError> {
        let n = door.n;
        self.writer
            .run("word", move |batch| {
                let found = boxes::row(batch, n)?;
                let said = one(
                    batch.conn,
                    "SELECT 1 FROM event WHERE box = ?1 AND kind = ?2 AND word = ?3",
                    params![n, WORD, word],
                    |_| Ok(()),
                )?;
                if said.is_some() {
                    return Ok(());
                }
                let words: u32 = one(
                    batch.conn,
                    "SELECT count(*) FROM event WHERE box = ?1 AND kind = ?2",
                    params![n, WORD],
                    |row| row.get(0),
                )?
                .unwrap_or(0);
                if words >= limits::WORDS_MAX {
                    return Err(ProblemCode::TooMany.into());
                }
                happened(batch, found.desk, n, &EventKind::Word { word: Base64(word) })
            })
            .await
    }

    /// A desk's events after a position, and the position after them. A position past the newest event belongs to
    /// another store (this one was replaced): then everything is told again.
    pub(crate) async fn events(&self, desk: i64, after: u64) -> Result<(Vec<Event>, u64), StoreError> {
        self.readers
            .read(move |conn| {
                let newest =
                    one(conn, "SELECT seq FROM sqlite_sequence WHERE name = 'event'", [], |row| row.get(0))?
                        .map_or(0, from_sql);
                let after = if after > newest { 0 } else { after };
                let events = after_position(conn, desk, after)?;
                let next = events.last().map_or(after, |event| event.seq);
                Ok((events, next))
            })
            .await
    }
}

/// Writes an event down; the desk hears of it once this is committed.
pub(super) fn happened(
    batch: &mut Batch<'_>,
    desk: i64,
    box_n: i64,
    what: &EventKind,
) -> Result<(), StoreError> {
    let (kind, word) = match what {
        EventKind::Sending => (0, None),
        EventKind::Sent => (1, None),
        EventKind::Word { word } => (WORD, Some(&word.0)),
        EventKind::Expired => (3, None),
        // Rung by `ring`; there is nothing else to say.
        EventKind::Delivery | EventKind::Other => return Ok(()),
    };
    change(
        batch.conn,
        "INSERT INTO event (desk, box, kind, word) VALUES (?1, ?2, ?3, ?4)",
        params![desk, box_n, kind, word],
    )?;
    batch.news = true;
    Ok(())
}

/// Tells a desk that a webhook waits. One event is enough, but a new one: the desk may have heard the last.
pub(super) fn ring(batch: &mut Batch<'_>, desk: i64) -> Result<(), StoreError> {
    change(batch.conn, "DELETE FROM event WHERE desk = ?1 AND kind = 4", [desk])?;
    change(
        batch.conn,
        "INSERT INTO event (desk, box, kind) VALUES (?1, ?2, ?3)",
        params![desk, NO_BOX, DELIVERY],
    )?;
    batch.news = true;
    Ok(())
}

fn after_position(conn: &Connection, desk: i64, after: u64) -> Result<Vec<Event>, StoreError> {
    all(
        conn,
        "SELECT event.seq, box.id, event.kind, event.word FROM event LEFT JOIN box ON box.n = event.box
         WHERE event.desk = ?1 AND event.seq > ?2 ORDER BY event.seq LIMIT ?3",
        params![desk, to_sql(after), EVENTS_AT_ONCE],
        |row| {
            let what = match row.get(2)? {
                0 => EventKind::Sending,
                1 => EventKind::Sent,
                WORD => EventKind::Word { word: Base64(row.get(3)?) },
                3 => EventKind::Expired,
                DELIVERY => EventKind::Delivery,
                other => return Err(rusqlite::Error::IntegralValueOutOfRange(2, other)),
            };
            Ok(Event {
                seq: from_sql(row.get(0)?),
                box_id: row.get::<_, Option<_>>(1)?.map(BoxId::from_bytes),
                what,
            })
        },
    )
}
