//! Stored ciphertext, checked before it is opened: against the record, and the record against the ledger.

use crate::{DeskError, collecting::ChunkChecker, shares::Shares};
use ledger::{Leaf, What};
use seal::{RequestIdentity, manifest::Manifest};
use std::{
    fs::File,
    io::{Read, Seek},
};
use vault::{
    Session, Vault, VaultError,
    tables::{part::PartRow, round::Way},
};
use wire::{BoxId, DataClass, PartId, PartSlot, Record, SubmitBody};
use zeroize::Zeroizing;

/// A round's submission as the ledger knows it.
pub(crate) struct Submission {
    record: Record,
    chunk_size: u32,
    parts: Vec<PartRow>,
    by_agent: bool,
}

impl Submission {
    /// Reads it and checks it against the ledger's entry.
    pub(crate) fn read(vault: &Vault, id: BoxId) -> Result<Self, DeskError> {
        let round = vault.db().round(id)?;
        let (body, chunk_size) = vault.db().submission(id)?;
        let record = SubmitBody::parse(&body).map_err(|_| DeskError::Damaged)?.record;
        let leaf = vault.ledger_leaf(round.collect_leaf.ok_or(DeskError::Damaged)?)?;
        let leaf = Leaf::parse(&leaf).map_err(|_| VaultError::LedgerDamaged)?;
        let hash = record.hash();
        match leaf.entry.known().map(|body| &body.what) {
            Some(What::Collected { box_id, record })
                if round.way == Way::Link
                    && box_id.as_bytes() == id.as_bytes()
                    && *record.as_bytes() == hash => {}
            Some(What::BroughtIn { box_id, record })
                if round.way != Way::Link
                    && box_id.as_bytes() == id.as_bytes()
                    && *record.as_bytes() == hash => {}
            _ => return Err(DeskError::Damaged),
        }
        Ok(Self { record, chunk_size, parts: vault.db().parts(id)?, by_agent: round.way != Way::Link })
    }

    /// The parts that are still here.
    pub(crate) fn parts(&self) -> &[PartRow] {
        &self.parts
    }

    /// One part's file, read once from end to end and found to be what was collected.
    pub(crate) fn open(&self, vault: &Vault, part: PartId) -> Result<File, DeskError> {
        let row = self.parts.iter().find(|row| row.part == part).ok_or(VaultError::NotFound)?;
        let recorded =
            self.record.parts.iter().find(|recorded| recorded.id == part).ok_or(DeskError::Damaged)?;
        if (recorded.class, recorded.slot) != (row.class, row.slot) {
            return Err(DeskError::Damaged);
        }
        let mut file = vault.blobs().open(row.blob)?;
        let mut checker = ChunkChecker::new(self.chunk_size);
        let mut buffer = vec![0; 256 * 1024];
        let mut length = 0;
        loop {
            let read = file.read(&mut buffer).map_err(|_| DeskError::Damaged)?;
            if read == 0 {
                break;
            }
            length += read as u64;
            checker.add(buffer.get(..read).unwrap_or_default());
        }
        if length != recorded.length || checker.finish() != recorded.digest {
            return Err(VaultError::BlobDamaged.into());
        }
        file.rewind().map_err(|_| DeskError::Damaged)?;
        Ok(file)
    }

    /// The manifest of one class, opened.
    pub(crate) fn manifest(
        &self,
        vault: &Vault,
        class: DataClass,
        identity: &RequestIdentity,
    ) -> Result<Manifest, DeskError> {
        let part = self
            .parts
            .iter()
            .find(|part| part.class == class && part.slot == PartSlot::Manifest)
            .ok_or(VaultError::NotFound)?;
        let mut sealed = Vec::new();
        self.open(vault, part.part)?.read_to_end(&mut sealed).map_err(|_| DeskError::Damaged)?;
        let manifest = Manifest::open(identity, &sealed).map_err(|_| DeskError::Damaged)?;
        // What it lists must be what the record names, slot by slot.
        let listed = |item: &seal::manifest::Item| {
            self.record.parts.iter().any(|part| {
                part.id == item.part && part.class == class && part.slot == PartSlot::Item(item.slot)
            })
        };
        // Who took it in stands in the ledger; a list that says otherwise is not what was collected.
        let same_hand = manifest.by_agent == self.by_agent;
        if same_hand && manifest.class == class && manifest.items.iter().all(listed) {
            Ok(manifest)
        } else {
            Err(DeskError::Damaged)
        }
    }
}

/// One item's plaintext, whole and verified to its end before any of it is given out.
pub(crate) fn open_item(
    vault: &Vault,
    session: &Session,
    id: BoxId,
    part: PartId,
    shares: &Shares,
) -> Result<(seal::manifest::Item, Zeroizing<Vec<u8>>), DeskError> {
    let submission = Submission::read(vault, id)?;
    let class = submission.parts().iter().find(|row| row.part == part).ok_or(VaultError::NotFound)?.class;
    let identity = vault.request_identity_with(session, id, class, shares.get(id, class))?;
    let manifest = submission.manifest(vault, class, &identity)?;
    let item = manifest.items.into_iter().find(|item| item.part == part).ok_or(VaultError::NotFound)?;
    let file = submission.open(vault, part)?;
    let plain = seal::agefile::open_item(&identity, std::io::BufReader::new(file), item.length)
        .map_err(|_| DeskError::Damaged)?;
    Ok((item, plain))
}
