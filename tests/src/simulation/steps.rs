//! What happens in a history, drawn by its seed from what is possible at that moment.

use super::{book::Signal, dice::Dice, way::Fuse, world::World};
use desk::Template;

/// Tickets in a history.
const TICKETS: u64 = 4;
const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    /// An agent asks.
    Ask(String, Template),
    /// One of a round's customers does something.
    Customer(usize, Doing),
    /// A ticket becomes something.
    Ticket(String, Signal),
    /// The card of a request was charged.
    Charged(usize),
    /// All of a request goes now.
    Erase(usize),
    /// A round's link is taken back.
    Revoke(usize),
    /// A person unlocks the desk.
    Unlock,
    /// Nobody is there any more.
    Lock,
    /// A person looks at what came.
    Look,
    /// Time passes, and the machine notices or not.
    Pass(u64, bool),
    /// The desk is closed.
    Close,
    /// The desk's process ends.
    Kill,
    /// The desk is started.
    Open,
    /// The relay is stopped and started.
    RestartRelay,
    /// The desk's line.
    Line(bool),
    /// So many of a hundred calls meet a fault.
    Faults(u64),
    /// The line is mended, and everything has the time it needs.
    Settle,
}

/// What a customer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doing {
    /// Sends some of it and leaves.
    Begins,
    /// Sends all of it and hands it in.
    Gives,
    /// Hands the same in again.
    GivesAgain,
    /// Two browsers hand in at the same time.
    Races,
    /// Withdraws.
    Withdraws,
    /// Takes it back.
    TakesBack,
    /// Agrees to something nobody offered.
    Agrees,
    /// Reads what the desk wrote.
    Reads,
}

#[derive(Clone, Copy)]
enum Kind {
    Ask,
    Customer,
    Ticket,
    Charged,
    Erase,
    Revoke,
    Lock,
    Look,
    Pass,
    Stop,
    Relay,
    Line,
    Faults,
    Settle,
}

impl Step {
    /// Draws the next one.
    pub(crate) fn draw(world: &mut World) -> Self {
        let (running, unlocked) = (world.desk.is_some(), world.is_unlocked());
        let (rounds, asked) = (world.book.rounds.len(), world.book.asked.len());
        let whole = world.way.is_whole();
        let dice = &mut world.dice;
        let when = |holds: bool, weight: u64| if holds { weight } else { 0 };
        if !running && dice.chance(45) {
            return Self::Open;
        }
        if running && !unlocked && dice.chance(40) {
            return Self::Unlock;
        }
        let kind = dice.weighed(&[
            (when(unlocked, if asked < 6 { 16 } else { 3 }), Kind::Ask),
            (when(rounds > 0, 40), Kind::Customer),
            (when(running, 12), Kind::Ticket),
            (when(unlocked && asked > 0, 3), Kind::Charged),
            (when(unlocked && asked > 0, 2), Kind::Erase),
            (when(unlocked && rounds > 0, 3), Kind::Revoke),
            (when(unlocked, 2), Kind::Lock),
            (when(unlocked && rounds > 0, 5), Kind::Look),
            (14, Kind::Pass),
            (when(running, 6), Kind::Stop),
            (3, Kind::Relay),
            (if whole { 3 } else { 12 }, Kind::Line),
            (5, Kind::Faults),
            (2, Kind::Settle),
        ]);
        match kind.unwrap_or(Kind::Pass) {
            Kind::Ask => Self::Ask(ticket(dice), template(dice)),
            Kind::Customer => Self::Customer(newest_first(dice, rounds), doing(dice)),
            Kind::Ticket => Self::Ticket(ticket(dice), signal(dice)),
            Kind::Charged => Self::Charged(dice.index(asked)),
            Kind::Erase => Self::Erase(dice.index(asked)),
            Kind::Revoke => Self::Revoke(newest_first(dice, rounds)),
            Kind::Lock => Self::Lock,
            Kind::Look => Self::Look,
            Kind::Pass => Self::Pass(time(dice), dice.chance(60)),
            Kind::Stop => {
                if dice.chance(60) {
                    Self::Kill
                } else {
                    Self::Close
                }
            }
            Kind::Relay => Self::RestartRelay,
            Kind::Line => Self::Line(!whole),
            Kind::Faults => Self::Faults(dice.pick(&[0, 5, 15, 30, 60]).copied().unwrap_or(0)),
            Kind::Settle => Self::Settle,
        }
    }

    /// At which of its calls the desk's process ends in the middle of this, if at one.
    pub(crate) fn fuse(&self, dice: &mut Dice) -> Option<Fuse> {
        let dangerous = !matches!(self, Self::Open | Self::Close | Self::Kill | Self::Settle);
        (dangerous && dice.chance(8)).then(|| Fuse { after: dice.below(5), heard: dice.chance(50) })
    }
}

fn ticket(dice: &mut Dice) -> String {
    format!("#{}", 1 + dice.below(TICKETS))
}

fn template(dice: &mut Dice) -> Template {
    dice.pick(&Template::ALL).copied().unwrap_or(Template::IdAndCard)
}

/// What was asked last is what customers mostly have in hand.
fn newest_first(dice: &mut Dice, length: usize) -> usize {
    if dice.chance(50) { length.saturating_sub(1) } else { dice.index(length) }
}

fn doing(dice: &mut Dice) -> Doing {
    dice.weighed(&[
        (10, Doing::Begins),
        (34, Doing::Gives),
        (4, Doing::GivesAgain),
        (6, Doing::Races),
        (5, Doing::Withdraws),
        (7, Doing::TakesBack),
        (1, Doing::Agrees),
        (10, Doing::Reads),
    ])
    .unwrap_or(Doing::Gives)
}

fn signal(dice: &mut Dice) -> Signal {
    match dice.below(10) {
        0..=2 => Signal::Solved,
        3 | 4 => Signal::Open,
        5 | 6 => Signal::Closed,
        7 | 8 => Signal::Undo,
        _ => Signal::Merged(ticket(dice)),
    }
}

fn time(dice: &mut Dice) -> u64 {
    let most = dice.weighed(&[(3, 10 * MINUTE), (4, 2 * HOUR), (3, DAY), (3, 4 * DAY), (1, 12 * DAY)]);
    1 + dice.below(most.unwrap_or(HOUR))
}
