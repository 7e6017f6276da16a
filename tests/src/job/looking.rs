//! What the agent sees: masked first, then opened with a reason; and what really lies in the vault.

use super::{Job, TICKET};
use crate::{Outcome, ensure, opened, samples};
use desk::{NewLink, Revealed};
use std::time::Instant;
use viewer::Pixels;
use wire::DataClass;

/// How far a colour may be from what was photographed, after two rounds of JPEG and the grain.
const COLOUR_TOLERANCE: u8 = 24;

impl Job<'_> {
    /// The vault holds the bytes the browser made: standard age files, each to its own class.
    pub(super) async fn age_opens_it(&mut self, link: &NewLink) -> Outcome {
        self.tell.step("The desk is closed; the stock age program opens what the browser sealed");
        self.scene.close().await;
        let all = opened::open(&self.scene, link.box_id)?;
        self.scene.open().await?;
        ensure(all.len() == 3, format!("{} items arrived", all.len()))?;
        let of = |media_type: &str| {
            all.iter().find(|item| item.media_type == media_type).ok_or(format!("no {media_type} arrived"))
        };

        let paper = of("application/pdf")?;
        ensure(paper.bytes == self.paper && paper.name == "register.pdf", "the paper is not what was given")?;
        let card = of(seal::card::CARD_TYPE)?;
        ensure(card.class == DataClass::Payment, "the card is sealed to another class")?;
        let photo = of("image/jpeg")?;
        ensure(photo.name == "passport.jpg", "the photo lost its name")?;
        for mark in samples::PHOTO_MARKS {
            ensure(contains(&self.photo, mark.as_bytes()), format!("the photo never had {mark}"))?;
            ensure(!contains(&photo.bytes, mark.as_bytes()), format!("the photo still says {mark}"))?;
        }
        for segment in [b"Exif\0".as_slice(), b"http://ns.adobe.com"] {
            ensure(!contains(&photo.bytes, segment), "the photo still has metadata")?;
        }
        self.tell
            .detail("the paper is unchanged, the photo has no metadata, the card is sealed apart from them");
        self.scene.unlock().await
    }

    pub(super) async fn masked(&mut self, link: &NewLink) -> Outcome {
        self.tell.step("The agent unlocks and sees what arrived, masked");
        let items = self.scene.items(link.request).await?;
        ensure(items.len() == 3, format!("{} items are listed", items.len()))?;
        for item in &items {
            let described = item.described.as_ref().ok_or("an item is not described")?;
            let line = format!(
                "{} {} {} bytes {}",
                described.name, described.media_type, described.length, described.preview
            );
            ensure(!line.contains(&self.card.number), "the list shows the whole card number")?;
            self.tell.detail(line.trim());
        }
        let described = |class| {
            items.iter().filter(move |item| item.class == class).filter_map(|item| item.described.as_ref())
        };
        let card = described(DataClass::Payment).next().ok_or("the card is missing")?;
        ensure(card.preview == self.card.masked() && card.name.is_empty(), "the card is not shown masked")?;
        let names: Vec<_> = described(DataClass::Identity).map(|item| item.name.as_str()).collect();
        ensure(names == ["passport.jpg", "register.pdf"], format!("the names are {names:?}"))?;
        let paper = described(DataClass::Identity).find(|item| item.media_type == "application/pdf");
        ensure(
            paper.is_some_and(|paper| paper.length == self.paper.len() as u64 && !paper.viewable),
            "the paper's size is wrong, or it is said to be viewable",
        )
    }

    pub(super) async fn reveal(&mut self, link: &NewLink) -> Outcome {
        self.tell
            .step("The agent opens each item, with a reason that the customer reads and the ledger keeps");
        let items = self.scene.items(link.request).await?;
        let wrong = self.scene.desk()?.reveal(first(&items)?.item, "curious", None).await;
        ensure(matches!(wrong, Err(desk::DeskError::Reason)), "a reason of one's own was taken")?;
        for item in &items {
            let reason = if item.class == DataClass::Payment { "charge-card" } else { "verify-identity" };
            let begun = Instant::now();
            let shown = self.scene.desk()?.reveal(item.item, reason, None).await?;
            let took = begun.elapsed().as_millis();
            match shown {
                Revealed::Picture(pixels) => {
                    self.is_upright(&pixels)?;
                    self.tell.detail(&format!(
                        "the photo is upright, {} × {}, in {took} ms",
                        pixels.width(),
                        pixels.height()
                    ));
                }
                Revealed::Card(card) => {
                    ensure(card.number.expose() == self.card.number, "this is another card number")?;
                    let date = (card.month.to_string(), card.year.to_string());
                    ensure(
                        date == (self.card.month.clone(), self.card.year.clone()),
                        "this is another date",
                    )?;
                    ensure(*card.holder == self.card.holder, "this is another holder")?;
                    self.tell.detail("the card's number, date and name are right");
                }
                Revealed::NotViewable { media_type } => {
                    ensure(media_type == "application/pdf", "the photo cannot be viewed")?;
                    self.tell.detail("the paper cannot be viewed by this version yet, and the desk says so");
                    continue;
                }
                Revealed::Text(_) => return Err("nobody gave a text".into()),
            }
            self.scene.desk()?.hide(item.item).await?;
        }
        self.customer.wait_status("Opened on").await?;
        self.picture("4-opened").await
    }

    fn is_upright(&self, pixels: &Pixels) -> Outcome {
        let (width, height, wanted) = samples::UPRIGHT;
        ensure((pixels.width(), pixels.height()) == (width, height), "the photo has another size")?;
        let seen = samples::quarters(width, height, pixels.rgba()).ok_or("the photo is cut off")?;
        let close = seen
            .iter()
            .flatten()
            .zip(wanted.iter().flatten())
            .all(|(seen, wanted)| seen.abs_diff(*wanted) <= COLOUR_TOLERANCE);
        ensure(close, format!("the photo is not upright: {seen:?} instead of {wanted:?}"))
    }

    /// The card is destroyed as soon as it was charged; the rest stays.
    pub(super) async fn charge(&mut self, link: &NewLink) -> Outcome {
        self.tell.step("The card was charged: it is destroyed now, the documents stay");
        let desk = self.scene.desk()?;
        let purges = desk.charged(link.request).await?;
        for purge in purges {
            desk.wait_certified(purge).await?;
        }
        let purge = first(&self.scene.certified(TICKET, 1).await?)?.clone();
        ensure(purge.rule == "charged" && purge.items == 1, "another purge than the card's")?;
        let left = self.scene.items(link.request).await?;
        ensure(
            left.len() == 2 && left.iter().all(|item| item.class == DataClass::Identity),
            "not only the card went",
        )?;
        let said = self.customer.wait_status("Deleted on").await?;
        ensure(
            said.contains("Payment card") && said.contains("still kept"),
            format!("the page says: {said}"),
        )?;
        self.customer.reload().await?;
        let page = self.customer.text().await?;
        ensure(page.contains("Delete my data now"), "the customer can no longer have the documents deleted")?;
        self.tell.detail(&format!("certificate {}", desk::certificate_number(purge.id)));
        Ok(())
    }
}

fn first<T>(list: &[T]) -> Outcome<&T> {
    Ok(list.first().ok_or("the list is empty")?)
}

/// Whether `needle` occurs in `hay`.
pub(super) fn contains(hay: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(hay, needle).is_some()
}
