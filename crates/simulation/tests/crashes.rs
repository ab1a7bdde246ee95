//! A process dies at every numbered moment of a slot, one after the other.

mod chain;

use std::collections::BTreeSet;

use chain::slot_with;
use simulation::{Death, Options, simulate};
use trading::order::Leg;

fn calm(death: Option<Death>, slots: usize) -> Options {
    Options {
        slots,
        only: Some(BTreeSet::new()),
        death,
        ..Options::default()
    }
}

fn walk(seed: u64, slot: usize) -> u64 {
    let count = simulate(
        seed,
        &calm(
            Some(Death {
                slot,
                moment: u64::MAX,
            }),
            slot + 1,
        ),
    )
    .moments
    .len() as u64;
    assert!(count > 20, "a slot has many moments, not {count}");
    for moment in 1..=count {
        let report = simulate(seed, &calm(Some(Death { slot, moment }), slot + 1));
        assert_eq!(
            report.breaches,
            [],
            "seed {seed}, slot {slot}, moment {moment}"
        );
    }
    count
}

#[test]
fn dying_anywhere_in_an_entry_leaves_nothing_wrong() {
    let (seed, slot) = slot_with(Leg::Buy, 0..20);
    walk(seed, slot);
}

#[test]
fn dying_anywhere_in_an_exit_leaves_nothing_wrong() {
    let (seed, slot) = slot_with(Leg::Sell, 0..20);
    walk(seed, slot);
}
