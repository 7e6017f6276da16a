//! What ends soon and nobody looked at: said a day before and four hours before, once each, also after a restart.

use crate::{Desk, DeskError, desk::guard};
use std::mem;
use vault::{RequestId, tables::holding::EndsUnseen};
use wire::BoxId;

/// How long before its end that is said, in seconds, the earlier first.
pub const WARN_BEFORE: [u64; 2] = [24 * 3_600, 4 * 3_600];

/// A request whose customer waits for a reminder, or of which something ends unseen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hint {
    /// The request.
    pub request: RequestId,
    /// The box of a link that waits and is worth a reminder.
    pub remind: Option<BoxId>,
    /// How often that was done.
    pub reminded: u32,
    /// When the first of what nobody opened ends, where that is within a day; UTC seconds.
    pub ends_unseen: Option<u64>,
}

impl Desk {
    /// What is worth a look on a page of the inbox.
    pub async fn hints(&self, requests: Vec<RequestId>) -> Result<Vec<Hint>, DeskError> {
        let now = self.now();
        self.read(move |db| {
            let unseen = db.ends_unseen(now + WARN_BEFORE[0])?;
            let mut hints = Vec::new();
            for request in requests {
                let mut hint = Hint { request, remind: None, reminded: 0, ends_unseen: None };
                for round in db.rounds_of(request)? {
                    let of_round = unseen.iter().filter(|each| each.box_id == round.box_id);
                    let first = of_round.map(|each| each.due).min();
                    hint.ends_unseen = [hint.ends_unseen, first].into_iter().flatten().min();
                    let reminders = db.reminders(round.box_id)?;
                    if crate::reminder_is_due(round.state, round.opened, round.expires, &reminders, now) {
                        hint.remind = Some(round.box_id);
                        hint.reminded = u32::try_from(reminders.len()).unwrap_or(u32::MAX);
                    }
                }
                hints.push(hint);
            }
            Ok(hints)
        })
        .await
    }

    /// What ends within a day and nobody opened, soonest first.
    pub async fn ends_unseen(&self) -> Result<Vec<EndsUnseen>, DeskError> {
        let now = self.now();
        self.read(move |db| Ok(db.ends_unseen(now + WARN_BEFORE[0])?)).await
    }

    /// The warnings that became due since the last call, each once.
    pub fn take_warnings(&self) -> Vec<EndsUnseen> {
        mem::take(&mut *guard(&self.inner.warnings))
    }

    /// Notes which warnings became due. Written down before anybody is told: one that is lost with the power stands in
    /// the lists all the same, and none is said twice.
    pub(crate) async fn warn_of_unseen(&self) -> Result<(), DeskError> {
        let fresh = self
            .vault(|vault, now| {
                let fresh: Vec<(EndsUnseen, u32)> = vault
                    .db()
                    .ends_unseen(now + WARN_BEFORE[0])?
                    .into_iter()
                    .filter_map(|each| {
                        let reached = WARN_BEFORE.iter().filter(|before| now + **before >= each.due).count();
                        let reached = u32::try_from(reached).unwrap_or(u32::MAX);
                        (reached > each.warned && each.due > now).then_some((each, reached))
                    })
                    .collect();
                if !fresh.is_empty() {
                    vault.change(now, |change| {
                        fresh.iter().try_for_each(|(each, reached)| {
                            change.db().set_warned(each.box_id, each.class, *reached)
                        })
                    })?;
                }
                Ok(fresh)
            })
            .await?;
        if !fresh.is_empty() {
            guard(&self.inner.warnings).extend(fresh.into_iter().map(|(each, _)| each));
            self.tell_news();
        }
        Ok(())
    }
}
