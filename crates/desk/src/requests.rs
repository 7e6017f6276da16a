//! Asking a customer, and taking a link back.

use crate::{
    Desk, DeskError, Template,
    desk::Opening,
    notes,
    rounds::{Draft, NOT_OPENED, draft, insert_round, relay_limits},
    shelves::reshelve,
};
use helpdesk::TicketRef;
use seal::{Link, next, note::Says, phrase::Phrase, request, submission::Owner};
use vault::{
    Change, RequestId, VaultError,
    tables::{
        outbox::Message,
        request::{RequestRow, Shelf},
        round::RoundState,
    },
};
use wire::{
    BoxId,
    api::{Base64, OpenBox},
};
use zeroize::Zeroizing;

/// What an agent asks for.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The helpdesk's ticket.
    pub ticket: String,
    /// What to ask for.
    pub template: Template,
    /// The brand it is asked for; empty for the company itself.
    pub client: String,
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
        let company = self.company().await?;
        let (template, client) = (ask.template, ask.client.clone());
        let (owner, agent, who) = (session.person().to_string(), session.name().to_owned(), session.who());
        let desk = self.clone();
        let opened = self
            .vault(move |vault, now| {
                let ticket = vault.change(now, |change| crate::tickets::current(change, &ticket))?;
                let draft = draft(vault, template, ticket.as_str(), &company, &agent, now)?;
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
                        template: template.code().to_owned(),
                        owner,
                        client,
                        created: now,
                        shelf: Shelf::Waiting,
                        moved: now,
                        due: None,
                    })?;
                    insert_round(change, id, template, &draft, &sealed, who)?;
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

    /// Opens the box of a round whose keys are durable. Where the round replaces one that was taken back, the new
    /// link is passed on in the same change that makes it count.
    pub(crate) async fn open_box(
        &self,
        request: RequestId,
        draft: Draft,
        sealed: Vec<u8>,
        replaces: Option<(Link, Owner)>,
        // Held until the box counts or is given up.
        _opening: Opening,
    ) -> Result<NewLink, DeskError> {
        let Draft { link, request: asked, .. } = draft;
        let id = link.box_id();
        let phrase = Phrase::derive(&link, &request::request_hash(&sealed)).to_string();
        let open = OpenBox {
            id,
            token_hash: link.upload_token().hash(),
            request: Base64(sealed),
            expires: asked.expires,
            limits: relay_limits(asked.limits),
            chunk_size: None,
            shares: Vec::new(),
        };
        let opened = self.inner.relay.open_box(&open).await;
        vault::fault::point("request.box-open");
        if let Err(error) = opened {
            // Nobody has the link; whether the box is open is not known: both go.
            self.end_round(id, RoundState::Revoked, NOT_OPENED).await?;
            return Err(error.into());
        }
        let url = link.url(self.origin());
        self.vault(move |vault, now| vault.change(now, |change| now_waits(change, &link, replaces.as_ref())))
            .await?;
        self.inner.outbox_bell.notify_one();
        self.tell_news();
        Ok(NewLink { request, box_id: id, url, phrase, expires: asked.expires })
    }

    /// Rounds whose box is not known to be open, and that nobody is opening: nobody has their link, both sides go.
    pub(crate) async fn abandon_unopened(&self) -> Result<(), DeskError> {
        let rounds = self.vault(|vault, _| Ok(vault.db().rounds_in(RoundState::Opening)?)).await?;
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
        let (template, ticket) = (ask.template, ask.ticket.clone());
        self.vault(move |vault, now| {
            let draft = draft(vault, template, ticket.trim(), &company, session.name(), now)?;
            Ok(serde_json::to_string(&draft.request).map_err(|_| VaultError::Internal("request"))?)
        })
        .await
    }

    /// The link of a round that still waits, once more: for whoever holds one of its classes.
    pub async fn link(&self, id: BoxId) -> Result<NewLink, DeskError> {
        let session = self.session()?;
        let origin = self.origin().to_owned();
        self.vault(move |vault, _| {
            let round = vault.db().round(id)?;
            if !matches!(round.state, RoundState::Waiting | RoundState::Sending) {
                return Err(VaultError::WrongState.into());
            }
            let link = crate::take_back::kept_link(vault, &session, id)?.ok_or(VaultError::NotGranted)?;
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

/// The relay has the box: the round waits for its customer, unless its ticket was closed meanwhile.
fn now_waits(
    change: &mut Change<'_>,
    link: &Link,
    replaces: Option<&(Link, Owner)>,
) -> Result<(), DeskError> {
    let (db, id) = (change.db(), link.box_id());
    let round = db.round(id)?;
    if round.state != RoundState::Opening {
        return Err(VaultError::WrongState.into());
    }
    db.set_round_state(id, RoundState::Waiting)?;
    if db.ticket(&db.request(round.request)?.ticket)?.closed.is_some_and(|closed| closed > round.opened) {
        db.tell(id, &Message::Revoke)?;
    }
    if let Some((old, owner)) = replaces {
        let sealed = next::seal(change.rng(), old, owner, link).map_err(|_| VaultError::Internal("link"))?;
        notes::write(change, old.box_id(), Says::Replaced { next: Base64(sealed) })?;
    }
    reshelve(change, round.request)?;
    Ok(())
}
