//! The customer gives everything, the connection breaks, the page is reloaded, and it arrives once.

use super::{Job, TICKET};
use crate::{Interceptor, Outcome, ensure, relay_store::RelayStore, scene::COMPANY};
use desk::NewLink;
use std::collections::HashSet;
use vault::tables::round::RoundState;
use wire::api::PartsView;

const DOCUMENTS: &str = "Passport or ID card";
/// Chunks that go through before the connection breaks.
const BEFORE_CUT: u32 = 5;

impl Job<'_> {
    pub(super) async fn give(&mut self, link: &NewLink) -> Outcome {
        self.tell.step("The customer opens the link in Chromium and gives a photo, a paper and a card");
        let photo = self.put_around("passport.jpg", &self.photo)?;
        let paper = self.put_around("register.pdf", &self.paper)?;
        self.customer.open(&link.url).await?;
        let page = self.customer.text().await?;
        for promise in
            [TICKET, COMPANY, "72 hours after your ticket is solved", "as soon as your card was charged"]
        {
            ensure(page.contains(promise), format!("the page does not say: {promise}"))?;
        }
        self.customer.give_file(DOCUMENTS, &photo).await?;
        self.customer.give_file(DOCUMENTS, &paper).await?;
        self.customer.give_card(&self.card).await?;
        self.tell.detail(&format!(
            "passport.jpg, {} KiB, with GPS position and turned aside",
            self.photo.len() / 1024
        ));
        self.tell.detail(&format!("register.pdf, {} KiB, five pages", self.paper.len() / 1024));
        self.tell.detail(&format!("a card, {}", self.card.masked()));
        self.tell.look(&photo);
        self.picture("2-given").await
    }

    pub(super) async fn send_over_a_bad_connection(&mut self, link: &NewLink) -> Outcome {
        self.tell.step(
            "The agent locks the desk and leaves; the customer presses Send, and the connection breaks",
        );
        self.scene.desk()?.lock();
        self.customer.cut_after(BEFORE_CUT).await?;
        self.customer.send().await?;
        self.customer.wait_cut().await?;
        self.customer.wait_status("There is no connection.").await?;
        self.tell.step("The customer reloads the page, and the connection comes back");
        self.customer.reload().await?;
        let relay = Interceptor::of(&link.url)?;
        let arrived = chunk_paths(&relay, &relay.parts().await?);
        ensure(!arrived.is_empty(), "nothing had arrived before the connection broke")?;
        let asked_before = self.customer.requests().await?.len();
        self.customer.restore().await?;
        self.customer.wait_status(&format!("Received by {COMPANY}")).await?;

        let requests = self.customer.requests().await?;
        let resumed: Vec<_> =
            requests.iter().skip(asked_before).filter(|sent| sent.method == "PUT").collect();
        ensure(!resumed.is_empty(), "everything had arrived before the connection broke")?;
        let again = resumed.iter().filter(|sent| arrived.iter().any(|path| sent.url.ends_with(path))).count();
        ensure(again == 0, format!("{again} chunks that had arrived were sent again"))?;
        let submits = requests.iter().filter(|sent| sent.url.ends_with("/submit")).count();
        ensure(submits == 1, format!("submitted {submits} times"))?;
        self.tell.detail(&format!(
            "{} chunks had arrived and were not sent again, {} more followed, submitted once",
            arrived.len(),
            resumed.len()
        ));
        Ok(())
    }

    pub(super) async fn collected_while_locked(&mut self, link: &NewLink) -> Outcome {
        self.tell.step("The locked desk collected it, and told the customer");
        ensure(!self.scene.desk()?.is_unlocked(), "the desk is not locked")?;
        let round = self.scene.round_is(link, RoundState::Collected).await?;
        ensure(round.arrived == Some(self.scene.now()), "it did not arrive now")?;
        let entries = entries_of_kind(&self.scene.data_dir(), "collected")?;
        ensure(entries == 1, format!("the ledger says {entries} times that it was collected"))?;
        let relay = self
            .scene
            .until("the relay erased its ciphertext", async || {
                let store = RelayStore::look(&self.scene.data_dir())?;
                Ok((store.chunks == 0 && store.files == 0).then_some(store))
            })
            .await?;
        ensure(relay.boxes.len() == 1, "there is another box")?;
        self.tell.detail("the relay kept no ciphertext");
        self.tell.look(&self.scene.data_dir().join("blobs"));
        let kept = self.customer.kept(&[&self.card.number, "passport.jpg", "register.pdf"]).await?;
        ensure(kept.is_empty(), format!("the browser still keeps {kept:?}"))?;
        self.picture("3-received").await
    }
}

fn chunk_paths(relay: &Interceptor, parts: &PartsView) -> HashSet<String> {
    let of_part = |part: &wire::api::PartView| {
        let id = part.part;
        let numbers: Vec<u32> = part.chunks.iter().flat_map(|(first, last)| *first..=*last).collect();
        numbers
            .into_iter()
            .map(move |n| format!("/v1/boxes/{}/parts/{id}/{n}", relay.box_id()))
            .collect::<Vec<_>>()
    };
    parts.parts.iter().flat_map(of_part).collect()
}

/// How many entries of the ledger say this.
pub(super) fn entries_of_kind(data_dir: &std::path::Path, kind: &str) -> Outcome<usize> {
    let ledger = std::fs::read_to_string(data_dir.join("ledger.log"))?;
    Ok(ledger.lines().filter(|line| line.contains(&format!("\"{kind}\""))).count())
}
