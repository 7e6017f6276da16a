//! What customers say after submitting. Only a holder of the link can form a word; the desk judges it.

use crate::{
    Desk, DeskError, collecting::ledger_box, lines::Line, longer, notes, rounds::Begun, shelves::reshelve,
};
use ledger::{Outcome, What, Who};
use seal::{
    note::{RefusedWord, Says},
    submission::Owner,
    word::{Word, WordError, WordKind},
};
use vault::{
    Change, PurgeOrder, VaultError,
    tables::{
        holding::HoldingState,
        round::{RoundRow, RoundState},
    },
};
use wire::{BoxId, sha256};

impl Desk {
    pub(crate) async fn hear_word(&self, line: &Line, id: BoxId, bytes: Vec<u8>) -> Result<(), DeskError> {
        let bytes_kept = bytes.clone();
        let judged = self
            .vault(move |vault, now| {
                if vault.db().find_round(id)?.is_none() {
                    return Ok(Judged::Done);
                }
                let keys = match vault.keyed().box_keys(id) {
                    // The status page ended, and with it the voice.
                    Err(VaultError::NotFound) => return Ok(Judged::Done),
                    keys => keys?,
                };
                let word = match Word::open(&keys.voice, id, &bytes) {
                    Ok(word) => word,
                    Err(WordError::Forged | WordError::OtherBox) => return Ok(Judged::Forged),
                    // From a newer page: nothing to do here.
                    Err(WordError::Malformed) => return Ok(Judged::Done),
                };
                if let WordKind::TakeBack(owner) = word.says {
                    return Ok(Judged::TakeBack(owner));
                }
                let begun = vault.change(now, |change| judge(change, id, &word, &bytes))?;
                vault.remember_named(begun.into_iter().collect());
                Ok(Judged::Done)
            })
            .await?;
        vault::fault::point("word.judged");
        match judged {
            Judged::Forged => return self.alarm(id, "invented-word").await,
            Judged::TakeBack(owner) => self.take_back(line, id, owner, bytes_kept).await?,
            Judged::Done => {}
        }
        self.inner.purge_bell.notify_one();
        self.inner.outbox_bell.notify_one();
        Ok(())
    }
}

/// What became of a word at first sight.
enum Judged {
    /// Nobody with the link said it.
    Forged,
    /// It was followed, refused, or heard before.
    Done,
    /// It asks for a new link, which takes longer.
    TakeBack(Owner),
}

fn judge(change: &mut Change<'_>, id: BoxId, word: &Word, bytes: &[u8]) -> Result<Option<Begun>, DeskError> {
    let db = change.db();
    if !db.hear_word(id, &sha256(bytes))? {
        return Ok(None);
    }
    let round = db.round(id)?;
    match word.says {
        WordKind::Withdraw => withdraw(change, &round),
        // Dealt with by itself: it needs a new link.
        WordKind::TakeBack(_) => Ok(None),
        WordKind::Extend(until) if longer::agree(change, &round, until)? => Ok(None),
        // Not what was offered, or too late: said to the customer, nothing changed.
        WordKind::Extend(_) => {
            refuse(change, &round, ledger::WordKind::Extend, RefusedWord::Extend).map(|()| None)
        }
    }
}

/// Withdrawal is due at once, whether it was collected or not; a hold suspends it.
fn withdraw(change: &mut Change<'_>, round: &RoundRow) -> Result<Option<Begun>, DeskError> {
    let (db, now, id) = (change.db(), change.now(), round.box_id);
    let holdings = db.holdings(id)?;
    if holdings.iter().any(|held| held.held_until.unwrap_or(0) > now) {
        refuse(change, round, ledger::WordKind::Withdraw, RefusedWord::Withdraw)?;
        return Ok(None);
    }
    let targets: Vec<_> = holdings
        .iter()
        .filter(|held| held.state == HoldingState::Alive)
        .map(|held| (id, held.class))
        .collect();
    if targets.is_empty() {
        return Ok(None);
    }
    change.record(
        Who::Desk,
        What::Word { box_id: ledger_box(id), word: ledger::WordKind::Withdraw, outcome: Outcome::Done },
    )?;
    let ticket = db.request(round.request)?.ticket;
    let begun = change.begin_purge(&PurgeOrder {
        ticket: &ticket,
        rule: "withdrawn",
        person: None,
        due: now,
        targets,
        status_ended: Vec::new(),
    })?;
    db.set_round_state(id, RoundState::Withdrawn)?;
    reshelve(change, round.request)?;
    Ok(Some(begun))
}

pub(crate) fn refuse(
    change: &mut Change<'_>,
    round: &RoundRow,
    word: ledger::WordKind,
    said: RefusedWord,
) -> Result<(), DeskError> {
    let id = round.box_id;
    change.record(Who::Desk, What::Word { box_id: ledger_box(id), word, outcome: Outcome::Refused })?;
    Ok(notes::write(change, id, Says::Refused { word: said })?)
}
