//! What desks ask about the shares that are kept for them.

use super::{
    Store, StoreError,
    boxes::{self, state_from_sql},
    shares::{Erased, ShareKey, Standing},
};
use rusqlite::{Connection, OptionalExtension};
use std::sync::Arc;
use wire::{
    BoxId, DataClass, ProblemCode,
    api::{BoxState, ShareDeposit, ShareView},
    limits, sha256,
};
use zeroize::Zeroizing;

impl Store {
    /// A share, as long as its term lasts.
    pub(crate) async fn share(
        &self,
        desk: i64,
        id: BoxId,
        class: DataClass,
    ) -> Result<ShareView, StoreError> {
        let now = self.now();
        let (shares, time) = (Arc::clone(&self.shares), Arc::clone(&self.time));
        self.readers
            .read(move |conn| {
                boxes::of_desk(conn, desk, &id)?;
                let share = shares.read(ShareKey { id, class }, now)?.ok_or(ProblemCode::Ended)?;
                // By a clock that is not believed yet its term has passed: it neither goes nor is handed out.
                if time.may_be(share.term) { Err(StoreError::Unavailable) } else { Ok(share) }
            })
            .await
    }

    /// Moves a term that has not passed, to no later than its bound. Ok means durably.
    pub(crate) async fn move_share_term(
        &self,
        desk: i64,
        id: BoxId,
        class: DataClass,
        term: u64,
    ) -> Result<(), StoreError> {
        let now = self.now();
        self.writer
            .run("term", move |batch| {
                boxes::of_desk(batch.conn, desk, &id)?;
                let key = ShareKey { id, class };
                let (before, most) =
                    batch.term(key).filter(|(before, _)| now < *before).ok_or(ProblemCode::Ended)?;
                if term <= now || term > most {
                    return Err(ProblemCode::BadRequest.into());
                }
                if term != before && !batch.move_term(key, term)? {
                    return Err(ProblemCode::Ended.into());
                }
                Ok(())
            })
            .await
    }

    /// Overwrites a share, if it is there; whether it was overwritten here, now or before. Ok means durably.
    pub(crate) async fn erase_share(
        &self,
        desk: i64,
        id: BoxId,
        class: DataClass,
    ) -> Result<bool, StoreError> {
        self.writer
            .run("share", move |batch| {
                boxes::of_desk(batch.conn, desk, &id)?;
                Ok(batch.erase_share(ShareKey { id, class })? != Erased::Unknown)
            })
            .await
    }

    /// How many shares are kept now.
    pub(crate) fn shares_kept(&self) -> usize {
        self.shares.count()
    }
}

/// Which records a box may have: shares while its desk has not ended it, what is left of them as long as it is there.
pub(super) fn standing(conn: &Connection, id: &BoxId) -> rusqlite::Result<Standing> {
    let state = conn
        .prepare_cached("SELECT state FROM box WHERE id = ?1")?
        .query_row([id.as_bytes()], |row| state_from_sql(row.get(0)?))
        .optional()?;
    Ok(match state {
        None => Standing::Unknown,
        Some(BoxState::Purged | BoxState::Revoked) => Standing::Ended,
        Some(_) => Standing::Lives,
    })
}

/// One share a class at most, each with a term that lies ahead and has a sensible bound.
pub(super) fn are_fine(shares: &[ShareDeposit], now: u64, lifetime_max: u64) -> bool {
    let latest = now.saturating_add(lifetime_max).saturating_add(limits::SHARE_TERM_MAX);
    shares.len() <= DataClass::ALL.len()
        && DataClass::ALL.iter().all(|class| shares.iter().filter(|share| share.class == *class).count() <= 1)
        && shares
            .iter()
            .all(|share| now < share.term && share.term <= share.term_max && share.term_max <= latest)
}

/// Over everything about the shares, in the order they came. It says nothing about any of their 32 random bytes.
pub(super) fn hash_of(shares: &[ShareDeposit]) -> [u8; 32] {
    let mut bytes = Zeroizing::new(Vec::with_capacity(shares.len() * 49));
    for share in shares {
        bytes.push(share.class.as_u8());
        bytes.extend_from_slice(&share.term.to_be_bytes());
        bytes.extend_from_slice(&share.term_max.to_be_bytes());
        bytes.extend_from_slice(share.share.expose_bytes());
    }
    sha256(&bytes)
}
