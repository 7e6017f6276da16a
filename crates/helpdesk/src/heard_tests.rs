#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;
use crate::{Consequence, Ticket, TicketRef};

fn news(said: Said, at: u64, proof: Proof) -> TicketNews {
    TicketNews { reference: "#1".parse().unwrap(), said, at, proof }
}

fn pulled(signal: TicketSignal, at: u64) -> TicketNews {
    news(Said::Is(signal), at, Proof::Pulled)
}

fn signed(signal: TicketSignal, at: u64) -> TicketNews {
    news(Said::Is(signal), at, Proof::Signed)
}

/// Hears all of it; what each meant, and what the ticket is in the end.
fn after(all: &[TicketNews], can_ask: bool) -> (Ticket, Vec<Verdict>) {
    let mut ticket = Ticket::new("#1".parse::<TicketRef>().unwrap());
    let mut heard = Heard::default();
    let verdicts = all.iter().map(|news| {
        let (next, verdict) = heard.hear(news, can_ask);
        heard = next;
        if let Verdict::Act(signal) = &verdict {
            ticket = ticket.hear(signal).0;
        }
        verdict
    });
    let verdicts = verdicts.collect();
    (ticket, verdicts)
}

#[test]
fn a_close_by_hand_stays_while_the_helpdesk_says_the_same() {
    let (heard, _) = Heard::default().hear(&pulled(TicketSignal::Open, 5), true);
    let (by_hand, _) = Ticket::new("#1".parse().unwrap()).hear(&TicketSignal::Closed);
    // A note in the ticket makes it newer, and no more open than it was.
    let (heard, verdict) = heard.hear(&pulled(TicketSignal::Open, 9), true);
    assert_eq!(verdict, Verdict::Nothing(Unheeded::Again));
    // Nor does what a helpdesk says for the first time.
    let (_, verdict) = Heard::default().hear(&pulled(TicketSignal::Open, 9), true);
    assert_eq!(verdict, Verdict::Act(TicketSignal::Open));
    assert_eq!(by_hand.hear(&TicketSignal::Open).1, Consequence::Unchanged);
    // Solved and taken back there: still closed here.
    let (heard, _) = heard.hear(&pulled(TicketSignal::Solved, 10), true);
    assert_eq!(heard.hear(&pulled(TicketSignal::Open, 11), true).1, Verdict::Act(TicketSignal::Open));
}

#[test]
fn a_helpdesk_takes_its_own_close_back() {
    let (ticket, verdicts) = after(
        &[pulled(TicketSignal::Closed, 5), pulled(TicketSignal::Solved, 6), pulled(TicketSignal::Open, 7)],
        true,
    );
    assert_eq!(verdicts.last(), Some(&Verdict::Act(TicketSignal::Reopened)));
    assert_eq!(ticket.state, TicketState::Open);
}

#[test]
fn a_webhook_is_a_hint_where_the_helpdesk_can_be_asked() {
    for proof in [Proof::Signed, Proof::Hint] {
        for said in [
            Said::Is(TicketSignal::Closed),
            Said::Is(TicketSignal::Open),
            Said::Unknown,
            Said::MergedSomewhere,
        ] {
            assert_eq!(Heard::default().hear(&news(said, 5, proof), true), (Heard::default(), Verdict::Ask));
        }
    }
    // A merge without its target is asked about once.
    let merged = news(Said::MergedSomewhere, 5, Proof::Pulled);
    assert_eq!(Heard::default().hear(&merged, true).1, Verdict::Ask);
    assert_eq!(Heard::default().hear(&merged, false).1, Verdict::Nothing(Unheeded::MergedSomewhere));
}

#[test]
fn what_was_just_answered_is_not_asked_again() {
    // A list that overlaps shows the same close for minutes, and cannot tell it from a merge.
    let hint = news(Said::Is(TicketSignal::Closed), 5, Proof::Hint);
    let (heard, verdict) = Heard::default().hear(&hint, true);
    assert_eq!(verdict, Verdict::Ask);
    let (heard, _) = heard.hear(&pulled(TicketSignal::Closed, 5), false);
    assert_eq!(heard.hear(&hint, true), (heard, Verdict::Nothing(Unheeded::Again)));
    // Something newer is, and something else.
    for other in [
        news(Said::Is(TicketSignal::Closed), 6, Proof::Hint),
        news(Said::Is(TicketSignal::Open), 4, Proof::Hint),
    ] {
        assert_eq!(heard.hear(&other, true).1, Verdict::Ask);
    }
}

#[test]
fn nothing_unproven_unknown_or_late_is_acted_upon() {
    let hint = news(Said::Is(TicketSignal::Closed), 5, Proof::Hint);
    assert_eq!(Heard::default().hear(&hint, false).1, Verdict::Nothing(Unheeded::Unproven));
    let unknown = news(Said::Unknown, 5, Proof::Pulled);
    assert_eq!(Heard::default().hear(&unknown, true).1, Verdict::Nothing(Unheeded::Unknown));
    let (heard, _) = Heard::default().hear(&signed(TicketSignal::Open, 9), false);
    assert_eq!(
        heard.hear(&signed(TicketSignal::Closed, 8), false),
        (heard, Verdict::Nothing(Unheeded::Late))
    );
}

#[test]
fn at_the_same_time_open_wins_over_what_ends_something() {
    for first in [TicketSignal::Open, TicketSignal::Closed] {
        let second = if first == TicketSignal::Open { TicketSignal::Closed } else { TicketSignal::Open };
        let (ticket, _) = after(&[signed(first, 9), signed(second, 9)], false);
        assert_eq!(ticket.state, TicketState::Open);
    }
}

#[test]
fn what_was_asked_wins_over_what_was_told() {
    // The signature's time is that of its sending, a little after the change: a newer change may look older.
    let (ticket, _) = after(&[signed(TicketSignal::Closed, 12), pulled(TicketSignal::Open, 11)], false);
    assert_eq!(ticket.state, TicketState::Open);
    // Told at the time of what was asked, it is the same event or an older one.
    let (ticket, verdicts) =
        after(&[pulled(TicketSignal::Open, 11), signed(TicketSignal::Closed, 11)], false);
    assert_eq!((ticket.state, verdicts.last()), (TicketState::Open, Some(&Verdict::Nothing(Unheeded::Late))));
}

#[test]
fn it_is_kept_as_it_is() {
    let (heard, _) = Heard::default().hear(&pulled(TicketSignal::Solved, 7), true);
    for heard in [heard, Heard::default()] {
        let text = serde_json::to_string(&heard).unwrap();
        assert_eq!(serde_json::from_str::<Heard>(&text).unwrap(), heard);
    }
}

fn signal() -> impl Strategy<Value = TicketSignal> {
    prop_oneof![Just(TicketSignal::Open), Just(TicketSignal::Solved), Just(TicketSignal::Closed)]
}

/// A ticket's life, one event a second, and an order in which it is told, some of it twice.
fn life() -> impl Strategy<Value = (Vec<TicketSignal>, Vec<usize>)> {
    prop::collection::vec(signal(), 1..10).prop_flat_map(|life| {
        let all: Vec<_> = (0..life.len()).chain(0..life.len() / 2).collect();
        (Just(life), Just(all).prop_shuffle())
    })
}

proptest! {
    /// In whatever order, however often: a ticket ends open exactly when the newest message says so.
    #[test]
    fn disorder_and_doubles_change_nothing((life, order) in life(), asked: bool) {
        let proof = if asked { Proof::Pulled } else { Proof::Signed };
        let told: Vec<_> =
            order.iter().filter_map(|&at| Some(news(Said::Is(life.get(at)?.clone()), at as u64, proof))).collect();
        let (ticket, _) = after(&told, asked);
        prop_assert_eq!(ticket.state == TicketState::Open, life.last() == Some(&TicketSignal::Open));
    }

    /// Whatever is sent through a hook whose secret the relay knows, nothing happens.
    #[test]
    fn hints_never_act(life in prop::collection::vec((signal(), 0..9u64), 0..12), can_ask: bool) {
        let told: Vec<_> = life.into_iter().map(|(signal, at)| news(Said::Is(signal), at, Proof::Hint)).collect();
        let (ticket, verdicts) = after(&told, can_ask);
        prop_assert_eq!(ticket.state, TicketState::Open);
        prop_assert!(!verdicts.iter().any(|verdict| matches!(verdict, Verdict::Act(_))));
    }

    /// Whatever is told between them, pulls alone decide where the helpdesk can be asked.
    #[test]
    fn pulls_alone_decide(life in prop::collection::vec((signal(), 0..9u64, any::<bool>()), 0..16)) {
        let all: Vec<_> = life
            .into_iter()
            .map(|(signal, at, asked)| news(Said::Is(signal), at, if asked { Proof::Pulled } else { Proof::Signed }))
            .collect();
        let alone: Vec<_> = all.iter().filter(|news| news.proof == Proof::Pulled).cloned().collect();
        prop_assert_eq!(after(&all, true).0, after(&alone, true).0);
    }

    /// A merge moves at any time, and never changes the state.
    #[test]
    fn a_merge_moves_whenever_it_is_heard((life, order) in life(), place in 0..9usize, at in 0..20u64) {
        let mut told: Vec<_> = order
            .iter()
            .filter_map(|&at| Some(pulled(life.get(at)?.clone(), at as u64)))
            .collect();
        let place = place.min(told.len());
        let before = after(told.get(..place).unwrap_or_default(), true).0;
        told.insert(place, pulled(TicketSignal::Merged("#2".parse().unwrap()), at));
        let (ticket, _) = after(&told, true);
        prop_assert_eq!(ticket.merged_into, Some("#2".parse().unwrap()));
        prop_assert_eq!(ticket.state, before.state);
    }
}
