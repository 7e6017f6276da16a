//! Every kind of file a customer may give.

use crate::stage::{DOCUMENT, Stage, paper};
use desk::{Revealed, Template};
use image::{ImageFormat, RgbImage};
use journeys::{Outcome, ensure, opened, samples::Card};
use std::io::Cursor;

const SIDES: (u32, u32) = (640, 480);

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_file_is_shown_or_said_and_opens_with_the_stock_age() -> Outcome {
    let mut on = Stage::set().await?;
    let link = on.scene.ask(Template::IdAndCard, "#16").await?;
    on.customer.open(&link.url).await?;
    for (name, format) in
        [("a.jpg", ImageFormat::Jpeg), ("b.png", ImageFormat::Png), ("c.webp", ImageFormat::WebP)]
    {
        let file = on.file(name, &picture(format)?)?;
        on.customer.give_file(DOCUMENT, &file).await?;
    }
    let file = on.paper("d.pdf", 100)?;
    on.customer.give_file(DOCUMENT, &file).await?;
    let refused = on.file("e.html", b"<!doctype html><title>no</title>")?;
    let refused = on.customer.give_file(DOCUMENT, &refused).await;
    ensure(refused.is_err(), "a fifth file of another kind was taken")?;
    // It stays in the list, as not taken, until the customer has seen it.
    on.customer.press("Remove e.html").await?;
    on.customer.give_card(&Card::sample()).await?;
    on.customer.send().await?;
    on.received().await?;

    for item in on.scene.items(link.request).await? {
        let described = item.described.clone().unwrap();
        match on.scene.desk()?.reveal(item.item, "check-quality", None).await? {
            Revealed::Picture(pixels) => {
                ensure(
                    (pixels.width(), pixels.height()) == SIDES,
                    format!("{described:?} has another size"),
                )?;
                let [r, g, b] = [pixels.rgba()[0], pixels.rgba()[1], pixels.rgba()[2]];
                ensure(r > 150 && g < 80 && b < 80, format!("{described:?} is {r} {g} {b}"))?;
            }
            Revealed::NotViewable { media_type } => ensure(media_type == "application/pdf", media_type)?,
            Revealed::Card(card) => ensure(card.number.expose() == Card::sample().number, "another card")?,
            Revealed::Text(_) => panic!("nobody gave a text"),
        }
    }
    // What was not shown is not recorded as looked at.
    let rounds = on.scene.desk()?.detail(link.request).await?.rounds;
    let looks = rounds.iter().map(|round| round.looks.len()).sum::<usize>();
    ensure(looks == 4, format!("{looks} looks are recorded"))?;
    on.scene.close().await;
    let all = opened::open(&on.scene, link.box_id)?;
    let names: Vec<_> = all.iter().map(|item| item.name.as_str()).collect();
    ensure(names == ["a.jpg", "b.png", "c.webp", "d.pdf", ""], format!("{names:?}"))?;
    ensure(all[3].bytes == paper(100), "the paper was changed")?;
    for item in &all[..3] {
        let format = image::guess_format(&item.bytes)?;
        ensure(item.media_type == format.to_mime_type(), format!("{} is {format:?}", item.media_type))?;
    }
    on.scene.open().await?;
    on.leave().await
}

fn picture(format: ImageFormat) -> Outcome<Vec<u8>> {
    let mut bytes = Cursor::new(Vec::new());
    RgbImage::from_pixel(SIDES.0, SIDES.1, image::Rgb([200, 30, 30])).write_to(&mut bytes, format)?;
    Ok(bytes.into_inner())
}
