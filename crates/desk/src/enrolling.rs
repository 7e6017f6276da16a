//! Which relay new requests are made on: taking up a relay elsewhere by a code, going back to the one inside, and
//! letting go of one that has nothing left.

use crate::{
    Desk, DeskError, RelayClient, RelayError, RelayHealth, embedded::Home, lines::Line, shares::code,
    way::is_here,
};
use http::Uri;
use ledger::What;
use std::sync::Arc;
use vault::{
    Session, Vault, VaultError,
    tables::{
        person::Role,
        relay::{RelayId, RelayState},
    },
};
use wire::DeskToken;
use zeroize::Zeroizing;

/// The rule's code in the ledger, and its values.
pub(crate) const POLICY: &str = "relay";
const ELSEWHERE: &str = "elsewhere";
const INSIDE: &str = "inside";

/// A token that is durable here and not known to be taken there.
struct Enrolling {
    id: RelayId,
    token: Arc<DeskToken>,
    /// Whether it was made by an earlier try, whose answer may have been lost.
    tried: bool,
}

impl Desk {
    /// Takes up a relay elsewhere: its address, and the code that its operator gave. New requests are made there from
    /// here on; those that run stay where they are. A code for a relay in use already renews the token. Whatever is
    /// lost on the way, the same address and code again come to the same end.
    pub async fn enrol(&self, address: &str, enrolment: &str) -> Result<(), DeskError> {
        let session = self.supervisor()?;
        let origin = origin(address)?;
        let _one = self.inner.enrolling.lock().await;
        let enrolling = self.token_for(&origin).await?;
        vault::fault::point("relay.token-durable");
        let transport = Arc::clone(&self.inner.config.transport);
        let client = RelayClient::new(transport, &origin, Arc::clone(&enrolling.token))?;
        let answer = match client.enrol(enrolment).await {
            // Used up, perhaps by the very try whose answer was lost.
            Err(RelayError::BadCode) if enrolling.tried => client.desk().await.map_err(|error| match error {
                RelayError::Unreachable(_) => error,
                _ => RelayError::BadCode,
            }),
            answer => answer,
        };
        vault::fault::point("relay.enrolled");
        let id = enrolling.id;
        let view = match answer {
            Ok(view) => view,
            Err(error) => {
                // Where nobody knows what became of it, the token is kept for the next try.
                if !matches!(error, RelayError::Unreachable(_)) {
                    self.vault(move |vault, now| {
                        Ok(vault.change(now, |change| change.db().forget_enrolment(id))?)
                    })
                    .await?;
                }
                return Err(error.into());
            }
        };
        let (version, name) = (view.version, view.name);
        let id = self
            .vault(move |vault, now| {
                let vault_id = vault.id();
                Ok(vault.change(now, |change| {
                    let id = change.db().enrolled(id, &name, now)?;
                    let what = What::PolicySet { policy: code(POLICY)?, value: code(ELSEWHERE)? };
                    change.record_act(vault_id, session.person(), session.act(), what)?;
                    Ok::<_, VaultError>(id)
                })?)
            })
            .await?;
        let line = Line::new(id, client, &self.inner.around);
        line.health.version(version);
        self.take_up(line);
        Ok(())
    }

    /// New requests are made on the relay inside this desk again.
    pub async fn use_relay_inside(&self) -> Result<(), DeskError> {
        let session = self.supervisor()?;
        let _one = self.inner.enrolling.lock().await;
        if self.inner.lines.current().is_some_and(|line| line.id == RelayId::INSIDE) {
            return Ok(());
        }
        // It runs already where something is finished there.
        let line = match self.inner.lines.get(RelayId::INSIDE) {
            Some(line) => line,
            None => {
                let home = Home::start(&self.inner.config, &self.inner.around.time).await?;
                let line = Line::new(RelayId::INSIDE, home.client.clone(), &self.inner.around);
                home.show_contact(&self.company().await?);
                *self.inner.home.lock().await = Some(home);
                line
            }
        };
        self.vault(move |vault, now| {
            let id = vault.id();
            vault.change(now, |change| {
                change.db().make_current(RelayId::INSIDE, now)?;
                let what = What::PolicySet { policy: code(POLICY)?, value: code(INSIDE)? };
                change.record_act(id, session.person(), session.act(), what)
            })?;
            Ok(())
        })
        .await?;
        self.take_up(line);
        Ok(())
    }

    /// Every relay in use, the current one first.
    pub async fn relays(&self) -> Result<Vec<RelayHealth>, DeskError> {
        let lines = self.inner.lines.all();
        let (home_is_inside, now) = (self.inner.config.relay.is_none(), self.now());
        let mut relays = self
            .read(move |db| {
                let mut relays = Vec::new();
                for line in lines {
                    let row = db.relay(line.id)?;
                    relays.push(RelayHealth {
                        id: line.id,
                        origin: line.client.origin().to_owned(),
                        inside: line.id == RelayId::INSIDE && home_is_inside,
                        name: row.name,
                        state: row.state,
                        left: db.rounds_left(line.id)?,
                        ends: db.relay_ends(line.id)?,
                        is_over: db.relay_is_over(line.id, now)?,
                        calls: line.health.calls(),
                    });
                }
                Ok(relays)
            })
            .await?;
        relays.sort_by_key(|relay| (relay.state != RelayState::Current, relay.id));
        Ok(relays)
    }

    /// Lets go of a relay that has nothing left to do, and of the token for it.
    pub(crate) async fn let_go(&self, line: &Line) -> Result<(), DeskError> {
        let id = line.id;
        if self.inner.lines.current().is_none_or(|current| current.id == id) {
            return Ok(());
        }
        let gone = self
            .vault(move |vault, now| Ok(vault.change(now, |change| change.db().let_go(id, now))?))
            .await?;
        if gone {
            if let Err(error) = self.end_hooks(line).await {
                tracing::warn!(%error, "the hooks at a relay that is let go of could not be ended");
            }
            self.part_from(line);
        }
        Ok(())
    }

    /// Who unlocked the desk, where they may set rules.
    pub(crate) fn supervisor(&self) -> Result<Arc<Session>, DeskError> {
        let session = self.session()?;
        match session.role() {
            Role::Supervisor | Role::Both => Ok(session),
            Role::Agent => Err(DeskError::NotSupervisor),
        }
    }

    fn take_up(&self, line: Arc<Line>) {
        let is_new = self.inner.lines.get(line.id).is_none_or(|there| !Arc::ptr_eq(&there, &line));
        let id = line.id;
        if is_new {
            self.inner.lines.add(Arc::clone(&line));
            self.follow(&line);
        }
        self.inner.lines.set_current(id);
        // Whoever has nothing left is let go of; the one of now is to know the hooks.
        self.inner.outbox_bell.notify_one();
        self.inner.delivery_bell.notify_one();
        self.tell_news();
    }

    /// The token that an earlier try for this relay made, or a fresh one; durable before anybody is told.
    async fn token_for(&self, origin: &str) -> Result<Enrolling, DeskError> {
        let origin = origin.to_owned();
        self.vault(move |vault, now| {
            for row in vault.db().relays()?.into_iter().filter(|row| row.state == RelayState::Enrolling) {
                if row.origin == origin {
                    let token = Arc::new(vault.keyed().relay_token(row.id)?);
                    return Ok(Enrolling { id: row.id, token, tried: true });
                }
                vault.change(now, |change| change.db().forget_enrolment(row.id))?;
            }
            let token = Arc::new(fresh_token(vault)?);
            let id = vault.change(now, |change| change.insert_relay(&origin, &token))?;
            Ok(Enrolling { id, token, tried: false })
        })
        .await
    }
}

fn fresh_token(vault: &Vault) -> Result<DeskToken, VaultError> {
    let mut bytes = Zeroizing::new([0; 32]);
    vault.rng().fill(bytes.as_mut_slice()).map_err(|_| VaultError::Randomness)?;
    Ok(DeskToken::from_bytes(*bytes))
}

/// A relay's origin, from what a person writes for it: `drop.example.com` will do.
fn origin(address: &str) -> Result<String, RelayError> {
    let address = address.trim();
    // Not of the scheme, where nothing follows it.
    let address = if address.ends_with("://") { address } else { address.trim_end_matches('/') };
    let address = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let uri: Uri = address.to_lowercase().parse().map_err(|_| RelayError::Address)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(RelayError::Address);
    };
    let is_plain =
        matches!(uri.path(), "" | "/") && uri.query().is_none() && !authority.as_str().contains('@');
    match scheme {
        _ if !is_plain || authority.host().is_empty() => Err(RelayError::Address),
        "https" => {
            Ok(format!("https://{}", authority.as_str().strip_suffix(":443").unwrap_or(authority.as_str())))
        }
        "http" if is_here(&uri) => Ok(format!("http://{authority}")),
        "http" => Err(RelayError::PlainHttp),
        _ => Err(RelayError::Address),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn an_address_is_read_as_people_write_it() {
        for (written, read) in [
            ("drop.example.com", "https://drop.example.com"),
            ("  Drop.Example.com/ ", "https://drop.example.com"),
            ("https://drop.example.com:443", "https://drop.example.com"),
            ("drop.example.com:8443", "https://drop.example.com:8443"),
            ("http://127.0.0.1:4700", "http://127.0.0.1:4700"),
            ("https://[2001:db8::1]:8443/", "https://[2001:db8::1]:8443"),
        ] {
            assert_eq!(origin(written).unwrap(), read);
        }
        assert_eq!(origin("http://drop.example.com"), Err(RelayError::PlainHttp));
        for wrong in [
            "",
            "   ",
            "https://",
            "drop example",
            "ftp://drop.example.com",
            "https://a@b.example",
            "a.example/path",
            "a.example?x",
        ] {
            assert_eq!(origin(wrong), Err(RelayError::Address), "{wrong}");
        }
    }

    /// It is let go of by itself: nobody is asked to do that, and no certificate waits for its word.
    #[tokio::test]
    async fn a_relay_that_owes_nothing_is_not_one_that_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let (desk, _link) = crate::played::asked(folder.path(), crate::Template::IdDocument).await;
        let asked = desk.vault(|vault, now| {
            let token = fresh_token(vault)?;
            vault.change(now, |change| {
                let other = change.insert_relay("https://other.example.com", &token)?;
                change.db().make_current(other, now)?;
                change.db().make_current(RelayId::INSIDE, now)?;
                Ok((change.db().relay_is_over(other, now)?, change.db().let_go(other, now)?))
            })
        });
        assert_eq!(asked.await.unwrap(), (false, true));
        desk.close().await;
    }
}
