//! What arrived: masked for whoever may open its class, and opened with a reason, the ledger first.

use crate::{
    Desk, DeskError,
    collecting::{ledger_box, ledger_class},
    notes,
    shares::{Missing, Wait},
    shelves::reshelve,
    stored::{Submission, open_item},
};
use ledger::{Code, Outcome, What};
use seal::{card::Card, note::Says};
use vault::{
    RequestId, VaultError,
    tables::{
        holding::HoldingState,
        look::{LookKind, LookRow},
        remark::RemarkKind,
        round::RoundState,
    },
};
use viewer::{Limits, Media, Pixels};
use wire::{BoxId, DataClass, PartId, PartSlot};
use zeroize::Zeroizing;

/// Why an item may be opened, by the policy's codes.
pub const REASONS: [&str; 5] =
    ["verify-identity", "charge-card", "customer-asked", "check-quality", "legal-duty"];

/// Names one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemRef {
    /// The round's box.
    pub box_id: BoxId,
    /// The part.
    pub part: PartId,
}

/// One item as a list shows it. Names, sizes and previews are there only for whoever holds the class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MaskedItem {
    /// Which.
    pub item: ItemRef,
    /// Its class.
    pub class: DataClass,
    /// What it answers.
    pub slot: u8,
    /// When it arrived, UTC seconds.
    pub arrived: u64,
    /// What its manifest says; none for whoever may not open the class, where it is damaged, and where the relay's part
    /// of the key is missing.
    pub described: Option<Described>,
    /// Why the relay's part of the key is not here, where it is needed.
    pub missing: Option<Missing>,
}

/// What a manifest says of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// The file's name; empty for a card.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Whether this version can show it.
    pub viewable: bool,
    /// Its length in bytes.
    pub length: u64,
    /// A masked preview, such as `411111••••••1111`.
    pub preview: String,
}

/// An item, opened. Wiped on drop.
pub enum Revealed {
    /// A picture, upright.
    Picture(Pixels),
    /// A card.
    Card(Card),
    /// A line of text.
    Text(Zeroizing<String>),
    /// Something this version does not show yet.
    NotViewable {
        /// Its media type.
        media_type: String,
    },
}

impl Desk {
    /// Everything a request brought in, masked.
    pub async fn items(&self, request: RequestId) -> Result<Vec<MaskedItem>, DeskError> {
        let session = self.session()?;
        let rounds = self.vault(move |vault, _| Ok(vault.db().rounds_of(request)?)).await?;
        let collected = rounds.iter().filter(|round| round.state == RoundState::Collected);
        let boxes = collected.map(|round| round.box_id).collect();
        let shares = self.shares(&session, boxes, Wait::Briefly).await?;
        self.vault(move |vault, _| {
            let mut items = Vec::new();
            for round in vault.db().rounds_of(request)? {
                let (Some(arrived), RoundState::Collected) = (round.arrived, round.state) else { continue };
                let id = round.box_id;
                let submission = Submission::read(vault, id)?;
                for class in DataClass::ALL {
                    let mut parts: Vec<_> =
                        submission.parts().iter().filter(|part| part.class == class).collect();
                    if parts.is_empty() || !is_alive(vault, id, class)? {
                        continue;
                    }
                    let manifest =
                        match vault.request_identity_with(&session, id, class, shares.get(id, class)) {
                            // One class's list that cannot be read does not hide the others.
                            Ok(identity) => match submission.manifest(vault, class, &identity) {
                                Ok(manifest) => Some(manifest),
                                Err(DeskError::Damaged | DeskError::Vault(VaultError::BlobDamaged)) => None,
                                Err(error) => return Err(error),
                            },
                            Err(VaultError::NotGranted | VaultError::NeedsShare) => None,
                            Err(error) => return Err(error.into()),
                        };
                    // In the customer's order: a passport's pages follow each other.
                    parts.sort_by_key(|part| {
                        let listed = manifest.iter().flat_map(|manifest| &manifest.items);
                        listed.into_iter().position(|item| item.part == part.part)
                    });
                    for part in parts {
                        let PartSlot::Item(slot) = part.slot else { continue };
                        let listed = manifest.iter().flat_map(|manifest| &manifest.items);
                        let described =
                            listed.into_iter().find(|item| item.part == part.part).map(|item| Described {
                                name: item.name.clone(),
                                viewable: Kind::of(&item.media_type).is_some(),
                                media_type: item.media_type.clone(),
                                length: item.length,
                                preview: item.preview.clone(),
                            });
                        let item = ItemRef { box_id: id, part: part.part };
                        let missing = shares.missing(id, class);
                        items.push(MaskedItem { item, class, slot, arrived, described, missing });
                    }
                }
            }
            Ok(items)
        })
        .await
    }

    /// Opens one item. The ledger's line is durable before anything is decrypted, whatever comes of it after. What
    /// this version cannot show is not opened, and nobody is told that it was.
    pub async fn reveal(
        &self,
        item: ItemRef,
        reason: &str,
        remark: Option<Zeroizing<String>>,
    ) -> Result<Revealed, DeskError> {
        if !REASONS.contains(&reason) {
            return Err(DeskError::Reason);
        }
        let session = self.session()?;
        let code: Code = reason.parse().map_err(|_| DeskError::Reason)?;
        let reason = reason.to_owned();
        let shares = self.shares(&session, vec![item.box_id], Wait::Whole).await?;
        let revealed = self
            .vault(move |vault, now| {
                let ItemRef { box_id: id, part } = item;
                let row = vault.db().parts(id)?.into_iter().find(|row| row.part == part);
                let row = row.ok_or(VaultError::NotFound)?;
                let PartSlot::Item(slot) = row.slot else { return Err(VaultError::NotFound.into()) };
                if !is_alive(vault, id, row.class)? {
                    return Err(DeskError::TooLate);
                }
                // Refused before the ledger: who holds no key opens nothing.
                let class = ledger_class(row.class);
                if let Some(missing) = shares.missing(id, row.class) {
                    return Err(missing.into());
                }
                let share = shares.get(id, row.class);
                let identity = vault.request_identity_with(&session, id, row.class, share)?;
                let manifest =
                    Submission::read(vault, id).and_then(|sent| sent.manifest(vault, row.class, &identity));
                // A list that cannot be read is found again below, after the ledger's line.
                let listed =
                    manifest.ok().and_then(|list| list.items.into_iter().find(|item| item.part == part));
                if let Some(listed) = listed
                    && Kind::of(&listed.media_type).is_none()
                {
                    return Ok(Err(listed.media_type));
                }
                let intent =
                    What::RevealedIntent { box_id: ledger_box(id), class, slot, reason: code.clone() };
                vault.change(now, |change| {
                    change.record(session.who(), intent)?;
                    if let Some(remark) = &remark {
                        let holdings = change.db().holdings(id)?;
                        let held = holdings.iter().find(|held| held.class == row.class);
                        let to = &held.ok_or(VaultError::NotFound)?.recipient;
                        let sealed = seal::agefile::seal(&[to], remark.as_bytes())
                            .map_err(|_| VaultError::Internal("remark"))?;
                        change.insert_remark(id, Some(row.class), RemarkKind::Reason, now, &sealed)?;
                    }
                    Ok::<_, VaultError>(())
                })?;
                let opened = open_item(vault, &session, id, part, &shares);
                let outcome = if opened.is_ok() { Outcome::Done } else { Outcome::Failed };
                let request = vault.db().round(id)?.request;
                vault.change(now, |change| {
                    let what = What::Revealed { box_id: ledger_box(id), class, slot, reason: code, outcome };
                    let leaf = change.record(session.who(), what)?;
                    let (done, person) = (outcome == Outcome::Done, session.person());
                    let what = if done { LookKind::Opened } else { LookKind::Failed };
                    let (class, why) = (row.class, Some(reason.clone()));
                    change.db().insert_look(&LookRow {
                        leaf,
                        box_id: id,
                        at: now,
                        person,
                        class,
                        slot,
                        what,
                        reason: why,
                    })?;
                    if done {
                        change.db().set_round_looked(id, now)?;
                        notes::write(change, id, Says::Opened { class: row.class, reason })?;
                    }
                    reshelve(change, request)
                })?;
                opened.map(Ok)
            })
            .await;
        self.inner.outbox_bell.notify_one();
        self.tell_news();
        let (item, plain) = match revealed? {
            Ok(opened) => opened,
            Err(media_type) => return Ok(Revealed::NotViewable { media_type }),
        };
        crate::desk::blocking(move || show(&item, &plain)).await
    }

    /// The item is covered again: the ledger says so.
    pub async fn hide(&self, item: ItemRef) -> Result<(), DeskError> {
        let session = self.session()?;
        self.vault(move |vault, now| {
            let row = vault.db().parts(item.box_id)?.into_iter().find(|row| row.part == item.part);
            // Purged meanwhile: there is nothing to say any more.
            let Some((class, PartSlot::Item(slot))) = row.map(|row| (row.class, row.slot)) else {
                return Ok(());
            };
            let what = What::Hidden { box_id: ledger_box(item.box_id), class: ledger_class(class), slot };
            vault.change(now, |change| {
                let leaf = change.record(session.who(), what)?;
                let (box_id, person, what) = (item.box_id, session.person(), LookKind::Covered);
                change.db().insert_look(&LookRow {
                    leaf,
                    box_id,
                    at: now,
                    person,
                    class,
                    slot,
                    what,
                    reason: None,
                })
            })?;
            Ok(())
        })
        .await?;
        self.tell_news();
        Ok(())
    }
}

fn is_alive(vault: &vault::Vault, id: BoxId, class: DataClass) -> Result<bool, VaultError> {
    let holdings = vault.db().holdings(id)?;
    Ok(holdings.iter().any(|held| held.class == class && held.state == HoldingState::Alive))
}

/// What this version shows, and how.
enum Kind {
    Card,
    Text,
    Picture(Media),
}

impl Kind {
    fn of(media_type: &str) -> Option<Self> {
        match media_type {
            seal::card::CARD_TYPE => Some(Self::Card),
            text if text.starts_with("text/plain") => Some(Self::Text),
            other => Media::from_type(other).map(Self::Picture),
        }
    }
}

fn show(item: &seal::manifest::Item, plain: &Zeroizing<Vec<u8>>) -> Result<Revealed, DeskError> {
    match Kind::of(&item.media_type) {
        Some(Kind::Card) => Card::parse(plain).map(Revealed::Card).map_err(|_| DeskError::Damaged),
        Some(Kind::Text) => {
            let text = std::str::from_utf8(plain).map_err(|_| DeskError::Damaged)?;
            Ok(Revealed::Text(Zeroizing::new(text.to_owned())))
        }
        Some(Kind::Picture(media)) => viewer::decode(plain, &[media], &Limits::default())
            .map(Revealed::Picture)
            .map_err(|_| DeskError::Damaged),
        None => Ok(Revealed::NotViewable { media_type: item.media_type.clone() }),
    }
}
