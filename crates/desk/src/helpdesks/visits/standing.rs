//! What is remembered of each connection to a helpdesk while the desk runs: when it may be asked and told again, and
//! whether it was asked since something fell due.

use crate::{desk::guard, helpdesks::calling::Unheard};
use helpdesk::{Credential, hook::HookSecret};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;
use vault::HelpdeskId;

/// Seconds between two rounds.
pub(super) const EVERY: u64 = 60;
/// The longest wait after failures, in seconds, where the helpdesk asks for no longer one.
const BACK_OFF_MAX: u64 = 15 * 60;
/// What is due by a helpdesk's word waits this long at most for that helpdesk to be asked once more.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// What is remembered of connections while the desk runs.
#[derive(Default)]
pub(crate) struct Standings {
    by_id: Mutex<HashMap<HelpdeskId, Arc<Standing>>>,
}

/// One connection's.
pub(crate) struct Standing {
    /// One visit at a time.
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) when: Mutex<When>,
    /// Tickets that the account may not write to, and when that is tried again.
    barred: Mutex<HashMap<String, Instant>>,
    pub(super) credential: Mutex<Option<Arc<Credential>>>,
    pub(in crate::helpdesks) hook_secret: Mutex<Option<Arc<HookSecret>>>,
}

#[derive(Clone, Copy)]
pub(super) struct When {
    /// The next round by itself.
    pub(super) next: Instant,
    /// Nobody asks before, whoever wants to: the helpdesk said so.
    pub(super) advised: Instant,
    /// The next try to tell it something.
    pub(super) tell: Instant,
    pub(super) failures: u32,
    /// Since when it fails.
    pub(super) failing: Option<Instant>,
    /// When the last round began that was answered to its end, and what was left open asked about; UTC seconds.
    pub(super) answered: Option<u64>,
    /// Since when something waits for such a round.
    pub(super) awaited: Option<Instant>,
}

impl When {
    pub(super) fn new(now: Instant) -> Self {
        Self { next: now, advised: now, tell: now, failures: 0, failing: None, answered: None, awaited: None }
    }

    /// Whether what was due at `due` waits for the next answer.
    pub(super) fn holds_back(&mut self, due: u64, now: Instant) -> bool {
        if self.answered.is_some_and(|answered| answered >= due) {
            return false;
        }
        let awaited = *self.awaited.get_or_insert(now);
        let since = self.failing.map_or(awaited, |failing| failing.min(awaited));
        now.saturating_duration_since(since) < PATIENCE
    }

    /// The machine slept: what was waited for then does not count, and it is asked as soon as it may be.
    pub(super) fn woke(&mut self, now: Instant) {
        self.failing = self.failing.map(|_| now);
        self.awaited = None;
        self.next = self.next.min(now.max(self.advised));
    }
}

impl Standings {
    pub(crate) fn of(&self, id: HelpdeskId) -> Arc<Standing> {
        let now = Instant::now();
        let new = || Standing {
            turn: tokio::sync::Mutex::new(()),
            when: Mutex::new(When::new(now)),
            barred: Mutex::default(),
            credential: Mutex::new(None),
            hook_secret: Mutex::new(None),
        };
        Arc::clone(guard(&self.by_id).entry(id).or_insert_with(|| Arc::new(new())))
    }

    pub(crate) fn forget(&self, id: HelpdeskId) {
        guard(&self.by_id).remove(&id);
    }

    /// Whether what a helpdesk's word ended at `due` waits: it is asked once more before anything is destroyed by that,
    /// for as long as it can be hoped to answer.
    pub(crate) fn holds_back(&self, id: HelpdeskId, due: u64) -> bool {
        guard(&self.of(id).when).holds_back(due, Instant::now())
    }

    /// The machine slept.
    pub(crate) fn woke(&self) {
        let now = Instant::now();
        for standing in guard(&self.by_id).values() {
            guard(&standing.when).woke(now);
        }
    }
}

impl Standing {
    /// Notes how a round went, and when the next may be. Seconds that the helpdesk asks for are never shortened.
    pub(super) fn went(&self, failed: Option<Unheard>, wait: u64) {
        let mut when = guard(&self.when);
        let now = Instant::now();
        when.failures = failed.map_or(0, |_| when.failures.saturating_add(1));
        let back_off = match when.failures {
            0 => EVERY,
            failures => EVERY.saturating_mul(1 << (failures - 1).min(10)).min(BACK_OFF_MAX),
        };
        let asked_for = failed.map_or(wait, Unheard::wait);
        // What it asked for while it was told something holds here as well.
        when.next = (now + Duration::from_secs(back_off.max(asked_for))).max(when.advised);
        when.failing = failed.and(when.failing.or(Some(now)));
        // A pause between two rounds is nobody's wish; a longer one is.
        if failed.map_or(asked_for > EVERY, Unheard::is_advice) {
            when.advised = now + Duration::from_secs(asked_for);
        }
    }

    /// A note was not taken: it is tried again later, and the rounds go on.
    pub(super) fn told_in_vain(&self, why: Unheard) {
        let mut when = guard(&self.when);
        let wait = Duration::from_secs(why.wait());
        when.tell = Instant::now() + wait.max(Duration::from_secs(EVERY));
        if why.is_advice() {
            when.advised = Instant::now() + wait;
            when.next = when.next.max(when.advised);
        }
    }

    /// A ticket took no note from this account: its own wait, and no others.
    pub(in crate::helpdesks) fn bar(&self, ticket: String, why: Unheard) {
        guard(&self.barred).insert(ticket, Instant::now() + Duration::from_secs(why.wait()));
    }

    pub(in crate::helpdesks) fn is_barred(&self, ticket: &str) -> bool {
        guard(&self.barred).get(ticket).is_some_and(|until| *until > Instant::now())
    }

    /// A person may have given the account its rights.
    pub(super) fn unbar_all(&self) {
        guard(&self.barred).clear();
    }

    /// A round that began then was answered to its end.
    pub(super) fn was_answered(&self, begun: u64) {
        let mut when = guard(&self.when);
        (when.answered, when.awaited) = (Some(begun), None);
    }

    pub(super) fn may_tell(&self) -> bool {
        guard(&self.when).tell <= Instant::now()
    }

    pub(super) fn is_due(&self) -> bool {
        guard(&self.when).next <= Instant::now()
    }

    pub(super) fn may_ask(&self) -> bool {
        guard(&self.when).advised <= Instant::now()
    }

    pub(super) fn next(&self) -> Instant {
        guard(&self.when).next
    }
}
