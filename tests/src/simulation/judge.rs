//! Whether every promise is kept (DESIGN §4, §5, §9), as far as can be seen while the desk runs.

use super::{
    book::{Book, Known, Life},
    boxes::{At, Boxes},
    world::{APART, World},
};
use crate::Outcome;
use desk::{PurgeView, RequestDetail, RoundDetail};
use seal::note::Says;
use std::{collections::HashMap, time::Duration};
use vault::{
    PurgeId,
    tables::{
        holding::{HoldingRow, HoldingState},
        request::Shelf,
        round::RoundState,
    },
};
use wire::{BoxId, SubmitBody, api::BoxState};

/// How long everything may take to come right, in the runtime's seconds: some times the longest wait between tries.
const PATIENCE: u64 = 900;

/// Longer than the desk lets pass between two looks at the clock.
const LOOK: Duration = Duration::from_secs(20);

/// What is wrong, in words; nothing is none.
type Wrong = Option<String>;

/// The line is mended, every part runs, and what is to come about by itself does.
pub(crate) async fn settle(world: &mut World) -> Outcome {
    let (faults, street) = (world.way.faults(), world.street.faults());
    let was_whole = world.way.is_whole();
    world.way.set_whole(true);
    world.way.set_faults(0);
    world.street.set_faults(0);
    world.far.open().await?;
    if world.desk.is_none() {
        world.open().await?;
    }
    if world.desk()?.clock_jump().is_some() {
        world.unlock().await?;
    }
    // What is due by now is looked for this often by itself.
    tokio::time::sleep(LOOK).await;
    let mut waited = 0;
    loop {
        let Some(why) = wrong(world).await? else { break };
        if waited >= PATIENCE {
            return Err(why.into());
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        waited += 5;
    }
    world.way.set_faults(faults);
    world.street.set_faults(street);
    world.way.set_whole(was_whole);
    Ok(())
}

/// The first thing that is not as it should be.
async fn wrong(world: &mut World) -> Outcome<Wrong> {
    let desk = world.desk()?.clone();
    let replaced = world.book.rounds.iter().any(|round| round.words.iter().any(|word| word.take_back));
    // That a new link could not be made stands until a person asks again.
    let trouble = desk.troubles().into_iter().find(|trouble| !(trouble.about == "replace" && replaced));
    if let Some(trouble) = trouble {
        return Ok(Some(format!("there is trouble about {}: {}", trouble.about, trouble.text)));
    }
    if let Some(purge) = desk.unfinished().await?.first() {
        return Ok(Some(format!("a purge by {} is not finished: {:?}", purge.row.rule, purge.row.state)));
    }
    let purges: HashMap<PurgeId, PurgeView> =
        desk.history(None, 10_000).await?.into_iter().map(|purge| (purge.id, purge)).collect();
    let boxes = Boxes::look(&world.store())?;
    let mut requests = desk.inbox(None, None, None, 10_000).await?;
    requests.extend(desk.inbox(Some(Shelf::Done), None, None, 10_000).await?);
    for request in requests {
        let detail = desk.detail(request.id).await?;
        for round in &detail.rounds {
            if let Some(why) = wrong_with(world, &detail, round, &purges, &boxes) {
                return Ok(Some(format!("box {}: {why}", round.row.box_id)));
            }
        }
    }
    wrong_told(world, &desk).await
}

fn wrong_with(
    world: &World,
    detail: &RequestDetail,
    round: &RoundDetail,
    purges: &HashMap<PurgeId, PurgeView>,
    boxes: &Boxes,
) -> Wrong {
    let (book, now) = (&world.book, world.now());
    let row = &round.row;
    let at = boxes.at(row.box_id);
    if let Some(problem) = &row.problem {
        return Some(format!("what was sent whole is said to be {problem}"));
    }
    if matches!(row.state, RoundState::Opening | RoundState::Sent | RoundState::Withdrawn) {
        return Some(format!("it is still {:?}", row.state));
    }
    if let Some(at) = at {
        let why = wrong_at_relay(row.state, row.notes, at);
        if why.is_some() {
            return why;
        }
        if row.arrived.is_some() && row.record_hash != at.record {
            return Some("what the vault has is not what the relay accepted".to_owned());
        }
    }
    let closed = book.ticket(&detail.row.ticket).closed.is_some_and(|closed| closed > row.opened);
    let waits = matches!(row.state, RoundState::Waiting | RoundState::Sending);
    if waits && (closed || now > row.expires + wire::limits::LEASE_MAX + APART) {
        return Some("its link works although its time is over".to_owned());
    }
    let known = book.round(row.box_id);
    for held in &round.holdings {
        let asked = book.asked_of(row.request).map_or(detail.row.ticket.as_str(), |asked| &asked.ticket);
        let life = Life {
            ticket: asked,
            class: held.class,
            arrived: row.arrived,
            kept_until: held.kept_until,
            promised: held.term_max,
        };
        if held.state == HoldingState::Alive {
            if now >= book.due(life) {
                return Some(format!("{:?} lives past its end", held.class));
            }
            if known.is_some_and(|known| is_taken_away(known, row.state)) {
                return Some(format!("{:?} lives although its customer took it away", held.class));
            }
            continue;
        }
        let Some(purge) = held.purge.and_then(|purge| purges.get(&purge)) else {
            return Some("something is gone without a purge".to_owned());
        };
        let accepted = at.is_some_and(|at| at.record.is_some());
        if let Some(why) = unexplained(book, round, held, purge, life, accepted) {
            return Some(why);
        }
    }
    None
}

/// Whether somebody who might said that it is to go, and it had come.
fn is_taken_away(known: &Known, state: RoundState) -> bool {
    let came = state == RoundState::Collected;
    known.words.iter().any(|word| word.heard && (!word.take_back || (word.own && came)))
}

fn wrong_at_relay(state: RoundState, notes: u32, at: &At) -> Wrong {
    let open = matches!(at.state, BoxState::Waiting | BoxState::Sending);
    if at.notes != notes {
        return Some(format!("{notes} notes were written and the relay has {}", at.notes));
    }
    match state {
        RoundState::Opening | RoundState::Waiting | RoundState::Sending if open => None,
        RoundState::Collected if at.state == BoxState::Collected && at.parts == 0 => None,
        RoundState::Purged if at.state == BoxState::Purged && at.parts == 0 => None,
        RoundState::Revoked | RoundState::Expired if at.record.is_some() => {
            Some(format!("what the relay accepted was lost: here it is {state:?}"))
        }
        RoundState::Revoked | RoundState::Expired if !open && at.parts == 0 => None,
        _ => Some(format!("here it is {state:?}, at the relay {:?} with {} parts", at.state, at.parts)),
    }
}

/// What was destroyed was destroyed for a reason, and not before its time.
fn unexplained(
    book: &Book,
    round: &RoundDetail,
    held: &HoldingRow,
    purge: &PurgeView,
    life: Life<'_>,
    accepted: bool,
) -> Wrong {
    let row = &round.row;
    let known = book.round(row.box_id);
    let asked = book.asked_of(row.request);
    let said =
        |take_back| known.is_some_and(|known| known.words.iter().any(|word| word.take_back == take_back));
    let erased = asked.is_some_and(|asked| asked.erase);
    let explained = match purge.rule.as_str() {
        "withdrawn" => said(false),
        "taken-back" => said(true),
        "erase-now" => erased,
        "charged" => held.class == wire::DataClass::Payment && asked.is_some_and(|asked| asked.charged),
        "expired" => !accepted && purge.begun + APART >= row.expires,
        "not-opened" => !accepted && known.is_none(),
        "revoked" => {
            let revoked = known.is_some_and(|known| known.revoke);
            !accepted && (revoked || erased || book.was_closed(life.ticket, purge.begun))
        }
        // By time: what was asked for again by somebody who took it back is asked for the same ticket.
        "ticket-solved" | "ticket-closed" | "term" | "promise" => {
            let earliest = book.earliest(life, purge.begun);
            if purge.begun < earliest {
                let early = earliest - purge.begun;
                return Some(format!(
                    "{:?} was destroyed {early} s too early, by {}",
                    held.class, purge.rule
                ));
            }
            true
        }
        _ => false,
    };
    (!explained).then(|| format!("{:?} was destroyed by {} for no reason", held.class, purge.rule))
}

/// What customers were told is true, and whole.
async fn wrong_told(world: &mut World, desk: &desk::Desk) -> Outcome<Wrong> {
    for index in 0..world.book.rounds.len() {
        let Some(known) = world.book.rounds.get(index) else { break };
        let (id, request, code) = (known.box_id, known.request, known.code.clone());
        if Boxes::look(&world.store())?.at(id).is_none() {
            continue;
        }
        if accepted_twice(known) {
            return Ok(Some(format!("box {id}: two submissions were accepted")));
        }
        let mut reader = world.reader(&code)?;
        let told = match reader.read().await? {
            Ok(told) => told,
            Err(stuck) => return Ok(Some(format!("box {id}: its page cannot be read: {stuck:?}"))),
        };
        let detail = desk.detail(request).await?;
        let Some(round) = detail.rounds.iter().find(|round| round.row.box_id == id) else {
            return Ok(Some(format!("box {id} is unknown to the desk")));
        };
        for held in &round.holdings {
            let deleted = told.says.iter().filter(
                |says| matches!(says, Says::Deleted { classes, .. } if classes.contains(&held.class)),
            );
            let expected = usize::from(held.state == HoldingState::Gone && came_in(round));
            let deleted = deleted.count();
            if deleted != expected {
                return Ok(Some(format!(
                    "box {id}: {:?} is {:?}, and its customer was told {deleted} times that it is deleted",
                    held.class, held.state
                )));
            }
        }
    }
    Ok(None)
}

/// A link that brought nothing in was revoked or ran out; nothing of it was deleted.
fn came_in(round: &RoundDetail) -> bool {
    round.row.arrived.is_some() || round.row.state == RoundState::Purged
}

fn accepted_twice(known: &Known) -> bool {
    let mut bodies: Vec<_> =
        known.senders.iter().filter(|sender| sender.accepted).map(|sender| &sender.body).collect();
    bodies.dedup();
    bodies.len() > 1
}

/// The hash of the record that the relay accepted for a box.
pub(crate) fn accepted_at_relay(world: &World, id: BoxId) -> Outcome<Option<[u8; 32]>> {
    Ok(Boxes::look(&world.store())?.at(id).and_then(|at| at.record))
}

/// Which browser made a record.
pub(crate) fn sender_of(book: &Book, id: BoxId, record: &[u8; 32]) -> Option<u64> {
    let known = book.round(id)?;
    let made = |body: &Vec<u8>| SubmitBody::parse(body).is_ok_and(|body| body.record.hash() == *record);
    known.senders.iter().find(|sender| sender.body.as_ref().is_some_and(made)).map(|sender| sender.number)
}
