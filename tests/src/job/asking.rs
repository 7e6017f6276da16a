//! The link, and everybody who looks at it before the customer does anything.

use super::{Job, TICKET};
use crate::{Interceptor, Outcome, ensure, relay_store::RelayStore};
use desk::{NewLink, Template};
use reqwest::{Method, StatusCode};
use seal::{Link, SystemRng};
use wire::api::BoxState;

impl Job<'_> {
    pub(super) async fn ask(&mut self) -> Outcome<NewLink> {
        self.tell.step("The agent asks the customer of ticket #4821 for an ID document and a card");
        let link = self.scene.ask(Template::IdAndCard, TICKET).await?;
        self.tell.detail(&format!("the link, shown once: {}", *link.url));
        self.tell.detail(&format!("five words to tell it is genuine: {}", link.phrase));
        Ok(link)
    }

    /// Mail scanners, chat previews and the customer's own impatience use nothing up.
    pub(super) async fn nothing_changes_by_looking(&mut self, link: &NewLink) -> Outcome {
        self.tell.step("A preview bot and the customer open, reload and probe the link");
        let before = self.state(link).await?;
        let bot = Interceptor::of(&link.url)?;
        let stranger = Link::make(&SystemRng)?;
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for path in ["/", "/v1/boxes", "/robots.txt", "/healthz", "/openapi.json"] {
                bot.bare(method.clone(), path).send().await?;
            }
            for path in ["", "/parts"] {
                let box_path = format!("/v1/boxes/{}{path}", bot.box_id());
                let blind = bot.bare(method.clone(), &box_path).send().await?.status();
                let wrong = bot.call_with(&stranger, method.clone(), path).send().await?.status();
                let right = bot.call(method.clone(), path).send().await?.status();
                if method == Method::OPTIONS {
                    ensure(!right.is_success(), "OPTIONS is no call")?;
                } else {
                    ensure(blind == StatusCode::NOT_FOUND, "without a token there is nothing here")?;
                    ensure(wrong == StatusCode::NOT_FOUND, "with another token there is nothing here")?;
                    ensure(right == StatusCode::OK, "with its token the box can be looked at")?;
                }
            }
        }
        for _ in 0..2 {
            ensure(self.customer.open(&link.url).await? == 200, "the page is served")?;
            self.customer.wait_status("Ready.").await?;
            self.customer.reload().await?;
            self.customer.wait_status("Ready.").await?;
        }
        ensure(
            self.customer.address().await? == format!("{}/", self.scene.desk()?.origin()),
            "the secret stays in the address bar",
        )?;
        let after = self.state(link).await?;
        ensure(before == after, format!("looking changed something: {before:?} became {after:?}"))?;
        ensure(bot.view().await?.state == BoxState::Waiting, "the box is no longer waiting")?;
        self.tell.detail("nothing changed: not at the relay, not in the vault, not in the ledger");
        self.picture("1-asked").await
    }

    /// All that could tell that somebody was here.
    async fn state(&self, link: &NewLink) -> Outcome<(RelayStore, String, Vec<u8>)> {
        let data_dir = self.scene.data_dir();
        let round = self.scene.round(link.request, link.box_id).await?;
        Ok((RelayStore::look(&data_dir)?, format!("{round:?}"), std::fs::read(data_dir.join("ledger.log"))?))
    }
}
