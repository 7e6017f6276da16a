//! Collecting: from the relay into the vault, checked whole before anyone is told. Works while locked.

use crate::{Desk, DeskError, NoAnswer, RelayError, lines::Line, notes, shelves::reshelve};
use futures_util::StreamExt;
use ledger::{Class, Code, Hash, Id, What, Who};
use seal::{
    note::{ProblemKind, Says},
    request::SlotRule,
    submission,
};
use std::time::Duration;
use vault::{
    BlobName, Blobs, Db, RequestId, Vault, VaultError,
    tables::{
        holding::HoldingState,
        outbox::Message,
        part::PartRow,
        round::{Arrival, RoundRow, RoundState},
        ticket_note::TicketSays,
    },
};
use wire::{BoxId, DataClass, PartHasher, Record, RecordPart, limits, sha256};

/// Waits between tries when the relay or the disk does not let it happen.
const RETRY: Duration = Duration::from_secs(2);

/// Links end by time alone, so somebody has to look.
const LOOK: Duration = Duration::from_secs(30);

/// Why a submission is not taken.
#[derive(Debug)]
enum NotTaken {
    /// It is not what the customer sealed, or not for this request.
    Problem(ProblemKind),
    /// Not now: it is tried again.
    Later(DeskError),
}

impl<E: Into<DeskError>> From<E> for NotTaken {
    fn from(error: E) -> Self {
        Self::Later(error.into())
    }
}

impl Desk {
    /// Collects what was sent, again and again.
    pub(crate) async fn run_collector(&self, line: &Line) {
        let mut bell = self.inner.collect_bell.listen();
        loop {
            // What cannot be asked of the relay now is asked again; its own trouble is shown already.
            let ended = [self.abandon_unopened(line).await, self.end_expired(line).await];
            let settled = self.collect_sent(line).await && ended.iter().all(Result::is_ok);
            tokio::select! {
                () = bell.notified() => {}
                () = tokio::time::sleep(if settled { LOOK } else { RETRY }) => {}
            }
        }
    }

    /// Collects every round that was sent. `false` when something has to be tried again.
    async fn collect_sent(&self, line: &Line) -> bool {
        let relay = line.id;
        let sent = self.vault(move |vault, _| {
            let db = vault.db();
            Ok((db.rounds_in(RoundState::Sent)?, db.rounds_at(relay, RoundState::Sent)?))
        });
        let (all, rounds) = match sent.await {
            Ok(sent) => sent,
            Err(error) => {
                self.inner.troubles.set("collect", "", &error);
                return false;
            }
        };
        let ids: Vec<String> = all.iter().map(|round| round.box_id.to_string()).collect();
        self.inner.troubles.keep_only("collect", &ids);
        let mut settled = true;
        for round in rounds.into_iter().filter(|round| round.problem.is_none()) {
            let which = round.box_id.to_string();
            match self.collect(line, &round).await {
                Ok(()) => self.inner.troubles.clear("collect", &which),
                Err(NotTaken::Problem(problem)) => {
                    if let Err(error) = self.refuse(&round, problem).await {
                        self.inner.troubles.set("collect", &which, &error);
                        settled = false;
                    }
                }
                Err(NotTaken::Later(error)) => {
                    self.inner.troubles.set("collect", &which, &error);
                    settled = false;
                }
            }
            self.tell_news();
        }
        settled
    }

    async fn collect(&self, line: &Line, round: &RoundRow) -> Result<(), NotTaken> {
        let id = round.box_id;
        let view = match line.client.view(id).await {
            // It said that it was sent; what it does not have cannot be collected.
            Err(RelayError::NotHere) => return Err(NotTaken::Problem(ProblemKind::Incomplete)),
            view => view?,
        };
        let Some(body) = view.record else { return Err(NotTaken::Problem(ProblemKind::Incomplete)) };
        let chunk_size = view.chunk_size;
        if !(limits::CHUNK_MIN..=limits::CHUNK_MAX).contains(&chunk_size) {
            return Err(NotTaken::Problem(ProblemKind::Damaged));
        }
        let (record, blobs, alive) = {
            let (body, hash) = (body.0.clone(), round.request_hash);
            self.vault(move |vault, _| {
                let alive = alive_classes(vault.db(), id)?;
                Ok((open_record(vault, id, &hash, &body)?, vault.blobs(), alive))
            })
            .await?
        };
        let record = record.map_err(NotTaken::Problem)?;
        let mut parts = Vec::with_capacity(record.parts.len());
        // A class whose promise ended meanwhile has no key any more: nothing of it is fetched.
        for part in record.parts.iter().filter(|part| alive.contains(&part.class)) {
            let blob = BlobName::make(&*self.inner.config.rng)?;
            if let Err(error) = self.fetch(line, id, part, chunk_size, &blobs, blob).await {
                discard(&blobs, &parts);
                return Err(error);
            }
            parts.push(PartRow {
                part: part.id,
                class: part.class,
                slot: part.slot,
                length: part.length,
                blob,
            });
        }
        let arrived = Arrived { id, request: round.request, body: body.0, record, chunk_size, parts };
        self.vault(move |vault, now| keep(vault, &arrived, now)).await?;
        self.inner.helpdesk_bell.notify_one();
        self.inner.outbox_bell.notify_one();
        self.inner.purge_bell.notify_one();
        Ok(())
    }

    /// Fetches one part into a file, and checks length and digest on the way.
    async fn fetch(
        &self,
        line: &Line,
        id: BoxId,
        part: &RecordPart,
        chunk_size: u32,
        blobs: &Blobs,
        blob: BlobName,
    ) -> Result<(), NotTaken> {
        let mut stream = match line.client.part(id, part.id).await {
            Err(RelayError::NotHere | RelayError::Refused(wire::ProblemCode::Ended)) => {
                return Err(NotTaken::Problem(ProblemKind::Incomplete));
            }
            stream => stream?,
        };
        let mut writer = blobs.begin(blob)?;
        let mut checker = ChunkChecker::new(chunk_size);
        let mut length = 0;
        while let Some(bytes) = stream.next().await {
            let bytes = bytes?;
            length += bytes.len() as u64;
            if length > part.length {
                return Err(NotTaken::Problem(ProblemKind::Damaged));
            }
            checker.add(&bytes);
            // Away from the async threads: a slow disk must not hold up anything else.
            writer = crate::desk::blocking(move || {
                writer.write(&bytes)?;
                Ok(writer)
            })
            .await?;
        }
        if length != part.length {
            // Cut off on the way; the next try may get all of it.
            return Err(NotTaken::Later(RelayError::from(NoAnswer::Broken).into()));
        }
        if checker.finish() != part.digest {
            return Err(NotTaken::Problem(ProblemKind::Damaged));
        }
        crate::desk::blocking(move || Ok(writer.finish()?)).await?;
        Ok(())
    }

    /// What fails is never collected: it is said, and the customer is asked again.
    async fn refuse(&self, round: &RoundRow, problem: ProblemKind) -> Result<(), DeskError> {
        let (id, request) = (round.box_id, round.request);
        let code = match problem {
            ProblemKind::Damaged => "damaged",
            ProblemKind::Forged => "forged",
            ProblemKind::Incomplete => "incomplete",
        };
        self.vault(move |vault, now| {
            // Withdrawn or ended meanwhile: that is why the relay does not have it any more.
            if !vault.db().round(id)?.state.awaits() {
                return Ok(());
            }
            vault.change(now, |change| {
                let ledger_code: Code = code.parse().map_err(|_| VaultError::Internal("code"))?;
                change.record(Who::Desk, What::Problem { box_id: ledger_box(id), code: ledger_code })?;
                change.db().set_round_problem(id, Some(code))?;
                notes::write(change, id, Says::Problem { code: problem })?;
                reshelve(change, request)
            })?;
            Ok(())
        })
        .await?;
        self.inner.outbox_bell.notify_one();
        Ok(())
    }

    /// Tries once more to collect a round that had a problem: the relay may have been at fault.
    pub async fn collect_again(&self, id: BoxId) -> Result<(), DeskError> {
        self.session()?;
        self.vault(move |vault, now| {
            vault.change(now, |change| {
                let round = change.db().round(id)?;
                if round.state != RoundState::Sent {
                    return Err(VaultError::WrongState);
                }
                change.db().set_round_problem(id, None)?;
                reshelve(change, round.request)
            })?;
            Ok(())
        })
        .await?;
        self.inner.collect_bell.notify_one();
        Ok(())
    }
}

/// A submission whose files are written and checked, and named by no row yet.
struct Arrived {
    id: BoxId,
    request: RequestId,
    body: Vec<u8>,
    record: Record,
    chunk_size: u32,
    parts: Vec<PartRow>,
}

/// Takes it in: files, rows, the ledger's entry and what the relay is to be told, all or none.
fn keep(vault: &mut Vault, arrived: &Arrived, now: u64) -> Result<(), DeskError> {
    let id = arrived.id;
    let blobs = vault.blobs();
    let kept = blobs.sync().and_then(|()| {
        vault.change(now, |change| {
            let db = change.db();
            let alive = alive_classes(db, id)?;
            if !db.round(id)?.state.awaits() || arrived.parts.iter().any(|part| !alive.contains(&part.class))
            {
                return Err(VaultError::WrongState);
            }
            let record_hash = arrived.record.hash();
            let what = What::Collected { box_id: ledger_box(id), record: Hash::from_bytes(record_hash) };
            let leaf = change.record(Who::Desk, what)?;
            for part in &arrived.parts {
                db.insert_part(id, part)?;
            }
            let (submit_body, chunk_size) = (arrived.body.as_slice(), arrived.chunk_size);
            db.set_collected(id, &Arrival { at: now, submit_body, record_hash, chunk_size, leaf })?;
            db.tell(id, &Message::Collected { record: record_hash })?;
            notes::write(change, id, Says::Received { reference: receipt(id) })?;
            let ticket = db.request(arrived.request)?.ticket;
            crate::tickets::set_first_ends(change, id, &ticket)?;
            crate::helpdesks::tell_helpdesk(change, &ticket, TicketSays::Received, None)?;
            reshelve(change, arrived.request)
        })
    });
    match kept {
        Ok(()) => {
            vault::fault::point("collect.committed");
            Ok(())
        }
        // Certainly not committed: withdrawn or ended meanwhile, or no room.
        Err(error @ (VaultError::WrongState | VaultError::DiskFull)) => {
            discard(&blobs, &arrived.parts);
            Err(error.into())
        }
        // It may stand; the next start-up knows, and sweeps.
        Err(error) => Err(error.into()),
    }
}

/// Removes files of a submission that was not taken in. What cannot be removed now goes at the next start-up.
pub(crate) fn discard(blobs: &Blobs, parts: &[PartRow]) {
    let names: Vec<_> = parts.iter().map(|part| part.blob).collect();
    if blobs.remove(&names).is_err() {
        tracing::warn!("files of a submission that was not taken in are still there");
    }
}

fn alive_classes(db: Db<'_>, id: BoxId) -> Result<Vec<DataClass>, VaultError> {
    let held = db.holdings(id)?;
    Ok(held.iter().filter(|held| held.state == HoldingState::Alive).map(|held| held.class).collect())
}

pub(crate) fn open_record(
    vault: &Vault,
    id: BoxId,
    request_hash: &[u8; 32],
    body: &[u8],
) -> Result<Result<Record, ProblemKind>, VaultError> {
    let keys = vault.keyed().box_keys(id)?;
    let rules: Vec<SlotRule> = vault
        .db()
        .slots(id)?
        .into_iter()
        .map(|slot| SlotRule { slot: slot.slot, class: slot.class, parts: slot.parts })
        .collect();
    Ok(submission::open(body, &keys.submission_mac, id, request_hash, &rules).map_err(|error| {
        tracing::warn!(%error, "a submission was refused");
        match error {
            submission::SubmissionError::Forged => ProblemKind::Forged,
            _ => ProblemKind::Damaged,
        }
    }))
}

/// Collects a part's digest from bytes that come in any pieces.
pub(crate) struct ChunkChecker {
    hasher: PartHasher,
    chunk: Vec<u8>,
    size: usize,
}

impl ChunkChecker {
    pub(crate) fn new(chunk_size: u32) -> Self {
        let size = chunk_size as usize;
        Self { hasher: PartHasher::new(), chunk: Vec::with_capacity(size), size }
    }

    pub(crate) fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.size - self.chunk.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.chunk.extend_from_slice(now);
            bytes = later;
            if self.chunk.len() == self.size {
                self.hasher.chunk_hash(&sha256(&self.chunk));
                self.chunk.clear();
            }
        }
    }

    pub(crate) fn finish(mut self) -> wire::PartDigest {
        if !self.chunk.is_empty() {
            self.hasher.chunk_hash(&sha256(&self.chunk));
        }
        self.hasher.finish()
    }
}

/// The receipt's number: names the box to nobody but desk and customer, and opens nothing.
pub(crate) fn receipt(id: BoxId) -> String {
    let hash = sha256(&[b"cloakroom receipt".as_slice(), id.as_bytes()].concat());
    hash.iter().take(4).map(|byte| format!("{byte:02X}")).collect()
}

pub(crate) fn ledger_box(id: BoxId) -> Id {
    Id::from_bytes(*id.as_bytes())
}

pub(crate) fn ledger_class(class: DataClass) -> Class {
    match class {
        DataClass::Identity => Class::Identity,
        DataClass::Payment => Class::Payment,
        DataClass::General => Class::General,
    }
}
