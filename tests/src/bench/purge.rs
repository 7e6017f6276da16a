//! Very many tickets purged at once, beside very many that live on.

use super::{Goal, MIB, Row, Size, ms, random, raw, worked};
use data_encoding::HEXLOWER;
use journeys::{Outcome, ensure};
use ledger::{Class, Hash, Id, Notice, What, Who};
use seal::{
    Link, RequestIdentity, Rng, SystemRng,
    passphrase::{Cost, Passphrase},
    rng::{RngFailed, make_array},
    wrap,
};
use std::{fs, path::Path, sync::Arc};
use vault::{
    BlobName, Change, Founder, Layout, PurgeOrder, RequestId, Vault,
    tables::{
        holding::{HoldingRow, HoldingState},
        part::PartRow,
        remark::RemarkKind,
        request::{RequestRow, Shelf},
        round::{Arrival, RoundRow, RoundState, Way},
        slot::{SlotKind, SlotRow},
    },
};
use wire::{BoxId, DataClass, PartId, PartSlot};
use zeroize::Zeroizing;

const NOW: u64 = 1_780_000_000;
const DAY: u64 = 86_400;
const CLASS: DataClass = DataClass::Identity;
/// Rounds written in one change.
const BATCH: usize = 1000;
/// Files of a round: an item and its manifest.
const FILES: usize = 2;
/// Bytes of each: their size hardly matters to whoever unlinks them.
const FILE: usize = 4096;
/// Keys of a round: its request key, its link, and the box's, which outlives the purge.
const KEYS: usize = 3;

/// Measures the steps of a purge.
pub(crate) fn run(size: &Size, folder: &Path) -> Outcome<Vec<Row>> {
    let layout = Layout::new(folder.join("purge"));
    let passphrase = Passphrase::entered(Zeroizing::new("four wooden hangers by the door".to_owned()));
    let founder = Founder { name: "Mira Lang", passphrase: &passphrase, cost: Cost::WEAK_FOR_TESTS };
    let mut vault = Vault::create(layout, Arc::new(SystemRng), NOW, &founder)?.vault;
    let due = fill(&mut vault, size)?;
    let before = vault.entry_count();
    let orders: Vec<PurgeOrder<'_>> = due
        .iter()
        .map(|(ticket, id)| PurgeOrder {
            ticket,
            rule: "ticket-closed",
            person: None,
            due: NOW,
            targets: vec![(*id, CLASS)],
            status_ended: Vec::new(),
        })
        .collect();
    // First, and fewer of them: a virtual disk that has just been told of many freed blocks is slow for a while.
    let unlinks = raw::unlinks(&folder.join("raw"), FILES * size.tickets / 10, FILE)? * 10;
    rustix::fs::syncfs(fs::File::open(folder)?)?;
    let (begun, intent) = worked(|| vault.begin_purges(NOW + 1, &orders));
    ensure(begun?.len() == size.tickets, "every ticket has its purge")?;
    let (destroyed, keys) = worked(|| vault.destroy_keys(NOW + 1));
    ensure(destroyed?.len() == size.tickets, "every purge lost its keys")?;
    ensure(before - vault.entry_count() == (KEYS - 1) * size.tickets, "exactly those keys are gone")?;
    let (removed, bytes) = worked(|| vault.remove_bytes(NOW + 1));
    removed?;
    ensure(fs::read_dir(vault.layout().blobs())?.next().is_none(), "no file is left")?;
    let survivors = vault.entry_count();
    let rotation = raw::rotation(&folder.join("raw"), survivors)?;
    let tickets = size.tickets;
    Ok(vec![
        Row::new(format!("{tickets} purges: intent, durable"), ms(intent.time), "ms")
            .processor(intent.processor),
        Row::new(format!("their keys, until acknowledged; {survivors} survive"), ms(keys.time), "ms")
            .processor(keys.processor)
            .against("sealing and writing a keyring of that size", ms(rotation))
            .goal(Goal::AtMost(100.0)),
        Row::new(format!("their {} files and the log", FILES * tickets), ms(bytes.time), "ms")
            .processor(bytes.processor)
            .against("unlinking a tenth as many, ten times", ms(unlinks))
            .goal(Goal::AtMost(3000.0)),
    ])
}

/// Fills a vault with collected rounds; answers the tickets and boxes that are to go.
fn fill(vault: &mut Vault, size: &Size) -> Outcome<Vec<(String, BoxId)>> {
    let made = Made::new(vault)?;
    // Those that go leave the key of their box behind.
    let rounds = size.tickets + (size.survivors - size.tickets) / KEYS;
    let mut due = Vec::with_capacity(size.tickets);
    for start in (0..rounds).step_by(BATCH) {
        let batch = start..rounds.min(start + BATCH);
        let files = batch
            .clone()
            .map(|n| if n < size.tickets { made.files(vault) } else { Ok(Vec::new()) })
            .collect::<Outcome<Vec<_>>>()?;
        let ids = vault.change(NOW, |change| {
            batch
                .clone()
                .zip(&files)
                .map(|(n, files)| made.round(change, n, files))
                .collect::<Outcome<Vec<_>>>()
        });
        due.extend(batch.zip(ids?).take_while(|(n, _)| *n < size.tickets).map(|(n, id)| (ticket(n), id)));
    }
    Ok(due)
}

fn ticket(n: usize) -> String {
    format!("#{}", 100_000 + n)
}

/// What all rounds have alike: what is sealed in a row does not matter to its purge.
struct Made {
    identity: RequestIdentity,
    wrap: Vec<u8>,
    generation: u32,
    link: Vec<u8>,
    file: Vec<u8>,
}

impl Made {
    fn new(vault: &Vault) -> Outcome<Self> {
        let identity = RequestIdentity::make(&SystemRng)?;
        let (generation, to) = vault.db().class_key(CLASS)?;
        Ok(Self {
            wrap: wrap::seal(&identity, &to)?,
            generation,
            link: Link::make(&SystemRng)?.seal_to(&[&identity.recipient()])?,
            identity,
            file: random(FILE)?,
        })
    }

    /// An item and a manifest on the disk.
    fn files(&self, vault: &Vault) -> Outcome<Vec<PartRow>> {
        [PartSlot::Item(0), PartSlot::Manifest]
            .into_iter()
            .map(|slot| {
                let name = make_array(&SystemRng)?;
                // Not through the vault, which would fsync each.
                fs::write(vault.layout().blobs().join(HEXLOWER.encode(&name)), &self.file)?;
                let part = PartId::from_bytes(make_array(&SystemRng)?);
                let blob = BlobName::make(&Known(name))?;
                Ok(PartRow { part, class: CLASS, slot, length: FILE as u64, blob })
            })
            .collect()
    }

    /// A round that was asked, sent and collected.
    fn round(&self, change: &mut Change<'_>, n: usize, files: &[PartRow]) -> Outcome<BoxId> {
        let link = Link::make(&SystemRng)?;
        let (id, request, ticket) = (link.box_id(), RequestId::make(&SystemRng)?, ticket(n));
        let db = change.db();
        db.insert_request(&RequestRow {
            id: request,
            ticket: ticket.clone(),
            template: "id-document".to_owned(),
            owner: String::new(),
            client: String::new(),
            created: NOW,
            shelf: Shelf::Open,
            moved: NOW,
            due: Some(NOW),
        })?;
        db.insert_round(&RoundRow {
            box_id: id,
            request,
            number: 1,
            state: RoundState::Waiting,
            opened: NOW,
            expires: NOW + 7 * DAY,
            request_hash: [7; 32],
            arrived: None,
            looked: None,
            record_hash: None,
            collect_leaf: None,
            problem: None,
            notes: 0,
            status_end: None,
            way: Way::Link,
            follows: None,
            why: None,
        })?;
        db.insert_slot(id, SlotRow { slot: 0, kind: SlotKind::Document, class: CLASS, parts: 4 })?;
        db.insert_holding(&HoldingRow {
            box_id: id,
            class: CLASS,
            recipient: self.identity.recipient(),
            grace: DAY,
            term: 30 * DAY,
            term_max: NOW + 40 * DAY,
            due: None,
            rule: None,
            held_until: None,
            purge: None,
            state: HoldingState::Alive,
            kept_until: None,
            offered: None,
        })?;
        change.insert_wrap(id, CLASS, self.generation, &self.wrap)?;
        change.insert_box_keys(&link.box_keys())?;
        change.insert_remark(id, None, RemarkKind::Link, NOW, &self.link)?;
        change.record(
            Who::Desk,
            What::CreatedRequest {
                request: Id::from_bytes(*request.as_bytes()),
                box_id: Id::from_bytes(*id.as_bytes()),
                ticket: ticket.parse()?,
                classes: vec![Class::Identity],
                notice: Notice { version: "1".to_owned(), hash: Hash::from_bytes([7; 32]) },
            },
        )?;
        let collected =
            What::Collected { box_id: Id::from_bytes(*id.as_bytes()), record: Hash::from_bytes([7; 32]) };
        let leaf = change.record(Who::Desk, collected)?;
        let db = change.db();
        files.iter().try_for_each(|file| db.insert_part(id, file))?;
        db.set_collected(
            id,
            &Arrival { at: NOW, submit_body: &[7; 240], record_hash: [7; 32], chunk_size: MIB as u32, leaf },
        )?;
        db.set_due(id, CLASS, Some(NOW), "ticket-closed")?;
        Ok(id)
    }
}

/// Gives these bytes, so that a file's name is known beforehand.
struct Known([u8; 16]);

impl Rng for Known {
    fn fill(&self, dest: &mut [u8]) -> Result<(), RngFailed> {
        dest.iter_mut().zip(self.0).for_each(|(to, from)| *to = from);
        Ok(())
    }
}
