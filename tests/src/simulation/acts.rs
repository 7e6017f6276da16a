//! Plays one step, and writes down what was tried before it is tried, and what came of it after.

use super::{
    book::{Asked, Known, Said, Signal},
    judge,
    sender::Stuck,
    steps::{Doing, Step},
    world::World,
};
use crate::{Outcome, ensure};
use desk::{Ask, DeskError, NewLink, Revealed};
use helpdesk::TicketSignal;
use seal::word::WordKind;
use std::time::Duration;
use vault::VaultError;

impl World {
    /// Plays one step.
    pub(crate) async fn play(&mut self, step: &Step) -> Outcome {
        match step {
            Step::Ask(ticket, template) => {
                let days = 1 + self.dice.below(20);
                let until = template.takes_date().then(|| self.now() + days * 86_400);
                let ask = Ask { ticket: ticket.clone(), template: *template, client: String::new(), until };
                let link = self.desk()?.ask(&ask).await;
                if let Some(link) = self.fair(link)? {
                    self.asked(ticket, &link);
                }
            }
            Step::Customer(round, doing) => self.customer(*round, *doing).await?,
            Step::Ticket(name, signal) => self.ticket(name, signal).await?,
            Step::Charged(index) => {
                let Some(asked) = self.book.asked.get_mut(*index) else { return Ok(()) };
                asked.charged = true;
                let request = asked.request;
                let done = self.desk()?.charged(request).await;
                self.fair(done)?;
            }
            Step::Erase(index) => {
                let Some(asked) = self.book.asked.get_mut(*index) else { return Ok(()) };
                asked.erase = true;
                let request = asked.request;
                let done = self.desk()?.erase_now(request).await;
                self.fair(done)?;
            }
            Step::Revoke(round) => {
                let Some(round) = self.book.rounds.get_mut(*round) else { return Ok(()) };
                round.revoke = true;
                let id = round.box_id;
                let done = self.desk()?.revoke(id).await;
                self.fair(done)?;
            }
            Step::Unlock => self.unlock().await?,
            Step::Lock => self.desk()?.lock(),
            Step::Look => self.look().await?,
            Step::Pass(seconds, noticed) => {
                self.pass(*seconds);
                if let (true, Some(desk)) = (*noticed, &self.desk) {
                    desk.wake();
                }
            }
            Step::Close => {
                if let Some(desk) = self.desk.take() {
                    desk.close().await;
                }
            }
            Step::Kill => {}
            Step::Open => {
                self.open().await?;
                if self.dice.chance(60) {
                    self.unlock().await?;
                }
            }
            Step::RestartRelay => {
                self.far.stop();
                let seconds = self.dice.below(90);
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                self.far.open().await?;
            }
            Step::Line(whole) => self.way.set_whole(*whole),
            Step::Faults(percent) => self.play_faults(*percent),
            Step::Settle => judge::settle(self).await?,
        }
        Ok(())
    }

    /// From now on so many of a hundred calls meet a fault; customers have the better line.
    pub(crate) fn play_faults(&mut self, percent: u64) {
        self.note(format!("    {percent} of 100 calls meet a fault"));
        self.way.set_faults(percent);
        self.street.set_faults(percent / 2);
    }

    /// What a desk may answer when all went well, the relay could not be reached, or it was not the time for it. Any
    /// other error is a mistake.
    fn fair<T>(&mut self, done: Result<T, DeskError>) -> Outcome<Option<T>> {
        match done {
            Ok(done) => Ok(Some(done)),
            Err(
                error @ (DeskError::Relay(_)
                | DeskError::TooLate
                // Not to be had now; or its term is over, and the desk has not looked at the clock yet.
                | DeskError::Missing(_)
                | DeskError::Vault(
                    VaultError::Locked
                    | VaultError::WrongState
                    | VaultError::NotGranted
                    | VaultError::NotFound,
                )),
            ) => {
                self.note(format!("    not done: {error}"));
                Ok(None)
            }
            Err(error) => Err(format!("the desk failed: {error}").into()),
        }
    }

    fn asked(&mut self, ticket: &str, link: &NewLink) {
        let (request, box_id) = (link.request, link.box_id);
        self.book.asked.push(Asked { request, ticket: ticket.to_owned(), erase: false, charged: false });
        let code = link.url.clone();
        self.book.rounds.push(Known {
            box_id,
            request,
            code,
            senders: Vec::new(),
            words: Vec::new(),
            revoke: false,
        });
    }

    async fn ticket(&mut self, name: &str, signal: &Signal) -> Outcome {
        let now = self.now();
        let mut touched = vec![name.to_owned()];
        if let Signal::Merged(into) = signal {
            touched.push(into.clone());
        }
        self.unsure = Some((now, touched));
        let desk = self.desk()?.clone();
        let unlocked = desk.is_unlocked();
        let heard = match signal {
            Signal::Undo => desk.undo_close(name).await.map(drop),
            Signal::Closed if unlocked => desk.close_ticket(name).await.map(drop),
            Signal::Open => desk.hear_ticket(name, TicketSignal::Open, "test").await.map(drop),
            Signal::Solved => desk.hear_ticket(name, TicketSignal::Solved, "test").await.map(drop),
            Signal::Closed => desk.hear_ticket(name, TicketSignal::Closed, "test").await.map(drop),
            Signal::Merged(into) => {
                desk.hear_ticket(name, TicketSignal::Merged(into.parse()?), "test").await.map(drop)
            }
        };
        self.unsure = None;
        if self.fair(heard)?.is_some() {
            self.book.hear(name, signal, now);
        }
        let stands = super::world::then(&desk.ticket(name).await?);
        let expected = self.book.ticket(name);
        ensure(stands == expected, format!("ticket {name} is {stands:?} and should be {expected:?}"))
    }

    /// Opens one thing that came, and finds it to be what its customer sent.
    async fn look(&mut self) -> Outcome {
        let Some(request) = self.dice.pick(&self.book.asked).map(|asked| asked.request) else {
            return Ok(());
        };
        let items = self.desk()?.items(request).await;
        let Some(items) = self.fair(items)? else { return Ok(()) };
        let Some(item) = self.dice.pick(&items).cloned() else { return Ok(()) };
        let revealed = self.desk()?.reveal(item.item, "check-quality", None).await;
        let Some(revealed) = self.fair(revealed)? else { return Ok(()) };
        let accepted = judge::accepted_at_relay(self, item.item.box_id)?;
        let sender = accepted.and_then(|hash| judge::sender_of(&self.book, item.item.box_id, &hash));
        let number = sender.ok_or("something came that nobody sent")?;
        let whole = match revealed {
            Revealed::Picture(pixels) => pixels.rgba().get(..3) == Some(&super::sealing::colour(number)),
            Revealed::Card(card) => *card.holder == super::sealing::holder(number),
            Revealed::Text(text) => *text == super::sealing::holder(number),
            Revealed::NotViewable { .. } => false,
        };
        ensure(whole, "what was opened is not what was sent")?;
        Ok(self.desk()?.hide(item.item).await?)
    }

    async fn customer(&mut self, round: usize, doing: Doing) -> Outcome {
        let Some(code) = self.book.rounds.get(round).map(|round| round.code.clone()) else { return Ok(()) };
        let (first, another) = (self.dice.chance(20), self.dice.chance(15));
        let racing = doing == Doing::Races;
        let wanted = if racing { 2 } else { 1 };
        let there = self.book.rounds.get(round).map_or(0, |round| round.senders.len());
        if there < wanted || (another && there < 3) {
            for _ in there..wanted.max(there + usize::from(another && there > 0)) {
                let sender = self.browser(&code)?;
                if let Some(round) = self.book.rounds.get_mut(round) {
                    round.senders.push(sender);
                }
            }
        }
        let Some(known) = self.book.rounds.get_mut(round) else { return Ok(()) };
        let last = known.senders.len().saturating_sub(1);
        let which = if first { 0 } else { last };
        if racing {
            let mut racing = known.senders.iter_mut().rev();
            if let (Some(one), Some(two)) = (racing.next(), racing.next()) {
                let (one, two) = tokio::join!(one.give(), two.give());
                let said = format!("    {:?}, {:?}", one?, two?);
                self.note(said);
            }
            return Ok(());
        }
        let Some(sender) = known.senders.get_mut(which) else { return Ok(()) };
        let came: Result<(), Stuck> = match doing {
            Doing::Begins => {
                let most = 1 + self.dice.index(2);
                sender.send(most).await?
            }
            Doing::Gives | Doing::Races => sender.give().await?,
            Doing::GivesAgain if sender.body.is_some() => {
                let before = sender.accepted;
                let again = sender.hand_in().await?;
                ensure(
                    !before || !matches!(again, Err(Stuck::Refused(_))),
                    format!("what was accepted is not accepted again: {again:?}"),
                )?;
                again
            }
            Doing::GivesAgain => sender.open().await?,
            Doing::Withdraws | Doing::TakesBack => {
                let take_back = doing == Doing::TakesBack;
                let (word, own) =
                    if take_back { sender.take_back() } else { sender.word(WordKind::Withdraw) };
                known.words.push(Said { take_back, heard: false, own });
                let said = sender.say(&word).await;
                if let Some(word) = known.words.last_mut() {
                    word.heard = said.is_ok();
                }
                said
            }
            Doing::Agrees => {
                let (word, _) = sender.word(WordKind::Extend(super::world::START + 9_000_000));
                sender.say(&word).await
            }
            Doing::Reads => {
                let told = sender.read().await?;
                let next = told.as_ref().ok().and_then(|told| told.next.as_ref());
                let next = next.map(|link| (link.box_id(), link.encode()));
                let request = known.request;
                if let Some((box_id, code)) = next
                    && self.book.round(box_id).is_none()
                {
                    let (senders, words) = (Vec::new(), Vec::new());
                    self.book.rounds.push(Known { box_id, request, code, senders, words, revoke: false });
                }
                told.map(drop)
            }
        };
        self.note(format!("    {came:?}"));
        Ok(())
    }
}
