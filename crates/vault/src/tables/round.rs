//! Rounds: each a link, a box at the relay, and what came through it.

use super::{Db, Raw, one, text_states};
use crate::{RequestId, VaultError, tables::relay::RelayId};
use wire::BoxId;

text_states! {
    /// Where a round stands (DESIGN §5).
    RoundState {
        /// Its keys are durable, its box is not known to be open yet: nobody has the link.
        Opening = "opening",
        /// The customer was asked.
        Waiting = "waiting",
        /// The first bytes arrived at the relay.
        Sending = "sending",
        /// The relay accepted a submission.
        Sent = "sent",
        /// It is in the vault.
        Collected = "collected",
        /// Its keys are destroyed.
        Purged = "purged",
        /// The time ran out.
        Expired = "expired",
        /// The link was taken back.
        Revoked = "revoked",
        /// The customer withdrew; it is being destroyed.
        Withdrawn = "withdrawn",
    }
}

text_states! {
    /// How a round was filled, or is to be.
    Way {
        /// By the customer, through its link.
        Link = "link",
        /// By the agent, where its link waited: the link was ended first.
        Filled = "filled",
        /// By the agent. It has no link, and no relay has its box.
        Desk = "desk",
    }
}

impl RoundState {
    /// Whether a submission may still come.
    pub const fn awaits(self) -> bool {
        matches!(self, Self::Opening | Self::Waiting | Self::Sending | Self::Sent)
    }
}

/// A round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundRow {
    /// Its box.
    pub box_id: BoxId,
    /// The request it belongs to.
    pub request: RequestId,
    /// Its number in the request, from 1.
    pub number: u32,
    /// Where it stands.
    pub state: RoundState,
    /// When it was made, UTC seconds.
    pub opened: u64,
    /// When its link ends, UTC seconds.
    pub expires: u64,
    /// SHA-256 of the sealed request.
    pub request_hash: [u8; 32],
    /// When it arrived in the vault, UTC seconds.
    pub arrived: Option<u64>,
    /// When somebody first opened something of it, UTC seconds.
    pub looked: Option<u64>,
    /// `H(record)`.
    pub record_hash: Option<[u8; 32]>,
    /// The ledger entry that names it.
    pub collect_leaf: Option<u64>,
    /// What is wrong with it, by code.
    pub problem: Option<String>,
    /// How many notes were written for the customer.
    pub notes: u32,
    /// When the status page ends, UTC seconds.
    pub status_end: Option<u64>,
    /// How it was filled, or is to be.
    pub way: Way,
    /// The round that was not enough, where this one was asked for because of it.
    pub follows: Option<BoxId>,
    /// Why that one was not enough, by code.
    pub why: Option<String>,
}

const COLUMNS: &str = "box_id, request, number, state, opened, expires, request_hash, arrived, looked, record_hash, \
                       collect_leaf, problem, notes, status_end, way, follows, why";

fn row(row: &rusqlite::Row<'_>) -> rusqlite::Result<RoundRow> {
    Ok(RoundRow {
        box_id: row.get::<_, Raw<_>>(0)?.0,
        request: row.get::<_, Raw<_>>(1)?.0,
        number: row.get(2)?,
        state: row.get(3)?,
        opened: row.get(4)?,
        expires: row.get(5)?,
        request_hash: row.get(6)?,
        arrived: row.get(7)?,
        looked: row.get(8)?,
        record_hash: row.get(9)?,
        collect_leaf: row.get(10)?,
        problem: row.get(11)?,
        notes: row.get(12)?,
        status_end: row.get(13)?,
        way: row.get(14)?,
        follows: row.get::<_, Option<Raw<_>>>(15)?.map(|id| id.0),
        why: row.get(16)?,
    })
}

/// What collecting writes down.
#[derive(Debug, Clone, Copy)]
pub struct Arrival<'a> {
    /// UTC seconds.
    pub at: u64,
    /// The submit body.
    pub submit_body: &'a [u8],
    /// `H(record)`.
    pub record_hash: [u8; 32],
    /// The chunk size its digests were counted in, in bytes.
    pub chunk_size: u32,
    /// The ledger entry that names it.
    pub leaf: u64,
}

impl Db<'_> {
    /// A round.
    pub fn round(self, id: BoxId) -> Result<RoundRow, VaultError> {
        self.find_round(id)?.ok_or(VaultError::NotFound)
    }

    /// A round, if it is ours.
    pub fn find_round(self, id: BoxId) -> Result<Option<RoundRow>, VaultError> {
        self.first(&format!("SELECT {COLUMNS} FROM round WHERE box_id = ?1"), [Raw(id)], row)
    }

    /// A request's rounds, first to last.
    pub fn rounds_of(self, request: RequestId) -> Result<Vec<RoundRow>, VaultError> {
        self.all(
            &format!("SELECT {COLUMNS} FROM round WHERE request = ?1 ORDER BY number"),
            [Raw(request)],
            row,
        )
    }

    /// Every round in one state.
    pub fn rounds_in(self, state: RoundState) -> Result<Vec<RoundRow>, VaultError> {
        self.all(&format!("SELECT {COLUMNS} FROM round WHERE state = ?1 ORDER BY opened"), [state], row)
    }

    /// Every round of one relay in one state.
    pub fn rounds_at(self, relay: RelayId, state: RoundState) -> Result<Vec<RoundRow>, VaultError> {
        let sql = format!("SELECT {COLUMNS} FROM round WHERE relay = ?1 AND state = ?2 ORDER BY opened");
        self.all(&sql, (relay, state), row)
    }

    /// Rounds of one relay in one state whose link ended at `before` or earlier, UTC seconds.
    pub fn rounds_expired(
        self,
        relay: RelayId,
        state: RoundState,
        before: u64,
    ) -> Result<Vec<BoxId>, VaultError> {
        // By the states' index: few are waiting, and all may be of one relay.
        let sql = "SELECT box_id FROM round WHERE state = ?1 AND expires <= ?2 AND +relay = ?3";
        self.all(sql, (state, before, relay), |row| Ok(row.get::<_, Raw<_>>(0)?.0))
    }

    /// Rounds whose status page has ended.
    pub fn rounds_past_status(self, now: u64) -> Result<Vec<BoxId>, VaultError> {
        self.all("SELECT box_id FROM round WHERE status_end IS NOT NULL AND status_end <= ?1", [now], |row| {
            Ok(row.get::<_, Raw<_>>(0)?.0)
        })
    }

    /// The submit body and the chunk size its digests were counted in.
    pub fn submission(self, id: BoxId) -> Result<(Vec<u8>, u32), VaultError> {
        self.first(
            "SELECT submit_body, chunk_size FROM round WHERE box_id = ?1 AND submit_body IS NOT NULL",
            [Raw(id)],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .ok_or(VaultError::NotFound)
    }

    /// Adds a round.
    pub fn insert_round(self, round: &RoundRow) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO round (box_id, request, number, state, opened, expires, request_hash, way, follows, why)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            (
                Raw(round.box_id),
                Raw(round.request),
                round.number,
                round.state,
                round.opened,
                round.expires,
                round.request_hash,
                round.way,
                round.follows.map(Raw),
                &round.why,
            ),
        )?)
    }

    /// Moves a round on.
    pub fn set_round_state(self, id: BoxId, state: RoundState) -> Result<(), VaultError> {
        one(self.execute("UPDATE round SET state = ?2 WHERE box_id = ?1", (Raw(id), state))?)
    }

    /// Notes what is wrong with a round, or that nothing is any more.
    pub fn set_round_problem(self, id: BoxId, problem: Option<&str>) -> Result<(), VaultError> {
        one(self.execute("UPDATE round SET problem = ?2 WHERE box_id = ?1", (Raw(id), problem))?)
    }

    /// Notes why a link that waits is taken back, where no person here does it.
    pub fn set_taken_back(self, id: BoxId, why: &str) -> Result<(), VaultError> {
        one(self.execute("UPDATE round SET taken_back = ?2 WHERE box_id = ?1", (Raw(id), why))?)
    }

    /// Why a link was taken back, by code, where no person here did it.
    pub fn taken_back(self, id: BoxId) -> Result<Option<String>, VaultError> {
        let sql = "SELECT taken_back FROM round WHERE box_id = ?1";
        Ok(self.first(sql, [Raw(id)], |row| row.get(0))?.flatten())
    }

    /// Notes when somebody first looked.
    pub fn set_round_looked(self, id: BoxId, at: u64) -> Result<(), VaultError> {
        one(self.execute("UPDATE round SET looked = coalesce(looked, ?2) WHERE box_id = ?1", (Raw(id), at))?)
    }

    /// Notes when the status page ends.
    pub fn set_status_end(self, id: BoxId, end: Option<u64>) -> Result<(), VaultError> {
        one(self.execute("UPDATE round SET status_end = ?2 WHERE box_id = ?1", (Raw(id), end))?)
    }

    /// Takes the next number for a note.
    pub fn next_note(self, id: BoxId) -> Result<u32, VaultError> {
        self.first(
            "UPDATE round SET notes = notes + 1 WHERE box_id = ?1 RETURNING notes - 1",
            [Raw(id)],
            |row| row.get(0),
        )?
        .ok_or(VaultError::NotFound)
    }

    /// A submission is in the vault.
    pub fn set_collected(self, id: BoxId, arrival: &Arrival<'_>) -> Result<(), VaultError> {
        one(self.execute(
            "UPDATE round SET state = 'collected', arrived = ?2, submit_body = ?3, record_hash = ?4,
                    chunk_size = ?5, collect_leaf = ?6, problem = NULL
             WHERE box_id = ?1",
            (Raw(id), arrival.at, arrival.submit_body, arrival.record_hash, arrival.chunk_size, arrival.leaf),
        )?)
    }

    /// The agent fills a round whose link waited.
    pub fn set_round_filled(self, id: BoxId) -> Result<(), VaultError> {
        one(self.execute("UPDATE round SET way = 'filled' WHERE box_id = ?1", [Raw(id)])?)
    }

    /// Nothing of a round is left: forgets what described it.
    pub(crate) fn forget_submission(self, id: BoxId) -> Result<(), VaultError> {
        one(self.execute("UPDATE round SET submit_body = NULL WHERE box_id = ?1", [Raw(id)])?)
    }
}
