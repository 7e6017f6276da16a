//! Asking a customer: a round with its own keys, link and box. Taking a link back.

use crate::{Desk, DeskError, Template, collecting::ledger_box, shelves::reshelve};
use helpdesk::TicketRef;
use ledger::What;
use seal::{
    Link, RequestIdentity,
    json::{Hex32, V1},
    note::Says,
    phrase::Phrase,
    request::{self, Ask as SlotAsk, ClassRecipient, Notice, Request, Retention as Promise},
    wrap,
};
use std::collections::BTreeMap;
use vault::{
    Change, PurgeOrder, RequestId, Vault, VaultError,
    tables::{
        holding::{HoldingRow, HoldingState},
        outbox::Message,
        remark::RemarkKind,
        request::{RequestRow, Shelf},
        round::{RoundRow, RoundState},
        slot::{SlotKind, SlotRow},
    },
};
use wire::{
    BoxId, DataClass,
    api::{Base64, BoxLimits, OpenBox},
    limits,
};
use zeroize::Zeroizing;

/// What a customer may send, in bytes of their own files.
const LIMIT_BYTES: u64 = 100_000_000;
/// Files and cards in one submission; manifests come on top.
const LIMIT_ITEMS: u8 = limits::PARTS_MAX - DataClass::ALL.len() as u8;
/// What the customer is told before sending. A new wording is a new version.
const NOTICE: &str = "What you send is encrypted in your browser for this company alone. Each time it is opened is \
                      recorded. It is deleted on the date shown, and you can have it deleted at any time before.";
const NOTICE_VERSION: &str = "2026-11-1";

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

struct Draft {
    link: Link,
    request: Request,
    identities: BTreeMap<DataClass, RequestIdentity>,
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
        let opened = self
            .vault(move |vault, now| {
                let draft = draft(vault, template, ticket.as_str(), &company, &agent, now)?;
                let sealed = draft
                    .request
                    .seal(&*vault.rng(), &draft.link)
                    .map_err(|_| VaultError::Internal("request"))?;
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
                Ok((id, draft, sealed))
            })
            .await;
        let (request, draft, sealed) = opened?;
        self.open_box(request, draft, sealed).await
    }

    async fn open_box(
        &self,
        request: RequestId,
        draft: Draft,
        sealed: Vec<u8>,
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
        };
        let opened = self.inner.relay.open_box(&open).await;
        vault::fault::point("request.box-open");
        match opened {
            Ok(answer) => {
                let expires = answer.expires;
                self.vault(move |vault, now| {
                    vault.change(now, |change| change.db().set_round_state(id, RoundState::Waiting))?;
                    Ok(())
                })
                .await?;
                self.tell_news();
                let url = link.url(self.origin());
                Ok(NewLink { request, box_id: id, url, phrase, expires })
            }
            Err(error) => {
                // Nobody has the link; whether the box is open is not known: both go.
                self.end_round(id, RoundState::Revoked, "not-opened").await?;
                Err(error.into())
            }
        }
    }

    /// Rounds whose box was not known to be open when the desk last stopped: nobody has their link, both sides go.
    pub(crate) async fn abandon_unopened(&self) -> Result<(), DeskError> {
        let rounds = self.vault(|vault, _| Ok(vault.db().rounds_in(RoundState::Opening)?)).await?;
        for round in rounds {
            self.end_round(round.box_id, RoundState::Revoked, "not-opened").await?;
        }
        Ok(())
    }

    /// Takes a link back before anything arrived. What was already sent is not touched by it.
    pub async fn revoke(&self, id: BoxId) -> Result<(), DeskError> {
        self.session()?;
        self.end_round(id, RoundState::Revoked, "revoked").await
    }

    /// Ends a round that holds nothing: its keys go, and the relay is told.
    pub(crate) async fn end_round(
        &self,
        id: BoxId,
        state: RoundState,
        rule: &'static str,
    ) -> Result<(), DeskError> {
        self.vault(move |vault, now| {
            let begun = vault.change(now, |change| end_round(change, id, state, rule))?;
            vault.remember_named(vec![begun]);
            Ok(())
        })
        .await?;
        self.inner.purge_bell.notify_one();
        self.inner.outbox_bell.notify_one();
        self.tell_news();
        Ok(())
    }
}

/// Ends a round that holds nothing, within a change.
pub(crate) fn end_round(
    change: &mut Change<'_>,
    id: BoxId,
    state: RoundState,
    rule: &str,
) -> Result<(vault::PurgeId, Vec<seal::RowVersion>), DeskError> {
    let db = change.db();
    let round = db.round(id)?;
    if !round.state.awaits() {
        return Err(VaultError::WrongState.into());
    }
    let what = match state {
        RoundState::Expired => What::Expired { box_id: ledger_box(id) },
        _ => What::Revoked { box_id: ledger_box(id) },
    };
    change.record(ledger::Who::Desk, what)?;
    db.set_round_state(id, state)?;
    db.set_round_problem(id, None)?;
    let ticket = db.request(round.request)?.ticket;
    let targets = db.holdings(id)?.iter().map(|held| (id, held.class)).collect();
    let begun = change.begin_purge(&PurgeOrder {
        ticket: &ticket,
        rule,
        person: None,
        due: change.now(),
        targets,
        status_ended: Vec::new(),
    })?;
    if state == RoundState::Revoked {
        db.tell(id, &Message::Revoke)?;
        crate::notes::write(change, id, Says::Revoked {})?;
    }
    reshelve(change, round.request)?;
    Ok(begun)
}

fn draft(
    vault: &Vault,
    template: Template,
    ticket: &str,
    company: &crate::Company,
    agent: &str,
    now: u64,
) -> Result<Draft, DeskError> {
    let rng = vault.rng();
    let link = Link::make(&*rng).map_err(|_| VaultError::Randomness)?;
    let expires = now + template.lifetime();
    let mut identities = BTreeMap::new();
    for retention in template.retention() {
        let identity = RequestIdentity::make(&*rng).map_err(|_| VaultError::Randomness)?;
        identities.insert(retention.class, identity);
    }
    let recipients =
        identities.iter().map(|(class, key)| ClassRecipient { class: *class, to: key.recipient() }).collect();
    let promise = |rule: &crate::Retention| Promise {
        class: rule.class,
        rule: rule.rule.to_owned(),
        // The latest that anything can arrive, and then the whole term.
        until: expires + limits::LEASE_MAX + rule.term,
    };
    let request = Request {
        v: V1,
        company: company.name.clone(),
        colour: company.colour.clone().try_into().map_err(|_| DeskError::Settings)?,
        agent: agent.split_whitespace().next().unwrap_or(agent).to_owned(),
        ticket: ticket.to_owned(),
        purpose: template.purpose().to_owned(),
        slots: template.slots(),
        seen_by: vec![format!("Support agents of {}", company.name)],
        retention: template.retention().iter().map(promise).collect(),
        help: company.help.clone(),
        language: "en".to_owned(),
        limits: BoxLimits { bytes: LIMIT_BYTES, parts: LIMIT_ITEMS },
        opened: now,
        expires,
        recipients,
        ledger_key: vault.verifying_key().to_string(),
        notice: Notice { version: NOTICE_VERSION.to_owned(), hash: Hex32(wire::sha256(NOTICE.as_bytes())) },
    };
    Ok(Draft { link, request, identities })
}

fn insert_round(
    change: &mut Change<'_>,
    request: RequestId,
    template: Template,
    draft: &Draft,
    sealed: &[u8],
    who: ledger::Who,
) -> Result<(), DeskError> {
    let sealing = |_| VaultError::Internal("sealing");
    let (db, now) = (change.db(), change.now());
    let id = draft.link.box_id();
    let number = db.rounds_of(request)?.len() as u32 + 1;
    db.insert_round(&RoundRow {
        box_id: id,
        request,
        number,
        state: RoundState::Opening,
        opened: now,
        expires: draft.request.expires,
        request_hash: request::request_hash(sealed),
        arrived: None,
        looked: None,
        record_hash: None,
        collect_leaf: None,
        problem: None,
        notes: 0,
        status_end: None,
    })?;
    for slot in &draft.request.slots {
        let kind = match slot.ask {
            SlotAsk::Document { .. } => SlotKind::Document,
            SlotAsk::Card { .. } => SlotKind::Card,
            SlotAsk::Text { .. } => SlotKind::Text,
        };
        let row = SlotRow { slot: slot.slot, kind, class: slot.ask.class(), parts: slot.ask.parts() };
        db.insert_slot(id, row)?;
    }
    for (rule, promise) in template.retention().iter().zip(&draft.request.retention) {
        let identity = draft.identities.get(&rule.class).ok_or(VaultError::Internal("class"))?;
        let recipient = identity.recipient();
        let (generation, class_recipient) = db.class_key(rule.class)?;
        let wrapped = wrap::seal(identity, &class_recipient).map_err(sealing)?;
        change.insert_wrap(id, rule.class, generation, &wrapped)?;
        db.insert_holding(&HoldingRow {
            box_id: id,
            class: rule.class,
            recipient,
            grace: rule.grace,
            term: rule.term,
            term_max: promise.until,
            due: None,
            rule: None,
            held_until: None,
            purge: None,
            state: HoldingState::Alive,
        })?;
    }
    change.insert_box_keys(&draft.link.box_keys())?;
    let recipients: Vec<_> = draft.request.recipients.iter().map(|entry| &entry.to).collect();
    let kept = draft.link.seal_to(&recipients).map_err(sealing)?;
    change.insert_remark(id, None, RemarkKind::Link, now, &kept)?;
    change.record(
        who,
        What::CreatedRequest {
            request: ledger::Id::from_bytes(*request.as_bytes()),
            box_id: ledger_box(id),
            ticket: draft.request.ticket.parse().map_err(|_| DeskError::Ticket)?,
            classes: template
                .retention()
                .iter()
                .map(|rule| crate::collecting::ledger_class(rule.class))
                .collect(),
            notice: ledger::Notice {
                version: NOTICE_VERSION.to_owned(),
                hash: ledger::Hash::from_bytes(draft.request.notice.hash.0),
            },
        },
    )?;
    Ok(())
}

/// The relay counts ciphertext: room for padding (Padmé: at most 12 %, at least 4 KiB each) and for age's own bytes.
fn relay_limits(own: BoxLimits) -> BoxLimits {
    let each = 2 * 4096 + 2048;
    let padded = own.bytes + own.bytes / 8;
    BoxLimits {
        bytes: limits::age_ciphertext_max(padded) + u64::from(limits::PARTS_MAX) * each,
        parts: limits::PARTS_MAX,
    }
}
