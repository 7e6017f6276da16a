//! What was given by hand, judged as the customer's page judges it, and sealed.

use crate::{DeskError, rounds::LIMIT_BYTES};
use helpdesk::Outgoing;
use seal::{
    Recipient, Rng, agefile,
    card::{CARD_TYPE, Card, brand},
    json::V1,
    manifest::{Cover, Item, Manifest, NAME_MAX},
    request::{Ask, Slot},
};
use std::collections::BTreeMap;
use vault::VaultError;
use viewer::Media;
use wire::{DataClass, PartId, PartSlot, RecordPart, digest::part_digest, limits};
use zeroize::Zeroizing;

const PDF: &str = "application/pdf";
const TEXT: &str = "text/plain;charset=utf-8";
/// PDF readers accept the header anywhere in the first kilobyte.
const PDF_HEAD: usize = 1024;
/// A row of digits this long in a name is a security code more likely than a name.
const CODE_DIGITS: usize = 3;

/// One thing that came another way. Wiped on drop.
pub struct Brought {
    /// The slot it answers.
    pub slot: u8,
    /// The file's name; empty for a card or a text.
    pub name: String,
    /// The file as it is to be kept; a card as its JSON (`seal::card`); a text as UTF-8.
    pub bytes: Zeroizing<Vec<u8>>,
    /// A picture that was drawn anew: nothing but its pixels. Otherwise it is kept as it came.
    pub redrawn: bool,
}

/// Why something is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BringError {
    /// Nothing was given.
    #[error("nothing was given; choose a file, or type the card")]
    Nothing,
    /// Not one of the kinds that are taken.
    #[error("this file is of a kind that is not taken here; use a JPEG, PNG or WebP picture, or a PDF")]
    Kind,
    /// More than a customer may send.
    #[error("this is more than one request takes; choose fewer or smaller files")]
    TooMuch,
    /// The card's JSON is not one, or has more fields than a card has.
    #[error("this is not a whole card; check number, month, year and name. The security code is never taken")]
    Card,
    /// A brand that is not asked for.
    #[error("cards of this brand are not taken; ask for a Visa, Mastercard or American Express card")]
    Brand,
    /// The card is over.
    #[error("this card has expired; ask for another one")]
    Expired,
    /// Digits where a name belongs.
    #[error(
        "there are digits in the name; if that is the security code, forget it: it is never taken or kept"
    )]
    Code,
    /// A text that is too long, or holds what no text has.
    #[error("this text is empty, too long, or holds signs that no text has; shorten it")]
    Text,
    /// A card number where a text belongs.
    #[error("this holds a card number; take a card in as a card, where it is masked")]
    CardInText,
    /// The customer was quicker.
    #[error(
        "the customer has just sent something through the link; nothing was taken in: look at what arrived"
    )]
    JustSent,
    /// The link cannot be ended now.
    #[error(
        "the relay cannot be reached, so the link that waits cannot be ended, and one request has one answer; try again \
         later, or take it in as a request of its own"
    )]
    LinkStays,
}

/// What it is sealed with, and judged by.
pub(super) struct Sealing<'a> {
    pub(super) slots: &'a [Slot],
    pub(super) recipients: &'a BTreeMap<DataClass, Recipient>,
    pub(super) rng: &'a dyn Rng,
    pub(super) chunk: u32,
    pub(super) now: u64,
}

/// A part as it is kept.
pub(super) struct SealedPart {
    pub(super) recorded: RecordPart,
    pub(super) bytes: Vec<u8>,
}

/// What was found out about a thing before it is sealed.
struct Judged {
    media_type: String,
    preview: String,
    covers: Vec<Cover>,
}

impl Sealing<'_> {
    /// Judges all of it first, then seals; the plaintext is wiped on the way.
    pub(super) fn seal(&self, items: Vec<Brought>) -> Result<Vec<SealedPart>, DeskError> {
        if items.is_empty() {
            return Err(BringError::Nothing.into());
        }
        let most = usize::from(limits::PARTS_MAX) - DataClass::ALL.len();
        let whole: usize = items.iter().map(|item| item.bytes.len()).sum();
        if items.len() > most || whole as u64 > LIMIT_BYTES {
            return Err(BringError::TooMuch.into());
        }
        let mut counts: BTreeMap<u8, u8> = BTreeMap::new();
        let mut judged = Vec::with_capacity(items.len());
        for item in &items {
            let slot = self.slots.iter().find(|slot| slot.slot == item.slot).ok_or(DeskError::NotAsked)?;
            let count = counts.entry(item.slot).or_default();
            *count += 1;
            if *count > slot.ask.parts() {
                return Err(BringError::TooMuch.into());
            }
            judged.push((slot.ask.class(), judge(&slot.ask, item, self.now)?));
        }
        let mut parts = Vec::new();
        let mut lists: BTreeMap<DataClass, Vec<Item>> = BTreeMap::new();
        for (item, (class, judged)) in items.into_iter().zip(judged) {
            let sealed = agefile::seal_item(self.recipient(class)?, &item.bytes).map_err(sealing)?;
            let part = self.part(class, PartSlot::Item(item.slot), sealed)?;
            lists.entry(class).or_default().push(Item {
                part: part.recorded.id,
                slot: item.slot,
                name: manifest_name(&item.name),
                media_type: judged.media_type,
                length: item.bytes.len() as u64,
                preview: judged.preview,
                covers: judged.covers,
            });
            parts.push(part);
        }
        for (class, items) in lists {
            let manifest = Manifest { v: V1, class, items, by_agent: true };
            let sealed = manifest.seal(self.recipient(class)?).map_err(sealing)?;
            parts.push(self.part(class, PartSlot::Manifest, sealed)?);
        }
        Ok(parts)
    }

    fn recipient(&self, class: DataClass) -> Result<&Recipient, DeskError> {
        Ok(self.recipients.get(&class).ok_or(VaultError::Internal("class"))?)
    }

    fn part(&self, class: DataClass, slot: PartSlot, bytes: Vec<u8>) -> Result<SealedPart, DeskError> {
        let mut id = [0; 16];
        self.rng.fill(&mut id).map_err(|_| VaultError::Randomness)?;
        let digest = part_digest(&bytes, self.chunk as usize);
        let recorded =
            RecordPart { id: PartId::from_bytes(id), class, slot, length: bytes.len() as u64, digest };
        Ok(SealedPart { recorded, bytes })
    }
}

fn judge(ask: &Ask, item: &Brought, now: u64) -> Result<Judged, BringError> {
    if item.bytes.is_empty() {
        return Err(BringError::Nothing);
    }
    match ask {
        Ask::Document { media, .. } => {
            if item.bytes.len() as u64 > limits::PART_PLAINTEXT_MAX {
                return Err(BringError::TooMuch);
            }
            let found = media_type(&item.bytes).filter(|found| media.iter().any(|taken| taken == found));
            let media_type = found.ok_or(BringError::Kind)?;
            let redrawn = item.redrawn && media_type != PDF;
            let covers = if redrawn { vec![Cover::Metadata] } else { Vec::new() };
            Ok(Judged { media_type: media_type.to_owned(), preview: String::new(), covers })
        }
        Ask::Card { brands, .. } => {
            let card = Card::parse(&item.bytes).map_err(|_| BringError::Card)?;
            let holder = card.holder.trim();
            if longest_digits(holder) >= CODE_DIGITS {
                return Err(BringError::Code);
            }
            if holder.is_empty() {
                return Err(BringError::Card);
            }
            if !brand(&card.number).is_some_and(|brand| brands.contains(&brand)) {
                return Err(BringError::Brand);
            }
            if u32::from(card.year) * 12 + u32::from(card.month) < month_of(now) {
                return Err(BringError::Expired);
            }
            let preview = card.number.masked();
            Ok(Judged { media_type: CARD_TYPE.to_owned(), preview, covers: Vec::new() })
        }
        Ask::Text { max, .. } => {
            let text = std::str::from_utf8(&item.bytes).map_err(|_| BringError::Text)?;
            let control = |c: char| c.is_control() && c != '\n';
            if text.trim().is_empty() || text.chars().count() > usize::from(*max) || text.contains(control) {
                return Err(BringError::Text);
            }
            if Outgoing::parse(text).is_err() {
                return Err(BringError::CardInText);
            }
            Ok(Judged { media_type: TEXT.to_owned(), preview: String::new(), covers: Vec::new() })
        }
    }
}

/// What a file is, by its first bytes, never by its name.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    let head = bytes.get(..PDF_HEAD).unwrap_or(bytes);
    match Media::sniff(bytes) {
        Some(media) => Some(media.as_type()),
        None => head.windows(5).any(|five| five == b"%PDF-").then_some(PDF),
    }
}

/// Months since the year 0, of a time in UTC seconds.
fn month_of(now: u64) -> u32 {
    let text = ledger::utc_text(now);
    let mut parts = text.split('-').map(|part| part.parse::<u32>().unwrap_or(0));
    parts.next().unwrap_or(0) * 12 + parts.next().unwrap_or(0)
}

fn longest_digits(text: &str) -> usize {
    text.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// At most as many bytes as a manifest takes, nothing that cannot be seen; the end tells the kind of file.
fn manifest_name(name: &str) -> String {
    let kept: String = name.chars().filter(|c| !c.is_control()).collect();
    let mut from = kept.len().saturating_sub(NAME_MAX);
    while !kept.is_char_boundary(from) {
        from += 1;
    }
    kept.get(from..).unwrap_or_default().to_owned()
}

fn sealing(_: seal::sealed::SealError) -> VaultError {
    VaultError::Internal("sealing")
}
