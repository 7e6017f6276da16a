//! What relays keep of request keys: each share's term as the relay last confirmed it, and whether it is gone. Never
//! the share itself.

use super::{Db, Raw, one, text_states};
use crate::{PurgeId, VaultError, tables::relay::RelayId};
use wire::{BoxId, DataClass};

text_states! {
    /// How it stands with a share.
    ShareState {
        /// The relay has it, as far as is known.
        Kept = "kept",
        /// The relay has none, and how it went is not known.
        Lost = "lost",
        /// The relay overwrote it, or its term has passed.
        Gone = "gone",
    }
}

/// A share's term that is to be moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShareMove {
    /// The box.
    pub box_id: BoxId,
    /// The class.
    pub class: DataClass,
    /// When the relay shall delete it by itself, UTC seconds.
    pub term: u64,
}

impl Db<'_> {
    /// How it stands with a share; none where the key needs none.
    pub fn share(self, id: BoxId, class: DataClass) -> Result<Option<ShareState>, VaultError> {
        let sql = "SELECT state FROM share WHERE box_id = ?1 AND class = ?2";
        self.first(sql, (Raw(id), Raw(class)), |row| row.get(0))
    }

    /// Notes that a share is deposited with the box.
    pub fn insert_share(
        self,
        id: BoxId,
        class: DataClass,
        term: u64,
        term_max: u64,
    ) -> Result<(), VaultError> {
        one(self.execute(
            "INSERT INTO share (box_id, class, term, term_max) VALUES (?1, ?2, ?3, ?4)",
            (Raw(id), Raw(class), term, term_max),
        )?)
    }

    /// Whether a relay keeps a part of any of a round's keys.
    pub fn has_shares(self, id: BoxId) -> Result<bool, VaultError> {
        Ok(self.first("SELECT 1 FROM share WHERE box_id = ?1 LIMIT 1", [Raw(id)], |_| Ok(()))?.is_some())
    }

    /// Shares of one relay whose term is not what their holding's end has become: whatever moved that end, this
    /// finds it. An end that is here already is not moved to any more: the share is deleted. Those come first whose term
    /// is over first.
    pub fn share_moves(self, relay: RelayId, now: u64) -> Result<Vec<ShareMove>, VaultError> {
        let sql = "SELECT box_id, class, wanted FROM (
                       SELECT share.box_id, share.class, share.term,
                              min(max(coalesce(due, share.term_max), coalesce(held_until, 0)), share.term_max)
                                  AS wanted
                       FROM share
                       JOIN holding ON holding.box_id = share.box_id AND holding.class = share.class
                       JOIN round ON round.box_id = share.box_id
                       WHERE share.state = 'kept' AND holding.state = 'alive'
                         AND round.relay = ?1 AND round.state <> 'opening')
                   WHERE wanted <> term AND wanted > ?2 ORDER BY term";
        self.all(sql, (relay, now), |row| {
            Ok(ShareMove {
                box_id: row.get::<_, Raw<_>>(0)?.0,
                class: row.get::<_, Raw<_>>(1)?.0,
                term: row.get(2)?,
            })
        })
    }

    /// The relay has this term now.
    pub fn set_share_term(self, moved: ShareMove) -> Result<(), VaultError> {
        let ShareMove { box_id, class, term } = moved;
        let sql = "UPDATE share SET term = ?3 WHERE box_id = ?1 AND class = ?2";
        one(self.execute(sql, (Raw(box_id), Raw(class), term))?)
    }

    /// What the relay says of a share; what is gone stays gone.
    pub fn set_share_state(self, id: BoxId, class: DataClass, state: ShareState) -> Result<(), VaultError> {
        self.execute(
            "UPDATE share SET state = ?3 WHERE box_id = ?1 AND class = ?2 AND state <> 'gone'",
            (Raw(id), Raw(class), state),
        )?;
        Ok(())
    }

    /// The relay has no share any more: gone when it says that it overwrote it, or when its term has passed by now; else
    /// lost, for another store of that relay may hold it still.
    pub fn end_share(self, id: BoxId, class: DataClass, erased: bool, now: u64) -> Result<(), VaultError> {
        self.execute(
            "UPDATE share SET state = iif(?3 OR term <= ?4, 'gone', 'lost')
             WHERE box_id = ?1 AND class = ?2 AND state <> 'gone'",
            (Raw(id), Raw(class), erased, now),
        )?;
        Ok(())
    }

    /// Whether every key that a purge destroyed had a share, and the relay confirmed each of them deleted.
    pub(crate) fn shares_gone(self, purge: PurgeId) -> Result<bool, VaultError> {
        let sql = "SELECT count(*), coalesce(sum(share.state = 'gone'), 0)
                   FROM holding LEFT JOIN share ON share.box_id = holding.box_id AND share.class = holding.class
                   WHERE holding.purge = ?1";
        let (all, gone): (u64, u64) =
            self.first(sql, [Raw(purge)], |row| Ok((row.get(0)?, row.get(1)?)))?.unwrap_or((0, 0));
        Ok(all > 0 && all == gone)
    }
}
