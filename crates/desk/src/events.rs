//! What the relay says happened: each a hint. Only what is authenticated is believed, nothing is destroyed on a
//! hint, and the place reached is durable before it counts.

use crate::{Desk, DeskError, NewsBy, RelayError, health::CLOCKS, lines::Line};
use futures_util::StreamExt;
use ledger::{What, Who};
use std::time::Duration;
use vault::tables::{relay::RelayId, round::RoundState};
use wire::{
    BoxId,
    api::{Event, EventKind},
    sha256,
};

const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_MAX: Duration = Duration::from_secs(30);
/// How many polls before a stream is tried again; each waits up to 20 seconds for news.
const POLLS: u32 = 10;

impl Desk {
    /// Follows the relay's events for as long as the desk runs: as a stream, or by polling where something on the
    /// way cuts streams.
    pub(crate) async fn run_events(&self, line: &Line) {
        let which = line.id.number().to_string();
        // A submission may have been announced just before a crash.
        self.inner.collect_bell.notify_one();
        let mut pause = PAUSE_FIRST;
        let mut polls = 0;
        loop {
            let heard = if polls == 0 { self.follow_stream(line).await } else { self.poll_once(line).await };
            match (heard, polls) {
                (Ok(heard), _) => {
                    self.inner.troubles.clear("relay", &which);
                    pause = PAUSE_FIRST;
                    // A stream that ended well was cut on the way: ask for a while instead.
                    polls = if polls == 0 { POLLS } else { polls - 1 };
                    // A relay that answers at once and says nothing is not asked in a circle.
                    if !heard {
                        tokio::time::sleep(PAUSE_FIRST).await;
                    }
                }
                (Err(_), 0) => polls = POLLS,
                (Err(error), _) => {
                    self.inner.troubles.set("relay", &which, &error);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                    // It may have come back with streams.
                    polls -= 1;
                }
            }
        }
    }

    /// `true` when something was heard.
    async fn follow_stream(&self, line: &Line) -> Result<bool, DeskError> {
        self.greet(line).await;
        let mut events = line.client.events(self.cursor(line).await?).await?;
        self.inner.troubles.clear("relay", &line.id.number().to_string());
        line.health.by(NewsBy::Stream);
        let mut heard = false;
        while let Some(event) = events.next().await {
            self.hear(line, event?).await?;
            heard = true;
        }
        Ok(heard)
    }

    async fn poll_once(&self, line: &Line) -> Result<bool, DeskError> {
        let events = line.client.poll(self.cursor(line).await?).await?.events;
        line.health.by(NewsBy::Asking);
        let heard = !events.is_empty();
        for event in events {
            self.hear(line, event).await?;
        }
        Ok(heard)
    }

    /// Asks a relay what it is; one that does not say is none the worse for it.
    async fn greet(&self, line: &Line) {
        if let Ok(view) = line.client.desk().await {
            line.health.version(view.version);
        }
    }

    async fn cursor(&self, line: &Line) -> Result<u64, DeskError> {
        let relay = cursor_name(line);
        self.vault(move |vault, _| Ok(vault.db().cursor(&relay)?)).await
    }

    async fn hear(&self, line: &Line, event: Event) -> Result<(), DeskError> {
        let relay = cursor_name(line);
        let Event { seq, box_id, what } = event;
        if i64::try_from(seq).is_err() {
            return Err(RelayError::Nonsense.into());
        }
        if what == EventKind::Delivery {
            self.inner.delivery_bell.notify_one();
        }
        let Some(id) = box_id else { return self.heard(relay, seq).await };
        // What a relay says of a box that was never made on it is nothing to go by.
        let theirs = line.id;
        if !self.vault(move |vault, _| Ok(vault.db().find_relay_of(id)? == Some(theirs))).await? {
            return self.heard(relay, seq).await;
        }
        let heard = match what {
            EventKind::Sending => self.hint(id, RoundState::Waiting, RoundState::Sending).await,
            EventKind::Sent => self.hear_sent(line, id).await,
            EventKind::Expired => self.hear_expired(id).await,
            EventKind::Word { word } => self.hear_word(line, id, word.0).await,
            // From a newer relay; what it means here is for a newer desk.
            EventKind::Delivery | EventKind::Other => Ok(()),
        };
        match heard {
            Ok(()) => self.inner.troubles.clear("event", &id.to_string()),
            Err(error) if is_passing(&error) => return Err(error),
            // One box in a bad way does not keep the desk from hearing about the others.
            Err(error) => self.inner.troubles.set("event", &id.to_string(), &error),
        }
        self.heard(relay, seq).await
    }

    /// An event was dealt with: the next start goes on after it.
    async fn heard(&self, relay: String, seq: u64) -> Result<(), DeskError> {
        self.vault(move |vault, now| Ok(vault.change(now, |change| change.db().set_cursor(&relay, seq))?))
            .await?;
        self.tell_news();
        Ok(())
    }

    /// Moves a round along that stands exactly there; a box that is not ours is nobody's.
    async fn hint(&self, id: BoxId, from: RoundState, to: RoundState) -> Result<(), DeskError> {
        self.vault(move |vault, now| {
            if vault.db().find_round(id)?.is_some_and(|round| round.state == from) {
                vault.change(now, |change| change.db().set_round_state(id, to))?;
            }
            Ok(())
        })
        .await
    }

    /// An announced submission is believed once the relay can show one that somebody with the link made.
    async fn hear_sent(&self, line: &Line, id: BoxId) -> Result<(), DeskError> {
        let round = self.vault(move |vault, _| Ok(vault.db().find_round(id)?)).await?;
        if !round.is_some_and(|round| round.state.awaits()) {
            return Ok(());
        }
        match line.client.view(id).await {
            Ok(view) if view.record.is_some() => {}
            Ok(_) | Err(RelayError::NotHere) => return self.alarm(id, "invented-submission").await,
            Err(error @ RelayError::Unreachable(_)) => return Err(error.into()),
            // What it refuses to show now is asked for again by whoever collects.
            Err(_) => {}
        }
        self.was_sent(id).await
    }

    /// An expiry counts once the desk's own confirmed time is there too; an earlier one is said, and destroys nothing.
    async fn hear_expired(&self, id: BoxId) -> Result<(), DeskError> {
        let round = self.vault(move |vault, _| Ok(vault.db().find_round(id)?)).await?;
        let Some(round) = round else { return Ok(()) };
        match round.state {
            RoundState::Waiting | RoundState::Sending if self.now() + CLOCKS >= round.expires => {
                self.end_round(id, RoundState::Expired, "expired").await
            }
            RoundState::Waiting | RoundState::Sending => self.alarm(id, "invented-expiry").await,
            _ => Ok(()),
        }
    }

    /// Something the relay could not know or must not say: into the ledger once a box, and shown.
    pub(crate) async fn alarm(&self, id: BoxId, code: &'static str) -> Result<(), DeskError> {
        self.vault(move |vault, now| {
            vault.change(now, |change| {
                if change.db().hear_word(id, &sha256(code.as_bytes()))? {
                    let code = code.parse().map_err(|_| vault::VaultError::Internal("code"))?;
                    change.record(Who::Desk, What::Alarm { code })?;
                }
                Ok::<_, vault::VaultError>(())
            })?;
            Ok(())
        })
        .await?;
        self.inner.troubles.set(
            "alarm",
            code,
            "The relay said something that is not true; it was not believed and nothing was lost: tell whoever runs it.",
        );
        Ok(())
    }
}

/// Places in the events of relays elsewhere go by the relay: the same address may be another relay one day.
fn cursor_name(line: &Line) -> String {
    match line.id {
        RelayId::INSIDE => line.client.origin().to_owned(),
        id => format!("relay {}", id.number()),
    }
}

/// Whether the same event may well be heard later: no connection, no room, the desk closing.
fn is_passing(error: &DeskError) -> bool {
    use vault::VaultError;
    matches!(
        error,
        DeskError::Relay(RelayError::Unreachable(_))
            | DeskError::Closing
            | DeskError::Vault(VaultError::DiskFull | VaultError::Disk(_) | VaultError::Unsure)
    )
}
