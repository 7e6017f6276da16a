//! Asking helpdesks for their news: each at most once a minute, later where it asks for that or does not answer, at
//! once when a person wants it. Locked or not.

mod standing;

use super::{
    calling::{Unheard, helpdesk_failure},
    hearing::{Heeded, hear_confirmed, hear_news},
    mapping::{helpdesk_of, setup, there},
};
use crate::{Desk, DeskError, desk::guard};
use futures_util::{StreamExt, stream::FuturesUnordered};
use helpdesk::{Confirmation, Credential, Helpdesk, Pull, Step, TicketNews, Trouble, Unheeded};
use standing::EVERY;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::time::Instant;
use vault::{
    HelpdeskId, VaultError,
    tables::{
        claim::{ClaimRow, Claimed},
        credential::CredentialKind,
        helpdesk::HelpdeskRow,
        ticket_note::TicketNoteRow,
    },
};

pub(crate) use standing::{Standing, Standings};

/// Pages of one round; the next round goes on where it ended.
const PAGES_MAX: u32 = 500;
/// A new connection looks back this far at most, in seconds: the longest that anything is held.
const LOOK_BACK: u64 = 30 * 86_400;
/// A ticket that no round mentions is asked about this often, in seconds, and so many after one round.
const UNMENTIONED: u64 = 86_400;
const UNMENTIONED_MAX: u32 = 10;
/// The longest sleep without a look.
const LOOK: Duration = Duration::from_secs(60);

impl Desk {
    /// Visits every connection when its time comes, or when there is something to ask or to tell.
    pub(crate) async fn run_helpdesks(&self) {
        let mut visits = FuturesUnordered::new();
        let mut under_way: HashSet<HelpdeskId> = HashSet::new();
        loop {
            let rows = self.read(|db| Ok(db.helpdesks()?)).await.unwrap_or_default();
            let mut wake = Instant::now() + LOOK;
            for row in rows.into_iter().filter(|row| !row.paused && row.setup.is_some()) {
                if under_way.contains(&row.id) {
                    continue;
                }
                let standing = self.inner.helpdesks.of(row.id);
                let due = standing.is_due();
                let owed = !due && standing.may_ask() && self.owes(row.id).await;
                if due || owed {
                    under_way.insert(row.id);
                    visits.push(async move {
                        // What went wrong is shown by then, and tried again.
                        let _ = self.visit(row.id, due).await;
                        row.id
                    });
                } else {
                    wake = wake.min(standing.next());
                }
            }
            tokio::select! {
                Some(id) = visits.next(), if !visits.is_empty() => { under_way.remove(&id); }
                () = self.inner.helpdesk_bell.notified() => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Whether something new is to be asked or told, that was not tried in vain before.
    async fn owes(&self, id: HelpdeskId) -> bool {
        let standing = self.inner.helpdesks.of(id);
        if guard(&standing.when).failures > 0 {
            return false;
        }
        let may_tell = standing.may_tell();
        self.read(move |db| {
            let waits = |note: &TicketNoteRow| !standing.is_barred(&note.ticket);
            Ok((may_tell && db.ticket_notes(id, u32::MAX)?.iter().any(waits))
                || !db.claims_of(id)?.is_empty())
        })
        .await
        .unwrap_or(false)
    }

    /// Asks a helpdesk now. One that asked to wait is not asked before.
    pub async fn pull_now(&self, id: HelpdeskId) -> Result<(), DeskError> {
        let row = self.read(move |db| Ok(db.helpdesk(id)?)).await?;
        if row.setup.is_none() || row.paused {
            return Err(VaultError::WrongState.into());
        }
        let standing = self.inner.helpdesks.of(id);
        if !standing.may_ask() {
            return Err(DeskError::Helpdesk(helpdesk_failure("slow-down")));
        }
        standing.unbar_all();
        self.visit(id, true).await
    }

    /// One visit: its news where `pull`, then what webhooks claim, then what is to be told.
    async fn visit(&self, id: HelpdeskId, pull: bool) -> Result<(), DeskError> {
        let standing = self.inner.helpdesks.of(id);
        let _turn = standing.turn.lock().await;
        // Removed or paused while another visit was under way.
        let row = self.read(move |db| Ok(db.helpdesk(id)?)).await?;
        let Some(helpdesk) = setup(&row)? else { return Ok(()) };
        if row.paused {
            return Ok(());
        }
        let which = id.to_string();
        let visited = self.ask_and_tell(&row, &helpdesk, &standing, pull).await;
        let result = match visited {
            Ok(wait) => {
                // One that only told something, or had nothing to ask, says nothing of how its news come.
                if pull {
                    standing.went(None, wait);
                    self.inner.troubles.clear("helpdesk", &which);
                }
                Ok(())
            }
            Err(Failed::Unheard(why)) => {
                standing.went(Some(why), 0);
                let code = why.code();
                self.vault(move |vault, now| {
                    Ok(vault.change(now, |change| change.db().set_helpdesk_failed(id, code, now))?)
                })
                .await?;
                self.say_failing(id).await?;
                Err(DeskError::Helpdesk(helpdesk_failure(code)))
            }
            Err(Failed::Paused) => Ok(()),
            // Removed meanwhile.
            Err(Failed::Desk(error @ DeskError::Vault(VaultError::NotFound))) => Err(error),
            Err(Failed::Desk(error)) => {
                standing.went(Some(Unheard::Silent(crate::transport::NoAnswer::Broken)), 0);
                self.inner.troubles.set("helpdesk", &which, &error);
                Err(error)
            }
        };
        self.tell_news();
        result
    }

    async fn say_failing(&self, id: HelpdeskId) -> Result<(), DeskError> {
        let row = self.read(move |db| Ok(db.helpdesk(id)?)).await?;
        let since = ledger::utc_text(row.failing.unwrap_or_else(|| self.now()));
        let why = helpdesk_failure(row.failure.as_deref().unwrap_or_default());
        let text = format!(
            "Helpdesk {} has not answered since {since}: {why}. Until then close tickets by hand; what was promised \
             is deleted at its time in any case.",
            row.name
        );
        self.inner.troubles.set("helpdesk", &id.to_string(), text);
        Ok(())
    }

    async fn ask_and_tell(
        &self,
        row: &HelpdeskRow,
        helpdesk: &Helpdesk,
        standing: &Standing,
        pull: bool,
    ) -> Result<u64, Failed> {
        let credential = self.token(row.id, standing).await?;
        let (id, begun) = (row.id, self.now());
        let wait = if pull { self.pull(row, helpdesk, &credential).await? } else { 0 };
        if pull {
            self.ask_about_unmentioned(id).await?;
        }
        let claims = self.read(move |db| Ok(db.claims_of(id)?)).await?;
        for claim in claims {
            if self.is_paused(id).await? {
                return Ok(wait);
            }
            self.settle(row, helpdesk, &credential, claim).await?;
        }
        if pull {
            standing.was_answered(begun);
            self.inner.purge_bell.notify_one();
        }
        if standing.may_tell() {
            self.tell(row, helpdesk, &credential, standing).await?;
        }
        Ok(wait)
    }

    /// What it is to be told; if it does not take it, its news are heard all the same.
    async fn tell(
        &self,
        row: &HelpdeskRow,
        helpdesk: &Helpdesk,
        credential: &Credential,
        standing: &Standing,
    ) -> Result<(), DeskError> {
        let which = row.id.to_string();
        match self.tell_notes(row, helpdesk, credential, standing).await {
            Ok(0) => self.inner.troubles.clear("helpdesk-note", &which),
            Ok(barred) => {
                let tickets = if barred == 1 { "one of its tickets" } else { "some of its tickets" };
                let text = format!(
                    "Helpdesk {} does not let this account write internal notes into {tickets}: give the account that \
                     right there. They wait; switch notes off in the settings if it is not to have any.",
                    row.name
                );
                self.inner.troubles.set("helpdesk-note", &which, text);
            }
            Err(Failed::Desk(error)) => return Err(error),
            Err(Failed::Paused) => {}
            Err(Failed::Unheard(why)) => {
                standing.told_in_vain(why);
                let text = format!(
                    "Helpdesk {} does not take internal notes: {}. They wait; switch notes off in the settings if it \
                     is not to have any.",
                    row.name,
                    helpdesk_failure(why.code())
                );
                self.inner.troubles.set("helpdesk-note", &which, text);
            }
        }
        Ok(())
    }

    /// The token of a connection, read from where it lies once.
    async fn token(&self, id: HelpdeskId, standing: &Standing) -> Result<Arc<Credential>, Failed> {
        if let Some(known) = guard(&standing.credential).clone() {
            return Ok(known);
        }
        let bytes = self.credential(id, CredentialKind::Token).await?;
        let text = bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let credential = text.and_then(|text| Credential::parse(text).ok());
        let credential = Arc::new(credential.ok_or(Failed::Unheard(Unheard::NoCredential))?);
        *guard(&standing.credential) = Some(Arc::clone(&credential));
        Ok(credential)
    }

    /// Everything that changed since the last round. Returns how long the helpdesk asks to wait, in seconds.
    async fn pull(
        &self,
        row: &HelpdeskRow,
        helpdesk: &Helpdesk,
        credential: &Credential,
    ) -> Result<u64, Failed> {
        let kept = row.cursor.as_deref().and_then(|text| Pull::from_text(text).ok());
        let mut pull = match kept {
            Some(pull) => pull,
            None => helpdesk.pull(self.since().await?),
        };
        for _ in 0..PAGES_MAX {
            let call = helpdesk.pull_call(&mut pull, self.now());
            let answer = self.call_helpdesk(helpdesk, credential, call).await?;
            let page = helpdesk.pulled(&pull, &answer).map_err(Unheard::Answered)?;
            if !self.heed(row, page.news, page.next.to_text()).await? {
                return Err(Failed::Paused);
            }
            if !page.more {
                return Ok(page.wait);
            }
            pull = page.next;
            tokio::time::sleep(Duration::from_secs(page.wait)).await;
        }
        Ok(0)
    }

    /// Since when a new connection's news matter: since the oldest request that is still alive.
    async fn since(&self) -> Result<u64, DeskError> {
        let now = self.now();
        let oldest = self.read(|db| Ok(db.oldest_live()?)).await?.unwrap_or(now);
        Ok(oldest.clamp(now.saturating_sub(LOOK_BACK), now))
    }

    async fn is_paused(&self, id: HelpdeskId) -> Result<bool, DeskError> {
        self.read(move |db| Ok(db.helpdesk(id)?.paused)).await
    }

    /// Tickets that something is held or waited for, and that no round mentioned for a day: some helpdesks say nothing
    /// of one that was moved or merged away.
    async fn ask_about_unmentioned(&self, id: HelpdeskId) -> Result<(), DeskError> {
        self.vault(move |vault, now| {
            let rows = vault.db().helpdesks()?;
            // Of every connection: those of others are left to their own rounds.
            let found = vault.db().unmentioned(now.saturating_sub(UNMENTIONED), 10 * UNMENTIONED_MAX)?;
            let ours =
                found.into_iter().filter(|ticket| helpdesk_of(&rows, ticket).is_some_and(|of| of.id == id));
            let ours: Vec<_> = ours.take(UNMENTIONED_MAX as usize).collect();
            if ours.is_empty() {
                return Ok(());
            }
            vault.change(now, |change| {
                for ticket in &ours {
                    super::ask_about(change, ticket, Claimed::Unheard)?;
                    change.db().set_mentioned(ticket, now)?;
                }
                Ok::<_, DeskError>(())
            })
        })
        .await
    }

    /// Applies a page of news, and with it the place the next one goes on at; `false` where the connection was paused
    /// meanwhile, and the page is left for later.
    async fn heed(
        &self,
        row: &HelpdeskRow,
        news: Vec<TicketNews>,
        cursor: String,
    ) -> Result<bool, DeskError> {
        let row = row.clone();
        let acted = self
            .vault(move |vault, now| {
                vault.change(now, |change| {
                    let rows = change.db().helpdesks()?;
                    if change.db().helpdesk(row.id)?.paused {
                        return Ok(None);
                    }
                    let (mut acted, last) = (false, row.answered.unwrap_or(0));
                    for each in &news {
                        match hear_news(change, &rows, &row, each, true)? {
                            Heeded::Acted => acted = true,
                            // Rounds overlap: once is enough.
                            Heeded::Nothing(Unheeded::Unknown) if each.at + EVERY >= last => {
                                change.db().disbelieve(row.id, "unknown-state", 1, now)?;
                            }
                            _ => {}
                        }
                    }
                    change.db().set_helpdesk_answered(row.id, Some(&cursor), now)?;
                    Ok::<_, DeskError>(Some(acted))
                })
            })
            .await?;
        if acted == Some(true) {
            self.ring_all();
        }
        Ok(acted.is_some())
    }

    /// Asks how a ticket stands of which a webhook, or a page, left it open.
    async fn settle(
        &self,
        row: &HelpdeskRow,
        helpdesk: &Helpdesk,
        credential: &Credential,
        claim: ClaimRow,
    ) -> Result<(), Failed> {
        let confirmation = there(row, helpdesk, &claim.ticket).and_then(|name| helpdesk.confirm(&name).ok());
        let answer = match confirmation {
            Some(confirmation) => self.confirmed(helpdesk, credential, confirmation).await,
            None => Ok(Err("no-ticket")),
        };
        let news = match answer {
            Ok(news) => news,
            // This ticket's own trouble: the others are asked about all the same.
            Err(Failed::Unheard(Unheard::Answered(trouble))) if is_of_one_ticket(trouble) => {
                Err(unsettled_code(trouble))
            }
            Err(failed) => return Err(failed),
        };
        let row = row.clone();
        self.vault(move |vault, now| {
            vault.change(now, |change| {
                let rows = change.db().helpdesks()?;
                match &news {
                    Ok(news) => hear_confirmed(change, &rows, &row, &claim, news),
                    // It shows no such ticket: what was claimed of it is not so.
                    Err("no-ticket") => {
                        change.db().drop_claim(&claim.ticket)?;
                        change.db().set_mentioned(&claim.ticket, now)?;
                        // A reference that somebody here typed is no webhook's fault.
                        if claim.says.is_own() {
                            return Ok(());
                        }
                        super::disbelieve(change, row.id, "no-ticket")
                    }
                    Err(code) => {
                        change.db().set_unsettled(&claim.ticket, code)?;
                        change.db().set_mentioned(&claim.ticket, now)?;
                        change.db().disbelieve(row.id, code, 1, now)?;
                        Ok(())
                    }
                }
            })
        })
        .await?;
        self.ring_all();
        Ok(())
    }

    async fn confirmed(
        &self,
        helpdesk: &Helpdesk,
        credential: &Credential,
        mut confirmation: Confirmation,
    ) -> Result<Result<TicketNews, &'static str>, Failed> {
        loop {
            let call = helpdesk.confirm_call(&confirmation);
            let answer = self.call_helpdesk(helpdesk, credential, call).await?;
            match helpdesk.confirmed(confirmation, &answer) {
                Ok(Step::Ask(next)) => confirmation = next,
                Ok(Step::Done(news)) => return Ok(Ok(news)),
                Err(Trouble::NoTicket) => return Ok(Err("no-ticket")),
                Err(trouble) => return Err(Unheard::Answered(trouble).into()),
            }
        }
    }
}

/// What a helpdesk answers of one ticket and may not of the next.
pub(super) const fn is_of_one_ticket(trouble: Trouble) -> bool {
    matches!(trouble, Trouble::NotAllowed | Trouble::Refused { .. } | Trouble::Malformed | Trouble::TooLarge)
}

fn unsettled_code(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::NotAllowed => "may-not-read",
        _ => "not-readable",
    }
}

/// Why a visit came to nothing.
pub(crate) enum Failed {
    /// A person paused it meanwhile.
    Paused,
    /// The helpdesk.
    Unheard(Unheard),
    /// This desk.
    Desk(DeskError),
}

impl From<Unheard> for Failed {
    fn from(why: Unheard) -> Self {
        Self::Unheard(why)
    }
}

impl From<DeskError> for Failed {
    fn from(error: DeskError) -> Self {
        Self::Desk(error)
    }
}

#[cfg(test)]
#[path = "visits_tests.rs"]
mod tests;
