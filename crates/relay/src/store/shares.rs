//! Shares: 32 bytes a class that a desk needs to open what it collected, kept until their term (FORMATS §6).
//!
//! They are never in the database: SQLite's log keeps copies of deleted rows. Each stands in a record of the file
//! `shares`, and goes by being overwritten where it stands, with random bytes, durably. A record lies within one
//! sector, so that writing it never tears a neighbour.
//!
//! ```text
//! record = "CKS1" ‖ box id[16] ‖ class u8 ‖ u64 term ‖ u64 term_max ‖ share[32] ‖ H(all before), zeros to 128
//! erased = "CKG1" ‖ box id[16] ‖ class u8 ‖ random bytes[48] ‖ H(all before), zeros to 128
//! ```
//!
//! An erased record stays as long as its box: a desk whose answer was lost hears that its share was overwritten here,
//! and a desk whose share was lost with another store does not.
//!
//! A record is durable before the box's row is committed, and gone before the row says that the box ended. What a
//! crash leaves between the two has no living box: the next start overwrites it.

use super::{StoreError, private_file_at};
use crate::fault;
use ring::rand::{SecureRandom, SystemRandom};
use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};
use wire::{
    BoxId, DataClass, RelayShare,
    api::{ShareDeposit, ShareView},
    sha256,
};
use zeroize::Zeroizing;

const RECORD: usize = 128;
const BODY: usize = 4 + 16 + 1 + 8 + 8 + 32;
const MAGIC: &[u8; 4] = b"CKS1";
const ERASED: &[u8; 4] = b"CKG1";

/// Records by which the file grows: 16 KiB.
const GROWTH: u32 = 128;

/// Which share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ShareKey {
    pub(crate) id: BoxId,
    pub(crate) class: DataClass,
}

/// How it stands with a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Lives,
    Ended,
    Unknown,
}

/// What became of a share that was to be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Erased {
    /// It was overwritten by this.
    Now,
    /// It was overwritten before: when it was asked for, or at its term.
    Before,
    /// It is not known here.
    Unknown,
}

/// The file of shares, and where in it each one stands.
pub(crate) struct Shares {
    inner: Mutex<Inner>,
    /// The same file, to make it durable while others write.
    handle: File,
    /// A write or a sync failed: nobody can know what the disk holds until the store is opened again.
    failed: AtomicBool,
    #[cfg(test)]
    synced: std::sync::atomic::AtomicU64,
}

struct Inner {
    file: File,
    random: SystemRandom,
    records: u32,
    free: Vec<u32>,
    kept: HashMap<ShareKey, Kept>,
    erased: HashMap<ShareKey, u32>,
    terms: BTreeSet<(u64, ShareKey)>,
}

#[derive(Clone, Copy)]
struct Kept {
    at: u32,
    term: u64,
    term_max: u64,
}

impl Shares {
    /// Opens or makes the file. Whatever is not a share of a living box, or what is left of one, is overwritten.
    pub(crate) fn open<E: From<io::Error>>(
        path: &Path,
        mut standing: impl FnMut(&BoxId) -> Result<Standing, E>,
    ) -> Result<Self, E> {
        let file = private_file_at(path)?;
        let records = u32::try_from(file.metadata()?.len() / RECORD as u64)
            .map_err(|_| io::Error::other("the file of shares is too large"))?;
        let handle = file.try_clone()?;
        let mut inner = Inner {
            file,
            random: SystemRandom::new(),
            records,
            free: Vec::new(),
            kept: HashMap::new(),
            erased: HashMap::new(),
            terms: BTreeSet::new(),
        };
        let mut orphans = 0;
        for at in 0..records {
            match inner.read(at)? {
                Some(Found::Share(record))
                    if standing(&record.key.id)? == Standing::Lives
                        && !inner.kept.contains_key(&record.key) =>
                {
                    inner.remember(record.key, Kept { at, term: record.term, term_max: record.term_max });
                }
                Some(Found::Erased(key))
                    if standing(&key.id)? != Standing::Unknown && !inner.erased.contains_key(&key) =>
                {
                    inner.erased.insert(key, at);
                }
                found => {
                    orphans += u32::from(matches!(found, Some(Found::Share(_))));
                    inner.scrub(at)?;
                    inner.free.push(at);
                }
            }
        }
        handle.sync_all()?;
        if orphans > 0 {
            tracing::info!(orphans, "overwrote shares that no box has");
        }
        Ok(Self {
            inner: Mutex::new(inner),
            handle,
            failed: AtomicBool::new(false),
            #[cfg(test)]
            synced: 0.into(),
        })
    }

    /// Writes a share down. Durable after [`Shares::sync`].
    pub(super) fn put(&self, id: BoxId, deposit: &ShareDeposit) -> Result<ShareKey, StoreError> {
        let key = ShareKey { id, class: deposit.class };
        self.write(|inner| inner.put(key, deposit))?;
        Ok(key)
    }

    /// Moves a term; false when there is no such share. Durable after [`Shares::sync`].
    pub(super) fn move_term(&self, key: ShareKey, term: u64) -> Result<bool, StoreError> {
        self.write(|inner| {
            let Some(kept) = inner.kept.get(&key).copied() else { return Ok(false) };
            let Some(found) = inner.share(kept.at, key)? else { return Ok(false) };
            inner.write_at(kept.at, &Record { term, ..found }.encode())?;
            inner.forget(&key);
            inner.remember(key, Kept { term, ..kept });
            Ok(true)
        })
    }

    /// Overwrites a share. Durable after [`Shares::sync`].
    pub(super) fn erase(&self, key: ShareKey) -> Result<Erased, StoreError> {
        self.write(|inner| inner.erase(key))
    }

    /// Overwrites shares whose term has passed, a few at a time; how many. Durable when this returns.
    pub(super) fn erase_over(&self, now: u64, most: usize) -> Result<usize, StoreError> {
        let erased = self.write(|inner| {
            let over: Vec<ShareKey> = inner
                .terms
                .iter()
                .take_while(|(term, _)| *term <= now)
                .take(most)
                .map(|(_, key)| *key)
                .collect();
            for key in &over {
                inner.erase(*key)?;
            }
            Ok(over.len())
        });
        // Also when it broke off: what the map forgot is gone for certain.
        self.sync()?;
        erased
    }

    /// Leaves nothing of a share, nor of its having been here; whether there was anything. Durable after
    /// [`Shares::sync`].
    pub(super) fn leave_nothing(&self, key: ShareKey) -> Result<bool, StoreError> {
        self.write(|inner| {
            let at = inner.kept.get(&key).map(|kept| kept.at).or_else(|| inner.erased.get(&key).copied());
            let Some(at) = at else { return Ok(false) };
            inner.scrub(at)?;
            inner.forget(&key);
            inner.erased.remove(&key);
            inner.free.push(at);
            Ok(true)
        })
    }

    /// Makes what was written and overwritten durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        fault::point("shares.written");
        self.answers()?;
        self.handle.sync_data().inspect_err(|_| self.failed.store(true, Relaxed))?;
        fault::point("shares.synced");
        #[cfg(test)]
        self.synced.fetch_add(1, Relaxed);
        Ok(())
    }

    /// As after a write that the disk refused.
    #[cfg(test)]
    pub(super) fn fail(&self) {
        self.failed.store(true, Relaxed);
    }

    /// How often the file was made durable.
    #[cfg(test)]
    pub(super) fn syncs(&self) -> u64 {
        self.synced.load(Relaxed)
    }

    /// Up to when a share is kept, and up to when it may be.
    pub(super) fn term(&self, key: ShareKey) -> Option<(u64, u64)> {
        self.lock().kept.get(&key).map(|kept| (kept.term, kept.term_max))
    }

    /// The share, unless it is gone or its term has passed.
    pub(super) fn read(&self, key: ShareKey, now: u64) -> Result<Option<ShareView>, StoreError> {
        self.answers()?;
        let mut inner = self.lock();
        let Some(kept) = inner.kept.get(&key).copied().filter(|kept| now < kept.term) else {
            return Ok(None);
        };
        let found = inner.share(kept.at, key)?;
        Ok(found.map(|found| ShareView { share: found.share, term: found.term, term_max: found.term_max }))
    }

    /// Whether any term has passed.
    pub(super) fn any_over(&self, now: u64) -> bool {
        self.lock().terms.first().is_some_and(|(term, _)| *term <= now)
    }

    /// How many are kept.
    pub(crate) fn count(&self) -> usize {
        self.lock().kept.len()
    }

    /// Whether the file can still be relied on.
    pub(crate) fn answers(&self) -> Result<(), StoreError> {
        if self.failed.load(Relaxed) { Err(StoreError::Unavailable) } else { Ok(()) }
    }

    /// Anything but a lack of room leaves the file in a state that only opening it again makes sure of.
    fn write<T>(&self, work: impl FnOnce(&mut Inner) -> io::Result<T>) -> Result<T, StoreError> {
        self.answers()?;
        work(&mut self.lock()).map_err(|error| {
            let error = StoreError::from(error);
            if error != StoreError::Full {
                self.failed.store(true, Relaxed);
            }
            error
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn put(&mut self, key: ShareKey, deposit: &ShareDeposit) -> io::Result<()> {
        if self.free.is_empty() {
            self.grow()?;
        }
        let at = match self.kept.get(&key).map(|kept| kept.at).or_else(|| self.erased.remove(&key)) {
            Some(at) => at,
            None => self.free.pop().ok_or_else(|| io::Error::other("no room for a share"))?,
        };
        let record =
            Record { key, term: deposit.term, term_max: deposit.term_max, share: deposit.share.clone() };
        self.write_at(at, &record.encode())?;
        self.forget(&key);
        self.remember(key, Kept { at, term: deposit.term, term_max: deposit.term_max });
        Ok(())
    }

    /// Room for more, before anything is written there: a full disk is noticed here.
    fn grow(&mut self) -> io::Result<()> {
        let end = u64::from(self.records) * RECORD as u64;
        self.file.seek(SeekFrom::Start(end))?;
        if let Err(error) = self.file.write_all(&[0; GROWTH as usize * RECORD]) {
            // A piece of it would be records all the same, at the next start.
            let _ = self.file.set_len(end);
            return Err(error);
        }
        let first = self.records;
        self.records += GROWTH;
        self.free.extend((first..self.records).rev());
        Ok(())
    }

    fn erase(&mut self, key: ShareKey) -> io::Result<Erased> {
        let Some(kept) = self.kept.get(&key).copied() else {
            return Ok(if self.erased.contains_key(&key) { Erased::Before } else { Erased::Unknown });
        };
        if !fault::skips_scrub() {
            let mut noise = [0; 48];
            self.random.fill(&mut noise).map_err(|_| io::Error::other("no randomness"))?;
            self.write_at(kept.at, &sealed(&[ERASED, key.id.as_bytes(), &[key.class.as_u8()], &noise]))?;
        }
        self.forget(&key);
        self.erased.insert(key, kept.at);
        Ok(Erased::Now)
    }

    fn scrub(&mut self, at: u32) -> io::Result<()> {
        if fault::skips_scrub() {
            return Ok(());
        }
        let mut bytes = [0; RECORD];
        self.random.fill(&mut bytes).map_err(|_| io::Error::other("no randomness"))?;
        self.write_at(at, &bytes)
    }

    fn write_at(&mut self, at: u32, bytes: &[u8; RECORD]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(u64::from(at) * RECORD as u64))?;
        self.file.write_all(bytes)
    }

    fn share(&mut self, at: u32, key: ShareKey) -> io::Result<Option<Record>> {
        Ok(match self.read(at)? {
            Some(Found::Share(record)) if record.key == key => Some(record),
            _ => None,
        })
    }

    fn read(&mut self, at: u32) -> io::Result<Option<Found>> {
        let mut bytes = Zeroizing::new([0; RECORD]);
        self.file.seek(SeekFrom::Start(u64::from(at) * RECORD as u64))?;
        self.file.read_exact(bytes.as_mut_slice())?;
        Ok(Found::parse(bytes.as_slice()))
    }

    fn remember(&mut self, key: ShareKey, kept: Kept) {
        self.terms.insert((kept.term, key));
        self.kept.insert(key, kept);
    }

    fn forget(&mut self, key: &ShareKey) {
        if let Some(kept) = self.kept.remove(key) {
            self.terms.remove(&(kept.term, *key));
        }
    }
}

struct Record {
    key: ShareKey,
    term: u64,
    term_max: u64,
    share: RelayShare,
}

impl Record {
    fn encode(&self) -> Zeroizing<[u8; RECORD]> {
        sealed(&[
            MAGIC,
            self.key.id.as_bytes(),
            &[self.key.class.as_u8()],
            &self.term.to_be_bytes(),
            &self.term_max.to_be_bytes(),
            self.share.expose_bytes(),
        ])
    }
}

/// Pieces of a record's body, and their sum.
fn sealed(pieces: &[&[u8]]) -> Zeroizing<[u8; RECORD]> {
    // In place from the start: a vector that grows would leave copies behind.
    let mut bytes = Zeroizing::new([0; RECORD]);
    let (body, rest) = bytes.split_at_mut(BODY);
    let mut out = &mut *body;
    for piece in pieces {
        if let Some((head, tail)) = std::mem::take(&mut out).split_at_mut_checked(piece.len()) {
            head.copy_from_slice(piece);
            out = tail;
        }
    }
    if let Some(sum) = rest.first_chunk_mut::<32>() {
        *sum = sha256(body);
    }
    bytes
}

/// What a place in the file holds.
enum Found {
    Share(Record),
    Erased(ShareKey),
}

impl Found {
    /// A record whose checksum is good.
    fn parse(bytes: &[u8]) -> Option<Self> {
        let (body, rest) = bytes.split_at_checked(BODY)?;
        if sha256(body) != *rest.first_chunk::<32>()? {
            return None;
        }
        let (magic, fields) = body.split_first_chunk()?;
        let (id, fields) = fields.split_first_chunk()?;
        let (class, fields) = fields.split_first()?;
        let (term, fields) = fields.split_first_chunk()?;
        let (term_max, share) = fields.split_first_chunk()?;
        let key = ShareKey { id: BoxId::from_bytes(*id), class: DataClass::try_from(*class).ok()? };
        match magic {
            ERASED => Some(Self::Erased(key)),
            MAGIC => Some(Self::Share(Record {
                key,
                term: u64::from_be_bytes(*term),
                term_max: u64::from_be_bytes(*term_max),
                share: RelayShare::from_bytes(*share.first_chunk()?),
            })),
            _ => None,
        }
    }
}
