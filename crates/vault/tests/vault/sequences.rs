//! Nearly all storage bugs need at most three operations: every sequence of up to three, checked whole each time.

use super::support::{Extent, Fact, Sample, Step, check, copy, create, open, temp, work};
use std::path::Path;
use vault::{Vault, tables::round::RoundState};

/// What a desk may do next, whatever came before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    Insert,
    Collect,
    BeginPurge,
    PurgeOneClass,
    PurgeAll,
    Reopen,
    Checkpoint,
}

const ALL: [Operation; 7] = [
    Operation::Insert,
    Operation::Collect,
    Operation::BeginPurge,
    Operation::PurgeOneClass,
    Operation::PurgeAll,
    Operation::Reopen,
    Operation::Checkpoint,
];

#[test]
fn every_sequence_of_up_to_three_from_nothing() {
    every_sequence_after(&[]);
}

#[test]
fn every_sequence_of_up_to_three_from_a_round_of_two_classes() {
    every_sequence_after(&[Step::Make(2), Step::Collect(2)]);
}

fn every_sequence_after(first: &[Step]) {
    let base = temp();
    let mut facts = vec![Fact::Founded];
    let mut vault = create(base.path()).unwrap();
    work(&mut vault, first, &mut |fact| facts.push(fact)).unwrap();
    drop(vault);
    let sequences = sequences();
    assert_eq!(sequences.len(), 7 + 7 * 7 + 7 * 7 * 7);
    for sequence in sequences {
        let folder = temp();
        copy(base.path(), folder.path());
        sequence_holds(folder.path(), facts.clone(), &sequence);
    }
}

fn sequences() -> Vec<Vec<Operation>> {
    let mut all: Vec<Vec<Operation>> = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..3 {
        let to = all.len();
        for at in from..to {
            for operation in ALL {
                let mut longer = all[at].clone();
                longer.push(operation);
                all.push(longer);
            }
        }
        from = to;
    }
    all.split_off(1)
}

fn sequence_holds(root: &Path, mut facts: Vec<Fact>, sequence: &[Operation]) {
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let mut vault = open(root).unwrap();
        for operation in sequence {
            vault = act(vault, root, *operation, &mut facts);
        }
        drop(vault);
        check(root, &facts);
    }));
    assert!(outcome.is_ok(), "after {sequence:?}");
}

fn act(mut vault: Vault, root: &Path, operation: Operation, facts: &mut Vec<Fact>) -> Vault {
    let newest = |vault: &Vault, state| {
        let rounds = vault.db().rounds_in(state).unwrap();
        (0..16).rev().find(|k| rounds.iter().any(|round| round.box_id == Sample(*k).box_id()))
    };
    let collected = newest(&vault, RoundState::Collected).filter(|k| {
        // What is being destroyed cannot be begun again; one whose first class is gone still has the other.
        let held = vault.db().holdings(Sample(*k).box_id()).unwrap();
        held.iter().all(|held| held.state == vault::tables::holding::HoldingState::Alive)
    });
    let steps = match operation {
        Operation::Insert => {
            let free =
                (5..16).step_by(3).find(|k| vault.db().find_round(Sample(*k).box_id()).unwrap().is_none());
            vec![Step::Make(free.unwrap())]
        }
        Operation::Collect => newest(&vault, RoundState::Waiting).map(Step::Collect).into_iter().collect(),
        Operation::BeginPurge => collected.map(|k| Step::Begin(k, Extent::All)).into_iter().collect(),
        Operation::PurgeOneClass => purge(collected, Extent::FirstClass),
        Operation::PurgeAll => purge(collected, Extent::All),
        Operation::Checkpoint => vec![Step::Head],
        Operation::Reopen => {
            drop(vault);
            return open(root).unwrap();
        }
    };
    for step in steps {
        step.act(&mut vault, &mut |fact| facts.push(fact)).unwrap();
    }
    vault
}

fn purge(k: Option<u32>, extent: Extent) -> Vec<Step> {
    k.map_or_else(Vec::new, |k| vec![Step::Begin(k, extent), Step::Destroy, Step::Finish])
}
