//! *Bring in*: what came the wrong way, by mail or on the phone, sealed as a customer's page seals it and kept as a
//! submission is. The same record, MAC, parts and manifests; `H(record)` stands in the ledger's entry `brought-in`,
//! made by the person who did it, and opening checks the stored bytes against it. Nobody owns it: `H(owner)` is zeros,
//! which no owner has, so nobody can take it back and replace it.
//!
//! Where a link waits for exactly this, it is ended at the relay first and its round filled: the customer's page goes on
//! with it. Otherwise, and where the relay keeps a part of that link's keys, which ends with it, it becomes a round
//! without a link, whose box no relay has; a link that it answers is then taken back.

mod content;

pub use content::{BringError, Brought};

use crate::{
    Ask, Desk, DeskError, End, RelayError, Template,
    collecting::{discard, ledger_box, receipt},
    notes,
    rounds::{Draft, Plan, draft, insert_round},
    shelves::reshelve,
    tickets::{set_first_ends, term},
};
use content::Sealing;
use helpdesk::TicketRef;
use ledger::{Hash, What};
use seal::{Recipient, mac::SubmissionMac, note::Says, request::Slot, submission};
use std::collections::BTreeMap;
use vault::{
    BlobName, Change, RequestId, Session, Vault, VaultError,
    tables::{
        outbox::Message,
        part::PartRow,
        request::{RequestRow, Shelf},
        round::{Arrival, RoundState, Way},
        ticket_note::TicketSays,
    },
};
use wire::{BoxId, DataClass, Record, limits};

/// Where it belongs.
#[derive(Debug, Clone)]
pub enum BringTo {
    /// A request that is there.
    Request(RequestId),
    /// A new one, which has no link.
    New(Ask),
}

/// The round that takes it in.
struct Target {
    request: RequestId,
    ticket: String,
    box_id: BoxId,
    request_hash: [u8; 32],
    slots: Vec<Slot>,
    recipients: BTreeMap<DataClass, Recipient>,
    mac: SubmissionMac,
    round: Round,
    /// A link that ends with it.
    ends: Option<BoxId>,
}

enum Round {
    /// Its link waits: it is ended first.
    Waiting,
    /// It is made.
    Made { draft: Box<Draft>, sealed: Vec<u8>, new: Option<RequestRow> },
}

impl Desk {
    /// Takes in what came another way. Plaintext is sealed in memory; nothing of it touches the disk.
    pub async fn bring_in(&self, to: BringTo, items: Vec<Brought>) -> Result<RequestId, DeskError> {
        let session = self.session()?;
        let company = self.company().await?;
        let given: Vec<u8> = items.iter().map(|item| item.slot).collect();
        let planner = session.clone();
        let (target, rng, now) = self
            .vault(move |vault, now| {
                let target = match to {
                    BringTo::Request(id) => to_request(vault, &planner, &company, id, &given, now)?,
                    BringTo::New(ask) => to_new(vault, &planner, &company, &ask, &given, now)?,
                };
                Ok((target, vault.rng(), now))
            })
            .await?;
        let (target, sealed) = crate::desk::blocking(move || {
            let sealing = Sealing {
                slots: &target.slots,
                recipients: &target.recipients,
                rng: &*rng,
                chunk: limits::CHUNK_DEFAULT,
                now,
            };
            let sealed = sealing.seal(items)?;
            Ok((target, sealed))
        })
        .await?;
        let (id, request) = (target.box_id, target.request);
        let waited = matches!(target.round, Round::Waiting);
        if waited {
            self.end_link_for(id).await?;
        }
        let kept = self.vault(move |vault, now| keep(vault, &session, &target, sealed, now)).await;
        if kept.is_err() && waited {
            // The link is ended at the relay: that is said, and the customer can be asked again.
            self.revoked_at_relay(id, Ok(())).await?;
        }
        kept?;
        vault::fault::point("bring.committed");
        self.inner.outbox_bell.notify_one();
        self.inner.purge_bell.notify_one();
        self.tell_news();
        Ok(request)
    }

    /// The relay takes nothing more through a link: one request has one answer.
    async fn end_link_for(&self, id: BoxId) -> Result<(), DeskError> {
        match self.line_of(id).await?.client.end_box(id, End::Revoked).await {
            Ok(()) | Err(RelayError::NotHere) => Ok(()),
            Err(RelayError::Refused(wire::ProblemCode::AlreadySent)) => {
                self.was_sent(id).await?;
                Err(BringError::JustSent.into())
            }
            Err(RelayError::Unreachable(_)) => Err(BringError::LinkStays.into()),
            Err(error) => Err(error.into()),
        }
    }
}

fn to_request(
    vault: &Vault,
    session: &Session,
    company: &crate::Company,
    id: RequestId,
    given: &[u8],
    now: u64,
) -> Result<Target, DeskError> {
    let db = vault.db();
    let request = db.request(id)?;
    let template = Template::from_code(&request.template).ok_or(VaultError::WrongState)?;
    let rounds = db.rounds_of(id)?;
    let (mut kept_until, mut ends) = (None, None);
    for round in &rounds {
        kept_until = db.holdings(round.box_id)?.iter().find_map(|held| held.kept_until).or(kept_until);
    }
    for round in
        rounds.iter().filter(|round| matches!(round.state, RoundState::Waiting | RoundState::Sending))
    {
        let asked = db.slots(round.box_id)?;
        if !asked.iter().all(|slot| given.contains(&slot.slot)) {
            continue;
        }
        // With the link the relay's part of its keys goes: what is taken in then has keys of its own.
        if db.has_shares(round.box_id)? {
            ends = Some(round.box_id);
            break;
        }
        let mut slots = template.slots();
        slots.retain(|slot| asked.iter().any(|asked| asked.slot == slot.slot));
        let held = db.holdings(round.box_id)?;
        return Ok(Target {
            request: id,
            ticket: request.ticket,
            box_id: round.box_id,
            request_hash: round.request_hash,
            slots,
            recipients: held.into_iter().map(|held| (held.class, held.recipient)).collect(),
            mac: vault.keyed().box_keys(round.box_id)?.submission_mac,
            round: Round::Waiting,
            ends: None,
        });
    }
    let ticket = request.ticket;
    let target =
        made(vault, session, company, Plan::new(template, kept_until), (id, ticket, None), given, now)?;
    Ok(Target { ends, ..target })
}

fn to_new(
    vault: &mut Vault,
    session: &Session,
    company: &crate::Company,
    ask: &Ask,
    given: &[u8],
    now: u64,
) -> Result<Target, DeskError> {
    let ticket: TicketRef = ask.ticket.parse().map_err(|_| DeskError::Ticket)?;
    // As where a customer is asked: neither place is one for a card number.
    crate::requests::outgoing([ask.ticket.as_str(), &ask.client])?;
    let ticket = vault.change(now, |change| crate::tickets::current(change, &ticket))?;
    let id = RequestId::make(&*vault.rng())?;
    let row = RequestRow {
        id,
        ticket: ticket.as_str().to_owned(),
        template: ask.template.code().to_owned(),
        owner: session.person().to_string(),
        client: ask.client.clone(),
        created: now,
        shelf: Shelf::Open,
        moved: now,
        due: None,
    };
    let place = (id, row.ticket.clone(), Some(row));
    made(vault, session, company, ask.plan(now)?, place, given, now)
}

/// A round of its own, for exactly what was given.
fn made(
    vault: &Vault,
    session: &Session,
    company: &crate::Company,
    plan: Plan,
    (request, ticket, new): (RequestId, String, Option<RequestRow>),
    given: &[u8],
    now: u64,
) -> Result<Target, DeskError> {
    let mut slots = given.to_vec();
    slots.sort_unstable();
    slots.dedup();
    let known = plan.template.slots();
    if slots.is_empty() || slots.iter().any(|slot| known.iter().all(|asked| asked.slot != *slot)) {
        return Err(DeskError::NotAsked);
    }
    let plan = Plan { slots, way: Way::Desk, ..plan };
    let draft = draft(vault, plan, &ticket, company, session.name(), now)?;
    let sealed =
        draft.request.seal(&*vault.rng(), &draft.link).map_err(|_| VaultError::Internal("request"))?;
    Ok(Target {
        request,
        ticket,
        box_id: draft.link.box_id(),
        request_hash: seal::request::request_hash(&sealed),
        slots: draft.request.slots.clone(),
        recipients: draft.request.recipients.iter().map(|entry| (entry.class, entry.to.clone())).collect(),
        // Of a link that nobody ever sees, and that is forgotten with this.
        mac: draft.link.submission_mac(),
        round: Round::Made { draft: Box::new(draft), sealed, new },
        ends: None,
    })
}

/// Files first, then one change: the ledger's entry, rows, first ends, the note to the customer.
fn keep(
    vault: &mut Vault,
    session: &Session,
    target: &Target,
    sealed: Vec<content::SealedPart>,
    now: u64,
) -> Result<(), DeskError> {
    let blobs = vault.blobs();
    let record = Record {
        box_id: target.box_id,
        request_hash: target.request_hash,
        owner_hash: [0; 32],
        parts: sealed.iter().map(|part| part.recorded).collect(),
    };
    let mut parts = Vec::with_capacity(sealed.len());
    for part in &sealed {
        let blob = BlobName::make(&*vault.rng())?;
        let written = blobs.begin(blob).and_then(|mut writer| {
            writer.write(&part.bytes)?;
            writer.finish()
        });
        if let Err(error) = written {
            discard(&blobs, &parts);
            return Err(error.into());
        }
        let (recorded, length) = (part.recorded, part.recorded.length);
        parts.push(PartRow { part: recorded.id, class: recorded.class, slot: recorded.slot, length, blob });
    }
    let kept = blobs
        .sync()
        .map_err(DeskError::from)
        .and_then(|()| vault.change(now, |change| write_down(change, session, target, &record, &parts)));
    if kept.is_err() {
        // Certainly not committed, or swept at the next start.
        if !matches!(kept, Err(DeskError::Vault(VaultError::Unsure))) {
            discard(&blobs, &parts);
        }
    }
    kept
}

fn write_down(
    change: &mut Change<'_>,
    session: &Session,
    target: &Target,
    record: &Record,
    parts: &[PartRow],
) -> Result<(), DeskError> {
    let (id, now) = (target.box_id, change.now());
    match &target.round {
        Round::Waiting => {
            if !matches!(change.db().round(id)?.state, RoundState::Waiting | RoundState::Sending) {
                return Err(VaultError::WrongState.into());
            }
            change.db().set_round_filled(id)?;
        }
        Round::Made { draft, sealed, new } => {
            if let Some(row) = new {
                change.db().insert_request(row)?;
            }
            insert_round(change, target.request, draft, sealed, session.who())?;
            // One request has one answer; what the relay accepted before that is collected all the same.
            if let Some(ended) = target.ends {
                change.db().tell(ended, &Message::Revoke)?;
            }
        }
    }
    let record_hash = record.hash();
    let what = What::BroughtIn { box_id: ledger_box(id), record: Hash::from_bytes(record_hash) };
    let leaf = change.record(session.who(), what)?;
    let db = change.db();
    for part in parts {
        db.insert_part(id, part)?;
    }
    let body = submission::make(record, &target.mac);
    let chunk_size = limits::CHUNK_DEFAULT;
    db.set_collected(id, &Arrival { at: now, submit_body: &body, record_hash, chunk_size, leaf })?;
    let mut classes: Vec<DataClass> = parts.iter().map(|part| part.class).collect();
    classes.sort_unstable_by_key(|class| class.as_u8());
    classes.dedup();
    let until = db.holdings(id)?.iter().map(|held| term(held, now)).max().unwrap_or(now);
    let apart = matches!(target.round, Round::Made { .. });
    let says = Says::Taken { classes, reference: receipt(id), apart, until };
    match notes::write(change, id, says) {
        Ok(()) | Err(VaultError::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    set_first_ends(change, id, &target.ticket)?;
    crate::helpdesks::tell_helpdesk(change, &target.ticket, TicketSays::Received, None)?;
    Ok(reshelve(change, target.request)?)
}
