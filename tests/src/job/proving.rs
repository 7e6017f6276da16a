//! The proofs: certificates and the ledger before the real verifier, and what the browser saw of the secret.

use super::{Job, TICKET, code, sending::entries_of_kind};
use crate::{Outcome, ensure, verifier};
use desk::NewLink;
use std::ffi::OsStr;

impl Job<'_> {
    pub(super) async fn proofs(&mut self) -> Outcome {
        self.tell
            .step("A supervisor checks the certificates and the whole ledger with cloakroom-verify, offline");
        let desk = self.scene.desk()?;
        let key = desk.verifying_key().await?;
        let own: ledger::VerifyingKey = key.parse()?;
        let key = OsStr::new(&key);
        let purges = self.scene.certified(TICKET, 2).await?;
        for purge in &purges {
            let json = desk.certificate(purge.id).await?;
            let findings = ledger::Certificate::parse(json.as_bytes())?.verify(Some(&own))?;
            ensure(findings.signer == ledger::Signer::Given, "the certificate is somebody else's")?;
            let name = format!("{}.json", desk::certificate_number(purge.id));
            let certificate = self.put_around(&name, json.as_bytes())?;
            let file = certificate.as_os_str();
            let verdict = verifier::run(&[OsStr::new("--key"), key, file])?;
            ensure(verdict.code == 0, format!("the certificate does not verify: {}", verdict.said))?;
            let verdict_without = verifier::run(&[file])?;
            ensure(verdict_without.code == 3, format!("without a key it says: {}", verdict_without.said))?;
            for line in verdict.said.lines().take(2) {
                self.tell.detail(line);
            }
            self.tell.look(&certificate);
        }
        let checkpoint = self.put_around("checkpoint.txt", desk.checkpoint().await?.as_bytes())?;
        let ledger = self.scene.data_dir().join("ledger.log");
        let arguments = [
            OsStr::new("--ledger"),
            ledger.as_os_str(),
            OsStr::new("--checkpoint"),
            checkpoint.as_os_str(),
            OsStr::new("--entries"),
            OsStr::new("--key"),
            key,
        ];
        let verdict = verifier::run(&arguments)?;
        ensure(verdict.code == 0, format!("the ledger does not verify: {}", verdict.said))?;
        for line in verdict.said.lines().take(2) {
            self.tell.detail(line);
        }
        let looked = entries_of_kind(&self.scene.data_dir(), "verify-identity")?;
        ensure(
            looked == 2,
            format!(
                "{looked} entries about opening one document, before and after; what cannot be shown is not opened"
            ),
        )
    }

    pub(super) async fn nothing_leaked(&mut self, link: &NewLink) -> Outcome {
        self.tell
            .step("What the browser saw: no secret in any address, nothing on the console, nothing kept");
        let secrets = [code(link)?, &self.card.number, &self.card.holder];
        let requests = self.customer.requests().await?;
        for sent in &requests {
            ensure(!secrets.iter().any(|secret| sent.url.contains(secret)), "a secret is in an address")?;
            let headers: String = sent.headers.values().map(String::as_str).collect();
            ensure(!secrets.iter().any(|secret| headers.contains(secret)), "a secret is in a header")?;
        }
        let console = self.customer.console().await?;
        // Chromium itself reports each request that the cut connection ended.
        let own: Vec<_> = console.iter().filter(|line| !is_lost_connection(line)).collect();
        ensure(own.is_empty(), format!("the console says {own:?}"))?;
        let kept = self.customer.kept(&[&self.card.number, &self.card.holder, "passport.jpg"]).await?;
        ensure(kept.is_empty(), format!("the browser still keeps {kept:?}"))?;
        self.tell.detail(&format!("{} requests, all clean", requests.len()));
        Ok(())
    }
}

fn is_lost_connection(line: &str) -> bool {
    line.starts_with("error: Failed to load resource: net::ERR_CONNECTION_")
}
