//! What may happen to a stream of events: cut anywhere, in pieces of any size, an event twice, one again after what came
//! later, one late, or nothing more for a while.
//!
//! Only what nobody needs comes late for the first time. The number of an event says that all before it were told, so a
//! relay that holds a word or a submission back behind another event and then breaks off has dropped it, and nobody
//! resists a relay that drops (DESIGN §9).

use super::dice::Dice;
use bytes::Bytes;
use desk::NoAnswer;
use futures_util::{StreamExt, stream::BoxStream};
use std::{collections::VecDeque, time::Duration};

struct Disturbed {
    body: BoxStream<'static, Result<Bytes, NoAnswer>>,
    dice: Dice,
    percent: u64,
    /// Nothing is said for less than so many seconds.
    silence: u64,
    /// What came and is no whole event yet.
    begun: Vec<u8>,
    /// What waits behind the next event: late, or once more.
    held: Option<Vec<u8>>,
    ready: VecDeque<Says>,
}

enum Says {
    Piece(Bytes),
    Nothing(Duration),
    Break,
    End,
}

/// A stream of events on a bad line.
pub(crate) fn disturb(
    body: BoxStream<'static, Result<Bytes, NoAnswer>>,
    dice: Dice,
    percent: u64,
    silence: u64,
) -> BoxStream<'static, Result<Bytes, NoAnswer>> {
    let (begun, ready) = (Vec::new(), VecDeque::new());
    let disturbed = Disturbed { body, dice, percent, silence, begun, held: None, ready };
    futures_util::stream::unfold(Some(disturbed), |state| async move {
        let mut state = state?;
        loop {
            match state.ready.pop_front() {
                Some(Says::Piece(bytes)) => return Some((Ok(bytes), Some(state))),
                Some(Says::Nothing(time)) => tokio::time::sleep(time).await,
                Some(Says::Break) => return Some((Err(NoAnswer::Broken), None)),
                Some(Says::End) => return None,
                None => match state.body.next().await {
                    Some(Ok(bytes)) => state.hear(&bytes),
                    Some(Err(error)) => return Some((Err(error), None)),
                    None => return None,
                },
            }
        }
    })
    .boxed()
}

impl Disturbed {
    fn hear(&mut self, bytes: &[u8]) {
        self.begun.extend_from_slice(bytes);
        while let Some(end) = self.begun.windows(2).position(|pair| pair == b"\n\n") {
            let rest = self.begun.split_off(end + 2);
            let event = std::mem::replace(&mut self.begun, rest);
            self.event(event);
        }
    }

    fn event(&mut self, event: Vec<u8>) {
        if self.held.is_none() && self.dice.chance(self.percent) {
            if !is_needless(&event) {
                self.say(&event);
            }
            self.held = Some(event);
            return;
        }
        let twice = self.dice.chance(self.percent);
        self.say(&event);
        if twice {
            self.say(&event);
        }
        if let Some(held) = self.held.take() {
            self.say(&held);
        }
    }

    fn say(&mut self, event: &[u8]) {
        if self.dice.chance(self.percent / 2) {
            let at = self.dice.index(event.len());
            self.ready.extend(event.get(..at).map(|part| Says::Piece(Bytes::copy_from_slice(part))));
            self.ready.push_back(if self.dice.chance(50) { Says::Break } else { Says::End });
        }
        if self.dice.chance(self.percent / 2) {
            self.ready.push_back(Says::Nothing(Duration::from_secs(self.dice.below(self.silence))));
        }
        let (first, second) = event.split_at(self.dice.index(event.len()));
        for piece in [first, second] {
            self.ready.push_back(Says::Piece(Bytes::copy_from_slice(piece)));
        }
    }
}

/// The desk shows the first, and finds the second out by itself.
fn is_needless(event: &[u8]) -> bool {
    let text = String::from_utf8_lossy(event);
    text.lines().any(|line| line == "event: sending" || line == "event: expired")
}
