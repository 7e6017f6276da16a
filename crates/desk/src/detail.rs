//! One request as a whole, without opening anything: where it stands, what is held of it, who looked at what.

use crate::{Desk, DeskError, asking_again::is_answered};
use vault::{
    Db, PurgeId, RequestId, VaultError,
    tables::{
        holding::HoldingRow,
        look::LookRow,
        purge::PurgeRow,
        reminder::ReminderRow,
        request::{RequestRow, Shelf},
        round::RoundRow,
        slot::SlotRow,
        ticket::TicketRow,
    },
};
use wire::{BoxId, DataClass};

/// A request with its rounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestDetail {
    /// The request.
    pub row: RequestRow,
    /// Where its ticket stands.
    pub ticket: TicketRow,
    /// Whether its helpdesk says that it is over, though it is open here.
    pub over_there: bool,
    /// First to last.
    pub rounds: Vec<RoundDetail>,
}

/// A round with what is held of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoundDetail {
    /// The round.
    pub row: RoundRow,
    /// What is or was held, by class.
    pub holdings: Vec<HoldingRow>,
    /// Who opened and covered what, oldest first.
    pub looks: Vec<LookRow>,
    /// What it asks for.
    pub slots: Vec<SlotRow>,
    /// Who reminded the customer of its link, oldest first.
    pub reminders: Vec<ReminderRow>,
    /// Whether the customer was asked again because of it.
    pub answered: bool,
    /// Why its link was taken back, by code, where no person did just that: the ticket was `closed` here, or by its
    /// `helpdesk`.
    pub taken_back: Option<String>,
}

/// A purge with the classes it destroys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PurgeDetail {
    /// The purge.
    pub row: PurgeRow,
    /// Each once, in order.
    pub classes: Vec<DataClass>,
}

impl Desk {
    /// How many requests lie on each shelf that has any.
    pub async fn counts(&self) -> Result<Vec<(Shelf, u64)>, DeskError> {
        self.read(|db| Ok(db.shelf_counts()?)).await
    }

    /// One request. Needs no session: nothing here is content.
    pub async fn detail(&self, id: RequestId) -> Result<RequestDetail, DeskError> {
        self.read(move |db| {
            let row = db.request(id)?;
            let ticket = db.ticket(&row.ticket)?;
            let all = db.rounds_of(id)?;
            let rounds = all.iter().map(|round| round_detail(db, &all, round.clone()));
            let rounds = rounds.collect::<Result<_, _>>()?;
            let over_there = crate::helpdesks::is_over_there(db, &ticket)?;
            Ok(RequestDetail { ticket, over_there, rounds, row })
        })
        .await
    }

    /// The request that a box belongs to.
    pub async fn request_of(&self, id: BoxId) -> Result<RequestId, DeskError> {
        self.read(move |db| Ok(db.round(id)?.request)).await
    }

    /// A page of the history, newest first; with a ticket, of those of tickets that start so.
    pub async fn purges(
        &self,
        ticket: Option<String>,
        before: Option<(u64, PurgeId)>,
        limit: u32,
    ) -> Result<Vec<PurgeDetail>, DeskError> {
        self.read(move |db| {
            let rows = match ticket {
                Some(ticket) => db.purges_starting(&ticket, before, limit)?,
                None => db.purges(before, limit)?,
            };
            rows.into_iter().map(|row| purge_detail(db, row)).collect()
        })
        .await
    }

    /// Purges that are not certified yet, oldest first.
    pub async fn unfinished(&self) -> Result<Vec<PurgeDetail>, DeskError> {
        self.read(|db| db.unfinished_purges()?.into_iter().map(|row| purge_detail(db, row)).collect()).await
    }

    /// One purge.
    pub async fn purge(&self, id: PurgeId) -> Result<PurgeDetail, DeskError> {
        self.read(move |db| purge_detail(db, db.purge(id)?)).await
    }
}

fn round_detail(db: Db<'_>, all: &[RoundRow], row: RoundRow) -> Result<RoundDetail, VaultError> {
    Ok(RoundDetail {
        holdings: db.holdings(row.box_id)?,
        looks: db.looks(row.box_id)?,
        slots: db.slots(row.box_id)?,
        reminders: db.reminders(row.box_id)?,
        answered: is_answered(all, &row),
        taken_back: db.taken_back(row.box_id)?,
        row,
    })
}

fn purge_detail(db: Db<'_>, row: PurgeRow) -> Result<PurgeDetail, DeskError> {
    let mut classes: Vec<_> = db.holdings_of(row.id)?.into_iter().map(|held| held.class).collect();
    classes.sort_unstable_by_key(|class| class.as_u8());
    classes.dedup();
    Ok(PurgeDetail { row, classes })
}
