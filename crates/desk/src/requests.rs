//! Asking a customer, and taking a link back.

use crate::{
    Desk, DeskError, Template,
    asking_again::{self, Again},
    desk::Opening,
    helpdesks::{ask_about, tell_helpdesk},
    lines::Line,
    notes,
    rounds::{Begun, Draft, NOT_OPENED, Plan, draft, insert_round, relay_limits},
    shares::Wait,
    shelves::reshelve,
    template::GUARANTEE_MAX,
};
use helpdesk::{Outgoing, TicketRef};
use seal::{
    Link, next,
    note::{NextLink, Says},
    phrase::Phrase,
    request,
    submission::Owner,
};
use vault::{
    Change, RequestId, Vault, VaultError,
    tables::{
        claim::Claimed,
        outbox::Message,
        request::{RequestRow, Shelf},
        round::RoundState,
        ticket_note::TicketSays,
    },
};
use wire::{
    BoxId,
    api::{Base64, OpenBox},
};
use zeroize::Zeroizing;

/// What a preview shows where no date was chosen yet, in seconds from now.
const SOME_DAY: u64 = 14 * 86_400;

/// What an agent asks for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The helpdesk's ticket.
    pub ticket: String,
    /// What to ask for.
    pub template: Template,
    /// The brand it is asked for; empty for the company itself.
    pub client: String,
    /// Until when a card is kept as a guarantee, UTC seconds; for templates that take a date.
    pub until: Option<u64>,
}

impl Ask {
    /// A guarantee has a date, not over and not too far away.
    pub(crate) fn plan(&self, now: u64) -> Result<Plan, DeskError> {
        if !self.template.takes_date() {
            return Ok(Plan::new(self.template, None));
        }
        let until = self.until.filter(|until| *until > now && *until <= now + GUARANTEE_MAX);
        Ok(Plan::new(self.template, Some(until.ok_or(DeskError::Date)?)))
    }
}

/// What a new round follows from.
pub(crate) enum Follows {
    /// It replaces one that was taken back: only who submitted that finds it.
    Replaced(Link, Owner),
    /// The one before was not enough: whoever holds its link finds it.
    Again(Again),
}

/// A link to hand to the customer. It is shown once and kept nowhere in the clear.
pub struct NewLink {
    /// The request.
    pub request: RequestId,
    /// This round's box.
    pub box_id: BoxId,
    /// The whole link.
    pub url: Zeroizing<String>,
    /// Five words that page and desk show alike.
    pub phrase: String,
    /// When it ends, UTC seconds.
    pub expires: u64,
}

impl Desk {
    /// Asks: makes a request with its first round. The keys are durable before the box is opened, and the link is
    /// shown only once the relay has it.
    pub async fn ask(&self, ask: &Ask) -> Result<NewLink, DeskError> {
        let session = self.session()?;
        let ticket: TicketRef = ask.ticket.parse().map_err(|_| DeskError::Ticket)?;
        // The customer is shown both, and the ticket's helpdesk knows one.
        outgoing([ask.ticket.as_str(), &ask.client])?;
        let company = self.company().await?;
        let ask = ask.clone();
        let (owner, agent, who) = (session.person().to_string(), session.name().to_owned(), session.who());
        let desk = self.clone();
        let opened = self
            .vault(move |vault, now| {
                let ticket = vault.change(now, |change| crate::tickets::current(change, &ticket))?;
                let draft = draft(vault, ask.plan(now)?, ticket.as_str(), &company, &agent, now)?;
                let sealed = draft
                    .request
                    .seal(&*vault.rng(), &draft.link)
                    .map_err(|_| VaultError::Internal("request"))?;
                let opening = desk.opening(draft.link.box_id());
                let id = vault.change(now, |change| {
                    let id = RequestId::make(change.rng())?;
                    change.db().insert_request(&RequestRow {
                        id,
                        ticket: ticket.as_str().to_owned(),
                        template: ask.template.code().to_owned(),
                        owner,
                        client: ask.client,
                        created: now,
                        shelf: Shelf::Waiting,
                        moved: now,
                        due: None,
                    })?;
                    insert_round(change, id, &draft, &sealed, who)?;
                    Ok::<_, DeskError>(id)
                })?;
                vault::fault::point("request.durable");
                Ok((id, draft, sealed, opening))
            })
            .await;
        let (request, draft, sealed, opening) = opened?;
        // On its own: whoever asked may give up waiting, the round must not stay half open.
        let desk = self.clone();
        tokio::spawn(async move { desk.open_box(request, draft, sealed, None, opening).await })
            .await
            .map_err(|_| DeskError::Closing)?
    }

    /// Opens the box of a round whose keys are durable. Where the round follows another, its link is passed on in the
    /// same change that makes it count.
    pub(crate) async fn open_box(
        &self,
        request: RequestId,
        draft: Draft,
        sealed: Vec<u8>,
        follows: Option<Follows>,
        // Held until the box counts or is given up.
        _opening: Opening,
    ) -> Result<NewLink, DeskError> {
        let shares = draft.deposits();
        // Theirs are the only copies from here on.
        let Draft { link, request: asked, relay, identities, shares: kept, plan: _ } = draft;
        drop((identities, kept));
        let id = link.box_id();
        let phrase = Phrase::derive(&link, &request::request_hash(&sealed)).to_string();
        let open = OpenBox {
            id,
            token_hash: link.upload_token().hash(),
            request: Base64(sealed),
            expires: asked.expires,
            limits: relay_limits(asked.limits),
            chunk_size: None,
            shares,
        };
        let opened = match self.line(relay) {
            Ok(line) => line.client.open_box(&open).await.map(|_| line).map_err(DeskError::from),
            Err(error) => Err(error),
        };
        vault::fault::point("request.box-open");
        // The relay has them; this desk forgets them before anybody has the link.
        drop(open);
        vault::fault::point("request.share-forgotten");
        let line = match opened {
            Ok(line) => line,
            Err(error) => {
                // Nobody has the link; whether the box is open is not known: both go.
                self.end_round(id, RoundState::Revoked, NOT_OPENED).await?;
                return Err(error);
            }
        };
        let url = link.url(line.client.origin());
        let passed_on = NextLink::new(url.clone());
        self.vault(move |vault, now| {
            let begun = vault.change(now, |change| now_waits(change, &link, follows.as_ref(), passed_on))?;
            vault.remember_named(begun.into_iter().collect());
            Ok(())
        })
        .await?;
        self.inner.purge_bell.notify_one();
        self.inner.outbox_bell.notify_one();
        self.inner.helpdesk_bell.notify_one();
        self.tell_news();
        Ok(NewLink { request, box_id: id, url, phrase, expires: asked.expires })
    }

    /// Rounds whose box is not known to be open, and that nobody is opening: nobody has their link, both sides go.
    pub(crate) async fn abandon_unopened(&self, line: &Line) -> Result<(), DeskError> {
        let relay = line.id;
        let opening = move |vault: &mut Vault, _| Ok(vault.db().rounds_at(relay, RoundState::Opening)?);
        let rounds = self.vault(opening).await?;
        for round in rounds {
            if !self.is_opening(round.box_id) {
                self.end_round(round.box_id, RoundState::Revoked, NOT_OPENED).await?;
            }
        }
        Ok(())
    }

    /// What a customer would be shown, as JSON. Nothing is made, written or sent; the ticket may still be half typed.
    pub async fn preview(&self, ask: &Ask) -> Result<String, DeskError> {
        let session = self.session()?;
        let company = self.company().await?;
        let ask = ask.clone();
        self.vault(move |vault, now| {
            // A date that is still being chosen stands for one that could be.
            let some_day = || Plan::new(ask.template, ask.template.takes_date().then_some(now + SOME_DAY));
            let plan = ask.plan(now).unwrap_or_else(|_| some_day());
            let draft = draft(vault, plan, ask.ticket.trim(), &company, session.name(), now)?;
            Ok(serde_json::to_string(&draft.request).map_err(|_| VaultError::Internal("request"))?)
        })
        .await
    }

    /// The link of a round that still waits, once more: for whoever holds one of its classes.
    pub async fn link(&self, id: BoxId) -> Result<NewLink, DeskError> {
        let session = self.session()?;
        let origin = self.line_of(id).await?.client.origin().to_owned();
        let shares = self.shares(&session, vec![id], Wait::Whole).await?;
        self.vault(move |vault, _| {
            let round = vault.db().round(id)?;
            if !matches!(round.state, RoundState::Waiting | RoundState::Sending) {
                return Err(VaultError::WrongState.into());
            }
            let link = crate::take_back::kept_link(vault, &session, &shares, id)?;
            let link = link.ok_or_else(|| shares.why_not(id))?;
            let phrase = Phrase::derive(&link, &round.request_hash).to_string();
            let (request, expires) = (round.request, round.expires);
            Ok(NewLink { request, box_id: id, url: link.url(&origin), phrase, expires })
        })
        .await
    }

    /// Takes a link back. The relay decides what it accepted before: that is collected, not lost.
    pub async fn revoke(&self, id: BoxId) -> Result<(), DeskError> {
        self.session()?;
        self.vault(move |vault, now| {
            vault.change(now, |change| {
                if !matches!(change.db().round(id)?.state, RoundState::Waiting | RoundState::Sending) {
                    return Err(VaultError::WrongState);
                }
                change.db().tell(id, &Message::Revoke)
            })?;
            Ok(())
        })
        .await?;
        self.inner.outbox_bell.notify_one();
        Ok(())
    }
}

/// Refuses a card number in what would leave this desk, and says so.
pub(crate) fn outgoing<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<(), DeskError> {
    for text in texts {
        Outgoing::parse(text).map_err(|held| DeskError::Outgoing(held.to_string()))?;
    }
    Ok(())
}

/// The relay has the box: the round waits for its customer, unless its ticket was closed meanwhile.
fn now_waits(
    change: &mut Change<'_>,
    link: &Link,
    follows: Option<&Follows>,
    passed_on: NextLink,
) -> Result<Option<Begun>, DeskError> {
    let (db, id) = (change.db(), link.box_id());
    let round = db.round(id)?;
    if round.state != RoundState::Opening {
        return Err(VaultError::WrongState.into());
    }
    db.set_round_state(id, RoundState::Waiting)?;
    let row = db.ticket(&db.request(round.request)?.ticket)?;
    if row.closed.is_some_and(|closed| closed > round.opened) {
        db.tell(id, &Message::Revoke)?;
        db.set_taken_back(id, if row.by_hand { "closed" } else { "helpdesk" })?;
    }
    let begun = match follows {
        Some(Follows::Replaced(old, owner)) => {
            let sealed =
                next::seal(change.rng(), old, owner, link).map_err(|_| VaultError::Internal("link"))?;
            notes::write(change, old.box_id(), Says::Replaced { next: Base64(sealed) })?;
            None
        }
        Some(Follows::Again(again)) => asking_again::pass_on(change, again, &round, passed_on)?,
        None => None,
    };
    let ticket = db.request(round.request)?.ticket;
    tell_helpdesk(change, &ticket, TicketSays::Requested, None)?;
    ask_about(change, &ticket, Claimed::Asked)?;
    reshelve(change, round.request)?;
    Ok(begun)
}
