//! Relays: where each stands, and what it knows this desk by.

use super::{Db, Raw, one, text_states};
use crate::{Change, VaultError, change::Keyed};
use rusqlite::{
    ToSql,
    types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef},
};
use seal::{
    RowVersion,
    row::{Columns, Table},
};
use wire::{BoxId, DeskToken};

/// Names a relay in this vault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayId(u32);

impl RelayId {
    /// The one inside the desk.
    pub const INSIDE: Self = Self(0);

    /// Its number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The one of this number, whether it is there or not.
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }
}

impl ToSql for RelayId {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(i64::from(self.0).into())
    }
}

impl FromSql for RelayId {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        u32::column_result(value).map(Self)
    }
}

text_states! {
    /// Where a relay stands.
    RelayState {
        /// A token was made for it; whether it knows that one is not known yet.
        Enrolling = "enrolling",
        /// New requests are made on it.
        Current = "current",
        /// What was made on it goes on there; nothing new.
        Finishing = "finishing",
        /// Nothing of it is left.
        Ended = "ended",
        /// It did not come back, and was given up on when nothing that was made on it opened any more.
        Lost = "lost",
    }
}

/// A relay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelayRow {
    /// Its id.
    pub id: RelayId,
    /// Its origin, such as `https://drop.example.com`; empty for the one inside.
    pub origin: String,
    /// As its operator calls this desk.
    pub name: Option<String>,
    /// Where it stands.
    pub state: RelayState,
    /// Since when, UTC seconds.
    pub since: u64,
}

const COLUMNS: &str = "id, origin, name, state, since";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<RelayRow> {
    Ok(RelayRow {
        id: row.get(0)?,
        origin: row.get(1)?,
        name: row.get(2)?,
        state: row.get(3)?,
        since: row.get(4)?,
    })
}

/// The id is not known before the row is there; the same token for the same origin is the same desk.
fn columns(origin: &str) -> Columns {
    Columns::new().text(origin)
}

impl Db<'_> {
    /// Every relay that was not let go of.
    pub fn relays(self) -> Result<Vec<RelayRow>, VaultError> {
        self.all(
            &format!("SELECT {COLUMNS} FROM relay WHERE state NOT IN ('ended', 'lost') ORDER BY id"),
            (),
            row,
        )
    }

    /// A relay.
    pub fn relay(self, id: RelayId) -> Result<RelayRow, VaultError> {
        self.first(&format!("SELECT {COLUMNS} FROM relay WHERE id = ?1"), [id], row)?
            .ok_or(VaultError::NotFound)
    }

    /// The one that new requests are made on.
    pub fn current_relay(self) -> Result<RelayRow, VaultError> {
        self.first(&format!("SELECT {COLUMNS} FROM relay WHERE state = 'current'"), (), row)?
            .ok_or(VaultError::NotFound)
    }

    /// The relay a round was made on.
    pub fn relay_of(self, id: BoxId) -> Result<RelayId, VaultError> {
        self.find_relay_of(id)?.ok_or(VaultError::NotFound)
    }

    /// The relay a round was made on, if it is ours.
    pub fn find_relay_of(self, id: BoxId) -> Result<Option<RelayId>, VaultError> {
        self.first("SELECT relay FROM round WHERE box_id = ?1", [Raw(id)], |row| row.get(0))
    }

    /// Notes the relay that a round is made on.
    pub fn set_round_relay(self, id: BoxId, relay: RelayId) -> Result<(), VaultError> {
        one(self.execute("UPDATE round SET relay = ?2 WHERE box_id = ?1", (Raw(id), relay))?)
    }

    /// How many rounds still need a relay: something may come or lies here, is being destroyed, or waits to be told. It
    /// never had the box of what an agent took in.
    pub fn rounds_left(self, relay: RelayId) -> Result<u64, VaultError> {
        let sql = "SELECT count(*) FROM round WHERE relay = ?1 AND way <> 'desk' AND (
                       state IN ('opening', 'waiting', 'sending', 'sent', 'collected', 'withdrawn')
                       OR EXISTS (SELECT 1 FROM outbox WHERE outbox.box_id = round.box_id)
                       OR EXISTS (SELECT 1 FROM holding LEFT JOIN purge ON purge.id = holding.purge
                                  WHERE holding.box_id = round.box_id
                                    AND (holding.state <> 'gone' OR purge.state <> 'certified')))";
        Ok(self.first(sql, [relay], |row| row.get(0))?.unwrap_or(0))
    }

    /// Notes where the first relay is: nowhere else, while it is the one inside.
    pub fn set_home_origin(self, origin: &str) -> Result<(), VaultError> {
        self.execute("UPDATE relay SET origin = ?1 WHERE id = 0 AND origin <> ?1", [origin])?;
        Ok(())
    }

    /// New requests are made on this one from here on; the one before finishes what it has.
    pub fn make_current(self, id: RelayId, now: u64) -> Result<(), VaultError> {
        self.execute(
            "UPDATE relay SET state = 'finishing', since = ?2 WHERE state = 'current' AND id <> ?1",
            (id, now),
        )?;
        one(self.execute(
            "UPDATE relay SET state = 'current', since = CASE state WHEN 'current' THEN since ELSE ?2 END
             WHERE id = ?1",
            (id, now),
        )?)
    }

    /// A relay took the token that was made for it, for the desk that its operator calls so. Where it is the very
    /// desk that an earlier token stands for, that one is replaced. The relay's id from here on, now current.
    pub fn enrolled(self, id: RelayId, name: &str, now: u64) -> Result<RelayId, VaultError> {
        let origin = self.relay(id)?.origin;
        let known = self.first(
            "SELECT id FROM relay
             WHERE origin = ?1 AND name = ?2 AND id <> ?3 AND state IN ('current', 'finishing')",
            (&origin, name, id),
            |row| row.get::<_, RelayId>(0),
        )?;
        let id = match known {
            None => {
                one(self.execute("UPDATE relay SET name = ?2 WHERE id = ?1", (id, name))?)?;
                id
            }
            Some(known) => {
                let (version, body): (Option<Raw<RowVersion>>, Option<Vec<u8>>) = self
                    .first("DELETE FROM relay WHERE id = ?1 RETURNING version, body", [id], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?
                    .ok_or(VaultError::NotFound)?;
                let sql = "UPDATE relay SET version = ?2, body = ?3 WHERE id = ?1";
                one(self.execute(sql, (known, version, body))?)?;
                known
            }
        };
        self.make_current(id, now)?;
        Ok(id)
    }

    /// Forgets an enrolment that came to nothing.
    pub fn forget_enrolment(self, id: RelayId) -> Result<(), VaultError> {
        self.execute("DELETE FROM relay WHERE id = ?1 AND state = 'enrolling'", [id])?;
        Ok(())
    }

    /// Lets go of a relay that finishes and has nothing left; its token goes. `false` where there is something.
    pub fn let_go(self, id: RelayId, now: u64) -> Result<bool, VaultError> {
        if self.relay(id)?.state != RelayState::Finishing || self.rounds_left(id)? > 0 {
            return Ok(false);
        }
        one(self.execute(
            "UPDATE relay SET state = 'ended', since = ?2, version = NULL, body = NULL WHERE id = ?1",
            (id, now),
        )?)?;
        Ok(true)
    }

    /// The last moment for which anything that was made on a relay was promised to be kept, UTC seconds: it has let go
    /// of its part of every key by then. None where nothing was made on it.
    pub fn relay_ends(self, id: RelayId) -> Result<Option<u64>, VaultError> {
        let sql = "SELECT max(term_max) FROM holding JOIN round ON round.box_id = holding.box_id
                   WHERE relay = ?1 AND way <> 'desk'";
        Ok(self.first(sql, [id], |row| row.get(0))?.flatten())
    }

    /// Whether nothing that was made on a relay opens any more, here or with what the relay kept, and no new request is
    /// made on it, but it has not confirmed all of it. One that owes nothing is let go of without anybody's asking.
    pub fn relay_is_over(self, id: RelayId, now: u64) -> Result<bool, VaultError> {
        let lives = "SELECT 1 FROM holding JOIN round ON round.box_id = holding.box_id
                     WHERE relay = ?1 AND way <> 'desk' AND (holding.state <> 'gone' OR term_max >= ?2) LIMIT 1";
        let lives = self.first(lives, (id, now), |_| Ok(()))?.is_some();
        Ok(!lives && self.relay(id)?.state == RelayState::Finishing && self.rounds_left(id)? > 0)
    }

    /// Gives up on a relay that does not come back: what it was to be told is dropped, and its token goes. `false` while
    /// it is not over.
    pub fn give_up_relay(self, id: RelayId, now: u64) -> Result<bool, VaultError> {
        if !self.relay_is_over(id, now)? {
            return Ok(false);
        }
        self.execute("DELETE FROM outbox WHERE box_id IN (SELECT box_id FROM round WHERE relay = ?1)", [id])?;
        one(self.execute(
            "UPDATE relay SET state = 'lost', since = ?2, version = NULL, body = NULL WHERE id = ?1",
            (id, now),
        )?)?;
        Ok(true)
    }

    /// Whether what a purge destroyed lay at a relay that was given up on, so that nobody confirms anything.
    pub(crate) fn purge_lost_its_relay(self, purge: crate::PurgeId) -> Result<bool, VaultError> {
        let sql = "SELECT 1 FROM holding JOIN round ON round.box_id = holding.box_id JOIN relay ON relay.id = round.relay
                   WHERE holding.purge = ?1 AND way <> 'desk' AND relay.state = 'lost' LIMIT 1";
        Ok(self.first(sql, [Raw(purge)], |_| Ok(()))?.is_some())
    }

    pub(crate) fn relay_versions(self) -> Result<Vec<RowVersion>, VaultError> {
        self.all("SELECT version FROM relay WHERE version IS NOT NULL", (), |row| {
            Ok(row.get::<_, Raw<_>>(0)?.0)
        })
    }
}

impl Keyed<'_> {
    /// What a relay knows this desk by.
    pub fn relay_token(self, id: RelayId) -> Result<DeskToken, VaultError> {
        let (version, origin, body): (RowVersion, String, Vec<u8>) = self
            .db
            .first(
                "SELECT version, origin, body FROM relay WHERE id = ?1 AND version IS NOT NULL",
                [id],
                |row| Ok((row.get::<_, Raw<_>>(0)?.0, row.get(1)?, row.get(2)?)),
            )?
            .ok_or(VaultError::NotFound)?;
        let body = self.open_row(Table::Relay, version, &columns(&origin), &body)?;
        let text = std::str::from_utf8(&body).map_err(|_| VaultError::RowDamaged)?;
        DeskToken::parse(text).map_err(|_| VaultError::RowDamaged)
    }
}

impl Change<'_> {
    /// Adds a relay that is about to be asked to take this token.
    pub fn insert_relay(&mut self, origin: &str, token: &DeskToken) -> Result<RelayId, VaultError> {
        // Exposed to be sealed.
        let (version, body) = self.seal_row(Table::Relay, &columns(origin), token.to_bearer().as_bytes())?;
        self.db()
            .first(
                "INSERT INTO relay (origin, state, since, version, body) VALUES (?1, 'enrolling', ?2, ?3, ?4)
                 RETURNING id",
                (origin, self.now(), Raw(version), body),
                |row| row.get(0),
            )?
            .ok_or(VaultError::NotFound)
    }
}
