//! What a customer sends: a picture or a card that says whose it is, sealed as the page seals it.

use super::dice::Dice;
use crate::Outcome;
use seal::{
    agefile,
    card::{Card, Pan},
    json::V1,
    manifest::{Item, Manifest},
    request::{Ask, Request},
};
use std::collections::BTreeMap;
use wire::{DataClass, PartId, PartSlot};
use zeroize::Zeroizing;

const PAN: &str = "5555555555554444";

/// A part, as the relay gets it.
pub(crate) struct Part {
    pub(crate) id: PartId,
    pub(crate) class: DataClass,
    pub(crate) slot: PartSlot,
    pub(crate) sealed: Vec<u8>,
}

/// Whose card it is.
pub(crate) fn holder(number: u64) -> String {
    format!("Customer {number}")
}

/// Whose picture it is.
pub(crate) fn colour(number: u64) -> [u8; 3] {
    let [.., a, b, c] = number.to_be_bytes();
    [a, b, c]
}

/// Everything a request asks for, manifests last.
pub(crate) fn everything(request: &Request, dice: &mut Dice, number: u64) -> Outcome<Vec<Part>> {
    let mut parts = Vec::new();
    let mut listed: BTreeMap<DataClass, Vec<Item>> = BTreeMap::new();
    for slot in &request.slots {
        let class = slot.ask.class();
        let (plain, name, media_type, preview) = match &slot.ask {
            Ask::Document { .. } => (picture(number)?, "page.png", "image/png", String::new()),
            Ask::Card { .. } => card(number)?,
            Ask::Text { .. } => (holder(number).into_bytes(), "", "text/plain;charset=utf-8", String::new()),
        };
        let id = part_id(dice);
        let recipient = request.recipient(class).ok_or("a class without a recipient")?;
        let sealed = agefile::seal_item(recipient, &plain)?;
        parts.push(Part { id, class, slot: PartSlot::Item(slot.slot), sealed });
        listed.entry(class).or_default().push(Item {
            part: id,
            slot: slot.slot,
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            length: plain.len() as u64,
            preview,
            covers: Vec::new(),
        });
    }
    for (class, items) in listed {
        let recipient = request.recipient(class).ok_or("a class without a recipient")?;
        let sealed = Manifest { v: V1, class, items, by_agent: false }.seal(recipient)?;
        parts.push(Part { id: part_id(dice), class, slot: PartSlot::Manifest, sealed });
    }
    Ok(parts)
}

fn part_id(dice: &mut Dice) -> PartId {
    let mut bytes = [0; 16];
    dice.fill(&mut bytes);
    PartId::from_bytes(bytes)
}

fn picture(number: u64) -> Outcome<Vec<u8>> {
    let mut png = Vec::new();
    let image = image::RgbImage::from_pixel(8, 8, image::Rgb(colour(number)));
    image.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png)?;
    Ok(png)
}

fn card(number: u64) -> Outcome<(Vec<u8>, &'static str, &'static str, String)> {
    let pan = Pan::parse(PAN)?;
    let preview = pan.masked();
    let card = Card { number: pan, month: 11, year: 2031, holder: Zeroizing::new(holder(number)) };
    Ok((card.encode()?.to_vec(), "", seal::card::CARD_TYPE, preview))
}
