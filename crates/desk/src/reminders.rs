//! Reminding a customer of a link that waits: a message to copy, and a line in the ledger.

use crate::{Desk, DeskError, NewLink, collecting::ledger_box};
use ledger::What;
use vault::tables::{reminder::ReminderRow, round::RoundState};
use wire::BoxId;

/// Reminders of one link at most: after that a call is kinder, and more use.
pub const REMINDERS_MAX: usize = 5;
/// Copied again within this time it is the same reminder, seconds.
const SAME: u64 = 3_600;
/// A link that waited longer than this, or that ends within it, is worth a reminder; seconds.
const DAY: u64 = 86_400;

impl Desk {
    /// The link of a round that waits, to be sent once more, and how often that was done. The ledger says so.
    pub async fn remind(&self, id: BoxId) -> Result<(NewLink, Vec<ReminderRow>), DeskError> {
        let session = self.session()?;
        let link = self.link(id).await?;
        let reminders = self
            .vault(move |vault, now| {
                let mut reminders = vault.db().reminders(id)?;
                if reminders.last().is_some_and(|last| now < last.at + SAME) {
                    return Ok(reminders);
                }
                if reminders.len() >= REMINDERS_MAX {
                    return Err(DeskError::Enough);
                }
                let reminder = vault.change(now, |change| {
                    let leaf = change.record(session.who(), What::Reminded { box_id: ledger_box(id) })?;
                    let row = ReminderRow { leaf, box_id: id, at: now, person: session.person() };
                    change.db().insert_reminder(&row)?;
                    Ok::<_, DeskError>(row)
                })?;
                reminders.push(reminder);
                Ok(reminders)
            })
            .await?;
        self.tell_news();
        Ok((link, reminders))
    }
}

/// Whether a reminder is worth it now: it waited a day since it was made or last reminded of, or it ends within a day.
pub fn reminder_is_due(
    state: RoundState,
    opened: u64,
    expires: u64,
    reminders: &[ReminderRow],
    now: u64,
) -> bool {
    let said = reminders.last().map_or(opened, |last| last.at);
    let ends_soon = now + DAY >= expires && said + DAY < expires;
    state == RoundState::Waiting
        && now < expires
        && reminders.len() < REMINDERS_MAX
        && (now >= said + DAY || ends_soon)
}
