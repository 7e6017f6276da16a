//! One history: its days, its end, and what came of it.

use super::{
    founded::Founded,
    judge,
    last::{self, Found},
    mischief::Mischief,
    steps::Step,
    world::{START, World},
};
use crate::Outcome;
use std::{fmt, panic::AssertUnwindSafe, time::Duration};
use tokio::runtime::{Builder, Runtime};
use vault::tables::ticket::TicketState;

/// The days a history takes at most before its end: what ended in it is still known after its last promise, and a
/// desk that was off believes its clock.
const DAYS: u64 = 34;
const DAY: u64 = 86_400;
/// A link's life, its lease, and the longest term.
const EVERY_PROMISE: u64 = (7 + 1 + 30) * DAY;

/// A history yet to be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// What decides it.
    pub seed: u64,
    /// A rule broken in it on purpose.
    pub mischief: Option<Mischief>,
}

/// A history that went well.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// What it came to.
    pub found: Found,
    /// Steps played.
    pub steps: u64,
    /// How often the desk's process ended in the middle of something.
    pub kills: u64,
    /// Faults met on the ways.
    pub faults: u64,
    /// What happened, line by line.
    pub trace: Vec<String>,
}

/// A promise that was not kept.
#[derive(Debug)]
pub struct Failure {
    /// The history's seed: the same one is played with it again.
    pub seed: u64,
    /// Which promise.
    pub why: String,
    /// What happened before, line by line.
    pub trace: Vec<String>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.trace {
            writeln!(f, "{line}")?;
        }
        write!(f, "seed {}: {}", self.seed, self.why)
    }
}

/// How a life of the desk's process ended.
enum End {
    Killed,
    Over,
}

impl History {
    /// Plays it, from the first day to the last look.
    ///
    /// # Errors
    /// The first promise that was not kept.
    pub fn play(self, founded: &Founded) -> Result<Seen, Failure> {
        let failed = |why: String, trace| Failure { seed: self.seed, why, trace };
        let world =
            runtime().and_then(|runtime| runtime.block_on(World::new(self.seed, founded, self.mischief)));
        let mut world = world.map_err(|error| failed(error.to_string(), Vec::new()))?;
        let mut seen = Seen::default();
        let played = std::panic::catch_unwind(AssertUnwindSafe(|| through(&mut world, &mut seen)));
        let played = played.unwrap_or_else(|_| Err("something panicked".into()));
        seen.faults = world.way.met() + world.street.met();
        match played {
            Ok(()) => Ok(Seen { trace: world.trace, ..seen }),
            Err(why) => Err(failed(why.to_string(), world.trace)),
        }
    }
}

/// Time stands until nothing is left to do; the vault's work is done in the order in which it is asked for.
fn runtime() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().start_paused(true).max_blocking_threads(1).build()?)
}

fn through(world: &mut World, seen: &mut Seen) -> Outcome {
    let length = 10 + world.dice.below(31);
    let faults = world.dice.pick(&[0, 10, 25, 50]).copied().unwrap_or(0);
    world.play_faults(faults);
    let mut begun = world.dice.chance(15);
    loop {
        let runtime = runtime()?;
        let end = runtime.block_on(async {
            // Mostly the first day begins with somebody at work.
            if !std::mem::replace(&mut begun, true) {
                world.play(&Step::Open).await?;
                world.unlock().await?;
            }
            life(world, seen, length).await
        });
        // With it goes everything that was under way, as with a process: tasks, calls, keys in memory.
        world.desk = None;
        drop(runtime);
        match end? {
            End::Killed => seen.kills += 1,
            End::Over => break,
        }
    }
    runtime()?.block_on(ending(world, seen))
}

/// As long as the process lives.
async fn life(world: &mut World, seen: &mut Seen, length: u64) -> Outcome<End> {
    world.sweep_now_and_then();
    world.far.open().await?;
    while seen.steps < length {
        let mut step = Step::draw(world);
        if let Step::Pass(seconds, noticed) = step {
            step = Step::Pass(seconds.min((START + DAYS * DAY).saturating_sub(world.now())), noticed);
        }
        seen.steps += 1;
        let fuse = world.desk.as_ref().and_then(|_| step.fuse(&mut world.dice));
        world.note(format!("{step:?}{}", if fuse.is_some() { ", and the process may end" } else { "" }));
        world.way.set_fuse(fuse);
        mischief(world).await?;
        let way = world.way.clone();
        let pause = Duration::from_millis(world.dice.below(if world.dice.clone().chance(70) {
            3_000
        } else {
            90_000
        }));
        let played = async {
            // A person waits no longer; nothing of the desk takes so long.
            let played = tokio::time::timeout(Duration::from_secs(3_600), world.play(&step)).await;
            played.map_err(|_| "it never came to an end")??;
            tokio::time::sleep(pause).await;
            Outcome::Ok(())
        };
        tokio::select! {
            biased;
            () = way.blown() => {
                world.note("    the process ends in the middle of it");
                return Ok(End::Killed);
            }
            played = played => played?,
        }
        world.way.set_fuse(None);
        if step == Step::Kill {
            return Ok(End::Killed);
        }
    }
    Ok(End::Over)
}

/// Everything comes right; then past every promise; then past the end of every status page.
async fn ending(world: &mut World, seen: &mut Seen) -> Outcome {
    world.sweep_now_and_then();
    world.way.set_fuse(None);
    world.note("the end: everything is mended");
    judge::settle(world).await?;
    look(world, seen).await?;
    for step in [EVERY_PROMISE / 2, EVERY_PROMISE / 2 + DAY] {
        world.pass(step);
        world.note("time passes, until every promise is over");
        judge::settle(world).await?;
    }
    look(world, seen).await?;
    last::nothing_left(world)?;
    if world.dice.chance(25) {
        for _ in 0..4 {
            world.pass(31 * DAY);
            world.note("time passes, until no status page is left");
            judge::settle(world).await?;
        }
        close(world).await;
        last::nobody_knows(world)?;
    }
    Ok(())
}

async fn look(world: &mut World, seen: &mut Seen) -> Outcome {
    close(world).await;
    seen.found = last::look(world)?;
    Ok(())
}

async fn close(world: &mut World) {
    if let Some(desk) = world.desk.take() {
        desk.close().await;
    }
}

async fn mischief(world: &mut World) -> Outcome {
    if world.mischief == Some(Mischief::ClosesUnasked)
        && let Some(desk) = world.desk.clone()
        && let Some(ticket) = world.dice.pick(&world.book.asked).map(|asked| asked.ticket.clone())
        && world.book.ticket(&ticket).state == TicketState::Open
    {
        desk.hear_ticket(&ticket, helpdesk::TicketSignal::Closed, "test").await?;
    }
    Ok(())
}
