#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::*;

fn reference(text: &str) -> TicketRef {
    text.parse().unwrap()
}

fn ticket(state: TicketState) -> Ticket {
    Ticket { state, ..Ticket::new(reference("#1")) }
}

#[test]
fn every_state_under_every_signal() {
    use TicketState::{Closed, Open, Solved};
    let into = reference("#2");
    let merged = || Consequence::Merged { into: into.clone() };
    let table = [
        (Open, TicketSignal::Open, Open, Consequence::Unchanged),
        (Open, TicketSignal::Solved, Solved, Consequence::Solved),
        (Open, TicketSignal::Closed, Closed, Consequence::Closed { was_solved: false }),
        (Open, TicketSignal::Reopened, Open, Consequence::Unchanged),
        (Open, TicketSignal::Merged(into.clone()), Open, merged()),
        (Solved, TicketSignal::Open, Open, Consequence::Reopened),
        (Solved, TicketSignal::Solved, Solved, Consequence::Unchanged),
        (Solved, TicketSignal::Closed, Closed, Consequence::Closed { was_solved: true }),
        (Solved, TicketSignal::Reopened, Open, Consequence::Reopened),
        (Solved, TicketSignal::Merged(into.clone()), Solved, merged()),
        (Closed, TicketSignal::Open, Closed, Consequence::Unchanged),
        (Closed, TicketSignal::Solved, Closed, Consequence::Unchanged),
        (Closed, TicketSignal::Closed, Closed, Consequence::Unchanged),
        (Closed, TicketSignal::Reopened, Open, Consequence::Reopened),
        (Closed, TicketSignal::Merged(into.clone()), Closed, merged()),
    ];
    for (before, signal, after, consequence) in table {
        let (ticket, what) = ticket(before).hear(&signal);
        assert_eq!((ticket.state, what), (after, consequence), "{before:?} hears {signal:?}");
    }
}

#[test]
fn a_merged_ticket_that_its_helpdesk_then_closes_destroys_nothing() {
    let (merged, _) = ticket(TicketState::Open).hear(&TicketSignal::Merged(reference("#2")));
    let (after, what) = merged.hear(&TicketSignal::Closed);
    assert_eq!(what, Consequence::Unchanged);
    assert_eq!(after.merged_into, Some(reference("#2")));
}

#[test]
fn a_merge_into_itself_is_nothing() {
    for itself in ["#1", "1"] {
        let before = ticket(TicketState::Solved);
        assert_eq!(
            before.hear(&TicketSignal::Merged(reference(itself))),
            (before.clone(), Consequence::Unchanged)
        );
    }
}

#[test]
fn states_keep_their_names() {
    for state in TicketState::ALL {
        assert_eq!(state.as_str().parse(), Ok(state));
        assert_eq!(serde_json::to_string(&state).unwrap(), format!("\"{}\"", state.as_str()));
    }
    assert_eq!("pending".parse::<TicketState>(), Err(BadTicketState));
}

fn signal() -> impl Strategy<Value = TicketSignal> {
    prop_oneof![
        3 => Just(TicketSignal::Open),
        3 => Just(TicketSignal::Solved),
        1 => Just(TicketSignal::Closed),
        1 => Just(TicketSignal::Reopened),
        1 => (1..4u8).prop_map(|n| TicketSignal::Merged(reference(&format!("#{n}")))),
    ]
}

proptest! {
    #[test]
    fn closed_and_merged_are_final(signals in prop::collection::vec(signal(), 0..24)) {
        let mut now = ticket(TicketState::Open);
        for signal in &signals {
            let (next, what) = now.hear(signal);
            let final_but_for = matches!(signal, TicketSignal::Merged(_) | TicketSignal::Reopened);
            if (now.state == TicketState::Closed && !final_but_for) || now.merged_into.is_some() {
                prop_assert_eq!(&what, &Consequence::Unchanged);
            }
            prop_assert_eq!(what == Consequence::Unchanged, next == now);
            prop_assert_eq!(&next.reference, &now.reference);
            now = next;
        }
    }

    #[test]
    fn hearing_the_same_again_changes_nothing(
        signals in prop::collection::vec(signal(), 0..12), last in signal(), times in 1..4usize
    ) {
        let before = signals.iter().fold(ticket(TicketState::Open), |ticket, signal| ticket.hear(signal).0);
        let (once, _) = before.hear(&last);
        for _ in 0..times {
            prop_assert_eq!(once.hear(&last), (once.clone(), Consequence::Unchanged));
        }
    }

    #[test]
    fn only_a_close_closes_and_a_merge_never_does(signals in prop::collection::vec(signal(), 0..24)) {
        let mut now = ticket(TicketState::Open);
        for signal in &signals {
            let (next, what) = now.hear(signal);
            if matches!(what, Consequence::Closed { .. }) || next.state != now.state && next.state == TicketState::Closed {
                prop_assert_eq!(signal, &TicketSignal::Closed);
                prop_assert_eq!(next.state, TicketState::Closed);
            }
            if matches!(signal, TicketSignal::Merged(_)) {
                prop_assert_eq!(next.state, now.state);
            }
            now = next;
        }
    }

    /// Each period of grace that began has an end that was heard: it ends by a close, or by being reopened.
    #[test]
    fn grace_begins_once_and_ends_once(signals in prop::collection::vec(signal(), 0..40)) {
        let mut now = ticket(TicketState::Open);
        let mut in_grace = false;
        for signal in &signals {
            let (next, what) = now.hear(signal);
            match what {
                Consequence::Solved => { prop_assert!(!in_grace); in_grace = true; }
                Consequence::Reopened => { prop_assert!(in_grace); in_grace = false; }
                Consequence::Closed { was_solved } => { prop_assert_eq!(was_solved, in_grace); in_grace = true; }
                Consequence::Unchanged | Consequence::Merged { .. } => {}
            }
            now = next;
        }
    }
}
